/** Reads the facts of the nomination workflow: two batched requests, three if an account has a separate controller. */

import type { Chain, StorageQuery } from '../chain/types.js';
import { eraLength } from '../eras/facts.js';
import { preconditionError } from '../errors.js';
import { maxOf } from '../numeric/integer.js';
import { callArguments, type SlashingSpans, spanCount } from '../pallets/staking/calls.js';
import { type PalletRules, palletRules } from '../pallets/staking/rules.js';
import { minimumActiveStake } from '../pallets/staking/values.js';
import type { Plain } from '../plain.js';
import type { Ledger } from './ledger.js';
import type { AccountFacts, Payee, StakingFacts, StakingRules, TargetFacts, TargetState } from './types.js';

export interface StakingQuery {
  /** SS58 addresses with the chain's prefix. */
  readonly accounts: readonly string[];
  /** Addresses to look at as nomination targets, besides those that the accounts nominate. */
  readonly targets?: readonly string[];
  /** Milliseconds of an era as the network's configuration knows it, for chains that cannot tell. */
  readonly eraMs?: number;
}

/** @throws precondition NO_STAKING, naming the pallet; whatever reading throws */
export async function readStakingFacts(chain: Chain, query: StakingQuery): Promise<StakingFacts> {
  const pallet = palletRules(chain);
  const accounts = [...new Set(query.accounts)];
  const rulesPart = rulesQueries(chain);
  const perAccount = accounts.map((address) => accountQueries(chain, address));
  const values = await chain.read([...rulesPart.queries, ...perAccount.flat()]);
  const rules = rulesPart.decode(values.slice(0, rulesPart.queries.length), pallet, query.eraMs ?? null);
  const facts = await readAccounts(chain, accounts, values.slice(rulesPart.queries.length));
  const targets = [
    ...new Set([...facts.flatMap((account) => account.nominations), ...(query.targets ?? [])]),
  ];
  const quota = query.targets ? await nominationsQuota(chain, facts) : null;
  return {
    genesisHash: chain.identity.genesisHash,
    specVersion: chain.identity.specVersion,
    block: chain.reference,
    token: chain.token,
    rules: quota === null ? rules : { ...rules, maxNominations: quota },
    calls: callArguments(chain),
    batches: chain.hasCall('Utility', 'batch_all'),
    accounts: facts,
    targets: await readTargets(chain, rules.activeEra, targets),
  };
}

function rulesQueries(chain: Chain) {
  const wanted = [
    'ActiveEra',
    'CurrentEra',
    'MinNominatorBond',
    'MinValidatorBond',
    'MinimumActiveStake',
    'AreNominatorsSlashable',
    'OffenceQueueEras',
  ];
  const items = wanted.filter((item) => chain.hasStorage('Staking', item));
  const queries: StorageQuery[] = items.map((item) => ({ pallet: 'Staking', item }));
  const decode = (values: readonly Plain[], pallet: PalletRules, eraHint: number | null): StakingRules => {
    const value = (item: string): Plain =>
      items.includes(item) ? (values[items.indexOf(item)] ?? null) : null;
    const era = value('ActiveEra') as { index: number; start: bigint | null } | null;
    if (!era)
      throw preconditionError('NO_ACTIVE_ERA', 'The chain has no active era yet.', {
        hint: 'Wait until staking has begun.',
      });
    const offences = (value('OffenceQueueEras') as readonly number[] | null) ?? [];
    const slashable = value('AreNominatorsSlashable') as boolean | null;
    return {
      kind: pallet.kind,
      pallet,
      activeEra: era.index,
      currentEra: (value('CurrentEra') as number | null) ?? era.index,
      activeEraStart: era.start === null ? null : Number(era.start),
      eraMs: eraLength(chain) ?? eraHint,
      bondingDuration: Number(chain.constant('Staking', 'BondingDuration')),
      nominatorFastUnbondDuration: optionalConstant(chain, 'NominatorFastUnbondDuration'),
      nominatorsSlashable: slashable,
      oldestOffenceEra: offences.length > 0 ? Math.min(...offences) : null,
      maxUnlockingChunks: optionalConstant(chain, 'MaxUnlockingChunks') ?? DEFAULT_MAX_UNLOCKING_CHUNKS,
      maxNominations: optionalConstant(chain, 'MaxNominations') ?? DEFAULT_MAX_NOMINATIONS,
      existentialDeposit: BigInt(chain.constant('Balances', 'ExistentialDeposit') as bigint),
      minNominatorBond: BigInt((value('MinNominatorBond') as bigint | null) ?? 0n),
      minValidatorBond: BigInt((value('MinValidatorBond') as bigint | null) ?? 0n),
      minimumActiveStake: minimumActiveStake(value('MinimumActiveStake')),
    };
  };
  return { queries, decode };
}

/** How many targets the chain allows for the largest stake at hand; it may depend on the stake. */
async function nominationsQuota(chain: Chain, accounts: readonly AccountFacts[]): Promise<number | null> {
  if (!chain.hasApi('StakingApi', 'nominations_quota')) return null;
  const active = accounts.map((account) => account.ledger?.active ?? 0n).reduce(maxOf, 0n);
  return Number(await chain.api('StakingApi', 'nominations_quota', [active]));
}

/** The limit of the live networks, where a chain's metadata does not have it; the chain itself has the last word. */
const DEFAULT_MAX_NOMINATIONS = 16;

/** `MAX_UNLOCKING_CHUNKS` of pallet-staking before it became a constant of the metadata (2022). */
const DEFAULT_MAX_UNLOCKING_CHUNKS = 32;

function optionalConstant(chain: Chain, name: string): number | null {
  return chain.hasConstant('Staking', name) ? Number(chain.constant('Staking', name)) : null;
}

function accountQueries(chain: Chain, address: string): StorageQuery[] {
  const staking = (item: string, optional = true): StorageQuery => ({
    pallet: 'Staking',
    item,
    keys: [address],
    optional,
  });
  return [
    { pallet: 'System', item: 'Account', keys: [address] },
    staking('Bonded'),
    staking('Ledger'),
    staking('Payee'),
    staking('Nominators'),
    staking('Validators'),
    ...PER_STASH.filter((item) => chain.hasStorage('Staking', item)).map((item) => staking(item)),
  ];
}

/** What only some versions of the pallet keep of a stash. */
const PER_STASH = ['LastValidatorEra', 'SlashingSpans'];

/** The accounts from the values of their queries, one after the other. */
async function readAccounts(
  chain: Chain,
  accounts: readonly string[],
  values: readonly Plain[],
  at?: string,
): Promise<AccountFacts[]> {
  const width = accounts.length === 0 ? 0 : values.length / accounts.length;
  const raw = accounts.map((address, index) => ({
    address,
    values: values.slice(index * width, (index + 1) * width),
  }));
  const ledgers = await readSeparateLedgers(chain, raw, at);
  const extra = PER_STASH.filter((item) => chain.hasStorage('Staking', item));
  return raw.map(({ address, values: row }) => accountFacts(address, row, extra, ledgers));
}

/**
 * The stake of one account at a block, as the facts have it: what a plan said is compared with it.
 * @throws whatever reading throws
 */
export async function readStakeAt(chain: Chain, address: string, at: string): Promise<AccountFacts> {
  const values = await chain.read(accountQueries(chain, address), at);
  return (await readAccounts(chain, [address], values, at))[0] as AccountFacts;
}

interface RawAccount {
  readonly address: string;
  readonly values: readonly Plain[];
}

/** On old chains a stash's ledger is kept under its controller. */
async function readSeparateLedgers(
  chain: Chain,
  raw: readonly RawAccount[],
  at?: string,
): Promise<Map<string, Plain>> {
  const controllers = raw
    .map(({ values }) => values[1] as string | null)
    .filter((controller, index) => controller !== null && controller !== raw[index]?.address) as string[];
  if (controllers.length === 0) return new Map();
  const ledgers = await chain.read(
    controllers.map((controller) => ({
      pallet: 'Staking',
      item: 'Ledger',
      keys: [controller],
      optional: true,
    })),
    at,
  );
  return new Map(controllers.map((controller, index) => [controller, ledgers[index] ?? null]));
}

function accountFacts(
  address: string,
  values: readonly Plain[],
  extra: readonly string[],
  ledgers: ReadonlyMap<string, Plain>,
): AccountFacts {
  const [account, bonded, own, payee, nominator, validator] = values;
  const more = (item: string) => (extra.includes(item) ? (values[6 + extra.indexOf(item)] ?? null) : null);
  const ownLedger = own as unknown as RawLedger | null;
  const { data } = account as unknown as {
    data: { free: bigint; reserved: bigint; frozen?: bigint; miscFrozen?: bigint };
  };
  const controller = bonded as string | null;
  // A ledger under the address of somebody else's controller is that stash's, not this account's.
  const found = (controller === null || controller === address
    ? ownLedger
    : ledgers.get(controller)) as unknown as RawLedger | null;
  const ledger = controller === null || !found || found.stash !== address ? null : readLedger(found);
  const targets = (nominator as unknown as { targets: readonly string[] } | null)?.targets ?? [];
  return {
    address,
    ledger,
    controller,
    controls: ownLedger !== null && ownLedger.stash !== address ? ownLedger.stash : null,
    payee: ledger ? ((payee as Payee | null) ?? 'Staked') : null,
    role:
      ledger === null
        ? 'none'
        : validator !== null
          ? 'validator'
          : nominator !== null
            ? 'nominator'
            : 'chilled',
    nominations: [...targets],
    lastValidatorEra: more('LastValidatorEra') as number | null,
    slashingSpans: spanCount(more('SlashingSpans') as unknown as SlashingSpans | null),
    free: data.free,
    reserved: data.reserved,
    frozen: data.frozen ?? data.miscFrozen ?? 0n,
  };
}

interface RawLedger {
  readonly stash: string;
  readonly total: bigint;
  readonly active: bigint;
  readonly unlocking: readonly { readonly value: bigint; readonly era: number }[];
}

function readLedger({ total, active, unlocking }: RawLedger): Ledger {
  return { total, active, unlocking: unlocking.map(({ value, era }) => ({ value, era })) };
}

async function readTargets(chain: Chain, era: number, targets: readonly string[]): Promise<TargetFacts[]> {
  if (targets.length === 0) return [];
  const exposure = chain.hasStorage('Staking', 'ErasStakersOverview') ? 'ErasStakersOverview' : 'ErasStakers';
  const values = await chain.read(
    targets.flatMap((address): StorageQuery[] => [
      { pallet: 'Staking', item: 'Validators', keys: [address], optional: true },
      { pallet: 'Staking', item: exposure, keys: [era, address], optional: true },
    ]),
  );
  return targets.map((address, index) => {
    const prefs = values[2 * index] as unknown as { commission: number; blocked: boolean } | null;
    const overview = values[2 * index + 1] as unknown as { total: bigint } | null;
    const blocked = prefs?.blocked ?? false;
    const state: TargetState =
      prefs === null
        ? 'chilled'
        : overview !== null && overview.total > 0n
          ? 'active'
          : blocked
            ? 'blocked'
            : 'waiting';
    return {
      address,
      state,
      blocked,
      commission: prefs?.commission ?? null,
      totalStake: overview?.total ?? null,
    };
  });
}
