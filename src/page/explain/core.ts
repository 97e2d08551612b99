/**
 * The arithmetic of the page that proves a line in a browser: the tree, the commitments, the GPMP and ids. It is a second
 * implementation of tree.ts, gpmp.ts and id.ts, which stand on Node; tests hold it to them. SHA-256 is not the browser's
 * own: a page that is opened from a disk has no WebCrypto in every browser.
 */

import { sha256 as hash } from '@noble/hashes/sha2.js';
import type { AssetSummary, EpochHeader } from '../../lib/pofbs/types.js';

export interface PageNode {
  readonly hash: Uint8Array;
  readonly total: bigint;
  readonly requests: bigint;
}

export interface PageRow {
  readonly id: string;
  readonly total: bigint;
  readonly withdrawable: bigint;
  readonly request: bigint;
}

/** A snapshot and its whole tree. */
export interface PageTree {
  readonly rows: readonly PageRow[];
  /** Leaves first. */
  readonly levels: readonly (readonly PageNode[])[];
  readonly root: PageNode;
}

/** SHA-256 of some bytes, one after the other. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return hash(joined);
}

/** Tags and names of assets have ASCII alone. */
function bytesOf(text: string): Uint8Array {
  if (!/^[ -~]*$/.test(text)) throw new Error('The name of an asset has a letter that it must not have.');
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
export const toHex = (bytes: Uint8Array) =>
  `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;

export function fromHex(hex: string, ...lengths: readonly number[]): Uint8Array {
  if (!/^0x(?:[0-9a-f]{2})*$/.test(hex) || !lengths.includes(hex.length / 2 - 1))
    throw new Error('A hash or an address is not 0x and lower-case hexadecimal digits of the right number.');
  const bytes = new Uint8Array(hex.length / 2 - 1);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(2 + 2 * i, 4 + 2 * i), 16);
  return bytes;
}

function littleEndian(value: bigint, width: number): Uint8Array {
  if (value < 0n || value >= 1n << BigInt(8 * width))
    throw new Error('A number does not fit into its place.');
  const bytes = new Uint8Array(width);
  let rest = value;
  for (let at = 0; rest > 0n; at += 4, rest >>= 32n) {
    const word = Number(rest & 0xffff_ffffn);
    for (let i = 0; i < 4 && at + i < width; i++) bytes[at + i] = word >>> (8 * i);
  }
  return bytes;
}
const le32 = (value: bigint) => littleEndian(value, 32);

export function leafOf({ id, total, withdrawable, request }: PageRow): PageNode {
  const left = sha256(fromHex(`0x${id}`, 32), le32(total));
  const hash = sha256(left, sha256(le32(withdrawable), le32(request)));
  return { hash, total, requests: request };
}

export function nodeOf(left: PageNode, right: PageNode): PageNode {
  const sums = sha256(
    sha256(le32(left.total), le32(right.total)),
    sha256(le32(left.requests), le32(right.requests)),
  );
  return {
    hash: sha256(sha256(left.hash, right.hash), sums),
    total: left.total + right.total,
    requests: left.requests + right.requests,
  };
}

export function depthOf(rows: number): number {
  let depth = 0;
  while (2 ** depth < rows) depth++;
  return depth;
}

function custodyBytes(custody: string): Uint8Array {
  const bytes = new Uint8Array(32);
  bytes.set(fromHex(custody, 20, 32));
  return bytes;
}

export function commitmentOf(header: EpochHeader, asset: AssetSummary): string {
  return toHex(
    sha256(
      sha256(bytesOf('pofbs/gpmp/v1')),
      littleEndian(1n, 1),
      fromHex(header.chain, 32),
      custodyBytes(header.custody),
      littleEndian(BigInt(header.epoch), 8),
      fromHex(header.prevGpmp, 32),
      littleEndian(BigInt(header.timestamp), 8),
      sha256(bytesOf(asset.asset)),
      littleEndian(BigInt(asset.decimals), 1),
      littleEndian(BigInt(asset.rows), 8),
      le32(asset.total),
      le32(asset.requests),
      fromHex(asset.root, 32),
    ),
  );
}

export function joinCommitments(commitments: readonly string[]): string {
  const all = commitments.map((one) => fromHex(one, 32));
  const only = all[0];
  if (only === undefined) throw new Error('There is no asset.');
  if (all.length === 1) return toHex(only);
  const head = [sha256(bytesOf('pofbs/gpmps/v1')), littleEndian(1n, 1), littleEndian(BigInt(all.length), 4)];
  return toHex(sha256(...head, ...all));
}

/** The id of a wallet, without 0x, as rows have it. */
export function idOf(header: EpochHeader, wallet: string, salt: string): string {
  const context = sha256(
    sha256(bytesOf('pofbs/id/v1')),
    fromHex(header.chain, 32),
    custodyBytes(header.custody),
    littleEndian(BigInt(header.epoch), 8),
  );
  return toHex(sha256(context, sha256(fromHex(wallet, 32), fromHex(salt, 32)))).slice(2);
}

/** The amounts of a row as text, 0 … 2^128 − 1. */
export function amountOf(text: string): bigint {
  const value = /^(?:0|[1-9][0-9]{0,38})$/.test(text) ? BigInt(text) : -1n;
  if (value < 0n || value >= 1n << 128n) throw new Error('An amount is not a whole number below 2^128.');
  return value;
}

/** @throws Error for a row that no snapshot may have */
export function checkRow(row: PageRow): PageRow {
  if (!/^[0-9a-f]{64}$/.test(row.id)) throw new Error('An id has not 64 lower-case hexadecimal digits.');
  if (row.request > row.withdrawable) throw new Error('Somebody requests more than is withdrawable (C4).');
  if (row.withdrawable > row.total) throw new Error('Somebody may withdraw more than the total (C4b).');
  return row;
}

function readRow(line: string): PageRow {
  const [id = '', total = '', withdrawable = '', request = '', ...more] = line.split(',');
  if (more.length > 0) throw new Error('There are not four columns.');
  return checkRow({
    id,
    total: amountOf(total),
    withdrawable: amountOf(withdrawable),
    request: amountOf(request),
  });
}

/**
 * Builds the whole tree of a snapshot and checks every row on the way. It stops now and then (`yield`, with how much is
 * done, 0 to 1) so that a page stays alive.
 * @throws Error that names the line
 */
export function* treeOf(csv: string): Generator<number, PageTree> {
  const lines = csv.split('\n');
  if (lines[0] !== 'id,total,withdrawable,request') throw new Error('Line 1 is not the header.');
  if (lines.pop() !== '') throw new Error('The last line is not complete.');
  const rows: PageRow[] = [];
  const leaves: PageNode[] = [];
  for (let at = 1; at < lines.length; at++) {
    try {
      const row = readRow(lines[at] as string);
      if (row.id <= (rows.at(-1)?.id ?? '')) throw new Error('Ids do not ascend, or one occurs twice.');
      rows.push(row);
      leaves.push(leafOf(row));
    } catch (error) {
      throw new Error(`Line ${at + 1}: ${(error as Error).message}`);
    }
    if (at % 500 === 0) yield (0.4 * at) / lines.length;
  }
  if (rows.length === 0) throw new Error('There are no rows.');
  const levels: PageNode[][] = [leaves];
  let empty: PageNode = { hash: new Uint8Array(32), total: 0n, requests: 0n };
  let done = 0;
  for (let level = 0; level < depthOf(rows.length); level++) {
    const below = levels[level] as PageNode[];
    const above: PageNode[] = [];
    for (let at = 0; at < below.length; at += 2) {
      above.push(nodeOf(below[at] as PageNode, below[at + 1] ?? empty));
      if (++done % 500 === 0) yield 0.4 + (0.6 * done) / rows.length;
    }
    empty = nodeOf(empty, empty);
    levels.push(above);
  }
  return { rows, levels, root: (levels.at(-1) as PageNode[])[0] as PageNode };
}

/** Where an id is among rows that ascend; -1 if it is not there. */
export function indexOf(rows: readonly PageRow[], id: string): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rows[middle] as PageRow).id < id) low = middle + 1;
    else high = middle;
  }
  return rows[low]?.id === id ? low : -1;
}

/** The nodes beside the way from a leaf to the root, lowest first. */
export function siblingsOf(tree: PageTree, index: number): PageNode[] {
  let empty: PageNode = { hash: new Uint8Array(32), total: 0n, requests: 0n };
  return tree.levels.slice(0, -1).map((level, height) => {
    const beside = level[Math.floor(index / 2 ** height) ^ 1] ?? empty;
    empty = nodeOf(empty, empty);
    return beside;
  });
}

/** Every node of the way from a row to the root. The bits of the index say on which side each sibling is. */
export function wayUp(row: PageRow, index: number, siblings: readonly PageNode[]): PageNode[] {
  const way = [leafOf(row)];
  siblings.forEach((sibling, height) => {
    const node = way[height] as PageNode;
    way.push(Math.floor(index / 2 ** height) % 2 === 0 ? nodeOf(node, sibling) : nodeOf(sibling, node));
  });
  return way;
}
