import { describe, expect, it } from 'vitest';
import { metadataDigest } from '../../../src/lib/chain/digest.js';
import { Runtime } from '../../../src/lib/chain/runtime.js';
import { type Draft, forged, put } from '../../support/metadata.js';
import { metadataOf, NAMES, tokenOf } from './chains.js';

const p = await import('#polkadot');
const runtime = (metadata: string) => new Runtime(p, metadata, tokenOf('polkadot'));
const palletOf = (draft: Draft, name: string) =>
  draft.body.pallets.find((pallet: { name: unknown }) => String(pallet.name) === name);

function refusal(metadata: string) {
  try {
    runtime(metadata);
  } catch (error) {
    return error as { code: string; exit: number; message: string };
  }
  throw new Error('It was not refused.');
}

describe('metadata that contradicts itself', () => {
  it('is not that of any chain here', async () => {
    for (const name of NAMES)
      expect(runtime(await metadataOf(name)).shape().pallets.length).toBeGreaterThan(10);
  });

  /** Each moves a name to another call without a change of the types that the digest is made of. */
  const lies: [string, (draft: Draft) => void, RegExp][] = [
    [
      'two pallets by each other’s names',
      (draft) => {
        put(draft, palletOf(draft, 'Staking'), 'name', 'Text', 'Stakinh');
        put(draft, palletOf(draft, 'Balances'), 'name', 'Text', 'Staking');
        put(draft, palletOf(draft, 'Stakinh'), 'name', 'Text', 'Balances');
      },
      /Staking|Balances/,
    ],
    [
      'a pallet at the index of another',
      (draft) => {
        const [a, b] = [palletOf(draft, 'Staking'), palletOf(draft, 'Utility')];
        const [indexOfA, indexOfB] = [a.index.toNumber(), b.index.toNumber()];
        put(draft, a, 'index', 'u8', indexOfB);
        put(draft, b, 'index', 'u8', indexOfA);
      },
      /Staking|Utility/,
    ],
    [
      'a pallet with the calls of another',
      (draft) => palletOf(draft, 'Staking').set('calls', palletOf(draft, 'Utility').calls),
      /Staking/,
    ],
    [
      'a pallet that is not listed',
      (draft) => {
        const { pallets } = draft.body;
        pallets.splice(pallets.indexOf(palletOf(draft, 'Multisig')), 1);
      },
      /does not list: Multisig/,
    ],
    [
      'a pallet that is listed twice',
      (draft) => draft.body.pallets.push(palletOf(draft, 'Utility')),
      /Utility|share/,
    ],
  ];
  it.each(lies)('%s', async (_name, lie, why) => {
    const metadata = await metadataOf('polkadot');
    const { specName, specVersion } = runtime(metadata).constant('System', 'Version') as never as {
      specName: string;
      specVersion: number;
    };
    const dot = { symbol: 'DOT', decimals: 10, ss58Prefix: 0 };
    const other = forged(metadata, lie);
    expect(other).not.toBe(metadata);
    // This is why it matters: a signature that commits to the digest would be valid.
    expect(await metadataDigest(other, { specName, specVersion }, dot)).toBe(
      await metadataDigest(metadata, { specName, specVersion }, dot),
    );
    const error = refusal(other);
    expect([error.code, error.exit]).toEqual(['METADATA_INCONSISTENT', 4]);
    expect(error.message).toMatch(why);
  });

  it('types whose ids are not their places', async () => {
    const other = forged(await metadataOf('polkadot'), (draft) => {
      const [first, second] = draft.body.lookup.types;
      put(draft, first, 'id', 'Compact<u32>', 1);
      put(draft, second, 'id', 'Compact<u32>', 0);
    });
    expect(refusal(other)).toMatchObject({ code: 'METADATA_INCONSISTENT', exit: 4 });
  });

  it('also of version 14 and 16', async () => {
    for (const name of ['node14', 'node16'] as const) {
      const other = forged(await metadataOf(name), (draft) => {
        const [a, b] = [palletOf(draft, 'Staking'), palletOf(draft, 'Utility')];
        const [indexOfA, indexOfB] = [a.index.toNumber(), b.index.toNumber()];
        put(draft, a, 'index', 'u8', indexOfB);
        put(draft, b, 'index', 'u8', indexOfA);
      });
      expect(refusal(other), name).toMatchObject({ code: 'METADATA_INCONSISTENT' });
    }
  });
});
