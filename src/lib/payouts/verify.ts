/**
 * Recomputes a payout from the state before it and compares the result with what the chain reported: pages, payments,
 * their order, amounts, destinations, and what was credited to the receivers.
 */

import type { OpenChain } from '../chain/connect.js';
import { claimedPages, readEraWindow, readLedgers } from '../eras/facts.js';
import { readParts } from '../eras/read.js';
import type { EraStash, RewardDestination } from '../eras/types.js';
import { type BursarError, preconditionError, verificationError } from '../errors.js';
import { type Planck, toCanonicalJson } from '../plain.js';
import type { BlockRef } from '../tx/outcome.js';
import { firstBlockWhere, type Moment, momentOf } from './blocks.js';
import { type PaidEvent, type PayoutEvents, payoutsIn } from './events.js';
import { contradiction, readPayoutFacts } from './facts.js';
import { chosenEras } from './list.js';
import { pageAmount, payeesOf } from './owed.js';
import { readPayees } from './payees.js';
import type { PageAmount, Payment, PayoutFacts } from './types.js';

export interface VerifyQuery extends EraStash {
  /** Hash of the block that paid; default: it is searched. */
  readonly block?: string | undefined;
  /** Index in that block of the only extrinsic to look at. */
  readonly extrinsic?: number;
  readonly onProgress?: (message: string) => void;
}

/** The first thing that is not as it must be. */
export interface PayoutDifference {
  /** What is compared, such as `amount of 5F…`. */
  readonly what: string;
  readonly expected: string;
  readonly found: string;
}

export interface PageVerification {
  readonly page: number;
  /** Null: it is not known where it was paid. */
  readonly block: BlockRef | null;
  readonly finalized: boolean | null;
  readonly extrinsic: number | null;
  /** Recomputed from the state before the block; null when the block is not known. */
  readonly expected: PageAmount | null;
  readonly found: readonly PaidEvent[] | null;
  /** Null: none, or nothing was compared. */
  readonly difference: PayoutDifference | null;
}

export interface PayoutVerification extends EraStash {
  readonly genesisHash: string;
  readonly token: { readonly symbol: string; readonly decimals: number };
  /** equal: every page that was looked at; differs: one does not; unchecked: the claim alone could be verified. */
  readonly verdict: 'equal' | 'differs' | 'unchecked';
  /** Pages of this validator and era that are paid at the reference block. */
  readonly claimed: readonly number[];
  readonly pages: readonly PageVerification[];
  /** What this verification says nothing about. */
  readonly notChecked: readonly string[];
}

/**
 * @throws precondition PAYOUT_NOT_FOUND (nothing of it was paid, or not there), BLOCK_NOT_CANONICAL; unreachable
 *   STATE_PRUNED, BLOCK_GONE
 */
export async function verifyPayout(chain: OpenChain, query: VerifyQuery): Promise<PayoutVerification> {
  const claimed = await claimedAt(chain, query, chain.reference.hash);
  const pages =
    query.block === undefined
      ? await searchedPages(chain, query, claimed)
      : await pagesOfBlock(chain, query, query.block, claimed);
  const unknown = pages.filter(({ block }) => block === null);
  return {
    genesisHash: chain.identity.genesisHash,
    token: { symbol: chain.token.symbol, decimals: chain.token.decimals },
    era: query.era,
    stash: query.stash,
    verdict: pages.some(({ difference }) => difference !== null)
      ? 'differs'
      : unknown.length > 0
        ? 'unchecked'
        : 'equal',
    claimed,
    pages,
    notChecked: unknown.map(
      ({ page }) =>
        `page ${page + 1} is marked as paid, but the endpoint does not keep the state of the block that paid it: its amounts are not compared`,
    ),
  };
}

/** The error of a payout that is not what it must be. */
export function differenceError({ era, stash, pages }: PayoutVerification): BursarError | null {
  const wrong = pages.find(({ difference }) => difference !== null);
  if (!wrong?.difference) return null;
  const { what, expected, found } = wrong.difference;
  return verificationError(
    'PAYOUT_DIFFERS',
    `The payout of era ${era} to ${stash}, page ${wrong.page + 1}, is not what the state says: ${what} must be ${expected}, but is ${found}.`,
    {
      hint: 'Run it again with another endpoint; if it stays so, the runtime computes payouts in another way than bursar knows.',
      details: { page: wrong.page, what, expected, found },
    },
  );
}

/** Each paid page, wherever it was paid. */
async function searchedPages(
  chain: OpenChain,
  query: VerifyQuery,
  claimed: readonly number[],
): Promise<PageVerification[]> {
  if (claimed.length === 0) {
    // Says so if the era cannot have been paid at all.
    chosenEras(await readEraWindow(chain), { era: query.era });
    throw notFound(query, 'no page of it is paid yet', '`bursar payouts list` says what is owed.');
  }
  const blocks = new Map<number, BlockRef | null>();
  for (const page of claimed) {
    query.onProgress?.(`searching the block that paid page ${page + 1}`);
    const holds = async (hash: string) => (await claimedAt(chain, query, hash)).includes(page);
    blocks.set(page, await firstBlockWhere(chain, holds));
  }
  const found = [...new Set([...blocks.values()].flatMap((block) => (block ? [block.hash] : [])))];
  const verified = await Promise.all(found.map((hash) => pagesOfBlock(chain, query, hash, claimed)));
  const unknown = claimed.filter((page) => blocks.get(page) === null);
  return [...verified.flat(), ...unknown.map(unchecked)].sort((a, b) => a.page - b.page);
}

const unchecked = (page: number): PageVerification => ({
  page,
  block: null,
  finalized: null,
  extrinsic: null,
  expected: null,
  found: null,
  difference: null,
});

/** The pages that one block paid. */
async function pagesOfBlock(
  chain: OpenChain,
  query: VerifyQuery,
  hash: string,
  claimed: readonly number[],
): Promise<PageVerification[]> {
  const moment = await momentOf(chain, hash);
  const [before, after, records] = await Promise.all([
    claimedAt(moment.before, query, moment.parent.hash),
    claimedAt(moment.before, query, hash),
    moment.before.events(hash),
  ]);
  const fresh = after.filter((page) => !before.includes(page));
  const payouts = payoutsIn(records).filter(
    ({ era, stash, extrinsic }) =>
      era === query.era &&
      stash === query.stash &&
      (query.extrinsic === undefined || extrinsic === query.extrinsic),
  );
  const reported = payouts.map(({ page }, index) => page ?? fresh[index] ?? 0);
  // A page without points is marked as paid, and nothing is reported: which extrinsic did it is not known.
  const silent = query.extrinsic === undefined || payouts.length === 0 ? fresh : [];
  const pages = [...new Set([...reported, ...silent])].sort((a, b) => a - b);
  if (pages.length === 0) {
    throw notFound(
      query,
      `block ${moment.block.number} pays nothing of it`,
      'Leave out --tx and --block: the block is searched then.',
    );
  }
  // Claims stay as long as the era does.
  if (pages.some((page) => claimed.includes(page) && !after.includes(page)))
    throw contradiction(chain, query);
  const facts = await factsBefore(moment, query);
  const payees = await payeesAfter(moment, facts);
  return pages.map((page): PageVerification => {
    const events = payouts[reported.indexOf(page)] ?? null;
    const amount = expectedAmount(facts, page, events);
    if (amount === null && fresh.includes(page)) throw contradiction(chain, query);
    return {
      page,
      block: moment.block,
      finalized: moment.finalized,
      extrinsic: events?.extrinsic ?? null,
      expected: amount,
      found: events?.payments ?? [],
      difference: fresh.includes(page)
        ? compare(amount, events, payees)
        : { what: 'the state of the page', expected: 'paid in this block', found: 'not changed by it' },
    };
  });
}

/** The state before the block, of every page that it had not paid. */
async function factsBefore({ before, parent }: Moment, { era, stash }: EraStash): Promise<PayoutFacts> {
  const window = await readEraWindow(before, {}, parent.hash);
  return readPayoutFacts(before, { window, eras: [era], stashes: [stash], at: parent.hash });
}

/** Null: the page was paid before, or is none. */
function expectedAmount(facts: PayoutFacts, page: number, events: PayoutEvents | null): PageAmount | null {
  const [seat] = facts.seats;
  const [era] = facts.eraFacts;
  if (seat === undefined || era === undefined || !seat.unpaid.some((one) => one.page === page)) return null;
  return pageAmount(facts, era, seat, page, payeesOf(facts), new Set(events?.createdBefore));
}

/** Payees may be changed in the block itself, before the payout. */
async function payeesAfter(
  { before, block }: Moment,
  facts: PayoutFacts,
): Promise<Map<string, RewardDestination | null>> {
  const payees = await readPayees(before, facts.seats, block.hash);
  return new Map(payees.map(({ account, destination }) => [account, destination]));
}

function compare(
  expected: PageAmount | null,
  events: PayoutEvents | null,
  payeesAfter: ReadonlyMap<string, RewardDestination | null>,
): PayoutDifference | null {
  const wanted = (expected?.payments ?? []).filter(({ lost }) => lost === null);
  const found = events?.payments ?? [];
  for (let index = 0; index < Math.max(wanted.length, found.length); index++) {
    const difference = comparePayment(wanted[index], found[index], payeesAfter);
    if (difference) return difference;
  }
  const credits = [...(events?.credits ?? [])];
  for (const { who, to, amount, destination } of wanted) {
    // Paid to another account than the state before said: the events say it, and were compared.
    if (!same(destination, payeesAfter.get(who) ?? null)) continue;
    const index = credits.findIndex((credit) => credit.who === to && credit.amount === amount);
    if (index < 0)
      return { what: `the credit of ${to} for ${who}`, expected: `${amount} planck`, found: 'not reported' };
    credits.splice(index, 1);
  }
  return null;
}

function comparePayment(
  wanted: Payment | undefined,
  found: PaidEvent | undefined,
  payeesAfter: ReadonlyMap<string, RewardDestination | null>,
): PayoutDifference | null {
  const name = wanted ?? found!;
  const what = (part: string) =>
    `${part} of ${name.kind === 'incentive' ? 'the incentive to ' : ''}${name.who}`;
  if (wanted === undefined)
    return { what: what('the payment'), expected: 'nothing', found: `${found!.amount} planck` };
  if (found === undefined)
    return { what: what('the payment'), expected: `${wanted.amount} planck`, found: 'missing' };
  const kind = wanted.kind === 'incentive' ? 'incentive' : 'staker';
  if (found.who !== wanted.who || found.kind !== kind)
    return { what: 'the order of payments', expected: wanted.who, found: found.who };
  if (found.amount !== wanted.amount)
    return { what: what('the amount'), expected: planck(wanted.amount), found: planck(found.amount) };
  const { destination } = found;
  if (
    destination !== null &&
    !same(destination, wanted.destination) &&
    !same(destination, payeesAfter.get(wanted.who) ?? null)
  )
    return {
      what: what('the destination'),
      expected: toCanonicalJson(wanted.destination),
      found: toCanonicalJson(destination),
    };
  return null;
}

const planck = (amount: Planck): string => `${amount} planck`;
const same = (a: RewardDestination | null, b: RewardDestination | null): boolean =>
  toCanonicalJson(a) === toCanonicalJson(b);

/** The pages that are marked as paid at a block, ascending; an era claimed as a whole is its page 0. */
async function claimedAt(chain: OpenChain, pair: EraStash, at: string): Promise<number[]> {
  const [[claimed = []]] = await readParts(chain, [claimedPages(chain, [pair])], at);
  if (claimed.length > 0) return [...claimed].sort((a, b) => a - b);
  const [ledger] = await readLedgers(chain, [pair.stash], at);
  return ledger?.claimedEras.includes(pair.era) ? [0] : [];
}

function notFound({ era, stash }: EraStash, why: string, hint: string): BursarError {
  return preconditionError('PAYOUT_NOT_FOUND', `There is no payout of era ${era} to ${stash}: ${why}.`, {
    hint,
  });
}
