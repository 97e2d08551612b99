/**
 * The runtime has its metadata hash (RFC-78) compiled in: signatures that commit to it are accepted, signatures that
 * commit to another are not. Transactions are put together by hand, so that nothing is assumed of a client.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyringPair } from '@polkadot/keyring/types';
import { merkleizeMetadata } from '@polkadot-api/merkleize-metadata';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compact, concat, fromHex, type Hex, little, Reader, toHex } from '../../devnet/bytes.js';
import { packageRoot } from '../../devnet/cache.js';
import { type Devnet, startDevnet } from '../../devnet/index.js';
import { PROPERTIES } from '../../devnet/local.js';
import { type Api, connect, devKey, RawSocket } from './support.js';

const UNIT = 10_000_000_000n;
const BAD_SIGNATURE = { code: 1010, message: 'Invalid Transaction', data: 'Transaction has a bad signature' };
/** `Err(TransactionValidityError::Invalid(InvalidTransaction::BadProof))` of `apply_extrinsic`. */
const BAD_PROOF = '0x010004';

let devnet: Devnet;
let api: Api;
let socket: RawSocket;
let newcomer: KeyringPair;
let call: Uint8Array;
let metadata: Uint8Array;
let right: Uint8Array;

/** Metadata of a version as the chain's endpoint has it, without Option and length. */
async function metadataAt(version: number): Promise<Uint8Array> {
  const answer = await socket.ask('state_call', [
    'Metadata_metadata_at_version',
    toHex(little(BigInt(version), 4)),
  ]);
  const reader = new Reader(fromHex(answer));
  expect(reader.u8()).toBe(1);
  return reader.byteVector();
}

const committedWasm = async (): Promise<Uint8Array> => {
  const { brotliDecompressSync } = await import('node:zlib');
  return brotliDecompressSync(readFileSync(join(packageRoot, 'devnet', 'runtime', 'runtime.wasm.br')));
};

const digest = (token: { decimals: number; tokenSymbol: string }): Uint8Array =>
  merkleizeMetadata(metadata, token).digest();

beforeAll(async () => {
  devnet = await startDevnet({ port: 0, mode: 'manual' });
  [api, socket, newcomer] = await Promise.all([
    connect(devnet.url),
    RawSocket.open(devnet.url),
    devKey('//Newcomer'),
  ]);
  call = api.tx.balances!.transferKeepAlive(devnet.accounts.operator!.address, UNIT).method.toU8a();
  metadata = await metadataAt(15);
  right = digest({ decimals: PROPERTIES.tokenDecimals, tokenSymbol: PROPERTIES.tokenSymbol });
});
afterAll(async () => {
  await api?.disconnect();
  socket?.close();
  await devnet?.close();
});

interface Commitment {
  /** The extension's byte in the transaction. */
  readonly mode: number;
  /** What is signed. */
  readonly hash?: Uint8Array;
}

/** An immortal transaction with newcomer's next nonce and no tip. */
async function transaction({ mode, hash }: Commitment): Promise<Hex> {
  const [nonce, version] = await Promise.all([
    socket.ask('system_accountNextIndex', [newcomer.address]),
    socket.ask('state_getRuntimeVersion'),
  ]);
  const genesis = fromHex(devnet.genesisHash as Hex);
  const extra = concat(Uint8Array.of(0), compact(nonce), compact(0), Uint8Array.of(mode));
  const implicit = concat(
    little(BigInt(version.specVersion), 4),
    little(BigInt(version.transactionVersion), 4),
    genesis,
    genesis,
    hash === undefined ? Uint8Array.of(0) : concat(Uint8Array.of(1), hash),
  );
  // MultiSignature::Sr25519.
  const signature = concat(Uint8Array.of(1), newcomer.sign(concat(call, extra, implicit)));
  const address = concat(Uint8Array.of(0), newcomer.publicKey);
  const body = concat(Uint8Array.of(0x84), address, signature, extra, call);
  return toHex(concat(compact(body.length), body));
}

const submit = (extrinsic: Hex) => socket.call('author_submitExtrinsic', [extrinsic]);

/** The pool takes it, and it gets into a block. */
async function expectAccepted(commitment: Commitment): Promise<void> {
  const extrinsic = await transaction(commitment);
  expect((await submit(extrinsic)).error).toBeUndefined();
  const { hash } = await devnet.newBlock();
  const { block } = await socket.ask('chain_getBlock', [hash]);
  expect(block.extrinsics).toContain(extrinsic);
}

/** The pool refuses it; so does the runtime when it is put into a block past the pool. */
async function expectBadProof(commitment: Commitment): Promise<void> {
  const extrinsic = await transaction(commitment);
  expect((await submit(extrinsic)).error).toEqual(BAD_SIGNATURE);
  expect(await socket.ask('system_dryRun', [extrinsic])).toBe(BAD_PROOF);
  const { refused, block } = await devnet.chain.engine.seal([extrinsic]);
  expect(refused).toEqual([{ extrinsic, error: { kind: 'invalid', variant: 4 } }]);
  const { block: made } = await socket.ask('chain_getBlock', [block.hash]);
  expect(made.extrinsics).not.toContain(extrinsic);
}

it('the hash of the metadata that the chain serves is the one that the build wrote down', async () => {
  const written = JSON.parse(readFileSync(join(packageRoot, 'devnet', 'runtime', 'DIGEST.json'), 'utf8')) as {
    metadataHash: string;
  };
  expect(Buffer.from(right).toString('hex')).toBe(written.metadataHash);
});

it('the build’s own reading of the blob gives the same metadata’s hash', async () => {
  const { metadataHash } = (await import(join(packageRoot, 'devnet', 'runtime', 'metadata-hash.mjs'))) as {
    metadataHash(wasm: Uint8Array): string;
  };
  expect(metadataHash(await committedWasm())).toBe(Buffer.from(right).toString('hex'));
});

it('metadata has versions 14 to 16, and the address prefix is a constant of it', async () => {
  const versions = await Promise.all([14, 15, 16].map(metadataAt));
  expect(versions.map((one) => one[4])).toEqual([14, 15, 16]);
  const { TypeRegistry } = await import('@polkadot/types');
  const { Metadata } = await import('@polkadot/types');
  const { pallets } = new Metadata(new TypeRegistry(), toHex(metadata)).asLatest;
  const system = pallets.find((pallet) => pallet.name.eq('System'))!;
  const prefix = system.constants.find((constant) => constant.name.eq('SS58Prefix'))!;
  expect(toHex(prefix.value.toU8a(true))).toBe('0x2a00');
});

it('mode 0 without a hash is accepted: the mode is the signer’s choice', async () => {
  await expectAccepted({ mode: 0 });
});

it('mode 1 with the hash is accepted', async () => {
  await expectAccepted({ mode: 1, hash: right });
});

it('mode 1 with another hash has a bad signature', async () => {
  const other = Uint8Array.from(right);
  other[31]! ^= 1;
  await expectBadProof({ mode: 1, hash: other });
});

it('mode 1 with the hash for another token has a bad signature', async () => {
  await expectBadProof({ mode: 1, hash: digest({ decimals: 12, tokenSymbol: 'UNIT' }) });
  await expectBadProof({ mode: 1, hash: digest({ decimals: 10, tokenSymbol: 'DOT' }) });
});

it('the mode in the transaction and what was signed must go together', async () => {
  await expectBadProof({ mode: 1 });
  await expectBadProof({ mode: 0, hash: right });
});
