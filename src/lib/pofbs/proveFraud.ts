/** The search for a fraud in a published snapshot that was read through. */

import type { EpochTree } from './epochTree.js';
import { checkFraud, type FraudProof } from './fraud.js';
import { findFraud } from './fraudFind.js';
import { gpmpOfClaim } from './proofCheck.js';
import { knownNode, type UpperTree } from './savedTree.js';

/** What full reading of a snapshot has shown. */
export interface ReadThrough {
  readonly rows: number;
  /** The first row that breaks C4 or C4b, and the first that does not come after the one before it. */
  readonly badRow: number | null;
  readonly badOrder: number | null;
  /** The rule that a line is refused for, where one is no row. */
  readonly refused: string | null;
}

export interface FraudSearch {
  readonly proof: FraudProof | null;
  /** Why nothing can be proved; null if something is. */
  readonly why: string | null;
}

/**
 * @param computed the tree of the rows in the file; null where a line is no row
 * @param saved the nodes as the custodian saved them, of as many rows as are claimed
 */
export async function proveFraud(
  computed: EpochTree | null,
  saved: UpperTree | null,
  read: ReadThrough,
  claimedRows: number,
): Promise<FraudSearch> {
  const nothing = (why: string): FraudSearch => ({ proof: null, why });
  if (computed === null)
    return nothing(
      `The file breaks a rule of its form${read.refused === null ? '' : `, ${read.refused}`}: whoever has the file sees that with \`bursar pofbs verify\`. Only what is under the published root has a short proof.`,
    );
  if (read.rows !== claimedRows)
    return nothing(
      `The file has ${read.rows} rows, the manifest says ${claimedRows}: whoever has both sees that with \`bursar pofbs verify\`. It has no short proof.`,
    );
  const proof = await findFraud({
    claim: computed.claim,
    computed: (level, index) => computed.node(level, index),
    published: async (level, index) => (saved === null ? null : knownNode(saved, level, index)),
    row: (index) => computed.row(index),
    badRow: read.badRow,
    badOrder: read.badOrder,
  });
  if (proof !== null && checkFraud(proof, gpmpOfClaim(computed.claim)).holds) return { proof, why: null };
  return nothing(
    (await computed.isPublished())
      ? 'The rows lead to the published root and sums, they ascend, and none of them breaks C4 or C4b: there is no fraud in what is published. Whether somebody is missing, only he can tell.'
      : 'The rows of the file do not lead to the published root, and the nodes that would show where they part are not at hand: whoever has the file sees that with `bursar pofbs verify`. It has no short proof.',
  );
}
