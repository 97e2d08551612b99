/**
 * Opening of files that are read from start to end: plain, gzip or zstd by their content, or standard input for `-`.
 * What cannot be read is a usage error, never a verdict. A file that changes while it is read is noticed.
 */

import type { Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { type BursarError, usageError } from '../../errors.js';
import { quoteReadable } from '../../numeric/text.js';
import { fromChunks } from '../chunks.js';
import type { Input } from '../engine.js';
import { openAtOnce, pipeReader } from './pipe.js';
import { gunzip, unpackError, unzstd } from './unpack.js';

export type Packing = 'plain' | 'gzip' | 'zstd';

export interface OpenInput extends Input {
  /** The path in quotes, or `standard input`: for messages. */
  readonly shown: string;
  readonly packing: Packing;
  /** Bytes of the file as it lies there, packed or not; null for a pipe. */
  readonly size: number | null;
  /** How many of them were read. */
  readonly position: () => number;
  readonly close: () => Promise<void>;
}

export interface OpenOptions {
  /** `snapshot`, `ledger`: for messages. Default `file`. */
  readonly what?: string;
  readonly signal?: AbortSignal;
  /** Where reading begins; plain files only. Default 0. */
  readonly offset?: number;
  /** Packed files are not unpacked. */
  readonly asItIs?: boolean;
}

/**
 * Bytes of a file, or of standard input for `-`.
 * @throws usage INPUT_MISSING, INPUT_KIND (a directory), INPUT_UNREADABLE; while reading also INPUT_CHANGED,
 *   INPUT_TRUNCATED, INPUT_DAMAGED, INPUT_WINDOW
 */
export async function openInput(path: string, options: OpenOptions = {}): Promise<OpenInput> {
  const raw = path === '-' ? fromStdin(options) : await openRaw(path, options);
  try {
    const head = await readHead(raw);
    const packing = options.offset === undefined && options.asItIs !== true ? packingOf(head) : 'plain';
    const bytes = prepend(head, raw);
    const unpacked = packing === 'plain' ? bytes : await unpack(packing, bytes, raw.shown);
    return {
      shown: raw.shown,
      size: raw.size,
      position: raw.position,
      packing,
      async read(into) {
        options.signal?.throwIfAborted();
        return unpacked.read(into);
      },
      async close() {
        await unpacked.close?.();
        await raw.close();
      },
    };
  } catch (error) {
    await raw.close();
    throw error;
  }
}

/** Bytes at any place of a plain file: for the few that a proof needs. */
export interface RandomAccess {
  readonly shown: string;
  readonly size: number;
  /** @throws usage INPUT_UNREADABLE, INPUT_CHANGED for bytes behind the end */
  readonly readAt: (offset: number, length: number) => Promise<Uint8Array>;
  readonly close: () => Promise<void>;
}

/** @throws usage INPUT_MISSING, INPUT_KIND, INPUT_UNREADABLE; INPUT_PACKED for gzip and zstd, which have no places */
export async function openRandomAccess(path: string, what = 'file'): Promise<RandomAccess> {
  const shown = quoteReadable(path, 200);
  const { file, stats } = await openFile(path, shown, what);
  async function readAt(offset: number, length: number): Promise<Uint8Array> {
    // Not cleared first: all of it is read, or nothing is given.
    const into = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
    for (let filled = 0; filled < length; ) {
      const count = await readFrom(file, into.subarray(filled), offset + filled, shown);
      if (count === 0) throw changed(shown);
      filled += count;
    }
    return into;
  }
  try {
    if (!stats.isFile())
      throw usageError('INPUT_KIND', `${shown} is a pipe or a device, and must be a file here.`);
    if (packingOf(await readAt(0, Math.min(4, stats.size))) !== 'plain')
      throw usageError('INPUT_PACKED', `${shown} is packed, and single rows of it cannot be read.`, {
        hint: 'Unpack it first.',
      });
    return { shown, size: stats.size, readAt, close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** A file as it lies there. */
interface Raw extends Input {
  readonly shown: string;
  readonly size: number | null;
  readonly position: () => number;
  readonly close: () => Promise<void>;
}

async function openRaw(path: string, { what = 'file', offset = 0, signal }: OpenOptions): Promise<Raw> {
  const shown = quoteReadable(path, 200);
  const { file, stats } = await openFile(path, shown, what);
  const regular = stats.isFile();
  const readOn = regular ? null : await pipeReader(file, stats, path, signal);
  let position = offset;
  return {
    shown,
    size: regular ? stats.size : null,
    position: () => position,
    async read(into) {
      const count =
        readOn === null
          ? await readFrom(file, into, position, shown)
          : await readOn(into).catch((error: unknown) => {
              throw signal?.aborted === true ? signal.reason : readError(shown, error);
            });
      position += count;
      if (count === 0 && regular) await compare(file, stats, position, shown);
      return count;
    },
    close: () => file.close(),
  };
}

async function openFile(
  path: string,
  shown: string,
  what: string,
): Promise<{ file: FileHandle; stats: Stats }> {
  let file: FileHandle | undefined;
  try {
    file = await openAtOnce(path);
    const stats = await file.stat();
    if (stats.isDirectory())
      throw usageError('INPUT_KIND', `${shown} is a directory, not a ${what}.`, {
        hint: `Give the path of the ${what}.`,
      });
    return { file, stats };
  } catch (error) {
    await file?.close();
    throw readError(shown, error, what);
  }
}

async function readFrom(file: FileHandle, into: Uint8Array, at: number, shown: string): Promise<number> {
  try {
    return (await file.read(into, 0, into.length, at)).bytesRead;
  } catch (error) {
    throw readError(shown, error);
  }
}

/** At the end of a file: whether it is still the one that was opened. */
async function compare(file: FileHandle, before: Stats, position: number, shown: string): Promise<void> {
  const now = await file.stat();
  if (now.size !== before.size || now.mtimeMs !== before.mtimeMs || position !== before.size)
    throw changed(shown);
}

function fromStdin({ signal }: OpenOptions): Raw {
  let position = 0;
  const { read, close } = fromStream(process.stdin);
  // A read that waits for whoever writes does not hear the signal by itself.
  signal?.addEventListener('abort', () => process.stdin.destroy(signal.reason as Error), { once: true });
  return {
    shown: 'standard input',
    size: null,
    position: () => position,
    async read(into) {
      try {
        const count = await read(into);
        position += count;
        return count;
      } catch (error) {
        throw signal?.aborted === true ? signal.reason : readError('standard input', error);
      }
    },
    close: async () => close?.(),
  };
}

interface Bytes extends Input {
  readonly close?: () => Promise<void>;
}

/** Bytes of a stream, at most `into.length` at once. */
function fromStream(stream: Readable): Bytes {
  return {
    ...fromChunks(stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>),
    async close() {
      stream.destroy();
    },
  };
}

async function readHead(raw: Raw): Promise<Uint8Array> {
  const head = new Uint8Array(4);
  let filled = 0;
  while (filled < 4) {
    const count = await raw.read(head.subarray(filled));
    if (count === 0) break;
    filled += count;
  }
  return head.subarray(0, filled);
}

function prepend(head: Uint8Array, raw: Raw): Bytes {
  let rest = head;
  return {
    async read(into) {
      if (rest.length === 0) return raw.read(into);
      const part = rest.subarray(0, into.length);
      into.set(part);
      rest = rest.subarray(part.length);
      return part.length;
    },
  };
}

function packingOf(head: Uint8Array): Packing {
  const [a, b, c, d] = head;
  if (a === 0x1f && b === 0x8b) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  // A frame that is skipped: some packers put one first.
  if (a !== undefined && a >= 0x50 && a <= 0x5f && b === 0x2a && c === 0x4d && d === 0x18) return 'zstd';
  return 'plain';
}

const PACKED_CHUNK = 65_536;

async function unpack(packing: 'gzip' | 'zstd', bytes: Input, shown: string): Promise<Bytes> {
  let given = 0;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = new Uint8Array(PACKED_CHUNK);
      const count = await bytes.read(chunk);
      if (count === 0) return;
      given += count;
      yield chunk.subarray(0, count);
    }
  }
  const unpacker = packing === 'gzip' ? gunzip() : null;
  // An error on either side comes to whoever reads.
  const unpacked = fromStream(pipeline(Readable.from(chunks()), unpacker ?? (await unzstd()), () => {}));
  return {
    ...unpacked,
    async read(into) {
      try {
        const count = await unpacked.read(into);
        // Node ends at a zero byte behind a member, and says nothing of what follows.
        if (count === 0 && unpacker !== null && unpacker.bytesWritten !== given)
          throw new Error('something follows it');
        return count;
      } catch (error) {
        throw (error as Error).name === 'BursarError' ? error : unpackError(error, shown);
      }
    },
  };
}

const changed = (shown: string): BursarError =>
  usageError('INPUT_CHANGED', `${shown} changed while it was read.`, {
    hint: 'Wait until it is completely there, and run again.',
  });

function readError(shown: string, cause: unknown, what = 'file'): unknown {
  if ((cause as Error).name === 'BursarError') return cause;
  const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return usageError('INPUT_MISSING', `There is no ${what} at ${shown}.`, {
      hint: 'Check the path.',
      cause,
    });
  return usageError('INPUT_UNREADABLE', `${shown} cannot be read (${code}).`, {
    hint: 'Check its permissions and the disk.',
    cause,
  });
}
