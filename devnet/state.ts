/**
 * A chain's state: key → value, sorted, as layers of differences over a base. Layers are never changed once a block
 * stands on them, so every block's state stays readable.
 *
 * `State` also has the methods of chopsticks' storage layers, so that its blocks can stand on ours.
 */

import type { Hex } from './bytes.js';

/** What the executor needs to read. */
export interface StateReader {
  /** The value, or undefined if the key has none. */
  read(key: Hex): Hex | undefined;
  /** The first key after `after` that begins with `prefix`, or undefined. */
  nextKey(prefix: string, after: string): Hex | undefined;
}

export const EMPTY_STATE: StateReader = { read: () => undefined, nextKey: () => undefined };

/** Index of the first key that is greater than `key` in sorted keys. */
export function firstAfter(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string) <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first key from index `from` on that is ≥ the prefix, if it begins with it. */
function keyInPrefix(keys: readonly Hex[], prefix: string, after: string): Hex | undefined {
  // A key before the prefix's own range: start at the range, and the prefix itself may be a key.
  if (after < prefix) {
    const at = firstAfter(keys, prefix);
    if (keys[at - 1] === prefix) return keys[at - 1];
    return keys[at]?.startsWith(prefix) ? keys[at] : undefined;
  }
  const next = keys[firstAfter(keys, after)];
  return next?.startsWith(prefix) ? next : undefined;
}

/** Sorted entries without deletions: a genesis state. Values may be produced on demand. */
export class BaseState implements StateReader {
  constructor(
    readonly keys: readonly Hex[],
    readonly valueAt: (index: number) => Hex,
  ) {}

  read(key: Hex): Hex | undefined {
    const index = firstAfter(this.keys, key) - 1;
    return index >= 0 && this.keys[index] === key ? this.valueAt(index) : undefined;
  }

  nextKey(prefix: string, after: string): Hex | undefined {
    return keyInPrefix(this.keys, prefix, after);
  }

  *entries(): Generator<[Hex, Hex]> {
    for (let i = 0; i < this.keys.length; i += 1) yield [this.keys[i] as Hex, this.valueAt(i)];
  }
}

export type Diff = ReadonlyMap<Hex, Hex | null>;

/** Layers are folded into one when there are this many, so that a read looks at few of them. */
const FOLD_AT = 64;

interface Layer {
  readonly values: Diff;
  keys?: readonly Hex[];
}

const layerKeys = (layer: Layer): readonly Hex[] => {
  layer.keys ??= [...layer.values.keys()].sort();
  return layer.keys;
};

export class State implements StateReader {
  /** Newest first; the last `folded` of them are products of folding. */
  readonly #layers: readonly Layer[];
  readonly #young: number;

  private constructor(
    readonly base: StateReader,
    layers: readonly Layer[],
    young: number,
  ) {
    this.#layers = layers;
    this.#young = young;
  }

  static on(base: StateReader): State {
    return new State(base, [], 0);
  }

  /** This state with a difference on top; `null` deletes. */
  with(values: Diff): State {
    const layers = [{ values }, ...this.#layers];
    const young = this.#young + 1;
    if (young < FOLD_AT) return new State(this.base, layers, young);
    const folded = new Map<Hex, Hex | null>();
    for (const layer of layers.slice(0, young).reverse())
      for (const [key, value] of layer.values) folded.set(key, value);
    return new State(this.base, [{ values: folded }, ...layers.slice(young)], 0);
  }

  read(key: Hex): Hex | undefined {
    for (const layer of this.#layers) {
      const value = layer.values.get(key);
      if (value !== undefined) return value ?? undefined;
    }
    return this.base.read(key);
  }

  nextKey(prefix: string, after: string): Hex | undefined {
    for (let from = after; ; ) {
      let best = this.base.nextKey(prefix, from);
      for (const layer of this.#layers) {
        const candidate = keyInPrefix(layerKeys(layer), prefix, from);
        if (candidate !== undefined && (best === undefined || candidate < best)) best = candidate;
      }
      if (best === undefined || this.read(best) !== undefined) return best;
      from = best;
    }
  }

  /** Up to `count` keys with a prefix, after `startKey`. */
  keys(prefix: string, count: number, startKey?: string): Hex[] {
    const keys: Hex[] = [];
    // Without a start key the prefix itself counts, if it is a key.
    const own = startKey === undefined && this.read(prefix as Hex) !== undefined;
    let next = own ? (prefix as Hex) : this.nextKey(prefix, startKey ?? prefix);
    while (next !== undefined && keys.length < count) {
      keys.push(next);
      next = this.nextKey(prefix, next);
    }
    return keys;
  }

  /** All keys and values, sorted. */
  *entries(): Generator<[Hex, Hex]> {
    for (let key = this.nextKey('0x', '0x'); key !== undefined; key = this.nextKey('0x', key))
      yield [key, this.read(key) as Hex];
  }

  // The form in which chopsticks asks.
  deleted(key: Hex): boolean {
    return this.read(key) === undefined;
  }

  async get(key: Hex): Promise<Hex | undefined> {
    return this.read(key);
  }

  async getMany(keys: readonly Hex[]): Promise<(Hex | undefined)[]> {
    return keys.map((key) => this.read(key));
  }

  async findNextKey(prefix: string, startKey: string, knownBest?: Hex): Promise<Hex | undefined> {
    const next = this.nextKey(prefix, startKey);
    return next === undefined || (knownBest !== undefined && knownBest < next) ? knownBest : next;
  }

  async getKeysPaged(prefix: string, pageSize: number, startKey: string): Promise<Hex[]> {
    return this.keys(prefix, pageSize, startKey === '' || startKey === '0x' ? undefined : startKey);
  }

  async mergeInto(): Promise<void> {
    // Called for the layers above this one only.
  }
}
