import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  adjustFee,
  adjustFeeOver,
  nextMultiplier,
  saturation,
  variabilityBound,
} from '../../../src/lib/fees/adjustment.js';
import { lengthFee, splitFee, weightFeeEstimate } from '../../../src/lib/fees/fee.js';
import { FixedU128 } from '../../../src/lib/numeric/fixed.js';
import { Perquintill } from '../../../src/lib/numeric/perthing.js';
import { refusal } from '../numeric/hostile.js';

const amount = fc.bigInt({ min: 0n, max: 2n ** 100n });
const unit = fc.double({ min: 0, max: 1, noNaN: true });
const target = fc.double({ min: 0, max: 0.99, noNaN: true });
const v = fc.double({ min: 0, max: 0.01, noNaN: true });

describe('fee and split', () => {
  it('grows by the byte', () => {
    fc.assert(
      fc.property(amount, amount, fc.nat({ max: 2 ** 30 }), (base, perByte, size) => {
        const fee = lengthFee({ base, perByte, size });
        expect(lengthFee({ base, perByte, size: size + 1 }) - fee).toBe(perByte);
        expect(lengthFee({ base, perByte, size: 0 })).toBe(base);
      }),
    );
  });

  it('loses no planck in the split, and rounds the treasury down', () => {
    fc.assert(
      fc.property(amount, amount, (fee, tip) => {
        const { author, treasury } = splitFee(fee, tip);
        expect(author + treasury).toBe(fee + tip);
        expect(treasury * 100n <= fee * 80n && (treasury + 1n) * 100n > fee * 80n).toBe(true);
      }),
    );
  });

  it('estimates by weight what the integers say where there is no congestion', () => {
    const input = { baseFee: 7n, typeFactor: 3n, length: 11, traffic: 1, weightFee: 100n };
    expect(weightFeeEstimate(input)).toBe(140);
    expect(weightFeeEstimate({ ...input, traffic: 1.5 })).toBe(190);
  });

  test.each([
    [() => lengthFee({ base: -1n, perByte: 0n, size: 0 }), 'AMOUNT_NEGATIVE'],
    [() => lengthFee({ base: 0n, perByte: 0n, size: -1 }), 'SIZE_OUT_OF_RANGE'],
    [() => lengthFee({ base: 0n, perByte: 0n, size: 0.5 }), 'SIZE_OUT_OF_RANGE'],
    [() => splitFee(-1n, 0n), 'AMOUNT_NEGATIVE'],
    [() => splitFee(0n, -1n), 'AMOUNT_NEGATIVE'],
    [
      () => weightFeeEstimate({ baseFee: 0n, typeFactor: 0n, length: 0, traffic: Number.NaN, weightFee: 0n }),
      'TRAFFIC_OUT_OF_RANGE',
    ],
  ])('case %# is refused: %s', (run, code) => {
    expect(refusal(run).code).toBe(code);
  });
});

describe('adjustment', () => {
  it('rises above the target, falls below it, and stays at it', () => {
    fc.assert(
      fc.property(unit, target, v, (saturation, target, v) => {
        const { fee, exponentialForm } = adjustFee({ fee: 1, saturation, target, v });
        if (saturation >= target) expect(fee).toBeGreaterThanOrEqual(1);
        if (saturation <= target) expect(fee).toBeLessThanOrEqual(1);
        // The third term of the series bounds the difference.
        expect(Math.abs(fee - exponentialForm)).toBeLessThanOrEqual(
          Math.abs(v * (saturation - target)) ** 3 + 1e-15,
        );
      }),
    );
  });

  it('is for many blocks what it is one by one', () => {
    fc.assert(
      fc.property(unit, target, v, fc.nat({ max: 200 }), (saturation, target, v, blocks) => {
        let fee = 1;
        for (let block = 0; block < blocks; block++) fee = adjustFee({ fee, saturation, target, v }).fee;
        expect(adjustFeeOver({ fee: 1, saturation, target, v }, blocks).fee).toBeCloseTo(fee, 10);
      }),
    );
  });

  it('bounds the variability so that full blocks spend exactly the budget, by the linear estimate', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 20_000 }),
        target,
        (p, k, t) => {
          const bound = { fee: 1, saturation: 1, target: t, v: variabilityBound(p, k, t) };
          const { fee, linearEstimate } = adjustFeeOver(bound, k);
          expect(linearEstimate).toBeCloseTo(1 + p, 9);
          expect(fee).toBeGreaterThanOrEqual(linearEstimate - 1e-9);
        },
      ),
    );
  });

  it('takes the fuller of length and weight', () => {
    const use = { lengthSum: 1, normalLengthLimit: 4, weightSum: 1, normalWeightLimit: 2 };
    expect(saturation(use)).toBe(0.5);
    expect(saturation({ ...use, lengthSum: 3 })).toBe(0.75);
    expect(refusal(() => saturation({ ...use, normalLengthLimit: 0 })).code).toBe('LIMIT_OUT_OF_RANGE');
  });

  test.each([
    [{ saturation: 1.2 }, 'SATURATION_OUT_OF_RANGE'],
    [{ saturation: -0.1 }, 'SATURATION_OUT_OF_RANGE'],
    [{ saturation: Number.NaN }, 'SATURATION_OUT_OF_RANGE'],
    [{ target: 1 }, 'TARGET_OUT_OF_RANGE'],
    [{ target: -0.1 }, 'TARGET_OUT_OF_RANGE'],
    [{ target: Number.NaN }, 'TARGET_OUT_OF_RANGE'],
  ])('%j is refused: %s', (wrong, code) => {
    const input = { fee: 1, saturation: 0.5, target: 0.25, v: 0.01, ...wrong };
    expect(refusal(() => adjustFee(input)).code).toBe(code);
    expect(refusal(() => adjustFeeOver(input, 1)).code).toBe(code);
  });

  test('blocks are counted in whole numbers', () => {
    const input = { fee: 1, saturation: 0.5, target: 0.25, v: 0.01 };
    for (const blocks of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(refusal(() => adjustFeeOver(input, blocks)).code).toBe('BLOCKS_OUT_OF_RANGE');
    }
    expect(refusal(() => variabilityBound(0.05, 0, 0.25)).code).toBe('BLOCKS_OUT_OF_RANGE');
  });
});

describe("the runtime's multiplier", () => {
  const ONE = FixedU128.one;
  const limit = { refTime: 1_500_000_000_000n, proofSize: 5_000_000n };
  const polkadot = {
    previous: ONE,
    limit,
    v: FixedU128.parse('75/1000000'),
    target: Perquintill.fromPercent(25n),
    min: ONE / 10n,
  };
  const refTime = fc.bigInt({ min: 0n, max: limit.refTime });

  it('follows the published rule within the digits that it cuts', () => {
    fc.assert(
      fc.property(refTime, fc.bigInt({ min: ONE, max: 1000n * ONE }), (used, previous) => {
        const next = nextMultiplier({ ...polkadot, previous, block: { refTime: used, proofSize: 0n } });
        const saturation = Number(used) / Number(limit.refTime);
        const { fee } = adjustFee({ fee: Number(previous) / 1e18, saturation, target: 0.25, v: 75e-6 });
        expect(Number(next) / 1e18 / fee).toBeCloseTo(1, 12);
      }),
    );
  });

  it('is monotone in the use of the block', () => {
    fc.assert(
      fc.property(refTime, refTime, (a, b) => {
        const next = (used: bigint) =>
          nextMultiplier({ ...polkadot, block: { refTime: used, proofSize: 0n } });
        const [less, more] = a < b ? [a, b] : [b, a];
        expect(next(less) <= next(more)).toBe(true);
      }),
    );
  });

  it('counts the scarcer dimension, and no more than the limit', () => {
    const full = nextMultiplier({ ...polkadot, block: limit });
    expect(nextMultiplier({ ...polkadot, block: { refTime: 0n, proofSize: limit.proofSize } })).toBe(full);
    expect(nextMultiplier({ ...polkadot, block: { refTime: limit.refTime * 9n, proofSize: 0n } })).toBe(full);
    expect(full > ONE).toBe(true);
  });

  it('stays within its bounds', () => {
    const empty = { refTime: 0n, proofSize: 0n };
    expect(nextMultiplier({ ...polkadot, previous: 0n, block: empty })).toBe(ONE / 10n);
    expect(nextMultiplier({ ...polkadot, max: ONE, block: limit })).toBe(ONE);
    expect(nextMultiplier({ ...polkadot, limit: empty, block: empty })).toBe(ONE);
  });
});
