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
const PREFIXED = /^([a-z-]+[:=])(.+)$/;

/**
 * @param words as they were typed
 * @returns each amount in planck, each address, public key and key name as the chain's address, bytes in lower case; others as they are
 */
export async function canonicalWords(words: readonly string[], reading: Reading): Promise<string[]> {
  return Promise.all(words.map((word) => canonicalWord(word.trim(), reading)));
}

async function canonicalWord(word: string, reading: Reading): Promise<string> {
  const [, prefix, account] = PREFIXED.exec(word) ?? [];
  if (prefix !== undefined && account !== undefined)
    return `${prefix}:${await accountWord(account, reading)}`;
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
