import { readFileSync } from 'node:fs';
import { base58Encode, decodeAddress, encodeAddress } from '@polkadot/util-crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BursarError } from '../../../src/lib/errors.js';
import { parseAddress, resolveAccount, resolveAccounts } from '../../../src/lib/keys/addresses.js';
import { decodeSs58, encodeSs58, networkOfPrefix } from '../../../src/lib/keys/ss58.js';
import { failure, scratch } from './support.js';

const ALICE = '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY';
const ALICE_HEX = '0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d';
const ALICE_POLKADOT = encodeAddress(ALICE, 0);
const ALICE_KUSAMA = encodeAddress(ALICE, 2);

const accountIds = fc.uint8Array({ minLength: 32, maxLength: 32 });
const prefixes = fc.integer({ min: 0, max: 16_383 }).filter((prefix) => prefix !== 46 && prefix !== 47);
const codeOf = (parse: () => unknown): string => {
  try {
    parse();
  } catch (error) {
    if (error instanceof BursarError && error.exit === 2) return error.code;
    throw error;
  }
  return 'none';
};

describe('SS58', () => {
  it('writes and reads what polkadot-js does, for every prefix and account', () => {
    fc.assert(
      fc.property(accountIds, prefixes, (accountId, prefix) => {
        const text = encodeSs58(accountId, prefix);
        expect(text).toBe(encodeAddress(accountId, prefix));
        expect(decodeSs58(text)).toEqual({ prefix, accountId });
        expect(decodeAddress(text, false, prefix)).toEqual(accountId);
      }),
      { numRuns: 300 },
    );
    const zeros = new Uint8Array(32);
    expect(decodeSs58(encodeSs58(zeros, 0))).toEqual({ prefix: 0, accountId: zeros });
  });

  it('detects one mistyped character', () => {
    const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
    let misread = 0;
    for (let at = 0; at < ALICE.length; at += 1) {
      for (const letter of alphabet.replace(ALICE[at]!, '')) {
        const wrong = ALICE.slice(0, at) + letter + ALICE.slice(at + 1);
        if (codeOf(() => decodeSs58(wrong)) === 'none') misread += 1;
      }
    }
    // Two bytes of checksum let one in 65 536 through; of 2736 texts that is most likely none.
    expect(misread).toBeLessThanOrEqual(1);
  });

  it('accepts nothing that polkadot-js refuses', () => {
    const hostile = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.uint8Array({ maxLength: 80 }).map((value) => base58Encode(value)),
      fc.uint8Array({ minLength: 35, maxLength: 38 }).map((value) => base58Encode(value)),
      fc.string().map((tail) => ALICE + tail),
    );
    fc.assert(
      fc.property(hostile, (text) => {
        if (codeOf(() => decodeSs58(text)) === 'none') expect(decodeAddress(text)).toHaveLength(32);
      }),
      { numRuns: 1000 },
    );
  });

  it('names what is wrong', () => {
    expect(codeOf(() => decodeSs58(''))).toBe('ADDRESS_FORMAT');
    expect(codeOf(() => decodeSs58(ALICE.replace('v', 'l')))).toBe('ADDRESS_FORMAT');
    expect(codeOf(() => decodeSs58(ALICE.slice(0, -1)))).toBe('ADDRESS_LENGTH');
    expect(codeOf(() => decodeSs58(`${ALICE}1`))).toBe('ADDRESS_LENGTH');
    expect(codeOf(() => decodeSs58(`5G${'r'.repeat(100_000)}`))).toBe('ADDRESS_LENGTH');
    expect(codeOf(() => decodeSs58(ALICE.replace('Y', 'X')))).toBe('ADDRESS_CHECKSUM');
    expect(codeOf(() => decodeSs58(encodeAddress(new Uint8Array(8), 42)))).toBe('ADDRESS_LENGTH');
    expect(() => decodeSs58(ALICE.replace('v', 'l'))).toThrow(/look alike/);
  });

  it('calls the networks by the names of the public registry', () => {
    const file = new URL('../../../node_modules/@substrate/ss58-registry/esm/index.js', import.meta.url);
    const source = readFileSync(file, 'utf8');
    const registry = JSON.parse(source.slice(source.indexOf('['), source.lastIndexOf(']') + 1)) as {
      prefix: number;
      network: string;
      displayName: string;
    }[];
    for (const { prefix, displayName, network } of registry) {
      const name = networkOfPrefix(prefix);
      if (name.startsWith('the network of') || prefix === 42) continue;
      const short = name.replace(/ \(SS58.*/, '').toLowerCase();
      expect(`${displayName} ${network}`.toLowerCase(), name).toContain(short);
    }
    expect(networkOfPrefix(777)).toBe('the network of SS58 prefix 777');
  });
});

describe('parseAddress', () => {
  it('reads an address of the expected network, a generic one, and a public key', () => {
    const expected = { publicKey: ALICE_HEX, address: ALICE_POLKADOT };
    for (const text of [
      ALICE_POLKADOT,
      ALICE,
      ALICE_HEX,
      ` ${ALICE}\n`,
      ALICE_HEX.toUpperCase().replace('X', 'x'),
    ]) {
      expect(parseAddress(text, { ss58Prefix: 0 })).toEqual(expected);
    }
    expect(parseAddress(ALICE_KUSAMA)).toEqual({ publicKey: ALICE_HEX, address: ALICE_KUSAMA });
    expect(parseAddress(ALICE_HEX)).toEqual({ publicKey: ALICE_HEX, address: ALICE });
  });

  it('refuses an address of another network, naming both and the form it has here', () => {
    const parse = () => parseAddress(ALICE_KUSAMA, { ss58Prefix: 0, network: 'Paseo' });
    expect(codeOf(parse)).toBe('ADDRESS_NETWORK');
    expect(parse).toThrow(/Kusama \(SS58 prefix 2\), not of Paseo \(SS58 prefix 0\)/);
    try {
      parse();
    } catch (error) {
      expect((error as BursarError).hint).toContain(ALICE_POLKADOT);
    }
    expect(codeOf(() => parseAddress(ALICE_POLKADOT, { ss58Prefix: 42 }))).toBe('ADDRESS_NETWORK');
  });

  it('refuses what is no account here', () => {
    expect(codeOf(() => parseAddress('0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045'))).toBe('ADDRESS_ETHEREUM');
    expect(codeOf(() => parseAddress(`0x02${'ab'.repeat(32)}`))).toBe('ADDRESS_LENGTH');
    expect(codeOf(() => parseAddress(`${ALICE_HEX}00`))).toBe('ADDRESS_LENGTH');
    expect(codeOf(() => parseAddress('0x'))).toBe('ADDRESS_LENGTH');
    expect(codeOf(() => parseAddress('0xnothex'))).toBe('ADDRESS_FORMAT');
    expect(codeOf(() => parseAddress('  '))).toBe('ADDRESS_FORMAT');
  });

  it('answers any text with an account or a usage error, on one line', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string().map((text) => `0x${text}`),
      fc.stringMatching(/^0x[0-9a-f]{0,140}$/),
      fc
        .constantFrom(ALICE, ALICE_KUSAMA)
        .chain((address) =>
          fc
            .tuple(fc.nat(address.length), fc.string({ unit: 'binary' }))
            .map(([at, text]) => address.slice(0, at) + text),
        ),
    );
    fc.assert(
      fc.property(texts, fc.option(prefixes, { nil: undefined }), (text, ss58Prefix) => {
        try {
          expect(parseAddress(text, ss58Prefix === undefined ? {} : { ss58Prefix }).publicKey).toMatch(
            /^0x[0-9a-f]{64}$/,
          );
        } catch (error) {
          expect(error).toBeInstanceOf(BursarError);
          const { exit, message, hint } = error as BursarError;
          expect(exit).toBe(2);
          expect(hint).toBeTruthy();
          expect(message).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
          expect(message.length).toBeLessThan(1000);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('resolveAccount', () => {
  const keysDir = `${scratch()}/none`;

  it('takes an address without a keys directory, and says that a name is unknown', async () => {
    expect(await resolveAccount(ALICE, keysDir, { ss58Prefix: 2 })).toEqual({
      publicKey: ALICE_HEX,
      address: ALICE_KUSAMA,
    });
    await failure(resolveAccount('operator', keysDir), 2, 'KEY_NOT_FOUND');
    await failure(resolveAccount('../operator', keysDir), 2, 'KEY_NAME');
    await failure(resolveAccount(ALICE.replace('Y', 'X'), keysDir), 2, 'ADDRESS_CHECKSUM');
    await failure(resolveAccount(ALICE.replace('w', 'l'), keysDir), 2, 'ADDRESS_FORMAT');
    await failure(resolveAccount(ALICE.slice(2), keysDir), 2, 'ADDRESS_LENGTH');
    expect(await resolveAccounts([ALICE_HEX, ALICE_KUSAMA], keysDir)).toEqual([ALICE, ALICE_KUSAMA]);
  });
});
