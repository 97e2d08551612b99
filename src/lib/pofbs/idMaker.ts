/**
 * Ids of the wallets of a ledger, in batches: id.ts's definition over records sorted by wallet in the kernel's memory. The
 * kernel keeps the last wallet of a batch, whose rows in other assets may follow in the next.
 */

import { randomFillSync } from 'node:crypto';
import type { Hasher } from './hasher.js';
import { type Records, WHY } from './records.js';
import { compareKeys, PREFIX, readKeyNumber, type Sorter } from './sort.js';

export class IdMaker {
  /** New ones in the batch that was taken last. */
  wallets = 0;
  readonly #capacity: number;
  /** Addresses. */
  readonly #salts: number;
  readonly #context: number;
  readonly #hashInto: Hasher['hashInto'];
  /** Salts are made, unless they were looked up for this batch. */
  #looked = false;
  #begun = false;

  /** @param context 32 bytes, from `idContext` */
  constructor(
    readonly records: Records,
    context: Uint8Array,
    { hashInto }: Hasher,
  ) {
    this.#hashInto = hashInto;
    this.#capacity = records.exports.wallets_of_a_batch();
    this.#salts = records.reserve(32 * this.#capacity + 32);
    this.#context = this.#salts + 32 * this.#capacity;
    records.bytes.set(context, this.#context);
  }

  /**
   * Takes wallets of the records from `from` on, until the batch is full.
   * @returns the place after the last row taken; and what is wrong with the row there, which stops it
   */
  take(from: number, to: number): { readonly to: number; readonly wrong: 'repeated' | 'otherSalt' | null } {
    const { records } = this;
    const salts = this.#bytes(this.#salts, 32 * this.#capacity);
    if (!this.#looked) randomFillSync(salts);
    this.#looked = false;
    records.exports.take_wallets(0, from, to, this.#salts);
    // What was given out is not kept.
    salts.fill(0);
    const { at, count, why } = records;
    this.wallets = count;
    this.#begun = true;
    const wrong = why === WHY.repeated ? 'repeated' : why === WHY.otherSalt ? 'otherSalt' : null;
    return { to: at, wrong };
  }

  /** Number of the line of the row before the one that stopped {@link take}. */
  lineBefore(): number {
    return readKeyNumber(this.records.bytes, this.records.exports.before() + 2);
  }

  /** Computes the batch's ids, and puts the rows that were taken into a sorter by id. */
  emit(from: number, to: number, sorter: Sorter): void {
    const { exports } = this.records;
    const { wallets } = this;
    const slots = (at: number, width: number) => this.#bytes(at + width, width * wallets);
    if (wallets > 0) this.#hashInto(slots(exports.openings(), 64), slots(exports.commitments(), 32));
    exports.fill_id_blocks(this.#context, wallets);
    if (wallets > 0) this.#hashInto(slots(exports.id_blocks(), 64), slots(exports.ids(), 32));
    for (let at = from; ; sorter.spill()) {
      exports.emit_ids(sorter.handle, 0, at, to);
      at = this.records.at;
      if (this.records.why !== WHY.full) return;
    }
  }

  /** The salts of the batch's new wallets, one after another in one array. */
  eachSalt(use: (salt: Uint8Array) => void): void {
    const at = this.records.exports.openings();
    for (let slot = 1; slot <= this.wallets; slot++)
      use(this.records.bytes.subarray(at + 64 * slot + 32, at + 64 * slot + 64));
  }

  /** Gives every wallet that the next {@link take} finds its salt: `find` writes 32 bytes for a record's wallet. */
  eachNewWallet(
    from: number,
    to: number,
    find: (bytes: Uint8Array, start: number, into: Uint8Array) => void,
  ): void {
    const { bytes, exports } = this.records;
    let before = this.#begun ? exports.openings() : -1;
    let count = 0;
    for (let at = from; at < to; at += PREFIX + length(bytes, at)) {
      const start = at + PREFIX;
      if (before !== -1 && compareKeys(bytes, before, bytes, start, 32) === 0) continue;
      if (count === this.#capacity) break;
      before = start;
      find(bytes, start, this.#bytes(this.#salts + 32 * count++, 32));
    }
    this.#looked = true;
  }

  #bytes(at: number, length: number): Uint8Array {
    return this.records.bytes.subarray(at, at + length);
  }
}

const length = (bytes: Uint8Array, at: number): number =>
  (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
