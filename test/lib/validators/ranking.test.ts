import { describe, expect, it } from 'vitest';
import { explain, sentence } from '../../../src/lib/validators/explain.js';
import { listed, parseFilter } from '../../../src/lib/validators/filter.js';
import { parseOperators } from '../../../src/lib/validators/operators.js';
import { inclusionOf, rank, reputable, slashedInMonth } from '../../../src/lib/validators/ranking.js';
import type { Facts } from '../../../src/lib/validators/types.js';
import { factsOf, METHOD, operator, validator } from './support.js';

const order = (facts: Facts) =>
  rank(facts, METHOD).validators.map(({ address, rank: place, why }) => [address, place, why]);

describe('ranks', () => {
  it('are shared by equal scores, and missing without one', () => {
    const facts = factsOf([
      validator('A'),
      validator('B'),
      validator('C', { nomination: 2000 }),
      validator('D', { nomination: null }),
      validator('E', { nomination: 0 }),
      validator('F', { state: 'chilled', commission: null }),
    ]);
    expect(order(facts)).toEqual([
      ['A', 1, null],
      ['B', 1, null],
      ['C', 3, null],
      ['D', null, 'NOT_ELECTED'],
      ['E', null, 'NO_NOMINATION'],
      ['F', null, 'CHILLED'],
    ]);
  });
  it('do not exist before anybody earned points', () => {
    expect(order(factsOf([validator('A', { points: [] })]))).toEqual([['A', null, 'NO_POINTS']]);
  });
});

describe('reputation', () => {
  const facts = factsOf([validator('A')]);
  const judged = (judgement: 'good' | 'bad' | 'unjudged') => operator('x', { judgement });
  it('named: an identity that nobody found bad; judged: one that somebody found good', () => {
    expect(reputable(facts, 'named', null)).toBe(false);
    expect(reputable(facts, 'named', judged('unjudged'))).toBe(true);
    expect(reputable(facts, 'named', judged('bad'))).toBe(false);
    expect(reputable(facts, 'judged', judged('unjudged'))).toBe(false);
    expect(reputable(facts, 'judged', judged('good'))).toBe(true);
    expect(reputable(facts, 'any', null)).toBe(true);
  });
  it('is everybody’s where no identity can be looked at', () => {
    expect(reputable({ ...facts, identities: { kind: 'none' } }, 'judged', null)).toBe(true);
  });
});

describe('slashes and eras', () => {
  it('a slash counts for a month, and an offence without a slash not at all', () => {
    const offences = (era: number, fraction: number | null) =>
      validator('A', { offences: [{ era, kind: 'slashed', fraction }] });
    const facts = factsOf([validator('A')], { activeEra: 130 });
    expect(slashedInMonth(facts, offences(101, 1))).toHaveLength(1);
    expect(slashedInMonth(facts, offences(100, 1))).toHaveLength(0);
    expect(slashedInMonth(facts, offences(129, 0))).toHaveLength(0);
    expect(slashedInMonth(facts, offences(129, null))).toHaveLength(1);
  });
  it('inclusion is the part of the eras with points', () => {
    expect(inclusionOf({ points: [1, null, 0, 5] })).toBe(0.5);
    expect(inclusionOf({ points: [] })).toBe(0);
  });
});

describe('filters and order of a list', () => {
  const facts = factsOf([
    validator('A', { commission: 50_000_000, own: 10, operator: operator('x', { name: 'Alder Nodes' }) }),
    validator('B', { commission: 50_000_001, own: 20, blocked: true }),
    validator('C', { nomination: null, operator: null }),
  ]);
  const ranking = rank(facts, METHOD);
  const list = (filters: string[], sort = 'address', reverse = false) =>
    listed(facts, ranking, { filters, sort, reverse }).map(({ address }) => address);

  it.each([
    [['active'], ['A', 'B']],
    [['!active'], ['C']],
    [['!blocked'], ['A', 'C']],
    [['commission<=5%'], ['A', 'C']],
    [['commission>5%'], ['B']],
    [['own>=20'], ['B']],
    [['own < 20'], ['A']],
    [['operator=alder'], ['A']],
    [['operator!=alder'], ['B', 'C']],
    [
      ['points=100%', 'active'],
      ['A', 'B'],
    ],
    [['identity', 'own!=10'], ['B']],
    [['waiting', 'judged'], []],
  ])('%j', (filters, expected) => {
    expect(list(filters)).toEqual(expected);
  });
  it('sorts numbers from the largest, texts from A, what is missing last', () => {
    expect(list([], 'own')).toEqual(['B', 'A', 'C']);
    expect(list([], 'own', true)).toEqual(['A', 'B', 'C']);
    expect(list([], 'commission')).toEqual(['B', 'A', 'C']);
    expect(list([], 'operator')).toEqual(['A', 'B', 'C']);
    expect(list([], 'blocked')).toEqual(['B', 'A', 'C']);
  });
  it.each([
    '',
    'commission',
    'commission<=5',
    'own>=5%',
    'active=1',
    'operator<x',
    'commission<=',
    'own>1e3',
    '(own)',
  ])('refuses %j', (text) => {
    expect(() => parseFilter(text)).toThrow(expect.objectContaining({ code: 'FILTER', exit: 2 }));
  });
  it('names a field that does not exist', () => {
    for (const text of ['constructor', 'comission<5%', 'toString=x'])
      expect(() => parseFilter(text)).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^(FIELD|FILTER)$/) }),
      );
    expect(() => list([], 'stake')).toThrow(expect.objectContaining({ code: 'FIELD' }));
  });
});

describe('the operators’ file', () => {
  const A = '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY';
  it('has an address and a name a line', () => {
    const text = `# mine\n\n${A}  Some Operator # since 2024\r\n`;
    expect([...parseOperators(text, 0)]).toEqual([
      ['15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5', 'Some Operator'],
    ]);
  });
  it.each([
    [A, 'a name'],
    [`${A} ${'x'.repeat(65)}`, '64 characters'],
    ['nobody Some Operator', 'Line 1'],
    [`${A} One\n${A} Two`, 'Line 2'],
  ])('%j is refused with its line', (text, part) => {
    expect(() => parseOperators(text, 42)).toThrow(
      expect.objectContaining({ code: 'OPERATORS_FILE', message: expect.stringContaining(part) }),
    );
  });
});

describe('an explanation', () => {
  const facts = factsOf([
    validator('A', { commission: 100_000_000, points: [50, 50], operator: operator('one') }),
    validator('B', { nomination: 3000, operator: operator('one') }),
    validator('C', { offences: [{ era: 101, kind: 'slashed', fraction: 1 }] }),
    validator('D', { operator: null }),
    validator('E', { nomination: null }),
  ]);
  it('has every term, the place, and what would move it', () => {
    const found = explain(facts, METHOD, 'A');
    expect(found.terms.map(({ value }) => value).reduce((product, value) => product * value)).toBe(
      found.score,
    );
    expect(found).toMatchObject({ rank: 1, of: 4, siblings: ['B'] });
    expect(found.whatIf.map(({ change }) => change)).toEqual([
      'no-commission',
      'mean-points',
      'less-nomination',
    ]);
    for (const { score } of found.whatIf) expect(score).toBeGreaterThan(found.score!);
    expect(explain(facts, METHOD, 'C').whatIf[0]).toMatchObject({ change: 'no-slash', rank: 1 });
    expect(explain(facts, METHOD, 'D').whatIf[0]).toMatchObject({ change: 'identity', rank: 1 });
  });
  it('is a sentence that says why', () => {
    const say = (address: string) => sentence(explain(facts, METHOD, address), address);
    expect(say('A')).toBe(
      'A is number 1 of 4: it takes 10 % of the rewards, there is 66.67 % of the mean stake of nominators behind it, and it earned 55.56 % of the mean era points in the last 2 eras.',
    );
    expect(say('B')).toContain('2 times the mean');
    expect(say('C')).toContain('slashed in the past month');
    expect(say('D')).toContain('identity');
    expect(say('E')).toContain('waits for a seat');
  });
  it('is refused for who is no validator', () => {
    expect(() => explain(facts, METHOD, 'X')).toThrow(
      expect.objectContaining({ code: 'NOT_A_VALIDATOR', exit: 4 }),
    );
    const stranger = validator('S', {
      state: 'chilled',
      commission: null,
      nomination: null,
      points: [null, null],
    });
    expect(() => explain(factsOf([validator('A'), stranger]), METHOD, 'S')).toThrow(
      expect.objectContaining({ code: 'NOT_A_VALIDATOR' }),
    );
  });
});
