/**
 * What runtime calls change, over a state that does not change: values by key in nested transactions, sorted iteration,
 * removal by prefix with the limits of a node. The rules are those of sp-state-machine's `OverlayedChanges` and `Ext`.
 */

import { GrowingVector, type Mark } from './growing.js';
import type { Hex } from './scale.js';
import {
  type Changes,
  DEFAULT_CHILD_PREFIX,
  type KeyValues,
  keysOf,
  type State,
  type StateChanges,
  type StateReader,
  type StateVersion,
} from './state.js';

/** null is a deleted key. */
type Value = Uint8Array | GrowingVector | null;

/** A value before the transaction; of a growing vector, how long it was. */
type Before =
  | Exclude<Value, GrowingVector>
  | undefined
  | { readonly grown: GrowingVector; readonly mark: Mark };

/** What a removal by prefix did. */
export interface Removal {
  /** Keys of the state below that were looked at. */
  readonly loops: number;
  /** Whether the limit ended it. */
  readonly remain: boolean;
}

/** Index of the first key that is ≥ `key` in sorted keys. */
function firstFrom(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The changes of one trie. */
export class TrieOverlay implements KeyValues {
  readonly #values = new Map<Hex, Value>();
  /** Of each open transaction, what its keys were before it. */
  readonly #open: Map<Hex, Before>[];
  /** All keys, sorted, from the first iteration on. */
  #sorted: Hex[] | undefined;
  /** Counts writes and rollbacks. */
  edits = 0;

  /** @param depth transactions that are open already */
  constructor(
    readonly below: KeyValues,
    depth = 0,
  ) {
    this.#open = Array.from({ length: depth }, () => new Map());
  }

  #put(key: Hex, value: Value): void {
    const before = this.#values.get(key);
    this.#remember(key, before);
    if (before === undefined && this.#sorted !== undefined) {
      const at = firstFrom(this.#sorted, key);
      if (this.#sorted[at] !== key) this.#sorted.splice(at, 0, key);
    }
    this.#values.set(key, value);
  }

  #remember(key: Hex, before: Value | undefined): void {
    this.edits += 1;
    const undo = this.#open.at(-1);
    if (undo === undefined || undo.has(key)) return;
    undo.set(key, before instanceof GrowingVector ? { grown: before, mark: before.mark() } : before);
  }

  read(key: Hex): Uint8Array | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return this.below.read(key);
    return value instanceof GrowingVector ? value.bytes() : (value ?? undefined);
  }

  /** @param value bytes that nobody changes afterwards */
  set(key: Hex, value: Uint8Array): void {
    this.#put(key, value);
  }

  delete(key: Hex): void {
    this.#put(key, null);
  }

  /** Add an item, SCALE-encoded, to a vector. */
  append(key: Hex, item: Uint8Array): void {
    const value = this.#values.get(key);
    if (value instanceof GrowingVector) {
      this.#remember(key, value);
      value.append(item);
      return;
    }
    const grown = GrowingVector.of(value === undefined ? this.below.read(key) : (value ?? undefined));
    grown.append(item);
    this.#put(key, grown);
  }

  nextKey(prefix: string, after: string): Hex | undefined {
    for (let from = after; ; ) {
      let best = this.below.nextKey(prefix, from);
      const own = this.#nextWritten(prefix, from);
      if (own !== undefined && (best === undefined || own < best)) best = own;
      if (best === undefined || this.#values.get(best) !== null) return best;
      from = best;
    }
  }

  /** The first key with the prefix behind `after` that has a value here. */
  #nextWritten(prefix: string, after: string): Hex | undefined {
    if (this.#values.size === 0) return undefined;
    this.#sorted ??= [...this.#values.keys()].sort();
    const keys = this.#sorted;
    let at = firstFrom(keys, after < prefix ? prefix : after);
    if (after >= prefix && keys[at] === after) at += 1;
    for (; at < keys.length; at += 1) {
      const key = keys[at] as Hex;
      if (!key.startsWith(prefix)) return undefined;
      // Deleted, or written in a transaction that was rolled back.
      if (this.#values.get(key) != null) return key;
    }
    return undefined;
  }

  /** Keys that were written here go for nothing; the limit counts keys of the state below, deleted or not. */
  clearPrefix(prefix: Hex, limit: number | undefined): Removal {
    for (const key of [...this.#values.keys()])
      if (key.startsWith(prefix) && this.#values.get(key) !== undefined) this.#put(key, null);
    let loops = 0;
    for (const key of keysOf(this.below, prefix)) {
      if (loops === limit) return { loops, remain: true };
      if (this.#values.get(key) !== null) this.#put(key, null);
      loops += 1;
    }
    return { loops, remain: false };
  }

  start(): void {
    this.#open.push(new Map());
  }

  commit(): void {
    const done = this.#open.pop();
    const outer = this.#open.at(-1);
    if (outer === undefined) return;
    for (const [key, before] of done ?? []) if (!outer.has(key)) outer.set(key, before);
  }

  rollback(): void {
    this.edits += 1;
    for (const [key, before] of this.#open.pop() ?? []) {
      if (before === undefined) this.#values.delete(key);
      else if (before !== null && 'grown' in before) {
        before.grown.truncate(before.mark);
        this.#values.set(key, before.grown);
      } else this.#values.set(key, before);
    }
  }

  get isEmpty(): boolean {
    return this.#values.size === 0;
  }

  /** What was written, sorted. Values are copied where they may still grow. */
  changes(): Map<Hex, Uint8Array | null> {
    const changes = new Map<Hex, Uint8Array | null>();
    for (const key of [...this.#values.keys()].sort()) {
      const value = this.#values.get(key) as Value;
      changes.set(key, value instanceof GrowingVector ? Uint8Array.from(value.bytes()) : value);
    }
    return changes;
  }
}

/** The changes of a state: the main trie's and those of default child tries. */
export class Overlay implements StateReader {
  readonly main: TrieOverlay;
  readonly #children = new Map<Hex, TrieOverlay>();
  #depth = 0;
  /** A runtime closes only transactions that it opened itself. */
  #floor = 0;
  #applied: { readonly edits: number; readonly version: StateVersion; readonly state: State } | undefined;

  constructor(readonly below: StateReader) {
    this.main = new TrieOverlay(below);
  }

  /** Open transactions. */
  get depth(): number {
    return this.#depth;
  }

  read(key: Hex): Uint8Array | undefined {
    return this.main.read(key);
  }

  nextKey(prefix: string, after: string): Hex | undefined {
    return this.main.nextKey(prefix, after);
  }

  child(name: Hex): TrieOverlay {
    let child = this.#children.get(name);
    if (child === undefined) {
      child = new TrieOverlay(this.below.child(name), this.#depth);
      this.#children.set(name, child);
    }
    return child;
  }

  *#all(): Generator<TrieOverlay> {
    yield this.main;
    yield* this.#children.values();
  }

  start(): void {
    for (const one of this.#all()) one.start();
    this.#depth += 1;
  }

  /** @throws Error without a transaction of the caller's own */
  commit(): void {
    this.#close('committed');
    for (const one of this.#all()) one.commit();
  }

  /** @throws Error without a transaction of the caller's own */
  rollback(): void {
    this.#close('rolled back');
    for (const one of this.#all()) one.rollback();
  }

  #close(how: string): void {
    if (this.#depth <= this.#floor) throw new Error(`no open transaction can be ${how}`);
    this.#depth -= 1;
  }

  /**
   * Do something whose transactions are its own: those that it leaves open are rolled back, also when it throws.
   * @returns what it returned
   */
  guarded<T>(run: () => T): T {
    const floor = this.#floor;
    this.#floor = this.#depth;
    try {
      return run();
    } finally {
      while (this.#depth > this.#floor) this.rollback();
      this.#floor = floor;
    }
  }

  /** What was written. */
  changes(): StateChanges {
    const children = [...this.#children].filter(([, child]) => !child.isEmpty);
    return {
      main: this.main.changes(),
      children: new Map<Hex, Changes>(children.map(([name, child]) => [name, child.changes()])),
    };
  }

  /** The state below with what was written, made once for as long as nothing more is written. */
  applied(version: StateVersion): State {
    const { below } = this;
    if (!('with' in below)) throw new Error('the state below is one that nothing can stand on');
    let edits = 0;
    for (const one of this.#all()) edits += one.edits;
    if (this.#applied?.edits !== edits || this.#applied.version !== version)
      this.#applied = { edits, version, state: (below as State).with(this.changes(), version) };
    return this.#applied.state;
  }

  /** Root over the state with what was written. undefined: see `State.root` */
  root(version: StateVersion): Uint8Array | undefined {
    return 'with' in this.below ? this.applied(version).root() : undefined;
  }

  /** Root of a child trie with what was written, which is noted in the main trie as nodes note it; undefined if empty. */
  childRoot(name: Hex, version: StateVersion): Uint8Array | undefined {
    const root = this.applied(version).childRoot(name);
    const key: Hex = `${DEFAULT_CHILD_PREFIX}${name.slice(2)}`;
    if (root === undefined) this.main.delete(key);
    else this.main.set(key, root);
    return root;
  }
}
