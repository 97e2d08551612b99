/**
 * What the configured endpoints say together of an extrinsic that has left. That it is in no block is believed only when
 * every one of them says so of the same finalized block; that it is in one, and how it ended, when two do (the one that
 * there is, if there is one) and none that was asked says otherwise.
 */

import type { Agree } from '../chain/agree.js';
import { isSameEndpoint, type Peer } from '../chain/peers.js';
import { BursarError, type BursarErrorOptions } from '../errors.js';
import { extrinsicIn, type Found, hashAt, headOf, type Looked, locate, type Sought } from './locate.js';
import type { Included } from './outcome.js';

/** The word of an endpoint is missing, or is another one. `behind`: it will be there when it has caught up. */
export class NotAgreed extends BursarError {
  constructor(
    message: string,
    readonly behind: boolean,
    options: BursarErrorOptions = {},
  ) {
    super(5, 'NOT_AGREED', message, options);
  }
}

/** How many must say that it is in a block. */
const QUORUM = 2;

/**
 * The inclusion that one endpoint told, if it stands.
 * @param all of the configured endpoints, one each
 * @param teller the endpoint that told it, as configured; empty if that is not known
 * @param agree `warn`: one word is enough while the others cannot be asked
 * @throws NotAgreed
 */
export async function confirmInclusion(
  all: readonly Peer[],
  included: Included,
  teller: string,
  agree: Agree = 'require',
): Promise<Included> {
  if (all.length === 1) return included;
  let words = all.some(({ url }) => isSameEndpoint(url, teller)) ? 1 : 0;
  const missing: NotAgreed[] = [];
  for (const peer of all) {
    if (words >= Math.min(QUORUM, all.length)) break;
    if (isSameEndpoint(peer.url, teller)) continue;
    const answer = await asking(peer, () => saysTheSame(peer, included));
    if (answer === true) words += 1;
    else if (answer.behind || answer.cause !== undefined) missing.push(answer);
    else throw answer;
  }
  const silent = missing.every(({ cause }) => cause !== undefined);
  if (words >= Math.min(QUORUM, all.length) || (agree === 'warn' && words > 0 && silent)) return included;
  throw (
    missing.find(({ behind }) => !behind) ??
    missing[0] ??
    new NotAgreed('No second endpoint was asked.', false)
  );
}

/**
 * That the extrinsic is in no block and never will be, by the word of every endpoint.
 * @returns what one of them found instead: in a block, or open
 * @throws NotAgreed
 */
export async function agreedAbsence(all: readonly Peer[], sought: Sought, looked: Looked): Promise<Found> {
  const heads = await Promise.all(all.map((peer) => need(peer, () => headOf(peer.chain, 'finalized'))));
  const lowest = heads.reduce((a, b) => (b.number < a.number ? b : a));
  const hashes = await Promise.all(
    all.map((peer, index) => {
      const head = heads[index];
      return head?.number === lowest.number ? head.hash : need(peer, () => hashAt(peer.chain, lowest.number));
    }),
  );
  const other = hashes.findIndex((hash) => hash !== lowest.hash);
  if (other >= 0) {
    const teller = all[heads.indexOf(lowest)]?.endpoint;
    throw new NotAgreed(
      `the finalized block ${lowest.number} is ${lowest.hash} at ${teller} and ${hashes[other]} at ${all[other]?.endpoint}`,
      false,
    );
  }
  const found = await Promise.all(
    all.map((peer) => need(peer, () => locate(peer.chain, sought, lowest, true, looked))),
  );
  const index = found.findIndex(({ status }) => status === 'included');
  const one = found[index];
  if (one?.status === 'included') {
    const without = found.findIndex(({ status }) => status === 'expired' || status === 'replaced');
    if (without < 0) return one;
    throw new NotAgreed(
      `it is in block ${one.included.block.number} at ${all[index]?.endpoint} and in none at ${all[without]?.endpoint}`,
      false,
    );
  }
  return found.find(({ status }) => status === 'open') ?? (found[0] as Found);
}

async function saysTheSame(peer: Peer, included: Included): Promise<true | NotAgreed> {
  const { block, txHash, finalized, verdict } = included;
  const head = await headOf(peer.chain, finalized ? 'finalized' : 'best');
  if (head.number < block.number)
    return new NotAgreed(`${peer.endpoint} has not come to block ${block.number} yet`, true);
  const hash = await hashAt(peer.chain, block.number);
  if (hash !== block.hash)
    // Two branches of a chain that is not final yet may be seen at the same time.
    return new NotAgreed(
      `block ${block.number} is ${block.hash} at one endpoint and ${hash} at ${peer.endpoint}`,
      !finalized,
    );
  const own = await extrinsicIn(peer.chain, block, txHash, finalized);
  if (own === undefined || own.index !== included.index)
    return new NotAgreed(`${peer.endpoint} does not have it in block ${block.number}`, false);
  if (own.verdict === verdict && own.failure?.name === included.failure?.name) return true;
  return new NotAgreed(`${peer.endpoint} says that it ended otherwise (${own.verdict})`, false);
}

async function asking(peer: Peer, ask: () => Promise<true | NotAgreed>): Promise<true | NotAgreed> {
  try {
    return await need(peer, ask);
  } catch (error) {
    if (error instanceof NotAgreed) return error;
    throw error;
  }
}

/** The answer of an endpoint whose word is needed. @throws NotAgreed with the cause when there is none */
async function need<T>(peer: Peer, ask: () => Promise<T>): Promise<T> {
  peer.chain.rpc.allow();
  try {
    return await ask();
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    throw new NotAgreed(`${peer.endpoint} could not be asked: ${cause.message.replace(/\.$/, '')}`, false, {
      cause,
    });
  }
}
