/**
 * The rules of a snapshot's lines, judged one line at a time (docs/formats/snapshot.md). This is the whole judgement in
 * plain code; the kernel only recognises lines that break nothing, and hands every other line to {@link judgeLine}.
 *
 * Rules are judged in the order in which {@link LINE_RULES} lists them. What a broken rule makes meaningless is not
 * judged on that line: such a rule can be FALSE because of another line, but no longer TRUE.
 */

import { escapeInvisible } from '../shown.js';
import type { Condition, FormRule } from './rules.js';

export type SnapshotRule = FormRule | Exclude<Condition, 'C5' | 'C7'>;

export const HEADER = 'id,total,withdrawable,request';
/** Bytes of the header's line: where the first row begins. */
export const HEADER_BYTES = HEADER.length + 1;
/** A good line has at most 185 bytes: there is room for lines of this length, and messages show no more. */
export const MAX_LINE = 256;
/** Of a line longer than this only the beginning is judged, and nothing after it. */
export const LONGEST_LINE = 65_536;

/** What is judged on every line after the header, in this order. */
export const LINE_RULES = [
  'E_LINE_ENDING',
  'E_FINAL_NEWLINE',
  'E_BLANK_LINE',
  'E_QUOTE',
  'E_COLUMNS',
  'E_ID_SYNTAX',
  'C1',
  'C2',
  'C3',
  'E_AMOUNT_SYNTAX',
  'E_AMOUNT_NONCANONICAL',
  'E_AMOUNT_RANGE',
  'C6',
  'E_ORDER',
  'C4',
  'C4b',
] as const satisfies readonly SnapshotRule[];

export type LineRule = (typeof LINE_RULES)[number];

/** A line that breaks a rule. */
export interface Violation {
  readonly rule: SnapshotRule;
  /** The row's place in the tree, from 0; −1 for the header. */
  readonly row: number;
  /** From 1: what an editor shows. */
  readonly line: number;
  /** The line's first byte, counted in the uncompressed file. */
  readonly offset: number;
  /** The line, escaped and cut. */
  readonly text: string;
}

export interface JudgedLine {
  /** In the order of judgement; the first one is what the line is refused for. */
  readonly broken: readonly LineRule[];
  /** Rules that say nothing about this line, because an earlier one is broken. */
  readonly unjudged: readonly LineRule[];
  /** 32 bytes; null where the id is not one. */
  readonly id: Uint8Array | null;
  /** Total, withdrawable, request; null unless all three are amounts and the line is complete. */
  readonly amounts: readonly [bigint, bigint, bigint] | null;
}

const COMMA = 0x2c;
const QUOTE = 0x22;
const CR = 0x0d;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const SIGN_RULES = ['C1', 'C2', 'C3'] as const;
const AMOUNT_RULES = ['E_AMOUNT_SYNTAX', 'E_AMOUNT_NONCANONICAL', 'E_AMOUNT_RANGE'] as const;
const MOST = 2n ** 128n - 1n;

/**
 * @param line bytes without the line feed
 * @param terminated whether a line feed follows
 * @param before the id of the line before, null if there is none or it is none
 */
export function judgeLine(line: Uint8Array, terminated: boolean, before: Uint8Array | null): JudgedLine {
  const broken: LineRule[] = [];
  const stop = (rule: LineRule): JudgedLine => ({
    broken: [...broken, rule],
    unjudged: LINE_RULES.slice(LINE_RULES.indexOf(rule) + 1),
    id: null,
    amounts: null,
  });
  if (line.includes(CR)) broken.push('E_LINE_ENDING');
  if (!terminated) return stop('E_FINAL_NEWLINE');
  const body = line.at(-1) === CR ? line.subarray(0, -1) : line;
  if (body.length === 0) return stop('E_BLANK_LINE');
  if (body.includes(QUOTE)) return stop('E_QUOTE');
  const columns = split(body);
  const [idText, ...amountTexts] = columns;
  if (idText === undefined || columns.length !== 4) return stop('E_COLUMNS');

  const unjudged = new Set<LineRule>();
  const id = readId(idText);
  if (id === null) {
    broken.push('E_ID_SYNTAX');
    unjudged.add('C6').add('E_ORDER');
  }
  const amounts = amountTexts.map((text, column) => {
    const read = readAmount(text);
    if (typeof read === 'bigint') return read;
    const rule = read === 'negative' ? (SIGN_RULES[column] as LineRule) : read;
    if (!broken.includes(rule)) broken.push(rule);
    if (read === 'E_AMOUNT_SYNTAX') unjudged.add(SIGN_RULES[column] as LineRule);
    return null;
  });
  const [total, withdrawable, request] = amounts as [bigint | null, bigint | null, bigint | null];
  if (id !== null && before !== null) {
    const order = compareIds(before, id);
    if (order === 0) broken.push('C6');
    else if (order > 0) broken.push('E_ORDER');
  }
  if (withdrawable === null || request === null) unjudged.add('C4');
  else if (request > withdrawable) broken.push('C4');
  if (total === null || withdrawable === null) unjudged.add('C4b');
  else if (withdrawable > total) broken.push('C4b');
  const complete = !broken.includes('E_LINE_ENDING') && id !== null;
  return {
    broken,
    unjudged: LINE_RULES.filter((rule) => unjudged.has(rule) && !broken.includes(rule)),
    id,
    amounts:
      complete && total !== null && withdrawable !== null && request !== null
        ? [total, withdrawable, request]
        : null,
  };
}

/**
 * What is wrong with a file's first line, in the order of judgement. A wrong header is no header: what its columns are is
 * not known, and the conditions on amounts cannot be judged.
 * @param line with its line feed, if it has one
 * @param terminated whether it has one
 */
export function judgeHeader(line: Uint8Array, terminated: boolean): Violation[] {
  const place = { row: -1, line: 1, offset: 0, text: showLine(terminated ? line.subarray(0, -1) : line) };
  const broken: SnapshotRule[] = [];
  let text = new TextDecoder('latin1').decode(terminated ? line.subarray(0, -1) : line);
  if (text.startsWith(BOM)) {
    broken.push('E_BOM');
    text = text.slice(BOM.length);
  }
  if (text.includes('\r')) broken.push('E_LINE_ENDING');
  if (!terminated && text !== '') broken.push('E_FINAL_NEWLINE');
  if (text.replace(/\r$/, '') !== HEADER) broken.push('E_HEADER');
  return broken.map((rule) => ({ rule, ...place }));
}

/** UTF-8's byte order mark, read byte by byte. */
const BOM = '\u00ef\u00bb\u00bf';

/** The first `limit` characters of a line for a message: nothing in it can move a cursor. */
export function showLine(line: Uint8Array, limit = 160): string {
  const text = new TextDecoder('latin1').decode(line.subarray(0, limit));
  return `${escapeInvisible(text)}${line.length > limit ? '…' : ''}`;
}

/** Order of ids, which is that of their texts too: negative if `a` is smaller. */
export function compareIds(a: Uint8Array, b: Uint8Array): number {
  for (let index = 0; index < 32; index++) {
    const difference = (a[index] as number) - (b[index] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

function split(line: Uint8Array): Uint8Array[] {
  const columns: Uint8Array[] = [];
  let from = 0;
  // More than five pieces say nothing that five do not.
  while (columns.length < 5) {
    const comma = line.indexOf(COMMA, from);
    if (comma === -1) break;
    columns.push(line.subarray(from, comma));
    from = comma + 1;
  }
  columns.push(line.subarray(from));
  return columns;
}

/** 32 bytes from 64 lower-case hexadecimal digits; null for anything else. */
export function readId(text: Uint8Array): Uint8Array | null {
  if (text.length !== 64) return null;
  const id = new Uint8Array(32);
  for (let index = 0; index < 32; index++) {
    const high = nibble(text[2 * index] as number);
    const low = nibble(text[2 * index + 1] as number);
    if (high < 0 || low < 0) return null;
    id[index] = 16 * high + low;
  }
  return id;
}

function nibble(code: number): number {
  if (code >= ZERO && code <= NINE) return code - ZERO;
  return code >= 0x61 && code <= 0x66 ? code - 0x61 + 10 : -1;
}

/** An amount, or what is wrong with it. */
function readAmount(text: Uint8Array): bigint | 'negative' | (typeof AMOUNT_RULES)[number] {
  const digits = text[0] === MINUS ? text.subarray(1) : text;
  if (digits.length === 0 || digits.some((code) => code < ZERO || code > NINE)) return 'E_AMOUNT_SYNTAX';
  if (digits.length < text.length) return 'negative';
  if (text[0] === ZERO && text.length > 1) return 'E_AMOUNT_NONCANONICAL';
  if (text.length > 39) return 'E_AMOUNT_RANGE';
  const value = BigInt(new TextDecoder('latin1').decode(text));
  return value > MOST ? 'E_AMOUNT_RANGE' : value;
}
