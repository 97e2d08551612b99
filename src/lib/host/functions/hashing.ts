/** `ext_hashing_*` and `ext_trie_*`. */

import { type Hex, Reader, toHex } from '../scale.js';
import type { StateVersion } from '../state.js';
import { orderedRoot, Trie } from '../trie.js';
import type { Hash } from '../trie-node.js';
import type { HostContext, HostFunctions } from './context.js';
import { stateVersion } from './storage.js';

export function hashingFunctions({ memory, crypto }: HostContext): HostFunctions {
  const of = (hash: Hash) => (data: bigint) => memory.place(hash(memory.view(data)));
  return {
    ext_hashing_blake2_128_version_1: of((bytes) => crypto.blake2(bytes, 16)),
    ext_hashing_blake2_256_version_1: of(crypto.blake2_256),
    ext_hashing_keccak_256_version_1: of(crypto.keccak256),
    ext_hashing_keccak_512_version_1: of(crypto.keccak512),
    ext_hashing_sha2_256_version_1: of(crypto.sha256),
    ext_hashing_twox_64_version_1: of((bytes) => crypto.twox(bytes, 1)),
    ext_hashing_twox_128_version_1: of((bytes) => crypto.twox(bytes, 2)),
    ext_hashing_twox_256_version_1: of((bytes) => crypto.twox(bytes, 4)),
  };
}

/** Roots of tries that the runtime has as a list. */
export function trieFunctions({ memory, crypto }: HostContext): HostFunctions {
  const root = (hash: Hash, data: bigint, version: StateVersion) =>
    memory.place(
      Trie.empty(hash)
        .with(pairs(memory.copy(data)), version)
        .root(),
    );
  const ordered = (hash: Hash, data: bigint, version: StateVersion) =>
    memory.place(orderedRoot(list(memory.copy(data)), version, hash));
  const { blake2_256, keccak256 } = crypto;
  return {
    ext_trie_blake2_256_root_version_1: (data: bigint) => root(blake2_256, data, 0),
    ext_trie_blake2_256_root_version_2: (data: bigint, version: number) =>
      root(blake2_256, data, stateVersion(version)),
    ext_trie_blake2_256_ordered_root_version_1: (data: bigint) => ordered(blake2_256, data, 0),
    ext_trie_blake2_256_ordered_root_version_2: (data: bigint, version: number) =>
      ordered(blake2_256, data, stateVersion(version)),
    ext_trie_keccak_256_root_version_1: (data: bigint) => root(keccak256, data, 0),
    ext_trie_keccak_256_root_version_2: (data: bigint, version: number) =>
      root(keccak256, data, stateVersion(version)),
    ext_trie_keccak_256_ordered_root_version_1: (data: bigint) => ordered(keccak256, data, 0),
    ext_trie_keccak_256_ordered_root_version_2: (data: bigint, version: number) =>
      ordered(keccak256, data, stateVersion(version)),
  };
}

/** `Vec<Vec<u8>>` */
function list(bytes: Uint8Array): Uint8Array[] {
  const reader = new Reader(bytes);
  return Array.from({ length: Number(reader.compact()) }, () => reader.byteVector());
}

/** `Vec<(Vec<u8>, Vec<u8>)>` */
function pairs(bytes: Uint8Array): [Hex, Uint8Array][] {
  const reader = new Reader(bytes);
  return Array.from({ length: Number(reader.compact()) }, () => [
    toHex(reader.byteVector()),
    reader.byteVector(),
  ]);
}
