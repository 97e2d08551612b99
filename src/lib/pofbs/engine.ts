/**
 * What a snapshot comes to: every rule of its lines, the tree's root and sums, the file's digests and where its shards
 * begin, in one pass over its bytes. Knows no files: bytes come from an {@link Input}.
 */

import { CidFold, PROFILES } from './cid.js';
import type { Input } from './cutter.js';
import { addFindings, type Findings, judgeBorder, noFindings, note } from './findings.js';
import { Fold, lift } from './fold.js';
import { BATCH_ROWS } from './kernel.js';
import { judgePart, type Part, type PartOptions } from './part.js';
import type { Group, Grouping } from './savedTree.js';
import { depthOf } from './tree.js';
import { type CidProfile, SHARD_ROWS, type SumNode } from './types.js';

export type { Input } from './cutter.js';
export { judgePart, type Part, type PartOptions, type Progress, type Stretch } from './part.js';
export type SummarizeOptions = PartOptions;

/** What a snapshot comes to. */
export interface Summary {
  /** Lines after the header, as far as they were judged. */
  readonly rows: number;
  /** The file's length; if it was not judged to its end, how far it was. */
  readonly bytes: number;
  /** Of the file's bytes, 0x hex. Null if one thread did not read all of them. */
  readonly sha256: string | null;
  /** None if the file was not read to its end. */
  readonly cids: { readonly [Profile in CidProfile]?: string };
  /** Byte at which every shard begins. */
  readonly offsets: readonly number[];
  /** Root and sums; null if a line is no row, the header is wrong, or there are no rows. */
  readonly root: SumNode | null;
  /** The roots of the shards, left to right, all of one height; of a lone shard as high as its rows need. Empty without a root. */
  readonly shards: readonly SumNode[];
  /** The smallest groups of rows whose roots are known; null without a root. */
  readonly groups: Grouping | null;
  /** The first and the last id; null without one. */
  readonly firstId: Uint8Array | null;
  readonly lastId: Uint8Array | null;
  /** Rules that are broken: none in a file that may be published. */
  readonly findings: Findings;
  /** Why the rest of the file was not judged; null if it was. */
  readonly stopped: string | null;
  /** If asked for: of every row with a request its id and the request, 16 bytes in little endian. */
  readonly requests?: readonly Uint8Array[];
}

/** Reads a snapshot from its start to its end. @throws what reading throws, and the signal's reason */
export async function summarize(input: Input, options: SummarizeOptions = {}): Promise<Summary> {
  return joinParts([await judgePart(input, options)], options.shardRows);
}

/**
 * What the parts of a file come to together.
 * @param parts at least one, in order, the first from the file's start
 */
export function joinParts(parts: readonly Part[], shardRows: number = SHARD_ROWS): Summary {
  const findings = noFindings();
  let lastId: Uint8Array | null = null;
  for (const part of parts) {
    const own = structuredClone(part.findings);
    if (part.first !== null && lastId !== null) judgeBorder(own, lastId, part.first);
    addFindings(findings, own);
    lastId = part.lastId ?? lastId;
  }
  const [first, last] = [parts[0] as Part, parts.at(-1) as Part];
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const stopped = parts.find((part) => part.stopped !== null)?.stopped ?? seamOf(parts, shardRows);
  const complete = stopped === null && last.ended;
  if (rows === 0 && complete) note(findings, { rule: 'E_EMPTY', row: 0, line: 2, offset: last.to, text: '' });
  const offsets = joinOffsets(parts);
  const { root, shards, groups } =
    complete && !breaksForm(findings) ? foldShards(parts, rows, shardRows, offsets) : NO_TREE;
  const requests = parts.flatMap((part) => part.requests ?? []);
  return {
    rows,
    bytes: last.to,
    sha256: parts.length === 1 ? first.sha256 : null,
    cids: complete ? joinCids(parts) : {},
    offsets,
    root,
    shards,
    groups,
    firstId: parts.find((part) => part.first !== null)?.first?.id ?? null,
    lastId,
    findings,
    stopped,
    ...(first.requests === undefined ? {} : { requests }),
  };
}

/** Why parts do not make one file; null if each begins where the one before ends. */
function seamOf(parts: readonly Part[], shardRows: number): string | null {
  const last = parts.length - 1;
  const seam = parts.findIndex(
    (part, index) =>
      index < last &&
      (part.ended ||
        part.to !== parts[index + 1]?.from ||
        part.row + part.rows !== parts[index + 1]?.row ||
        part.rows % shardRows > 0),
  );
  if (seam === -1) return parts[last]?.ended === true ? null : 'the end of the file was not read';
  const { row, rows, to, ended } = parts[seam] as Part;
  const next = parts[seam + 1] as Part;
  if (ended) return `the file ends at byte ${to}, before rows that are said to follow`;
  return to !== next.from
    ? `a part ends at byte ${to}, and the next one begins at byte ${next.from}`
    : `a part ends before row ${row + rows}, which is not where the next one begins with a whole shard`;
}

/** Where shards truly begin: the first one of a part is where the part before ended. */
function joinOffsets(parts: readonly Part[]): number[] {
  const offsets: number[] = [];
  for (const [index, part] of parts.entries()) {
    const [said, ...further] = part.offsets;
    const start = index === 0 ? said : parts[index - 1]?.to;
    if (start !== undefined) offsets.push(start, ...further);
    if (part.stopped !== null) break;
  }
  return offsets;
}

const NO_TREE = { root: null, shards: [], groups: null };

/** Whether a line is no row: rows that are out of order, occur twice or break a condition are in the tree. */
function breaksForm(findings: Findings): boolean {
  const kept = new Set(['E_ORDER', 'C4', 'C4b', 'C6']);
  return Object.keys(findings.first).some((rule) => !kept.has(rule));
}

function foldShards(
  parts: readonly Part[],
  rows: number,
  shardRows: number,
  offsets: readonly number[],
): Pick<Summary, 'root' | 'shards' | 'groups'> {
  const nodes = parts.flatMap((part) => part.shards);
  const fold = new Fold(shardRows);
  const rest = rows - (nodes.length - 1) * shardRows;
  for (const [index, node] of nodes.entries()) fold.push(node, index < nodes.length - 1 ? shardRows : rest);
  const root = fold.finish();
  if (root === null) return NO_TREE;
  const shards = level(nodes, rows, shardRows);
  const whole = shards.map((shard, index) => ({ offset: offsets[index] as number, root: shard }));
  const groups = groupsOf(parts, rows, Math.min(BATCH_ROWS, shardRows)) ?? {
    rows,
    groupRows: shardRows,
    groups: whole,
  };
  return { root: root.node, shards, groups };
}

/** Null if the parts do not have them. */
function groupsOf(parts: readonly Part[], rows: number, groupRows: number): Grouping | null {
  if (parts.some(({ groups }) => groups === undefined)) return null;
  const groups = parts.flatMap((part) => part.groups ?? []);
  const roots = level(
    groups.map(({ root }) => root),
    rows,
    groupRows,
  );
  return {
    rows,
    groupRows,
    groups: groups.map(({ offset }, index): Group => ({ offset, root: roots[index] as SumNode })),
  };
}

/** Roots of groups of rows at one height: the last one is lifted, unless it is the only one. */
function level(nodes: readonly SumNode[], rows: number, groupRows: number): readonly SumNode[] {
  if (nodes.length === 1) return nodes;
  const rest = rows - (nodes.length - 1) * groupRows;
  const last = { node: nodes.at(-1) as SumNode, depth: depthOf(rest) };
  return [...nodes.slice(0, -1), lift(last, depthOf(groupRows))];
}

function joinCids(parts: readonly Part[]): Summary['cids'] {
  const cids: { [Profile in CidProfile]?: string } = {};
  for (const profile of Object.keys(PROFILES) as CidProfile[]) {
    if (parts.some((part) => part.leaves[profile] === undefined)) continue;
    const fold = new CidFold(profile);
    let place = 0;
    for (const { leaves } of parts) {
      const own = leaves[profile];
      if (own?.first !== place) break;
      for (const leaf of own.leaves) fold.push(leaf);
      place += own.leaves.length;
    }
    if (place === Math.ceil((parts.at(-1) as Part).to / PROFILES[profile].chunk))
      cids[profile] = fold.finish();
  }
  return cids;
}
