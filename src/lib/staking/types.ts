/** The facts of the nomination workflow: what one reference block says about accounts, their targets and the rules. */

import type { StakingKind } from '../chain/features.js';
import type { ReferenceBlock, Token } from '../chain/types.js';
import type { CallArguments } from '../pallets/staking/calls.js';
import type { PalletRules } from '../pallets/staking/rules.js';
import type { Planck } from '../plain.js';
import type { Ledger } from './ledger.js';

/** Where rewards go: the chain's `RewardDestination`. */
export type Payee = 'Staked' | 'Stash' | 'Controller' | 'None' | { readonly Account: string };

export interface StakingRules {
  readonly kind: StakingKind;
  /** How the chain's version of the pallet behaves, see `pallets/staking/rules.ts`. */
  readonly pallet: PalletRules;
  readonly activeEra: number;
  /** `CurrentEra`: the era that was planned last, the active one or the next. */
  readonly currentEra: number;
  /** Unix milliseconds; null until the era has a start. */
  readonly activeEraStart: number | null;
  /** Milliseconds of an era, estimated; null when nothing tells. */
  readonly eraMs: number | null;
  readonly bondingDuration: number;
  readonly nominatorFastUnbondDuration: number | null;
  readonly nominatorsSlashable: boolean | null;
  readonly oldestOffenceEra: number | null;
  readonly maxUnlockingChunks: number;
  /** Most targets that a nomination may have. */
  readonly maxNominations: number;
  readonly existentialDeposit: Planck;
  readonly minNominatorBond: Planck;
  readonly minValidatorBond: Planck;
  /** Stake of the last nominator that the election counted; null where the chain does not say. */
  readonly minimumActiveStake: Planck | null;
}

export interface AccountFacts {
  readonly address: string;
  /** Null: not bonded. */
  readonly ledger: Ledger | null;
  /** The account that controls the stash; on today's chains the stash itself. Null: not bonded. */
  readonly controller: string | null;
  /** The stash of somebody else that this account is the controller of; null on most chains. */
  readonly controls: string | null;
  readonly payee: Payee | null;
  readonly role: 'none' | 'chilled' | 'nominator' | 'validator';
  readonly nominations: readonly string[];
  readonly lastValidatorEra: number | null;
  /** How many slashing spans the classic pallet keeps of the stash; 0 where there are none. */
  readonly slashingSpans: number;
  readonly free: Planck;
  readonly reserved: Planck;
  readonly frozen: Planck;
}

/** active: elected in the active era; waiting: a candidate that was not; blocked: takes no new nominations; chilled: no candidate. */
export type TargetState = 'active' | 'waiting' | 'blocked' | 'chilled';

export interface TargetFacts {
  readonly address: string;
  readonly state: TargetState;
  /** Whether the target accepts nothing new, also while it is active. */
  readonly blocked: boolean;
  /** Parts of 10^9; null if it is no validator. */
  readonly commission: number | null;
  /** Total stake behind it in the active era, planck; null if it is not elected. */
  readonly totalStake: Planck | null;
}

export interface StakingFacts {
  readonly genesisHash: string;
  readonly specVersion: number;
  readonly block: ReferenceBlock;
  readonly token: Token;
  readonly rules: StakingRules;
  readonly calls: CallArguments;
  /** Whether several calls can go as one, all or nothing: `Utility.batch_all`. */
  readonly batches: boolean;
  readonly accounts: readonly AccountFacts[];
  /** Every target that an account nominates or that was asked about. */
  readonly targets: readonly TargetFacts[];
}

/** By whose key a stash's calls are signed: its own, its separate controller's, or the one that is both. */
export type SignedAs = 'both' | 'stash' | 'controller';

/** One account with what its plans need. */
export interface StashFacts {
  readonly token: Token;
  readonly block: ReferenceBlock;
  readonly rules: StakingRules;
  readonly calls: CallArguments;
  readonly batches: boolean;
  readonly account: AccountFacts;
  readonly signedAs: SignedAs;
  readonly targets: readonly TargetFacts[];
}

/**
 * The facts of one of the accounts.
 * @param signer whose call it will be: the stash (the default) or its controller
 */
export function stashFacts(facts: StakingFacts, address: string, signer = address): StashFacts {
  const account = facts.accounts.find((candidate) => candidate.address === address);
  if (!account) throw new Error(`no facts were read for ${address}`);
  const { token, block, rules, calls, batches, targets } = facts;
  const isOwn = account.controller === null || account.controller === address;
  const signedAs = isOwn ? 'both' : signer === address ? 'stash' : 'controller';
  return { token, block, rules, calls, batches, account, signedAs, targets };
}

/** The stash of somebody else that the account signs for, unless it is a stash itself; undefined on most chains. */
export function controlledStash(facts: StakingFacts, address: string): string | undefined {
  const account = facts.accounts.find((candidate) => candidate.address === address);
  return account?.ledger === null ? (account.controls ?? undefined) : undefined;
}

/** What of a stash a plan can change. */
export interface StakeState {
  readonly ledger: Ledger | null;
  readonly controller: string | null;
  readonly role: AccountFacts['role'];
  readonly payee: Payee | null;
  readonly nominations: readonly string[];
  /** Free balance, fees not counted. */
  readonly free: Planck;
}

export const stakeState = (account: AccountFacts): StakeState => {
  const { ledger, controller, role, payee, nominations, free } = account;
  return { ledger, controller, role, payee, nominations, free };
};
