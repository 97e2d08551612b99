/**
 * Amounts of a snapshot as 64-bit hashes in sorted arrays: enough to count which are unique, and which two files have in
 * common. It takes 40 bytes a row. Two different amounts have the same hash once in 2^64 pairs: among ten million rows
 * a count is off by one, once in some hundred thousand files.
 */

import { usageError } from '../errors.js';
import type { Column, Rows } from './rows.js';

export const KEYS = ['total', 'withdrawable', 'request', 'all'] as const;
/** What rows are compared by: one amount, or all three together. */
export type Key = (typeof KEYS)[number];

export interface Fingerprint {
  readonly rows: number;
  /** Rows whose request is not 0. */
  readonly requests: number;
  /** Hashes that one row alone has, ascending. Requests of 0 are not among them: they are no requests. */
  readonly single: { readonly [Each in Key]: BigUint64Array };
  /** By size: how many rows are in sets of so many rows that have all amounts in common. */
  readonly sets: ReadonlyMap<number, number>;
  /** The first 64 bits of every id, ascending. */
  readonly ids: BigUint64Array;
}

/** Rows after which a reader lets others have a turn. */
const PAUSE = 65_536;
/** Two files of so many rows take 4 GB. */
export const MAX_FINGERPRINT_ROWS = 50_000_000;

/**
 * @param rows from their beginning
 * @throws verification with the rule that a line breaks; usage TOO_MANY_ROWS
 */
export async function fingerprint(
  rows: Rows,
  onRows: (rows: number) => Promise<void> = async () => {},
): Promise<Fingerprint> {
  const [total, withdrawable, request, all, ids] = Array.from({ length: 5 }, () => new Hashes()) as [
    Hashes,
    Hashes,
    Hashes,
    Hashes,
    Hashes,
  ];
  for (let more = rows.step(); typeof more === 'boolean' ? more : await more; more = rows.step()) {
    hashAmounts(rows, 0, 0, total);
    hashAmounts(rows, 1, 1, withdrawable);
    if (rows.bytes[rows.starts[2]] !== ZERO) hashAmounts(rows, 2, 2, request);
    hashAmounts(rows, 0, 2, all);
    addId(rows, ids);
    if (rows.count % PAUSE === 0) await onRows(rows.count);
    if (rows.count > MAX_FINGERPRINT_ROWS) throw tooMany();
  }
  const together = all.sorted();
  const sets = setSizes(together);
  return {
    rows: rows.count,
    requests: request.length,
    single: {
      total: singles(total.sorted()),
      withdrawable: singles(withdrawable.sorted()),
      request: singles(request.sorted()),
      all: singles(together),
    },
    sets,
    ids: ids.sorted(),
  };
}

const tooMany = () =>
  usageError('TOO_MANY_ROWS', `A snapshot has more than ${MAX_FINGERPRINT_ROWS} rows.`, {
    hint: 'Look at a part of it: the header line and some millions of rows.',
  });

/** How many values two ascending arrays of distinct values have in common. */
export function common(a: BigUint64Array, b: BigUint64Array): number {
  const [left, right] = [wordsOf(a), wordsOf(b)];
  let count = 0;
  for (let i = 0, j = 0; i < left.length && j < right.length; ) {
    // Little endian: the higher half is the second word.
    const order = left[i + 1]! - right[j + 1]! || left[i]! - right[j]!;
    if (order === 0) count++;
    if (order <= 0) i += 2;
    if (order >= 0) j += 2;
  }
  return count;
}

/** 64-bit values in the order in which they come, as pairs of words, lower first. */
class Hashes {
  length = 0;
  #words = new Uint32Array(2048);

  push(low: number, high: number): void {
    if (2 * this.length === this.#words.length) {
      const larger = new Uint32Array(2 * this.#words.length);
      larger.set(this.#words);
      this.#words = larger;
    }
    this.#words[2 * this.length] = low;
    this.#words[2 * this.length + 1] = high;
    this.length++;
  }

  /** The values ascending, in their own place. */
  sorted(): BigUint64Array {
    return new BigUint64Array(this.#words.buffer, 0, this.length).sort();
  }
}

const ZERO = 0x30;

/**
 * Adds the hash of neighbouring amounts. Canonical digits: equal amounts have equal text. Two lanes of MurmurHash3's
 * 32-bit mixing (by Austin Appleby, public domain) with different constants, over nine digits at a time.
 */
function hashAmounts({ bytes, starts, ends }: Rows, from: Column, to: Column, into: Hashes): void {
  let one = 0x9747b28c;
  let two = 0x3c6ef372;
  for (let column = from; column <= to; column++) {
    const end = ends[column];
    let digits = ends[column] - starts[column];
    for (let at = starts[column]; ; ) {
      // The number of digits comes last, so that amounts cannot run into one another.
      let word = digits;
      if (at < end) {
        word = 0;
        for (const stop = Math.min(at + 9, end); at < stop; at++) word = 10 * word + (bytes[at]! - ZERO);
      } else digits = -1;
      one = mix(one, word, 0xcc9e2d51, 0x1b873593);
      two = mix(two, word, 0x239b961b, 0xab0e9789);
      if (digits < 0) break;
    }
  }
  one = finish(one ^ two);
  two = finish(two + one);
  into.push(one, two);
}

function mix(lane: number, word: number, first: number, second: number): number {
  const scrambled = Math.imul(word, first);
  const next = lane ^ Math.imul((scrambled << 15) | (scrambled >>> 17), second);
  return (Math.imul((next << 13) | (next >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(lane: number): number {
  let hash = lane;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Ids are hashes already: their first 16 digits will do. */
function addId({ bytes, id }: Rows, into: Hashes): void {
  let [high, low] = [0, 0];
  for (let at = 0; at < 8; at++) {
    high = (high << 4) | nibble(bytes[id + at]!);
    low = (low << 4) | nibble(bytes[id + 8 + at]!);
  }
  into.push(low >>> 0, high >>> 0);
}

const nibble = (code: number): number => (code <= 0x39 ? code - ZERO : code - 0x57);

const wordsOf = (values: BigUint64Array): Uint32Array =>
  new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);

/** Lengths of the runs of equal values. */
function* runs(values: BigUint64Array): Generator<readonly [at: number, length: number]> {
  const words = wordsOf(values);
  for (let at = 0; at < words.length; ) {
    let next = at + 2;
    while (next < words.length && words[next] === words[at] && words[next + 1] === words[at + 1]) next += 2;
    yield [at / 2, (next - at) / 2];
    at = next;
  }
}

/** Values that occur once; written over those that were read already, which are of no use any more. */
function singles(values: BigUint64Array): BigUint64Array {
  let count = 0;
  for (const [at, length] of runs(values)) if (length === 1) values[count++] = values[at]!;
  return values.slice(0, count);
}

function setSizes(values: BigUint64Array): Map<number, number> {
  const sizes = new Map<number, number>();
  for (const [, length] of runs(values)) sizes.set(length, (sizes.get(length) ?? 0) + length);
  return sizes;
}
