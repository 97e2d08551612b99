/**
 * How fees follow demand. {@link adjustFee} is the published rule (Polkadot token economics, "slow" and "fast"
 * adjusting fees): f ← f·(1 + v·d + (v·d)²/2) with d = saturation − target, the start of the series of f·e^(v·d).
 * {@link nextMultiplier} is what the runtime computes with it, to the last digit.
 */

import { usageError } from '../errors.js';
import { FixedU128 } from '../numeric/fixed.js';
import { maxOf, minOf, U128_MAX } from '../numeric/integer.js';
import { Perbill, Perquintill } from '../numeric/perthing.js';

export interface Adjustment {
  /** The fee before; any unit. */
  readonly fee: number;
  /** How full the block was of what normal transactions may use, 0 … 1. */
  readonly saturation: number;
  /** The saturation at which fees stay as they are, 0 … 1 (Polkadot: 0.25). */
  readonly target: number;
  /** Variability, per block. */
  readonly v: number;
}

/**
 * One block: the fee after it, and what the exponential form gives.
 * @throws usage SATURATION_OUT_OF_RANGE, TARGET_OUT_OF_RANGE
 */
export function adjustFee(input: Adjustment): { readonly fee: number; readonly exponentialForm: number } {
  const change = relativeChange(input);
  return { fee: input.fee * growth(change), exponentialForm: input.fee * Math.exp(change) };
}

/**
 * The same saturation for many blocks: the fee after them, and the linear estimate fee·(1 + v·d·blocks) on which the
 * published budgets rest. The true change is larger: e^(v·d·blocks) − 1.
 * @throws usage SATURATION_OUT_OF_RANGE, TARGET_OUT_OF_RANGE, BLOCKS_OUT_OF_RANGE
 */
export function adjustFeeOver(
  input: Adjustment,
  blocks: number,
): { readonly fee: number; readonly linearEstimate: number } {
  const change = relativeChange(input);
  if (!Number.isSafeInteger(blocks) || blocks < 0) {
    throw usageError('BLOCKS_OUT_OF_RANGE', `${blocks} is not a number of blocks.`);
  }
  return { fee: input.fee * growth(change) ** blocks, linearEstimate: input.fee * (1 + change * blocks) };
}

/**
 * The largest variability that changes the fee by no more than the share `p` within `k` blocks: p / (k·(1 − target)),
 * by the linear estimate.
 * @throws usage TARGET_OUT_OF_RANGE, BLOCKS_OUT_OF_RANGE
 */
export function variabilityBound(p: number, k: number, target: number): number {
  checkTarget(target);
  if (!(k > 0 && k < Number.POSITIVE_INFINITY)) {
    throw usageError('BLOCKS_OUT_OF_RANGE', `${k} is not a number of blocks above zero.`);
  }
  return p / (k * (1 - target));
}

export interface BlockUse {
  readonly lengthSum: number;
  readonly normalLengthLimit: number;
  readonly weightSum: number;
  readonly normalWeightLimit: number;
}

/**
 * How full a block was: by length or by weight, whichever is fuller.
 * @throws usage LIMIT_OUT_OF_RANGE
 */
export function saturation(use: BlockUse): number {
  return Math.max(share(use.lengthSum, use.normalLengthLimit), share(use.weightSum, use.normalWeightLimit));
}

export interface Weight {
  readonly refTime: bigint;
  readonly proofSize: bigint;
}

export interface MultiplierInput {
  /** FixedU128 inner integers, as all multipliers here. */
  readonly previous: bigint;
  /** What normal transactions used of the block. */
  readonly block: Weight;
  /** What they may use: `BlockWeights.per_class.normal.max_total`. */
  readonly limit: Weight;
  /** `AdjustmentVariable` (Polkadot: 75/1000000). */
  readonly v: bigint;
  /** `TargetBlockFullness`, Perquintill parts (Polkadot: 25 %). */
  readonly target: bigint;
  readonly min: bigint;
  /** Default: the largest FixedU128, as on Polkadot. */
  readonly max?: bigint;
}

/**
 * `TransactionPayment.NextFeeMultiplier` after a block, exactly as `TargetedFeeAdjustment::convert` of
 * pallet-transaction-payment 49 computes it: every product cut towards zero, saturating, clamped to min … max. The
 * scarcer of the two weight dimensions counts.
 */
export function nextMultiplier(input: MultiplierInput): bigint {
  const { v, min, max = U128_MAX } = input;
  const previous = maxOf(input.previous, min);
  const { used, limit } = limitingDimension(input.block, input.limit);

  const target = Perquintill.mul(input.target, limit);
  const difference = FixedU128.saturatingFromRational(
    used > target ? used - target : target - used,
    maxOf(limit, 1n),
  );
  const firstTerm = FixedU128.saturatingMul(v, difference);
  const halfVSquared = FixedU128.div(FixedU128.saturatingMul(v, v), FixedU128.fromInteger(2n));
  const secondTerm = FixedU128.saturatingMul(halfVSquared, FixedU128.saturatingMul(difference, difference));

  const isBusy = used >= target;
  const share = isBusy
    ? FixedU128.saturatingAdd(firstTerm, secondTerm)
    : FixedU128.saturatingSub(firstTerm, secondTerm);
  const change = FixedU128.saturatingMul(share, previous);
  const next = isBusy ? FixedU128.saturatingAdd(previous, change) : FixedU128.saturatingSub(previous, change);
  return minOf(maxOf(next, min), max);
}

function limitingDimension(block: Weight, limit: Weight): { readonly used: bigint; readonly limit: bigint } {
  const refTime = minOf(block.refTime, limit.refTime);
  const proofSize = minOf(block.proofSize, limit.proofSize);
  const refTimeShare = Perbill.fromRational(refTime, maxOf(limit.refTime, 1n));
  const proofSizeShare = Perbill.fromRational(proofSize, maxOf(limit.proofSize, 1n));
  return refTimeShare < proofSizeShare
    ? { used: proofSize, limit: limit.proofSize }
    : { used: refTime, limit: limit.refTime };
}

function relativeChange({ saturation, target, v }: Adjustment): number {
  checkTarget(target);
  if (!(saturation >= 0 && saturation <= 1)) {
    throw usageError('SATURATION_OUT_OF_RANGE', `A saturation of ${saturation} is not between 0 and 1.`);
  }
  return v * (saturation - target);
}

const growth = (change: number): number => 1 + change + change ** 2 / 2;

/** A target of 1 would never let a fee rise: v would have to be infinite. */
function checkTarget(target: number): void {
  if (target >= 0 && target < 1) return;
  throw usageError('TARGET_OUT_OF_RANGE', `A target of ${target} is not at least 0 and below 1.`);
}

function share(used: number, limit: number): number {
  if (limit > 0 && used >= 0) return used / limit;
  throw usageError('LIMIT_OUT_OF_RANGE', `${used} of ${limit} is not a share: the limit must be above zero.`);
}
