/** Opens a chain: connect, check its identity, pin one finalized block, decode its metadata. */

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { preconditionError, unreachableError } from '../errors.js';
import type { Plain } from '../plain.js';
import type { RuntimeCall } from '../tx/plan.js';
import { RpcClient, RpcError } from './rpc.js';
import { Runtime } from './runtime.js';
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
  /** Where decoded-once metadata is kept between runs. Nothing is kept without it. */
  readonly cacheDir?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (message: string) => void;
}

/** `Timestamp.Now`: twox128("Timestamp") ++ twox128("Now"), the same on every chain. */
const TIMESTAMP_KEY = '0xf0c365c3cf59d671eb72da0e7a4113c49f1f0515f462cdcf84e0f1d6045dfcbb';
/** `Option<OpaqueMetadata>` of version 15: the first version that describes runtime APIs, on every live chain since 2023. */
const METADATA_VERSION_15 = '0x0f000000';
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
    const opening = rpc.open();
    const loading = import('#polkadot');
    loading.catch(() => {});
    await opening;
    const [genesisHash, finalizedHash, properties, name] = await Promise.all([
      rpc.request<string>('chain_getBlockHash', [0]),
      rpc.request<string>('chain_getFinalizedHead'),
      rpc.request<Properties>('system_properties').catch(ignoreRpcError({})),
      rpc.request<string>('system_chain').catch(ignoreRpcError('')),
    ]);
    checkGenesis(rpc.endpoint, genesisHash, options.expect?.genesisHash);
    rpc.verifyEachConnection(async (request) => {
      checkGenesis(rpc.endpoint, (await request('chain_getBlockHash', [0])) as string, genesisHash);
    });
    const [header, version, timestamp] = await Promise.all([
      rpc.request<{ number: string } | null>('chain_getHeader', [finalizedHash]),
      rpc.request<RuntimeVersion>('state_getRuntimeVersion', [finalizedHash]),
      rpc.request<string | null>('state_getStorage', [TIMESTAMP_KEY, finalizedHash]),
    ]);
    if (!header) throw gone(rpc.endpoint, finalizedHash);
    const identity: ChainIdentity = { genesisHash, name, ...pickVersion(version) };
    const wanted = options.expect?.specName;
    if (wanted !== undefined && wanted !== identity.specName) {
      throw wrongChain(`${rpc.endpoint} runs ${identity.specName}, but ${wanted} is expected.`);
    }
    const token = chooseToken(properties, options.token);
    const metadata = await loadMetadata(rpc, identity, finalizedHash, options.cacheDir);
    const reference: ReferenceBlock = {
      hash: finalizedHash,
      number: Number(header.number),
      timestamp: littleEndian(timestamp),
    };
    const runtime = new Runtime(await loading, metadata, token);
    return new OpenChain(rpc, runtime, identity, token, reference);
  } catch (error) {
    rpc.close();
    throw fromRpcError(error, rpc.endpoint);
  }
}

/** A connected chain. {@link Chain} is what the domains see; `rpc` and `runtime` are for the send path. */
export class OpenChain implements Chain {
  readonly #requestsAtStart: number;

  constructor(
    readonly rpc: RpcClient,
    readonly runtime: Runtime,
    readonly identity: ChainIdentity,
    readonly token: Token,
    readonly reference: ReferenceBlock,
  ) {
    this.#requestsAtStart = rpc.sent;
  }

  get endpoint(): string {
    return this.rpc.endpoint;
  }

  /** The same connection, with another block for facts. */
  at(reference: ReferenceBlock): OpenChain {
    return new OpenChain(this.rpc, this.runtime, this.identity, this.token, reference);
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
  isAmount = (pallet: string, call: string, argument: string) =>
    this.runtime.isAmount(pallet, call, argument);
  constant = (pallet: string, name: string) => this.runtime.constant(pallet, name);
  encodeCall = (call: RuntimeCall) => this.runtime.encodeCall(call);
  decodeCall = (hex: string) => this.runtime.decodeCall(hex);

  async read(queries: readonly StorageQuery[], at = this.reference.hash): Promise<Plain[]> {
    const slots = queries.map((query) => this.runtime.slot(query));
    const values = await this.rawValues(
      slots.map((slot) => slot.key),
      at,
    );
    return slots.map(({ key, entry }, index) => {
      const value = values.get(key) ?? null;
      return value === null && queries[index]?.optional ? null : this.runtime.value(entry, value);
    });
  }

  async entries(
    query: StorageQuery,
    at = this.reference.hash,
  ): Promise<{ keys: readonly Plain[]; value: Plain }[]> {
    const { key: prefix, entry } = this.runtime.prefix(query);
    const keys: string[] = [];
    for (let page: string[] = []; ; ) {
      page = await this.#ask<string[]>('state_getKeysPaged', [
        prefix,
        KEYS_A_PAGE,
        page.at(-1) ?? prefix,
        at,
      ]);
      keys.push(...page);
      if (page.length < KEYS_A_PAGE) break;
    }
    const values = await this.rawValues(keys, at);
    return keys.map((key) => ({
      keys: this.runtime.keysOf(entry, key),
      value: this.runtime.value(entry, values.get(key) ?? null),
    }));
  }

  async api(api: string, method: string, args: readonly Plain[], at = this.reference.hash): Promise<Plain> {
    const { name, hex } = this.runtime.encodeApi(api, method, args);
    return this.runtime.decodeApi(name, await this.#ask<string>('state_call', [name, hex, at]));
  }

  async events(at: string) {
    const { key } = this.runtime.slot({ pallet: 'System', item: 'Events' });
    return this.runtime.events((await this.rawValues([key], at)).get(key) ?? null);
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
        this.#ask<{ changes: [string, string | null][] }[]>('state_queryStorageAt', [page, at]),
      ),
    );
    const values = new Map<string, string | null>();
    answers.forEach((answer, index) => {
      for (const { changes } of answer ?? []) for (const [key, value] of changes) values.set(key, value);
      // A node that leaves a key out has not said that it is absent.
      for (const key of pages[index] ?? []) {
        if (!values.has(key))
          throw unreachableError(
            'ENDPOINT_ANSWER',
            `${this.endpoint} left out a storage key that was asked for.`,
            {
              hint: 'Nothing was sent. Try another endpoint with --rpc.',
            },
          );
      }
    });
    return values;
  }

  async #ask<T>(method: string, params: readonly unknown[]): Promise<T> {
    try {
      return await this.rpc.request<T>(method, params);
    } catch (error) {
      throw fromRpcError(error, this.endpoint);
    }
  }
}

interface RuntimeVersion {
  specName: string;
  specVersion: number;
  transactionVersion: number;
}

interface Properties {
  tokenSymbol?: string | string[] | null;
  tokenDecimals?: number | number[] | null;
  ss58Format?: number | null;
}

function pickVersion({ specName, specVersion, transactionVersion }: RuntimeVersion) {
  return { specName, specVersion, transactionVersion };
}

function chooseToken(properties: Properties, override: Partial<Token> = {}): Token {
  const first = <T>(value: T | T[] | null | undefined): T | undefined =>
    Array.isArray(value) ? value[0] : (value ?? undefined);
  return {
    symbol: override.symbol ?? first(properties.tokenSymbol) ?? 'UNIT',
    decimals: override.decimals ?? first(properties.tokenDecimals) ?? 0,
    ss58Prefix: override.ss58Prefix ?? properties.ss58Format ?? 42,
  };
}

async function loadMetadata(
  rpc: RpcClient,
  identity: ChainIdentity,
  at: string,
  cacheDir?: string,
): Promise<string> {
  const file =
    cacheDir &&
    join(
      cacheDir,
      `metadata-${identity.genesisHash.slice(2, 18)}-${identity.specName.replace(/[^\w-]/g, '')}-${identity.specVersion}.hex`,
    );
  const kept = file && (await readFile(file, 'utf8').catch(() => undefined));
  if (kept?.startsWith('0x6d657461')) return kept;
  const metadata = await fetchMetadata(rpc, at);
  if (file) {
    // The cache is a convenience: a read-only or full disk must not stop a command.
    await mkdir(cacheDir, { recursive: true, mode: 0o700 })
      .then(() => writeFile(`${file}.${process.pid}`, metadata, { mode: 0o600 }))
      .then(() => rename(`${file}.${process.pid}`, file))
      .catch(() => {});
  }
  return metadata;
}

async function fetchMetadata(rpc: RpcClient, at: string): Promise<string> {
  const { compactStripLength, hexToU8a, u8aToHex } = await import('#polkadot');
  const optional = await rpc
    .request<string>('state_call', ['Metadata_metadata_at_version', METADATA_VERSION_15, at])
    .catch(ignoreRpcError('0x00'));
  const bytes = hexToU8a(optional as `0x${string}`);
  if (bytes[0] === 1) return u8aToHex(compactStripLength(bytes.subarray(1))[1]);
  return rpc.request<string>('state_getMetadata', [at]);
}

function littleEndian(hex: string | null): number {
  return hex ? Number(Buffer.from(hex.slice(2), 'hex').readBigUInt64LE(0)) : 0;
}

function checkGenesis(endpoint: string, found: string, wanted: string | undefined): void {
  if (wanted !== undefined && found !== wanted) {
    throw wrongChain(`${endpoint} is another chain: its genesis hash is ${found}, expected is ${wanted}.`);
  }
}

function wrongChain(message: string) {
  return preconditionError('WRONG_CHAIN', message, {
    hint: 'Nothing was sent. Check --rpc and --network, or the genesisHash in the config.',
  });
}

function gone(endpoint: string, hash: string) {
  return unreachableError('BLOCK_GONE', `${endpoint} no longer has the block ${hash}.`, {
    hint: 'Try again, or name another endpoint with --rpc.',
  });
}

function ignoreRpcError<T>(fallback: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof RpcError) return fallback;
    throw error;
  };
}

/** An error that the node answered to a read, as a failure of the endpoint. Others pass through. */
export function fromRpcError(error: unknown, endpoint: string): unknown {
  if (!(error instanceof RpcError)) return error;
  const pruned = /pruned|discarded|UnknownBlock|unknown block|State already/i.test(
    `${error.message} ${String(error.data ?? '')}`,
  );
  return unreachableError(
    pruned ? 'STATE_PRUNED' : 'ENDPOINT_ANSWER',
    `${endpoint} answered ${error.method} with an error: ${error.message}${error.data === undefined ? '' : ` (${String(error.data)})`}`,
    {
      hint: pruned
        ? 'The node does not keep this block; name an archive node with --rpc.'
        : 'Nothing was sent. Try again, or name another endpoint with --rpc.',
      cause: error,
    },
  );
}
