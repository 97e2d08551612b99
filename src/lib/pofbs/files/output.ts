/**
 * Writing the files of an epoch so that they appear whole or not at all: they are written into a directory of their own
 * inside the target, flushed, and renamed to their places in one go, the manifest last. Whatever happens before that
 * (an error, a full disk, Ctrl-C) leaves the target as it was.
 */

import {
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { BursarError, usageError } from '../../errors.js';
import { quoteReadable } from '../../numeric/text.js';

export interface OutputFile {
  /** @throws usage OUTPUT_WRITE */
  write(bytes: Uint8Array): void;
  /** Flushes to the disk and closes. @throws usage OUTPUT_WRITE */
  finish(): void;
}

export interface Staging {
  /** Absolute path under which a file of this name is being made. */
  path(name: string): string;
  /** An empty directory for temporary files, readable by this user alone. */
  readonly scratch: string;
  /** A new file; `private`: readable by this user alone. @throws usage OUTPUT_WRITE */
  create(name: string, access: 'public' | 'private'): OutputFile;
  /**
   * Moves files to their places in this order, after removing the files of `stale` that are there: all of it, or nothing.
   * @throws usage OUTPUT_WRITE, OUTPUT_KIND
   */
  publish(names: readonly string[], stale: readonly string[]): void;
  /** Removes everything that is not published, and the target directory if it was made for this. */
  discard(): void;
}

/**
 * Begins to write into a directory, which is made if it is missing.
 * @param scratchIn where temporary files go instead: another disk
 * @throws usage OUTPUT_WRITE
 */
export function openStaging(target: string, scratchIn?: string): Staging {
  const directory = resolve(target);
  const madeFrom = attempt(directory, () => makeDirectory(directory));
  const removeMade = () => {
    if (madeFrom !== undefined) removeEmpty(directory, dirname(madeFrom));
  };
  let stage: string;
  let scratch: string;
  try {
    stage = attempt(directory, () => mkdtempSync(join(directory, '.bursar-')));
  } catch (error) {
    removeMade();
    throw error;
  }
  const open = new Set<number>();
  const remove = () => {
    process.off('exit', remove);
    for (const file of open) closeQuietly(file);
    open.clear();
    rmSync(stage, { recursive: true, force: true });
    if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
    removeMade();
  };
  // A second Ctrl-C ends the process at once; what is in the stage must not outlive it, for it holds wallets and salts.
  process.on('exit', remove);
  try {
    scratch = attempt(scratchIn ?? stage, () => mkdtempSync(join(scratchIn ?? stage, '.bursar-sort-')));
  } catch (error) {
    remove();
    throw error;
  }
  return {
    scratch,
    path: (name) => join(stage, name),
    create: (name, access) => createFile(join(stage, name), join(directory, name), access, open),
    publish: (names, stale) => publish(directory, stage, names, stale),
    discard: remove,
  };
}

function createFile(
  path: string,
  shown: string,
  access: 'public' | 'private',
  open: Set<number>,
): OutputFile {
  const file = attempt(shown, () => openSync(path, 'wx', access === 'private' ? 0o600 : 0o644));
  open.add(file);
  return {
    write(bytes) {
      attempt(shown, () => {
        for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done);
      });
    },
    finish() {
      open.delete(file);
      attempt(shown, () => {
        try {
          fsyncSync(file);
        } finally {
          closeSync(file);
        }
      });
    },
  };
}

function publish(directory: string, stage: string, names: readonly string[], stale: readonly string[]): void {
  const away = join(stage, 'replaced');
  const moved: { readonly from: string; readonly to: string }[] = [];
  const move = (from: string, to: string) => {
    renameSync(from, to);
    moved.push({ from, to });
  };
  attempt(directory, () => {
    mkdirSync(away);
    try {
      const replaced = new Set([...names].reverse().concat(stale));
      for (const name of present(directory, [...replaced])) {
        const path = join(directory, name);
        if (lstatSync(path).isDirectory())
          throw usageError(
            'OUTPUT_KIND',
            `${quoteReadable(path, 300)} is a directory, and would be replaced by a file.`,
            { hint: 'Move it away, or choose another directory.' },
          );
        move(path, join(away, name));
      }
      for (const [index, name] of names.entries()) {
        // The last file stands for all of them: it may be on disk only when the others are.
        if (index === names.length - 1) syncDirectory(directory);
        move(join(stage, name), join(directory, name));
      }
    } catch (error) {
      for (const { from, to } of moved.reverse()) renameSync(to, from);
      throw error;
    }
    syncDirectory(directory);
  });
}

/** Names among these that the directory holds. */
export function present(directory: string, names: readonly string[]): string[] {
  return names.filter((name) => existsSync(join(directory, name)));
}

/**
 * Makes a directory and the parents that it lacks. Node's own recursive mkdir never returns where the system says that a
 * parent is missing which is there, as /proc does.
 * @returns the topmost directory that was made; undefined if it was there
 */
function makeDirectory(directory: string): string | undefined {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory()) return undefined;
  const parent = dirname(directory);
  const top = existsSync(parent) ? undefined : makeDirectory(parent);
  try {
    mkdirSync(directory);
  } catch (error) {
    if (top !== undefined) removeEmpty(parent, dirname(top));
    throw error;
  }
  return top ?? directory;
}

/** Removes a directory and its parents below `end` as long as they are empty. */
function removeEmpty(directory: string, end: string): void {
  try {
    for (let at = directory; at !== end && at !== dirname(at); at = dirname(at)) rmdirSync(at);
  } catch {
    // Something is in it: it stays.
  }
}

/** Not every file system can flush a directory. */
function syncDirectory(path: string): void {
  try {
    const directory = openSync(path, 'r');
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  } catch {
    // The files themselves are flushed; nothing more can be done here.
  }
}

function closeQuietly(file: number): void {
  try {
    closeSync(file);
  } catch {
    // It is removed in any case.
  }
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw outputError(path, error);
  }
}

const REASONS: Readonly<Record<string, readonly [string, string]>> = {
  ENOSPC: ['the disk is full', 'Make room, or choose another disk with --out and --tmp.'],
  EDQUOT: ['the quota is used up', 'Make room, or choose another disk with --out and --tmp.'],
  EFBIG: ['the file would be larger than allowed', 'Raise the limit (ulimit -f), or choose another disk.'],
  EACCES: ['this user may not write there', 'Choose a directory of your own, or ask its owner.'],
  EPERM: ['this user may not write there', 'Choose a directory of your own, or ask its owner.'],
  EROFS: ['the file system is read-only', 'Choose another directory.'],
  ENOTDIR: ['a part of the path is a file', 'Choose another directory.'],
  EEXIST: ['there is a file of that name', 'Choose another directory.'],
  ENOENT: ['there is no such directory', 'Check the path.'],
  EMFILE: ['too many files are open', 'Raise the limit (ulimit -n).'],
};

/** What the operating system said about writing to `path`, as an error for people; a bursar error stays what it is. */
export function outputError(path: string, cause: unknown): BursarError {
  if (cause instanceof BursarError) return cause;
  const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
  const [why, hint] = REASONS[code] ?? [(cause as Error).message, 'Check the path and the disk.'];
  return usageError('OUTPUT_WRITE', `${quoteReadable(path, 300)} cannot be written: ${why} (${code}).`, {
    hint: `${hint} Nothing was left behind.`,
    cause,
  });
}
