/** From what a person writes for an account to the account: an address of some network, a public key, a key's name. */

import { usageError } from '../errors.js';
import { echo } from './echo.js';
import { checkName, findKey } from './keystore.js';
import { decodeSs58, encodeSs58, GENERIC_PREFIX, looksLikeAddress, networkOfPrefix } from './ss58.js';

export { encodeSs58, GENERIC_PREFIX } from './ss58.js';

export interface Account {
  /** 0x and 64 hex digits: the account id that the chain knows (the public key, but for ecdsa keys its hash). */
  readonly publicKey: string;
  /** SS58 text in the asked prefix. */
  readonly address: string;
}

export interface AddressOptions {
  /** The chain's SS58 prefix: addresses of other networks are refused. Without it any network's address is taken. */
  readonly ss58Prefix?: number;
  /** The chain's name, for the error (`Paseo` and Polkadot share prefix 0). */
  readonly network?: string;
}

/**
 * Reads an address or a 0x public key. The generic prefix 42 is taken everywhere; another network's is not, because the
 * same key on another chain may belong to nobody who can use it there (a multisig's or an exchange's deposit address).
 * @returns the account, its address in `ss58Prefix` (without it: in the prefix it was given in, 42 for a public key)
 * @throws usage ADDRESS_FORMAT, ADDRESS_LENGTH, ADDRESS_CHECKSUM, ADDRESS_ETHEREUM, ADDRESS_NETWORK
 */
export function parseAddress(text: string, options: AddressOptions = {}): Account {
  const given = text.trim();
  if (/^0x/i.test(given)) return account(hexAccount(given), options.ss58Prefix ?? GENERIC_PREFIX);
  const { prefix, accountId } = decodeSs58(given);
  const expected = options.ss58Prefix;
  if (expected !== undefined && prefix !== expected && prefix !== GENERIC_PREFIX) {
    throw usageError(
      'ADDRESS_NETWORK',
      `${echo(given)} is an address of ${networkOfPrefix(prefix)}, not of ${networkOfPrefix(expected, options.network)}.`,
      {
        hint: `The same key is written ${encodeSs58(accountId, expected)} here. Use that only if its owner holds the key on this chain too.`,
        details: { given: prefix, expected },
      },
    );
  }
  return account(accountId, expected ?? prefix);
}

const account = (accountId: Uint8Array, prefix: number): Account => ({
  publicKey: `0x${Buffer.from(accountId).toString('hex')}`,
  address: encodeSs58(accountId, prefix),
});

function hexAccount(text: string): Uint8Array {
  const digits = text.slice(2);
  if (!/^[0-9a-f]*$/i.test(digits)) {
    throw usageError(
      'ADDRESS_FORMAT',
      'A public key in hexadecimal holds digits and the letters a to f only.',
      {
        hint: 'Give 0x and 64 hexadecimal digits, or an SS58 address.',
      },
    );
  }
  if (digits.length === 64) return Uint8Array.from(Buffer.from(digits, 'hex'));
  if (digits.length === 40) {
    throw usageError(
      'ADDRESS_ETHEREUM',
      `${echo(text)} is an Ethereum address (20 bytes), not an account here.`,
      {
        hint: 'Accounts of this kind of chain have 32 bytes: give the SS58 address or the 0x public key.',
      },
    );
  }
  const ecdsa = digits.length === 66 && /^0[23]/.test(digits);
  throw usageError(
    'ADDRESS_LENGTH',
    ecdsa
      ? 'This is the 33-byte public key of an ecdsa key; its account is a hash of it.'
      : `A public key has 64 hexadecimal digits after 0x, this has ${digits.length}.`,
    { hint: 'Give the SS58 address of the account.' },
  );
}

/**
 * The account that a person names: an address, a 0x public key, or the name of a key in `keysDir`. What reads as an
 * address is one, even if a key file bears that name: nobody can redirect an address with a file.
 * @throws usage ADDRESS_* (see {@link parseAddress}), KEY_NAME, KEY_NOT_FOUND
 */
export async function resolveAccount(
  nameOrAddress: string,
  keysDir: string,
  options: AddressOptions = {},
): Promise<Account & { readonly name?: string }> {
  const given = nameOrAddress.trim();
  if (looksLikeAddress(given)) return parseAddress(given, options);
  checkName(given);
  const key = await findKey(keysDir, given);
  return { ...parseAddress(key.accountId, options), name: key.name };
}

/** Many accounts at once, as addresses in the order given. @throws as {@link resolveAccount} */
export async function resolveAccounts(
  named: readonly string[],
  keysDir: string,
  options: AddressOptions = {},
): Promise<string[]> {
  const accounts = await Promise.all(named.map((name) => resolveAccount(name, keysDir, options)));
  return accounts.map(({ address }) => address);
}
