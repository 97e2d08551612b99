/**
 * Tables that custodians export: CSV with a header line, or NDJSON (one flat object a line), told apart by the first
 * character. This side is tolerant of what does not change a value (a byte order mark, CRLF, quoted fields, empty lines,
 * columns in any order) and refuses everything else with the number of the line. A column that is not known is refused
 * too: `asets` beside --asset would otherwise put every row into one asset.
 */

import { BursarError, EXIT, usageError } from '../errors.js';
import { quoteReadable } from '../numeric/text.js';
import type { Plain } from '../plain.js';
import type { Input } from './engine.js';
import type { Pace } from './pace.js';
import { ColumnFinder, type ColumnNames } from './tableColumns.js';

/** One record. The fields are ranges of `bytes`, valid until the next record; −1 at `start` for an absent column. */
export interface Fields {
  readonly line: number;
  readonly bytes: Uint8Array;
  readonly start: Int32Array;
  readonly end: Int32Array;
}

export interface TableSpec {
  /** `ledger`: for messages. */
  readonly what: string;
  readonly required: readonly string[];
  readonly optional: readonly string[];
  /** Under which names columns stand in the file; default: their own. */
  readonly names?: ColumnNames | null;
}

/** Takes good lines of a CSV table many at a time; every other line is read, and judged, by the {@link TableReader}. */
export interface LineTaker {
  /** Where input is read into: lines are taken only of what lies there. */
  readonly block: Uint8Array;
  /** The header was read. @param places the column that stands at each place of a line */
  begin(places: readonly number[]): void;
  /** @param line number of the first line @returns the place after the last line that was taken, and how many were */
  take(chunk: Uint8Array, from: number, line: number): { readonly at: number; readonly lines: number };
}

const COLUMNS_HINT =
  'Give every line a field for each column of the header, and write no comma into an amount.';
const MAX_LINE = 65_536;
/** Wrong lines after which reading stops. */
const MOST_WRONG = 10;
const READ_BLOCK = 1 << 20;
const LF = 10;
const CR = 13;
const COMMA = 44;
const QUOTE = 34;

export class TableReader {
  /** All columns of the spec, required ones first: the order of the ranges. */
  readonly columns: readonly string[];
  readonly what: string;
  readonly #spec: TableSpec;
  readonly #emit: (fields: Fields) => void;
  readonly #fields: { line: number; bytes: Uint8Array; start: Int32Array; end: Int32Array };
  /** Where fields go that are not in the line as they are: unquoted ones, and those of NDJSON. */
  readonly #scratch = new Uint8Array(2 * MAX_LINE);
  #scratchUsed = 0;
  #format: 'unknown' | 'csv' | 'ndjson' = 'unknown';
  /** CSV: the column that stands at each place of a line. */
  #places: number[] = [];
  #line = 0;
  #records = 0;
  #carry = new Uint8Array(MAX_LINE);
  #carried = 0;

  readonly #taker: LineTaker | null;
  readonly #finder: ColumnFinder;
  /** Lines that are wrong, the first of them: all are told at once. */
  readonly #wrong: BursarError[] = [];

  constructor(spec: TableSpec, emit: (fields: Fields) => void, taker: LineTaker | null = null) {
    this.#taker = taker;
    this.#spec = spec;
    this.what = spec.what;
    this.#emit = emit;
    this.columns = [...spec.required, ...spec.optional];
    this.#finder = new ColumnFinder(this.columns, spec.names ?? null);
    // One more, for columns that are passed over.
    const ranges = () => new Int32Array(this.columns.length + 1);
    this.#fields = { line: 0, bytes: this.#scratch, start: ranges(), end: ranges() };
  }

  get records(): number {
    return this.#records;
  }

  /** Where the input is best read into. */
  block(): Uint8Array {
    return this.#taker?.block ?? new Uint8Array(READ_BLOCK);
  }

  /** @throws usage TABLE_HEADER, TABLE_COLUMN, TABLE_ROW, TABLE_JSON, and what `emit` throws */
  feed(chunk: Uint8Array): void {
    let from = 0;
    for (;;) {
      if (this.#taker !== null && this.#format === 'csv' && this.#carried === 0) {
        const { at, lines } = this.#taker.take(chunk, from, this.#line + 1);
        this.#line += lines;
        this.#records += lines;
        from = at;
      }
      const at = chunk.indexOf(LF, from);
      if (at === -1) break;
      if (this.#carried === 0) this.#takeLine(chunk, from, at);
      else {
        this.#keep(chunk, from, at);
        const length = this.#carried;
        this.#carried = 0;
        this.#takeLine(this.#carry, 0, length);
      }
      from = at + 1;
    }
    this.#keep(chunk, from, chunk.length);
  }

  /**
   * The end of the input.
   * @returns whether the last line was complete: a file that was cut off may end in half a number
   * @throws usage TABLE_EMPTY, and what {@link feed} throws
   */
  finish(): boolean {
    const complete = this.#carried === 0;
    if (!complete) {
      const length = this.#carried;
      this.#carried = 0;
      this.#takeLine(this.#carry, 0, length);
    }
    if (this.#wrong.length > 0) throw this.#allWrong(false);
    if (this.#records === 0)
      throw usageError('TABLE_EMPTY', `The ${this.#spec.what} has no rows.`, { hint: this.#formHint() });
    return complete;
  }

  #keep(chunk: Uint8Array, from: number, to: number): void {
    if (this.#carried + to - from > MAX_LINE) {
      this.#line++;
      throw this.error('TABLE_ROW', `it is longer than ${MAX_LINE} bytes`, this.#formHint());
    }
    this.#carry.set(chunk.subarray(from, to), this.#carried);
    this.#carried += to - from;
  }

  #takeLine(bytes: Uint8Array, from: number, to: number): void {
    this.#line++;
    let start = from;
    let end = to;
    if (end - start > MAX_LINE) throw this.error('TABLE_ROW', `it is longer than ${MAX_LINE} bytes`);
    if (this.#line === 1 && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf)
      start += 3;
    if (end > start && bytes[end - 1] === CR) end--;
    if (isBlank(bytes, start, end)) return;
    if (this.#format === 'unknown') {
      this.#format = bytes[start] === 0x7b ? 'ndjson' : 'csv';
      if (this.#format === 'csv') {
        this.#readHeader(textOf(bytes, start, end));
        return;
      }
    }
    this.#fields.line = this.#line;
    this.#scratchUsed = 0;
    try {
      if (this.#format === 'csv') this.#readCsv(bytes, start, end);
      else this.#readJson(textOf(bytes, start, end));
      this.#records++;
      this.#emit(this.#fields);
    } catch (error) {
      // Who repairs a file wants to know of all its lines that are wrong, not of one at a time.
      if (!(error instanceof BursarError) || error.exit !== EXIT.usage) throw error;
      this.#wrong.push(error);
      if (this.#wrong.length === MOST_WRONG) throw this.#allWrong(true);
    }
  }

  /** The lines that are wrong, as one error: the first, and the others behind it. */
  #allWrong(stopped: boolean): BursarError {
    const [first, ...others] = this.#wrong as [BursarError, ...BursarError[]];
    if (others.length === 0) return first;
    const { what } = this.#spec;
    const told = others.map(({ message }) => `\n  ${message}`).join('');
    const count = stopped
      ? `Reading stopped after ${MOST_WRONG} wrong lines`
      : `${others.length + 1} lines of the ${what} are wrong`;
    const more = others.map(({ code, message, details }) => ({ code, message, details: details ?? null }));
    return usageError(first.code, `${first.message}${told}\n${count}.`, {
      ...(first.hint === undefined ? {} : { hint: first.hint }),
      details: { ...(first.details as Record<string, Plain>), more },
    });
  }

  #readHeader(text: string): void {
    const names = text.split(',').map((name) => name.trim().replace(/^"(.*)"$/, '$1'));
    const refuse = (why: string, details: Plain = { line: this.#line }) =>
      usageError('TABLE_HEADER', `The first line of the ${this.#spec.what} is no header: ${why}.`, {
        hint: this.#formHint(),
        details,
      });
    if (names.length === 1 && /[;\t|]/.test(text)) throw refuse('columns are separated by commas');
    if (text.startsWith('[')) throw refuse('it begins a JSON array; write one object a line (jq -c ".[]")');
    const places = names.map((name) => this.#finder.placeOf(name));
    const unknown = names.filter((_, index) => places[index] === -1);
    const twice = names.filter((_, index) => {
      const place = places[index] as number;
      return place >= 0 && place < this.columns.length && places.indexOf(place) !== index;
    });
    const missing = this.#spec.required.filter((name) => !places.includes(this.columns.indexOf(name)));
    const notThere = this.#finder.missing(names);
    const wrong = [
      ...unknown.map((name) => `${quoteReadable(name, 40)} is not the name of a column`),
      ...twice.map((name) => `the column ${quoteReadable(name, 40)} occurs twice`),
      ...notThere.map((name) => `${quoteReadable(name, 40)}, of --columns, is not in it`),
    ];
    const details = { line: this.#line, unknown, twice, missing };
    if (wrong.length > 0) {
      const lacking = missing.map((name) => `${this.#finder.shown(name)} is missing`);
      throw refuse([...wrong, ...lacking].join('; '), details);
    }
    if (missing.length > 0) {
      const names = missing.map((name) => this.#finder.shown(name)).join(', ');
      throw usageError(
        'TABLE_COLUMN',
        `The ${this.#spec.what} has no column${missing.length === 1 ? '' : 's'} ${names}.`,
        { hint: this.#formHint(), details: { ...details, column: missing[0] as string } },
      );
    }
    this.#places = places;
    this.#fields.start.fill(-1);
    this.#taker?.begin(this.#places);
  }

  #readCsv(bytes: Uint8Array, from: number, to: number): void {
    const { start, end } = this.#fields;
    const places = this.#places;
    let place = 0;
    let begin = from;
    for (let at = from; at <= to; at++) {
      const byte = at === to ? COMMA : bytes[at];
      if (byte === QUOTE) {
        this.#readQuoted(bytes, from, to);
        return;
      }
      if (byte !== COMMA) continue;
      const column = places[place];
      if (column === undefined) throw this.#columnCount(bytes, from, to);
      start[column] = begin;
      end[column] = at;
      begin = at + 1;
      place++;
    }
    if (place !== places.length) throw this.#columnCount(bytes, from, to);
    this.#fields.bytes = bytes;
  }

  #columnCount(bytes: Uint8Array, from: number, to: number): BursarError {
    const found = textOf(bytes, from, to).split(',').length;
    const expected = this.#places.length;
    return this.error('TABLE_ROW', `it has ${found} columns, and the header ${expected}`, COLUMNS_HINT);
  }

  /** A line in which fields are quoted, with a doubled quote inside for one. */
  #readQuoted(bytes: Uint8Array, from: number, to: number): void {
    let place = 0;
    let at = from;
    for (; at <= to; place++, at++) {
      const column = this.#places[place];
      if (column === undefined)
        throw this.error('TABLE_ROW', 'it has more columns than the header', COLUMNS_HINT);
      const begin = this.#scratchUsed;
      if (bytes[at] === QUOTE && at < to) {
        for (at++; ; at++) {
          if (at >= to)
            throw this.error('TABLE_ROW', 'a quote is not closed', 'A field may not go over two lines.');
          if (bytes[at] === QUOTE && bytes[++at] !== QUOTE) break;
          if (at >= to) break;
          this.#scratch[this.#scratchUsed++] = bytes[at] as number;
        }
        if (at < to && bytes[at] !== COMMA)
          throw this.error('TABLE_ROW', 'something stands behind a closing quote');
      } else {
        for (; at < to && bytes[at] !== COMMA; at++) this.#scratch[this.#scratchUsed++] = bytes[at] as number;
      }
      this.#fields.start[column] = begin;
      this.#fields.end[column] = this.#scratchUsed;
    }
    if (place !== this.#places.length)
      throw this.error(
        'TABLE_ROW',
        `it has ${place} columns, and the header ${this.#places.length}`,
        COLUMNS_HINT,
      );
    this.#fields.bytes = this.#scratch;
  }

  /** A flat object. Numbers are taken as they are written: a parser's double would lose digits. */
  #readJson(text: string): void {
    const { start } = this.#fields;
    start.fill(-1);
    OPEN.lastIndex = 0;
    if (OPEN.exec(text) === null) throw this.#notJson();
    let at = OPEN.lastIndex;
    for (;;) {
      MEMBER.lastIndex = at;
      const member = MEMBER.exec(text);
      if (member === null) throw this.#notJson();
      const [, key = '', string, number, next] = member;
      const column = this.#finder.placeOf(unescaped(key));
      if (column === -1)
        throw this.error(
          'TABLE_JSON',
          `${quoteReadable(unescaped(key), 40)} is not the name of a column`,
          this.#otherHint(text),
        );
      if (start[column] !== -1 && column < this.columns.length)
        throw this.error('TABLE_JSON', `"${this.columns[column]}" occurs twice in the object`);
      const value = string === undefined ? number : unescaped(string);
      if (value !== undefined) this.#setText(column, value);
      at = MEMBER.lastIndex;
      if (next === '}') break;
    }
    if (text.slice(at).trim() !== '') throw this.#notJson();
    for (const [column, name] of this.#spec.required.entries())
      if (start[column] === -1) {
        throw this.error('TABLE_COLUMN', `it has no ${this.#finder.shown(name)}`, this.#formHint(), {
          column: name,
        });
      }
    this.#fields.bytes = this.#scratch;
  }

  #setText(column: number, text: string): void {
    const { written = 0 } = UTF8.encodeInto(text, this.#scratch.subarray(this.#scratchUsed));
    this.#fields.start[column] = this.#scratchUsed;
    this.#scratchUsed += written;
    this.#fields.end[column] = this.#scratchUsed;
  }

  #notJson(): BursarError {
    return this.error(
      'TABLE_JSON',
      'it is not a flat JSON object of texts and whole numbers',
      this.#formHint(),
    );
  }

  /** An error about the line that is being read. */
  error(
    code: string,
    why: string,
    hint?: string,
    details: Readonly<Record<string, string | number>> = {},
  ): BursarError {
    return rowError(this.#spec.what, this.#line, code, why, hint ?? this.#formHint(), details);
  }

  /** For JSON of another kind, such as a manifest. */
  #otherHint(text: string): string {
    const other = /"format"\s*:\s*"pofbs\.([a-z]+)\//.exec(text)?.[1];
    const is = other === undefined ? '' : `This is a file of the kind "${other}", not a ${this.#spec.what}. `;
    return `${is}${this.#formHint()}`;
  }

  #formHint(): string {
    const { required, optional } = this.#spec;
    const extra = optional.length === 0 ? '' : ` and, if wanted, ${optional.join(', ')}`;
    const renamed = this.#spec.names === undefined ? '' : ' Other names of columns are told with --columns.';
    return `Write CSV with a header, or NDJSON, of ${required.join(', ')}${extra}.${renamed}`;
  }
}

/**
 * Feeds a whole input to a table.
 * @param share how much of the input was read, 0 to 1, for the remaining time; absent if that is not known
 * @returns whether the last line was complete
 * @throws what {@link TableReader.feed} and reading throw
 */
export async function readTable(
  input: Input,
  table: TableReader,
  pace: Pace,
  share?: () => number,
): Promise<boolean> {
  const block = table.block();
  for (;;) {
    const read = await input.read(block);
    if (read === 0) return table.finish();
    table.feed(block.subarray(0, read));
    await pace.pause(table.records, share?.());
  }
}

/** `Line 7 of the ledger: it is too long.` */
export function rowError(
  what: string,
  line: number,
  code: string,
  why: string,
  hint?: string,
  details: Readonly<Record<string, string | number>> = {},
): BursarError {
  return usageError(code, `Line ${line} of the ${what}: ${why}.`, {
    ...(hint === undefined ? {} : { hint }),
    details: { line, ...details },
  });
}

const UTF8 = new TextEncoder();
const OPEN = /[ \t]*\{/y;
const STRING = '"((?:[^"\\\\\\u0000-\\u001f]|\\\\["\\\\/bfnrt]|\\\\u[0-9a-fA-F]{4})*)"';
/** A key, and a text, a number or null; then a comma or the end. Numbers are judged where their column is. */
const MEMBER = new RegExp(
  `[ \\t]*${STRING}[ \\t]*:[ \\t]*(?:${STRING}|(-?[0-9][0-9.eE+-]*)|null)[ \\t]*([,}])`,
  'y',
);

const unescaped = (text: string): string =>
  text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text;

export const textOf = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');

function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] !== 32 && bytes[at] !== 9) return false;
  return true;
}
