/** A run's plan: what is owed, as transactions. Reads what the calls cost; everything else follows from the facts. */

import type { OpenChain } from '../chain/connect.js';
import type { Planck } from '../plain.js';
import type { Wrap } from '../tx/wrap.js';
import { type BatchOptions, type PayoutBatch, packPayouts } from './batches.js';
import { measureBatchCosts } from './costs.js';
import { owedPages } from './owed.js';
import { payoutPayables, poolPayables } from './payables.js';
import { type PoolAction, poolRewards, readPoolMembers } from './pools.js';
import { leftItem, poolItem, type RunItem, unpayableItem } from './run.js';
import type { PayoutFacts } from './types.js';

export interface RunQuery {
  /** All validators were asked about. */
  readonly all: boolean;
  /** Accounts whose pool rewards are claimed or compounded too; none without `pools`. */
  readonly members: readonly string[];
  readonly pools: PoolAction | undefined;
  /** Who signs, and for whom. */
  readonly signing: { readonly signer: string; readonly account: string; readonly wrap: Wrap };
}

export interface PlannedRun {
  readonly batches: readonly PayoutBatch[];
  /** What is owed and not sent, with the reason. */
  readonly left: readonly RunItem[];
  /** What one call costs, planck, if the budget for fees does not even allow that; null otherwise. */
  readonly shortBudget: Planck | null;
}

/** @throws precondition NO_POOLS, NO_PAYMENT_API; whatever reading throws */
export async function planRun(
  chain: OpenChain,
  facts: PayoutFacts,
  query: RunQuery,
  options: BatchOptions,
): Promise<PlannedRun> {
  const { signing } = query;
  const { payables, unpayable } = payoutPayables(
    owedPages(facts).pages,
    { stashes: query.all ? 'all' : facts.stashes, accounts: facts.accounts },
    chain.hasCall('Staking', 'payout_stakers_by_page'),
  );
  const rewards =
    query.pools === undefined
      ? []
      : poolRewards(await readPoolMembers(chain, query.members), signing.account, query.pools);
  const all = [...payables, ...poolPayables(rewards)];
  const refused = [
    ...unpayable.map(unpayableItem),
    ...rewards.filter(({ why }) => why === 'NOT_PERMITTED').map(poolItem),
  ];
  if (all.length === 0) return { batches: [], left: refused, shortBudget: null };
  const costs = await measureBatchCosts(
    chain,
    all.map(({ call }) => call),
    signing,
  );
  const { batches, left } = packPayouts(all, costs, options);
  const short = batches.length === 0 && left.some(({ reason }) => reason === 'fee-budget');
  return {
    batches,
    left: [...left.map(leftItem), ...refused],
    shortBudget: short ? costs.first.fee : null,
  };
}
