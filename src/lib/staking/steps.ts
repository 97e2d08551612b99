/** The steps that plans are made of: one call, its reason, and what it does to the stake by the pallet's own rules. */

import { preconditionError } from '../errors.js';
import type { Planck } from '../plain.js';
import type { PlannedCall } from '../tx/plan.js';
import { assertPayee } from './guards.js';
import { bond, bondExtra, rebond, unbond, withdrawUnbonded } from './ledger.js';
import { minChilledBond } from './rules.js';
import { payeeText, show, unbondRules, withdrawRules } from './stash.js';
import type { Payee, StakeState, StashFacts } from './types.js';

export interface Step {
  readonly call: PlannedCall;
  /** Planck that leave the free balance. */
  readonly spends?: Planck;
  readonly apply: (state: StakeState, facts: StashFacts) => StakeState;
}

const staking = (
  call: string,
  args: PlannedCall['args'],
  reason: string,
  ...expects: string[]
): PlannedCall => ({ pallet: 'Staking', call, args, reason, expects });

export function bondStep(facts: StashFacts, value: Planck, payee: Payee): Step {
  assertPayee(payee);
  const minimum = minChilledBond(facts.rules);
  if (value === 0n)
    throw preconditionError(
      'INSUFFICIENT_BOND',
      `There is nothing to bond: ${show(facts, facts.account.free)} is free, and a part stays for fees.`,
      { hint: 'Fund the account, or let less stay with --keep.' },
    );
  if (value < minimum) {
    throw preconditionError(
      'INSUFFICIENT_BOND',
      `A bond of ${show(facts, value)} is below the chain's minimum of ${show(facts, minimum)}.`,
      {
        hint: 'Bond at least the minimum; to nominate or validate their own minimums hold as well (`bursar stake status`).',
      },
    );
  }
  return {
    call: staking(
      'bond',
      { value, payee },
      `Bonds ${show(facts, value)}, rewards ${payeeText(payee)}`,
      'Staking.Bonded',
    ),
    spends: value,
    apply: (state) => ({
      ...state,
      ledger: bond(state.ledger, value, { minBond: minimum }),
      payee,
      role: 'chilled',
      free: state.free - value,
    }),
  };
}

export function bondExtraStep(facts: StashFacts, value: Planck): Step {
  return {
    call: staking(
      'bond_extra',
      { max_additional: value },
      `Adds ${show(facts, value)} of the free balance to the bond`,
      'Staking.Bonded',
    ),
    spends: value,
    apply: (state, facts) => {
      const { ledger, added } = bondExtra(state.ledger, value, { minBond: minChilledBond(facts.rules) });
      return { ...state, ledger, free: state.free - added };
    },
  };
}

export function unbondStep(facts: StashFacts, value: Planck): Step {
  return {
    call: staking('unbond', { value }, `Starts to unlock ${show(facts, value)}`, 'Staking.Unbonded'),
    apply: (state, facts) => {
      const result = unbond(state.ledger, value, unbondRules(facts, state.role));
      const free = state.free + (result.withdrawn ?? 0n);
      return { ...state, ledger: result.ledger, free, ...(result.chills ? chilled(state) : {}) };
    },
  };
}

export function rebondStep(facts: StashFacts, value: Planck): Step {
  return {
    call: staking(
      'rebond',
      { value },
      `Takes back ${show(facts, value)} of what is unlocking, newest chunk first`,
      'Staking.Bonded',
    ),
    apply: (state, facts) => ({
      ...state,
      ledger: rebond(state.ledger, value, { minBond: minChilledBond(facts.rules) }).ledger,
    }),
  };
}

export function withdrawStep(): Step {
  return {
    // The argument is ignored by pallet-staking-async; the classic pallet wants the number of slashing spans, of which
    // a stash has more than none only after slashes: preflight rehearses the call there.
    call: staking(
      'withdraw_unbonded',
      { num_slashing_spans: 0 },
      'Frees the chunks whose era has come',
      'Staking.Withdrawn',
    ),
    apply: (state, facts) => {
      const { ledger, withdrawn, dust } = withdrawUnbonded(state.ledger, withdrawRules(facts));
      const gone = ledger === null ? { payee: null, role: 'none' as const, nominations: [] } : {};
      return { ...state, ledger, free: state.free + withdrawn + dust, ...gone };
    },
  };
}

export function nominateStep(facts: StashFacts, targets: readonly string[]): Step {
  const before = new Set(facts.account.nominations);
  const fresh = targets.filter((target) => !before.has(target)).length;
  const dropped = [...before].filter((target) => !targets.includes(target)).length;
  return {
    call: staking(
      'nominate',
      { targets: [...targets] },
      `Nominates ${targets.length} validator${targets.length === 1 ? '' : 's'} (${fresh} new, ${dropped} dropped)`,
    ),
    apply: (state) => ({ ...state, role: 'nominator', nominations: [...targets] }),
  };
}

export function chillStep(): Step {
  return {
    call: staking('chill', {}, 'Stops nominating or validating, so that no minimum bond holds'),
    apply: (state) => ({ ...state, ...chilled(state) }),
  };
}

export function payeeStep(payee: Payee): Step {
  return {
    call: staking('set_payee', { payee }, `Rewards ${payeeText(payee)}`),
    apply: (state) => ({ ...state, payee }),
  };
}

const chilled = (state: StakeState) => ({
  role: state.ledger === null ? ('none' as const) : ('chilled' as const),
  nominations: [],
});
