/**
 * Checks an inclusion proof against a GPMP that the user brings: never against one that comes with the proof. Each rule is
 * a step with its own verdict; the attack that it stops is told in docs/formats/proofs.md.
 */

import { BursarError } from '../errors.js';
import { accountText } from './accountText.js';
import { bytes32, commitmentOf, joinCommitments, toHex } from './gpmp.js';
import { idContext, idOf } from './id.js';
import {
  type InclusionProof,
  nodeFrom,
  type ProofNode,
  refuseProof,
  rowOf,
  siblingOf,
  type TreeClaim,
} from './proof.js';
import { depthOf, emptyRoot, leafOf, nodeOf } from './tree.js';
import type { AssetSummary, SumNode } from './types.js';

/** `1 row`, `2 rows` */
export const rowsText = (rows: number): string => `${rows} row${rows === 1 ? '' : 's'}`;

const AMOUNT_MAX = (1n << 128n) - 1n;

export interface Step {
  readonly name: string;
  /** Null: not checked, because a step before it is false. */
  readonly ok: boolean | null;
  /** The rule, in words. */
  readonly says: string;
  /** What was found; null when there is nothing to add. */
  readonly detail: string | null;
}

export interface ProofVerdict {
  /** Whether every step is true. */
  readonly holds: boolean;
  readonly steps: readonly Step[];
}

/**
 * @param gpmp 0x hex, from the chain or another source that the user trusts
 * @param wallet when given, the proof must open its id to this account (0x hex)
 */
export function checkInclusion(proof: InclusionProof, gpmp: string, wallet?: string): ProofVerdict {
  const { index, row, path, summary } = proof;
  const steps = new Steps();
  addGpmp(steps, proof, gpmp);
  steps.add('depth', `The path has as many nodes as a tree of ${rowsText(summary.rows)} is deep.`, () =>
    path.length === depthOf(summary.rows) ? null : `It has ${path.length}, not ${depthOf(summary.rows)}.`,
  );
  steps.add('index', 'The row is one of those that the summary counts.', () =>
    index < summary.rows ? null : `The list has ${rowsText(summary.rows)}, and no row ${index + 1}.`,
  );
  steps.add('padding', 'What lies beyond the last row is empty.', () => paddingFault(proof));
  steps.add('range', 'No node on the path claims more than its rows can hold.', () => rangeFault(proof));
  let ancestors: readonly SumNode[] = [];
  steps.add('distinct', 'No node on the path is the same as the one beside it.', () => {
    ancestors = ancestorsOf(leafOf(rowOf(row)), index, path);
    return twinFault(ancestors, path);
  });
  addSummit(steps, summary, () => ancestors.at(-1) as SumNode);
  steps.add('row', 'The row requests no more than is withdrawable, and that is no more than the total.', () =>
    rowFault(row),
  );
  if (proof.opening !== null || wallet !== undefined)
    steps.add('wallet', 'The id commits to the wallet.', () => openingFault(proof, wallet));
  return steps.verdict();
}

/** What a row breaks, in words; null if nothing. C4 and C4b. */
export function rowFault({ total, withdrawable, request }: InclusionProof['row']): string | null {
  if (request > withdrawable) return `C4 is broken: ${request} are requested of ${withdrawable}.`;
  if (withdrawable > total) return `C4b is broken: ${withdrawable} may be withdrawn of ${total}.`;
  return null;
}

/** The step that binds a proof's claim to the GPMP that the user brought. */
export function addGpmp(steps: Steps, claim: TreeClaim, gpmp: string): void {
  steps.add('gpmp', 'Chain, custody, epoch, time and summary are those of the given GPMP.', () => {
    const found = gpmpOfClaim(claim);
    return found === gpmp ? null : `They come to ${found}, not to ${gpmp}.`;
  });
}

/** The steps that bind the top of a path to the summary. Fraud proofs share them. */
export function addSummit(steps: Steps, summary: AssetSummary, summit: () => SumNode): void {
  let top: SumNode | undefined;
  steps.add('root', 'The path leads to the root of the summary.', () => {
    top = summit();
    const found = toHex(top.hash);
    return found === summary.root ? null : `It leads to ${found}, not to ${summary.root}.`;
  });
  steps.add('sums', 'The sums along the path are the total and the requests of the summary.', () =>
    top?.total === summary.total && top.requests === summary.requests
      ? null
      : `They are ${top?.total} and ${top?.requests}, not ${summary.total} and ${summary.requests}.`,
  );
}

/**
 * The GPMP that a proof's own words come to.
 * @throws verification PROOF_FORM if the assets' commitments are not different or the position is not among them
 */
export function gpmpOfClaim({ header, summary, others, position }: TreeClaim): string {
  const own = commitmentOf(header, summary);
  // Assets have different names, and so different commitments; with equal ones the position would say nothing.
  if (position > others.length || new Set([own, ...others]).size !== others.length + 1)
    throw refuseProof('The commitments of its assets are not different, or its position is not among them.');
  return joinCommitments([...others.slice(0, position), own, ...others.slice(position)]);
}

/** The top of the tree, from a node at some level and the siblings above it. @throws verification SUM_OVERFLOW */
export const climb = (node: SumNode, index: number, path: readonly ProofNode[]): SumNode =>
  ancestorsOf(node, index, path).at(-1) as SumNode;

/** The node, its parent, and so on up to the top. */
function ancestorsOf(node: SumNode, index: number, path: readonly ProofNode[]): SumNode[] {
  const ancestors = [node];
  let at = index;
  for (const sibling of path) {
    const [here, beside] = [ancestors.at(-1) as SumNode, nodeFrom(sibling)];
    ancestors.push(at % 2 === 0 ? nodeOf(here, beside) : nodeOf(beside, here));
    at = Math.floor(at / 2);
  }
  return ancestors;
}

function paddingFault({ index, path, summary }: InclusionProof): string | null {
  for (const [level, at] of placesOf(index, path)) {
    if (siblingOf(at) * 2 ** level < summary.rows) continue;
    if (!same(nodeFrom(path[level] as ProofNode), emptyRoot(level)))
      return `The node at level ${level} stands where no row is.`;
  }
  return null;
}

function rangeFault({ index, path, summary }: InclusionProof): string | null {
  for (const [level, at] of placesOf(index, path)) {
    const { total, requests } = path[level] as ProofNode;
    const first = siblingOf(at) * 2 ** level;
    const most = BigInt(Math.max(0, Math.min(2 ** level, summary.rows - first))) * AMOUNT_MAX;
    if (total > most || requests > most) return `The node at level ${level} claims more.`;
  }
  return null;
}

function twinFault(ancestors: readonly SumNode[], path: readonly ProofNode[]): string | null {
  const level = path.findIndex(({ hash }, at) => hash === toHex((ancestors[at] as SumNode).hash));
  return level === -1 ? null : `At level ${level} the same rows stand twice, side by side.`;
}

/** What the step about the wallet finds, when it is not that the proof is about another one. */
export const UNOPENED = 'The proof does not open the id: it names no wallet.';
export const WRONG_OPENING = 'Another id follows from the wallet and salt of the proof.';

function openingFault({ header, row, opening }: InclusionProof, wallet: string | undefined): string | null {
  if (opening === null) return UNOPENED;
  const id = idOf(idContext(header), bytes32(opening.wallet, 'wallet'), bytes32(opening.salt, 'salt'));
  if (toHex(id) !== `0x${row.id}`) return WRONG_OPENING;
  return wallet === undefined || opening.wallet === wallet
    ? null
    : `The id commits to ${accountText(opening.wallet)}, not to ${accountText(wallet)}.`;
}

/** Level and index of the row's ancestors that have a sibling in the path. */
function* placesOf(index: number, path: readonly ProofNode[]): Generator<readonly [number, number]> {
  for (let level = 0, at = index; level < path.length; level++, at = Math.floor(at / 2)) yield [level, at];
}

const same = (a: SumNode, b: SumNode): boolean =>
  Buffer.from(a.hash).equals(b.hash) && a.total === b.total && a.requests === b.requests;

/** Steps in order; what follows a false one is not checked, because it stands on it. */
export class Steps {
  readonly #steps: Step[] = [];

  /** @param fault what is wrong, in words; null if nothing is. A named error is a fault too. */
  add(name: string, says: string, fault: () => string | null): void {
    if (this.#steps.some(({ ok }) => ok !== true)) {
      this.#steps.push({ name, ok: null, says, detail: null });
      return;
    }
    const detail = faultOf(fault);
    this.#steps.push({ name, ok: detail === null, says, detail });
  }

  verdict(): ProofVerdict {
    return { holds: this.#steps.every(({ ok }) => ok === true), steps: this.#steps };
  }
}

function faultOf(fault: () => string | null): string | null {
  try {
    return fault();
  } catch (error) {
    if (error instanceof BursarError) return error.message;
    throw error;
  }
}
