/**
 * The host's side of a runtime's heap: the freeing bump allocator of the Polkadot specification (§ "Allocator"). Sizes
 * are powers of two from 8 bytes to 32 MiB. A header of 8 bytes precedes every block: in use it names the block's order,
 * free it names the next free block of that order.
 */

import type { WasmMemory } from './wasm.js';

export const PAGE_SIZE = 65_536;

const HEADER = 8;
const SMALLEST = 8;
const LARGEST = 32 * 1024 * 1024;
/** Orders 0 (8 bytes) to 22 (32 MiB). */
const ORDERS = 23;
const IN_USE = 1;
/** End of a list of free blocks. */
const NONE = 0xffff_ffff;

/** 8 · 2^order is the smallest such size that holds `size` bytes. */
const orderOf = (size: number): number => (size <= SMALLEST ? 0 : 29 - Math.clz32(size - 1));

export class Allocator {
  readonly #base: number;
  readonly #heads = new Uint32Array(ORDERS);
  #top: number;
  /** The memory as 32-bit words; another one after the memory has grown, which empties the old. */
  #words: Uint32Array;

  /**
   * @param base value of the runtime's global `__heap_base`
   * @param maximumPages pages that the memory may have in all
   */
  constructor(
    private readonly memory: WasmMemory,
    base: number,
    private readonly maximumPages: number,
  ) {
    // A runtime chooses its heap base; the headers must be aligned.
    this.#base = (base + 7) & ~7;
    this.#top = this.#base;
    this.#words = new Uint32Array(memory.buffer);
    this.reset();
  }

  /** The first byte that was never handed out since the last reset. */
  get top(): number {
    return this.#top;
  }

  /** Forget all blocks. The memory's content is the caller's to clear. */
  reset(): void {
    this.#top = this.#base;
    this.#heads.fill(NONE);
  }

  #view(): Uint32Array {
    if (this.#words.length === 0) this.#words = new Uint32Array(this.memory.buffer);
    return this.#words;
  }

  /** @returns address of at least `size` bytes @throws Error where the specification's limits are exceeded */
  allocate(size: number): number {
    if (size > LARGEST)
      throw new Error(`the runtime asked for ${size} bytes at once; ${LARGEST} is the most`);
    const order = orderOf(size);
    const free = this.#heads[order] as number;
    let header: number;
    if (free === NONE) header = this.#bump(HEADER + SMALLEST * 2 ** order);
    else {
      header = free;
      // Links lie in the runtime's memory, which the runtime may have overwritten.
      if (header < this.#base || header + HEADER > this.#top || header % 8 !== 0)
        throw new Error('the heap is corrupt: a list of free blocks leads outside of it');
      this.#heads[order] = this.#view()[header >>> 2] as number;
    }
    const words = this.#view();
    words[header >>> 2] = order;
    words[(header >>> 2) + 1] = IN_USE;
    return header + HEADER;
  }

  #bump(size: number): number {
    const header = this.#top;
    const end = header + size;
    const pages = this.memory.buffer.byteLength / PAGE_SIZE;
    const wanted = Math.ceil(end / PAGE_SIZE);
    if (wanted > this.maximumPages) throw new Error('the runtime has no memory left');
    // Doubling: an allocation is not a page more each time.
    if (wanted > pages) this.memory.grow(Math.max(wanted, Math.min(2 * pages, this.maximumPages)) - pages);
    this.#top = end;
    return header;
  }

  /** @throws Error if nothing in use begins at `pointer` */
  free(pointer: number): void {
    const header = pointer - HEADER;
    const words = this.#view();
    const order = words[header >>> 2] as number;
    const isBlock =
      header >= this.#base &&
      pointer <= this.#top &&
      header % 8 === 0 &&
      words[(header >>> 2) + 1] === IN_USE;
    if (!isBlock || order >= ORDERS) throw new Error(`the runtime freed ${pointer}, which is not in use`);
    words[header >>> 2] = this.#heads[order] as number;
    words[(header >>> 2) + 1] = 0;
    this.#heads[order] = header;
  }
}
