/**
 * The inclusion proof: one row of a snapshot with the path that leads from it to the GPMP, a plain value and canonical
 * JSON (docs/formats/proofs.md). It holds no GPMP: whoever checks it brings that from the chain (proofCheck.ts).
 */

import { type BursarError, verificationError } from '../errors.js';
import { canonicalBytes, type Fields, parseCanonical, readerOf } from './fields.js';
import { fromHex, toHex } from './gpmp.js';
import { emptyRoot } from './tree.js';
import type { AssetSummary, EpochHeader, Row, SumNode } from './types.js';

/** Nothing that is larger can be a proof: 40 nodes of a path and the commitments of 10,000 assets fit. */
export const MAX_PROOF_BYTES = 1 << 20;

/** What a tree is bound to: its epoch, its sums, and its place among the epoch's assets. */
export interface TreeClaim {
  readonly header: EpochHeader;
  readonly summary: AssetSummary;
  /** Commitments of the epoch's other assets, in the order of their names. */
  readonly others: readonly string[];
  /** How many of `others` come before this asset's own. */
  readonly position: number;
}

/** A row as a proof shows it. */
export interface ProofRow {
  /** As in the snapshot: 64 lower-case hexadecimal digits. */
  readonly id: string;
  readonly total: bigint;
  readonly withdrawable: bigint;
  readonly request: bigint;
}

export interface ProofNode {
  /** 0x hex. */
  readonly hash: string;
  readonly total: bigint;
  readonly requests: bigint;
}

/** What a row's id commits to. Who has it knows whose row this is. */
export interface Opening {
  /** Account id, 0x hex of 32 bytes. */
  readonly wallet: string;
  /** 0x hex of 32 bytes. */
  readonly salt: string;
}

export interface InclusionProof extends TreeClaim {
  readonly format: 'pofbs.inclusion/1';
  /** Number of the row, from 0. */
  readonly index: number;
  readonly row: ProofRow;
  /** The node beside the row, then the one beside its parent, and so on up. */
  readonly path: readonly ProofNode[];
  readonly opening: Opening | null;
}

/**
 * The proof of a row.
 * @param path siblings from the leaf upwards, as {@link pathOf} gives them
 */
export function proveInclusion(
  claim: TreeClaim,
  index: number,
  row: Row,
  path: readonly SumNode[],
  opening: Opening | null = null,
): InclusionProof {
  const { header, summary, others, position } = claim;
  return {
    format: 'pofbs.inclusion/1',
    header: headerOf(header),
    summary: summaryOf(summary),
    others,
    position,
    index,
    row: proofRow(row),
    path: path.map(proofNode),
    opening,
  };
}

/** The siblings of a leaf, from its level upwards, out of all levels of a tree (`levelsOf`). */
export function pathOf(levels: readonly (readonly SumNode[])[], index: number): SumNode[] {
  const path: SumNode[] = [];
  for (let level = 0, at = index; level < levels.length - 1; level++, at = Math.floor(at / 2))
    path.push(levels[level]?.[siblingOf(at)] ?? emptyRoot(level));
  return path;
}

/** The index of the node beside, at the same level. */
export const siblingOf = (index: number): number => (index % 2 === 0 ? index + 1 : index - 1);

/** The bytes of a proof's file. */
export const proofBytes = (proof: InclusionProof): Uint8Array => canonicalBytes(proof);

/** @throws verification PROOF_FORM for anything but the canonical bytes of an inclusion proof */
export function parseInclusion(bytes: Uint8Array): InclusionProof {
  if (bytes.length > MAX_PROOF_BYTES) throw refuseProof('It is larger than 1 MiB.');
  return parseCanonical(bytes, readInclusion, refuseProof);
}

const NAMES = ['format', 'header', 'summary', 'others', 'position', 'index', 'row', 'path', 'opening'];

/** @throws verification PROOF_FORM */
export function readInclusion(fields: Fields): InclusionProof {
  const format = read.oneOf(fields.format, ['pofbs.inclusion/1'] as const, 'format');
  read.known(fields, NAMES);
  return {
    format,
    ...readClaim(fields),
    index: read.integer(fields.index, 'index'),
    row: readRow(fields.row),
    path: readPath(fields.path),
    opening: fields.opening === null ? null : readOpening(read.object(fields.opening, '"opening"')),
  };
}

/** The parts that inclusion and fraud proofs share. @throws verification PROOF_FORM */
export function readClaim(fields: Fields): TreeClaim {
  return {
    header: read.header(read.object(fields.header, '"header"')),
    summary: read.summary(read.object(fields.summary, '"summary"')),
    others: read.list(fields.others, 'others').map((one) => read.hash(one, 'others')),
    position: read.integer(fields.position, 'position'),
  };
}

/** @throws verification PROOF_FORM */
export function readRow(value: unknown): ProofRow {
  const fields = read.object(value, '"row"');
  read.known(fields, ['id', 'total', 'withdrawable', 'request']);
  return {
    id: read.pattern(fields.id, /^[0-9a-f]{64}$/, 'id'),
    total: read.amount(fields.total, 'total'),
    withdrawable: read.amount(fields.withdrawable, 'withdrawable'),
    request: read.amount(fields.request, 'request'),
  };
}

/** @throws verification PROOF_FORM */
export function readPath(value: unknown): ProofNode[] {
  return read.list(value, 'path').map(readNode);
}

/** @throws verification PROOF_FORM */
export function readNode(value: unknown): ProofNode {
  const fields = read.object(value, 'a node');
  read.known(fields, ['hash', 'total', 'requests']);
  return {
    hash: read.hash(fields.hash, 'hash'),
    total: read.sum(fields.total, 'total'),
    requests: read.sum(fields.requests, 'requests'),
  };
}

function readOpening(fields: Fields): Opening {
  read.known(fields, ['wallet', 'salt']);
  return { wallet: read.hash(fields.wallet, 'wallet'), salt: read.hash(fields.salt, 'salt') };
}

export function refuseProof(why: string, cause?: unknown): BursarError {
  return verificationError('PROOF_FORM', `The proof is refused. ${why}`, {
    hint: 'Ask for the proof again and leave its file as it is, byte for byte.',
    ...(cause === undefined ? {} : { cause }),
  });
}

const read = readerOf(refuseProof);

/** Only the fields of a header: callers may pass a whole manifest. */
const headerOf = ({ chain, custody, epoch, prevGpmp, timestamp }: EpochHeader): EpochHeader => ({
  chain,
  custody,
  epoch,
  prevGpmp,
  timestamp,
});

const summaryOf = ({ asset, decimals, rows, total, requests, root }: AssetSummary): AssetSummary => ({
  asset,
  decimals,
  rows,
  total,
  requests,
  root,
});

export const proofRow = ({ id, total, withdrawable, request }: Row): ProofRow => ({
  id: toHex(id).slice(2),
  total,
  withdrawable,
  request,
});

export const proofNode = ({ hash, total, requests }: SumNode): ProofNode => ({
  hash: toHex(hash),
  total,
  requests,
});

/** The row in the form in which it is hashed. */
export const rowOf = (row: ProofRow): Row => ({ ...row, id: bytesOf(`0x${row.id}`) });

export const nodeFrom = (node: ProofNode): SumNode => ({ ...node, hash: bytesOf(node.hash) });

/** Bytes of hex that a parser has let through. @throws verification PROOF_FORM for a value that no parser made */
function bytesOf(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  if (bytes?.length !== 32) throw refuseProof('A hash or an id has not 32 bytes.');
  return bytes;
}
