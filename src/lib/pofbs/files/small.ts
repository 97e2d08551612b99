/** Whole small files (manifests, proofs, salts): from a path, or from standard input for `-`. */

import type { FileHandle } from 'node:fs/promises';
import { type BursarError, usageError } from '../../errors.js';
import { quoteReadable } from '../../numeric/text.js';
import { openAtOnce, type PipeReader, pipeReader } from './pipe.js';

/** Largest manifest: its shards' offsets are most of it, those of a hundred thousand million rows. */
export const MAX_MANIFEST_BYTES = 64 << 20;

export interface SmallFile {
  /** `manifest`, `proof`: for messages. */
  readonly what: string;
  /** More than this cannot be what is asked for. */
  readonly maxBytes: number;
}

/** @throws usage INPUT_MISSING, INPUT_UNREADABLE, INPUT_KIND (a directory), INPUT_SIZE */
export async function readSmallFile(path: string, rule: SmallFile): Promise<Uint8Array> {
  if (path === '-') return collect(process.stdin, 'standard input', rule);
  const shown = quoteReadable(path, 200);
  let file: FileHandle;
  try {
    file = await openAtOnce(path);
  } catch (error) {
    throw readError(shown, rule, error);
  }
  try {
    const stats = await file.stat();
    if (stats.isDirectory())
      throw usageError('INPUT_KIND', `${shown} is a directory, not a ${rule.what}.`, {
        hint: `Give the path of the ${rule.what}.`,
      });
    const bytes = stats.isFile()
      ? file.createReadStream({ autoClose: false })
      : chunksOf(await pipeReader(file, stats, path));
    return await collect(bytes, shown, rule);
  } catch (error) {
    throw (error as Error).name === 'BursarError' ? error : readError(shown, rule, error);
  } finally {
    await file.close();
  }
}

async function* chunksOf(read: PipeReader): AsyncGenerator<Buffer> {
  for (;;) {
    const chunk = Buffer.alloc(65_536);
    const count = await read(chunk);
    if (count === 0) return;
    yield chunk.subarray(0, count);
  }
}

async function collect(
  stream: AsyncIterable<unknown>,
  shown: string,
  { what, maxBytes }: SmallFile,
): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > maxBytes)
      throw usageError('INPUT_SIZE', `${shown} is larger than ${maxBytes} bytes: it is not a ${what}.`, {
        hint: 'Check the path.',
      });
  }
  return new Uint8Array(Buffer.concat(chunks));
}

function readError(shown: string, { what }: SmallFile, cause: unknown): BursarError {
  const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
  return code === 'ENOENT' || code === 'ENOTDIR'
    ? usageError('INPUT_MISSING', `There is no ${what} at ${shown}.`, { hint: 'Check the path.', cause })
    : usageError('INPUT_UNREADABLE', `The ${what} ${shown} cannot be read (${code}).`, {
        hint: 'Check the path and who may read it.',
        cause,
      });
}
