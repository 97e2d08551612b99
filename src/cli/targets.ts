/** Accounts named on the command line or in a file. */

import { readFile } from 'node:fs/promises';
import { usageError } from '../lib/errors.js';

/** A file of a few hundred addresses; more is a mistake. */
const MAX_FILE = 1024 * 1024;

/** @throws usage TARGETS_FILE, TARGETS */
export async function readTargets(named: readonly string[], file: string | undefined): Promise<string[]> {
  const listed = file === undefined ? [] : lines(await contents(file));
  const all = [...named, ...listed];
  if (all.length === 0) {
    throw usageError('TARGETS', 'No validator is named.', {
      hint: 'Name them as arguments, or in a file with --targets-file. To stop nominating use `bursar stake chill`.',
    });
  }
  return all;
}

/** The accounts to look at: those that are named, else the signing account. @throws usage ACCOUNTS */
export function accountNames(named: readonly string[], from: string | undefined): readonly string[] {
  if (named.length > 0) return named;
  if (from !== undefined) return [from];
  throw usageError('ACCOUNTS', 'No account is named.', {
    hint: 'Name addresses or keys, or set "from" in the configuration.',
  });
}

async function contents(file: string): Promise<string> {
  try {
    const bytes = await readFile(file === '-' ? '/dev/stdin' : file);
    if (bytes.length > MAX_FILE) throw new Error('it is larger than 1 MiB');
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw usageError('TARGETS_FILE', `The file of validators cannot be read: ${why}.`, {
      hint: 'Give a text file with one address or key name a line.',
      cause,
    });
  }
}

const lines = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.replace(/#.*$/, '').trim())
    .filter((line) => line !== '');
