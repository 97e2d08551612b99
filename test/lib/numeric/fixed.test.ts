import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { FixedU128 } from '../../../src/lib/numeric/fixed.js';
import { hostileText, refusal, valueOrRefusal } from './hostile.js';

const ONE = 10n ** 18n;
const MAX = 2n ** 128n - 1n;
const inner = fc.bigInt({ min: 0n, max: MAX });
const positive = fc.bigInt({ min: 1n, max: MAX });
const small = fc.bigInt({ min: 0n, max: 2n ** 90n });

/** The definition of "cut towards zero": the largest r with r·divisor ≤ dividend. */
const isFloor = (r: bigint, dividend: bigint, divisor: bigint) =>
  r * divisor <= dividend && (r + 1n) * divisor > dividend;

describe('arithmetic', () => {
  it('makes ratios', () => {
    fc.assert(
      fc.property(inner, positive, (n, d) => {
        const made = FixedU128.saturatingFromRational(n, d);
        if (made < MAX) {
          expect(isFloor(made, n * ONE, d)).toBe(true);
          expect(FixedU128.fromRational(n, d)).toBe(made);
          const nearest = FixedU128.fromRationalNearest(n, d);
          const twice = 2n * (n * ONE - made * d);
          expect(nearest - made).toBe(twice > d ? 1n : 0n);
        } else if ((n * ONE) / d > MAX) {
          expect(refusal(() => FixedU128.fromRational(n, d)).code).toBe('FIXED_OVERFLOW');
        }
      }),
    );
  });

  it('multiplies and divides', () => {
    fc.assert(
      fc.property(small, small, (a, b) => {
        const product = FixedU128.mul(a, b);
        expect(isFloor(product, a * b, ONE)).toBe(true);
        expect(FixedU128.saturatingMul(a, b)).toBe(product);
        expect(FixedU128.saturatingMulInt(a, b)).toBe(product);
        expect(FixedU128.mul(a, ONE)).toBe(a);
        expect(FixedU128.div(a, ONE)).toBe(a);
        if (b > 0n && (a * ONE) / b <= MAX) expect(isFloor(FixedU128.div(a, b), a * ONE, b)).toBe(true);
      }),
    );
  });

  it('saturates where the chain does, and says so elsewhere', () => {
    fc.assert(
      fc.property(inner, inner, (a, b) => {
        expect(FixedU128.saturatingAdd(a, b)).toBe(a + b > MAX ? MAX : a + b);
        expect(FixedU128.saturatingSub(a, b)).toBe(a > b ? a - b : 0n);
        const product = (a * b) / ONE;
        expect(FixedU128.saturatingMul(a, b)).toBe(product > MAX ? MAX : product);
        if (product > MAX) expect(refusal(() => FixedU128.mul(a, b)).code).toBe('FIXED_OVERFLOW');
      }),
    );
    expect(FixedU128.saturatingMulInt(2n * ONE, 2n ** 63n, 2n ** 64n - 1n)).toBe(2n ** 64n - 1n);
    expect(refusal(() => FixedU128.div(ONE, 0n)).code).toBe('DIVISION_BY_ZERO');
    expect(refusal(() => FixedU128.fromRational(1n, 0n)).code).toBe('DIVISION_BY_ZERO');
    expect(refusal(() => FixedU128.fromInteger(MAX)).code).toBe('FIXED_OVERFLOW');
    expect(refusal(() => FixedU128.mul(-1n, ONE)).code).toBe('NEGATIVE_NUMBER');
  });
});

describe('text', () => {
  it('reads back what it printed', () => {
    fc.assert(
      fc.property(inner, (value) => {
        expect(FixedU128.parse(FixedU128.format(value))).toBe(value);
      }),
    );
  });

  it('reads a ratio', () => {
    fc.assert(
      fc.property(small, positive, (n, d) => {
        if ((n * ONE) / d <= MAX) expect(FixedU128.parse(`${n}/${d}`)).toBe(FixedU128.fromRational(n, d));
      }),
    );
    expect(FixedU128.parse('75/1000000')).toBe(75_000_000_000_000n);
  });

  it('answers any text with a value or a refusal', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const outcome = valueOrRefusal(() => FixedU128.parse(text));
        if ('value' in outcome) expect(outcome.value >= 0n && outcome.value <= MAX).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ['', 'FIXED_SYNTAX'],
    ['1e3', 'FIXED_SYNTAX'],
    ['-1', 'FIXED_SYNTAX'],
    ['1/2/3', 'FIXED_SYNTAX'],
    ['1/', 'FIXED_SYNTAX'],
    ['1.5/2', 'FIXED_SYNTAX'],
    ['1/0', 'DIVISION_BY_ZERO'],
    ['0.0000000000000000001', 'FIXED_DECIMALS'],
    ['340282366920938463464', 'FIXED_OVERFLOW'],
  ])('%j is refused: %s', (text, code) => {
    expect(refusal(() => FixedU128.parse(text)).code).toBe(code);
  });
});
