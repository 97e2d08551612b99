/** A live chain's state at one block, as the host reads what is elsewhere. */

import {
  fromHex,
  type Hex,
  isHex,
  RemoteFault,
  type RemoteSource,
  RemoteState,
} from '../src/lib/host/index.js';
import { type Upstream, UpstreamFault } from './upstream.js';

/** Keys of one request: nodes limit how much they answer at once. */
const MOST_AT_ONCE = 250;

/** Where a child trie's root is: its name as the endpoint knows it. */
const prefixed = (child: Hex): Hex =>
  `0x${Buffer.from(':child_storage:default:').toString('hex')}${child.slice(2)}`;

export class ForkSource implements RemoteSource {
  constructor(
    private readonly upstream: Upstream,
    readonly hash: Hex,
  ) {}

  async values(keys: readonly Hex[], child?: Hex): Promise<(Uint8Array | undefined)[]> {
    if (child !== undefined)
      return Promise.all(
        keys.map(async (key) =>
          bytes(await this.upstream.send('childstate_getStorage', [prefixed(child), key, this.hash])),
        ),
      );
    const parts: (Uint8Array | undefined)[][] = [];
    for (let from = 0; from < keys.length; from += MOST_AT_ONCE)
      parts.push(await this.#query(keys.slice(from, from + MOST_AT_ONCE)));
    return parts.flat();
  }

  async #query(keys: readonly Hex[]): Promise<(Uint8Array | undefined)[]> {
    if (keys.length === 1) return [bytes(await this.upstream.send('state_getStorage', [keys[0], this.hash]))];
    const answer = await this.upstream.send('state_queryStorageAt', [keys, this.hash]);
    const set = Array.isArray(answer) && answer.length === 1 ? answer[0] : undefined;
    const { block, changes } = (set ?? {}) as { block?: unknown; changes?: unknown };
    if (block !== this.hash || !Array.isArray(changes))
      throw new RemoteFault('the endpoint answered state_queryStorageAt with something else');
    const found = new Map(changes as [Hex, Hex | null][]);
    return keys.map((key) => {
      // A key that was asked for and is not in the answer is no key without a value.
      if (!found.has(key)) throw new RemoteFault(`the endpoint left out ${key}`);
      return bytes(found.get(key));
    });
  }

  async keys(prefix: string, after: string, count: number, child?: Hex): Promise<readonly Hex[]> {
    const start = after < prefix ? null : after;
    const answer = await (child === undefined
      ? this.upstream.send('state_getKeysPaged', [prefix, count, start, this.hash])
      : this.upstream.send('childstate_getKeysPaged', [prefixed(child), prefix, count, start, this.hash]));
    if (!Array.isArray(answer) || !answer.every(isHex) || answer.length > count)
      throw new RemoteFault('the endpoint answered state_getKeysPaged with something else');
    return answer;
  }
}

/** @throws RemoteFault */
function bytes(value: unknown): Uint8Array | undefined {
  if (value === null || value === undefined) return undefined;
  if (!isHex(value)) throw new RemoteFault('the endpoint answered with a value that is no hex');
  return fromHex(value);
}

/** A header of the live chain as JSON, or null where it has none. */
export async function remoteHeader(upstream: Upstream, hash: Hex): Promise<unknown> {
  return upstream.send('chain_getHeader', [hash]).catch((error: unknown) => {
    if (error instanceof UpstreamFault) return null;
    throw error;
  });
}

export const remoteState = (upstream: Upstream, hash: Hex): RemoteState =>
  new RemoteState(new ForkSource(upstream, hash));
