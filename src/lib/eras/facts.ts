/**
 * Readers of staking's storage by era. Each returns a part for `readParts`, so that one request carries many: the keys
 * of 10 validators in 84 eras are two requests. All values of a command are of one block.
 */

import type { Chain, StorageQuery } from '../chain/types.js';
import { preconditionError } from '../errors.js';
import type { Plain, Planck } from '../plain.js';
import { each, known, type Part, readParts } from './read.js';
import type {
  Backing,
  ClippedExposure,
  EraFeatures,
  EraPage,
  EraPoints,
  EraStash,
  EraWindow,
  ExposurePage,
  Overview,
  RewardDestination,
  ValidatorPrefs,
} from './types.js';

const staking = (item: string, keys: readonly Plain[], optional = true): StorageQuery => ({
  pallet: 'Staking',
  item,
  keys,
  optional,
});

/** What the metadata says of eras and payouts. */
export function eraFeatures(chain: Pick<Chain, 'hasStorage' | 'hasConstant'>): EraFeatures {
  const has = (item: string) => chain.hasStorage('Staking', item);
  const pots = has('DisableMintingGuard') || chain.hasConstant('Staking', 'DisableMinting');
  return {
    paged: has('ErasStakersPaged'),
    clipped: has('ErasStakersClipped'),
    claims: ['ClaimedRewards', 'ErasClaimedRewards'].find(has) ?? null,
    arithmetic: pots || has('ErasValidatorIncentiveBudget') ? 'calculator' : 'perbill',
    incentives: has('ErasValidatorIncentiveBudget'),
  };
}

/**
 * The eras that the chain keeps, and the time. One request.
 *
 * @param options.eraMs milliseconds of an era as the network's configuration knows it, for chains that cannot tell
 * @throws precondition NO_ACTIVE_ERA
 */
export async function readEraWindow(
  chain: Chain,
  options: { readonly eraMs?: number | null } = {},
  at?: string,
): Promise<EraWindow> {
  const [active, current] = await chain.read([staking('ActiveEra', []), staking('CurrentEra', [])], at);
  const era = active as { index: number; start: bigint | null } | null | undefined;
  if (!era)
    throw preconditionError('NO_ACTIVE_ERA', 'The chain has no active era yet.', {
      hint: 'Wait until staking has begun.',
    });
  const historyDepth = await readHistoryDepth(chain, at);
  const currentEra = Math.max(era.index, Number(current ?? era.index));
  const eraMs = eraLength(chain) ?? options.eraMs ?? null;
  return {
    activeEra: era.index,
    currentEra,
    activeEraStart: era.start === null ? null : Number(era.start),
    eraMs,
    planningMs: planningTime(chain, eraMs),
    historyDepth,
    // The pallet counts back from the planned era, not from the active one.
    oldest: Math.max(0, currentEra - historyDepth),
    newest: era.index > 0 ? era.index - 1 : null,
  };
}

/** A constant today; a value in storage on older chains. */
async function readHistoryDepth(chain: Chain, at?: string): Promise<number> {
  if (chain.hasConstant('Staking', 'HistoryDepth') || !chain.hasStorage('Staking', 'HistoryDepth'))
    return Number(chain.constant('Staking', 'HistoryDepth'));
  const [depth] = await chain.read([{ pallet: 'Staking', item: 'HistoryDepth' }], at);
  return Number(depth);
}

/** Milliseconds of an era from the chain's own constants; null where sessions are counted on another chain. */
export function eraLength(chain: Pick<Chain, 'hasConstant' | 'constant'>): number | null {
  const has = (pallet: string, name: string) => chain.hasConstant(pallet, name);
  if (!has('Staking', 'SessionsPerEra')) return null;
  const sessions = Number(chain.constant('Staking', 'SessionsPerEra'));
  if (has('Babe', 'EpochDuration') && has('Babe', 'ExpectedBlockTime')) {
    return (
      sessions *
      Number(chain.constant('Babe', 'EpochDuration')) *
      Number(chain.constant('Babe', 'ExpectedBlockTime'))
    );
  }
  // bursar's development chain: blocks a session, six seconds a block.
  if (has('RelaySimulator', 'SessionLength'))
    return sessions * Number(chain.constant('RelaySimulator', 'SessionLength')) * 6_000;
  return null;
}

/** The classic pallet plans an era one session ahead; staking-async says how many. */
function planningTime(chain: Chain, eraMs: number | null): number | null {
  if (eraMs === null || !chain.hasConstant('Staking', 'SessionsPerEra')) return null;
  const sessions = Math.max(1, Number(chain.constant('Staking', 'SessionsPerEra')));
  const ahead = chain.hasConstant('Staking', 'PlanningEraOffset')
    ? Number(chain.constant('Staking', 'PlanningEraOffset'))
    : 1;
  return (eraMs * Math.min(ahead, sessions)) / sessions;
}

/** Reward points of whole eras: 36 bytes a validator, as many as there are; ask only for eras that are needed. */
export function eraPoints(eras: readonly number[]): Part<EraPoints[]> {
  return each(
    eras,
    (era) => staking('ErasRewardPoints', [era], false),
    (value, era) => {
      const { total, individual } = value as unknown as {
        total: number;
        individual: readonly (readonly [string, number])[];
      };
      return { era, total, individual };
    },
    () => 60_000,
  );
}

/** What an era pays to all validators and their nominators, planck; null: not known yet, or no longer. */
export function eraRewards(eras: readonly number[]): Part<(Planck | null)[]> {
  return each(eras, (era) => staking('ErasValidatorReward', [era]), planckOrNull);
}

/** Stake behind all validators of an era, planck. */
export function eraStakes(eras: readonly number[]): Part<Planck[]> {
  return each(
    eras,
    (era) => staking('ErasTotalStake', [era], false),
    (value) => BigInt(value as bigint),
  );
}

/** Preferences that a validator had in an era; the default (0 %, open) where nothing is stored, as the chain reads it. */
export function eraPrefs(pairs: readonly EraStash[]): Part<ValidatorPrefs[]> {
  return each(
    pairs,
    ({ era, stash }) => staking('ErasValidatorPrefs', [era, stash], false),
    (value) => {
      const { commission, blocked = false } = value as unknown as ValidatorPrefs;
      return { commission, blocked };
    },
  );
}

/** Null: not elected in that era, or an era without pages. */
export function overviews(chain: Chain, pairs: readonly EraStash[]): Part<(Overview | null)[]> {
  if (!chain.hasStorage('Staking', 'ErasStakersOverview')) return known(pairs.map(() => null));
  return each(
    pairs,
    ({ era, stash }) => staking('ErasStakersOverview', [era, stash]),
    (value) => value as unknown as Overview | null,
  );
}

/** Null: there is no such page; a validator without nominators has none. */
export function exposurePages(chain: Chain, pages: readonly EraPage[]): Part<(ExposurePage | null)[]> {
  if (!chain.hasStorage('Staking', 'ErasStakersPaged')) return known(pages.map(() => null));
  const most = chain.hasConstant('Staking', 'MaxExposurePageSize')
    ? Number(chain.constant('Staking', 'MaxExposurePageSize'))
    : 512;
  return each(
    pages,
    ({ era, stash, page }) => staking('ErasStakersPaged', [era, stash, page]),
    (value) => value as unknown as ExposurePage | null,
    // An account and a compact amount, as hex.
    ({ nominators }) => 90 * Math.min(nominators ?? most, most),
  );
}

/** Exposures of eras without pages, as they are paid. Null: not elected, or the chain has no such eras. */
export function clippedExposures(chain: Chain, pairs: readonly EraStash[]): Part<(ClippedExposure | null)[]> {
  if (!chain.hasStorage('Staking', 'ErasStakersClipped')) return known(pairs.map(() => null));
  return each(
    pairs,
    ({ era, stash }) => staking('ErasStakersClipped', [era, stash]),
    (value) => {
      const found = value as unknown as { total: bigint; own: bigint; others: Backing[] } | null;
      return found === null || found.total === 0n ? null : found;
    },
    () => 50_000,
  );
}

/** Pages that are already paid. Chains that note claims in the ledger alone: see {@link legacyClaims}. */
export function claimedPages(chain: Chain, pairs: readonly EraStash[]): Part<(readonly number[])[]> {
  const { claims } = eraFeatures(chain);
  if (claims === null) return known(pairs.map(() => []));
  return each(
    pairs,
    ({ era, stash }) => staking(claims, [era, stash], false),
    (value) => value as readonly number[],
  );
}

/** The ledger of a stash, as far as payouts ask for it. */
export interface PayoutLedger {
  /** The key of the ledger: the stash itself on today's chains. */
  readonly controller: string;
  /** False: the controller's ledger is missing or another stash's; the chain then pays nothing. */
  readonly found: boolean;
  /** Eras that were claimed as a whole, before claims were noted by page. */
  readonly claimedEras: readonly number[];
}

/**
 * Ledgers of stashes, at most two requests: on chains with separate controllers a ledger is kept under its controller,
 * not under its stash. Null: the stash is not bonded.
 */
export async function readLedgers(
  chain: Chain,
  stashes: readonly string[],
  at?: string,
): Promise<(PayoutLedger | null)[]> {
  const [controllers] = await readParts(
    chain,
    [
      each(
        stashes,
        (stash) => staking('Bonded', [stash]),
        (value) => value as string | null,
      ),
    ],
    at,
  );
  const bonded = controllers.filter((controller) => controller !== null);
  const [ledgers] = await readParts(
    chain,
    [
      each(
        bonded,
        (controller) => staking('Ledger', [controller]),
        (value) => value as unknown as RawLedger | null,
      ),
    ],
    at,
  );
  const byController = new Map(bonded.map((controller, index) => [controller, ledgers[index] ?? null]));
  return controllers.map((controller, index) => {
    if (controller === null) return null;
    const ledger = byController.get(controller) ?? null;
    const found = ledger !== null && ledger.stash === stashes[index];
    return {
      controller,
      found,
      claimedEras: found ? (ledger.legacyClaimedRewards ?? ledger.claimedRewards ?? []) : [],
    };
  });
}

interface RawLedger {
  readonly stash: string;
  readonly legacyClaimedRewards?: readonly number[];
  readonly claimedRewards?: readonly number[];
}

/** Where rewards of each account go; null: it has no payee, and nothing is paid to it. */
export function payees(accounts: readonly string[]): Part<(RewardDestination | null)[]> {
  return each(
    accounts,
    (account) => staking('Payee', [account]),
    (value) => value as RewardDestination | null,
  );
}

/** The era from which payouts come from pots and nothing is minted; null: all are minted. */
export function potsFrom(chain: Chain): Part<number | null> {
  if (!chain.hasStorage('Staking', 'DisableMintingGuard')) return known(null);
  return {
    queries: [staking('DisableMintingGuard', [])],
    decode: ([value]) => value as number | null,
  };
}

export interface IncentiveBudget {
  /** Planck for all validators of the era. */
  readonly budget: Planck;
  readonly totalWeight: Planck;
}

/** What an era pays for validators' own stake; zero where the chain has no such budget. */
export function incentiveBudgets(chain: Chain, eras: readonly number[]): Part<IncentiveBudget[]> {
  if (!eraFeatures(chain).incentives) return known(eras.map(() => ({ budget: 0n, totalWeight: 0n })));
  return {
    queries: eras.flatMap((era) => [
      staking('ErasValidatorIncentiveBudget', [era], false),
      staking('ErasSumValidatorIncentiveWeight', [era], false),
    ]),
    decode: (values) =>
      eras.map((_, index) => ({
        budget: BigInt(values[2 * index] as bigint),
        totalWeight: BigInt(values[2 * index + 1] as bigint),
      })),
  };
}

/** A validator's weight in the era's incentive budget; null: it has none. */
export function incentiveWeights(chain: Chain, pairs: readonly EraStash[]): Part<(Planck | null)[]> {
  if (!eraFeatures(chain).incentives) return known(pairs.map(() => null));
  return each(pairs, ({ era, stash }) => staking('ErasValidatorIncentiveWeight', [era, stash]), planckOrNull);
}

const planckOrNull = (value: Plain): Planck | null => (value === null ? null : BigInt(value as bigint));
