/**
 * The `mainnet-like` preset, for benchmarks: 600 validators, 2,000 nominators of 16 targets each, pages of 64 (so that one
 * validator in twenty has two), 84 eras of history, most of them paid out. Making it takes minutes, once; it is kept in the
 * cache folder. Validators and nominators have no keys.
 */

import { byName, keylessAddress, type NamedAccount, namedAccounts } from './accounts.js';
import { GENESIS_TIME, type GenesisJson, type Preset, RUNTIMES, seeded, UNIT } from './preset.js';

const VALIDATORS = 600;
const NOMINATORS = 2_000;
const TARGETS = 16;
const SESSIONS_AN_ERA = 3;
/** The era of genesis: two real eras later, 84 eras of history fit below the active one. */
const FIRST_ERA = 85;

async function crowd(kind: string, count: number): Promise<string[]> {
  return Promise.all(
    Array.from({ length: count }, (_, i) => keylessAddress(`bursar devnet ${kind} ${i + 1}`)),
  );
}

async function patch(all: readonly NamedAccount[]): Promise<GenesisJson> {
  const named = byName(all);
  const address = (name: string): string => named[name]!.address;
  const random = seeded(600);
  const [validators, nominators] = await Promise.all([
    crowd('validator', VALIDATORS),
    crowd('nominator', NOMINATORS),
  ]);
  const balances: GenesisJson[] = [];
  const stakers: GenesisJson[] = [];
  const preferences: GenesisJson[] = [];
  const bond = (who: string, stake: bigint, role: GenesisJson): void => {
    balances.push([who, (stake + 10n) * UNIT]);
    stakers.push([who, stake * UNIT, role]);
  };
  for (const who of validators) {
    bond(who, 1_000n + BigInt(Math.floor(random() * 9_000)), 'Validator');
    const percent = random() < 0.1 ? 100 : Math.floor(random() * 16);
    preferences.push([who, percent * 10_000_000, random() < 0.03]);
  }
  const targetsOf = (): string[] => {
    const targets = new Set<string>();
    while (targets.size < TARGETS) targets.add(validators[Math.floor(random() * VALIDATORS)]!);
    return [...targets];
  };
  for (const who of nominators)
    bond(who, 250n + BigInt(Math.floor(random() ** 4 * 50_000)), { Nominator: targetsOf() });
  bond(address('nominator'), 1_000n, { Nominator: targetsOf() });
  bond(address('operator'), 5_000n, { Nominator: targetsOf() });
  for (const name of [
    'alice',
    'bob',
    'charlie',
    'council',
    'newcomer',
    'operator-proxy',
    'feeder1',
    'feeder2',
    'feeder3',
  ])
    balances.push([address(name), 5_000n * UNIT]);
  balances.push([address('poor'), UNIT / 50n]);
  return {
    balances: { balances },
    nominationPools: { minJoinBond: UNIT, minCreateBond: 200n * UNIT },
    staking: {
      validatorCount: VALIDATORS,
      minNominatorBond: 250n * UNIT,
      minValidatorBond: 1_000n * UNIT,
      stakers,
      activeEra: [FIRST_ERA, FIRST_ERA * SESSIONS_AN_ERA, GENESIS_TIME],
    },
    council: { members: ['alice', 'bob', 'charlie'].map(address) },
    oracleMembership: { members: ['feeder1', 'feeder2', 'feeder3'].map(address) },
    sudo: { key: address('alice') },
    relaySimulator: {
      parameters: {
        sessionsPerEra: SESSIONS_AN_ERA,
        bondingDuration: 28,
        slashDeferDuration: 27,
        maxExposurePageSize: 64,
      },
      preferences,
      proxies: [[address('operator'), address('operator-proxy'), 'Staking', 0]],
    },
  };
}

export const mainnetLike: Preset = {
  name: 'mainnet-like',
  about: '600 validators, 2,000 nominators of 16 targets, 84 eras of history',
  runtime: RUNTIMES.assetHub,
  accounts: () => namedAccounts(0, 0),
  patch,
  copiedHistory: { realEras: 2, copiedEras: 83 },
};
