/**
 * CIDs as people write them. One CID has many texts: another base or case (multibase), version 0 or 1, an ipfs:// address
 * or that of a gateway. What they mean is compared, never how they are spelled.
 * https://github.com/multiformats/cid, https://github.com/multiformats/multibase
 */

/** What a CID names: codec and multihash. Version 0 is version 1 with the codec dag-pb. */
export interface CidMeaning {
  readonly codec: number;
  /** Code, length and digest, as bytes in hex. */
  readonly multihash: string;
}

/** Addresses of gateways are longer than a CID; what is longer than this is none of both. */
const LONGEST = 500;
const DAG_PB = 0x70;
const SHA2_256 = '1220';

/** What a text means, if it is a CID in any of its forms; otherwise why it is none, a clause. */
export function cidMeaning(text: string): CidMeaning | string {
  const bare = text.length > LONGEST ? '' : bareCid(text.trim());
  if (bare === null) return 'it names something inside of a directory, whose own CID is not known';
  // Version 0 has no prefix of a base: a multihash of SHA-256 in base58 begins with Qm.
  if (/^Qm/.test(bare) && bare.length === 46) {
    const bytes = hexOfDigits(bare, BASE58);
    if (bytes !== null && bytes.length === 68 && bytes.startsWith(SHA2_256))
      return { codec: DAG_PB, multihash: bytes };
    return 'it begins like a CID of version 0, and is none';
  }
  const bytes = multibase(bare);
  return bytes === null ? NONE : version1(bytes);
}

/** Whether two texts are CIDs of one thing. A text that is no CID is the same as nothing but itself. */
export function sameCid(one: string, other: string): boolean {
  if (one === other) return true;
  const [a, b] = [cidMeaning(one), cidMeaning(other)];
  if (typeof a === 'string' || typeof b === 'string') return false;
  return a.codec === b.codec && a.multihash === b.multihash;
}

/** The CID in an address; the text itself if it is none. Null if the address goes on into a directory. */
function bareCid(text: string): string | null {
  const inPath =
    /^(?:ipfs:\/\/(?:ipfs\/)?|https?:\/\/[^/?#]+\/ipfs\/|dweb:\/ipfs\/|\/ipfs\/)([^/?#]*)([^?#]*)/i.exec(
      text,
    );
  const inHost = /^https?:\/\/([^./?#]+)\.ipfs\.[^/?#]+([^?#]*)/i.exec(text);
  const [, cid, rest = ''] = inHost ?? inPath ?? [null, text];
  return rest === '' || rest === '/' ? (cid ?? text) : null;
}

const LOWER36 = '0123456789abcdefghijklmnopqrstuvwxyz';
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
const BASE32HEX = '0123456789abcdefghijklmnopqrstuv';
const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Bytes in hex of a multibase text; null for a base or a digit that is not known. */
function multibase(text: string): string | null {
  const [base = '', digits] = [text[0], text.slice(1)];
  switch (base) {
    case 'f':
    case 'F':
      return /^(?:[0-9a-f]{2})+$/i.test(digits) ? digits.toLowerCase() : null;
    case 'b':
    case 'B':
      return hexOfBits(digits.toLowerCase(), BASE32, 5);
    case 'v':
    case 'V':
      return hexOfBits(digits.toLowerCase(), BASE32HEX, 5);
    case 'c':
    case 'C':
      return hexOfBits(digits.toLowerCase().replace(/=+$/, ''), BASE32, 5);
    case 'm':
      return hexOfBits(digits, `${BASE64}+/`, 6);
    case 'M':
      return hexOfBits(digits.replace(/=+$/, ''), `${BASE64}+/`, 6);
    case 'u':
      return hexOfBits(digits, `${BASE64}-_`, 6);
    case 'U':
      return hexOfBits(digits.replace(/=+$/, ''), `${BASE64}-_`, 6);
    case 'z':
      return hexOfDigits(digits, BASE58);
    case 'k':
    case 'K':
      return hexOfDigits(digits.toLowerCase(), LOWER36);
    default:
      return null;
  }
}

/** Digits of so many bits each (RFC 4648 without padding); what is left over must be zero bits. */
function hexOfBits(digits: string, alphabet: string, width: number): string | null {
  let hex = '';
  let held = 0;
  let bits = 0;
  for (const digit of digits) {
    const value = alphabet.indexOf(digit);
    if (value < 0) return null;
    held = (held << width) | value;
    for (bits += width; bits >= 8; bits -= 8)
      hex += ((held >> (bits - 8)) & 255).toString(16).padStart(2, '0');
    held &= (1 << bits) - 1;
  }
  return bits < width && held === 0 ? hex : null;
}

/** Digits of one large number; every zero digit in front is a zero byte. */
function hexOfDigits(digits: string, alphabet: string): string | null {
  const zero = alphabet[0] as string;
  let value = 0n;
  for (const digit of digits) {
    const found = alphabet.indexOf(digit);
    if (found < 0) return null;
    value = value * BigInt(alphabet.length) + BigInt(found);
  }
  const zeros = digits.length - digits.replace(new RegExp(`^${zero}+`), '').length;
  const hex = value === 0n ? '' : value.toString(16);
  return '00'.repeat(zeros) + (hex.length % 2 === 0 ? hex : `0${hex}`);
}

/** `01`, the codec as a varint, the multihash: a code and a length as varints, and the digest of that length. */
function version1(hex: string): CidMeaning | string {
  const bytes = Buffer.from(hex, 'hex');
  const version = varintAt(bytes, 0);
  const codec = version && varintAt(bytes, version.end);
  const code = codec && varintAt(bytes, codec.end);
  const length = code && varintAt(bytes, code.end);
  if (version?.value !== 1 || !codec || !length || bytes.length !== length.end + length.value) return NONE;
  return { codec: codec.value, multihash: hex.slice(2 * codec.end) };
}

/** An unsigned integer in its shortest form, and where it ends. Codecs and hashes have codes of up to four bytes. */
function varintAt(bytes: Uint8Array, at: number): { readonly value: number; readonly end: number } | null {
  let value = 0;
  for (let place = 0; place < 4; place++) {
    const byte = bytes[at + place];
    if (byte === undefined || (place > 0 && byte === 0)) return null;
    value += (byte & 127) * 128 ** place;
    if (byte < 128) return { value, end: at + place + 1 };
  }
  return null;
}

const NONE = 'it is no CID';
