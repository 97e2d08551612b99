/** From what somebody wants of a selection to the selection: the reads about the account, then the pure choice. */

import type { Chain } from '../chain/types.js';
import { usageError } from '../errors.js';
import type { Planck } from '../plain.js';
import { chooseTargets, type Rules } from './choose.js';
import { readReturns } from './history.js';
import { type Nominator, readMaxTargets } from './nominator.js';
import { type Method, type Ranking, rank, tokens } from './ranking.js';
import type { SelectResult } from './select.js';
import type { Selection } from './selection.js';
import type { Facts } from './types.js';

export interface Wish {
  readonly keep: boolean;
  /** 0 to 1. */
  readonly margin: number;
  /** Targets; null: as many as the chain allows. */
  readonly max: number | null;
  readonly maxPerOperator: number;
  /** 0 to 1. */
  readonly maxCommission: number;
  /** Planck. */
  readonly minNomination: Planck;
  readonly minStashBond: Planck | null;
  /** For the estimate of returns; null: the account's active bond, or no estimate. */
  readonly stake: Planck | null;
}

export interface Choice {
  readonly ranking: Ranking;
  readonly rules: Rules;
  readonly selection: Selection;
  readonly nominator: Nominator | null;
  readonly minStashBond: Planck | null;
  readonly returns: SelectResult['returns'];
}

/**
 * @param nominator the account that nominates; null: anybody
 * @throws usage MAX_TARGETS
 */
export async function readChoice(
  chain: Chain,
  facts: Facts,
  method: Method,
  wish: Wish,
  nominator: Nominator | null,
): Promise<Choice> {
  const most = await readMaxTargets(chain, nominator?.active ?? 0n);
  if (wish.max !== null && wish.max > most) {
    throw usageError('MAX_TARGETS', `The chain allows ${most} targets, not ${wish.max}.`, {
      hint: `Write --max ${most}, or leave it out.`,
    });
  }
  const rules: Rules = {
    maxCommission: wish.maxCommission,
    minNomination: tokens(facts, wish.minNomination),
    maxPerOperator: wish.maxPerOperator,
    maxValidators: wish.max ?? most,
    keep: wish.keep ? (nominator?.nominations ?? []) : [],
    margin: wish.keep ? wish.margin : 0,
  };
  const ranking = rank(facts, method);
  const selection = chooseTargets(facts, method, rules, ranking);
  const stake = wish.stake ?? nominator?.active ?? null;
  const current = nominator?.nominations ?? [];
  const targets = selection.selected.map(({ address }) => address);
  const returns =
    stake === null || targets.length === 0
      ? null
      : {
          selected: await readReturns(chain, facts, targets, stake),
          current: current.length === 0 ? null : await readReturns(chain, facts, current, stake),
        };
  return { ranking, rules, selection, nominator, minStashBond: wish.minStashBond, returns };
}
