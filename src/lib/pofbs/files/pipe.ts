/**
 * Reading that can be interrupted. A system call that waits for whoever will write to a named pipe holds its thread, and
 * with it the end of the process: files are opened so that nothing waits, and what would have to is asked again.
 */

import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Opens for reading and returns at once, whatever the path leads to. */
export const openAtOnce = (path: string): Promise<FileHandle> =>
  open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));

/** Bytes of what is no regular file: 0 at its end. */
export type PipeReader = (into: Uint8Array) => Promise<number>;

const FIRST_WAIT_MS = 1;
const LONGEST_WAIT_MS = 50;

/**
 * Reads a pipe or a device. The end of a named pipe that nothing came through yet is no end: its writer has not begun.
 * @param stats of the open file
 * @throws the signal's reason, and what the system says
 */
export async function pipeReader(
  file: FileHandle,
  stats: Stats,
  path: string,
  signal?: AbortSignal,
): Promise<PipeReader> {
  let awaited = stats.isFIFO() && (await isNamed(path));
  return async (into) => {
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
      signal?.throwIfAborted();
      const count = await readNow(file, into);
      if (count !== null && (count > 0 || !awaited)) {
        awaited = false;
        return count;
      }
      await sleep(wait);
    }
  };
}

/** Null if there is nothing to read yet. */
async function readNow(file: FileHandle, into: Uint8Array): Promise<number | null> {
  try {
    return (await file.read(into, 0, into.length, null)).bytesRead;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return null;
    throw error;
  }
}

/** A pipe between two processes has no place in a directory, whatever /dev/stdin or /dev/fd/63 say. */
async function isNamed(path: string): Promise<boolean> {
  try {
    await realpath(path);
    return true;
  } catch {
    return false;
  }
}
