/** Which of the things that were to be paid are still owed. Two requests for payouts, one and a bit for pools. */

import type { Chain } from '../chain/types.js';
import { readEraWindow } from '../eras/facts.js';
import type { Target } from './batches.js';
import { readPayoutFacts } from './facts.js';
import { targetId } from './payables.js';
import { readPoolMembers } from './pools.js';

/** Ids (see targetId) of targets at the chain's reference block. */
export interface OwedNow {
  readonly owed: ReadonlySet<string>;
  /** Of eras that can no longer be paid: whether they were, the chain may not know any more. */
  readonly expired: ReadonlySet<string>;
}

export async function readOwed(chain: Chain, targets: readonly Target[]): Promise<OwedNow> {
  const payouts = targets.flatMap((target) => (target.kind === 'payout' ? [target] : []));
  const members = targets.flatMap((target) => (target.kind === 'pool' ? [target.member] : []));
  const owed = new Set<string>();
  const expired = new Set<string>();
  if (payouts.length > 0) {
    const window = await readEraWindow(chain);
    for (const target of payouts) if (target.era < window.oldest) expired.add(targetId(target));
    const eras = [...new Set(payouts.map(({ era }) => era))].filter((era) => era >= window.oldest);
    const stashes = [...new Set(payouts.map(({ stash }) => stash))];
    const { seats } = await readPayoutFacts(chain, { window, eras, stashes, amounts: false });
    for (const { era, stash, unpaid } of seats)
      for (const { page } of unpaid) owed.add(targetId({ kind: 'payout', era, stash, page }));
  }
  if (members.length > 0) {
    for (const { member, pool, pending } of await readPoolMembers(chain, [...new Set(members)]))
      if (pending > 0n) owed.add(targetId({ kind: 'pool', member, pool }));
  }
  return { owed, expired };
}
