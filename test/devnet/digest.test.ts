import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../devnet/cache.js';
import { RUNTIMES } from '../../devnet/preset.js';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const { RUNTIME_NAMES, folderOf, sourceDigest } = (await import(
  join(packageRoot, 'devnet', 'runtime', 'digest.mjs')
)) as {
  RUNTIME_NAMES: readonly string[];
  folderOf(runtime: string): string;
  sourceDigest(runtime: string): string;
};

it('the presets know the runtimes that are built', () => {
  const folders = Object.values(RUNTIMES).map(({ folder }) => join(packageRoot, 'devnet', 'runtime', folder));
  expect(folders).toEqual(RUNTIME_NAMES.map((name) => join(folderOf(name), '.')));
});

describe.each(RUNTIME_NAMES)('the blob of %s', (name) => {
  const digest = JSON.parse(readFileSync(join(folderOf(name), 'DIGEST.json'), 'utf8')) as Record<
    string,
    string
  >;

  it('was built from these sources', () => {
    expect(sourceDigest(name)).toBe(digest.sources);
  });

  it('is the one that was built', () => {
    const compressed = readFileSync(join(folderOf(name), 'runtime.wasm.br'));
    expect(sha256(compressed)).toBe(digest.compressed);
    expect(sha256(brotliDecompressSync(compressed))).toBe(digest.blob);
  });
});
