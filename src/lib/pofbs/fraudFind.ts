/**
 * Looks for a fraud that can be proved to others: something under the published GPMP that breaks a rule. What a short
 * proof cannot show (rows that were left out, a root that belongs to no rows at hand) is not found here.
 */

import { type FraudProof, type OpenedNode, type SumFraud, sumsOf } from './fraud.js';
import { toHex } from './gpmp.js';
import { nodeFrom, type ProofNode, proofNode, proofRow, siblingOf, type TreeClaim } from './proof.js';
import { rowFault } from './proofCheck.js';
import { depthOf, nodeHash } from './tree.js';
import type { Row, SumNode } from './types.js';

/** A published tree beside the one that follows from the published rows. */
export interface Suspect {
  readonly claim: TreeClaim;
  /** A node as the rows give it. */
  computed(level: number, index: number): Promise<SumNode>;
  /** A node as the custodian published it; null if it is not at hand. */
  published(level: number, index: number): Promise<SumNode | null>;
  row(index: number): Promise<Row>;
  /** The first row that breaks C4 or C4b; null if none does. */
  readonly badRow: number | null;
  /** The first row whose id does not come after the one before it; null if none. */
  readonly badOrder: number | null;
}

/** @returns a proof that holds against the claim's GPMP, or null if nothing can be proved */
export async function findFraud(suspect: Suspect): Promise<FraudProof | null> {
  return (await findWrongSum(suspect)) ?? (await findBadRow(suspect));
}

/**
 * The topmost node that claims other sums than its children hold. A hash binds all sums below it, so that only where a
 * published hash differs from the computed one can there be such a node further down.
 */
async function findWrongSum(suspect: Suspect): Promise<SumFraud | null> {
  const { total, requests, root, rows } = suspect.claim.summary;
  const summit = { hash: nodeFrom({ hash: root, total, requests }).hash, total, requests };
  return visit(suspect, { level: depthOf(rows), index: 0, node: summit, path: [] });
}

interface Visited {
  readonly level: number;
  readonly index: number;
  /** As its parent, or the summary, claims it. */
  readonly node: SumNode;
  readonly path: readonly SumNode[];
}

async function visit(suspect: Suspect, visited: Visited): Promise<SumFraud | null> {
  const { level, index, node, path } = visited;
  const places = [2 * index, 2 * index + 1] as const;
  if (sameHash(await suspect.computed(level, index), node)) {
    if (level === 0) return accuse(suspect, visited, { row: proofRow(await suspect.row(index)) });
    const [left, right] = await Promise.all(places.map((at) => suspect.computed(level - 1, at)));
    return accuse(suspect, visited, { left: proofNode(left!), right: proofNode(right!) });
  }
  if (level === 0) return null;
  const [left, right] = await Promise.all(places.map((at) => suspect.published(level - 1, at)));
  if (!left || !right || !Buffer.from(nodeHash(left, right)).equals(node.hash)) return null;
  const wrong = accuse(suspect, visited, { left: proofNode(left), right: proofNode(right) });
  if (wrong !== null) return wrong;
  const below = { level: level - 1, index: places[0], node: left, path: [right, ...path] };
  const found = await visit(suspect, below);
  if (found !== null || places[1] * 2 ** (level - 1) >= suspect.claim.summary.rows) return found;
  return visit(suspect, { level: level - 1, index: places[1], node: right, path: [left, ...path] });
}

/** The proof that a node's claim is wrong; null if it is right. */
function accuse(
  suspect: Suspect,
  { level, index, node, path }: Visited,
  opened: OpenedNode,
): SumFraud | null {
  const made = sumsOf(opened);
  if (made.total === node.total && made.requests === node.requests) return null;
  const claimed = { total: node.total, requests: node.requests };
  return { ...fraudClaim(suspect), kind: 'sum', level, index, claimed, opened, path: path.map(proofNode) };
}

async function findBadRow(suspect: Suspect): Promise<FraudProof | null> {
  const { claim, badRow, badOrder } = suspect;
  const root = await suspect.computed(depthOf(claim.summary.rows), 0);
  if (toHex(root.hash) !== claim.summary.root) return null;
  const isFirst = badOrder === null || (badRow !== null && badRow <= badOrder);
  if (badRow !== null && isFirst) {
    const row = proofRow(await suspect.row(badRow));
    if (rowFault(row) === null) return null;
    return { ...fraudClaim(suspect), kind: 'row', index: badRow, row, path: await pathTo(suspect, badRow) };
  }
  if (badOrder === null) return null;
  const [one, next] = [await suspect.row(badOrder - 1), await suspect.row(badOrder)];
  return {
    ...fraudClaim(suspect),
    kind: 'order',
    index: badOrder - 1,
    rows: [proofRow(one), proofRow(next)],
    paths: [await pathTo(suspect, badOrder - 1), await pathTo(suspect, badOrder)],
  };
}

async function pathTo({ claim, computed }: Suspect, index: number): Promise<ProofNode[]> {
  const path: ProofNode[] = [];
  for (let level = 0, at = index; level < depthOf(claim.summary.rows); level++, at = Math.floor(at / 2))
    path.push(proofNode(await computed(level, siblingOf(at))));
  return path;
}

const fraudClaim = ({ claim }: Suspect) => ({ format: 'pofbs.fraud/1', ...claim }) as const;

const sameHash = (a: SumNode, b: SumNode): boolean => Buffer.from(a.hash).equals(b.hash);
