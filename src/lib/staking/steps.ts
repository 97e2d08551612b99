/** The steps that plans are made of: one call, its reason, and what it does to the stake by the pallet's own rules. */

import { preconditionError } from '../errors.js';
import { fittingArguments, type StakingCall } from '../pallets/staking/calls.js';
import type { Plain, Planck } from '../plain.js';
import type { ForeseenEvent, PlannedCall } from '../tx/plan.js';
import { assertPayee } from './guards.js';
import { bond, bondExtra, rebond, unbond, withdrawUnbonded } from './ledger.js';
import { minChilledBond } from './rules.js';
import { isCandidate, payeeText, show, unbondRules, withdrawRules } from './stash.js';
import type { Payee, StakeState, StashFacts } from './types.js';

export interface Step {
  readonly call: PlannedCall;
  /** Planck that leave the free balance. */
  readonly spends?: Planck;
  readonly apply: (state: StakeState) => Applied;
}

export interface Applied {
  readonly state: StakeState;
  /** The events that the pallet emits on the way; none for calls that it has none for. */
  readonly events: readonly ForeseenEvent[];
}

/** The pallet's events that say what happened to a stake. */
export const STAKE_EVENTS: readonly string[] = [
  'Staking.Bonded',
  'Staking.Unbonded',
  'Staking.Withdrawn',
  'Staking.Chilled',
];

/** @param possible every argument that any version of the call takes */
const staking = (
  facts: StashFacts,
  call: StakingCall,
  possible: Readonly<Record<string, Plain>>,
  reason: string,
  ...expects: string[]
): PlannedCall => ({
  pallet: 'Staking',
  call,
  args: fittingArguments(facts.calls, call, possible),
  reason,
  expects,
});

export function bondStep(facts: StashFacts, value: Planck, payee: Payee): Step {
  assertPayee(payee);
  const { address, free } = facts.account;
  const minimum = minChilledBond(facts.rules);
  if (value === 0n)
    throw preconditionError(
      'INSUFFICIENT_BOND',
      `There is nothing to bond: ${show(facts, free)} is free, and a part stays for fees.`,
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
      facts,
      'bond',
      { controller: address, value, payee },
      `Bonds ${show(facts, value)}, rewards ${payeeText(payee)}`,
      'Staking.Bonded',
    ),
    spends: value,
    apply: (state) => ({
      state: {
        ...state,
        ledger: bond(state.ledger, value, { minBond: minimum }),
        controller: address,
        payee,
        role: 'chilled',
        free: state.free - outOfFree(facts, value),
      },
      events: [{ name: 'Staking.Bonded', amount: value }],
    }),
  };
}

export function bondExtraStep(facts: StashFacts, value: Planck): Step {
  return {
    call: staking(
      facts,
      'bond_extra',
      { max_additional: value },
      `Adds ${show(facts, value)} of the free balance to the bond`,
      'Staking.Bonded',
    ),
    spends: value,
    apply: (state) => {
      const { ledger, added } = bondExtra(state.ledger, value, { minBond: minChilledBond(facts.rules) });
      return {
        state: { ...state, ledger, free: state.free - outOfFree(facts, added) },
        events: [{ name: 'Staking.Bonded', amount: added }],
      };
    },
  };
}

export function unbondStep(facts: StashFacts, value: Planck): Step {
  return {
    call: staking(facts, 'unbond', { value }, `Starts to unlock ${show(facts, value)}`, 'Staking.Unbonded'),
    apply: (state) => {
      const result = unbond(state.ledger, value, unbondRules(facts, state.role));
      const withdrawn = result.withdrawn ?? 0n;
      const before = { ...state, ledger: result.ledger, free: state.free + outOfFree(facts, withdrawn) };
      const chilled = result.chills ? chill(before) : { state: before, events: [] };
      return {
        state: chilled.state,
        events: [
          ...moved('Staking.Withdrawn', withdrawn),
          ...chilled.events,
          ...moved('Staking.Unbonded', result.unbonded),
        ],
      };
    },
  };
}

export function rebondStep(facts: StashFacts, value: Planck): Step {
  return {
    call: staking(
      facts,
      'rebond',
      { value },
      `Takes back ${show(facts, value)} of what is unlocking, newest chunk first`,
      'Staking.Bonded',
    ),
    apply: (state) => {
      const minBond = minChilledBond(facts.rules);
      const { ledger, rebonded } = rebond(state.ledger, value, { minBond });
      return { state: { ...state, ledger }, events: [{ name: 'Staking.Bonded', amount: rebonded }] };
    },
  };
}

export function withdrawStep(facts: StashFacts): Step {
  return {
    // pallet-staking-async ignores the number; the classic pallet wants all of the stash's slashing spans named when
    // the withdrawal ends the bond (`IncorrectSlashingSpans`), and is content with more than that otherwise.
    call: staking(
      facts,
      'withdraw_unbonded',
      { num_slashing_spans: facts.account.slashingSpans },
      'Frees the chunks whose era has come',
      'Staking.Withdrawn',
    ),
    apply: (state) => {
      const { ledger, withdrawn, dust } = withdrawUnbonded(state.ledger, withdrawRules(facts));
      const gone =
        ledger === null ? { controller: null, payee: null, role: 'none' as const, nominations: [] } : {};
      return {
        state: { ...state, ledger, free: state.free + outOfFree(facts, withdrawn + dust), ...gone },
        // A stash that goes while it is in a role leaves it without an event.
        events: moved('Staking.Withdrawn', withdrawn),
      };
    },
  };
}

export function nominateStep(facts: StashFacts, targets: readonly string[]): Step {
  const before = new Set(facts.account.nominations);
  const fresh = targets.filter((target) => !before.has(target)).length;
  const dropped = [...before].filter((target) => !targets.includes(target)).length;
  return {
    call: staking(
      facts,
      'nominate',
      { targets: [...targets] },
      `Nominates ${targets.length} validator${targets.length === 1 ? '' : 's'} (${fresh} new, ${dropped} dropped)`,
    ),
    apply: (state) => ({
      state: { ...state, role: 'nominator', nominations: [...targets] },
      events: [],
    }),
  };
}

export function chillStep(facts: StashFacts): Step {
  return {
    call: staking(facts, 'chill', {}, 'Stops nominating or validating, so that no minimum bond holds'),
    apply: chill,
  };
}

export function payeeStep(facts: StashFacts, payee: Payee): Step {
  return {
    call: staking(facts, 'set_payee', { payee }, `Rewards ${payeeText(payee)}`),
    apply: (state) => ({ state: { ...state, payee }, events: [] }),
  };
}

export function controllerStep(facts: StashFacts): Step {
  const { address, controller } = facts.account;
  return {
    call: staking(
      facts,
      'set_controller',
      { controller: address },
      `Ends the separate controller ${controller}`,
    ),
    apply: (state) => ({ state: { ...state, controller: address }, events: [] }),
  };
}

function chill(state: StakeState): Applied {
  const role = state.ledger === null ? ('none' as const) : ('chilled' as const);
  return {
    state: { ...state, role, nominations: [] },
    events: isCandidate(state.role) ? [{ name: 'Staking.Chilled' }] : [],
  };
}

/** What bonding takes from the free balance, and withdrawing gives back: nothing where a lock covers a part of it. */
const outOfFree = (facts: StashFacts, amount: Planck): Planck =>
  facts.rules.pallet.bondedBy === 'hold' ? amount : 0n;

const moved = (name: string, amount: Planck): ForeseenEvent[] => (amount > 0n ? [{ name, amount }] : []);
