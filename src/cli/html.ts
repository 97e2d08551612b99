/** `--html FILE`: the report as a page, beside what is printed. Loaded only when it is asked for. */

import { constants } from 'node:fs';
import { access, lstat, open, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { quoteInput } from '../config/quote.js';
import { BursarError, usageError } from '../lib/errors.js';
import { assertReplaceable } from '../lib/replace.js';

/** In place of a file: the page is printed instead of the text. */
export const STDOUT = '-';

/**
 * Refuses a place that a page cannot be written to, before any work is done.
 * @throws usage HTML_FILE, FILE_EXISTS
 */
export async function checkPageFile(file: string): Promise<string> {
  if (file === STDOUT) return file;
  if (file.trim() === '') throw refusal(file, 'the name is empty');
  const directory = dirname(file);
  try {
    if (!(await stat(directory)).isDirectory()) throw refusal(file, `${shown(directory)} is no directory`);
    await access(directory, constants.W_OK);
    // A link is followed to what it names; one that names nothing would be replaced, which nobody expects.
    const link = await lstat(file).catch(() => undefined);
    const target = link === undefined ? undefined : await stat(file);
    if (target?.isDirectory()) throw refusal(file, 'it is a directory');
    if (target !== undefined && !target.isFile()) throw refusal(file, 'it is not an ordinary file');
  } catch (error) {
    throw asRefusal(file, error);
  }
  await assertReplaceable(file, { what: 'page', shown: shown(file), begins: /^\s*<!doctype html/i });
  await tryDirectory(file, directory);
  return file;
}

/**
 * Permissions do not tell all: the superuser may write to /proc, which takes no files, or to a file system that is
 * read-only or full. So a file is made beside the page, as writing it will, and taken away.
 */
async function tryDirectory(file: string, directory: string): Promise<void> {
  const probe = join(directory, `.bursar-${process.pid}-${Date.now().toString(36)}`);
  try {
    await (await open(probe, 'wx', 0o600)).close();
    await unlink(probe);
  } catch (error) {
    // The directory is there: it was looked at a moment ago.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw refusal(file, `${shown(directory)} takes no files`);
    throw asRefusal(file, error);
  }
}

/**
 * Writes beside the file and renames: a reader never sees half a page. Readable by everybody (mode 0644), as pages are
 * made to be shown.
 * @returns why it could not be done: what was found out is to be told all the same
 */
export async function writePage(file: string, page: string): Promise<BursarError | undefined> {
  const { default: writeFileAtomic } = await import('write-file-atomic');
  try {
    await checkPageFile(file);
    await writeFileAtomic(file, page, { mode: 0o644 });
    return undefined;
  } catch (error) {
    return asRefusal(file, error);
  }
}

/** `--html -` with `--json`: two results, one stdout. */
export const twoResults = (): BursarError =>
  usageError('HTML_FILE', 'Both --json and --html - write to stdout.', {
    hint: 'Name a file for the page.',
  });

const shown = (path: string) => quoteInput(path, 200);

const refusal = (file: string, why: string): BursarError =>
  usageError('HTML_FILE', `The page cannot be written to ${shown(file)}: ${why}.`, {
    hint: 'Name a file in a directory that exists and that you may write to, or - for stdout.',
  });

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such directory',
  ENOTDIR: 'a part of its path is no directory',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EISDIR: 'it is a directory',
  ELOOP: 'its links go in a circle',
  ENAMETOOLONG: 'the name is too long',
};

function asRefusal(file: string, error: unknown): BursarError {
  if (error instanceof BursarError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined) throw error;
  return refusal(file, REASONS[code] ?? `the system refused (${code})`);
}
