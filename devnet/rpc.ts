/**
 * The JSON-RPC methods. Ours answer as a Substrate node does; what is left (archive_v1, chainHead_v1, childstate, read proofs)
 * are chopsticks' own handlers.
 */

import { chainMethods, state, system } from './rpc-chain.js';
import { author, dev, payment } from './rpc-control.js';
import { type Context, invalid, type Method, type Methods, type Params, unsubscribe } from './rpc-kit.js';
import { RpcFault } from './validity.js';

const METHODS: Methods = {
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
  if (unknown !== undefined)
    throw invalid(`no parameter "${unknown}": there are ${names.join(', ') || 'none'}`);
  return names.map((name) => (params as Record<string, unknown>)[name]);
}
