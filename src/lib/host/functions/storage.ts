/** `ext_storage_*`: the main trie and its transactions. */

import { fromHex, type Hex } from '../scale.js';
import { DEFAULT_CHILD_PREFIX, type StateVersion } from '../state.js';
import type { HostContext, HostFunctions } from './context.js';
import { readInto, removal } from './values.js';

/** `:child_storage:`: keys that hold the roots of child tries. The runtime may read and not write them. */
const CHILD_STORAGE = DEFAULT_CHILD_PREFIX.slice(0, 2 + 2 * ':child_storage:'.length);

const isOfChildren = (key: Hex): boolean => key.startsWith(CHILD_STORAGE);

/** A prefix whose removal would remove roots of child tries. */
const reachesChildren = (prefix: Hex): boolean => isOfChildren(prefix) || CHILD_STORAGE.startsWith(prefix);

/** Where the whole state is not here its root is not known: zeros, as in the headers of such a chain. */
const UNKNOWN_ROOT = new Uint8Array(32);

export function storageFunctions(host: HostContext): HostFunctions {
  const { memory } = host;
  const read = (key: bigint) => host.overlay.read(memory.hex(key));
  const root = (version: StateVersion) => memory.placeFat(host.overlay.root(version) ?? UNKNOWN_ROOT);
  const clearPrefix = (prefix: bigint, limit: number | undefined) => {
    const start = memory.hex(prefix);
    return reachesChildren(start) ? { loops: 0, remain: false } : host.overlay.main.clearPrefix(start, limit);
  };
  return {
    ext_storage_get_version_1: (key: bigint) => memory.placeOption(read(key)),
    ext_storage_read_version_1: (key: bigint, out: bigint, offset: number) =>
      readInto(memory, read(key), out, offset),
    ext_storage_exists_version_1: (key: bigint) => (read(key) === undefined ? 0 : 1),
    ext_storage_set_version_1: (key: bigint, value: bigint) => {
      const name = memory.hex(key);
      if (!isOfChildren(name)) host.overlay.main.set(name, memory.copy(value));
    },
    ext_storage_clear_version_1: (key: bigint) => {
      const name = memory.hex(key);
      if (!isOfChildren(name)) host.overlay.main.delete(name);
    },
    ext_storage_append_version_1: (key: bigint, item: bigint) => {
      const name = memory.hex(key);
      if (!isOfChildren(name)) host.overlay.main.append(name, memory.view(item));
    },
    ext_storage_clear_prefix_version_1: (prefix: bigint) => {
      clearPrefix(prefix, undefined);
    },
    ext_storage_clear_prefix_version_2: (prefix: bigint, limit: bigint) =>
      removal(memory, clearPrefix(prefix, memory.optionU32(limit))),
    ext_storage_next_key_version_1: (key: bigint) => {
      const next = host.overlay.nextKey('0x', memory.hex(key));
      return memory.placeOption(next === undefined ? undefined : fromHex(next));
    },
    ext_storage_root_version_1: () => root(0),
    ext_storage_root_version_2: (version: number) => root(stateVersion(version)),
    // A trie of changes, which no chain has any more: `None`.
    ext_storage_changes_root_version_1: () => memory.placeOption(undefined),
    ext_storage_start_transaction_version_1: () => host.overlay.start(),
    ext_storage_commit_transaction_version_1: () => host.overlay.commit(),
    ext_storage_rollback_transaction_version_1: () => host.overlay.rollback(),
    // No proof is recorded here: the largest number says so (cumulus' `PROOF_RECORDING_DISABLED`).
    ext_storage_proof_size_storage_proof_size_version_1: () => -1n,
  };
}

const EMPTY_ROOT_INPUT = Uint8Array.of(0);

/** `ext_default_child_storage_*`. */
export function childFunctions(host: HostContext): HostFunctions {
  const { memory } = host;
  const child = (name: bigint) => host.overlay.child(memory.hex(name));
  const read = (name: bigint, key: bigint) => child(name).read(memory.hex(key));
  const kill = (name: bigint, limit: number | undefined) => child(name).clearPrefix('0x', limit);
  const root = (name: bigint, version: StateVersion) =>
    memory.placeFat(
      host.overlay.childRoot(memory.hex(name), version) ?? host.crypto.blake2_256(EMPTY_ROOT_INPUT),
    );
  return {
    ext_default_child_storage_get_version_1: (name: bigint, key: bigint) =>
      memory.placeOption(read(name, key)),
    ext_default_child_storage_read_version_1: (name: bigint, key: bigint, out: bigint, offset: number) =>
      readInto(memory, read(name, key), out, offset),
    ext_default_child_storage_exists_version_1: (name: bigint, key: bigint) =>
      read(name, key) === undefined ? 0 : 1,
    ext_default_child_storage_set_version_1: (name: bigint, key: bigint, value: bigint) =>
      child(name).set(memory.hex(key), memory.copy(value)),
    ext_default_child_storage_clear_version_1: (name: bigint, key: bigint) =>
      child(name).delete(memory.hex(key)),
    ext_default_child_storage_next_key_version_1: (name: bigint, key: bigint) => {
      const next = child(name).nextKey('0x', memory.hex(key));
      return memory.placeOption(next === undefined ? undefined : fromHex(next));
    },
    ext_default_child_storage_clear_prefix_version_1: (name: bigint, prefix: bigint) => {
      child(name).clearPrefix(memory.hex(prefix), undefined);
    },
    ext_default_child_storage_clear_prefix_version_2: (name: bigint, prefix: bigint, limit: bigint) =>
      removal(memory, child(name).clearPrefix(memory.hex(prefix), memory.optionU32(limit))),
    ext_default_child_storage_storage_kill_version_1: (name: bigint) => {
      kill(name, undefined);
    },
    ext_default_child_storage_storage_kill_version_2: (name: bigint, limit: bigint) =>
      kill(name, memory.optionU32(limit)).remain ? 0 : 1,
    ext_default_child_storage_storage_kill_version_3: (name: bigint, limit: bigint) =>
      removal(memory, kill(name, memory.optionU32(limit))),
    ext_default_child_storage_root_version_1: (name: bigint) => root(name, 0),
    ext_default_child_storage_root_version_2: (name: bigint, version: number) =>
      root(name, stateVersion(version)),
  };
}

/** @throws Error for a version that is not known */
export function stateVersion(value: number): StateVersion {
  if (value !== 0 && value !== 1) throw new Error(`state version ${value} is not known`);
  return value;
}
