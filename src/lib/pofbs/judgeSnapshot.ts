/** The rules of one snapshot: those of its lines, and those that bind the file to the manifest. */

import { assetAmount } from './amountText.js';
import { looksPrivate } from './artifact.js';
import { sameCid } from './cidText.js';
import type { Summary } from './engine.js';
import { toHex } from './gpmp.js';
import { LINE_RULES, type SnapshotRule } from './scan.js';
import type { AssetEntry, CidProfile } from './types.js';
import { broken, holds, type Judged, open, unless, type Verdicts } from './verdict.js';

/** Rules of the file itself. */
export const FILE_RULES = [
  'E_BOM',
  'E_HEADER',
  ...LINE_RULES,
  'E_EMPTY',
] as const satisfies readonly SnapshotRule[];

/** Amounts stand in columns, which only the header names. */
const OF_COLUMNS: ReadonlySet<SnapshotRule> = new Set(['C1', 'C2', 'C3', 'C4', 'C4b', 'C6']);
/** What a file without rows says nothing about. */
const OF_ROWS: ReadonlySet<SnapshotRule> = new Set([...OF_COLUMNS, 'E_ORDER']);

/** What the manifest says of the file that was read. */
export interface Claimed {
  readonly entry: AssetEntry;
  readonly profile: CidProfile;
}

/** @param claimed null if there is no manifest */
export function judgeSnapshot(summary: Summary, claimed: Claimed | null): Verdicts {
  const ofLines = Object.fromEntries(FILE_RULES.map((rule) => [rule, judgeRule(rule, summary)]));
  return { ...ofLines, ...(claimed === null ? {} : judgeClaims(summary, claimed)) };
}

function judgeRule(rule: SnapshotRule, summary: Summary): Judged {
  const { findings, rows, stopped } = summary;
  const first = findings.first[rule];
  if (rule === 'E_EMPTY') {
    if (rows > 0) return holds(countOf(rows, 'row'));
    return stopped === null ? broken('there is no row') : open(`${stopped}, and no further line was judged`);
  }
  if (first !== undefined) {
    const count = findings.count[rule] ?? 1;
    const more = count > 1 ? `, and ${countOf(count - 1, 'further line')}` : '';
    const other = rule === 'E_HEADER' ? looksPrivate(first.text) : null;
    return broken(
      `line ${first.line.toLocaleString('en')} of the file (byte ${first.offset.toLocaleString('en')})${more}${other === null ? '' : `; ${other}`}`,
    );
  }
  if (rule === 'E_BOM') return holds('it begins with its first line');
  if (rule === 'E_HEADER') return holds('word for word');
  if (stopped !== null) return open(`${stopped}, and no further line was judged`);
  if (OF_ROWS.has(rule) && rows === 0) return open('there is no row');
  if (OF_COLUMNS.has(rule) && findings.first.E_HEADER !== undefined)
    return open('the header does not say what the columns are');
  const unjudged = findings.unjudged[rule] ?? 0;
  if (unjudged > 0)
    return open(`it cannot be judged on ${countOf(unjudged, 'line')}, where another rule is broken`);
  if (rule === 'C6' && findings.first.E_ORDER !== undefined)
    return open('rows do not ascend, so the same id may stand in two places');
  return holds(rows === 0 ? 'no line breaks it' : `all ${countOf(rows, 'row')}`);
}

function judgeClaims(summary: Summary, { entry, profile }: Claimed): Verdicts {
  return {
    E_ROWCOUNT: judgeRowCount(summary, entry),
    R_FILE: judgeFile(summary, entry, profile),
    R_OFFSETS: judgeOffsets(summary, entry),
    R_ROOT: withTree(summary, ({ hash }) =>
      toHex(hash) === entry.root ? null : `the rows come to ${toHex(hash)}, the manifest says ${entry.root}`,
    ),
    R_TOTALS: withTree(summary, ({ total, requests }) => {
      if (total !== entry.total)
        return `totals come to ${assetAmount(total, entry)}, the manifest says ${assetAmount(entry.total, entry)}`;
      return requests === entry.requests
        ? null
        : `requests come to ${assetAmount(requests, entry)}, the manifest says ${assetAmount(entry.requests, entry)}`;
    }),
  };
}

function judgeRowCount({ rows, stopped }: Summary, entry: AssetEntry): Judged {
  const fault = `the file has ${rows.toLocaleString('en')}, the manifest says ${entry.rows.toLocaleString('en')}`;
  if (stopped !== null && rows <= entry.rows) return open(stopped);
  return rows === entry.rows ? holds(countOf(rows, 'row')) : broken(fault);
}

function judgeFile(
  { stopped, bytes, sha256, cids }: Summary,
  entry: AssetEntry,
  profile: CidProfile,
): Judged {
  if (stopped !== null) return open(`${stopped}, and the file was not read to its end`);
  if (bytes !== entry.bytes)
    return broken(
      `it has ${bytes.toLocaleString('en')} bytes, the manifest says ${entry.bytes.toLocaleString('en')}`,
    );
  if (sha256 !== null && sha256 !== entry.sha256)
    return broken(`its SHA-256 is ${sha256}, the manifest says ${entry.sha256}`);
  const cid = cids[profile];
  if (cid === undefined) return open(`its CID was not computed under ${profile}`);
  if (!sameCid(cid, entry.cid)) return broken(`its CID is ${cid}, the manifest says ${entry.cid}`);
  return sha256 === null
    ? open('length and CID are those of the manifest; the SHA-256 cannot be joined from parts')
    : holds('recomputed from all bytes');
}

function judgeOffsets({ stopped, offsets }: Summary, entry: AssetEntry): Judged {
  const wrong = offsets.findIndex((offset, index) => offset !== entry.offsets[index]);
  if (wrong !== -1) {
    const said = entry.offsets[wrong];
    return broken(
      `shard ${wrong} begins at byte ${offsets[wrong]}, the manifest says ${said ?? 'nothing of it'}`,
    );
  }
  if (stopped !== null) return open(stopped);
  return unless(
    offsets.length === entry.offsets.length
      ? null
      : `there are ${countOf(offsets.length, 'shard')}, the manifest says ${entry.offsets.length}`,
    countOf(offsets.length, 'shard'),
  );
}

function withTree(
  { root, stopped }: Summary,
  fault: (root: NonNullable<Summary['root']>) => string | null,
): Judged {
  if (root === null) return open(stopped ?? 'there is no tree: a line is no row, or there is none');
  return unless(fault(root), 'recomputed from all rows');
}

/** `1 row`, `2,000 rows` */
export const countOf = (count: number, what: string): string =>
  `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`;
