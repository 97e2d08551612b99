/**
 * Wallets: account ids of 32 bytes, written as `0x` hex or as SS58 of any network. Two spellings of one account are the
 * same wallet. Written for millions of them; what it does not accept is explained by the readers of single addresses.
 */

import { hash } from 'node:crypto';
import { type BursarError, usageError } from '../errors.js';
import { decodeSs58 } from '../keys/ss58.js';
import { quoteReadable } from '../numeric/text.js';
import { readHex32 } from './hex.js';
import { textOf } from './table.js';

const HINT = 'A wallet is an SS58 address, or 0x and 64 hexadecimal digits.';

/** Values of base58 digits by their character codes; 255 for everything else. */
const DIGITS = new Uint8Array(256).fill(255);
for (const [value, digit] of [...'123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'].entries())
  DIGITS[digit.charCodeAt(0)] = value;

/**
 * Reads the wallet that is written in `bytes[start … end)` into the 32 bytes of `into`.
 * @returns null, or why it is none
 */
export function readWallet(
  bytes: Uint8Array,
  start: number,
  end: number,
  into: Uint8Array,
): BursarError | null {
  const length = end - start;
  if (length === 66 && bytes[start] === 48 && bytes[start + 1] === 120) {
    if (readHex32(bytes, start + 2, into, 0, true)) return null;
  } else if (readSs58(bytes, start, end, into)) return null;
  return explain(textOf(bytes, start, Math.min(end, start + 200)));
}

/** A wallet that somebody typed. @throws usage WALLET, ADDRESS_FORMAT, ADDRESS_LENGTH, ADDRESS_CHECKSUM */
export function parseWallet(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const wallet = new Uint8Array(32);
  const wrong = readWallet(bytes, 0, bytes.length, wallet);
  if (wrong !== null) throw wrong;
  return wallet;
}

function explain(text: string): BursarError {
  const not = (why: string) => usageError('WALLET', `the wallet ${why}`, { hint: HINT });
  if (text === '') return not('is empty');
  if (/^0x/i.test(text)) return not(`${quoteReadable(text, 80)} is not 0x and 64 hexadecimal digits`);
  if (/^[0-9a-f]{64}$/i.test(text)) return not('has no 0x in front of its 64 digits');
  if (text.trim() !== text) return not('has blanks around it');
  try {
    decodeSs58(text);
  } catch (error) {
    return error as BursarError;
  }
  return not(`${quoteReadable(text, 60)} is not an address of 32 bytes`);
}

const ONE = 0x31;
/** SS58 of 32 bytes has at most 50 digits; 36 bytes are twelve limbs of 24 bits, the least first. */
const LIMBS = 12;
const limbs = new Float64Array(LIMBS);
const decoded = new Uint8Array(3 * LIMBS);
/** `SS58PRE`, then at most two bytes of prefix and the account id. */
const preimages = [35 - 2, 36 - 2].map((length) => {
  const bytes = new Uint8Array(7 + length);
  bytes.set(new TextEncoder().encode('SS58PRE'));
  return bytes;
});

/**
 * keys/ss58.ts's decoder without its error messages and without big integers. Whatever that one refuses is not accepted
 * here (test/lib/pofbs/wallet.test.ts).
 */
function readSs58(bytes: Uint8Array, start: number, end: number, into: Uint8Array): boolean {
  if (end - start < 35 || end - start > 50) return false;
  limbs.fill(0);
  let used = 1;
  let ones = 0;
  while (bytes[start + ones] === ONE) ones++;
  for (let at = start; at < end; ) {
    // Four digits at once: 58^4 times a limb of 24 bits is exact in a double.
    let group = 0;
    let power = 1;
    for (const stop = Math.min(end, at + 4); at < stop; at++, power *= 58) {
      const digit = DIGITS[bytes[at] as number] as number;
      if (digit === 255) return false;
      group = group * 58 + digit;
    }
    let carry = group;
    for (let limb = 0; limb < used; limb++) {
      const value = (limbs[limb] as number) * power + carry;
      carry = Math.floor(value / 0x100_0000);
      limbs[limb] = value - carry * 0x100_0000;
    }
    if (carry > 0) {
      if (used === LIMBS) return false;
      limbs[used++] = carry;
    }
  }
  for (let limb = 0, at = decoded.length - 1; limb < LIMBS; limb++) {
    const value = limbs[limb] as number;
    decoded[at--] = value & 0xff;
    decoded[at--] = (value >> 8) & 0xff;
    decoded[at--] = value >> 16;
  }
  let zeros = 0;
  while (zeros < decoded.length && decoded[zeros] === 0) zeros++;
  // Each leading 1 stands for a leading zero byte, and nothing else does.
  const length = decoded.length - zeros + ones;
  const width = length - 34;
  const first = decoded[decoded.length - length] as number;
  if (width === 1 ? first > 63 || first === 46 || first === 47 : width !== 2 || first < 64 || first > 127)
    return false;
  const from = decoded.length - length;
  if (width === 2) {
    const second = decoded[from + 1] as number;
    const prefix = ((first & 0x3f) << 2) | (second >> 6) | ((second & 0x3f) << 8);
    if (prefix === 46 || prefix === 47) return false;
  }
  const preimage = preimages[width - 1] as Uint8Array;
  for (let index = 0; index < width + 32; index++) preimage[7 + index] = decoded[from + index] as number;
  const digest = hash('blake2b512', preimage, 'hex');
  const checksum = ((decoded[decoded.length - 2] as number) << 8) | (decoded[decoded.length - 1] as number);
  if (Number.parseInt(digest.slice(0, 4), 16) !== checksum) return false;
  for (let index = 0; index < 32; index++) into[index] = decoded[from + width + index] as number;
  return true;
}
