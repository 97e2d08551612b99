/**
 * The embedded development chain: a real FRAME runtime inside this process, served to any Substrate client on a
 * loopback WebSocket.
 *
 *   const devnet = await startDevnet();
 *   // devnet.url, devnet.accounts.operator.address …
 *   await devnet.advance({ eras: 1 });
 *   await devnet.close();
 */

import { resolve } from 'node:path';
import { byName, type NamedAccount } from './accounts.js';
import { cacheDirectory } from './cache.js';
import { type Advance, type Advanced, type BuildMode, DevChain } from './chain.js';
import type { Engine } from './engine.js';
import { type RpcServer, serve } from './server.js';

export type { NamedAccount } from './accounts.js';
export type { Advance, Advanced, BuildMode, DevChain } from './chain.js';
export { PRESET_NAMES } from './presets.js';
export { DEFAULT_PORT } from './server.js';

export interface ServeOptions {
  /** Default 9944 or the next free one; 0 is any free one; another number is exactly that. */
  readonly port?: number;
  /** When blocks are made. Default `instant`: at once on a transaction. */
  readonly mode?: BuildMode;
  /** Blocks that finality stays behind. Default none; 2 with blocks on a clock. */
  readonly finalityLag?: number;
}

export interface DevnetOptions extends ServeOptions {
  /** `tour` (default), `pots`, `classic` or `mainnet-like`. */
  readonly preset?: string;
  /** File that keeps the chain between runs. */
  readonly state?: string;
  /** Where genesis states are kept; default see cache.ts. */
  readonly cacheDir?: string;
}

export interface ForkOptions extends ServeOptions {
  /** WebSocket or HTTP endpoint of the chain to fork. */
  readonly url: string;
  /** Block number or hash; default the finalized head. */
  readonly at?: number | string;
  /** Milliseconds for the endpoint to answer, and for each request to it. Default 20,000. */
  readonly timeoutMs?: number;
}

export interface Devnet {
  /** `ws://127.0.0.1:<port>`; HTTP POST works on the same port. */
  readonly url: string;
  readonly port: number;
  readonly genesisHash: string;
  /** Name of the runtime's specification; absent on a fork. */
  readonly specName?: string;
  /** By name; empty on a fork. */
  readonly accounts: { readonly [name: string]: NamedAccount };
  /** What a user should know before working on it. */
  readonly notes: readonly string[];
  /** Build blocks until so many blocks or eras have passed. */
  advance(by: Advance): Promise<Advanced>;
  /** Number of the best block. */
  head(): Promise<number>;
  /** Build one block with what is ready. */
  newBlock(): Promise<{ readonly number: number; readonly hash: string }>;
  setMode(mode: BuildMode): void;
  /** The chain itself, for tests and benchmarks. */
  readonly chain: DevChain;
  /** Stop serving and close the state file. Node ends by itself afterwards. */
  close(): Promise<void>;
}

/**
 * Start the development chain and serve it.
 * @throws usage UNKNOWN_PRESET, PORT; unreachable PORT_TAKEN; precondition STATE_FILE_LOCKED, STATE_FILE_GENESIS,
 *   STATE_FILE_FORMAT, RUNTIME_MISSING
 */
export async function startDevnet(options: DevnetOptions = {}): Promise<Devnet> {
  const { loadPreset } = await import('./presets.js');
  const { openPreset } = await import('./boot.js');
  const preset = await loadPreset(options.preset ?? 'tour');
  const state = options.state === undefined ? undefined : resolve(options.state);
  const { engine, accounts } = await openPreset(preset, cacheDirectory(options.cacheDir), state);
  return served(engine, options, byName(accounts), [], preset.runtime.specName);
}

/**
 * Serve a live chain's state: reads go to the endpoint, changes stay here.
 * @throws unreachable FORK_UNREACHABLE within the time limit; usage FORK_BLOCK
 */
export async function forkDevnet(options: ForkOptions): Promise<Devnet> {
  const { FORK_NOTES, openFork } = await import('./fork.js');
  return served(await openFork(options), options, {}, FORK_NOTES);
}

export type StartOptions = DevnetOptions;

async function served(
  engine: Engine,
  options: ServeOptions,
  accounts: Devnet['accounts'],
  notes: readonly string[],
  specName?: string,
): Promise<Devnet> {
  const chain = new DevChain(engine, options.finalityLag);
  let server: RpcServer;
  try {
    server = await serve(chain, options.port);
  } catch (error) {
    await chain.close();
    throw error;
  }
  chain.setMode(options.mode ?? 'instant');
  let closing: Promise<void> | undefined;
  return {
    url: server.url,
    port: server.port,
    genesisHash: engine.genesisHash,
    ...(specName === undefined ? {} : { specName }),
    accounts,
    notes,
    chain,
    advance: (by) => chain.advance(by),
    head: async () => chain.head.number,
    newBlock: async () => {
      const { number, hash } = await chain.newBlock();
      return { number, hash };
    },
    setMode: (mode) => chain.setMode(mode),
    close: () => {
      closing ??= (async () => {
        await server.close();
        await chain.close();
      })();
      return closing;
    },
  };
}
