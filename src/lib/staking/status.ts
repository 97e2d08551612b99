/** What an operator wants to know of a stake: from the facts, nothing read, nothing guessed without saying so. */

import type { ReferenceBlock } from '../chain/types.js';
import { formatAmount } from '../numeric/amount.js';
import type { Planck } from '../plain.js';
import { lastFreeEra, payeeText, sumUnlocking, unlockEras, withdrawableNow } from './stash.js';
import {
  type AccountFacts,
  type Payee,
  type StakingFacts,
  type StakingRules,
  stashFacts,
  type TargetFacts,
} from './types.js';

export interface ChunkStatus {
  readonly value: Planck;
  /** Era from which it can be withdrawn. */
  readonly era: number;
  readonly free: boolean;
  /** Estimated unix milliseconds at which that era begins; null if free already or not known. */
  readonly freeAt: number | null;
}

export interface AccountStatus {
  readonly address: string;
  readonly role: AccountFacts['role'];
  readonly free: Planck;
  readonly bonded: Planck;
  readonly active: Planck;
  readonly unlocking: readonly ChunkStatus[];
  readonly withdrawable: Planck;
  readonly payee: Payee | null;
  readonly controller: string | null;
  /** The stash of somebody else that this account is the controller of. */
  readonly controls: string | null;
  readonly nominations: readonly TargetFacts[];
  /** Eras that an amount unbonded now takes. */
  readonly unbondEras: number;
  readonly advice: readonly Advice[];
}

export interface Advice {
  /** Stable name for alerts, upper snake case. */
  readonly id: string;
  readonly level: 'info' | 'warn';
  readonly text: string;
  /** The command that does something about it. */
  readonly command?: string;
}

export interface StakeStatus {
  readonly genesisHash: string;
  readonly block: ReferenceBlock;
  readonly token: { readonly symbol: string; readonly decimals: number };
  readonly rules: StakingRules;
  readonly accounts: readonly AccountStatus[];
}

/** @returns the status of every account of the facts, in their order */
export function stakeStatus(facts: StakingFacts): StakeStatus {
  const { symbol, decimals } = facts.token;
  return {
    genesisHash: facts.genesisHash,
    block: facts.block,
    token: { symbol, decimals },
    rules: facts.rules,
    accounts: facts.accounts.map((account) => accountStatus(facts, account)),
  };
}

function accountStatus(facts: StakingFacts, account: AccountFacts): AccountStatus {
  const stash = stashFacts(facts, account.address);
  const { rules } = facts;
  const lastFree = lastFreeEra(rules);
  const unlocking = (account.ledger?.unlocking ?? []).map(({ value, era }) => ({
    value,
    era,
    free: era <= lastFree,
    freeAt: era <= lastFree ? null : eraStart(rules, facts.block.timestamp, era),
  }));
  const byAddress = new Map(facts.targets.map((target) => [target.address, target]));
  const nominations = account.nominations.flatMap((address) => byAddress.get(address) ?? []);
  const withdrawable = withdrawableNow(stash);
  return {
    address: account.address,
    role: account.role,
    free: account.free,
    bonded: account.ledger?.total ?? 0n,
    active: account.ledger?.active ?? 0n,
    unlocking,
    withdrawable,
    payee: account.payee,
    controller: account.controller,
    controls: account.controls,
    nominations,
    unbondEras: unlockEras(stash),
    advice: advise(facts, account, nominations, withdrawable),
  };
}

/**
 * Estimated start of a coming era, unix milliseconds: the active era's start plus whole eras. Null when the chain does
 * not say how long an era is.
 */
export function eraStart(rules: StakingRules, now: number, era: number): number | null {
  if (rules.eraMs === null) return null;
  const started = rules.activeEraStart ?? now;
  return started + (era - rules.activeEra) * rules.eraMs;
}

function advise(
  facts: StakingFacts,
  account: AccountFacts,
  nominations: readonly TargetFacts[],
  withdrawable: Planck,
): Advice[] {
  const { rules } = facts;
  const show = (planck: Planck) => formatAmount(planck, facts.token);
  const advice: Advice[] = [];
  const say = (level: Advice['level'], id: string, text: string, command?: string) =>
    advice.push({ id, level, text, ...(command ? { command } : {}) });
  const { ledger } = account;
  if (account.controls !== null)
    say(
      'info',
      'CONTROLS',
      `The account is the controller of the stash ${account.controls}.`,
      `bursar stake status ${account.controls}`,
    );
  if (!ledger) return advice;
  if (withdrawable > 0n)
    say('info', 'WITHDRAWABLE', `${show(withdrawable)} can be withdrawn now.`, 'bursar stake withdraw');
  if (account.controller !== account.address)
    say(
      'warn',
      'SEPARATE_CONTROLLER',
      `The stash has a separate controller, which is deprecated: ${account.controller} signs all but bond-extra and set-controller.`,
      'bursar stake set-controller',
    );
  if (account.payee === 'Controller')
    say(
      'warn',
      'PAYEE_CONTROLLER',
      `Rewards go ${payeeText('Controller')}.`,
      'bursar stake set-payee staked',
    );
  if (account.payee === 'None' && account.role !== 'chilled')
    say('warn', 'PAYEE_NONE', 'Rewards are not paid to anybody.', 'bursar stake set-payee staked');
  if (account.role === 'chilled' && ledger.active > 0n)
    say(
      'info',
      'IDLE',
      `${show(ledger.active)} are bonded and earn nothing: the account neither nominates nor validates.`,
      'bursar stake nominate',
    );
  const chunks = rules.maxUnlockingChunks - ledger.unlocking.length;
  if (chunks <= 4)
    say(
      'warn',
      'CHUNK_HEADROOM',
      `${chunks} of ${rules.maxUnlockingChunks} unlocking chunks remain.`,
      'bursar stake withdraw',
    );
  if (account.role === 'nominator') adviseNominator(facts, ledger.active, nominations, say, show);
  if (account.role === 'validator' && ledger.active < rules.minValidatorBond) {
    say(
      'warn',
      'BELOW_MIN_BOND',
      `The active bond is below the validator minimum of ${show(rules.minValidatorBond)}: anybody may be able to chill it.`,
      'bursar stake bond-extra',
    );
  }
  if (sumUnlocking(ledger) > 0n && ledger.active === 0n && account.role !== 'chilled')
    say('warn', 'NOTHING_ACTIVE', 'Nothing is actively bonded any more.');
  return advice;
}

function adviseNominator(
  { rules }: StakingFacts,
  active: Planck,
  nominations: readonly TargetFacts[],
  say: (level: Advice['level'], id: string, text: string, command?: string) => void,
  show: (planck: Planck) => string,
): void {
  if (active < rules.minNominatorBond) {
    say(
      'warn',
      'BELOW_MIN_BOND',
      `The active bond is below the nominator minimum of ${show(rules.minNominatorBond)}: anybody may be able to chill it.`,
      'bursar stake bond-extra',
    );
  } else if (rules.minimumActiveStake !== null && active < rules.minimumActiveStake) {
    say(
      'warn',
      'BELOW_ACTIVE_STAKE',
      `The bond is below the ${show(rules.minimumActiveStake)} that the last election counted: it may earn nothing.`,
      'bursar stake bond-extra',
    );
  }
  const chilled = nominations.filter((target) => target.state === 'chilled');
  if (chilled.length > 0)
    say(
      'warn',
      'CHILLED_TARGETS',
      `${chilled.length} of ${nominations.length} nominated accounts do not validate any more.`,
      'bursar stake nominate',
    );
  if (nominations.length > 0 && !nominations.some((target) => target.state === 'active')) {
    say(
      'warn',
      'NO_ACTIVE_TARGET',
      'None of the nominated validators is active in this era: nothing is earned.',
      'bursar stake nominate',
    );
  }
  const full = nominations.filter((target) => target.commission === 1_000_000_000);
  if (full.length > 0)
    say(
      'warn',
      'FULL_COMMISSION',
      `${full.length} of the nominated validators keep the whole reward (commission 100 %).`,
      'bursar stake nominate',
    );
}
