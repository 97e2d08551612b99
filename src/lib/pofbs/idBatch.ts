/** Ids of many wallets at once: id.ts's definition, hashed in batches. */

import type { Hasher } from './hasher.js';

const CAPACITY = 4096;

export class IdBatch {
  /** wallet 32 | salt 32 of every member. */
  readonly openings = new Uint8Array(64 * CAPACITY);
  /** 32 bytes of every member, after {@link compute}. */
  readonly ids = new Uint8Array(32 * CAPACITY);
  readonly capacity = CAPACITY;
  count = 0;
  readonly #commitments = new Uint8Array(32 * CAPACITY);
  readonly #blocks = new Uint8Array(64 * CAPACITY);

  readonly #hashInto: Hasher['hashInto'];

  /** @param context 32 bytes, from `idContext` */
  constructor(context: Uint8Array, { hashInto }: Hasher) {
    this.#hashInto = hashInto;
    for (let index = 0; index < CAPACITY; index++) this.#blocks.set(context, 64 * index);
  }

  get full(): boolean {
    return this.count === CAPACITY;
  }

  /** Adds the wallet at `wallets[start … start + 32)`. */
  add(wallets: Uint8Array, start: number, salt: Uint8Array): void {
    const at = 64 * this.count++;
    for (let index = 0; index < 32; index++) {
      this.openings[at + index] = wallets[start + index] as number;
      this.openings[at + 32 + index] = salt[index] as number;
    }
  }

  compute(): void {
    const { count } = this;
    const commitments = this.#commitments.subarray(0, 32 * count);
    this.#hashInto(this.openings.subarray(0, 64 * count), commitments);
    for (let index = 0; index < count; index++)
      this.#blocks.set(commitments.subarray(32 * index, 32 * index + 32), 64 * index + 32);
    this.#hashInto(this.#blocks.subarray(0, 64 * count), this.ids.subarray(0, 32 * count));
  }

  clear(): void {
    this.count = 0;
  }
}
