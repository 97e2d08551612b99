/**
 * A verifier written from docs/formats alone: slow, short, and without a line in common with the library. What it and the
 * library say of the same bytes must be the same.
 */
import { createHash } from 'node:crypto';

type Row = [id: string, total: bigint, withdrawable: bigint, request: bigint];
type Node = { h: Buffer; t: bigint; q: bigint };
type Header = { chain: string; custody: string; epoch: number; prevGpmp: string; timestamp: number };
type Summary = {
  asset: string;
  decimals: number;
  rows: number;
  total: bigint;
  requests: bigint;
  root: string;
};

const sha = (...parts: (Buffer | string)[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const hex = (text: string) => Buffer.from(text.replace('0x', ''), 'hex');

/** An unsigned integer, little endian. */
function le(value: bigint | number, bytes: number): Buffer {
  const digits = BigInt(value)
    .toString(16)
    .padStart(2 * bytes, '0');
  if (digits.length > 2 * bytes || digits.startsWith('-')) throw new Error(`${value} has not ${bytes} bytes`);
  return Buffer.from(digits, 'hex').reverse();
}

/** snapshot.md: the rows of a file, or the first rule that it breaks. */
export function rowsOf(file: Uint8Array): Row[] | string {
  const text = Buffer.from(file).toString('latin1');
  if (text.startsWith('\xef\xbb\xbf')) return 'E_BOM';
  const lines = text.split('\n');
  if (lines[0]!.includes('\r')) return 'E_LINE_ENDING';
  if (lines.length === 1 && text !== '') return 'E_FINAL_NEWLINE';
  if (lines[0] !== 'id,total,withdrawable,request') return 'E_HEADER';
  const rows: Row[] = [];
  for (let n = 1; n < lines.length; n++) {
    const line = lines[n]!;
    const last = n === lines.length - 1;
    if (last && line === '') break;
    if (line.includes('\r')) return 'E_LINE_ENDING';
    if (last) return 'E_FINAL_NEWLINE';
    if (line === '') return 'E_BLANK_LINE';
    if (line.includes('"')) return 'E_QUOTE';
    const columns = line.split(',');
    if (columns.length !== 4) return 'E_COLUMNS';
    const [id, ...amounts] = columns as [string, string, string, string];
    if (!/^[0-9a-f]{64}$/.test(id)) return 'E_ID_SYNTAX';
    for (const [column, amount] of amounts.entries()) {
      if (/^-[0-9]+$/.test(amount)) return ['C1', 'C2', 'C3'][column]!;
      if (!/^[0-9]+$/.test(amount)) return 'E_AMOUNT_SYNTAX';
      if (/^0[0-9]/.test(amount)) return 'E_AMOUNT_NONCANONICAL';
      if (BigInt(amount) >= 2n ** 128n) return 'E_AMOUNT_RANGE';
    }
    const [total, withdrawable, request] = amounts.map(BigInt) as [bigint, bigint, bigint];
    const before = rows.at(-1)?.[0];
    if (before === id) return 'C6';
    if (before !== undefined && before > id) return 'E_ORDER';
    if (request > withdrawable) return 'C4';
    if (withdrawable > total) return 'C4b';
    rows.push([id, total, withdrawable, request]);
  }
  return rows.length === 0 ? 'E_EMPTY' : rows;
}

/** tree.md */
export const leaf = ([id, t, w, q]: Row): Node => ({
  h: sha(sha(hex(id), le(t, 32)), sha(le(w, 32), le(q, 32))),
  t,
  q,
});
const node = (l: Node, r: Node): Node => ({
  h: sha(sha(l.h, r.h), sha(sha(le(l.t, 32), le(r.t, 32)), sha(le(l.q, 32), le(r.q, 32)))),
  t: l.t + r.t,
  q: l.q + r.q,
});
export function levels(rows: readonly Row[]): Node[][] {
  const nodes = rows.map(leaf);
  while (nodes.length & (nodes.length - 1)) nodes.push({ h: Buffer.alloc(32), t: 0n, q: 0n });
  const all = [nodes];
  for (let below = nodes; below.length > 1; all.push(below))
    below = below.filter((_, i) => i % 2 === 0).map((left, i) => node(left, below[2 * i + 1]!));
  return all;
}
export const root = (rows: readonly Row[]): Node => levels(rows).at(-1)![0]!;

/** gpmp.md */
export const preimage = (h: Header, s: Summary): Buffer =>
  Buffer.concat([
    sha('pofbs/gpmp/v1'),
    le(1, 1),
    hex(h.chain),
    Buffer.concat([hex(h.custody), Buffer.alloc(12)]).subarray(0, 32),
    le(h.epoch, 8),
    hex(h.prevGpmp),
    le(h.timestamp, 8),
    sha(s.asset),
    le(s.decimals, 1),
    le(s.rows, 8),
    le(s.total, 32),
    le(s.requests, 32),
    hex(s.root),
  ]);
export const gpmp = (h: Header, assets: readonly Summary[]): string => {
  const sorted = [...assets].sort((a, b) => (a.asset < b.asset ? -1 : 1));
  return joined(sorted.map((asset) => sha(preimage(h, asset))));
};
const joined = (commitments: readonly Buffer[]): string =>
  `0x${(
    commitments.length === 1
      ? commitments[0]!
      : sha(sha('pofbs/gpmps/v1'), le(1, 1), le(commitments.length, 4), ...commitments)
  ).toString('hex')}`;

/** mapping.md */
export const idOf = (h: Header, wallet: string, salt: string): string =>
  sha(
    sha(sha('pofbs/id/v1'), preimage(h, BLANK).subarray(33, 97), le(h.epoch, 8)),
    sha(hex(wallet), hex(salt)),
  ).toString('hex');
const BLANK = { asset: '', decimals: 0, rows: 0, total: 0n, requests: 0n, root: '00'.repeat(32) };

type Sum = { total: string; requests: string };
/** proofs.md: an inclusion proof as JSON.parse gives it. Says only yes or no. */
// biome-ignore lint/suspicious/noExplicitAny: what JSON.parse gives
export function includes(proof: any, trusted: string): boolean {
  const { header, summary, others, position, index, row, path, opening } = proof;
  const own = sha(preimage(header, summary));
  const commitments: Buffer[] = others.map(hex);
  if (new Set([...others.map((o: string) => o.slice(2)), own.toString('hex')]).size !== others.length + 1)
    return false;
  if (position > others.length) return false;
  commitments.splice(position, 0, own);
  if (joined(commitments) !== trusted) return false;
  if (path.length !== levelsAbove(summary.rows) || index >= summary.rows) return false;
  let here = leaf([row.id, BigInt(row.total), BigInt(row.withdrawable), BigInt(row.request)]);
  let empty: Node = { h: Buffer.alloc(32), t: 0n, q: 0n };
  for (const [level, step] of path.entries()) {
    const at = Math.floor(index / 2 ** level);
    const beside = { h: hex(step.hash), t: BigInt(step.total), q: BigInt(step.requests) };
    const first = (at % 2 ? at - 1 : at + 1) * 2 ** level;
    const rows = BigInt(Math.max(0, Math.min(2 ** level, summary.rows - first)));
    if (rows === 0n && !beside.h.equals(empty.h)) return false;
    if (beside.t > rows * (2n ** 128n - 1n) || beside.q > rows * (2n ** 128n - 1n)) return false;
    if (beside.h.equals(here.h)) return false;
    here = at % 2 ? node(beside, here) : node(here, beside);
    empty = node(empty, empty);
  }
  const claimed = summary as Sum;
  if (!here.h.equals(hex(summary.root))) return false;
  if (here.t !== BigInt(claimed.total) || here.q !== BigInt(claimed.requests)) return false;
  if (BigInt(row.request) > BigInt(row.withdrawable) || BigInt(row.withdrawable) > BigInt(row.total))
    return false;
  return opening === null || idOf(header, opening.wallet, opening.salt) === row.id;
}
const levelsAbove = (rows: number): number => (rows <= 1 ? 0 : 1 + levelsAbove(Math.ceil(rows / 2)));
