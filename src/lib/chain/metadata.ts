/** A runtime's metadata: fetched once a version, kept between runs. */

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoreRpcError, oddAnswer } from './answers.js';
import type { RpcClient } from './rpc.js';
import { Runtime } from './runtime.js';
import type { ChainIdentity, Token } from './types.js';

/** `Option<OpaqueMetadata>` of version 15: the first version that describes runtime APIs, on every live chain since 2023. */
const METADATA_VERSION_15 = '0x0f000000';

/** The runtime from its metadata: kept from an earlier run, or fetched and kept. */
export async function openRuntime(
  rpc: RpcClient,
  identity: ChainIdentity,
  token: Token,
  at: string,
  cacheDir?: string,
): Promise<Runtime> {
  const p = await import('#polkadot');
  const file =
    cacheDir &&
    join(
      cacheDir,
      `metadata-${identity.genesisHash.slice(2, 18)}-${identity.specName.replace(/[^\w-]/g, '')}-${identity.specVersion}.hex`,
    );
  const kept = file && (await readFile(file, 'utf8').catch(() => undefined));
  if (kept?.startsWith('0x6d657461')) {
    try {
      return new Runtime(p, kept, token);
    } catch {
      // A damaged file: what the chain says replaces it.
    }
  }
  const metadata = await fetchMetadata(rpc, at);
  const runtime = new Runtime(p, metadata, token);
  if (file) {
    // The cache is a convenience: a read-only or full disk must not stop a command.
    await mkdir(cacheDir, { recursive: true, mode: 0o700 })
      .then(() => writeFile(`${file}.${process.pid}`, metadata, { mode: 0o600 }))
      .then(() => rename(`${file}.${process.pid}`, file))
      .catch(() => {});
  }
  return runtime;
}

async function fetchMetadata(rpc: RpcClient, at: string): Promise<string> {
  const { compactStripLength, hexToU8a, u8aToHex } = await import('#polkadot');
  const optional = await rpc
    .request<string>('state_call', ['Metadata_metadata_at_version', METADATA_VERSION_15, at])
    .catch(ignoreRpcError('0x00'));
  try {
    const bytes = hexToU8a(optional as `0x${string}`);
    if (bytes[0] === 1) return u8aToHex(compactStripLength(bytes.subarray(1))[1]);
  } catch (cause) {
    throw oddAnswer(rpc.endpoint, 'metadata', cause);
  }
  return rpc.request<string>('state_getMetadata', [at]);
}
