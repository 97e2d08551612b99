/** What happened to an extrinsic: the tree of its calls, and the verdict of its innermost ones. */

import type { Plain, Planck } from '../plain.js';
import type { Check, RuntimeCall } from './plan.js';

/** A runtime error in the pallet's own words. */
export interface DispatchFailure {
  /** `Staking.InsufficientBond`, `Token.FundsUnavailable`, `BadOrigin`… */
  readonly name: string;
  /** The pallet's documentation of the error, if it is a module error. */
  readonly docs?: string;
}

export interface ChainEvent {
  /** `Staking.Bonded` */
  readonly name: string;
  readonly data: Plain;
}

/**
 * One call of an extrinsic with its outcome.
 * - ok: it ran and returned Ok
 * - failed: it ran and returned an error; its effects were undone
 * - pending: it was recorded for later (a multisig approval below the threshold, an announcement)
 * - notRun: an earlier call of the batch failed, or the wrapper did
 */
export interface OutcomeNode {
  readonly call: RuntimeCall;
  readonly status: 'ok' | 'failed' | 'pending' | 'notRun';
  readonly failure?: DispatchFailure;
  readonly events: readonly ChainEvent[];
  readonly children: readonly OutcomeNode[];
}

/** The verdict on the whole extrinsic: that of its innermost calls. */
export type Verdict =
  /** Every innermost call succeeded (or was recorded as an approval). */
  | 'ok'
  /** The extrinsic itself failed: everything was undone but the fee. */
  | 'dispatchFailed'
  /** The extrinsic succeeded, an inner call failed. */
  | 'innerCallFailed';

export interface BlockRef {
  readonly hash: string;
  readonly number: number;
}

/** An extrinsic that is in a block. */
export interface Included {
  readonly kind: 'included';
  readonly txHash: string;
  readonly block: BlockRef;
  readonly index: number;
  readonly finalized: boolean;
  readonly verdict: Verdict;
  /** The first failure found in the tree, innermost first. */
  readonly failure?: DispatchFailure;
  readonly tree: OutcomeNode;
  /** Fee that was paid, tip included (planck), if the chain's events say so. */
  readonly fee?: Planck;
}

/** The extrinsic's mortality passed without it: it can never be included. Safe to retry. */
export interface Expired {
  readonly kind: 'expired';
  readonly txHash: string;
  readonly validUntil: number;
}

/** It left for the chain and is not in a block yet; it still may be. */
export interface Pending {
  readonly kind: 'pending';
  readonly txHash: string;
  readonly reason: string;
  /** The command that finds out. */
  readonly resolve: string;
}

/** With `--wait broadcast`: accepted by the node's pool, not followed. */
export interface Broadcast {
  readonly kind: 'broadcast';
  readonly txHash: string;
  readonly resolve: string;
}

export type Outcome = Included | Expired | Pending | Broadcast;

/** What is known before signing. */
export interface Preflight {
  readonly checks: readonly Check[];
  /** Fee for the signer, planck; null when the chain could not say. */
  readonly fee: Planck | null;
  /** How the call was rehearsed. */
  readonly rehearsal: 'dryRunApi' | 'none';
  /** The tree of the rehearsed call. */
  readonly tree?: OutcomeNode;
}
