/** From facts to scores: the formulas' inputs, and every validator in the order of its score. Pure. */

import { preconditionError } from '../errors.js';
import { type FormulaName, placesOf, type Score, type ScoreInputs, score, type Weights } from './score.js';
import type { Candidate } from './selection.js';
import type { Facts, Offence, Operator, ValidatorFacts } from './types.js';

/** Whom the white paper's R is 1 for. named: has an identity that no registrar found bad; judged: one found it good. */
export const REPUTATIONS = ['named', 'judged', 'any'] as const;
export type Reputation = (typeof REPUTATIONS)[number];

/** How validators are scored. */
export interface Method {
  readonly formula: FormulaName;
  readonly weights: Weights;
  readonly reputation: Reputation;
}

/** Means over the past week: all eras of it count, also those in which a validator earned nothing. */
export interface Means {
  /** Eras of the week that the facts have. */
  readonly eras: number;
  /** Points of all validators by the number of validators that earned some: per validator and era. */
  readonly aepa: number;
  /** Mean of what nominators have behind an elected validator, whole tokens. */
  readonly nomination: number;
}

export interface ScoredValidator {
  readonly address: string;
  /** Null: the formula cannot be applied; `why` says so. NO_POINTS: nobody earned any in the week. */
  readonly score: number | null;
  /** 1 is the best; null without a score. Validators of the same score share a rank. */
  readonly rank: number | null;
  readonly why: 'CHILLED' | 'NOT_ELECTED' | 'NO_NOMINATION' | 'NO_POINTS' | null;
  readonly inputs: ScoreInputs | null;
}

export interface Ranking {
  readonly means: Means;
  /** Best first, then those without a score by address. */
  readonly validators: readonly ScoredValidator[];
}

/** Without any points in the week nobody has a score. */
export function rank(facts: Facts, method: Method): Ranking {
  const means = meansOf(facts);
  const all = facts.validators.map(
    (validator): Evaluated => ({
      validator,
      ...evaluate(facts, method, means, validator),
    }),
  );
  const { scored, place } = inOrder(all.filter(isScored));
  const ranks = new Map<string, number>();
  scored.forEach((one, index) => {
    const before = scored[index - 1];
    const shared = before !== undefined && place(before) === place(one);
    ranks.set(one.validator.address, shared ? ranks.get(before.validator.address)! : index + 1);
  });
  return {
    means,
    validators: [...scored, ...all.filter((one) => one.result === null)].map(
      ({ validator: { address }, result, why, inputs }) => ({
        address,
        score: result?.score ?? null,
        rank: ranks.get(address) ?? null,
        why,
        inputs,
      }),
    ),
  };
}

interface Evaluated {
  readonly validator: ValidatorFacts;
  readonly result: Score | null;
  readonly inputs: ScoreInputs | null;
  readonly why: ScoredValidator['why'];
}

interface Scored extends Evaluated {
  readonly result: Score;
}

const isScored = (one: Evaluated): one is Scored => one.result !== null;

/** Ties: less nomination first, to the planck, then the address. */
function inOrder(all: readonly Scored[]): { scored: Scored[]; place: (one: Scored) => number } {
  const placeOf = placesOf(all.map(({ result }) => result.score));
  const place = ({ result }: Scored) => placeOf(result.score);
  const scored = [...all].sort((a, b) => {
    const difference = place(a) - place(b);
    if (difference !== 0) return difference;
    const [x, y] = [nominationOf(a.validator), nominationOf(b.validator)];
    if (x !== y) return x < y ? -1 : 1;
    return a.validator.address < b.validator.address ? -1 : 1;
  });
  return { scored, place };
}

export function evaluate(
  facts: Facts,
  method: Method,
  means: Means,
  validator: ValidatorFacts,
): {
  readonly result: Score | null;
  readonly inputs: ScoreInputs | null;
  readonly why: ScoredValidator['why'];
} {
  if (validator.state !== 'active')
    return { result: null, inputs: null, why: validator.state === 'chilled' ? 'CHILLED' : 'NOT_ELECTED' };
  const inputs = inputsOf(facts, method, means, validator);
  if (!(inputs.N > 0)) return { result: null, inputs, why: 'NO_NOMINATION' };
  if (!(means.aepa > 0)) return { result: null, inputs, why: 'NO_POINTS' };
  return { result: score(method.formula, inputs, method.weights), inputs, why: null };
}

function inputsOf(
  facts: Facts,
  { reputation }: Method,
  means: Means,
  validator: ValidatorFacts,
): ScoreInputs {
  return {
    R: reputable(facts, reputation, validator.operator) ? 1 : 0,
    CR: (validator.commission ?? 0) / 1e9,
    N: tokens(facts, nominationOf(validator)),
    AEP: meanPoints(facts, validator),
    AEPA: means.aepa,
    SR: slashedInMonth(facts, validator).length > 0 ? 0 : 1,
    inclusion: inclusionOf(validator),
    own: tokens(facts, validator.exposure?.own ?? 0n),
    meanN: means.nomination,
  };
}

/** The means that every validator is compared with. */
export function meansOf(facts: Facts): Means {
  const week = facts.eras.slice(-facts.spans.week);
  const points = week.reduce((sum, era) => sum + era.points, 0);
  const earners = week.reduce((sum, era) => sum + era.earners, 0);
  const elected = facts.validators.filter(({ exposure }) => exposure !== null);
  const nomination = elected.reduce((sum, validator) => sum + nominationOf(validator), 0n);
  return {
    eras: week.length,
    aepa: earners === 0 ? 0 : points / earners,
    nomination: elected.length === 0 ? 0 : tokens(facts, nomination) / elected.length,
  };
}

/** Mean points over the eras of the week; an era without points counts as 0 and does not end the sum. */
export function meanPoints(facts: Facts, { points }: Pick<ValidatorFacts, 'points'>): number {
  const week = points.slice(-facts.spans.week);
  return week.length === 0 ? 0 : week.reduce<number>((sum, value) => sum + (value ?? 0), 0) / week.length;
}

/** The part of the eras in which it earned points: who was elected and earned none counts as not there. */
export function inclusionOf({ points }: Pick<ValidatorFacts, 'points'>): number {
  return points.length === 0 ? 0 : points.filter((value) => (value ?? 0) > 0).length / points.length;
}

/** Offences of the past month that cost, or will cost, stake. */
export function slashedInMonth(facts: Facts, { offences }: Pick<ValidatorFacts, 'offences'>): Offence[] {
  return offences.filter(({ era, fraction }) => era > facts.activeEra - facts.spans.month && fraction !== 0);
}

/** Without any identity to look at everybody counts as reputable, and the views say so. */
export function reputable(facts: Facts, reputation: Reputation, operator: Operator | null): boolean {
  if (reputation === 'any' || facts.identities.kind === 'none') return true;
  if (operator === null) return false;
  return reputation === 'judged' ? operator.judgement === 'good' : operator.judgement !== 'bad';
}

/** What nominators have behind it, planck. */
export const nominationOf = ({ exposure }: Pick<ValidatorFacts, 'exposure'>): bigint =>
  exposure === null ? 0n : exposure.total - exposure.own;

/** Planck → whole tokens, for scores and returns only. */
export const tokens = (facts: Pick<Facts, 'chain'>, planck: bigint): number =>
  Number(planck) / 10 ** facts.chain.token.decimals;

/** Nothing was ever seen of it: an account that is named and is no validator. */
export const isStranger = ({ state, exposure, points }: ValidatorFacts): boolean =>
  state === 'chilled' && exposure === null && points.every((value) => value === null);

export const notAValidator = (address: string) =>
  preconditionError('NOT_A_VALIDATOR', `${address} is no validator, and was none in the eras read.`, {
    hint: 'List them with `bursar validators list`.',
  });

/** What the selection asks of every validator. */
export function candidatesOf(facts: Facts, method: Method, means: Means): Candidate[] {
  return facts.validators.map((validator) => {
    const inputs = inputsOf(facts, method, means, validator);
    return {
      address: validator.address,
      operator: validator.operator?.id ?? null,
      commission: inputs.CR,
      nomination: inputs.N,
      aep: inputs.AEP,
      identity: inputs.R === 1,
      blocked: validator.blocked,
      slashedLastMonth: inputs.SR === 0,
      state: validator.state,
      own: inputs.own ?? 0,
      inclusion: inputs.inclusion ?? 0,
    };
  });
}
