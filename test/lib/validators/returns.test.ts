import { describe, expect, it } from 'vitest';
import { readHistory, readPayoutHabit, readReturns } from '../../../src/lib/validators/history.js';
import { estimateReturns, type TargetEra, type TargetHistory } from '../../../src/lib/validators/returns.js';
import { factsOf, tableChain, UNIT, validator } from './support.js';

const seat = (total: number, commission = 0, leastPaid: number | null = null): TargetEra => ({
  total: BigInt(total) * UNIT,
  commission,
  leastPaid: leastPaid === null ? null : BigInt(leastPaid) * UNIT,
});
const history = (address: string, ...eras: (TargetEra | null)[]): TargetHistory => ({ address, eras });

// Two eras of 1000 UNIT each; A and B earn half of the points each.
const facts = factsOf([validator('A'), validator('B')]);
const STAKE = 100n * UNIT;

describe('realised return', () => {
  it('is reward × points’ part × what commission leaves ÷ exposure', () => {
    const { realised, series } = estimateReturns(
      facts,
      [history('A', seat(10_000, 100_000_000), seat(20_000, 100_000_000), null)],
      STAKE,
    );
    expect(series).toEqual([
      { era: 100, rate: (1000 * 0.5 * 0.9) / 10_000 },
      { era: 101, rate: (1000 * 0.5 * 0.9) / 20_000 },
    ]);
    expect(realised?.perEra).toBeCloseTo((0.045 + 0.0225) / 2, 12);
    expect(realised?.perYear).toBeCloseTo(0.03375 * 365.25, 9);
    expect(realised?.tokens).toBeCloseTo(100 * 0.03375 * 365.25, 6);
  });
  it('spreads the stake over the elected targets; an era without any earns nothing', () => {
    const { realised, targets } = estimateReturns(
      facts,
      [history('A', seat(10_000), null, null), history('B', seat(20_000), null, null)],
      STAKE,
    );
    expect(realised?.perEra).toBeCloseTo((0.05 + 0.025) / 2 / 2, 12);
    expect(targets.map(({ elected }) => elected)).toEqual([1, 1]);
  });
  it('leaves out eras whose reward the chain does not know', () => {
    const unknown = {
      ...facts,
      eras: facts.eras.map((era, index) => (index === 0 ? { ...era, reward: null } : era)),
    };
    const { eras, realised } = estimateReturns(
      unknown,
      [history('A', seat(10_000), seat(10_000), null)],
      STAKE,
    );
    expect(eras).toBe(1);
    expect(realised?.perEra).toBeCloseTo(0.05, 12);
  });
});

describe('expected return', () => {
  it('adds the new stake to the exposure, and takes the commission of now', () => {
    const { expected } = estimateReturns(facts, [history('A', null, null, seat(9_900, 500_000_000))], STAKE);
    expect(expected?.perEra).toBeCloseTo((1000 * 0.5 * 0.5) / 10_000, 12);
  });
  it('is unknown when no target is elected', () => {
    expect(estimateReturns(facts, [history('A', null, null, null)], STAKE).expected).toBeNull();
  });
  it('has no year where nobody knows how long an era is', () => {
    const { expected } = estimateReturns(
      { ...facts, eraMs: null },
      [history('A', null, null, seat(100))],
      STAKE,
    );
    expect(expected).toMatchObject({ perYear: null, tokens: null });
  });
});

describe('the page rule', () => {
  it('only the largest nominators are paid where exposures have no pages', () => {
    const target = history('A', seat(10_000, 0, 101), seat(10_000, 0, 100), seat(10_000, 0, 101));
    const { realised, expected } = estimateReturns(facts, [target], STAKE);
    expect(realised?.perEra).toBeCloseTo(0.05 / 2, 12);
    expect(expected?.perEra).toBe(0);
  });
  it('is read from the chain: the smallest of a full list', async () => {
    const others = [5n, 3n].map((units, index) => ({ who: `n${index}`, value: units * UNIT }));
    const table = {
      ErasStakersClipped: { '100,A': { total: 20n * UNIT, own: 1n, others } },
      ErasValidatorPrefs: Object.fromEntries(
        [100, 101, 102].map((era) => [`${era},A`, { commission: 7, blocked: false }]),
      ),
    };
    const read = (paid: number) =>
      readHistory(
        tableChain(table, { MaxNominatorRewardedPerValidator: paid }),
        { ...facts, paidNominators: paid },
        ['A'],
      );
    expect(await read(2)).toEqual([
      { address: 'A', eras: [{ total: 20n * UNIT, commission: 7, leastPaid: 3n * UNIT }, null, null] },
    ]);
    expect((await read(3))[0]!.eras[0]!.leastPaid).toBeNull();
  });
  it('is asked for a few validators only', async () => {
    for (const count of [0, 33])
      await expect(
        readReturns(
          tableChain({}),
          facts,
          Array.from({ length: count }, (_, index) => `v${index}`),
          STAKE,
        ),
      ).rejects.toMatchObject({ code: 'RETURN_TARGETS', exit: 2 });
  });
});

describe('payout habit', () => {
  it('an era is paid when all of its pages are', async () => {
    const overview = (pageCount: number) => ({ total: 5n, own: 5n, nominatorCount: 1, pageCount });
    const table = {
      ErasStakersOverview: { '100,A': overview(2), '101,A': overview(0) },
      ClaimedRewards: { '100,A': [0], '101,A': [0] },
    };
    expect(await readPayoutHabit(tableChain(table), facts, 'A')).toEqual({
      elected: 2,
      paid: 1,
      oldestUnpaid: 100,
    });
    expect(await readPayoutHabit(tableChain({}), facts, 'A')).toBeNull();
  });
});
