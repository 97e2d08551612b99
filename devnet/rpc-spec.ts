/** Methods of the new JSON-RPC specification: `chainSpec_v1`, `archive_v1` and `chainHead_v1`. */

import {
  encodeHeader,
  type Hex,
  isHex,
  keysOf,
  type RuntimeVersion,
  TrieState,
  toHex,
} from '../src/lib/host/index.js';
import type { Block } from './block.js';
import { blake2 } from './header.js';
import { type Context, findBlock, hexParam, invalid, type Methods, method, type Params } from './rpc-kit.js';
import { RpcFault } from './validity.js';

const newId = (): string => Math.random().toString(36).slice(2, 18);

const chainSpec: Methods = {
  chainSpec_v1_chainName: method('', async ({ chain }) => (await chain.engine.system()).chain),
  chainSpec_v1_genesisHash: method('', ({ chain }) => chain.engine.genesisHash),
  chainSpec_v1_properties: method('', async ({ chain }) => (await chain.engine.system()).properties),
};

const headerHex = (block: Block): Hex => toHex(encodeHeader(block.header));

/** What is asked of a key. */
interface Wanted {
  readonly key: Hex;
  readonly type: string;
}

interface Item {
  readonly key: Hex;
  readonly value?: Hex;
  readonly hash?: Hex;
  readonly closestDescendantMerkleValue?: Hex;
}

const TYPES = ['value', 'hash', 'descendantsValues', 'descendantsHashes', 'closestDescendantMerkleValue'];

function wantedItems(items: unknown): Wanted[] {
  if (!Array.isArray(items)) throw invalid('items: an array expected');
  return items.map((item) => {
    const { key, type } = (item ?? {}) as Record<string, unknown>;
    if (!isHex(key) || typeof type !== 'string' || !TYPES.includes(type))
      throw invalid(`items: a key in hex and a type of ${TYPES.join(', ')}`);
    return { key: key.toLowerCase() as Hex, type };
  });
}

/** What a block's state has for what is asked. */
async function itemsOf(block: Block, { key, type }: Wanted): Promise<Item[]> {
  if (type === 'closestDescendantMerkleValue') {
    const { state } = block;
    const merkle = state instanceof TrieState ? state.main.closestMerkleValue(key) : undefined;
    return merkle === undefined ? [] : [{ key, closestDescendantMerkleValue: toHex(merkle) }];
  }
  const found = await block.supplied(() => {
    const keys = type.startsWith('descendants') ? [...keysOf(block.state, key)] : [key];
    return keys.map((one) => [one, block.state.read(one)] as const);
  });
  const items: Item[] = [];
  for (const [one, value] of found)
    if (value !== undefined)
      items.push(
        /hash/i.test(type) ? { key: one, hash: await blake2(value) } : { key: one, value: toHex(value) },
      );
  return items;
}

async function callBlock(block: Block, name: unknown, parameters: unknown): Promise<Hex> {
  if (typeof name !== 'string') throw invalid('function: text expected');
  return block.call(name, hexParam(parameters ?? '0x', 'callParameters'));
}

const archive: Methods = {
  archive_v1_genesisHash: method('', ({ chain }) => chain.engine.genesisHash),
  archive_v1_finalizedHeight: method('', ({ chain }) => chain.finalized.number),
  archive_v1_hashByHeight: method('height', async ({ chain }, [height]) => {
    if (!Number.isSafeInteger(height)) throw invalid('height: a block number expected');
    const block = await chain.engine.blockAt(height as number);
    return block === undefined ? [] : [block.hash];
  }),
  archive_v1_header: method('hash', async ({ chain }, [hash]) => {
    const block = await findBlock(chain, hexParam(hash, 'hash'));
    return block === undefined ? null : headerHex(block);
  }),
  archive_v1_body: method(
    'hash',
    async ({ chain }, [hash]) => (await findBlock(chain, hexParam(hash, 'hash')))?.extrinsics ?? null,
  ),
  archive_v1_call: method('hash function callParameters', async ({ chain }, [hash, name, parameters]) => {
    const block = await findBlock(chain, hexParam(hash, 'hash'));
    if (block === undefined) return null;
    return callBlock(block, name, parameters).then(
      (value) => ({ success: true, value }),
      (error: Error) => ({ success: false, error: error.message }),
    );
  }),
  archive_v1_storage: method('hash items childTrie', archiveStorage),
  archive_v1_stopStorage: method('subscription', ({ subscriber }, [id]) => {
    subscriber.end(String(id));
    return null;
  }),
};

async function archiveStorage({ chain, subscriber }: Context, [hash, items]: Params): Promise<string> {
  const wanted = wantedItems(items);
  const block = await findBlock(chain, hexParam(hash, 'hash'));
  const subscription = subscriber.open('archive_v1_storageEvent', () => {});
  const answer = async (): Promise<void> => {
    if (block === undefined) return subscription.send({ event: 'storageError', error: 'Block not found' });
    for (const one of wanted)
      for (const item of await itemsOf(block, one)) subscription.send({ event: 'storage', ...item });
    subscription.send({ event: 'storageDone' });
  };
  answer().catch((error: Error) => subscription.send({ event: 'storageError', error: error.message }));
  return subscription.id;
}

// -----------------------------------------------------------------------------------------------
// chainHead: what is asked is answered as events of the subscription that follows the head.

type Send = (event: unknown) => void;

/** Subscriptions that follow, by connection and id. */
const following = new WeakMap<Context['subscriber'], Map<string, Send>>();

const followersOf = (context: Context): Map<string, Send> => {
  const known = following.get(context.subscriber) ?? new Map<string, Send>();
  following.set(context.subscriber, known);
  return known;
};

/** As the specification writes it: APIs as an object. */
const specVersion = ({ apis, stateVersion: _, authoringVersion: __, ...version }: RuntimeVersion) => ({
  type: 'valid',
  spec: { ...version, apis: Object.fromEntries(apis) },
});

async function followHead(context: Context, [withRuntime]: Params): Promise<string> {
  const { chain, subscriber } = context;
  const runtimeOf = async (block: Block) =>
    withRuntime === true ? specVersion(await block.version()) : null;
  let last = JSON.stringify(await runtimeOf(chain.head));
  let turn = Promise.resolve();
  const inOrder = (step: () => Promise<void>): void => {
    turn = turn.then(step).catch(() => {});
  };
  const onHead = (block: Block): void =>
    inOrder(async () => {
      const runtime = await runtimeOf(block);
      const isNew = JSON.stringify(runtime) !== last;
      last = JSON.stringify(runtime);
      const { hash, header } = block;
      send({
        event: 'newBlock',
        blockHash: hash,
        parentBlockHash: header.parentHash,
        newRuntime: isNew ? runtime : null,
      });
      send({ event: 'bestBlockChanged', bestBlockHash: hash });
    });
  const onFinalized = (block: Block): void =>
    inOrder(async () =>
      send({ event: 'finalized', finalizedBlockHashes: [block.hash], prunedBlockHashes: [] }),
    );
  const subscription = subscriber.open('chainHead_v1_followEvent', () => {
    chain.events.off('head', onHead);
    chain.events.off('finalized', onFinalized);
    followersOf(context).delete(subscription.id);
  });
  const { send } = subscription;
  followersOf(context).set(subscription.id, send);
  const { finalized, head } = chain;
  const finalizedBlockRuntime = await runtimeOf(finalized);
  send({ event: 'initialized', finalizedBlockHashes: [finalized.hash], finalizedBlockRuntime });
  if (head.hash !== finalized.hash)
    send({
      event: 'newBlock',
      blockHash: head.hash,
      parentBlockHash: head.header.parentHash,
      newRuntime: null,
    });
  send({ event: 'bestBlockChanged', bestBlockHash: head.hash });
  chain.events.on('head', onHead);
  chain.events.on('finalized', onFinalized);
  return subscription.id;
}

/** Start an operation: its events go to the subscription, after the answer. */
async function operation(
  context: Context,
  [subscription, hash]: Params,
  run: (block: Block, send: (event: object) => void) => Promise<void>,
): Promise<object> {
  const send = followersOf(context).get(String(subscription));
  if (send === undefined) return { result: 'limitReached' };
  const block = await findBlock(context.chain, hexParam(hash, 'hash'));
  if (block === undefined) throw new RpcFault(-32801, 'Block not found');
  const operationId = newId();
  const event = (one: object): void => send({ operationId, ...one });
  setImmediate(() => {
    run(block, event).catch((error: Error) => event({ event: 'operationError', error: error.message }));
  });
  return { result: 'started', operationId };
}

const chainHead: Methods = {
  chainHead_v1_follow: method('withRuntime', followHead),
  chainHead_v1_unfollow: method('followSubscription', ({ subscriber }, [id]) => {
    subscriber.end(String(id));
    return null;
  }),
  chainHead_v1_header: method('followSubscription hash', async (context, [subscription, hash]) => {
    if (!followersOf(context).has(String(subscription))) return null;
    const block = await findBlock(context.chain, hexParam(hash, 'hash'));
    return block === undefined ? null : headerHex(block);
  }),
  chainHead_v1_body: method('followSubscription hash', (context, params) =>
    operation(context, params, async (block, send) =>
      send({ event: 'operationBodyDone', value: block.extrinsics }),
    ),
  ),
  chainHead_v1_call: method('followSubscription hash function callParameters', (context, params) =>
    operation(context, params, async (block, send) =>
      send({ event: 'operationCallDone', output: await callBlock(block, params[2], params[3]) }),
    ),
  ),
  chainHead_v1_storage: method('followSubscription hash items childTrie', async (context, params) => {
    const wanted = wantedItems(params[2]);
    const started = await operation(context, params, async (block, send) => {
      for (const one of wanted) {
        const items = await itemsOf(block, one);
        if (items.length > 0) send({ event: 'operationStorageItems', items });
      }
      send({ event: 'operationStorageDone' });
    });
    return { ...started, discardedItems: 0 };
  }),
  // All items come at once, blocks stay, and operations are short: there is nothing to continue, to unpin or to stop.
  chainHead_v1_continue: method('followSubscription operationId', () => null),
  chainHead_v1_unpin: method('followSubscription hashOrHashes', () => null),
  chainHead_v1_stopOperation: method('followSubscription operationId', () => null),
};

export const specification: Methods = { ...chainSpec, ...archive, ...chainHead };
