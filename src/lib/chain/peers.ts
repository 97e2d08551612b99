/**
 * The configured endpoints of a chain, each on a connection of its own. What one says is held against what another says,
 * so it must be certain who said it: an endpoint is the address that is configured, never the text that is shown of it.
 */

import { preconditionError } from '../errors.js';
import { showUrl } from '../shown.js';
import { OpenChain } from './connect.js';
import { RpcClient } from './rpc.js';

export interface Peer {
  /** As configured; not to be printed. */
  readonly url: string;
  /** As it may be shown. */
  readonly endpoint: string;
  readonly chain: OpenChain;
}

/** Opens one endpoint of the same chain. Nothing is sent before it is asked something; it ends with the chain. */
export type OpenPeer = (chain: OpenChain, url: string, signal?: AbortSignal) => OpenChain;

export interface PeerOptions {
  readonly openPeer?: OpenPeer | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds for an endpoint that is asked for its word. */
const ANSWER_MS = 5_000;

/**
 * One for each configured endpoint; if there is only one, the connection that there is.
 * @param urls all that are configured, the one in use among them or not
 */
export function peersOf(
  chain: OpenChain,
  urls: readonly string[],
  { openPeer = ownConnection, signal }: PeerOptions = {},
): Peer[] {
  const all = distinct([...urls, chain.rpc.url]);
  const peer = (url: string, its: OpenChain): Peer => ({ url, endpoint: showUrl(url), chain: its });
  // Also the one in use: the chain's own connection moves on to another endpoint when this one fails.
  return all.length === 1
    ? [peer(chain.rpc.url, chain)]
    : all.map((url) => peer(url, openPeer(chain, url, signal)));
}

/** Whether two configured addresses are one endpoint: `wss://host` and `wss://host/` are. */
export const isSameEndpoint = (a: string, b: string): boolean => canonical(a) === canonical(b);

const canonical = (url: string): string => (URL.canParse(url) ? new URL(url).href : url);

const distinct = (urls: readonly string[]): string[] =>
  urls.filter((url, at) => urls.findIndex((other) => isSameEndpoint(other, url)) === at);

/** Opened once for all that is asked of it. Every connection must be of the same chain. */
function ownConnection(chain: OpenChain, url: string, signal = chain.rpc.signal): OpenChain {
  const rpc =
    chain.rpc.beside.get(url) ?? new RpcClient({ ...BRIEF, endpoints: [url], ...(signal ? { signal } : {}) });
  chain.rpc.beside.set(url, rpc);
  rpc.verifyEachConnection(async (request, endpoint) => {
    const genesis = await request('chain_getBlockHash', [0]);
    if (genesis === chain.identity.genesisHash) return;
    throw preconditionError(
      'WRONG_CHAIN',
      `${endpoint} is another chain: its genesis hash is ${String(genesis)}.`,
      { hint: 'Check --rpc and --network.' },
    );
  });
  return new OpenChain(rpc, chain.runtime, chain.identity, chain.token, chain.reference, chain.trust);
}

const BRIEF = { timeoutMs: ANSWER_MS, rounds: 1 };
