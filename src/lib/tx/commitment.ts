/**
 * Whether a signature commits to the metadata that its call was encoded with. With `CheckMetadataHash` in mode 1 the
 * digest of the metadata (RFC-78) is part of what is signed: if a node served forged metadata, the chain has another
 * digest and refuses the signature, whatever the call would have been.
 *
 * One query tells whether the chain does that, before a key is touched: a transaction that a throw-away key signs in
 * mode 1 is shown to the runtime's own validation. It cannot be included, since nobody has funded that key.
 */

import type { OpenChain } from '../chain/connect.js';
import { DIGEST_UNAVAILABLE, metadataDigest } from '../chain/digest.js';
import { BursarError } from '../errors.js';
import { sign, type TxSigner } from './extrinsic.js';

/** `auto`: wherever the chain can check it; `require`: else nothing is signed; `off`: never. */
export type MetadataHashPolicy = 'auto' | 'require' | 'off';

/** Whoever answers a read: the chain's endpoint, or another one. */
export interface Answerer {
  readonly endpoint: string;
  request(method: string, params: readonly unknown[]): Promise<unknown>;
}

/**
 * What an endpoint says of the digest. `matches`: its runtime has it; `differs`: it has another one; `absent`: none was
 * compiled into the runtime; `unknown`: it does not say.
 */
export type Verdict = 'matches' | 'differs' | 'absent' | 'unknown';

/** What can be committed to. */
export type Digest =
  | { readonly hash: string }
  /** There is none, and why: a sentence's end. `expected`: the chain's transactions have a place for it. */
  | { readonly hash: null; readonly why: string; readonly expected: boolean };

/** `sp_runtime::transaction_validity`: External, where a transaction comes from. */
const EXTERNAL = 2;
/** `Err(Unknown(CannotLookup))`: what CheckMetadataHash answers in mode 1 when no hash was compiled in. */
const CANNOT_LOOKUP = '0x010100';
/** `Err(Invalid(BadProof))`: the signature is not of what the runtime thinks was signed. */
const BAD_PROOF = '0x010004';
/** `Err(Invalid(AncientBirthBlock | BadSigner | IndeterminateImplicit))`: it did not come as far as the signature. */
const NO_VERDICT = ['0x010005', '0x01000a', '0x01000b'];

/**
 * The digest of the metadata at hand, from the cache or computed.
 * @throws what a broken installation throws
 */
export async function digestOf(chain: OpenChain): Promise<Digest> {
  if (!chain.runtime.hasExtension('CheckMetadataHash'))
    return { hash: null, why: 'the chain has no CheckMetadataHash', expected: false };
  const { store, metadata } = chain.trust;
  const { symbol, decimals } = chain.token;
  const madeWith = `${decimals} ${symbol}`;
  const kept = await store.digest(metadata, madeWith);
  if (kept !== undefined && chain.token.undenominated === undefined) return { hash: kept };
  try {
    const hash = await metadataDigest(chain.runtime.metadata, chain.identity, chain.token);
    await store.keepDigest(metadata, madeWith, hash);
    return { hash };
  } catch (error) {
    if (!(error instanceof BursarError) || error.code !== DIGEST_UNAVAILABLE) throw error;
    return { hash: null, why: lowerFirst(error.message.replace(/\.$/, '')), expected: true };
  }
}

/** The throw-away transaction that is shown to the runtime: an empty remark, 0x hex. */
export async function probe(chain: OpenChain, metadataHash: string): Promise<string> {
  const { ed25519PairFromSeed, ed25519Sign, blake2AsU8a, encodeAddress, randomAsU8a, u8aConcat } =
    await import('#polkadot');
  const pair = ed25519PairFromSeed(randomAsU8a(32));
  const signer: TxSigner = {
    address: encodeAddress(pair.publicKey),
    sign: async (payload) =>
      u8aConcat(
        new Uint8Array([0]), // MultiSignature::Ed25519
        ed25519Sign(payload.length > 256 ? blake2AsU8a(payload, 256) : payload, pair),
      ),
  };
  const remark = chain.encodeCall({ pallet: 'System', call: 'remark', args: { remark: '0x' } });
  const birth = { number: chain.reference.number, hash: chain.reference.hash };
  const { hex } = await sign(chain, signer, {
    callHex: remark.hex,
    nonce: 0,
    tip: 0n,
    mortality: { birth, period: 0, validUntil: null },
    metadataHash,
  });
  return hex;
}

/** Asks an endpoint's runtime about a {@link probe}, in the state of a block. */
export async function verdictOf(answerer: Answerer, transaction: string, at: string): Promise<Verdict> {
  const source = EXTERNAL.toString(16).padStart(2, '0');
  const bytes = `0x${source}${transaction.slice(2)}${at.slice(2)}`;
  let answer: unknown;
  try {
    answer = await answerer.request('state_call', ['TaggedTransactionQueue_validate_transaction', bytes, at]);
  } catch (error) {
    if (error instanceof BursarError && error.code === 'INTERRUPTED') throw error;
    return 'unknown';
  }
  if (typeof answer !== 'string' || !/^0x0[01]([0-9a-f]{2})*$/.test(answer)) return 'unknown';
  if (answer === CANNOT_LOOKUP) return 'absent';
  if (answer === BAD_PROOF) return 'differs';
  return NO_VERDICT.includes(answer) ? 'unknown' : 'matches';
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
