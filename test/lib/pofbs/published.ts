/** Epochs as directories of files, of any number of rows, for tests of what reads files. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { summarize } from '../../../src/lib/pofbs/engine.js';
import { toHex } from '../../../src/lib/pofbs/gpmp.js';
import { makeManifest, manifestBytes } from '../../../src/lib/pofbs/manifest.js';
import type { Manifest } from '../../../src/lib/pofbs/types.js';
import { inputOf } from './inputs.js';

export const HEADER_LINE = 'id,total,withdrawable,request\n';

/** A good snapshot of rows that ascend; every seventh has a request. */
export function snapshotOf(rows: number, salt = 1): Buffer {
  const lines = [HEADER_LINE];
  for (let row = 0; row < rows; row++) {
    const id = (BigInt(row) * 2n ** 200n + BigInt(salt)).toString(16).padStart(64, '0');
    lines.push(`${id},${1000 + row},${500 + (row % 500)},${row % 7 === 0 ? 1 + (row % 400) : 0}\n`);
  }
  return Buffer.from(lines.join(''));
}

/** The manifest of snapshots by asset; every asset has 6 decimals. */
export async function manifestOf(
  files: Readonly<Record<string, Uint8Array>>,
  change: Partial<Manifest> = {},
): Promise<Manifest> {
  const assets = [];
  for (const [asset, bytes] of Object.entries(files)) {
    const { rows, root, sha256, cids, offsets } = await summarize(inputOf(bytes));
    if (root === null || sha256 === null) throw new Error('the snapshot is not good');
    const { total, requests, hash } = root;
    const cid = cids['unixfs-v1-2025'] as string;
    const file = `${asset}.csv`;
    const sums = { asset, decimals: 6, rows, total, requests, root: toHex(hash) };
    assets.push({ ...sums, file, bytes: bytes.length, sha256, cid, offsets });
  }
  return makeManifest({
    chain: `0x${'11'.repeat(32)}`,
    custody: `0x${'22'.repeat(32)}`,
    epoch: 7,
    prevGpmp: `0x${'33'.repeat(32)}`,
    timestamp: 1_800_000_000,
    assetBlock: null,
    cidProfile: 'unixfs-v1-2025',
    assets,
    ...change,
  });
}

/** Writes an epoch's files into a new directory. */
export function publish(
  directory: string,
  files: Readonly<Record<string, Uint8Array>>,
  manifest: Manifest,
): string {
  mkdirSync(directory, { recursive: true });
  for (const [asset, bytes] of Object.entries(files)) writeFileSync(join(directory, `${asset}.csv`), bytes);
  writeFileSync(join(directory, 'manifest.json'), manifestBytes(manifest));
  return directory;
}

/** A zstd frame of blocks that are not packed. */
export function zstdOf(bytes: Uint8Array): Buffer {
  const parts = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38])];
  for (let at = 0; at < bytes.length || at === 0; at += 65_536) {
    const block = bytes.subarray(at, at + 65_536);
    const head = (block.length << 3) | (at + 65_536 >= bytes.length ? 1 : 0);
    parts.push(Buffer.from([head & 0xff, (head >> 8) & 0xff, head >> 16]), Buffer.from(block));
  }
  return Buffer.concat(parts);
}
