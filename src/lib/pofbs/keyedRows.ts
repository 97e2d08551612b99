/** The rows of a snapshot by the key that two files are compared by: the id, as the file has them, or the wallet. */

import { usageError, verificationError } from '../errors.js';
import { quoteReadable } from '../numeric/text.js';
import type { Amounts, KeyedRows } from './diff.js';
import type { Input } from './engine.js';
import { readHex32 } from './hex.js';
import { MAPPING_HEADER, MAPPING_ROW_BYTES, type MappingRow, readMappingRow } from './mapping.js';
import { type Records, WHY } from './records.js';
import type { Column, Rows } from './rows.js';
import { type Cursor, compareKeys, type Sorter } from './sort.js';

const ID_DIGITS = 64;

export class RowsById implements KeyedRows {
  readonly by = 'id';

  constructor(readonly rows: Rows) {}

  step(): boolean | Promise<boolean> {
    return this.rows.step();
  }

  compare({ rows }: RowsById): number {
    return compareKeys(this.rows.bytes, this.rows.id, rows.bytes, rows.id, ID_DIGITS);
  }

  key(): string {
    return this.rows.idText();
  }

  total(): bigint {
    return this.rows.amount(0);
  }

  amounts(): Amounts {
    return amountsOf(this.rows);
  }

  /** Canonical digits: equal amounts have equal text. */
  equals({ rows }: RowsById): boolean {
    const { bytes, starts, ends } = this.rows;
    const [length, other] = [ends[2] - starts[0], rows.ends[2] - rows.starts[0]];
    return length === other && compareKeys(bytes, starts[0], rows.bytes, rows.starts[0], length) === 0;
  }
}

const amountsOf = (rows: Rows): Amounts => ({
  total: rows.amount(0),
  withdrawable: rows.amount(1),
  request: rows.amount(2),
});

/** What is sorted: a wallet, and three amounts of 16 bytes. */
const RECORD_BYTES = 32 + 3 * 16;
/** All of it is the sort key: two rows of one wallet come in one order, too. */
export const SORT_KEY_BYTES = RECORD_BYTES;

/** Rows after which a reader lets others have a turn. */
const PAUSE = 65_536;

/**
 * Puts the wallets of a mapping to the rows of a snapshot, and both into a sorter by wallet (keyLength SORT_KEY_BYTES).
 * @returns the rows whose id the mapping does not have; they are not sorted
 * @throws usage MAPPING; verification MAPPING_FORM, MAPPING_ORDER, and what reading rows throws
 */
export async function sortByWallet(
  rows: Rows,
  mapping: MappingRows,
  sorter: Sorter,
  onRows: (rows: number) => Promise<void> = async () => {},
): Promise<number> {
  const record = new Uint8Array(RECORD_BYTES);
  const view = new DataView(record.buffer);
  const id = new Uint8Array(32);
  const { records } = sorter;
  rows.attach(records);
  const lines = new OpenLines(mapping, records);
  let unmapped = 0;
  let told = 0;
  for (;;) {
    // Good rows that are at hand, many at a time; what stops them is read, and judged, as a single row.
    await lines.fill();
    unmapped += rows.join(sorter, lines.next, lines.count, lines.ended);
    if (rows.count > 0) lines.next = records.count;
    if (rows.count > 0 && records.why === WHY.full) {
      sorter.spill();
      continue;
    }
    if (rows.count - told >= PAUSE) {
      told = rows.count;
      await onRows(told);
    }
    if (rows.hasMore && lines.wanting) continue;
    if (!(await rows.step())) return unmapped;
    readHex32(rows.bytes, rows.id, id);
    const wallet = await lines.walletOf(id);
    if (wallet === null) unmapped++;
    else {
      record.set(wallet);
      for (const column of [0, 1, 2] as const) setAmount(view, column, rows.amount(column));
      sorter.add(record, RECORD_BYTES);
    }
  }
}

/** Lines of a mapping in the kernel's memory, a batch at a time. */
class OpenLines {
  next = 0;
  count = 0;
  /** No lines follow these. */
  ended = false;
  readonly #at: number;

  constructor(
    readonly mapping: MappingRows,
    readonly records: Records,
  ) {
    mapping.attach(records);
    this.#at = records.exports.lines();
  }

  /** Whether more must be read. */
  get wanting(): boolean {
    return this.next === this.count && !this.ended;
  }

  async fill(): Promise<void> {
    if (!this.wanting) return;
    this.next = 0;
    this.count = await this.mapping.batch();
    this.ended = this.count === 0;
  }

  /** Of the next id; null if it has no line. */
  async walletOf(id: Uint8Array): Promise<Uint8Array | null> {
    for (;;) {
      await this.fill();
      if (this.next === this.count) return null;
      const at = this.#at + 96 * this.next;
      const order = compareKeys(this.records.bytes, at, id, 0, 32);
      if (order >= 0) return order > 0 ? null : this.records.bytes.subarray(at + 32, at + 64);
      this.next++;
    }
  }
}

const LOW = 0xffff_ffff_ffff_ffffn;
const placeOf = (column: Column): number => 32 + 16 * column;

function setAmount(view: DataView, column: Column, amount: bigint): void {
  view.setBigUint64(placeOf(column), amount >> 64n);
  view.setBigUint64(placeOf(column) + 8, amount & LOW);
}

/** What was sorted by wallet. */
export class RowsByWallet implements KeyedRows {
  readonly by = 'wallet';

  constructor(readonly cursor: Cursor) {}

  step(): boolean {
    return this.cursor.next();
  }

  compare({ cursor }: RowsByWallet): number {
    return compareKeys(this.cursor.bytes, this.cursor.start, cursor.bytes, cursor.start, 32);
  }

  key(): string {
    const { bytes, start } = this.cursor;
    return `0x${Buffer.from(bytes.subarray(start, start + 32)).toString('hex')}`;
  }

  total(): bigint {
    return this.#amount(0);
  }

  amounts(): Amounts {
    return { total: this.#amount(0), withdrawable: this.#amount(1), request: this.#amount(2) };
  }

  #amount(column: Column): bigint {
    const { bytes, start } = this.cursor;
    const view = new DataView(bytes.buffer, bytes.byteOffset + start, RECORD_BYTES);
    return (view.getBigUint64(placeOf(column)) << 64n) | view.getBigUint64(placeOf(column) + 8);
  }

  equals({ cursor }: RowsByWallet): boolean {
    const { bytes, start } = this.cursor;
    return compareKeys(bytes, start + 32, cursor.bytes, cursor.start + 32, RECORD_BYTES - 32) === 0;
  }
}

const BLOCK = 4096 * MAPPING_ROW_BYTES;
/** The kernel may read so much behind a line. */
const BEHIND = 64;

/** Reads a mapping row by row. Whether its ids open is for `pofbs map check` to say. */
export class MappingRows {
  /** The row that was read last. */
  readonly row: MappingRow = {
    id: new Uint8Array(32),
    wallet: new Uint8Array(32),
    salt: new Uint8Array(32),
  };
  readonly #input: Input;
  readonly #name: string;
  #block: Uint8Array = new Uint8Array(0);
  #records: Records | null = null;
  #address = 0;
  readonly #before = new Uint8Array(32);
  #at = 0;
  #filled = 0;
  #count = 0;
  #begun = false;

  /** @param name of the file, for messages */
  constructor(input: Input, name: string) {
    this.#input = input;
    this.#name = name;
  }

  /** Has the bytes where the kernel can read them; before anything is read, and nothing is reserved there afterwards. */
  attach(records: Records): void {
    this.#records = records;
    this.#address = records.reserve(BLOCK + BEHIND + 32);
  }

  /**
   * Goes through the next rows, a batch at most, and has them in the kernel's `lines`.
   * @returns how many; 0 after the last @throws as {@link step}
   */
  async batch(): Promise<number> {
    const records = this.#records as Records;
    const before = this.#address + BLOCK + BEHIND;
    if (this.#count > 0) records.bytes.set(this.#before, before);
    const known = this.#count > 0 ? before : 0;
    const lines = records.exports.lines();
    records.exports.read_mapping(this.#address, this.#at, this.#filled, known);
    const { count } = records;
    if (count > 0) {
      this.#at = records.at;
      this.#count += count;
      this.#before.set(records.bytes.subarray(lines + 96 * (count - 1), lines + 96 * (count - 1) + 32));
      return count;
    }
    if (!(await this.step())) return 0;
    const { id, wallet, salt } = this.row;
    for (const [place, part] of [id, wallet, salt].entries()) records.bytes.set(part, lines + 32 * place);
    return 1;
  }

  /** Goes to the next row; false after the last. @throws usage MAPPING; verification MAPPING_FORM, MAPPING_ORDER */
  step(): boolean | Promise<boolean> {
    return this.#at + MAPPING_ROW_BYTES <= this.#filled ? this.#take() : this.#refill();
  }

  #take(): true {
    const end = this.#at + MAPPING_ROW_BYTES - 1;
    if (this.#block[end] !== 10 || !readMappingRow(this.#block, this.#at, end, this.row))
      throw this.#refuse('MAPPING_FORM', 'is not an id, a wallet and a salt in the form that they must have');
    if (this.#count > 0 && compareKeys(this.#before, 0, this.row.id, 0, 32) >= 0)
      throw this.#refuse('MAPPING_ORDER', 'has an id that is not above the one before');
    this.#before.set(this.row.id);
    this.#at += MAPPING_ROW_BYTES;
    this.#count++;
    return true;
  }

  async #refill(): Promise<boolean> {
    if (!this.#begun) {
      const header = new Uint8Array(MAPPING_HEADER.length);
      const read = await fill(this.#input, header, 0);
      if (Buffer.from(header.subarray(0, read)).toString('latin1') !== MAPPING_HEADER)
        throw this.#noMapping();
      this.#begun = true;
      this.#block =
        this.#records?.bytes.subarray(this.#address, this.#address + BLOCK) ?? new Uint8Array(BLOCK);
    }
    this.#block.copyWithin(0, this.#at, this.#filled);
    const left = this.#filled - this.#at;
    this.#at = 0;
    this.#filled = left + (await fill(this.#input, this.#block, left));
    if (this.#filled === 0) return false;
    if (this.#filled < MAPPING_ROW_BYTES) throw this.#refuse('MAPPING_FORM', 'is not complete');
    return this.#take();
  }

  #noMapping() {
    const header = MAPPING_HEADER.trimEnd();
    return usageError(
      'MAPPING',
      `${quoteReadable(this.#name, 120)} is no mapping: its first line is not ${header}.`,
      {
        hint: 'Name the mapping.csv or mapping.csv.age that was built with the epoch.',
      },
    );
  }

  #refuse(code: string, what: string) {
    const line = this.#count + 2;
    return verificationError(code, `Line ${line} of ${quoteReadable(this.#name, 120)} ${what}.`, {
      hint: 'Run `bursar pofbs map check` for everything that is wrong with it.',
      details: { file: this.#name, line },
    });
  }
}

/** Fills a buffer from `at` on as far as the input has bytes; returns how many came. */
async function fill(input: Input, into: Uint8Array, at: number): Promise<number> {
  let end = at;
  while (end < into.length) {
    const read = await input.read(into.subarray(end));
    if (read === 0) break;
    end += read;
  }
  return end - at;
}
