import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { minOf, mulDiv } from '../../../src/lib/numeric/integer.js';
import { Perbill, Percent, Permill, Perquintill, type PerThing } from '../../../src/lib/numeric/perthing.js';
import { hostileText, refusal, valueOrRefusal } from './hostile.js';

const U128_MAX = 2n ** 128n - 1n;
const u128 = fc.bigInt({ min: 0n, max: U128_MAX });
const kinds: readonly [string, PerThing, bigint][] = [
  ['Percent', Percent, 100n],
  ['Permill', Permill, 1_000_000n],
  ['Perbill', Perbill, 1_000_000_000n],
  ['Perquintill', Perquintill, 1_000_000_000_000_000_000n],
];

// The definitions, without a division: r is a·b/c rounded down if it is the largest integer with r·c ≤ a·b, and so on.
describe('mulDiv', () => {
  const positive = fc.bigInt({ min: 1n, max: U128_MAX });
  it('rounds as its definition says', () => {
    fc.assert(
      fc.property(u128, u128, positive, (a, b, c) => {
        const product = a * b;
        const down = mulDiv(a, b, c, 'down');
        expect(down * c <= product && (down + 1n) * c > product).toBe(true);
        const up = mulDiv(a, b, c, 'up');
        expect(up * c >= product && (up - 1n) * c < product).toBe(true);
        const distance = (r: bigint) => (r * c > product ? r * c - product : product - r * c);
        for (const rounding of ['nearestDown', 'nearestUp'] as const) {
          const nearest = mulDiv(a, b, c, rounding);
          expect(distance(nearest) <= distance(down) && distance(nearest) <= distance(up)).toBe(true);
        }
      }),
    );
  });
  it('drops or counts an exact half', () => {
    fc.assert(
      fc.property(u128, positive, (n, half) => {
        const c = 2n * half;
        expect(mulDiv(n * c + half, 1n, c, 'nearestDown')).toBe(n);
        expect(mulDiv(n * c + half, 1n, c, 'nearestUp')).toBe(n + 1n);
        expect(mulDiv(n * c + half + 1n, 1n, c, 'nearestDown')).toBe(n + 1n);
      }),
    );
  });
});

describe.each(kinds)('%s', (_name, kind, accuracy) => {
  const parts = fc.bigInt({ min: 0n, max: accuracy });

  it('has its accuracy', () => {
    expect(kind.accuracy).toBe(accuracy);
    expect(kind.fromPercent(100n)).toBe(accuracy);
    expect(kind.fromPercent(250n)).toBe(accuracy);
    expect(kind.fromPercent(25n)).toBe(accuracy / 4n);
  });

  it('makes a ratio: the largest part count that does not exceed it, and 100 % beyond', () => {
    fc.assert(
      fc.property(u128, u128, (p, q) => {
        const made = kind.fromRational(p, q);
        const isWhole = q === 0n || p > q;
        if (isWhole) expect(made).toBe(accuracy);
        else expect(made * q <= p * accuracy && (made + 1n) * q > p * accuracy).toBe(true);
      }),
    );
    expect(kind.fromRational(0n, 0n)).toBe(accuracy);
    expect(kind.fromRational(5n, 0n)).toBe(accuracy);
    expect(kind.fromRational(6n, 5n)).toBe(accuracy);
  });

  it('multiplies to the nearest, floor and ceiling', () => {
    fc.assert(
      fc.property(parts, u128, (part, n) => {
        const exact = part * n; // in units of 1/accuracy
        const floor = kind.mulFloor(part, n);
        expect(floor * accuracy <= exact && (floor + 1n) * accuracy > exact).toBe(true);
        const ceil = kind.mulCeil(part, n);
        expect(ceil - floor).toBe(exact % accuracy === 0n ? 0n : 1n);
        const remainder = exact - floor * accuracy;
        expect(kind.mul(part, n)).toBe(2n * remainder > accuracy ? floor + 1n : floor);
        expect(ceil <= n).toBe(true);
        // The pallet splits n first so that nothing overflows; the result is the same.
        const split = (n / accuracy) * part + mulDiv(n % accuracy, part, accuracy, 'nearestDown');
        expect(kind.mul(part, n)).toBe(split);
      }),
    );
    expect(kind.mul(accuracy / 2n, 1n)).toBe(0n); // exactly half goes down
    expect(kind.mul(accuracy / 2n, 3n)).toBe(1n);
  });

  it('multiplies with its own kind downwards, and saturates', () => {
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        expect(kind.product(a, b)).toBe((a * b) / accuracy);
        expect(kind.product(a, accuracy)).toBe(a);
        expect(kind.saturatingAdd(a, b)).toBe(minOf(a + b, accuracy));
        expect(kind.saturatingSub(a, b)).toBe(a > b ? a - b : 0n);
        expect(kind.leftFromOne(a) + a).toBe(accuracy);
      }),
    );
  });

  it('reads back the percentage that it printed', () => {
    fc.assert(
      fc.property(parts, (part) => {
        expect(kind.parse(kind.format(part))).toBe(part);
        expect(kind.parse(` ${kind.format(part).replace('%', ' %')}`)).toBe(part);
      }),
    );
  });

  it('answers any text with parts or a refusal', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const outcome = valueOrRefusal(() => kind.parse(text));
        if ('value' in outcome) expect(outcome.value >= 0n && outcome.value <= accuracy).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('refuses what is no part of a whole', () => {
    expect(refusal(() => kind.mul(accuracy + 1n, 1n)).code).toBe('PARTS_OUT_OF_RANGE');
    expect(refusal(() => kind.mul(-1n, 1n)).code).toBe('NEGATIVE_NUMBER');
    expect(refusal(() => kind.mulFloor(1n, -1n)).code).toBe('NEGATIVE_NUMBER');
    expect(refusal(() => kind.fromRational(-1n, 1n)).code).toBe('NEGATIVE_NUMBER');
    expect(kind.fromParts(accuracy + 5n)).toBe(accuracy);
  });
});

// Figures that the crate's own documentation states.
test('examples of the runtime', () => {
  expect(Percent.fromRational(989n, 1000n)).toBe(98n);
  expect(Percent.fromRational(981n, 1000n, 'up')).toBe(99n);
  expect(Percent.fromRational(985n, 1000n, 'nearestDown')).toBe(98n);
  expect(Percent.fromRational(985n, 1000n, 'nearestUp')).toBe(99n);
  expect(Perbill.fromRational(1n, 3n)).toBe(333_333_333n);
});

test.each([
  ['7.5%', 75_000_000n],
  ['7.5 %', 75_000_000n],
  ['0%', 0n],
  ['100%', 1_000_000_000n],
  ['0.0000001%', 1n],
])('%j of a billion', (text, parts) => {
  expect(Perbill.parse(text)).toBe(parts);
});

test.each([
  ['7.5', 'PERCENT_UNIT_MISSING'],
  ['0.075', 'PERCENT_UNIT_MISSING'],
  ['', 'PERCENT_SYNTAX'],
  ['%', 'PERCENT_SYNTAX'],
  ['-1%', 'PERCENT_SYNTAX'],
  ['1e1%', 'PERCENT_SYNTAX'],
  ['7,5%', 'PERCENT_SYNTAX'],
  ['5%%', 'PERCENT_SYNTAX'],
  ['100.1%', 'PERCENT_OUT_OF_RANGE'],
  ['0.00000001%', 'PERCENT_DECIMALS'],
])('%j is refused: %s', (text, code) => {
  expect(refusal(() => Perbill.parse(text)).code).toBe(code);
});
