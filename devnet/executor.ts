/**
 * The runtime's executor: chopsticks-core, loaded on first use. Everything else in devnet/ reaches the WebAssembly
 * through `runCalls`, which always verifies signatures.
 */

import type { Hex } from './bytes.js';
import { EMPTY_STATE, type StateReader } from './state.js';

export type ChopsticksCore = typeof import('@acala-network/chopsticks-core');

let core: Promise<ChopsticksCore> | undefined;

/** chopsticks-core; its logger writes to stdout, so its level is set before the import. */
export function chopsticks(): Promise<ChopsticksCore> {
  process.env.LOG_LEVEL ??= 'fatal';
  core ??= import('@acala-network/chopsticks-core');
  return core;
}

/** What an engine gives a chain: where it reads, where it starts, and what else goes into its blocks. */
export interface ChainSource {
  /** Answers chopsticks' own requests. */
  readonly provider: unknown;
  readonly header: { readonly hash: Hex; readonly number: number };
  readonly inherentProviders: ChopsticksCore['inherentProviders'];
  /** Keeps what was read. */
  readonly db?: unknown;
}

/** A chain of chopsticks': blocks only on demand, all of them in memory, every signature verified. */
export function blockchainOn(
  core: ChopsticksCore,
  { provider, header, inherentProviders, db }: ChainSource,
): InstanceType<ChopsticksCore['Blockchain']> {
  return new core.Blockchain({
    api: new core.Api(provider as never),
    buildBlockMode: core.BuildBlockMode.Manual,
    inherentProviders,
    ...(db === undefined ? {} : { db: db as never }),
    header: { ...header },
    mockSignatureHost: false,
    allowUnresolvedImports: true,
    registeredTypes: {},
    maxMemoryBlockCount: Number.MAX_SAFE_INTEGER,
    processQueuedMessages: false,
    saveBlocks: false,
  });
}

export interface CallsResult {
  /** SCALE result of the last call. */
  readonly result: Hex;
  /** What the calls together wrote; `null` is a deleted key. */
  readonly diff: readonly (readonly [Hex, Hex | null])[];
}

/** The runtime panicked, or a host function failed. */
export class RuntimeTrap extends Error {
  constructor(
    readonly calls: readonly string[],
    reason: string,
  ) {
    super(`${calls.join(' + ')}: ${reason}`);
    this.name = 'RuntimeTrap';
  }
}

/**
 * Run calls one after the other in one instance of the runtime, on one overlay over `state`.
 * Only the last call's result is known: an earlier call may return an error, but not trap.
 * @throws RuntimeTrap
 */
export async function runCalls(
  wasm: Hex,
  state: StateReader,
  calls: readonly (readonly [method: string, args: readonly Hex[]])[],
): Promise<CallsResult> {
  const { runTask, emptyTaskHandler } = await chopsticks();
  const response = await runTask(
    {
      wasm,
      calls: calls.map(([method, args]) => [method, [...args]]),
      mockSignatureHost: false,
      allowUnresolvedImports: true,
      runtimeLogLevel: 0,
    },
    {
      ...emptyTaskHandler,
      // The interface says `string`; the executor takes `undefined` for a missing value.
      getStorage: async (key: Hex) => state.read(key) as string,
      getNextKey: async (prefix: Hex, key: Hex) => state.nextKey(prefix, key),
      offchainTimestamp: async () => 0,
    } as Parameters<typeof runTask>[1],
  );
  if ('Call' in response) {
    const { result, storageDiff } = response.Call;
    // Its types say null for a deleted key; it is undefined.
    return { result, diff: storageDiff.map(([key, value]) => [key, value ?? null]) };
  }
  throw new RuntimeTrap(
    calls.map(([method]) => method),
    response.Error,
  );
}

/** `runCalls` of one call on nothing: for what does not depend on a state. */
export const runOnNothing = (wasm: Hex, method: string, args: readonly Hex[]): Promise<CallsResult> =>
  runCalls(wasm, EMPTY_STATE, [[method, args]]);

/** Merkle root of a trie with these entries, in state version 0 (the executor knows no other). */
export async function trieRoot(entries: readonly (readonly [Hex, Hex])[]): Promise<Hex> {
  const { calculateStateRoot } = await chopsticks();
  return calculateStateRoot(
    entries.map(([key, value]) => [key, value]),
    0,
  );
}

/** End the executor's worker thread, if it was started: without this Node does not end by itself. */
export async function stopExecutor(): Promise<void> {
  if (core === undefined) return;
  const { destroyWorker } = await core;
  await destroyWorker();
}
