/**
 * The upper nodes of a snapshot's tree, saved: where each group of rows begins, the groups' roots and all nodes above
 * (docs/formats/tree.md), so that the proof of one row reads one group and a path. Nothing in it is believed: whoever
 * uses it compares what comes out with the root that is bound to the GPMP.
 *
 *     "pofbs.tree/1\n" | rows u64 | group rows u32 | of each group: offset u64 | of each node: hash 32 | total u256 | requests u256
 *
 * with integers in little endian; nodes level by level, the groups' first, each level from left to right.
 */

import { type BursarError, verificationError } from '../errors.js';
import { unsigned } from './gpmp.js';
import { type Hasher, nodeHasher } from './hasher.js';
import { levelsAbove } from './levels.js';
import { depthOf, emptyRoot, le32 } from './tree.js';
import { MAX_ROWS, SHARD_ROWS, type SumNode } from './types.js';

/** An aligned subtree over rows that stand together in the file. */
export interface Group {
  /** Byte at which its first row begins. */
  readonly offset: number;
  /** As high as the other groups' roots; of a lone group as high as its rows need. */
  readonly root: SumNode;
}

/** All groups of a snapshot, left to right. */
export interface Grouping {
  readonly rows: number;
  /** Rows of every group but the last: a power of two. */
  readonly groupRows: number;
  readonly groups: readonly Group[];
}

/** The nodes over the groups, at hand or read when they are asked for. */
export interface UpperTree {
  readonly rows: number;
  readonly groupRows: number;
  /** Byte at which each group begins. */
  readonly offsets: () => Promise<readonly number[]>;
  /** @param level at least the groups' height @param index of a node with rows below it */
  readonly node: (level: number, index: number) => Promise<SumNode>;
}

/** A node that needs no rows to be read: null below the groups' roots. */
export async function knownNode(
  { rows, groupRows, node }: UpperTree,
  level: number,
  index: number,
): Promise<SumNode | null> {
  if (index * 2 ** level >= rows) return emptyRoot(level);
  return level < Math.min(depthOf(rows), depthOf(groupRows)) ? null : node(level, index);
}

/** Bytes at a place. */
export type ReadAt = (offset: number, length: number) => Promise<Uint8Array>;

const MAGIC = new TextEncoder().encode('pofbs.tree/1\n');
const HEAD = MAGIC.length + 8 + 4;
const OFFSET = 8;
const NODE = 96;

/** @throws verification SUM_OVERFLOW */
export function upperTree(grouping: Grouping, hasher: Hasher = nodeHasher): UpperTree {
  const { rows, groupRows, groups } = grouping;
  const levels = levelsOver(grouping, hasher);
  const lowest = depthOf(rows) + 1 - levels.length;
  return {
    rows,
    groupRows,
    offsets: async () => groups.map(({ offset }) => offset),
    node: async (level, index) => levels[level - lowest]?.[index] as SumNode,
  };
}

/** From the groups' roots up to the tree's. */
function levelsOver({ rows, groupRows, groups }: Grouping, hasher: Hasher): SumNode[][] {
  const roots = groups.map(({ root }) => root);
  const depth = depthOf(rows);
  return levelsAbove(roots, Math.min(depth, depthOf(groupRows)), depth, hasher);
}

/** @throws verification SUM_OVERFLOW */
export function savedTreeBytes(grouping: Grouping, hasher: Hasher = nodeHasher): Uint8Array {
  const { rows, groupRows, groups } = grouping;
  const levels = levelsOver(grouping, hasher);
  const nodes = levels.reduce((sum, level) => sum + level.length, 0);
  const bytes = new Uint8Array(HEAD + OFFSET * groups.length + NODE * nodes);
  let at = 0;
  const put = (part: Uint8Array) => {
    bytes.set(part, at);
    at += part.length;
  };
  for (const part of [MAGIC, unsigned(rows, 8, 'rows'), unsigned(groupRows, 4, 'groupRows')]) put(part);
  for (const { offset } of groups) put(unsigned(offset, OFFSET, 'offset'));
  for (const { hash, total, requests } of levels.flat())
    for (const part of [hash, le32(total), le32(requests)]) put(part);
  return bytes;
}

/**
 * @param size length of all bytes
 * @throws verification SAVED_TREE for bytes that are none
 */
export async function openSavedTree(size: number, readAt: ReadAt): Promise<UpperTree> {
  const head = await readAt(0, Math.min(HEAD, size));
  if (head.length < HEAD || !MAGIC.every((byte, at) => head[at] === byte))
    throw refused('It does not begin as one.');
  const view = viewOf(head);
  const rows = Number(view.getBigUint64(MAGIC.length, true));
  const groupRows = view.getUint32(MAGIC.length + 8, true);
  if (rows < 1 || rows > MAX_ROWS) throw refused('Its number of rows is not between 1 and 2^40.');
  if (groupRows < 1 || groupRows > SHARD_ROWS || 2 ** depthOf(groupRows) !== groupRows)
    throw refused(`The rows of its groups are no power of two up to ${SHARD_ROWS}.`);
  const groups = Math.ceil(rows / groupRows);
  const lowest = Math.min(depthOf(rows), depthOf(groupRows));
  /** Where each level from the groups' on begins; where the last one ends. */
  const starts = [HEAD + OFFSET * groups];
  for (let level = lowest; level <= depthOf(rows); level++)
    starts.push((starts.at(-1) as number) + NODE * Math.ceil(rows / 2 ** level));
  if (size !== starts.at(-1)) throw refused('Its length is not that of its number of rows.');
  return {
    rows,
    groupRows,
    async offsets() {
      const view = viewOf(await readAt(HEAD, OFFSET * groups));
      return Array.from({ length: groups }, (_, group) => Number(view.getBigUint64(OFFSET * group, true)));
    },
    async node(level, index) {
      const bytes = await readAt((starts[level - lowest] as number) + NODE * index, NODE);
      return {
        hash: bytes.slice(0, 32),
        total: readLe(viewOf(bytes), 32),
        requests: readLe(viewOf(bytes), 64),
      };
    },
  };
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  new DataView(buffer, byteOffset, byteLength);

function readLe(view: DataView, at: number): bigint {
  let value = 0n;
  for (let word = 3; word >= 0; word--) value = (value << 64n) | view.getBigUint64(at + 8 * word, true);
  return value;
}

const refused = (why: string): BursarError =>
  verificationError('SAVED_TREE', `The saved tree is refused. ${why}`, {
    hint: 'Delete it: it follows from the snapshot. `bursar pofbs verify --save-tree` writes it again.',
  });
