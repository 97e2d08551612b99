/** What `pofbs verify`, its parts, `pofbs merge` and `pofbs cid` show. */

import { type BursarError, verificationError } from '../errors.js';
import { escapeInvisible } from '../shown.js';
import { type Block, cell, type View } from '../view.js';
import { assetAmount } from './amountText.js';
import type { ShardResult } from './files/shardFiles.js';
import type { CidResult } from './files/verifyFiles.js';
import { countOf } from './judgeSnapshot.js';
import { RULES } from './rules.js';
import { SHARD_ROWS } from './types.js';
import type { Truth } from './verdict.js';
import type { FirstBroken, PofbsVerify, RuleVerdict, VerifiedAsset } from './verify.js';

export function verifyView(result: PofbsVerify): View {
  const { verdicts, assets, epoch } = result;
  const open = verdicts.filter(({ verdict }) => verdict === 'NOT CHECKED');
  return {
    title: epoch === null ? (assets[0]?.asset ?? 'Epoch') : `Epoch ${epoch.epoch}`,
    subtitle: summaryText(result),
    blocks: [
      { kind: 'checks', rows: verdicts.map(checkRow) },
      ...(open.length === 0
        ? []
        : [
            {
              kind: 'note',
              tone: 'warn',
              text: `NOT CHECKED: ${open.map(({ rule }) => rule).join(', ')}. Nothing is said about ${open.length === 1 ? 'it' : 'them'}.`,
            } as const,
          ]),
      ...(result.first === null ? [] : firstBlocks(result.first)),
      ...assets.flatMap((asset) => assetBlocks(asset, result.cidProfile)),
      ...gpmpBlocks(result),
    ],
  };
}

/** With what the command ends unless everything that was asked for is TRUE; null if it is. */
export function verifyError({ valid, verdicts, first }: PofbsVerify): BursarError | null {
  if (valid) return null;
  const named = (verdict: Truth) =>
    verdicts.filter((one) => one.asked && one.verdict === verdict).map(({ rule }) => rule);
  const [wrong, open] = [named('FALSE'), named('NOT CHECKED')];
  const details = { first: first?.rule ?? null, false: wrong, notChecked: open };
  if (first !== null) {
    const { says, stops } = RULES[first.rule];
    return verificationError(
      'SNAPSHOT_FALSE',
      `Refused: ${first.rule} is FALSE. "${sentence(says)}" does not hold: ${sentence(first.why)}.`,
      {
        hint: `The rule stops ${stops}. Do not sign for this epoch; tell the custodian.`,
        details,
      },
    );
  }
  return verificationError('SNAPSHOT_NOT_CHECKED', `Asked for and NOT CHECKED: ${open.join(', ')}.`, {
    hint: 'The reason stands beside each of them; give what is missing, or do not ask for it.',
    details,
  });
}

function summaryText({ valid, verdicts, first }: PofbsVerify): string {
  if (first !== null) return `FALSE: "${sentence(RULES[first.rule].says)}" does not hold`;
  if (!valid) return 'not everything that was asked for could be checked';
  const open = verdicts.some(({ verdict }) => verdict === 'NOT CHECKED');
  return open ? 'everything that was asked for is TRUE' : 'every rule is TRUE';
}

const checkRow = ({ rule, verdict, why }: RuleVerdict) => ({
  ok: verdict === 'NOT CHECKED' ? ('warn' as const) : verdict === 'TRUE',
  title: `${verdict}  ${rule}  ${sentence(RULES[rule].says)}`,
  detail: why,
});

function firstBlocks({ rule, line, offset, text, why }: FirstBroken): Block[] {
  if (line === null || offset === null)
    return [{ kind: 'note', tone: 'bad', text: `The first rule broken is ${rule}: ${sentence(why)}.` }];
  return [
    {
      kind: 'note',
      tone: 'bad',
      text: `The first rule broken is ${rule}, on line ${line.toLocaleString('en')} of the file, byte ${offset.toLocaleString('en')}:`,
    },
    { kind: 'code', text: text ?? '' },
  ];
}

function assetBlocks(asset: VerifiedAsset, profile: string): Block[] {
  const amount = (units: bigint | null) =>
    units === null ? cell('no sum', 'warn') : assetAmount(units, asset);
  return [
    { kind: 'heading', text: `${asset.asset}: ${escapeInvisible(asset.file)}` },
    {
      kind: 'keyValues',
      rows: [
        { key: 'Rows', value: `${number(asset.rows)} in ${number(asset.bytes)} bytes` },
        { key: 'Owed', value: amount(asset.total) },
        { key: 'Requests', value: amount(asset.requests) },
        ...(asset.balance === null ? [] : [{ key: 'Held', value: amount(asset.balance) }]),
        { key: 'Root', value: asset.root ?? cell('no tree', 'warn') },
        { key: 'SHA-256', value: asset.sha256 ?? cell('not computed', 'warn') },
        { key: 'CID', value: asset.cid ?? cell('not computed', 'warn'), note: profile },
      ],
    },
  ];
}

function gpmpBlocks({ gpmp: { computed, claimed, expected } }: PofbsVerify): Block[] {
  const rows = [
    { key: 'from the rows', value: computed },
    { key: 'in the manifest', value: claimed },
    { key: 'expected', value: expected },
  ].flatMap(({ key, value }) => (value === null ? [] : [{ key, value: cell(value, 'strong') }]));
  return rows.length === 0
    ? []
    : [
        { kind: 'heading', text: 'GPMP' },
        { kind: 'keyValues', rows },
      ];
}

export function shardView(result: ShardResult): View {
  const { part, of, rows, row, from, to, shards, first, stopped, out } = result;
  return {
    title: `${result.asset}, part ${part} of ${of}`,
    subtitle:
      rows === 0
        ? `no shard is left for it: one has ${SHARD_ROWS.toLocaleString('en')} rows`
        : countOf(shards, 'shard'),
    blocks: [
      {
        kind: 'keyValues',
        rows: [
          { key: 'Rows', value: rows === 0 ? 'none' : `${number(row + 1)} to ${number(row + rows)}` },
          { key: 'Bytes', value: `${number(from)} to ${number(to)}` },
          { key: 'Written', value: escapeInvisible(out) },
        ],
      },
      ...(first === null ? [] : firstBlocks(first)),
      ...(stopped === null
        ? []
        : [{ kind: 'note', tone: 'bad', text: `Not judged to its end: ${sentence(stopped)}.` } as const]),
      { kind: 'note', tone: 'muted', text: 'The verdict on the whole is that of `bursar pofbs merge`.' },
    ],
  };
}

/** With what a part ends that is wrong by itself; null if it is not. */
export function shardError({ first, stopped, part }: ShardResult): BursarError | null {
  if (first === null && stopped === null) return null;
  return verificationError(
    'SNAPSHOT_FALSE',
    first === null
      ? `Part ${part} could not be judged to its end: ${sentence(stopped ?? '')}.`
      : `In part ${part} ${first.rule} is FALSE: "${sentence(RULES[first.rule].says)}" does not hold (${first.why}).`,
    { hint: 'The partial was written all the same; `bursar pofbs merge` judges the whole.' },
  );
}

export const cidView = ({ file, cid, profile, bytes }: CidResult): View => ({
  title: escapeInvisible(file),
  blocks: [
    {
      kind: 'keyValues',
      rows: [
        { key: 'CID', value: cell(cid, 'strong') },
        { key: 'Profile', value: profile },
        { key: 'Bytes', value: number(bytes) },
      ],
    },
  ],
});

const sentence = (text: string): string => text.replace(/\.$/, '');
const number = (value: number): string => value.toLocaleString('en');
