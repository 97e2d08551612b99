/**
 * The account of a multisig: derived from who signs and how many must, so it needs no chain and no registration.
 * pallet-multisig 49, `multi_account_id`:
 * blake2b-256( "modlpy/utilisuba" ‖ compact(n) ‖ n public keys ‖ threshold as u16 little-endian ), keys in byte order.
 */

import { usageError } from '../errors.js';
import { quote } from '../numeric/text.js';

/** The pallet's prefix: it once was a part of pallet-utility. */
const PREFIX = new TextEncoder().encode('modlpy/utilisuba');
/** `MaxSignatories` on the public chains; another chain's constant can be given. */
const MAX_SIGNATORIES = 100;

/** The two primitives that come from the polkadot bundle. */
export interface AddressCodec {
  blake2b256(bytes: Uint8Array): Uint8Array;
  /** SS58 text of a public key. */
  encode(publicKey: Uint8Array, prefix: number): string;
  /** The bytes of SS58 text with any prefix; throws on a bad one. */
  decode(address: string): Uint8Array;
}

export interface MultisigOptions {
  /** The SS58 prefixes to write the address with. Default: 42, the generic one. */
  readonly ss58Prefixes?: readonly number[];
  readonly maxSignatories?: number;
  /** Default: that of the polkadot bundle, loaded on the first call. */
  readonly codec?: AddressCodec;
}

export interface MultisigAccount {
  /** 0x-prefixed hex of 32 bytes. */
  readonly accountId: string;
  readonly threshold: number;
  /** Public keys in the order that the pallet wants them, 0x hex. */
  readonly signatories: readonly string[];
  readonly addresses: readonly { readonly prefix: number; readonly address: string }[];
}

/**
 * The multisig of these signatories (public keys as 0x hex, or SS58 addresses of any network; in any order) and this
 * threshold. A threshold of 1 is the account of `as_multi_threshold_1`.
 * @throws usage BAD_PUBLIC_KEY, TOO_FEW_SIGNATORIES, TOO_MANY_SIGNATORIES, DUPLICATE_SIGNATORY, THRESHOLD_OUT_OF_RANGE,
 *   BAD_SS58_PREFIX
 */
export async function multisigAddress(
  signatories: readonly string[],
  threshold: number,
  options: MultisigOptions = {},
): Promise<MultisigAccount> {
  const { ss58Prefixes = [42], maxSignatories = MAX_SIGNATORIES } = options;
  checkCount(signatories.length, threshold, maxSignatories);
  ss58Prefixes.forEach(checkPrefix);
  const codec = options.codec ?? (await polkadotCodec());

  const keys = signatories.map((text) => ({ text, hex: toHex(publicKey(text, codec)) }));
  keys.sort((a, b) => (a.hex < b.hex ? -1 : a.hex > b.hex ? 1 : 0));
  for (const [index, key] of keys.entries()) {
    const next = keys[index + 1];
    if (next?.hex !== key.hex) continue;
    const other = next.text === key.text ? '' : ` (also written ${quote(next.text, 60)})`;
    throw usageError(
      'DUPLICATE_SIGNATORY',
      `${quote(key.text, 70)} is among the signatories twice${other}.`,
      {
        hint: 'Name every signatory once.',
      },
    );
  }

  const hexes = keys.map((key) => key.hex);
  const accountId = codec.blake2b256(preimage(hexes, threshold));
  return {
    accountId: toHex(accountId),
    threshold,
    signatories: hexes,
    addresses: ss58Prefixes.map((prefix) => ({ prefix, address: codec.encode(accountId, prefix) })),
  };
}

function checkCount(count: number, threshold: number, maxSignatories: number): void {
  if (count < 2) {
    throw usageError('TOO_FEW_SIGNATORIES', `A multisig needs two signatories or more, not ${count}.`);
  }
  if (count > maxSignatories) {
    throw usageError(
      'TOO_MANY_SIGNATORIES',
      `${count} signatories are more than the chain's ${maxSignatories}.`,
    );
  }
  if (!Number.isInteger(threshold) || threshold < 1 || threshold > count) {
    throw usageError(
      'THRESHOLD_OUT_OF_RANGE',
      `The threshold ${threshold} does not fit ${count} signatories.`,
      {
        hint: `Choose a whole number from 1 to ${count}.`,
      },
    );
  }
}

function publicKey(text: string, codec: AddressCodec): Uint8Array {
  const isHex = text.startsWith('0x');
  if (isHex && /^0x[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text.slice(2), 'hex');
  let bytes: Uint8Array | undefined;
  try {
    if (!isHex && text.length <= 64) bytes = codec.decode(text);
  } catch {
    // Whatever is wrong with it (alphabet, length, checksum), it is not an address: said below.
  }
  if (bytes?.length === 32) return bytes;
  throw usageError(
    'BAD_PUBLIC_KEY',
    `${quote(text, 70)} is neither a 32-byte public key nor an SS58 address.`,
    {
      hint: 'Give 0x and 64 hex digits, or an address; check for a typing error.',
    },
  );
}

/** Checked here: polkadot's encoder takes -1 for "the default" and writes something for a fraction. */
function checkPrefix(prefix: number): void {
  if (Number.isInteger(prefix) && prefix >= 0 && prefix < 2 ** 14 && prefix !== 46 && prefix !== 47) return;
  throw usageError('BAD_SS58_PREFIX', `${prefix} is not an SS58 prefix.`, {
    hint: 'Prefixes are whole numbers from 0 to 16383; 46 and 47 are reserved.',
  });
}

function preimage(keys: readonly string[], threshold: number): Uint8Array {
  const bytes = keys.map((hex) => Buffer.from(hex.slice(2), 'hex'));
  return Buffer.concat([
    PREFIX,
    compactLength(keys.length),
    ...bytes,
    Buffer.from([threshold & 0xff, threshold >> 8]),
  ]);
}

/** SCALE compact integer below 2^14: two mode bits, then the number. */
const compactLength = (n: number): Buffer =>
  n < 64 ? Buffer.from([n << 2]) : Buffer.from([((n << 2) & 0xff) | 1, n >> 6]);

const toHex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString('hex')}`;

async function polkadotCodec(): Promise<AddressCodec> {
  const { blake2AsU8a, decodeAddress, encodeAddress } = await import('#polkadot');
  return {
    blake2b256: (bytes) => blake2AsU8a(bytes, 256),
    encode: (key, prefix) => encodeAddress(key, prefix),
    decode: (address) => decodeAddress(address),
  };
}
