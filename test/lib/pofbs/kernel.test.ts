/** The compiled kernel belongs to its sources; saved trees, partials, and inputs that change while they are read. */
import { createHash } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { judgePart, summarize } from '../../../src/lib/pofbs/engine.js';
import { openInput, openRandomAccess } from '../../../src/lib/pofbs/files/input.js';
import { unzstd } from '../../../src/lib/pofbs/files/unpack.js';
import { BATCH_ROWS, makeKernel } from '../../../src/lib/pofbs/kernel.js';
import { KERNEL_SOURCES } from '../../../src/lib/pofbs/kernelCode.js';
import { levelsAbove } from '../../../src/lib/pofbs/levels.js';
import { mergePartials, type Partial, parseShard, shardRange } from '../../../src/lib/pofbs/partial.js';
import { parsePartial, partialBytes } from '../../../src/lib/pofbs/partialFile.js';
import { openSavedTree, savedTreeBytes, upperTree } from '../../../src/lib/pofbs/savedTree.js';
import { depthOf, leafOf, levelsOf } from '../../../src/lib/pofbs/tree.js';
import type { SumNode } from '../../../src/lib/pofbs/types.js';
import { inputOf } from './inputs.js';
import { snapshotOf, zstdOf } from './published.js';

const scratch = mkdtempSync(join(tmpdir(), 'bursar-kernel-'));
afterAll(() => rmSync(scratch, { recursive: true }));

it('the kernel was compiled from the sources that are here', () => {
  const sources = new URL('../../../src/lib/pofbs/kernel/', import.meta.url);
  const digest = createHash('sha256');
  for (const name of ['Cargo.toml', 'build.sh', 'src/lib.rs', 'src/records.rs'])
    digest.update(readFileSync(new URL(name, sources)));
  expect(digest.digest('hex')).toBe(KERNEL_SOURCES);
});

it('BATCH_ROWS is what the kernel was built with', () => {
  expect(makeKernel().rows).toBe(BATCH_ROWS);
});

describe('levels above nodes', () => {
  it('are those of tree.ts, whatever their number and height', () => {
    const leaves = Array.from({ length: 37 }, (_, at) =>
      leafOf({
        id: new Uint8Array(32).fill(at),
        total: 2n ** 127n + BigInt(at),
        withdrawable: 5n,
        request: BigInt(at % 3),
      }),
    );
    const plain = (levels: readonly (readonly SumNode[])[]) =>
      levels.map((level) =>
        level.map(({ hash, total, requests }) => `${Buffer.from(hash).toString('hex')} ${total} ${requests}`),
      );
    for (const count of [1, 2, 3, 8, 37]) {
      const all = levelsOf(leaves.slice(0, count), 7);
      for (const from of [0, 2])
        expect(plain(levelsAbove(all[from]!, from, 7))).toEqual(plain(all.slice(from)));
    }
    const most = { hash: new Uint8Array(32), total: 2n ** 255n, requests: 0n };
    expect(() => levelsAbove([most, most], 0, 1)).toThrow(expect.objectContaining({ code: 'SUM_OVERFLOW' }));
  });
});

describe('a saved tree', () => {
  const opened = (bytes: Uint8Array) =>
    openSavedTree(bytes.length, async (offset, length) => bytes.subarray(offset, offset + length));
  const text = ({ hash, total, requests }: SumNode) =>
    `${Buffer.from(hash).toString('hex')} ${total} ${requests}`;

  it.each([1, 15, 16, 17, 100])(
    'has the nodes over groups of %i rows, and where they begin',
    async (count) => {
      const file = snapshotOf(count);
      const { groups, root, rows } = await summarize(inputOf(file), { shardRows: 16 });
      const [saved, computed] = [await opened(savedTreeBytes(groups!)), upperTree(groups!)];
      expect(saved).toMatchObject({ rows: count, groupRows: 16 });
      const lines = file.toString().split('\n');
      for (const [group, offset] of (await saved.offsets()).entries())
        expect(file.subarray(offset).toString().split('\n')[0]).toBe(lines[1 + 16 * group]);
      expect(await computed.offsets()).toEqual(await saved.offsets());
      const depth = depthOf(rows);
      expect(text(await saved.node(depth, 0))).toBe(text(root!));
      for (let level = Math.min(4, depth); level <= depth; level++)
        for (let index = 0; index * 2 ** level < rows; index++)
          expect(text(await saved.node(level, index))).toBe(text(await computed.node(level, index)));
    },
  );

  it('is refused when it is cut, too long, or of another form', async () => {
    const { groups } = await summarize(inputOf(snapshotOf(100)), { shardRows: 16 });
    const bytes = savedTreeBytes(groups!);
    const changed = (at: number, value: number) => {
      const other = bytes.slice();
      other[at] = value;
      return other;
    };
    const bad = [
      ...[0, 10, 24, bytes.length - 1, bytes.length - 96].map((cut) => bytes.subarray(0, cut)),
      Buffer.concat([bytes, new Uint8Array(96)]),
      ...[changed(0, 0), changed(13, 0), changed(20, 1), changed(21, 15), changed(21, 0), changed(21, 8)],
    ];
    for (const other of bad)
      await expect(opened(other)).rejects.toMatchObject({ code: 'SAVED_TREE', exit: 9 });
  });
});

describe('partials', () => {
  const part = async (number: number, of: number, file: Buffer): Promise<Partial> => {
    const range = shardRange(number, of, 2);
    const stretch = {
      row: range.first * 65_536,
      rows: range.last ? Number.MAX_SAFE_INTEGER : range.count * 65_536,
    };
    const content = range.count === 0 ? null : await judgePart(inputOf(file), {}, stretch);
    return {
      part: number,
      of,
      asset: 'USDC',
      file: 'USDC.csv',
      manifest: null,
      profile: 'unixfs-v1-2025',
      content,
    };
  };
  it('are read back as they were written, and refused in every other form', async () => {
    const file = snapshotOf(70_000);
    const bytes = partialBytes(await part(2, 2, file));
    expect(partialBytes(parsePartial(bytes))).toEqual(bytes);
    const text = Buffer.from(bytes).toString();
    for (const wrong of [
      text.trimEnd(),
      ` ${text}`,
      text.replace('"rows":', '"rows ":'),
      text.replace('pofbs.partial/1', 'pofbs.partial/2'),
      text.replace(/"to":\d+/, '"to":-1'),
      text.replace(/"rows":\d+/, '"rows":100000'),
      text.replace('"stopped":null', '"stopped":5'),
      '{}\n',
      'x',
    ])
      expect(() => parsePartial(Buffer.from(wrong))).toThrow(
        expect.objectContaining({ code: 'PARTIAL', exit: 2 }),
      );
  });
  it('join, also with more parts than shards', async () => {
    const file = snapshotOf(70_000);
    const whole = await summarize(inputOf(file));
    for (const of of [1, 2, 5]) {
      const partials = await Promise.all(Array.from({ length: of }, (_, at) => part(at + 1, of, file)));
      const [merged] = mergePartials(partials.map((one) => parsePartial(partialBytes(one))));
      expect(Buffer.from(merged!.summary.root!.hash).equals(whole.root!.hash)).toBe(true);
      expect(merged!.summary.cids).toEqual(whole.cids);
    }
  });
  it('are numbered from 1', () => {
    expect(parseShard('2/5')).toEqual({ part: 2, of: 5 });
    for (const wrong of ['0/5', '6/5', '1', '1/0', '-1/5', '1/2/3', '1.5/2', ''])
      expect(() => parseShard(wrong)).toThrow(expect.objectContaining({ code: 'SHARD' }));
    expect(() => parseShard('4/3')).toThrow('4 is more than 3');
    const ranges = Array.from({ length: 4 }, (_, at) => shardRange(at + 1, 4, 6));
    expect(ranges).toEqual([
      { first: 0, count: 2, last: false },
      { first: 2, count: 2, last: false },
      { first: 4, count: 2, last: true },
      { first: 6, count: 0, last: false },
    ]);
  });
});

describe('a file that changes while it is read', () => {
  const reading = async (name: string, content: Uint8Array, change: (path: string) => void) => {
    const path = join(scratch, name);
    writeFileSync(path, content);
    const input = await openInput(path);
    const buffer = new Uint8Array(1000);
    try {
      await input.read(buffer);
      await input.read(buffer);
      change(path);
      while ((await input.read(buffer)) > 0);
    } finally {
      await input.close();
    }
  };
  const changed = expect.objectContaining({ code: 'INPUT_CHANGED', exit: 2 });
  it('is refused when it grows, shrinks or is written to', async () => {
    const file = snapshotOf(3000);
    await reading('same', file, () => {});
    await expect(reading('grows', file, (path) => appendFileSync(path, 'x'))).rejects.toEqual(changed);
    await expect(
      reading('shrinks', file, (path) => writeFileSync(path, file.subarray(0, 5000))),
    ).rejects.toEqual(changed);
    await expect(reading('touched', file, (path) => utimesSync(path, 1, 1))).rejects.toEqual(changed);
    await expect(
      reading('packed', gzipSync(snapshotOf(30_000)), (path) => appendFileSync(path, 'x')),
    ).rejects.toMatchObject({ exit: 2 });
  });
});

describe('places in a file', () => {
  it('are read where they are, and not behind the end or in a packed file', async () => {
    const file = snapshotOf(9);
    const path = join(scratch, 'places');
    writeFileSync(path, file);
    const { readAt, size, close } = await openRandomAccess(path);
    expect(size).toBe(file.length);
    expect(Buffer.from(await readAt(30, 64)).toString()).toMatch(/^[0-9a-f]{64}$/);
    await expect(readAt(size - 10, 11)).rejects.toMatchObject({ code: 'INPUT_CHANGED' });
    await close();
    writeFileSync(path, gzipSync(file));
    await expect(openRandomAccess(path)).rejects.toMatchObject({ code: 'INPUT_PACKED' });
  });
});

describe('zstd by the library', () => {
  it('gives every byte of frames that follow one another', async () => {
    const file = snapshotOf(3000);
    const packed = Buffer.concat([zstdOf(file.subarray(0, 70_000)), zstdOf(file.subarray(70_000))]);
    const stream = await unzstd();
    const parts: Buffer[] = [];
    stream.on('data', (part: Buffer) => parts.push(part));
    const ended = new Promise((resolve, reject) => stream.on('end', resolve).on('error', reject));
    for (let at = 0; at < packed.length; at += 777) stream.write(packed.subarray(at, at + 777));
    stream.end();
    await ended;
    expect(Buffer.concat(parts).equals(file)).toBe(true);
  });
});
