/**
 * A run of payouts: plans from what is owed, and what became of each item once the chain was read again. Pure; sending
 * is send.ts.
 */

import type { ReferenceBlock } from '../chain/types.js';
import { BursarError, EXIT } from '../errors.js';
import type { Planck } from '../plain.js';
import { leaves } from '../tx/classify.js';
import { outcomeError } from '../tx/execute.js';
import type { Outcome } from '../tx/outcome.js';
import type { Check, Plan } from '../tx/plan.js';
import type { Left, Payable, PayoutBatch, Target } from './batches.js';
import { payoutTarget, targetId, type Unpayable } from './payables.js';
import type { PoolReward } from './pools.js';

/** What became of one thing to be paid. */
export type ItemStatus =
  /** Not sent: this was a dry run. */
  | 'planned'
  | 'paid'
  /** Somebody else was faster, which is as good. */
  | 'paidByOthers'
  | 'failed'
  /** Sent, and not known yet. */
  | 'unknown'
  /** Not sent: see the reason. */
  | 'left';

export interface RunItem {
  readonly target: Target;
  /** Planck; 0 if not known. */
  readonly amount: Planck;
  readonly erasLeft: number | null;
  readonly status: ItemStatus;
  readonly reason: string | null;
  readonly txHash: string | null;
}

export interface RunTransaction {
  readonly callHex: string;
  readonly callHash: string;
  readonly targets: readonly Target[];
  readonly fee: Planck | null;
  readonly checks: readonly Check[];
  readonly outcome: Outcome | null;
}

export interface PayoutRun {
  readonly block: ReferenceBlock;
  readonly signer: string;
  readonly account: string;
  readonly dryRun: boolean;
  /** Why there is nothing to do; null otherwise. */
  readonly idle: string | null;
  readonly items: readonly RunItem[];
  readonly transactions: readonly RunTransaction[];
  /** Of the items that are paid, planck; by this run alone. */
  readonly paid: Planck;
  /** Fees of the transactions that are in a block, planck. */
  readonly fees: Planck;
}

/** One transaction of a run. */
export function batchPlan(batch: PayoutBatch, account: string): Plan<null> {
  const { length } = batch.items;
  return {
    title: `Pay out ${length === 1 ? 'one page' : `${length} pages or rewards`}`,
    account,
    calls: batch.items.map(({ call }) => call),
    batch: 'each',
    checks: [],
    spends: 0n,
    effect: null,
  };
}

/** A transaction with what it was to pay. */
export interface Sent {
  readonly items: readonly Payable[];
  readonly outcome: Outcome;
}

/**
 * What became of the items of a transaction.
 * @param owed ids of targets that are still owed, read after it; null if they could not be read
 */
export function settleItems({ items, outcome }: Sent, owed: ReadonlySet<string> | null): RunItem[] {
  const calls = outcome.kind === 'included' ? leaves(outcome.tree) : [];
  return items.map((item, index): RunItem => {
    const became = (status: ItemStatus, reason: string | null): RunItem => ({
      ...asItem(item),
      status,
      reason,
      txHash: outcome.txHash,
    });
    if (outcome.kind === 'broadcast') return became('unknown', 'it was sent and not followed');
    if (outcome.kind === 'pending') return became('unknown', outcome.reason);
    if (outcome.kind === 'expired') return became('failed', 'the transaction was never included');
    const call = calls[index];
    if (outcome.verdict !== 'dispatchFailed' && call?.status === 'ok') return became('paid', null);
    if (owed !== null && !owed.has(targetId(item.target))) return became('paidByOthers', null);
    return became('failed', (call?.failure ?? outcome.failure)?.name ?? 'unknown error');
  });
}

const LEFT: Readonly<Record<Left['reason'], string>> = {
  unprofitable: 'it pays less than its fee and the minimum profit',
  'fee-budget': 'the budget for fees is used up',
  'too-heavy': 'one call is more than the chain lets into a transaction',
};

const REFUSED: Readonly<Record<Unpayable['refused'], string>> = {
  NOT_BONDED: 'the validator is no longer bonded; the chain refuses the payout',
  NO_LEDGER: 'the ledger of the validator is missing; the chain refuses the payout',
  NO_REWARD: 'the chain does not know what the era pays',
};

export const leftItem = ({ item, reason }: Left): RunItem => ({
  ...asItem(item),
  status: 'left',
  reason: LEFT[reason],
  txHash: null,
});

export const unsentItem = (item: Payable, status: ItemStatus, reason: string | null): RunItem => ({
  ...asItem(item),
  status,
  reason,
  txHash: null,
});

export const unpayableItem = ({ page, refused }: Unpayable): RunItem => ({
  target: payoutTarget(page),
  amount: page.amount?.paid ?? 0n,
  erasLeft: page.erasLeft,
  status: 'left',
  reason: REFUSED[refused],
  txHash: null,
});

/** A member's reward that the signer may not touch. */
export const poolItem = ({ member, pool, pending }: PoolReward): RunItem => ({
  target: { kind: 'pool', member, pool },
  amount: pending,
  erasLeft: null,
  status: 'left',
  reason: 'the member does not let others do this',
  txHash: null,
});

const asItem = ({ target, amount, erasLeft }: Payable) => ({ target, amount, erasLeft });

/** Commands that hints name, as they can be typed where they are printed. */
export interface RunCommands {
  /** What became of a transaction. Default `bursar tx status HASH`. */
  readonly resolveWith?: ((txHash: string) => string) | undefined;
  /** What is owed. Default `bursar payouts list`. */
  readonly listWith?: string | undefined;
}

export const LIST_COMMAND = 'bursar payouts list';

/** The error that a run amounts to; none if everything was paid, by whomever. */
export function runError(
  items: readonly RunItem[],
  outcomes: readonly Outcome[],
  stopped: BursarError | null,
  { resolveWith, listWith = LIST_COMMAND }: RunCommands = {},
): BursarError | undefined {
  const bad = outcomes.find((one) => one.kind !== 'included' || one.verdict === 'dispatchFailed');
  const whole = bad && outcomeError(bad, resolveWith);
  if (whole) return whole;
  if (stopped) return stopped;
  const failed = items.filter(({ status }) => status === 'failed');
  if (failed.length === 0) return undefined;
  return new BursarError(
    EXIT.innerCallFailed,
    'PAYOUTS_FAILED',
    `${failed.length} of ${items.length} could not be paid: ${failed[0]?.reason}.`,
    { hint: `The others are not affected. See what is owed now with: ${listWith}` },
  );
}

/** Sums of a run. */
export function totals(
  items: readonly RunItem[],
  outcomes: readonly Outcome[],
): Pick<PayoutRun, 'paid' | 'fees'> {
  return {
    paid: items.reduce((sum, { status, amount }) => (status === 'paid' ? sum + amount : sum), 0n),
    fees: outcomes.reduce((sum, one) => sum + (one.kind === 'included' ? (one.fee ?? 0n) : 0n), 0n),
  };
}
