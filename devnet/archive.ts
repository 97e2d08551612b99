/**
 * Old blocks in little memory. A state in memory costs a block some 30 kB of trie; what the block changed is a tenth of
 * that. So a block that is no longer young keeps its changes, packed, and its state is made from them when somebody asks.
 */

import {
  type Changes,
  compact,
  concat,
  fromHex,
  type Hex,
  Reader,
  type State,
  type StateChanges,
  type StateVersion,
  toHex,
} from '../src/lib/host/index.js';
import type { Block } from './block.js';

/** Blocks whose state stays in memory behind the newest. */
const YOUNG = 128;
/**
 * Every so many blocks a state stays, so that no more changes than these are laid on one another: a third of a second. So
 * far apart two states share little, and each costs as much as the whole.
 */
const CHECKPOINT = 2_048;
/** States of old blocks that are kept once they were asked for, and those made on the way to them, every so many. */
const KEPT = 16;
const ON_THE_WAY = 128;

interface Entry {
  readonly parent: Block;
  readonly changes: Buffer;
  readonly version: StateVersion;
}

export class Archive {
  readonly #entries = new WeakMap<Block, Entry>();
  readonly #kept = new Map<Block, State>();
  readonly #young: Block[] = [];

  /** A block that was just made; its state is in memory. */
  add(block: Block, parent: Block, changes: StateChanges, version: StateVersion): void {
    this.#young.push(block);
    if (block.number % CHECKPOINT !== 0)
      this.#entries.set(block, { parent, changes: packed(changes), version });
    const old = this.#young.length > YOUNG ? this.#young.shift() : undefined;
    if (old !== undefined && this.#entries.has(old)) old.release(() => this.#restored(old));
  }

  #restored(block: Block): State {
    const known = this.#kept.get(block);
    if (known !== undefined) return known;
    const above: Block[] = [];
    let base = block;
    while (!base.hasState && !this.#kept.has(base)) {
      above.push(base);
      base = (this.#entries.get(base) as Entry).parent;
    }
    let state = this.#kept.get(base) ?? base.state;
    for (const one of above.reverse()) {
      const { changes, version } = this.#entries.get(one) as Entry;
      state = state.with(unpacked(changes), version);
      if (one === block || one.number % ON_THE_WAY === 0) this.#keep(one, state);
    }
    return state;
  }

  #keep(block: Block, state: State): void {
    this.#kept.set(block, state);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT) this.#kept.delete(oldest as Block);
  }
}

const vector = (bytes: Uint8Array): Uint8Array[] => [compact(bytes.length), bytes];

function packedTrie(changes: Changes): Uint8Array {
  const parts = [compact(changes.size)];
  for (const [key, value] of changes)
    parts.push(
      ...vector(fromHex(key)),
      Uint8Array.of(value === null ? 0 : 1),
      ...(value ? vector(value) : []),
    );
  return concat(...parts);
}

/** Changes as one piece of memory. */
export function packed({ main, children }: StateChanges): Buffer {
  const parts = [packedTrie(main), compact(children.size)];
  for (const [name, changes] of children) parts.push(...vector(fromHex(name)), packedTrie(changes));
  const bytes = concat(...parts);
  // Not from the shared pool, of which a small piece would keep 8 kB alive.
  const own = Buffer.allocUnsafeSlow(bytes.length);
  own.set(bytes);
  return own;
}

export function unpacked(bytes: Buffer): StateChanges {
  const reader = new Reader(bytes);
  const trie = (): Changes =>
    new Map(
      Array.from({ length: Number(reader.compact()) }, (): [Hex, Uint8Array | null] => {
        const key = toHex(reader.byteVector());
        // Copied, so that a value does not keep all changes of its block alive.
        return [key, reader.u8() === 0 ? null : Uint8Array.from(reader.byteVector())];
      }),
    );
  const main = trie();
  const children = new Map(
    Array.from({ length: Number(reader.compact()) }, () => [toHex(reader.byteVector()), trie()] as const),
  );
  return { main, children };
}
