/** The proof of a line, or of its absence by the lines beside. */

import { verificationError } from '../errors.js';
import type { EpochTree } from './epochTree.js';
import { toHex } from './gpmp.js';
import { idContext, idOf } from './id.js';
import type { InclusionProof, Opening } from './proof.js';
import { checkInclusion, gpmpOfClaim } from './proofCheck.js';
import type { EpochHeader } from './types.js';

/** Whose line is wanted. */
export interface Wanted {
  /** 32 bytes. */
  readonly id: Uint8Array;
  readonly opening: Opening | null;
}

/** An id is looked for; or the id that a wallet and its salt have in this epoch. */
export function wantedBy(header: EpochHeader, wallet: Uint8Array, salt: Uint8Array): Wanted {
  const opening = { wallet: toHex(wallet), salt: toHex(salt) };
  return { id: idOf(idContext(header), wallet, salt), opening };
}

export interface LineProof {
  /** 64 digits. */
  readonly id: string;
  /** Null if the id is in no line. */
  readonly proof: InclusionProof | null;
  /** Then: the lines between which it would stand, with their proofs; null at either end of the list. */
  readonly neighbours: {
    readonly before: InclusionProof | null;
    readonly after: InclusionProof | null;
  } | null;
}

/**
 * Every proof that is returned was checked against the published GPMP.
 * @throws verification NOT_THE_PUBLISHED if the file leads to another one; R_OFFSETS
 */
export async function proveLine(tree: EpochTree, { id, opening }: Wanted): Promise<LineProof> {
  const found = await tree.find(id);
  const text = toHex(id).slice(2);
  if (found.index !== null)
    return { id: text, proof: checked(await tree.prove(found.index, opening)), neighbours: null };
  const neighbour = async (index: number | null) =>
    index === null ? null : checked(await tree.prove(index));
  const neighbours = { before: await neighbour(found.before), after: await neighbour(found.after) };
  return { id: text, proof: null, neighbours };
}

function checked(proof: InclusionProof): InclusionProof {
  const { holds, steps } = checkInclusion(proof, gpmpOfClaim(proof));
  // A line that breaks a condition is in the list all the same; whoever checks the proof is told.
  const broken = steps.find(({ ok }) => ok === false);
  if (holds || broken?.name === 'row' || broken?.name === 'distinct') return proof;
  throw verificationError(
    'NOT_THE_PUBLISHED',
    `The file does not lead to the published GPMP. ${broken?.says} ${broken?.detail ?? ''}`.trim(),
    { hint: 'Run `bursar pofbs verify` on the epoch, and `bursar pofbs prove --fraud`.' },
  );
}
