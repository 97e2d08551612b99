/**
 * For whom the mapping is sealed. Who asks for it to be protected gets it protected, or nothing at all: a variable that was
 * empty or a file with comments alone must not end with the mapping in plain.
 */

import { usageError } from '../../errors.js';
import { quoteReadable } from '../../numeric/text.js';
import { assertRecipient } from '../seal.js';
import { readSmallFile } from './small.js';

export interface SealFlags {
  /** `age1…` each; undefined: not given. */
  readonly sealFor: readonly string[] | undefined;
  /** A file that `age -R` would take; undefined: not given. */
  readonly sealFile: string | undefined;
}

const MAX_BYTES = 1 << 20;

/**
 * The recipients, each once; none only if none was asked for.
 * @throws usage RECIPIENTS_EMPTY, RECIPIENT with the line of the file, INPUT_*
 */
export async function recipientsOf({ sealFor, sealFile }: SealFlags): Promise<string[]> {
  const given = [...(sealFor ?? [])].map((text) => text.trim());
  if (sealFor !== undefined && (given.length === 0 || given.includes('')))
    throw nobody('--seal-for is empty, or one of its recipients is');
  for (const recipient of given) await assertRecipient(recipient, '--seal-for');
  const listed = sealFile === undefined ? [] : await recipientsIn(sealFile);
  // bech32 is written in lower case or in capitals; both are one key.
  const byKey = new Map([...given, ...listed].map((recipient) => [recipient.toLowerCase(), recipient]));
  return [...byKey.values()];
}

async function recipientsIn(path: string): Promise<string[]> {
  const bytes = await readSmallFile(path, { what: 'file of recipients', maxBytes: MAX_BYTES });
  const shown = path === '-' ? 'standard input' : quoteReadable(path, 200);
  const found: string[] = [];
  for (const [at, line] of Buffer.from(bytes).toString('utf8').split('\n').entries()) {
    const recipient = line.trim();
    if (recipient === '' || recipient.startsWith('#')) continue;
    await assertRecipient(recipient, `line ${at + 1} of ${shown}`);
    found.push(recipient);
  }
  if (found.length === 0) throw nobody(`there is no recipient in ${shown}`);
  return found;
}

const nobody = (why: string) =>
  usageError('RECIPIENTS_EMPTY', `The mapping was to be sealed, and ${why}. Nothing was built.`, {
    hint: 'Give at least one public key, age1…; or leave --seal-for and --seal-file out, and the mapping is written as it is.',
  });
