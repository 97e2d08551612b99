/**
 * Payment for work: 20 points for a validity statement, 20 for a block, 2 for naming an uncle, 1 for having produced it
 * (Polkadot token economics, 2019), and the constant that turns points into an amount.
 */

import { usageError } from '../errors.js';

const STATEMENT = 20;
const BLOCK = 20;
const UNCLE_INCLUDED = 2;
const UNCLE_PRODUCED = 1;
/** An uncle pays its includer and its producer. */
const UNCLE = UNCLE_INCLUDED + UNCLE_PRODUCED;

/** Counts of an epoch, or estimates of them a slot. */
export interface Actions {
  readonly statements: number;
  readonly blocks: number;
  readonly uncles: number;
}

const weighted = ({ statements, blocks, uncles }: Actions): number =>
  STATEMENT * statements + BLOCK * blocks + UNCLE * uncles;

/**
 * What a point pays: payout / (20·statements + 20·blocks + 3·uncles), in the payout's unit, and what each action does.
 * @throws usage NO_PAYABLE_ACTIONS
 */
export function paymentConstant(
  payout: number,
  actions: Actions,
): {
  readonly C: number;
  readonly perStatement: number;
  readonly perBlock: number;
  readonly perUncleIncluder: number;
  readonly perUncleProducer: number;
} {
  const points = weighted(actions);
  if (!(points > 0)) {
    throw usageError('NO_PAYABLE_ACTIONS', 'There are no actions to pay for.', {
      hint: 'Count at least one statement, block or uncle.',
    });
  }
  const C = payout / points;
  return {
    C,
    perStatement: STATEMENT * C,
    perBlock: BLOCK * C,
    perUncleIncluder: UNCLE_INCLUDED * C,
    perUncleProducer: UNCLE_PRODUCED * C,
  };
}

export interface Work {
  readonly statements: number;
  readonly blocks: number;
  readonly unclesIncluded: number;
  readonly unclesProduced: number;
}

/** Points of each validator, their sum, and who did nothing at all and is to be kicked. */
export function eraPoints(validators: Readonly<Record<string, Work>>): {
  readonly points: Readonly<Record<string, number>>;
  readonly total: number;
  readonly unresponsive: readonly string[];
} {
  const points = Object.fromEntries(
    Object.entries(validators).map(([name, work]) => [
      name,
      STATEMENT * work.statements +
        BLOCK * work.blocks +
        UNCLE_INCLUDED * work.unclesIncluded +
        UNCLE_PRODUCED * work.unclesProduced,
    ]),
  );
  return {
    points,
    total: Object.values(points).reduce((sum, value) => sum + value, 0),
    unresponsive: Object.keys(points).filter((name) => points[name] === 0),
  };
}

/**
 * The running estimate of how often something happens a slot: p·observation + (1 − p)^gap·previous. Slots without an
 * observation count as zero, hence the exponent.
 *
 * @param slotGap slots since the previous estimate
 */
export function ema(p: number, slotGap: number, observation: number, previous: number): number {
  return p * observation + (1 - p) ** slotGap * previous;
}

/**
 * Estimates a slot at genesis.
 *
 * @param validators how many there are, m
 * @param c the part of slots that have a leader
 */
export function genesisEstimates(validators: number, c: number): Actions {
  return {
    statements: validators * c,
    blocks: c,
    // m (1 − (1 − c)^(1/m)) − c; of many validators the root is so near to 1 that the plain form would lose its digits.
    uncles: -validators * Math.expm1(Math.log1p(-c) / validators) - c,
  };
}
