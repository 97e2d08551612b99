/**
 * The plan: what to do, in which order and why, as plain data. A plan knows pallets, calls and arguments by the names
 * that the chain's metadata uses; it is encoded against that metadata only when it is wrapped (wrap.ts).
 */

import type { Plain, Planck } from '../plain.js';

/** One runtime call, by the metadata's own names (`Staking`, `bond_extra`, `max_additional`). */
export interface RuntimeCall {
  readonly pallet: string;
  readonly call: string;
  readonly args: { readonly [name: string]: Plain };
  /** The bytes (0x hex) of a call that was encoded elsewhere: it is sent as they are, and must be what they say. */
  readonly encoded?: string;
}

/** A call of a plan: with the reason for it and the event that proves it. */
export interface PlannedCall extends RuntimeCall {
  /** Why this call is there, in words for the person who signs. */
  readonly reason: string;
  /** Events (`Staking.Bonded`) that the innermost call emits when it did what the plan wants. */
  readonly expects: readonly string[];
}

/** A condition that was checked before anything is signed. `warn` does not stop the plan. */
export interface Check {
  /** Stable name for programs, upper snake case. */
  readonly id: string;
  readonly ok: boolean | 'warn';
  readonly title: string;
  readonly detail?: string;
  /** What to do when it is not ok. */
  readonly remedy?: string;
}

/** An event by which the chain says what a call did: `Staking.Unbonded` with its amount. */
export interface ForeseenEvent {
  readonly name: string;
  /** Planck; absent where the event carries none. */
  readonly amount?: Planck;
}

/** What a plan foresees, to be compared with what the chain's dry run says: no other event of these names, and no fewer. */
export interface Foresight {
  readonly names: readonly string[];
  readonly events: readonly ForeseenEvent[];
}

/** What the chain's state says after a plan was carried out, where the plan said something else. */
export interface Deviation {
  /** Stable name of the part of the effect that differs. */
  readonly what: string;
  readonly planned: Plain;
  readonly found: Plain;
  /** The same for people. */
  readonly text: string;
}

/** How several calls go as one: `all` or nothing (`batch_all`), or `each` on its own, whatever becomes of the others. */
export type Batch = 'all' | 'each';

/**
 * A plan of zero or more calls for one account, sent as one transaction.
 * An empty plan is a result ("nothing to do"), not an error.
 */
export interface Plan<Effect = Plain> {
  readonly title: string;
  /** The account whose balance and stake the calls change (SS58): the signer, or who the proxy acts for. */
  readonly account: string;
  readonly calls: readonly PlannedCall[];
  /** Default: all or nothing. */
  readonly batch?: Batch;
  /** Why there is nothing to do, when `calls` is empty. */
  readonly idle?: string;
  readonly checks: readonly Check[];
  readonly foresees?: Foresight;
  /** Free balance (planck) that the calls move out of reach of fees: bonded, transferred or reserved. */
  readonly spends: Planck;
  /** Free balance (planck) that cannot be spent a second time, though it is counted as free: bonded under a lock. */
  readonly bound?: Planck;
  /** What the plan changes: the state before and after, as the domain describes it. */
  readonly effect: Effect;
}
