import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  incentiveWeight,
  pageIncentive,
  pageReward,
  seatReward,
  splitEra,
  splitFixedFee,
  splitSeat,
} from '../../../src/lib/eras/split.js';

const planck = fc.bigInt({ min: 0n, max: 10n ** 22n });
const stake = fc.bigInt({ min: 1n, max: 10n ** 20n });
const perbill = fc.bigInt({ min: 0n, max: 1_000_000_000n });
const era = fc
  .record({
    eraPayout: planck,
    points: fc.bigInt({ min: 0n, max: 10_000n }),
    commission: perbill,
    own: stake,
  })
  .map((one) => ({ ...one, totalPoints: 10_000n }));
const stakes = fc.array(stake, { maxLength: 40 });
const sum = (values: readonly bigint[]) => values.reduce((a, b) => a + b, 0n);

describe("staking-async's split", () => {
  it('loses nothing between validator and nominators', () => {
    fc.assert(
      fc.property(planck, perbill, stake, stake, (total, commission, own, others) => {
        const { validatorPayout, nominatorPayout } = splitSeat(total, {
          commission,
          own,
          total: own + others,
        });
        expect(validatorPayout + nominatorPayout).toBe(total);
      }),
    );
  });

  it('never pays more than was earned, and loses little to rounding', () => {
    fc.assert(
      fc.property(era, stakes, fc.integer({ min: 1, max: 40 }), (one, nominators, pageSize) => {
        const split = splitEra('calculator', one, nominators, pageSize);
        expect(split.dust).toBeGreaterThanOrEqual(0n);
        // Each share is cut to a billionth of the seat, and to a planck.
        const parts = BigInt(nominators.length + 2 * split.pages.length + 2);
        expect(split.dust).toBeLessThanOrEqual(parts * (split.validatorTotalPayout / 1_000_000_000n + 2n));
      }),
    );
  });
});

describe('both splits', () => {
  it('give a nominator the same on whichever page it is', () => {
    fc.assert(
      fc.property(era, stakes, fc.integer({ min: 1, max: 10 }), (one, nominators, pageSize) => {
        for (const arithmetic of ['perbill', 'calculator'] as const) {
          const paged = splitEra(arithmetic, one, nominators, pageSize);
          const whole = splitEra(arithmetic, one, nominators);
          expect(paged.pages.flatMap((page) => page.nominators)).toEqual(whole.pages[0]!.nominators);
          expect(paged.pages).toHaveLength(Math.max(1, Math.ceil(nominators.length / pageSize)));
        }
      }),
    );
  });

  it('are monotone in the stake and give everything to a validator that takes all', () => {
    fc.assert(
      fc.property(era, stakes, (one, nominators) => {
        for (const arithmetic of ['perbill', 'calculator'] as const) {
          const { pages } = splitEra(arithmetic, one, nominators);
          const shares = pages[0]!.nominators;
          for (const [i, a] of nominators.entries())
            for (const [j, b] of nominators.entries())
              if (a <= b) expect(shares[i]! <= shares[j]!).toBe(true);
          const greedy = splitEra(arithmetic, { ...one, commission: 1_000_000_000n }, nominators);
          expect(greedy.pages[0]!.validator).toBe(greedy.validatorTotalPayout);
          expect(sum(greedy.pages[0]!.nominators)).toBe(0n);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('pay nothing for no points', () => {
    const one = { eraPayout: 10n ** 18n, points: 0n, totalPoints: 100n, commission: 5n, own: 10n };
    expect(splitEra('perbill', one, [10n]).paid).toBe(0n);
    expect(splitEra('calculator', one, [10n]).paid).toBe(0n);
  });

  it('pay an exposure without pages at once: commission and own stake in full', () => {
    const clipped = {
      eraPayout: 1_000n,
      points: 1n,
      totalPoints: 1n,
      commission: 100_000_000n,
      own: 40n,
      total: 100n,
    };
    const page = { page: 0, pageTotal: 100n, nominators: [40n] };
    const seat = seatReward('perbill', clipped);
    expect(pageReward('perbill', seat, clipped, page)).toEqual({
      commission: 100n,
      own: 360n,
      nominators: [360n],
    });
  });
});

describe('the incentive for own stake', () => {
  it('weighs by the root, ever less above the optimum, no more above the cap', () => {
    fc.assert(
      fc.property(stake, stake, stake, perbill, (own, a, b, slope) => {
        const [optimum, cap] = a < b ? [a, b] : [b, a];
        const weight = incentiveWeight(own, optimum, cap, slope);
        expect(weight * weight <= own).toBe(true);
        expect(incentiveWeight(own + 10n ** 9n, optimum, cap, slope) >= weight).toBe(true);
        if (own <= optimum) expect((weight + 1n) * (weight + 1n) > own).toBe(true);
        if (own >= cap) expect(weight).toBe(incentiveWeight(cap, optimum, cap, slope));
      }),
    );
    expect(incentiveWeight(0n, 1n, 2n, 3n)).toBe(0n);
    expect(incentiveWeight(10n ** 20n, 0n, 0n, 500_000_000n)).toBe(0n);
  });

  it('is a part of a part of the budget, and nothing without weight', () => {
    expect(pageIncentive(1_000n, 1n, 4n, 500_000_000n)).toBe(125n);
    expect(pageIncentive(1_000n, null, 4n, 500_000_000n)).toBe(0n);
    expect(pageIncentive(1_000n, 0n, 4n, 500_000_000n)).toBe(0n);
    expect(pageIncentive(1_000n, 1n, 0n, 500_000_000n)).toBe(0n);
  });
});

describe('a fixed fee', () => {
  it('is taken first, as far as there is something, and the rest is shared', () => {
    const split = splitFixedFee(1_000, 100, { validator: 1, n1: 2 });
    expect(split).toEqual({ fee: 100, shares: { validator: 300, n1: 600 }, validatorTotal: 400 });
    expect(splitFixedFee(50, 100, { validator: 1, n1: 2 }).validatorTotal).toBe(50);
    expect(splitFixedFee(1_000, 100, { validator: 0 }).shares).toEqual({ validator: 0 });
  });
});

describe('pages', () => {
  it('hold at least one nominator', () => {
    const one = { eraPayout: 1_000n, points: 1n, totalPoints: 2n, commission: 0n, own: 5n };
    for (const size of [0, -1, Number.NaN])
      expect(() => splitEra('perbill', one, [5n, 5n], size)).toThrow(
        expect.objectContaining({ code: 'PAGE_SIZE', exit: 2 }),
      );
  });
});
