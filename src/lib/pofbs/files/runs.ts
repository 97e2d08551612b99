/** Sorted runs on disk, in a directory that only this user can read: they hold wallets and salts. */

import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Run, RunStore, RunWriter } from '../sort.js';
import { outputError } from './output.js';

/**
 * Runs as files in `directory`, which exists and is removed by whoever made it.
 * @throws usage OUTPUT_WRITE when there is no room, from every call that writes
 */
export function runsOnDisk(directory: string): RunStore {
  let made = 0;
  return { create: () => createRun(join(directory, `run-${made++}`)) };
}

function createRun(path: string): RunWriter {
  const file = attempt(path, () => openSync(path, 'wx', 0o600));
  let size = 0;
  return {
    write(bytes) {
      attempt(path, () => {
        for (let done = 0; done < bytes.length; )
          done += writeSync(file, bytes, done, bytes.length - done, size + done);
      });
      size += bytes.length;
    },
    finish() {
      closeSync(file);
      return runAt(path, size);
    },
  };
}

/** Opened when it is first read: there may be more runs than a process may have files open. */
function runAt(path: string, size: number): Run {
  let file: number | undefined;
  return {
    bytes: size,
    read(into, at) {
      file ??= openSync(path, 'r');
      const wanted = Math.min(into.length, size - at);
      let done = 0;
      while (done < wanted) {
        const read = readSync(file, into, done, wanted - done, at + done);
        if (read === 0) throw outputError(path, new Error('it was cut off by another program'));
        done += read;
      }
      return done;
    },
    discard() {
      if (file !== undefined) closeSync(file);
      rmSync(path, { force: true });
    },
  };
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw outputError(path, error);
  }
}
