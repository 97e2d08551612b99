/** The result of a selection: the targets, what they change, and whether the stake behind them is enough. Pure. */

import { type BursarError, preconditionError } from '../errors.js';
import { formatAmount } from '../numeric/amount.js';
import { maxOf } from '../numeric/integer.js';
import type { Planck } from '../plain.js';
import type { Rules } from './choose.js';
import { type Provenance, provenanceOf, type Saved } from './list.js';
import type { Nominator } from './nominator.js';
import type { Means, Method } from './ranking.js';
import type { ReturnEstimate } from './returns.js';
import { diffNominations, type NominationDiff, type Selection } from './selection.js';
import type { Facts, Operator } from './types.js';

/** Whether the stash has enough to be counted in the election: apart from what its targets have. */
export interface StashBond {
  readonly active: Planck;
  readonly least: Planck;
  readonly enough: boolean;
}

export interface SelectResult extends Provenance {
  readonly method: Method;
  readonly rules: Rules;
  readonly means: Means;
  readonly selected: Selection['selected'];
  readonly dropped: Selection['dropped'];
  readonly passed: Selection['passed'];
  /** Operators of all validators that are named above, by address. */
  readonly operators: Readonly<Record<string, Operator>>;
  /** The account whose nominations are compared; null: none was named. */
  readonly account: string | null;
  readonly diff: NominationDiff | null;
  readonly stashBond: StashBond | null;
  /** Of the stake that was named: behind the selection, and behind what is nominated now. */
  readonly returns: { readonly selected: ReturnEstimate; readonly current: ReturnEstimate | null } | null;
  readonly saved: Saved | null;
}

export interface Chosen {
  readonly method: Method;
  readonly rules: Rules;
  readonly means: Means;
  readonly selection: Selection;
  readonly nominator: Nominator | null;
  /** The least stash bond that was asked for, planck. */
  readonly minStashBond: Planck | null;
  readonly returns: SelectResult['returns'];
  readonly saved: Saved | null;
}

export function selectResult(facts: Facts, chosen: Chosen): SelectResult {
  const { method, rules, means, selection, nominator, returns, saved } = chosen;
  const named = new Set(
    [...selection.selected, ...selection.passed, ...selection.dropped].map(({ address }) => address),
  );
  return {
    ...provenanceOf(facts),
    method,
    rules,
    means,
    ...selection,
    operators: Object.fromEntries(
      facts.validators.flatMap(({ address, operator }) =>
        operator !== null && named.has(address) ? [[address, operator] as const] : [],
      ),
    ),
    account: nominator?.address ?? null,
    diff: nominator === null ? null : diffNominations(nominator.nominations, selection),
    stashBond: nominator === null ? null : stashBond(nominator, chosen.minStashBond),
    returns,
    saved,
  };
}

/**
 * The white paper's "less than 200 DOT will be dropped" read as a rule for one's own bond; the chain's own minimum
 * holds as well.
 */
export function stashBond(
  { active, least }: Pick<Nominator, 'active' | 'least'>,
  minimum: Planck | null,
): StashBond {
  const needed = maxOf(least, minimum ?? 0n);
  return { active, least: needed, enough: active >= needed };
}

/** Why a selection cannot be used as it is: nobody is left, or the stash is too small to be counted. */
export function selectionProblem(result: SelectResult): BursarError | null {
  const { selected, dropped, passed, stashBond: bond, token } = result;
  if (selected.length === 0) {
    const known = dropped.length + passed.length;
    return preconditionError('NOBODY_SELECTED', `None of ${known} validators passes the filters.`, {
      hint: 'The reasons are listed. Loosen --max-commission, --min-nomination or --reputation.',
    });
  }
  if (bond === null || bond.enough) return null;
  const [active, least] = [bond.active, bond.least].map((planck) => formatAmount(planck, token));
  return preconditionError(
    'STASH_BOND',
    `The stash has ${active} actively bonded; ${least} are needed to be counted.`,
    { hint: 'Bond more: `bursar stake bond-extra`. Or lower --min-stash-bond, if the limit is yours.' },
  );
}
