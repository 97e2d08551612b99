/** Where made-once files (genesis states) are kept, and how they are written. */

import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { usageError } from '../src/lib/errors.js';

/** The package's root: the folder above devnet/, whether this runs from the sources or from dist/. */
export const packageRoot = (() => {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
})();

/**
 * The cache folder: `BURSAR_CACHE_DIR`, else `node_modules/.cache/bursar` of the package where that can be written, else
 * the user's cache folder. The folder is created.
 */
export function cacheDirectory(chosen?: string): string {
  const named = chosen ?? process.env.BURSAR_CACHE_DIR;
  if (named !== undefined && named !== '') return made(named);
  const modules = join(packageRoot, 'node_modules');
  try {
    accessSync(modules, constants.W_OK);
    return made(join(modules, '.cache', 'bursar'));
  } catch {
    const base = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
    if (isAbsolute(base)) return made(join(base, 'bursar'));
    throw usageError('USER_DIRECTORY', 'Neither HOME nor XDG_CACHE_HOME names a directory for the cache.', {
      hint: 'Set one of them to an absolute path, or BURSAR_CACHE_DIR.',
    });
  }
}

function made(folder: string): string {
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** What a cached file holds, or undefined; reading it keeps it from being swept away. */
export function readCacheFile(path: string): Buffer | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    // A cache that others own is read all the same.
  }
  return readFileSync(path);
}

const KEEP_MS = 7 * 86_400_000;

/** Remove files of the same preset that nobody read for a week: those of earlier runtimes. */
function sweep(path: string): void {
  const preset = basename(path).replace(/-[0-9a-f-]+\.\w+$/, '');
  for (const name of readdirSync(dirname(path))) {
    const other = join(dirname(path), name);
    if (name.startsWith(`${preset}-`) && Date.now() - statSync(other).mtimeMs > KEEP_MS)
      rmSync(other, { force: true });
  }
}

/**
 * Write a file so that a reader sees all of it or nothing. A cache that cannot be written is no error: the file is made
 * again next time.
 */
export function writeCacheFile(path: string, parts: readonly Uint8Array[]): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, Buffer.concat(parts));
    renameSync(temporary, path);
    sweep(path);
  } catch {
    rmSync(temporary, { force: true });
  }
}
