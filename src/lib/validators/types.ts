/** What is known of validators at one finalized block: the facts that scores, selections and explanations follow from. */

import type { Token } from '../chain/types.js';
import type { Planck } from '../plain.js';

/** active: elected in the active era; waiting: a candidate that was not; chilled: no candidate any more. */
export type ValidatorState = 'active' | 'waiting' | 'chilled';

/** What the registrars say of an identity. `bad`: one of them found it erroneous or of low quality. */
export type Judgement = 'good' | 'bad' | 'unjudged';

/** Who runs a validator, as far as an identity or the operators' file says. */
export interface Operator {
  /**
   * What validators of one operator have in common: the account that holds the identity (the parent of a
   * sub-identity), or `file:NAME`. Never a display name that anyone can choose.
   */
  readonly id: string;
  /** For people. Somebody else's words: escape them. */
  readonly name: string;
  readonly judgement: Judgement;
  readonly source: 'identity' | 'parent' | 'file';
}

/** An offence that the chain knows of. */
export interface Offence {
  /** The era in which it was committed. */
  readonly era: number;
  /** slashed: the stake was or will be cut by `fraction`; reported: waits to be processed; deferred: waits to be applied. */
  readonly kind: 'slashed' | 'deferred' | 'reported';
  /** Parts of 10^9 of the stake; null where the chain keeps only that it happened. */
  readonly fraction: number | null;
}

/** Stake behind an elected validator in the active era. */
export interface ValidatorExposure {
  readonly total: Planck;
  readonly own: Planck;
  readonly nominators: number;
  /** Pages of nominators; null on chains without pages. */
  readonly pages: number | null;
  /** Nominators that are left out of the rewards; null where all are paid. */
  readonly unpaid: number | null;
}

export interface ValidatorFacts {
  readonly address: string;
  readonly state: ValidatorState;
  /** Parts of 10^9; null: no candidate. */
  readonly commission: number | null;
  readonly blocked: boolean;
  /** Null: not elected in the active era. */
  readonly exposure: ValidatorExposure | null;
  /** Reward points in each of the facts' eras, in their order; null: none were recorded. */
  readonly points: readonly (number | null)[];
  readonly offences: readonly Offence[];
  /** Null: no identity and not in the operators' file, or nobody looked (see `identities`). */
  readonly operator: Operator | null;
}

/** An era that has ended. */
export interface EraFacts {
  readonly era: number;
  /** Reward points of all validators. */
  readonly points: number;
  /** Validators that earned points. */
  readonly earners: number;
  /** What the era pays to validators and nominators, planck; null: not known, or no longer. */
  readonly reward: Planck | null;
}

/** Where operators come from. */
export type IdentitySource =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'chain';
      /** Null: the same chain and block as everything else. */
      readonly other: { readonly genesisHash: string; readonly block: string } | null;
      /** SHA-256 of the operators' file that was read as well. */
      readonly file: string | null;
    }
  | { readonly kind: 'file'; readonly file: string };

/** How far the facts reach back. */
export interface Spans {
  /** Eras of a week, over which points are averaged. */
  readonly week: number;
  /** Eras of a month, in which a slash counts. */
  readonly month: number;
  /** How many of a month's eras the chain can still answer for, slashes included. */
  readonly slashEras: number;
}

/** Everything of one finalized block. */
export interface Facts {
  readonly chain: {
    readonly genesisHash: string;
    readonly specName: string;
    readonly specVersion: number;
    readonly token: Omit<Token, 'undenominated'>;
  };
  readonly block: { readonly hash: string; readonly number: number; readonly timestamp: number };
  readonly activeEra: number;
  /** Milliseconds of an era; null when nothing tells. */
  readonly eraMs: number | null;
  readonly spans: Spans;
  readonly identities: IdentitySource;
  /** The most nominators of a validator that are paid; null: all are. */
  readonly paidNominators: number | null;
  /** Eras that have ended, oldest first. */
  readonly eras: readonly EraFacts[];
  /** Sorted by address. */
  readonly validators: readonly ValidatorFacts[];
}
