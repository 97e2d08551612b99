/** Hashes and signatures as nodes compute them, on well-kept libraries. */

import { ed25519 } from '@noble/curves/ed25519';
import { secp256k1 } from '@noble/curves/secp256k1';
import createXxhash from 'xxhash-wasm';
import type { Hash } from './trie-node.js';

/** Why no key was recovered: variants of sp-io's `EcdsaVerifyError`. */
export type RecoveryError = 'BadRS' | 'BadV' | 'BadSignature';

/** Whether r and s that are not below the group's order are refused, or reduced as the first versions did it. */
export type ScalarRule = 'strict' | 'overflowing';

export interface HostCrypto {
  /** @param size of the hash in bytes: 16 or 32 */
  blake2(bytes: Uint8Array, size: number): Uint8Array;
  readonly blake2_256: Hash;
  readonly keccak256: Hash;
  readonly keccak512: Hash;
  readonly sha256: Hash;
  /** xxHash64 with the seeds 0, 1, …, little-endian. @param words 64-bit words of the hash */
  twox(bytes: Uint8Array, words: number): Uint8Array;
  sr25519(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean;
  /** By the rules of ZIP-215, as nodes verify. */
  ed25519(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean;
  /** @param signature r, s and a recovery id from 0 to 3 @param hash 32 bytes @returns the compressed key, 33 bytes */
  recover(signature: Uint8Array, hash: Uint8Array, rule: ScalarRule): Uint8Array | RecoveryError;
  /** 64 bytes: both coordinates of a compressed key. */
  uncompressed(key: Uint8Array): Uint8Array;
}

const NO_KEY = new Uint8Array(0);
const ORDER = secp256k1.CURVE.n;

let loaded: Promise<HostCrypto> | undefined;

/** Loads the libraries once in a process. */
export function hostCrypto(): Promise<HostCrypto> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<HostCrypto> {
  const wasm = await import('#polkadot');
  const [{ h64Raw }] = await Promise.all([createXxhash(), wasm.cryptoWaitReady()]);
  const blake2 = (bytes: Uint8Array, size: number) => wasm.blake2b(bytes, NO_KEY, size);
  return {
    blake2,
    blake2_256: (bytes) => blake2(bytes, 32),
    keccak256: wasm.keccak256,
    keccak512: wasm.keccak512,
    sha256: wasm.sha256,
    twox: (bytes, words) => {
      const hash = Buffer.alloc(8 * words);
      for (let i = 0; i < words; i += 1) hash.writeBigUInt64LE(h64Raw(bytes, BigInt(i)), 8 * i);
      return hash;
    },
    sr25519: (signature, message, key) => wasm.wasmSr25519Verify(signature, message, key),
    ed25519: verifyEd25519,
    recover,
    uncompressed: (key) => secp256k1.ProjectivePoint.fromHex(key).toRawBytes(false).subarray(1),
  };
}

function verifyEd25519(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, message, key, { zip215: true });
  } catch {
    // A key or a signature that is no point.
    return false;
  }
}

function recover(signature: Uint8Array, hash: Uint8Array, rule: ScalarRule): Uint8Array | RecoveryError {
  const id = signature[64] as number;
  if (id > 3) return 'BadV';
  const scalar = (from: number): bigint =>
    BigInt(`0x${Buffer.from(signature.subarray(from, from + 32)).toString('hex')}`);
  let [r, s] = [scalar(0), scalar(32)];
  if (rule === 'overflowing') [r, s] = [r % ORDER, s % ORDER];
  if (r >= ORDER || s >= ORDER) return 'BadRS';
  try {
    return new secp256k1.Signature(r, s).addRecoveryBit(id).recoverPublicKey(hash).toRawBytes(true);
  } catch {
    // Zero, or an r that is no coordinate of a point.
    return 'BadSignature';
  }
}
