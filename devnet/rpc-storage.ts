/** Methods that follow storage, and those that read default child tries. */

import { type Hex, isHex, keysOf, toHex } from '../src/lib/host/index.js';
import type { Block } from './block.js';
import { blake2 } from './header.js';
import { versionJson } from './rpc-chain.js';
import {
  blockAt,
  type Context,
  hexParam,
  invalid,
  type Methods,
  method,
  type Params,
  unsubscribe,
} from './rpc-kit.js';

/**
 * A subscription to a value of the head; the present one comes first, another one when it differs.
 * @param read JSON of the value; undefined for nothing to say
 */
async function follow(
  { chain, subscriber }: Context,
  notification: string,
  read: (block: Block, last: string | undefined) => Promise<unknown>,
): Promise<string> {
  let last: string | undefined;
  let turn: Promise<void> = Promise.resolve();
  const tell = async (block: Block): Promise<void> => {
    const value = await read(block, last);
    if (value === undefined) return;
    subscription.send(value);
    last = JSON.stringify(value);
  };
  // One after the other: blocks may come faster than a fork reads.
  const onBlock = (block: Block): void => {
    turn = turn.then(() => tell(block)).catch(() => {});
  };
  const subscription = subscriber.open(notification, () => chain.events.off('head', onBlock));
  chain.events.on('head', onBlock);
  onBlock(chain.head);
  await turn;
  return subscription.id;
}

function subscribeStorage(context: Context, [keys]: Params): Promise<string> {
  if (!Array.isArray(keys)) throw invalid('keys: an array expected');
  const wanted = keys.map((key) => hexParam(key, 'keys').toLowerCase() as Hex);
  const before = new Map<Hex, Hex | null>();
  return follow(context, 'state_storage', async (block) => {
    const values = await block.getMany(wanted);
    const changes = wanted
      .map((key, i) => [key, values[i] ?? null] as const)
      .filter(([key, value]) => before.get(key) !== value);
    if (changes.length === 0) return undefined;
    for (const [key, value] of changes) before.set(key, value);
    return { block: block.hash, changes };
  });
}

const subscribeVersion = (context: Context): Promise<string> =>
  follow(context, 'state_runtimeVersion', async (block, last) => {
    const version = versionJson(await block.version());
    return JSON.stringify(version) === last ? undefined : version;
  });

// -----------------------------------------------------------------------------------------------

const CHILD_PREFIX = Buffer.from(':child_storage:default:').toString('hex');
const MAX_KEYS = 1_000;

/** A child trie's name from the key of its root. */
function childName(value: unknown): Hex {
  const key = hexParam(value, 'childStorageKey').toLowerCase();
  if (!key.startsWith(`0x${CHILD_PREFIX}`)) throw invalid('childStorageKey: of a default child trie');
  return `0x${key.slice(2 + CHILD_PREFIX.length)}`;
}

async function childValue({ chain }: Context, [child, key, at]: Params): Promise<Uint8Array | undefined> {
  const name = childName(child);
  const wanted = hexParam(key, 'key').toLowerCase() as Hex;
  const block = await blockAt(chain, at);
  return block.supplied(() => block.state.child(name).read(wanted));
}

async function childKeys({ chain }: Context, [child, prefix, count, start, at]: Params): Promise<Hex[]> {
  if (!Number.isSafeInteger(count) || (count as number) < 0 || (count as number) > MAX_KEYS)
    throw invalid(`count: from 0 to ${MAX_KEYS}`);
  const name = childName(child);
  const from = hexParam(prefix ?? '0x', 'prefix').toLowerCase();
  const after = isHex(start) && start !== '0x' ? start.toLowerCase() : undefined;
  const block = await blockAt(chain, at);
  return block.supplied(() => {
    const keys: Hex[] = [];
    for (const key of keysOf(block.state.child(name), from, after)) {
      if (keys.length >= (count as number)) break;
      keys.push(key);
    }
    return keys;
  });
}

const CHILD_PARAMS = 'childStorageKey key hash';

export const storage: Methods = {
  state_subscribeStorage: method('keys', subscribeStorage),
  state_unsubscribeStorage: unsubscribe,
  state_subscribeRuntimeVersion: method('', subscribeVersion),
  state_unsubscribeRuntimeVersion: unsubscribe,
  childstate_getStorage: method(CHILD_PARAMS, async (context, params) => {
    const value = await childValue(context, params);
    return value === undefined ? null : toHex(value);
  }),
  childstate_getStorageHash: method(CHILD_PARAMS, async (context, params) => {
    const value = await childValue(context, params);
    return value === undefined ? null : blake2(value);
  }),
  childstate_getStorageSize: method(
    CHILD_PARAMS,
    async (context, params) => (await childValue(context, params))?.length ?? null,
  ),
  childstate_getKeysPaged: method('childStorageKey prefix count startKey hash', childKeys),
};
