/**
 * A mapping line by line, for its check: a line that is not as it should be is named and reading goes on. What other
 * code reads a mapping for (keyedRows.ts) it refuses instead.
 */

import type { Input } from './engine.js';
import { readHex32 } from './hex.js';
import { MAPPING_HEADER, MAPPING_ROW_BYTES, type MappingRow, readMappingRow } from './mapping.js';
import type { Records } from './records.js';
import { readWallet } from './wallet.js';

/** What is wrong with a line, and which rule that breaks. */
export interface LineFault {
  readonly rule: 'M_FORM' | 'M_WALLET';
  readonly why: string;
}

const BLOCK = 1 << 20;
/** A row has 199 bytes; what is much longer is no line of a mapping, and nothing behind it can be trusted to be one. */
const MAX_LINE = 1024;
const LF = 10;
/** The kernel may read so much behind a line. */
const BEHIND = 64;

/**
 * Goes through the rows. After a `step` that came to true, `row` has what could be read of a line, and `fault` says what
 * is wrong with it. Nothing is ever said of a salt: it is the user's secret.
 *
 *     for (let more = lines.step(); typeof more === 'boolean' ? more : await more; more = lines.step()) …
 */
export class MappingLines {
  readonly row: MappingRow = {
    id: new Uint8Array(32),
    wallet: new Uint8Array(32),
    salt: new Uint8Array(32),
  };
  fault: LineFault | null = null;
  hasId = false;
  hasWallet = false;
  hasSalt = false;
  /** Of the line; the header is line 1. */
  line = 0;
  /** The line's first byte in the file. */
  offset = 0;
  /** Why nothing more was read; null if all of it was. */
  stopped: string | null = null;
  readonly #input: Input;
  /** Where the kernel can read it, if there is one. */
  readonly #records: Records | null;
  readonly #address: number;
  #block: Uint8Array = new Uint8Array(0);
  #at = 0;
  #filled = 0;
  /** Place in the file of the first byte of the block. */
  #base = 0;
  #ended = false;

  /** @param records for {@link peek}; no memory of it is reserved any more once reading has begun */
  constructor(input: Input, records: Records | null = null) {
    this.#input = input;
    this.#records = records;
    this.#address = records?.reserve(BLOCK + BEHIND + 32) ?? 0;
  }

  /**
   * Reads good lines that are at hand, in ascending order of their ids, into the kernel's `lines`. They are not taken yet.
   * @param before the id that they must be above; null for none
   * @returns how many
   */
  peek(before: Uint8Array | null): number {
    if (this.#records === null || this.line === 0 || this.#at === this.#filled) return 0;
    const at = this.#address + BLOCK + BEHIND;
    if (before !== null) this.#records.bytes.set(before, at);
    this.#records.exports.read_mapping(this.#address, this.#at, this.#filled, before === null ? 0 : at);
    return this.#records.count;
  }

  /** Takes the first of the lines that {@link peek} read. */
  advance(lines: number): void {
    this.line += lines;
    this.#at += MAPPING_ROW_BYTES * lines;
  }

  /** Place in the file of the line that comes so many after the last one that was taken. */
  offsetOf(lines: number): number {
    return this.#base + this.#at + MAPPING_ROW_BYTES * (lines - 1);
  }

  /** Goes to the next row; false after the last one. A promise only where bytes must be read. */
  step(): boolean | Promise<boolean> {
    const end = this.#lineEnd();
    return end === -1 || this.line === 0 ? this.#refill() : this.#take(end, true);
  }

  #lineEnd(): number {
    const end = this.#block.indexOf(LF, this.#at);
    return end < this.#filled ? end : -1;
  }

  async #refill(): Promise<boolean> {
    let end = this.#lineEnd();
    while (end === -1 && !this.#ended && this.#filled - this.#at <= MAX_LINE) {
      await this.#read();
      end = this.#lineEnd();
    }
    const first = this.line === 0;
    if (end === -1) {
      if (this.#filled === this.#at) return first ? this.#stop('it is empty') : false;
      if (!this.#ended) return this.#stop(`line ${this.line + 1} is longer than ${MAX_LINE} bytes`);
      return first ? this.#stop(NO_HEADER) : this.#take(this.#filled, false);
    }
    if (!first) return this.#take(end, true);
    const text = Buffer.from(this.#block.subarray(this.#at, end + 1)).toString('latin1');
    if (text !== MAPPING_HEADER) return this.#stop(NO_HEADER);
    this.#at = end + 1;
    this.line = 1;
    return this.step();
  }

  #stop(why: string): false {
    this.stopped = why;
    this.#at = this.#filled;
    this.#ended = true;
    this.line = Math.max(1, this.line);
    return false;
  }

  async #read(): Promise<void> {
    if (this.#block.length === 0)
      this.#block =
        this.#records?.bytes.subarray(this.#address, this.#address + BLOCK) ?? new Uint8Array(BLOCK);
    if (this.#at > 0) {
      this.#block.copyWithin(0, this.#at, this.#filled);
      this.#base += this.#at;
      this.#filled -= this.#at;
      this.#at = 0;
    }
    const read = await this.#input.read(this.#block.subarray(this.#filled));
    this.#filled += read;
    this.#ended = read === 0;
  }

  #take(end: number, terminated: boolean): true {
    this.line++;
    this.offset = this.#base + this.#at;
    const start = this.#at;
    this.#at = Math.min(end + 1, this.#filled);
    this.fault = null;
    this.hasId = true;
    this.hasWallet = true;
    this.hasSalt = true;
    if (!readMappingRow(this.#block, start, end, this.row)) this.fault = this.#judge(start, end);
    if (!terminated) this.fault = form('has no line feed: the file may have been cut off');
    return true;
  }

  /** Takes what it can from a line that is not as it should be. */
  #judge(start: number, end: number): LineFault {
    const bytes = this.#block;
    const commas: number[] = [];
    for (let at = start; at < end; at++) if (bytes[at] === 44) commas.push(at);
    const [first = -1, second = -1] = commas;
    const whole = commas.length === 2;
    this.hasId = whole && first - start === 64 && readHex32(bytes, start, this.row.id);
    this.hasSalt =
      whole &&
      end - second === 67 &&
      isPrefix(bytes, second + 1) &&
      readHex32(bytes, second + 3, this.row.salt);
    this.hasWallet = whole && readWallet(bytes, first + 1, second, this.row.wallet) === null;
    if (end === start) return form('is empty');
    if (!whole) return form(`has ${commas.length + 1} columns, not 3`);
    if (!this.hasId) return form('has an id that is not 64 lower-case hexadecimal digits');
    if (!this.hasWallet) return { rule: 'M_WALLET', why: 'has a wallet that is no account' };
    if (second - first !== 67 || !isPrefix(bytes, first + 1))
      return { rule: 'M_WALLET', why: 'has a wallet in SS58, not as 0x and 64 lower-case digits' };
    if (!readHex32(bytes, first + 3, new Uint8Array(32)))
      return { rule: 'M_WALLET', why: 'has a wallet in upper-case digits' };
    return form('has a salt that is not 0x and 64 lower-case hexadecimal digits');
  }
}

const NO_HEADER = `its first line is not ${MAPPING_HEADER.trimEnd()}`;

const form = (why: string): LineFault => ({ rule: 'M_FORM', why });

const isPrefix = (bytes: Uint8Array, at: number): boolean => bytes[at] === 48 && bytes[at + 1] === 120;
