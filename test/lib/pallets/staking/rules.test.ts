import { describe, expect, it, test } from 'vitest';
import { BursarError } from '../../../../src/lib/errors.js';
import { callArguments, fittingArguments, spanCount } from '../../../../src/lib/pallets/staking/calls.js';
import {
  BOND_ENDS,
  BONDED_BY,
  COUNTING_ERA,
  LEAST_ACTIVE,
  LEAST_BOND,
  type PalletRules,
  palletRules,
  type StakingRuntime,
  UNBOND_CHILLS,
  VERSIONS,
  WITHDRAWS_WHEN_FULL,
} from '../../../../src/lib/pallets/staking/rules.js';
import { RUNTIME_NAMES, type RuntimeName, tableChain } from './runtimes.js';

interface Shape {
  readonly spec?: readonly [string, number];
  readonly calls?: Readonly<Record<string, readonly string[]>>;
  readonly storage?: readonly string[];
}

/** A runtime by what its metadata has. */
function runtime({ spec = ['somechain', 1], calls = {}, storage = [] }: Shape): StakingRuntime {
  const [specName, specVersion] = spec;
  return {
    identity: { genesisHash: '0x', specName, specVersion, transactionVersion: 1, name: '' },
    hasPallet: (pallet) => pallet === 'Staking',
    hasCall: (pallet, call) => pallet === 'Staking' && Object.hasOwn(calls, call),
    hasStorage: (pallet, item) => pallet === 'Staking' && ['Ledger', ...storage].includes(item),
    callArguments: (_pallet, call) => calls[call] as readonly string[],
  };
}

const today = { bond: ['value', 'payee'], set_controller: [], chill: [] };
const old = { bond: ['controller', 'value', 'payee'], set_controller: ['controller'], chill: [] };
const asyncItems = ['OffenceQueueEras', 'CancelledSlashes'];
const newest = [...asyncItems, 'LastValidatorEra'];

/** What differs from the newest pallet; each line is a release that was read. */
const NEWEST = {
  kind: 'async',
  unbondChills: 'wholeActive',
  countingEra: 'active',
  leastBond: 'lowerRoleMinimum',
  leastActive: 'roleMinimumOrDeposit',
  bondEnds: 'unknown',
  withdrawsWhenFull: true,
  bondedBy: 'hold',
} as const;
const CLASSIC = {
  ...NEWEST,
  kind: 'classic',
  unbondChills: 'never',
  countingEra: 'current',
  leastBond: 'existentialDeposit',
  leastActive: 'roleMinimum',
  bondEnds: 'belowDeposit',
  bondedBy: 'lock',
} as const;

const TABLE: readonly [string, Shape, Omit<PalletRules, 'versions'>][] = [
  [
    "Polkadot's Asset Hub 2.3.2",
    { spec: ['statemint', 2_003_002], calls: { ...today, prune_era_step: [] }, storage: newest },
    { ...NEWEST, bondEnds: 'belowLeastBond' },
  ],
  [
    'the same later',
    { spec: ['statemint', 2_003_003], calls: { ...today, prune_era_step: [] }, storage: newest },
    NEWEST,
  ],
  [
    'a chain of the same shape that nobody here knows',
    { calls: { ...today, prune_era_step: [] }, storage: newest },
    { ...NEWEST, unbondChills: 'unknown' },
  ],
  [
    "bursar's own development chain",
    { spec: ['bursar-devnet', 1], calls: { ...today, prune_era_step: [] }, storage: newest },
    { ...NEWEST, bondEnds: 'belowDeposit' },
  ],
  [
    "Kusama's Asset Hub 2.0.0 (pallet-staking-async 0.7)",
    { spec: ['statemine', 2_000_002], calls: { ...today, prune_era_step: [] }, storage: asyncItems },
    { ...NEWEST, unbondChills: 'never', bondEnds: 'belowLeastBond' },
  ],
  [
    'pallet-staking-async 0.3',
    { calls: today, storage: asyncItems },
    { ...NEWEST, unbondChills: 'never', bondEnds: 'belowLeastBond' },
  ],
  [
    'pallet-staking-async 0.2',
    { calls: today, storage: ['OffenceQueueEras'] },
    { ...NEWEST, unbondChills: 'never', bondEnds: 'belowLeastBond', countingEra: 'current' },
  ],
  [
    'pallet-staking 50, as creditcoin3 or Cere could have it',
    {
      calls: { ...today, migrate_currency: [], manual_slash: [] },
      storage: ['SlashingSpans', 'ErasStakersOverview'],
    },
    { ...CLASSIC, unbondChills: 'unknown', bondedBy: 'hold' },
  ],
  ['pallet-staking 28 to 39', { calls: today, storage: ['SlashingSpans'] }, CLASSIC],
  [
    'pallet-staking 4',
    { calls: old, storage: ['SlashingSpans', 'ErasStakers'] },
    { ...CLASSIC, withdrawsWhenFull: false },
  ],
];

describe('the rules of a runtime', () => {
  test.each(TABLE)('%s', (_name, shape, expected) => {
    const { versions, ...rules } = palletRules(runtime(shape));
    expect(rules).toEqual(expected);
    expect(versions).toMatch(/^pallet-staking/);
  });

  const PAST_40 = { ...CLASSIC, unbondChills: 'unknown', bondedBy: 'hold' } as const;
  const ASYNC_8 = { ...NEWEST, unbondChills: 'never', bondEnds: 'belowLeastBond' } as const;
  const REAL: Readonly<Record<RuntimeName, [string, Omit<PalletRules, 'versions'>]>> = {
    "Polkadot's Asset Hub": ['pallet-staking-async 0.4 to 0.8', ASYNC_8],
    "Westend's Asset Hub": ['pallet-staking-async 0.9 or later', { ...NEWEST, unbondChills: 'unknown' }],
    "Kusama's Asset Hub": ['pallet-staking-async 0.4 to 0.8', ASYNC_8],
    'Polkadot with classic staking': ['pallet-staking 40 or later', PAST_40],
    'Kusama with classic staking': ['pallet-staking 40 or later', PAST_40],
    'Polkadot in metadata 14': ['pallet-staking 28 to 39', CLASSIC],
    'Kusama in metadata 14': ['pallet-staking 28 to 39', CLASSIC],
    "Substrate's node, metadata 14": ['pallet-staking 28 to 39', CLASSIC],
    "Substrate's node, metadata 16": ['pallet-staking 40 or later', PAST_40],
  };
  test.each(RUNTIME_NAMES)('from the metadata of %s', async (name) => {
    const { versions, ...rules } = palletRules(await tableChain(name, {}));
    expect([versions, rules]).toEqual(REAL[name]);
  });

  it('are complete: every table has a line for every runtime, and says where it was read', () => {
    const tables = [
      VERSIONS,
      UNBOND_CHILLS,
      COUNTING_ERA,
      LEAST_BOND,
      LEAST_ACTIVE,
      BOND_ENDS,
      WITHDRAWS_WHEN_FULL,
      BONDED_BY,
    ];
    for (const rules of tables) {
      for (const kind of ['async', 'classic'] as const)
        expect(
          rules.some(
            ({ when: { kind: only = kind, has, lacks, spec } }) => only === kind && !has && !lacks && !spec,
          ),
        ).toBe(true);
      for (const { source } of rules) expect(source).toMatch(/\w{4}/);
    }
  });

  it('without the pallet there are none', () => {
    const none = { ...runtime({}), hasPallet: () => false };
    expect(() => palletRules(none)).toThrow(expect.objectContaining({ code: 'NO_STAKING' }));
  });
});

describe('arguments', () => {
  it('are those that the version of the call takes', async () => {
    const possible = { controller: 'S', value: 5n, payee: 'Staked' };
    const of = (shape: Shape) => fittingArguments(callArguments(runtime(shape)), 'bond', possible);
    expect(of({ calls: today })).toEqual({ value: 5n, payee: 'Staked' });
    expect(of({ calls: old })).toEqual(possible);
    // The order of the metadata, so that what is shown and encoded is the same.
    expect(Object.keys(of({ calls: old }))).toEqual(['controller', 'value', 'payee']);
    const node = callArguments(runtime({ calls: old }));
    expect(fittingArguments(node, 'set_controller', { controller: 'S' })).toEqual({ controller: 'S' });
    const polkadot = callArguments(await tableChain('Polkadot with classic staking', {}));
    expect(fittingArguments(polkadot, 'set_controller', { controller: 'S' })).toEqual({});
  });

  it('that nobody here knows are refused by name', () => {
    const strange = callArguments(runtime({ calls: { bond: ['value', 'payee', 'promise_month'] } }));
    expect(() => fittingArguments(strange, 'bond', { value: 5n, payee: 'Staked' })).toThrow(BursarError);
    expect(() => fittingArguments(strange, 'bond', { value: 5n, payee: 'Staked' })).toThrow(
      expect.objectContaining({ code: 'CALL_ARGUMENTS', message: expect.stringContaining('promise_month') }),
    );
  });
});

test('slashing spans: the open one and those before it', () => {
  expect(spanCount(null)).toBe(0);
  expect(spanCount({ prior: [] })).toBe(1);
  expect(spanCount({ prior: [3, 4] })).toBe(3);
});
