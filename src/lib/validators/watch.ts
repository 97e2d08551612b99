/** What changed about validators between two looks at the chain. Pure: a state, a look, and out come the changes. */

import type { Offence, ValidatorExposure } from './types.js';

/** One validator in one era. */
export interface Seat {
  /** Null: not elected. */
  readonly exposure: ValidatorExposure | null;
  /** Parts of 10^9, as of that era's election. */
  readonly commission: number;
  /** Null: the era runs still, or none were recorded. */
  readonly points: number | null;
}

/** A look at the chain at one finalized block. */
export interface Look {
  readonly genesisHash: string;
  readonly block: { readonly hash: string; readonly number: number; readonly timestamp: number };
  readonly activeEra: number;
  /** Eras since the last look that the chain no longer keeps. */
  readonly lost: { readonly from: number; readonly to: number } | null;
  /** From the era of the last look to the active one, as far as they are kept; the seats are in the validators' order. */
  readonly eras: readonly {
    readonly era: number;
    /** Mean points of those that earned some; null: the era runs still. */
    readonly mean: number | null;
    readonly seats: readonly Seat[];
  }[];
  readonly validators: readonly {
    readonly address: string;
    /** Null: it does not offer itself. */
    readonly commission: number | null;
    readonly blocked: boolean;
    readonly offences: readonly Offence[];
  }[];
}

/** Those that are no validators: they do not offer themselves, and were in none of these eras. */
export const noValidators = ({ validators, eras }: Look): string[] =>
  validators
    .filter(
      ({ commission }, index) =>
        commission === null && eras.every(({ seats }) => (seats[index]?.exposure ?? null) === null),
    )
    .map(({ address }) => address);

/** What is remembered from look to look: enough to tell every change, and no more. */
export interface WatchState {
  readonly genesisHash: string;
  readonly block: number;
  readonly era: number;
  readonly validators: readonly WatchedState[];
}

export interface WatchedState {
  readonly address: string;
  readonly commission: number | null;
  readonly blocked: boolean;
  readonly elected: boolean;
  /** Nominators left out of the rewards. */
  readonly unpaid: number;
  readonly offences: readonly Offence[];
  /** The newest ended era whose points were judged, and whether they were low. */
  readonly judged: { readonly era: number; readonly low: boolean } | null;
}

export type ChangeKind =
  | 'commission-up'
  | 'commission-down'
  | 'commission-spike'
  | 'blocked'
  | 'unblocked'
  | 'chilled'
  | 'validates-again'
  | 'offence'
  | 'points-fell'
  | 'points-recovered'
  | 'dropped-out'
  | 'elected'
  | 'page-overfull'
  | 'eras-lost';

export interface Change {
  readonly kind: ChangeKind;
  /** Null: about all of them. */
  readonly address: string | null;
  /** The era in which it was so; for what is so at the block, the active one. */
  readonly era: number;
  /** Before and after: commissions in parts of 10^9, points in per cent of the mean, nominators left out, eras. */
  readonly from: number | null;
  readonly to: number | null;
}

export interface WatchRules {
  /** Points are low below this part of the mean, 0 to 1. */
  readonly lowPoints: number;
}

/**
 * @param before null: the first look, which has nothing to compare with
 * @returns the changes, by era, and the state for the next look
 */
export function compare(
  before: WatchState | null,
  look: Look,
  rules: WatchRules,
): { readonly changes: readonly Change[]; readonly state: WatchState } {
  const changes: Change[] = [];
  if (look.lost !== null)
    changes.push({ kind: 'eras-lost', address: null, era: look.activeEra, ...look.lost });
  const validators = look.validators.map((validator, index) => {
    const known = before?.validators.find(({ address }) => address === validator.address) ?? null;
    const [found, state] = one(known, before?.era ?? look.activeEra, look, index, rules);
    changes.push(...found);
    return state;
  });
  const order = changes.map((change, index) => ({ change, index }));
  order.sort((a, b) => a.change.era - b.change.era || a.index - b.index);
  return {
    changes: order.map(({ change }) => change),
    state: { genesisHash: look.genesisHash, block: look.block.number, era: look.activeEra, validators },
  };
}

function one(
  known: WatchedState | null,
  since: number,
  look: Look,
  index: number,
  rules: WatchRules,
): [Change[], WatchedState] {
  const { address, commission, blocked, offences } = look.validators[index]!;
  const changes: Change[] = [];
  const tell = (kind: ChangeKind, era: number, from: number | null = null, to: number | null = null) => {
    if (known !== null) changes.push({ kind, address, era, from, to });
  };
  let judged = known?.judged ?? null;
  let elected = known?.elected ?? false;
  let unpaid = known?.unpaid ?? 0;
  const usual = Math.max(known?.commission ?? 0, commission ?? 0);
  for (const { era, mean, seats } of look.eras) {
    const seat = seats[index]!;
    const there = seat.exposure !== null;
    if (there !== elected) tell(there ? 'elected' : 'dropped-out', era);
    elected = there;
    const left = seat.exposure?.unpaid ?? 0;
    if (left > 0 && unpaid === 0) tell('page-overfull', era, unpaid, left);
    unpaid = left;
    // A commission that was raised and lowered again between two looks is in the books of its era.
    if (there && era > since && seat.commission > usual)
      tell('commission-spike', era, known?.commission ?? null, seat.commission);
    if (there && mean !== null && mean > 0 && (judged === null || era > judged.era)) {
      const part = (seat.points ?? 0) / mean;
      const low = part < rules.lowPoints;
      if (low !== (judged?.low ?? false))
        tell(low ? 'points-fell' : 'points-recovered', era, null, Math.round(part * 100));
      judged = { era, low };
    }
  }
  const era = look.activeEra;
  if (known !== null) {
    if (commission === null && known.commission !== null) tell('chilled', era);
    else if (commission !== null && known.commission === null) tell('validates-again', era, null, commission);
    else if (commission !== null && known.commission !== null && commission !== known.commission)
      tell(
        commission > known.commission ? 'commission-up' : 'commission-down',
        era,
        known.commission,
        commission,
      );
    if (commission !== null && blocked !== known.blocked) tell(blocked ? 'blocked' : 'unblocked', era);
    for (const offence of offences)
      if (!known.offences.some((old) => same(old, offence)))
        tell('offence', offence.era, null, offence.fraction);
  }
  return [changes, { address, commission, blocked, elected, unpaid, offences, judged }];
}

const same = (a: Offence, b: Offence): boolean =>
  a.era === b.era && a.kind === b.kind && a.fraction === b.fraction;
