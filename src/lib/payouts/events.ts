/** What a block's events say of payouts. */

import type { RewardDestination } from '../eras/types.js';
import type { Plain, Planck } from '../plain.js';
import type { ChainEvent } from '../tx/outcome.js';

/** A payment as the chain reported it. */
export interface PaidEvent {
  readonly who: string;
  readonly kind: 'staker' | 'incentive';
  readonly amount: Planck;
  /** Null where the runtime does not report it. */
  readonly destination: RewardDestination | null;
}

/** The events of one page's payout. */
export interface PayoutEvents {
  readonly era: number;
  readonly stash: string;
  /** Null where the runtime does not report it. */
  readonly page: number | null;
  /** Index of the extrinsic in its block. */
  readonly extrinsic: number | null;
  /** Accounts that the block had created before. */
  readonly createdBefore: readonly string[];
  /** In the order of the chain, zero amounts left out: they are not reported by all runtimes. */
  readonly payments: readonly PaidEvent[];
  /** What accounts were credited with in the meantime, by the events of Balances. */
  readonly credits: readonly { readonly who: string; readonly amount: Planck }[];
}

interface Recorded {
  readonly extrinsic: number | null;
  readonly event: ChainEvent;
}

/** The payouts of a block, wherever their calls stand: alone, in batches, behind proxies and multisigs. */
export function payoutsIn(events: readonly Recorded[]): PayoutEvents[] {
  const payouts: { -readonly [Key in keyof PayoutEvents]: PayoutEvents[Key] }[] = [];
  const created: string[] = [];
  for (const { extrinsic, event } of events) {
    if (event.name === 'System.NewAccount') created.push(values(event.data, ['account'])[0] as string);
    if (event.name === 'Staking.PayoutStarted') {
      const { era, stash, page } = started(event.data);
      payouts.push({ era, stash, page, extrinsic, createdBefore: [...created], payments: [], credits: [] });
      continue;
    }
    // What follows belongs to the payout that began last, until the next begins or the extrinsic ends.
    const last = payouts.at(-1);
    if (last === undefined || last.extrinsic !== extrinsic) continue;
    const payment = paid(event);
    const credit = credited(event);
    if (payment && payment.amount > 0n) last.payments = [...last.payments, payment];
    if (credit) last.credits = [...last.credits, credit];
  }
  return payouts;
}

/** Fields by name; by position on runtimes that do not name them. */
function started(data: Plain): { era: number; stash: string; page: number | null } {
  const [era, stash, page] = values(data, ['eraIndex', 'validatorStash', 'page']);
  return { era: era as number, stash: stash as string, page: (page ?? null) as number | null };
}

function paid({ name, data }: ChainEvent): PaidEvent | null {
  if (name === 'Staking.Rewarded') {
    const named = values(data, ['stash', 'dest', 'amount']);
    // Before destinations were reported: the stash and the amount.
    const [who, destination, amount] =
      Array.isArray(data) && data.length === 2 ? [named[0], undefined, named[1]] : named;
    return {
      who: who as string,
      kind: 'staker',
      amount: BigInt(amount as bigint),
      destination: (destination ?? null) as RewardDestination | null,
    };
  }
  if (name === 'Staking.ValidatorIncentivePaid') {
    const [, who, destination, amount] = values(data, ['eraIndex', 'validatorStash', 'dest', 'amount']);
    return {
      who: who as string,
      kind: 'incentive',
      amount: BigInt(amount as bigint),
      destination: destination as RewardDestination,
    };
  }
  return null;
}

const CREDITS: Readonly<Record<string, readonly [who: string, amount: string]>> = {
  'Balances.Deposit': ['who', 'amount'],
  'Balances.Minted': ['who', 'amount'],
  'Balances.Transfer': ['to', 'amount'],
};

function credited({ name, data }: ChainEvent): { who: string; amount: Planck } | null {
  const fields = CREDITS[name];
  if (fields === undefined || data === null || typeof data !== 'object' || Array.isArray(data)) return null;
  const record = data as { readonly [key: string]: Plain };
  return { who: record[fields[0]] as string, amount: BigInt(record[fields[1]] as bigint) };
}

function values(data: Plain, names: readonly string[]): (Plain | undefined)[] {
  if (Array.isArray(data)) return names.map((_, index) => data[index] as Plain | undefined);
  return names.map((name) => (data as { readonly [key: string]: Plain | undefined })[name]);
}
