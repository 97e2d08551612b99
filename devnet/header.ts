/** Block 0 and its header: what a chain is known by, apart from how its genesis is made. */

import type { NamedAccount } from './accounts.js';
import { compact, concat, fromHex, type Hex, toHex } from './bytes.js';
import { trieRoot } from './executor.js';
import type { BaseState } from './state.js';

/** Storage key of the runtime's code: `:code`. */
export const CODE_KEY: Hex = '0x3a636f6465';

/** Merkle root of a trie without entries. */
export const EMPTY_ROOT: Hex = '0x03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314';

export interface Genesis {
  readonly hash: Hex;
  /** SCALE-encoded header. */
  readonly header: Hex;
  readonly state: BaseState;
  readonly accounts: readonly NamedAccount[];
  /** Names the blob and the preset's configuration. */
  readonly key: string;
  /** Whether it was read from the cache. */
  readonly cached: boolean;
}

export interface Blob {
  readonly wasm: Hex;
  /** sha256 of the decompressed blob. */
  readonly digest: string;
}

/** SCALE bytes of a header without digest items unless `digest` (encoded with its length) is given. */
export function encodeHeader(
  parent: Hex,
  number: number,
  stateRoot: Hex,
  extrinsicsRoot: Hex,
  digest?: Uint8Array,
): Uint8Array {
  return concat(
    fromHex(parent),
    compact(number),
    fromHex(stateRoot),
    fromHex(extrinsicsRoot),
    digest ?? Uint8Array.of(0),
  );
}

/** blake2-256. */
export async function blake2(bytes: Uint8Array): Promise<Hex> {
  const { blake2AsU8a } = await import('@polkadot/util-crypto');
  return toHex(blake2AsU8a(bytes, 256));
}

/** The hash before the first. */
export const ZERO: Hex = `0x${'00'.repeat(32)}`;

/** The header of block 0 over a state. */
export async function genesisHeader(
  state: Iterable<readonly [Hex, Hex]>,
): Promise<{ header: Hex; hash: Hex }> {
  const header = encodeHeader(ZERO, 0, await trieRoot([...state]), EMPTY_ROOT);
  return { header: toHex(header), hash: await blake2(header) };
}
