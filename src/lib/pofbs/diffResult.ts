/** The result of comparing two epochs, files and all. */

import type { AssetChange, FieldChange, RowsDiff } from './diff.js';

export interface DiffResult {
  /** What was compared, as it was named. */
  readonly a: string;
  readonly b: string;
  /** Nothing differs in what was compared, and everything was. */
  readonly same: boolean;
  /** Null where a side has no manifest. */
  readonly header: readonly FieldChange[] | null;
  readonly assets: readonly AssetChange[] | null;
  readonly snapshots: readonly SnapshotDiff[];
}

/** The rows of one asset. */
export interface SnapshotDiff {
  /** Null for files without a manifest. */
  readonly asset: string | null;
  readonly decimals: number;
  /** The two sides are different epochs, as their manifests say. */
  readonly epochsDiffer: boolean;
  /** Null if they were not compared. */
  readonly rows: RowsDiff | null;
  /** Why they were not compared. */
  readonly notCompared: string | null;
  /** With mappings: rows of each side that its mapping does not have. */
  readonly unmapped: readonly [number, number] | null;
}
