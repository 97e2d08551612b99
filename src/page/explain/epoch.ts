/** What the page holds, read again: every line, the sums, the commitments, the code. What it says of itself is compared. */

import type { ExplainData } from '../../lib/pofbs/explainPage.js';
import type { AssetSummary } from '../../lib/pofbs/types.js';
import * as core from './core.js';
import { note, part } from './dom.js';

/** The data as it stands in the page: amounts are text. */
export type PageData = Pick<ExplainData, 'header' | 'gpmp' | 'snapshots' | 'proof' | 'refused' | 'where'> & {
  readonly assets: readonly (Omit<AssetSummary, 'total' | 'requests'> & {
    readonly total: string;
    readonly requests: string;
  })[];
};

export interface ReadEpoch {
  /** As the statement has them. */
  readonly assets: readonly AssetSummary[];
  /** One for each asset; null if the page does not hold the lines. */
  readonly trees: readonly core.PageTree[] | null;
  /** Recomputed; null if the page is about a proof. */
  readonly gpmp: string | null;
}

/** @throws Error in words for a page that contradicts itself */
export async function readEpoch(data: PageData): Promise<ReadEpoch> {
  const assets = data.assets.map((asset) => ({
    ...asset,
    total: BigInt(asset.total),
    requests: BigInt(asset.requests),
  }));
  // Two lists of one asset would let each of two users see a smaller sum than is owed.
  if (assets.some(({ asset }, at) => at > 0 && asset <= (assets[at - 1]?.asset ?? '')))
    throw new Error('The statement in this page lists an asset twice, or in the wrong order.');
  const trees = data.snapshots === null ? null : await readTrees(data.snapshots, assets);
  if (data.gpmp === null) return { assets, trees, gpmp: null };
  const gpmp = core.joinCommitments(assets.map((asset) => core.commitmentOf(data.header, asset)));
  if (gpmp !== data.gpmp) throw new Error('The statement in this page does not have the code that it names.');
  return { assets, trees, gpmp };
}

async function readTrees(
  snapshots: readonly string[],
  assets: readonly AssetSummary[],
): Promise<core.PageTree[]> {
  const trees: core.PageTree[] = [];
  for (const [at, asset] of assets.entries()) {
    const tree = await inSlices(core.treeOf(snapshots[at] ?? ''), (share) => {
      const done = Math.min(99, Math.floor((100 * (at + share)) / assets.length));
      part('state').replaceChildren(note('muted', `This page is reading all of its lines: ${done} %`));
    });
    const differs =
      tree.rows.length !== asset.rows ||
      tree.root.total !== asset.total ||
      tree.root.requests !== asset.requests ||
      core.toHex(tree.root.hash) !== asset.root;
    if (differs) throw new Error(`The lines of ${asset.asset} are not those of the published statement.`);
    trees.push(tree);
  }
  return trees;
}

/** Milliseconds after which the page may draw and listen again. */
const SLICE = 25;

/** Runs a generator in slices, so that the page stays alive. */
async function inSlices<Result>(
  steps: Generator<number, Result>,
  onShare: (share: number) => void,
): Promise<Result> {
  for (;;) {
    const until = performance.now() + SLICE;
    let step = steps.next();
    while (!step.done && performance.now() < until) step = steps.next();
    if (step.done) return step.value;
    onShare(step.value);
    await new Promise((resolve) => setTimeout(resolve));
  }
}
