/**
 * `pofbs build`: from the file of a ledger to the directory of an epoch. Snapshots are written, then read back and judged
 * by the very code that verifies them; only if that finds nothing do they get a manifest and their names.
 */

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { usageError } from '../../errors.js';
import { quoteReadable } from '../../numeric/text.js';
import { type BuiltRows, buildRows, type Sink } from '../build.js';
import { summarize } from '../engine.js';
import { byName, toHex } from '../gpmp.js';
import { type AssetGiven, checkAssetNames } from '../ledger.js';
import { makeManifest, manifestBytes, parseManifest } from '../manifest.js';
import type { OnProgress } from '../pace.js';
import { savedTreeBytes } from '../savedTree.js';
import { type Sealing, seal } from '../seal.js';
import type { ColumnNames } from '../tableColumns.js';
import type { AssetEntry, AssetSummary, CidProfile, EpochHeader, Manifest } from '../types.js';
import { MANIFEST } from './epochs.js';
import { type OpenInput, openInput } from './input.js';
import { type OutputFile, openStaging, present, type Staging } from './output.js';
import { runsOnDisk } from './runs.js';

export const MAPPING = 'mapping.csv';
export const SEALED_MAPPING = 'mapping.csv.age';

export interface BuildEpochOptions {
  /** Paths; `-` is standard input. */
  readonly ledger: string;
  readonly salts: string | null;
  readonly assets: readonly AssetGiven[];
  /** Under which names the ledger has its columns; null: under their own. */
  readonly columns?: ColumnNames | null;
  /** What the ledger's amounts count: smallest units, or whole ones with decimals. Default: smallest. */
  readonly unit?: 'smallest' | 'whole';
  readonly header: EpochHeader;
  readonly assetBlock: Manifest['assetBlock'];
  readonly cidProfile: CidProfile;
  /** Directory of the epoch; made if missing. */
  readonly out: string;
  /** Directory for temporary files; inside `out` if absent. They hold wallets and salts, and are removed. */
  readonly scratch?: string | undefined;
  /** Replace an epoch that is there. */
  readonly force: boolean;
  /** Bytes for sorting. */
  readonly memory: number;
  /** `age1…`: the mapping is sealed for them. None: it is written as it is. */
  readonly recipients: readonly string[];
  /** Write it as it is, too. */
  readonly plainMapping: boolean;
  /** What is odd about the header, to be told with the rest. */
  readonly warnings: readonly string[];
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

export interface BuiltAsset extends AssetSummary {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly cid: string;
}

export interface BuildResult extends EpochHeader {
  /** As it was given. */
  readonly directory: string;
  readonly gpmp: string;
  readonly assets: readonly BuiltAsset[];
  readonly cidProfile: CidProfile;
  readonly mapping: {
    /** One row each. */
    readonly wallets: number;
    readonly salts: 'made' | 'given';
    /** How many recipients the sealed mapping has; 0: it is not sealed. */
    readonly sealedFor: number;
  };
  /** For everybody. */
  readonly publicFiles: readonly string[];
  /** For the validators, sealed or over a safe way; never to be published as they are. */
  readonly privateFiles: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Builds an epoch. Nothing is left behind when it fails.
 * @throws usage INPUT_*, EPOCH_EXISTS, OUTPUT_WRITE, TABLE_*, LEDGER_*, ASSET, ASSET_EMPTY, SALT*, RECIPIENT, GPMP_FIELD
 */
export async function buildEpoch(options: BuildEpochOptions): Promise<BuildResult> {
  const assets = [...options.assets].sort(byName);
  checkAssetNames(assets.map(({ asset }) => asset));
  refuseInputs(options, assets.map(fileOf));
  const stale = staleFiles(options, assets.map(fileOf));
  const ledger = await openInput(options.ledger, { what: 'ledger' });
  try {
    const salts = options.salts === null ? null : await openInput(options.salts, { what: 'file of salts' });
    try {
      const staging = openStaging(options.out, options.scratch);
      try {
        return await buildInto(staging, stale, { ...options, assets }, ledger, salts);
      } finally {
        staging.discard();
      }
    } finally {
      await salts?.close();
    }
  } finally {
    await ledger.close();
  }
}

/** How much of a file was read; a pipe does not know how long it is. */
function shareOf({ size, position }: OpenInput): { readonly ledgerShare?: () => number } {
  return size === null || size === 0 ? {} : { ledgerShare: () => position() / size };
}

async function buildInto(
  staging: Staging,
  stale: readonly string[],
  options: BuildEpochOptions,
  ledger: OpenInput,
  salts: OpenInput | null,
): Promise<BuildResult> {
  const { assets, header, assetBlock, cidProfile, recipients, onProgress, signal } = options;
  const files = assets.map((one) => staging.create(fileOf(one), 'public'));
  const mapping = await openMapping(staging, options);
  const built = await buildRows(
    {
      assets: assets.map(({ asset }) => asset),
      form: {
        names: options.columns ?? null,
        wholeUnits: options.unit === 'whole' ? assets.map(({ decimals }) => decimals) : null,
      },
      context: header,
      ledger,
      ...shareOf(ledger),
      salts,
      memory: options.memory,
      store: runsOnDisk(staging.scratch),
      ...(onProgress === undefined ? {} : { onProgress }),
      ...(signal === undefined ? {} : { signal }),
    },
    { snapshots: files, mapping: mapping.sink },
  );
  for (const file of files) file.finish();
  await mapping.finish();
  const entries: AssetEntry[] = [];
  for (const asset of assets) entries.push(await entryOf(staging, asset, options));
  const manifest = makeManifest({ ...header, assets: entries, cidProfile, assetBlock });
  const file = staging.create(MANIFEST, 'public');
  file.write(manifestBytes(manifest));
  file.finish();
  signal?.throwIfAborted();
  const snapshots = assets.flatMap((one) => [fileOf(one), treeOf(one)]);
  staging.publish([...mapping.names, ...snapshots, MANIFEST], stale);
  return {
    ...header,
    directory: options.out,
    gpmp: manifest.gpmp,
    assets: manifest.assets.map(({ offsets: _, ...asset }) => asset),
    cidProfile,
    mapping: { wallets: built.wallets, salts: built.salts, sealedFor: recipients.length },
    publicFiles: [MANIFEST, ...snapshots],
    privateFiles: mapping.names,
    warnings: [...options.warnings, ...warningsOf(options, built)],
  };
}

const fileOf = ({ asset }: AssetGiven): string => `${asset}.csv`;
const treeOf = (asset: AssetGiven): string => `${fileOf(asset)}.tree`;

/** What a snapshot comes to: the verifier's own judgement of the file that was written. */
async function entryOf(
  staging: Staging,
  asset: AssetGiven,
  { cidProfile, onProgress, signal }: BuildEpochOptions,
): Promise<AssetEntry> {
  const file = fileOf(asset);
  const input = await openInput(staging.path(file), { what: 'snapshot' });
  try {
    const summary = await summarize(input, {
      profiles: [cidProfile],
      onProgress: ({ rows }) => onProgress?.(`verifying ${file}: ${rows.toLocaleString('en')} rows`),
      ...(signal === undefined ? {} : { signal }),
    });
    const { root, sha256, findings, rows, bytes, offsets, groups } = summary;
    const cid = summary.cids[cidProfile];
    if (findings.earliest !== null || root === null || groups === null || sha256 === null || !cid)
      throw new Error(`the snapshot that was built breaks ${findings.earliest?.rule ?? 'a rule'}`);
    const tree = staging.create(treeOf(asset), 'public');
    tree.write(savedTreeBytes(groups));
    tree.finish();
    const { total, requests } = root;
    return { ...asset, file, rows, total, requests, root: toHex(root.hash), bytes, sha256, cid, offsets };
  } finally {
    await input.close();
  }
}

interface MappingOutput {
  readonly names: readonly string[];
  readonly sink: Sink;
  finish(): Promise<void>;
}

/** The mapping's files: sealed, plain, or both. */
async function openMapping(
  staging: Staging,
  { recipients, plainMapping }: BuildEpochOptions,
): Promise<MappingOutput> {
  let sealing: Sealing | null = null;
  let sealed: OutputFile | null = null;
  if (recipients.length > 0) {
    const file = staging.create(SEALED_MAPPING, 'private');
    sealing = await seal(recipients, (bytes) => file.write(bytes));
    sealed = file;
  }
  const plain = sealing === null || plainMapping ? staging.create(MAPPING, 'private') : null;
  return {
    names: [...(plain === null ? [] : [MAPPING]), ...(sealed === null ? [] : [SEALED_MAPPING])],
    sink: {
      async write(bytes) {
        plain?.write(bytes);
        await sealing?.write(bytes);
      },
    },
    async finish() {
      plain?.finish();
      await sealing?.finish();
      sealed?.finish();
    },
  };
}

/** @throws usage INPUT_OUTPUT where a file would be read and replaced, INPUT_TWICE for standard input */
function refuseInputs({ ledger, salts, out }: BuildEpochOptions, files: readonly string[]): void {
  if (ledger === '-' && salts === '-')
    throw usageError('INPUT_TWICE', 'Ledger and salts cannot both come from standard input.', {
      hint: 'Give one of them as a file.',
    });
  const made = new Set([MANIFEST, MAPPING, SEALED_MAPPING, ...files].map((name) => resolve(out, name)));
  const read = [ledger, salts].find((path) => path !== null && path !== '-' && made.has(resolve(path)));
  if (read !== undefined && read !== null)
    throw usageError('INPUT_OUTPUT', `${quoteReadable(read, 200)} would be read, and replaced by a result.`, {
      hint: 'Choose another directory for --out.',
    });
}

/**
 * The files of an epoch that is there, which go when it is replaced.
 * @throws usage EPOCH_EXISTS without `force`; PREV_REPLACED
 */
function staleFiles({ out, force, header }: BuildEpochOptions, files: readonly string[]): string[] {
  const names = [...new Set([...files, ...filesOfManifest(out)])];
  const known = [MANIFEST, MAPPING, SEALED_MAPPING, ...names.flatMap((name) => [name, ...kin(name)])];
  const found = present(out, known);
  if (found.length > 0 && !force)
    throw usageError('EPOCH_EXISTS', `There is an epoch in ${quoteReadable(out, 200)} (${found[0]}).`, {
      hint: 'Choose another directory. With --force it is replaced, and its salts are lost.',
      details: { directory: resolve(out), found },
    });
  if (manifestIn(out)?.gpmp === header.prevGpmp)
    throw usageError(
      'PREV_REPLACED',
      `The epoch in ${quoteReadable(out, 200)} is the one that the new epoch follows.`,
      {
        hint: 'Choose another directory for --out: its files and salts would be lost.',
      },
    );
  return found;
}

/** What may lie beside a snapshot and belongs to it. */
const kin = (name: string): string[] => ['.tree', '.gz', '.zst'].map((end) => `${name}${end}`);

/** Snapshots that the manifest of a directory names; none if it cannot be read: then nothing is known to be an epoch's. */
const filesOfManifest = (directory: string): string[] =>
  manifestIn(directory)?.assets.map(({ file }) => file) ?? [];

function manifestIn(directory: string): Manifest | null {
  try {
    return parseManifest(readFileSync(join(directory, MANIFEST)));
  } catch {
    return null;
  }
}

function warningsOf({ recipients, plainMapping }: BuildEpochOptions, built: BuiltRows): string[] {
  const { incomplete, repeatedSalts } = built;
  return [
    ...(incomplete
      ? [
          'The last line of the ledger has no line feed: if the file was cut off, its last number may be wrong.',
        ]
      : []),
    ...(repeatedSalts > 0
      ? [
          `${repeatedSalts.toLocaleString('en')} wallets have a salt that another one has too: each of their owners can find out the others.`,
        ]
      : []),
    recipients.length === 0 || plainMapping
      ? `${MAPPING} says which row is whose. Never publish it; give it to the validators sealed (--seal-for), and keep a copy: salts cannot be made again.`
      : `Only ${recipients.length === 1 ? 'the one recipient' : `the ${recipients.length} recipients`} of ${SEALED_MAPPING} can open the mapping, and salts cannot be made again. Unless one of the keys is yours, build again with your own key as a recipient too, or with --plain-mapping.`,
  ];
}
