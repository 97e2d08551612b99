import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  formatAmount,
  formatAmountShort,
  parseAmount,
  parsePlanck,
} from '../../../src/lib/numeric/amount.js';
import { hostileText, refusal, valueOrRefusal } from './hostile.js';

const DOT = { symbol: 'DOT', decimals: 10 };
const KSM = { symbol: 'KSM', decimals: 12 };
const U128_MAX = 2n ** 128n - 1n;

const token = fc.record({
  symbol: fc.constantFrom('DOT', 'KSM', 'WND', 'xcDOT', 'P3D', 'E', 'X'),
  decimals: fc.integer({ min: 0, max: 24 }),
});
const balance = fc.bigInt({ min: 0n, max: U128_MAX });

test.each([
  ['12.5DOT', 125_000_000_000n],
  ['12.5 dot', 125_000_000_000n],
  ['  12.5\tDot\n', 125_000_000_000n],
  ['1_000DOT', 10_000_000_000_000n],
  ['1_234_567.8DOT', 12_345_678_000_000_000n],
  ['0.0000000001DOT', 1n],
  ['0DOT', 0n],
  ['100planck', 100n],
  ['100plank', 100n],
  ['1_000 PLANCK', 1000n],
  [`${U128_MAX}planck`, U128_MAX],
])('%j is %s planck', (text, planck) => {
  expect(parseAmount(text, DOT)).toBe(planck);
});

test.each([
  ['', 'AMOUNT_SYNTAX'],
  ['DOT', 'AMOUNT_SYNTAX'],
  ['12.5', 'AMOUNT_UNIT_MISSING'],
  ['0', 'AMOUNT_UNIT_MISSING'],
  ['12.5KSM', 'AMOUNT_UNIT_UNKNOWN'],
  ['12.5mDOT', 'AMOUNT_UNIT_UNKNOWN'],
  ['12.5 DOTs', 'AMOUNT_UNIT_UNKNOWN'],
  ['-1DOT', 'AMOUNT_NEGATIVE'],
  ['-0.5 DOT', 'AMOUNT_NEGATIVE'],
  ['+1DOT', 'AMOUNT_SYNTAX'],
  ['1e3DOT', 'AMOUNT_SYNTAX'],
  ['1E-3 DOT', 'AMOUNT_SYNTAX'],
  ['0x10DOT', 'AMOUNT_SYNTAX'],
  ['NaN', 'AMOUNT_SYNTAX'],
  ['NaNDOT', 'AMOUNT_SYNTAX'],
  ['Infinity DOT', 'AMOUNT_SYNTAX'],
  ['1,000DOT', 'AMOUNT_SYNTAX'],
  ['12,5DOT', 'AMOUNT_SYNTAX'],
  ["1'000DOT", 'AMOUNT_SYNTAX'],
  ['1 000 DOT', 'AMOUNT_SYNTAX'],
  ['1\u00a0000DOT', 'AMOUNT_SYNTAX'],
  ['1_00DOT', 'AMOUNT_SYNTAX'],
  ['1_000000DOT', 'AMOUNT_SYNTAX'],
  ['1__000DOT', 'AMOUNT_SYNTAX'],
  ['_1DOT', 'AMOUNT_SYNTAX'],
  ['.5DOT', 'AMOUNT_SYNTAX'],
  ['5.DOT', 'AMOUNT_SYNTAX'],
  ['1.2.3DOT', 'AMOUNT_SYNTAX'],
  ['007DOT', 'AMOUNT_SYNTAX'],
  ['\u0661\u0662DOT', 'AMOUNT_SYNTAX'],
  ['1\u0662DOT', 'AMOUNT_SYNTAX'],
  ['\uff11DOT', 'AMOUNT_SYNTAX'],
  ['0.00000000001DOT', 'AMOUNT_DECIMALS'],
  ['1.5planck', 'AMOUNT_DECIMALS'],
  [`${U128_MAX + 1n}planck`, 'AMOUNT_OVERFLOW'],
  [`${'9'.repeat(100)}DOT`, 'AMOUNT_OVERFLOW'],
  ['9'.repeat(1000), 'AMOUNT_SYNTAX'],
  ['12.5D\u041eT', 'AMOUNT_UNIT_UNKNOWN'],
])('%j is refused: %s', (text, code) => {
  const refused = refusal(() => parseAmount(text, DOT));
  expect(refused.code).toBe(code);
  expect(refused.hint).toBeTruthy();
});

it('does not take a look-alike letter for the symbol', () => {
  expect(refusal(() => parseAmount('1\u212aSM', KSM)).code).toBe('AMOUNT_UNIT_UNKNOWN');
  expect(refusal(() => parseAmount('1K\u017fM', KSM)).code).toBe('AMOUNT_UNIT_UNKNOWN');
});

it('tells a bare number both ways to write it', () => {
  expect(refusal(() => parseAmount('12.5', DOT)).hint).toBe(
    'Write 12.5DOT or 12.5planck, whichever you mean.',
  );
});

describe('properties', () => {
  it('reads back what it printed exactly, with and without grouping', () => {
    fc.assert(
      fc.property(
        balance,
        token,
        fc.constantFrom(undefined, '_' as const),
        (planck, denomination, grouping) => {
          const text = formatAmount(planck, denomination, grouping ? { grouping } : {});
          expect(parseAmount(text, denomination)).toBe(planck);
          expect(parseAmount(text.toUpperCase(), denomination)).toBe(planck);
          expect(parseAmount(`${planck}planck`, denomination)).toBe(planck);
          expect(parsePlanck(planck.toString())).toBe(planck);
        },
      ),
    );
  });

  it('cuts towards zero when digits are limited, and never shows something as nothing', () => {
    fc.assert(
      fc.property(balance, token, fc.integer({ min: 0, max: 24 }), (planck, denomination, precision) => {
        const text = formatAmount(planck, denomination, { precision });
        if (text.startsWith('<')) {
          expect(planck).toBeGreaterThan(0n);
          expect(planck).toBeLessThan(parseAmount(text.slice(1), denomination));
          return;
        }
        const kept = Math.min(precision, denomination.decimals);
        const unit = 10n ** BigInt(denomination.decimals - kept);
        expect(parseAmount(text, denomination)).toBe(planck - (planck % unit));
      }),
    );
  });

  it('answers any text with a balance or a refusal', () => {
    fc.assert(
      fc.property(hostileText, token, (text, denomination) => {
        const outcome = valueOrRefusal(() => parseAmount(text, denomination));
        if ('value' in outcome) {
          expect(outcome.value >= 0n && outcome.value <= U128_MAX).toBe(true);
          expect(text).toMatch(/^[\x20-\x7e\t\r\n]+$/);
        }
        valueOrRefusal(() => parsePlanck(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('gives one value only: a printed amount with one character changed is refused or is another amount', () => {
    const near = fc.tuple(balance, fc.nat(), fc.constantFrom(...'0123456789.,_-e '));
    fc.assert(
      fc.property(near, ([planck, at, character]) => {
        const text = formatAmount(planck, DOT);
        const position = at % (text.length - ' DOT'.length);
        const changed = text.slice(0, position) + character + text.slice(position + 1);
        if (changed === text) return;
        const outcome = valueOrRefusal(() => parseAmount(changed, DOT));
        if ('value' in outcome) expect(outcome.value).not.toBe(planck);
      }),
    );
  });
});

test('formats for people', () => {
  expect(formatAmount(0n, DOT)).toBe('0 DOT');
  expect(formatAmount(-125_000_000_000n, DOT)).toBe('-12.5 DOT');
  expect(formatAmount(125_000_000_000n, DOT, { precision: 4, pad: true })).toBe('12.5000 DOT');
  expect(formatAmount(125_000_000_000n, DOT, { bare: true })).toBe('12.5');
  expect(formatAmount(12n, { symbol: 'UNIT', decimals: 0 })).toBe('12 UNIT');
  expect(formatAmountShort(12_345_678_999_999_999n, DOT)).toBe('1,234,567.8999 DOT');
  expect(formatAmountShort(1n, DOT)).toBe('<0.0001 DOT');
  expect(formatAmountShort(-1n, DOT)).toBe('>-0.0001 DOT');
  expect(formatAmount(9_999_999_999n, DOT, { precision: 0 })).toBe('<1 DOT');
});

test.each(['', ' 1', '1 ', '-1', '+1', '01', '1.0', '1_000', '1e3', '0x1', '1n', '\u0661'])(
  'base units of a file: %j is refused',
  (text) => {
    expect(refusal(() => parsePlanck(text)).code).toBe('AMOUNT_SYNTAX');
  },
);
