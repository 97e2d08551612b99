/**
 * A state that is elsewhere. A runtime call reads at once or not at all: what is not here yet ends it with `Missing`, is
 * fetched together with its neighbours, and the call is made again. No thread waits, and a fork uses the same code as a
 * chain in memory.
 */

import type { Hex } from './scale.js';
import { type KeyValues, Missing, type StateReader } from './state.js';

/** Where the state is. Answers are for one block. */
export interface RemoteSource {
  /** Values in the order of the keys; undefined for a key without one. */
  values(keys: readonly Hex[], child?: Hex): Promise<readonly (Uint8Array | undefined)[]>;
  /** Up to `count` keys with the prefix behind `after`, sorted. */
  keys(prefix: string, after: string, count: number, child?: Hex): Promise<readonly Hex[]>;
}

/** Keys that are asked for at once when one is missing; the most that public nodes answer is 1,000. */
const PAGE = 256;

/** Fetches that one call may need: a loop that the state of an endpoint cannot satisfy ends here. */
const MOST_FETCHES = 10_000;

/** An endpoint gave something that no state has. */
export class RemoteFault extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RemoteFault';
  }
}

/** What is known of one trie. */
class Known implements KeyValues {
  readonly values = new Map<Hex, Uint8Array | null>();
  /** By prefix, the keys that follow one another: after → next, or undefined behind the last. */
  readonly next = new Map<string, Map<string, Hex | undefined>>();

  constructor(readonly child?: Hex) {}

  read(key: Hex): Uint8Array | undefined {
    const value = this.values.get(key);
    if (value === undefined) throw new Missing({ kind: 'value', key, ...this.#of() });
    return value ?? undefined;
  }

  nextKey(prefix: string, after: string): Hex | undefined {
    const following = this.next.get(prefix);
    if (following === undefined || !following.has(after))
      throw new Missing({ kind: 'next', prefix, after, ...this.#of() });
    return following.get(after);
  }

  #of(): { child?: Hex } {
    return this.child === undefined ? {} : { child: this.child };
  }
}

export class RemoteState implements StateReader {
  readonly #main = new Known();
  readonly #children = new Map<Hex, Known>();
  /** Requests that were made. */
  fetches = 0;

  constructor(private readonly source: RemoteSource) {}

  read(key: Hex): Uint8Array | undefined {
    return this.#main.read(key);
  }

  nextKey(prefix: string, after: string): Hex | undefined {
    return this.#main.nextKey(prefix, after);
  }

  child(name: Hex): KeyValues {
    return this.#known(name);
  }

  #known(child: Hex | undefined): Known {
    if (child === undefined) return this.#main;
    const known = this.#children.get(child) ?? new Known(child);
    this.#children.set(child, known);
    return known;
  }

  /** Keys of the main trie whose values are here. */
  get hotKeys(): Hex[] {
    return [...this.#main.values.keys()];
  }

  /** Fetch values that are not here, in one request. @throws RemoteFault, and whatever the source throws */
  async prefetch(keys: readonly Hex[], child?: Hex): Promise<void> {
    const known = this.#known(child);
    const wanted = keys.filter((key) => !known.values.has(key));
    if (wanted.length === 0) return;
    this.fetches += 1;
    const got = await this.source.values(wanted, child);
    if (got.length !== wanted.length)
      throw new RemoteFault(`${wanted.length} values were asked for and ${got.length} came`);
    wanted.forEach((key, i) => {
      known.values.set(key, got[i] ?? null);
    });
  }

  async #supply({ wanted }: Missing): Promise<void> {
    if (wanted.kind === 'value') return this.prefetch([wanted.key], wanted.child);
    const { prefix, after, child } = wanted;
    this.fetches += 1;
    const keys = await this.source.keys(prefix, after, PAGE, child);
    const known = this.#known(child);
    const following = known.next.get(prefix) ?? new Map<string, Hex | undefined>();
    known.next.set(prefix, following);
    let from = after;
    for (const key of keys) {
      // Keys that do not ascend would be iterated for ever.
      if (key <= from || !key.startsWith(prefix))
        throw new RemoteFault(`the keys with prefix ${prefix} do not ascend: ${from}, then ${key}`);
      following.set(from, key);
      from = key;
    }
    if (keys.length < PAGE) following.set(from, undefined);
    // An iteration reads what it finds.
    await this.prefetch(keys, child);
  }

  /**
   * Do something that reads this state, as often as it takes to have all that it reads here.
   * @param attempt has no effect where it throws Missing
   * @throws RemoteFault, and whatever `attempt` and the source throw
   */
  async supplied<T>(attempt: () => T): Promise<T> {
    for (let fetches = 0; fetches < MOST_FETCHES; fetches += 1) {
      try {
        return attempt();
      } catch (error) {
        if (!(error instanceof Missing)) throw error;
        await this.#supply(error);
      }
    }
    throw new RemoteFault(`the state is not complete after ${MOST_FETCHES} fetches`);
  }
}
