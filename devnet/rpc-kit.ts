/** What the JSON-RPC methods are made of: their form, their parameters, and the block that they speak of. */

import { type Hex, isHex } from '../src/lib/host/index.js';
import type { DevChain } from './chain.js';
import type { Block } from './engine.js';
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
  /** Aborted when the client has left: what takes long ends then. */
  readonly signal: AbortSignal;
}

export type Params = readonly unknown[];
export interface Method {
  /** Parameter names in order, for calls that pass an object. */
  readonly params: readonly string[];
  readonly run: (context: Context, params: Params) => unknown;
}

export const method = (params: string, run: Method['run']): Method => ({
  params: params === '' ? [] : params.split(' '),
  run,
});

export const invalid = (why: string): RpcFault => new RpcFault(-32602, 'Invalid params', why);

export function hexParam(value: unknown, name: string): Hex {
  if (!isHex(value)) throw invalid(`${name}: 0x-prefixed hex expected`);
  return value;
}

/** The block of a hash, or the head. @throws RpcFault 4003 as a node for a hash that it does not know */
export async function blockAt(chain: DevChain, hash: unknown): Promise<Block> {
  if (hash === undefined || hash === null) return chain.head;
  const block = await findBlock(chain, hash);
  if (block === undefined)
    throw new RpcFault(4003, `Client error: UnknownBlock: Header was not found in the database: ${hash}`);
  return block;
}

export async function findBlock(chain: DevChain, hash: unknown): Promise<Block | undefined> {
  if (hash === undefined || hash === null) return chain.head;
  const wanted = hexParam(hash, 'hash');
  if (wanted.length !== 66) throw invalid('hash: 32 bytes expected');
  return chain.engine.block(wanted.toLowerCase() as Hex);
}

export const unsubscribe = method('subscription', ({ subscriber }, [id]) => subscriber.end(String(id)));

export async function runtimeCall(block: Block, name: string, data: Hex): Promise<Hex> {
  try {
    return await block.call(name, data);
  } catch (error) {
    throw new RpcFault(4003, `Client error: Execution failed: ${(error as Error).message}`);
  }
}

/** Methods by their names. */
export interface Methods {
  readonly [name: string]: Method;
}
