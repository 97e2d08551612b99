/** What a call costs before it is signed: its fee, and how much of a block it takes. */

import { ignoreRpcError, oddAnswer } from '../chain/answers.js';
import type { OpenChain } from '../chain/connect.js';
import type { Planck } from '../plain.js';
import { fakeSigned, type Mortality } from './extrinsic.js';
import type { RuntimeCall } from './plan.js';

/** Weight in both dimensions: picoseconds of computation, bytes of proof. */
export interface Weight {
  readonly refTime: bigint;
  readonly proofSize: bigint;
}

export interface CallCost {
  /** Without the tip. */
  readonly fee: Planck;
  /** What the chain reserves for it before it runs. */
  readonly weight: Weight;
  /** Bytes of the signed extrinsic. */
  readonly length: number;
}

/** What one transaction may take of a block. */
export interface BlockLimits {
  readonly weight: Weight;
  readonly length: number;
}

interface Signing {
  readonly signer: string;
  readonly nonce: number;
  readonly tip: Planck;
  readonly mortality: Mortality;
}

/**
 * The chain's own answer for the extrinsic as it would be signed; null where the chain has no payment API. Metadata of
 * version 14 lists no APIs: there the API is asked by its name.
 */
export async function costOf(
  chain: OpenChain,
  call: RuntimeCall,
  { signer, nonce, tip, mortality }: Signing,
): Promise<CallCost | null> {
  const isListed = chain.hasApi('TransactionPaymentApi', 'query_info');
  if (!isListed && chain.runtime.metadataVersion > 14) return null;
  const { u8aToHex } = await import('#polkadot');
  const { hex: callHex } = chain.encodeCall(call);
  // The metadata hash is signed and does not travel: it changes neither the length nor the fee.
  const fields = { address: signer, callHex, nonce, tip, mortality, metadataHash: null };
  const extrinsic = await fakeSigned(chain, fields);
  // The API takes the extrinsic as it travels, then its length as u32.
  const length = Buffer.alloc(4);
  length.writeUInt32LE(extrinsic.length);
  const name = 'TransactionPaymentApi_query_info';
  const bytes = u8aToHex(Buffer.concat([extrinsic, length]));
  const answer = isListed
    ? await chain.callApi(name, bytes)
    : await chain.rpc
        .request<string>('state_call', [name, bytes, chain.reference.hash])
        .then((hex) => decoded(chain, () => chain.runtime.decodeDispatchInfo(hex)))
        .catch(ignoreRpcError(null));
  if (answer === null) return null;
  const info = answer as unknown as {
    readonly partialFee: bigint;
    readonly weight: RawWeight;
  };
  return { fee: BigInt(info.partialFee), weight: asWeight(info.weight), length: extrinsic.length };
}

/** @throws unreachable ENDPOINT_ANSWER for bytes that are something else */
function decoded<T>(chain: OpenChain, decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    throw oddAnswer(chain.endpoint, 'a fee', cause);
  }
}

/**
 * The limits of the chain for one normal transaction: System's constants BlockWeights and BlockLength.
 * @throws precondition CONSTANT_MISSING on chains that do not publish them
 */
export function blockLimits(chain: Pick<OpenChain, 'constant'>): BlockLimits {
  const { perClass } = chain.constant('System', 'BlockWeights') as unknown as {
    readonly perClass: {
      readonly normal: { readonly maxExtrinsic: RawWeight | null; readonly maxTotal: RawWeight | null };
    };
  };
  const { max } = chain.constant('System', 'BlockLength') as unknown as {
    readonly max: { readonly normal: number };
  };
  const { maxExtrinsic, maxTotal } = perClass.normal;
  return { weight: asWeight(maxExtrinsic ?? maxTotal ?? UNLIMITED), length: max.normal };
}

/** Older chains know one dimension only, as a bare number. */
type RawWeight =
  | bigint
  | number
  | { readonly refTime: bigint | number; readonly proofSize?: bigint | number };

const UNLIMITED = (1n << 64n) - 1n;

function asWeight(raw: RawWeight): Weight {
  if (typeof raw !== 'object') return { refTime: BigInt(raw), proofSize: 0n };
  return { refTime: BigInt(raw.refTime), proofSize: BigInt(raw.proofSize ?? 0) };
}
