/** The JSON-RPC methods, which answer as a Substrate node does. */

import { chainMethods, state, system } from './rpc-chain.js';
import { author, dev, payment } from './rpc-control.js';
import { type Context, invalid, type Method, type Methods, type Params, unsubscribe } from './rpc-kit.js';
import { specification } from './rpc-spec.js';
import { storage } from './rpc-storage.js';
import { RpcFault } from './validity.js';

const METHODS: Methods = {
  ...system,
  ...chainMethods,
  ...state,
  ...storage,
  ...specification,
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

/** Answer one call. @throws RpcFault */
export async function call(context: Context, name: string, params: unknown): Promise<unknown> {
  if (name === 'rpc_methods') return { methods: [...Object.keys(METHODS), 'rpc_methods'].sort() };
  const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  if (method === undefined) throw new RpcFault(-32601, 'Method not found');
  return method.run(context, positional(params, method.params));
}

/** Parameters in order; an object is put in order by name. @throws RpcFault -32602 */
function positional(params: unknown, names: readonly string[]): Params {
  if (params === undefined || params === null) return [];
  if (Array.isArray(params)) return params;
  if (typeof params !== 'object') throw invalid('an array or an object expected');
  const unknown = Object.keys(params).find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw invalid(`no parameter "${unknown}": there are ${names.join(', ') || 'none'}`);
  return names.map((name) => (params as Record<string, unknown>)[name]);
}
