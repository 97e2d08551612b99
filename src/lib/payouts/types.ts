/** What payouts are made of: the facts of one block, and what they say is owed. Amounts in planck. */

import type { ReferenceBlock } from '../chain/types.js';
import type { EraFeatures, EraStash, EraWindow, ExposurePage, RewardDestination } from '../eras/types.js';
import type { Planck } from '../plain.js';

/** An era of which something is unpaid. */
export interface EraFacts {
  readonly era: number;
  /** What the era pays to all; null: the chain does not know, and pays nothing. */
  readonly reward: Planck | null;
  /** Whether payouts are minted or come from the era's pot. */
  readonly mode: 'minting' | 'pots';
  readonly totalPoints: number;
  /** Points of the validators that are looked at. */
  readonly points: Readonly<Record<string, number>>;
  /** For validators' own stake; 0 where there is no such budget. */
  readonly incentiveBudget: Planck;
  readonly incentiveWeight: Planck;
}

/** A validator in an era in which not all of its pages are paid. */
export interface SeatFacts extends EraStash {
  readonly total: Planck;
  readonly own: Planck;
  readonly nominatorCount: number;
  /** How many pages the chain pays: at least one, also without nominators. */
  readonly pageCount: number;
  /** The exposure has no pages: its stake is not that of the listed nominators alone. */
  readonly clipped: boolean;
  /** How many of them are paid. */
  readonly claimed: number;
  /** Pages that are not paid and concern those who were asked about, in their order; the exposure is null if it was not asked for or there are no nominators. */
  readonly unpaid: readonly { readonly page: number; readonly exposure: ExposurePage | null }[];
  /** Parts of 10^9. */
  readonly commission: number;
  readonly incentiveWeight: Planck | null;
  /** Why the chain would refuse the payout; null: it would not. */
  readonly refused: Refusal | null;
}

/**
 * NOT_BONDED: the validator withdrew everything, its stash is unknown, and the era's rewards are lost to its nominators
 * too unless it bonds again; NO_LEDGER: its ledger is missing or damaged; NO_REWARD: the chain does not know what the
 * era pays.
 */
export type Refusal = 'NOT_BONDED' | 'NO_LEDGER' | 'NO_REWARD';

/** Where the rewards of an account go. */
export interface PayeeFacts {
  readonly account: string;
  /** Null: none is set, and nothing is paid. */
  readonly destination: RewardDestination | null;
  /** The account that receives; null: nobody. */
  readonly to: string | null;
  /** Whether that account exists: too little cannot create it. */
  readonly exists: boolean;
}

export interface PayoutFacts {
  readonly genesisHash: string;
  readonly specVersion: number;
  readonly block: ReferenceBlock;
  readonly token: { readonly symbol: string; readonly decimals: number };
  readonly existentialDeposit: Planck;
  readonly features: EraFeatures;
  readonly window: EraWindow;
  /** The eras that were looked at, oldest first. */
  readonly eras: readonly number[];
  /** The validators that were looked at by name. */
  readonly stashes: readonly string[];
  /** In how many of the eras each of them was elected. */
  readonly elected: Readonly<Record<string, number>>;
  /** Accounts whose shares were asked about. */
  readonly accounts: readonly string[];
  /** Those of them that stake nothing: nothing can be paid to them. */
  readonly idle: readonly string[];
  /** Whether points, exposures and payees were read. */
  readonly amounts: boolean;
  readonly eraFacts: readonly EraFacts[];
  readonly seats: readonly SeatFacts[];
  readonly payees: readonly PayeeFacts[];
}

/** Why an amount reaches nobody. */
export type Lost =
  /** No payee is set for the account. */
  | 'NO_PAYEE'
  /** The account wants no rewards. */
  | 'DESTINATION_NONE'
  /** The receiving account does not exist, and the amount is too small to create it. */
  | 'BELOW_EXISTENTIAL_DEPOSIT';

/** One payment of a payout. */
export interface Payment {
  /** The staker that earned it. */
  readonly who: string;
  /** reward: the validator's commission and own stake; incentive: for its own stake, from another pot; nominator: a share. */
  readonly kind: 'reward' | 'incentive' | 'nominator';
  readonly amount: Planck;
  readonly destination: RewardDestination | null;
  /** The account that receives; null if it is lost. */
  readonly to: string | null;
  readonly lost: Lost | null;
}

/** What a page pays. */
export interface PageAmount {
  /** All payments, also those that reach nobody. */
  readonly total: Planck;
  /** Without what reaches nobody. */
  readonly paid: Planck;
  readonly commission: Planck;
  /** For the validator's own stake. */
  readonly own: Planck;
  readonly incentive: Planck;
  readonly nominators: Planck;
  readonly mode: EraFacts['mode'];
  /** Zero amounts left out: the chain pays and reports nothing for them. In the order of the chain. */
  readonly payments: readonly Payment[];
}

export interface OwedPage extends EraStash {
  readonly page: number;
  /** Of so many. */
  readonly pages: number;
  /** Pages of the same validator and era that are paid already. */
  readonly claimed: number;
  /** How many nominators the page pays. */
  readonly nominators: number;
  /** Null: payable. */
  readonly refused: Refusal | null;
  /** Coming eras during which it can still be paid; 0: it expires when the next era is planned. */
  readonly erasLeft: number;
  /** Estimated unix milliseconds; null when nothing tells how long an era is. */
  readonly expiresAt: number | null;
  /** Null if amounts were not asked for. */
  readonly amount: PageAmount | null;
}

/** A page that is not claimed and pays nothing. */
export interface EmptyPage extends EraStash {
  readonly page: number;
  /** NO_POINTS: the validator earned none in that era; NOTHING: what it earned rounds to nothing, or the era paid nothing. */
  readonly reason: 'NO_POINTS' | 'NOTHING';
}

export interface Owed {
  /** Oldest era first. */
  readonly pages: readonly OwedPage[];
  readonly empty: readonly EmptyPage[];
}
