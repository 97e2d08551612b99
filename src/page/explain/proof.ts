/** Checks an inclusion proof in a browser: what proofCheck.ts does, on core.ts. */

import type { AssetSummary, EpochHeader } from '../../lib/pofbs/types.js';
import type { PageNode, PageRow } from './core.js';
import * as core from './core.js';

export interface PageInclusion {
  readonly header: EpochHeader;
  readonly summary: AssetSummary;
  readonly others: readonly string[];
  readonly position: number;
  readonly index: number;
  readonly row: PageRow;
  readonly path: readonly PageNode[];
  readonly opening: { readonly wallet: string; readonly salt: string } | null;
}

/** The first step that fails, and why; null if none does. */
export type PageFault = { readonly step: string; readonly why: string } | null;

type Fields = Readonly<Record<string, unknown>>;

const no = (why: string) => new Error(`This is no proof: ${why}`);
const isObject = (value: unknown): value is Fields =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** JSON with sorted keys: the one form that a proof's file may have. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const entries = Object.keys(value).sort();
  return `{${entries.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`;
}

function object(value: unknown, ...names: readonly string[]): Fields {
  if (!isObject(value) || Object.keys(value).sort().join() !== [...names].sort().join())
    throw no(`an object has not exactly the fields ${names.join(', ')}.`);
  return value;
}

function integer(value: unknown, most = Number.MAX_SAFE_INTEGER): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0 || (value as number) > most)
    throw no('a number is not whole or out of its range.');
  return value as number;
}

function text(value: unknown, form: RegExp): string {
  if (typeof value !== 'string' || !form.test(value)) throw no('a text has not the form that it must have.');
  return value;
}

const hash = (value: unknown) => text(value, /^0x[0-9a-f]{64}$/);

function sum(value: unknown): bigint {
  const found = BigInt(text(value, /^(?:0|[1-9][0-9]{0,77})$/));
  if (found >= 1n << 256n) throw no('a sum is not below 2^256.');
  return found;
}

function list<Item>(value: unknown, read: (item: unknown) => Item): Item[] {
  if (!Array.isArray(value)) throw no('a list is missing.');
  return value.map(read);
}

function readHeader(value: unknown): EpochHeader {
  const fields = object(value, 'chain', 'custody', 'epoch', 'prevGpmp', 'timestamp');
  return {
    chain: hash(fields.chain),
    custody: text(fields.custody, /^0x(?:[0-9a-f]{40}|[0-9a-f]{64})$/),
    epoch: integer(fields.epoch),
    prevGpmp: hash(fields.prevGpmp),
    timestamp: integer(fields.timestamp),
  };
}

function readSummary(value: unknown): AssetSummary {
  const fields = object(value, 'asset', 'decimals', 'rows', 'total', 'requests', 'root');
  const rows = integer(fields.rows, 2 ** 40);
  if (rows < 1) throw no('it speaks of no rows.');
  return {
    asset: text(fields.asset, /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/),
    decimals: integer(fields.decimals, 38),
    rows,
    total: sum(fields.total),
    requests: sum(fields.requests),
    root: hash(fields.root),
  };
}

function readRow(value: unknown): PageRow {
  const fields = object(value, 'id', 'total', 'withdrawable', 'request');
  const amount = (one: unknown) => core.amountOf(text(one, /^[0-9]{1,39}$/));
  return {
    id: text(fields.id, /^[0-9a-f]{64}$/),
    total: amount(fields.total),
    withdrawable: amount(fields.withdrawable),
    request: amount(fields.request),
  };
}

function readNode(value: unknown): PageNode {
  const fields = object(value, 'hash', 'total', 'requests');
  return {
    hash: core.fromHex(hash(fields.hash), 32),
    total: sum(fields.total),
    requests: sum(fields.requests),
  };
}

function readOpening(value: unknown): PageInclusion['opening'] {
  if (value === null) return null;
  const fields = object(value, 'wallet', 'salt');
  return { wallet: hash(fields.wallet), salt: hash(fields.salt) };
}

/** @throws Error in words for anything but an inclusion proof; white space around it is no matter */
export function parse(source: string): PageInclusion {
  if (source.length > 2 ** 20) throw no('it is too large.');
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch {
    throw no('it is not JSON, or it was cut off.');
  }
  if (!isObject(value) || value.format !== 'pofbs.inclusion/1')
    throw no('its format is not pofbs.inclusion/1.');
  if (canonical(value) !== source.trim())
    throw no('it was changed: it is not written in the one form that it must have.');
  const names = ['format', 'header', 'summary', 'others', 'position', 'index', 'row', 'path', 'opening'];
  const fields = object(value, ...names);
  return {
    header: readHeader(fields.header),
    summary: readSummary(fields.summary),
    others: list(fields.others, hash),
    position: integer(fields.position),
    index: integer(fields.index),
    row: readRow(fields.row),
    path: list(fields.path, readNode),
    opening: readOpening(fields.opening),
  };
}

/** The GPMP that the proof's own words come to; null if its commitments are not different or misplaced. */
export function gpmpOf({ header, summary, others, position }: PageInclusion): string | null {
  const own = core.commitmentOf(header, summary);
  if (position > others.length || new Set([own, ...others]).size !== others.length + 1) return null;
  return core.joinCommitments([...others.slice(0, position), own, ...others.slice(position)]);
}

/** A node beside the way up, and the place where it stands. */
function besides({ index, path }: PageInclusion) {
  return path.map((node, level) => {
    const at = Math.floor(index / 2 ** level);
    return { node, level, first: (at % 2 === 0 ? at + 1 : at - 1) * 2 ** level };
  });
}

const sameBytes = (a: Uint8Array, b: Uint8Array) => a.every((byte, at) => byte === b[at]);
const EMPTY: PageNode = { hash: new Uint8Array(32), total: 0n, requests: 0n };

/** What is wrong with a proof. @throws Error for sums that leave 256 bits */
export function fault(proof: PageInclusion, gpmp: string): PageFault {
  const { index, row, path, summary, opening, header } = proof;
  const bad = (step: string, why: string): PageFault => ({ step, why });
  const found = gpmpOf(proof);
  if (found === null) return bad('gpmp', 'Its assets are not different, or its own is not among them.');
  if (found !== gpmp) return bad('gpmp', `It belongs to another code, ${found}.`);
  if (path.length !== core.depthOf(summary.rows))
    return bad('depth', 'Its way to the top is too long or too short.');
  if (index >= summary.rows) return bad('index', 'Its row is not among those that are counted.');
  let empty = EMPTY;
  for (const { node, first } of besides(proof)) {
    const blank = sameBytes(node.hash, empty.hash) && node.total === 0n && node.requests === 0n;
    if (first >= summary.rows && !blank) return bad('padding', 'Something stands where no row is.');
    empty = core.nodeOf(empty, empty);
  }
  for (const { node, level, first } of besides(proof)) {
    const rows = Math.max(0, Math.min(2 ** level, summary.rows - first));
    const most = BigInt(rows) * ((1n << 128n) - 1n);
    if (node.total > most || node.requests > most)
      return bad('range', 'A part claims more than its rows can hold.');
  }
  const way = core.wayUp(row, index, path);
  if (path.some((node, level) => sameBytes(node.hash, (way[level] as PageNode).hash)))
    return bad('distinct', 'The same rows stand twice, side by side.');
  const top = way[way.length - 1] as PageNode;
  if (core.toHex(top.hash) !== summary.root) return bad('root', 'The row is not part of the list.');
  if (top.total !== summary.total || top.requests !== summary.requests)
    return bad('sums', 'The row does not add up to the totals.');
  if (row.request > row.withdrawable) return bad('row', 'More is requested than may be withdrawn.');
  if (row.withdrawable > row.total) return bad('row', 'More may be withdrawn than is owed.');
  if (opening !== null && core.idOf(header, opening.wallet, opening.salt) !== row.id)
    return bad('wallet', 'The id was not made from the wallet and the salt that the proof names.');
  return null;
}
