/**
 * A snapshot row by row, for questions that need every line and no tree: differences, privacy. Lines are held to the rules
 * of the form and of order; where one breaks, reading ends with that rule. Conditions on amounts are not judged here.
 */

import { type BursarError, verificationError } from '../errors.js';
import { quoteReadable } from '../numeric/text.js';
import { looksPrivate } from './artifact.js';
import type { Input } from './engine.js';
import { readHex32 } from './hex.js';
import type { Records } from './records.js';
import { RULES } from './rules.js';
import { HEADER, HEADER_BYTES, judgeLine, MAX_LINE, showLine } from './scan.js';
import type { Sorter } from './sort.js';

const CHUNK = 1 << 20;
const ID_DIGITS = 64;
const BUFFER = 2 * CHUNK + 1;
/** The kernel may read so much behind a row. */
const BEHIND = 511;
const FEED = 0x0a;
const COMMA = 0x2c;
const ZERO = 0x30;

/** Where the amounts of a row are. */
export type Column = 0 | 1 | 2;

/**
 * Reads a snapshot line by line. After a `step` that came to true, the row is in `bytes`; it stays there until the next.
 *
 *     for (let more = rows.step(); typeof more === 'boolean' ? more : await more; more = rows.step()) …
 */
export class Rows {
  /** Holds the row; other bytes are around it. */
  bytes: Uint8Array = new Uint8Array(0);
  /** First byte of the row's id, which has 64 digits. */
  id = 0;
  /** Bytes of the amounts: `starts[i]` up to, not including, `ends[i]`. */
  readonly starts: [number, number, number] = [0, 0, 0];
  readonly ends: [number, number, number] = [0, 0, 0];
  /** Rows read so far. */
  count = 0;
  readonly #input: Input;
  readonly #name: string;
  readonly #before = new Uint8Array(ID_DIGITS);
  #records: Records | null = null;
  #address = 0;
  #at = 0;
  #filled = 0;
  /** Place in the file of the first byte of `bytes`. */
  #base = 0;
  #ended = false;

  /** @param name of the file, for messages */
  constructor(input: Input, name: string) {
    this.#input = input;
    this.#name = name;
  }

  /**
   * Goes to the next row; false after the last one. A promise only where bytes must be read.
   * @throws verification with the name of the rule that a line breaks
   */
  step(): boolean | Promise<boolean> {
    if (this.count > 0) {
      const end = this.bytes.indexOf(FEED, this.#at);
      if (end < this.#filled) return this.#take(end);
    }
    return this.#refill();
  }

  /** Has the bytes where the kernel can read them; before anything is read, and nothing is reserved there afterwards. */
  attach(records: Records): void {
    this.#records = records;
    this.#address = records.reserve(BUFFER + BEHIND + 32);
  }

  /**
   * Goes on from the row that stands here, as long as every row is one of the kernel's first `count` lines: `take` then
   * makes them read. Says the first line that is not decided.
   */
  match(count: number): number {
    const { exports } = this.#records as Records;
    exports.match_rows(this.#address, this.id, this.#filled, count);
    return (this.#records as Records).count;
  }

  /** Takes what {@link match} went through, which must be what the kernel did last. True if a step must follow. */
  takeMatched(): boolean {
    const records = this.#records as Records;
    const { taken, last } = records.rows;
    if (taken === 0) return false;
    // The row that stands here is counted already.
    this.#pass(taken - 1, last, records.at);
    return true;
  }

  /**
   * Puts rows that are at hand, with the wallets that the kernel's lines from `first` on give them, into a sorter, as far
   * as they are good and lines are there. The kernel says which line is next and why it stopped.
   * @returns rows without a wallet
   */
  join(sorter: Sorter, first: number, count: number, noMoreLines: boolean): number {
    const records = this.#records as Records;
    if (this.#filled === 0) return 0;
    const before = this.#address + BUFFER + BEHIND;
    if (this.count > 0) readHex32(this.#before, 0, records.bytes, before);
    const { handle } = sorter;
    const text = this.#address;
    const known = this.count > 0 ? before : 0;
    records.exports.join_wallets(handle, text, this.#at, this.#filled, first, count, noMoreLines, known);
    const { taken, last, more } = records.rows;
    if (taken > 0) this.#pass(taken, last, records.at);
    return more;
  }

  /** Whether there are bytes that were not taken. */
  get hasMore(): boolean {
    return this.#at < this.#filled;
  }

  #pass(rows: number, last: number, at: number): void {
    this.count += rows;
    this.#before.set(this.bytes.subarray(last, last + ID_DIGITS));
    this.#at = at;
  }

  /** The amount in a column: 0 total, 1 withdrawable, 2 request. */
  amount(column: Column): bigint {
    const [from, to] = [this.starts[column], this.ends[column]];
    let value = 0n;
    // Fifteen digits are a whole number in a double.
    for (let at = from; at < to; ) {
      let part = 0;
      let scale = 1;
      for (const stop = Math.min(at + 15, to); at < stop; at++, scale *= 10)
        part = 10 * part + ((this.bytes[at] as number) - ZERO);
      value = value === 0n ? BigInt(part) : value * BigInt(scale) + BigInt(part);
    }
    return value;
  }

  /** The id as text: 64 digits. */
  idText(): string {
    return String.fromCharCode(...this.bytes.subarray(this.id, this.id + ID_DIGITS));
  }

  async #refill(): Promise<boolean> {
    if (this.count === 0 && this.#base === 0) await this.#header();
    for (;;) {
      const end = this.bytes.indexOf(FEED, this.#at);
      if (end < this.#filled) return this.#take(end);
      if (this.#ended || this.#filled - this.#at > MAX_LINE) break;
      await this.#read();
    }
    if (this.#at < this.#filled) throw this.#broken(this.#filled, !this.#ended);
    if (this.count === 0) throw this.#refuse('E_EMPTY', 1, this.#base, '');
    return false;
  }

  async #header(): Promise<void> {
    while (!this.#ended && this.#filled <= HEADER_BYTES) await this.#read();
    const text = String.fromCharCode(...this.bytes.subarray(0, Math.min(this.#filled, HEADER_BYTES + 1)));
    if (!text.startsWith(`${HEADER}\n`)) {
      const isBom = text.startsWith('\u00ef\u00bb\u00bf');
      const rule = isBom ? 'E_BOM' : text === `${HEADER}\r\n` ? 'E_LINE_ENDING' : 'E_HEADER';
      throw this.#refuse(rule, 1, 0, showLine(this.bytes.subarray(0, text.length)));
    }
    this.#at = HEADER_BYTES;
  }

  /** Moves what is left to the front and reads more behind it. */
  async #read(): Promise<void> {
    if (this.bytes.length === 0)
      this.bytes =
        this.#records?.bytes.subarray(this.#address, this.#address + BUFFER) ?? new Uint8Array(BUFFER);
    if (this.#filled + CHUNK >= this.bytes.length) {
      this.bytes.copyWithin(0, this.#at, this.#filled);
      this.#base += this.#at;
      this.#filled -= this.#at;
      this.#at = 0;
    }
    const read = await this.#input.read(this.bytes.subarray(this.#filled, this.#filled + CHUNK));
    this.#filled += read;
    this.#ended = read === 0;
    // A search for the end of a line stops here, and not at the end of the buffer.
    this.bytes[this.#filled] = FEED;
  }

  /** Takes the line up to a line feed if it is a row in order. */
  #take(end: number): true {
    const { bytes } = this;
    const from = this.#at;
    const ends = this.#columns(from, end) && (this.count === 0 || this.#ascends(from));
    if (!ends) throw this.#broken(end, true);
    this.#before.set(bytes.subarray(from, from + ID_DIGITS));
    this.id = from;
    this.#at = end + 1;
    this.count++;
    return true;
  }

  #columns(from: number, end: number): boolean {
    const { bytes } = this;
    let at = from + ID_DIGITS;
    if (end - from < ID_DIGITS + 6) return false;
    for (let digit = from; digit < at; digit++) if (!isHex(bytes[digit] as number)) return false;
    for (let column = 0; column < 3; column++) {
      if (bytes[at] !== COMMA) return false;
      const start = ++at;
      while (at < end && isDigit(bytes[at] as number)) at++;
      const digits = at - start;
      if (digits === 0 || (digits > 1 && bytes[start] === ZERO)) return false;
      this.starts[column] = start;
      this.ends[column] = at;
      if (digits > 38 && (digits > 39 || this.amount(column as Column) >= 1n << 128n)) return false;
    }
    return at === end;
  }

  #ascends(from: number): boolean {
    const { bytes } = this;
    for (let digit = 0; digit < ID_DIGITS; digit++) {
      const difference = (bytes[from + digit] as number) - (this.#before[digit] as number);
      if (difference !== 0) return difference > 0;
    }
    return false;
  }

  #broken(end: number, terminated: boolean): BursarError {
    const line = this.bytes.subarray(this.#at, Math.min(end, this.#at + MAX_LINE + 1));
    const judged = judgeLine(line, terminated, this.count === 0 ? null : hexBytes(this.#before));
    const [rule = 'E_COLUMNS'] = judged.broken;
    return this.#refuse(rule, this.count + 2, this.#base + this.#at, showLine(line));
  }

  /** As far as it is at hand, read as latin1. */
  #firstLine(): string {
    const beginning = this.bytes.subarray(0, Math.min(this.#filled, MAX_LINE));
    return Buffer.from(beginning).toString('latin1').split('\n')[0] ?? '';
  }

  #refuse(rule: keyof typeof RULES, line: number, offset: number, text: string): BursarError {
    const shown = text === '' ? '' : ` It is ${quoteReadable(text, 120)}.`;
    const other = rule === 'E_HEADER' ? looksPrivate(this.#firstLine()) : null;
    return verificationError(
      rule,
      `${quoteReadable(this.#name, 120)} breaks a rule in line ${line}, at byte ${offset}: "${RULES[rule].says}" does not hold.${shown}`,
      {
        hint:
          other === null
            ? 'Run `bursar pofbs verify` on it for everything that is wrong with it.'
            : `By its first line ${other}: name a snapshot, or the directory of an epoch.`,
        details: { file: this.#name, rule, line, offset },
      },
    );
  }
}

const isDigit = (code: number): boolean => code >= ZERO && code <= 0x39;
const isHex = (code: number): boolean => isDigit(code) || (code >= 0x61 && code <= 0x66);

const hexBytes = (digits: Uint8Array): Uint8Array =>
  new Uint8Array(Buffer.from(Buffer.from(digits).toString('latin1'), 'hex'));
