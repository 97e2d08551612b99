/** Methods that read: the system, blocks, storage, the runtime. */

import {
  compact,
  fromHex,
  type Hex,
  Reader,
  type RuntimeVersion,
  TrieState,
  toHex,
} from '../src/lib/host/index.js';
import type { Block } from './engine.js';
import { blake2 } from './header.js';
import {
  blockAt,
  findBlock,
  hexParam,
  invalid,
  type Method,
  type Methods,
  method,
  runtimeCall,
  unsubscribe,
} from './rpc-kit.js';
import { RpcFault } from './validity.js';

function headerJson({ header }: Block) {
  const { parentHash, number, stateRoot, extrinsicsRoot, digest } = header;
  return {
    parentHash,
    number: `0x${number.toString(16)}`,
    stateRoot,
    extrinsicsRoot,
    digest: { logs: digest },
  };
}

/** A subscription to heads; the present one comes first. */
function headSubscription(event: 'head' | 'finalized', notification: string): Method['run'] {
  return async ({ chain, subscriber }) => {
    const onBlock = (block: Block): void => subscription.send(headerJson(block));
    const subscription = subscriber.open(notification, () => chain.events.off(event, onBlock));
    onBlock(event === 'head' ? chain.head : chain.finalized);
    chain.events.on(event, onBlock);
    return subscription.id;
  };
}

// -----------------------------------------------------------------------------------------------

export const system: Methods = {
  system_chain: method('', async ({ chain }) => (await chain.engine.system()).chain),
  system_properties: method('', async ({ chain }) => (await chain.engine.system()).properties),
  system_name: method('', () => 'bursar devnet'),
  system_version: method('', () => '1'),
  system_chainType: method('', () => 'Development'),
  system_health: method('', () => ({ peers: 0, isSyncing: false, shouldHavePeers: false })),
  system_peers: method('', () => []),
  system_nodeRoles: method('', () => ['Full']),
  system_localListenAddresses: method('', () => []),
  system_syncState: method('', async ({ chain }) => ({
    startingBlock: chain.engine.floor,
    currentBlock: chain.head.number,
    highestBlock: chain.head.number,
  })),
  system_accountNextIndex: method('account', async ({ chain }, [account]) => {
    const { decodeAddress } = await import('#polkadot');
    let key: Uint8Array;
    try {
      key = decodeAddress(String(account));
    } catch (error) {
      throw invalid(`account: ${(error as Error).message}`);
    }
    return chain.nextNonce(key);
  }),
  system_dryRun: method('extrinsic at', async ({ chain }, [extrinsic, at]) =>
    chain.engine.dryRun(hexParam(extrinsic, 'extrinsic'), await blockAt(chain, at)),
  ),
};

export const chainMethods: Methods = {
  chain_getBlockHash: method('hash', async ({ chain }, [numbers]) => {
    const one = async (value: unknown): Promise<Hex | null> => {
      if (value === undefined || value === null) return chain.head.hash;
      const number = typeof value === 'number' ? value : isNumberText(value) ? Number(value) : Number.NaN;
      if (!Number.isSafeInteger(number) || number < 0) throw invalid('number: a block number expected');
      return (await chain.engine.blockAt(number))?.hash ?? null;
    };
    return Array.isArray(numbers) ? Promise.all(numbers.map(one)) : one(numbers);
  }),
  chain_getHeader: method('hash', async ({ chain }, [hash]) => {
    const block = await findBlock(chain, hash);
    return block === undefined ? null : headerJson(block);
  }),
  chain_getBlock: method('hash', async ({ chain }, [hash]) => {
    const block = await findBlock(chain, hash);
    if (block === undefined) return null;
    return {
      block: { header: headerJson(block), extrinsics: block.extrinsics },
      justifications: null,
    };
  }),
  chain_getFinalizedHead: method('', ({ chain }) => chain.finalized.hash),
  chain_subscribeNewHeads: method('', headSubscription('head', 'chain_newHead')),
  chain_subscribeAllHeads: method('', headSubscription('head', 'chain_allHead')),
  chain_subscribeFinalizedHeads: method('', headSubscription('finalized', 'chain_finalizedHead')),
  chain_unsubscribeNewHeads: unsubscribe,
  chain_unsubscribeAllHeads: unsubscribe,
  chain_unsubscribeFinalizedHeads: unsubscribe,
};

const isNumberText = (value: unknown): boolean =>
  typeof value === 'string' && /^(0x[0-9a-f]+|\d+)$/i.test(value);

const MAX_KEYS = 1_000;

export const state: Methods = {
  state_getStorage: method('key hash', async ({ chain }, [key, hash]) =>
    (await blockAt(chain, hash)).get(hexParam(key, 'key')),
  ),
  state_getStorageHash: method('key hash', async ({ chain }, [key, hash]) => {
    const value = await (await blockAt(chain, hash)).get(hexParam(key, 'key'));
    return value === undefined || value === null ? null : blake2(fromHex(value));
  }),
  state_getStorageSize: method('key hash', async ({ chain }, [key, hash]) => {
    const value = await (await blockAt(chain, hash)).get(hexParam(key, 'key'));
    return value === undefined || value === null ? null : (value.length - 2) / 2;
  }),
  state_getKeysPaged: method(
    'prefix count startKey hash',
    async ({ chain }, [prefix, count, startKey, hash]) => {
      if (!Number.isSafeInteger(count) || (count as number) < 0 || (count as number) > MAX_KEYS)
        throw new RpcFault(4002, `count exceeds maximum value. value: ${count}, max: ${MAX_KEYS}`);
      const block = await blockAt(chain, hash);
      const after = hexParam(startKey ?? '0x', 'startKey').toLowerCase();
      const start = hexParam(prefix ?? '0x', 'prefix').toLowerCase() as Hex;
      return block.keys(start, count as number, after === '0x' ? undefined : after);
    },
  ),
  state_queryStorageAt: method('keys at', async ({ chain }, [keys, at]) => {
    if (!Array.isArray(keys)) throw invalid('keys: an array expected');
    const block = await blockAt(chain, at);
    const wanted = keys.map((key) => hexParam(key, 'keys'));
    const values = await block.getMany(wanted);
    return [{ block: block.hash, changes: wanted.map((key, i) => [key, values[i] ?? null]) }];
  }),
  state_call: method('name bytes hash', async ({ chain }, [name, bytes, hash]) => {
    if (typeof name !== 'string') throw invalid('name: text expected');
    return runtimeCall(await blockAt(chain, hash), name, hexParam(bytes ?? '0x', 'bytes'));
  }),
  state_getMetadata: method('hash', async ({ chain }, [hash]) => metadataOf(await blockAt(chain, hash))),
  state_getRuntimeVersion: method('hash', async ({ chain }, [hash]) =>
    versionJson(await (await blockAt(chain, hash)).version()),
  ),
  state_getReadProof: method('keys at', async ({ chain }, [keys, at]) => {
    if (!Array.isArray(keys)) throw invalid('keys: an array expected');
    const block = await blockAt(chain, at);
    const wanted = keys.map((key) => hexParam(key, 'keys').toLowerCase() as Hex);
    if (!(block.state instanceof TrieState))
      throw new RpcFault(4003, 'Client error: a fork has no read proofs: only a part of the state is here');
    return { at: block.hash, proof: block.state.main.proof(wanted).map(toHex) };
  }),
};

/** The metadata without the length in front of it: the runtime answers opaque bytes. */
async function metadataOf(block: Block): Promise<Hex> {
  const answer = fromHex(await runtimeCall(block, 'Metadata_metadata', '0x'));
  const { length } = new Reader(answer).byteVector();
  return toHex(answer.subarray(compact(length).length));
}

/** As a node answers it. */
export function versionJson({ apis, ...version }: RuntimeVersion) {
  return { ...version, apis, systemVersion: version.stateVersion };
}
