/** The results that the commands print: values made of facts, rankings and estimates. Pure. */

import type { Planck } from '../plain.js';
import { listed } from './filter.js';
import {
  inclusionOf,
  isStranger,
  type Means,
  type Method,
  meanPoints,
  notAValidator,
  type Ranking,
} from './ranking.js';
import type { ReturnEstimate } from './returns.js';
import type { Facts, Offence, Operator, ValidatorFacts, ValidatorState } from './types.js';

/** What every result says of where it comes from. */
export interface Provenance {
  readonly genesisHash: string;
  readonly specVersion: number;
  readonly block: Facts['block'];
  readonly token: Facts['chain']['token'];
  readonly activeEra: number;
  /** The ended eras that were read; null: none. */
  readonly eras: { readonly from: number; readonly to: number } | null;
  readonly spans: Facts['spans'];
  readonly identities: Facts['identities'];
  readonly paidNominators: number | null;
}

export const provenanceOf = (facts: Facts): Provenance => ({
  genesisHash: facts.chain.genesisHash,
  specVersion: facts.chain.specVersion,
  block: facts.block,
  token: facts.chain.token,
  activeEra: facts.activeEra,
  eras: facts.eras.length === 0 ? null : { from: facts.eras[0]!.era, to: facts.eras.at(-1)!.era },
  spans: facts.spans,
  identities: facts.identities,
  paidNominators: facts.paidNominators,
});

export interface ListedValidator {
  readonly address: string;
  readonly operator: Operator | null;
  readonly state: ValidatorState;
  /** Parts of 10^9. */
  readonly commission: number | null;
  readonly blocked: boolean;
  readonly own: Planck | null;
  readonly total: Planck | null;
  readonly nominators: number | null;
  readonly pages: number | null;
  /** Nominators left out of the rewards; null where all are paid. */
  readonly unpaid: number | null;
  /** Mean era points of the week. */
  readonly meanPoints: number;
  /** 1: as many points as the mean validator; null where nobody has any. */
  readonly pointsOfMean: number | null;
  /** Points of each era that was read, oldest first. */
  readonly points: readonly (number | null)[];
  /** Part of the eras in which it earned points. */
  readonly inclusion: number;
  readonly offences: readonly Offence[];
  readonly score: number | null;
  readonly rank: number | null;
}

export interface ValidatorList extends Provenance {
  readonly means: Means;
  readonly validators: readonly ListedValidator[];
  /** Validators known, listed or not. */
  readonly known: number;
  /** Of a stake behind the listed validators; null: none was named. */
  readonly returns: ReturnEstimate | null;
}

export interface ListWish {
  /** Only these; null: all. */
  readonly only: readonly string[] | null;
  readonly filters: readonly string[];
  readonly sort: string;
  readonly reverse: boolean;
}

/** @throws usage FILTER, FIELD; precondition NOT_A_VALIDATOR for a named account that is none */
export function listValidators(facts: Facts, ranking: Ranking, wish: ListWish): ValidatorList {
  const only = wish.only === null ? null : new Set(wish.only);
  const stranger = facts.validators.find((one) => only?.has(one.address) && isStranger(one));
  if (stranger !== undefined) throw notAValidator(stranger.address);
  const scores = new Map(ranking.validators.map((one) => [one.address, one]));
  return {
    ...provenanceOf(facts),
    means: ranking.means,
    validators: listed(facts, ranking, wish)
      .filter(({ address }) => only === null || only.has(address))
      .map((validator) => listedValidator(facts, ranking.means, validator, scores.get(validator.address))),
    known: facts.validators.length,
    returns: null,
  };
}

function listedValidator(
  facts: Facts,
  { aepa }: Means,
  validator: ValidatorFacts,
  scored: Ranking['validators'][number] | undefined,
): ListedValidator {
  const { address, operator, state, commission, blocked, exposure, points, offences } = validator;
  const mean = meanPoints(facts, validator);
  return {
    address,
    operator,
    state,
    commission,
    blocked,
    own: exposure?.own ?? null,
    total: exposure?.total ?? null,
    nominators: exposure?.nominators ?? null,
    pages: exposure?.pages ?? null,
    unpaid: exposure?.unpaid ?? null,
    meanPoints: mean,
    pointsOfMean: aepa === 0 ? null : mean / aepa,
    points,
    inclusion: inclusionOf(validator),
    offences,
    score: scored?.score ?? null,
    rank: scored?.rank ?? null,
  };
}

/** A file that was written. */
export interface Saved {
  readonly file: string;
  readonly sha256: string;
}

export interface ScoreResult extends Provenance {
  readonly method: Method;
  readonly means: Means;
  /** Best first; those without a score last, with the reason. */
  readonly validators: readonly (Ranking['validators'][number] & { readonly operator: Operator | null })[];
  readonly saved: Saved | null;
}

export function scoreResult(
  facts: Facts,
  method: Method,
  ranking: Ranking,
  saved: Saved | null,
): ScoreResult {
  const operators = new Map(facts.validators.map(({ address, operator }) => [address, operator]));
  return {
    ...provenanceOf(facts),
    method,
    means: ranking.means,
    validators: ranking.validators.map((one) => ({ ...one, operator: operators.get(one.address) ?? null })),
    saved,
  };
}
