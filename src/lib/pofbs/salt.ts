/** Whether salts that were given are used once. */

import type { Pace } from './pace.js';
import { compareKeys, type Sorter } from './sort.js';

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
