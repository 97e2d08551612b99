/** A state whose base is elsewhere, such as a live chain's: layers of changes over what can be read. */

import type { Hex } from './scale.js';
import {
  type Changes,
  type KeyValues,
  keysOf,
  type State,
  type StateChanges,
  type StateReader,
  type StateVersion,
} from './state.js';
import { Trie } from './trie.js';
import type { Hash } from './trie-node.js';

/** Layers are folded into one when there are this many, so that a read looks at few of them. */
const FOLD_AT = 64;

interface Layer {
  readonly values: Changes;
  keys?: readonly Hex[];
}

/** Index of the first key that is greater than `key` in sorted keys. */
function firstAfter(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string) <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function nextIn(layer: Layer, prefix: string, after: string): Hex | undefined {
  layer.keys ??= [...layer.values.keys()].sort();
  const { keys } = layer;
  // A key before the prefix's own range: start at the range, and the prefix itself may be a key.
  const at = firstAfter(keys, after < prefix ? prefix : after);
  if (after < prefix && keys[at - 1] === prefix) return prefix as Hex;
  return keys[at]?.startsWith(prefix) ? keys[at] : undefined;
}

/** One trie's layers. */
class LayeredTrie implements KeyValues {
  /** @param layers newest first @param young how many of them are not products of folding */
  constructor(
    private readonly base: KeyValues,
    private readonly layers: readonly Layer[] = [],
    private readonly young = 0,
  ) {}

  with(values: Changes): LayeredTrie {
    if (values.size === 0) return this;
    const layers = [{ values }, ...this.layers];
    const young = this.young + 1;
    if (young < FOLD_AT) return new LayeredTrie(this.base, layers, young);
    const folded = new Map<Hex, Uint8Array | null>();
    for (const layer of layers.slice(0, young).reverse())
      for (const [key, value] of layer.values) folded.set(key, value);
    return new LayeredTrie(this.base, [{ values: folded }, ...layers.slice(young)], 0);
  }

  read(key: Hex): Uint8Array | undefined {
    for (const layer of this.layers) {
      const value = layer.values.get(key);
      if (value !== undefined) return value ?? undefined;
    }
    return this.base.read(key);
  }

  nextKey(prefix: string, after: string): Hex | undefined {
    for (let from = after; ; ) {
      let best = this.base.nextKey(prefix, from);
      for (const layer of this.layers) {
        const candidate = nextIn(layer, prefix, from);
        if (candidate !== undefined && (best === undefined || candidate < best)) best = candidate;
      }
      if (best === undefined || !this.#isDeleted(best)) return best;
      from = best;
    }
  }

  /** Whether the newest layer that knows the key deletes it: without reading its value. */
  #isDeleted(key: Hex): boolean {
    for (const layer of this.layers) {
      const value = layer.values.get(key);
      if (value !== undefined) return value === null;
    }
    return false;
  }
}

export class LayeredState implements State {
  private constructor(
    private readonly base: StateReader,
    private readonly hash: Hash,
    private readonly main: LayeredTrie,
    private readonly children: ReadonlyMap<Hex, LayeredTrie>,
    private readonly version: StateVersion,
  ) {}

  /** @param hash blake2-256 */
  static on(base: StateReader, hash: Hash): LayeredState {
    return new LayeredState(base, hash, new LayeredTrie(base), new Map(), 1);
  }

  read(key: Hex): Uint8Array | undefined {
    return this.main.read(key);
  }

  nextKey(prefix: string, after: string): Hex | undefined {
    return this.main.nextKey(prefix, after);
  }

  child(name: Hex): KeyValues {
    return this.children.get(name) ?? this.base.child(name);
  }

  with(changes: StateChanges, version: StateVersion): LayeredState {
    const children = new Map(this.children);
    for (const [name, values] of changes.children)
      children.set(name, (children.get(name) ?? new LayeredTrie(this.base.child(name))).with(values));
    return new LayeredState(this.base, this.hash, this.main.with(changes.main), children, version);
  }

  /** The whole state is not here. */
  root(): undefined {
    return undefined;
  }

  /** Over all keys of the child trie, each of which is read for it. */
  childRoot(name: Hex): Uint8Array | undefined {
    const child = this.child(name);
    const entries = [...keysOf(child, '0x')].map((key) => [key, child.read(key) as Uint8Array] as const);
    return entries.length === 0 ? undefined : Trie.empty(this.hash).with(entries, this.version).root();
  }
}
