/** Builds and signs extrinsics: always with an explicit nonce, mortal unless the operator insists. */

import type { OpenChain } from '../chain/connect.js';
import { preconditionError, usageError } from '../errors.js';
import type { Planck } from '../plain.js';

/** What signs: a keystore's unlocked key, or anything else that can. */
export interface TxSigner {
  /** SS58 address, any prefix. */
  readonly address: string;
  /** Signs the bytes of a signing payload as Substrate does (longer than 256 bytes: their blake2b-256). Returns a MultiSignature: kind byte and signature. */
  sign(payload: Uint8Array): Promise<Uint8Array>;
}

/** From which block on and how long a transaction is valid. */
export interface Mortality {
  /** Block at which the validity begins: its hash is part of what is signed. */
  readonly birth: { readonly number: number; readonly hash: string };
  /** Blocks, a power of two from 4; 0 is immortal. */
  readonly period: number;
  /** Last block number in which it can be included; null: for ever. */
  readonly validUntil: number | null;
}

export interface TxFields {
  readonly callHex: string;
  readonly nonce: number;
  readonly tip: Planck;
  readonly mortality: Mortality;
  /**
   * Digest of the metadata that the call was encoded with (0x hex): the signature commits to it, and a chain whose
   * metadata is another refuses the transaction. null: it commits to nothing. See commitment.ts.
   */
  readonly metadataHash: string | null;
}

export interface SignedTx extends TxFields {
  readonly hex: string;
  /** blake2b-256 of the encoded extrinsic: what explorers and nodes call its hash. */
  readonly hash: string;
  readonly signer: string;
}

/** At most as many blocks as the chain keeps hashes for. */
const LONGEST_PERIOD = 4_096;

/**
 * The mortality that lasts about `ms`: the next power of two of blocks, at least 4, at most what the chain's
 * `System.BlockHashCount` allows.
 * @param blockMs milliseconds a block
 */
export function mortality(
  birth: { number: number; hash: string },
  ms: number,
  blockMs: number,
  blockHashCount: number,
): Mortality {
  const longest = Math.min(LONGEST_PERIOD, 2 ** Math.floor(Math.log2(Math.max(4, blockHashCount))));
  const wanted = Math.ceil(ms / Math.max(1, blockMs));
  const period = Math.min(longest, Math.max(4, 2 ** Math.ceil(Math.log2(Math.max(1, wanted)))));
  return { birth, period, validUntil: birth.number + period - 1 };
}

/**
 * Refuses a chain for which nothing can be signed, before anything is planned.
 * @throws precondition UNKNOWN_EXTENSION | ACCOUNT_FORM | SIGNATURE_FORM | EXTRINSIC_VERSION
 */
export function assertSignable(chain: Pick<OpenChain, 'runtime' | 'identity'>): void {
  const [first, ...more] = chain.runtime.obstacles();
  if (!first) return;
  const texts = [first, ...more].map(({ text }) => text).join('; ');
  throw preconditionError(first.code, `Nothing can be signed for ${chain.identity.specName}: ${texts}.`, {
    hint: 'Nothing was signed, and trying again will not help: bursar reads this chain and cannot send to it.',
  });
}

type Fields = { readonly address: string } & TxFields;

function payloadOptions(chain: OpenChain, fields: Fields) {
  const { address, callHex, nonce, tip, mortality: life, metadataHash } = fields;
  const { registry } = chain.runtime;
  const { genesisHash, specVersion, transactionVersion } = chain.identity;
  const era =
    life.period === 0
      ? '0x00'
      : registry
          .createTypeUnsafe('ExtrinsicEra', [{ current: life.birth.number, period: life.period }])
          .toHex();
  return {
    address,
    blockHash: life.period === 0 ? genesisHash : life.birth.hash,
    blockNumber: life.birth.number,
    era,
    genesisHash,
    method: callHex,
    nonce,
    runtimeVersion: { specVersion, transactionVersion },
    signedExtensions: registry.signedExtensions,
    specVersion,
    tip: tip.toString(),
    transactionVersion,
    // RFC-78's CheckMetadataHash; chains without that extension ignore both.
    mode: metadataHash === null ? 0 : 1,
    metadataHash,
    version: 4,
  };
}

/** The shape of @polkadot's extrinsic that is used here; its own types depend on generated augmentation. */
interface Extrinsic {
  addSignature(address: string, signature: Uint8Array | string, payload: unknown): Extrinsic;
  signFake(address: string, options: unknown): Extrinsic;
  toHex(): string;
  toU8a(): Uint8Array;
  readonly encodedLength: number;
}

/** An extrinsic with a signature of the right length that nobody made: for fee queries only. */
export async function fakeSigned(chain: OpenChain, fields: Fields): Promise<Uint8Array> {
  const { registry } = chain.runtime;
  const extrinsic = registry.createTypeUnsafe('Extrinsic', [
    { method: fields.callHex },
    { version: 4 },
  ]) as unknown as Extrinsic;
  const options = payloadOptions(chain, fields);
  return extrinsic
    .signFake(fields.address, { ...options, era: registry.createTypeUnsafe('ExtrinsicEra', [options.era]) })
    .toU8a();
}

/** @throws whatever the signer throws; usage NONCE */
export async function sign(chain: OpenChain, signer: TxSigner, fields: TxFields): Promise<SignedTx> {
  if (!Number.isSafeInteger(fields.nonce) || fields.nonce < 0)
    throw usageError('NONCE', `The nonce ${fields.nonce} is not a whole number from 0.`);
  const { blake2AsHex } = await import('#polkadot');
  const { registry } = chain.runtime;
  const signerPayload = registry.createTypeUnsafe('SignerPayload', [
    payloadOptions(chain, { address: signer.address, ...fields }),
  ]) as unknown as {
    toPayload(): { version: number };
  };
  const payload = signerPayload.toPayload();
  const toSign = registry.createTypeUnsafe('ExtrinsicPayload', [payload, { version: 4 }]) as unknown as {
    toU8a(options: { method: boolean }): Uint8Array;
  };
  const signature = await signer.sign(toSign.toU8a({ method: true }));
  const extrinsic = registry.createTypeUnsafe('Extrinsic', [
    { method: fields.callHex },
    { version: 4 },
  ]) as unknown as Extrinsic;
  extrinsic.addSignature(signer.address, signature, payload);
  const bytes = extrinsic.toU8a();
  return { ...fields, hex: extrinsic.toHex(), hash: blake2AsHex(bytes, 256), signer: signer.address };
}
