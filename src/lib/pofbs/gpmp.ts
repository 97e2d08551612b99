/**
 * The GPMP (Global PofBS Merkle Proof): one hash for everything that an epoch claims (Proof-of-Balance-Sheet §3.3; its
 * bytes are bursar's own definition, docs/formats/gpmp.md). Of one asset it is
 *
 *     SHA-256( SHA-256("pofbs/gpmp/v1") | version u8 | chain 32 | custody 32 | epoch u64 | prevGpmp 32 | timestamp u64
 *              | SHA-256(asset) | decimals u8 | rows u64 | total u256 | requests u256 | root 32 )
 *
 * with integers in little endian and a shorter custody address padded with zeros on the right. Of several assets it is a
 * hash over their commitments, so that a user proves a line of one asset without the others' data:
 *
 *     SHA-256( SHA-256("pofbs/gpmps/v1") | version u8 | count u32 | commitment of each asset, ascending by name )
 */

import { usageError } from '../errors.js';
import { le32, sha256 } from './tree.js';
import type { AssetSummary, EpochHeader } from './types.js';

export const VERSION = 1;

/** What is hashed for one asset: 282 bytes. @throws usage GPMP_FIELD for a value that does not fit its place */
export function commitmentPreimage(header: EpochHeader, summary: AssetSummary): Uint8Array {
  return join([
    tag('pofbs/gpmp/v1'),
    unsigned(VERSION, 1, 'version'),
    bytes32(header.chain, 'chain'),
    custodyBytes(header.custody),
    unsigned(header.epoch, 8, 'epoch'),
    bytes32(header.prevGpmp, 'prevGpmp'),
    unsigned(header.timestamp, 8, 'timestamp'),
    sha256(new TextEncoder().encode(summary.asset)),
    unsigned(summary.decimals, 1, 'decimals'),
    unsigned(summary.rows, 8, 'rows'),
    le32(summary.total),
    le32(summary.requests),
    bytes32(summary.root, 'root'),
  ]);
}

/** The commitment to one asset, 0x hex. @throws usage GPMP_FIELD */
export function commitmentOf(header: EpochHeader, summary: AssetSummary): string {
  return toHex(sha256(commitmentPreimage(header, summary)));
}

/**
 * The GPMP from the commitments of an epoch's assets, which are ascending by the assets' names: 0x hex.
 * @throws usage GPMP_FIELD, NO_ASSETS
 */
export function joinCommitments(commitments: readonly string[]): string {
  const [only, ...more] = commitments;
  if (only === undefined) throw usageError('NO_ASSETS', 'An epoch has at least one asset.');
  if (more.length === 0) return toHex(bytes32(only, 'commitment'));
  return toHex(
    sha256(
      tag('pofbs/gpmps/v1'),
      unsigned(VERSION, 1, 'version'),
      unsigned(commitments.length, 4, 'count'),
      ...commitments.map((one) => bytes32(one, 'commitment')),
    ),
  );
}

/** The GPMP of an epoch, 0x hex. The assets are taken in the order of their names. @throws usage GPMP_FIELD, NO_ASSETS */
export function gpmpOf(header: EpochHeader, assets: readonly AssetSummary[]): string {
  return joinCommitments([...assets].sort(byName).map((asset) => commitmentOf(header, asset)));
}

/** Order of assets: by the bytes of their names. */
export function byName(a: { readonly asset: string }, b: { readonly asset: string }): number {
  return a.asset < b.asset ? -1 : a.asset > b.asset ? 1 : 0;
}

/** The custody account as it is hashed: 32 bytes, zeros on the right of a shorter address. @throws usage GPMP_FIELD */
export function custodyBytes(custody: string): Uint8Array {
  const bytes = fromHex(custody);
  if (bytes === null || ![20, 32].includes(bytes.length))
    throw field('custody', 'is not 0x hex of 32 bytes (an account) or 20 (a contract)');
  const padded = new Uint8Array(32);
  padded.set(bytes);
  return padded;
}

/** Whether two texts name one custody account: 20 bytes and the same with 12 zero bytes behind them are hashed alike. */
export const sameCustody = (one: string, other: string): boolean => custodyKey(one) === custodyKey(other);

/** One text for every spelling of a custody account, 0x hex of 32 bytes. @throws usage GPMP_FIELD */
export const custodyKey = (custody: string): string => toHex(custodyBytes(custody));

/** @throws usage GPMP_FIELD */
export function bytes32(hex: string, name: string): Uint8Array {
  const bytes = fromHex(hex);
  if (bytes?.length !== 32) throw field(name, 'is not 0x hex of 32 bytes');
  return bytes;
}

/** An unsigned integer in little endian. @throws usage GPMP_FIELD */
export function unsigned(value: number, width: number, name: string): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0 || value >= 256 ** width)
    throw field(name, `is not an integer of ${8 * width} bits`);
  const bytes = new Uint8Array(width);
  for (let index = 0, rest = value; index < width; index++, rest = Math.floor(rest / 256))
    bytes[index] = rest % 256;
  return bytes;
}

/** Bytes of lower-case 0x hex; null for anything else. */
export function fromHex(hex: string): Uint8Array | null {
  return /^0x(?:[0-9a-f]{2})*$/.test(hex) ? new Uint8Array(Buffer.from(hex.slice(2), 'hex')) : null;
}

/** A GPMP as it is typed, with 0x or without; null if it is something else. */
export function gpmpText(text: string): string | null {
  return /^(?:0x)?[0-9a-f]{64}$/i.test(text) ? `0x${text.slice(-64).toLowerCase()}` : null;
}

export function toHex(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`;
}

const tag = (text: string): Uint8Array => sha256(new TextEncoder().encode(text));

const join = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

const field = (name: string, what: string) =>
  usageError('GPMP_FIELD', `The field "${name}" ${what}.`, {
    hint: 'Hex is written in lower case with 0x in front.',
  });
