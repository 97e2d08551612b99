import { Keyring } from '@polkadot/keyring';
import type { KeyringPair$Json } from '@polkadot/keyring/types';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { BursarError } from '../../../src/lib/errors.js';
import { type KeyFile, openKeyFile, parseKeyFile, sealKeyFile } from '../../../src/lib/keys/format.js';
import { KEY_TYPES, type KeyPair, pairFromSecret } from '../../../src/lib/keys/pairs.js';
import { bytes, CHEAP, failure, MNEMONIC, PASSPHRASE, SEED } from './support.js';

beforeAll(async () => void (await cryptoWaitReady()));

const sealed = async (type: (typeof KEY_TYPES)[number]): Promise<{ pair: KeyPair; text: string }> => {
  const { pair } = await pairFromSecret(`${MNEMONIC}//seal`, 'uri', type);
  const meta = { name: 'seal', genesisHash: `0x${'ab'.repeat(32)}`, whenCreated: 1_700_000_000_000 };
  return { pair, text: await sealKeyFile(pair, bytes(PASSPHRASE), meta, CHEAP) };
};

describe.each(KEY_TYPES)('a key file of type %s', (type) => {
  it('is opened by polkadot-js', async () => {
    const { pair, text } = await sealed(type);
    const other = new Keyring({ type: 'sr25519' }).addFromJson(JSON.parse(text));
    expect([other.type, other.isLocked]).toEqual([type, true]);
    expect(other.meta).toMatchObject({ name: 'seal', whenCreated: 1_700_000_000_000 });
    other.unlock(PASSPHRASE);
    expect(other.publicKey).toEqual(pair.publicKey);
    expect(other.verify('x', other.sign('x'), pair.publicKey)).toBe(true);
  });

  it('of polkadot-js is opened', async () => {
    const uri = `${MNEMONIC}//theirs`;
    const theirs = new Keyring({ type, ss58Format: 2 }).addFromUri(uri, { name: 'Thëirs', whenCreated: 5 });
    const file = await parseKeyFile(bytes(JSON.stringify(theirs.toJson(PASSPHRASE))));
    expect(file).toMatchObject({ type, meta: { name: 'Thëirs', whenCreated: 5 } });
    expect(file.accountId).toEqual(theirs.addressRaw);
    const pair = await openKeyFile(file, bytes(PASSPHRASE), 'theirs');
    const { pair: expected } = await pairFromSecret(uri, 'uri', type);
    expect(pair).toEqual(expected);
  });

  it('does not open with another passphrase, and not when a byte was changed', async () => {
    const { text } = await sealed(type);
    const file = await parseKeyFile(bytes(text));
    await failure(openKeyFile(file, bytes(`${PASSPHRASE} `), 'seal'), 4, 'KEY_PASSPHRASE');
    const damaged = Uint8Array.from(file.encrypted);
    damaged[damaged.length - 3]! ^= 1;
    await failure(
      openKeyFile({ ...file, encrypted: damaged }, bytes(PASSPHRASE), 'seal'),
      4,
      'KEY_PASSPHRASE',
    );
  });

  it('does not open as the key of another address', async () => {
    const { text } = await sealed(type);
    const file = await parseKeyFile(bytes(text));
    await failure(
      openKeyFile({ ...file, accountId: new Uint8Array(32) }, bytes(PASSPHRASE), 'seal'),
      2,
      'KEYSTORE',
    );
  });

  it('whose halves do not belong together is refused', async () => {
    const { pair } = await sealed(type);
    const { pair: other } = await pairFromSecret(SEED, 'seed', type);
    const text = await sealKeyFile({ ...pair, publicKey: other.publicKey }, bytes(PASSPHRASE), {}, CHEAP);
    await failure(openKeyFile(await parseKeyFile(bytes(text)), bytes(PASSPHRASE), 'mixed'), 2, 'KEYSTORE');
  });
});

describe('files that are no key files', () => {
  const parse = (value: unknown): Promise<KeyFile> =>
    parseKeyFile(bytes(typeof value === 'string' ? value : JSON.stringify(value)));
  const good = async (): Promise<KeyringPair$Json> => JSON.parse((await sealed('sr25519')).text);

  it('are refused with what is wrong', async () => {
    const json = await good();
    const encoding = json.encoding;
    const cases: [unknown, RegExp][] = [
      ['', /not JSON/],
      [MNEMONIC, /not JSON/],
      [[], /not a JSON object/],
      [null, /not a JSON object/],
      [{}, /no "encoding"/],
      [{ ...json, accounts: [] }, /several accounts/],
      [{ ...json, encoding: { ...encoding, version: '2' } }, /version is not 3/],
      [{ ...json, encoding: { ...encoding, content: ['pkcs8', 'ethereum'] } }, /Ethereum/],
      [{ ...json, encoding: { ...encoding, content: ['pkcs8', 'bls'] } }, /key type/],
      [{ ...json, encoding: { ...encoding, content: 'batch-pkcs8' } }, /not pkcs8/],
      [{ ...json, encoding: { ...encoding, type: ['none'] } }, /not encrypted/],
      [{ ...json, encoding: { ...encoding, type: 'xsalsa20-poly1305' } }, /encryption is not/],
      [{ ...json, encoded: 7 }, /no "encoded"/],
      [{ ...json, encoded: '§' }, /neither base64 nor hex/],
      [{ ...json, encoded: json.encoded.slice(8) }, /impossible length/],
      [{ ...json, address: 'x' }, /"address" is not one/],
      [{ ...json, address: undefined }, /no "address"/],
    ];
    for (const [value, why] of cases)
      expect((await failure(parse(value), 2, 'KEYSTORE')).message).toMatch(why);
  });

  it('reads hex as polkadot-js does, and leaves strange metadata out', async () => {
    const json = await good();
    const hex = `0x${Buffer.from(json.encoded, 'base64').toString('hex')}`;
    const meta = { name: 'n'.repeat(500), genesisHash: 'no', whenCreated: -1, other: { deep: [] } };
    const file = await parse({ ...json, encoded: hex, meta });
    expect(file.meta).toEqual({});
    expect((await openKeyFile(file, bytes(PASSPHRASE), 'hex')).type).toBe('sr25519');
    expect((await parse({ ...json, meta: undefined })).meta).toEqual({});
  });

  it('cannot ask for more memory or time than wallets do', async () => {
    const json = await good();
    const encrypted = Buffer.from(json.encoded, 'base64');
    const costs = fc.tuple(fc.nat(0xffff_ffff), fc.nat(0xffff_ffff), fc.nat(0xffff_ffff));
    const started = Date.now();
    await fc.assert(
      fc.asyncProperty(costs, async (cost) => {
        for (const [at, value] of cost.entries()) encrypted.writeUInt32LE(value, 32 + 4 * at);
        await failure(parse({ ...json, encoded: encrypted.toString('base64') }), 2, 'KEYSTORE');
      }),
      { numRuns: 200, examples: [[[2 ** 20, 4, 16]], [[2 ** 31, 1, 8]], [[0, 0, 0]], [[2 ** 17, 8, 1]]] },
    );
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  it('are answered with a usage error that does not quote them, whatever they hold', async () => {
    const json = await good();
    const mutated = fc
      .tuple(fc.constantFrom('encoded', 'encoding', 'address', 'meta'), fc.jsonValue({ maxDepth: 3 }))
      .map(([key, value]) => JSON.stringify({ ...json, [key]: value }));
    const texts = fc.oneof(
      mutated,
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.constant('['.repeat(60_000)),
      fc.constant(`{"encoding":${'{"a":'.repeat(5_000)}`),
      fc.tuple(fc.nat(600), fc.string()).map(([at, text]) => JSON.stringify(json).slice(0, at) + text),
    );
    const seen = fc.oneof(
      texts.map((text) => bytes(text)),
      fc.uint8Array({ maxLength: 2000 }).map((value) => Buffer.from(value)),
    );
    await fc.assert(
      fc.asyncProperty(seen, async (value) => {
        try {
          await parseKeyFile(value);
        } catch (error) {
          expect(error).toBeInstanceOf(BursarError);
          const { exit, code, message, cause } = error as BursarError;
          expect([exit, code, cause]).toEqual([2, 'KEYSTORE', undefined]);
          const text = value.toString();
          if (text.length > 30) expect(message).not.toContain(text.slice(0, 30));
        }
      }),
      { numRuns: 400 },
    );
  });
});
