/** A saved selection of validators as the targets of a nomination. */

import { usageError } from '../lib/errors.js';
import { decodeSnapshot, selectedIn, targetsOf } from '../lib/validators/snapshot.js';
import type { PlanContext } from './planCommand.js';
import { readText } from './validatorsCommand.js';

/** @throws usage TARGETS, FILE_READ, SNAPSHOT_FORMAT, FILE_FORM, SELECTION_MISSING; precondition SELECTION_EMPTY */
export async function readSelection(file: string, named: readonly string[], maxAgeMs: number | undefined) {
  if (named.length > 0) {
    throw usageError('TARGETS', 'Validators are named both as arguments and by --selection.', {
      hint: 'Give one of the two.',
    });
  }
  const snapshot = decodeSnapshot(await readText(file, 'selection'));
  return {
    targets: selectedIn(snapshot),
    /** @throws precondition SELECTION_DIGEST, SELECTION_CHAIN, SELECTION_ACCOUNT, SELECTION_AGE */
    check: ({ chain, account }: PlanContext) =>
      targetsOf(snapshot, {
        genesisHash: chain.identity.genesisHash,
        account,
        now: chain.reference.timestamp,
        ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
      }),
  };
}
