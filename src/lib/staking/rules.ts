/**
 * Which of the chain's limits apply to one stash: unlock duration, minimum bonds, the era up to which withdrawals go.
 * Inputs are the chain's constants and storage, and what its version of the pallet does (pallets/staking/rules.ts). On a
 * chain with the classic pallet the facts that it lacks are null.
 */

import { maxOf, minOf } from '../numeric/integer.js';
import type { PalletRules } from '../pallets/staking/rules.js';
import type { Planck } from '../plain.js';

export interface UnbondingFacts {
  readonly activeEra: number;
  /** `BondingDuration`, eras. */
  readonly bondingDuration: number;
  /** `NominatorFastUnbondDuration`, eras; null where the chain has none. */
  readonly nominatorFastUnbondDuration: number | null;
  /** `AreNominatorsSlashable`; null where the chain does not know it (then they are). */
  readonly nominatorsSlashable: boolean | null;
  /** `LastValidatorEra` of the stash; null if it never validated. */
  readonly lastValidatorEra: number | null;
}

/**
 * Eras that a stake unbonded now takes to unlock. The fast duration is for those who cannot be slashed any more:
 * whoever validated within the last BondingDuration eras waits the full time, whatever the role is now.
 */
export function unbondingEras(facts: UnbondingFacts): number {
  const { bondingDuration, lastValidatorEra, nominatorFastUnbondDuration } = facts;
  const validatedRecently =
    lastValidatorEra !== null && Math.max(facts.activeEra - lastValidatorEra, 0) < bondingDuration;
  const isFast =
    !validatedRecently && facts.nominatorsSlashable === false && nominatorFastUnbondDuration !== null;
  return isFast ? nominatorFastUnbondDuration : bondingDuration;
}

export type StakingRole = 'validator' | 'nominator' | 'chilled';

export interface MinimumBonds {
  readonly minNominatorBond: Planck;
  readonly minValidatorBond: Planck;
  readonly existentialDeposit: Planck;
  /** Default: as pallet-staking-async. */
  readonly pallet?: Pick<PalletRules, 'leastBond' | 'leastActive'>;
}

/**
 * The least that `bond`, `bond_extra` and `rebond` may leave active: the lower of the two roles' minimums, or in the
 * classic pallet the existential deposit alone.
 */
export const minChilledBond = (bonds: MinimumBonds): Planck =>
  bonds.pallet?.leastBond === 'existentialDeposit'
    ? bonds.existentialDeposit
    : maxOf(minOf(bonds.minValidatorBond, bonds.minNominatorBond), bonds.existentialDeposit);

/** The least that `unbond` may leave active in a role, and that the role needs. A chilled stash may leave nothing. */
export function minActiveBond(role: StakingRole, bonds: MinimumBonds): Planck {
  if (role === 'chilled') return 0n;
  const minimum = role === 'validator' ? bonds.minValidatorBond : bonds.minNominatorBond;
  return bonds.pallet?.leastActive === 'roleMinimum' ? minimum : maxOf(minimum, bonds.existentialDeposit);
}

/** The era that the chain's pallet counts unlocking in. */
export const countingEra = (rules: {
  readonly pallet: Pick<PalletRules, 'countingEra'>;
  readonly activeEra: number;
  readonly currentEra: number;
}): number => (rules.pallet.countingEra === 'current' ? rules.currentEra : rules.activeEra);

/**
 * The last era whose chunks may be withdrawn. Usually the era that the pallet counts in; while offences of an older era wait to be
 * processed, stake that they could still slash stays.
 * @param oldestOffenceEra the first of `OffenceQueueEras`; null when the queue is empty
 */
export function withdrawableEra(
  era: number,
  bondingDuration: number,
  oldestOffenceEra: number | null = null,
): number {
  const processedUpTo = Math.max((oldestOffenceEra ?? era) - 1, 0);
  return Math.min(era, processedUpTo + bondingDuration);
}
