/** Finds the block in which a page was paid, and the chain as it was just before a block. */

import { blockHash, gone, isIndex, oddAnswer } from '../chain/answers.js';
import type { OpenChain } from '../chain/connect.js';
import { BursarError, preconditionError } from '../errors.js';
import { resolveCommand } from '../tx/follow.js';
import { inspect, type LookupOptions } from '../tx/lookup.js';
import type { Surroundings } from '../tx/options.js';
import type { BlockRef } from '../tx/outcome.js';

/** A block, its parent, and the chain with the runtime that executed the block. */
export interface Moment {
  readonly block: BlockRef;
  readonly parent: BlockRef;
  readonly finalized: boolean;
  /** Reads at the parent unless told otherwise, by the metadata of the runtime that executed the block. */
  readonly before: OpenChain;
}

/**
 * @param hash of a block of the chain as it is now
 * @throws unreachable BLOCK_GONE; precondition BLOCK_NOT_CANONICAL, GENESIS_BLOCK
 */
export async function momentOf(chain: OpenChain, hash: string): Promise<Moment> {
  const header = await chain.ask<{ number: string; parentHash: string } | null>('chain_getHeader', [hash]);
  if (!header) throw gone(chain.endpoint, hash);
  const number = Number(header.number);
  if (!isIndex(number)) throw oddAnswer(chain.endpoint, 'a block header');
  if (number === 0)
    throw preconditionError('GENESIS_BLOCK', 'Nothing is paid in the first block of a chain.');
  const canonical = await chain.ask<string | null>('chain_getBlockHash', [number]);
  if (canonical !== hash) {
    throw preconditionError(
      'BLOCK_NOT_CANONICAL',
      `The block ${hash} is not part of the chain any more: block ${number} is ${canonical ?? 'another one'}.`,
      { hint: 'The payout was included in another block: name that, or the transaction with --tx.' },
    );
  }
  const parent = { hash: blockHash(chain.endpoint, header.parentHash), number: number - 1 };
  const runtime = await chain.runtimeOf(hash);
  // Of the reference block only the hash is used here: nothing is estimated from its time.
  const at = { ...parent, timestamp: chain.reference.timestamp };
  const before = chain.at(at, { runtime });
  return { block: { hash, number }, parent, finalized: number <= chain.reference.number, before };
}

/**
 * Where a transaction is, from the journal or the newest blocks.
 * @throws precondition TX_NOT_FOUND, TX_NOT_INCLUDED; usage TX_DATA
 */
export async function whereIncluded(
  chain: OpenChain,
  txHash: string,
  options: LookupOptions & Pick<Surroundings, 'resolveWith'>,
): Promise<{ readonly block: string; readonly extrinsic: number }> {
  const { included } = await inspect(chain, txHash, options);
  if (included === null) {
    throw preconditionError('TX_NOT_INCLUDED', `${txHash} is not known to be in a block.`, {
      hint: `Find out what became of it with: ${(options.resolveWith ?? resolveCommand)(txHash)}`,
    });
  }
  return { block: included.block.hash, extrinsic: included.index };
}

/**
 * The first block at which `holds` is true, if it is true at the reference block and, once true, stays so. Steps back in
 * growing strides, so that an endpoint that keeps few states is enough for what happened lately.
 *
 * @returns null: it was so from the first block on, or the endpoint does not keep the states that would tell
 */
export async function firstBlockWhere(
  chain: OpenChain,
  holds: (hash: string) => Promise<boolean>,
): Promise<BlockRef | null> {
  const hashAt = async (number: number) =>
    blockHash(chain.endpoint, await chain.ask('chain_getBlockHash', [number]));
  let high: BlockRef = chain.reference;
  let low = -1;
  for (let stride = 1; low < 0; stride *= 2) {
    const number = Math.max(0, chain.reference.number - stride);
    const hash = await hashAt(number);
    const held = await holds(hash).catch(unlessPruned);
    if (held === null || (held && number === 0)) return null;
    if (held) high = { hash, number };
    else low = number;
  }
  while (high.number - low > 1) {
    const number = low + Math.floor((high.number - low) / 2);
    const hash = await hashAt(number);
    if (await holds(hash)) high = { hash, number };
    else low = number;
  }
  return { hash: high.hash, number: high.number };
}

function unlessPruned(error: unknown): null {
  if (error instanceof BursarError && error.code === 'STATE_PRUNED') return null;
  throw error;
}
