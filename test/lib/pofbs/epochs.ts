/** Published epochs on disk, honest or not. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CidFold, LeafHasher } from '../../../src/lib/pofbs/cid.js';
import { toHex } from '../../../src/lib/pofbs/gpmp.js';
import { makeManifest, manifestBytes } from '../../../src/lib/pofbs/manifest.js';
import { savedTreeBytes } from '../../../src/lib/pofbs/savedTree.js';
import { leafOf, levelsOf } from '../../../src/lib/pofbs/tree.js';
import { type Manifest, type Row, SHARD_ROWS, type SumNode } from '../../../src/lib/pofbs/types.js';
import { csvOf, HEADER } from './snapshots.js';

export interface WrittenAsset {
  readonly rows: readonly Row[];
  /** What is published instead of the tree of the rows. */
  readonly levels?: readonly (readonly SumNode[])[];
  /** What the manifest says instead of what follows. */
  readonly claim?: object;
  /** Saves the nodes over groups of so many rows. */
  readonly groupRows?: number;
  /** What lies under the file's name instead of the plain snapshot. */
  readonly pack?: { readonly extension: string; readonly pack: (bytes: Uint8Array) => Uint8Array };
}

/** Writes an epoch into a directory, with the digests and CIDs of its files. */
export function writeEpoch(directory: string, assets: Readonly<Record<string, WrittenAsset>>): Manifest {
  mkdirSync(directory, { recursive: true });
  const entries = Object.entries(assets).map(([asset, written]) => {
    const { rows, levels = levelsOf(rows.map(leafOf)), groupRows, pack } = written;
    const bytes = csvOf(rows);
    const file = `${asset}.csv`;
    writeFileSync(join(directory, `${file}${pack?.extension ?? ''}`), pack?.pack(bytes) ?? bytes);
    if (groupRows !== undefined) {
      const roots = levels[Math.min(Math.log2(groupRows), levels.length - 1)]!;
      const offsets = offsetsOf(bytes, groupRows);
      const groups = offsets.map((offset, index) => ({ offset, root: roots[index]! }));
      writeFileSync(
        join(directory, `${file}.tree`),
        savedTreeBytes({ rows: rows.length, groupRows, groups }),
      );
    }
    const top = levels.at(-1)![0]!;
    return {
      asset,
      decimals: 6,
      rows: rows.length,
      total: top.total,
      requests: top.requests,
      root: toHex(top.hash),
      file,
      bytes: bytes.length,
      sha256: toHex(createHash('sha256').update(bytes).digest()),
      cid: cidOf(bytes),
      offsets: offsetsOf(bytes, SHARD_ROWS),
      ...written.claim,
    };
  });
  const manifest = makeManifest({
    ...HEADER,
    cidProfile: 'unixfs-v1-2025',
    assetBlock: null,
    assets: entries,
  });
  writeFileSync(join(directory, 'manifest.json'), manifestBytes(manifest));
  return manifest;
}

function cidOf(bytes: Uint8Array): string {
  const fold = new CidFold('unixfs-v1-2025');
  const leaves = new LeafHasher('unixfs-v1-2025', (leaf) => fold.push(leaf));
  leaves.update(bytes);
  leaves.finish();
  return fold.finish();
}

/** Where every so many rows begin. */
function offsetsOf(bytes: Uint8Array, every: number): number[] {
  const offsets: number[] = [];
  for (let at = bytes.indexOf(10) + 1, row = 0; at < bytes.length; at = bytes.indexOf(10, at) + 1, row++)
    if (row % every === 0) offsets.push(at);
  return offsets;
}
