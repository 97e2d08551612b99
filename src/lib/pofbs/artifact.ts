/** What a file is, told by how it begins: for a better word where one kind of file was given for another. */

import { parseJson } from '../json.js';
import { LEDGER_COLUMNS } from './ledger.js';
import { MAPPING_HEADER } from './mapping.js';
import { HEADER } from './scan.js';
import { SEALED_MAGIC } from './seal.js';

export type Artifact =
  | 'manifest'
  | 'proof'
  | 'partial'
  | 'snapshot'
  | 'packed file'
  | 'mapping'
  | 'sealed mapping'
  | 'ledger'
  | 'saved tree'
  | 'web page';

/** What each of them is called, and what it is for. */
export const ARTIFACTS: { readonly [Each in Artifact]: { readonly is: string; readonly hint: string } } = {
  manifest: { is: 'a manifest', hint: 'Verify it with `bursar pofbs verify`.' },
  proof: { is: 'a proof', hint: 'Check it with `bursar pofbs check`.' },
  partial: { is: 'one part of a verification', hint: 'Join all parts with `bursar pofbs merge`.' },
  snapshot: { is: 'a snapshot', hint: 'Verify it with `bursar pofbs verify`.' },
  'packed file': {
    is: 'packed (gzip or zstd)',
    hint: 'Verify a packed snapshot with `bursar pofbs verify`; anything else must be unpacked first.',
  },
  mapping: {
    is: 'the private mapping',
    hint: 'Check it with `bursar pofbs map check`, and publish it nowhere.',
  },
  'sealed mapping': {
    is: 'a sealed mapping',
    hint: 'Check it with `bursar pofbs map check --identity-file FILE`.',
  },
  ledger: {
    is: 'a ledger',
    hint: 'A ledger is private: build an epoch from it with `bursar pofbs build`.',
  },
  'saved tree': {
    is: 'a saved tree',
    hint: '`bursar pofbs prove` finds it by itself beside its snapshot.',
  },
  'web page': {
    is: 'a web page',
    hint: 'The address showed a page instead of the file: download the file itself.',
  },
};

/** Whether a file is HTML or XML: what a browser or a download tool saves when it was sent something else than the file. */
export const isWebPage = (bytes: Uint8Array): boolean =>
  /^(?:\u00ef\u00bb\u00bf)?\s*<(?:!doctype|!--|\?xml|[a-z]+[\s>/])/i.test(
    Buffer.from(bytes.subarray(0, FIRST_LINE)).toString('latin1'),
  );

const FORMATS: ReadonlyMap<string, Artifact> = new Map([
  ['pofbs.manifest', 'manifest'],
  ['pofbs.inclusion', 'proof'],
  ['pofbs.fraud', 'proof'],
  ['pofbs.partial', 'partial'],
]);

/** @param bytes of the whole file; null if it is nothing that is known */
export function artifactOf(bytes: Uint8Array): Artifact | null {
  const text = Buffer.from(bytes.subarray(0, FIRST_LINE)).toString('latin1');
  if (isWebPage(bytes)) return 'web page';
  if (text.startsWith('{')) return FORMATS.get(formatOf(bytes).split('/')[0] ?? '') ?? null;
  if (text.startsWith('\x1f\x8b') || text.startsWith('\x28\xb5\x2f\xfd')) return 'packed file';
  if (text.startsWith('pofbs.tree/')) return 'saved tree';
  return artifactOfHeader(text.split('\n')[0] ?? '');
}

/** More than the longest header that is known. */
const FIRST_LINE = 1024;
const ARMORED = '-----BEGIN AGE ENCRYPTED FILE-----';
const SEALED = new TextDecoder().decode(SEALED_MAGIC);

/** The format that a JSON file says it has; empty if it says none, or is no JSON in which one name has one value. */
export function formatOf(bytes: Uint8Array): string {
  try {
    const value = parseJson(Buffer.from(bytes).toString('utf8'));
    const { format } = (value ?? {}) as { readonly format?: unknown };
    return typeof format === 'string' ? format : '';
  } catch {
    return '';
  }
}

/** @param line the first one of a table, read as latin1 */
export function artifactOfHeader(line: string): 'snapshot' | 'mapping' | 'sealed mapping' | 'ledger' | null {
  const text = line.replace(/^\u00ef\u00bb\u00bf/, '').replace(/\r$/, '');
  if (text === HEADER) return 'snapshot';
  if (`${text}\n` === MAPPING_HEADER) return 'mapping';
  if (`${text}\n` === SEALED || text === ARMORED) return 'sealed mapping';
  const columns = text.split(',').map((name) => name.trim().replace(/^"(.*)"$/, '$1'));
  const { required, optional } = LEDGER_COLUMNS;
  const known = columns.every((name) => [...required, ...optional].some((one) => one === name));
  return known && required.every((name) => columns.includes(name)) ? 'ledger' : null;
}

/** Says that a file looks like a mapping or a ledger; null if its first line is that of neither. */
export function looksPrivate(line: string): string | null {
  const artifact = artifactOfHeader(line);
  if (artifact === null || artifact === 'snapshot') return null;
  return `the file looks like ${ARTIFACTS[artifact].is}, not a snapshot`;
}
