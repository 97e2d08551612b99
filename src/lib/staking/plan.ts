/**
 * Plans of the nomination workflow (white paper of Parallel Finance, §IV.3): pure functions of one stash's facts and of
 * what is wanted. Each returns the calls with their reasons, and the stake before and after by the pallet's own rules
 * (ledger.ts). "Nothing to do" is a plan without calls; what the chain would refuse is an error before anything is signed.
 */

import { preconditionError, usageError } from '../errors.js';
import { minOf } from '../numeric/integer.js';
import type { Planck } from '../plain.js';
import type { Plan } from '../tx/plan.js';
import {
  assertBatch,
  assertPayee,
  assertRoleMinimum,
  assertSigner,
  assertTargets,
  warnings,
} from './guards.js';
import { countingEra, minActiveBond } from './rules.js';
import {
  bondedInFree,
  isCandidate,
  payeeText,
  requireLedger,
  samePayee,
  show,
  spendable,
  sumUnlocking,
  withdrawableNow,
} from './stash.js';
import {
  type Applied,
  bondExtraStep,
  bondStep,
  chillStep,
  controllerStep,
  nominateStep,
  payeeStep,
  rebondStep,
  STAKE_EVENTS,
  type Step,
  unbondStep,
  withdrawStep,
} from './steps.js';
import { type Payee, type StakeState, type StashFacts, stakeState } from './types.js';

export interface StakeEffect {
  /** The era that the chain's pallet counts unlocking in, at the reference block. */
  readonly era: number;
  readonly before: StakeState;
  readonly after: StakeState;
}

export type StakePlan = Plan<StakeEffect>;

/** Bonds for the first time. `amount` null: everything but `keep`. */
export function planBond(facts: StashFacts, amount: Planck | null, payee: Payee, keep: Planck): StakePlan {
  if (facts.account.ledger) {
    throw preconditionError(
      'ALREADY_BONDED',
      `${facts.account.address} is bonded already, with ${show(facts, facts.account.ledger.total)}.`,
      {
        hint: 'Add to it with `bursar stake bond-extra`.',
      },
    );
  }
  const value = amount ?? spendable(facts, keep);
  return build(facts, 'Bond', [bondStep(facts, value, payee)]);
}

/** Adds free balance to the bond. `amount` null: everything but `keep`. */
export function planBondExtra(facts: StashFacts, amount: Planck | null, keep: Planck): StakePlan {
  requireLedger(facts);
  if (amount === 0n)
    throw usageError('AMOUNT_ZERO', 'Adding zero does nothing.', { hint: 'Name an amount, or --max.' });
  const value = amount ?? spendable(facts, keep);
  if (value === 0n) return build(facts, 'Bond extra', [], 'There is no free balance to add.');
  return build(facts, 'Bond extra', [bondExtraStep(facts, value)]);
}

/**
 * Unbonds; null for everything. `chill`: stop nominating or validating first, so that no minimum holds. Everything is
 * unbonded by a stash that stops: where the pallet does not chill it by itself, or where that is not known, the plan does.
 */
export function planUnbond(facts: StashFacts, amount: Planck | null, chill: boolean): StakePlan {
  const ledger = requireLedger(facts);
  if (ledger.active === 0n)
    return build(facts, 'Unbond', [], 'Nothing is actively bonded: everything is unlocking or withdrawn.');
  if (amount === 0n)
    throw usageError('AMOUNT_ZERO', 'Unbonding zero does nothing.', { hint: 'Name an amount, or --all.' });
  if (amount !== null && amount > ledger.active) {
    throw preconditionError(
      'ABOVE_ACTIVE',
      `${show(facts, amount)} is more than the ${show(facts, ledger.active)} that are actively bonded.`,
      {
        hint: 'Name at most that much, or --all. The chain would silently unbond less.',
      },
    );
  }
  const value = amount ?? ledger.active;
  const chillsItself = facts.rules.pallet.unbondChills === 'wholeActive';
  const stops = chill || (value === ledger.active && !chillsItself);
  const chillFirst = stops && isCandidate(facts.account.role);
  assertRoleMinimum(facts, ledger, value, chill);
  return build(facts, 'Unbond', [...(chillFirst ? [chillStep(facts)] : []), unbondStep(facts, value)]);
}

/** Takes back what is unlocking, newest chunk first; null for all of it. */
export function planRebond(facts: StashFacts, amount: Planck | null): StakePlan {
  const ledger = requireLedger(facts);
  const unlocking = sumUnlocking(ledger);
  if (unlocking === 0n) return build(facts, 'Rebond', [], 'Nothing is unlocking.');
  if (amount === 0n)
    throw usageError('AMOUNT_ZERO', 'Rebonding zero does nothing.', { hint: 'Name an amount, or --all.' });
  if (amount !== null && amount > unlocking) {
    throw preconditionError(
      'ABOVE_UNLOCKING',
      `${show(facts, amount)} is more than the ${show(facts, unlocking)} that are unlocking.`,
      {
        hint: 'Name at most that much, or --all.',
      },
    );
  }
  return build(facts, 'Rebond', [rebondStep(facts, amount ?? unlocking)]);
}

/** Withdraws every chunk whose era has come. */
export function planWithdraw(facts: StashFacts): StakePlan {
  const ledger = requireLedger(facts);
  if (withdrawableNow(facts) === 0n) {
    const next = ledger.unlocking.length > 0 ? Math.min(...ledger.unlocking.map((chunk) => chunk.era)) : null;
    return build(
      facts,
      'Withdraw',
      [],
      next === null
        ? 'Nothing is unlocking.'
        : `Nothing is free yet: the next chunk is free in era ${next}, now is era ${countingEra(facts.rules)}.`,
    );
  }
  return build(facts, 'Withdraw', [withdrawStep(facts)]);
}

/** Nominates exactly these targets. @throws usage TARGETS; precondition BAD_TARGET, INSUFFICIENT_BOND */
export function planNominate(facts: StashFacts, targets: readonly string[]): StakePlan {
  const ledger = requireLedger(facts);
  assertTargets(facts, targets);
  const minimum = minActiveBond('nominator', facts.rules);
  if (ledger.active < minimum) {
    throw preconditionError(
      'INSUFFICIENT_BOND',
      `Nominating needs ${show(facts, minimum)} actively bonded; there are ${show(facts, ledger.active)}.`,
      {
        hint: 'Bond more first: `bursar stake bond-extra`, or `bursar stake rebond`.',
      },
    );
  }
  const now = new Set(facts.account.nominations);
  if (
    facts.account.role === 'nominator' &&
    now.size === targets.length &&
    targets.every((target) => now.has(target))
  ) {
    return build(facts, 'Nominate', [], 'The account nominates exactly these validators already.');
  }
  return build(facts, 'Nominate', [nominateStep(facts, targets)]);
}

/** Stops nominating or validating; the bond stays. */
export function planChill(facts: StashFacts): StakePlan {
  requireLedger(facts);
  if (!isCandidate(facts.account.role))
    return build(facts, 'Chill', [], 'The account neither nominates nor validates.');
  return build(facts, 'Chill', [chillStep(facts)]);
}

/** Sends rewards elsewhere. @throws usage PAYEE_DEPRECATED */
export function planSetPayee(facts: StashFacts, payee: Payee): StakePlan {
  requireLedger(facts);
  assertPayee(payee);
  if (samePayee(facts.account.payee, payee))
    return build(facts, 'Set payee', [], `Rewards go there already (${payeeText(payee)}).`);
  return build(facts, 'Set payee', [payeeStep(facts, payee)]);
}

/** Makes the stash its own controller: the only thing that today's `set_controller` does. The stash signs it. */
export function planSetController(facts: StashFacts): StakePlan {
  requireLedger(facts);
  if (facts.account.controller === facts.account.address) {
    return build(
      facts,
      'Set controller',
      [],
      'The stash is its own controller already. Separate controllers were abolished; use a staking proxy instead.',
    );
  }
  return build(facts, 'Set controller', [controllerStep(facts)]);
}

/**
 * The shortest way to `target` actively bonded: what is unlocking comes back before free balance is used, and what is to
 * be unbonded is netted against it. @param payee used only if nothing is bonded yet
 */
export function planTo(facts: StashFacts, target: Planck, payee: Payee, chill: boolean): StakePlan {
  const title = `Stake ${show(facts, target)}`;
  const { ledger } = facts.account;
  if (!ledger) {
    if (target === 0n) return build(facts, title, [], 'Nothing is bonded.');
    return build(facts, title, [bondStep(facts, target, payee)]);
  }
  if (target === ledger.active)
    return build(facts, title, [], `Exactly ${show(facts, target)} are actively bonded already.`);
  if (target > 0n && target < facts.rules.existentialDeposit) {
    throw preconditionError(
      'BELOW_EXISTENTIAL_DEPOSIT',
      `${show(facts, target)} is less than the ${show(facts, facts.rules.existentialDeposit)} that can stay bonded: the chain would unbond everything.`,
      { hint: 'Name at least that much, or 0 for nothing.' },
    );
  }
  if (target < ledger.active) return { ...planUnbond(facts, ledger.active - target, chill), title };
  const missing = target - ledger.active;
  const back = minOf(missing, sumUnlocking(ledger));
  const fresh = missing - back;
  return build(facts, title, [
    ...(back > 0n ? [rebondStep(facts, back)] : []),
    ...(fresh > 0n ? [bondExtraStep(facts, fresh)] : []),
  ]);
}

/** Runs the steps on the stash's state by the pallet's rules: what the chain would refuse is refused here. */
function build(facts: StashFacts, title: string, steps: readonly Step[], idle?: string): StakePlan {
  const calls = steps.map((step) => step.call);
  assertSigner(facts, calls);
  assertBatch(facts, calls);
  const before = stakeState(facts.account);
  const { state: after, events } = steps.reduce<Applied>(
    (done, step) => {
      const applied = step.apply(done.state);
      return { state: applied.state, events: [...done.events, ...applied.events] };
    },
    { state: before, events: [] },
  );
  return {
    title,
    account: facts.account.address,
    calls,
    ...(steps.length === 0 ? { idle: idle ?? 'There is nothing to do.' } : {}),
    checks: steps.length === 0 ? [] : warnings(facts, before, after),
    foresees: { names: STAKE_EVENTS, events },
    spends: steps.reduce((sum, step) => sum + (step.spends ?? 0n), 0n),
    bound: bondedInFree(facts),
    effect: { era: countingEra(facts.rules), before, after },
  };
}
