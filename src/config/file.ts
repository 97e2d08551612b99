/** Reads the one configuration file that was named; it is data, never code, and never searched for. */

import { readFileSync, statSync } from 'node:fs';
import { BursarError, usageError } from '../lib/errors.js';
import { DuplicateName, parseJson } from '../lib/json.js';
import { quoteReadable } from '../lib/numeric/text.js';
import type { ConfigFile } from './schema.js';
import { configProblems } from './schema.js';

const LARGEST = 1_048_576;

/** A configuration file that was read. `present` is false when the default file does not exist. */
export interface LoadedFile {
  readonly path: string;
  readonly present: boolean;
  readonly content: ConfigFile;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Reads and checks a configuration file. What is wrong inside it is returned in `problems`, so that they can be told
 * together with those of the environment and the flags.
 * @param required the user named the file: it must exist
 * @throws usage CONFIG_FILE (2) when it cannot be read or is not JSON
 */
export function readConfigFile(path: string, required: boolean): LoadedFile {
  const raw = readJsonFile(path, required);
  if (raw === undefined) return { path, present: false, content: {}, problems: [], warnings: [] };
  const problems = configProblems(raw);
  const content = problems.length === 0 ? (raw as ConfigFile) : {};
  return { path, present: true, content, problems, warnings: modeWarnings(path) };
}

/** The JSON value of a file; undefined when it does not exist and need not. @throws usage CONFIG_FILE (2) */
export function readJsonFile(path: string, required: boolean): unknown {
  let text: string;
  try {
    const { size } = statSync(path);
    if (size > LARGEST) throw fileError(path, `it has ${size} bytes, more than a configuration can need`);
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof BursarError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' && !required) return undefined;
    if (code === undefined) throw error;
    throw fileError(path, REASONS[code] ?? `the system says ${code}`);
  }
  try {
    return parseJson(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    // The engine's own message quotes the file, and there could be a secret in it: only the position is taken over.
    const twice = error instanceof DuplicateName ? error : undefined;
    const offset = twice?.offset ?? /position (\d+)/.exec((error as Error).message)?.[1];
    const before = text.slice(0, Number(offset ?? 0)).split('\n');
    const where = offset === undefined ? '' : ` (line ${before.length}, column ${before.at(-1)!.length + 1})`;
    if (twice !== undefined)
      throw fileError(
        path,
        `one name is there twice in one object${where}`,
        'Keep the one that is meant: which of the two counts is not defined.',
      );
    throw fileError(path, `it is not JSON${where}`, 'Comments and commas after the last item are not JSON.');
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'it may not be read by this user',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is not a directory',
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'its links go round in a circle',
  ERR_INVALID_ARG_VALUE: 'its name contains a null byte',
};

const fileError = (path: string, why: string, hint?: string) =>
  usageError('CONFIG_FILE', `The configuration file ${quoteReadable(path, 1_024)} cannot be used: ${why}.`, {
    hint: hint ?? 'Name another with --config or BURSAR_CONFIG; `bursar config path` says which one is read.',
  });

/** Who can write the configuration can lead bursar to another endpoint. */
function modeWarnings(path: string): string[] {
  if (process.platform === 'win32') return [];
  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o022) === 0) return [];
  return [`${path} can be changed by other users (mode ${mode.toString(8)}): run chmod go-w on it.`];
}
