/** The joint conditions and the vote, beyond the conformance vectors. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkSnapshot, type SnapshotClaim } from '../../../src/lib/pofbs/conditions.js';
import { type Ballot, tallyVote, votesNeeded } from '../../../src/lib/pofbs/vote.js';

const claim: SnapshotClaim = {
  records: [
    { id: 'a', total: '10', withdrawable: '8', request: '2' },
    { id: 'b', total: '5', withdrawable: '5', request: '5' },
  ],
  assets: '15',
  timestamp: 1_700_000_000,
  cid: 'bafy',
  onChainTimestamp: 1_700_000_000,
  onChainCid: 'bafy',
};
const record = (id: string, total: bigint, withdrawable = total, request = 0n) => ({
  id,
  total,
  withdrawable,
  request,
});

describe('checkSnapshot', () => {
  it('names every failure, in the order of the records, those of the whole last', () => {
    const records = [
      record('a', -1n, -2n, -1n),
      record('b', 5n, 3n, 4n),
      record('a', 5n),
      record('c', 1n, 2n, 0n),
    ];
    const verdict = checkSnapshot({ ...claim, records, assets: 0n, onChainTimestamp: 5, onChainCid: 'Qm' });
    expect(verdict.failures).toEqual([
      { rule: 'TOTAL_GE_0', id: 'a' },
      { rule: 'WITHDRAWABLE_GE_0', id: 'a' },
      { rule: 'REQUEST_GE_0', id: 'a' },
      { rule: 'WITHDRAWABLE_GE_REQUEST', id: 'a' },
      { rule: 'WITHDRAWABLE_GE_REQUEST', id: 'b' },
      { rule: 'NO_DUPLICATES', id: 'a' },
      { rule: 'ASSETS_GE_LIABILITIES', id: null },
      { rule: 'TIMESTAMP_CONSISTENT', id: null },
      { rule: 'CID_CONSISTENT', id: null },
    ]);
    expect(verdict).toMatchObject({ valid: false, totalLiabilities: 10n, totalRequests: 3n, equity: -10n });
    expect(verdict.warnings).toEqual(['c']);
  });

  it('a negative balance does not hide what is owed to others', () => {
    const verdict = checkSnapshot({
      ...claim,
      records: [record('a', 100n), record('b', -90n, 0n)],
      assets: 10n,
    });
    expect(verdict).toMatchObject({ valid: false, equity: 0n, failures: [{ rule: 'TOTAL_GE_0', id: 'b' }] });
  });

  it.each([
    [2 ** 53, 'NUMBER_INEXACT'],
    [JSON.parse('-9007199254740993'), 'NUMBER_INEXACT'],
    [1e21, 'NUMBER_INEXACT'],
    [1.5, 'NUMBER_INEXACT'],
    [Number.NaN, 'NUMBER_INEXACT'],
    ['', 'NUMBER_SYNTAX'],
    [' 7', 'NUMBER_SYNTAX'],
    ['+7', 'NUMBER_SYNTAX'],
    ['-0', 'NUMBER_SYNTAX'],
    ['007', 'NUMBER_SYNTAX'],
    ['0x7', 'NUMBER_SYNTAX'],
    ['7.0', 'NUMBER_SYNTAX'],
    ['7e3', 'NUMBER_SYNTAX'],
    ['1_000', 'NUMBER_SYNTAX'],
    ['٣', 'NUMBER_SYNTAX'],
    [null, 'NUMBER_SYNTAX'],
    [undefined, 'NUMBER_SYNTAX'],
    [true, 'NUMBER_SYNTAX'],
    [[7], 'NUMBER_SYNTAX'],
  ])('refuses %j as an amount', (amount, code) => {
    const bad = amount as string;
    for (const changed of [
      { ...claim, assets: bad },
      { ...claim, timestamp: bad },
      { ...claim, records: [{ ...claim.records[0]!, total: bad }] },
      { ...claim, records: [{ ...claim.records[0]!, withdrawable: bad }] },
      { ...claim, records: [{ ...claim.records[0]!, request: bad }] },
    ])
      expect(() => checkSnapshot(changed)).toThrow(expect.objectContaining({ code, exit: 2 }));
  });

  it('takes bigint, exact numbers and text for the same', () => {
    const records = [{ id: 'a', total: 10, withdrawable: 8n, request: '2' }];
    expect(checkSnapshot({ ...claim, records, assets: 2 ** 53 - 1 })).toMatchObject({
      valid: true,
      equity: 2n ** 53n - 11n,
    });
  });
});

describe('the vote', () => {
  const anyBallots = fc
    .array(fc.tuple(fc.bigInt(0n, 2n ** 70n), fc.constantFrom('yes', 'no', 'absent')), { maxLength: 12 })
    .map((votes) => votes.map(([stake, vote], id) => ({ id: `${id}`, stake, vote }) as Ballot));

  it('votesNeeded is the fewest votes that reach two thirds, exactly', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 2n ** 140n), fc.boolean(), (eligible, strict) => {
        const needed = votesNeeded(eligible, strict);
        const reaches = (yes: bigint) => (strict ? 3n * yes > 2n * eligible : 3n * yes >= 2n * eligible);
        expect([reaches(needed), reaches(needed - 1n)]).toEqual([true, false]);
      }),
    );
  });

  it('is approved exactly at that number, and rejected for good once the absent cannot help', () => {
    fc.assert(
      fc.property(anyBallots, fc.constantFrom('heads', 'stake'), fc.boolean(), (ballots, mode, strict) => {
        const tally = tallyVote(ballots, { mode, strict });
        expect(tally.yes + tally.no + tally.absent).toBe(tally.eligible);
        const all = (vote: 'yes' | 'no') =>
          tallyVote(
            ballots.map((one) => (one.vote === 'absent' ? { ...one, vote } : one)),
            { mode, strict },
          ).approved;
        expect(tally.rejectedFinal).toBe(!all('yes'));
        if (tally.approved) expect(all('no')).toBe(true);
        expect(tally.approved).toBe(tally.eligible > 0n && tally.yes >= tally.needed);
      }),
    );
  });

  it('counts stake unless told otherwise, and two thirds as enough', () => {
    const ballots: Ballot[] = [
      { id: 'a', stake: 2, vote: 'yes' },
      { id: 'b', stake: 1, vote: 'no' },
    ];
    expect(tallyVote(ballots)).toMatchObject({ eligible: 3n, needed: 2n, approved: true });
    expect(tallyVote(ballots, { strict: true })).toMatchObject({ needed: 3n, rejectedFinal: true });
    expect(tallyVote(ballots, { mode: 'heads' })).toMatchObject({ eligible: 2n, approved: false });
  });

  const one: Ballot = { id: 'a', stake: 1, vote: 'yes' };
  it.each([
    ['a validator twice', [one, one], {}, 'DUPLICATE_VALIDATOR'],
    ['a negative stake', [{ ...one, stake: -1 }], {}, 'NEGATIVE_VOTES'],
    ['a negative stake that is not counted', [{ ...one, stake: '-1' }], { mode: 'heads' }, 'NEGATIVE_VOTES'],
    ['a stake that lost digits', [{ ...one, stake: 2 ** 53 }], {}, 'NUMBER_INEXACT'],
    ['another vote', [{ ...one, vote: 'Yes' }], {}, 'VOTE_UNKNOWN'],
    ['a vote of a hidden name', [{ ...one, vote: 'toString' }], {}, 'VOTE_UNKNOWN'],
    ['another mode', [one], { mode: 'hands' }, 'VOTE_MODE'],
  ])('refuses %s', (_what, ballots, rule, code) => {
    expect(() => tallyVote(ballots as Ballot[], rule as object)).toThrow(
      expect.objectContaining({ code, exit: 2 }),
    );
  });
  it.each([[-1], ['-1'], [2 ** 53], ['x']])('needs a number of votes, not %j', (eligible) => {
    expect(() => votesNeeded(eligible)).toThrow(expect.objectContaining({ exit: 2 }));
  });
});
