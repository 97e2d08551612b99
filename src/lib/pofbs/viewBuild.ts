/** What `pofbs build` and `pofbs map check` show. */

import { type BursarError, verificationError } from '../errors.js';
import { formatDecimal } from '../numeric/decimal.js';
import { escapeInvisible } from '../shown.js';
import { type Block, cell, type View } from '../view.js';
import { accountText } from './accountText.js';
import type { BuildResult } from './files/buildEpoch.js';
import type { MapCheckResult } from './files/checkMapping.js';
import { iso, NO_EPOCH } from './header.js';
import { countOf } from './judgeSnapshot.js';
import type { MappingFault, MappingVerdict } from './mapRules.js';

export function buildView(result: BuildResult): View {
  const { mapping, directory } = result;
  const sealed = mapping.sealedFor > 0;
  return {
    title: `Epoch ${result.epoch}`,
    subtitle: `built and verified, in ${escapeInvisible(directory)}`,
    blocks: [
      {
        kind: 'keyValues',
        rows: [
          { key: 'GPMP', value: cell(result.gpmp, 'strong') },
          { key: 'Chain', value: result.chain },
          { key: 'Custody', value: accountText(result.custody) },
          { key: 'Time', value: iso(result.timestamp) },
          {
            key: 'Follows',
            value: result.prevGpmp === NO_EPOCH ? 'nothing: the first epoch' : result.prevGpmp,
          },
          {
            key: 'Wallets',
            value: count(mapping.wallets),
            note: mapping.salts === 'made' ? 'with new salts' : 'with the salts that were given',
          },
        ],
      },
      {
        kind: 'table',
        columns: [
          { header: 'Asset' },
          { header: 'Rows', align: 'right' },
          { header: 'Owed', align: 'right' },
          { header: 'Requests', align: 'right' },
          { header: 'Root' },
        ],
        rows: result.assets.map(({ asset, decimals, rows, total, requests, root }) => [
          asset,
          count(rows),
          formatDecimal(total, decimals, { grouping: ',' }),
          formatDecimal(requests, decimals, { grouping: ',' }),
          `${root.slice(0, 18)}…`,
        ]),
      },
      { kind: 'heading', text: 'Publish' },
      { kind: 'list', items: [...result.publicFiles] },
      {
        kind: 'heading',
        text: sealed ? `For the validators (sealed for ${mapping.sealedFor})` : 'Private',
      },
      { kind: 'list', items: [...result.privateFiles] },
      ...result.warnings.map((text): Block => ({ kind: 'note', tone: 'warn', text })),
    ],
  };
}

export function mapCheckView(result: MapCheckResult): View {
  const rows = result.snapshots.map(({ name, rows }) => `${escapeInvisible(name)}: ${countOf(rows, 'row')}`);
  return {
    title: 'Mapping',
    subtitle: `${countOf(result.wallets, 'wallet')}: ${result.valid ? 'TRUE, they are those of the snapshots' : 'FALSE'}`,
    blocks: [
      {
        kind: 'checks',
        rows: result.verdicts.map((verdict) => ({
          ok: verdict.answer === 'TRUE' ? true : verdict.answer === 'FALSE' ? false : 'warn',
          title: `${verdict.rule} ${verdict.answer}: ${verdict.says.replace(/\.$/, '')}`,
          ...detailOf(verdict),
        })),
      },
      { kind: 'paragraph', text: `Read: ${rows.join('; ')}.` },
      ...(result.repeatedSalts === 0
        ? []
        : [
            {
              kind: 'note',
              tone: 'warn',
              text: `${count(result.repeatedSalts)} wallets have a salt that another one has too: each of their owners can find out the others.`,
            } as const,
          ]),
      {
        kind: 'note',
        tone: 'muted',
        text: 'This compares the mapping with the files. Whether the files are right, bursar pofbs verify says.',
      },
    ],
  };
}

function detailOf({ first, count: times, reason }: MappingVerdict): { readonly detail?: string } {
  if (first !== null)
    return { detail: `${placeOf(first)}${times > 1 ? ` (the first of ${count(times)})` : ''}` };
  return reason === null ? {} : { detail: reason };
}

/** `line 7 of the mapping (byte 1209, id 4ddd…) has the wallet of line 3`. */
export function placeOf({ file, line, offset, id, why }: MappingFault): string {
  const where = file === 'mapping' || file === 'requests' ? `the ${file}` : escapeInvisible(file);
  const more = [...(offset === null ? [] : [`byte ${offset}`]), ...(id === null ? [] : [`id ${id}`])];
  const place = line === null ? where : `line ${line} of ${where}`;
  return `${place}${more.length === 0 ? '' : ` (${more.join(', ')})`}: ${escapeInvisible(why)}`;
}

/** With what the command ends when a rule is not TRUE. */
export function mapCheckError({ verdicts }: MapCheckResult): BursarError {
  const broken = verdicts.find(({ answer }) => answer === 'FALSE');
  const [code, why] =
    broken === undefined
      ? ['NOT_CHECKED', 'A rule could not be judged.']
      : [broken.rule, `"${broken.says}" does not hold.`];
  const place = broken?.first ?? null;
  return verificationError(
    code,
    `The mapping is refused. ${why}${place === null ? '' : ` ${sentence(placeOf(place))}`}`,
    {
      hint: 'Do not vote for this epoch. Ask the custodian for the mapping that belongs to the files.',
      details: { rule: broken?.rule ?? null, line: place?.line ?? null, offset: place?.offset ?? null },
    },
  );
}

const sentence = (text: string): string => `${text[0]?.toUpperCase()}${text.slice(1).replace(/\.$/, '')}.`;

const count = (value: number): string => value.toLocaleString('en-US');
