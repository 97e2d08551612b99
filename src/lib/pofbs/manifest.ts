/**
 * The manifest: the public statement of an epoch, as canonical JSON (sorted keys, no white space) and a newline. One
 * value has one sequence of bytes; anything else is refused, so that a changed byte cannot go unnoticed
 * (docs/formats/manifest.md).
 */

import { type BursarError, verificationError } from '../errors.js';
import { quoteReadable } from '../numeric/text.js';
import { toCanonicalJson } from '../plain.js';
import { notCanonical } from './fields.js';
import { byName, fromHex, gpmpOf, toHex } from './gpmp.js';
import { sha256 } from './tree.js';
import {
  type AssetEntry,
  type CidProfile,
  type EpochHeader,
  MAX_ROWS,
  type Manifest,
  SHARD_ROWS,
} from './types.js';

export const CID_PROFILES: readonly CidProfile[] = ['unixfs-v0-2015', 'unixfs-v1-2025'];

/** What a manifest is made from; GPMP and digest follow. Assets may come in any order. */
export type ManifestInput = Omit<Manifest, 'format' | 'withdrawableBasis' | 'gpmp' | 'digest'>;

/** @throws usage GPMP_FIELD, NO_ASSETS; verification R_MANIFEST for a value that no manifest can hold */
export function makeManifest(input: ManifestInput): Manifest {
  const assets = [...input.assets].sort(byName);
  const body = {
    ...input,
    assets,
    format: 'pofbs.manifest/1' as const,
    withdrawableBasis: 'before-request' as const,
    gpmp: gpmpOf(input, assets),
  };
  const manifest = { ...body, digest: digestOf(body) };
  return parseManifest(manifestBytes(manifest));
}

/** The bytes of a manifest's file. */
export function manifestBytes(manifest: Manifest): Uint8Array {
  return new TextEncoder().encode(`${toCanonicalJson(manifest)}\n`);
}

/**
 * Reads a manifest: its form, its bytes, and its digest. What it says of the files and of the GPMP is not checked here.
 * @throws verification R_MANIFEST, naming the field
 */
export function parseManifest(bytes: Uint8Array): Manifest {
  let json: string;
  let value: unknown;
  try {
    json = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(json);
  } catch (cause) {
    throw refused('It is not JSON in UTF-8.', cause);
  }
  const manifest = readManifest(object(value, 'the manifest'));
  if (!Buffer.from(manifestBytes(manifest)).equals(bytes)) throw refused(notCanonical(json));
  const { digest, ...body } = manifest;
  if (digest !== digestOf(body)) throw refused(`Its digest is not that of its content, ${digestOf(body)}.`);
  return manifest;
}

/** SHA-256 of the canonical JSON of a manifest without its digest, 0x hex. */
function digestOf(body: Omit<Manifest, 'digest'>): string {
  return toHex(sha256(new TextEncoder().encode(toCanonicalJson(body))));
}

function readManifest(fields: Fields): Manifest {
  if (fields.format !== 'pofbs.manifest/1')
    throw refused(`Its format is ${shown(fields.format)}, not "pofbs.manifest/1".`);
  if (fields.withdrawableBasis !== 'before-request')
    throw refused('"withdrawableBasis" is not "before-request".');
  known(fields, [
    'format',
    'withdrawableBasis',
    'chain',
    'custody',
    'epoch',
    'prevGpmp',
    'timestamp',
    'assets',
    'cidProfile',
    'assetBlock',
    'gpmp',
    'digest',
  ]);
  return {
    format: 'pofbs.manifest/1',
    withdrawableBasis: 'before-request',
    ...readHeader(fields),
    assets: readAssets(fields.assets),
    cidProfile: oneOf(fields.cidProfile, CID_PROFILES, 'cidProfile'),
    assetBlock: fields.assetBlock === null ? null : readBlock(object(fields.assetBlock, '"assetBlock"')),
    gpmp: hash(fields.gpmp, 'gpmp'),
    digest: hash(fields.digest, 'digest'),
  };
}

/** The header's fields of any object that carries them. @throws verification R_MANIFEST */
export function readHeader(fields: Fields): EpochHeader {
  const custody = text(fields.custody, 'custody');
  if (![20, 32].includes(fromHex(custody)?.length ?? 0))
    throw refused('"custody" is not 0x hex of 32 or 20 bytes.');
  return {
    chain: hash(fields.chain, 'chain'),
    custody,
    epoch: integer(fields.epoch, 'epoch'),
    prevGpmp: hash(fields.prevGpmp, 'prevGpmp'),
    timestamp: integer(fields.timestamp, 'timestamp'),
  };
}

function readAssets(value: unknown): AssetEntry[] {
  if (!Array.isArray(value) || value.length === 0)
    throw refused('"assets" is not a list of at least one asset.');
  const assets = value.map((one) => readAsset(object(one, 'an asset')));
  const files = new Set(assets.map(({ file }) => file.toLowerCase()));
  for (let index = 1; index < assets.length; index++) {
    const [before, after] = [assets[index - 1] as AssetEntry, assets[index] as AssetEntry];
    if (byName(before, after) >= 0) throw refused('Its assets do not ascend by name, each once.');
  }
  if (files.size !== assets.length) throw refused('Two assets name the same file.');
  return assets;
}

function readAsset(fields: Fields): AssetEntry {
  known(fields, [
    'asset',
    'decimals',
    'rows',
    'total',
    'requests',
    'root',
    'file',
    'bytes',
    'sha256',
    'cid',
    'offsets',
  ]);
  const summary = readSummary(fields);
  const { offsets } = fields;
  const bytes = integer(fields.bytes, 'bytes');
  if (
    !Array.isArray(offsets) ||
    offsets.length !== Math.ceil(summary.rows / SHARD_ROWS) ||
    !offsets.every((at, index) => Number.isSafeInteger(at) && at > (offsets[index - 1] ?? 0) && at < bytes)
  )
    throw refused('"offsets" are not ascending positions in the file, one for each 65,536 rows.');
  return {
    ...summary,
    file: pattern(fields.file, FILE_NAME, 'file'),
    bytes,
    sha256: hash(fields.sha256, 'sha256'),
    cid: pattern(fields.cid, CID, 'cid'),
    offsets: offsets as number[],
  };
}

/** The summary of an asset, of any object that carries it. @throws verification R_MANIFEST */
export function readSummary(
  fields: Fields,
): Omit<AssetEntry, 'file' | 'bytes' | 'sha256' | 'cid' | 'offsets'> {
  const decimals = integer(fields.decimals, 'decimals');
  if (decimals > 38) throw refused('"decimals" is above 38.');
  const rows = integer(fields.rows, 'rows');
  if (rows < 1 || rows > MAX_ROWS) throw refused('"rows" is not between 1 and 2^40.');
  return {
    asset: pattern(fields.asset, ASSET_NAME, 'asset'),
    decimals,
    rows,
    total: sum(fields.total, 'total'),
    requests: sum(fields.requests, 'requests'),
    root: hash(fields.root, 'root'),
  };
}

function readBlock(fields: Fields): { hash: string; number: number } {
  known(fields, ['hash', 'number']);
  return { hash: hash(fields.hash, 'assetBlock.hash'), number: integer(fields.number, 'assetBlock.number') };
}

export type Fields = Readonly<Record<string, unknown>>;

const ASSET_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/;
/** One name, no directory, nothing hidden. */
const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const CID = /^[A-Za-z0-9]{46,64}$/;

function object(value: unknown, what: string): Fields {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw refused(`${what[0]?.toUpperCase()}${what.slice(1)} is not an object.`);
  return value as Fields;
}

/** @throws verification R_MANIFEST for a field that is not one of `names`, or one of them that is missing */
export function known(fields: Fields, names: readonly string[]): void {
  for (const name of Object.keys(fields))
    if (!names.includes(name)) throw refused(`It has an unknown field, ${quoteReadable(name, 40)}.`);
  for (const name of names) if (!Object.hasOwn(fields, name)) throw refused(`It has no field "${name}".`);
}

function text(value: unknown, name: string): string {
  if (typeof value !== 'string') throw refused(`"${name}" is not text.`);
  return value;
}

function pattern(value: unknown, form: RegExp, name: string): string {
  const found = text(value, name);
  if (!form.test(found))
    throw refused(`"${name}" is ${shown(found)}, which is not of the form of such a name.`);
  return found;
}

function hash(value: unknown, name: string): string {
  const found = text(value, name);
  if (fromHex(found)?.length !== 32)
    throw refused(`"${name}" is not 0x and 64 lower-case hexadecimal digits.`);
  return found;
}

function integer(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || Object.is(value, -0))
    throw refused(`"${name}" is not a whole number from 0 to 2^53 − 1.`);
  return value;
}

/** A sum of amounts: decimal text below 2^256. */
function sum(value: unknown, name: string): bigint {
  const digits = text(value, name);
  const found = /^(?:0|[1-9][0-9]{0,77})$/.test(digits) ? BigInt(digits) : null;
  if (found === null || found >= 1n << 256n)
    throw refused(`"${name}" is not a whole number below 2^256 in decimal digits.`);
  return found;
}

function oneOf<T extends string>(value: unknown, allowed: readonly T[], name: string): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw refused(`"${name}" is ${shown(value)}, not one of: ${allowed.join(', ')}.`);
  return found;
}

function shown(value: unknown): string {
  if (typeof value === 'string') return quoteReadable(value, 60);
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  return typeof value === 'object' ? 'no text' : `a ${typeof value}`;
}

function refused(why: string, cause?: unknown): BursarError {
  return verificationError('R_MANIFEST', `The manifest is refused. ${why}`, {
    hint: 'Ask the custodian for the manifest as it was published, byte for byte.',
    ...(cause === undefined ? {} : { cause }),
  });
}
