/**
 * The engine of a fork: a live chain's state below, our blocks above, with the inherents of relay chains and parachains.
 * Nothing is ever sent to the live chain but reads.
 */

import { BursarError, unreachableError, usageError } from '../src/lib/errors.js';
import {
  fromHex,
  type Header,
  type Hex,
  hostCrypto,
  isHex,
  LayeredState,
  orderedRoot,
  RemoteFault,
  type RemoteState,
  stateVersionOf,
  toHex,
} from '../src/lib/host/index.js';
import { showUrl, showUrlsIn } from '../src/lib/shown.js';
import { Block } from './block.js';
import type { Engine, Sealed } from './engine.js';
import { nextBlock } from './forkInherents.js';
import { remoteHeader, remoteState } from './forkSource.js';
import { headerHash } from './header.js';
import { decorated } from './names.js';
import { dryRunExtrinsic, sealBlock } from './seal.js';
import { Upstream } from './upstream.js';

export const FORK_NOTES: readonly string[] = [
  "The fork keeps the live chain's genesis hash: a transaction signed here is valid there too, until it expires. Immortal transactions are refused here.",
  'Read proofs, finality and what relay chain and other parachains send are not simulated.',
];

const DEFAULT_TIMEOUT_MS = 20_000;

export interface ForkPoint {
  readonly url: string;
  readonly at?: number | string;
  readonly timeoutMs?: number;
}

/** @throws unreachable FORK_UNREACHABLE; usage FORK_URL, FORK_BLOCK */
export async function openFork({ url, at, timeoutMs = DEFAULT_TIMEOUT_MS }: ForkPoint): Promise<ForkEngine> {
  const upstream = new Upstream(url, timeoutMs);
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `${showUrl(url)} did not answer all questions within ${timeoutMs / 1_000} s`;
      reject(unreachableError('FORK_UNREACHABLE', message, { hint: 'Try again, or give it more time.' }));
    }, timeoutMs);
  });
  try {
    return await Promise.race([ForkEngine.open(upstream, at), limit]);
  } catch (error) {
    await upstream.disconnect();
    if (error instanceof BursarError) throw error;
    throw unreachableError(
      'FORK_UNREACHABLE',
      `${showUrl(url)} cannot be forked: ${showUrlsIn((error as Error).message)}`,
      {
        hint: 'The endpoint must be a Substrate node that answers chain_ and state_ requests.',
        cause: error,
      },
    );
  } finally {
    clearTimeout(timer);
  }
}

/** Blocks of the live chain that are remembered, each with what was read of its state. */
const KEPT_BLOCKS = 64;

export class ForkEngine implements Engine {
  readonly isFork = true;
  readonly floor: number;
  /** Blocks that were made here. */
  readonly #own = new Map<Hex, Block>();
  readonly #live = new Map<Hex, Promise<Block | undefined>>();
  #head: Block;

  private constructor(
    private readonly upstream: Upstream,
    readonly genesisHash: Hex,
    base: Block,
    private readonly names: Awaited<ReturnType<Engine['system']>>,
  ) {
    this.#head = base;
    this.floor = base.number;
    this.#own.set(base.hash, base);
  }

  static async open(upstream: Upstream, at?: number | string): Promise<ForkEngine> {
    const genesisHash = hash32(await upstream.send('chain_getBlockHash', [0]));
    const hash = await blockHash(upstream, at);
    const base = await liveBlock(upstream, hash);
    if (base === undefined)
      throw usageError('FORK_BLOCK', `${showUrl(upstream.url)} has no block ${at ?? hash}`);
    const [name, properties] = await Promise.all([
      upstream.send('system_chain'),
      upstream.send('system_properties'),
    ]);
    // The code and what is decoded from it are needed by every request: read them within the time limit.
    await decorated(base);
    return new ForkEngine(upstream, genesisHash, base, {
      chain: String(name),
      properties: (properties ?? {}) as Record<string, unknown>,
    });
  }

  get head(): Block {
    return this.#head;
  }

  async block(hash: Hex): Promise<Block | undefined> {
    const own = this.#own.get(hash);
    if (own !== undefined) return own;
    let live = this.#live.get(hash);
    if (live === undefined) {
      live = liveBlock(this.upstream, hash);
      live.catch(() => this.#live.delete(hash));
      this.#live.set(hash, live);
      const [oldest] = this.#live.keys();
      if (this.#live.size > KEPT_BLOCKS) this.#live.delete(oldest as Hex);
    }
    return live;
  }

  async blockAt(number: number): Promise<Block | undefined> {
    if (number > this.#head.number || number < 0) return undefined;
    if (number < this.floor) {
      const hash = await this.upstream.send('chain_getBlockHash', [number]);
      return hash === null ? undefined : this.block(hash32(hash));
    }
    let block: Block | undefined = this.#head;
    while (block !== undefined && block.number > number) block = this.#own.get(block.header.parentHash);
    return block;
  }

  async seal(extrinsics: readonly Hex[], timestamp?: number): Promise<Sealed> {
    const parent = this.#head;
    const runtime = await parent.runtime();
    const { digest, inherents } = await nextBlock(parent, timestamp);
    const start = { parentHash: parent.hash, number: parent.number + 1, digest };
    const built = await parent.supplied(() => sealBlock(runtime, parent.state, start, inherents, extrinsics));
    const { header, included, state, refused, deferred } = built;
    const block = new Block(header, await headerHash(header), included, state, parent.supplied);
    this.#own.set(block.hash, block);
    await this.moveHead(block);
    return { block, refused, deferred };
  }

  async moveHead(block: Block): Promise<void> {
    if (this.#head !== block) this.#head.settle();
    this.#head = block;
  }

  async setStorage(values: ReadonlyMap<Hex, Uint8Array | null>): Promise<void> {
    const { header, hash, extrinsics, state, supplied } = this.#head;
    const version = stateVersionOf(await this.#head.version());
    const changed = state.with({ main: values, children: new Map() }, version);
    this.#head = new Block(header, hash, extrinsics, changed, supplied);
    this.#own.set(hash, this.#head);
  }

  async dryRun(extrinsic: Hex, at: Block): Promise<Hex> {
    const runtime = await at.runtime();
    const { digest, inherents } = await nextBlock(at);
    const start = { parentHash: at.hash, number: at.number + 1, digest };
    return at.supplied(() => dryRunExtrinsic(runtime, at.state, start, inherents, extrinsic));
  }

  async system() {
    return this.names;
  }

  async close(): Promise<void> {
    await this.upstream.disconnect();
  }
}

/** A block of the live chain. @throws RemoteFault where header or extrinsics do not belong to the hash */
async function liveBlock(upstream: Upstream, hash: Hex): Promise<Block | undefined> {
  const json = await remoteHeader(upstream, hash);
  if (json === null) return undefined;
  const header = headerOf(json);
  if ((await headerHash(header)) !== hash)
    throw new RemoteFault(`the endpoint's header of ${hash} has another hash`);
  const answer = (await upstream.send('chain_getBlock', [hash])) as {
    block?: { extrinsics?: unknown };
  } | null;
  const extrinsics = answer?.block?.extrinsics;
  if (!Array.isArray(extrinsics) || !extrinsics.every(isHex))
    throw new RemoteFault(`the endpoint has no extrinsics for ${hash}`);
  const remote: RemoteState = remoteState(upstream, hash);
  const { blake2_256 } = await hostCrypto();
  const body = extrinsics.map(fromHex);
  // Chains differ in the state version of this root.
  if (
    ![0, 1].some(
      (version) => toHex(orderedRoot(body, version as 0 | 1, blake2_256)) === header.extrinsicsRoot,
    )
  )
    throw new RemoteFault(`the endpoint's extrinsics are not those of block ${hash}`);
  return new Block(header, hash, extrinsics, LayeredState.on(remote, blake2_256), (attempt) =>
    remote.supplied(attempt),
  );
}

/** A header from JSON. @throws RemoteFault */
function headerOf(json: unknown): Header {
  const { parentHash, number, stateRoot, extrinsicsRoot, digest } = json as Record<string, unknown>;
  const logs = (digest as { logs?: unknown } | undefined)?.logs;
  const value = Number(number);
  if (!Array.isArray(logs) || !logs.every(isHex) || !Number.isSafeInteger(value))
    throw new RemoteFault('the endpoint answered with something that is no header');
  return {
    parentHash: hash32(parentHash),
    number: value,
    stateRoot: hash32(stateRoot),
    extrinsicsRoot: hash32(extrinsicsRoot),
    digest: logs,
  };
}

/** @throws RemoteFault */
function hash32(value: unknown): Hex {
  if (!isHex(value) || value.length !== 66)
    throw new RemoteFault(`the endpoint answered ${JSON.stringify(value)} instead of a hash`);
  return value.toLowerCase() as Hex;
}

/** @throws usage FORK_BLOCK */
async function blockHash(upstream: Upstream, at: number | string | undefined): Promise<Hex> {
  if (at === undefined) return hash32(await upstream.send('chain_getFinalizedHead'));
  if (typeof at === 'string' && /^0x[0-9a-fA-F]{64}$/.test(at)) return at.toLowerCase() as Hex;
  if (!/^\d+$/.test(String(at)) || !Number.isSafeInteger(Number(at)))
    throw usageError('FORK_BLOCK', `"${at}" is neither a block number nor a block hash`);
  const hash = await upstream.send('chain_getBlockHash', [Number(at)]);
  if (hash === null) throw usageError('FORK_BLOCK', `${showUrl(upstream.url)} has no block ${at}`);
  return hash32(hash);
}
