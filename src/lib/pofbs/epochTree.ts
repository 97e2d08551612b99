/**
 * The tree of one published snapshot, of which only a group of rows or two are in memory: what proofs are made from. A
 * group is an aligned subtree; the nodes above the groups are computed from their roots, or saved.
 */

import { verificationError } from '../errors.js';
import { toHex } from './gpmp.js';
import { type InclusionProof, type Opening, proveInclusion, siblingOf, type TreeClaim } from './proof.js';
import { knownNode, type UpperTree } from './savedTree.js';
import { compareIds } from './scan.js';
import type { ShardTree } from './shard.js';
import { depthOf } from './tree.js';
import type { Row, SumNode } from './types.js';

/** Where the rows are. Groups are counted from 0. */
export interface GroupSource {
  /** @throws verification, with the rule's name, for lines that are no rows; R_OFFSETS if they are not there */
  readonly group: (index: number) => Promise<ShardTree>;
  /** The group in which an id would be. */
  readonly groupOf: (id: Uint8Array) => Promise<number>;
}

/** Where an id is; or the rows between which it would be, null where there is none on that side. */
export type Found =
  | { readonly index: number }
  | { readonly index: null; readonly before: number | null; readonly after: number | null };

export class EpochTree {
  readonly #groupRows: number;
  readonly #groupDepth: number;
  readonly #groups = new Map<number, Promise<ShardTree>>();

  /** @param upper of as many rows as are claimed */
  constructor(
    readonly claim: TreeClaim,
    readonly upper: UpperTree,
    readonly source: GroupSource,
  ) {
    this.#groupRows = upper.groupRows;
    this.#groupDepth = Math.min(depthOf(upper.rows), depthOf(upper.groupRows));
  }

  /** Whether the root over the groups is the published one, with its total and requests. */
  async isPublished(): Promise<boolean> {
    const { root, total, requests } = this.claim.summary;
    const top = await this.upper.node(depthOf(this.upper.rows), 0);
    return toHex(top.hash) === root && top.total === total && top.requests === requests;
  }

  async node(level: number, index: number): Promise<SumNode> {
    const known = await knownNode(this.upper, level, index);
    if (known !== null) return known;
    const width = 2 ** (this.#groupDepth - level);
    return (await this.#group(Math.floor(index / width))).node(level, index % width);
  }

  async row(index: number): Promise<Row> {
    return (await this.#group(Math.floor(index / this.#groupRows))).row(index % this.#groupRows);
  }

  async find(id: Uint8Array): Promise<Found> {
    const at = await this.source.groupOf(id);
    const group = await this.#group(at);
    const place = group.find(id);
    if (place !== null) return { index: at * this.#groupRows + place };
    let [from, to] = [0, group.rows];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (compareIds(group.row(middle).id, id) < 0) from = middle + 1;
      else to = middle;
    }
    const after = at * this.#groupRows + from;
    return {
      index: null,
      before: after === 0 ? null : after - 1,
      after: after < this.claim.summary.rows ? after : null,
    };
  }

  async prove(index: number, opening: Opening | null = null): Promise<InclusionProof> {
    const path: SumNode[] = [];
    for (
      let level = 0, at = index;
      level < depthOf(this.claim.summary.rows);
      level++, at = Math.floor(at / 2)
    )
      path.push(await this.node(level, siblingOf(at)));
    return proveInclusion(this.claim, index, await this.row(index), path, opening);
  }

  /** A group as it is in the file, if it has as many rows as it must. */
  async #group(index: number): Promise<ShardTree> {
    const known = this.#groups.get(index) ?? this.source.group(index);
    // Two neighbours at most: they may be large.
    if (this.#groups.size > 1) this.#groups.clear();
    this.#groups.set(index, known);
    const group = await known;
    const first = index * this.#groupRows;
    const rows = Math.min(this.#groupRows, this.claim.summary.rows - first);
    if (group.rows === rows) return group;
    throw verificationError(
      'R_OFFSETS',
      `From row ${first + 1} on ${group.rows === 1 ? 'there is 1 row' : `there are ${group.rows} rows`}, and not ${rows}.`,
      {
        hint: 'Run `bursar pofbs verify`: the manifest does not fit the file.',
      },
    );
  }
}
