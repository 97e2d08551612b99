/** What another endpoint of the same chain says of the runtime and its token: the first one's word is held against it. */

import { createHash } from 'node:crypto';
import { BursarError, reasonOf } from '../errors.js';
import { type AgreeOptions, type Second, secondOf } from './agree.js';
import { ignoreRpcError } from './answers.js';
import type { OpenChain } from './connect.js';
import { codeHashAt, fetchMetadata } from './metadata.js';
import type { Peer } from './peers.js';
import type { RpcClient } from './rpc.js';
import { type TokenClaims, tokenClaims } from './token.js';

export interface SecondOpinion {
  /** As it may be shown; empty when none could be asked. */
  readonly endpoint: string;
  /** Whether it serves the same metadata for the reference block; or why that is not known. */
  readonly metadata: 'same' | 'other' | { readonly unknown: string };
  /** What another endpoint than the one that was believed claims of the token; absent where none could be asked. */
  readonly token?: { readonly endpoint: string; readonly claims: TokenClaims };
}

/** Half a megabyte is to be fetched the first time. */
const TIMEOUT_MS = 15_000;

/**
 * Asks another endpoint than the one that served the metadata, and another one than that which told of the token. Most
 * often both are the same; not after one of them failed in the middle of the command.
 * @param ask a question of the caller's own to the first
 * @returns nothing where there is no other endpoint
 * @throws interrupted INTERRUPTED
 */
export async function askAnother<T>(
  chain: OpenChain,
  options: Omit<AgreeOptions, 'agree'>,
  ask: (rpc: RpcClient) => Promise<T>,
): Promise<{ readonly opinion: SecondOpinion; readonly answer?: T } | undefined> {
  const { servedBy, claimedBy } = chain.trust;
  const [second, other] = await Promise.all([
    secondOf(chain, options, servedBy),
    secondOf(chain, options, claimedBy),
  ]);
  if (second === undefined) return undefined;
  const [of, token] = await Promise.all([
    opinionOf(chain, second, ask),
    other && 'peer' in other ? claimsOf(other.peer) : undefined,
  ]);
  const { answer, ...opinion } = of;
  return {
    opinion: { ...opinion, ...(token ? { token } : {}) },
    ...(answer === undefined ? {} : { answer }),
  };
}

async function opinionOf<T>(
  chain: OpenChain,
  second: Second,
  ask: (rpc: RpcClient) => Promise<T>,
): Promise<Pick<SecondOpinion, 'endpoint' | 'metadata'> & { readonly answer?: T }> {
  if ('missing' in second) return { endpoint: '', metadata: { unknown: second.missing.join('; ') } };
  const { peer, hash } = second;
  const { endpoint } = peer;
  const { reference } = chain;
  if (hash !== reference.hash)
    return { endpoint, metadata: { unknown: `${endpoint} has another block ${reference.number}` } };
  try {
    peer.chain.rpc.allow(TIMEOUT_MS);
    const [metadata, answer] = await Promise.all([compare(chain, peer), ask(peer.chain.rpc)]);
    return { endpoint, metadata, answer };
  } catch (error) {
    return { endpoint, metadata: { unknown: whySilent(error) } };
  }
}

async function claimsOf({ endpoint, chain: { rpc } }: Peer): Promise<SecondOpinion['token']> {
  try {
    rpc.allow(TIMEOUT_MS);
    return { endpoint, claims: tokenClaims(endpoint, await rpc.request('system_properties')) };
  } catch (error) {
    whySilent(error);
    return undefined;
  }
}

/** Why an endpoint said nothing. @throws interrupted */
function whySilent(error: unknown): string {
  if (error instanceof BursarError && error.code === 'INTERRUPTED') throw error;
  return reasonOf(error);
}

/** By the hash of the code where this endpoint has served the metadata before, else by the metadata itself. */
async function compare(chain: OpenChain, peer: Peer): Promise<SecondOpinion['metadata']> {
  const { endpoint, url } = peer;
  const { rpc } = peer.chain;
  const { hash } = chain.reference;
  const { store, metadata: record } = chain.trust;
  const codeHash = await codeHashAt(rpc, hash);
  const known = record.key.codeHash;
  if (codeHash !== null && known !== null) {
    if (codeHash !== known) return 'other';
    if (await store.served(record, url)) return 'same';
  }
  const metadata = await fetchMetadata(rpc, hash).catch(ignoreRpcError(null));
  if (metadata === null) return { unknown: `${endpoint} does not serve its metadata` };
  const bytes = Buffer.from(metadata.value.slice(2), 'hex');
  // "meta" and the version: an endpoint that serves only the older form has not contradicted the newer one.
  if (bytes[4] !== chain.runtime.metadataVersion)
    return { unknown: `${endpoint} serves metadata of version ${bytes[4]} only` };
  if (createHash('sha256').update(bytes).digest('hex') !== record.sha256) return 'other';
  await store.confirm(record, url);
  return 'same';
}
