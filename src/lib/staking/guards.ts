/** What the chain would refuse, refused with a name and a way out; and what it allows but an operator should know. */

import { preconditionError, usageError } from '../errors.js';
import { maxOf } from '../numeric/integer.js';
import { SIGNED_BY, type StakingCall } from '../pallets/staking/calls.js';
import type { Planck } from '../plain.js';
import type { Check, PlannedCall } from '../tx/plan.js';
import type { Ledger } from './ledger.js';
import { minActiveBond, minChilledBond } from './rules.js';
import { isCandidate, show } from './stash.js';
import { eraStart } from './status.js';
import type { Payee, StakeState, StashFacts } from './types.js';

/** Whoever has the one key of a stash and its separate controller is told which call needs the other. */
export function assertSigner(facts: StashFacts, calls: readonly PlannedCall[]): void {
  const { signedAs, account } = facts;
  if (signedAs === 'both') return;
  const others = calls.filter(({ call }) => SIGNED_BY[call as StakingCall] !== signedAs);
  if (others.length === 0) return;
  const names = [...new Set(others.map(({ call }) => `Staking.${call}`))].join(', ');
  const { address: stash, controller } = account;
  const mixed = others.length < calls.length;
  const end = 'To end the separate controller, sign `bursar stake set-controller` with the stash.';
  throw signedAs === 'stash'
    ? preconditionError(
        'CONTROLLER_SIGNS',
        `${names} must be signed by the controller of the stash, ${controller}, not by the stash ${stash}.`,
        {
          hint: `Nothing was sent. ${mixed ? 'The plan needs both keys: send its calls one by one.' : `Use --from (or --proxy-for) ${controller}.`} ${end}`,
        },
      )
    : preconditionError(
        'STASH_SIGNS',
        `${names} must be signed by the stash ${stash}, not by its controller ${controller}.`,
        {
          hint: `Nothing was sent. ${mixed ? 'The plan needs both keys: send its calls one by one.' : `Use --from (or --proxy-for) ${stash}.`} ${end}`,
        },
      );
}

/** Several calls are only safe as one that does all or nothing. */
export function assertBatch(facts: StashFacts, calls: readonly PlannedCall[]): void {
  if (calls.length < 2 || facts.batches) return;
  throw preconditionError(
    'NO_BATCH',
    `The plan has ${calls.length} calls, and the chain cannot do several as one: it has no Utility.batch_all.`,
    {
      hint: `Nothing was sent. Send them one by one: ${calls.map(({ call }) => `bursar stake ${COMMANDS[call] ?? call}`).join(', then ')}.`,
    },
  );
}

/** The commands that send one call alone, where they have another name. */
const COMMANDS: Readonly<Record<string, string>> = { bond_extra: 'bond-extra' };

export function assertRoleMinimum(facts: StashFacts, ledger: Ledger, value: Planck, chill: boolean): void {
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

export function assertTargets(facts: StashFacts, targets: readonly string[]): void {
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

export function assertPayee(payee: Payee): void {
  if (payee === 'Controller') {
    throw usageError('PAYEE_DEPRECATED', 'Rewards cannot be sent to a controller any more.', {
      hint: 'Use staked, stash, none or account:ADDRESS.',
    });
  }
}

/** A transaction may take this long into a block, milliseconds; a short era is not always about to end. */
const INCLUSION_MS = 30_000;

function eraEnds({ rules, block: { timestamp: now } }: StashFacts): boolean {
  const end = eraStart(rules, now, rules.activeEra + 1);
  return end !== null && end <= now + Math.min(INCLUSION_MS, (rules.eraMs ?? 0) / 10);
}

/** What the chain allows but an operator should know before signing. */
export function warnings(facts: StashFacts, before: StakeState, after: StakeState): Check[] {
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
  if (chunks(after) > chunks(before) && eraEnds(facts)) {
    checks.push({
      id: 'ERA_ENDS',
      ok: 'warn',
      title: 'The era ends any moment',
      detail: 'included in the next one, what is unbonded is free an era later than said here',
    });
  }
  const active = after.ledger?.active ?? 0n;
  if (
    rules.pallet.bondEnds === 'unknown' &&
    before.ledger !== null &&
    after.ledger?.unlocking.length === 0 &&
    before.ledger.unlocking.length > 0 &&
    after.ledger.total < before.ledger.total &&
    active < minChilledBond(rules)
  ) {
    checks.push({
      id: 'BOND_MAY_END',
      ok: 'warn',
      title: 'The withdrawal may end the bond',
      detail: `${show(facts, active)} are still actively bonded, less than a bond needs: this runtime may set them free as well`,
    });
  }
  if (isCandidate(before.role) && after.role === 'chilled') {
    checks.push({
      id: 'CHILLS',
      ok: 'warn',
      title: `The account stops ${before.role === 'validator' ? 'validating' : 'nominating'}`,
      detail: `${before.role === 'validator' ? 'it is in no election any more' : 'its nominations are removed'} and it earns nothing from the next era on`,
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
