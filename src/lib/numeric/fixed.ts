/**
 * FixedU128: a real number ≥ 0 with 18 decimals, as its inner integer (bigint, value·10^18, at most 2^128 − 1).
 * Roundings are those of sp-arithmetic 28 (`fixed_point.rs`): the operators and the trait's methods cut towards zero.
 * Only its `const` namesakes round to nearest; the runtime uses them for constants, see {@link FixedU128.fromRationalNearest}.
 */

import { usageError } from '../errors.js';
import { formatDecimal, parseDecimal } from './decimal.js';
import { minOf, mulDiv, type Rounding, U128_MAX } from './integer.js';
import { quote, trimAscii } from './text.js';

const DECIMALS = 18;
const ONE = 10n ** BigInt(DECIMALS);

function checked(inner: bigint, what: string): bigint {
  if (inner <= U128_MAX) return inner;
  throw usageError('FIXED_OVERFLOW', `The ${what} is more than a FixedU128 can hold.`);
}

function natural(n: bigint): bigint {
  if (n >= 0n) return n;
  throw usageError('NEGATIVE_NUMBER', `A FixedU128 cannot be negative (${n}).`);
}

function ratio(a: bigint, b: bigint, c: bigint, rounding: Rounding = 'down'): bigint {
  if (natural(c) === 0n) throw usageError('DIVISION_BY_ZERO', 'A FixedU128 was divided by zero.');
  return mulDiv(natural(a), natural(b), c, rounding);
}

export const FixedU128 = Object.freeze({
  /** 1.0 */
  one: ONE,
  max: U128_MAX,

  /** @throws usage FIXED_OVERFLOW, NEGATIVE_NUMBER */
  fromInteger: (n: bigint): bigint => checked(natural(n) * ONE, 'integer'),
  /** n/d cut towards zero (`checked_from_rational`). @throws usage DIVISION_BY_ZERO, FIXED_OVERFLOW, NEGATIVE_NUMBER */
  fromRational: (n: bigint, d: bigint): bigint => checked(ratio(n, ONE, d), 'quotient'),
  /** n/d cut towards zero, the largest value instead of an overflow (`saturating_from_rational`). */
  saturatingFromRational: (n: bigint, d: bigint): bigint => minOf(ratio(n, ONE, d), U128_MAX),
  /** n/d to the nearest, exactly half down: the inherent `const fn from_rational` of runtime constants. */
  fromRationalNearest: (n: bigint, d: bigint): bigint => checked(ratio(n, ONE, d, 'nearestDown'), 'quotient'),

  /** a·b, cut towards zero. @throws usage FIXED_OVERFLOW */
  mul: (a: bigint, b: bigint): bigint => checked(ratio(a, b, ONE), 'product'),
  /** a/b, cut towards zero. @throws usage DIVISION_BY_ZERO, FIXED_OVERFLOW */
  div: (a: bigint, b: bigint): bigint => checked(ratio(a, ONE, b), 'quotient'),
  saturatingMul: (a: bigint, b: bigint): bigint => minOf(ratio(a, b, ONE), U128_MAX),
  saturatingAdd: (a: bigint, b: bigint): bigint => minOf(natural(a) + natural(b), U128_MAX),
  saturatingSub: (a: bigint, b: bigint): bigint => (natural(a) > natural(b) ? a - b : 0n),

  /** a·n for an integer n, cut towards zero; `max` (default: the largest u128) instead of an overflow. */
  saturatingMulInt: (a: bigint, n: bigint, max: bigint = U128_MAX): bigint => minOf(ratio(a, n, ONE), max),

  /**
   * `1.05` (exact, at most 18 decimals) or a ratio of integers `75/1000000` (cut towards zero) → inner integer.
   * @throws usage FIXED_SYNTAX, FIXED_DECIMALS, FIXED_OVERFLOW, DIVISION_BY_ZERO
   */
  parse(text: string): bigint {
    const trimmed = trimAscii(text);
    const [numerator, denominator, ...more] = trimmed.split('/', 3);
    if (denominator !== undefined && more.length === 0) {
      const n = parseDecimal(numerator!, 0);
      const d = parseDecimal(denominator, 0);
      if ('fault' in n || 'fault' in d) throw fixedSyntax(text);
      return FixedU128.fromRational(n.units, d.units);
    }
    const parsed = parseDecimal(trimmed, DECIMALS);
    if ('units' in parsed) return checked(parsed.units, `number ${quote(text)}`);
    if (parsed.fault === 'syntax') throw fixedSyntax(text);
    throw usageError('FIXED_DECIMALS', `${quote(text)} has more than ${DECIMALS} digits after the point.`, {
      hint: 'The chain keeps 18 decimals; write no more.',
    });
  },

  /** Inner integer → `1.05`, exactly. */
  format: (inner: bigint): string => formatDecimal(natural(inner), DECIMALS),
});

const fixedSyntax = (text: string) =>
  usageError('FIXED_SYNTAX', `${quote(text)} is not a decimal number or a ratio of whole numbers.`, {
    hint: 'Write it as 1.05 or as 21/20.',
  });
