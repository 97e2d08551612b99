/**
 * The staking ledger as a pure mechanism: what each staking call does to `{total, active, unlocking}`. The commands
 * plan, explain and simulate with these functions on the chain's own constants, so the rules are the runtime's, in the
 * runtime's order: pallet-staking-async 0.14 (`ledger.rs`, `pallet/mod.rs`, `pallet/impls.rs`). What other versions and
 * the classic pallet do differently is an input here (pallets/staking/rules.ts), not another code path.
 *
 * Amounts are planck. Laws, held by tests: total = active + Σ unlocking; no call creates or loses a planck.
 * What the chain would refuse is a precondition error (exit 4) whose code is the pallet's error in upper snake case.
 */

import { preconditionError, usageError } from '../errors.js';
import { maxOf, minOf, U128_MAX } from '../numeric/integer.js';
import type { Planck } from '../plain.js';

/** A part of the stake that is on its way out: free to withdraw when the era that the pallet counts in reaches `era`. */
export interface UnlockChunk {
  readonly value: Planck;
  readonly era: number;
}

/** `Staking.Ledger` of one stash. `unlocking` is in the chain's order: the chunk that was made last stands last. */
export interface Ledger {
  readonly total: Planck;
  readonly active: Planck;
  readonly unlocking: readonly UnlockChunk[];
}

/** A stash that is not bonded has no ledger. */
export type MaybeLedger = Ledger | null;

export interface BondRules {
  /** What the stash could still stake: its free balance as the pallet counts it. Default: no limit. */
  readonly freeToStake?: Planck;
  /** The least active bond, see `minChilledBond` in rules.ts. Default 0. */
  readonly minBond?: Planck;
}

/**
 * `bond`: makes the ledger. The minimum is checked against the amount asked for, and then no more than the free balance
 * is bonded: asking for more than there is bonds what there is.
 * @throws precondition ALREADY_BONDED, INSUFFICIENT_BOND
 */
export function bond(ledger: MaybeLedger, value: Planck, rules: BondRules = {}): Ledger {
  amount(value);
  if (ledger) {
    throw preconditionError('ALREADY_BONDED', 'The stash is bonded already.', {
      hint: 'Add to it with bond-extra.',
    });
  }
  atLeastBond(value, rules.minBond);
  const bonded = minOf(value, rules.freeToStake ?? value);
  return { total: bonded, active: bonded, unlocking: [] };
}

/**
 * `bond_extra`: adds free balance to the active stake, at most what there is.
 * @throws precondition NOT_STASH, INSUFFICIENT_BOND (of the new active stake), OVERFLOW
 */
export function bondExtra(ledger: MaybeLedger, value: Planck, rules: BondRules = {}) {
  const before = bondedLedger(ledger, 'NOT_STASH');
  const added = minOf(amount(value), rules.freeToStake ?? value);
  const after: Ledger = { ...before, total: before.total + added, active: before.active + added };
  if (after.total > U128_MAX) throw preconditionError('OVERFLOW', 'No balance can hold a bond this large.');
  atLeastBond(after.active, rules.minBond);
  return { ledger: after, added };
}

export interface UnbondRules {
  /** The era that unlocking is counted from: the active one, or the current one in the classic pallet. */
  readonly era: number;
  /** Eras until what is unbonded now is free, see `unbondingEras` in rules.ts. */
  readonly duration: number;
  /** `MaxUnlockingChunks`. */
  readonly maxUnlockingChunks: number;
  /** The existential deposit: an active remainder below it goes along. Default 0. */
  readonly existentialDeposit?: Planck;
  /** The least active stake that the stash's role allows, see `minActiveBond` in rules.ts. Default 0. */
  readonly minActive?: Planck;
  /**
   * When all chunks are taken, withdraw first what is free: what chains do since 2023. Default false, the strict rule.
   */
  readonly withdrawWhenFull?: boolean;
  /** For the withdrawal: the last era whose chunks may leave, see `withdrawableEra` in rules.ts. Default: `era`. */
  readonly withdrawableEra?: number;
  /** For the withdrawal: see `withdrawUnbonded`. */
  readonly endsBelow?: Planck;
  /** Whether unbonding the whole active stake chills by itself. Default true, as pallet-staking-async 0.9 and later do. */
  readonly chillsWhole?: boolean;
}

export interface Unbonded {
  readonly ledger: Ledger;
  /** What really began to unlock: clamped to the active stake, dust included. */
  readonly unbonded: Planck;
  /** When it is free. */
  readonly unlockEra: number;
  /** What the automatic withdrawal set free on the way. Null when there was none. */
  readonly withdrawn: Planck | null;
  /** The chain chills the stash: the whole active stake was asked for, and its pallet does that by itself. */
  readonly chills: boolean;
}

/**
 * `unbond`: moves active stake into the chunk of its unlock era. More than the active stake is clamped to it; what
 * would remain below the existential deposit goes along. A chunk of the same era is merged only if it is the last one,
 * and the limit is checked before merging: with all chunks taken even a merge is refused.
 * @throws precondition NOT_CONTROLLER, NO_MORE_CHUNKS, INSUFFICIENT_BOND
 */
export function unbond(ledger: MaybeLedger, value: Planck, rules: UnbondRules): Unbonded {
  let before = bondedLedger(ledger, 'NOT_CONTROLLER');
  const { era, maxUnlockingChunks, existentialDeposit = 0n } = rules;
  let withdrawn: Planck | null = null;
  if (rules.withdrawWhenFull && before.unlocking.length === maxUnlockingChunks) {
    const freed = withdrawUnbonded(before, {
      withdrawableEra: rules.withdrawableEra ?? era,
      existentialDeposit,
      ...(rules.endsBelow === undefined ? {} : { endsBelow: rules.endsBelow }),
    });
    before = bondedLedger(freed.ledger, 'NOT_CONTROLLER');
    withdrawn = freed.withdrawn;
  }

  const clamped = minOf(amount(value), before.active);
  const chills = (rules.chillsWhole ?? true) && clamped === before.active;
  const unlockEra = era + rules.duration;
  if (before.unlocking.length >= maxUnlockingChunks) {
    throw preconditionError('NO_MORE_CHUNKS', `All ${maxUnlockingChunks} unlocking chunks are taken.`, {
      hint: `The first is free in era ${earliestEra(before)}: withdraw it then, or rebond one now.`,
    });
  }
  if (clamped === 0n) return { ledger: before, unbonded: 0n, unlockEra, withdrawn, chills };

  const isDust = before.active - clamped < existentialDeposit;
  const unbonded = isDust ? before.active : clamped;
  const active = before.active - unbonded;
  // Unbonding everything chills first, and a chilled stash has no minimum. Losing the rest as dust does not.
  const minActive = chills ? 0n : (rules.minActive ?? 0n);
  if (active < minActive) {
    throw preconditionError(
      'INSUFFICIENT_BOND',
      `An active stake of ${active} planck would be left, and the stash's role needs ${minActive}.`,
      { hint: 'Unbond less, or chill first.', details: { active, minimum: minActive } },
    );
  }
  return {
    ledger: { ...before, active, unlocking: withChunk(before.unlocking, unbonded, unlockEra) },
    unbonded,
    unlockEra,
    withdrawn,
    chills,
  };
}

/** Only the last chunk is looked at: after a change of role an earlier one may have the same era and stays apart. */
function withChunk(unlocking: readonly UnlockChunk[], value: Planck, era: number): readonly UnlockChunk[] {
  const last = unlocking.at(-1);
  return last?.era === era
    ? [...unlocking.slice(0, -1), { value: last.value + value, era }]
    : [...unlocking, { value, era }];
}

export interface Rebonded {
  readonly ledger: Ledger;
  /** What came back: at most all that was unlocking. */
  readonly rebonded: Planck;
  /** What was taken from which chunk, newest first; the last one may have been taken in part. */
  readonly taken: readonly UnlockChunk[];
}

/**
 * `rebond`: takes back unlocking stake, the chunk that was made last first. The total does not change.
 * @throws precondition NOT_CONTROLLER, NO_UNLOCK_CHUNK, INSUFFICIENT_BOND (of the new active stake)
 */
export function rebond(ledger: MaybeLedger, value: Planck, rules: Pick<BondRules, 'minBond'> = {}): Rebonded {
  const before = bondedLedger(ledger, 'NOT_CONTROLLER');
  amount(value);
  if (before.unlocking.length === 0) {
    throw preconditionError('NO_UNLOCK_CHUNK', 'Nothing is unlocking: there is nothing to rebond.', {
      hint: 'To stake more of the free balance use bond-extra.',
    });
  }
  const unlocking = [...before.unlocking];
  const taken: UnlockChunk[] = [];
  let missing = value;
  while (missing > 0n && unlocking.length > 0) {
    const last = unlocking.pop()!;
    const part = minOf(last.value, missing);
    if (part < last.value) unlocking.push({ ...last, value: last.value - part });
    taken.push({ ...last, value: part });
    missing -= part;
  }
  const rebonded = value - missing;
  const active = before.active + rebonded;
  atLeastBond(active, rules.minBond);
  return { ledger: { ...before, active, unlocking }, rebonded, taken };
}

export interface Withdrawn {
  /** Null when the ledger is gone: nothing is unlocking and what is active is less than the existential deposit. */
  readonly ledger: MaybeLedger;
  /** What the chunks released; the amount in the event `Withdrawn`. */
  readonly withdrawn: Planck;
  readonly chunks: readonly UnlockChunk[];
  /** What was still active in a ledger that is gone: free as well, though no event counts it. */
  readonly dust: Planck;
}

/**
 * `withdraw_unbonded`: releases the chunks whose era has come. When nothing unlocks any more and what is active is
 * dust, the ledger is removed and the dust is free too.
 * @param rules.withdrawableEra the last era whose chunks may leave: the active era, if no offence is being processed
 * @param rules.endsBelow active stake below this is dust; default the existential deposit
 * @throws precondition NOT_CONTROLLER
 */
export function withdrawUnbonded(
  ledger: MaybeLedger,
  rules: {
    readonly withdrawableEra: number;
    readonly existentialDeposit?: Planck;
    readonly endsBelow?: Planck;
  },
): Withdrawn {
  const before = bondedLedger(ledger, 'NOT_CONTROLLER');
  const isFree = (chunk: UnlockChunk) => chunk.era <= rules.withdrawableEra;
  const chunks = before.unlocking.filter(isFree);
  const unlocking = before.unlocking.filter((chunk) => !isFree(chunk));
  const withdrawn = sum(chunks);
  const isGone =
    unlocking.length === 0 && before.active < maxOf(rules.endsBelow ?? rules.existentialDeposit ?? 0n, 1n);
  return {
    ledger: isGone ? null : { ...before, total: before.total - withdrawn, unlocking },
    withdrawn,
    chunks,
    dust: isGone ? before.active : 0n,
  };
}

/** "Bond all but a reserve": what can be bonded so that `reserve` stays free for fees; never below zero. */
export const bondMaxMinusReserve = (free: Planck, reserve: Planck): Planck =>
  maxOf(amount(free) - amount(reserve), 0n);

const sum = (chunks: readonly UnlockChunk[]): Planck =>
  chunks.reduce((total, chunk) => total + chunk.value, 0n);

const earliestEra = (ledger: Ledger): number => Math.min(...ledger.unlocking.map((chunk) => chunk.era));

function amount(value: Planck): Planck {
  if (value >= 0n) return value;
  throw usageError('AMOUNT_NEGATIVE', `A stake cannot change by ${value} planck: amounts are not negative.`);
}

function bondedLedger(ledger: MaybeLedger, code: 'NOT_STASH' | 'NOT_CONTROLLER'): Ledger {
  if (ledger) return ledger;
  throw preconditionError(code, 'The account has no staking ledger: nothing is bonded.', {
    hint: 'Bond first.',
  });
}

function atLeastBond(active: Planck, minimum: Planck = 0n): void {
  if (active >= minimum) return;
  throw preconditionError(
    'INSUFFICIENT_BOND',
    `A bond of ${active} planck is below the minimum of ${minimum}.`,
    {
      hint: 'Bond at least the minimum.',
      details: { active, minimum },
    },
  );
}
