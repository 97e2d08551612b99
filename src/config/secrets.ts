/** Keeps secrets out of the configuration: the file says where a passphrase is, never what it is. */

import { looksLikeSecret } from './quote.js';

const SECRET_NAME =
  /^(pass(phrase|word|wd)?|pwd|secret(key|uri|seed|phrase)?|mnemonic|seed(phrase)?|suri|privatekey|secretkey|apikey|token(secret)?secret|phrase)$/;

const isSecretName = (key: string): boolean => SECRET_NAME.test(key.toLowerCase().replace(/[^a-z]/g, ''));

/**
 * Paths (`a.b.c`) of everything in a configuration that is named like a secret or looks like one. The values are
 * never part of the answer.
 */
export function findSecrets(value: unknown, path: readonly string[] = []): string[] {
  if (typeof value === 'string') {
    // Genesis hashes are 32 bytes of hex in their own right.
    const isHash = /^(relayG|g)enesisHash$/.test(path.at(-1) ?? '');
    return looksLikeSecret(value) && !isHash ? [path.join('.')] : [];
  }
  if (value === null || typeof value !== 'object') return [];
  const found: string[] = [];
  for (const [key, item] of Object.entries(value)) {
    const here = [...path, key];
    // `passphrases.<key name>` describes sources; a key may be called anything there.
    if (isSecretName(key) && path.join('.') !== 'passphrases') found.push(here.join('.'));
    else if (path.length < 16) found.push(...findSecrets(item, here));
  }
  return found;
}
