/** Opens a chain: connect, check its identity, pin one finalized block, decode its metadata. */

import { BursarError, preconditionError, unreachableError } from '../errors.js';
import type { Plain } from '../plain.js';
import { showUrl } from '../shown.js';
import type { RuntimeCall } from '../tx/plan.js';
import type { Place } from './amounts.js';
import {
  fromRpcError,
  gone,
  ignoreRpcError,
  littleEndian,
  oddAnswer,
  sameVersion,
  type Version,
} from './answers.js';
import { askFork, assertSameFork, type Fork } from './fork.js';
import { assertHasBlock, assertHeaderOf, type Header } from './header.js';
import { codeHashAt, openRuntime } from './metadata.js';
import { type MetadataRecord, MetadataStore } from './metadataStore.js';
import { RpcClient } from './rpc.js';
import type { Runtime } from './runtime.js';
import { chooseToken, type TokenClaims, type TokenSources, tokenClaims } from './token.js';
import type { Chain, ChainIdentity, ReferenceBlock, StorageQuery, Token } from './types.js';

export interface ConnectOptions {
  /** ws:// or wss:// addresses, tried in order. */
  readonly endpoints: readonly string[];
  /** What the chain must be; a difference stops everything. */
  readonly expect?: { readonly genesisHash?: string; readonly specName?: string };
  /** Milliseconds for connecting and for all reads of the command. */
  readonly timeoutMs: number;
  /** Overrides what the chain says of its token. */
  readonly token?: Partial<Token>;
  /** Where metadata is kept between runs. Nothing is kept without it. */
  readonly cacheDir?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (message: string) => void;
}

/** `Timestamp.Now`: twox128("Timestamp") ++ twox128("Now"), the same on every chain. */
const TIMESTAMP_KEY = '0xf0c365c3cf59d671eb72da0e7a4113c49f1f0515f462cdcf84e0f1d6045dfcbb';
/** Keys in one `state_queryStorageAt`: public nodes answer a few hundred at once without complaint. */
const KEYS_A_REQUEST = 1_000;
const KEYS_A_PAGE = 1_000;

/**
 * @throws unreachable ENDPOINT_UNREACHABLE | ENDPOINT_TIMEOUT; precondition WRONG_CHAIN | METADATA_UNSUPPORTED
 */
export async function connect(options: ConnectOptions): Promise<OpenChain> {
  const rpc = new RpcClient(options);
  try {
    // The bundle is loaded while the first packets travel.
    const loading = import('#polkadot');
    loading.catch(() => {});
    const hello = await openVerified(rpc, options);
    const { genesisHash, finalizedHash, properties, name, url: claimedBy, fork } = hello;
    const { version, reference, codeHash } = await pin(rpc, finalizedHash);
    const identity: ChainIdentity = { genesisHash, name, ...version };
    const wanted = options.expect?.specName;
    if (wanted !== undefined && wanted !== identity.specName) {
      throw wrongChain(`${rpc.endpoint} runs ${identity.specName}, but ${wanted} is expected.`);
    }
    const config = options.token ?? {};
    const claims = tokenClaims(showUrl(claimedBy), properties);
    const store = new MetadataStore(options.cacheDir, options.expect?.genesisHash !== undefined);
    const { runtime, record, servedBy } = await openRuntime(
      rpc,
      { ...identity, codeHash },
      { ...config, ...(claims.ss58Prefix === undefined ? {} : { claimed: claims.ss58Prefix }) },
      finalizedHash,
      store,
    );
    const { token, sources } = chooseToken({ config, constant: runtime.prefixConstant, claims });
    return new OpenChain(rpc, runtime, identity, token, reference, {
      store,
      metadata: record,
      servedBy,
      claims,
      claimedBy,
      tokenSources: sources,
      fork,
    });
  } catch (error) {
    rpc.close();
    throw fromRpcError(error, rpc.endpoint);
  }
}

interface Hello {
  readonly genesisHash: string;
  readonly finalizedHash: string;
  readonly properties: unknown;
  readonly name: string;
  readonly fork: Fork | null;
  /** The endpoint that said all this, as configured. */
  readonly url: string;
}

/** On whose word a chain is known: what the checks before a signature look at (lib/tx/trust.ts). */
export interface ChainTrust {
  readonly store: MetadataStore;
  /** Of the metadata at the reference block. */
  readonly metadata: MetadataRecord;
  /** The endpoint that served it, as configured; not to be printed. Another one may be in use by now. */
  readonly servedBy: string;
  /** What an endpoint claims of the token. */
  readonly claims: TokenClaims;
  /** That endpoint, as configured; not to be printed. */
  readonly claimedBy: string;
  readonly tokenSources: TokenSources;
  /** What the server says that it is a fork of; null: it is the chain itself, as far as it says. */
  readonly fork: Fork | null;
}

/** Opens the first endpoint that also answers; every later connection must be of the same chain. */
async function openVerified(rpc: RpcClient, { expect }: ConnectOptions): Promise<Hello> {
  let hello: Hello | undefined;
  rpc.verifyEachConnection(async (request, endpoint, url) => {
    const genesis = async () => {
      const found = (await request('chain_getBlockHash', [0])) as string;
      checkGenesis(endpoint, found, hello?.genesisHash ?? expect?.genesisHash);
      return found;
    };
    if (hello) {
      const [fork] = await Promise.all([askFork(request), genesis()]);
      assertSameFork(endpoint, fork, hello.fork);
      if (rpc.anchor) await assertHasBlock(request, endpoint, rpc.anchor, rpc.signal);
      return;
    }
    const [genesisHash, finalizedHash, properties, name, fork] = await Promise.all([
      genesis(),
      request('chain_getFinalizedHead', []),
      request('system_properties', []).catch(ignoreRpcError({})),
      request('system_chain', []).catch(ignoreRpcError('')),
      askFork(request),
    ]);
    hello = {
      genesisHash,
      finalizedHash: finalizedHash as string,
      properties,
      name: String(name ?? ''),
      fork,
      url,
    };
  });
  await rpc.open();
  return hello as Hello | undefined as Hello;
}

/** What the chain is at a finalized block. From now on every endpoint that is asked must have that block. */
async function pin(
  rpc: RpcClient,
  hash: string,
): Promise<{ version: Version; reference: ReferenceBlock; codeHash: string | null }> {
  rpc.anchor = { hash };
  const [header, version, timestamp, codeHash] = await Promise.all([
    rpc.request<Header | null>('chain_getHeader', [hash]),
    rpc.request<Version>('state_getRuntimeVersion', [hash]),
    rpc.request<string | null>('state_getStorage', [TIMESTAMP_KEY, hash]),
    codeHashAt(rpc, hash),
  ]);
  if (!header) throw gone(rpc.endpoint, hash);
  await assertHeaderOf(rpc.endpoint, header, hash);
  const number = Number(header.number);
  const pinned = {
    version,
    reference: { hash, number, timestamp: littleEndian(rpc.endpoint, timestamp) },
    codeHash,
  };
  rpc.anchor = { hash, number, version: pinned.version };
  return pinned;
}

/** A connected chain. {@link Chain} is what the domains see; `rpc` and `runtime` are for the send path. */
export class OpenChain implements Chain {
  readonly #requestsAtStart: number;
  readonly #runtimes = new Map<string, Promise<Runtime>>();
  #reference: ReferenceBlock;

  constructor(
    readonly rpc: RpcClient,
    readonly runtime: Runtime,
    readonly identity: ChainIdentity,
    readonly token: Token,
    reference: ReferenceBlock,
    readonly trust: ChainTrust,
  ) {
    this.#requestsAtStart = rpc.sent;
    this.#reference = reference;
  }

  get reference(): ReferenceBlock {
    return this.#reference;
  }

  get endpoint(): string {
    return this.rpc.endpoint;
  }

  /** What the server says that it is a fork of. */
  get fork(): Fork | null {
    return this.trust.fork;
  }

  /** The same connection, with another block for facts, and the runtime of that block where it is another. */
  at(
    reference: ReferenceBlock,
    {
      runtime = this.runtime,
      identity = this.identity,
    }: { runtime?: Runtime; identity?: ChainIdentity } = {},
  ): OpenChain {
    return new OpenChain(this.rpc, runtime, identity, this.token, reference, this.trust);
  }

  /**
   * Moves the reference block to the newest finalized one: facts that are read from now on show what has been included.
   * @throws unreachable RUNTIME_UPGRADED
   */
  async refresh(): Promise<void> {
    const before = this.rpc.anchor;
    const hash = await this.ask<string>('chain_getFinalizedHead', []);
    const { version, reference, codeHash } = await pin(this.rpc, hash).catch((error) => {
      this.rpc.anchor = before;
      throw fromRpcError(error, this.endpoint);
    });
    // Another node may be behind the one that was asked before: what was final stays so.
    if (reference.number < this.#reference.number) {
      this.rpc.anchor = before;
      return;
    }
    const code = this.trust.metadata.key.codeHash;
    const isOtherCode = codeHash !== null && code !== null && codeHash !== code;
    if (isOtherCode || !sameVersion(version, this.identity)) {
      throw unreachableError('RUNTIME_UPGRADED', 'The chain has just changed to another runtime.', {
        hint: 'Nothing new was sent. Run again: it is read anew.',
      });
    }
    this.#reference = reference;
  }

  /**
   * The runtime that executed a block, by whose metadata its extrinsics and events are to be read: before or after an
   * upgrade another one than at the reference block.
   */
  runtimeOf(block: string): Promise<Runtime> {
    const known = this.#runtimes.get(block) ?? this.#runtimeOf(block);
    this.#runtimes.set(block, known);
    known.catch(() => this.#runtimes.delete(block));
    return known;
  }

  async #runtimeOf(block: string): Promise<Runtime> {
    const header = await this.ask<Header | null>('chain_getHeader', [block]);
    if (!header) throw gone(this.endpoint, block);
    // A block is executed by the code that its parent's state holds.
    const parent = header.parentHash.toLowerCase();
    const version = await this.ask<Version>('state_getRuntimeVersion', [parent]);
    return sameVersion(version, this.identity) ? this.runtime : this.runtimeAt(version, parent);
  }

  /** The runtime of that version, by its metadata in the state of a block. */
  async runtimeAt(version: Version, block: string): Promise<Runtime> {
    const codeHash = await codeHashAt(this.rpc, block);
    const key = { genesisHash: this.identity.genesisHash, ...version, codeHash };
    const { runtime } = await openRuntime(this.rpc, key, this.token, block, this.trust.store);
    return runtime;
  }

  get requests(): number {
    return this.rpc.sent - this.#requestsAtStart;
  }

  hasPallet = (pallet: string) => this.runtime.hasPallet(pallet);
  hasCall = (pallet: string, call: string) => this.runtime.hasCall(pallet, call);
  hasStorage = (pallet: string, item: string) => this.runtime.hasStorage(pallet, item);
  hasConstant = (pallet: string, name: string) => this.runtime.hasConstant(pallet, name);
  hasApi = (api: string, method: string) => this.runtime.hasApi(api, method);
  callArguments = (pallet: string, call: string) => this.runtime.callArguments(pallet, call);
  enumVariants = (pallet: string, call: string, argument: string) =>
    this.runtime.enumVariants(pallet, call, argument);
  assetOf = (place: Place, field: string) => this.runtime.assetOf(place, field);
  assetAt = (location: Plain) => this.runtime.assetAt(location);
  isBoundedCall = (pallet: string, call: string, argument: string) =>
    this.runtime.isBoundedCall(pallet, call, argument);
  constant = (pallet: string, name: string) => this.runtime.constant(pallet, name);
  encodeCall = (call: RuntimeCall) => this.runtime.encodeCall(call);
  decodeCall = (hex: string) => this.runtime.decodeCall(hex);

  async read(queries: readonly StorageQuery[], at = this.reference.hash): Promise<Plain[]> {
    const slots = queries.map((query) => this.runtime.slot(query));
    const values = await this.rawValues(
      slots.map((slot) => slot.key),
      at,
    );
    return this.#decoded(() =>
      slots.map(({ key, entry }, index) => {
        const value = values.get(key) ?? null;
        return value === null && queries[index]?.optional ? null : this.runtime.value(entry, value);
      }),
    );
  }

  async entries(
    query: StorageQuery,
    at = this.reference.hash,
  ): Promise<{ keys: readonly Plain[]; value: Plain }[]> {
    const { key: prefix, entry } = this.runtime.prefix(query);
    const keys: string[] = [];
    // Until there are no more: an endpoint may give fewer at once than were asked for.
    for (let last = prefix; ; last = keys.at(-1)!) {
      const page = await this.ask<string[]>('state_getKeysPaged', [prefix, KEYS_A_PAGE, last, at]);
      if (page.length === 0) break;
      keys.push(...page);
    }
    const values = await this.rawValues(keys, at);
    return this.#decoded(() =>
      keys.map((key) => {
        const value = values.get(key) ?? null;
        if (value === null) throw oddAnswer(this.endpoint, 'a key that has no value');
        return { keys: this.runtime.keysOf(entry, key), value: this.runtime.value(entry, value) };
      }),
    );
  }

  async api(api: string, method: string, args: readonly Plain[], at = this.reference.hash): Promise<Plain> {
    const { name, hex } = this.runtime.encodeApi(api, method, args);
    return this.callApi(name, hex, at);
  }

  /** A runtime API call whose arguments are encoded already. @param name `Api_method` */
  async callApi(name: string, hex: string, at = this.reference.hash): Promise<Plain> {
    const answer = await this.ask<string>('state_call', [name, hex, at]);
    return this.#decoded(() => this.runtime.decodeApi(name, answer));
  }

  async events(at: string) {
    const { key } = this.runtime.slot({ pallet: 'System', item: 'Events' });
    const [runtime, values] = await Promise.all([this.runtimeOf(at), this.rawValues([key], at)]);
    return this.#decoded(() => runtime.events(values.get(key) ?? null));
  }

  async close(): Promise<void> {
    this.rpc.close();
  }

  /** Raw storage values by key: duplicates are asked once, many keys share a request. */
  async rawValues(keys: readonly string[], at: string): Promise<Map<string, string | null>> {
    const distinct = [...new Set(keys)];
    const pages: string[][] = [];
    for (let start = 0; start < distinct.length; start += KEYS_A_REQUEST)
      pages.push(distinct.slice(start, start + KEYS_A_REQUEST));
    const answers = await Promise.all(
      pages.map((page) =>
        this.ask<{ changes: [string, string | null][] }[]>('state_queryStorageAt', [page, at]),
      ),
    );
    const values = new Map<string, string | null>();
    for (const answer of answers)
      for (const { changes } of answer) for (const [key, value] of changes) values.set(key, value);
    return values;
  }

  /** What an endpoint answered that does not fit the metadata is its failure, not bursar's. */
  #decoded<T>(decode: () => T): T {
    try {
      return decode();
    } catch (error) {
      if (error instanceof BursarError) throw error;
      throw oddAnswer(this.endpoint, 'data that do not fit its metadata', error);
    }
  }

  /** Any request. @throws unreachable ENDPOINT_ANSWER, STATE_PRUNED when the node answers with an error */
  async ask<T>(method: string, params: readonly unknown[] = []): Promise<T> {
    try {
      return await this.rpc.request<T>(method, params);
    } catch (error) {
      throw fromRpcError(error, this.endpoint);
    }
  }
}

function checkGenesis(endpoint: string, found: string, wanted: string | undefined): void {
  if (wanted !== undefined && found !== wanted.toLowerCase()) {
    throw wrongChain(`${endpoint} is another chain: its genesis hash is ${found}, expected is ${wanted}.`);
  }
}

function wrongChain(message: string) {
  return preconditionError('WRONG_CHAIN', message, {
    hint: 'Nothing was sent. Check --rpc and --network, or the genesisHash in the config.',
  });
}
