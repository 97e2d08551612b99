/** What stood behind validators in eras, in numbers only, on chains with pages of nominators and on those without. */

import type { Chain } from '../chain/types.js';
import { eraFeatures, overviews } from '../eras/facts.js';
import { each, type Part } from '../eras/read.js';
import type { EraStash, Overview } from '../eras/types.js';
import type { Plain } from '../plain.js';
import type { ValidatorExposure } from './types.js';

/** The most nominators that are paid; null where exposures have pages, and all of them are paid. */
export function paidNominators(chain: Pick<Chain, 'hasStorage' | 'hasConstant' | 'constant'>): number | null {
  const limit = 'MaxNominatorRewardedPerValidator';
  return !eraFeatures(chain).paged && chain.hasConstant('Staking', limit)
    ? Number(chain.constant('Staking', limit))
    : null;
}

/** Null: not elected in that era. */
export function exposuresOf(chain: Chain, pairs: readonly EraStash[]): Part<(ValidatorExposure | null)[]> {
  if (chain.hasStorage('Staking', 'ErasStakersOverview') || !chain.hasStorage('Staking', 'ErasStakers')) {
    const part = overviews(chain, pairs);
    return { ...part, decode: (values) => part.decode(values).map((found) => found && ofOverview(found)) };
  }
  const paid = paidNominators(chain);
  return each(
    pairs,
    ({ era, stash }) => ({ pallet: 'Staking', item: 'ErasStakers', keys: [era, stash], optional: true }),
    (value) => ofClassic(value, paid),
    // All nominators are in one value, as large as they are many.
    () => 50_000,
  );
}

export function ofOverview({ total, own, nominatorCount, pageCount }: Overview): ValidatorExposure | null {
  if (total === 0n) return null;
  return { total, own, nominators: nominatorCount, pages: pageCount, unpaid: null };
}

function ofClassic(value: Plain, paid: number | null): ValidatorExposure | null {
  const raw = value as { total: bigint; own: bigint; others: readonly unknown[] } | null;
  if (raw === null || raw.total === 0n) return null;
  const nominators = raw.others.length;
  const unpaid = paid === null ? null : Math.max(0, nominators - paid);
  return { total: raw.total, own: raw.own, nominators, pages: null, unpaid };
}
