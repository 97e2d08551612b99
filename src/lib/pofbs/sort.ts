/**
 * Sorting of more records than fit into memory. A record is a sequence of bytes that begins with its key; records with
 * equal keys keep no order, so a key holds whatever order matters. Records are gathered in one buffer, sorted there, and
 * written out as a run when the buffer is full; the runs are then merged.
 *
 * Where runs are kept is the caller's business: files/runs.ts has them on disk.
 */

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

export interface SorterOptions {
  /** Bytes at the beginning of a record by which records are ordered; at least 4. */
  readonly keyLength: number;
  /** Bytes of memory for records, index and merge buffers. */
  readonly memory: number;
  readonly store: RunStore;
}

/** A record's length stands before it, little endian. */
const PREFIX = 2;
export const MAX_RECORD = 65_535;
/** A reader's block holds at least one record. */
const MIN_BLOCK = PREFIX + MAX_RECORD;
const WRITE_BLOCK = 1 << 20;
const MAX_FAN_IN = 256;
/** Offsets within the buffer are 32-bit numbers. */
const MAX_BUFFER = 2 ** 31;
/** What the index takes for a record: its sort word and its offset. */
const INDEX_BYTES = 12;
/** A guess at how short records are, for the size of the index. */
const SHORT_RECORD = 64;
/** Which half of a 64-bit word is the high one. */
const HIGH = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;

export class Sorter {
  readonly #keyLength: number;
  readonly #memory: number;
  readonly #store: RunStore;
  #buffer: Uint8Array;
  /** First four bytes of the key above, record number below: sorted as one integer. */
  #words: BigUint64Array;
  #halves: Uint32Array;
  #offsets: Uint32Array;
  #used = 0;
  #held = 0;
  #runs: Run[] = [];
  #count = 0;

  constructor({ keyLength, memory, store }: SorterOptions) {
    this.#keyLength = keyLength;
    this.#memory = memory;
    this.#store = store;
    const share = (SHORT_RECORD + PREFIX) / (SHORT_RECORD + PREFIX + INDEX_BYTES);
    const size = Math.min(MAX_BUFFER, Math.max(MIN_BLOCK, Math.floor(memory * share)));
    const records = Math.ceil(size / (SHORT_RECORD + PREFIX));
    // The pages of a fresh buffer cost nothing until they are written to: a small input takes little memory.
    this.#buffer = new Uint8Array(size);
    this.#words = new BigUint64Array(records);
    this.#halves = new Uint32Array(this.#words.buffer);
    this.#offsets = new Uint32Array(records);
  }

  /** Records added so far. */
  get count(): number {
    return this.#count;
  }

  /** Adds the first `length` bytes of `record`, at least the key and at most {@link MAX_RECORD}. */
  add(record: Uint8Array, length: number): void {
    if (length < this.#keyLength || length > MAX_RECORD)
      throw new RangeError(`a record of ${length} bytes cannot be sorted`);
    if (this.#used + PREFIX + length > this.#buffer.length || this.#held === this.#offsets.length)
      this.#spill();
    const buffer = this.#buffer;
    const at = this.#used;
    buffer[at] = length & 0xff;
    buffer[at + 1] = length >> 8;
    for (let index = 0, to = at + PREFIX; index < length; index++, to++) buffer[to] = record[index] as number;
    const first = at + PREFIX;
    this.#halves[2 * this.#held + HIGH] = leading(buffer, first);
    this.#halves[2 * this.#held + 1 - HIGH] = this.#held;
    this.#offsets[this.#held] = first;
    this.#held++;
    this.#count++;
    this.#used = first + length;
  }

  /** All records in ascending order; nothing is added afterwards. */
  sorted(): Cursor {
    if (this.#runs.length === 0) {
      this.#sortHeld();
      return new HeldCursor(this.#buffer, this.#halves, this.#offsets, this.#held);
    }
    this.#spill();
    this.#buffer = new Uint8Array(0);
    this.#words = new BigUint64Array(0);
    this.#halves = new Uint32Array(0);
    this.#offsets = new Uint32Array(0);
    const fanIn = Math.min(MAX_FAN_IN, Math.max(4, Math.floor(this.#memory / MIN_BLOCK)));
    while (this.#runs.length > fanIn) this.#mergeSome(fanIn);
    return this.#merged(this.#runs);
  }

  /** Gives runs and memory back; the cursor is of no use any more. */
  discard(): void {
    for (const run of this.#runs) run.discard();
    this.#runs = [];
    this.#buffer = new Uint8Array(0);
  }

  #merged(runs: readonly Run[]): MergeCursor {
    return new MergeCursor(runs, this.#keyLength, Math.floor(this.#memory / (runs.length + 1)));
  }

  /** Replaces the oldest `count` runs by one. */
  #mergeSome(count: number): void {
    const merging = this.#runs.splice(0, count);
    const cursor = this.#merged(merging);
    const out = new RecordWriter(this.#store.create());
    while (cursor.next()) out.write(cursor.bytes, cursor.start, cursor.end);
    this.#runs.push(out.finish());
    for (const run of merging) run.discard();
  }

  #spill(): void {
    if (this.#held === 0) return;
    this.#sortHeld();
    const cursor = new HeldCursor(this.#buffer, this.#halves, this.#offsets, this.#held);
    const out = new RecordWriter(this.#store.create());
    while (cursor.next()) out.write(cursor.bytes, cursor.start, cursor.end);
    this.#runs.push(out.finish());
    this.#used = 0;
    this.#held = 0;
  }

  #sortHeld(): void {
    const words = this.#words.subarray(0, this.#held);
    words.sort();
    const halves = this.#halves;
    for (let from = 0; from < this.#held; ) {
      let to = from + 1;
      while (to < this.#held && halves[2 * to + HIGH] === halves[2 * from + HIGH]) to++;
      if (to - from > 1) this.#sortEqual(from, to);
      from = to;
    }
  }

  /** Orders what has the same four leading bytes by the rest of the key. */
  #sortEqual(from: number, to: number): void {
    const low = 1 - HIGH;
    const numbers: number[] = [];
    for (let index = from; index < to; index++) numbers.push(this.#halves[2 * index + low] as number);
    const offset = (number: number) => this.#offsets[number] as number;
    numbers.sort((a, b) => compareKeys(this.#buffer, offset(a), this.#buffer, offset(b), this.#keyLength));
    for (let index = from; index < to; index++)
      this.#halves[2 * index + low] = numbers[index - from] as number;
  }
}

class HeldCursor implements Cursor {
  start = 0;
  end = 0;
  #at = 0;

  constructor(
    readonly bytes: Uint8Array,
    readonly halves: Uint32Array,
    readonly offsets: Uint32Array,
    readonly count: number,
  ) {}

  next(): boolean {
    if (this.#at === this.count) return false;
    this.start = this.offsets[this.halves[2 * this.#at++ + 1 - HIGH] as number] as number;
    this.end = this.start + lengthAt(this.bytes, this.start - PREFIX);
    return true;
  }
}

/** The least of the runs' next records, by a binary heap of readers. */
class MergeCursor implements Cursor {
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  readonly #keyLength: number;
  readonly #heap: RunReader[];
  #begun = false;

  constructor(runs: readonly Run[], keyLength: number, block: number) {
    this.#keyLength = keyLength;
    this.#heap = runs
      .map((run) => new RunReader(run, Math.max(MIN_BLOCK, block)))
      .filter((reader) => reader.next());
    for (let at = Math.floor(this.#heap.length / 2) - 1; at >= 0; at--) this.#sink(at);
  }

  next(): boolean {
    const heap = this.#heap;
    // The reader that gave the last record moves on only now, when its record is no longer looked at.
    if (this.#begun) {
      if (!(heap[0] as RunReader).next()) {
        const last = heap.pop() as RunReader;
        if (heap.length > 0) heap[0] = last;
      }
      if (heap.length > 1) this.#sink(0);
    }
    this.#begun = true;
    const least = heap[0];
    if (least === undefined) {
      this.#begun = false;
      return false;
    }
    this.bytes = least.bytes;
    this.start = least.start;
    this.end = least.end;
    return true;
  }

  #sink(at: number): void {
    const heap = this.#heap;
    const moving = heap[at] as RunReader;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#before(heap[child + 1] as RunReader, heap[child] as RunReader))
        child++;
      if (!this.#before(heap[child] as RunReader, moving)) break;
      heap[at] = heap[child] as RunReader;
      at = child;
    }
    heap[at] = moving;
  }

  #before(a: RunReader, b: RunReader): boolean {
    if (a.leading !== b.leading) return a.leading < b.leading;
    return compareKeys(a.bytes, a.start, b.bytes, b.start, this.#keyLength) < 0;
  }
}

class RunReader {
  readonly bytes: Uint8Array;
  start = 0;
  end = 0;
  leading = 0;
  #filled = 0;
  #position = 0;

  constructor(
    readonly run: Run,
    block: number,
  ) {
    this.bytes = new Uint8Array(Math.min(block, run.bytes));
  }

  next(): boolean {
    if (!this.#holds(this.end)) {
      const rest = this.#filled - this.end;
      this.bytes.copyWithin(0, this.end, this.#filled);
      const read = this.run.read(this.bytes.subarray(rest), this.#position);
      this.#position += read;
      this.#filled = rest + read;
      this.end = 0;
      if (this.#filled === 0) return false;
      if (!this.#holds(0)) throw new Error('a sorted run ends in the middle of a record');
    }
    this.start = this.end + PREFIX;
    this.end = this.start + lengthAt(this.bytes, this.end);
    this.leading = leading(this.bytes, this.start);
    return true;
  }

  /** Whether a whole record stands at this place. */
  #holds(at: number): boolean {
    return at + PREFIX <= this.#filled && at + PREFIX + lengthAt(this.bytes, at) <= this.#filled;
  }
}

class RecordWriter {
  readonly #block = new Uint8Array(WRITE_BLOCK);
  #used = 0;

  constructor(readonly out: RunWriter) {}

  /** Writes a record with the length before it. */
  write(bytes: Uint8Array, start: number, end: number): void {
    if (this.#used + PREFIX + end - start > this.#block.length) this.#flush();
    const block = this.#block;
    let to = this.#used;
    for (let from = start - PREFIX; from < end; from++) block[to++] = bytes[from] as number;
    this.#used = to;
  }

  finish(): Run {
    this.#flush();
    return this.out.finish();
  }

  #flush(): void {
    if (this.#used > 0) this.out.write(this.#block.subarray(0, this.#used));
    this.#used = 0;
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

const lengthAt = (bytes: Uint8Array, at: number): number =>
  (bytes[at] as number) | ((bytes[at + 1] as number) << 8);

const leading = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)) >>>
  0;
