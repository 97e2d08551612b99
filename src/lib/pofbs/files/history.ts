/** `pofbs history`: the manifests of a directory, and their snapshots if they are wanted too. */

import { type Agreement, agreementOf, QUESTIONS } from '../agreement.js';
import { summarize } from '../engine.js';
import { type EpochSource, type HistoryResult, history, type SnapshotAnswer } from '../history.js';
import { countOf } from '../judgeSnapshot.js';
import type { OnProgress } from '../pace.js';
import type { AssetEntry, Manifest } from '../types.js';
import { findEpochs } from './epochs.js';
import { openInput } from './input.js';
import { findSnapshot } from './snapshots.js';

export interface HistoryOptions {
  /** Verify the snapshot files as well. */
  readonly deep: boolean;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/** @throws usage INPUT_…, NO_EPOCHS */
export async function readHistory(directory: string, options: HistoryOptions): Promise<HistoryResult> {
  const { epochs, skipped } = await findEpochs(directory);
  const sources: EpochSource[] = [];
  for (const epoch of epochs) {
    if (!options.deep || !('manifest' in epoch)) sources.push(epoch);
    else sources.push({ ...epoch, snapshots: await verifySnapshots(epoch, options) });
  }
  return history(sources, skipped);
}

async function verifySnapshots(
  { source, directory, manifest }: { source: string; directory: string; manifest: Manifest },
  options: HistoryOptions,
): Promise<SnapshotAnswer> {
  let rows = 0;
  for (const entry of manifest.assets) {
    const path = findSnapshot(directory, entry.file);
    if (path === null) return { ok: null, detail: `${entry.file} is not there` };
    options.onProgress(`verifying ${source}/${entry.file}`);
    const agreement = await readAgreement(path, entry, manifest.cidProfile, options.signal);
    const judged = QUESTIONS.map((question) => agreement[question]);
    const wrong =
      judged.find(({ verdict }) => verdict === 'FALSE') ?? judged.find(({ verdict }) => verdict !== 'TRUE');
    if (wrong !== undefined) return { ok: false, detail: `${entry.file}: ${wrong.why}` };
    rows += entry.rows;
  }
  return { ok: true, detail: countOf(rows, 'row') };
}

async function readAgreement(
  path: string,
  entry: AssetEntry,
  profile: Manifest['cidProfile'],
  signal: AbortSignal,
): Promise<Agreement> {
  const input = await openInput(path, { what: 'snapshot', signal });
  try {
    return agreementOf(await summarize(input, { profiles: [profile], signal }), entry, profile);
  } finally {
    await input.close();
  }
}
