/** `pofbs privacy-lint`: the files of a command line, one after the other. */

import { usageError } from '../../errors.js';
import { quoteReadable } from '../../numeric/text.js';
import type { Percentage } from '../detection.js';
import { fingerprint } from '../fingerprint.js';
import { type OnProgress, Pace } from '../pace.js';
import { PrivacyLint, type PrivacyResult } from '../privacy.js';
import { Rows } from '../rows.js';
import { openInput } from './input.js';
import { type NamedSnapshot, named, snapshotsOf } from './snapshots.js';

export interface PrivacyOptions {
  readonly maximum: Percentage | null;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/**
 * Epochs are taken in the order of their numbers, files without a manifest in the order in which they are named.
 * @param paths directories of epochs, manifests or snapshots
 * @throws usage INPUT_…, TOO_MANY_ROWS; verification with the rule that a file breaks
 */
export async function lintFiles(paths: readonly string[], options: PrivacyOptions): Promise<PrivacyResult> {
  const snapshots: NamedSnapshot[] = [];
  for (const path of paths) {
    const one = await named(path);
    if (one.kind === 'proof')
      throw usageError('INPUT_KIND', `${quoteReadable(path, 200)} is a proof: it has one row alone.`, {
        hint: 'Name snapshots, or directories of epochs.',
      });
    snapshots.push(...snapshotsOf(one));
  }
  snapshots.sort((a, b) => (a.epoch ?? 0) - (b.epoch ?? 0));
  const lint = new PrivacyLint();
  for (const snapshot of snapshots) await addSnapshot(lint, snapshot, options);
  return lint.result(options.maximum);
}

async function addSnapshot(
  lint: PrivacyLint,
  { source, path, entry, epoch }: NamedSnapshot,
  { onProgress, signal }: PrivacyOptions,
): Promise<void> {
  if (path === null)
    throw usageError('INPUT_MISSING', `There is no file ${quoteReadable(source, 200)}.`, {
      hint: 'It must lie beside its manifest, plain, as .gz or as .zst.',
    });
  const input = await openInput(path, { what: 'snapshot', signal });
  try {
    const pace = new Pace(`reading ${source}`, onProgress, signal);
    const share = () => (input.size === null ? undefined : input.position() / input.size);
    const found = await fingerprint(new Rows(input, path), (rows) => pace.pause(rows, share()));
    lint.add({ source, asset: entry?.asset ?? null, epoch, fingerprint: found });
  } finally {
    await input.close();
  }
}
