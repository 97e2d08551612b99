/** Why a validator has its score: each term with its facts, its place, and what would change it. Pure. */

import { BursarError } from '../errors.js';
import {
  evaluate,
  inclusionOf,
  isStranger,
  type Method,
  meanPoints,
  nominationOf,
  notAValidator,
  type Ranking,
  rank,
  slashedInMonth,
  tokens,
} from './ranking.js';
import { type ScoreInputs, score, type Term } from './score.js';
import type { Facts, ValidatorFacts } from './types.js';

/** What the score and the place would be if one thing were different. */
export interface WhatIf {
  readonly change: 'identity' | 'no-slash' | 'no-commission' | 'mean-points' | 'less-nomination';
  readonly score: number;
  readonly rank: number;
}

/** How regularly rewards were paid out: nominators wait for it. */
export interface PayoutHabit {
  /** Ended eras in which it was elected. */
  readonly elected: number;
  /** Those of them of which every page is paid. */
  readonly paid: number;
  /** The oldest era that is not paid as a whole; null: none. */
  readonly oldestUnpaid: number | null;
}

export interface Explanation {
  readonly validator: ValidatorFacts;
  readonly formula: Method['formula'];
  readonly score: number | null;
  readonly rank: number | null;
  /** Validators with a score. */
  readonly of: number;
  readonly why: Ranking['validators'][number]['why'];
  readonly inputs: ScoreInputs | null;
  readonly terms: readonly Term[];
  /** Mean points of the week, its own and those of all, and the part of the eras in which it earned some. */
  readonly points: {
    readonly own: number;
    readonly all: number;
    readonly eras: number;
    readonly inclusion: number;
  };
  /** Mean points of all in each era that was read; null: nobody earned any. */
  readonly eraMeans: readonly (number | null)[];
  /** What nominators have behind it, whole tokens, and the mean of the elected. */
  readonly nomination: { readonly own: number; readonly mean: number };
  /** Slashes of the past month. */
  readonly slashes: number;
  /** Null: the chain does not say which pages are paid. */
  readonly payouts: PayoutHabit | null;
  /** Other validators of the same operator. */
  readonly siblings: readonly string[];
  readonly whatIf: readonly WhatIf[];
}

/** @throws precondition NOT_A_VALIDATOR */
export function explain(
  facts: Facts,
  method: Method,
  address: string,
  payouts: PayoutHabit | null = null,
): Explanation {
  const ranking = rank(facts, method);
  const validator = facts.validators.find((one) => one.address === address);
  if (validator === undefined || isStranger(validator)) throw notAValidator(address);
  const { result, inputs, why } = evaluate(facts, method, ranking.means, validator);
  const { operator } = validator;
  return {
    validator,
    formula: method.formula,
    score: result?.score ?? null,
    rank: ranking.validators.find((one) => one.address === address)?.rank ?? null,
    of: ranking.validators.filter((one) => one.score !== null).length,
    why,
    inputs,
    terms: result?.terms ?? [],
    points: {
      own: meanPoints(facts, validator),
      all: ranking.means.aepa,
      eras: ranking.means.eras,
      inclusion: inclusionOf(validator),
    },
    eraMeans: facts.eras.map((era) => (era.earners === 0 ? null : era.points / era.earners)),
    nomination: { own: tokens(facts, nominationOf(validator)), mean: ranking.means.nomination },
    slashes: slashedInMonth(facts, validator).length,
    payouts,
    siblings:
      operator === null
        ? []
        : facts.validators
            .filter((one) => one.operator?.id === operator.id && one.address !== address)
            .map((one) => one.address),
    whatIf: result === null || inputs === null ? [] : whatIfs(method, inputs, ranking, address),
  };
}

/** Throws the error again; one of a name that no key has says how to find a validator by its operator. */
export function asNoValidatorName(error: unknown): never {
  if (!(error instanceof BursarError) || !['KEY_NAME', 'KEY_NOT_FOUND'].includes(error.code)) throw error;
  throw new BursarError(error.exit, error.code, error.message, {
    hint: 'Give the validator’s address, or the name of a key. The addresses of an operator: `bursar validators list --filter operator=NAME`.',
    cause: error,
  });
}

/** Only what would change something. */
function whatIfs(method: Method, inputs: ScoreInputs, ranking: Ranking, address: string): WhatIf[] {
  const now = score(method.formula, inputs, method.weights).score;
  const changes: readonly (readonly [WhatIf['change'], Partial<ScoreInputs>])[] = [
    ['identity', { R: 1 }],
    ['no-slash', { SR: 1 }],
    ['no-commission', { CR: 0 }],
    ['mean-points', { AEP: Math.max(inputs.AEP, inputs.AEPA) }],
    ['less-nomination', { N: inputs.N / 2 }],
  ];
  const others = ranking.validators.flatMap((one) =>
    one.score === null || one.address === address ? [] : [one.score],
  );
  return changes.flatMap(([change, different]) => {
    const value = score(method.formula, { ...inputs, ...different }, method.weights).score;
    if (value === now) return [];
    return [{ change, score: value, rank: 1 + others.filter((other) => other > value).length }];
  });
}

/** The sentence for somebody who wants to nominate it. `name` is already fit to be shown. */
export function sentence(explanation: Explanation, name: string): string {
  const { validator, rank: place, of, points, nomination, slashes } = explanation;
  if (validator.state === 'chilled')
    return `${name} does not offer itself as a validator now: a nomination would earn nothing.`;
  if (validator.state === 'waiting')
    return `${name} waits for a seat: it was not elected in this era, earns nothing now, and has no score.`;
  if (place === null) {
    const why =
      explanation.why === 'NO_POINTS'
        ? 'nobody earned era points yet'
        : 'nobody but itself has stake behind it';
    return `${name} has no score: ${why}.`;
  }
  const takes = `it takes ${percent((validator.commission ?? 0) / 1e9)} of the rewards`;
  const stake = `there is ${ratio(nomination.own, nomination.mean)} stake of nominators behind it`;
  const work = `it earned ${percent(points.own / points.all)} of the mean era points in the last ${points.eras} eras`;
  const zero =
    explanation.score === 0
      ? slashes > 0
        ? ' Its score is 0 because it was slashed in the past month.'
        : explanation.inputs?.R === 0
          ? ' Its score is 0 because nobody stands for it with an identity.'
          : ' Its score is 0.'
      : '';
  const closed = validator.blocked ? ' It accepts no new nominations.' : '';
  return `${name} is number ${place} of ${of}: ${takes}, ${stake}, and ${work}.${zero}${closed}`;
}

const percent = (value: number): string => `${Number((value * 100).toFixed(2))} %`;

function ratio(own: number, mean: number): string {
  const times = own / mean;
  if (times >= 0.9 && times <= 1.1) return 'about the mean';
  return times > 1 ? `${Number(times.toFixed(1))} times the mean` : `${percent(times)} of the mean`;
}
