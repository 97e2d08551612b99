/** `ext_crypto_*`: verification and recovery. There is no keystore here. */

import type { RecoveryError, ScalarRule } from '../crypto.js';
import { concat } from '../scale.js';
import type { HostContext, HostFunctions } from './context.js';

/** Variants of sp-io's `EcdsaVerifyError`. */
const RECOVERY_ERRORS: readonly RecoveryError[] = ['BadRS', 'BadV', 'BadSignature'];

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** Verification of one signature; @returns whether it is good. Sizes in bytes. */
type Verify = (signature: number, message: bigint, key: number) => boolean;

function verifiers(
  host: HostContext,
): Readonly<Record<'sr25519' | 'ed25519', Verify>> &
  Readonly<Record<'ecdsa' | 'prehashed', (rule: ScalarRule) => Verify>> {
  const { memory, crypto } = host;
  const ecdsa = (rule: ScalarRule, signature: number, hash: Uint8Array, key: number): boolean => {
    const found = crypto.recover(memory.at(signature, 65), hash, rule);
    return typeof found !== 'string' && sameBytes(found, memory.at(key, 33));
  };
  return {
    sr25519: (signature, message, key) =>
      crypto.sr25519(memory.at(signature, 64), memory.view(message), memory.at(key, 32)),
    ed25519: (signature, message, key) =>
      crypto.ed25519(memory.at(signature, 64), memory.view(message), memory.at(key, 32)),
    ecdsa: (rule) => (signature, message, key) =>
      ecdsa(rule, signature, crypto.blake2_256(memory.view(message)), key),
    // The message is a pointer to 32 bytes here.
    prehashed: (rule) => (signature, message, key) =>
      ecdsa(rule, signature, memory.at(Number(message), 32), key),
  };
}

export function signatureFunctions(host: HostContext): HostFunctions {
  const { sr25519, ed25519, ecdsa, prehashed } = verifiers(host);
  const verified = (verify: Verify) => (signature: number, message: bigint, key: number) =>
    host.mockSignatures || verify(signature, message, key) ? 1 : 0;
  /** In a batch the verdict waits for its end; without one it is given at once. */
  const batched = (verify: Verify) => (signature: number, message: bigint, key: number) => {
    const isGood = host.mockSignatures || verify(signature, message, key);
    if (host.batch === undefined) return isGood ? 1 : 0;
    host.batch.push(isGood);
    return 1;
  };
  return {
    ext_crypto_sr25519_verify_version_1: verified(sr25519),
    ext_crypto_sr25519_verify_version_2: verified(sr25519),
    ext_crypto_ed25519_verify_version_1: verified(ed25519),
    ext_crypto_ecdsa_verify_version_1: verified(ecdsa('overflowing')),
    ext_crypto_ecdsa_verify_version_2: verified(ecdsa('strict')),
    ext_crypto_ecdsa_verify_prehashed_version_1: verified(prehashed('strict')),
    ext_crypto_sr25519_batch_verify_version_1: batched(sr25519),
    ext_crypto_ed25519_batch_verify_version_1: batched(ed25519),
    ext_crypto_ecdsa_batch_verify_version_1: batched(ecdsa('strict')),
    ext_crypto_start_batch_verify_version_1: () => {
      if (host.batch !== undefined) throw new Error('a batch of signatures is open already');
      host.batch = [];
    },
    ext_crypto_finish_batch_verify_version_1: () => {
      const { batch } = host;
      if (batch === undefined) throw new Error('no batch of signatures is open');
      host.batch = undefined;
      return batch.every(Boolean) ? 1 : 0;
    },
    ...recoveryFunctions(host),
  };
}

function recoveryFunctions({ memory, crypto }: HostContext): HostFunctions {
  const recovered = (rule: ScalarRule, form: (key: Uint8Array) => Uint8Array) => {
    return (signature: number, hash: number): bigint => {
      const bytes = Uint8Array.from(memory.at(signature, 65));
      // Ethereum's ids are 27 and 28.
      if ((bytes[64] as number) > 26) bytes[64] = (bytes[64] as number) - 27;
      const key = crypto.recover(bytes, memory.at(hash, 32), rule);
      return memory.placeFat(
        typeof key === 'string'
          ? Uint8Array.of(1, RECOVERY_ERRORS.indexOf(key))
          : concat(Uint8Array.of(0), form(key)),
      );
    };
  };
  const compressed = (key: Uint8Array) => key;
  return {
    ext_crypto_secp256k1_ecdsa_recover_version_1: recovered('overflowing', crypto.uncompressed),
    ext_crypto_secp256k1_ecdsa_recover_version_2: recovered('strict', crypto.uncompressed),
    ext_crypto_secp256k1_ecdsa_recover_compressed_version_1: recovered('overflowing', compressed),
    ext_crypto_secp256k1_ecdsa_recover_compressed_version_2: recovered('strict', compressed),
  };
}
