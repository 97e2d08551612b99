/** Real runtimes by their metadata, each with a table of storage in place of a node: what is read is decoded by its types. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { brotliDecompressSync } from 'node:zlib';
import { compactStripLength, hexToU8a, u8aToHex } from '@polkadot/util';
import { OpenChain } from '../../../../src/lib/chain/connect.js';
import { RpcClient } from '../../../../src/lib/chain/rpc.js';
import { Runtime } from '../../../../src/lib/chain/runtime.js';
import type { StorageQuery } from '../../../../src/lib/chain/types.js';
import type { Plain } from '../../../../src/lib/plain.js';
import { trustOf } from '../../chain/chains.js';

interface RuntimeFile {
  /** 0x hex of the metadata. */
  readonly metadata: () => string;
  readonly specName: string;
  readonly specVersion: number;
  readonly ss58Prefix: number;
  readonly decimals: number;
}

/** As @polkadot/types-support 16.5.6 holds them; Westend, which it lacks, as @polkadot-api/sdk-staking 0.5.0 does. */
export const RUNTIMES = {
  "Polkadot's Asset Hub": runtimeFile('v15/asset-hub-polkadot', 0, 10),
  "Westend's Asset Hub": {
    metadata: westend,
    specName: 'westmint',
    specVersion: 1_022_000,
    ss58Prefix: 42,
    decimals: 12,
  },
  "Kusama's Asset Hub": runtimeFile('v15/asset-hub-kusama', 2, 12),
  'Polkadot with classic staking': runtimeFile('v15/polkadot', 0, 10),
  'Kusama with classic staking': runtimeFile('v15/kusama', 2, 12),
  'Polkadot in metadata 14': runtimeFile('v14/polkadot', 0, 10),
  'Kusama in metadata 14': runtimeFile('v14/kusama', 2, 12),
  "Substrate's node, metadata 14": runtimeFile('v14/substrate', 42, 12),
  "Substrate's node, metadata 16": runtimeFile('v16/substrate', 42, 12),
} as const satisfies Record<string, RuntimeFile>;
export type RuntimeName = keyof typeof RUNTIMES;
export const RUNTIME_NAMES = Object.keys(RUNTIMES) as RuntimeName[];

function runtimeFile(name: string, ss58Prefix: number, decimals: number): RuntimeFile {
  const { default: version } = load(`@polkadot/types-support/metadata/${name}-ver`) as {
    default: { readonly specName: string; readonly specVersion: number };
  };
  const { specName, specVersion } = version;
  return { metadata: () => recorded(`${name}-hex`), specName, specVersion, ss58Prefix, decimals };
}

function load(path: string): unknown {
  return createRequire(import.meta.url)(path);
}

function recorded(file: string): string {
  const { default: hex } = load(`@polkadot/types-support/metadata/${file}`) as { default: string };
  const bytes = hexToU8a(hex);
  return bytes[0] === 1 ? u8aToHex(compactStripLength(bytes.subarray(1))[1]) : hex;
}

/** Metadata 16, compressed. */
function westend(): string {
  const file = new URL('westend-asset-hub-1022000.scale.br', import.meta.url);
  return u8aToHex(brotliDecompressSync(readFileSync(file)));
}

/** Storage by `Pallet.Item`: keys with their values, in the plain form that reading gives. */
export type Table = Readonly<Record<string, readonly (readonly [keys: readonly Plain[], value: unknown])[]>>;

const runtimes = new Map<RuntimeName, Promise<Runtime>>();

/** The chain of a name, with these storage values and none else. It can read, encode and decode. */
export async function tableChain(name: RuntimeName, table: Table): Promise<OpenChain> {
  const about = RUNTIMES[name];
  const { specName, specVersion, ss58Prefix, decimals } = about;
  const token = { symbol: 'UNIT', decimals, ss58Prefix };
  const made =
    runtimes.get(name) ?? (async () => new Runtime(await import('#polkadot'), about.metadata(), token))();
  runtimes.set(name, made);
  const runtime = await made;
  const identity = {
    genesisHash: `0x${'9d'.repeat(32)}`,
    specName,
    specVersion,
    transactionVersion: 1,
    name,
  };
  const reference = { hash: `0x${'b1'.repeat(32)}`, number: 1_000, timestamp: 1_760_000_000_000 };
  const rpc = new RpcClient({ endpoints: [], timeoutMs: 1 });
  const trust = await trustOf(runtime, identity);
  const chain = new OpenChain(rpc, runtime, identity, token, reference, trust);
  const values = encoded(runtime, table);
  const read = async (queries: readonly StorageQuery[]): Promise<Plain[]> =>
    queries.map((query) => {
      const { key, entry } = runtime.slot(query);
      const hex = values.get(key) ?? null;
      return hex === null && query.optional ? null : runtime.value(entry, hex);
    });
  // The only runtime API that planning asks: how many targets a stake may have.
  return Object.assign(chain, { read, api: async () => 16 });
}

function encoded(runtime: Runtime, table: Table): Map<string, string> {
  const values = new Map<string, string>();
  for (const [name, entries] of Object.entries(table)) {
    const [pallet = '', item = ''] = name.split('.');
    if (!runtime.hasStorage(pallet, item)) continue;
    for (const [keys, value] of entries) {
      const { key, entry } = runtime.slot({ pallet, item, keys });
      const { type } = entry.meta;
      const id = type.isPlain ? type.asPlain : type.asMap.value;
      const codec = runtime.registry.createTypeUnsafe(runtime.registry.createLookupType(id), [value]);
      values.set(key, u8aToHex(codec.toU8a()));
    }
  }
  return values;
}
