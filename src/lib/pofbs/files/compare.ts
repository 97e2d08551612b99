/** `pofbs diff`: two epochs, their statements and their files. */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { usageError } from '../../errors.js';
import { quoteReadable } from '../../numeric/text.js';
import { assetChanges, diffRows, headerChanges } from '../diff.js';
import type { DiffResult, SnapshotDiff } from '../diffResult.js';
import { MappingRows, RowsById, RowsByWallet, SORT_KEY_BYTES, sortByWallet } from '../keyedRows.js';
import { type OnProgress, Pace } from '../pace.js';
import { Rows } from '../rows.js';
import { Sorter } from '../sort.js';
import { type OpenInput, openInput } from './input.js';
import { plainMapping } from './mappingInput.js';
import { outputError } from './output.js';
import { runsOnDisk } from './runs.js';
import { type Named, type NamedSnapshot, named, snapshotsOf } from './snapshots.js';

export interface CompareOptions {
  /** Mappings of both epochs: rows are joined by wallet. Null: by id. */
  readonly mappings: readonly [string, string] | null;
  /** Of an age identity, readable by its owner alone: for sealed mappings. */
  readonly identityFile?: string | undefined;
  /** Directory for temporary files, which hold wallets and balances; they are removed. Default: the system's. */
  readonly scratch?: string | undefined;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/** For each of the two sides. */
const SORT_MEMORY = 32 << 20;

type Side = Exclude<Named, { kind: 'proof' }>;

/**
 * @param a directory of an epoch, manifest or snapshot
 * @throws usage INPUT_…, MAPPING, SEALED_…, IDENTITY, OUTPUT_WRITE; precondition KEY_FILE_MODE; verification R_MANIFEST,
 *   MAPPING_…, and the rule that a snapshot breaks
 */
export async function compareEpochs(a: string, b: string, options: CompareOptions): Promise<DiffResult> {
  const [one, other] = [await sideOf(a), await sideOf(b)];
  const statements =
    one.kind === 'epoch' && other.kind === 'epoch' ? ([one.manifest, other.manifest] as const) : null;
  const header = statements === null ? null : headerChanges(...statements);
  const assets = statements === null ? null : assetChanges(...statements);
  const epochsDiffer =
    statements !== null &&
    ['chain', 'custody', 'epoch'].some((field) => header?.some((change) => change.field === field));
  const snapshots: SnapshotDiff[] = [];
  for (const pair of pairsOf(one, other)) snapshots.push(await compareSnapshots(pair, epochsDiffer, options));
  const same =
    (header ?? []).length === 0 &&
    (assets ?? []).every((asset) => asset.in === 'both' && asset.fields.length === 0) &&
    snapshots.every(({ rows }) => rows !== null && rows.changed + rows.onlyA + rows.onlyB === 0);
  return { a, b, same, header, assets, snapshots };
}

async function sideOf(path: string): Promise<Side> {
  const side = await named(path);
  if (side.kind !== 'proof') return side;
  throw usageError('INPUT_KIND', `${quoteReadable(path, 200)} is a proof, not an epoch.`, {
    hint: 'Name the directory of an epoch, its manifest, or a snapshot. A proof is checked with pofbs check.',
  });
}

interface Pair {
  readonly asset: string | null;
  readonly decimals: number;
  readonly sides: readonly [NamedSnapshot, NamedSnapshot];
}

/** The snapshots to compare: those of an asset that both have, or the one that was named with its counterpart. */
function pairsOf(a: Side, b: Side): Pair[] {
  const [left, right] = [snapshotsOf(a), snapshotsOf(b)];
  if (a.kind === 'epoch' && b.kind === 'epoch')
    return left.flatMap((one) => {
      const other = right.find(({ entry }) => entry?.asset === one.entry?.asset);
      return other === undefined ? [] : [pairOf(one, other)];
    });
  const [one, other] = [left[0], right[0]];
  if (left.length !== 1 || right.length !== 1 || one === undefined || other === undefined)
    throw usageError('ASSET_FILES', 'An epoch of several assets cannot be compared with one file.', {
      hint: 'Name two epochs, or two files.',
    });
  return [pairOf(one, other)];
}

const pairOf = (one: NamedSnapshot, other: NamedSnapshot): Pair => ({
  asset: one.entry?.asset ?? other.entry?.asset ?? null,
  decimals: other.entry?.decimals ?? one.entry?.decimals ?? 0,
  sides: [one, other],
});

async function compareSnapshots(
  { asset, decimals, sides }: Pair,
  epochsDiffer: boolean,
  options: CompareOptions,
): Promise<SnapshotDiff> {
  const result = { asset, decimals, epochsDiffer, rows: null, notCompared: null, unmapped: null };
  const [a, b] = sides;
  if (a.path === null || b.path === null) {
    const missing = a.path === null ? a : b;
    return { ...result, notCompared: `there is no file ${missing.source} beside its manifest` };
  }
  const name = asset ?? 'rows';
  const opened: OpenInput[] = [];
  const open = async (path: string) => {
    const input = await openInput(path, { what: 'file', signal: options.signal });
    opened.push(input);
    return input;
  };
  try {
    const pair = [new Rows(await open(a.path), a.path), new Rows(await open(b.path), b.path)] as const;
    if (options.mappings !== null)
      return { ...result, ...(await compareWallets(pair, options.mappings, open, options)) };
    const pace = new Pace(`comparing ${name}`, options.onProgress, options.signal);
    const rows = await diffRows(new RowsById(pair[0]), new RowsById(pair[1]), (count) => pace.pause(count));
    return { ...result, rows };
  } finally {
    for (const input of opened) await input.close();
  }
}

async function compareWallets(
  rows: readonly [Rows, Rows],
  mappings: readonly [string, string],
  open: (path: string) => Promise<OpenInput>,
  { scratch, identityFile, onProgress, signal }: CompareOptions,
): Promise<Pick<SnapshotDiff, 'rows' | 'unmapped'>> {
  const directory = makeScratch(scratch ?? tmpdir());
  const remove = () => rmSync(directory, { recursive: true, force: true });
  // A second Ctrl-C ends the process at once.
  process.on('exit', remove);
  const sorters = ['side-a', 'side-b'].map((name) => {
    mkdirSync(join(directory, name));
    return new Sorter({
      keyLength: SORT_KEY_BYTES,
      memory: SORT_MEMORY,
      store: runsOnDisk(join(directory, name)),
    });
  }) as [Sorter, Sorter];
  try {
    const sort = async (side: 0 | 1, doing: string) => {
      const plain = await plainMapping(await open(mappings[side]), identityFile ?? null);
      const mapping = new MappingRows(plain, mappings[side]);
      const pace = new Pace(doing, onProgress, signal);
      return await sortByWallet(rows[side], mapping, sorters[side], (count) => pace.pause(count));
    };
    const unmapped = [
      await sort(0, 'sorting the first by wallet'),
      await sort(1, 'sorting the second by wallet'),
    ] as const;
    const [a, b] = [new RowsByWallet(sorters[0].sorted()), new RowsByWallet(sorters[1].sorted())];
    const pace = new Pace('comparing wallets', onProgress, signal);
    return { rows: await diffRows(a, b, (count) => pace.pause(count)), unmapped };
  } finally {
    for (const sorter of sorters) sorter.discard();
    process.off('exit', remove);
    remove();
  }
}

function makeScratch(parent: string): string {
  try {
    return mkdtempSync(join(parent, 'bursar-diff-'));
  } catch (error) {
    throw outputError(parent, error);
  }
}
