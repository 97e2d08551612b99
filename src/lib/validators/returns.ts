/**
 * What a stake behind a set of validators earns in a year: an estimate, in real numbers.
 *
 * The chain gives an era's reward R to validators by their points p of P; a validator takes its commission k and shares
 * the rest over its whole exposure E. A token behind it earns R · (p / P) · (1 − k) / E in that era.
 *
 *   realised   the mean of that over the eras that were read, with each era's own commission and exposure
 *   expected   the mean R of a week, the validator's part of the week's points, its commission and exposure now,
 *              the new stake added
 *
 * A year has 365.25 days; rewards are not put back to work. The stake is split evenly over the targets that are elected:
 * the election decides that in truth, and often gives all to one. An era in which no target is elected earns nothing.
 * Where only the largest nominators are paid, a stake below the smallest of them earns nothing. Slashes are not counted.
 */

import { tokens } from './ranking.js';
import type { Facts } from './types.js';

/** A target in an era; null in the facts: not elected. */
export interface TargetEra {
  readonly total: bigint;
  /** Parts of 10^9. */
  readonly commission: number;
  /** The smallest nomination that is paid, if others are left out; null: all are paid. */
  readonly leastPaid: bigint | null;
}

export interface TargetHistory {
  readonly address: string;
  /** For each of the facts' eras, and one more for the active era. */
  readonly eras: readonly (TargetEra | null)[];
}

export interface Yearly {
  /** Part of the stake that is earned in an era, mean. */
  readonly perEra: number;
  /** Part of the stake in a year; null where the length of an era is not known. */
  readonly perYear: number | null;
  /** Of the stake, whole tokens in a year. */
  readonly tokens: number | null;
}

export interface ReturnEstimate {
  /** Whole tokens. */
  readonly stake: number;
  /** Eras with a known reward. */
  readonly eras: number;
  readonly erasPerYear: number | null;
  /** Null: no target is elected now, or no era has a reward. */
  readonly expected: Yearly | null;
  readonly realised: Yearly | null;
  readonly targets: readonly {
    readonly address: string;
    /** Eras, of those that were counted, in which it was elected. */
    readonly elected: number;
    readonly expected: Yearly | null;
    readonly realised: Yearly | null;
  }[];
  /** The realised return of each era, all targets together, as part of the stake. */
  readonly series: readonly { readonly era: number; readonly rate: number }[];
}

const YEAR_MS = 365.25 * 24 * 60 * 60 * 1000;

/** @param stake planck */
export function estimateReturns(
  facts: Facts,
  targets: readonly TargetHistory[],
  stake: bigint,
): ReturnEstimate {
  const amount = tokens(facts, stake);
  const erasPerYear = facts.eraMs === null ? null : YEAR_MS / facts.eraMs;
  const yearly = (perEra: number | null): Yearly | null => {
    if (perEra === null) return null;
    const perYear = erasPerYear === null ? null : perEra * erasPerYear;
    return { perEra, perYear, tokens: perYear === null ? null : perYear * amount };
  };
  const counted = facts.eras.flatMap(({ reward, points }, index) =>
    reward !== null && points > 0 ? [index] : [],
  );
  const now = targets.filter(({ eras }) => eras.at(-1) != null);
  const part = now.length === 0 ? 0n : stake / BigInt(now.length);
  const series = counted.map((index) => ({
    era: facts.eras[index]!.era,
    rate: mean(targets.flatMap((target) => present(realisedRate(facts, targets, target, index, stake)))) ?? 0,
  }));
  return {
    stake: amount,
    eras: counted.length,
    erasPerYear,
    expected: yearly(mean(now.flatMap((target) => present(expectedRate(facts, target, part))))),
    realised: yearly(mean(series.map(({ rate }) => rate))),
    targets: targets.map((target) => {
      const rates = counted.flatMap((index) => present(realisedRate(facts, targets, target, index, stake)));
      return {
        address: target.address,
        elected: rates.length,
        expected: yearly(expectedRate(facts, target, part)),
        // Eras without it count as nothing earned: the stake was there.
        realised: yearly(counted.length === 0 ? null : rates.reduce(sum, 0) / counted.length),
      };
    }),
    series,
  };
}

/** What a token behind the target earned in an era; null: not elected. */
function realisedRate(
  facts: Facts,
  targets: readonly TargetHistory[],
  target: TargetHistory,
  index: number,
  stake: bigint,
): number | null {
  const then = target.eras[index];
  if (then == null) return null;
  const elected = targets.filter(({ eras }) => eras[index] != null).length;
  if (then.leastPaid !== null && stake / BigInt(elected) < then.leastPaid) return 0;
  const { reward, points } = facts.eras[index]!;
  const own = pointsOf(facts, target.address)[index] ?? 0;
  return (
    (tokens(facts, reward ?? 0n) * (own / points) * (1 - then.commission / 1e9)) / tokens(facts, then.total)
  );
}

/** What a token behind the target will earn in an era if things stay as they are; null: not elected now. */
function expectedRate(facts: Facts, target: TargetHistory, part: bigint): number | null {
  const now = target.eras.at(-1);
  if (now == null) return null;
  if (now.leastPaid !== null && part < now.leastPaid) return 0;
  const week = facts.eras.slice(-facts.spans.week);
  const own = pointsOf(facts, target.address).slice(-facts.spans.week);
  const points = week.reduce((total, era) => total + era.points, 0);
  const reward = mean(week.flatMap((era) => (era.reward === null ? [] : [tokens(facts, era.reward)])));
  if (reward === null || points === 0) return null;
  const share = own.reduce<number>((total, value) => total + (value ?? 0), 0) / points;
  return (reward * share * (1 - now.commission / 1e9)) / tokens(facts, now.total + part);
}

const pointsOf = (facts: Facts, address: string): readonly (number | null)[] =>
  facts.validators.find((validator) => validator.address === address)?.points ?? [];

const present = <T>(value: T | null): T[] => (value === null ? [] : [value]);
const sum = (a: number, b: number): number => a + b;
const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce(sum, 0) / values.length;
