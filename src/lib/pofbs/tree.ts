/**
 * The Merkle-sum tree, node by node, as docs/formats/tree.md defines it: proofs, openings and small snapshots are
 * computed here; whole files go through the batch hasher (scan and engine), which must agree with this file.
 *
 *     leaf = H( H(id | le32(total)) | H(le32(withdrawable) | le32(request)) )
 *     node = H( H(hashL | hashR) | H( H(le32(totalL) | le32(totalR)) | H(le32(requestsL) | le32(requestsR)) ) )
 *
 * H is SHA-256 and le32 a 32-byte little-endian integer, so that every input of H inside the tree has 64 bytes. Both
 * children's sums are bound one by one: a tree that binds only their sum accepts forged siblings.
 */

import { createHash } from 'node:crypto';
import { verificationError } from '../errors.js';
import type { Row, SumNode } from './types.js';

const U128 = 1n << 128n;
const U256 = 1n << 256n;

/** Stands for a leaf that no row fills. */
export const EMPTY: SumNode = { hash: new Uint8Array(32), total: 0n, requests: 0n };

export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** 32 bytes, little endian. @throws verification SUM_OVERFLOW for what does not fit */
export function le32(value: bigint): Uint8Array {
  if (value < 0n || value >= U256)
    throw verificationError('SUM_OVERFLOW', 'A sum does not fit into 256 bits.');
  const bytes = new Uint8Array(32);
  const view = new DataView(bytes.buffer);
  for (let word = 0; word < 4; word++)
    view.setBigUint64(word * 8, (value >> BigInt(64 * word)) & 0xffff_ffff_ffff_ffffn, true);
  return bytes;
}

/** @throws verification AMOUNT_RANGE for an amount outside 0 … 2^128 − 1 */
export function leafOf({ id, total, withdrawable, request }: Row): SumNode {
  for (const amount of [total, withdrawable, request]) {
    if (amount < 0n || amount >= U128)
      throw verificationError('AMOUNT_RANGE', `${amount} is not an amount of at most 128 bits.`);
  }
  const hash = sha256(sha256(id, le32(total)), sha256(le32(withdrawable), le32(request)));
  return { hash, total, requests: request };
}

/** What a node's hash is made of: its children's hashes, and their sums one by one. */
export function nodeHash(left: SumNode, right: SumNode): Uint8Array {
  const sums = sha256(
    sha256(le32(left.total), le32(right.total)),
    sha256(le32(left.requests), le32(right.requests)),
  );
  return sha256(sha256(left.hash, right.hash), sums);
}

/** @throws verification SUM_OVERFLOW */
export function nodeOf(left: SumNode, right: SumNode): SumNode {
  const hash = nodeHash(left, right);
  const total = left.total + right.total;
  const requests = left.requests + right.requests;
  le32(total);
  le32(requests);
  return { hash, total, requests };
}

/** Levels between the leaves and the root: ceil(log2(rows)); 0 for a single row. */
export function depthOf(rows: number): number {
  let depth = 0;
  while (2 ** depth < rows) depth++;
  return depth;
}

/**
 * Every level of a tree, leaves first, padded with empty subtrees to a power of two.
 * @param leaves at least one
 */
export function levelsOf(leaves: readonly SumNode[], depth: number = depthOf(leaves.length)): SumNode[][] {
  const levels: SumNode[][] = [[...leaves]];
  let empty = EMPTY;
  for (let level = 0; level < depth; level++) {
    const below = levels[level] as SumNode[];
    const above: SumNode[] = [];
    for (let index = 0; index < below.length; index += 2)
      above.push(nodeOf(below[index] as SumNode, below[index + 1] ?? empty));
    empty = nodeOf(empty, empty);
    levels.push(above);
  }
  return levels;
}

/** By depth: every proof and every batch of rows asks for some. */
const emptyRoots: SumNode[] = [EMPTY];

/** The root of an empty subtree of a depth: what stands beside the last row's ancestors. */
export function emptyRoot(depth: number): SumNode {
  for (
    let last = emptyRoots.at(-1) as SumNode;
    emptyRoots.length <= depth;
    last = emptyRoots.at(-1) as SumNode
  )
    emptyRoots.push(nodeOf(last, last));
  return emptyRoots[depth] as SumNode;
}
