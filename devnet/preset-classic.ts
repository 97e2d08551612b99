/**
 * The `classic` preset: the tour's population on a chain with the staking pallet of relay chains, and those whom only such
 * a chain has: a stash whose controller is another account, stashes with slashing spans. There are no pools, identities,
 * assets, council or oracle, and signatures cannot commit to the metadata.
 */

import { type AccountRole, account, byName, type NamedAccount, type Wanted } from './accounts.js';
import { type GenesisJson, type Prelude, type PreludeCall, type Preset, RUNTIMES, UNIT } from './preset.js';
import { CHILLED, destinationCalls, OFFENDER, population, SEATS, tour } from './preset-tour.js';

const person = (name: string, uri: string, role: AccountRole, about: string): Wanted => ({
  name,
  uri,
  role,
  about,
});

const PEOPLE: readonly Wanted[] = [
  person('old-stash', '//OldStash', 'nominator', 'bonded and nominating; its controller is old-controller'),
  person('old-controller', '//OldController', 'controller', 'controller of old-stash'),
  person('slashed', '//Slashed', 'nominator', 'slashed once; has unbonded everything, free to withdraw'),
  person('unbonding', '//Unbonding', 'nominator', 'nominating, with three chunks that unlock'),
];

/** Units: funds, the part of them that is bonded, and whom it backs. */
const STAKES: { readonly [name: string]: readonly [funds: bigint, bond: bigint, backs: readonly string[]] } =
  {
    'old-stash': [2_000n, 800n, ['v01', 'v02']],
    slashed: [500n, 400n, [OFFENDER]],
    unbonding: [1_500n, 1_000n, ['v03', 'v05']],
  };

async function accounts(): Promise<NamedAccount[]> {
  const [usual, own] = await Promise.all([tour.accounts(), Promise.all(PEOPLE.map(account))]);
  // There is no oracle to feed.
  const all = usual.map((one) =>
    one.role === 'feeder' ? { ...one, about: 'has funds, nothing bonded' } : one,
  );
  const crowd = all.findIndex(({ name }) => name === 'v01');
  return [...all.slice(0, crowd), ...own, ...all.slice(crowd)];
}

async function patch(all: readonly NamedAccount[]): Promise<GenesisJson> {
  const named = byName(all);
  const address = (name: string): string => named[name]!.address;
  const { sudo, balances, stakers, preferences, points, proxies } = await population(all);
  const own = Object.entries(STAKES);
  const bonds = own.map(
    ([name, [, bond, backs]]) => [address(name), bond * UNIT, { Nominator: backs.map(address) }] as const,
  );
  const validators = all.filter(({ role }) => role === 'validator').map((one) => one.address);
  return {
    balances: {
      balances: [
        ...balances,
        ...own.map(([name, [funds]]) => [address(name), funds * UNIT]),
        [address('old-controller'), 10n * UNIT],
      ],
    },
    staking: {
      validatorCount: SEATS,
      minimumValidatorCount: 1,
      minNominatorBond: 10n * UNIT,
      minValidatorBond: 100n * UNIT,
      maxValidatorCount: 1_000,
      maxNominatorCount: 50_000,
      // The second is a controller that the pallet ignores; see relaySimulator.controllers.
      stakers: [...stakers, ...bonds].map(([who, bond, role]) => [who, who, bond, role]),
    },
    session: { keys: validators.map((who) => [who, who, {}]) },
    sudo: { key: sudo },
    relaySimulator: {
      preferences,
      points,
      proxies,
      controllers: [[address('old-stash'), address('old-controller')]],
    },
  };
}

/**
 * Eras are six blocks long: era 1 is planned in block 4 and active from block 6. The offence of era 1 begins its slashing
 * spans in block 8; the slash is applied when era 5 begins, in block 30.
 */
async function prelude(all: readonly NamedAccount[]): Promise<Prelude> {
  const named = byName(all);
  const address = (name: string): string => named[name]!.address;
  const by = (block: number, name: string, call: string, ...args: readonly unknown[]): PreludeCall => ({
    block,
    pallet: 'staking',
    call,
    args,
    as: address(name),
  });
  const unbond = (block: number, name: string, units: bigint): PreludeCall =>
    by(block, name, 'unbond', (units * UNIT).toString());
  return {
    blocks: 32,
    calls: [
      ...destinationCalls(all),
      { block: 8, pallet: 'relaySimulator', call: 'reportOffence', args: [address(OFFENDER), 50_000_000] },
      by(8, CHILLED, 'chill'),
      by(9, 'slashed', 'chill'),
      unbond(9, 'slashed', 400n),
      // Free in eras 5, 7 and, because era 5 is planned already while era 4 is active, 9.
      unbond(9, 'unbonding', 100n),
      unbond(20, 'unbonding', 50n),
      unbond(28, 'unbonding', 25n),
      by(14, 'v01', 'payoutStakersByPage', address('v01'), 1, 0),
      { block: 32, pallet: 'sudo', call: 'setKey', args: [address('alice')] },
    ],
  };
}

export const classic: Preset = {
  name: 'classic',
  about: 'the tour’s population with the staking pallet of relay chains, in era 5',
  runtime: RUNTIMES.classic,
  accounts,
  patch,
  prelude,
};
