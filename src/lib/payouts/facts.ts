/** Reads what is needed to know every unpaid page: a dozen requests for ten validators in 84 eras. All of one block. */

import type { Chain } from '../chain/types.js';
import {
  claimedPages,
  clippedExposures,
  eraFeatures,
  eraPoints,
  eraPrefs,
  eraRewards,
  exposurePages,
  incentiveBudgets,
  incentiveWeights,
  overviews,
  type PayoutLedger,
  potsFrom,
  readLedgers,
} from '../eras/facts.js';
import { type Part, readParts } from '../eras/read.js';
import type { ClippedExposure, EraPage, EraPoints, EraStash, EraWindow, Overview } from '../eras/types.js';
import { unreachableError } from '../errors.js';
import { readPayees } from './payees.js';
import type { EraFacts, PayoutFacts, SeatFacts } from './types.js';

export interface PayoutQuery {
  readonly window: EraWindow;
  /** Oldest first. */
  readonly eras: readonly number[];
  /** Validators to look at. */
  readonly stashes: readonly string[];
  /** Accounts whose shares are asked about; default the backers. */
  readonly accounts?: readonly string[];
  /** Accounts that stake nothing. */
  readonly idle?: readonly string[];
  /** Accounts whose validators are searched. */
  readonly backers?: readonly string[];
  /** The eras in which they are searched, through every unpaid page; default all of `eras` if there are backers. */
  readonly searchEras?: readonly number[];
  /** All validators that earned points. */
  readonly all?: boolean;
  /** Also read what pages pay and to whom. Default true. */
  readonly amounts?: boolean;
  /** Default: the reference block. */
  readonly at?: string;
  readonly onProgress?: (message: string) => void;
}

/** A validator with unpaid pages, before its exposure is read. */
interface Found extends EraStash {
  readonly overview: Overview;
  readonly clipped: ClippedExposure | null;
  readonly unpaid: readonly number[];
}

type Seat = Omit<SeatFacts, 'commission' | 'incentiveWeight' | 'refused'>;

/** Eras of all validators that are read at once: some thousand keys. */
const ERAS_AT_ONCE = 8;

/** @throws whatever reading throws; nothing is left out in silence */
export async function readPayoutFacts(chain: Chain, query: PayoutQuery): Promise<PayoutFacts> {
  const { window, eras, stashes, backers = [], all = false, amounts = true, at } = query;
  const searched = all || backers.length > 0 ? (query.searchEras ?? eras) : [];
  const rest = eras.filter((era) => !searched.includes(era));
  const ledgers = new Map<string, PayoutLedger | null>();
  const points = new Map<number, EraPoints>();
  const seats: Seat[] = [];
  const elected = new Map(stashes.map((stash) => [stash, 0]));
  for (const group of [rest, ...chunks(searched, ERAS_AT_ONCE)]) {
    const search = group !== rest;
    if (search)
      query.onProgress?.(
        `looking through all validators of eras ${group[0]} to ${group.at(-1)}, ${searched.length} eras in all`,
      );
    const found = await readUnpaid(chain, group, search, query, { points, ledgers, elected });
    const exposed = await readExposures(chain, found, amounts || backers.length > 0, at);
    seats.push(...(all ? exposed : exposed.flatMap((seat) => concerning(seat, stashes, backers))));
  }
  const eraFacts = await readEras(chain, seats, amounts, points, at);
  const rewards = new Map(eraFacts.map(({ era, reward }) => [era, reward]));
  const [prefs, weights] = await readParts(
    chain,
    [eraPrefs(seats), incentiveWeights(chain, seats), stillThere(chain, seats)],
    at,
  );
  const full = seats.map((seat, index): SeatFacts => {
    const ledger = ledgers.get(seat.stash) ?? null;
    return {
      ...seat,
      commission: prefs[index]!.commission,
      incentiveWeight: weights[index]!,
      refused:
        ledger === null
          ? 'NOT_BONDED'
          : !ledger.found
            ? 'NO_LEDGER'
            : rewards.get(seat.era) === null
              ? 'NO_REWARD'
              : null,
    };
  });
  return {
    genesisHash: chain.identity.genesisHash,
    specVersion: chain.identity.specVersion,
    block: chain.reference,
    token: { symbol: chain.token.symbol, decimals: chain.token.decimals },
    existentialDeposit: BigInt(chain.constant('Balances', 'ExistentialDeposit') as bigint),
    features: eraFeatures(chain),
    window,
    eras,
    stashes: all ? [...new Set(full.map(({ stash }) => stash))] : stashes,
    elected: Object.fromEntries(elected),
    accounts: query.accounts ?? backers,
    idle: query.idle ?? [],
    amounts,
    eraFacts,
    seats: full,
    payees: amounts ? await readPayees(chain, full, at) : [],
  };
}

/** What is learned on the way, group by group. */
interface Learned {
  readonly points: Map<number, EraPoints>;
  readonly ledgers: Map<string, PayoutLedger | null>;
  /** By the validators that were named: in how many eras each was elected. */
  readonly elected: Map<string, number>;
}

/** Validators of the eras with pages that are not claimed. */
async function readUnpaid(
  chain: Chain,
  eras: readonly number[],
  search: boolean,
  { stashes, at }: PayoutQuery,
  { points, ledgers, elected }: Learned,
): Promise<Found[]> {
  if (search) {
    const [read] = await readParts(chain, [eraPoints(eras)], at);
    for (const era of read) points.set(era.era, era);
  }
  const pairs = eras.flatMap((era): EraStash[] => {
    const earners = points.get(era)?.individual.flatMap(([stash, n]) => (n > 0 ? [stash] : [])) ?? [];
    return [...new Set([...stashes, ...(search ? earners : [])])].map((stash) => ({ era, stash }));
  });
  const [claims, views] = await readParts(chain, [claimedPages(chain, pairs), overviews(chain, pairs)], at);
  const without = pairs.filter((_, index) => views[index] === null);
  const [clipped] = await readParts(chain, [clippedExposures(chain, without)], at);
  const clippedOf = new Map(without.map((pair, index) => [pair, clipped[index] ?? null]));
  const found = pairs.flatMap((pair, index): Found[] => {
    const whole = clippedOf.get(pair) ?? null;
    const overview = views[index] ?? (whole && asOverview(whole));
    if (overview === null && claims[index]!.length > 0) throw contradiction(chain, pair);
    const eras = elected.get(pair.stash);
    if (overview && eras !== undefined) elected.set(pair.stash, eras + 1);
    const unpaid = overview ? unpaidPages(overview, claims[index]!) : [];
    return overview && unpaid.length > 0 ? [{ ...pair, overview, clipped: whole, unpaid }] : [];
  });
  await readNewLedgers(chain, found, ledgers, at);
  // Older eras are claimed as a whole, in the ledger.
  return found.filter(({ era, stash }) => !ledgers.get(stash)?.claimedEras.includes(era));
}

const asOverview = ({ total, own, others }: ClippedExposure): Overview => ({
  total,
  own,
  nominatorCount: others.length,
  pageCount: 1,
});

/** How many pages the chain pays: own stake without nominators is a page too. */
export const payablePages = ({ pageCount, own }: Pick<Overview, 'pageCount' | 'own'>): number =>
  pageCount === 0 && own > 0n ? 1 : pageCount;

function unpaidPages(overview: Overview, claimed: readonly number[]): number[] {
  const pages = Array.from({ length: payablePages(overview) }, (_, page) => page);
  return pages.filter((page) => !claimed.includes(page));
}

async function readNewLedgers(
  chain: Chain,
  found: readonly EraStash[],
  ledgers: Map<string, PayoutLedger | null>,
  at: string | undefined,
): Promise<void> {
  const missing = [...new Set(found.map(({ stash }) => stash))].filter((stash) => !ledgers.has(stash));
  if (missing.length === 0) return;
  const read = await readLedgers(chain, missing, at);
  missing.forEach((stash, index) => {
    ledgers.set(stash, read[index] ?? null);
  });
}

async function readExposures(
  chain: Chain,
  found: readonly Found[],
  wanted: boolean,
  at: string | undefined,
): Promise<Seat[]> {
  const size = chain.hasConstant('Staking', 'MaxExposurePageSize')
    ? Number(chain.constant('Staking', 'MaxExposurePageSize'))
    : Number.POSITIVE_INFINITY;
  const keys = found.flatMap(({ era, stash, unpaid, overview, clipped }): EraPage[] =>
    // A validator without nominators has a page to be paid, and none in storage.
    wanted && clipped === null && overview.pageCount > 0
      ? unpaid.map((page) => ({
          era,
          stash,
          page,
          nominators: Math.max(0, Math.min(size, overview.nominatorCount - (page === 0 ? 0 : page * size))),
        }))
      : [],
  );
  const [pages] = await readParts(chain, [exposurePages(chain, keys)], at);
  const gone = keys.find((_, index) => pages[index] === null);
  if (gone !== undefined) throw contradiction(chain, gone);
  const byKey = new Map(keys.map((key, index) => [`${key.era}/${key.stash}/${key.page}`, pages[index]!]));
  return found.map(({ era, stash, overview, clipped, unpaid }) => ({
    era,
    stash,
    total: overview.total,
    own: overview.own,
    nominatorCount: overview.nominatorCount,
    pageCount: payablePages(overview),
    clipped: clipped !== null,
    claimed: payablePages(overview) - unpaid.length,
    unpaid: unpaid.map((page) => ({
      page,
      exposure:
        clipped === null
          ? (byKey.get(`${era}/${stash}/${page}`) ?? null)
          : { pageTotal: clipped.total, others: clipped.others },
    })),
  }));
}

/** All pages of a validator that was named; of others, those in which a backer stands. */
function concerning(seat: Seat, stashes: readonly string[], backers: readonly string[]): Seat[] {
  if (stashes.includes(seat.stash)) return [seat];
  const unpaid = seat.unpaid.filter(({ exposure }) =>
    exposure?.others.some(({ who }) => backers.includes(who)),
  );
  return unpaid.length > 0 ? [{ ...seat, unpaid }] : [];
}

/** What the eras with unpaid pages pay, and the points of the validators that are looked at. */
async function readEras(
  chain: Chain,
  seats: readonly Seat[],
  amounts: boolean,
  known: ReadonlyMap<number, EraPoints>,
  at: string | undefined,
): Promise<EraFacts[]> {
  const eras = [...new Set(seats.map(({ era }) => era))].sort((a, b) => a - b);
  const missing = amounts ? eras.filter((era) => !known.has(era)) : [];
  const [rewards, guard, budgets, read] = await readParts(
    chain,
    [
      eraRewards(eras),
      potsFrom(chain),
      incentiveBudgets(chain, eras),
      eraPoints(missing),
      stillThere(chain, seats),
    ],
    at,
  );
  const points = new Map([...known, ...read.map((one) => [one.era, one] as const)]);
  return eras.map((era, index) => {
    const stashes = new Set(seats.flatMap((seat) => (seat.era === era ? [seat.stash] : [])));
    const individual = points.get(era)?.individual ?? [];
    return {
      era,
      reward: rewards[index]!,
      mode: guard !== null && era >= guard ? 'pots' : 'minting',
      totalPoints: points.get(era)?.total ?? 0,
      points: Object.fromEntries(individual.filter(([stash]) => stashes.has(stash))),
      incentiveBudget: budgets[index]!.budget,
      incentiveWeight: budgets[index]!.totalWeight,
    };
  });
}

/**
 * Asks once more for what has been read of each era, along with what else is read of it: most of an era's values mean zero
 * where nothing is stored, and an endpoint that loses the era between two reads would have them counted as zero.
 */
function stillThere(chain: Chain, seats: readonly (EraStash & Pick<Seat, 'clipped' | 'own'>)[]): Part<void> {
  const firsts = [
    ...new Map(seats.filter(({ clipped }) => !clipped).map((seat) => [seat.era, seat])).values(),
  ];
  const { queries, decode } = overviews(chain, firsts);
  return {
    queries,
    decode: (values) => {
      const gone = decode(values).findIndex((overview, index) => overview?.own !== firsts[index]!.own);
      if (gone >= 0) throw contradiction(chain, firsts[gone]!);
    },
  };
}

/** Of one block nothing can be gone that was there before. */
export const contradiction = (chain: Chain, { era, stash }: EraStash) =>
  unreachableError(
    'ENDPOINT_ANSWER',
    `${chain.endpoint} contradicts itself about ${stash} in era ${era}: what one answer has is not in another.`,
    { hint: 'It may be dropping old states, or answer from several nodes: try another endpoint with --rpc.' },
  );

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
