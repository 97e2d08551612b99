/**
 * Who gets what of an era's payout, to the planck: the arithmetic of `pallet-staking` (each share rounded to the nearest),
 * of `pallet-staking-async` (shares cut, validators paid by page in proportion to its stake), and of the published
 * design of 2019 (a fixed fee).
 */

import { usageError } from '../errors.js';
import { minOf } from '../numeric/integer.js';
import { Perbill } from '../numeric/perthing.js';
import type { Planck } from '../plain.js';
import type { EraFeatures } from './types.js';

export interface ValidatorEra {
  /** What the era pays to all, planck. */
  readonly eraPayout: Planck;
  readonly points: bigint;
  readonly totalPoints: bigint;
  /** Parts of 10^9. */
  readonly commission: bigint;
  readonly own: Planck;
  /** Own stake and that of all nominators, planck. */
  readonly total: Planck;
}

/** What a validator's seat earned in an era, and how it is divided, planck. */
export interface SeatReward {
  readonly total: Planck;
  readonly commission: Planck;
  /** What is left for the stake, the validator's and the nominators'. */
  readonly leftover: Planck;
  /** The part of the validator's own stake, over all pages. */
  readonly own: Planck;
}

export interface PageStake {
  /** The first page carries the validator's own stake. */
  readonly page: number;
  /** Stake of the page's nominators, planck; in an era without pages, the whole exposure. */
  readonly pageTotal: Planck;
  readonly nominators: readonly Planck[];
}

/** What one page pays, planck. */
export interface PageReward {
  readonly commission: Planck;
  readonly own: Planck;
  readonly nominators: readonly Planck[];
}

type Arithmetic = EraFeatures['arithmetic'];

/** The seat's part of the era, and its division between commission, own stake and nominators. */
export function seatReward(arithmetic: Arithmetic, era: ValidatorEra): SeatReward {
  const part = arithmetic === 'calculator' ? Perbill.mulFloor : Perbill.mul;
  const total = part(Perbill.fromRational(era.points, era.totalPoints), era.eraPayout);
  return divideSeat(arithmetic, total, era);
}

function divideSeat(
  arithmetic: Arithmetic,
  total: Planck,
  { commission: rate, own: ownStake, total: stake }: Pick<ValidatorEra, 'commission' | 'own' | 'total'>,
): SeatReward {
  const part = arithmetic === 'calculator' ? Perbill.mulFloor : Perbill.mul;
  const commission = part(rate, total);
  const leftover = total - commission;
  return { total, commission, leftover, own: part(Perbill.fromRational(ownStake, stake), leftover) };
}

/** The page's part of the whole exposure: what a validator's reward is divided by. */
export function pagePart(page: PageStake, { own, total }: Pick<ValidatorEra, 'own' | 'total'>): bigint {
  return Perbill.fromRational(page.pageTotal + (page.page === 0 ? own : 0n), total);
}

/** What one page pays to the validator and to each of the page's nominators. */
export function pageReward(
  arithmetic: Arithmetic,
  seat: SeatReward,
  exposure: Pick<ValidatorEra, 'own' | 'total'>,
  page: PageStake,
): PageReward {
  const part = pagePart(page, exposure);
  if (arithmetic === 'perbill') {
    const share = (stake: Planck) => Perbill.mul(Perbill.fromRational(stake, exposure.total), seat.leftover);
    return {
      commission: Perbill.mul(part, seat.commission),
      // Own stake is paid with the first page alone.
      own: page.page === 0 ? seat.own : 0n,
      nominators: page.nominators.map(share),
    };
  }
  // The chain cuts the validator's sum once; commission is shown cut on its own, the rest belongs to the stake.
  const validator = Perbill.mulFloor(part, seat.commission + seat.own);
  const commission = minOf(Perbill.mulFloor(part, seat.commission), validator);
  const nominated = exposure.total > exposure.own ? exposure.total - exposure.own : 0n;
  const pot = seat.leftover - seat.own;
  return {
    commission,
    own: validator - commission,
    nominators: page.nominators.map((stake) => Perbill.mulFloor(Perbill.fromRational(stake, nominated), pot)),
  };
}

/** All pages of a validator in an era. */
export interface EraSplit {
  readonly validatorTotalPayout: Planck;
  readonly commission: Planck;
  readonly leftover: Planck;
  /** What the validator gets for commission and own stake before pages are cut. */
  readonly validatorPayout: Planck;
  readonly nominatorPayout: Planck;
  readonly pages: readonly { readonly validator: Planck; readonly nominators: readonly Planck[] }[];
  readonly paid: Planck;
  /** What the seat earned and nobody gets; below zero where rounding pays more than was earned. */
  readonly dust: Planck;
}

/**
 * Splits a validator's era among all who stand behind it.
 *
 * @param nominators stakes in the order of the exposure, planck
 * @param pageSize nominators a page; default: all in one
 * @throws usage PAGE_SIZE
 */
export function splitEra(
  arithmetic: Arithmetic,
  era: Omit<ValidatorEra, 'total'>,
  nominators: readonly Planck[],
  pageSize: number = Math.max(1, nominators.length),
): EraSplit {
  if (!(pageSize >= 1)) throw usageError('PAGE_SIZE', `${pageSize} is not a number of nominators from 1.`);
  const full = { ...era, total: nominators.reduce((sum, stake) => sum + stake, era.own) };
  const seat = seatReward(arithmetic, full);
  const pages = [];
  for (let start = 0; start === 0 || start < nominators.length; start += pageSize) {
    const stakes = nominators.slice(start, start + pageSize);
    const pageTotal = stakes.reduce((sum, stake) => sum + stake, 0n);
    const page = { page: start / pageSize, pageTotal, nominators: stakes };
    const reward = pageReward(arithmetic, seat, full, page);
    pages.push({ validator: reward.commission + reward.own, nominators: reward.nominators });
  }
  const paid = pages.reduce(
    (sum, { validator, nominators }) => nominators.reduce((a, b) => a + b, sum + validator),
    0n,
  );
  const validatorPayout = seat.commission + seat.own;
  return {
    validatorTotalPayout: seat.total,
    commission: seat.commission,
    leftover: seat.leftover,
    validatorPayout,
    nominatorPayout: seat.total - validatorPayout,
    pages,
    paid,
    dust: seat.total - paid,
  };
}

/** staking-async's division of a seat between the validator and all nominators; nothing is lost. */
export function splitSeat(
  total: Planck,
  exposure: Pick<ValidatorEra, 'commission' | 'own' | 'total'>,
): { readonly validatorPayout: Planck; readonly nominatorPayout: Planck } {
  const seat = divideSeat('calculator', total, exposure);
  const validatorPayout = seat.commission + seat.own;
  return { validatorPayout, nominatorPayout: total - validatorPayout };
}

/** What a page pays of the validator's part in the incentive budget, planck (cut three times, as on chain). */
export function pageIncentive(
  budget: Planck,
  weight: bigint | null,
  totalWeight: bigint,
  part: bigint,
): Planck {
  if (weight === null || weight === 0n || totalWeight === 0n) return 0n;
  return Perbill.mulFloor(part, Perbill.mulFloor(Perbill.fromRational(weight, totalWeight), budget));
}

/**
 * A validator's weight in the incentive budget by its own stake s: √s up to the optimum T, √(T + k²·(s − T)) up to the
 * cap, constant above. Zero without stake, and where neither optimum nor cap is set.
 *
 * @param slope k, parts of 10^9
 */
export function incentiveWeight(own: Planck, optimum: Planck, cap: Planck, slope: bigint): bigint {
  if (own === 0n || (optimum === 0n && cap === 0n)) return 0n;
  if (own <= optimum) return squareRoot(own);
  const counted = minOf(own, cap);
  const excess = counted > optimum ? counted - optimum : 0n;
  return squareRoot(optimum + Perbill.mulFloor(Perbill.product(slope, slope), excess));
}

/** The largest integer of which the square is not above `n`. */
function squareRoot(n: bigint): bigint {
  if (n < 2n) return n;
  let root = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/**
 * The design of 2019: the validator takes an announced amount, the rest goes to all stakes in proportion, its own among
 * them. Real numbers: no chain computes this.
 *
 * @param stakes by name; the validator's own under `validator`
 */
export function splitFixedFee(
  payout: number,
  fixedFee: number,
  stakes: Readonly<Record<string, number>>,
): {
  readonly fee: number;
  readonly shares: Readonly<Record<string, number>>;
  readonly validatorTotal: number;
} {
  const fee = Math.min(fixedFee, payout);
  const total = Object.values(stakes).reduce((sum, stake) => sum + stake, 0);
  const share = (stake: number) => (total === 0 ? 0 : ((payout - fee) * stake) / total);
  const shares = Object.fromEntries(Object.entries(stakes).map(([name, stake]) => [name, share(stake)]));
  return { fee, shares, validatorTotal: fee + (shares.validator ?? 0) };
}
