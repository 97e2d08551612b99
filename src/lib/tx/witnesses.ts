/**
 * The configured endpoints, each asked on its own. One endpoint may lie about heads, nonces and blocks, or have none of
 * them; what an extrinsic's end is depends on more than one word wherever there is more than one endpoint.
 */

import { blockHash } from '../chain/answers.js';
import { OpenChain } from '../chain/connect.js';
import { RpcClient } from '../chain/rpc.js';
import { preconditionError } from '../errors.js';

/** Opens another endpoint of the same chain. Nothing is sent before it is asked something. */
export type OpenPeer = (chain: OpenChain, endpoint: string, signal?: AbortSignal) => OpenChain;

export interface Witness {
  readonly endpoint: string;
  readonly chain: OpenChain;
}

export interface Witnesses {
  /** One for each configured endpoint; if there is only one, the connection that there is. */
  readonly all: readonly Witness[];
  close(): Promise<void>;
}

/** Milliseconds for an endpoint that is asked for its word. */
const PEER_MS = 5_000;

interface Meeting {
  readonly openPeer?: OpenPeer | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** @param endpoints all that are configured, the chain's own among them or not */
export function openWitnesses(
  chain: OpenChain,
  endpoints: readonly string[],
  { openPeer = overWebSocket, signal }: Meeting = {},
): Witnesses {
  const distinct = [...new Set([...endpoints, chain.endpoint])];
  if (distinct.length === 1) return { all: [{ endpoint: chain.endpoint, chain }], close: async () => {} };
  // Also the chain's own endpoint, on a connection of its own: the chain's moves on to another when this one fails.
  const all = distinct.map((endpoint) => ({ endpoint, chain: openPeer(chain, endpoint, signal) }));
  return {
    all,
    close: async () => {
      await Promise.allSettled(all.map((witness) => witness.chain.close()));
    },
  };
}

function overWebSocket(chain: OpenChain, endpoint: string, signal?: AbortSignal): OpenChain {
  const interruptible = signal === undefined ? {} : { signal };
  const rpc = new RpcClient({ endpoints: [endpoint], timeoutMs: PEER_MS, rounds: 1, ...interruptible });
  rpc.verifyEachConnection(async (request) => {
    const genesis = blockHash(endpoint, await request('chain_getBlockHash', [0]));
    if (genesis === chain.identity.genesisHash) return;
    throw preconditionError('WRONG_CHAIN', `${endpoint} is another chain: its genesis hash is ${genesis}.`, {
      hint: 'Check --rpc and --network.',
    });
  });
  return new OpenChain(rpc, chain.runtime, chain.identity, chain.token, chain.reference, chain.trust);
}
