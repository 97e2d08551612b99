import { Keyring } from '@polkadot/keyring';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { BursarError } from '../../../src/lib/errors.js';
import { accountIdOf, KEY_TYPES, newMnemonic, pairFromSecret, wipe } from '../../../src/lib/keys/pairs.js';
import { encodeSs58 } from '../../../src/lib/keys/ss58.js';
import { failure, MNEMONIC, SEED } from './support.js';

beforeAll(async () => void (await cryptoWaitReady()));

describe.each(KEY_TYPES)('%s', (type) => {
  const keyring = () => new Keyring({ type, ss58Format: 42 });
  const addressOf = async (secret: string, kind: 'mnemonic' | 'seed' | 'uri' | 'any' = 'any') => {
    const { pair } = await pairFromSecret(secret, kind, type);
    return encodeSs58(await accountIdOf(type, pair.publicKey), 42);
  };

  it('derives what polkadot-js derives', async () => {
    const uris = [
      MNEMONIC,
      SEED,
      '//Alice',
      `${MNEMONIC}//hard//0//65536`,
      `${MNEMONIC}///a password / with slashes`,
      `${SEED}//stash`,
      ...(type === 'sr25519' ? [`${MNEMONIC}/soft/7//hard///päss`, `${SEED}/soft`] : []),
    ];
    for (const uri of uris) expect(await addressOf(uri), uri).toBe(keyring().addFromUri(uri).address);
    expect(await addressOf(MNEMONIC, 'mnemonic')).toBe(keyring().addFromMnemonic(MNEMONIC).address);
    expect(await addressOf(SEED.slice(2).toUpperCase(), 'seed')).toBe(keyring().addFromUri(SEED).address);
    expect(await addressOf(`  ${MNEMONIC.replaceAll(' ', ' \n\t')}\r\n`)).toBe(await addressOf(MNEMONIC));
  });

  it('knows the development keys', async () => {
    expect((await pairFromSecret('//Alice', 'uri', type)).development).toBe(true);
    expect((await pairFromSecret(MNEMONIC, 'mnemonic', type)).development).toBe(false);
  });

  it('wipes the secret key', async () => {
    const { pair } = await pairFromSecret(SEED, 'seed', type);
    wipe(pair);
    expect(pair.secretKey.every((byte) => byte === 0)).toBe(true);
  });
});

describe('secrets that are wrong', () => {
  const kinds = ['mnemonic', 'seed', 'uri', 'any'] as const;

  it.each([
    ['', 'any'],
    ['Alice', 'any'],
    ['Alice//stash', 'uri'],
    [MNEMONIC.replace('winner', 'loser'), 'mnemonic'],
    [MNEMONIC.split(' ').slice(1).join(' '), 'any'],
    [MNEMONIC.split(' ').reverse().join(' '), 'mnemonic'],
    [SEED.slice(0, -2), 'seed'],
    [`${SEED}00`, 'seed'],
    [SEED.replace('c', 'g'), 'seed'],
    [SEED, 'mnemonic'],
    [MNEMONIC, 'seed'],
    [`${MNEMONIC}//`, 'uri'],
  ] as const)('case %#', async (secret, kind) => {
    await failure(pairFromSecret(secret, kind, 'sr25519'), 2, 'KEY_SECRET');
  });

  it('refuses soft derivation where the scheme has none', async () => {
    await failure(pairFromSecret(`${SEED}/soft`, 'uri', 'ed25519'), 2, 'KEY_SECRET');
    await failure(pairFromSecret(`${SEED}/soft`, 'uri', 'ecdsa'), 2, 'KEY_SECRET');
  });

  it('never repeats any of it', async () => {
    const texts = fc.oneof(
      fc.string({ minLength: 9, unit: 'binary' }),
      fc.string({ minLength: 9 }).map((text) => `0x${text}`),
      fc.string({ minLength: 9 }).map((text) => `${MNEMONIC}//${text}`),
      fc
        .tuple(fc.nat(MNEMONIC.length), fc.string({ minLength: 3 }))
        .map(([at, text]) => MNEMONIC.slice(0, at) + text),
    );
    await fc.assert(
      fc.asyncProperty(
        texts,
        fc.constantFrom(...kinds),
        fc.constantFrom(...KEY_TYPES),
        async (text, kind, type) => {
          try {
            await pairFromSecret(text, kind, type);
          } catch (error) {
            expect(error).toBeInstanceOf(BursarError);
            const { exit, code, message, hint, cause } = error as BursarError;
            expect([exit, code, cause]).toEqual([2, 'KEY_SECRET', undefined]);
            const said = `${message} ${hint}`;
            expect(said).not.toContain(MNEMONIC.slice(0, 12));
            if (text.trim().length > 12) expect(said).not.toContain(text.trim());
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('newMnemonic', () => {
  it('has the asked number of words, makes a key, and is never the same', async () => {
    for (const words of [12, 24] as const) {
      const made = await Promise.all(Array.from({ length: 5 }, () => newMnemonic(words)));
      expect(new Set(made).size).toBe(5);
      for (const mnemonic of made) {
        expect(mnemonic.split(' ')).toHaveLength(words);
        expect((await pairFromSecret(mnemonic, 'mnemonic', 'sr25519')).development).toBe(false);
      }
    }
  });
});
