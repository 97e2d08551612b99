import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  computeInflation,
  eraPayout,
  inflationCurve,
  legacyPayoutApprox,
  periodFraction,
} from '../../../src/lib/emission/curve.js';
import { ema, eraPoints, genesisEstimates, paymentConstant } from '../../../src/lib/emission/points.js';
import { fixedEmission, issue, steppedPeriod } from '../../../src/lib/emission/stepped.js';
import { refusal } from '../numeric/hostile.js';

const ONE = 10n ** 18n;
const DAY = 86_400_000n;
const START = 30_349_908n;
const STEP = 10_519_200n;
const quintill = fc.bigInt({ min: 0n, max: ONE });
const falloff = fc.bigInt({ min: ONE / 100n, max: ONE });
const seed = { I0: 0.025, chiIdeal: 0.5, iIdeal: 0.2, decay: 0.05 };

describe("the runtime's curve", () => {
  it('rises in a line to the ideal rate and falls by half every falloff above it', () => {
    fc.assert(
      fc.property(quintill, quintill, falloff, (stake, ideal, d) => {
        const adjustment = computeInflation(stake, ideal, d);
        const exact =
          stake < ideal ? Number(stake) / Number(ideal) : 2 ** ((Number(ideal) - Number(stake)) / Number(d));
        expect(Math.abs(Number(adjustment) / 1e18 - exact)).toBeLessThan(1e-12);
      }),
    );
  });

  it('pays stakers and treasury together what the highest inflation gives', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 22n }), quintill, (issuance, rate) => {
        const payout = (maxStakingSharePct: number) =>
          eraPayout({
            totalStaked: (issuance * rate) / ONE,
            totalIssuance: issuance,
            maxInflation: ONE / 10n,
            minInflation: ONE / 40n,
            ideal: (ONE * 3n) / 4n,
            falloff: ONE / 20n,
            periodFraction: periodFraction(DAY),
            maxStakingSharePct,
          });
        const all = payout(100);
        const most = eraPayout({
          totalStaked: (issuance * 3n) / 4n,
          totalIssuance: issuance,
          maxInflation: ONE / 10n,
          minInflation: ONE / 10n,
          ideal: ONE,
          falloff: ONE,
          periodFraction: periodFraction(DAY),
        });
        expect(all.staking + all.remainder).toBe(most.staking + most.remainder);
        const half = payout(50);
        expect(half.staking + half.remainder).toBe(all.staking + all.remainder);
        expect(half.staking <= all.staking).toBe(true);
      }),
    );
  });
});

describe('the published curve', () => {
  it('meets at the ideal rate, and halves what is above the minimum within the decay', () => {
    expect(inflationCurve(0.5, seed).inflation).toBeCloseTo(0.1, 15);
    expect(inflationCurve(0.55, seed).inflation).toBeCloseTo((0.1 + 0.025) / 2, 15);
    expect(inflationCurve(0, seed)).toEqual({ inflation: 0.025, interest: null });
  });

  it('refuses rates and parameters that make no sense', () => {
    for (const x of [-0.1, 1.01, Number.NaN])
      expect(refusal(() => inflationCurve(x, seed)).code).toBe('STAKING_RATE_OUT_OF_RANGE');
    expect(refusal(() => inflationCurve(0.5, { ...seed, I0: 0.2 })).code).toBe('IDEAL_BELOW_MINIMUM');
    expect(refusal(() => legacyPayoutApprox(1, 0, 1, seed)).code).toBe('STAKING_RATE_OUT_OF_RANGE');
  });
});

describe("Polkadot's steps", () => {
  it('come nearer to the cap and never reach it', () => {
    let before = 0;
    for (let period = 1; period <= 60; period++) {
      const { totalIssuanceEndDot, yearlyDot } = steppedPeriod(period, Number(DAY));
      expect(totalIssuanceEndDot).toBeGreaterThan(before);
      expect(totalIssuanceEndDot).toBeLessThanOrEqual(2_100_000_000);
      // What is issued in two years is the difference.
      if (before > 0) expect(Math.abs(totalIssuanceEndDot - before - 2 * yearlyDot)).toBeLessThan(1e-3);
      before = totalIssuanceEndDot;
    }
    expect(refusal(() => steppedPeriod(0, 1)).code).toBe('PERIOD_OUT_OF_RANGE');
    expect(refusal(() => steppedPeriod(1.5, 1)).code).toBe('PERIOD_OUT_OF_RANGE');
  });

  it('are issued by the runtime as the closed form says, the same for all blocks of a period', () => {
    for (let period = 0n; period < 20n; period++) {
      const exact = steppedPeriod(Number(period) + 1, Number(DAY)).dailyDot * 1e10;
      const first = issue(START + period * STEP, DAY);
      expect(Math.abs(Number(first) / exact - 1)).toBeLessThan(1e-9);
      expect(issue(START + (period + 1n) * STEP - 1n, DAY)).toBe(first);
    }
    expect(issue(START - 1n, DAY)).toBe(0n);
    expect(issue(START, 1_000n * DAY)).toBe(7n * 328_797n * 10n ** 10n);
  });

  it('replaced a fixed emission of which the treasury took its part', () => {
    const input = { fixedTotalIssuance: 10n ** 18n, ratePct: 8n, treasuryPct: 15n, eraMs: 31_557_600_000n };
    expect(fixedEmission(input)).toEqual({
      era: 8n * 10n ** 16n,
      stakers: 68n * 10n ** 15n,
      treasury: 12n * 10n ** 15n,
    });
  });
});

describe('payment for work', () => {
  it('divides the payout by the weighted actions, all of it', () => {
    const count = fc.nat({ max: 100_000 });
    fc.assert(
      fc.property(count, count, count, (statements, blocks, uncles) => {
        fc.pre(statements + blocks + uncles > 0);
        const one = paymentConstant(1e12, { statements, blocks, uncles });
        const paid =
          one.perStatement * statements +
          one.perBlock * blocks +
          (one.perUncleIncluder + one.perUncleProducer) * uncles;
        expect(paid / 1e12).toBeCloseTo(1, 12);
      }),
    );
    expect(refusal(() => paymentConstant(1, { statements: 0, blocks: 0, uncles: 0 })).code).toBe(
      'NO_PAYABLE_ACTIONS',
    );
    expect(refusal(() => paymentConstant(1, { statements: Number.NaN, blocks: 0, uncles: 0 })).code).toBe(
      'NO_PAYABLE_ACTIONS',
    );
  });

  it('counts points, and who did nothing', () => {
    const idle = { statements: 0, blocks: 0, unclesIncluded: 0, unclesProduced: 0 };
    const { points, total, unresponsive } = eraPoints({ a: { ...idle, blocks: 1 }, b: idle });
    expect([points, total, unresponsive]).toEqual([{ a: 20, b: 0 }, 20, ['b']]);
  });

  it('estimates: an observation in every slot is kept, silence fades', () => {
    expect(ema(0.1, 1, 5, 5)).toBeCloseTo(5, 12);
    expect(ema(0.1, 7, 0, 5)).toBeCloseTo(5 * 0.9 ** 7, 12);
    const { statements, blocks, uncles } = genesisEstimates(100, 0.25);
    expect([statements, blocks]).toEqual([25, 0.25]);
    // Several leaders in a slot: the expected number beyond the first.
    expect(uncles).toBeGreaterThan(0);
    // Very many validators: −ln(1 − c) − c, but for a part that falls with their number.
    const many = genesisEstimates(1e9, 0.25).uncles;
    expect(Math.abs(many - (-Math.log(0.75) - 0.25 - Math.log(0.75) ** 2 / 2e9))).toBeLessThan(1e-15);
    expect(genesisEstimates(7, 1).uncles).toBe(6);
  });
});
