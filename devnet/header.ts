/** Block 0 and its header: what a chain is known by, apart from how its genesis is made. */

import {
  encodeHeader,
  type Header,
  type Hex,
  hostCrypto,
  type StateVersion,
  TrieState,
  toHex,
  ZERO_HASH,
} from '../src/lib/host/index.js';
import type { NamedAccount } from './accounts.js';

/** Storage key of the runtime's code: `:code`. */
export const CODE_KEY: Hex = '0x3a636f6465';

/** Merkle root of a trie without entries. */
export const EMPTY_ROOT: Hex = '0x03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314';

export interface Genesis {
  readonly hash: Hex;
  readonly header: Header;
  readonly state: TrieState;
  readonly accounts: readonly NamedAccount[];
  /** Names the blob and the preset's configuration. */
  readonly key: string;
  /** Whether it was read from the cache. */
  readonly cached: boolean;
}

export interface Blob {
  readonly wasm: Uint8Array;
  /** sha256 of the decompressed blob. */
  readonly digest: string;
}

/** Keys and values of a state, sorted by key. */
export type Entries = readonly (readonly [Hex, Uint8Array])[];

/** blake2-256. */
export async function blake2(bytes: Uint8Array): Promise<Hex> {
  return toHex((await hostCrypto()).blake2_256(bytes));
}

export const headerHash = (header: Header): Promise<Hex> => blake2(encodeHeader(header));

/** A state in memory. @param version how its values are held: the runtime says it */
export async function stateOf(entries: Entries, version: StateVersion): Promise<TrieState> {
  return TrieState.of(entries, version, (await hostCrypto()).blake2_256);
}

/** The header of block 0 over a state. */
export async function genesisHeader(state: TrieState): Promise<{ header: Header; hash: Hex }> {
  const header: Header = {
    parentHash: ZERO_HASH,
    number: 0,
    stateRoot: toHex(state.root()),
    extrinsicsRoot: EMPTY_ROOT,
    digest: [],
  };
  return { header, hash: await headerHash(header) };
}
