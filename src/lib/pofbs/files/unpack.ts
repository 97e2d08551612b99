/** Unpacking of gzip and zstd streams, with errors that say what is wrong. */

import { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { type BursarError, usageError } from '../../errors.js';
import { type FrameEnd, LargeWindow, ZstdFrames } from './zstdFrames.js';

const CHUNK = 262_144;
/** Ids do not pack: no snapshot becomes a thousand times larger. What does is made to fill the memory. */
const MOST_AT_ONCE = 64 << 20;

const MANY_BLOCKS = 1024;
/** Bytes; packers make blocks of up to 131,072. */
const SMALL_BLOCK = 128;

const NOTHING = new Uint8Array(0);

export const gunzip = (): zlib.Gunzip => zlib.createGunzip({ chunkSize: CHUNK });

/**
 * With a library on every Node, so that a file has one verdict everywhere: Node's own zstd is missing in 20, takes a file
 * that is cut off for a whole one in 22, and knows no limit to what a file becomes.
 */
export async function unzstd(): Promise<Transform> {
  const [{ Decompress }, { create64 }] = await Promise.all([
    import('fzstd'),
    import('xxhash-wasm').then(({ default: xxhash }) => xxhash()),
  ]);
  const frames = new ZstdFrames();
  let unpacked: Uint8Array[] = [];
  let size = 0;
  let blocks = 0;
  let whole = 0;
  let inFrame = 0;
  let hash = create64();
  function take(chunk: Uint8Array, final?: boolean) {
    if (final) return;
    size += chunk.length;
    whole += chunk.length;
    inFrame += chunk.length;
    // The decoder moves its window for each block, however small.
    if (++blocks > MANY_BLOCKS && whole < SMALL_BLOCK * blocks) throw new Error('its blocks are too small');
    if (size > MOST_AT_ONCE) throw new Error('it becomes too large');
    if (chunk.length === 0) return;
    hash.update(chunk);
    // The decoder uses the memory of a chunk again.
    unpacked.push(chunk.slice());
  }
  let decoder = new Decompress(take);
  // The decoder passes over what a frame says of its content.
  function endFrame(said: FrameEnd) {
    decoder.push(NOTHING, true);
    if (said.size !== null && said.size !== inFrame)
      throw new Error(`a frame says ${said.size} bytes and has ${inFrame}`);
    if (said.checksum !== null && BigInt(said.checksum) !== BigInt.asUintN(32, hash.digest()))
      throw new Error('a checksum is wrong');
    decoder = new Decompress(take);
    hash = create64();
    inFrame = 0;
  }
  function unpack(bytes: Uint8Array) {
    let from = 0;
    for (const end of frames.see(bytes)) {
      decoder.push(bytes.subarray(from, end.at), false);
      endFrame(end);
      from = end.at;
    }
    if (from < bytes.length) decoder.push(bytes.subarray(from), false);
  }
  const step = (work: () => void, stream: Transform, done: (error?: Error) => void) => {
    try {
      work();
      for (const part of unpacked) stream.push(part);
      done();
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
    unpacked = [];
    size = 0;
  };
  return new Transform({
    readableHighWaterMark: CHUNK,
    transform(chunk: Uint8Array, _encoding, done) {
      step(() => unpack(chunk), this, done);
    },
    flush(done) {
      step(() => decoder.push(NOTHING, true), this, done);
    },
  });
}

/** What a stream's error means: the file is cut off, or it is damaged. */
export function unpackError(cause: unknown, shown: string): BursarError {
  const { code, message } = cause as NodeJS.ErrnoException;
  // zlib's code for either format, and the library's for zstd.
  if (code === 'Z_BUF_ERROR' || /unexpected e(nd|of)/i.test(message))
    return usageError('INPUT_TRUNCATED', `${shown} is cut off: its packed data ends too early.`, {
      hint: 'Copy or download it again, completely.',
      cause,
    });
  if (cause instanceof LargeWindow)
    return usageError('INPUT_WINDOW', `${shown} is not unpacked: ${message}.`, {
      hint: 'It was packed with zstd’s --long or --ultra. Unpack it with zstd first.',
      cause,
    });
  return usageError(
    'INPUT_DAMAGED',
    `${shown} cannot be unpacked: its packed data is damaged (${message}).`,
    {
      hint: 'Copy or download it again.',
      cause,
    },
  );
}
