/** The levels above many nodes at once, hashed in batches: what tree.ts's `levelsOf` gives node by node. */

import { type Hasher, nodeHasher } from './hasher.js';
import { emptyRoot, le32 } from './tree.js';
import type { SumNode } from './types.js';

/**
 * Every level from the nodes up to the tree's top, beside empty subtrees.
 * @param nodes at least one, all `from` levels above the leaves
 * @throws verification SUM_OVERFLOW
 */
export function levelsAbove(
  nodes: readonly SumNode[],
  from: number,
  depth: number,
  { hashInto }: Hasher = nodeHasher,
): SumNode[][] {
  const levels = [[...nodes]];
  for (let level = from; level < depth; level++) {
    const below = [...(levels.at(-1) as SumNode[])];
    if (below.length % 2 === 1) below.push(emptyRoot(level));
    levels.push(parentsOf(below, hashInto));
  }
  return levels;
}

/** @param nodes an even number of them */
function parentsOf(nodes: readonly SumNode[], hashInto: Hasher['hashInto']): SumNode[] {
  const count = nodes.length / 2;
  // Of each pair three blocks: its hashes, its totals, its requests.
  const blocks = new Uint8Array(192 * count);
  for (const [index, { hash, total, requests }] of nodes.entries()) {
    const at = 192 * (index >> 1) + 32 * (index & 1);
    blocks.set(hash, at);
    blocks.set(le32(total), at + 64);
    blocks.set(le32(requests), at + 128);
  }
  const digests = new Uint8Array(96 * count);
  hashInto(blocks, digests);
  const sums = new Uint8Array(64 * count);
  for (let index = 0; index < count; index++)
    sums.set(digests.subarray(96 * index + 32, 96 * index + 96), 64 * index);
  const sumHashes = new Uint8Array(32 * count);
  hashInto(sums, sumHashes);
  const parents = new Uint8Array(64 * count);
  for (let index = 0; index < count; index++) {
    parents.set(digests.subarray(96 * index, 96 * index + 32), 64 * index);
    parents.set(sumHashes.subarray(32 * index, 32 * index + 32), 64 * index + 32);
  }
  const hashes = new Uint8Array(32 * count);
  hashInto(parents, hashes);
  return Array.from({ length: count }, (_, index) => {
    const [left, right] = [nodes[2 * index] as SumNode, nodes[2 * index + 1] as SumNode];
    const total = left.total + right.total;
    const requests = left.requests + right.requests;
    le32(total);
    le32(requests);
    return { hash: hashes.slice(32 * index, 32 * index + 32), total, requests };
  });
}
