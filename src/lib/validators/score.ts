/**
 * Scores of a validator. The default is the product of the white paper of Parallel Finance (§IV.2); the others are the
 * two public variants, as published, and a weighted sum of bursar's own.
 *
 * A score is a real number, computed in IEEE doubles with nothing but + − × ÷ and in the order written here: the same
 * inputs give the same bits on every machine. Nothing is random.
 */

import { usageError } from '../errors.js';

export const FORMULAS = ['whitepaper', 'additive', 'nominateClientAsShipped', 'weighted'] as const;
export type FormulaName = (typeof FORMULAS)[number];

/** The white paper's symbols. */
export interface ScoreInputs {
  /** R: reputation, 0 or 1. */
  readonly R: number;
  /** CR: commission, 0 to 1. */
  readonly CR: number;
  /** N: what nominators have behind the validator, whole tokens: its exposure without its own stake. */
  readonly N: number;
  /** AEP: the validator's era points, their mean over a week. */
  readonly AEP: number;
  /** AEPA: era points of all validators, their mean over a week and over the validators. */
  readonly AEPA: number;
  /** SR: slash record, 0 if slashed in the past month, otherwise 1. */
  readonly SR: number;
  /** Only for `weighted`: the part of the eras read in which it earned points, 0 to 1. */
  readonly inclusion?: number;
  /** Only for `weighted`: its own stake, whole tokens. */
  readonly own?: number;
  /** Only for `weighted`: the mean of what nominators have behind an elected validator, whole tokens. */
  readonly meanN?: number;
}

/** The constants of the formulas; each formula reads its own. */
export interface Weights {
  /** whitepaper: how much era points count. */
  readonly c: number;
  /** additive, nominateClientAsShipped: commission, nomination, era points. */
  readonly crf: number;
  readonly nf: number;
  readonly epf: number;
  /** weighted. */
  readonly commission: number;
  readonly nomination: number;
  readonly points: number;
  readonly inclusion: number;
  readonly own: number;
}

/** c: the white paper; crf, nf, epf: the pallet's documentation; the rest is bursar's own choice. */
export const DEFAULT_WEIGHTS: Weights = {
  c: 1,
  crf: 100,
  nf: 1000,
  epf: 10,
  commission: 40,
  nomination: 25,
  points: 20,
  inclusion: 10,
  own: 5,
};

export interface Term {
  readonly name: string;
  /** The term as it is written, with its numbers. */
  readonly formula: string;
  readonly value: number;
}

export interface Score {
  readonly score: number;
  /** What the score is the product or the sum of. */
  readonly terms: readonly Term[];
}

/**
 * @param inputs of which SR is 1 if absent
 * @throws usage COMMISSION_OUT_OF_RANGE, NON_POSITIVE_AVERAGE_POINTS, NON_POSITIVE_NOMINATION
 */
export function score(
  formula: FormulaName,
  { SR = 1, ...others }: Omit<ScoreInputs, 'SR'> & Partial<ScoreInputs>,
  weights: Partial<Weights> = {},
): Score {
  const inputs = { ...others, SR };
  check(formula, inputs);
  return FORMULA[formula](inputs, { ...DEFAULT_WEIGHTS, ...weights });
}

/** Of a score's size: scores that are nearer than that to the next are one. Doubles have sixteen digits. */
const ROUNDING = 1e-12;

/**
 * The places of scores among each other, 0 for the best. Scores that are equal by their formula may differ in a double's
 * last digits, and that must not decide who is nominated: they share a place.
 */
export function placesOf(scores: readonly number[]): (score: number) => number {
  const places = new Map<number, number>();
  let place = 0;
  let above: number | undefined;
  for (const score of [...new Set(scores)].sort((a, b) => b - a)) {
    if (above !== undefined && above - score > ROUNDING * Math.abs(above)) place += 1;
    places.set(score, place);
    above = score;
  }
  return (score) => places.get(score)!;
}

type Formula = (inputs: ScoreInputs, weights: Weights) => Score;

const FORMULA: Readonly<Record<FormulaName, Formula>> = {
  whitepaper({ R, CR, N, AEP, AEPA, SR }, { c }) {
    const price = (1 - CR) / N;
    const performance = (c * AEP) / AEPA;
    return {
      score: R * price * performance * SR,
      terms: [
        { name: 'reputation', formula: `R = ${R}`, value: R },
        { name: 'commission and nomination', formula: `(1 - ${CR}) / ${N}`, value: price },
        { name: 'era points', formula: `${c} · ${AEP} / ${AEPA}`, value: performance },
        { name: 'slash record', formula: `SR = ${SR}`, value: SR },
      ],
    };
  },

  // The documentation of parallel's pallet nominee-election.
  additive({ R, CR, N, AEP, AEPA, SR }, { crf, nf, epf }) {
    const commission = crf * (1 - CR);
    const nomination = nf / N;
    const points = (epf * AEP) / AEPA;
    return {
      score: R * (commission + nomination + points) * SR,
      terms: [
        { name: 'reputation', formula: `R = ${R}`, value: R },
        { name: 'commission', formula: `${crf} · (1 - ${CR})`, value: commission },
        { name: 'nomination', formula: `${nf} / ${N}`, value: nomination },
        { name: 'era points', formula: `${epf} · ${AEP} / ${AEPA}`, value: points },
        { name: 'slash record', formula: `SR = ${SR}`, value: SR },
      ],
    };
  },

  // parallel-finance/nominate-client, src/main.ts: the second term multiplies where the pallet adds. For comparison.
  nominateClientAsShipped({ R, CR, N, AEP, AEPA, SR }, { crf, nf, epf }) {
    if (N === 0 || CR > CLIENT_MAX_COMMISSION) {
      const why = N === 0 ? 'no nomination' : `commission above ${CLIENT_MAX_COMMISSION}`;
      return { score: 0, terms: [{ name: 'left out', formula: why, value: 0 }] };
    }
    const commission = crf * (1 - CR);
    const mixed = nf * (1 / N) * (epf * (AEP / AEPA));
    return {
      score: Math.round(R * (commission + mixed) * SR),
      terms: [
        { name: 'reputation', formula: `R = ${R}`, value: R },
        { name: 'commission', formula: `${crf} · (1 - ${CR})`, value: commission },
        {
          name: 'nomination and era points',
          formula: `${nf} · (1 / ${N}) · (${epf} · (${AEP} / ${AEPA}))`,
          value: mixed,
        },
        { name: 'slash record', formula: `SR = ${SR}`, value: SR },
      ],
    };
  },

  /**
   * bursar's own: every part is brought to 0…1 before it is weighted, so that a weight means what it says. A mean
   * nomination and mean points give a half; own stake is the validator's own part of what is behind it.
   */
  weighted({ R, CR, N, AEP, AEPA, SR, inclusion = 0, own = 0, meanN = 0 }, w) {
    const parts: readonly (readonly [string, number, number, string])[] = [
      ['commission', w.commission, 1 - CR, `1 - ${CR}`],
      ['nomination', w.nomination, meanN / (meanN + N), `${meanN} / (${meanN} + ${N})`],
      ['era points', w.points, AEP / (AEP + AEPA), `${AEP} / (${AEP} + ${AEPA})`],
      ['inclusion', w.inclusion, inclusion, `${inclusion}`],
      ['own stake', w.own, own / (own + N), `${own} / (${own} + ${N})`],
    ];
    const terms = parts.map(([name, weight, value, text]) => ({
      name,
      formula: `${weight} · ${text}`,
      value: weight * value,
    }));
    return {
      score: R * terms.reduce((sum, { value }) => sum + value, 0) * SR,
      terms: [
        { name: 'reputation', formula: `R = ${R}`, value: R },
        ...terms,
        { name: 'slash record', formula: `SR = ${SR}`, value: SR },
      ],
    };
  },
};

/** The client's own limit. */
const CLIENT_MAX_COMMISSION = 0.075;

/** A number that is not one (NaN) passes no comparison, and so no check. */
function check(formula: FormulaName, { CR, AEPA, N }: ScoreInputs): void {
  if (!(CR >= 0 && CR <= 1)) {
    throw usageError('COMMISSION_OUT_OF_RANGE', `A commission is between 0 and 1, not ${CR}.`, {
      hint: 'On chain it is in parts of 10^9: divide by 10^9.',
    });
  }
  if (!(AEPA > 0)) {
    throw usageError('NON_POSITIVE_AVERAGE_POINTS', `The mean of all era points is ${AEPA}, not above 0.`, {
      hint: 'Without points of a whole era nothing can be compared: wait for the next era.',
    });
  }
  const least = formula === 'nominateClientAsShipped' ? N >= 0 : N > 0;
  if (!least) {
    throw usageError('NON_POSITIVE_NOMINATION', `The nomination behind the validator is ${N}, not above 0.`, {
      hint: 'The formula divides by it: leave such validators out.',
    });
  }
}
