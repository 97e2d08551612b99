import { Keyring } from '@polkadot/keyring';
import { cryptoWaitReady, signatureVerify } from '@polkadot/util-crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { BursarError } from '../../../src/lib/errors.js';
import {
  accountIdOf,
  KEY_TYPES,
  newMnemonic,
  pairFromSecret,
  signRaw,
  wipe,
} from '../../../src/lib/keys/pairs.js';
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

  it('signs as its public key says, whatever the key was made of', async () => {
    const p = await import('#polkadot');
    for (const secret of [
      MNEMONIC,
      SEED,
      `${MNEMONIC}//hard`,
      `${SEED}//hard`,
      '//Alice',
      `${MNEMONIC}///pw`,
    ]) {
      const { pair } = await pairFromSecret(secret, 'any', type);
      const message = Uint8Array.from([1, 2, 3]);
      const address = keyring().addFromUri(secret).address;
      expect(signatureVerify(message, signRaw(p, message, pair), address).isValid, secret).toBe(true);
    }
  });

  it('takes a URI as every wallet does: white space is a part of junctions and password', async () => {
    const text = fc.oneof(
      fc.string({ minLength: 1, maxLength: 8 }),
      fc.string({ minLength: 1, maxLength: 5, unit: 'binary' }),
      fc
        .array(
          fc.constantFrom(' ', '  ', '\t', 'two', 'é', 'e\u0301', '\u00a0', '\u3000', '\ufeff', 'ﬁ', '7'),
          {
            minLength: 1,
            maxLength: 6,
          },
        )
        .map((parts) => parts.join('')),
    );
    const junction = fc
      .tuple(type === 'sr25519' ? fc.constantFrom('/', '//') : fc.constant('//'), text)
      .map(([slash, code]) => slash + code.replaceAll('/', ''))
      .filter((part) => !/^\/+$/.test(part));
    const uris = fc
      .tuple(
        fc.constantFrom(MNEMONIC, SEED, ''),
        fc.array(junction, { maxLength: 3 }),
        fc.option(text, { nil: undefined }),
      )
      .map(
        ([phrase, path, password]) =>
          phrase + path.join('') + (password === undefined ? '' : `///${password}`),
      )
      .filter((uri) => uri.startsWith('//') || !uri.startsWith('/'))
      .filter((uri) => uri !== '' && !/[\r\n]/.test(uri));
    await fc.assert(
      fc.asyncProperty(uris, async (uri) => {
        let expected: string | undefined;
        try {
          expected = keyring().createFromUri(uri).address;
        } catch {
          // What no wallet takes is refused here too.
        }
        if (expected === undefined) await failure(pairFromSecret(uri, 'uri', type), 2, 'KEY_SECRET');
        else expect(await addressOf(uri, 'uri')).toBe(expected);
      }),
      { numRuns: 150 },
    );
  });

  it('normalises the white space of the phrase alone', async () => {
    const spaced = `\n  ${MNEMONIC.replaceAll(' ', ' \n\t')} `;
    for (const rest of ['//two  words', '///two  spaces', '//a b///\tpass  word ', '///']) {
      const expected = keyring().addFromUri(MNEMONIC + rest).address;
      expect(await addressOf(spaced + rest), rest).toBe(expected);
    }
    // Lines in a path or a password came with the file: no wallet can be given them.
    for (const rest of ['//hard\n', '///pass\nword', '///pw\r', '//a\n//b'])
      await failure(pairFromSecret(MNEMONIC + rest, 'uri', type), 2, 'KEY_SECRET');
  });

  it('says when a password changes nothing', async () => {
    const ignored = async (uri: string) => (await pairFromSecret(uri, 'any', type)).passwordIgnored;
    expect(await ignored(`${SEED}///pw`)).toBe(true);
    expect(await ignored(`${SEED}//stash/// `)).toBe(true);
    expect(await addressOf(`${SEED}///pw`)).toBe(await addressOf(SEED));
    for (const uri of [SEED, `${SEED}//stash`, `${SEED}///`, `${MNEMONIC}///pw`, '//Alice///pw'])
      expect(await ignored(uri), uri).toBe(false);
  });

  it('knows the development keys', async () => {
    for (const uri of ['//Alice///', '///', `${' '}//Bob`])
      expect((await pairFromSecret(uri, 'uri', type)).development, uri).toBe(true);
    expect((await pairFromSecret('//Alice///pw', 'uri', type)).development).toBe(false);
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
