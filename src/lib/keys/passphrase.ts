/** Passphrases of key files, from any source (source.ts). */

import { usageError } from '../errors.js';
import { bytesOf, type SecretRule, type SecretSource, tooLong, withSecret } from './source.js';

export type { SecretPrompt } from './source.js';

/** As the configuration writes it, and a prompt. Never the passphrase itself. */
export type PassphraseSource = SecretSource;

export interface PassphraseUse {
  /** The name of the key, for the question. */
  readonly key: string;
  /** A new key is made with it: a prompt asks twice. */
  readonly fresh?: boolean;
  /** Default `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Longer than what people choose and generators make; a wrong path should not become a passphrase. */
export const MAX_PASSPHRASE = 1024;

/**
 * Reads a passphrase, hands it to `use`, and wipes it when that has ended, well or not.
 * @throws usage PASSPHRASE_EMPTY, PASSPHRASE_FORMAT (several lines, NUL, not UTF-8), PASSPHRASE_SIZE, PASSPHRASE_ENV,
 *   PASSPHRASE_MISMATCH, DESCRIPTOR, FILE_*; precondition KEY_FILE_MODE, KEY_FILE_OWNER
 */
export async function withPassphrase<T>(
  source: PassphraseSource,
  { key, fresh = false, environment }: PassphraseUse,
  use: (passphrase: Uint8Array) => Promise<T>,
): Promise<T> {
  const rule: SecretRule = {
    what: 'passphrase',
    file: 'passphrase file',
    maxBytes: MAX_PASSPHRASE,
    question: fresh ? `New passphrase for key ${key}` : `Passphrase for key ${key}`,
    ...(environment === undefined ? {} : { environment }),
  };
  return await withSecret(source, rule, async (passphrase) => {
    checkOneLine(passphrase);
    if (fresh && 'ask' in source) await askAgain(source.ask, passphrase);
    return await use(passphrase);
  });
}

/** The second question for a new passphrase, which nobody has seen while it was typed. */
async function askAgain(
  ask: Extract<SecretSource, { ask: unknown }>['ask'],
  passphrase: Buffer,
): Promise<void> {
  const second = bytesOf(await ask('The same passphrase again'));
  const same = passphrase.equals(second);
  second.fill(0);
  if (same) return;
  throw usageError('PASSPHRASE_MISMATCH', 'The two passphrases differ.', {
    hint: 'Nothing was written. Run the command again.',
  });
}

function checkOneLine(line: Buffer): void {
  if (line.length === 0) {
    throw usageError('PASSPHRASE_EMPTY', 'The passphrase is empty.', {
      hint: 'A key file is only as safe as its passphrase: choose one that cannot be guessed.',
    });
  }
  if (line.length > MAX_PASSPHRASE) throw tooLong('passphrase', MAX_PASSPHRASE);
  if (line.includes(0x0a) || line.includes(0x0d)) {
    throw usageError('PASSPHRASE_FORMAT', 'The passphrase has more than one line.', {
      hint: 'Its source must hold the passphrase and nothing else; check that it is the right one.',
    });
  }
}
