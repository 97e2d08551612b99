/** Pipes, and packed files of which not everything is packed. */

import { execFileSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { openInput } from '../../../src/lib/pofbs/files/input.js';
import { readSmallFile } from '../../../src/lib/pofbs/files/small.js';
import { named } from '../../../src/lib/pofbs/files/snapshots.js';

const directory = mkdtempSync(join(tmpdir(), 'bursar-pipe-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function fifo(name: string): string {
  const path = join(directory, name);
  execFileSync('mkfifo', [path]);
  return path;
}

async function allOf(path: string, signal?: AbortSignal): Promise<string> {
  const input = await openInput(path, signal === undefined ? {} : { signal });
  try {
    const parts: Buffer[] = [];
    const into = new Uint8Array(1000);
    for (let count = await input.read(into); count > 0; count = await input.read(into))
      parts.push(Buffer.from(into.slice(0, count)));
    return Buffer.concat(parts).toString();
  } finally {
    await input.close();
  }
}

describe.skipIf(process.platform === 'win32')('a named pipe', () => {
  it('is waited for until somebody writes, and read until nobody does', async () => {
    const path = fifo('late');
    const reading = allOf(path);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const writer = createWriteStream(path);
    writer.write('one ');
    await new Promise((resolve) => setTimeout(resolve, 100));
    writer.end('two');
    expect(await reading).toBe('one two');
  });
  it('that nobody writes to can be interrupted', async () => {
    const controller = new AbortController();
    const reading = allOf(fifo('never'), controller.signal);
    setTimeout(() => controller.abort(new Error('interrupted')), 50);
    await expect(reading).rejects.toThrow('interrupted');
  });
  it('may bring a small file', async () => {
    const path = fifo('small');
    const reading = readSmallFile(path, { what: 'proof', maxBytes: 100 });
    setTimeout(() => createWriteStream(path).end('proof'), 50);
    expect(Buffer.from(await reading).toString()).toBe('proof');
  });
});

describe('a path that leads in a circle', () => {
  it('cannot be read', async () => {
    const path = join(directory, 'circle');
    symlinkSync('circle', path);
    await expect(named(path)).rejects.toMatchObject({ code: 'INPUT_UNREADABLE', exit: 2 });
  });
});

describe('gzip', () => {
  const packed = gzipSync('some text');
  const of = (name: string, ...parts: Uint8Array[]) => {
    const path = join(directory, name);
    writeFileSync(path, Buffer.concat(parts));
    return path;
  };
  const damaged = { code: 'INPUT_DAMAGED', exit: 2 };
  it('of several members is read to the end of the last', async () => {
    expect(await allOf(of('two.gz', packed, packed))).toBe('some textsome text');
  });
  it.each([
    ['text', 'more'],
    ['zeros', '\0\0\0'],
    ['a zero and text', '\0more'],
  ])('with %s behind it is damaged', async (name, text) => {
    await expect(allOf(of(`${name}.gz`, packed, Buffer.from(text)))).rejects.toMatchObject(damaged);
  });
  it('with a zero and another member behind it is damaged', async () => {
    await expect(allOf(of('hidden.gz', packed, Buffer.alloc(1), packed))).rejects.toMatchObject(damaged);
  });
});

describe('zstd', () => {
  const of = (name: string, bytes: Uint8Array) => {
    const path = join(directory, name);
    writeFileSync(path, bytes);
    return path;
  };
  /** A frame of blocks: flags and what follows them, then blocks of one raw or repeated byte string. */
  const frame = (head: readonly number[], blocks: readonly Uint8Array[]) =>
    Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, ...head]), ...blocks]);
  const raw = (text: string, last: boolean) => {
    const header = Buffer.alloc(3);
    header.writeUIntLE((last ? 1 : 0) | (text.length << 3), 0, 3);
    return Buffer.concat([header, Buffer.from(text)]);
  };
  const skipped = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
  const good = frame([0, 0x50], [raw('some ', false), raw('text', true)]);

  it('of several frames is read to the end of the last', async () => {
    const { unzstd } = await import('../../../src/lib/pofbs/files/unpack.js');
    for (const portion of [1, 2, 3, 5, 7, 100]) {
      const stream = await unzstd();
      const bytes = Buffer.concat([good, skipped, frame([0x20, 3], [raw('abc', true)]), good]);
      for (let at = 0; at < bytes.length; at += portion) stream.write(bytes.subarray(at, at + portion));
      stream.end();
      const parts: Buffer[] = [];
      for await (const part of stream) parts.push(part as Buffer);
      expect(Buffer.concat(parts).toString()).toBe('some textabcsome text');
    }
  });
  it.each([
    ['a window of 2 GB', frame([0, 0xa8], [raw('x', true)])],
    ['a content of 2 GB in one segment', frame([0xa0, 0xff, 0xff, 0xff, 0x7f], [raw('x', true)])],
    ['a content of 2^60 bytes', frame([0xe0, 0, 0, 0, 0, 0, 0, 0, 0x10], [raw('x', true)])],
    ['such a window in its second frame', Buffer.concat([good, skipped, frame([0, 0xa8], [raw('x', true)])])],
  ])('that wants %s gets no memory for it', async (name, bytes) => {
    const { unzstd, unpackError } = await import('../../../src/lib/pofbs/files/unpack.js');
    const before = process.memoryUsage().arrayBuffers;
    const stream = await unzstd();
    stream.end(bytes);
    const failure = await stream.toArray().then(
      () => null,
      (error: unknown) => unpackError(error, name),
    );
    expect(failure).toMatchObject({ code: 'INPUT_WINDOW', exit: 2 });
    expect(failure?.message).toContain('wants a window');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 << 20);
  });
  // One frame of 'some text' with its size and its checksum, the low half of XXH64.
  const summed = frame([0x24, 9], [raw('some ', false), raw('text', true), Buffer.from('e11ed8c1', 'hex')]);
  const changed = (at: number, to: number) => {
    const bytes = Buffer.from(summed);
    bytes[at] = to;
    return bytes;
  };
  it.each([
    ['that says its size and its checksum is read', [summed], 'some textsome text'],
    ['with another byte in it is damaged', [changed(9, 0x53)], /a checksum is wrong/],
    ['with another checksum is damaged', [changed(summed.length - 1, 0)], /a checksum is wrong/],
    ['that says another size is damaged', [changed(5, 10)], /says 10 bytes and has 9/],
    ['whose checksum is cut off is cut off', [summed.subarray(0, -1)], /unexpected EOF/],
    ['without its checksum is cut off', [summed.subarray(0, -4)], /unexpected EOF/],
  ])('a frame %s', async (_, [bytes], expected) => {
    const { unzstd } = await import('../../../src/lib/pofbs/files/unpack.js');
    for (const portion of [1, 2, 3, 100]) {
      const stream = await unzstd();
      // Behind a good one: a checksum is of one frame.
      const all = Buffer.concat([summed, bytes!]);
      for (let at = 0; at < all.length; at += portion) stream.write(all.subarray(at, at + portion));
      stream.end();
      const read = stream.toArray().then((parts) => Buffer.concat(parts).toString());
      if (typeof expected === 'string') expect(await read).toBe(expected);
      else await expect(read).rejects.toThrow(expected);
    }
  });
  it('of very many blocks of one byte is given up', async () => {
    const { unzstd } = await import('../../../src/lib/pofbs/files/unpack.js');
    const stream = await unzstd();
    const block = raw('x', false);
    stream.end(
      frame(
        [0, 0x68],
        Array.from({ length: 20_000 }, () => block),
      ),
    );
    await expect(stream.toArray()).rejects.toThrow('too small');
  });
  it('is told by its first bytes', async () => {
    expect(await allOf(of('good.zst', good))).toBe('some text');
    await expect(allOf(of('cut.zst', good.subarray(0, 12)))).rejects.toMatchObject({
      code: 'INPUT_TRUNCATED',
    });
  });
});
