/** The verdict on a snapshot. */

import type { Sample } from './sample.js';
import { type Difference, replay, type SnapshotFile } from './snapshot.js';
import type { Facts } from './types.js';

export interface VerifyResult {
  readonly file: string;
  readonly kind: 'score' | 'selection';
  readonly sha256: string;
  readonly holds: boolean;
  /** The first thing that is wrong. */
  readonly difference: Difference | null;
  readonly chain: Facts['chain'];
  readonly block: Facts['block'];
  readonly validators: number;
  readonly method: SnapshotFile['content']['method'];
  readonly tool: SnapshotFile['content']['tool'];
  /** Null: nothing was read from a chain. */
  readonly sample: { readonly seed: number; readonly facts: number } | null;
}

/** @param readAgain asks the chain; only if everything else holds */
export async function verifySnapshot(
  name: string,
  file: SnapshotFile,
  readAgain: (facts: Facts) => Promise<Sample | null>,
): Promise<VerifyResult> {
  const { content, sha256 } = file;
  const replayed = replay(file);
  const sample = replayed === null ? await readAgain(content.facts) : null;
  const difference = replayed ?? sample?.difference ?? null;
  return {
    file: name,
    kind: content.selection === null ? 'score' : 'selection',
    sha256,
    holds: difference === null,
    difference,
    chain: content.facts.chain,
    block: content.facts.block,
    validators: content.facts.validators.length,
    method: content.method,
    tool: content.tool,
    sample: sample && { seed: sample.seed, facts: sample.facts },
  };
}

/** Where the facts of a snapshot come from, for a page that was made without a chain. */
export const snapshotSource = ({ chain, block }: VerifyResult) => ({
  chain: chain.specName,
  block: block.number,
  hash: block.hash,
  timestamp: block.timestamp,
});
