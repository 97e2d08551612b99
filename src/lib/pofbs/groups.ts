/** Groups of rows within a snapshot's bytes. */

import { verificationError } from '../errors.js';
import type { GroupSource } from './epochTree.js';
import type { ReadAt, UpperTree } from './savedTree.js';
import { compareIds, readId } from './scan.js';
import { growShard, type ShardTree } from './shard.js';

/** Fewest and most bytes of a row, with its line feed. */
const [SHORTEST_ROW, LONGEST_ROW] = [71, 185];
const ID_DIGITS = 64;

/** A snapshot, of which any bytes can be read. */
export interface RowBytes {
  readonly readAt: ReadAt;
  /** {@link groupOf}, in the order of reading that suits these bytes. */
  readonly groupOf: (id: Uint8Array, offsets: readonly number[]) => Promise<number>;
}

/** Groups of rows, where they are said to begin. */
export class Groups implements GroupSource {
  /**
   * @param end the file's length
   * @throws verification R_OFFSETS
   */
  constructor(
    readonly bytes: RowBytes,
    { rows, groupRows }: Pick<UpperTree, 'rows' | 'groupRows'>,
    readonly offsets: readonly number[],
    readonly end: number,
  ) {
    for (const [group, offset] of offsets.entries()) {
      const length = (offsets[group + 1] ?? end) - offset;
      const own = Math.min(groupRows, rows - groupRows * group);
      if (length >= own * SHORTEST_ROW && length <= own * LONGEST_ROW) continue;
      throw notThere(`${length} bytes at byte ${offset} are not ${own.toLocaleString('en')} rows.`);
    }
  }

  async group(index: number): Promise<ShardTree> {
    const from = this.offsets[index] as number;
    return growShard(await this.bytes.readAt(from, (this.offsets[index + 1] ?? this.end) - from));
  }

  groupOf(id: Uint8Array): Promise<number> {
    return this.bytes.groupOf(id, this.offsets);
  }
}

/**
 * The group in which an id would be, by looking at the first id of a few groups.
 * @param offsets byte at which each group begins
 * @param readAt bytes at a place in the file
 * @throws verification R_OFFSETS
 */
export async function groupOf(id: Uint8Array, offsets: readonly number[], readAt: ReadAt): Promise<number> {
  let [from, to] = [0, offsets.length - 1];
  while (from < to) {
    const middle = Math.ceil((from + to) / 2);
    const first = readId(await readAt(offsets[middle] as number, ID_DIGITS));
    if (first === null) throw notThere(`No row begins at byte ${offsets[middle]}, where one is said to.`);
    if (compareIds(first, id) <= 0) from = middle;
    else to = middle - 1;
  }
  return from;
}

const notThere = (why: string) =>
  verificationError('R_OFFSETS', `Rows are not where they are said to be. ${why}`, {
    hint: 'Run `bursar pofbs verify` on the epoch.',
  });
