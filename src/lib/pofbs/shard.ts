/**
 * Some rows of a snapshot with all nodes over them, a shard or a smaller group: what a proof of one row needs. The nodes
 * above come from the roots of all groups (savedTree.ts).
 */

import { verificationError } from '../errors.js';
import { type Level, nodeAt } from './batch.js';
import { loadHasher } from './hasher.js';
import { PIECE_BYTES, PIECE_ROWS, PieceJudge } from './piece.js';
import { RULES } from './rules.js';
import { compareIds, judgeLine, readId } from './scan.js';
import { depthOf, emptyRoot, leafOf, nodeOf } from './tree.js';
import type { Row, SumNode } from './types.js';

const FEED = 0x0a;
const ID_DIGITS = 64;

/** Rows with all nodes above them. Rows and nodes are counted from the shard's first. */
export class ShardTree {
  /** Height of the shard's own root: what its rows need. */
  readonly depth: number;
  readonly #bytes: Uint8Array;
  readonly #starts: Uint32Array;
  /** Nodes below the batches' roots, by level. */
  readonly #levels: readonly Level[];
  readonly #counts: readonly number[];
  readonly #above = new Map<string, SumNode>();

  /** Use {@link growShard}. */
  constructor(bytes: Uint8Array, starts: Uint32Array, levels: readonly Level[], counts: readonly number[]) {
    this.#bytes = bytes;
    this.#starts = starts;
    this.#levels = levels;
    this.#counts = counts;
    this.depth = depthOf(this.rows);
  }

  get rows(): number {
    return this.#starts.length;
  }

  /** @param index below {@link rows} */
  row(index: number): Row {
    const { id, amounts } = judgeLine(this.#line(index), true, null);
    if (id === null || amounts === null) throw new RangeError(`There is no row ${index} in the group.`);
    const [total, withdrawable, request] = amounts;
    return { id, total, withdrawable, request };
  }

  /** The place of the row with this id; null if there is none. Rows ascend by id. */
  find(id: Uint8Array): number | null {
    let [from, to] = [0, this.rows];
    while (from < to) {
      const middle = (from + to) >> 1;
      const order = compareIds(readId(this.#line(middle).subarray(0, ID_DIGITS)) as Uint8Array, id);
      if (order === 0) return middle;
      if (order < 0) from = middle + 1;
      else to = middle;
    }
    return null;
  }

  /** The node at a height above the leaves: the root of `2 ** level` rows, or of empty leaves beside them. */
  node(level: number, index: number): SumNode {
    if (index * 2 ** level >= this.rows) return emptyRoot(level);
    if (index < (this.#counts[level] ?? 0)) return nodeAt(this.#levels[level] as Level, index);
    if (level === 0) return leafOf(this.row(index));
    const key = `${level}:${index}`;
    const known = this.#above.get(key);
    if (known !== undefined) return known;
    const node = nodeOf(this.node(level - 1, 2 * index), this.node(level - 1, 2 * index + 1));
    this.#above.set(key, node);
    return node;
  }

  /** The root, at the height of this shard's rows or, beside others, at theirs. */
  root(depth: number = this.depth): SumNode {
    return this.node(depth, 0);
  }

  /** The nodes beside a row's ancestors, from its leaf up to below the shard's root. */
  pathWithin(index: number, depth: number = this.depth): SumNode[] {
    return Array.from({ length: depth }, (_, level) => this.node(level, Math.floor(index / 2 ** level) ^ 1));
  }

  #line(index: number): Uint8Array {
    const start = this.#starts[index] as number;
    return this.#bytes.subarray(start, this.#bytes.indexOf(FEED, start));
  }
}

/**
 * Reads the lines of a shard and hashes its tree.
 * @param bytes the lines, each with its line feed, without the header
 * @throws verification, with the rule's name, for a line that is no row
 */
export async function growShard(bytes: Uint8Array): Promise<ShardTree> {
  const starts = lineStarts(bytes);
  const judge = new PieceJudge(await loadHasher());
  const batchRows = judge.kernel.rows;
  const levels: { hashes: Uint8Array; sums: Uint8Array }[] = [];
  const counts: number[] = [];
  for (let from = 0; from < starts.length; from += PIECE_ROWS) {
    const [start, end] = [starts[from] as number, starts[from + PIECE_ROWS] ?? bytes.length];
    if (end - start > PIECE_BYTES)
      throw verificationError('E_COLUMNS', `Rows from ${from + 1} on of the group are too long to be rows.`, {
        hint: 'Run `bursar pofbs verify`.',
      });
    let [height, last] = [0, -1];
    const judged = judge.judge(
      { bytes: bytes.subarray(start, end), row: from, offset: start },
      {
        onLevel(level, batch) {
          height = batch === last ? height + 1 : 0;
          last = batch;
          const place = (from + batch * batchRows) / 2 ** height;
          const own = levels[height] ?? room(starts.length, height);
          levels[height] = own;
          own.hashes.set(level.hashes, 32 * place);
          own.sums.set(level.sums, 64 * place);
          counts[height] = place + level.hashes.length / 32;
        },
      },
    );
    const { earliest } = judged.findings;
    if (judged.node === null || judged.stopped !== null)
      throw verificationError(
        earliest?.rule ?? 'E_COLUMNS',
        `Row ${(earliest?.row ?? from) + 1} of the group is no row.`,
        {
          hint: earliest === null ? 'Run `bursar pofbs verify`.' : RULES[earliest.rule].says,
        },
      );
  }
  return new ShardTree(bytes, starts, levels, counts);
}

/** Room for a level's nodes, and one more where their number is odd. */
const room = (rows: number, level: number) => {
  const nodes = 2 * Math.ceil(Math.ceil(rows / 2 ** level) / 2);
  return { hashes: new Uint8Array(32 * nodes), sums: new Uint8Array(64 * nodes) };
};

function lineStarts(bytes: Uint8Array): Uint32Array {
  const starts = new Uint32Array(Math.floor(bytes.length / 2) + 1);
  let count = 0;
  for (let at = 0; at < bytes.length; ) {
    starts[count++] = at;
    const feed = bytes.indexOf(FEED, at);
    if (feed === -1) throw verificationError('E_FINAL_NEWLINE', 'The group ends within a line.');
    at = feed + 1;
  }
  return starts.slice(0, count);
}
