import { inspect } from 'node:util';
import { blake2AsU8a, signatureVerify } from '@polkadot/util-crypto';
import { describe, expect, it } from 'vitest';
import { loadKey, saveKey } from '../../../src/lib/keys/keystore.js';
import { KEY_TYPES, pairFromSecret } from '../../../src/lib/keys/pairs.js';
import { unlock } from '../../../src/lib/keys/signer.js';
import { toJson } from '../../../src/lib/plain.js';
import { bytes, CHEAP, failure, PASSPHRASE, SEED, scratch } from './support.js';

const VARIANT = { ed25519: 0, sr25519: 1, ecdsa: 2 };

describe.each(KEY_TYPES)('a signing key of type %s', (type) => {
  const keysDir = `${scratch()}/keys`;
  const opened = (async () => {
    const { pair } = await pairFromSecret(SEED, 'seed', type);
    const secret = Buffer.from(pair.secretKey).toString('hex');
    const entry = await saveKey(keysDir, 'signer', pair, bytes(PASSPHRASE), { cost: CHEAP });
    return { entry, secret, key: await unlock(await loadKey(keysDir, 'signer'), bytes(PASSPHRASE)) };
  })();

  it('is the key that was saved', async () => {
    const { key, entry } = await opened;
    expect([key.name, key.type, key.address]).toEqual(['signer', type, entry.address]);
    const accountId = type === 'ecdsa' ? blake2AsU8a(key.publicKey) : key.publicKey;
    expect(entry.accountId).toBe(`0x${Buffer.from(accountId).toString('hex')}`);
    expect(key.publicKey).toHaveLength(type === 'ecdsa' ? 33 : 32);
  });

  it.each([0, 1, 255, 256, 257, 5000])(
    'signs a payload of %i bytes as the chain verifies it',
    async (size) => {
      const { key } = await opened;
      const payload = Uint8Array.from({ length: size }, (_, at) => at % 251);
      const signature = await key.sign(payload);
      expect(signature[0]).toBe(VARIANT[type]);
      expect(signature).toHaveLength(type === 'ecdsa' ? 66 : 65);
      const signed = size > 256 ? blake2AsU8a(payload) : payload;
      expect(signatureVerify(signed, signature, key.address)).toMatchObject({ isValid: true, crypto: type });
      const other = Uint8Array.from([...signed, 1]);
      expect(signatureVerify(other, signature, key.address).isValid).toBe(false);
    },
  );

  it('does not show its secret to whoever prints it', async () => {
    const { key, secret } = await opened;
    const shown = `${inspect(key, { depth: 9, showHidden: true })} ${toJson(key)} ${String(key)}`;
    expect(shown).not.toContain(secret.slice(0, 32));
    expect(shown).not.toContain(SEED.slice(2, 34));
    expect(shown).not.toContain('secretKey');
  });

  it('cannot sign once it is locked', async () => {
    const key = await unlock(await loadKey(keysDir, 'signer'), bytes(PASSPHRASE));
    key.lock();
    key.lock();
    await failure(key.sign(new Uint8Array(3)), 4, 'KEY_LOCKED');
  });
});
