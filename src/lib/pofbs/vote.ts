/**
 * The validators' vote on an epoch (Proof-of-Balance-Sheet §3.3, step 9: a two-thirds majority), in exact integers. The
 * paper says neither of what nor whether two thirds are enough: counted are all who may vote, so that who is absent
 * counts against, by stake or by heads; two thirds are enough unless `strict`.
 */

import { usageError } from '../errors.js';
import { quoteReadable } from '../numeric/text.js';
import { exactInteger, type Integer } from './exact.js';

export interface Ballot {
  readonly id: string;
  readonly stake: Integer;
  readonly vote: 'yes' | 'no' | 'absent';
}

export interface VoteRule {
  /** Default stake. */
  readonly mode?: 'heads' | 'stake';
  /** More than two thirds instead of at least. Default false. */
  readonly strict?: boolean;
}

/** Votes in heads or in units of stake. */
export interface Tally {
  readonly eligible: bigint;
  readonly yes: bigint;
  readonly no: bigint;
  readonly absent: bigint;
  readonly needed: bigint;
  readonly approved: boolean;
  /** Even with all who are still absent it can no longer be approved. */
  readonly rejectedFinal: boolean;
}

/**
 * The fewest votes that approve: 3·yes ≥ 2·eligible, or > when strict.
 * @throws usage NUMBER_INEXACT, NUMBER_SYNTAX, NEGATIVE_VOTES
 */
export function votesNeeded(eligible: Integer, strict = false): bigint {
  const all = notNegative(eligible, 'The number of votes');
  return strict ? (2n * all) / 3n + 1n : (2n * all + 2n) / 3n;
}

/**
 * Counts the votes. Nobody to vote means not approved.
 * @throws usage NUMBER_INEXACT, NUMBER_SYNTAX, NEGATIVE_VOTES, DUPLICATE_VALIDATOR, VOTE_UNKNOWN, VOTE_MODE
 */
export function tallyVote(ballots: readonly Ballot[], rule: VoteRule = {}): Tally {
  const { mode = 'stake', strict = false } = rule;
  if (mode !== 'heads' && mode !== 'stake')
    throw usageError(
      'VOTE_MODE',
      `Votes are counted by heads or by stake, not by ${quoteReadable(String(mode), 40)}.`,
      {
        hint: 'Say heads or stake.',
      },
    );
  const sums = { yes: 0n, no: 0n, absent: 0n };
  const seen = new Set<string>();
  for (const { id, stake, vote } of ballots) {
    if (seen.has(id))
      throw usageError('DUPLICATE_VALIDATOR', `${quoteReadable(id, 60)} votes twice.`, {
        hint: 'Give each validator once.',
      });
    seen.add(id);
    if (!Object.hasOwn(sums, vote))
      throw usageError('VOTE_UNKNOWN', `${quoteReadable(String(vote), 40)} is no vote.`, {
        hint: 'A vote is yes, no or absent.',
      });
    const weight = notNegative(stake, `The stake of ${quoteReadable(id, 60)}`);
    sums[vote] += mode === 'heads' ? 1n : weight;
  }
  const eligible = sums.yes + sums.no + sums.absent;
  const needed = votesNeeded(eligible, strict);
  const able = (votes: bigint) => eligible > 0n && votes >= needed;
  return {
    eligible,
    ...sums,
    needed,
    approved: able(sums.yes),
    rejectedFinal: !able(sums.yes + sums.absent),
  };
}

function notNegative(value: Integer, name: string): bigint {
  const votes = exactInteger(value, name);
  if (votes < 0n) throw usageError('NEGATIVE_VOTES', `${name} is negative.`, { hint: 'Votes count from 0.' });
  return votes;
}
