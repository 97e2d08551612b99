import { Keyring } from '@polkadot/keyring';
import type { KeyringPair } from '@polkadot/keyring/types';
import { Metadata, TypeRegistry } from '@polkadot/types';
import { bnToU8a, compactToU8a, hexToU8a, u8aConcat, u8aToHex } from '@polkadot/util';
import { blake2AsU8a, cryptoWaitReady, signatureVerify } from '@polkadot/util-crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it, test } from 'vitest';
import type { OpenChain } from '../../../src/lib/chain/connect.js';
import { BursarError } from '../../../src/lib/errors.js';
import {
  assertSignable,
  fakeSigned,
  type Mortality,
  mortality,
  sign,
  type TxSigner,
} from '../../../src/lib/tx/extrinsic.js';
import { type ChainName, metadataOf, NAMES, offlineChain } from '../chain/chains.js';

const KINDS = ['ed25519', 'sr25519', 'ecdsa'] as const;
const pairs = new Map<string, KeyringPair>();

beforeAll(async () => {
  await cryptoWaitReady();
  for (const type of KINDS) pairs.set(type, new Keyring({ type, ss58Format: 0 }).addFromUri('//Alice'));
});

/** Signs as the contract of TxSigner says: a long payload by its hash, the kind before the signature. */
const signerOf = (pair: KeyringPair): TxSigner => ({
  address: pair.address,
  sign: async (payload) =>
    pair.sign(payload.length > 256 ? blake2AsU8a(payload, 256) : payload, { withType: true }),
});

describe('mortality', () => {
  const birth = { number: 1_000, hash: `0x${'b1'.repeat(32)}` };
  const last = (period: number) => birth.number + period - 1;

  it('is the next power of two of blocks, from 4 to what the chain remembers', () => {
    const minute = 60_000;
    expect(mortality(birth, 6 * minute, 6_000, 4_096)).toEqual({ birth, period: 64, validUntil: last(64) });
    expect(mortality(birth, 6.4 * minute, 6_000, 4_096).period).toBe(64);
    expect(mortality(birth, 6.41 * minute, 6_000, 4_096).period).toBe(128);
    expect(mortality(birth, 1, 6_000, 4_096).period).toBe(4);
    expect(mortality(birth, 365 * 24 * 60 * minute, 6_000, 4_096).period).toBe(4_096);
    expect(mortality(birth, 365 * 24 * 60 * minute, 6_000, 1e6).period).toBe(4_096);
    expect(mortality(birth, 60 * minute, 6_000, 250).period).toBe(128);
    expect(mortality(birth, 60 * minute, 6_000, 256).period).toBe(256);
    expect(mortality(birth, 60 * minute, 0, 4_096).period).toBe(4_096);
  });

  it('lasts at least as long as asked, within the bounds, for any block time', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10 ** 9 }),
        fc.double({ min: 0.01, max: 1e6, noNaN: true }),
        fc.integer({ min: 1, max: 10_000 }),
        fc.nat(),
        (ms, blockMs, kept, number) => {
          const { period, validUntil } = mortality({ ...birth, number }, ms, blockMs, kept);
          expect(Number.isInteger(Math.log2(period))).toBe(true);
          expect(period).toBeGreaterThanOrEqual(4);
          expect(period).toBeLessThanOrEqual(Math.max(4, Math.min(4_096, kept)));
          const longest = 2 ** Math.floor(Math.log2(Math.max(4, Math.min(4_096, kept))));
          if (period < longest) expect(period * Math.max(1, blockMs)).toBeGreaterThanOrEqual(ms);
          expect(validUntil).toBe(number + period - 1);
        },
      ),
    );
  });

  it('ends with the block before the one in which the runtime takes another birth', async () => {
    // sp_runtime::generic::Era, from its definition: a block takes the last number with the era's phase for the birth.
    const birthAt = (period: number, phase: number, block: number) =>
      Math.floor((Math.max(block, phase) - phase) / period) * period + phase;
    const { runtime } = await offlineChain('polkadot');
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), fc.nat(2 ** 31 - 10_000), (power, number) => {
        const { period, validUntil } = mortality({ ...birth, number }, 2 ** power, 1, 4_096);
        expect(period).toBe(2 ** power);
        const era = runtime.registry.createTypeUnsafe('ExtrinsicEra', [
          { current: number, period },
        ]) as never as {
          asMortalEra: { period: { toNumber(): number }; phase: { toNumber(): number } };
        };
        const encoded = era.asMortalEra;
        expect(encoded.period.toNumber()).toBe(period);
        const phase = encoded.phase.toNumber();
        // The hash that is signed is that of the birth: valid in exactly the blocks that take this one.
        for (const block of [number + 1, number + 2, validUntil as number])
          expect(birthAt(period, phase, block)).toBe(number);
        expect(birthAt(period, phase, (validUntil as number) + 1)).not.toBe(number);
      }),
      { numRuns: 300 },
    );
  });
});

/** The bytes of every extension that these chains have, by its definition in FRAME. */
function extensionBytes(
  chain: OpenChain,
  life: Mortality,
  nonce: number,
  tip: bigint,
  metadataHash: string | null,
) {
  const { genesisHash, specVersion, transactionVersion } = chain.identity;
  const u32 = (value: number) => bnToU8a(value, { bitLength: 32, isLe: true });
  const none = new Uint8Array();
  const quantized = life.period === 0 ? 0 : life.birth.number % life.period;
  // The low bits hold log2(period) − 1, the rest the phase.
  const era =
    life.period === 0
      ? new Uint8Array([0])
      : bnToU8a(Math.log2(life.period) - 1 + (quantized << 4), { bitLength: 16, isLe: true });
  const table: Record<string, [Uint8Array, Uint8Array]> = {
    AuthorizeCall: [none, none],
    CheckNonZeroSender: [none, none],
    CheckSpecVersion: [none, u32(specVersion)],
    CheckTxVersion: [none, u32(transactionVersion)],
    CheckGenesis: [none, hexToU8a(genesisHash)],
    CheckMortality: [era, hexToU8a(life.period === 0 ? genesisHash : life.birth.hash)],
    CheckNonce: [compactToU8a(nonce), none],
    CheckWeight: [none, none],
    ChargeTransactionPayment: [compactToU8a(tip), none],
    ChargeAssetTxPayment: [u8aConcat(compactToU8a(tip), new Uint8Array([0])), none],
    PrevalidateAttests: [none, none],
    StorageWeightReclaim: [none, none],
    WeightReclaim: [none, none],
    CheckMetadataHash:
      metadataHash === null
        ? [new Uint8Array([0]), new Uint8Array([0])]
        : [new Uint8Array([1]), u8aConcat(new Uint8Array([1]), hexToU8a(metadataHash))],
  };
  const parts = chain.runtime.registry.signedExtensions.map((name) => {
    const bytes = table[name];
    if (!bytes) throw new Error(`the test does not know ${name}`);
    return bytes;
  });
  return { extra: parts.map(([extra]) => extra), additional: parts.map(([, additional]) => additional) };
}

describe.each(NAMES)('a signed transaction of %s', (name: ChainName) => {
  it('is what the chain defines, byte for byte, and its signature verifies', async () => {
    const chain = await offlineChain(name);
    assertSignable(chain);
    // Another reader of the bytes: @polkadot's own modules, not the bundle.
    const registry = new TypeRegistry();
    registry.setMetadata(
      new Metadata(registry, (await metadataOf(name)) as `0x${string}`),
      undefined,
      undefined,
      true,
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...KINDS),
        fc.nat(2 ** 32 - 1),
        fc.bigInt({ min: 0n, max: 2n ** 100n }),
        fc.uint8Array({ maxLength: 400 }),
        fc.constantFrom(0, 4, 64, 4_096),
        fc.nat(2 ** 31),
        fc.constantFrom(null, `0x${'ab'.repeat(32)}`),
        async (kind, nonce, tip, bytes, period, number, metadataHash) => {
          const call = { pallet: 'System', call: 'remark', args: { remark: u8aToHex(bytes) } };
          const { hex: callHex } = chain.encodeCall(call);
          const birth = { number, hash: u8aToHex(blake2AsU8a(String(number), 256)) };
          const life: Mortality = { birth, period, validUntil: period === 0 ? null : number + period - 1 };
          const pair = pairs.get(kind) as KeyringPair;
          const tx = await sign(chain, signerOf(pair), {
            callHex,
            nonce,
            tip,
            mortality: life,
            metadataHash,
          });

          const { extra, additional } = extensionBytes(chain, life, nonce, tip, metadataHash);
          const payload = u8aConcat(hexToU8a(callHex), ...extra, ...additional);
          const kindByte = KINDS.indexOf(kind);
          const raw = hexToU8a(tx.hex);
          const width = kind === 'ecdsa' ? 65 : 64;
          const signature = raw
            .subarray(raw.length - hexToU8a(callHex).length - u8aConcat(...extra).length - width)
            .subarray(0, width);
          const body = u8aConcat(
            new Uint8Array([0x84, 0x00]),
            pair.addressRaw,
            new Uint8Array([kindByte]),
            signature,
            ...extra,
            hexToU8a(callHex),
          );
          expect(tx.hex).toBe(u8aToHex(u8aConcat(compactToU8a(body.length), body)));
          expect(tx.hash).toBe(u8aToHex(blake2AsU8a(raw, 256)));
          const signed = payload.length > 256 ? blake2AsU8a(payload, 256) : payload;
          expect(signatureVerify(signed, signature, pair.publicKey).isValid).toBe(true);

          const read = registry.createType('Extrinsic', tx.hex);
          expect(read.nonce.toNumber()).toBe(nonce);
          expect(read.tip.toBigInt()).toBe(tip);
          expect(read.method.toHex()).toBe(callHex);
          expect(read.era.isMortalEra).toBe(period !== 0);
          const own = chain.runtime.decodeExtrinsic(tx.hex);
          expect(own).toMatchObject({ call, nonce, tip, mortal: period !== 0 });
          expect(registry.createType('AccountId', own.signer).eq(pair.addressRaw)).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('has the length that the fee was asked for', async () => {
    const chain = await offlineChain(name);
    const { hex: callHex } = chain.encodeCall({ pallet: 'System', call: 'remark', args: { remark: '0x00' } });
    const birth = chain.reference;
    const life = mortality(birth, 600_000, 6_000, 4_096);
    const pair = pairs.get('sr25519') as KeyringPair;
    for (const [nonce, tip] of [
      [0, 0n],
      [70_000, 10n ** 12n],
    ] as const) {
      const fields = { callHex, nonce, tip, mortality: life, metadataHash: null };
      const tx = await sign(chain, signerOf(pair), fields);
      const fake = await fakeSigned(chain, { ...fields, address: pair.address });
      expect(fake.length).toBe(hexToU8a(tx.hex).length);
    }
  });
});

test('a nonce that is none is refused before the signer is asked', async () => {
  const chain = await offlineChain('polkadot');
  const { hex: callHex } = chain.encodeCall({ pallet: 'System', call: 'remark', args: { remark: '0x' } });
  const life = mortality(chain.reference, 600_000, 6_000, 4_096);
  let asked = 0;
  const signer: TxSigner = {
    address: (pairs.get('sr25519') as KeyringPair).address,
    sign: async () => {
      asked++;
      return new Uint8Array(65);
    },
  };
  for (const nonce of [-1, 1.5, Number.NaN, 2 ** 60]) {
    const error = await sign(chain, signer, {
      callHex,
      nonce,
      tip: 0n,
      mortality: life,
      metadataHash: null,
    }).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(BursarError);
    expect([error.code, error.exit]).toEqual(['NONCE', 2]);
  }
  expect(asked).toBe(0);
});

test('a signer that refuses leaves its own error', async () => {
  const chain = await offlineChain('polkadot');
  const { hex: callHex } = chain.encodeCall({ pallet: 'System', call: 'remark', args: { remark: '0x' } });
  const life = mortality(chain.reference, 600_000, 6_000, 4_096);
  const broken: TxSigner = {
    address: (pairs.get('sr25519') as KeyringPair).address,
    sign: async () => Promise.reject(new Error('no key')),
  };
  await expect(
    sign(chain, broken, { callHex, nonce: 0, tip: 0n, mortality: life, metadataHash: null }),
  ).rejects.toThrow('no key');
});

describe('unknown extensions', () => {
  it('are found in metadata that has them, and in no other', async () => {
    for (const name of NAMES) {
      const chain = await offlineChain(name);
      expect(chain.runtime.unknownExtensions(), name).toEqual([]);
      // Asking changes nothing in how transactions are made.
      const before = [...chain.runtime.registry.signedExtensions];
      chain.runtime.unknownExtensions();
      expect(chain.runtime.registry.signedExtensions).toEqual(before);
    }
  });

  it('stop the signing, by name', async () => {
    const { Runtime } = await import('../../../src/lib/chain/runtime.js');
    const metadata = await metadataOf('polkadot');
    const rename = (from: string, to: string) => {
      const hex = (text: string) => Buffer.from([text.length << 2, ...Buffer.from(text)]).toString('hex');
      return metadata.replaceAll(hex(from), hex(to));
    };
    const token = { symbol: 'DOT', decimals: 10, ss58Prefix: 0 };
    const base = await offlineChain('polkadot');
    // With bytes in the extrinsic, and with bytes only in what is signed.
    for (const [from, to] of [
      ['CheckMortality', 'CheckMortalitx'],
      ['CheckGenesis', 'CheckGenesix'],
    ] as const) {
      const runtime = new Runtime(await import('#polkadot'), rename(from, to), token);
      expect(runtime.unknownExtensions()).toEqual([to]);
      const chain = { runtime, identity: base.identity } as OpenChain;
      let thrown: unknown;
      try {
        assertSignable(chain);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toMatchObject({ code: 'UNKNOWN_EXTENSION', exit: 4 });
      expect((thrown as Error).message).toContain(to);
    }
    // One that carries nothing does no harm.
    const harmless = new Runtime(await import('#polkadot'), rename('CheckWeight', 'CheckWeighx'), token);
    expect(harmless.unknownExtensions()).toEqual([]);
  });
});
