/** What snapshots give away, for a person. */

import { type BursarError, verificationError } from '../errors.js';
import { type Block, type Cell, cell, type View } from '../view.js';
import type { Exposure, PrivacyFile, PrivacyPair, PrivacyResult } from './privacy.js';

export function privacyView(result: PrivacyResult): View {
  const { files, pairs, worst, limit, recommendations } = result;
  return {
    title: 'Privacy of snapshots',
    subtitle: worst === null ? 'no row is singled out' : worstText(worst),
    blocks: [
      ...(limit === null ? [] : [limitBlock(limit)]),
      { kind: 'heading', text: 'Within each file' },
      { kind: 'table', columns: FILE_COLUMNS, rows: files.map(fileRow) },
      {
        kind: 'paragraph',
        text: 'A request that nobody else makes can be matched with the withdrawal on chain, which names the wallet. “Alone” are rows whose three amounts no other row has; “of two” share them with one other row, and so on.',
      },
      ...pairBlocks(pairs),
      ...(recommendations.length === 0
        ? []
        : [
            { kind: 'heading', text: 'What to do' } as const,
            { kind: 'list', items: recommendations } as const,
          ]),
    ],
  };
}

/** With what the command ends when --max-unique is exceeded; null otherwise. */
export function privacyError({ limit, worst }: PrivacyResult): BursarError | null {
  if (limit === null || limit.kept || worst === null) return null;
  return verificationError(
    'PRIVACY_LIMIT',
    `More than ${limit.percent} % are singled out: ${worstText(worst)}.`,
    {
      hint: 'See what to do, above; or allow more with --max-unique.',
    },
  );
}

const FILE_COLUMNS = [
  { header: 'file' },
  { header: 'rows', align: 'right' },
  { header: 'requests', align: 'right' },
  { header: 'unique requests', align: 'right' },
  { header: 'alone', align: 'right' },
  { header: 'of two', align: 'right' },
  { header: 'of 3 to 9', align: 'right' },
  { header: 'of 10 and more', align: 'right' },
] as const;

function fileRow({ source, rows, requests, uniqueRequests, sets }: PrivacyFile): Cell[] {
  const inSets = (least: number, most: number) =>
    sets.reduce((sum, set) => (set.from >= least && set.from <= most ? sum + set.rows : sum), 0);
  return [
    source,
    number(rows),
    number(requests),
    share(uniqueRequests, requests),
    share(inSets(1, 1), rows),
    share(inSets(2, 2), rows),
    share(inSets(3, 9), rows),
    share(inSets(10, Number.POSITIVE_INFINITY), rows),
  ];
}

const PAIR_COLUMNS = [
  { header: 'from' },
  { header: 'to' },
  { header: 'by total', align: 'right' },
  { header: 'by withdrawable', align: 'right' },
  { header: 'by request', align: 'right' },
  { header: 'by all three', align: 'right' },
  { header: 'same id', align: 'right' },
] as const;

function pairBlocks(pairs: readonly PrivacyPair[]): Block[] {
  if (pairs.length === 0) return [];
  return [
    { kind: 'heading', text: 'From one file to the next' },
    {
      kind: 'table',
      columns: PAIR_COLUMNS,
      rows: pairs.map(({ from, to, joined, sameIds }) => [
        from,
        to,
        number(joined.total),
        number(joined.withdrawable),
        number(joined.request),
        number(joined.all),
        sameIds === 0 ? '0' : cell(number(sameIds), 'bad'),
      ]),
    },
    {
      kind: 'paragraph',
      text: 'Rows that can be joined: one row of each file, and no other, has this amount. Such a pair is probably one user.',
    },
  ];
}

function limitBlock({ percent, kept }: NonNullable<PrivacyResult['limit']>): Block {
  return {
    kind: 'checks',
    rows: [
      {
        ok: kept,
        title: `At most ${percent} % of the rows of a file are singled out`,
        detail: kept ? 'TRUE' : 'FALSE',
      },
    ],
  };
}

const WAYS: { readonly [Way in Exposure['by']]: (key: string) => string } = {
  withdrawals: () => 'can be found among the withdrawals on chain',
  next: (key) =>
    `can be followed to the next file by ${key === 'all' ? 'all three amounts' : `the ${key} alone`}`,
  ids: () => 'have the id that they have in the next file',
};

/** The largest exposure as part of a sentence. */
export function worstText({ source, by, key, rows, of }: Exposure): string {
  return `${number(rows)} of ${number(of)} rows (${percentText(rows, of)}) of ${source} ${WAYS[by](key)}`;
}

const number = (count: number): string => count.toLocaleString('en');

function share(part: number, whole: number): Cell {
  return { text: part === 0 ? '0' : `${number(part)} (${percentText(part, whole)})`, sort: part };
}

/** To a tenth; what is there is never shown as nothing, and what is not all never as all. */
function percentText(part: number, whole: number): string {
  const tenths = Math.round((1000 * part) / whole);
  if (tenths === 0) return '<0.1 %';
  if (tenths === 1000 && part < whole) return '>99.9 %';
  return `${(tenths / 10).toFixed(tenths % 10 === 0 ? 0 : 1)} %`;
}
