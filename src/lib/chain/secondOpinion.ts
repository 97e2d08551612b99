/** What another endpoint of the same chain says of the runtime and its token: the first one's word is held against it. */

import { createHash } from 'node:crypto';
import { BursarError } from '../errors.js';
import { ignoreRpcError } from './answers.js';
import type { OpenChain } from './connect.js';
import { codeHashAt, fetchMetadata } from './metadata.js';
import { RpcClient } from './rpc.js';
import { type TokenClaims, tokenClaims } from './token.js';

export interface SecondOpinion {
  readonly endpoint: string;
  /** Whether it serves the same metadata for the reference block; or why that is not known. */
  readonly metadata: 'same' | 'other' | { readonly unknown: string };
  /** What it claims of the token; absent where it could not be asked. */
  readonly claims?: TokenClaims;
}

/** Half a megabyte is to be fetched the first time. */
const TIMEOUT_MS = 15_000;
const CONNECT_MS = 5_000;

/**
 * Asks the first of the other endpoints that answers.
 * @param ask a question of the caller's own to that endpoint
 * @returns nothing where there is no other endpoint
 * @throws interrupted INTERRUPTED
 */
export async function askAnother<T>(
  chain: OpenChain,
  options: { readonly otherEndpoints: readonly string[]; readonly signal?: AbortSignal },
  ask: (rpc: RpcClient) => Promise<T>,
): Promise<{ readonly opinion: SecondOpinion; readonly answer?: T } | undefined> {
  const others = options.otherEndpoints.filter((endpoint) => endpoint !== chain.endpoint);
  if (others.length === 0) return undefined;
  const rpc = new RpcClient({
    endpoints: others,
    timeoutMs: TIMEOUT_MS,
    connectMs: CONNECT_MS,
    rounds: 1,
    ...(options.signal ? { signal: options.signal } : {}),
  });
  try {
    await rpc.open();
    const genesis = await rpc.request('chain_getBlockHash', [0]);
    if (genesis !== chain.identity.genesisHash)
      return { opinion: unknownAt(rpc.endpoint, `${rpc.endpoint} is another chain`) };
    const [metadata, claims, answer] = await Promise.all([
      compare(chain, rpc),
      rpc.request('system_properties').catch(ignoreRpcError(undefined)),
      ask(rpc),
    ]);
    const claimed = claims === undefined ? {} : { claims: tokenClaims(rpc.endpoint, claims) };
    return { opinion: { endpoint: rpc.endpoint, metadata, ...claimed }, answer };
  } catch (error) {
    if (error instanceof BursarError && error.code === 'INTERRUPTED') throw error;
    return {
      opinion: unknownAt(rpc.endpoint || others[0]!, error instanceof Error ? error.message : String(error)),
    };
  } finally {
    rpc.close();
  }
}

const unknownAt = (endpoint: string, why: string): SecondOpinion => ({
  endpoint,
  metadata: { unknown: why },
});

/** By the hash of the code where this endpoint has served the metadata before, else by the metadata itself. */
async function compare(chain: OpenChain, rpc: RpcClient): Promise<SecondOpinion['metadata']> {
  const { hash, number } = chain.reference;
  const { store, metadata: record } = chain.trust;
  const there = await rpc.request('chain_getHeader', [hash]).catch(ignoreRpcError(null));
  if (there === null) return { unknown: `${rpc.endpoint} does not have block ${number} yet` };
  const codeHash = await codeHashAt(rpc, (method, params) => rpc.request(method, params), hash);
  const known = record.key.codeHash;
  if (codeHash !== null && known !== null) {
    if (codeHash !== known) return 'other';
    if (await store.served(record, rpc.endpoint)) return 'same';
  }
  const metadata = await fetchMetadata(rpc, hash);
  const bytes = Buffer.from(metadata.slice(2), 'hex');
  // "meta" and the version: an endpoint that serves only the older form has not contradicted the newer one.
  if (bytes[4] !== chain.runtime.metadataVersion)
    return { unknown: `${rpc.endpoint} serves metadata of version ${bytes[4]} only` };
  if (createHash('sha256').update(bytes).digest('hex') !== record.sha256) return 'other';
  await store.confirm(record, rpc.endpoint);
  return 'same';
}
