import { describe, expect, it } from 'vitest';
import {
  type Candidate,
  diffNominations,
  type Policy,
  selectValidators,
} from '../../../src/lib/validators/selection.js';

const candidate = (address: string, more: Partial<Candidate> = {}): Candidate => ({
  address,
  operator: `op-${address}`,
  commission: 0,
  nomination: 1000,
  aep: 100,
  identity: true,
  blocked: false,
  slashedLastMonth: false,
  ...more,
});
const policy: Policy = {
  aepa: 100,
  maxCommission: 0.1,
  minNomination: 10,
  maxPerOperator: 2,
  maxValidators: 16,
};
const chosen = (candidates: readonly Candidate[], more: Partial<Policy> = {}) =>
  selectValidators(candidates, { ...policy, ...more });
const addresses = (list: readonly { readonly address: string }[]) => list.map(({ address }) => address);

describe('filters', () => {
  it('drop in their order, each with its own reason', () => {
    const worst = {
      state: 'chilled',
      identity: false,
      blocked: true,
      slashedLastMonth: true,
      commission: 0.5,
      nomination: 0,
      aep: 0,
    } as const;
    const steps: readonly (readonly [string, Partial<Candidate>])[] = [
      ['CHILLED', worst],
      ['NO_IDENTITY', { ...worst, state: 'waiting' }],
      ['BLOCKED', { ...worst, state: 'waiting', identity: true }],
      ['SLASHED', { ...worst, state: 'waiting', identity: true, blocked: false }],
      ['COMMISSION', { state: 'waiting', commission: 0.5, nomination: 0, aep: 0 }],
      ['NOT_ELECTED', { state: 'waiting', nomination: 0, aep: 0 }],
      ['LOW_NOMINATION', { nomination: 9.99, aep: 0 }],
      ['NO_POINTS', { nomination: 10, aep: 0 }],
    ];
    const { dropped, selected } = chosen(steps.map(([reason, more]) => candidate(reason, more)));
    expect(dropped).toEqual(steps.map(([reason]) => ({ address: reason, reason })));
    expect(selected).toEqual([]);
  });
  it('drop whom nobody but itself backs, also without a least nomination', () => {
    const { dropped } = chosen([candidate('A', { nomination: 0 })], { minNomination: 0 });
    expect(dropped).toEqual([{ address: 'A', reason: 'LOW_NOMINATION' }]);
  });
  it('take limits as reached, not as passed', () => {
    expect(addresses(chosen([candidate('A', { commission: 0.1, nomination: 10 })]).selected)).toEqual(['A']);
  });
});

describe('order and caps', () => {
  it('ties go to the smaller nomination, then to the first address', () => {
    const tied = [candidate('Z'), candidate('Y'), candidate('X', { nomination: 500, aep: 50 })];
    expect(addresses(chosen(tied).selected)).toEqual(['X', 'Y', 'Z']);
    expect(addresses(chosen([...tied].reverse()).selected)).toEqual(['X', 'Y', 'Z']);
  });
  it('scores that are equal but for the rounding of doubles are ties', () => {
    const scores = { commission: 0.03, aep: 10, nomination: 165 };
    const tied = [candidate('Z', { ...scores, aep: 30, nomination: 495 }), candidate('M', scores)];
    const { selected } = chosen(tied);
    expect(selected[0]?.score).toBeLessThan(selected[1]?.score ?? 0);
    expect(addresses(selected)).toEqual(['M', 'Z']);
    // Two doubles on both sides of where the thirteenth digit would be rounded.
    const [one, five] = [
      { commission: 0.09, nomination: 4096, aep: 47 },
      { commission: 0.09, nomination: 20_480, aep: 235 },
    ];
    const edge = chosen([candidate('A', five), candidate('B', one)], { aepa: 100 }).selected;
    expect(edge[0]?.score).not.toBe(edge[1]?.score);
    expect(addresses(edge)).toEqual(['B', 'A']);
  });
  it('an operator has so many and no more; the reason is told', () => {
    const four = ['A', 'B', 'C', 'D'].map((address, index) =>
      candidate(address, { operator: 'one', nomination: 100 + index }),
    );
    const { selected, passed } = chosen([...four, candidate('E', { nomination: 9_000 })]);
    expect(addresses(selected)).toEqual(['A', 'B', 'E']);
    expect(passed.map(({ reason }) => reason)).toEqual(['OPERATOR_CAP', 'OPERATOR_CAP']);
  });
  it('validators whose operator is not known are operators of their own', () => {
    const three = ['A', 'B', 'C'].map((address) => candidate(address, { operator: null }));
    expect(chosen(three, { maxPerOperator: 1 }).selected).toHaveLength(3);
  });
  it('seats go to the best; the others are outscored', () => {
    const { selected, passed } = chosen(
      [candidate('A', { aep: 1 }), candidate('B', { aep: 3 }), candidate('C', { aep: 2 })],
      { maxValidators: 1 },
    );
    expect(addresses(selected)).toEqual(['B']);
    expect(passed).toMatchObject([
      { address: 'C', reason: 'OUTSCORED' },
      { address: 'A', reason: 'OUTSCORED' },
    ]);
  });
});

describe('keeping', () => {
  const [now, better] = [candidate('now', { aep: 100 }), candidate('new', { aep: 109 })];
  const keep = { keep: ['now'], margin: 0.1, maxValidators: 1 };

  it('a swap must win by more than the margin', () => {
    expect(addresses(chosen([now, better], keep).selected)).toEqual(['now']);
    expect(addresses(chosen([now, { ...better, aep: 111 }], keep).selected)).toEqual(['new']);
    expect(addresses(chosen([now, better], { maxValidators: 1 }).selected)).toEqual(['new']);
  });
  it('of equals the one that is there stays', () => {
    expect(addresses(chosen([now, { ...now, address: 'a' }], { ...keep, margin: 0 }).selected)).toEqual([
      'now',
    ]);
  });
  it('does not keep what the filters drop, and does not leave a seat free', () => {
    expect(addresses(chosen([{ ...now, blocked: true }, better], keep).selected)).toEqual(['new']);
    expect(chosen([now, better], { ...keep, maxValidators: 2 }).selected).toHaveLength(2);
  });
  it('tells what changes, and why somebody leaves', () => {
    const selection = chosen([now, { ...better, aep: 200 }, candidate('low', { nomination: 1 })], keep);
    expect(diffNominations(['now', 'low', 'stranger'], selection)).toEqual({
      add: ['new'],
      keep: [],
      remove: [
        { address: 'now', reason: 'OUTSCORED' },
        { address: 'low', reason: 'LOW_NOMINATION' },
        { address: 'stranger', reason: 'UNKNOWN' },
      ],
    });
  });
});
