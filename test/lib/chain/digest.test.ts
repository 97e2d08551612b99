import { compactToU8a, hexToU8a, u8aConcat, u8aToHex } from '@polkadot/util';
import { describe, expect, it, test } from 'vitest';
import { DIGEST_UNAVAILABLE, metadataDigest } from '../../../src/lib/chain/digest.js';
import { BursarError } from '../../../src/lib/errors.js';
import { forged, put, swapCalls, variantOf } from '../../support/metadata.js';
import { metadataOf } from './chains.js';

const DOT = { symbol: 'DOT', decimals: 10, ss58Prefix: 0 };
const KSM = { symbol: 'KSM', decimals: 12, ss58Prefix: 2 };

/** Values that the reference implementation (@polkadot-api/merkleize-metadata 1.3.0, alone) gives for these bytes. */
const KNOWN = [
  ['assetHub', 'statemint', DOT, 'ffbb73125a923f4cf6c45355d78e240fe432765eb3a1dc30e121a9601fb8543e'],
  ['polkadot', 'polkadot', DOT, 'db1612c205801adc246bfbc31745f577f0996b85e5fdd05e56d23aabc83c25f9'],
  ['kusama', 'kusama', KSM, 'a68d6a84e9038a47fc2d7edbdb0303d597a618273ae285d07d4191b3442a9af4'],
] as const;

async function versionOf(name: (typeof KNOWN)[number][0]) {
  const { runtimeOf } = await import('./chains.js');
  const { specName, specVersion } = (await runtimeOf(name)).constant('System', 'Version') as never as {
    specName: string;
    specVersion: number;
  };
  return { specName, specVersion };
}

async function refusal(run: () => Promise<unknown>): Promise<BursarError> {
  const error = await run().then(
    () => new Error('It was not refused.'),
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(BursarError);
  return error;
}

test.each(KNOWN)('the digest of %s', async (name, specName, token, digest) => {
  const identity = await versionOf(name);
  expect(identity.specName).toBe(specName);
  expect(await metadataDigest(await metadataOf(name), identity, token)).toBe(`0x${digest}`);
});

describe('the digest', () => {
  it('is another with every lie that changes what is signed or how amounts are read', async () => {
    const metadata = await metadataOf('polkadot');
    const identity = await versionOf('polkadot');
    const path = 'pallet_staking::pallet::pallet::Call';
    const lies = await Promise.all([
      metadataDigest(metadata, identity, DOT),
      metadataDigest(metadata, identity, { ...DOT, decimals: 12 }),
      metadataDigest(metadata, identity, { ...DOT, symbol: 'DOTT' }),
      metadataDigest(forged(metadata, swapCalls('bond_extra', 'unbond', path)), identity, DOT),
      metadataDigest(
        forged(metadata, (draft) =>
          put(draft, variantOf(draft, path, 'unbond'), 'name', 'Text', 'bond_extrb'),
        ),
        identity,
        DOT,
      ),
    ]);
    expect(new Set(lies).size).toBe(lies.length);
  });

  it('is not made of what cannot be committed to, and the error says why', async () => {
    const metadata = await metadataOf('polkadot');
    const identity = await versionOf('polkadot');
    const cases: [string, () => Promise<unknown>, RegExp][] = [
      ['version 14', async () => metadataDigest(await metadataOf('node14'), identity, DOT), /version/i],
      [
        'another runtime',
        () => metadataDigest(metadata, { ...identity, specVersion: identity.specVersion + 1 }, DOT),
        /version/i,
      ],
      ['another chain', () => metadataDigest(metadata, { ...identity, specName: 'kusama' }, DOT), /name/i],
      [
        'no decimals',
        () =>
          metadataDigest(metadata, identity, { ...DOT, symbol: 'planck', decimals: 0, undenominated: 'DOT' }),
        /decimals/,
      ],
      ['nonsense', () => metadataDigest('0x6d6574610f', identity, DOT), /./],
    ];
    for (const [what, run, why] of cases) {
      const error = await refusal(run);
      expect([error.code, error.exit], what).toEqual([DIGEST_UNAVAILABLE, 4]);
      expect(error.message, what).toMatch(why);
    }
  });

  it('is not made of bytes that two decoders could read in two ways', async () => {
    const metadata = hexToU8a(await metadataOf('polkadot'));
    const identity = await versionOf('polkadot');
    // "meta", the version, then the number of types: written in four bytes instead of two it says the same.
    const width = metadata[5]! % 4 === 1 ? 2 : 1;
    const types = (new DataView(metadata.buffer, metadata.byteOffset).getUint16(5, true) & 0xffff) >> 2;
    expect(compactToU8a(types)).toEqual(metadata.subarray(5, 5 + width));
    const long = new Uint8Array(4);
    new DataView(long.buffer).setUint32(0, (types << 2) | 2, true);
    const odd = u8aToHex(u8aConcat(metadata.subarray(0, 5), long, metadata.subarray(5 + width)));
    const error = await refusal(() => metadataDigest(odd, identity, DOT));
    expect(error.message).toContain('canonical');
  });
});
