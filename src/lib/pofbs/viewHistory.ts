/** The history of epochs for a person: a verdict a line, totals over time, the exact numbers. */

import { type BursarError, verificationError } from '../errors.js';
import { formatDecimal } from '../numeric/decimal.js';
import { escapeInvisible } from '../shown.js';
import { type Block, type Cell, type Column, cell, keyed, type View } from '../view.js';
import { accountText } from './accountText.js';
import {
  type AssetTotals,
  type EpochLine,
  type EpochRecord,
  type HistoryCheck,
  type HistoryResult,
  type Link,
  timeText,
} from './history.js';
import type { Truth } from './verdict.js';

export function historyView(result: HistoryResult): View {
  const epochs = result.lines.reduce((sum, { epochs }) => sum + epochs.length, 0);
  return {
    title: 'History',
    subtitle: `${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}: ${result.valid ? 'nothing is wrong' : 'something is wrong'}`,
    blocks: [
      { kind: 'checks', rows: result.checks.map(checkRow) },
      ...result.remarks.map((text): Block => ({ kind: 'note', tone: 'muted', text })),
      ...(result.skipped.length === 0
        ? []
        : [
            {
              kind: 'note',
              tone: 'muted',
              text: `No manifest: ${result.skipped.map((name) => escapeInvisible(name)).join(', ')}.`,
            } as const,
          ]),
      ...result.lines.flatMap(lineBlocks),
    ],
  };
}

/** With what the command ends when something is wrong; null otherwise. */
export function historyError({ checks }: HistoryResult): BursarError | null {
  const wrong = checks.filter(({ answer }) => answer === 'FALSE');
  const [first] = wrong;
  if (first === undefined) return null;
  const all = wrong.map(({ rule }) => `"${TITLES[rule]}"`).join(', ');
  return verificationError('HISTORY_FALSE', `The epochs are not in order: FALSE is ${all}.`, {
    hint: REMEDIES[first.rule],
    details: { rules: wrong.map(({ rule }) => rule) },
  });
}

const TITLES: { readonly [Rule in HistoryCheck['rule']]: string } = {
  manifests: 'Every manifest is in order',
  gpmp: 'Every GPMP follows from its manifest',
  links: 'Every epoch names the one before',
  gaps: 'No epoch is missing',
  equivocation: 'No epoch was published twice with different content',
  time: 'Time goes forward',
  snapshots: 'The files are those of the manifests',
};

const REMEDIES: { readonly [Rule in HistoryCheck['rule']]: string } = {
  manifests: 'Ask the custodian for the manifest as it was published, byte for byte.',
  gpmp: 'The custodian stated something else than it bound itself to: keep the file.',
  links: 'Compare the GPMPs with those on chain: one of these epochs is not the published one.',
  gaps: 'Get the missing epochs, or ask the custodian why they were not published.',
  equivocation:
    'Keep all files: only one of the GPMPs can be on chain, and who was shown another was deceived.',
  time: 'Compare with the times of the publications on chain.',
  snapshots: 'Run `bursar pofbs verify` on each for all that is wrong.',
};

/** As many faults as one line can tell; the result has them all. */
const SHOWN_FAULTS = 3;

function checkRow({ rule, answer, details }: HistoryCheck) {
  const more = details.length - SHOWN_FAULTS;
  const detail = [answer, ...details.slice(0, SHOWN_FAULTS), ...(more > 0 ? [`and ${more} more`] : [])].join(
    '; ',
  );
  return {
    ok: OK[answer],
    title: TITLES[rule],
    detail,
    ...(answer === 'FALSE' ? { remedy: REMEDIES[rule] } : {}),
  };
}

const OK: { readonly [Each in Truth]: boolean | 'warn' } = {
  TRUE: true,
  FALSE: false,
  'NOT CHECKED': 'warn',
};

function lineBlocks({ chain, custody, epochs }: EpochLine): Block[] {
  const names = [...new Set(epochs.flatMap(({ assets }) => assets.map(({ asset }) => asset)))].sort();
  return [
    { kind: 'heading', text: accountText(custody) },
    { kind: 'keyValues', rows: [{ key: 'chain', value: chain }] },
    { kind: 'table', columns: EPOCH_COLUMNS, rows: epochs.map(epochRow) },
    ...names.flatMap((name) => assetBlocks(name, epochs)),
  ];
}

const EPOCH_COLUMNS: readonly Column[] = [
  { header: 'epoch', align: 'right' },
  { header: 'time' },
  { header: 'link' },
  { header: 'GPMP' },
  { header: 'from' },
];

const LINKS: { readonly [Each in Link]: Cell } = {
  first: cell('the first', 'muted'),
  follows: cell('follows', 'good'),
  unchecked: cell('not checked', 'warn'),
  broken: cell('broken', 'bad'),
};

const epochRow = ({ epoch, timestamp, link, gpmp, source, copies }: EpochRecord): Cell[] => [
  String(epoch),
  keyed(timeText(timestamp), timestamp),
  LINKS[link],
  gpmp,
  [source, ...copies].join(', '),
];

const ASSET_COLUMNS: readonly Column[] = [
  { header: 'epoch', align: 'right' },
  { header: 'rows', align: 'right' },
  { header: 'total', align: 'right' },
  { header: 'change', align: 'right' },
  { header: 'requests', align: 'right' },
];

interface Point {
  readonly epoch: number;
  readonly totals: AssetTotals;
}

function assetBlocks(name: string, epochs: readonly EpochRecord[]): Block[] {
  const points = epochs.flatMap(({ epoch, assets }): Point[] => {
    const totals = assets.find(({ asset }) => asset === name);
    return totals === undefined ? [] : [{ epoch, totals }];
  });
  // A gap in the line, however many epochs are missing.
  const drawn = points.flatMap((point, at): (Point | null)[] =>
    at > 0 && point.epoch > (points[at - 1]?.epoch ?? 0) + 1 ? [null, point] : [point],
  );
  const labels = drawn.map((point) => (point === null ? '' : String(point.epoch)));
  const chart = (title: string, of: (totals: AssetTotals) => bigint): Block => ({
    kind: 'chart',
    title,
    unit: name,
    // From its lowest point, a column that is 2 % lower would look like nothing.
    from: 'zero',
    labels,
    series: [
      {
        name,
        points: drawn.map((point) =>
          point === null ? null : inUnits(of(point.totals), point.totals.decimals),
        ),
      },
    ],
  });
  return [
    { kind: 'heading', text: name },
    ...(points.length > 1
      ? [
          chart('Owed in total, by epoch', ({ total }) => total),
          chart('Requested, by epoch', ({ requests }) => requests),
        ]
      : []),
    {
      kind: 'table',
      columns: ASSET_COLUMNS,
      rows: points.map((point, at) => assetRow(point, points[at - 1])),
    },
  ];
}

function assetRow({ epoch, totals }: Point, before: Point | undefined): Cell[] {
  const { rows, total, requests, decimals } = totals;
  // With other decimals the numbers mean something else.
  const comparable = before !== undefined && before.totals.decimals === decimals;
  const change = comparable ? total - before.totals.total : 0n;
  return [
    String(epoch),
    keyed(rows.toLocaleString('en'), rows),
    keyed(amountText(total, decimals), total),
    change === 0n ? '' : keyed(`${change > 0n ? '+' : ''}${amountText(change, decimals)}`, change),
    keyed(amountText(requests, decimals), requests),
  ];
}

/** Exact, thousands grouped. */
export const amountText = (amount: bigint, decimals: number): string =>
  formatDecimal(amount, decimals, { grouping: ',' });

/** For the ink of a chart only. */
const inUnits = (amount: bigint, decimals: number): number => Number(formatDecimal(amount, decimals));
