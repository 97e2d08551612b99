/**
 * What a runtime call reads and what it leaves: keys are 0x-prefixed lower-case hex, whose order is that of the bytes;
 * values are bytes that nobody changes.
 */

import type { Hex } from './scale.js';

/** The keys and values of one trie. */
export interface KeyValues {
  /** The value, or undefined if the key has none. @throws Missing */
  read(key: Hex): Uint8Array | undefined;
  /**
   * The first key after `after` that begins with `prefix`; where `after` sorts before the prefix, the prefix itself
   * counts. @throws Missing
   */
  nextKey(prefix: string, after: string): Hex | undefined;
}

/** A chain's state: the main trie, and default child tries by name. */
export interface StateReader extends KeyValues {
  /** @param name of a default child trie, without `:child_storage:default:` */
  child(name: Hex): KeyValues;
}

/** Writes to one trie; null deletes. */
export type Changes = ReadonlyMap<Hex, Uint8Array | null>;

export interface StateChanges {
  readonly main: Changes;
  /** By the child trie's name. */
  readonly children: ReadonlyMap<Hex, Changes>;
}

/** How a trie holds values of more than 32 bytes: in the node (0), or by their hash (1). */
export type StateVersion = 0 | 1;

/** A state that blocks can stand on. It does not change: `with` makes another. */
export interface State extends StateReader {
  with(changes: StateChanges, version: StateVersion): State;
  /** 32 bytes; undefined where the state is not whole and its root cannot be known. */
  root(): Uint8Array | undefined;
  /** Root of a default child trie; undefined if it has no keys. */
  childRoot(name: Hex): Uint8Array | undefined;
}

/** Prefix of the keys under which the main trie holds the roots of default child tries. */
export const DEFAULT_CHILD_PREFIX: Hex = `0x${Buffer.from(':child_storage:default:').toString('hex')}`;

/** A state without keys. */
export const EMPTY_STATE: StateReader = {
  read: () => undefined,
  nextKey: () => undefined,
  child: () => EMPTY_STATE,
};

/** What is asked for is not here: it is to be fetched, and the call made again. */
export class Missing extends Error {
  constructor(
    readonly wanted:
      | { readonly kind: 'value'; readonly child?: Hex; readonly key: Hex }
      | { readonly kind: 'next'; readonly child?: Hex; readonly prefix: string; readonly after: string },
  ) {
    super(`not here: ${wanted.kind} ${wanted.kind === 'value' ? wanted.key : wanted.after}`);
    this.name = 'Missing';
  }
}

/** All keys with a prefix, sorted. @param after start behind this key */
export function* keysOf(state: KeyValues, prefix: string, after?: string): Generator<Hex> {
  if (after === undefined && state.read(prefix as Hex) !== undefined) yield prefix as Hex;
  for (let key = state.nextKey(prefix, after ?? prefix); key !== undefined; key = state.nextKey(prefix, key))
    yield key;
}
