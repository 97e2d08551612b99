/** What `pofbs verify` is to judge: the snapshots of an epoch with their manifest, or one snapshot with or without. */

import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { BursarError, EXIT, usageError } from '../../errors.js';
import { quoteReadable } from '../../numeric/text.js';
import type { AssetEntry, CidProfile, Manifest } from '../types.js';
import { MANIFEST, manifestPath, readManifest } from './epochs.js';
import { findSnapshot, named } from './snapshots.js';

export interface Target {
  /** The manifest; why it is refused; null if there is none. */
  readonly manifest: Manifest | { readonly refused: string } | null;
  /** A manifest that lies beside a snapshot and was not given: it is not used. */
  readonly beside?: string;
  /** None if the manifest is refused: which files there are is not known. */
  readonly files: readonly TargetFile[];
  /** Under which CIDs are computed. */
  readonly profile: CidProfile;
}

export interface TargetFile {
  /** Without a manifest: what it was called, or the file's name. */
  readonly asset: string;
  /** `-` is standard input. */
  readonly path: string;
  readonly entry: AssetEntry | null;
}

export interface TargetFlags {
  readonly manifest?: string | undefined;
  readonly asset?: string | undefined;
  readonly profile?: CidProfile | undefined;
}

/**
 * @param path a directory with a manifest, a manifest, a snapshot, or `-`
 * @throws usage INPUT_*, ASSET_UNKNOWN, MANIFEST_TWICE
 */
export async function findTarget(path: string, flags: TargetFlags): Promise<Target> {
  const one = path === '-' ? ({ kind: 'snapshot', path } as const) : await orRefused(named(path));
  if ('refused' in one) return refusedTarget(one.refused, flags);
  if (one.kind === 'proof')
    throw usageError('INPUT_KIND', `${quoteReadable(path, 200)} is a proof, not a snapshot.`, {
      hint: 'Check it with `bursar pofbs check`.',
    });
  if (one.kind === 'epoch') {
    if (flags.manifest !== undefined)
      throw usageError(
        'MANIFEST_TWICE',
        'What is to be verified has its manifest, and --manifest names another.',
        {
          hint: 'Name the snapshot file to verify it against the manifest of --manifest.',
        },
      );
    const { manifest, directory } = one;
    const files = chosen(manifest, flags.asset).map((entry) => {
      const found = findSnapshot(directory, entry.file);
      if (found === null) throw missing(entry.file, directory);
      return { asset: entry.asset, path: found, entry };
    });
    return { manifest, files, profile: manifest.cidProfile };
  }
  if (flags.manifest === undefined) {
    const asset = flags.asset ?? nameOf(path);
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/.test(asset))
      throw usageError('ASSET', `${quoteReadable(asset, 40)} is not the name of an asset.`, {
        hint: 'Use up to 32 letters, digits, dots, dashes and underscores, a letter or digit first.',
      });
    const beside = join(dirname(path), MANIFEST);
    return {
      manifest: null,
      ...(path !== '-' && existsSync(beside) ? { beside } : {}),
      files: [{ asset, path, entry: null }],
      profile: flags.profile ?? 'unixfs-v1-2025',
    };
  }
  const manifest = await orRefused(readManifest(manifestPath(flags.manifest)));
  if ('refused' in manifest) return refusedTarget(manifest.refused, flags);
  const entry = entryOf(manifest, path, flags.asset);
  return { manifest, files: [{ asset: entry.asset, path, entry }], profile: manifest.cidProfile };
}

const refusedTarget = (refused: string, { profile }: TargetFlags): Target => ({
  manifest: { refused },
  files: [],
  profile: profile ?? 'unixfs-v1-2025',
});

/** A manifest that breaks a rule is a verdict, not a failure. */
async function orRefused<T>(reading: Promise<T>): Promise<T | { readonly refused: string }> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof BursarError && error.exit === EXIT.verificationFalse)
      return { refused: error.message };
    throw error;
  }
}

function chosen(manifest: Manifest, asset: string | undefined): readonly AssetEntry[] {
  const entries = manifest.assets.filter((entry) => asset === undefined || entry.asset === asset);
  if (entries.length === 0) throw unknownAsset(manifest, asset as string);
  return entries;
}

function entryOf(manifest: Manifest, path: string, asset: string | undefined): AssetEntry {
  if (asset !== undefined) return chosen(manifest, asset)[0] as AssetEntry;
  const name = basename(path).replace(/\.(?:gz|zst)$/, '');
  const found = manifest.assets.find(({ file }) => file === name) ?? onlyOne(manifest);
  if (found === undefined)
    throw usageError(
      'ASSET_UNKNOWN',
      `The manifest does not say which asset ${quoteReadable(path, 200)} is.`,
      {
        hint: `Name it: --asset ${manifest.assets.map((entry) => entry.asset).join(' | ')}.`,
      },
    );
  return found;
}

const onlyOne = ({ assets }: Manifest): AssetEntry | undefined =>
  assets.length === 1 ? assets[0] : undefined;

/** `USDC` from `path/USDC.csv.zst`. */
function nameOf(path: string): string {
  const [stem = ''] = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}/.exec(basename(path)) ?? [];
  return stem === '' ? 'snapshot' : stem;
}

const unknownAsset = ({ assets }: Manifest, asset: string): BursarError =>
  usageError('ASSET_UNKNOWN', `The manifest has no asset ${quoteReadable(asset, 40)}.`, {
    hint: `It has: ${assets.map((entry) => entry.asset).join(', ')}.`,
  });

const missing = (file: string, directory: string): BursarError =>
  usageError('INPUT_MISSING', `There is no ${file} in ${quoteReadable(directory, 200)}.`, {
    hint: 'Put it beside the manifest, as it is or as .gz or .zst; or choose an asset with --asset.',
  });
