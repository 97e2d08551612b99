import { describe, expect, it } from 'vitest';
import {
  DEFAULT_WEIGHTS,
  FORMULAS,
  type FormulaName,
  type ScoreInputs,
  score,
} from '../../../src/lib/validators/score.js';

const inputs: ScoreInputs = { R: 1, CR: 0.03, N: 1_850_000, AEP: 84_200, AEPA: 80_000, SR: 1 };
const full: ScoreInputs = { ...inputs, inclusion: 0.9, own: 10_000, meanN: 1_500_000 };
const failing = (formula: FormulaName, change: Partial<ScoreInputs>) => () =>
  score(formula, { ...full, ...change });

describe('the white paper’s score', () => {
  it('is the product as printed, term by term', () => {
    const { score: value, terms } = score('whitepaper', inputs);
    expect(value).toBe(1 * ((1 - 0.03) / 1_850_000) * ((1 * 84_200) / 80_000) * 1);
    expect(terms.map(({ value: term }) => term).reduce((product, term) => product * term)).toBe(value);
  });
  it('does not depend on the unit of the nomination for its order', () => {
    const [a, b] = [inputs, { ...inputs, N: 900_000, CR: 0.4 }];
    const order = (scale: number) =>
      score('whitepaper', { ...a, N: a.N * scale }).score <
      score('whitepaper', { ...b, N: b.N * scale }).score;
    expect(order(1)).toBe(order(1e10));
  });
  it('counts points by c', () => {
    expect(score('whitepaper', inputs, { c: 2 }).score).toBe(2 * score('whitepaper', inputs).score);
  });
});

describe('every formula', () => {
  it.each(FORMULAS)('%s is 0 without reputation or after a slash', (formula) => {
    expect(score(formula, { ...full, R: 0 }).score).toBe(0);
    expect(score(formula, { ...full, SR: 0 }).score).toBe(0);
  });
  it.each(FORMULAS)('%s gives the same bits each time', (formula) => {
    expect(Object.is(score(formula, full).score, score(formula, { ...full }).score)).toBe(true);
  });
  it.each(['whitepaper', 'additive', 'weighted'] as const)(
    '%s rises with points and falls with commission',
    (formula) => {
      const { score: base } = score(formula, full);
      expect(score(formula, { ...full, AEP: full.AEP * 1.01 }).score).toBeGreaterThan(base);
      expect(score(formula, { ...full, CR: full.CR + 0.01 }).score).toBeLessThan(base);
      expect(score(formula, { ...full, N: full.N * 1.01 }).score).toBeLessThan(base);
    },
  );
  it.each(FORMULAS)('%s refuses what is out of range', (formula) => {
    for (const CR of [-0.01, 1.01, Number.NaN])
      expect(failing(formula, { CR })).toThrow(expect.objectContaining({ code: 'COMMISSION_OUT_OF_RANGE' }));
    for (const AEPA of [0, -1, Number.NaN])
      expect(failing(formula, { AEPA })).toThrow(
        expect.objectContaining({ code: 'NON_POSITIVE_AVERAGE_POINTS' }),
      );
    expect(failing(formula, { N: -1 })).toThrow(expect.objectContaining({ code: 'NON_POSITIVE_NOMINATION' }));
  });
});

describe('the others', () => {
  it('additive adds inside the brackets', () => {
    const { score: value, terms } = score('additive', { ...inputs, N: 5 });
    expect(value).toBe(307.525);
    expect(terms.slice(1, -1).reduce((sum, term) => sum + term.value, 0)).toBe(value);
  });
  it('the client leaves out commissions above its limit, and rounds', () => {
    expect(score('nominateClientAsShipped', { ...inputs, CR: 0.0751 }).score).toBe(0);
    expect(score('nominateClientAsShipped', { ...inputs, N: 0 }).score).toBe(0);
    expect(score('nominateClientAsShipped', { ...inputs, CR: 0.075 }).score).toBe(93);
  });
  it('weighted stays between 0 and the sum of its weights, and a mean validator has half of each mean', () => {
    const { commission, nomination, points, inclusion, own } = DEFAULT_WEIGHTS;
    const best = commission + nomination + points + inclusion + own;
    expect(score('weighted', full).score).toBeGreaterThan(0);
    expect(score('weighted', full).score).toBeLessThan(best);
    const mean = score('weighted', { ...full, N: 1_500_000, AEP: 80_000 });
    expect(mean.terms[2]).toMatchObject({ name: 'nomination', value: nomination / 2 });
    expect(mean.terms[3]).toMatchObject({ name: 'era points', value: points / 2 });
  });
});
