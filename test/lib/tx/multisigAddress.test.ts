import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { BursarError } from '../../../src/lib/errors.js';
import { type AddressCodec, multisigAddress } from '../../../src/lib/tx/multisigAddress.js';

const ALICE = '0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d';
const BOB = '0x8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48';
const CHARLIE = '0x90b5ab205c6974c9ea841be688864633dc9ca8a357843eeacf2314649965fe22';
const ALICE_SS58 = '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY';
const ALICE_POLKADOT = '15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5';

const key = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => `0x${Buffer.from(bytes).toString('hex')}`);
const keys = fc.uniqueArray(key, { minLength: 2, maxLength: 100 });

async function refusalCode(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
  } catch (error) {
    expect(error).toBeInstanceOf(BursarError);
    const refused = error as BursarError;
    expect(refused.exit).toBe(2);
    expect(refused.message).toMatch(/^[\x20-\x7e]+$/);
    return refused.code;
  }
  throw new Error('It was not refused.');
}

test('a multisig whose address other tools know', async () => {
  const { accountId, addresses, signatories } = await multisigAddress([ALICE, CHARLIE, BOB], 2, {
    ss58Prefixes: [42, 0],
  });
  expect(signatories).toEqual([BOB, CHARLIE, ALICE]);
  expect(accountId).toMatch(/^0x[0-9a-f]{64}$/);
  expect(addresses[0]).toEqual({ prefix: 42, address: '5DjYJStmdZ2rcqXbXGX7TW85JsrW6uG4y9MUcLq2BoPMpRA7' });
  expect(addresses.map(({ prefix }) => prefix)).toEqual([42, 0]);
});

describe('properties', () => {
  it('does not depend on order, case or the way a key is written, but on the set and the threshold', async () => {
    const { encode } = await bundle();
    await fc.assert(
      fc.asyncProperty(keys, fc.nat(), async (signatories, seed) => {
        const threshold = 1 + (seed % signatories.length);
        const { accountId } = await multisigAddress(signatories, threshold);
        const shuffled = [...signatories].reverse().map((hex, index) => {
          const form = (index + seed) % 3;
          if (form === 0) return `0x${hex.slice(2).toUpperCase()}`;
          return form === 1 ? encode(Buffer.from(hex.slice(2), 'hex'), seed % 46) : hex;
        });
        expect((await multisigAddress(shuffled, threshold)).accountId).toBe(accountId);
        const other = threshold === 1 ? 2 : threshold - 1;
        expect((await multisigAddress(signatories, other)).accountId).not.toBe(accountId);
        if (signatories.length > 2) {
          const fewer = await multisigAddress(
            signatories.slice(1),
            Math.min(threshold, signatories.length - 1),
          );
          expect(fewer.accountId).not.toBe(accountId);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("agrees with polkadot's own derivation", async () => {
    const { createKeyMulti } = await import('@polkadot/util-crypto');
    await fc.assert(
      fc.asyncProperty(keys, fc.nat(), async (signatories, seed) => {
        const threshold = 1 + (seed % signatories.length);
        const expected = `0x${Buffer.from(createKeyMulti(signatories, threshold)).toString('hex')}`;
        expect((await multisigAddress(signatories, threshold)).accountId).toBe(expected);
      }),
      { numRuns: 50 },
    );
  });

  it('answers any signatory text with an account or a refusal', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 80 }), async (text) => {
        expect(await refusalCode(() => multisigAddress([ALICE, text], 2))).toBe('BAD_PUBLIC_KEY');
      }),
    );
  });
});

test.each<[string, string[], number]>([
  ['THRESHOLD_OUT_OF_RANGE', [ALICE, BOB], 0],
  ['THRESHOLD_OUT_OF_RANGE', [ALICE, BOB], 3],
  ['THRESHOLD_OUT_OF_RANGE', [ALICE, BOB], -1],
  ['THRESHOLD_OUT_OF_RANGE', [ALICE, BOB], 1.5],
  ['THRESHOLD_OUT_OF_RANGE', [ALICE, BOB], Number.NaN],
  ['DUPLICATE_SIGNATORY', [ALICE, ALICE], 2],
  ['DUPLICATE_SIGNATORY', [ALICE, BOB, ALICE_SS58], 2],
  ['DUPLICATE_SIGNATORY', [ALICE_POLKADOT, BOB, ALICE_SS58], 2],
  ['TOO_FEW_SIGNATORIES', [], 1],
  ['TOO_FEW_SIGNATORIES', [ALICE], 1],
  ['TOO_MANY_SIGNATORIES', new Array(101).fill(ALICE), 2],
  ['BAD_PUBLIC_KEY', [ALICE, '0x'], 2],
  ['BAD_PUBLIC_KEY', [ALICE, `${BOB}00`], 2],
  ['BAD_PUBLIC_KEY', [ALICE, BOB.slice(0, -2)], 2],
  ['BAD_PUBLIC_KEY', [ALICE, BOB.replace('0x', '')], 2],
  ['BAD_PUBLIC_KEY', [ALICE, BOB.replace('8', 'g')], 2],
  ['BAD_PUBLIC_KEY', [BOB, ALICE_SS58.replace('5G', '5H')], 2],
  ['BAD_PUBLIC_KEY', [BOB, 'x'.repeat(100_000)], 2],
])('%s', async (code, signatories, threshold) => {
  expect(await refusalCode(() => multisigAddress(signatories, threshold))).toBe(code);
});

it('refuses a prefix that SS58 does not have', async () => {
  for (const prefix of [-1, 46, 47, 16_384, 0.5]) {
    expect(await refusalCode(() => multisigAddress([ALICE, BOB], 2, { ss58Prefixes: [prefix] }))).toBe(
      'BAD_SS58_PREFIX',
    );
  }
});

it('counts before it reads: no bundle is loaded for a threshold that cannot be', async () => {
  const codec = new Proxy({} as AddressCodec, {
    get() {
      throw new Error('used');
    },
  });
  expect(await refusalCode(() => multisigAddress([ALICE, BOB], 9, { codec }))).toBe('THRESHOLD_OUT_OF_RANGE');
});

it('hashes exactly the bytes that the pallet hashes', async () => {
  let hashed = Buffer.alloc(0);
  const codec: AddressCodec = {
    blake2b256: (bytes) => {
      hashed = Buffer.from(bytes);
      return new Uint8Array(32);
    },
    encode: () => 'address',
    decode: () => new Uint8Array(0),
  };
  const many = Array.from({ length: 100 }, (_, i) => `0x${i.toString(16).padStart(64, '0')}`);
  await multisigAddress(many, 66, { codec });
  expect(hashed.subarray(0, 16).toString()).toBe('modlpy/utilisuba');
  expect([...hashed.subarray(16, 18)]).toEqual([0x91, 0x01]); // compact(100)
  expect(hashed).toHaveLength(16 + 2 + 100 * 32 + 2);
  expect([...hashed.subarray(-2)]).toEqual([66, 0]);
  await multisigAddress(many.slice(0, 63), 2, { codec });
  expect(hashed[16]).toBe(63 << 2);
});

async function bundle() {
  const { encodeAddress } = await import('#polkadot');
  return { encode: (bytes: Uint8Array, prefix: number) => encodeAddress(bytes, prefix) };
}
