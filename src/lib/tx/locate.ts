/**
 * Where an extrinsic ended up, from the blocks themselves. A node's transaction status subscription can fall silent, be
 * reorganised away or be lost with the connection; the blocks cannot. The account's nonce says that *something* was
 * included; a binary search over the block heights finds the block in a dozen reads.
 */

import { gone, oddAnswer } from '../chain/answers.js';
import type { OpenChain } from '../chain/connect.js';
import { BursarError, unreachableError } from '../errors.js';
import { classify, field } from './classify.js';
import type { BlockRef, ChainEvent, Included } from './outcome.js';

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

/** Final blocks of one endpoint that were looked at and do not have the extrinsic: each is asked for once. */
export type Looked = Map<OpenChain, Set<number>>;

/**
 * Looks for the extrinsic in the chain that ends at `head`, by the word of one endpoint (agreement.ts asks the others).
 * The account's nonce leads to a block; that the extrinsic is in none is said only after every block that could have it
 * was read.
 * @param finalized whether that head can no longer change
 * @throws unreachable for what could not be read: a block without its extrinsics or events is not one without this one
 */
export async function locate(
  chain: OpenChain,
  sought: Sought,
  head: BlockRef,
  finalized: boolean,
  looked: Looked = new Map(),
): Promise<Found> {
  const { validUntil } = sought;
  const used = ((await nonceAt(chain, sought.signer, head.hash)) ?? 0) > sought.nonce;
  const hinted = used ? await atNonce(chain, sought, head, finalized) : undefined;
  if (hinted) return { status: 'included', included: hinted };
  const over = validUntil !== null && head.number >= validUntil;
  if (!finalized || !(used || over)) return { status: 'open' };
  const last = Math.min(head.number, validUntil ?? sought.birth + LONGEST_SEARCH);
  const included = await search(chain, sought, last, looked);
  if (included) return { status: 'included', included };
  // What never expires and was signed long ago: too many blocks to read. The block that took its nonce was another's.
  return { status: over ? 'expired' : 'replaced' };
}

/** Blocks asked for at once. */
const SEARCH_WIDTH = 16;
/** As many blocks as the longest mortality has. */
const LONGEST_SEARCH = 4_096;

/** The extrinsic in the block that took its nonce. */
async function atNonce(
  chain: OpenChain,
  sought: Sought,
  head: BlockRef,
  finalized: boolean,
): Promise<Included | undefined> {
  let block: BlockRef;
  try {
    block = await blockOfNonce(chain, sought, head);
  } catch (error) {
    // An endpoint that has forgotten the states of old blocks may still have the blocks.
    if (
      finalized &&
      sought.validUntil !== null &&
      error instanceof BursarError &&
      error.code === 'STATE_PRUNED'
    )
      return undefined;
    throw error;
  }
  return extrinsicIn(chain, block, sought.txHash, finalized);
}

/** The extrinsic in any block after its birth up to `last`; all of them are final. */
async function search(
  chain: OpenChain,
  sought: Sought,
  last: number,
  looked: Looked,
): Promise<Included | undefined> {
  const done = looked.get(chain) ?? new Set();
  looked.set(chain, done);
  const numbers: number[] = [];
  for (let number = sought.birth + 1; number <= last; number++) if (!done.has(number)) numbers.push(number);
  for (let from = 0; from < numbers.length; from += SEARCH_WIDTH) {
    const found = await Promise.all(
      numbers.slice(from, from + SEARCH_WIDTH).map(async (number) => {
        const hash = await hashAt(chain, number);
        const one = await extrinsicIn(chain, { number, hash }, sought.txHash, true);
        if (one === undefined) done.add(number);
        return one;
      }),
    );
    const included = found.find((one) => one !== undefined);
    if (included) return included;
  }
  return undefined;
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
  const answer = await chain.ask<{ block: { extrinsics: string[] } } | null>('chain_getBlock', [hash]);
  if (!answer)
    throw unreachableError('BLOCK_GONE', `${chain.endpoint} does not have the block ${hash}.`, {
      hint: 'Name an archive node with --rpc.',
    });
  const { extrinsics } = answer.block;
  // Every block sets the time: one that has nothing was not read.
  if (extrinsics.length === 0 && chain.hasCall('Timestamp', 'set'))
    throw oddAnswer(chain.endpoint, 'a block without extrinsics');
  return extrinsics;
}

/** The outcome of the extrinsic at `index` of a block. @throws unreachable ENDPOINT_ANSWER without its events */
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
  if (!events.some(({ name }) => ENDS.has(name)))
    throw oddAnswer(
      chain.endpoint,
      `events of block ${block.number} that do not say how extrinsic ${index} ended,`,
    );
  const { call, signer } = chain.runtime.decodeExtrinsic(hex);
  return { kind: 'included', txHash, block, index, finalized, ...classify(call, ownEvents(events, signer)) };
}

/** The runtime ends every extrinsic with one of them. */
const ENDS = new Set(['System.ExtrinsicSuccess', 'System.ExtrinsicFailed']);

/**
 * What the extrinsic itself caused. FRAME runs `on_poll` hooks after the inherents, when the count has already moved on to
 * the first transaction: their events carry its number. Its own begin with the withdrawal of its fee.
 */
function ownEvents(events: readonly ChainEvent[], signer: string | null): readonly ChainEvent[] {
  const fee = events.findIndex(
    (event) => event.name === 'Balances.Withdraw' && field(event, 'who', 0) === signer,
  );
  return signer === null ? events : events.slice(fee + 1);
}

/** The finalized or best head. */
export async function headOf(chain: OpenChain, which: 'best' | 'finalized'): Promise<BlockRef> {
  const hash = await chain.ask<string>(
    which === 'finalized' ? 'chain_getFinalizedHead' : 'chain_getBlockHash',
  );
  const header = await chain.ask<{ number: string } | null>('chain_getHeader', [hash]);
  if (!header) throw gone(chain.endpoint, hash);
  return { hash, number: Number(header.number) };
}

/** The hash at a height. An endpoint that is behind has none: no other block may stand in for it. */
export async function hashAt(chain: OpenChain, number: number): Promise<string> {
  const hash = await chain.ask<string | null>('chain_getBlockHash', [number]);
  if (hash === null)
    throw unreachableError('BLOCK_GONE', `${chain.endpoint} does not have block ${number} yet.`, {
      hint: 'Try again.',
    });
  return hash;
}

/** Null: there is no such account. */
async function nonceAt(chain: OpenChain, account: string, at: string): Promise<number | null> {
  const [value] = await chain.read(
    [{ pallet: 'System', item: 'Account', keys: [account], optional: true }],
    at,
  );
  return value === null ? null : Number((value as unknown as { nonce: number | bigint }).nonce);
}

/** The first block after `birth` at which the account's nonce is past the sought one. */
async function blockOfNonce(chain: OpenChain, sought: Sought, head: BlockRef): Promise<BlockRef> {
  let low = sought.birth; // the nonce is not past it here: it was signed on top of this block
  let high = head.number;
  let hash = head.hash;
  while (high - low > 1) {
    const middle = low + Math.floor((high - low) / 2);
    const at = await hashAt(chain, middle);
    if (((await nonceAt(chain, sought.signer, at)) ?? 0) > sought.nonce) {
      high = middle;
      hash = at;
    } else {
      low = middle;
    }
  }
  return { hash, number: high };
}
