/**
 * Inflation that depends on the staking rate: the curve of Polkadot's token economics, and the integer arithmetic by
 * which Kusama's runtime computes an era's payout from it (`pallet-staking-reward-fn`, `relay_era_payout`).
 */

import { usageError } from '../errors.js';
import { maxOf, minOf } from '../numeric/integer.js';
import { Percent, Perquintill } from '../numeric/perthing.js';
import type { Planck } from '../plain.js';

/** Milliseconds of a Julian year (365.25 days), by which eras are converted. */
export const YEAR_MS = 31_557_600_000n;

const ACCURACY = Perquintill.accuracy;
/** ln 2, parts of 10^18. */
const LN2 = 693_147_180_559_945_309n;
const SMALLEST_FALLOFF = Perquintill.fromPercent(1n);
const MOST_TERMS = 300n;

/**
 * How near the staking rate is to the ideal one, 0 … 1: stake/ideal below it, 2^((ideal − stake)/falloff) above it,
 * summed as the runtime does it. Parts of 10^18 in and out. Zero for a falloff below 1 %.
 */
export function computeInflation(stake: bigint, ideal: bigint, falloff: bigint): bigint {
  if (stake < ideal) return Perquintill.fromRational(stake, ideal);
  if (falloff < SMALLEST_FALLOFF) return 0n;
  const slope = (LN2 * ACCURACY) / falloff;
  let term = ACCURACY;
  let sum = ACCURACY;
  for (let k = 1n; k < MOST_TERMS && term > 0n; k++) {
    // Each division cuts, in this order.
    term = (term * (stake - ideal) * slope) / k / ACCURACY / ACCURACY;
    sum += k % 2n === 0n ? term : -term;
  }
  return sum < 0n || sum > ACCURACY ? 0n : sum;
}

export interface EraPayoutInput {
  readonly totalStaked: Planck;
  readonly totalIssuance: Planck;
  /** Of a year; parts of 10^18, as are the three below. */
  readonly maxInflation: bigint;
  readonly minInflation: bigint;
  readonly ideal: bigint;
  readonly falloff: bigint;
  /** The era's part of a year, parts of 10^18: see {@link periodFraction}. */
  readonly periodFraction: bigint;
  /** The most of the whole payout that stakers may get, per cent; default 100. */
  readonly maxStakingSharePct?: number;
}

/** What an era pays to stakers, and what remains for the treasury, planck. */
export function eraPayout(input: EraPayoutInput): { readonly staking: Planck; readonly remainder: Planck } {
  const { totalIssuance, maxInflation, minInflation, periodFraction } = input;
  const stake = Perquintill.fromRational(input.totalStaked, totalIssuance);
  const adjustment = computeInflation(stake, input.ideal, input.falloff);
  const range = Perquintill.saturatingSub(maxInflation, minInflation);
  const inflation = Perquintill.saturatingAdd(minInflation, Perquintill.product(range, adjustment));
  const most = Perquintill.mul(Perquintill.product(periodFraction, maxInflation), totalIssuance);
  const earned = Perquintill.mul(Perquintill.product(periodFraction, inflation), totalIssuance);
  const total = earned + maxOf(most - earned, 0n);
  const share = Percent.fromPercent(BigInt(input.maxStakingSharePct ?? 100));
  const staking = minOf(earned, Percent.mul(share, total));
  return { staking, remainder: total - staking };
}

/** An era's part of a year, parts of 10^18. */
export const periodFraction = (eraMs: bigint): bigint => Perquintill.fromRational(eraMs, YEAR_MS);

/** Parameters of the curve, as fractions. */
export interface CurveParameters {
  /** Inflation without any stake. */
  readonly I0: number;
  /** Ideal staking rate. */
  readonly chiIdeal: number;
  /** Yearly interest at the ideal rate. */
  readonly iIdeal: number;
  /** By how much the rate may exceed the ideal until the inflation above I0 has halved. */
  readonly decay: number;
}

/**
 * The published curve: I0 + x·(i_ideal − I0/χ) up to the ideal rate χ, I0 + (i_ideal·χ − I0)·2^((χ − x)/d) above it.
 *
 * @param x staking rate, 0 … 1
 * @returns inflation a year, and interest on the stake (null without stake: it is infinite)
 * @throws usage STAKING_RATE_OUT_OF_RANGE, IDEAL_BELOW_MINIMUM
 */
export function inflationCurve(
  x: number,
  { I0, chiIdeal, iIdeal, decay }: CurveParameters,
): { readonly inflation: number; readonly interest: number | null } {
  if (!(x >= 0 && x <= 1))
    throw usageError('STAKING_RATE_OUT_OF_RANGE', `${x} is not a staking rate from 0 to 1.`);
  const peak = iIdeal * chiIdeal;
  if (!(peak >= I0)) {
    throw usageError(
      'IDEAL_BELOW_MINIMUM',
      `The inflation at the ideal rate (${peak}) is below the minimum (${I0}).`,
      { hint: 'Interest at the ideal rate times that rate must reach the minimum inflation.' },
    );
  }
  const inflation =
    x <= chiIdeal ? I0 + x * (iIdeal - I0 / chiIdeal) : I0 + (peak - I0) * 2 ** ((chiIdeal - x) / decay);
  return { inflation, interest: x === 0 ? null : inflation / x };
}

/**
 * What an era pays by the curve itself, which the first runtimes approximated by straight lines: I(x)·supply·era/year.
 * In the units of `supply`, a real number.
 * @throws usage STAKING_RATE_OUT_OF_RANGE, IDEAL_BELOW_MINIMUM
 */
export function legacyPayoutApprox(
  staked: number,
  supply: number,
  eraMs: number,
  parameters: CurveParameters,
): number {
  return (inflationCurve(staked / supply, parameters).inflation * supply * eraMs) / Number(YEAR_MS);
}
