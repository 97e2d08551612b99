/** Changes of validators for a person: one line each. */

import { Perbill } from '../numeric/perthing.js';
import type { View } from '../view.js';
import type { Operator } from './types.js';
import type { Change, ChangeKind, WatchState } from './watch.js';
import { operatorText, utc } from './words.js';

/** What a look found. */
export interface WatchResult {
  readonly genesisHash: string;
  readonly block: { readonly hash: string; readonly number: number; readonly timestamp: number };
  readonly activeEra: number;
  /** The look before; null: this is the first, and there is nothing to compare with. */
  readonly since: { readonly block: number; readonly era: number } | null;
  readonly watched: readonly string[];
  /** Those of them that the look before did not see: there is nothing to compare them with. */
  readonly added: readonly string[];
  /** Those of them that are no validators now: they do not offer themselves, and were in none of the eras looked at. */
  readonly noValidators: readonly string[];
  /** Who runs those that changed, by address, where the chain's own identities say so. */
  readonly operators: Readonly<Record<string, Operator>>;
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

/** `era 1523  5Grw…  Birch Node  commission up from 5% to 10%` */
export const changeText = (change: Change, operators: WatchResult['operators'] = {}): string => {
  const operator = change.address === null ? undefined : operators[change.address];
  return [
    `era ${change.era}`,
    ...(change.address === null ? [] : [change.address]),
    ...(operator === undefined ? [] : [operatorText(operator)]),
    WORDS[change.kind](change),
  ].join('  ');
};

/** A change with the time of the block that showed it, for a log. */
export const changeLine = (
  change: Change,
  { block, operators }: Pick<WatchResult, 'block' | 'operators'>,
): string => `${utc(block.timestamp)}  ${changeText(change, operators)}`;

export function watchView(result: WatchResult): View {
  const { block, activeEra, since, watched, added, noValidators, changes, operators } = result;
  const many = `${watched.length} ${watched.length === 1 ? 'validator' : 'validators'}`;
  return {
    title: `Watching ${many}`,
    subtitle: `finalized block ${block.number}, ${utc(block.timestamp)}, era ${activeEra}`,
    blocks: [
      changes.length > 0
        ? { kind: 'list', items: changes.map((change) => changeText(change, operators)) }
        : {
            kind: 'note',
            tone: 'good',
            text:
              since === null || added.length === watched.length
                ? 'The first look: there is nothing to compare with yet.'
                : `Nothing changed since block ${since.block}, era ${since.era}.`,
          },
      ...(since === null || added.length === 0 || added.length === watched.length
        ? []
        : [
            {
              kind: 'note' as const,
              tone: 'muted' as const,
              text: `The first look at ${added.join(', ')}: there is nothing to compare with yet.`,
            },
          ]),
      ...(noValidators.length === 0
        ? []
        : [
            {
              kind: 'note' as const,
              tone: 'warn' as const,
              text: `No validator now: ${noValidators.join(', ')}. Is the address right?`,
            },
          ]),
    ],
  };
}

export function watchResult(
  look: Pick<WatchResult, 'genesisHash' | 'block' | 'activeEra'>,
  before: WatchState | null,
  watched: readonly string[],
  changes: readonly Change[],
  operators: WatchResult['operators'] = {},
  noValidators: readonly string[] = [],
): WatchResult {
  const known = new Set(before?.validators.map(({ address }) => address));
  return {
    genesisHash: look.genesisHash,
    block: look.block,
    activeEra: look.activeEra,
    since: before && { block: before.block, era: before.era },
    watched,
    added: watched.filter((address) => !known.has(address)),
    noValidators,
    operators,
    changes,
  };
}
