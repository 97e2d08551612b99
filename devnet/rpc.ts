/**
 * The JSON-RPC methods. Ours answer as a Substrate node does; what is left (archive_v1, chainHead_v1, childstate, read proofs)
 * are chopsticks' own handlers.
 */

import type { allHandlers } from '@acala-network/chopsticks-core';
import { fromHex, type Hex, isHex, Reader } from './bytes.js';
import type { BuildMode, DevChain } from './chain.js';
import type { Block } from './engine.js';
import { RuntimeTrap } from './executor.js';
import { blake2 } from './genesis.js';
import type { TransactionStatus } from './pool.js';
import { RpcFault } from './validity.js';

/** Where a method's subscriptions go: one a connection. */
export interface Subscriber {
  /**
   * Open a subscription.
   * @param method name of the notifications
   * @param cancel called once when it ends
   */
  open(method: string, cancel: () => void, id?: string): { readonly id: string; send(result: unknown): void };
  /** @returns whether it was open */
  end(id: string): boolean;
}

export interface Context {
  readonly chain: DevChain;
  readonly subscriber: Subscriber;
  /** chopsticks' handlers, for what we do not answer ourselves. */
  readonly handlers: typeof allHandlers;
}

type Params = readonly unknown[];
interface Method {
  /** Parameter names in order, for calls that pass an object. */
  readonly params: readonly string[];
  readonly run: (context: Context, params: Params) => unknown;
}

const method = (params: string, run: Method['run']): Method => ({
  params: params === '' ? [] : params.split(' '),
  run,
});

const invalid = (why: string): RpcFault => new RpcFault(-32602, 'Invalid params', why);

function hexParam(value: unknown, name: string): Hex {
  if (!isHex(value)) throw invalid(`${name}: 0x-prefixed hex expected`);
  return value;
}

/** The block of a hash, or the head. @throws RpcFault 4003 as a node for a hash that it does not know */
async function blockAt(chain: DevChain, hash: unknown): Promise<Block> {
  if (hash === undefined || hash === null) return chain.head;
  const block = await findBlock(chain, hash);
  if (block === undefined)
    throw new RpcFault(4003, `Client error: UnknownBlock: Header was not found in the database: ${hash}`);
  return block;
}

async function findBlock(chain: DevChain, hash: unknown): Promise<Block | undefined> {
  if (hash === undefined || hash === null) return chain.head;
  const wanted = hexParam(hash, 'hash');
  if (wanted.length !== 66) throw invalid('hash: 32 bytes expected');
  return chain.engine.blockchain.getBlock(wanted.toLowerCase() as Hex);
}

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

const unsubscribe = method('subscription', ({ subscriber }, [id]) => subscriber.end(String(id)));

async function runtimeCall(block: Block, name: string, data: Hex): Promise<Hex> {
  try {
    return (await block.call(name, [data])).result;
  } catch (error) {
    throw new RpcFault(4003, `Client error: Execution failed: ${(error as Error).message}`);
  }
}

// -----------------------------------------------------------------------------------------------

const system: { readonly [name: string]: Method } = {
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

const chainMethods: { readonly [name: string]: Method } = {
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

const state: { readonly [name: string]: Method } = {
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
  state_getKeysPaged: method('prefix count startKey hash', async ({ chain }, [prefix, count, startKey, hash]) => {
    if (!Number.isSafeInteger(count) || (count as number) < 0 || (count as number) > MAX_KEYS)
      throw new RpcFault(4002, `count exceeds maximum value. value: ${count}, max: ${MAX_KEYS}`);
    const block = await blockAt(chain, hash);
    return block.getKeysPaged({
      prefix: hexParam(prefix ?? '0x', 'prefix'),
      pageSize: count as number,
      startKey: hexParam(startKey ?? '0x', 'startKey'),
    });
  }),
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
  state_getRuntimeVersion: method('hash', async ({ chain }, [hash]) => (await blockAt(chain, hash)).runtimeVersion),
};

const author: { readonly [name: string]: Method } = {
  author_submitExtrinsic: method('extrinsic', ({ chain }, [extrinsic]) => chain.submit(extrinsic as Hex)),
  author_submitAndWatchExtrinsic: method('extrinsic', async ({ chain, subscriber }, [extrinsic]) => {
    let open = true;
    const subscription = subscriber.open('author_extrinsicUpdate', () => {
      open = false;
    });
    const onStatus = (status: TransactionStatus): void => {
      if (!open) return;
      subscription.send(status);
      if (isLast(status)) subscriber.end(subscription.id);
    };
    try {
      await chain.submit(extrinsic as Hex, onStatus);
    } catch (error) {
      subscriber.end(subscription.id);
      throw error;
    }
    return subscription.id;
  }),
  author_unwatchExtrinsic: unsubscribe,
  author_pendingExtrinsics: method('', ({ chain }) => chain.pool.ready().map((entry) => entry.extrinsic)),
  author_hasKey: method('publicKey keyType', () => false),
  transaction_v1_broadcast: method('transaction', async ({ chain }, [extrinsic]) => {
    // The specification has no errors here: an invalid transaction is simply not broadcast.
    await chain.submit(extrinsic as Hex).catch(() => {});
    return Math.random().toString(36).slice(2);
  }),
  transaction_v1_stop: method('operationId', () => null),
};

function isLast(status: TransactionStatus): boolean {
  if (typeof status === 'string') return status === 'dropped' || status === 'invalid';
  return 'finalized' in status || 'usurped' in status;
}

/** The runtime API takes the extrinsic and its length, little-endian. */
async function paymentCall({ chain }: Context, name: string, [extrinsic, at]: Params): Promise<Reader> {
  const bytes = fromHex(hexParam(extrinsic, 'extrinsic'));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  const data: Hex = `0x${Buffer.concat([bytes, length]).toString('hex')}`;
  return new Reader(fromHex(await runtimeCall(await blockAt(chain, at), `TransactionPaymentApi_${name}`, data)));
}

const CLASSES = ['normal', 'operational', 'mandatory'] as const;

const payment: { readonly [name: string]: Method } = {
  payment_queryInfo: method('encoded_xt at', async (context, params) => {
    const reader = await paymentCall(context, 'query_info', params);
    const weight = { ref_time: Number(reader.compact()), proof_size: Number(reader.compact()) };
    return { weight, class: CLASSES[reader.u8()], partialFee: reader.unsigned(16).toString() };
  }),
  payment_queryFeeDetails: method('encoded_xt at', async (context, params) => {
    const reader = await paymentCall(context, 'query_fee_details', params);
    if (reader.u8() === 0) return { inclusionFee: null };
    const number = (): string => `0x${reader.unsigned(16).toString(16)}`;
    return { inclusionFee: { baseFee: number(), lenFee: number(), adjustedWeightFee: number() } };
  }),
};

// -----------------------------------------------------------------------------------------------
// Control by another process

function modeParam(value: unknown): BuildMode {
  const text = typeof value === 'string' ? value.toLowerCase() : value;
  if (text === 'manual' || text === 'instant') return text;
  const interval = (value as { intervalMs?: unknown } | null)?.intervalMs;
  if (typeof interval === 'number' && interval >= 10) return { intervalMs: interval };
  throw invalid('mode: "manual", "instant" or {"intervalMs": milliseconds}');
}

async function newBlocks({ chain }: Context, [options]: Params): Promise<Hex> {
  const { count, to } = (options ?? {}) as { count?: number; to?: number };
  const blocks = to === undefined ? (count ?? 1) : Math.max(to - chain.head.number, 1);
  return (await chain.advance({ blocks })).head.hash;
}

async function timeTravel({ chain }: Context, [to]: Params): Promise<number> {
  const time = typeof to === 'string' ? Date.parse(to) : to;
  if (typeof time !== 'number' || !Number.isFinite(time)) throw invalid('date: milliseconds or a date expected');
  await chain.newBlock(Math.floor(time)).catch((error: unknown) => {
    if (error instanceof RuntimeTrap) throw invalid('date: the chain\'s clock cannot go back');
    throw error;
  });
  return Math.floor(time);
}

const dev: { readonly [name: string]: Method } = {
  dev_advance: method('options', ({ chain }, [options]) => chain.advance((options ?? {}) as object)),
  dev_newBlock: method('options', newBlocks),
  dev_setMode: method('mode', ({ chain }, [mode]) => {
    chain.setMode(modeParam(mode));
    return chain.mode;
  }),
  dev_getMode: method('', ({ chain }) => chain.mode),
  dev_timeTravel: method('date', timeTravel),
  dev_setHead: method('hash', async ({ chain }, [to]) => {
    if (typeof to !== 'number' && !isHex(to)) throw invalid('hash: a block hash or number expected');
    return (await chain.setHead(to)).hash;
  }),
  dev_setStorage: method('values', async ({ chain }, [values]) => {
    await chain.setStorage(values);
    return chain.head.hash;
  }),
};

const METHODS: { readonly [name: string]: Method } = {
  ...system,
  ...chainMethods,
  ...state,
  ...author,
  ...payment,
  ...dev,
  // Names that older clients use.
  chain_getHead: chainMethods.chain_getBlockHash as Method,
  chain_getFinalisedHead: chainMethods.chain_getFinalizedHead as Method,
  chain_subscribeNewHead: chainMethods.chain_subscribeNewHeads as Method,
  chain_unsubscribeNewHead: unsubscribe,
  chain_subscribeFinalisedHeads: chainMethods.chain_subscribeFinalizedHeads as Method,
  chain_unsubscribeFinalisedHeads: unsubscribe,
  chain_getRuntimeVersion: state.state_getRuntimeVersion as Method,
  state_getStorageAt: state.state_getStorage as Method,
  state_getStorageHashAt: state.state_getStorageHash as Method,
  state_getStorageSizeAt: state.state_getStorageSize as Method,
  state_getKeysPagedAt: state.state_getKeysPaged as Method,
};

/** chopsticks' handlers that stand as they are, by the beginning of their name. */
const THEIRS = [
  'archive_v1_',
  'chainHead_v1_',
  'chainSpec_v1_',
  'childstate_',
  'state_subscribe',
  'state_unsubscribe',
  'state_getReadProof',
];

const theirs = (context: Context): string[] =>
  Object.keys(context.handlers).filter((name) => THEIRS.some((start) => name.startsWith(start)));

/** Answer one call. @throws RpcFault, or whatever a handler of chopsticks throws */
export async function call(context: Context, name: string, params: unknown): Promise<unknown> {
  if (name === 'rpc_methods')
    return { methods: [...Object.keys(METHODS), ...theirs(context), 'rpc_methods'].sort() };
  const ours = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  if (ours !== undefined) return ours.run(context, positional(params, ours.params));
  if (!Object.hasOwn(context.handlers, name) || !THEIRS.some((start) => name.startsWith(start)))
    throw new RpcFault(-32601, 'Method not found');
  const handler = context.handlers[name as keyof typeof context.handlers] as (
    context: unknown,
    params: unknown[],
    subscriptions: unknown,
  ) => Promise<unknown>;
  const { chain, subscriber } = context;
  return handler({ chain: chain.engine.blockchain }, [...positional(params, undefined)], {
    subscribe: (notification: string, id: string, onCancel?: () => void) =>
      subscriber.open(notification, onCancel ?? (() => {}), id).send,
    unsubscribe: (id: string) => {
      subscriber.end(id);
    },
  });
}

/** Parameters in order; an object is put in order by name. @throws RpcFault -32602 */
function positional(params: unknown, names: readonly string[] | undefined): Params {
  if (params === undefined || params === null) return [];
  if (Array.isArray(params)) return params;
  if (typeof params !== 'object') throw invalid('an array or an object expected');
  if (names === undefined) throw invalid('this method takes an array');
  const unknown = Object.keys(params).find((name) => !names.includes(name));
  if (unknown !== undefined) throw invalid(`no parameter "${unknown}": there are ${names.join(', ') || 'none'}`);
  return names.map((name) => (params as Record<string, unknown>)[name]);
}
