/** What was asked for, in canonical words: however an amount or an account is written, the same plan has the same words. */

import type { Token } from '../lib/chain/types.js';
import { BursarError } from '../lib/errors.js';

/** Where names of accounts are looked up, and how amounts and addresses are written. */
export interface Reading {
  readonly token: Token;
  readonly keysDir: string;
}

const PUBLIC_KEY = /^0x[0-9a-f]{64}$/i;
/** What stands before a value: `account:5Grw…`, `max-fee=0.5DOT`. */
const PREFIXED = /^([a-z-]+)([:=])(.+)$/;

/** A word, or words whose order and repetition mean nothing. */
export type Words = string | ReadonlySet<string>;

/**
 * @param words as they were typed
 * @returns each amount in planck, each address, public key and key name as the chain's address, bytes in lower case; others as they are
 */
export async function canonicalWords(words: readonly Words[], reading: Reading): Promise<string[]> {
  const each = await Promise.all(
    words.map(async (word) => {
      if (typeof word === 'string') return [await canonicalWord(word.trim(), reading)];
      const read = await Promise.all([...word].map((one) => canonicalWord(one.trim(), reading)));
      return [...new Set(read)].sort();
    }),
  );
  return each.flat();
}

async function canonicalWord(word: string, reading: Reading): Promise<string> {
  const [, name, separator, value] = PREFIXED.exec(word) ?? [];
  if (value !== undefined) return `${name}${separator}${await canonicalWord(value.trim(), reading)}`;
  if (/^0x[0-9a-f]*$/i.test(word) && !PUBLIC_KEY.test(word)) return word.toLowerCase();
  if (/^[0-9]/.test(word)) {
    const { parseAmount } = await import('../lib/numeric/amount.js');
    const planck = attempt(() => parseAmount(word, reading.token));
    if (planck !== undefined) return `${planck}planck`;
  }
  return accountWord(word, reading);
}

async function accountWord(word: string, { keysDir, token }: Reading): Promise<string> {
  if (word === '') return word;
  const { resolveAccount } = await import('../lib/keys/addresses.js');
  try {
    return (await resolveAccount(word, keysDir, { ss58Prefix: token.ss58Prefix })).address;
  } catch (error) {
    // A word of the command itself: max, staked, true.
    if (error instanceof BursarError) return word;
    throw error;
  }
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof BursarError) return undefined;
    throw error;
  }
}
