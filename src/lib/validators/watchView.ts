/** Changes of validators for a person: one line each. */

import { Perbill } from '../numeric/perthing.js';
import type { View } from '../view.js';
import type { Change, ChangeKind, WatchState } from './watch.js';
import { utc } from './words.js';

/** What a look found. */
export interface WatchResult {
  readonly genesisHash: string;
  readonly block: { readonly hash: string; readonly number: number; readonly timestamp: number };
  readonly activeEra: number;
  /** The look before; null: this is the first, and there is nothing to compare with. */
  readonly since: { readonly block: number; readonly era: number } | null;
  readonly watched: readonly string[];
  readonly changes: readonly Change[];
}

const commission = (parts: number | null): string => (parts === null ? '–' : Perbill.format(BigInt(parts)));

const WORDS: Readonly<Record<ChangeKind, (change: Change) => string>> = {
  'commission-up': ({ from, to }) => `commission up from ${commission(from)} to ${commission(to)}`,
  'commission-down': ({ from, to }) => `commission down from ${commission(from)} to ${commission(to)}`,
  'commission-spike': ({ to }) => `took a commission of ${commission(to)} in that era`,
  blocked: () => 'accepts no new nominations any more',
  unblocked: () => 'accepts new nominations again',
  chilled: () => 'chilled: it does not offer itself any more',
  'validates-again': ({ to }) => `validates again, commission ${commission(to)}`,
  offence: ({ to }) => `offence${to === null ? '' : `, ${commission(to)} of its stake`}`,
  'points-fell': ({ to }) => `points fell to ${to}% of the mean`,
  'points-recovered': ({ to }) => `points are back at ${to}% of the mean`,
  'dropped-out': () => 'dropped out of the active set',
  elected: () => 'elected into the active set',
  'page-overfull': ({ to }) => `${to} nominators are left out of the rewards`,
  'eras-lost': ({ from, to }) => `eras ${from} to ${to} passed unseen, and the chain no longer keeps them`,
};

/** `era 1523  5Grw…  commission up from 5% to 10%` */
export const changeText = (change: Change): string =>
  [
    `era ${change.era}`,
    ...(change.address === null ? [] : [change.address]),
    WORDS[change.kind](change),
  ].join('  ');

/** A change with the time of the block that showed it, for a log. */
export const changeLine = (change: Change, block: WatchResult['block']): string =>
  `${utc(block.timestamp)}  ${changeText(change)}`;

export function watchView(result: WatchResult): View {
  const { block, activeEra, since, watched, changes } = result;
  const many = `${watched.length} ${watched.length === 1 ? 'validator' : 'validators'}`;
  return {
    title: `Watching ${many}`,
    subtitle: `finalized block ${block.number}, ${utc(block.timestamp)}, era ${activeEra}`,
    blocks: [
      changes.length > 0
        ? { kind: 'list', items: changes.map(changeText) }
        : {
            kind: 'note',
            tone: 'good',
            text:
              since === null
                ? 'The first look: there is nothing to compare with yet.'
                : `Nothing changed since block ${since.block}, era ${since.era}.`,
          },
    ],
  };
}

export function watchResult(
  look: Pick<WatchResult, 'genesisHash' | 'block' | 'activeEra'>,
  before: WatchState | null,
  watched: readonly string[],
  changes: readonly Change[],
): WatchResult {
  return {
    genesisHash: look.genesisHash,
    block: look.block,
    activeEra: look.activeEra,
    since: before && { block: before.block, era: before.era },
    watched,
    changes,
  };
}
