/**
 * The `tour` preset: a dozen validators with everything that an operator meets (full and empty commissions, one blocked,
 * one chilled, one that misses points, one slashed, one waiting), thirty nominators, so that exposures have several
 * pages, rewards that go elsewhere than to the bond, identities, and the named accounts. Its first blocks, up to era 5,
 * are part of it.
 */

import { byName, GENESIS_SUDO, type NamedAccount, namedAccounts, numbered } from './accounts.js';
import {
  GENESIS_TIME,
  type GenesisJson,
  type Prelude,
  type PreludeCall,
  type Preset,
  RUNTIMES,
  seeded,
  UNIT,
} from './preset.js';

interface TourValidator {
  readonly stake: bigint;
  /** Percent. */
  readonly commission: number;
  readonly blocked?: boolean;
  readonly points?: number;
  readonly about: string;
}

const VALIDATORS: readonly TourValidator[] = [
  { stake: 12_000n, commission: 0, about: 'no commission' },
  { stake: 9_500n, commission: 1, about: '1 % commission' },
  { stake: 8_000n, commission: 3, about: '3 % commission' },
  { stake: 7_000n, commission: 5, about: '5 % commission' },
  { stake: 6_000n, commission: 7, about: '7 % commission' },
  { stake: 5_500n, commission: 10, about: '10 % commission' },
  { stake: 5_000n, commission: 15, about: '15 % commission' },
  { stake: 20_000n, commission: 100, blocked: true, about: 'blocked, 100 % commission' },
  { stake: 4_500n, commission: 20, about: 'chilled in era 1' },
  { stake: 4_000n, commission: 5, points: 120, about: 'misses most of its points' },
  { stake: 3_500n, commission: 4, about: 'slashed 5 % in era 4 for an offence in era 1' },
  { stake: 500n, commission: 50, about: 'waiting: stake too low for the active set' },
];

const NOMINATORS = 30;
export const OFFENDER = 'v11';
export const CHILLED = 'v09';
/** The crowd backs all but the last validator, which therefore waits. */
const BACKED = VALIDATORS.length - 1;
/** Seats: one less than willing validators after v09 left, so that one waits. */
export const SEATS = 10;

const FUNDS: { readonly [name: string]: bigint } = {
  alice: 20_000n * UNIT,
  bob: 10_000n * UNIT,
  charlie: 10_000n * UNIT,
  council: 5_000n * UNIT,
  operator: 20_000n * UNIT,
  'operator-proxy': 100n * UNIT,
  nominator: 5_000n * UNIT,
  newcomer: 5_000n * UNIT,
  // The existential deposit is 0.01: a fee or two, and no bond.
  poor: UNIT / 50n,
  feeder1: 100n * UNIT,
  feeder2: 100n * UNIT,
  feeder3: 100n * UNIT,
};

async function accounts(): Promise<NamedAccount[]> {
  const all = await namedAccounts(VALIDATORS.length, NOMINATORS);
  return all.map((one) => {
    const index = one.role === 'validator' ? Number(one.name.slice(1)) - 1 : -1;
    const validator = VALIDATORS[index];
    return validator === undefined ? one : { ...one, about: `validator: ${validator.about}` };
  });
}

/** Who has what, bonds it and backs whom: what a genesis says in the words of each runtime. */
export interface Population {
  readonly sudo: string;
  /** Address and planck, of which a staker's bond is a part. */
  readonly balances: readonly (readonly [string, bigint])[];
  /** Address, planck bonded, role. */
  readonly stakers: readonly (readonly [string, bigint, GenesisJson])[];
  /** Address, commission in parts per billion, whether it is blocked. */
  readonly preferences: readonly (readonly [string, number, boolean])[];
  /** Address and points a session, of those who do not earn the usual. */
  readonly points: readonly (readonly [string, number])[];
  /** Delegator, delegate, type, delay. */
  readonly proxies: readonly (readonly [string, string, string, number])[];
}

/** @param all the accounts of `tour.accounts()`, among others */
export async function population(all: readonly NamedAccount[]): Promise<Population> {
  const { devPair } = await import('./accounts.js');
  const named = byName(all);
  const address = (name: string): string => named[name]!.address;
  const sudo = (await devPair(GENESIS_SUDO.uri, GENESIS_SUDO.type)).address;
  const random = seeded(2026);

  const balances: [string, bigint][] = Object.entries(FUNDS).map(([name, funds]) => [address(name), funds]);
  balances.push([sudo, 10n * UNIT]);
  const stakers: [string, bigint, GenesisJson][] = [];
  const preferences: [string, number, boolean][] = [];
  const points: [string, number][] = [];
  VALIDATORS.forEach((validator, i) => {
    const who = address(numbered('v', i + 1));
    balances.push([who, (validator.stake + 100n) * UNIT]);
    stakers.push([who, validator.stake * UNIT, 'Validator']);
    preferences.push([who, validator.commission * 10_000_000, validator.blocked ?? false]);
    if (validator.points !== undefined) points.push([who, validator.points]);
  });
  for (let i = 1; i <= NOMINATORS; i += 1) {
    const who = address(numbered('n', i));
    // Steps of 50 from 100 to 4,050 units; the first three hold a third of the stake.
    const stake = i <= 3 ? 9_000n - 1_000n * BigInt(i) : 100n + 50n * BigInt(Math.floor(random() * 80));
    const targets = new Set<string>();
    const count = 2 + Math.floor(random() * 5);
    while (targets.size < count) targets.add(address(numbered('v', 1 + Math.floor(random() * BACKED))));
    balances.push([who, (stake + 20n) * UNIT]);
    stakers.push([who, stake * UNIT, { Nominator: [...targets] }]);
  }
  const operatorTargets = ['v03', 'v04', CHILLED, 'v08', 'v12'].map(address);
  stakers.push([address('operator'), 5_000n * UNIT, { Nominator: operatorTargets }]);
  stakers.push([address('nominator'), 1_000n * UNIT, { Nominator: ['v01', 'v02', 'v05'].map(address) }]);

  return {
    sudo,
    balances,
    stakers,
    preferences,
    points,
    proxies: [[address('operator'), address('operator-proxy'), 'Staking', 0]],
  };
}

async function patch(all: readonly NamedAccount[]): Promise<GenesisJson> {
  const named = byName(all);
  const address = (name: string): string => named[name]!.address;
  const { sudo, balances, stakers, preferences, points, proxies } = await population(all);
  return {
    balances: { balances },
    nominationPools: { minJoinBond: UNIT, minCreateBond: 10n * UNIT },
    staking: {
      validatorCount: SEATS,
      minNominatorBond: 10n * UNIT,
      minValidatorBond: 100n * UNIT,
      maxValidatorCount: 1_000,
      maxNominatorCount: 50_000,
      stakers,
      activeEra: [0, 0, GENESIS_TIME],
    },
    council: { members: ['alice', 'bob', 'charlie'].map(address) },
    oracleMembership: { members: ['feeder1', 'feeder2', 'feeder3'].map(address) },
    sudo: { key: sudo },
    relaySimulator: { preferences, points, proxies },
  };
}

/** Where rewards go, if not to the bond. `{Account}` is a named account. */
const DESTINATIONS: { readonly [name: string]: 'Stash' | 'None' | { readonly Account: string } } = {
  v04: 'Stash',
  v05: { Account: 'v04' },
  v07: 'None',
  n04: 'Stash',
  n05: { Account: 'bob' },
  n06: 'None',
};

/** @returns calls of block 2 that set where rewards go */
export function destinationCalls(all: readonly NamedAccount[]): PreludeCall[] {
  const named = byName(all);
  const address = (name: string): string => named[name]!.address;
  return Object.entries(DESTINATIONS).map(([name, to]) => {
    const payee = typeof to === 'string' ? to : { Account: address(to.Account) };
    return { block: 2, pallet: 'staking', call: 'setPayee', args: [payee], as: address(name) };
  });
}

/** Eras are six blocks long: era 1 is active from block 6, the election for era 2 is held in block 10. */
async function prelude(all: readonly NamedAccount[]): Promise<Prelude> {
  const { identityCalls } = await import('./identities.js');
  const named = byName(all);
  const address = (name: string): string => named[name]!.address;
  return {
    blocks: 32,
    calls: [
      ...destinationCalls(all),
      ...(await identityCalls(address, 3)),
      { block: 8, pallet: 'relaySimulator', call: 'reportOffence', args: [address(OFFENDER), 50_000_000] },
      { block: 8, pallet: 'staking', call: 'chill', args: [], as: address(CHILLED) },
      {
        block: 14,
        pallet: 'staking',
        call: 'payoutStakersByPage',
        args: [address('v01'), 1, 0],
        as: address('v01'),
      },
      { block: 32, pallet: 'sudo', call: 'setKey', args: [address('alice')] },
    ],
  };
}

export const tour: Preset = {
  name: 'tour',
  about: '12 validators, 30 nominators and the named accounts, in era 5',
  runtime: RUNTIMES.assetHub,
  accounts,
  patch,
  prelude,
};
