/** What follows from one stash's facts: amounts that can move, the rules that hold for it, and how they are written. */

import { preconditionError } from '../errors.js';
import { formatAmount } from '../numeric/amount.js';
import { maxOf } from '../numeric/integer.js';
import type { Planck } from '../plain.js';
import { type Ledger, type UnbondRules, withdrawUnbonded } from './ledger.js';
import { countingEra, minActiveBond, minChilledBond, unbondingEras, withdrawableEra } from './rules.js';
import type { AccountFacts, Payee, StakingRules, StashFacts } from './types.js';

/** Free balance that can be bonded while `keep` (and at least the existential deposit) stays free. */
export function spendable(facts: StashFacts, keep: Planck): Planck {
  const { account, rules } = facts;
  return maxOf(account.free - bondedInFree(facts) - maxOf(keep, rules.existentialDeposit), 0n);
}

/** What of the free balance is bonded already, where the pallet only locks it. */
export const bondedInFree = ({ account, rules }: StashFacts): Planck =>
  rules.pallet.bondedBy === 'lock' ? (account.ledger?.total ?? 0n) : 0n;

/** What `withdraw_unbonded` would free now. */
export function withdrawableNow(facts: StashFacts): Planck {
  if (!facts.account.ledger) return 0n;
  return withdrawUnbonded(facts.account.ledger, withdrawRules(facts)).withdrawn;
}

/** Eras that a stake unbonded now takes to unlock, for this stash. */
export function unlockEras(facts: StashFacts): number {
  return unbondingEras({ ...facts.rules, lastValidatorEra: facts.account.lastValidatorEra });
}

export function sumUnlocking(ledger: Ledger): Planck {
  return ledger.unlocking.reduce((sum, chunk) => sum + chunk.value, 0n);
}

export function requireLedger(facts: StashFacts): Ledger {
  const { address, controller, ledger } = facts.account;
  if (ledger) return ledger;
  throw preconditionError(
    'NOT_BONDED',
    controller === null
      ? `${address} has nothing bonded.`
      : `The ledger of ${address} cannot be found at its controller ${controller}.`,
    {
      hint: 'Bond first: `bursar stake bond`. For a proxy, name the stash with --proxy-for.',
    },
  );
}

export function unbondRules(facts: StashFacts, role: AccountFacts['role']): UnbondRules {
  const { rules } = facts;
  return {
    era: countingEra(rules),
    duration: unlockEras(facts),
    maxUnlockingChunks: rules.maxUnlockingChunks,
    minActive: role === 'none' ? 0n : minActiveBond(role, rules),
    withdrawWhenFull: rules.pallet.withdrawsWhenFull,
    chillsWhole: rules.pallet.unbondChills === 'wholeActive',
    ...withdrawRules(facts),
  };
}

export function withdrawRules({ rules }: Pick<StashFacts, 'rules'>) {
  return {
    withdrawableEra: lastFreeEra(rules),
    existentialDeposit: rules.existentialDeposit,
    endsBelow: rules.pallet.bondEnds === 'belowLeastBond' ? minChilledBond(rules) : rules.existentialDeposit,
  };
}

/** The last era whose chunks may be withdrawn now. */
export function lastFreeEra(rules: StakingRules): number {
  // The versions that count in the current era look at no offences.
  const oldest = rules.pallet.countingEra === 'current' ? null : rules.oldestOffenceEra;
  return withdrawableEra(countingEra(rules), rules.bondingDuration, oldest);
}

export const isCandidate = (role: AccountFacts['role']): boolean =>
  role === 'nominator' || role === 'validator';

export function payeeText(payee: Payee | null): string {
  if (payee === null) return 'none';
  if (typeof payee === 'object') return `to account ${payee.Account}`;
  return {
    Staked: 'restaked',
    Stash: 'to the stash',
    Controller: 'to the controller (deprecated)',
    None: 'nowhere (rewards are not paid)',
  }[payee];
}

export function samePayee(a: Payee | null, b: Payee): boolean {
  return typeof a === 'object' && a !== null ? typeof b === 'object' && a.Account === b.Account : a === b;
}

export const show = (facts: StashFacts, planck: Planck): string => formatAmount(planck, facts.token);
