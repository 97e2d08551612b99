/**
 * SS58, the text form of an account id: base58 of prefix ‖ 32 bytes ‖ 2 bytes of blake2b-512("SS58PRE" ‖ prefix ‖ id).
 * https://docs.polkadot.com/polkadot-protocol/basics/accounts/ describes the format. Written here, and not taken from
 * the polkadot bundle, so that a command which only needs to read an address starts at once and says exactly what is
 * wrong with it.
 */

import { createHash } from 'node:crypto';
import { usageError } from '../errors.js';
import { echo } from './echo.js';

/** The prefix that belongs to no network: accepted everywhere. */
export const GENERIC_PREFIX = 42;
/** Prefixes have 14 bits. */
const MAX_PREFIX = 16_383;
/** Longest text: 2 + 32 + 2 bytes are at most 50 base58 digits; longer text is not worth decoding. */
const MAX_TEXT = 50;

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const DIGITS = new Map([...ALPHABET].map((letter, value) => [letter, BigInt(value)]));

/** Prefixes whose network bursar's users meet, by the names of the public SS58 registry. */
const NETWORKS: ReadonlyMap<number, string> = new Map([
  [0, 'Polkadot'],
  [2, 'Kusama'],
  [5, 'Astar'],
  [6, 'Bifrost'],
  [8, 'Karura'],
  [10, 'Acala'],
  [12, 'Polymesh'],
  [18, 'Darwinia'],
  [30, 'Phala'],
  [36, 'Centrifuge'],
  [37, 'Nodle'],
  [38, 'KILT'],
  [63, 'Hydration'],
  [69, 'SORA'],
  [73, 'Zeitgeist'],
  [77, 'Manta'],
  [90, 'Frequency'],
  [137, 'Vara'],
  [172, 'Parallel'],
  [1284, 'Moonbeam'],
  [1285, 'Moonriver'],
  [2032, 'Interlay'],
  [2092, 'Kintsugi'],
  [13116, 'Bittensor'],
]);

/** `Kusama (SS58 prefix 2)`, for people. */
export function networkOfPrefix(prefix: number, name?: string): string {
  const known = name ?? (prefix === GENERIC_PREFIX ? 'generic Substrate' : NETWORKS.get(prefix));
  return known === undefined ? `the network of SS58 prefix ${prefix}` : `${known} (SS58 prefix ${prefix})`;
}

const checksum = (body: Uint8Array): Uint8Array =>
  createHash('blake2b512').update('SS58PRE').update(body).digest().subarray(0, 2);

/** Prefixes below 64 take one byte; the others are spread over two, with 01 in the top bits of the first. */
function prefixBytes(prefix: number): number[] {
  if (prefix < 64) return [prefix];
  return [((prefix & 0xfc) >> 2) | 0x40, (prefix >> 8) | ((prefix & 0x03) << 6)];
}

/**
 * The address of an account.
 * @param accountId 32 bytes: the public key of an sr25519 or ed25519 key, blake2b-256 of an ecdsa one
 * @param prefix the network's SS58 prefix, 0 to 16383 but for the reserved 46 and 47
 * @throws RangeError when the program passes something else: not an error of the user
 */
export function encodeSs58(accountId: Uint8Array, prefix: number): string {
  if (accountId.length !== 32) throw new RangeError(`an account id has 32 bytes, not ${accountId.length}`);
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > MAX_PREFIX || prefix === 46 || prefix === 47) {
    throw new RangeError(`${prefix} is not an SS58 prefix`);
  }
  const body = Uint8Array.from([...prefixBytes(prefix), ...accountId]);
  return base58(Buffer.concat([body, checksum(body)]));
}

function base58(bytes: Uint8Array): string {
  let rest = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  let text = '';
  for (; rest > 0n; rest /= 58n) text = ALPHABET[Number(rest % 58n)] + text;
  // Leading zero bytes have no digit of their own: each is written as a 1.
  for (const byte of bytes) {
    if (byte !== 0) break;
    text = `1${text}`;
  }
  return text;
}

function fromBase58(text: string): Uint8Array | undefined {
  let value = 0n;
  for (const letter of text) {
    const digit = DIGITS.get(letter);
    if (digit === undefined) return undefined;
    value = value * 58n + digit;
  }
  const hex = value === 0n ? '' : value.toString(16);
  const zeros = text.length - text.replace(/^1+/, '').length;
  return Buffer.concat([Buffer.alloc(zeros), Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')]);
}

/** Whether text was meant as an address, mistyped letters included, so that what is wrong with it is told as such. */
export const looksLikeAddress = (text: string): boolean =>
  /^0x[0-9a-f]{40,}$/i.test(text) || /^[0-9A-Za-z]{44,50}$/.test(text);

/**
 * Reads an address of any network.
 * @returns the SS58 prefix and the 32 bytes of the account id
 * @throws usage ADDRESS_FORMAT (empty, letters outside base58, short account), ADDRESS_LENGTH, ADDRESS_CHECKSUM
 */
export function decodeSs58(text: string): { readonly prefix: number; readonly accountId: Uint8Array } {
  if (text === '') {
    throw usageError('ADDRESS_FORMAT', 'The address is empty.', { hint: HINT });
  }
  const stranger = [...text.slice(0, MAX_TEXT + 1)].find((letter) => !DIGITS.has(letter));
  if (stranger !== undefined) {
    const why = '0OIl'.includes(stranger) ? ' (0, O, I and l are left out because they look alike)' : '';
    throw usageError(
      'ADDRESS_FORMAT',
      `${echo(text)} is not an address: ${echo(stranger)} is not a base58 character${why}.`,
      { hint: HINT },
    );
  }
  if (text.length > MAX_TEXT) {
    throw usageError(
      'ADDRESS_LENGTH',
      `An address has at most ${MAX_TEXT} characters, this has ${text.length}.`,
      {
        hint: HINT,
      },
    );
  }
  const bytes = fromBase58(text)!;
  const first = bytes[0]!;
  const width = first < 64 ? 1 : 2;
  if (bytes.length !== width + 34) {
    throw usageError(
      'ADDRESS_LENGTH',
      `${echo(text)} is not an account address: it holds ${bytes.length} bytes, an account has ${width + 34}.`,
      { hint: HINT },
    );
  }
  const body = bytes.subarray(0, width + 32);
  if (!Buffer.from(checksum(body)).equals(bytes.subarray(width + 32))) {
    throw usageError(
      'ADDRESS_CHECKSUM',
      `${echo(text)} has a wrong checksum: a character was mistyped or lost.`,
      {
        hint: 'Copy the address again from where it was made; never repair it by hand.',
      },
    );
  }
  const prefix = width === 1 ? first : ((first & 0x3f) << 2) | (bytes[1]! >> 6) | ((bytes[1]! & 0x3f) << 8);
  // Above 127 the first byte is reserved for forms that do not exist yet; 46 and 47 are reserved as well.
  if (first > 127 || prefix === 46 || prefix === 47) {
    throw usageError('ADDRESS_FORMAT', `${echo(text)} has a reserved SS58 prefix.`, { hint: HINT });
  }
  return { prefix, accountId: Uint8Array.from(body.subarray(width)) };
}

const HINT = 'Give an SS58 address, a 0x public key of 32 bytes, or the name of a key (`bursar keys list`).';
