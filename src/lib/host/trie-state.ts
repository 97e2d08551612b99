/** A state that is whole and in memory: a persistent trie, and one for each default child trie. */

import type { Hex } from './scale.js';
import {
  DEFAULT_CHILD_PREFIX,
  EMPTY_STATE,
  type KeyValues,
  type State,
  type StateChanges,
  type StateVersion,
} from './state.js';
import { Trie } from './trie.js';
import type { Hash } from './trie-node.js';

export class TrieState implements State {
  private constructor(
    readonly main: Trie,
    private readonly children: ReadonlyMap<Hex, Trie>,
  ) {}

  /** @param hash blake2-256 */
  static empty(hash: Hash): TrieState {
    return new TrieState(Trie.empty(hash), new Map());
  }

  /** A state of these entries. @param version how their values are held */
  static of(entries: Iterable<readonly [Hex, Uint8Array]>, version: StateVersion, hash: Hash): TrieState {
    return new TrieState(Trie.empty(hash).with(entries, version), new Map());
  }

  read(key: Hex): Uint8Array | undefined {
    return this.main.read(key);
  }

  nextKey(prefix: string, after: string): Hex | undefined {
    return this.main.nextKey(prefix, after);
  }

  child(name: Hex): KeyValues {
    return this.children.get(name) ?? EMPTY_STATE;
  }

  with({ main, children }: StateChanges, version: StateVersion): TrieState {
    const all = new Map(this.children);
    const roots: [Hex, Uint8Array | null][] = [];
    for (const [name, changes] of children) {
      const child = (all.get(name) ?? Trie.empty(this.main.hash)).with(changes, version);
      if (child.isEmpty) all.delete(name);
      else all.set(name, child);
      roots.push([`${DEFAULT_CHILD_PREFIX}${name.slice(2)}`, child.isEmpty ? null : child.root()]);
    }
    return new TrieState(this.main.with(main, version).with(roots, version), all);
  }

  root(): Uint8Array {
    return this.main.root();
  }

  childRoot(name: Hex): Uint8Array | undefined {
    return this.children.get(name)?.root();
  }
}
