/** From what is owed to the calls that pay it. Pure. */

import type { PlannedCall } from '../tx/plan.js';
import type { Payable, Target } from './batches.js';
import type { PoolReward } from './pools.js';
import type { OwedPage, Refusal } from './types.js';

/** Whose gain counts: everybody's whom a page pays, or only that of the accounts asked about. */
export interface Interest {
  /** Validators that were asked about, or `all`. */
  readonly stashes: readonly string[] | 'all';
  /** Other accounts that were asked about. */
  readonly accounts: readonly string[];
}

/** A page that no call can pay now. */
export interface Unpayable {
  readonly page: OwedPage;
  readonly refused: Refusal;
}

export interface Payables {
  readonly payables: readonly Payable[];
  readonly unpayable: readonly Unpayable[];
}

/**
 * The payouts of the pages that the chain would pay.
 * @param byPage whether the chain pays page by page; without it the classic call pays the whole validator
 */
export function payoutPayables(pages: readonly OwedPage[], interest: Interest, byPage: boolean): Payables {
  const unpayable = pages.flatMap((page) => (page.refused === null ? [] : [{ page, refused: page.refused }]));
  const payables = pages
    .filter(({ refused }) => refused === null)
    .map(
      (page): Payable => ({
        target: payoutTarget(page),
        call: payoutCall(page, byPage),
        amount: page.amount?.paid ?? 0n,
        gain: gainOf(page, interest),
        erasLeft: page.erasLeft,
      }),
    );
  return { payables, unpayable };
}

export const payoutTarget = ({ era, stash, page }: Pick<OwedPage, 'era' | 'stash' | 'page'>): Target => ({
  kind: 'payout',
  era,
  stash,
  page,
});

/** One text for one target. */
export const targetId = (target: Target): string =>
  target.kind === 'payout'
    ? `payout ${target.era} ${target.stash} ${target.page}`
    : `pool ${target.pool} ${target.member}`;

function payoutCall({ era, stash, page, pages }: OwedPage, byPage: boolean): PlannedCall {
  const reason = `pays era ${era} of ${stash}${pages > 1 ? `, page ${page + 1} of ${pages}` : ''}`;
  const expects = ['Staking.PayoutStarted'];
  return byPage
    ? {
        pallet: 'Staking',
        call: 'payout_stakers_by_page',
        args: { validator_stash: stash, era, page },
        reason,
        expects,
      }
    : { pallet: 'Staking', call: 'payout_stakers', args: { validator_stash: stash, era }, reason, expects };
}

function gainOf({ stash, amount }: OwedPage, { stashes, accounts }: Interest): bigint {
  if (amount === null) return 0n;
  if (stashes === 'all' || stashes.includes(stash)) return amount.paid;
  return amount.payments
    .filter(({ who, lost }) => lost === null && accounts.includes(who))
    .reduce((sum, payment) => sum + payment.amount, 0n);
}

/** Claims or compounds the rewards of pool members, as far as they let the signer. */
export function poolPayables(rewards: readonly PoolReward[]): Payable[] {
  return rewards.flatMap(({ member, pool, pending, call }): Payable[] => {
    if (call === null) return [];
    return [{ target: { kind: 'pool', member, pool }, call, amount: pending, gain: pending, erasLeft: null }];
  });
}
