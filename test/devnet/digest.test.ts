import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { packageRoot } from '../../devnet/cache.js';

const folder = join(packageRoot, 'devnet', 'runtime');
const digest = JSON.parse(readFileSync(join(folder, 'DIGEST.json'), 'utf8')) as Record<string, string>;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

it('the blob was built from these sources', async () => {
  const { sourceDigest } = (await import(join(folder, 'digest.mjs'))) as {
    sourceDigest(dir: string): string;
  };
  expect(sourceDigest(folder)).toBe(digest.sources);
});

it('the blob is the one that was built', () => {
  const compressed = readFileSync(join(folder, 'runtime.wasm.br'));
  expect(sha256(compressed)).toBe(digest.compressed);
  expect(sha256(brotliDecompressSync(compressed))).toBe(digest.blob);
});
