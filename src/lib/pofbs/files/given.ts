/** What `pofbs build` is given besides the ledger: the header, and the epoch before. */

import { gpmpText } from '../gpmp.js';
import { headerOf, headerWarnings, parseTimestamp } from '../header.js';
import { type AssetGiven, LEDGER_COLUMNS } from '../ledger.js';
import { type ColumnNames, parseColumns } from '../tableColumns.js';
import type { EpochHeader, Manifest } from '../types.js';
import { manifestPath, readManifest } from './epochs.js';

export { parseAssets } from '../header.js';

/** Under which names a ledger has its columns; null where none is told. @throws usage COLUMNS */
export const ledgerColumns = (text: string | undefined): ColumnNames | null =>
  text === undefined ? null : parseColumns(text, [...LEDGER_COLUMNS.required, ...LEDGER_COLUMNS.optional]);

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
