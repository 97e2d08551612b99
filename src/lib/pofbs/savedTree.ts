/**
 * The upper levels of a snapshot's tree, saved: the root and the sums of every shard (docs/formats/tree.md), so that the
 * proof of one row needs one shard only. Nothing in it is believed: its nodes are folded again, and whoever uses it
 * compares what comes out with the root that is bound to the GPMP.
 *
 *     "pofbs.tree/1\n" | rows u64 | shard rows u32 | of each shard: hash 32 | total u256 | requests u256
 *
 * with integers in little endian; the last shard's node is as high as the others, a lone one's as high as its rows need.
 */

import { type BursarError, verificationError } from '../errors.js';
import { Fold, lift } from './fold.js';
import { unsigned } from './gpmp.js';
import { depthOf, le32 } from './tree.js';
import { MAX_ROWS, SHARD_ROWS, type SumNode } from './types.js';

export interface SavedTree {
  readonly rows: number;
  /** Rows of a shard. */
  readonly shardRows: number;
  /** Roots of the shards, as `Summary.shards` has them. */
  readonly shards: readonly SumNode[];
}

const MAGIC = new TextEncoder().encode('pofbs.tree/1\n');
const HEAD = MAGIC.length + 8 + 4;
const NODE = 96;
/** Largest saved tree, of 2^40 rows. */
export const MAX_TREE_BYTES = HEAD + NODE * (MAX_ROWS / SHARD_ROWS);

export function savedTreeBytes({ rows, shardRows, shards }: SavedTree): Uint8Array {
  const parts = [MAGIC, unsigned(rows, 8, 'rows'), unsigned(shardRows, 4, 'shardRows')];
  for (const { hash, total, requests } of shards) parts.push(hash, le32(total), le32(requests));
  return new Uint8Array(Buffer.concat(parts));
}

/** @throws verification SAVED_TREE for bytes that are none */
export function parseSavedTree(bytes: Uint8Array): SavedTree {
  if (bytes.length < HEAD || !MAGIC.every((byte, at) => bytes[at] === byte))
    throw refused('It does not begin as one.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rows = Number(view.getBigUint64(MAGIC.length, true));
  const shardRows = view.getUint32(MAGIC.length + 8, true);
  if (rows < 1 || rows > MAX_ROWS) throw refused('Its number of rows is not between 1 and 2^40.');
  if (shardRows < 1 || 2 ** depthOf(shardRows) !== shardRows)
    throw refused('The rows of its shards are no power of two.');
  const count = Math.ceil(rows / shardRows);
  if (bytes.length !== HEAD + NODE * count) throw refused('Its length is not that of its number of rows.');
  const shards = Array.from({ length: count }, (_, index): SumNode => {
    const at = HEAD + NODE * index;
    return { hash: bytes.slice(at, at + 32), total: readLe(view, at + 32), requests: readLe(view, at + 64) };
  });
  return { rows, shardRows, shards };
}

/**
 * The root over a saved tree's shards. It is the tree's root only if it equals the one that is bound to the GPMP.
 * @throws verification SUM_OVERFLOW
 */
export function rootOfShards({ rows, shardRows, shards }: SavedTree): SumNode {
  if (shards.length === 1) return shards[0] as SumNode;
  const fold = new Fold(shardRows);
  for (const shard of shards) fold.push(shard, shardRows);
  const root = fold.finish();
  if (root === null) throw refused('It has no shards.');
  return lift(root, depthOf(rows));
}

function readLe(view: DataView, at: number): bigint {
  let value = 0n;
  for (let word = 3; word >= 0; word--) value = (value << 64n) | view.getBigUint64(at + 8 * word, true);
  return value;
}

const refused = (why: string): BursarError =>
  verificationError('SAVED_TREE', `The saved tree is refused. ${why}`, {
    hint: 'Delete it: it follows from the snapshot. `bursar pofbs verify --save-tree` writes it again.',
  });
