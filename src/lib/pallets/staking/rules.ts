/**
 * What the staking pallets do differently, as data: each rule with the versions it holds for and where it was read.
 * A runtime does not say which version of a pallet it has, so a rule is known by what its metadata has and lacks, and
 * where that does not tell versions apart, by the runtime's own name and version. The first line that fits holds. Where
 * none says, the value is `unknown`: the plan is then made so that it is right either way, and the dry run decides.
 *
 * Read in the published crates pallet-staking 4 to 50 and pallet-staking-async 0.2 to 0.15.
 */

import { type StakingKind, stakingKind } from '../../chain/features.js';
import type { Chain } from '../../chain/types.js';

/** Which unbonding removes the stash from the nominators and validators by itself: of the whole active stake, or none. */
export type UnbondChills = 'wholeActive' | 'never' | 'unknown';
/** The era that unlocking is counted in: `ActiveEra`, or `CurrentEra`, which is one ahead while an era is planned. */
export type CountingEra = 'active' | 'current';
/** The least that bond, bond_extra and rebond may leave active. */
export type LeastBond = 'existentialDeposit' | 'lowerRoleMinimum';
/** The least that unbond may leave active in a role. */
export type LeastActive = 'roleMinimum' | 'roleMinimumOrDeposit';
/** Below which active stake a withdrawal that leaves nothing unlocking ends the bond. */
export type BondEnds = 'belowDeposit' | 'belowLeastBond' | 'unknown';

/** How bonded balance is kept: out of the free balance on hold, or as a part of it that a lock covers. */
export type BondedBy = 'hold' | 'lock';

export interface PalletRules {
  readonly kind: StakingKind;
  /** The releases of the pallet that have this form, for people. */
  readonly versions: string;
  readonly unbondChills: UnbondChills;
  readonly countingEra: CountingEra;
  readonly leastBond: LeastBond;
  readonly leastActive: LeastActive;
  readonly bondEnds: BondEnds;
  /** Whether an unbond that finds all chunks taken withdraws first what is free. */
  readonly withdrawsWhenFull: boolean;
  readonly bondedBy: BondedBy;
}

/** What a rule looks at: `call NAME`, `storage NAME`, or `argument CALL.NAME` of the pallet Staking. */
interface Condition {
  readonly kind?: StakingKind;
  readonly has?: readonly string[];
  readonly lacks?: readonly string[];
  /** Runtimes of these names, up to and with this version if one is given. */
  readonly spec?: { readonly names: readonly string[]; readonly upTo?: number };
}

interface Rule<T> {
  readonly value: T;
  readonly when: Condition;
  /** The releases it holds for, and where it was read. */
  readonly source: string;
}

/** What of a chain decides which rules hold. */
export type StakingRuntime = Pick<
  Chain,
  'identity' | 'hasPallet' | 'hasCall' | 'hasStorage' | 'callArguments'
>;

const NEWEST_ASYNC: Condition = { kind: 'async', has: ['storage LastValidatorEra'] };

export const VERSIONS: readonly Rule<string>[] = [
  { value: 'pallet-staking-async 0.9 or later', when: NEWEST_ASYNC, source: 'adds LastValidatorEra' },
  {
    value: 'pallet-staking-async 0.4 to 0.8',
    when: { kind: 'async', has: ['call prune_era_step'] },
    source: 'adds prune_era_step',
  },
  {
    value: 'pallet-staking-async 0.3 or before',
    when: { kind: 'async' },
    source: 'has no prune_era_step',
  },
  {
    value: 'pallet-staking 40 or later',
    when: { kind: 'classic', has: ['call migrate_currency'] },
    source: 'adds migrate_currency and manual_slash',
  },
  {
    value: 'pallet-staking before 28',
    when: { kind: 'classic', has: ['argument set_controller.controller'] },
    source: 'set_controller and bond take a controller',
  },
  { value: 'pallet-staking 28 to 39', when: { kind: 'classic' }, source: 'has no migrate_currency' },
];

export const UNBOND_CHILLS: readonly Rule<UnbondChills>[] = [
  {
    value: 'wholeActive',
    when: {
      ...NEWEST_ASYNC,
      spec: { names: ['statemint', 'statemine', 'asset-hub-paseo', 'bursar-devnet'] },
    },
    source: 'pallet-staking-async 0.9 to 0.15, unbond: chills if value >= ledger.active; built from releases',
  },
  {
    // Both came with release 0.9, but not with the same change: a runtime built from in between has the one alone.
    value: 'unknown',
    when: NEWEST_ASYNC,
    source: 'the development branch between pallet-staking-async 0.8 and 0.9, which Westend follows',
  },
  {
    value: 'never',
    when: { kind: 'async' },
    source: 'pallet-staking-async 0.2 to 0.8, unbond: InsufficientBond while in a role with a minimum',
  },
  {
    // 41 to 50 chill if value >= ledger.total, so not while anything is unlocking; 40 has the same metadata and never does.
    value: 'unknown',
    when: { kind: 'classic', has: ['call migrate_currency'] },
    source: 'pallet-staking 40.1 and 41 to 50, unbond (polkadot-sdk#3811)',
  },
  {
    value: 'never',
    when: { kind: 'classic' },
    source: 'pallet-staking 4 to 39, unbond: InsufficientBond while in a role with a minimum',
  },
];

export const COUNTING_ERA: readonly Rule<CountingEra>[] = [
  {
    value: 'active',
    when: { kind: 'async', has: ['storage CancelledSlashes'] },
    source: 'pallet-staking-async 0.3 to 0.15, unbond and do_withdraw_unbonded: Rotator::active_era',
  },
  {
    value: 'current',
    when: { kind: 'async' },
    source: 'pallet-staking-async 0.2, unbond and do_withdraw_unbonded: CurrentEra',
  },
  {
    value: 'current',
    when: { kind: 'classic' },
    source: 'pallet-staking 4 to 50, unbond and do_withdraw_unbonded: CurrentEra',
  },
];

export const LEAST_BOND: readonly Rule<LeastBond>[] = [
  {
    value: 'lowerRoleMinimum',
    when: { kind: 'async' },
    source: 'pallet-staking-async 0.2 to 0.15, min_chilled_bond',
  },
  {
    value: 'existentialDeposit',
    when: { kind: 'classic' },
    source: 'pallet-staking 4 to 50, bond, do_bond_extra and rebond: the existential deposit alone',
  },
];

export const LEAST_ACTIVE: readonly Rule<LeastActive>[] = [
  {
    value: 'roleMinimumOrDeposit',
    when: { kind: 'async' },
    source: 'pallet-staking-async 0.2 to 0.15, min_nominator_bond and min_validator_bond',
  },
  {
    value: 'roleMinimum',
    when: { kind: 'classic' },
    source: 'pallet-staking 4 to 50, unbond: MinNominatorBond or MinValidatorBond alone',
  },
];

export const BOND_ENDS: readonly Rule<BondEnds>[] = [
  {
    value: 'belowDeposit',
    when: { kind: 'async', spec: { names: ['bursar-devnet'] } },
    source: 'pallet-staking-async 0.14, do_withdraw_unbonded: the existential deposit',
  },
  {
    value: 'belowLeastBond',
    when: { kind: 'async', spec: { names: ['statemint', 'statemine'], upTo: 2_003_002 } },
    source: 'pallet-staking-async 0.7 to 0.13 in releases 1.9 to 2.3.2 of polkadot-fellows/runtimes',
  },
  {
    value: 'belowLeastBond',
    when: { kind: 'async', lacks: ['storage LastValidatorEra'] },
    source: 'pallet-staking-async 0.2 to 0.8, do_withdraw_unbonded: min_chilled_bond',
  },
  {
    // 0.9 to 0.13 end it below min_chilled_bond, 0.14 and 0.15 below the existential deposit, with the same metadata.
    value: 'unknown',
    when: { kind: 'async' },
    source: 'pallet-staking-async 0.9 to 0.15, do_withdraw_unbonded',
  },
  {
    value: 'belowDeposit',
    when: { kind: 'classic' },
    source: 'pallet-staking 4 to 50, do_withdraw_unbonded: the existential deposit',
  },
];

export const WITHDRAWS_WHEN_FULL: readonly Rule<boolean>[] = [
  {
    // Some of these do (since substrate#12582). Refused here, with `withdraw` as the way out, nothing is lost.
    value: false,
    when: { kind: 'classic', has: ['argument set_controller.controller'] },
    source: 'pallet-staking 4, unbond: NoMoreChunks',
  },
  {
    value: true,
    when: {},
    source:
      'pallet-staking 28 to 50 and pallet-staking-async 0.2 to 0.15, unbond: do_withdraw_unbonded first',
  },
];

export const BONDED_BY: readonly Rule<BondedBy>[] = [
  { value: 'hold', when: { kind: 'async' }, source: 'pallet-staking-async 0.2 to 0.15, asset.rs' },
  {
    value: 'hold',
    when: { kind: 'classic', has: ['call migrate_currency'] },
    source: 'pallet-staking 40 to 50, asset.rs (polkadot-sdk#5501)',
  },
  {
    value: 'lock',
    when: { kind: 'classic' },
    source: 'pallet-staking 4 to 39: Currency::set_lock of the ledger total',
  },
];

/** The rules of the chain's staking pallet. @throws precondition NO_STAKING */
export function palletRules(chain: StakingRuntime): PalletRules {
  const kind = stakingKind(chain);
  const choose = <T>(rules: readonly Rule<T>[]): T => {
    const found = rules.find(({ when }) => holds(chain, kind, when));
    if (!found) throw new Error('a table of staking rules has no line for this runtime');
    return found.value;
  };
  return {
    kind,
    versions: choose(VERSIONS),
    unbondChills: choose(UNBOND_CHILLS),
    countingEra: choose(COUNTING_ERA),
    leastBond: choose(LEAST_BOND),
    leastActive: choose(LEAST_ACTIVE),
    bondEnds: choose(BOND_ENDS),
    withdrawsWhenFull: choose(WITHDRAWS_WHEN_FULL),
    bondedBy: choose(BONDED_BY),
  };
}

function holds(chain: StakingRuntime, kind: StakingKind, when: Condition): boolean {
  const { specName, specVersion } = chain.identity;
  if (when.kind !== undefined && when.kind !== kind) return false;
  if (when.spec) {
    if (!when.spec.names.includes(specName)) return false;
    if (when.spec.upTo !== undefined && specVersion > when.spec.upTo) return false;
  }
  return (
    (when.has ?? []).every((what) => isThere(chain, what)) &&
    !(when.lacks ?? []).some((what) => isThere(chain, what))
  );
}

function isThere(chain: StakingRuntime, what: string): boolean {
  const [sort, name = ''] = what.split(' ');
  if (sort === 'call') return chain.hasCall('Staking', name);
  if (sort === 'storage') return chain.hasStorage('Staking', name);
  const [call = '', argument = ''] = name.split('.');
  return chain.hasCall('Staking', call) && chain.callArguments('Staking', call).includes(argument);
}
