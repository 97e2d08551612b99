/** Forged partials, and manifests that lie about how long a file is: each is refused by name, whatever it asks for. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { joinParts, judgePart, type Part } from '../../../src/lib/pofbs/engine.js';
import { canonicalBytes } from '../../../src/lib/pofbs/fields.js';
import { prove } from '../../../src/lib/pofbs/files/proveFiles.js';
import { parsePublished } from '../../../src/lib/pofbs/given.js';
import { toHex } from '../../../src/lib/pofbs/gpmp.js';
import { makeManifest } from '../../../src/lib/pofbs/manifest.js';
import { parsePartial, partialBytes } from '../../../src/lib/pofbs/partialFile.js';
import { growShard } from '../../../src/lib/pofbs/shard.js';
import type { Row } from '../../../src/lib/pofbs/types.js';
import { verify } from '../../../src/lib/pofbs/verify.js';
import { writeEpoch } from './epochs.js';
import { inputOf } from './inputs.js';
import { csvOf, HEADER, rowsWith } from './snapshots.js';

const rows = rowsWith(Array.from({ length: 10 }, (_, index) => [BigInt(index + 9), 5n, 1n] as const));
const csv = csvOf(rows);
const directory = mkdtempSync(join(tmpdir(), 'bursar-forged-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('parts', () => {
  const partOf = (row: number, most: number): Promise<Part> =>
    judgePart(inputOf(csv), { threads: 0, shardRows: 4 }, { row, rows: most });
  const joined = async (change: (parts: [Part, Part]) => Part[]) =>
    joinParts(change([await partOf(0, 4), await partOf(4, Number.MAX_SAFE_INTEGER)]), 4);

  it('that were not changed join', async () => {
    const { stopped, root, rows: count } = await joined((parts) => parts);
    expect([stopped, count, root?.total]).toEqual([
      null,
      10,
      rows.reduce((sum, { total }) => sum + total, 0n),
    ]);
  });
  it.each<[string, (parts: [Part, Part]) => Part[]]>([
    ['that leave rows out', ([one, two]) => [one, { ...two, row: 5 }]],
    ['that have rows twice', ([one, two]) => [one, { ...two, row: 0 }]],
    ['that count fewer rows than they have', ([one, two]) => [{ ...one, rows: 3 }, two]],
    [
      'that count fewer, and begin there',
      ([one, two]) => [
        { ...one, rows: 3 },
        { ...two, row: 3 },
      ],
    ],
    ['that overlap', ([one, two]) => [one, { ...two, from: two.from - 1 }]],
    ['of which one is missing', ([, two]) => [two, { ...two, row: 10, from: two.to }]],
    ['that ended before', ([one, two]) => [{ ...one, ended: true }, two]],
  ])('%s do not join', async (_, change) => {
    const { stopped, root } = await joined(change);
    expect(stopped).not.toBeNull();
    expect(root).toBeNull();
  });
});

describe('a partial', () => {
  const file = async () =>
    partialBytes({
      ...{ part: 1, of: 1, asset: 'USDC', file: 'USDC.csv', manifest: null, profile: 'unixfs-v1-2025' },
      content: await judgePart(inputOf(csv), { threads: 0 }),
    });
  it.each([
    ['file', '../../USDC.csv'],
    ['file', '/etc/passwd'],
    ['file', ''],
    ['asset', '../USDC'],
    ['asset', '\u001b[2J'],
  ])('whose %s is %j is refused', async (field, value) => {
    const fields = JSON.parse(Buffer.from(await file()).toString()) as object;
    expect(() => parsePartial(canonicalBytes({ ...fields, [field]: value }))).toThrow(
      expect.objectContaining({ code: 'PARTIAL', exit: 2 }),
    );
  });
  it.each(['\u001b[31m', 'line\nfeed', '\u202e', 'x'.repeat(3000)])(
    'that says %j is refused',
    async (text) => {
      const fields = JSON.parse(Buffer.from(await file()).toString()) as { content: object };
      const bytes = canonicalBytes({ ...fields, content: { ...fields.content, stopped: text } });
      expect(() => parsePartial(bytes)).toThrow(expect.objectContaining({ code: 'PARTIAL' }));
    },
  );
});

describe('a verdict', () => {
  it('is not TRUE as long as a rule is FALSE, asked for or not', async () => {
    const part = await judgePart(inputOf(csv), { threads: 0 });
    const summary = joinParts([part]);
    const { hash, total, requests } = summary.root!;
    const entry = {
      ...{ asset: 'USDC', decimals: 6, rows: 10, total, requests, root: toHex(hash), file: 'USDC.csv' },
      ...{ bytes: csv.length, sha256: summary.sha256!, cid: summary.cids['unixfs-v1-2025']! },
      offsets: summary.offsets,
    };
    const manifest = makeManifest({
      ...HEADER,
      cidProfile: 'unixfs-v1-2025',
      assetBlock: null,
      assets: [entry],
    });
    const judged = (to: number) =>
      verify({
        manifest,
        snapshots: [{ asset: 'USDC', file: 'USDC.csv', entry, summary: joinParts([{ ...part, to }]) }],
        profile: 'unixfs-v1-2025',
        given: {},
        required: [],
        parts: true,
      });
    expect(judged(csv.length).valid).toBe(true);
    const forged = judged(csv.length - 1);
    expect([forged.valid, forged.first?.rule]).toEqual([false, 'R_FILE']);
  });
});

describe('what was published', () => {
  it('is something', () => {
    const assets = [{ asset: 'USDC', decimals: 6 }];
    expect(() => parsePublished(Buffer.from('{}'), assets)).toThrow(
      expect.objectContaining({ code: 'GIVEN_FORM', exit: 2 }),
    );
  });
});

describe('a length that is not that of the file', () => {
  it('is not taken for room to make', async () => {
    const claim = { bytes: Number.MAX_SAFE_INTEGER };
    const pack = { extension: '.gz', pack: (bytes: Uint8Array) => gzipSync(bytes) };
    writeEpoch(directory, { USDC: { rows, claim, pack } });
    const id = toHex((rows[3] as Row).id);
    await expect(prove(directory, { id, fraud: false })).rejects.toMatchObject({
      code: 'R_OFFSETS',
      exit: 9,
    });
  });
  it('of lines that no piece has room for is refused', async () => {
    const bytes = new TextEncoder().encode(`${'x'.repeat(400)}\n`.repeat(16_384));
    await expect(growShard(bytes)).rejects.toMatchObject({ code: 'E_COLUMNS', exit: 9 });
  });
});
