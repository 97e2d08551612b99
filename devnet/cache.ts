/** Where made-once files (genesis states) are kept, and how they are written. */

import { accessSync, constants, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

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
    return made(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'bursar'));
  }
}

function made(folder: string): string {
  mkdirSync(folder, { recursive: true });
  return folder;
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
  } catch {
    rmSync(temporary, { force: true });
  }
}
