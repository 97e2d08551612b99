/**
 * The subtree over a batch of rows that the kernel has read: leaves and nodes as tree.ts defines them, hashed level by
 * level.
 */

import type { Hasher } from './hasher.js';
import type { Kernel } from './kernel.js';
import { depthOf, emptyRoot } from './tree.js';
import type { SumNode } from './types.js';

/** A level of a subtree, with an even number of nodes. */
export interface Level {
  /** 32 bytes a node. */
  readonly hashes: Uint8Array;
  /** Of each pair of nodes T | T | Q | Q, 32 bytes each. */
  readonly sums: Uint8Array;
}

export class BatchHasher {
  readonly #kernel: Kernel;
  readonly #hashInto: Hasher['hashInto'];
  /** What stands beside the last node, by level. */
  readonly #empty: readonly Uint8Array[];
  /** The current level. */
  readonly #hashes: Uint8Array;
  /** Two digests a row, or one a child: what is hashed once more. */
  readonly #halves: Uint8Array;

  constructor(kernel: Kernel, hasher: Hasher) {
    this.#kernel = kernel;
    this.#hashInto = hasher.hashInto;
    this.#empty = Array.from({ length: depthOf(kernel.rows) }, (_, level) => emptyRoot(level).hash);
    this.#hashes = new Uint8Array(32 * kernel.rows);
    this.#halves = new Uint8Array(64 * kernel.rows);
  }

  /**
   * The root of the first `rows` rows, as high as they need.
   * @param rows at least 1
   * @param onLevel called with every level below the root, leaves first; what it is given is overwritten afterwards
   */
  root(rows: number, onLevel?: (level: Level) => void): SumNode {
    const { exports, leaves, leafSums, nodeSums, pairHashes, sumHashes, nodeBlocks } = this.#kernel;
    const [hashes, halves] = [this.#hashes, this.#halves];
    this.#hashInto(leaves.subarray(0, 128 * rows), halves.subarray(0, 64 * rows));
    this.#hashInto(halves.subarray(0, 64 * rows), hashes.subarray(0, 32 * rows));
    if (rows % 2 === 1) exports.clear_leaf_sums(rows);
    let sums = leafSums;
    for (let count = rows, level = 0; count > 1; level++) {
      const parents = Math.ceil(count / 2);
      if (count % 2 === 1) hashes.set(this.#empty[level] as Uint8Array, 32 * count);
      const children = hashes.subarray(0, 64 * parents);
      const childSums = sums.subarray(0, 128 * parents);
      onLevel?.({ hashes: children, sums: childSums });
      this.#hashInto(children, pairHashes.subarray(0, 32 * parents));
      this.#hashInto(childSums, halves.subarray(0, 64 * parents));
      this.#hashInto(halves.subarray(0, 64 * parents), sumHashes.subarray(0, 32 * parents));
      exports.ascend(parents, level === 0);
      this.#hashInto(nodeBlocks.subarray(0, 64 * parents), hashes.subarray(0, 32 * parents));
      sums = nodeSums;
      count = parents;
    }
    return nodeAt({ hashes, sums }, 0);
  }
}

/** A copy of a level's node. */
export function nodeAt({ hashes, sums }: Level, index: number): SumNode {
  const total = 128 * (index >> 1) + 32 * (index & 1);
  return {
    hash: hashes.slice(32 * index, 32 * index + 32),
    total: readLe32(sums, total),
    requests: readLe32(sums, total + 64),
  };
}

function readLe32(bytes: Uint8Array, at: number): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, 32);
  let value = 0n;
  for (let word = 3; word >= 0; word--) value = (value << 64n) | view.getBigUint64(8 * word, true);
  return value;
}
