/** Methods that read: the system, blocks, storage, the runtime. */

import { fromHex, type Hex } from './bytes.js';
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

async function headerJson(block: Block) {
  const { parentHash, number, stateRoot, extrinsicsRoot, digest } = await block.header;
  return {
    parentHash: parentHash.toHex(),
    number: `0x${number.toNumber().toString(16)}`,
    stateRoot: stateRoot.toHex(),
    extrinsicsRoot: extrinsicsRoot.toHex(),
    digest: { logs: digest.logs.map((log: { toHex(): Hex }) => log.toHex()) },
  };
}

/** A subscription to heads; the present one comes first. */
function headSubscription(event: 'head' | 'finalized', notification: string): Method['run'] {
  return async ({ chain, subscriber }) => {
    const onBlock = async (block: Block): Promise<void> => subscription.send(await headerJson(block));
    const subscription = subscriber.open(notification, () => chain.events.off(event, onBlock));
    await onBlock(event === 'head' ? chain.head : chain.finalized);
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
    const { decodeAddress } = await import('@polkadot/util-crypto');
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
      if (value === undefined || value === null) return chain.head.hash as Hex;
      const number = typeof value === 'number' ? value : isNumberText(value) ? Number(value) : Number.NaN;
      if (!Number.isSafeInteger(number) || number < 0) throw invalid('number: a block number expected');
      return ((await chain.engine.blockchain.getBlockAt(number))?.hash as Hex | undefined) ?? null;
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
      block: { header: await headerJson(block), extrinsics: await block.extrinsics },
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
      return block.getKeysPaged({
        prefix: hexParam(prefix ?? '0x', 'prefix'),
        pageSize: count as number,
        startKey: hexParam(startKey ?? '0x', 'startKey'),
      });
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
  state_getMetadata: method('hash', async ({ chain }, [hash]) => (await blockAt(chain, hash)).metadata),
  state_getRuntimeVersion: method(
    'hash',
    async ({ chain }, [hash]) => (await blockAt(chain, hash)).runtimeVersion,
  ),
};
