/** `pofbs prove`: from the files of an epoch to a proof. */

import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { BursarError, usageError, verificationError } from '../../errors.js';
import { quoteReadable } from '../../numeric/text.js';
import { assertReplaceable } from '../../replace.js';
import type { Summary } from '../engine.js';
import type { EpochTree } from '../epochTree.js';
import { canonicalBytes } from '../fields.js';
import type { FraudProof } from '../fraud.js';
import { fromHex } from '../gpmp.js';
import { loadHasher } from '../hasher.js';
import type { InclusionProof } from '../proof.js';
import type { ReadThrough } from '../proveFraud.js';
import { type LineProof, proveLine, type Wanted } from '../proveLine.js';
import { type Grouping, openSavedTree, type ReadAt, type UpperTree, upperTree } from '../savedTree.js';
import { type AssetFile, assetFiles, openTree } from './epochFiles.js';
import { openRandomAccess, type RandomAccess } from './input.js';
import type { Working } from './readThrough.js';
import type { SaltSource } from './wanted.js';

export interface ProveOptions extends Working, SaltSource {
  readonly asset?: string | undefined;
  /** 64 digits, with or without 0x. */
  readonly id?: string | undefined;
  /** SS58 or 0x hex; its salt comes from a file or the mapping. */
  readonly wallet?: string | undefined;
  readonly fraud: boolean;
  /** Where the proof is written. */
  readonly out?: string | undefined;
}

export interface ProveResult {
  readonly epoch: number;
  readonly asset: string;
  readonly gpmp: string;
  /** The id that was looked for; null with `fraud`. */
  readonly id: string | null;
  readonly proof: InclusionProof | FraudProof | null;
  /** Where the id is not in the list: the lines between which it would stand. */
  readonly neighbours: LineProof['neighbours'];
  /** Why there is no proof; null if there is one. */
  readonly why: string | null;
  /** Where the nodes above the rows come from. */
  readonly nodes: 'saved' | 'computed';
  /** The file that the proof was written to. */
  readonly file: string | null;
}

const PROOF = { what: 'proof', begins: /^\{.*"format":"pofbs\.(?:inclusion|fraud)\// };

/** @throws usage FILE_EXISTS, INPUT_*, NO_MANIFEST, ASSET_*, ID, SALT, WALLET; verification R_*, WALLET_NOT_FOUND, NOT_THE_PUBLISHED */
export async function prove(path: string, options: ProveOptions): Promise<ProveResult> {
  const { out } = options;
  if (out !== undefined) await assertReplaceable(out, { ...PROOF, shown: quoteReadable(out, 200) });
  const files = await assetFiles(path, options.asset ?? null);
  const [first, ...others] = files as [AssetFile, ...AssetFile[]];
  if (options.fraud) return written(await firstFraud(files, options), options.out);
  if (others.length > 0)
    throw usageError('ASSET_NEEDED', 'The epoch has several assets, and a proof is of one.', {
      hint: `Give --asset: ${files.map(({ entry }) => entry.asset).join(', ')}.`,
    });
  return written(await proveWanted(first, await wantedOf(first, options), options), options.out);
}

async function wantedOf({ claim }: AssetFile, options: ProveOptions): Promise<Wanted> {
  if (options.wallet === undefined) return { id: parseId(options.id ?? ''), opening: null };
  const { wantedByWallet } = await import('./wanted.js');
  return wantedByWallet(claim.header, options.wallet, options);
}

/** @throws usage ID */
function parseId(text: string): Uint8Array {
  const id = /^(?:0x)?[0-9a-f]{64}$/i.test(text) ? fromHex(`0x${text.slice(-64).toLowerCase()}`) : null;
  if (id !== null) return id;
  throw usageError('ID', `${quoteReadable(text, 80)} is not an id.`, {
    hint: 'An id has 64 hexadecimal digits, as in the list.',
  });
}

async function proveWanted(file: AssetFile, want: Wanted, working: Working): Promise<ProveResult> {
  const shared = { epoch: file.claim.header.epoch, asset: file.entry.asset, gpmp: file.gpmp, file: null };
  const result = (line: LineProof, nodes: ProveResult['nodes']): ProveResult => ({
    ...shared,
    ...line,
    why: line.proof === null ? 'The id is in no line of the list.' : null,
    nodes,
  });
  const line = await withSaved(file, (saved) =>
    saved === null ? null : withTree(file, saved, (tree) => proveLine(tree, want)),
  ).catch(passedOver);
  // That an id is absent can be said only of lines that ascend, and so of a file that was read.
  if (line !== null && line.proof !== null) return result(line, 'saved');
  const summary = await readFile(file, working);
  if (summary.groups === null) throw brokenForm(file, summary);
  if (summary.rows !== file.entry.rows)
    throw verificationError(
      'E_ROWCOUNT',
      `${file.entry.file} has ${summary.rows} rows, the manifest says ${file.entry.rows}.`,
      { hint: 'This is not what was published: get both again.' },
    );
  const computed = await withTree(file, await computedTree(summary.groups), (tree) => proveLine(tree, want));
  if (computed.proof === null && summary.findings.first.E_ORDER !== undefined)
    throw verificationError('E_ORDER', 'The lines do not ascend: the id may be where it is not looked for.', {
      hint: 'Run `bursar pofbs verify` on the epoch, and `bursar pofbs prove --fraud`.',
    });
  return result(computed, 'computed');
}

/** Where saved nodes and rows do not come to a proof, all is read, and whatever is wrong with the rows is said then. */
function passedOver(error: unknown): null {
  if (error instanceof BursarError && error.exit === 9) return null;
  throw error;
}

const brokenForm = ({ entry }: AssetFile, { findings }: Summary) =>
  verificationError(
    findings.earliest?.rule ?? 'R_FILE',
    `${entry.file} has a line that is no row${findings.earliest === null ? '' : `: line ${findings.earliest.line}`}.`,
    { hint: 'Run `bursar pofbs verify` on the epoch.' },
  );

/** The first fraud in any of the assets; otherwise why there is none in the last. */
async function firstFraud(files: readonly AssetFile[], working: Working): Promise<ProveResult> {
  const results: ProveResult[] = [];
  for (const file of files) {
    const result = await fraudIn(file, working);
    if (result.proof !== null) return result;
    results.push(result);
  }
  const why = results.map(({ asset, why }) => (results.length > 1 ? `${asset}: ${why}` : why)).join(' ');
  return { ...(results.at(-1) as ProveResult), why };
}

async function fraudIn(file: AssetFile, working: Working): Promise<ProveResult> {
  const summary = await readFile(file, working);
  const read = readingOf(summary);
  const { proveFraud } = await import('../proveFraud.js');
  const searchIn = (computed: EpochTree | null) =>
    withSaved(file, (saved) => proveFraud(computed, saved, read, file.entry.rows));
  const { groups } = summary;
  const search = await (groups === null
    ? searchIn(null)
    : withTree(file, await computedTree(groups), searchIn));
  const { header } = file.claim;
  const shared = { epoch: header.epoch, asset: file.entry.asset, gpmp: file.gpmp };
  return { ...shared, id: null, ...search, neighbours: null, nodes: 'computed', file: null };
}

function readingOf({ rows, findings }: Summary): ReadThrough {
  const { first, earliest } = findings;
  const earlier = (one: number | undefined, two: number | undefined) =>
    one === undefined ? (two ?? null) : Math.min(one, two ?? one);
  return {
    rows,
    badRow: earlier(first.C4?.row, first.C4b?.row),
    badOrder: earlier(first.C6?.row, first.E_ORDER?.row),
    refused: earliest !== null ? `${earliest.rule} in line ${earliest.line}` : null,
  };
}

/** What only some proofs need is loaded when they do: a proof from a saved tree is to be there at once. */
async function readFile(file: AssetFile, working: Working): Promise<Summary> {
  const { readThrough } = await import('./readThrough.js');
  return readThrough(file, working);
}

/** Works with the saved nodes; with null where there are none of so many rows that can be read. */
async function withSaved<T>(file: AssetFile, work: (saved: UpperTree | null) => T | Promise<T>): Promise<T> {
  const { path, entry } = file;
  const beside = join(dirname(path), `${entry.file}.tree`);
  const saved = existsSync(beside) ? await openRandomAccess(beside, 'saved tree').catch(noTree) : null;
  if (saved === null) return work(null);
  try {
    const upper = await openSavedTree(saved.size, await atOnce(saved)).catch(noTree);
    return await work(upper?.rows === entry.rows ? upper : null);
  } finally {
    await saved.close();
  }
}

/** Whatever is wrong with a saved tree: it is not needed. */
function noTree(error: unknown): null {
  if (error instanceof BursarError) return null;
  throw error;
}

/** Most bytes of a file that is read whole, instead of a node at a time. */
const SMALL = 1 << 20;

async function atOnce({ size, readAt }: RandomAccess): Promise<ReadAt> {
  if (size > SMALL) return readAt;
  const all = await readAt(0, size);
  return async (offset, length) => all.subarray(offset, offset + length);
}

async function computedTree(groups: Grouping): Promise<UpperTree> {
  return upperTree(groups, await loadHasher());
}

async function withTree<T>(
  file: AssetFile,
  upper: UpperTree,
  work: (tree: EpochTree) => T | Promise<T>,
): Promise<T> {
  const { tree, close } = await openTree(file, upper);
  try {
    return await work(tree);
  } finally {
    await close();
  }
}

/** What is printed as it is: the proof's own bytes, unless they are in a file or there are none. */
export function proofText({ proof, file }: ProveResult): { readonly text?: string } {
  return proof === null || file !== null ? {} : { text: Buffer.from(canonicalBytes(proof)).toString() };
}

/** A proof that opens an id is for its user alone. */
async function written(result: ProveResult, out: string | undefined): Promise<ProveResult> {
  if (result.proof === null || out === undefined) return result;
  const { openStaging } = await import('./output.js');
  const staging = openStaging(dirname(out));
  try {
    const name = basename(out);
    const opened = 'opening' in result.proof && result.proof.opening !== null;
    const file = staging.create(name, opened ? 'private' : 'public');
    file.write(canonicalBytes(result.proof));
    file.finish();
    staging.publish([name], []);
  } finally {
    staging.discard();
  }
  return { ...result, file: out };
}
