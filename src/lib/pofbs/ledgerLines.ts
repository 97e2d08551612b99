/** Good lines of a ledger, many at a time: the kernel reads them straight into the records of a sorter. */

import type { LedgerRow } from './ledger.js';
import { type Records, WHY } from './records.js';
import type { Sorter } from './sort.js';
import type { LineTaker } from './table.js';

const BLOCK = 1 << 20;
/** The kernel may read so much behind a line. */
const BEHIND = 64;
/** The kernel's `Form`: eight columns, how many places, where the names are, how many. */
const FORM_BYTES = 8 + 3 * 4;
const MAX_PLACES = 8;
const [ASSET, SALT] = [4, 5];

export class LedgerLines implements LineTaker {
  readonly #records: Records;
  readonly #block: number;
  readonly #form: number;
  readonly #names: number;
  #takes = false;

  /** @param row whose `hasSalt` says of lines that were taken whether they have one */
  constructor(
    readonly sorter: Sorter,
    readonly assets: readonly string[],
    readonly row: LedgerRow,
  ) {
    this.#records = sorter.records;
    const names = assets.map((name) => new TextEncoder().encode(name));
    const bytes = names.reduce((sum, { length }) => sum + 1 + length, 0);
    this.#block = this.#records.reserve(BLOCK + BEHIND + FORM_BYTES + bytes);
    this.#form = this.#block + BLOCK + BEHIND;
    this.#names = this.#form + FORM_BYTES;
    let at = this.#names;
    for (const name of names) {
      this.#records.bytes[at] = name.length;
      this.#records.bytes.set(name, at + 1);
      at += 1 + name.length;
    }
  }

  get block(): Uint8Array {
    return this.#records.bytes.subarray(this.#block, this.#block + BLOCK);
  }

  begin(places: readonly number[]): void {
    // Which asset a line is of must be known, and what is not a column of a ledger is nothing that the kernel knows.
    this.#takes = (this.assets.length === 1 || places.includes(ASSET)) && places.length <= MAX_PLACES;
    if (!this.#takes) return;
    this.row.hasSalt = places.includes(SALT);
    this.#records.bytes.set(places, this.#form);
    this.#records.words.set([places.length, this.#names, this.assets.length], (this.#form >> 2) + 2);
  }

  take(chunk: Uint8Array, from: number, line: number): { at: number; lines: number } {
    const { exports, bytes } = this.#records;
    if (!this.#takes || chunk.buffer !== bytes.buffer) return { at: from, lines: 0 };
    let [at, lines] = [from, 0];
    for (;;) {
      const { byteOffset, length } = chunk;
      exports.read_ledger(this.sorter.handle, byteOffset, at, length, this.#form, line + lines);
      at = this.#records.at;
      lines += this.#records.count;
      if (this.#records.why !== WHY.full) return { at, lines };
      this.sorter.spill();
    }
  }
}
