/**
 * A score or a selection as a file that anybody can check: the facts, the method, the result, and the SHA-256 of it all.
 * Canonical JSON and no clock in it: the same facts give the same bytes.
 */

import { createHash } from 'node:crypto';
import { preconditionError, usageError, verificationError } from '../errors.js';
import { DuplicateName, parseJson } from '../json.js';
import { formatDuration } from '../numeric/duration.js';
import { type Plain, toCanonicalJson } from '../plain.js';
import { chooseTargets } from './choose.js';
import { bad } from './form.js';
import { type Method, type Ranking, rank } from './ranking.js';
import type { Selection } from './selection.js';
import { readContent, type SelectionAsked, type SnapshotContent } from './snapshotForm.js';
import type { Facts } from './types.js';

export const SNAPSHOT_FORMAT = 'bursar/validators-snapshot/1';

/** For what a selection was made, and what came out. */
export interface SavedSelection extends SelectionAsked {
  readonly result: Selection;
}

/** A snapshot as it is made. */
export interface Snapshot {
  readonly tool: { readonly name: string; readonly version: string };
  readonly method: Method;
  readonly facts: Facts;
  readonly ranking: SavedRanking;
  readonly selection: SavedSelection | null;
}

export type SavedRanking = Pick<Ranking, 'means'> & {
  readonly validators: readonly Omit<Ranking['validators'][number], 'inputs'>[];
};

export interface SnapshotFile {
  readonly sha256: string;
  readonly content: SnapshotContent;
  /** The digest that the content has. */
  readonly found: string;
}

export function makeSnapshot(
  version: string,
  facts: Facts,
  method: Method,
  ranking: Ranking,
  selection: SavedSelection | null,
): Snapshot {
  return { tool: { name: 'bursar', version }, method, facts, ranking: savedRanking(ranking), selection };
}

const savedRanking = ({ means, validators }: Ranking): SavedRanking => ({
  means,
  validators: validators.map(({ address, score, rank, why }) => ({ address, score, rank, why })),
});

/** The file's text and the digest in it. */
export function encodeSnapshot(content: Snapshot): { readonly text: string; readonly sha256: string } {
  const sha256 = digest(content);
  const json = toCanonicalJson({ format: SNAPSHOT_FORMAT, sha256, content });
  return { text: `${json.replace(STEERING, escaped)}\n`, sha256 };
}

/** Names of operators are somebody else's words: whoever prints the file must not have their terminal steered by it. */
const STEERING = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

const digest = (content: unknown): string =>
  createHash('sha256').update(toCanonicalJson(content)).digest('hex');

const noSnapshot = (message: string) =>
  usageError('SNAPSHOT_FORMAT', message, {
    hint: 'Make one with `bursar validators score --save FILE` or `bursar validators select --save FILE`.',
  });

/** @throws usage SNAPSHOT_FORMAT, FILE_FORM */
export function decodeSnapshot(text: string): SnapshotFile {
  let file: { format?: unknown; sha256?: unknown; content?: unknown };
  try {
    file = parseJson(text) as typeof file;
  } catch (error) {
    if (error instanceof DuplicateName) throw noSnapshot('The snapshot has a name twice in one object.');
    throw noSnapshot('The file is no snapshot of validators: it is not JSON.');
  }
  if (file === null || typeof file !== 'object' || file.format !== SNAPSHOT_FORMAT)
    throw noSnapshot(`The file is no snapshot of the form ${SNAPSHOT_FORMAT}.`);
  const { format: _, sha256, content: said, ...more } = file;
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256))
    throw noSnapshot('The snapshot has no SHA-256.');
  try {
    const content = readContent(said);
    const found = digest(said);
    if (found === sha256) assertWhole({ ...more, content: said }, content);
    return { sha256, content, found };
  } catch (error) {
    if (error instanceof RangeError) throw noSnapshot('The file is nested too deeply for a snapshot.');
    throw error;
  }
}

/** The digest is of values. What nobody checks has no place beside them. */
function assertWhole(said: object, content: SnapshotContent): void {
  const unknown = firstDifference(said, plainJson({ content }), 'file');
  if (unknown !== null) throw bad(unknown.at, 'expected there');
}

const plainJson = (value: unknown): unknown => JSON.parse(toCanonicalJson(value));

/** Where a replay and the file part. */
export interface Difference {
  readonly what: 'digest' | 'score' | 'selection' | 'chain';
  /** In the file. */
  readonly at: string;
  readonly saved: Plain;
  readonly computed: Plain;
}

/** Computes everything again from the facts of the file. @returns the first difference; null: it all follows */
export function replay({ sha256, found, content }: SnapshotFile): Difference | null {
  if (sha256 !== found) return { what: 'digest', at: 'sha256', saved: sha256, computed: found };
  const { facts, method, selection } = content;
  const disorder = outOfOrder(facts);
  if (disorder !== null) return disorder;
  const ranking = rank(facts, method);
  const score = firstDifference(content.ranking, savedRanking(ranking), 'content.ranking');
  if (score !== null) return { what: 'score', ...score };
  if (selection === null) return null;
  const chosen = firstDifference(
    selection.result,
    chooseTargets(facts, method, selection.rules, ranking),
    'content.selection.result',
  );
  return chosen === null ? null : { what: 'selection', ...chosen };
}

/** Facts have all eras up to the last one that ended, oldest first, and each validator once, by address. */
function outOfOrder({ activeEra, eras, validators }: Facts): Difference | null {
  for (const [index, { era }] of eras.entries()) {
    const computed = activeEra - eras.length + index;
    if (era !== computed)
      return { what: 'score', at: `content.facts.eras[${index}].era`, saved: era, computed };
  }
  const sorted = [...new Set(validators.map(({ address }) => address))].sort();
  const wrong = validators.findIndex(({ address }, index) => address !== sorted[index]);
  if (wrong < 0) return null;
  const at = `content.facts.validators[${wrong}].address`;
  return { what: 'score', at, saved: validators[wrong]!.address, computed: sorted[wrong] ?? null };
}

/** What to throw: verification SNAPSHOT_DIGEST, SNAPSHOT_SCORE, SNAPSHOT_SELECTION, SNAPSHOT_FACT. */
export function differenceError({ what, at, saved, computed }: Difference) {
  const says = `the file says ${toCanonicalJson(saved)}, computed is ${toCanonicalJson(computed)}`;
  const words = {
    digest: 'The content of the file is not the one that its SHA-256 was made of',
    score: 'The scores do not follow from the facts',
    selection: 'The selection does not follow from the facts',
    chain: 'A fact is not what the chain says',
  };
  const code = {
    digest: 'SNAPSHOT_DIGEST',
    score: 'SNAPSHOT_SCORE',
    selection: 'SNAPSHOT_SELECTION',
    chain: 'SNAPSHOT_FACT',
  }[what];
  return verificationError(code, `${words[what]}: at ${at}, ${says}.`, {
    hint: 'The file was changed, or made by something else. Do not rely on it.',
    details: { what, at, saved, computed },
  });
}

export function firstDifference(
  saved: unknown,
  computed: unknown,
  at: string,
): { readonly at: string; readonly saved: Plain; readonly computed: Plain } | null {
  if (computed === null || typeof computed !== 'object') {
    return saved === computed ? null : { at, saved: plain(saved), computed: plain(computed) };
  }
  if (saved === null || typeof saved !== 'object' || Array.isArray(saved) !== Array.isArray(computed))
    return { at, saved: plain(saved), computed: plain(computed) };
  const [a, b] = [saved as Record<string, unknown>, computed as Record<string, unknown>];
  for (const key of new Set([...Object.keys(b), ...Object.keys(a)])) {
    const found = firstDifference(a[key], b[key], Array.isArray(b) ? `${at}[${key}]` : `${at}.${key}`);
    if (found !== null) return found;
  }
  return null;
}

/** A value short enough for an error. */
function plain(value: unknown): Plain {
  if (value === undefined) return null;
  return value !== null && typeof value === 'object'
    ? `${toCanonicalJson(value).slice(0, 60)}…`
    : (value as Plain);
}

/** What a nomination needs of a selection. */
export interface Use {
  readonly genesisHash: string;
  /** Who nominates. */
  readonly account: string;
  /** Unix milliseconds of the chain. */
  readonly now: number;
  /** Default: an era, or a day where nothing tells how long that is. */
  readonly maxAgeMs?: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** How far the endpoint at hand may be behind the one that the selection was made with. */
const AHEAD_MS = 10 * 60 * 1000;

/**
 * The targets of a selection that may be nominated now: it is of this chain and young enough, and it follows from
 * its facts.
 * @throws usage SELECTION_MISSING, precondition SELECTION_DIGEST, SELECTION_CHAIN, SELECTION_AGE, SELECTION_ACCOUNT,
 *   SELECTION_EMPTY
 */
export function targetsOf(file: SnapshotFile, use: Use): string[] {
  const targets = selectedIn(file);
  const { facts, selection } = file.content;
  const again = 'Make it again: `bursar validators select --save FILE`.';
  const difference = replay(file);
  if (difference !== null)
    throw preconditionError('SELECTION_DIGEST', differenceError(difference).message, { hint: again });
  if (facts.chain.genesisHash !== use.genesisHash) {
    throw preconditionError(
      'SELECTION_CHAIN',
      `The selection is of another chain: its genesis hash is ${facts.chain.genesisHash}, here it is ${use.genesisHash}.`,
      { hint: 'Name that chain with --network or --rpc, or make a selection on this one.' },
    );
  }
  const account = selection?.account ?? null;
  if (account !== null && account !== use.account) {
    throw preconditionError(
      'SELECTION_ACCOUNT',
      `The selection was made for ${account}, and ${use.account} would nominate.`,
      { hint: 'Make one with --for that account, or without --for.' },
    );
  }
  const limit = use.maxAgeMs ?? facts.eraMs ?? DAY_MS;
  const age = use.now - facts.block.timestamp;
  if (age > limit) {
    throw preconditionError(
      'SELECTION_AGE',
      `The selection is ${formatDuration(age)} old, more than ${formatDuration(limit)}.`,
      { hint: `${again} Or allow more with --max-age.` },
    );
  }
  if (age < -AHEAD_MS) {
    throw preconditionError(
      'SELECTION_AGE',
      'The selection is of a time that this chain has not reached at the endpoint that is asked.',
      { hint: `The file was changed, or the endpoint is behind. ${again}` },
    );
  }
  return targets;
}

/** The targets as the file says them. @throws usage SELECTION_MISSING; precondition SELECTION_EMPTY */
export function selectedIn({ content }: SnapshotFile): string[] {
  if (content.selection === null) {
    throw usageError('SELECTION_MISSING', 'The file is a score, not a selection.', {
      hint: 'Make a selection with `bursar validators select --save FILE`.',
    });
  }
  const { selected } = (content.selection.result ?? {}) as { selected?: unknown };
  const addresses = Array.isArray(selected)
    ? selected.map((one) => (one as { address?: unknown })?.address)
    : [];
  if (addresses.length === 0 || !addresses.every((address) => typeof address === 'string')) {
    throw preconditionError('SELECTION_EMPTY', 'No validator is selected in the file.', {
      hint: 'Loosen the filters of `bursar validators select`.',
    });
  }
  return addresses as string[];
}
