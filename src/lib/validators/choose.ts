/** The selection of targets from facts: what a person decides, and everything else from the facts. Pure. */

import { candidatesOf, type Method, type Ranking, rank } from './ranking.js';
import { type Selection, selectValidators } from './selection.js';
import type { Facts } from './types.js';

/** The decisions of a person. */
export interface Rules {
  /** 0 to 1, itself included. */
  readonly maxCommission: number;
  /** Whole tokens, itself included. */
  readonly minNomination: number;
  readonly maxPerOperator: number;
  readonly maxValidators: number;
  /** Nominated now, and kept unless a better one wins by the margin. */
  readonly keep: readonly string[];
  readonly margin: number;
}

export function chooseTargets(
  facts: Facts,
  method: Method,
  rules: Rules,
  ranking = rank(facts, method),
): Selection {
  return selectValidators(candidatesOf(facts, method, ranking.means), policyOf(method, rules, ranking));
}

const policyOf = (method: Method, rules: Rules, { means }: Ranking) => ({
  ...rules,
  aepa: means.aepa,
  meanNomination: means.nomination,
  formula: method.formula,
  weights: method.weights,
});
