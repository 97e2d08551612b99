/**
 * Polkadot's emission that does not depend on the staking rate: 8 % of a fixed issuance a year from October 2024, since
 * 14 March 2026 steps of 26.28 % of the way to 2.1 billion DOT every two years (referendum 1710; the Asset Hub's
 * `stepped_curve.rs` and `EraPayout`).
 */

import { usageError } from '../errors.js';
import { FixedU128 } from '../numeric/fixed.js';
import { maxOf, minOf } from '../numeric/integer.js';
import type { Planck } from '../plain.js';
import { YEAR_MS } from './curve.js';

const DOT = 10_000_000_000n;
/** Most that is ever issued, planck. */
const CAP = 2_100_000_000n * DOT;
/** Issued when the steps began, planck. */
const START_ISSUANCE = 16_743_421_533_310_057_487n;
/** The relay block of the first step. */
const START_BLOCK = 30_349_908n;
/** Relay blocks of two years: 6 s each, 365.25 days a year. */
const STEP_BLOCKS = 10_519_200n;
/** What is left of the way to the cap after a step, of 10,000. */
const LEFT = [7_372n, 10_000n] as const;
/** A week of the emission before: no era issues more, however long it lasts. */
const MOST_AN_ERA = 7n * 328_797n * DOT;

/**
 * A two-year period by the closed form, counted from 1: what is issued at its end, in its years, and in an era of this
 * length (`dailyDot` for eras of a day), DOT.
 * @throws usage PERIOD_OUT_OF_RANGE
 */
export function steppedPeriod(
  periodIndex: number,
  eraMs: number,
): { readonly totalIssuanceEndDot: number; readonly yearlyDot: number; readonly dailyDot: number } {
  if (!Number.isSafeInteger(periodIndex) || periodIndex < 1 || periodIndex > 1_000)
    throw usageError('PERIOD_OUT_OF_RANGE', `${periodIndex} is not a period from 1 to 1000.`);
  const n = BigInt(periodIndex);
  // (CAP − START)·LEFT^n over 10,000^n, exactly; the division is the last step.
  const distance = (CAP - START_ISSUANCE) * LEFT[0] ** n;
  const before = (CAP - START_ISSUANCE) * LEFT[0] ** (n - 1n) * LEFT[1];
  const unit = LEFT[1] ** n * DOT;
  const yearlyDot = real(before - distance, 2n * unit);
  return {
    totalIssuanceEndDot: real(CAP * LEFT[1] ** n - distance, unit),
    yearlyDot,
    dailyDot: (yearlyDot * eraMs) / Number(YEAR_MS),
  };
}

/** A quotient of large integers as a real number. */
const real = (a: bigint, b: bigint): number => Number((a * 10n ** 18n) / b) / 1e18;

/** What the runtime issues for an era that ends at this relay block, planck, in its own fixed-point arithmetic. */
export function issue(relayBlock: bigint, eraMs: bigint): Planck {
  const era = FixedU128.fromRationalNearest(eraMs, YEAR_MS);
  return minOf(FixedU128.saturatingMulInt(era, yearlyIssue(relayBlock)), MOST_AN_ERA);
}

/** Half of the last step that was taken. */
function yearlyIssue(relayBlock: bigint): Planck {
  // The curve is begun one step early, so that its first step is taken at the start block.
  const elapsed = relayBlock - (START_BLOCK - STEP_BLOCKS);
  if (elapsed < STEP_BLOCKS) return 0n;
  const steps = elapsed / STEP_BLOCKS;
  const step = maxOf(issuanceAfter(steps) - issuanceAfter(steps - 1n), 0n);
  return step / FixedU128.one / 2n;
}

/** Planck as FixedU128. */
function issuanceAfter(steps: bigint): bigint {
  const left = power(FixedU128.fromRational(...LEFT), steps);
  const distance = FixedU128.fromInteger(CAP) - FixedU128.fromInteger(START_ISSUANCE);
  return FixedU128.fromInteger(CAP) - FixedU128.saturatingMul(distance, left);
}

/** By squaring, cut at each multiplication, as the runtime does. */
function power(base: bigint, exponent: bigint): bigint {
  let result = FixedU128.one;
  for (let bits = exponent, square = base; bits > 0n; bits >>= 1n) {
    if (bits & 1n) result = FixedU128.saturatingMul(result, square);
    square = FixedU128.saturatingMul(square, square);
  }
  return result;
}

/** The emission before the steps: a yearly rate of a fixed issuance, of which the treasury takes its part. */
export function fixedEmission(input: {
  /** Planck. */
  readonly fixedTotalIssuance: Planck;
  /** Per cent a year. */
  readonly ratePct: bigint;
  /** Per cent of what is issued. */
  readonly treasuryPct: bigint;
  readonly eraMs: bigint;
}): { readonly era: Planck; readonly stakers: Planck; readonly treasury: Planck } {
  const percent = (n: bigint) => FixedU128.fromRationalNearest(n, 100n);
  const yearly = FixedU128.saturatingMulInt(percent(input.ratePct), input.fixedTotalIssuance);
  const era = FixedU128.saturatingMulInt(FixedU128.fromRationalNearest(input.eraMs, YEAR_MS), yearly);
  const treasury = FixedU128.saturatingMulInt(percent(input.treasuryPct), era);
  return { era, stakers: era - treasury, treasury };
}
