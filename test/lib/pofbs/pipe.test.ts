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
