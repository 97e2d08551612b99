/** A key that is open for signing. */

import { preconditionError } from '../errors.js';
import { openKeyFile } from './format.js';
import type { Keystore } from './keystore.js';
import { accountIdOf, type KeyPair, type KeyType, signRaw, wipe } from './pairs.js';
import { encodeSs58, GENERIC_PREFIX } from './ss58.js';

export interface SigningKey {
  readonly name: string;
  /** SS58, prefix 42. */
  readonly address: string;
  /** 32 bytes; 33 (compressed) for ecdsa. */
  readonly publicKey: Uint8Array;
  readonly type: KeyType;
  /**
   * The `MultiSignature` of an extrinsic's payload: the scheme's byte, then 64 bytes of signature (65 for ecdsa).
   * As Substrate does, a payload of more than 256 bytes is hashed (blake2b-256) first.
   * @throws precondition KEY_LOCKED
   */
  sign(payload: Uint8Array): Promise<Uint8Array>;
  /** Wipes the secret; the key cannot sign any more. */
  lock(): void;
}

/** `MultiSignature`'s variants in their order in sp_runtime. */
const VARIANT: Record<KeyType, number> = { ed25519: 0, sr25519: 1, ecdsa: 2 };
/** Above this length `SignedPayload::using_encoded` hashes. */
const MAX_PLAIN_PAYLOAD = 256;

/**
 * Opens a key. The caller locks it when it has signed.
 * @throws precondition KEY_PASSPHRASE; usage KEYSTORE
 */
export async function unlock(keystore: Keystore, passphrase: Uint8Array): Promise<SigningKey> {
  return await signingKey(keystore.name, await openKeyFile(keystore.content, passphrase, keystore.name));
}

/** A signing key of a pair that is in memory; the key owns the pair and wipes it when it is locked. */
export async function signingKey(name: string, pair: KeyPair): Promise<SigningKey> {
  const accountId = await accountIdOf(pair.type, pair.publicKey);
  return new PairKey(name, encodeSs58(accountId, GENERIC_PREFIX), pair);
}

/** The secret is in a private field: printing, inspecting or serialising the key does not show it. */
class PairKey implements SigningKey {
  readonly publicKey: Uint8Array;
  readonly type: KeyType;
  #pair: KeyPair | undefined;

  constructor(
    readonly name: string,
    readonly address: string,
    pair: KeyPair,
  ) {
    this.#pair = pair;
    this.publicKey = pair.publicKey;
    this.type = pair.type;
  }

  async sign(payload: Uint8Array): Promise<Uint8Array> {
    const p = await import('#polkadot');
    const pair = this.#pair;
    if (pair === undefined) {
      throw preconditionError('KEY_LOCKED', `Key ${this.name} is locked.`, {
        hint: 'Unlock it with its passphrase.',
      });
    }
    const message = payload.length > MAX_PLAIN_PAYLOAD ? p.blake2AsU8a(payload, 256) : payload;
    return Uint8Array.from([VARIANT[pair.type], ...signRaw(p, message, pair)]);
  }

  lock(): void {
    if (this.#pair !== undefined) wipe(this.#pair);
    this.#pair = undefined;
  }
}
