/**
 * A row's id: a commitment to the user's wallet that says nothing about it to whoever does not know the salt, and that
 * is another one on every chain, at every custodian and in every epoch (bursar's own definition, docs/formats/mapping.md).
 *
 *     context = SHA-256( SHA-256("pofbs/id/v1") | chain 32 | custody 32 | epoch u64 )
 *     id      = H( context | H(wallet 32 | salt 32) )
 */

import { usageError } from '../errors.js';
import { bytes32, custodyBytes, unsigned } from './gpmp.js';
import { sha256 } from './tree.js';
import type { EpochHeader } from './types.js';

export type IdContext = Pick<EpochHeader, 'chain' | 'custody' | 'epoch'>;

/** What all ids of an epoch have in common, 32 bytes. @throws usage GPMP_FIELD */
export function idContext({ chain, custody, epoch }: IdContext): Uint8Array {
  return sha256(
    sha256(new TextEncoder().encode('pofbs/id/v1')),
    bytes32(chain, 'chain'),
    custodyBytes(custody),
    unsigned(epoch, 8, 'epoch'),
  );
}

/** The id of a wallet (its 32-byte account id) with its salt (32 random bytes). @throws usage ID_INPUT */
export function idOf(context: Uint8Array, wallet: Uint8Array, salt: Uint8Array): Uint8Array {
  if (wallet.length !== 32 || salt.length !== 32)
    throw usageError('ID_INPUT', 'A wallet and a salt have 32 bytes each.');
  return sha256(context, sha256(wallet, salt));
}
