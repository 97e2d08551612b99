/**
 * A custodian's ledger: who holds what, and who asks for what (docs/formats/ledger.md). Everything that would make a
 * published row fail its verification is refused here, with the number of the line: a negative amount, more to withdraw
 * than there is, more asked for than may be withdrawn, an amount of more than 128 bits. That no wallet occurs twice shows
 * when the rows are sorted (build.ts).
 */

import { type BursarError, usageError } from '../errors.js';
import { quoteReadable } from '../numeric/text.js';
import { copyBytes, readHex32 } from './hex.js';
import type { Condition } from './rules.js';
import { type Fields, type LineTaker, rowError, TableReader, textOf } from './table.js';
import type { ColumnNames } from './tableColumns.js';
import { readWallet } from './wallet.js';
import { WholeUnits } from './wholeUnits.js';

export const LEDGER_COLUMNS = {
  what: 'ledger',
  required: ['wallet', 'total', 'withdrawable', 'request'],
  optional: ['asset', 'salt'],
} as const;
export const SALT_COLUMNS = { what: 'salts', required: ['wallet', 'salt'], optional: [] } as const;
export const REQUEST_COLUMNS = {
  what: 'requests',
  required: ['wallet', 'request'],
  optional: ['asset'],
} as const;

/** Longest text of three amounts with two commas. */
export const MAX_AMOUNTS = 3 * 39 + 2;
/** 2^128 in decimal digits: 39 of them. */
const BEYOND = new TextEncoder().encode((2n ** 128n).toString());
const AMOUNT_HINT = 'Amounts are whole numbers of the smallest unit, such as 1500000 for 1.5 of 6 decimals.';

/** An asset as a custodian names it. */
export interface AssetGiven {
  readonly asset: string;
  /** 0 to 38. */
  readonly decimals: number;
}

/** `USDC`, `USDC:6`. */
export const ASSET_FLAG = /^([A-Za-z0-9][A-Za-z0-9._-]{0,31})(?::([0-9]{1,3}))?$/;

/** One row of a ledger. The same object every time: what is kept of it is copied. */
export interface LedgerRow {
  line: number;
  /** 32 bytes. */
  readonly wallet: Uint8Array;
  /** Place in the list of assets. */
  asset: number;
  /** 32 bytes, if `hasSalt`. */
  readonly salt: Uint8Array;
  hasSalt: boolean;
  /** `total,withdrawable,request` as a snapshot has them. */
  readonly amounts: Uint8Array;
  amountsLength: number;
}

/** Gives every row of a ledger to `emit`. */
export class LedgerReader {
  readonly row: LedgerRow = {
    line: 0,
    wallet: new Uint8Array(32),
    asset: 0,
    salt: new Uint8Array(32),
    hasSalt: false,
    amounts: new Uint8Array(MAX_AMOUNTS),
    amountsLength: 0,
  };
  readonly table: TableReader;
  readonly #assets: AssetColumn;
  readonly #decimals: readonly number[] | null;
  readonly #units = new WholeUnits();
  readonly #turned = { line: 0, bytes: this.#units.bytes, start: new Int32Array(4), end: new Int32Array(4) };

  /**
   * @param assets names; of one alone a ledger needs no column
   * @param takerOf takes good lines, which `emit` is not given then; it keeps the row's `hasSalt`
   */
  constructor(
    assets: readonly string[],
    emit: (row: LedgerRow) => void,
    takerOf: (row: LedgerRow) => LineTaker | null = () => null,
    { names = null, wholeUnits = null }: LedgerForm = {},
  ) {
    this.#assets = new AssetColumn('ledger', assets);
    this.#decimals = wholeUnits;
    const read = (fields: Fields) => {
      this.#read(fields);
      emit(this.row);
    };
    // The kernel reads smallest units.
    const taker = wholeUnits === null ? takerOf(this.row) : null;
    this.table = new TableReader({ ...LEDGER_COLUMNS, names }, read, taker);
  }

  /** The same fields with their amounts in the smallest unit. @throws usage LEDGER_AMOUNT, LEDGER_NEGATIVE */
  #smallest(fields: Fields, decimals: number): Fields {
    this.#units.clear();
    const turned = this.#turned;
    turned.line = fields.line;
    for (let column = 1; column <= 3; column++) {
      const [start, end] = [fields.start[column] as number, fields.end[column] as number];
      const amount = this.#units.turn(fields.bytes, start, end, decimals);
      if (typeof amount === 'string') throw badWhole(fields, column, decimals, amount);
      turned.start[column] = amount.start;
      turned.end[column] = amount.end;
    }
    return turned;
  }

  #read(given: Fields): void {
    let fields = given;
    const { row } = this;
    row.line = fields.line;
    walletField('ledger', fields, 0, row.wallet);
    row.asset = this.#assets.read(fields, 4);
    let at = 0;
    if (this.#decimals !== null) fields = this.#smallest(given, this.#decimals[row.asset] as number);
    for (let column = 1; column <= 3; column++) {
      checkAmount('ledger', fields, column, LEDGER_COLUMNS.required[column] as string);
      if (column > 1) row.amounts[at++] = 44;
      at = copyBytes(
        row.amounts,
        at,
        fields.bytes,
        fields.start[column] as number,
        fields.end[column] as number,
      );
    }
    row.amountsLength = at;
    if (compareAmounts(fields, 2, 1) > 0) throw above(fields, 'C4b', 'LEDGER_WITHDRAWABLE', 2, 1);
    if (compareAmounts(fields, 3, 2) > 0) throw above(fields, 'C4', 'LEDGER_REQUEST', 3, 2);
    const hasSalt = (given.start[5] as number) !== -1;
    if (hasSalt) saltField('ledger', given, 5, row.salt);
    if (this.table.records > 1 && hasSalt !== row.hasSalt)
      throw rowError(
        'ledger',
        fields.line,
        'LEDGER_SALT',
        'it is not like the rows before: some have a salt',
        'Give a salt for every wallet, or for none.',
      );
    row.hasSalt = hasSalt;
  }
}

/** An amount in whole units that cannot be one. */
function badWhole(fields: Fields, column: number, decimals: number, why: 'form' | 'digits'): BursarError {
  const name = LEDGER_COLUMNS.required[column] as string;
  const { bytes, line } = fields;
  const start = fields.start[column] as number;
  const text = textOf(bytes, start, Math.min(fields.end[column] as number, start + 200));
  if (why === 'form' && /^-/.test(text)) return badAmount('ledger', fields, column, name);
  const shown = quoteReadable(text, 50);
  return why === 'digits'
    ? rowError(
        'ledger',
        line,
        'LEDGER_AMOUNT',
        `its ${name}, ${shown}, has more than ${decimals} decimal places`,
        `With --unit whole an amount is in units of the asset, which has ${decimals} decimals: nothing is rounded.`,
        { column: name },
      )
    : rowError(
        'ledger',
        line,
        'LEDGER_AMOUNT',
        `its ${name}, ${shown}, is not a decimal number such as 1234.5`,
        'With --unit whole an amount has digits, and a point with digits behind it where it needs one.',
        { column: name },
      );
}

/** How a ledger is written. */
export interface LedgerForm {
  readonly names?: ColumnNames | null;
  /** Amounts are in whole units: the decimals of each asset; null: they are in the smallest unit. */
  readonly wholeUnits?: readonly number[] | null;
}

/** Which asset a row is about. */
export class AssetColumn {
  readonly #names: readonly Uint8Array[];

  constructor(
    readonly what: string,
    readonly assets: readonly string[],
  ) {
    this.#names = assets.map((name) => new TextEncoder().encode(name));
  }

  /** @throws usage LEDGER_ASSET */
  read({ line, bytes, start, end }: Fields, column: number): number {
    const from = start[column] as number;
    if (from === -1) {
      if (this.assets.length === 1) return 0;
      throw this.#unknown(line, 'it names no asset, and there are several');
    }
    const to = end[column] as number;
    const index = this.#names.findIndex((name) => equals(name, bytes, from, to));
    if (index !== -1) return index;
    throw this.#unknown(
      line,
      `its asset is ${quoteReadable(textOf(bytes, from, Math.min(to, from + 200)), 40)}`,
    );
  }

  #unknown(line: number, why: string): BursarError {
    return rowError(this.what, line, 'LEDGER_ASSET', why, `Known assets: ${this.assets.join(', ')}.`);
  }
}

/** @throws usage LEDGER_WALLET */
export function walletField(what: string, fields: Fields, column: number, into: Uint8Array): void {
  const { line, bytes, start, end } = fields;
  const wrong = readWallet(bytes, start[column] as number, end[column] as number, into);
  if (wrong === null) return;
  const { message, hint } = wrong;
  throw rowError(what, line, 'LEDGER_WALLET', message.replace(/\.$/, ''), hint);
}

/** Reads 32 bytes of hexadecimal digits, with or without 0x. @throws usage LEDGER_SALT */
export function saltField(what: string, fields: Fields, column: number, into: Uint8Array): void {
  const { line, bytes } = fields;
  const start = fields.start[column] as number;
  const length = (fields.end[column] as number) - start;
  const prefix = length === 66 && bytes[start] === 48 && bytes[start + 1] === 120 ? 2 : 0;
  if (length - prefix === 64 && readHex32(bytes, start + prefix, into, 0, true)) return;
  // A salt is not repeated: whoever knows it can tell the user's rows from all others.
  const why = length === 0 ? 'its salt is empty' : `its salt is not 64 hexadecimal digits`;
  throw rowError(
    what,
    line,
    'LEDGER_SALT',
    why,
    'A salt has 32 random bytes; leave it out to have them made.',
  );
}

/** @throws usage LEDGER_AMOUNT, LEDGER_NEGATIVE (C1 to C3), LEDGER_RANGE */
export function checkAmount(what: string, fields: Fields, column: number, name: string): void {
  const { bytes } = fields;
  const start = fields.start[column] as number;
  const length = (fields.end[column] as number) - start;
  let digits = length > 0;
  for (let at = start; at < start + length; at++)
    if ((bytes[at] as number) < 48 || (bytes[at] as number) > 57) digits = false;
  const leadingZero = length > 1 && bytes[start] === 48;
  if (!digits || leadingZero) throw badAmount(what, fields, column, name);
  if (length > 39 || (length === 39 && compareDigits(bytes, start, BEYOND, 0, 39) >= 0))
    throw rowError(what, fields.line, 'LEDGER_RANGE', `its ${name} is 2^128 or more`, 'Check the unit.', {
      column: name,
    });
}

const SIGN_RULES: Readonly<Record<string, Condition>> = { total: 'C1', withdrawable: 'C2', request: 'C3' };

function badAmount(what: string, fields: Fields, column: number, name: string): BursarError {
  const { line, bytes } = fields;
  const start = fields.start[column] as number;
  const text = textOf(bytes, start, Math.min(fields.end[column] as number, start + 200));
  const shown = quoteReadable(text, 50);
  const refuse = (code: string, why: string, hint: string, rule?: Condition) =>
    rowError(what, line, code, why, hint, { column: name, ...(rule === undefined ? {} : { rule }) });
  if (text === '') return refuse('LEDGER_AMOUNT', `its ${name} is empty`, 'Write 0 for nothing.');
  if (/^-[0-9]+$/.test(text)) {
    const rule = SIGN_RULES[name];
    return refuse('LEDGER_NEGATIVE', `its ${name}, ${shown}, is negative`, 'No amount may be below 0.', rule);
  }
  if (/^[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?$/.test(text))
    return refuse(
      'LEDGER_AMOUNT',
      `its ${name}, ${shown}, has a comma between thousands`,
      `Write digits alone. ${AMOUNT_HINT}`,
    );
  if (/^[0-9]*[.,][0-9]*$/.test(text)) {
    const mark = text.includes(',') ? 'comma' : 'point';
    return refuse('LEDGER_AMOUNT', `its ${name}, ${shown}, has a decimal ${mark}`, AMOUNT_HINT);
  }
  if (/^0[0-9]+$/.test(text))
    return refuse('LEDGER_AMOUNT', `its ${name}, ${shown}, has a leading zero`, 'Write it without.');
  return refuse('LEDGER_AMOUNT', `its ${name}, ${shown}, is not a whole number in digits`, AMOUNT_HINT);
}

function above(fields: Fields, rule: Condition, code: string, high: number, low: number): BursarError {
  const names = LEDGER_COLUMNS.required;
  const text = (column: number) =>
    textOf(fields.bytes, fields.start[column] as number, fields.end[column] as number);
  return rowError(
    'ledger',
    fields.line,
    code,
    `its ${names[high]}, ${text(high)}, is more than its ${names[low]}, ${text(low)}`,
    rule === 'C4'
      ? 'Nobody may ask for more than is withdrawable, before this request is deducted.'
      : 'The withdrawable balance is a part of the total.',
    { rule },
  );
}

/** Order of two amounts without leading zeros: the longer is the larger. */
function compareAmounts({ bytes, start, end }: Fields, a: number, b: number): number {
  const [aStart, bStart] = [start[a] as number, start[b] as number];
  const length = (end[a] as number) - aStart;
  const difference = length - ((end[b] as number) - bStart);
  return difference !== 0 ? difference : compareDigits(bytes, aStart, bytes, bStart, length);
}

function compareDigits(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, length: number): number {
  for (let index = 0; index < length; index++) {
    const difference = (a[aStart + index] as number) - (b[bStart + index] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

function equals(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let index = 0; index < name.length; index++) if (name[index] !== bytes[start + index]) return false;
  return true;
}

/** @throws usage LEDGER_ASSET for a name that no file can have, or that occurs twice */
export function checkAssetNames(assets: readonly string[]): void {
  const refuse = (why: string, hint: string) => usageError('ASSET', why, { hint });
  if (assets.length === 0) throw refuse('No asset is named.', 'Name it: --asset USDC --decimals 6.');
  const seen = new Set<string>();
  for (const asset of assets) {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/.test(asset))
      throw refuse(
        `${quoteReadable(asset, 40)} is not the name of an asset.`,
        'Use up to 32 letters, digits, dots, dashes and underscores, a letter or digit first.',
      );
    const name = asset.toLowerCase();
    if (name === 'mapping')
      throw refuse('An asset cannot be called "mapping": its file would be the private one.', 'Rename it.');
    if (seen.has(name))
      throw refuse(
        `The asset ${quoteReadable(asset, 40)} is named twice.`,
        'Name each once, whatever its case.',
      );
    seen.add(name);
  }
}
