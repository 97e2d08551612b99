/**
 * Where an extrinsic ended up, from the blocks themselves. A node's transaction status subscription can fall silent, be
 * reorganised away or be lost with the connection; the blocks cannot. The account's nonce says that *something* was
 * included; a binary search over the block heights finds the block in a dozen reads.
 */

import type { OpenChain } from '../chain/connect.js';
import { unreachableError } from '../errors.js';
import { classify } from './classify.js';
import type { BlockRef, Included } from './outcome.js';

/** What identifies an extrinsic that may be in a block. */
export interface Sought {
  readonly txHash: string;
  readonly signer: string;
  readonly nonce: number;
  /** Block at which its validity begins. */
  readonly birth: number;
  readonly validUntil: number | null;
}

export type Found =
  | { readonly status: 'included'; readonly included: Included }
  /** Not in any block up to the head looked at, and it still can be. */
  | { readonly status: 'open' }
  | { readonly status: 'expired' }
  /** Another transaction took the nonce. */
  | { readonly status: 'replaced' };

/** Looks for the extrinsic in the chain that ends at `head`. `finalized`: whether that head can no longer change. */
export async function locate(
  chain: OpenChain,
  sought: Sought,
  head: BlockRef,
  finalized: boolean,
): Promise<Found> {
  if ((await nonceAt(chain, sought.signer, head.hash)) <= sought.nonce) {
    const over = finalized && sought.validUntil !== null && head.number >= sought.validUntil;
    return { status: over ? 'expired' : 'open' };
  }
  const block = await blockOfNonce(chain, sought, head);
  const included = await extrinsicIn(chain, block, sought.txHash, finalized);
  if (included) return { status: 'included', included };
  return { status: finalized ? 'replaced' : 'open' };
}

/** The extrinsic with this hash in a block, with its outcome. */
export async function extrinsicIn(
  chain: OpenChain,
  block: BlockRef,
  txHash: string,
  finalized: boolean,
): Promise<Included | undefined> {
  const { blake2AsHex, hexToU8a } = await import('#polkadot');
  const extrinsics = await blockExtrinsics(chain, block.hash);
  const index = extrinsics.findIndex((hex) => blake2AsHex(hexToU8a(hex as `0x${string}`), 256) === txHash);
  return index < 0
    ? undefined
    : outcomeAt(chain, block, extrinsics[index] as string, index, txHash, finalized);
}

/** The encoded extrinsics of a block. @throws unreachable BLOCK_GONE */
export async function blockExtrinsics(chain: OpenChain, hash: string): Promise<string[]> {
  const answer = await chain.rpc.request<{ block: { extrinsics: string[] } } | null>('chain_getBlock', [
    hash,
  ]);
  if (!answer)
    throw unreachableError('BLOCK_GONE', `${chain.endpoint} does not have the block ${hash}.`, {
      hint: 'Name an archive node with --rpc.',
    });
  return answer.block.extrinsics;
}

/** The outcome of the extrinsic at `index` of a block. */
export async function outcomeAt(
  chain: OpenChain,
  block: BlockRef,
  hex: string,
  index: number,
  txHash: string,
  finalized: boolean,
): Promise<Included> {
  const events = (await chain.events(block.hash))
    .filter((record) => record.extrinsic === index)
    .map((record) => record.event);
  const { call } = chain.runtime.decodeExtrinsic(hex);
  return { kind: 'included', txHash, block, index, finalized, ...classify(call, events) };
}

/** The finalized or best head. */
export async function headOf(chain: OpenChain, which: 'best' | 'finalized'): Promise<BlockRef> {
  const hash =
    which === 'finalized'
      ? await chain.rpc.request<string>('chain_getFinalizedHead')
      : await chain.rpc.request<string>('chain_getBlockHash');
  const header = await chain.rpc.request<{ number: string } | null>('chain_getHeader', [hash]);
  if (!header)
    throw unreachableError('BLOCK_GONE', `${chain.endpoint} does not have the block ${hash}.`, {
      hint: 'Try again.',
    });
  return { hash, number: Number(header.number) };
}

async function nonceAt(chain: OpenChain, account: string, at: string): Promise<number> {
  const [value] = await chain.read([{ pallet: 'System', item: 'Account', keys: [account] }], at);
  return Number((value as unknown as { nonce: number | bigint }).nonce);
}

/** The first block after `birth` at which the account's nonce is past the sought one. */
async function blockOfNonce(chain: OpenChain, sought: Sought, head: BlockRef): Promise<BlockRef> {
  let low = sought.birth; // the nonce is not past it here: it was signed on top of this block
  let high = head.number;
  let hash = head.hash;
  while (high - low > 1) {
    const middle = low + Math.floor((high - low) / 2);
    const at = await chain.rpc.request<string>('chain_getBlockHash', [middle]);
    if ((await nonceAt(chain, sought.signer, at)) > sought.nonce) {
      high = middle;
      hash = at;
    } else {
      low = middle;
    }
  }
  return { hash, number: high };
}
