/** Changes one value of the configuration file: validated as a whole, written atomically, readable by its owner. */

import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { usageError } from '../lib/errors.js';
import { parseJson } from '../lib/json.js';
import { escapeInvisible, showUrlsIn } from '../lib/shown.js';
import { readJsonFile } from './file.js';
import { quoteInput } from './quote.js';
import { type ConfigFile, configProblems, listAt, schemaAt } from './schema.js';
import { contentProblems, invalid } from './settings.js';

export interface ConfigChange {
  readonly path: string;
  readonly key: string;
  /** As JSON text; null: not set. */
  readonly before: string | null;
  readonly after: string | null;
  readonly changed: boolean;
}

type Tree = Record<string, unknown>;

/**
 * Sets or removes `key` (`networks.polkadot.endpoints`).
 * @param text the value as typed; undefined only with `unset`
 * @throws usage CONFIG_KEY, CONFIG_VALUE, CONFIG_INVALID, CONFIG_FILE (2): nothing is written
 */
export async function setValue(
  path: string,
  key: string,
  text: string | undefined,
  unset: boolean,
): Promise<ConfigChange> {
  if ((text === undefined) !== unset) {
    throw usageError(
      'CONFIG_VALUE',
      unset ? 'A value and --unset exclude each other.' : 'The new value is missing.',
      {
        hint: 'Write `bursar config set KEY VALUE`, or `bursar config set KEY --unset`.',
      },
    );
  }
  const keys = key.split('.');
  if (keys.some((part) => part === '' || part === '__proto__') || schemaAt(keys) === 'beyond') {
    throw usageError('CONFIG_KEY', `${quoteInput(key)} is not the path of a setting.`, {
      hint: 'Parts are joined by points: network, timeout, networks.polkadot.endpoints. See `bursar config show`.',
    });
  }
  const current = readJsonFile(path, false) ?? {};
  if (current === null || typeof current !== 'object' || Array.isArray(current))
    throw invalid(configProblems(current));
  const next = structuredClone(current) as Tree;
  const before = valueAt(next, keys);
  place(next, keys, unset ? undefined : parseValue(text!, keys));
  const form = configProblems(next);
  const problems = form.length > 0 ? form : contentProblems(next as ConfigFile);
  if (problems.length > 0) throw invalid(problems);
  const after = valueAt(next, keys);
  const change: ConfigChange = {
    path,
    key,
    before: before === undefined ? null : showUrlsIn(JSON.stringify(before)),
    after: after === undefined ? null : showUrlsIn(JSON.stringify(after)),
    changed: JSON.stringify(before) !== JSON.stringify(after),
  };
  if (change.changed) {
    const { default: writeFileAtomic } = await import('write-file-atomic');
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFileAtomic(path, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 });
  }
  return change;
}

/** JSON where it is JSON of the right kind, a comma-separated list where a list belongs, otherwise text. */
function parseValue(text: string, keys: readonly string[]): unknown {
  const trimmed = text.trim();
  if (/^[[{]/.test(trimmed)) {
    try {
      return parseJson(trimmed);
    } catch {
      throw usageError(
        'CONFIG_VALUE',
        `The value of ${escapeInvisible(keys.join('.'))} begins like JSON, but is not, or has a name twice.`,
        {
          hint: 'Put it in single quotes, so that the shell leaves its double quotes alone.',
        },
      );
    }
  }
  const type = schemaAt(keys);
  if (listAt(keys))
    return trimmed
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  if (type === 'number' && /^-?\d{1,15}$/.test(trimmed)) return Number(trimmed);
  if (type === 'boolean' && (trimmed === 'true' || trimmed === 'false')) return trimmed === 'true';
  return trimmed;
}

function valueAt(tree: unknown, keys: readonly string[]): unknown {
  let at: unknown = tree;
  for (const key of keys) {
    if (at === null || typeof at !== 'object' || !Object.hasOwn(at, key)) return undefined;
    at = (at as Tree)[key];
  }
  return at;
}

/** Sets or removes a value; objects that become empty go with it. */
function place(tree: Tree, keys: readonly string[], value: unknown): void {
  const [key, ...rest] = keys as [string, ...string[]];
  if (rest.length === 0) {
    if (value === undefined) delete tree[key];
    else tree[key] = value;
    return;
  }
  const below = Object.hasOwn(tree, key) ? tree[key] : undefined;
  const branch: Tree =
    below !== null && typeof below === 'object' && !Array.isArray(below) ? (below as Tree) : {};
  place(branch, rest, value);
  if (Object.keys(branch).length === 0) delete tree[key];
  else tree[key] = branch;
}
