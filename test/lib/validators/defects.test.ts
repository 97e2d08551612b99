/** What public scoring tools get wrong, by the numbers of the list that was made of them: each must not happen here. */

import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../../src/config/parse.js';
import { chooseTargets } from '../../../src/lib/validators/choose.js';
import { meanPoints, rank } from '../../../src/lib/validators/ranking.js';
import { DEFAULT_WEIGHTS } from '../../../src/lib/validators/score.js';
import { diffNominations } from '../../../src/lib/validators/selection.js';
import { encodeSnapshot, makeSnapshot } from '../../../src/lib/validators/snapshot.js';
import { crowd, factsOf, METHOD, UNIT, validator } from './support.js';

const scoreOf = (facts: Parameters<typeof rank>[0], address: string, method = METHOD) =>
  rank(facts, method).validators.find((one) => one.address === address)?.score ?? null;

describe('defects of others', () => {
  it('defect 12: an era without points does not reset the sum', () => {
    const gap = validator('A', { points: [100, null, 50] });
    const facts = factsOf([gap, validator('B', { points: [100, 100, 100] })]);
    expect(meanPoints(facts, gap)).toBe(150 / 3);
    expect(meanPoints(facts, validator('C', { points: [100, 0, 50] }))).toBe(50);
  });

  it('defect 13: the nomination is in whole tokens, and era points move the score', () => {
    const facts = factsOf([
      validator('A', { nomination: 2_200_000, points: [300, 300] }),
      validator('B', { nomination: 2_200_000, points: [100, 100] }),
    ]);
    const { validators } = rank(facts, METHOD);
    expect(validators[0]!.inputs?.N).toBe(2_200_000);
    expect(scoreOf(facts, 'A')).toBeCloseTo(3 * scoreOf(facts, 'B')!, 12);
    const additive = { ...METHOD, formula: 'additive' } as const;
    expect(scoreOf(facts, 'A', additive)).toBeGreaterThan(scoreOf(facts, 'B', additive)!);
  });
  it('defect 13: amounts beyond 2^53 planck are read, and ties are broken by them to the planck', () => {
    const huge = 10n ** 17n * UNIT;
    const exposure = (nominated: bigint) => ({
      total: nominated,
      own: 0n,
      nominators: 1,
      pages: 1,
      unpaid: null,
    });
    const facts = factsOf([
      { ...validator('A'), exposure: exposure(huge + 1n) },
      { ...validator('B'), exposure: exposure(huge) },
    ]);
    expect(scoreOf(facts, 'A')).toBe(scoreOf(facts, 'B'));
    expect(rank(facts, METHOD).validators.map(({ address }) => address)).toEqual(['B', 'A']);
  });

  it('defect 14: points are compared with the mean of a validator, not with the total', () => {
    const facts = factsOf(['A', 'B', 'C', 'D'].map((address) => validator(address)));
    const { means, validators } = rank(facts, METHOD);
    expect(means.aepa).toBe(100);
    expect(validators[0]!.inputs!.AEP / means.aepa).toBe(1);
  });
  it('defect 14: a week has as many eras as fit into it, also in the mean of all', () => {
    const points = [900, 100, 100, 100, 100, 100, 100, 100];
    const facts = factsOf([validator('A', { points }), validator('B', { points })]);
    expect(rank(facts, METHOD).means).toMatchObject({ eras: 7, aepa: 100 });
  });
  it('defect 14: an unchanged selection changes nothing, and times have a unit', () => {
    const facts = crowd(50, 3);
    const rules = {
      maxCommission: 1,
      minNomination: 0,
      maxPerOperator: 2,
      maxValidators: 16,
      keep: [],
      margin: 0,
    };
    const selection = chooseTargets(facts, METHOD, rules);
    const now = selection.selected.map(({ address }) => address);
    expect(now).toHaveLength(16);
    expect(diffNominations(now, chooseTargets(facts, METHOD, rules))).toEqual({
      add: [],
      keep: now,
      remove: [],
    });
    expect(() => parseDuration('60')).toThrow(expect.objectContaining({ code: 'DURATION' }));
  });

  it('defect 15: the same facts give the same scores, byte for byte, in whichever order they were read', () => {
    const facts = crowd(80, 5);
    const text = (from: typeof facts) =>
      encodeSnapshot(makeSnapshot('1.0.0', from, METHOD, rank(from, METHOD), null)).text;
    expect(text(structuredClone(facts))).toBe(text(facts));
    const shuffled = { ...facts, validators: [...facts.validators].reverse() };
    expect(rank(shuffled, METHOD).validators).toEqual(rank(facts, METHOD).validators);
  });
  it('defect 15: weights of the configuration are the ones that count', () => {
    const facts = factsOf([validator('A', { points: [50, 50] }), validator('B')]);
    const doubled = { ...METHOD, weights: { ...DEFAULT_WEIGHTS, c: 2 } };
    expect(scoreOf(facts, 'A', doubled)).toBe(2 * scoreOf(facts, 'A')!);
  });

  it('defect 16: one outlier does not turn the order of the others', () => {
    const weighted = { ...METHOD, formula: 'weighted' } as const;
    const some = ['A', 'B', 'C'].map((address, index) =>
      validator(address, { points: [100 - index, 100 - index], nomination: 1_000 + index }),
    );
    const order = (all: readonly ReturnType<typeof validator>[]) =>
      rank(factsOf(all), weighted)
        .validators.map(({ address }) => address)
        .filter((address) => address !== 'outlier');
    const outlier = validator('outlier', { points: [1_000_000, 1_000_000], nomination: 50_000_000 });
    expect(order([...some, outlier])).toEqual(order(some));
  });
});
