/**
 * Plans of the nomination workflow (white paper of Parallel Finance, §IV.3): pure functions of one stash's facts and of
 * what is wanted. Each returns the calls with their reasons, and the stake before and after by the pallet's own rules
 * (ledger.ts). "Nothing to do" is a plan without calls; what the chain would refuse is an error before anything is signed.
 */

import { preconditionError, usageError } from '../errors.js';
import { formatAmount } from '../numeric/amount.js';
import { maxOf, minOf } from '../numeric/integer.js';
import type { Planck } from '../plain.js';
import type { Check, Plan, PlannedCall } from '../tx/plan.js';
import {
  bond,
  bondExtra,
  type Ledger,
  rebond,
  type UnbondRules,
  unbond,
  withdrawUnbonded,
} from './ledger.js';
import { minActiveBond, minChilledBond, unbondingEras, withdrawableEra } from './rules.js';
import type { AccountFacts, Payee, StashFacts } from './types.js';

/** What of a stash a plan can change. */
export interface StakeState {
  readonly ledger: Ledger | null;
  readonly role: AccountFacts['role'];
  readonly payee: Payee | null;
  readonly nominations: readonly string[];
  /** Free balance, fees not counted. */
  readonly free: Planck;
}

export interface StakeEffect {
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
  const value = amount ?? spendable(facts, keep);
  if (value === 0n) return build(facts, 'Bond extra', [], 'There is no free balance to add.');
  return build(facts, 'Bond extra', [bondExtraStep(value)]);
}

/** Unbonds; null for everything. `chill`: stop nominating or validating first, so that no minimum holds. */
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
  const chillFirst = chill && isCandidate(facts.account.role) && value < ledger.active;
  assertRoleMinimum(facts, ledger, value, chill);
  return build(facts, 'Unbond', [...(chillFirst ? [chillStep()] : []), unbondStep(value)]);
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
  return build(facts, 'Rebond', [rebondStep(amount ?? unlocking)]);
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
        : `Nothing is free yet: the next chunk is free in era ${next}, now is era ${facts.rules.activeEra}.`,
    );
  }
  return build(facts, 'Withdraw', [withdrawStep()]);
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
  return build(facts, 'Chill', [chillStep()]);
}

/** Sends rewards elsewhere. @throws usage PAYEE_DEPRECATED */
export function planSetPayee(facts: StashFacts, payee: Payee): StakePlan {
  requireLedger(facts);
  assertPayee(payee);
  if (samePayee(facts.account.payee, payee))
    return build(facts, 'Set payee', [], `Rewards go there already (${payeeText(payee)}).`);
  return build(facts, 'Set payee', [payeeStep(payee)]);
}

/** Makes the stash its own controller: the only thing that today's `set_controller` does. */
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
  const step: Step = {
    call: {
      pallet: 'Staking',
      call: 'set_controller',
      args: {},
      reason: `Ends the separate controller ${facts.account.controller}`,
      expects: [],
    },
    apply: (state) => state,
  };
  return build(facts, 'Set controller', [step]);
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
    ...(back > 0n ? [rebondStep(back)] : []),
    ...(fresh > 0n ? [bondExtraStep(fresh)] : []),
  ]);
}

/** Free balance that can be bonded while `keep` (and at least the existential deposit) stays free. */
export function spendable(facts: StashFacts, keep: Planck): Planck {
  return maxOf(facts.account.free - maxOf(keep, facts.rules.existentialDeposit), 0n);
}

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

// ---- steps: one call and what it does to the stake -------------------------------------------------------------

interface Step {
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

function bondStep(facts: StashFacts, value: Planck, payee: Payee): Step {
  assertPayee(payee);
  const minimum = minChilledBond(facts.rules);
  if (value < minimum || value === 0n) {
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

function bondExtraStep(value: Planck): Step {
  return {
    call: staking('bond_extra', { max_additional: value }, 'Adds free balance to the bond', 'Staking.Bonded'),
    spends: value,
    apply: (state, facts) => {
      const { ledger, added } = bondExtra(state.ledger, value, { minBond: minChilledBond(facts.rules) });
      return { ...state, ledger, free: state.free - added };
    },
  };
}

function unbondStep(value: Planck): Step {
  return {
    call: staking('unbond', { value }, 'Starts to unlock the amount', 'Staking.Unbonded'),
    apply: (state, facts) => {
      const result = unbond(state.ledger, value, unbondRules(facts, state.role));
      const free = state.free + (result.withdrawn ?? 0n);
      return { ...state, ledger: result.ledger, free, ...(result.chills ? chilled(state) : {}) };
    },
  };
}

function rebondStep(value: Planck): Step {
  return {
    call: staking('rebond', { value }, 'Takes back what is unlocking, newest chunk first', 'Staking.Bonded'),
    apply: (state, facts) => ({
      ...state,
      ledger: rebond(state.ledger, value, { minBond: minChilledBond(facts.rules) }).ledger,
    }),
  };
}

function withdrawStep(): Step {
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

function nominateStep(facts: StashFacts, targets: readonly string[]): Step {
  const before = new Set(facts.account.nominations);
  const fresh = targets.filter((target) => !before.has(target)).length;
  const dropped = [...before].filter((target) => !targets.includes(target)).length;
  return {
    call: staking(
      'nominate',
      { targets: [...targets] },
      `Nominates ${targets.length} validators (${fresh} new, ${dropped} dropped)`,
    ),
    apply: (state) => ({ ...state, role: 'nominator', nominations: [...targets] }),
  };
}

function chillStep(): Step {
  return {
    call: staking('chill', {}, 'Stops nominating or validating, so that no minimum bond holds'),
    apply: (state) => ({ ...state, ...chilled(state) }),
  };
}

function payeeStep(payee: Payee): Step {
  return {
    call: staking('set_payee', { payee }, `Rewards ${payeeText(payee)}`),
    apply: (state) => ({ ...state, payee }),
  };
}

const chilled = (state: StakeState) => ({
  role: state.ledger === null ? ('none' as const) : ('chilled' as const),
  nominations: [],
});

/** Runs the steps on the stash's state by the pallet's rules: what the chain would refuse is refused here. */
function build(facts: StashFacts, title: string, steps: readonly Step[], idle?: string): StakePlan {
  const { ledger, role, payee, nominations, free, address } = facts.account;
  const before: StakeState = { ledger, role, payee, nominations, free };
  const after = steps.reduce((state, step) => step.apply(state, facts), before);
  return {
    title,
    account: address,
    calls: steps.map((step) => step.call),
    ...(steps.length === 0 ? { idle: idle ?? 'There is nothing to do.' } : {}),
    checks: steps.length === 0 ? [] : warnings(facts, before, after),
    spends: steps.reduce((sum, step) => sum + (step.spends ?? 0n), 0n),
    effect: { era: facts.rules.activeEra, before, after },
  };
}

/** What the chain allows but an operator should know before signing. */
function warnings(facts: StashFacts, before: StakeState, after: StakeState): Check[] {
  const checks: Check[] = [];
  const { rules } = facts;
  const chunks = (state: StakeState) => state.ledger?.unlocking.length ?? 0;
  const free = rules.maxUnlockingChunks - chunks(after);
  if (chunks(after) > chunks(before) && free <= 4) {
    checks.push({
      id: 'CHUNK_HEADROOM',
      ok: 'warn',
      title: `${free} of ${rules.maxUnlockingChunks} unlocking chunks remain`,
      remedy: 'Withdraw what is free, and unbond in larger parts.',
    });
  }
  if (isCandidate(before.role) && after.role === 'chilled') {
    checks.push({
      id: 'CHILLS',
      ok: 'warn',
      title: `The account stops ${before.role === 'validator' ? 'validating' : 'nominating'}`,
      detail: 'its nominations are removed and it earns nothing from the next era on',
    });
  }
  if (before.role === 'validator' && after.role === 'nominator') {
    checks.push({
      id: 'STOPS_VALIDATING',
      ok: 'warn',
      title: 'The account stops validating',
      detail: 'a stash either validates or nominates',
    });
  }
  if (
    after.role === 'nominator' &&
    rules.minimumActiveStake !== null &&
    after.ledger &&
    after.ledger.active < rules.minimumActiveStake
  ) {
    checks.push({
      id: 'BELOW_ACTIVE_STAKE',
      ok: 'warn',
      title: 'The stake may earn nothing',
      detail: `${show(facts, after.ledger.active)} is below the ${show(facts, rules.minimumActiveStake)} that the last election counted`,
    });
  }
  return checks;
}

function assertRoleMinimum(facts: StashFacts, ledger: Ledger, value: Planck, chill: boolean): void {
  const { role } = facts.account;
  if (!isCandidate(role) || chill || value === ledger.active) return;
  const minimum = minActiveBond(role as 'nominator' | 'validator', facts.rules);
  const rest = ledger.active - value;
  if (rest >= minimum) return;
  throw preconditionError(
    'INSUFFICIENT_BOND',
    `${show(facts, rest)} would stay bonded, but a ${role} needs ${show(facts, minimum)}.`,
    {
      hint: `Unbond ${show(facts, maxOf(ledger.active - minimum, 0n))} at most, or add --chill to stop being a ${role} first, or unbond everything with --all.`,
    },
  );
}

function assertTargets(facts: StashFacts, targets: readonly string[]): void {
  if (targets.length === 0)
    throw usageError('TARGETS', 'No target is named.', {
      hint: 'To stop nominating use `bursar stake chill`.',
    });
  const twice = targets.filter((target, index) => targets.indexOf(target) !== index);
  if (twice.length > 0)
    throw usageError('TARGETS', `Named twice: ${[...new Set(twice)].join(', ')}.`, {
      hint: 'Name each validator once.',
    });
  const { maxNominations } = facts.rules;
  if (targets.length > maxNominations) {
    throw preconditionError(
      'TOO_MANY_TARGETS',
      `${targets.length} targets are named, the chain allows ${maxNominations}; too many: ${targets.slice(maxNominations).join(', ')}.`,
      { hint: `Name at most ${maxNominations}.` },
    );
  }
  const kept = new Set(facts.account.nominations);
  const bad = targets.flatMap((address) => {
    const target = facts.targets.find((candidate) => candidate.address === address);
    if (!target || target.state === 'chilled') return [`${address} is not a validator`];
    // The chain lets a nominator keep a validator that blocked new nominations later.
    return target.blocked && !kept.has(address) ? [`${address} accepts no new nominations`] : [];
  });
  if (bad.length > 0)
    throw preconditionError('BAD_TARGET', `${bad.join('; ')}.`, {
      hint: 'Nothing was sent. Take them out of the list.',
    });
}

function assertPayee(payee: Payee): void {
  if (payee === 'Controller') {
    throw usageError('PAYEE_DEPRECATED', 'Rewards cannot be sent to a controller any more.', {
      hint: 'Use staked, stash, none or account:ADDRESS.',
    });
  }
}

function requireLedger(facts: StashFacts): Ledger {
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

function unbondRules(facts: StashFacts, role: StakeState['role']): UnbondRules {
  const { rules } = facts;
  return {
    activeEra: rules.activeEra,
    duration: unlockEras(facts),
    maxUnlockingChunks: rules.maxUnlockingChunks,
    existentialDeposit: rules.existentialDeposit,
    minActive: role === 'none' ? 0n : minActiveBond(role, rules),
    withdrawWhenFull: true,
    withdrawableEra: withdrawRules(facts).withdrawableEra,
  };
}

function withdrawRules({ rules }: StashFacts) {
  return {
    withdrawableEra: withdrawableEra(rules.activeEra, rules.bondingDuration, rules.oldestOffenceEra),
    existentialDeposit: rules.existentialDeposit,
  };
}

const isCandidate = (role: StakeState['role']): boolean => role === 'nominator' || role === 'validator';

function samePayee(a: Payee | null, b: Payee): boolean {
  return typeof a === 'object' && a !== null ? typeof b === 'object' && a.Account === b.Account : a === b;
}

const show = (facts: StashFacts, planck: Planck): string => formatAmount(planck, facts.token);
