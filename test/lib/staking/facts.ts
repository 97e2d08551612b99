/** Facts as a chain could give them, for tests of what is made of them. */

import fc from 'fast-check';
import type { CallArguments } from '../../../src/lib/pallets/staking/calls.js';
import type { PalletRules } from '../../../src/lib/pallets/staking/rules.js';
import type { Ledger } from '../../../src/lib/staking/ledger.js';
import type {
  AccountFacts,
  Payee,
  StakingFacts,
  StakingRules,
  StashFacts,
  TargetFacts,
} from '../../../src/lib/staking/types.js';

export const STASH = '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY';
export const TOKEN = { symbol: 'UNIT', decimals: 3, ss58Prefix: 42 };
export const BLOCK = { hash: `0x${'ab'.repeat(32)}`, number: 1_000, timestamp: 1_760_000_000_000 };

const ASYNC: PalletRules = {
  kind: 'async',
  versions: 'pallet-staking-async 0.14',
  unbondChills: 'wholeActive',
  countingEra: 'active',
  leastBond: 'lowerRoleMinimum',
  leastActive: 'roleMinimumOrDeposit',
  bondEnds: 'belowDeposit',
  withdrawsWhenFull: true,
  bondedBy: 'hold',
};
const CLASSIC: PalletRules = {
  kind: 'classic',
  versions: 'pallet-staking 28 to 39',
  unbondChills: 'never',
  countingEra: 'current',
  leastBond: 'existentialDeposit',
  leastActive: 'roleMinimum',
  bondEnds: 'belowDeposit',
  withdrawsWhenFull: true,
  bondedBy: 'lock',
};
/** The pallets that there are, by their newest version. */
export const PALLETS = {
  async14: ASYNC,
  async13: { ...ASYNC, bondEnds: 'belowLeastBond' },
  async9: { ...ASYNC, bondEnds: 'unknown' },
  async8: { ...ASYNC, unbondChills: 'never', bondEnds: 'belowLeastBond' },
  async2: { ...ASYNC, unbondChills: 'never', bondEnds: 'belowLeastBond', countingEra: 'current' },
  classic50: { ...CLASSIC, unbondChills: 'unknown', bondedBy: 'hold' },
  classic39: CLASSIC,
  classic4: { ...CLASSIC, withdrawsWhenFull: false },
} as const satisfies Record<string, PalletRules>;

/** As today's runtimes have them. */
export const CALLS: CallArguments = {
  bond: ['value', 'payee'],
  bond_extra: ['max_additional'],
  unbond: ['value'],
  rebond: ['value'],
  withdraw_unbonded: ['num_slashing_spans'],
  nominate: ['targets'],
  chill: [],
  set_payee: ['payee'],
  set_controller: [],
};

export const RULES: StakingRules = {
  kind: 'async',
  pallet: PALLETS.async14,
  activeEra: 100,
  currentEra: 101,
  activeEraStart: BLOCK.timestamp - 3_600_000,
  eraMs: 86_400_000,
  bondingDuration: 28,
  nominatorFastUnbondDuration: 2,
  nominatorsSlashable: false,
  oldestOffenceEra: null,
  maxUnlockingChunks: 32,
  maxNominations: 16,
  existentialDeposit: 10n,
  minNominatorBond: 100n,
  minValidatorBond: 1_000n,
  minimumActiveStake: 150n,
};

export const ledgerOf = (active: bigint, ...unlocking: [bigint, number][]): Ledger => ({
  active,
  unlocking: unlocking.map(([value, era]) => ({ value, era })),
  total: unlocking.reduce((sum, [value]) => sum + value, active),
});

export const account = (more: Partial<AccountFacts> = {}): AccountFacts => ({
  address: STASH,
  ledger: ledgerOf(1_000n),
  controller: STASH,
  controls: null,
  payee: 'Staked',
  role: 'nominator',
  nominations: [],
  lastValidatorEra: null,
  slashingSpans: 0,
  free: 5_000n,
  reserved: 1_000n,
  frozen: 0n,
  ...more,
});

export const target = (address: string, more: Partial<TargetFacts> = {}): TargetFacts => ({
  address,
  state: 'active',
  blocked: false,
  commission: 50_000_000,
  totalStake: 10_000n,
  ...more,
});

export const stash = (
  more: Partial<AccountFacts> = {},
  rules: Partial<StakingRules> = {},
  targets: readonly TargetFacts[] = [],
): StashFacts => ({
  token: TOKEN,
  block: BLOCK,
  rules: { ...RULES, ...rules },
  calls: CALLS,
  batches: true,
  account: account(more),
  signedAs: 'both',
  targets,
});

export const factsOf = ({ account: one, signedAs: _signedAs, ...rest }: StashFacts): StakingFacts => ({
  ...rest,
  genesisHash: `0x${'00'.repeat(32)}`,
  specVersion: 1,
  accounts: [one],
});

const small = fc.bigInt({ min: 0n, max: 5_000n });
export const anyPayee: fc.Arbitrary<Payee> = fc.oneof(
  fc.constantFrom<Payee>('Staked', 'Stash', 'None', 'Controller'),
  fc.constant({ Account: STASH }),
);
export const anyRules = fc
  .record({
    pallet: fc.constantFrom<PalletRules>(...Object.values(PALLETS)),
    isPlanned: fc.boolean(),
    activeEra: fc.nat(2_000),
    activeEraStart: fc.option(fc.nat(2 ** 40)),
    eraMs: fc.option(fc.integer({ min: 1, max: 86_400_000 })),
    bondingDuration: fc.nat(30),
    nominatorFastUnbondDuration: fc.option(fc.nat(5)),
    nominatorsSlashable: fc.option(fc.boolean()),
    oldestOffenceEra: fc.option(fc.nat(2_000)),
    maxUnlockingChunks: fc.integer({ min: 1, max: 6 }),
    maxNominations: fc.integer({ min: 1, max: 16 }),
    existentialDeposit: fc.bigInt({ min: 1n, max: 20n }),
    minNominatorBond: fc.bigInt({ min: 0n, max: 400n }),
    minValidatorBond: fc.bigInt({ min: 0n, max: 900n }),
    minimumActiveStake: fc.option(small),
  })
  .map(
    ({ isPlanned, ...rules }): StakingRules => ({
      ...rules,
      kind: rules.pallet.kind,
      // While an era is planned, the current one is ahead.
      currentEra: rules.activeEra + (isPlanned ? 1 : 0),
    }),
  );
const chunk = fc.record({ value: fc.bigInt({ min: 1n, max: 2_000n }), era: fc.nat(2_030) });
export const anyStash: fc.Arbitrary<StashFacts> = fc
  .record({
    rules: anyRules,
    bonded: fc.boolean(),
    active: fc.oneof(small, fc.constant(0n), fc.bigInt({ min: 0n, max: 30n })),
    chunks: fc.array(chunk, { maxLength: 6 }),
    role: fc.constantFrom('chilled' as const, 'nominator' as const, 'validator' as const),
    payee: anyPayee,
    free: small,
    reserved: small,
    frozen: small,
    lastValidatorEra: fc.option(fc.nat(2_000)),
    slashingSpans: fc.nat(3),
    targets: fc.uniqueArray(fc.nat(20), { maxLength: 6 }),
    states: fc.array(
      fc.constantFrom('active' as const, 'waiting' as const, 'blocked' as const, 'chilled' as const),
      {
        minLength: 6,
        maxLength: 6,
      },
    ),
  })
  .map(({ rules, bonded, active, chunks, role, targets, states, payee, ...rest }) => {
    // Older chunks are free earlier, and there are no more than the chain keeps.
    const unlocking = chunks.slice(0, rules.maxUnlockingChunks).sort((a, b) => a.era - b.era);
    const names = targets.map((number) => `target-${number}`);
    return {
      token: TOKEN,
      block: BLOCK,
      rules,
      calls: CALLS,
      batches: true,
      signedAs: 'both',
      account: account({
        ...rest,
        payee: bonded ? payee : null,
        ledger: bonded
          ? ledgerOf(active, ...unlocking.map(({ value, era }): [bigint, number] => [value, era]))
          : null,
        controller: bonded ? STASH : null,
        role: bonded ? role : 'none',
        nominations: bonded && role === 'nominator' ? names : [],
      }),
      targets: names.map((address, index) => {
        const state = states[index] as TargetFacts['state'];
        return target(address, {
          state,
          blocked: state === 'blocked',
          commission: state === 'chilled' ? null : 10 ** 9,
          totalStake: state === 'active' ? 1n : null,
        });
      }),
    };
  });
