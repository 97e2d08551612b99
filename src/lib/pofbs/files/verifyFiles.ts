/** `pofbs verify` and `pofbs cid` on files: what is read, and the verdict on it. */

import { usageError } from '../../errors.js';
import { CidFold, LeafHasher } from '../cid.js';
import { type Summary, summarize } from '../engine.js';
import { type OnProgress, Pace } from '../pace.js';
import { savedTreeBytes } from '../savedTree.js';
import type { CidProfile } from '../types.js';
import { type PofbsVerify, verify } from '../verify.js';
import { type GivenFlags, readGiven, requiredRules } from './givenFiles.js';
import { type OpenInput, openInput } from './input.js';
import { findTarget, type Target, type TargetFile, type TargetFlags } from './target.js';

export interface Working {
  readonly threads?: number | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface VerifyFlags extends TargetFlags, GivenFlags {
  readonly require?: readonly string[] | undefined;
  readonly strict?: boolean;
  /** Writes each snapshot's upper nodes beside it. */
  readonly saveTree?: boolean;
}

/**
 * Judges what a path leads to.
 * @throws usage INPUT_*, and what flags can be wrong in; the signal's reason
 */
export async function verifyFiles(path: string, flags: VerifyFlags, working: Working): Promise<PofbsVerify> {
  const required = requiredRules(flags.require, flags.strict === true);
  const target = await findTarget(path, flags);
  const given = await readGiven(flags, assetsOf(target));
  const snapshots: { asset: string; file: string; entry: TargetFile['entry']; summary: Summary }[] = [];
  for (const file of target.files) {
    const summary = await readSnapshot(file, target.profile, given.requests !== undefined, working);
    snapshots.push({ asset: file.asset, file: file.path, entry: file.entry, summary });
  }
  const result = verify({ ...target, snapshots, given, required });
  if (flags.saveTree === true)
    for (const { file, summary } of snapshots)
      await saveTree(`${file.replace(/\.(?:gz|zst)$/, '')}.tree`, summary);
  return result;
}

export const assetsOf = ({ manifest, files }: Target) =>
  manifest !== null && 'assets' in manifest
    ? manifest.assets
    : files.map(({ asset }) => ({ asset, decimals: null }));

async function readSnapshot(
  { path, entry }: TargetFile,
  profile: CidProfile,
  requests: boolean,
  working: Working,
): Promise<Summary> {
  const { threads, signal } = working;
  const input = await openInput(path, { what: 'snapshot', ...(signal === undefined ? {} : { signal }) });
  try {
    return await summarize(input, {
      profiles: [profile],
      requests,
      onProgress: progressOf(`verifying ${entry?.file ?? input.shown}`, input, working),
      ...(threads === undefined ? {} : { threads }),
      ...(signal === undefined ? {} : { signal }),
    });
  } finally {
    await input.close();
  }
}

/** Rows, rate and what is left, from how much of the file was read. */
export function progressOf(doing: string, { size, position }: OpenInput, { onProgress }: Working) {
  const pace = new Pace(doing, onProgress, undefined);
  return ({ rows }: { readonly rows: number }): void => {
    void pace.pause(rows, size === null || size === 0 ? undefined : position() / size);
  };
}

/** Writes a saved tree, whole or not at all; none if there is no tree. @throws usage OUTPUT_WRITE */
export async function saveTree(path: string, { groups }: Summary): Promise<void> {
  if (groups === null) return;
  const { writeWhole } = await import('./writeWhole.js');
  await writeWhole(path, savedTreeBytes(groups));
}

export interface CidResult {
  readonly file: string;
  readonly profile: CidProfile;
  readonly cid: string;
  readonly bytes: number;
}

/** The CID of any file, as it lies there: what is packed is not unpacked. @throws usage INPUT_* */
export async function cidOfFile(path: string, profile: CidProfile, working: Working): Promise<CidResult> {
  const { signal } = working;
  const input = await openInput(path, { asItIs: true, ...(signal === undefined ? {} : { signal }) });
  try {
    const fold = new CidFold(profile);
    const leaves = new LeafHasher(profile, (leaf) => fold.push(leaf));
    const pace = new Pace(`reading ${input.shown}`, working.onProgress, signal);
    const buffer = new Uint8Array(1 << 20);
    let bytes = 0;
    for (let count = await input.read(buffer); count > 0; count = await input.read(buffer)) {
      leaves.update(buffer.subarray(0, count));
      bytes += count;
      await pace.pause(0, input.size === null ? undefined : bytes / input.size);
    }
    leaves.finish();
    return { file: path, profile, cid: fold.finish(), bytes };
  } finally {
    await input.close();
  }
}

export const noPipe = (path: string): void => {
  if (path === '-')
    throw usageError('INPUT_KIND', 'Standard input can be read only once, from its start to its end.', {
      hint: 'Give a file.',
    });
};
