/**
 * The RFC-78 digest of metadata: what a transaction commits to with `CheckMetadataHash` in mode 1, so that a chain whose
 * calls mean something else refuses the signature (polkadot-fellows/RFCs, 0078-merkleized-metadata).
 */

import { preconditionError } from '../errors.js';
import type { ChainIdentity, Token } from './types.js';

/** Whatever cannot be committed to, and why. */
export const DIGEST_UNAVAILABLE = 'METADATA_DIGEST';

/**
 * The digest of metadata of version 15 or 16: 0x and 64 digits. Takes a third of a second for a large runtime, so it is
 * kept beside the metadata (metadataStore.ts).
 * @param metadata 0x hex
 * @throws precondition METADATA_DIGEST when the metadata cannot be committed to: an older version, another runtime than
 *   `identity`, unknown decimals, or bytes that are not the only way to write what they say
 */
export async function metadataDigest(
  metadata: string,
  identity: Pick<ChainIdentity, 'specName' | 'specVersion'>,
  { symbol, decimals, undenominated }: Token,
): Promise<string> {
  if (undenominated !== undefined) throw unavailable('the number of decimals of its token is not known');
  const p = await import('#polkadot');
  const { merkleizeMetadata } = await import('@polkadot-api/merkleize-metadata');
  try {
    // Two decoders read these bytes, this one and @polkadot's: in canonical bytes they cannot see two different things.
    const parsed = new p.Metadata(new p.TypeRegistry(), metadata as `0x${string}`);
    if (parsed.toHex() !== metadata.toLowerCase()) throw new Error('it is not encoded in the canonical way');
    const { specName, specVersion } = identity;
    const options = { decimals, tokenSymbol: symbol, specName, specVersion };
    return p.u8aToHex(merkleizeMetadata(p.hexToU8a(metadata as `0x${string}`), options).digest());
  } catch (cause) {
    throw unavailable(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

const unavailable = (why: string, cause?: unknown) =>
  preconditionError(DIGEST_UNAVAILABLE, `The metadata cannot be committed to: ${why}.`, { cause });
