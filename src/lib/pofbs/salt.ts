/** Salts: new ones from the operating system's generator, and whether given ones are used once. */

import { randomFillSync } from 'node:crypto';
import type { Pace } from './pace.js';
import { compareKeys, type Sorter } from './sort.js';

const POOL = 32 * 2048;

/** 32 random bytes at a time. */
export class FreshSalts {
  readonly #pool = new Uint8Array(POOL);
  #used = POOL;

  next(into: Uint8Array): void {
    if (this.#used === POOL) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    const end = this.#used + 32;
    into.set(this.#pool.subarray(this.#used, end));
    // What was given out is not kept.
    this.#pool.fill(0, this.#used, end);
    this.#used = end;
  }
}

const STEP = 16_384;

/** How many salts of a sorter, records of 32 bytes, occur more than once. */
export async function countRepeated(sorter: Sorter, pace: Pace): Promise<number> {
  const salts = sorter.sorted();
  const before = new Uint8Array(32);
  let repeated = 0;
  let group = 0;
  for (let done = 0; salts.next(); done++) {
    group = done > 0 && compareKeys(salts.bytes, salts.start, before, 0, 32) === 0 ? group + 1 : 1;
    // The second of a group brings the first along.
    if (group > 1) repeated += group === 2 ? 2 : 1;
    before.set(salts.bytes.subarray(salts.start, salts.end));
    if (done % STEP === 0) await pace.pause(done, done / sorter.count);
  }
  return repeated;
}
