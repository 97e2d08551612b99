/** The environment variables that are settings. None of them holds a secret. */

import { isAbsolute } from 'node:path';
import { BursarError } from '../lib/errors.js';
import { escapeInvisible } from '../lib/shown.js';
import { parseAccount, parseDuration, parseSwitch } from './parse.js';
import { quoteInput } from './quote.js';
import { editDistance } from './suggest.js';
import type { MetadataHash, WaitFor } from './types.js';

const WAITS: readonly WaitFor[] = ['broadcast', 'best', 'finalized'];

const wait = (text: string): WaitFor => {
  const found = WAITS.find((known) => known === text);
  if (found === undefined)
    throw new BursarError(2, 'WAIT', `${quoteInput(text)} is none of ${WAITS.join(', ')}.`);
  return found;
};

const agree = (text: string): 'require' | 'warn' => {
  if (text === 'require' || text === 'warn') return text;
  throw new BursarError(2, 'AGREE', `${quoteInput(text)} is neither require nor warn.`);
};

/** `off` is only the flag. */
const metadataHash = (text: string): MetadataHash => {
  if (text === 'auto' || text === 'require') return text;
  throw new BursarError(
    2,
    'METADATA_HASH',
    `${quoteInput(text)} is none of auto, require; off is only the flag --metadata-hash off.`,
  );
};

/** Where the journal is must not depend on where bursar is started: the next run would not find it. */
const parseDirectory = (text: string): string => {
  if (isAbsolute(text)) return text;
  throw new BursarError(2, 'USER_DIRECTORY', `${quoteInput(text)} is not an absolute path.`);
};

const VARIABLES = {
  network: ['BURSAR_NETWORK', (text: string) => text.trim()],
  rpc: [
    'BURSAR_RPC',
    (text: string): readonly string[] =>
      text
        .split(',')
        .map((url) => url.trim())
        .filter((url) => url !== ''),
  ],
  timeout: ['BURSAR_TIMEOUT', parseDuration],
  agree: ['BURSAR_AGREE', agree],
  mortality: ['BURSAR_MORTALITY', parseDuration],
  from: ['BURSAR_FROM', parseAccount],
  proxyFor: ['BURSAR_PROXY_FOR', parseAccount],
  wait: ['BURSAR_WAIT', wait],
  tip: ['BURSAR_TIP', (text: string) => text.trim()],
  metadataHash: ['BURSAR_METADATA_HASH', metadataHash],
  dryRun: ['BURSAR_DRY_RUN', parseSwitch],
  keysDir: ['BURSAR_KEYS_DIR', parseDirectory],
  dataDir: ['BURSAR_DATA_DIR', parseDirectory],
  journalDir: ['BURSAR_JOURNAL_DIR', parseDirectory],
  cacheDir: ['BURSAR_CACHE_DIR', parseDirectory],
} as const satisfies Record<string, readonly [string, (text: string) => unknown]>;

type Values = { [K in keyof typeof VARIABLES]?: ReturnType<(typeof VARIABLES)[K][1]> };

/** Every variable that bursar itself reads. */
export const VARIABLE_NAMES: readonly string[] = [
  ...Object.values(VARIABLES).map(([name]) => name),
  'BURSAR_CONFIG',
  'BURSAR_CONFIG_DIR',
  'BURSAR_DEBUG',
];

/** Reads the settings from the environment; an empty variable counts as not set. */
export function environment(env: Readonly<Record<string, string | undefined>>): {
  readonly values: Values;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
} {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [key, [name, parse]] of Object.entries(VARIABLES)) {
    const text = env[name];
    if (text === undefined || text.trim() === '') continue;
    try {
      values[key] = parse(text);
    } catch (error) {
      if (!(error instanceof BursarError)) throw error;
      problems.push(`${name}: ${error.message}`);
    }
  }
  return { values: values as Values, problems, warnings: misspelled(env) };
}

/** BURSAR_RCP does nothing, and nobody notices until the wrong network answers. */
function misspelled(env: Readonly<Record<string, string | undefined>>): string[] {
  const warnings: string[] = [];
  for (const name of Object.keys(env)) {
    if (!name.startsWith('BURSAR_') || name.length > 40 || VARIABLE_NAMES.includes(name)) continue;
    const meant = VARIABLE_NAMES.find((known) => editDistance(name, known) <= 2);
    if (meant !== undefined) {
      warnings.push(`The environment variable ${escapeInvisible(name)} is not known: did you mean ${meant}?`);
    }
  }
  return warnings;
}
