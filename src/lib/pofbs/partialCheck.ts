/**
 * Whether a partial can be what one run found: every field is held against the others. What it says of bytes that nobody
 * has here is believed (who merges partials trusts who made them), but not two things at once.
 */

import { PROFILES } from './cid.js';
import type { Part } from './engine.js';
import type { Findings } from './findings.js';
import { toHex } from './gpmp.js';
import type { Partial } from './partial.js';
import { compareIds, LINE_RULES, type SnapshotRule, type Violation } from './scan.js';
import { type CidProfile, SHARD_ROWS } from './types.js';

const MOST = (1n << 128n) - 1n;
/** The first line breaks these, before row 0. */
const OF_HEADER: readonly SnapshotRule[] = ['E_BOM', 'E_HEADER', 'E_LINE_ENDING', 'E_FINAL_NEWLINE'];
/** A line that breaks none but these is a row, and in the tree. */
const OF_ROWS: readonly SnapshotRule[] = ['C6', 'E_ORDER', 'C4', 'C4b'];

/** The first contradiction, a sentence; null if there is none. */
export function contradictionIn({ part, of, profile, content }: Partial): string | null {
  if (part < 1 || part > of) return `It is part ${part} of ${of}.`;
  if (content === null) return null;
  return (
    placeFault(content) ??
    offsetsFault(content) ??
    shardsFault(content) ??
    idsFault(content) ??
    findingsFault(content) ??
    leavesFault(content, profile)
  );
}

function placeFault({ row, rows, from, to, ended, stopped, sha256 }: Part): string | null {
  if (row % SHARD_ROWS !== 0) return 'It does not begin with a whole shard.';
  if ((row === 0) !== (from === 0))
    return 'Its first row and its first byte are not both the first of the file.';
  if (to < from + rows) return 'It has more lines than bytes.';
  if (stopped !== null && ended) return 'It was not judged to its end, and says that the file ended with it.';
  if (stopped === null && !ended && (rows === 0 || rows % SHARD_ROWS !== 0))
    return 'The file goes on behind it, and it does not end with a whole shard.';
  const whole = row === 0 && ended && stopped === null;
  if ((sha256 !== null) !== whole)
    return whole
      ? 'It is the whole file, and has no SHA-256.'
      : 'It has a SHA-256, and is not the whole file.';
  return null;
}

function offsetsFault({ row, rows, from, to, stopped, offsets }: Part): string | null {
  const shards = Math.ceil(rows / SHARD_ROWS);
  if (stopped === null ? offsets.length !== shards : offsets.length < shards)
    return 'It has not one offset for each of its shards.';
  const ascending = offsets.every((at, index) => at >= (offsets[index - 1] ?? from) && at <= to);
  const [first] = offsets;
  if (!ascending || (first !== undefined && (row === 0 ? first === 0 : first !== from)))
    return 'Its offsets are no places where its shards can begin.';
  const apart = offsets.every(
    (at, index) => index === 0 || at - (offsets[index - 1] as number) >= SHARD_ROWS,
  );
  return apart ? null : 'Its offsets are closer to each other than the rows of a shard.';
}

function shardsFault({ rows, stopped, shards, findings }: Part): string | null {
  const count = Math.ceil(rows / SHARD_ROWS);
  const malformed = isMalformed(findings);
  if (malformed && shards.length > 0) return 'A line is no row, and it has roots of shards all the same.';
  if (!malformed && stopped === null && shards.length !== count)
    return 'It has not one root for each of its shards.';
  if (shards.length > count) return 'It has more roots than shards.';
  for (const [index, { total, requests }] of shards.entries()) {
    const most = BigInt(Math.min(SHARD_ROWS, rows - index * SHARD_ROWS)) * MOST;
    if (total > most || requests > most) return 'A shard holds more than its rows can.';
    if (requests > total && findings.first.C4 === undefined && findings.first.C4b === undefined)
      return 'More is requested than is owed, and no row is said to request too much.';
  }
  return null;
}

/** Whether a line after the header is no row. */
function isMalformed({ first, count }: Findings): boolean {
  const rules = LINE_RULES.filter((rule) => !OF_ROWS.includes(rule));
  return rules.some((rule) => {
    const found = first[rule];
    return found !== undefined && (found.row >= 0 || (count[rule] ?? 1) > 1);
  });
}

function idsFault({ row, rows, stopped, first, lastId, findings, offsets }: Part): string | null {
  if ((first === null) !== (lastId === null))
    return 'It has a first id and no last one, or the other way round.';
  const malformed = isMalformed(findings);
  if (first === null) return rows > 0 && !malformed && stopped === null ? 'Its rows have no id.' : null;
  if (rows === 0) return 'It has an id, and no row.';
  if (first.row < row || first.row >= row + rows) return 'Its first id is of a row that it does not have.';
  if (first.line !== first.row + 2) return 'Its first id is not on the line of its row.';
  if (!malformed) {
    if (first.row !== row || first.offset !== offsets[0]) return 'Its first id is not that of its first row.';
    if (!first.text.startsWith(toHex(first.id).slice(2)))
      return 'Its first line does not begin with its first id.';
  }
  const order = compareIds(first.id, lastId as Uint8Array);
  if (first.row === row + rows - 1 && order !== 0) return 'Its only row has two ids.';
  const disorder = findings.first.C6 !== undefined || findings.first.E_ORDER !== undefined;
  return order >= 0 && rows > 1 && !malformed && !disorder
    ? 'Its last id does not come after its first, and no row is said to be out of order.'
    : null;
}

function findingsFault(part: Part): string | null {
  const { findings, row, rows } = part;
  const { earliest, first, count, unjudged } = findings;
  const rules = Object.keys(first) as SnapshotRule[];
  if (!sameNames(first, count)) return 'Its findings count other rules than those that they show.';
  for (const rule of rules) {
    const violation = first[rule] as Violation;
    const fault =
      violation.rule === rule ? violationFault(violation, part) : 'A finding stands under another rule.';
    if (fault !== null) return fault;
    const lines = rows - Math.max(0, violation.row - row) + (violation.row < 0 ? 1 : 0);
    const times = count[rule] as number;
    if (times < 1 || (part.stopped === null && times > lines))
      return 'A rule is broken by more lines than there are.';
  }
  const soonest = rules.reduce((least, rule) => Math.min(least, (first[rule] as Violation).row), Infinity);
  if (
    earliest === null ? rules.length > 0 : earliest.row !== soonest || !isSame(earliest, first[earliest.rule])
  )
    return 'Its first finding is none of its findings, or not the first.';
  const open = Object.values(unjudged) as number[];
  if (open.some((lines) => lines < 1 || (part.stopped === null && lines > rows)))
    return 'A rule was not judged on more lines than there are.';
  if (open.length > 0 && !isMalformed(findings)) return 'A rule was not judged, and every line is a row.';
  return null;
}

function violationFault({ rule, row, line, offset }: Violation, part: Part): string | null {
  if (rule === 'E_EMPTY') return 'A part alone cannot say that there are no rows.';
  if (line !== row + 2) return 'A finding is not on the line of its row.';
  if (row === -1)
    return part.row === 0 && offset === 0 && OF_HEADER.includes(rule)
      ? null
      : 'A finding is on the first line of the file, and cannot be.';
  if (rule === 'E_BOM' || rule === 'E_HEADER')
    return 'A finding about the first line of the file is on another.';
  const after = part.stopped === null && row >= part.row + part.rows;
  if (row < part.row || after) return 'A finding is on a row that the part does not have.';
  const least = part.row === 0 ? 1 : part.from;
  return offset < least || (part.stopped === null && offset >= part.to)
    ? 'A finding is at a byte that the part does not have.'
    : null;
}

function leavesFault({ from, to, ended, stopped, leaves }: Part, profile: CidProfile): string | null {
  const own = leaves[profile];
  if (own === undefined || Object.keys(leaves).length !== 1)
    return `It has not the leaves of the CID under ${profile}, or others.`;
  if (stopped !== null) return null;
  const { chunk } = PROFILES[profile];
  const [begin, end] = [Math.ceil(from / chunk), Math.ceil(to / chunk)];
  if (own.first !== begin || own.leaves.length !== end - begin)
    return 'It has not one leaf for each chunk that begins in it.';
  const last = own.leaves.at(-1);
  if (last === undefined) return null;
  const reaches = (end - 1) * chunk + last.size;
  // The last chunk may go on into the next part, up to the end of the file.
  if (last.size > chunk || reaches < to || (ended && reaches !== to))
    return 'Its last leaf is of a chunk of another length.';
  return null;
}

const sameNames = (one: object, other: object): boolean =>
  Object.keys(one).sort().join() === Object.keys(other).sort().join();

const isSame = (one: Violation, other: Violation | undefined): boolean =>
  other !== undefined &&
  one.row === other.row &&
  one.line === other.line &&
  one.offset === other.offset &&
  one.text === other.text;
