/**
 * Parts of a whole as the chain keeps them: Percent, Permill, Perbill, Perquintill. A value is its number of parts
 * (bigint, 0 … accuracy); the roundings are those of the crate sp-arithmetic 28 (`per_things.rs`), so that a figure
 * computed here is the one the runtime computes, to the planck.
 */

import { usageError } from '../errors.js';
import { formatDecimal, parseDecimal } from './decimal.js';
import { minOf, mulDiv, type Rounding } from './integer.js';
import { quote, trimAscii } from './text.js';

export interface PerThing {
  readonly name: string;
  /** The number of parts that make 100 %. */
  readonly accuracy: bigint;

  /** Saturates at 100 %, like the runtime's `from_parts`. */
  fromParts(parts: bigint): bigint;
  /** Of whole per cent; saturates at 100 %. */
  fromPercent(percent: bigint): bigint;
  /**
   * p/q rounded down (or as `rounding` says). 100 % when q is 0 or p > q: that is the runtime's rule, not an error.
   * @throws usage NEGATIVE_NUMBER
   */
  fromRational(p: bigint, q: bigint, rounding?: Rounding): bigint;

  /** `per_thing * n`: to the nearest integer, exactly half goes down. */
  mul(parts: bigint, n: bigint): bigint;
  /** `mul_floor`. */
  mulFloor(parts: bigint, n: bigint): bigint;
  /** `mul_ceil`. */
  mulCeil(parts: bigint, n: bigint): bigint;

  /** Two of the same kind multiplied: rounded down. */
  product(a: bigint, b: bigint): bigint;
  saturatingAdd(a: bigint, b: bigint): bigint;
  saturatingSub(a: bigint, b: bigint): bigint;
  /** What is left to 100 %. */
  leftFromOne(parts: bigint): bigint;

  /**
   * `7.5%` → parts, exactly. The sign % is required: `0.075` and `7.5` are both plausible without it.
   * @throws usage PERCENT_SYNTAX, PERCENT_UNIT_MISSING, PERCENT_DECIMALS, PERCENT_OUT_OF_RANGE
   */
  parse(text: string): bigint;
  /** Parts → `7.5%`, exactly; what {@link PerThing.parse} reads back. */
  format(parts: bigint): string;
}

/** @param digits the accuracy is 10^digits */
function perThing(name: string, digits: number): PerThing {
  const accuracy = 10n ** BigInt(digits);
  const percentDecimals = digits - 2;

  const natural = (n: bigint): bigint => {
    if (n >= 0n) return n;
    throw usageError('NEGATIVE_NUMBER', `${name} arithmetic is for numbers that are not negative, not ${n}.`);
  };
  const part = (parts: bigint): bigint => {
    if (natural(parts) <= accuracy) return parts;
    throw usageError(
      'PARTS_OUT_OF_RANGE',
      `${parts} parts are more than 100 % of a ${name} (${accuracy} parts).`,
    );
  };
  const scaled = (parts: bigint, n: bigint, rounding: Rounding): bigint =>
    mulDiv(part(parts), natural(n), accuracy, rounding);

  return Object.freeze<PerThing>({
    name,
    accuracy,
    fromParts: (parts) => minOf(natural(parts), accuracy),
    fromPercent: (percent) => (minOf(natural(percent), 100n) * accuracy) / 100n,
    fromRational: (p, q, rounding = 'down') =>
      natural(q) === 0n || natural(p) > q ? accuracy : mulDiv(accuracy, p, q, rounding),
    mul: (parts, n) => scaled(parts, n, 'nearestDown'),
    mulFloor: (parts, n) => scaled(parts, n, 'down'),
    mulCeil: (parts, n) => scaled(parts, n, 'up'),
    product: (a, b) => scaled(a, part(b), 'down'),
    saturatingAdd: (a, b) => minOf(part(a) + part(b), accuracy),
    saturatingSub: (a, b) => (part(a) > part(b) ? a - b : 0n),
    leftFromOne: (parts) => accuracy - part(parts),
    parse: (text) => parsePercent(text, name, accuracy, percentDecimals),
    format: (parts) => `${formatDecimal(part(parts), percentDecimals)}%`,
  });
}

function parsePercent(text: string, name: string, accuracy: bigint, decimals: number): bigint {
  const trimmed = trimAscii(text);
  const number = trimmed.endsWith('%') ? trimAscii(trimmed.slice(0, -1)) : undefined;
  if (number === undefined) {
    const looksNumeric = 'units' in parseDecimal(trimmed, trimmed.length);
    throw looksNumeric
      ? usageError(
          'PERCENT_UNIT_MISSING',
          `${quote(text)} has no % sign: it could be a fraction or per cent.`,
          {
            hint: 'Write per cent with the sign, for instance 7.5%.',
          },
        )
      : percentSyntax(text);
  }
  const parsed = parseDecimal(number, decimals);
  if ('units' in parsed) {
    if (parsed.units <= accuracy) return parsed.units;
    throw usageError('PERCENT_OUT_OF_RANGE', `${quote(text)} is more than 100%.`, {
      hint: 'Write 0% to 100%.',
    });
  }
  if (parsed.fault === 'syntax') throw percentSyntax(text);
  throw usageError('PERCENT_DECIMALS', `${quote(text)} is finer than a ${name} can hold.`, {
    hint: `Write at most ${decimals} digits after the point.`,
  });
}

const percentSyntax = (text: string) =>
  usageError('PERCENT_SYNTAX', `${quote(text)} is not a percentage.`, { hint: 'Write it as 7.5%.' });

/** Parts of a hundred. */
export const Percent = perThing('Percent', 2);
/** Parts of a million. */
export const Permill = perThing('Permill', 6);
/** Parts of a billion: commissions, shares of an era's payout. */
export const Perbill = perThing('Perbill', 9);
/** Parts of 10^18: inflation, saturation targets. */
export const Perquintill = perThing('Perquintill', 18);
