/** What is owed, by the chain's own arithmetic: facts in, every unpaid page with its payments out. Nothing is read here. */

import { pageIncentive, pagePart, pageReward, seatReward } from '../eras/split.js';
import type { EraWindow } from '../eras/types.js';
import type { Planck } from '../plain.js';
import type {
  EmptyPage,
  EraFacts,
  Lost,
  Owed,
  OwedPage,
  PageAmount,
  PayeeFacts,
  Payment,
  PayoutFacts,
  SeatFacts,
} from './types.js';

/**
 * Every unpaid page, oldest era first; pages that pay nothing apart. Amounts that may be too little to create their account
 * are judged as if the pages were paid in this order.
 */
export function owedPages(facts: PayoutFacts): Owed {
  const eras = new Map(facts.eraFacts.map((era) => [era.era, era]));
  const payees = payeesOf(facts);
  const created = new Set<string>();
  const pages: OwedPage[] = [];
  const empty: EmptyPage[] = [];
  const seats = [...facts.seats].sort(
    (a, b) => a.era - b.era || (a.stash < b.stash ? -1 : a.stash > b.stash ? 1 : 0),
  );
  for (const seat of seats) {
    const era = eras.get(seat.era)!;
    for (const { page } of seat.unpaid) {
      const amount = facts.amounts ? pageAmount(facts, era, seat, page, payees, created) : null;
      if (amount !== null && amount.total === 0n && seat.refused === null) {
        const reason = era.points[seat.stash] ? 'NOTHING' : 'NO_POINTS';
        empty.push({ era: seat.era, stash: seat.stash, page, reason });
      } else pages.push(owedPage(facts, seat, page, amount));
    }
  }
  return { pages, empty };
}

function owedPage(facts: PayoutFacts, seat: SeatFacts, page: number, amount: PageAmount | null): OwedPage {
  const exposure = seat.unpaid.find((one) => one.page === page)?.exposure;
  return {
    era: seat.era,
    stash: seat.stash,
    page,
    pages: seat.pageCount,
    claimed: seat.claimed,
    nominators: exposure?.others.length ?? (seat.pageCount === 1 ? seat.nominatorCount : 0),
    refused: seat.refused,
    erasLeft: seat.era + facts.window.historyDepth - facts.window.currentEra,
    expiresAt: expiry(facts.window, facts.block.timestamp, seat.era),
    amount,
  };
}

/**
 * When an era can no longer be paid, estimated unix milliseconds: the chain refuses it as soon as the era that is
 * `HistoryDepth` + 1 later is planned, which is some sessions before that era begins. Null when nothing tells how long an
 * era is.
 */
export function expiry(window: EraWindow, now: number, era: number): number | null {
  if (window.eraMs === null) return null;
  const start = window.activeEraStart ?? now;
  const last = era + window.historyDepth + 1;
  return Math.round(start + (last - window.activeEra) * window.eraMs - (window.planningMs ?? 0));
}

export const payeesOf = (facts: PayoutFacts): Map<string, PayeeFacts> =>
  new Map(facts.payees.map((payee) => [payee.account, payee]));

/**
 * What a page pays to whom. What is missing in the facts is a bug and throws.
 *
 * @param created accounts that exist besides those of the facts; those that this page creates are added
 */
export function pageAmount(
  facts: Pick<PayoutFacts, 'features' | 'existentialDeposit'>,
  era: EraFacts,
  seat: SeatFacts,
  page: number,
  payees: ReadonlyMap<string, PayeeFacts>,
  created: Set<string> = new Set(),
): PageAmount {
  const { features } = facts;
  const exposure = seat.unpaid.find((one) => one.page === page)?.exposure ?? null;
  if (exposure === null && seat.nominatorCount > 0)
    throw new Error(`page ${page} of ${seat.stash} in era ${seat.era} was not read`);
  const points = BigInt(era.points[seat.stash] ?? 0);
  const stake = {
    page,
    pageTotal: exposure?.pageTotal ?? 0n,
    nominators: exposure?.others.map(({ value }) => value) ?? [],
  };
  const reward = seatReward(features.arithmetic, {
    eraPayout: era.reward ?? 0n,
    points,
    totalPoints: BigInt(era.totalPoints),
    commission: BigInt(seat.commission),
    own: seat.own,
    total: seat.total,
  });
  // Without points the chain marks the page as paid and stops.
  const share =
    points === 0n
      ? { commission: 0n, own: 0n, nominators: stake.nominators.map(() => 0n) }
      : pageReward(features.arithmetic, reward, seat, stake);
  const incentive =
    points === 0n
      ? 0n
      : pageIncentive(era.incentiveBudget, seat.incentiveWeight, era.incentiveWeight, pagePart(stake, seat));
  const pay = payer(facts.existentialDeposit, payees, created);
  const payments = [
    pay(seat.stash, 'incentive', incentive),
    pay(seat.stash, 'reward', share.commission + share.own),
    ...share.nominators.map((amount, index) => pay(exposure!.others[index]!.who, 'nominator', amount)),
  ].filter(({ amount }) => amount > 0n);
  return {
    total: sum(payments),
    paid: sum(payments.filter(({ lost }) => lost === null)),
    commission: share.commission,
    own: share.own,
    incentive,
    nominators: share.nominators.reduce((a, b) => a + b, 0n),
    mode: era.mode,
    payments,
  };
}

const sum = (payments: readonly Payment[]): Planck => payments.reduce((all, { amount }) => all + amount, 0n);

/** Payments in the order of the chain: the first to a new account may create it for the next. */
function payer(
  existentialDeposit: Planck,
  payees: ReadonlyMap<string, PayeeFacts>,
  created: Set<string>,
): (who: string, kind: Payment['kind'], amount: Planck) => Payment {
  return (who, kind, amount) => {
    const payee = payees.get(who);
    if (payee === undefined) throw new Error(`the payee of ${who} was not read`);
    const { destination, to } = payee;
    const exists = payee.exists || (to !== null && created.has(to));
    const lost: Lost | null =
      destination === null || (to === null && destination !== 'None')
        ? 'NO_PAYEE'
        : destination === 'None'
          ? 'DESTINATION_NONE'
          : !exists && amount < existentialDeposit
            ? 'BELOW_EXISTENTIAL_DEPOSIT'
            : null;
    if (lost === null && to !== null && amount > 0n) created.add(to);
    return { who, kind, amount, destination, to: lost === null ? to : null, lost };
  };
}
