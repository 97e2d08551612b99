/** The heap, logging and panics, what is printed, and what only a node's off-chain workers and keystore can do. */

import { type HostContext, type HostFunctions, LOG_LEVELS } from './context.js';

export function heapFunctions({ memory }: HostContext): HostFunctions {
  return {
    ext_allocator_malloc_version_1: (size: number) => memory.allocator.allocate(size >>> 0),
    ext_allocator_free_version_1: (pointer: number) => memory.allocator.free(pointer >>> 0),
  };
}

export function loggingFunctions(host: HostContext): HostFunctions {
  const { memory } = host;
  return {
    ext_logging_log_version_1: (level: number, target: bigint, message: bigint) =>
      host.log(LOG_LEVELS[level] ?? 'trace', `${memory.text(target)}: ${memory.text(message)}`),
    // Nothing below an error is asked for; errors are written whatever this says.
    ext_logging_max_level_version_1: () => 0,
    ext_panic_handler_abort_on_panic_version_1: (message: bigint) => {
      throw new Error(memory.text(message));
    },
    ext_misc_print_num_version_1: (value: bigint) => host.log('debug', String(value)),
    ext_misc_print_utf8_version_1: (text: bigint) => host.log('debug', memory.text(text)),
    ext_misc_print_hex_version_1: (bytes: bigint) => host.log('debug', memory.hex(bytes)),
    ext_misc_runtime_version_version_1: (code: bigint) =>
      memory.placeOption(host.versionOf(memory.copy(code))),
  };
}

/** Of a worker beside the chain, or of a key that a node holds: no block and no dry run may call them. */
const NOT_HERE: Readonly<Record<string, readonly string[]>> = {
  'an off-chain worker': [
    'ext_offchain_is_validator_version_1',
    'ext_offchain_local_storage_clear_version_1',
    'ext_offchain_local_storage_compare_and_set_version_1',
    'ext_offchain_local_storage_get_version_1',
    'ext_offchain_local_storage_set_version_1',
    'ext_offchain_network_state_version_1',
    'ext_offchain_random_seed_version_1',
    'ext_offchain_sleep_until_version_1',
    'ext_offchain_submit_transaction_version_1',
    'ext_offchain_timestamp_version_1',
  ],
  'a keystore': [
    'ext_crypto_ecdsa_generate_version_1',
    'ext_crypto_ecdsa_public_keys_version_1',
    'ext_crypto_ecdsa_sign_version_1',
    'ext_crypto_ed25519_generate_version_1',
    'ext_crypto_ed25519_public_keys_version_1',
    'ext_crypto_ed25519_sign_version_1',
    'ext_crypto_sr25519_generate_version_1',
    'ext_crypto_sr25519_public_keys_version_1',
    'ext_crypto_sr25519_sign_version_1',
  ],
};

export function offchainFunctions(): HostFunctions {
  const refused = Object.entries(NOT_HERE).flatMap(([need, names]) =>
    names.map((name) => [
      name,
      () => {
        throw new Error(`${name} needs ${need}, which is not here`);
      },
    ]),
  );
  return {
    ...Object.fromEntries(refused),
    // A block may write to the off-chain index; nobody reads it here.
    ext_offchain_index_set_version_1: () => {},
    ext_offchain_index_clear_version_1: () => {},
  };
}
