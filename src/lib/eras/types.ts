/** Facts about eras that several domains need: who was elected, with whose stake, what was earned and what was paid. */

import type { Planck } from '../plain.js';

/** Where the chain is in time, and which eras it still keeps. */
export interface EraWindow {
  readonly activeEra: number;
  /** The last planned era: the active one, or the next while its election is held or done. */
  readonly currentEra: number;
  /** Unix milliseconds; null until the era has a start. */
  readonly activeEraStart: number | null;
  /** Milliseconds of an era, estimated; null when nothing tells. */
  readonly eraMs: number | null;
  /** Milliseconds by which the next era is planned before it begins; null when nothing tells. */
  readonly planningMs: number | null;
  readonly historyDepth: number;
  /** The oldest era of which a payout is still accepted. */
  readonly oldest: number;
  /** The newest era that has ended, and so can be paid; null if there is none. */
  readonly newest: number | null;
}

/** A validator in an era. */
export interface EraStash {
  readonly era: number;
  readonly stash: string;
}

/** A page of a validator's exposure in an era. */
export interface EraPage extends EraStash {
  readonly page: number;
  /** How many nominators it holds, if known: then answers can be kept small. */
  readonly nominators?: number;
}

export interface EraPoints {
  readonly era: number;
  readonly total: number;
  /** Points by stash. Who earned none may be missing. */
  readonly individual: readonly (readonly [stash: string, points: number])[];
}

/** What stood behind a validator in an era, without the nominators one by one. */
export interface Overview {
  readonly total: Planck;
  readonly own: Planck;
  readonly nominatorCount: number;
  /** Pages of nominators in storage; a validator without nominators has none. */
  readonly pageCount: number;
}

export interface Backing {
  readonly who: string;
  readonly value: Planck;
}

export interface ExposurePage {
  /** Stake of the page's nominators. */
  readonly pageTotal: Planck;
  readonly others: readonly Backing[];
}

/** The exposure of chains, or of eras, without pages: only the largest nominators are in it. */
export interface ClippedExposure {
  /** Stake of all, also of those who were left out. */
  readonly total: Planck;
  readonly own: Planck;
  readonly others: readonly Backing[];
}

export interface ValidatorPrefs {
  /** Parts of 10^9. */
  readonly commission: number;
  readonly blocked: boolean;
}

/** Where rewards go: the chain's `RewardDestination`. */
export type RewardDestination = 'Staked' | 'Stash' | 'Controller' | 'None' | { readonly Account: string };

/** How a chain keeps eras and pays for them, found in its metadata. */
export interface EraFeatures {
  /** Exposures come in pages, and each page is paid on its own. */
  readonly paged: boolean;
  /** Eras without pages: `ErasStakersClipped`. */
  readonly clipped: boolean;
  /** The map of claimed pages by its name; null on chains that note claims in the ledger alone. */
  readonly claims: string | null;
  /**
   * The rounding of payouts. `perbill`: each share is rounded to the nearest planck (the classic pallet and the first
   * releases of staking-async); `calculator`: shares are cut, nominators share what the validator leaves (staking-async
   * since it can pay from pots).
   */
  readonly arithmetic: 'perbill' | 'calculator';
  /** A budget for validators' own stake besides the rewards. */
  readonly incentives: boolean;
}
