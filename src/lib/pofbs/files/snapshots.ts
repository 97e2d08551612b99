/** Snapshots as they are named on a command line: the directory of an epoch, its manifest, or a file alone. */

import { existsSync, type Stats, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type BursarError, usageError } from '../../errors.js';
import { quoteReadable } from '../../numeric/text.js';
import type { AssetEntry, Manifest } from '../types.js';
import { isOther as isOtherJson, MANIFEST, readManifest } from './epochs.js';

/** What a path leads to: an epoch with its statement, or one snapshot without. */
export type Named =
  | { readonly kind: 'epoch'; readonly path: string; readonly directory: string; readonly manifest: Manifest }
  | { readonly kind: 'snapshot'; readonly path: string }
  | { readonly kind: 'proof'; readonly path: string };

/**
 * A directory is an epoch; a file that begins with `{` is a manifest, or a proof if it says so; any other is a snapshot.
 * @throws usage INPUT_MISSING, INPUT_UNREADABLE; verification R_MANIFEST
 */
export async function named(path: string): Promise<Named> {
  const stats = statsOf(path);
  if (stats === undefined)
    throw usageError('INPUT_MISSING', `There is nothing at ${quoteReadable(path, 200)}.`, {
      hint: 'Check the path.',
    });
  if (stats.isDirectory()) {
    if (!existsSync(join(path, MANIFEST))) throw noManifest(path);
    return { kind: 'epoch', path, directory: path, manifest: await readManifest(join(path, MANIFEST)) };
  }
  // What comes through a pipe can be read only once.
  if (!stats.isFile()) return { kind: 'snapshot', path };
  const beginning = await beginningOf(path);
  if (!beginning.startsWith('{')) return { kind: 'snapshot', path };
  if (/"format"\s*:\s*"pofbs\.(?:inclusion|fraud)\//.test(beginning)) return { kind: 'proof', path };
  return { kind: 'epoch', path, directory: dirname(path), manifest: await manifestAt(path) };
}

/** @throws usage INPUT_KIND for JSON of another form, which is no evidence against anybody; INPUT_*; verification R_MANIFEST */
async function manifestAt(path: string): Promise<Manifest> {
  try {
    return await readManifest(path);
  } catch (error) {
    if ((error as { code?: string }).code !== 'R_MANIFEST' || !(await isOtherJson(path))) throw error;
    throw usageError(
      'INPUT_KIND',
      `${quoteReadable(path, 200)} is JSON of another form: neither a manifest nor a proof that bursar knows.`,
      {
        hint: 'A proof or statement in the form of an exchange or another tool is checked with their program; nothing is said about it here.',
        cause: error,
      },
    );
  }
}

const noManifest = (path: string): BursarError =>
  usageError('INPUT_MISSING', `There is no ${MANIFEST} in the directory ${quoteReadable(path, 200)}.`, {
    hint: 'Name the directory of an epoch; a snapshot without its manifest is named alone, as a file.',
  });

function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

const unreadable = (path: string, cause: unknown): BursarError =>
  usageError(
    'INPUT_UNREADABLE',
    `${quoteReadable(path, 200)} cannot be read (${(cause as NodeJS.ErrnoException).code}).`,
    { hint: 'Check the path and who may read it.', cause },
  );

const SNIFFED = 4096;

async function beginningOf(path: string): Promise<string> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(SNIFFED), 0, SNIFFED, 0);
      return buffer.toString('latin1', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** A snapshot file, with what its manifest says of it. */
export interface NamedSnapshot {
  /** As it is shown: the name of the epoch's directory and of the file. */
  readonly source: string;
  /** Null if there is no such file beside the manifest. */
  readonly path: string | null;
  readonly entry: AssetEntry | null;
  readonly epoch: number | null;
}

/** The snapshots of an epoch in the order of their assets, or the one that was named. */
export function snapshotsOf(one: Exclude<Named, { kind: 'proof' }>): NamedSnapshot[] {
  if (one.kind === 'snapshot') return [{ source: one.path, path: one.path, entry: null, epoch: null }];
  const { directory, manifest } = one;
  return manifest.assets.map((entry) => ({
    source: `${basename(directory)}/${entry.file}`,
    path: findSnapshot(directory, entry.file),
    entry,
    epoch: manifest.epoch,
  }));
}

/** A file as it is, or compressed; what it is, its content decides. */
export function findSnapshot(directory: string, file: string): string | null {
  const paths = ['', '.gz', '.zst'].map((end) => join(directory, `${file}${end}`));
  return paths.find((path) => existsSync(path)) ?? null;
}
