/** The file of a partial: canonical JSON, read strictly (docs/formats/partial.md). */

import { type BursarError, usageError } from '../errors.js';
import { PROFILES } from './cid.js';
import type { Part } from './engine.js';
import { canonicalBytes, type Fields, parseCanonical, readerOf } from './fields.js';
import type { BorderLine, Findings } from './findings.js';
import { fromHex, toHex } from './gpmp.js';
import { FILE_RULES } from './judgeSnapshot.js';
import { CID_PROFILES } from './manifest.js';
import type { Partial } from './partial.js';
import { contradictionIn } from './partialCheck.js';
import type { SnapshotRule, Violation } from './scan.js';
import { type CidProfile, SHARD_ROWS, type SumNode } from './types.js';

const FORMAT = 'pofbs.partial/1';
/** A partial of a hundred million rows has one megabyte. */
export const MAX_PARTIAL_BYTES = 1 << 30;

/** What is in the file: hashes and ids as text, leaves of the CID as one text of digests. */
interface Content {
  readonly row: number;
  readonly rows: number;
  readonly from: number;
  readonly to: number;
  readonly ended: boolean;
  readonly offsets: readonly number[];
  readonly shards: readonly { readonly hash: string; readonly total: bigint; readonly requests: bigint }[];
  readonly first: (Omit<BorderLine, 'id'> & { readonly id: string }) | null;
  readonly lastId: string | null;
  readonly findings: Findings;
  readonly stopped: string | null;
  readonly leaves: { readonly [Profile in CidProfile]?: Leaves };
  readonly sha256: string | null;
}

interface Leaves {
  /** Place of the first chunk. */
  readonly first: number;
  /** 64 digits each. */
  readonly digests: string;
  /** Bytes of the last chunk; all others are full. */
  readonly lastSize: number;
}

type PartialFile = Omit<Partial, 'content'> & {
  readonly format: string;
  readonly shardRows: number;
  readonly content: Content | null;
};

export function partialBytes({ content, ...meta }: Partial): Uint8Array {
  const file: PartialFile = {
    ...meta,
    format: FORMAT,
    shardRows: SHARD_ROWS,
    content: content === null ? null : encode(content),
  };
  return canonicalBytes(file);
}

/** @throws usage PARTIAL */
export function parsePartial(bytes: Uint8Array): Partial {
  const { format: _format, shardRows: _rows, content, ...meta } = parseCanonical(bytes, readFile, refused);
  const partial = { ...meta, content: content === null ? null : decode(content) };
  const contradiction = contradictionIn(partial);
  if (contradiction !== null) throw refused(`It contradicts itself. ${contradiction}`);
  return partial;
}

const refused = (why: string, cause?: unknown): BursarError =>
  usageError('PARTIAL', `A partial cannot be used. ${why}`, {
    hint: 'Partials are what `bursar pofbs verify --shard K/N --out FILE` writes.',
    ...(cause === undefined ? {} : { cause }),
  });

function encode({ requests: _requests, groups: _groups, ...part }: Part): Content {
  return {
    ...part,
    first: part.first === null ? null : { ...part.first, id: toHex(part.first.id) },
    lastId: part.lastId === null ? null : toHex(part.lastId),
    shards: part.shards.map((node) => ({ ...node, hash: toHex(node.hash) })),
    leaves: byProfile(part.leaves, ({ first, leaves }): Leaves => {
      const digests = Buffer.concat(leaves.map(({ digest }) => digest)).toString('hex');
      return { first, digests, lastSize: leaves.at(-1)?.size ?? 0 };
    }),
  };
}

function decode(content: Content): Part {
  return {
    ...content,
    first: content.first === null ? null : { ...content.first, id: bytesOf(content.first.id) },
    lastId: content.lastId === null ? null : bytesOf(content.lastId),
    shards: content.shards.map((node): SumNode => ({ ...node, hash: bytesOf(node.hash) })),
    leaves: byProfile(content.leaves, ({ first, digests, lastSize }, profile) => {
      const count = digests.length / 64;
      const leaves = Array.from({ length: count }, (_, index) => ({
        digest: bytesOf(`0x${digests.slice(64 * index, 64 * index + 64)}`),
        size: index < count - 1 ? PROFILES[profile].chunk : lastSize,
      }));
      return { first, leaves };
    }),
  };
}

function byProfile<From, To>(
  of: { readonly [Profile in CidProfile]?: From },
  make: (from: From, profile: CidProfile) => To,
): { [Profile in CidProfile]?: To } {
  const made: { [Profile in CidProfile]?: To } = {};
  for (const profile of CID_PROFILES) {
    const from = of[profile];
    if (from !== undefined) made[profile] = make(from, profile);
  }
  return made;
}

const bytesOf = (hex: string): Uint8Array => fromHex(hex) as Uint8Array;

const { object, list, known, pattern, hash, integer, sum, oneOf } = readerOf(refused);

function readFile(fields: Fields): PartialFile {
  known(fields, ['format', 'part', 'of', 'asset', 'file', 'manifest', 'profile', 'shardRows', 'content']);
  if (fields.format !== FORMAT) throw refused(`Its format is not "${FORMAT}".`);
  if (fields.shardRows !== SHARD_ROWS) throw refused('Its shards are of another size.');
  return {
    format: FORMAT,
    part: integer(fields.part, 'part'),
    of: integer(fields.of, 'of'),
    asset: pattern(fields.asset, /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/, 'asset'),
    // The name of what is written beside: it leads nowhere else.
    file: pattern(fields.file, /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'file'),
    manifest: fields.manifest === null ? null : hash(fields.manifest, 'manifest'),
    profile: oneOf(fields.profile, CID_PROFILES, 'profile'),
    shardRows: SHARD_ROWS,
    content: fields.content === null ? null : readContent(object(fields.content, '"content"')),
  };
}

function readContent(fields: Fields): Content {
  known(fields, [
    ...['row', 'rows', 'from', 'to', 'ended', 'offsets', 'shards', 'first', 'lastId', 'findings'],
    ...['stopped', 'leaves', 'sha256'],
  ]);
  return {
    row: integer(fields.row, 'row'),
    rows: integer(fields.rows, 'rows'),
    from: integer(fields.from, 'from'),
    to: integer(fields.to, 'to'),
    ended: boolean(fields.ended, 'ended'),
    offsets: list(fields.offsets, 'offsets').map((offset) => integer(offset, 'offsets')),
    shards: list(fields.shards, 'shards').map((node) => readNode(object(node, 'a shard'))),
    first: fields.first === null ? null : readFirst(object(fields.first, '"first"')),
    lastId: fields.lastId === null ? null : hash(fields.lastId, 'lastId'),
    findings: readFindings(object(fields.findings, '"findings"')),
    stopped: fields.stopped === null ? null : text(fields.stopped, 'stopped'),
    leaves: byProfile(object(fields.leaves, '"leaves"') as { [P in CidProfile]?: unknown }, readLeaves),
    sha256: fields.sha256 === null ? null : hash(fields.sha256, 'sha256'),
  };
}

function readNode(fields: Fields): Content['shards'][number] {
  known(fields, ['hash', 'total', 'requests']);
  return {
    hash: hash(fields.hash, 'hash'),
    total: sum(fields.total, 'total'),
    requests: sum(fields.requests, 'requests'),
  };
}

function readFirst(fields: Fields): Content['first'] {
  known(fields, ['id', 'row', 'line', 'offset', 'text']);
  return { id: hash(fields.id, 'id'), ...readPlace(fields) };
}

function readPlace(fields: Fields) {
  return {
    // The header is before row 0.
    row: fields.row === -1 ? -1 : integer(fields.row, 'row'),
    line: integer(fields.line, 'line'),
    offset: integer(fields.offset, 'offset'),
    text: text(fields.text, 'text'),
  };
}

function readFindings(fields: Fields): Findings {
  known(fields, ['earliest', 'first', 'count', 'unjudged']);
  const counts = (value: unknown, name: string) => byRule(object(value, name), (one) => integer(one, name));
  return {
    earliest: fields.earliest === null ? null : readViolation(fields.earliest),
    first: byRule(object(fields.first, '"first"'), readViolation),
    count: counts(fields.count, 'count'),
    unjudged: counts(fields.unjudged, 'unjudged'),
  };
}

function byRule<T>(fields: Fields, read: (value: unknown) => T): { [Rule in SnapshotRule]?: T } {
  return Object.fromEntries(
    Object.entries(fields).map(([rule, value]) => [oneOf(rule, FILE_RULES, 'rule'), read(value)]),
  );
}

function readViolation(value: unknown): Violation {
  const fields = object(value, 'a violation');
  known(fields, ['rule', 'row', 'line', 'offset', 'text']);
  return { rule: oneOf(fields.rule, FILE_RULES, 'rule'), ...readPlace(fields) };
}

function readLeaves(value: unknown): Leaves {
  const fields = object(value, 'leaves');
  known(fields, ['first', 'digests', 'lastSize']);
  const digests = pattern(fields.digests, /^(?:[0-9a-f]{64})*$/, 'digests');
  const lastSize = integer(fields.lastSize, 'lastSize');
  if (digests === '' && lastSize !== 0)
    throw refused('It contradicts itself. It has no leaf, and the length of one.');
  return { first: integer(fields.first, 'first'), digests, lastSize };
}

function boolean(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean') throw refused(`"${name}" is neither true nor false.`);
  return value;
}

/** What is shown as it is: nothing in it can move a cursor. */
const text = (value: unknown, name: string): string =>
  pattern(value, /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{0,2000}$/u, name);
