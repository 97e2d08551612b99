/** What changed between two epochs, for a person. */

import { type Block, type Cell, cell, keyed, type View } from '../view.js';
import { accountText } from './accountText.js';
import type { Amounts, AssetChange, FieldChange, RowChange, RowsDiff } from './diff.js';
import type { DiffResult, SnapshotDiff } from './diffResult.js';
import { timeText } from './history.js';
import { amountText } from './viewHistory.js';

export function diffView(result: DiffResult): View {
  const { a, b, header, assets, snapshots, same } = result;
  return {
    title: 'Differences',
    subtitle: `${a} → ${b}: ${same ? 'no difference' : 'they differ'}`,
    blocks: [
      ...(header === null ? [] : headerBlocks(header)),
      ...(assets === null ? [] : assetBlocks(assets)),
      ...snapshots.flatMap(snapshotBlocks),
    ],
  };
}

function headerBlocks(changes: readonly FieldChange[]): Block[] {
  if (changes.length === 0)
    return [{ kind: 'note', tone: 'good', text: 'The statements are the same, besides their assets.' }];
  return [
    { kind: 'heading', text: 'Statement' },
    {
      kind: 'table',
      columns: [{ header: 'field' }, { header: 'before' }, { header: 'after' }],
      rows: changes.map(({ field, a, b }) => [field, valueText(field, a), valueText(field, b)]),
    },
  ];
}

function valueText(field: string, value: string | null): string {
  if (value === null) return '–';
  return field === 'timestamp' ? timeText(Number(value)) : value;
}

const ASSET_COLUMNS = [
  { header: 'asset' },
  { header: 'in' },
  { header: 'rows', align: 'right' },
  { header: 'total', align: 'right' },
  { header: 'change', align: 'right' },
  { header: 'requests', align: 'right' },
  { header: 'change', align: 'right' },
] as const;

const IN: { readonly [Where in AssetChange['in']]: Cell } = {
  a: cell('only before', 'warn'),
  b: cell('only after', 'warn'),
  both: 'both',
};

function assetBlocks(assets: readonly AssetChange[]): Block[] {
  const fields = assets.flatMap(({ asset, fields }) =>
    fields.map(({ field, a, b }): Cell[] => [asset, field, a ?? '–', b ?? '–']),
  );
  return [
    { kind: 'heading', text: 'Assets' },
    {
      kind: 'table',
      columns: ASSET_COLUMNS,
      rows: assets.map((asset) => [
        asset.asset,
        IN[asset.in],
        twoCounts(asset.rows),
        latest(asset.total, asset.decimals),
        change(asset.total, asset.decimals),
        latest(asset.requests, asset.decimals),
        change(asset.requests, asset.decimals),
      ]),
    },
    ...(fields.length === 0
      ? []
      : [
          {
            kind: 'table',
            columns: [{ header: 'asset' }, { header: 'field' }, { header: 'before' }, { header: 'after' }],
            rows: fields,
          } as const,
        ]),
  ];
}

type Pair<Value> = readonly [Value | null, Value | null];

function twoCounts([a, b]: Pair<number>): Cell {
  const texts = [a, b].map((count) => (count === null ? '–' : count.toLocaleString('en')));
  return { text: a === b ? (texts[0] ?? '') : texts.join(' → '), sort: b ?? 0 };
}

function latest([a, b]: Pair<bigint>, decimals: number): Cell {
  const amount = b ?? a ?? 0n;
  return keyed(amountText(amount, decimals), amount);
}

function change([a, b]: Pair<bigint>, decimals: number): Cell {
  if (a === null || b === null || a === b) return '';
  return keyed(`${b > a ? '+' : ''}${amountText(b - a, decimals)}`, b - a);
}

function snapshotBlocks(snapshot: SnapshotDiff): Block[] {
  const { asset, notCompared, rows, decimals, unmapped } = snapshot;
  const heading: Block = { kind: 'heading', text: asset === null ? 'Rows' : `Rows of ${asset}` };
  if (rows === null) return [heading, { kind: 'note', tone: 'warn', text: `Not compared: ${notCompared}.` }];
  const rotated = rows.by === 'id' && rows.same + rows.changed === 0;
  const blocks: Block[] = [heading, countsBlock(rows, rotated)];
  if (unmapped?.some((count) => count > 0))
    blocks.push({
      kind: 'note',
      tone: 'warn',
      text: `Rows that the mapping does not have, and that are not compared: ${unmapped.join(' before, ')} after.`,
    });
  if (rotated)
    return [
      ...blocks,
      {
        kind: 'note',
        tone: 'muted',
        text: 'No id is in both: ids are new in every epoch, so rows cannot be compared without the mappings (--mapping-a and --mapping-b).',
      },
    ];
  if (rows.by === 'id' && snapshot.epochsDiffer)
    blocks.push({
      kind: 'note',
      tone: 'bad',
      text: 'Ids are in both, though these are different epochs: ids must be new in every epoch, or users can be followed.',
    });
  if (rows.first !== null) blocks.push(firstBlock(rows.first, rows.by, decimals));
  if (rows.biggest.length > 0) blocks.push(biggestBlock(rows, decimals));
  return blocks;
}

/** @param rotated the ids of one side say nothing of the other's */
function countsBlock({ rows: [a, b], same, changed, onlyA, onlyB }: RowsDiff, rotated: boolean): Block {
  const counts = [
    ['the same', same],
    ['changed', changed],
    ['only before', onlyA],
    ['only after', onlyB],
  ] as const;
  return {
    kind: 'keyValues',
    rows: [
      { key: 'rows', value: a === b ? number(a) : `${number(a)} → ${number(b)}` },
      ...(rotated ? [] : counts).map(([key, count]) => ({ key, value: number(count) })),
    ],
  };
}

const number = (count: number): string => count.toLocaleString('en');

const firstBlock = ({ key, a, b }: RowChange, by: RowsDiff['by'], decimals: number): Block => ({
  kind: 'keyValues',
  rows: [
    { key: `first ${by} that differs`, value: by === 'wallet' ? accountText(key) : key },
    { key: 'before', value: amountsText(a, decimals) },
    { key: 'after', value: amountsText(b, decimals) },
  ],
});

function amountsText(amounts: Amounts | null, decimals: number): string {
  if (amounts === null) return 'not there';
  const { total, withdrawable, request } = amounts;
  const [owed, free, asked] = [total, withdrawable, request].map((one) => amountText(one, decimals));
  return `total ${owed}, withdrawable ${free}, request ${asked}`;
}

function biggestBlock({ biggest, by }: RowsDiff, decimals: number): Block {
  const columns = ['total', 'withdrawable', 'request'] as const;
  return {
    kind: 'table',
    columns: [
      { header: `largest changes, by ${by}` },
      { header: '' },
      ...columns.map((header) => ({ header, align: 'right' as const })),
    ],
    rows: biggest.map(({ key, a, b }) => [
      by === 'wallet' ? accountText(key) : key,
      a === null ? 'new' : b === null ? 'gone' : 'changed',
      ...columns.map((column): Cell => {
        const difference = (b?.[column] ?? 0n) - (a?.[column] ?? 0n);
        if (difference === 0n) return '';
        return keyed(`${difference > 0n ? '+' : ''}${amountText(difference, decimals)}`, difference);
      }),
    ]),
  };
}
