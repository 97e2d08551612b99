/**
 * Fraud proofs: a few lines with which anybody convicts a custodian whose published GPMP binds something that the rules
 * forbid, without the snapshot (docs/formats/proofs.md). Nothing honest can be shown to be fraud: what a proof says is
 * bound to the GPMP by hashes, and the rule that it breaks is judged from that alone.
 */

import { canonicalBytes, type Fields, parseCanonical, readerOf } from './fields.js';
import {
  type InclusionProof,
  MAX_PROOF_BYTES,
  nodeFrom,
  type ProofNode,
  type ProofRow,
  readClaim,
  readInclusion,
  readNode,
  readPath,
  readRow,
  refuseProof,
  rowOf,
  type TreeClaim,
} from './proof.js';
import { addGpmp, addSummit, climb, type ProofVerdict, rowFault, rowsText, Steps } from './proofCheck.js';
import type { Rule } from './rules.js';
import { depthOf, leafOf, nodeHash } from './tree.js';
import type { SumNode } from './types.js';

interface Claimed extends TreeClaim {
  readonly format: 'pofbs.fraud/1';
}

/** A row that breaks C4 or C4b. */
export interface RowFraud extends Claimed {
  readonly kind: 'row';
  readonly index: number;
  readonly row: ProofRow;
  readonly path: readonly ProofNode[];
}

/** Two rows side by side, `index` and the next, whose ids do not ascend. */
export interface OrderFraud extends Claimed {
  readonly kind: 'order';
  readonly index: number;
  readonly rows: readonly [ProofRow, ProofRow];
  readonly paths: readonly [readonly ProofNode[], readonly ProofNode[]];
}

/** A node that claims other sums than what it is made of: of two children, or of a row at level 0. */
export interface SumFraud extends Claimed {
  readonly kind: 'sum';
  /** 0 for a leaf; the root's is the depth of the tree. */
  readonly level: number;
  readonly index: number;
  /** What the node's parent, or the summary for the root, says that it holds. */
  readonly claimed: { readonly total: bigint; readonly requests: bigint };
  readonly opened: OpenedNode;
  readonly path: readonly ProofNode[];
}

export type OpenedNode = { readonly row: ProofRow } | { readonly left: ProofNode; readonly right: ProofNode };

export type FraudProof = RowFraud | OrderFraud | SumFraud;

export interface FraudVerdict extends ProofVerdict {
  /** The rule that is proved to be broken; null if none is. */
  readonly rule: Rule | null;
}

/** The bytes of a fraud proof's file. */
export const fraudBytes = (proof: FraudProof): Uint8Array => canonicalBytes(proof);

/** @throws verification PROOF_FORM for anything but the canonical bytes of a fraud proof */
export function parseFraud(bytes: Uint8Array): FraudProof {
  if (bytes.length > MAX_PROOF_BYTES) throw refuseProof('It is larger than 1 MiB.');
  return parseCanonical(bytes, readFraud, refuseProof);
}

/** Either kind of proof, told by its format. @throws verification PROOF_FORM */
export function parseProof(bytes: Uint8Array): InclusionProof | FraudProof {
  if (bytes.length > MAX_PROOF_BYTES) throw refuseProof('It is larger than 1 MiB.');
  const byFormat = (fields: Fields) =>
    fields.format === 'pofbs.fraud/1' ? readFraud(fields) : readInclusion(fields);
  return parseCanonical<InclusionProof | FraudProof>(bytes, byFormat, refuseProof);
}

/**
 * Whether the proof convicts the custodian who published `gpmp`.
 * @param gpmp 0x hex, from the chain or another source that the user trusts
 */
export function checkFraud(proof: FraudProof, gpmp: string): FraudVerdict {
  const steps = new Steps();
  addGpmp(steps, proof, gpmp);
  const rule = CHECKS[proof.kind](proof as never, steps);
  const verdict = steps.verdict();
  return { ...verdict, rule: verdict.holds ? rule : null };
}

/** Each adds the steps of its kind and says which rule is broken if they all hold. */
const CHECKS: { readonly [Kind in FraudProof['kind']]: (proof: never, steps: Steps) => Rule } = {
  row: checkRowFraud,
  order: checkOrderFraud,
  sum: checkSumFraud,
};

function checkRowFraud({ summary, index, row, path }: RowFraud, steps: Steps): Rule {
  addPlace(steps, summary.rows, 0, index, path);
  addSummit(steps, summary, () => climb(leafOf(rowOf(row)), index, path));
  steps.add('fraud', 'The row breaks a condition.', () =>
    rowFault(row) === null ? 'The row keeps C4 and C4b.' : null,
  );
  return row.request > row.withdrawable ? 'C4' : 'C4b';
}

function checkOrderFraud({ summary, index, rows, paths }: OrderFraud, steps: Steps): Rule {
  const [one, next] = rows;
  addPlace(steps, summary.rows, 0, index + 1, paths[1]);
  steps.add('depth', 'Both paths have the same length.', () =>
    paths[0].length === paths[1].length ? null : `They have ${paths[0].length} and ${paths[1].length} nodes.`,
  );
  addSummit(steps, summary, () => climb(leafOf(rowOf(one)), index, paths[0]));
  addSummit(steps, summary, () => climb(leafOf(rowOf(next)), index + 1, paths[1]));
  steps.add('fraud', 'The ids of the two rows do not ascend.', () =>
    one.id < next.id ? 'They ascend.' : null,
  );
  return one.id === next.id ? 'C6' : 'E_ORDER';
}

function checkSumFraud(proof: SumFraud, steps: Steps): Rule {
  const { summary, level, index, claimed, opened, path } = proof;
  addPlace(steps, summary.rows, level, index, path);
  // A leaf and a node are told apart by their level alone: their hashes are of the same form.
  steps.add('opened', 'A leaf is opened as a row, any other node as two children.', () =>
    (level === 0) === 'row' in opened ? null : `It is not, at level ${level}.`,
  );
  addSummit(steps, summary, () => climb({ hash: hashOf(opened), ...claimed }, index, path));
  steps.add('fraud', 'The node claims other sums than what it is made of.', () => {
    const made = sumsOf(opened);
    return claimed.total === made.total && claimed.requests === made.requests
      ? 'It claims what it is made of.'
      : null;
  });
  return 'R_TOTALS';
}

/** The steps that hold a node to its place in a tree of so many rows. */
function addPlace(
  steps: Steps,
  rows: number,
  level: number,
  index: number,
  path: readonly ProofNode[],
): void {
  steps.add('depth', `The path leads to the top of a tree of ${rowsText(rows)}.`, () =>
    level + path.length === depthOf(rows)
      ? null
      : `It has ${path.length} nodes from level ${level} on; the tree is ${depthOf(rows)} deep.`,
  );
  steps.add('index', 'There are rows at this place.', () =>
    index * 2 ** level < rows ? null : `Node ${index} of level ${level} is beyond ${rowsText(rows)}.`,
  );
}

const hashOf = (opened: OpenedNode): Uint8Array =>
  'row' in opened ? leafOf(rowOf(opened.row)).hash : nodeHash(nodeFrom(opened.left), nodeFrom(opened.right));

/** Sums may leave 256 bits here: a claim that wrapped around is one that differs. */
export const sumsOf = (opened: OpenedNode): Omit<SumNode, 'hash'> =>
  'row' in opened
    ? { total: opened.row.total, requests: opened.row.request }
    : {
        total: opened.left.total + opened.right.total,
        requests: opened.left.requests + opened.right.requests,
      };

const read = readerOf(refuseProof);
const CLAIM = ['format', 'kind', 'header', 'summary', 'others', 'position'];

function readFraud(fields: Fields): FraudProof {
  const format = read.oneOf(fields.format, ['pofbs.fraud/1'] as const, 'format');
  const kind = read.oneOf(fields.kind, ['row', 'order', 'sum'] as const, 'kind');
  read.known(fields, [...CLAIM, ...PARTS[kind]]);
  const claim = { format, ...readClaim(fields), index: read.integer(fields.index, 'index') };
  switch (kind) {
    case 'row':
      return { kind, ...claim, row: readRow(fields.row), path: readPath(fields.path) };
    case 'order':
      return { kind, ...claim, rows: pair(fields.rows, readRow), paths: pair(fields.paths, readPath) };
    case 'sum':
      return {
        kind,
        ...claim,
        level: read.integer(fields.level, 'level', 40),
        claimed: readClaimed(read.object(fields.claimed, '"claimed"')),
        opened: readOpened(read.object(fields.opened, '"opened"')),
        path: readPath(fields.path),
      };
  }
}

const PARTS = {
  row: ['index', 'row', 'path'],
  order: ['index', 'rows', 'paths'],
  sum: ['level', 'index', 'claimed', 'opened', 'path'],
} as const;

function readClaimed(fields: Fields): SumFraud['claimed'] {
  read.known(fields, ['total', 'requests']);
  return { total: read.sum(fields.total, 'total'), requests: read.sum(fields.requests, 'requests') };
}

function readOpened(fields: Fields): OpenedNode {
  if (Object.hasOwn(fields, 'row')) {
    read.known(fields, ['row']);
    return { row: readRow(fields.row) };
  }
  read.known(fields, ['left', 'right']);
  return { left: readNode(fields.left), right: readNode(fields.right) };
}

function pair<T>(value: unknown, one: (item: unknown) => T): [T, T] {
  const items = read.list(value, 'rows and paths');
  if (items.length !== 2) throw refuseProof('There are not two rows and two paths.');
  return [one(items[0]), one(items[1])];
}
