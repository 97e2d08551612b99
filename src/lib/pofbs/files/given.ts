/** What `pofbs build` is given besides the ledger: the epoch before, and whom the mapping is sealed for. */

import { readFileSync } from 'node:fs';
import { usageError } from '../../errors.js';
import { quoteReadable } from '../../numeric/text.js';
import { gpmpText } from '../gpmp.js';
import { headerOf, headerWarnings, parseTimestamp } from '../header.js';
import type { AssetGiven } from '../ledger.js';
import { keyLines } from '../seal.js';
import type { EpochHeader, Manifest } from '../types.js';
import { manifestPath, readManifest } from './epochs.js';

export { parseAssets } from '../header.js';

export interface HeaderFlags {
  /** 0x hex. */
  readonly chain: string;
  readonly custody: string;
  readonly epoch?: number | undefined;
  /** A manifest's path, a directory with one, or a GPMP. */
  readonly prev?: string | undefined;
  readonly timestamp: string;
  readonly assets: readonly AssetGiven[];
}

/**
 * The header of an epoch, and what is odd about it.
 * @throws usage TIMESTAMP, EPOCH_MISSING, EPOCH_ORDER, PREV_*, INPUT_*; verification R_MANIFEST
 */
export async function headerFor(
  flags: HeaderFlags,
): Promise<{ readonly header: EpochHeader; readonly warnings: readonly string[] }> {
  const now = Math.floor(Date.now() / 1000);
  const given = {
    ...flags,
    epoch: flags.epoch ?? null,
    prev: flags.prev === undefined ? null : await epochBefore(flags.prev),
    timestamp: parseTimestamp(flags.timestamp, now),
  };
  const header = headerOf(given);
  return { header, warnings: headerWarnings(header, given, now) };
}

async function epochBefore(text: string): Promise<Manifest | string> {
  const gpmp = gpmpText(text);
  return gpmp ?? (await readManifest(manifestPath(text)));
}

/** Recipients in a file that `age -R` would take: one a line, with comments. @throws usage INPUT_UNREADABLE */
export function readRecipients(path: string): string[] {
  try {
    return keyLines(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw usageError('INPUT_UNREADABLE', `The recipients in ${quoteReadable(path, 200)} cannot be read.`, {
      hint: 'Check the path and who may read it.',
      cause,
    });
  }
}
