/**
 * Strict reading of the small JSON files of an epoch (manifest, proofs): every field is there, none besides, every value
 * in the one form it may have, and the bytes are the canonical ones. What does not fit is refused by the caller's error.
 */

import type { BursarError } from '../errors.js';
import { duplicateIn } from '../json.js';
import { quoteReadable } from '../numeric/text.js';
import { toCanonicalJson } from '../plain.js';
import { fromHex } from './gpmp.js';
import { type AssetSummary, type EpochHeader, MAX_ROWS } from './types.js';

export type Fields = Readonly<Record<string, unknown>>;

/** Makes the error with which a file is refused, from a sentence that says why. */
export type Refuse = (why: string, cause?: unknown) => BursarError;

const ASSET_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/;
const U128 = 1n << 128n;
const U256 = 1n << 256n;

/** Canonical JSON (sorted keys, no white space) and a newline: one value, one sequence of bytes. */
export function canonicalBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${toCanonicalJson(value)}\n`);
}

/**
 * The value that `read` makes of the JSON object in `bytes`, if these are its canonical bytes.
 * @throws what `refuse` makes
 */
export function parseCanonical<T>(bytes: Uint8Array, read: (fields: Fields) => T, refuse: Refuse): T {
  let text: string;
  let parsed: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    parsed = JSON.parse(text);
  } catch (cause) {
    throw refuse('It is not JSON in UTF-8.', cause);
  }
  const value = read(readerOf(refuse).object(parsed, 'the file'));
  if (!Buffer.from(canonicalBytes(value)).equals(bytes)) throw refuse(notCanonical(text));
  return value;
}

/** Why a valid JSON text is not the canonical one of its value, a sentence. A name that is there twice never is. */
export function notCanonical(text: string): string {
  const twice = duplicateIn(text);
  return twice === null
    ? 'Its bytes are not the canonical ones: sorted keys, no white space, one newline at the end.'
    : `The name ${quoteReadable(twice.member, 40)} occurs twice in one object: it says two things.`;
}

export type Reader = ReturnType<typeof readerOf>;

/** Readers of single fields; each throws what `refuse` makes for a value that has not the form. */
export function readerOf(refuse: Refuse) {
  const shown = (value: unknown): string =>
    typeof value === 'string' ? quoteReadable(value, 60) : value === null ? 'null' : `a ${typeof value}`;

  function object(value: unknown, what: string): Fields {
    if (value === null || typeof value !== 'object' || Array.isArray(value))
      throw refuse(`What should be ${what} is not an object.`);
    return value as Fields;
  }

  function list(value: unknown, name: string): readonly unknown[] {
    if (!Array.isArray(value)) throw refuse(`"${name}" is not a list.`);
    return value;
  }

  /** All of `names` are there, and nothing else. */
  function known(fields: Fields, names: readonly string[]): void {
    for (const name of Object.keys(fields))
      if (!names.includes(name)) throw refuse(`It has an unknown field, ${quoteReadable(name, 40)}.`);
    for (const name of names) if (!Object.hasOwn(fields, name)) throw refuse(`It has no field "${name}".`);
  }

  function pattern(value: unknown, form: RegExp, name: string): string {
    if (typeof value !== 'string' || !form.test(value))
      throw refuse(`"${name}" is ${shown(value)}, which has not the form that it must have.`);
    return value;
  }

  /** 0x and 64 lower-case hexadecimal digits. */
  const hash = (value: unknown, name: string): string => pattern(value, /^0x[0-9a-f]{64}$/, name);

  function integer(value: unknown, name: string, max = Number.MAX_SAFE_INTEGER): number {
    if (!Number.isSafeInteger(value) || (value as number) < 0 || (value as number) > max)
      throw refuse(
        `"${name}" is not a whole number from 0 to ${max === Number.MAX_SAFE_INTEGER ? '2^53 − 1' : max}.`,
      );
    return value as number;
  }

  function decimal(value: unknown, name: string, digits: RegExp, limit: bigint, bits: number): bigint {
    const found = typeof value === 'string' && digits.test(value) ? BigInt(value) : limit;
    if (found >= limit) throw refuse(`"${name}" is not decimal text of a whole number below 2^${bits}.`);
    return found;
  }

  /** A row's amount. */
  const amount = (value: unknown, name: string): bigint =>
    decimal(value, name, /^(?:0|[1-9][0-9]{0,38})$/, U128, 128);
  /** A sum of amounts. */
  const sum = (value: unknown, name: string): bigint =>
    decimal(value, name, /^(?:0|[1-9][0-9]{0,77})$/, U256, 256);

  function oneOf<T extends string>(value: unknown, allowed: readonly T[], name: string): T {
    const found = allowed.find((one) => one === value);
    if (found === undefined) throw refuse(`"${name}" is ${shown(value)}, not one of: ${allowed.join(', ')}.`);
    return found;
  }

  function header(fields: Fields): EpochHeader {
    known(fields, ['chain', 'custody', 'epoch', 'prevGpmp', 'timestamp']);
    const custody = pattern(fields.custody, /^0x[0-9a-f]*$/, 'custody');
    if (![20, 32].includes(fromHex(custody)?.length ?? 0))
      throw refuse('"custody" is not 0x hex of 32 or 20 bytes.');
    return {
      chain: hash(fields.chain, 'chain'),
      custody,
      epoch: integer(fields.epoch, 'epoch'),
      prevGpmp: hash(fields.prevGpmp, 'prevGpmp'),
      timestamp: integer(fields.timestamp, 'timestamp'),
    };
  }

  function summary(fields: Fields): AssetSummary {
    known(fields, ['asset', 'decimals', 'rows', 'total', 'requests', 'root']);
    const rows = integer(fields.rows, 'rows', MAX_ROWS);
    if (rows < 1) throw refuse('"rows" is 0.');
    return {
      asset: pattern(fields.asset, ASSET_NAME, 'asset'),
      decimals: integer(fields.decimals, 'decimals', 38),
      rows,
      total: sum(fields.total, 'total'),
      requests: sum(fields.requests, 'requests'),
      root: hash(fields.root, 'root'),
    };
  }

  return { object, list, known, pattern, hash, integer, amount, sum, oneOf, header, summary };
}
