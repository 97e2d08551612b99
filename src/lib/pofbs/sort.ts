/**
 * Sorting of more records than fit into memory. A record is a sequence of bytes that begins with its key; records with
 * equal keys keep no order, so a key holds whatever order matters. Records are gathered in one buffer of the compiled
 * kernel's memory, sorted there, and written out as a run when the buffer is full; the runs are then merged. They come
 * out in blocks, so that the kernel can work on many at a time.
 *
 * Where runs are kept is the caller's business: files/runs.ts has them on disk.
 */

import { Records, WHY } from './records.js';

export interface RunStore {
  create(): RunWriter;
}

export interface RunWriter {
  write(bytes: Uint8Array): void;
  finish(): Run;
}

/** A sorted run that was written out. */
export interface Run {
  readonly bytes: number;
  /** Bytes read into `into` from position `at` on; fewer than its length only at the end. */
  read(into: Uint8Array, at: number): number;
  discard(): void;
}

/** Records in order, one after another: after `next()` said true, a record is `bytes[start … end)`. */
export interface Cursor {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  next(): boolean;
}

/** Records in order, one after another with their lengths, in the kernel's memory from `at` up to, not including, `end`. */
export interface Blocks {
  readonly at: number;
  readonly end: number;
  /** Goes to the next block; false after the last. */
  next(): boolean;
}

export interface SorterOptions {
  /** Bytes at the beginning of a record by which records are ordered; at least 4. */
  readonly keyLength: number;
  /** Bytes of memory for records, index and merge buffers. */
  readonly memory: number;
  readonly store: RunStore;
  /** Where records are; default: memory of the sorter's own. */
  readonly records?: Records;
}

/** A record's length stands before it, little endian. */
export const PREFIX = 2;
export const MAX_RECORD = 65_535;
/** A reader's block holds at least one record. */
const MIN_BLOCK = PREFIX + MAX_RECORD;
/** Bytes of sorted records that are given out at once. */
export const OUT_BLOCK = 1 << 18;
const MAX_FAN_IN = 64;
/** Offsets within the buffer are 32-bit numbers, and so are the kernel's addresses. */
const MAX_BUFFER = 2 ** 30;
/** The kernel's `Sorter`: base, size, used, held, key; and for each run a `Reader`: at, end, ended. */
const SORTER_WORDS = 5;
const READER_WORDS = 3;
const [USED, HELD] = [2, 3];

export class Sorter {
  readonly keyLength: number;
  readonly records: Records;
  /** The kernel's own, for its functions that add records: when they are full, {@link spill}. */
  readonly handle: number;
  readonly #store: RunStore;
  readonly #base: number;
  readonly #size: number;
  readonly #out: number;
  readonly #scratch: number;
  #spilled = 0;
  #runs: Run[] = [];

  constructor({ keyLength, memory, store, records = new Records() }: SorterOptions) {
    this.keyLength = keyLength;
    this.records = records;
    this.#store = store;
    const fixed = 4 * (SORTER_WORDS + READER_WORDS * MAX_FAN_IN) + MAX_RECORD + OUT_BLOCK;
    const wanted = Math.min(MAX_BUFFER, Math.max(4 * MIN_BLOCK, memory - fixed));
    this.#size = 8 * Math.ceil(wanted / 8);
    this.#base = records.reserve(this.#size + fixed);
    this.#out = this.#base + this.#size;
    this.handle = this.#out + OUT_BLOCK;
    this.#scratch = this.handle + 4 * (SORTER_WORDS + READER_WORDS * MAX_FAN_IN);
    records.words.set([this.#base, this.#size, 0, 0, keyLength], this.handle >> 2);
  }

  /** Records added so far. */
  get count(): number {
    return this.#spilled + this.#held;
  }

  get #held(): number {
    return this.records.words[(this.handle >> 2) + HELD] as number;
  }

  /** Adds the first `length` bytes of `record`, at least the key and at most {@link MAX_RECORD}. */
  add(record: Uint8Array, length: number): void {
    if (length < this.keyLength || length > MAX_RECORD)
      throw new RangeError(`a record of ${length} bytes cannot be sorted`);
    const { bytes, exports } = this.records;
    // For short ranges a loop costs less than `set`.
    for (let index = 0, to = this.#scratch; index < length; index++, to++)
      bytes[to] = record[index] as number;
    if (exports.add(this.handle, this.#scratch, length) !== 0) return;
    this.spill();
    exports.add(this.handle, this.#scratch, length);
  }

  /** Writes what is held out as a run, to make room. */
  spill(): void {
    if (this.#held === 0) return;
    const out = this.#store.create();
    const blocks = this.#heldBlocks();
    while (blocks.next()) out.write(this.records.bytes.subarray(blocks.at, blocks.end));
    this.#runs.push(out.finish());
    this.#spilled += this.#held;
    this.records.words[(this.handle >> 2) + USED] = 0;
    this.records.words[(this.handle >> 2) + HELD] = 0;
  }

  /** All records in ascending order; nothing is added afterwards. */
  sorted(): Cursor {
    return new BlockCursor(this.records, this.blocks());
  }

  /** The same a block at a time; a block is there until the next. */
  blocks(): Blocks {
    if (this.#runs.length === 0) return this.#heldBlocks();
    this.spill();
    const fanIn = Math.min(MAX_FAN_IN, Math.floor(this.#size / MIN_BLOCK));
    while (this.#runs.length > fanIn) this.#mergeSome(fanIn);
    return this.#merged(this.#runs);
  }

  /** Gives runs back; the cursor is of no use any more. */
  discard(): void {
    for (const run of this.#runs) run.discard();
    this.#runs = [];
  }

  #heldBlocks(): Blocks {
    const { records, handle } = this;
    records.exports.sort(handle);
    const at = this.#out;
    let number = 0;
    const held = this.#held;
    return {
      at,
      end: at,
      next() {
        if (number === held) return false;
        records.exports.gather(handle, number, at, OUT_BLOCK);
        number = records.count;
        this.end = at + records.at;
        return true;
      },
    } as Blocks & { end: number };
  }

  /** The buffer is divided among the runs. */
  #merged(runs: readonly Run[]): Merged {
    const readers = this.handle + 4 * SORTER_WORDS;
    const block = Math.floor(this.#size / runs.length);
    return new Merged(
      this.records,
      runs,
      { base: this.#base, block, readers, out: this.#out },
      this.keyLength,
    );
  }

  /** Replaces the oldest `count` runs by one. */
  #mergeSome(count: number): void {
    const merging = this.#runs.splice(0, count);
    const blocks = this.#merged(merging);
    const out = this.#store.create();
    while (blocks.next()) out.write(this.records.bytes.subarray(blocks.at, blocks.end));
    this.#runs.push(out.finish());
    for (const run of merging) run.discard();
  }
}

/** Addresses in the kernel's memory. */
interface MergePlaces {
  readonly base: number;
  /** Bytes for each run. */
  readonly block: number;
  readonly readers: number;
  readonly out: number;
}

/** The least of the runs' next records, again and again. */
class Merged implements Blocks {
  readonly at: number;
  end: number;
  readonly #positions: number[];

  constructor(
    readonly records: Records,
    readonly runs: readonly Run[],
    readonly places: MergePlaces,
    readonly keyLength: number,
  ) {
    this.at = places.out;
    this.end = places.out;
    this.#positions = runs.map(() => 0);
    for (const [run] of runs.entries()) {
      const start = places.base + run * places.block;
      records.words.set([start, start, 0], (places.readers >> 2) + READER_WORDS * run);
    }
  }

  next(): boolean {
    const { records, runs, places, keyLength } = this;
    this.end = this.at;
    for (;;) {
      const room = OUT_BLOCK - (this.end - this.at);
      records.exports.merge(places.readers, runs.length, keyLength, this.end, room);
      this.end += records.at;
      if (records.why !== WHY.left) return this.end > this.at;
      this.#fill(records.count);
    }
  }

  #fill(run: number): void {
    const { places, records } = this;
    const word = (places.readers >> 2) + READER_WORDS * run;
    const { words, bytes } = records;
    const start = places.base + run * places.block;
    const [at, end] = [words[word] as number, words[word + 1] as number];
    bytes.copyWithin(start, at, end);
    const rest = end - at;
    const read = (this.runs[run] as Run).read(
      bytes.subarray(start + rest, start + places.block),
      this.#positions[run] as number,
    );
    this.#positions[run] = (this.#positions[run] as number) + read;
    if (read === 0 && rest > 0) throw new Error('a sorted run ends in the middle of a record');
    words.set([start, start + rest + read, read === 0 ? 1 : 0], word);
  }
}

class BlockCursor implements Cursor {
  /** Nothing may be reserved in the kernel's memory before the next block. */
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  #left = false;

  constructor(
    readonly records: Records,
    readonly blocks: Blocks,
  ) {}

  next(): boolean {
    let at = this.end;
    if (!this.#left || at === this.blocks.end) {
      this.#left = this.blocks.next();
      if (!this.#left) return false;
      at = this.blocks.at;
      this.bytes = this.records.bytes;
    }
    const { bytes } = this;
    this.start = at + PREFIX;
    this.end = this.start + ((bytes[at] as number) | ((bytes[at + 1] as number) << 8));
    return true;
  }
}

/** Order of two keys by their bytes: negative, 0 or positive. */
export function compareKeys(
  a: Uint8Array,
  aStart: number,
  b: Uint8Array,
  bStart: number,
  length: number,
): number {
  for (let index = 0; index < length; index++) {
    const difference = (a[aStart + index] as number) - (b[bStart + index] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Writes a number below 2^48 as a part of a key: six bytes, the highest first. Returns the place behind it. */
export function writeKeyNumber(into: Uint8Array, at: number, value: number): number {
  let rest = value;
  for (let index = 5; index >= 0; index--) {
    into[at + index] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return at + 6;
}

export function readKeyNumber(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let index = 0; index < 6; index++) value = value * 256 + (bytes[at + index] as number);
  return value;
}
