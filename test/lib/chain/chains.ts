/** Chains without a connection: the library on metadata that real chains had. */

import { createRequire } from 'node:module';
import { compactStripLength, hexToU8a, u8aToHex } from '@polkadot/util';
import { type ChainTrust, OpenChain } from '../../../src/lib/chain/connect.js';
import { MetadataStore } from '../../../src/lib/chain/metadataStore.js';
import { RpcClient } from '../../../src/lib/chain/rpc.js';
import { Runtime } from '../../../src/lib/chain/runtime.js';
import type { ChainIdentity, Token } from '../../../src/lib/chain/types.js';

// The package of recorded metadata that comes with @polkadot/api; a file of it is a megabyte, so only what is asked for.
const load = createRequire(import.meta.url);

export const CHAINS = {
  polkadot: { file: 'v15/polkadot-hex', ss58Prefix: 0 },
  assetHub: { file: 'v15/asset-hub-polkadot-hex', ss58Prefix: 0 },
  kusama: { file: 'v15/kusama-hex', ss58Prefix: 2 },
  assetHubKusama: { file: 'v15/asset-hub-kusama-hex', ss58Prefix: 2 },
  node14: { file: 'v14/substrate-hex', ss58Prefix: 42 },
  node16: { file: 'v16/substrate-hex', ss58Prefix: 42 },
} as const;
export type ChainName = keyof typeof CHAINS;
export const NAMES = Object.keys(CHAINS) as ChainName[];

export const GENESIS = `0x${'9d'.repeat(32)}`;

/** The metadata as `Metadata_metadata_at_version` or `state_getMetadata` holds it, without its wrapping. */
export async function metadataOf(name: ChainName): Promise<string> {
  const { default: hex } = load(`@polkadot/types-support/metadata/${CHAINS[name].file}`) as {
    default: string;
  };
  const bytes = hexToU8a(hex);
  return bytes[0] === 1 ? u8aToHex(compactStripLength(bytes.subarray(1))[1]) : hex;
}

const runtimes = new Map<ChainName, Promise<Runtime>>();

export function runtimeOf(name: ChainName): Promise<Runtime> {
  const made =
    runtimes.get(name) ??
    (async () => new Runtime(await import('#polkadot'), await metadataOf(name), tokenOf(name)))();
  runtimes.set(name, made);
  return made;
}

export const tokenOf = (name: ChainName): Token => ({
  symbol: 'UNIT',
  decimals: 10,
  ss58Prefix: CHAINS[name].ss58Prefix,
});

/** A chain that can encode, decode and sign, and cannot ask. */
export async function offlineChain(
  name: ChainName,
  identity: Partial<ChainIdentity> = {},
): Promise<OpenChain> {
  const full = { genesisHash: GENESIS, specName: name, specVersion: 1_234_567, transactionVersion: 26, name };
  const reference = { hash: `0x${'b1'.repeat(32)}`, number: 1_000, timestamp: 1_760_000_000_000 };
  const rpc = new RpcClient({ endpoints: [], timeoutMs: 1 });
  const identified = { ...full, ...identity };
  const trust = await trustOf(await runtimeOf(name), identified);
  return new OpenChain(rpc, await runtimeOf(name), identified, tokenOf(name), reference, trust);
}

/** As of a chain whose token is configured, and whose metadata came over a connection of its own. */
export async function trustOf(runtime: Runtime, identity: ChainIdentity): Promise<ChainTrust> {
  const store = new MetadataStore(undefined, true);
  const shape = { version: runtime.metadataVersion, ...runtime.shape() };
  const key = { ...identity, codeHash: null };
  const url = 'ws://127.0.0.1:1';
  return {
    store,
    metadata: await store.keep(key, url, runtime.metadata, shape),
    servedBy: url,
    claims: {},
    claimedBy: url,
    tokenSources: { symbol: 'config', decimals: 'config', ss58Prefix: 'config' },
    fork: null,
  };
}
