/** `pofbs map check`: the files of an epoch, or files by name, for the comparison in mapCheck.ts. */

import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { usageError } from '../../errors.js';
import { quoteReadable } from '../../numeric/text.js';
import type { Input } from '../engine.js';
import { toHex } from '../gpmp.js';
import { type CheckedSnapshot, checkMapping, type MapCheck } from '../mapCheck.js';
import type { OnProgress } from '../pace.js';
import { Rows } from '../rows.js';
import type { AssetEntry, Manifest } from '../types.js';
import { MAPPING, SEALED_MAPPING } from './buildEpoch.js';
import { MANIFEST, readManifest } from './epochs.js';
import { openInput } from './input.js';
import { plainMapping } from './mappingInput.js';
import { outputError } from './output.js';
import { runsOnDisk } from './runs.js';
import { findSnapshot } from './snapshots.js';

export interface CheckMappingOptions {
  /** Directory of an epoch; null: `snapshots` are named. */
  readonly directory: string | null;
  readonly snapshots: readonly string[];
  /** Default: in the directory, plain or sealed. */
  readonly mapping: string | null;
  /** Default: in the directory, or beside the first snapshot. */
  readonly manifest: string | null;
  /** Of an age identity, readable by its owner alone: for a sealed mapping. */
  readonly identityFile: string | null;
  readonly requests: string | null;
  readonly scratch?: string | undefined;
  readonly memory: number;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

export interface MapCheckResult extends MapCheck {
  /** Paths of what was compared. */
  readonly files: { readonly mapping: string; readonly manifest: string | null };
  /** The epoch of the manifest; null without one. */
  readonly epoch: {
    readonly chain: string;
    readonly custody: string;
    readonly epoch: number;
    readonly gpmp: string;
  } | null;
}

/**
 * @throws usage INPUT_*, MAPPING_MISSING, ASSET_FILES, IDENTITY, SEALED_*, TABLE_*, LEDGER_*, OUTPUT_WRITE;
 *   precondition KEY_FILE_MODE; verification R_MANIFEST for a manifest that breaks its own form
 */
export async function checkMappingFiles(options: CheckMappingOptions): Promise<MapCheckResult> {
  const close: (() => Promise<void> | void)[] = [];
  try {
    return await check(options, (closing) => close.push(closing));
  } finally {
    for (const one of close.reverse()) await one();
  }
}

type Later = (closing: () => Promise<void> | void) => void;

async function check(options: CheckMappingOptions, later: Later): Promise<MapCheckResult> {
  const manifestPath = manifestOf(options);
  const manifest = manifestPath === null ? null : await readManifest(manifestPath);
  const mappingPath = options.mapping ?? mappingIn(options);
  const input = async (path: string, what: string) => {
    const opened = await openInput(path, { what });
    later(() => opened.close());
    return opened;
  };
  const mapping = await plainMapping(await input(mappingPath, 'mapping'), options.identityFile);
  const requests = options.requests === null ? null : await input(options.requests, 'list of requests');
  const snapshots: CheckedSnapshot[] = [];
  const assets: string[] = [];
  for (const { path, name, entry } of snapshotsOf(options, manifest)) {
    const digesting = new Digesting(await input(path, 'snapshot'));
    snapshots.push({
      name,
      rows: new Rows(digesting, name),
      mismatch: entry === null ? null : () => digesting.mismatch(entry),
    });
    assets.push(entry?.asset ?? name.replace(/\.csv(\.gz|\.zst)?$/, ''));
  }
  const scratch = makeScratch(options.scratch ?? tmpdir());
  const remove = () => rmSync(scratch, { recursive: true, force: true });
  process.on('exit', remove);
  later(() => {
    process.off('exit', remove);
    remove();
  });
  const { onProgress, signal } = options;
  const result = await checkMapping({
    mapping,
    snapshots,
    context: manifest,
    requests,
    assets,
    expectedRows: manifest === null ? null : Math.max(...manifest.assets.map(({ rows }) => rows)),
    memory: options.memory,
    store: runsOnDisk(scratch),
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(signal === undefined ? {} : { signal }),
  });
  return {
    ...result,
    files: { mapping: mappingPath, manifest: manifestPath },
    epoch:
      manifest === null
        ? null
        : {
            chain: manifest.chain,
            custody: manifest.custody,
            epoch: manifest.epoch,
            gpmp: manifest.gpmp,
          },
  };
}

function manifestOf({ directory, manifest, snapshots }: CheckMappingOptions): string | null {
  if (manifest !== null) return manifest;
  if (directory !== null) return join(directory, MANIFEST);
  const beside = join(dirname(snapshots[0] ?? ''), MANIFEST);
  return existsSync(beside) ? beside : null;
}

function mappingIn({ directory, identityFile }: CheckMappingOptions): string {
  // With an identity the sealed one is meant, should both be there.
  const names = identityFile === null ? [MAPPING, SEALED_MAPPING] : [SEALED_MAPPING, MAPPING];
  const found = names.find((name) => directory !== null && existsSync(join(directory, name)));
  if (found !== undefined) return join(directory ?? '', found);
  throw usageError(
    'MAPPING_MISSING',
    directory === null
      ? 'The mapping is not named.'
      : `There is no ${MAPPING} or ${SEALED_MAPPING} in ${quoteReadable(directory, 200)}.`,
    { hint: 'Name it with --mapping FILE.' },
  );
}

interface NamedSnapshot {
  readonly path: string;
  readonly name: string;
  readonly entry: AssetEntry | null;
}

/** Every snapshot of the manifest: a mapping is one of all assets. @throws usage ASSET_FILES, INPUT_MISSING */
function snapshotsOf(
  { directory, snapshots }: CheckMappingOptions,
  manifest: Manifest | null,
): NamedSnapshot[] {
  if (manifest === null) return snapshots.map((path) => ({ path, name: basename(path), entry: null }));
  if (directory !== null && snapshots.length === 0) {
    return manifest.assets.map((entry) => ({
      path: findSnapshot(directory, entry.file) ?? join(directory, entry.file),
      name: entry.file,
      entry,
    }));
  }
  const named = manifest.assets.map((entry) => ({
    entry,
    path: snapshots.find((path) => basename(path).replace(/\.(gz|zst)$/, '') === entry.file),
  }));
  const missing = named.find(({ path }) => path === undefined);
  if (missing !== undefined || snapshots.length !== named.length)
    throw usageError(
      'ASSET_FILES',
      `The manifest has the snapshots ${manifest.assets.map(({ file }) => file).join(', ')}, and others are named.`,
      { hint: 'Name all of them with --snapshot, under these names: the mapping is one of all assets.' },
    );
  return named.map(({ path = '', entry }) => ({ path, name: entry.file, entry }));
}

/** An input that knows length and SHA-256 of what was read from it. */
class Digesting implements Input {
  readonly #hash = createHash('sha256');
  #bytes = 0;

  constructor(readonly input: Input) {}

  async read(into: Uint8Array): Promise<number> {
    const read = await this.input.read(into);
    this.#hash.update(into.subarray(0, read));
    this.#bytes += read;
    return read;
  }

  /** Reads what is left, and compares. */
  async mismatch({ bytes, sha256 }: AssetEntry): Promise<string | null> {
    const block = new Uint8Array(1 << 18);
    // What is longer than it may be is not read to its end: that could be anywhere.
    while (this.#bytes <= bytes && (await this.read(block)) > 0);
    if (this.#bytes > bytes) return `has more than ${bytes} bytes, and ${bytes} by the manifest`;
    if (this.#bytes !== bytes) return `has ${this.#bytes} bytes, and ${bytes} by the manifest`;
    const digest = toHex(this.#hash.digest());
    return digest === sha256 ? null : `has the SHA-256 ${digest}, and ${sha256} by the manifest`;
  }
}

function makeScratch(parent: string): string {
  try {
    return mkdtempSync(join(parent, '.bursar-sort-'));
  } catch (error) {
    throw outputError(parent, error);
  }
}
