/**
 * Records in the memory of the compiled kernel (kernel/src/records.rs): what a ledger's rows are while they are sorted
 * and get their ids. One of these belongs to one job; its memory goes when nothing refers to it any more.
 */

import { compiledKernel, instantiate } from './kernel.js';

export interface RecordExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly said: () => number;
  readonly reserve: (bytes: number) => number;
  readonly add: (sorter: number, record: number, length: number) => number;
  readonly sort: (sorter: number) => void;
  readonly gather: (sorter: number, from: number, out: number, room: number) => void;
  readonly merge: (readers: number, count: number, key: number, out: number, room: number) => void;
  readonly find_equal: (block: number, from: number, to: number, length: number) => number;
  readonly read_ledger: (
    sorter: number,
    text: number,
    from: number,
    to: number,
    form: number,
    line: number,
  ) => void;
  readonly wallets_of_a_batch: () => number;
  readonly openings: () => number;
  readonly commitments: () => number;
  readonly id_blocks: () => number;
  readonly ids: () => number;
  readonly before: () => number;
  readonly take_wallets: (block: number, from: number, to: number, salts: number) => void;
  readonly fill_id_blocks: (context: number, wallets: number) => void;
  readonly emit_ids: (sorter: number, block: number, from: number, to: number) => void;
  readonly write_rows: (block: number, from: number, to: number, asset: number, out: number) => void;
  readonly write_mapping: (block: number, from: number, to: number, out: number) => void;
  readonly lines: () => number;
  readonly found: () => number;
  readonly hits: () => number;
  readonly read_mapping: (text: number, from: number, to: number, before: number) => void;
  readonly add_lines: (wallets: number, salts: number, from: number, to: number, first: number) => void;
  readonly open_lines: (count: number) => void;
  readonly find_unopened: (from: number, to: number) => number;
  readonly match_rows: (text: number, from: number, to: number, count: number) => void;
  readonly join_wallets: (
    sorter: number,
    text: number,
    from: number,
    to: number,
    first: number,
    count: number,
    noMoreLines: boolean,
    before: number,
  ) => void;
}

/** Why a function of the kernel stopped. */
export const WHY = { ended: 0, left: 1, full: 2, repeated: 3, otherSalt: 4 } as const;

export class Records {
  readonly exports: RecordExports = instantiate(compiledKernel()) as RecordExports;
  #bytes = new Uint8Array(0);
  #words = new Uint32Array(0);
  readonly #said: number = this.exports.said();

  /** All of the memory; another view once more was reserved. */
  get bytes(): Uint8Array {
    if (this.#bytes.buffer !== this.exports.memory.buffer) this.#look();
    return this.#bytes;
  }

  /** The same in words of 32 bits. */
  get words(): Uint32Array {
    if (this.#words.buffer !== this.exports.memory.buffer) this.#look();
    return this.#words;
  }

  /** What the last function said: a place or a number of bytes. */
  get at(): number {
    return this.words[this.#said >> 2] as number;
  }

  get count(): number {
    return this.words[(this.#said >> 2) + 1] as number;
  }

  get why(): number {
    return this.words[(this.#said >> 2) + 2] as number;
  }

  /** Rows taken, the place of the last one, and what else the function counts. */
  get rows(): { readonly taken: number; readonly last: number; readonly more: number } {
    const at = (this.#said >> 2) + 3;
    const [taken, last, more] = this.words.subarray(at, at + 3) as unknown as [number, number, number];
    return { taken, last, more };
  }

  /** A stretch of memory that begins at a page; what is not written to takes none of the machine's. */
  reserve(bytes: number): number {
    const at = this.exports.reserve(bytes) >>> 0;
    if (at === 0) throw new RangeError(`There is no memory for ${bytes} bytes of records.`);
    return at;
  }

  #look(): void {
    this.#bytes = new Uint8Array(this.exports.memory.buffer);
    this.#words = new Uint32Array(this.exports.memory.buffer);
  }
}
