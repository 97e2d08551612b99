/** SS58 addresses in a browser: what src/lib/keys/ss58.ts does, which stands on Node; tests hold it to that. */

import { blake2b } from '@noble/hashes/blake2.js';
import { fromHex, toHex } from './core.js';

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
/** The prefix that belongs to no network. */
const GENERIC = 42;
const LABEL = Uint8Array.from('SS58PRE', (letter) => letter.charCodeAt(0));

/**
 * A wallet's 32 bytes as 0x hex, from hex or SS58 of any network.
 * @throws Error in words, for a mistyped letter too: the last two bytes of an address are a checksum
 */
export function walletOf(text: string): string {
  if (/^0x[0-9a-fA-F]{64}$/.test(text)) return text.toLowerCase();
  const bytes = text.length > 50 ? null : fromBase58(text);
  if (bytes === null) throw new Error('This is no wallet address.');
  const width = (bytes[0] ?? 0) < 64 ? 1 : 2;
  if (bytes.length !== width + 34) throw new Error('This is no wallet address of 32 bytes.');
  const body = bytes.subarray(0, width + 32);
  if (toHex(checksum(body)) !== toHex(bytes.subarray(width + 32)))
    throw new Error('The wallet address is mistyped or was not copied whole: its check letters are wrong.');
  return toHex(body.subarray(width));
}

/** The address on any chain (prefix 42) of 32 bytes, 0x hex; a contract's 20 bytes stay as they are. */
export function addressOf(hex: string): string {
  if (hex.length !== 66) return hex;
  const body = Uint8Array.of(GENERIC, ...fromHex(hex, 32));
  return toBase58(Uint8Array.of(...body, ...checksum(body)));
}

const checksum = (body: Uint8Array): Uint8Array =>
  blake2b(Uint8Array.of(...LABEL, ...body), { dkLen: 64 }).subarray(0, 2);

/** Null for letters outside base58. */
function fromBase58(text: string): Uint8Array | null {
  let value = 0n;
  for (const letter of text) {
    const digit = ALPHABET.indexOf(letter);
    if (digit < 0) return null;
    value = 58n * value + BigInt(digit);
  }
  const digits = value === 0n ? '' : value.toString(16);
  const hex = digits.length % 2 === 0 ? digits : `0${digits}`;
  const zeros = /^1*/.exec(text)?.[0].length ?? 0;
  const bytes = new Uint8Array(zeros + hex.length / 2);
  for (let at = 0; at < hex.length; at += 2)
    bytes[zeros + at / 2] = Number.parseInt(hex.slice(at, at + 2), 16);
  return bytes;
}

function toBase58(bytes: Uint8Array): string {
  let rest = BigInt(toHex(bytes));
  let text = '';
  for (; rest > 0n; rest /= 58n) text = ALPHABET[Number(rest % 58n)] + text;
  return text;
}
