/**
 * Which payouts go into which transaction: oldest first, as many as the chain's limits let into one, within a budget for
 * fees. Pure: what a call costs was measured before (costs.ts).
 */

import type { Planck } from '../plain.js';
import type { BlockLimits, CallCost } from '../tx/cost.js';
import type { PlannedCall } from '../tx/plan.js';

/** What is paid: a page of a validator in an era, or what a pool's member has earned. */
export type Target =
  | { readonly kind: 'payout'; readonly era: number; readonly stash: string; readonly page: number }
  | { readonly kind: 'pool'; readonly member: string; readonly pool: number };

/** One thing to be paid by one call. */
export interface Payable {
  readonly target: Target;
  readonly call: PlannedCall;
  /** What the call pays out to everybody, planck. */
  readonly amount: Planck;
  /** The part of it that counts for whoever runs this: of the accounts asked about, or all. */
  readonly gain: Planck;
  /** Whole eras until it is lost; null if it never is. */
  readonly erasLeft: number | null;
}

/** What a batch costs: one call in it, and each further call. Measured on the chain at the reference block. */
export interface BatchCosts {
  readonly limits: BlockLimits;
  readonly first: CallCost;
  readonly further: CallCost;
}

export interface BatchOptions {
  /** Most calls in one transaction; default as many as fit. */
  readonly maxCalls?: number;
  /** Most that all transactions together may cost, planck. */
  readonly maxFee?: Planck;
  /** What a payable must gain beyond what its call costs, planck. */
  readonly minProfit?: Planck;
}

export interface PayoutBatch {
  readonly items: readonly Payable[];
  /** Estimated fee of the transaction, planck. */
  readonly fee: Planck;
}

export interface Left {
  readonly item: Payable;
  readonly reason: 'unprofitable' | 'fee-budget' | 'too-heavy';
}

export interface Packed {
  readonly batches: readonly PayoutBatch[];
  /** What is not sent, and why. */
  readonly left: readonly Left[];
}

/** Of a limit that a transaction fills, percent: a block has other guests, and weights are estimates. */
const FILL_PERCENT = 90n;

/** Oldest first: what expires sooner; what never expires last. Otherwise in the order given. */
export function byExpiry<T extends Pick<Payable, 'erasLeft'>>(payables: readonly T[]): T[] {
  const eras = ({ erasLeft }: Pick<Payable, 'erasLeft'>) => erasLeft ?? Number.POSITIVE_INFINITY;
  return payables
    .map((item, index) => ({ item, index }))
    .sort((a, b) => compare(eras(a.item), eras(b.item)) || a.index - b.index)
    .map(({ item }) => item);
}

const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);

export function packPayouts(
  payables: readonly Payable[],
  costs: BatchCosts,
  options: BatchOptions = {},
): Packed {
  const size = Math.min(callsThatFit(costs), options.maxCalls ?? Number.POSITIVE_INFINITY);
  const left: Left[] = [];
  const batches: { items: Payable[]; fee: Planck }[] = [];
  let spent = 0n;
  for (const item of byExpiry(payables)) {
    const open = batches.at(-1);
    const joins = open !== undefined && open.items.length < size;
    const fee = joins ? costs.further.fee : costs.first.fee;
    if (size < 1) left.push({ item, reason: 'too-heavy' });
    else if (options.minProfit !== undefined && item.gain - costs.further.fee < options.minProfit)
      left.push({ item, reason: 'unprofitable' });
    else if (options.maxFee !== undefined && spent + fee > options.maxFee)
      left.push({ item, reason: 'fee-budget' });
    else {
      spent += fee;
      if (joins) {
        open.items.push(item);
        open.fee += fee;
      } else batches.push({ items: [item], fee });
    }
  }
  return { batches, left };
}

/** How many calls one transaction holds: by computation, by proof and by length, whichever is full first. */
export function callsThatFit({ limits, first, further }: BatchCosts): number {
  const dimensions = [
    [limits.weight.refTime, first.weight.refTime, further.weight.refTime],
    [limits.weight.proofSize, first.weight.proofSize, further.weight.proofSize],
    [BigInt(limits.length), BigInt(first.length), BigInt(further.length)],
  ] as const;
  let fits = MOST_CALLS;
  for (const [limit, one, next] of dimensions) {
    const room = (limit * FILL_PERCENT) / 100n - one;
    // A chain of one dimension says 0 for the other, and means no limit.
    if (one === 0n && next === 0n) continue;
    if (room < 0n) return 0;
    if (next > 0n && room / next + 1n < BigInt(fits)) fits = Number(room / next) + 1;
  }
  return fits;
}

/** `Utility.batched_calls_limit` of the live chains is larger; nobody wants to read more in one transaction. */
const MOST_CALLS = 1_000;
