/**
 * Which validators to nominate: hard filters in a fixed order, then the score, with a cap on the validators of one
 * operator. A pure function: the same candidates and policy give the same targets in the same order.
 */

import { DEFAULT_WEIGHTS, type FormulaName, placesOf, score, type Weights } from './score.js';
import type { ValidatorState } from './types.js';

export interface Candidate {
  readonly address: string;
  /** What validators of one operator have in common; null: unknown, then it counts as an operator of its own. */
  readonly operator: string | null;
  /** 0 to 1. */
  readonly commission: number;
  /** What nominators have behind it, whole tokens. */
  readonly nomination: number;
  /** Mean era points over the week. */
  readonly aep: number;
  /** Whether it has the reputation that the policy asks for. */
  readonly identity: boolean;
  readonly blocked: boolean;
  readonly slashedLastMonth: boolean;
  /** Default active. */
  readonly state?: ValidatorState;
  /** For the weighted formula. */
  readonly own?: number;
  readonly inclusion?: number;
}

export interface Policy {
  /** Mean era points over the week and over all validators. */
  readonly aepa: number;
  /** The highest commission that is accepted, 0 to 1, itself included. */
  readonly maxCommission: number;
  /** The least nomination that is accepted, whole tokens, itself included. */
  readonly minNomination: number;
  readonly maxPerOperator: number;
  readonly maxValidators: number;
  /** Default whitepaper. */
  readonly formula?: FormulaName;
  readonly weights?: Partial<Weights>;
  /** For the weighted formula: mean nomination of an elected validator, whole tokens. */
  readonly meanNomination?: number;
  /** Validators that are nominated now and stay unless one that is better by `margin` needs their place. */
  readonly keep?: readonly string[];
  /** 0.1: a newcomer must score more than 1.1 times as much. Default 0. */
  readonly margin?: number;
}

/** Why a validator is no choice at all, in the order in which it is asked. */
export type DropReason =
  | 'CHILLED'
  | 'NO_IDENTITY'
  | 'BLOCKED'
  | 'SLASHED'
  | 'COMMISSION'
  | 'NOT_ELECTED'
  | 'LOW_NOMINATION'
  | 'NO_POINTS';

/** Why a good validator was not taken: its operator has enough, or there are better ones. */
export type PassReason = 'OPERATOR_CAP' | 'OUTSCORED';

export interface Selected {
  readonly address: string;
  readonly score: number;
  readonly operator: string | null;
  /** It is nominated already. */
  readonly kept: boolean;
}

export interface Selection {
  /** Best first. */
  readonly selected: readonly Selected[];
  /** In the order of the candidates. */
  readonly dropped: readonly { readonly address: string; readonly reason: DropReason }[];
  /** Best first. */
  readonly passed: readonly {
    readonly address: string;
    readonly score: number;
    readonly reason: PassReason;
  }[];
}

/** @throws usage NON_POSITIVE_AVERAGE_POINTS, COMMISSION_OUT_OF_RANGE */
export function selectValidators(candidates: readonly Candidate[], policy: Policy): Selection {
  const dropped: { address: string; reason: DropReason }[] = [];
  const eligible: Ranked[] = [];
  const keep = new Set(policy.keep);
  for (const candidate of candidates) {
    const reason = dropReason(candidate, policy);
    if (reason !== null) dropped.push({ address: candidate.address, reason });
    else eligible.push(ranked(candidate, policy, keep.has(candidate.address)));
  }
  const selected: Selected[] = [];
  const passed: { address: string; score: number; reason: PassReason }[] = [];
  const seats = new Map<string, number>();
  for (const { candidate, score: value, kept } of inOrder(eligible)) {
    const { address, operator } = candidate;
    const taken = operator === null ? 0 : (seats.get(operator) ?? 0);
    if (taken >= policy.maxPerOperator) passed.push({ address, score: value, reason: 'OPERATOR_CAP' });
    else if (selected.length >= policy.maxValidators)
      passed.push({ address, score: value, reason: 'OUTSCORED' });
    else {
      if (operator !== null) seats.set(operator, taken + 1);
      selected.push({ address, score: value, operator, kept });
    }
  }
  return {
    selected: byScore(selected),
    dropped,
    passed: byScore(passed),
  };
}

interface Ranked {
  readonly candidate: Candidate;
  readonly score: number;
  /** What it stands in the order with: a kept one with its score raised by the margin. */
  readonly standing: number;
  readonly kept: boolean;
}

function ranked(candidate: Candidate, policy: Policy, kept: boolean): Ranked {
  const { score: value } = score(
    policy.formula ?? 'whitepaper',
    {
      R: 1,
      CR: candidate.commission,
      N: candidate.nomination,
      AEP: candidate.aep,
      AEPA: policy.aepa,
      SR: 1,
      ...(candidate.inclusion === undefined ? {} : { inclusion: candidate.inclusion }),
      ...(candidate.own === undefined ? {} : { own: candidate.own }),
      ...(policy.meanNomination === undefined ? {} : { meanN: policy.meanNomination }),
    },
    policy.weights ?? DEFAULT_WEIGHTS,
  );
  return { candidate, score: value, standing: kept ? value * (1 + (policy.margin ?? 0)) : value, kept };
}

/** Best first; of equals the kept one, then the one with less nomination, then by address. */
function inOrder(eligible: readonly Ranked[]): Ranked[] {
  const place = placesOf(eligible.map(({ standing }) => standing));
  return [...eligible].sort((a, b) => {
    const difference = place(a.standing) - place(b.standing);
    if (difference !== 0) return difference;
    if (a.kept !== b.kept) return a.kept ? -1 : 1;
    if (a.candidate.nomination !== b.candidate.nomination)
      return a.candidate.nomination - b.candidate.nomination;
    return a.candidate.address < b.candidate.address ? -1 : 1;
  });
}

/** Best first; equals as they stand. */
function byScore<One extends { readonly score: number }>(list: readonly One[]): One[] {
  const place = placesOf(list.map(({ score }) => score));
  return [...list].sort((a, b) => place(a.score) - place(b.score));
}

function dropReason(candidate: Candidate, policy: Policy): DropReason | null {
  const { state = 'active' } = candidate;
  if (state === 'chilled') return 'CHILLED';
  if (!candidate.identity) return 'NO_IDENTITY';
  if (candidate.blocked) return 'BLOCKED';
  if (candidate.slashedLastMonth) return 'SLASHED';
  if (candidate.commission > policy.maxCommission) return 'COMMISSION';
  if (state === 'waiting') return 'NOT_ELECTED';
  // Nobody but itself is too little, whatever is asked for: the score divides by it.
  if (candidate.nomination <= 0 || candidate.nomination < policy.minNomination) return 'LOW_NOMINATION';
  return candidate.aep > 0 ? null : 'NO_POINTS';
}

export interface NominationDiff {
  readonly add: readonly string[];
  readonly keep: readonly string[];
  readonly remove: readonly {
    readonly address: string;
    readonly reason: DropReason | PassReason | 'UNKNOWN';
  }[];
}

/** From the current nominations to the selection. */
export function diffNominations(current: readonly string[], selection: Selection): NominationDiff {
  const chosen = new Set(selection.selected.map(({ address }) => address));
  const reasons = new Map<string, DropReason | PassReason>(
    [...selection.dropped, ...selection.passed].map(({ address, reason }) => [address, reason]),
  );
  const now = new Set(current);
  return {
    add: [...chosen].filter((address) => !now.has(address)),
    keep: current.filter((address) => chosen.has(address)),
    remove: current
      .filter((address) => !chosen.has(address))
      .map((address) => ({ address, reason: reasons.get(address) ?? 'UNKNOWN' })),
  };
}
