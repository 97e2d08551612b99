/** What the tour saw: its steps, and the books before and after. */

import type { AccountFacts } from '../src/lib/staking/types.js';
import type { Balance, Flows } from './books.js';

/** One command and what came of it. */
export interface TourStep {
  /** As an operator types it. */
  readonly command: string;
  readonly exit: number;
  /** The verdict of the chain in a few words. */
  readonly answer: string;
  readonly block: number | null;
  readonly fee: bigint | null;
  readonly before: AccountFacts | null;
  readonly after: AccountFacts | null;
}

export interface TourResult {
  readonly url: string;
  readonly genesisHash: string;
  readonly token: { readonly symbol: string; readonly decimals: number };
  readonly steps: readonly TourStep[];
  /** The books of the stash that the tour follows: what it owned, what came and went, what it owns. */
  readonly stash: {
    readonly address: string;
    readonly before: bigint;
    readonly after: bigint;
    readonly flows: Flows;
    readonly balanced: boolean;
  };
  /** The books of the whole chain. */
  readonly chain: {
    readonly before: Balance;
    readonly after: Balance;
    readonly flows: Flows;
    readonly balanced: boolean;
  };
  readonly balanced: boolean;
  readonly seconds: number;
}
