/** The snapshot of one asset of a published epoch, opened so that single shards of it can be read. */

import { basename, dirname, join } from 'node:path';
import { usageError, verificationError } from '../../errors.js';
import { quoteReadable } from '../../numeric/text.js';
import { EpochTree } from '../epochTree.js';
import { byName, commitmentOf, gpmpOf } from '../gpmp.js';
import { Groups, groupOf, type RowBytes } from '../groups.js';
import type { TreeClaim } from '../proof.js';
import type { UpperTree } from '../savedTree.js';

import type { AssetEntry, Manifest } from '../types.js';
import { MANIFEST, readManifest } from './epochs.js';
import { openInput, openRandomAccess } from './input.js';
import { findSnapshot, named } from './snapshots.js';

/** One asset of an epoch, where it lies, and what its tree is bound to. */
export interface AssetFile {
  readonly path: string;
  readonly entry: AssetEntry;
  readonly claim: TreeClaim;
  /** Of the manifest, which is known to follow from its content. */
  readonly gpmp: string;
}

/**
 * The assets of an epoch that were asked for.
 * @param path the epoch's directory, its manifest, or one of its snapshots beside the manifest
 * @param asset its name; null: all
 * @throws usage INPUT_*, NO_MANIFEST, ASSET_UNKNOWN; verification R_MANIFEST, R_GPMP
 */
export async function assetFiles(path: string, asset: string | null): Promise<AssetFile[]> {
  const { directory, manifest, file } = await epochOf(path);
  const gpmp = gpmpOf(manifest, manifest.assets);
  if (gpmp !== manifest.gpmp)
    throw verificationError(
      'R_GPMP',
      `The manifest says the GPMP is ${manifest.gpmp}; it comes to ${gpmp}.`,
      {
        hint: 'This is not what was published: get the manifest again.',
      },
    );
  const wanted = manifest.assets.filter(
    (entry) => (asset === null || entry.asset === asset) && (file === null || entry.file === file),
  );
  if (wanted.length === 0)
    throw usageError(
      'ASSET_UNKNOWN',
      `The manifest has no such ${asset === null ? 'file' : 'asset'}: ${quoteReadable(asset ?? file ?? '', 60)}.`,
      { hint: `It has ${manifest.assets.map((entry) => `${entry.asset} (${entry.file})`).join(', ')}.` },
    );
  return wanted.map((entry) => {
    const found = findSnapshot(directory, entry.file);
    if (found === null)
      throw usageError('INPUT_MISSING', `There is no ${entry.file} beside the manifest.`, {
        hint: `Put it into ${quoteReadable(directory, 200)}, as it is or as .gz or .zst.`,
      });
    return { path: found, entry, claim: claimOf(manifest, entry), gpmp };
  });
}

async function epochOf(
  path: string,
): Promise<{ readonly directory: string; readonly manifest: Manifest; readonly file: string | null }> {
  const one = await named(path);
  if (one.kind === 'epoch') return { directory: one.directory, manifest: one.manifest, file: null };
  if (one.kind === 'proof')
    throw usageError('INPUT_KIND', `${quoteReadable(path, 200)} is a proof already.`, {
      hint: 'Check it with `bursar pofbs check`.',
    });
  const directory = dirname(path);
  try {
    const file = basename(path).replace(/\.(?:gz|zst)$/, '');
    return { directory, manifest: await readManifest(join(directory, MANIFEST)), file };
  } catch (cause) {
    if ((cause as { code?: string }).code !== 'INPUT_MISSING') throw cause;
    throw usageError('NO_MANIFEST', `There is no ${MANIFEST} beside ${quoteReadable(path, 200)}.`, {
      hint: 'A proof leads to a GPMP, and what that binds besides the rows is in the manifest.',
      cause,
    });
  }
}

function claimOf(manifest: Manifest, entry: AssetEntry): TreeClaim {
  const { asset, decimals, rows, total, requests, root } = entry;
  const assets = [...manifest.assets].sort(byName);
  return {
    header: {
      chain: manifest.chain,
      custody: manifest.custody,
      epoch: manifest.epoch,
      prevGpmp: manifest.prevGpmp,
      timestamp: manifest.timestamp,
    },
    summary: { asset, decimals, rows, total, requests, root },
    others: assets.filter((one) => one !== entry).map((one) => commitmentOf(manifest, one)),
    position: assets.indexOf(entry),
  };
}

export interface OpenTree {
  readonly tree: EpochTree;
  readonly close: () => Promise<void>;
}

/**
 * The tree under given nodes. Rows are read when they are asked for.
 * @throws usage INPUT_*; verification R_FILE
 */
export async function openTree(file: AssetFile, upper: UpperTree): Promise<OpenTree> {
  const bytes = await openBytes(file);
  try {
    const groups = new Groups(bytes, upper, await upper.offsets(), file.entry.bytes);
    return { tree: new EpochTree(file.claim, upper, groups), close: bytes.close };
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

async function openBytes({ path, entry }: AssetFile): Promise<Bytes> {
  const file = await openRandomAccess(path).catch((error: { code?: string }) => {
    if (error.code !== 'INPUT_PACKED') throw error;
    return null;
  });
  if (file === null) return new Unpacked(path);
  const { readAt, close, size } = file;
  if (size === entry.bytes) return { readAt, close, groupOf: (id, offsets) => groupOf(id, offsets, readAt) };
  await close();
  throw verificationError('R_FILE', `${file.shown} has ${size} bytes, the manifest says ${entry.bytes}.`, {
    hint: 'This is not the published file: get it again.',
  });
}

interface Bytes extends RowBytes {
  readonly close: () => Promise<void>;
}

const SKIP = 1 << 20;

/** A packed file: places in it are reached by unpacking what is before them, so they are asked for in ascending order. */
class Unpacked implements Bytes {
  #input: Awaited<ReturnType<typeof openInput>> | undefined;
  #at = 0;

  constructor(readonly path: string) {}

  readonly readAt = async (offset: number, length: number): Promise<Uint8Array> => {
    if (this.#input === undefined || offset < this.#at) {
      await this.close();
      this.#input = await openInput(this.path);
      this.#at = 0;
    }
    const skipped = new Uint8Array(Math.min(SKIP, offset - this.#at));
    while (this.#at < offset) await this.#read(skipped.subarray(0, offset - this.#at));
    const into = new Uint8Array(length);
    for (let filled = 0; filled < length; ) filled += await this.#read(into.subarray(filled));
    return into;
  };

  readonly groupOf = async (id: Uint8Array, offsets: readonly number[]): Promise<number> => {
    const firsts = new Map<number, Uint8Array>();
    for (const offset of offsets) firsts.set(offset, await this.readAt(offset, 64));
    return groupOf(id, offsets, async (offset) => firsts.get(offset) as Uint8Array);
  };

  readonly close = async (): Promise<void> => {
    await this.#input?.close();
    this.#input = undefined;
  };

  async #read(into: Uint8Array): Promise<number> {
    const count = (await this.#input?.read(into)) ?? 0;
    if (count === 0)
      throw verificationError(
        'R_FILE',
        `${quoteReadable(this.path, 200)} is shorter than the manifest says.`,
        {
          hint: 'Run `bursar pofbs verify` on the epoch.',
        },
      );
    this.#at += count;
    return count;
  }
}
