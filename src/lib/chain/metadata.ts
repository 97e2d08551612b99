/** A runtime's metadata: fetched once a runtime and endpoint, kept between runs. */

import { unreachableError } from '../errors.js';
import { showUrl } from '../shown.js';
import { ignoreRpcError, oddAnswer } from './answers.js';
import type { MetadataRecord, MetadataStore, RuntimeKey } from './metadataStore.js';
import type { Answer, RpcClient } from './rpc.js';
import { type AddressForm, Runtime } from './runtime.js';

/** `Option<OpaqueMetadata>` of version 15: the first version that describes runtime APIs, on every live chain since 2023. */
const METADATA_VERSION_15 = '0x0f000000';
/** `:code`, where the state has the runtime's code. */
const CODE_KEY = '0x3a636f6465';

export interface OpenedRuntime {
  readonly runtime: Runtime;
  readonly record: MetadataRecord;
  /** The endpoint that served the metadata, now or in an earlier run, as configured; not to be printed. */
  readonly servedBy: string;
}

/**
 * The runtime from its metadata: kept from an earlier run, or fetched and kept.
 * @param at block whose state has the runtime
 * @throws precondition METADATA_UNSUPPORTED, METADATA_INCONSISTENT; unreachable ENDPOINT_ANSWER
 */
export async function openRuntime(
  rpc: RpcClient,
  key: RuntimeKey,
  address: AddressForm,
  at: string,
  store: MetadataStore,
): Promise<OpenedRuntime> {
  const p = await import('#polkadot');
  const { url: inUse } = rpc;
  const kept = await store.find(key, inUse);
  if (kept) return { runtime: new Runtime(p, kept.metadata, address), record: kept.record, servedBy: inUse };
  const { value: metadata, url } = await fetchMetadata(rpc, at);
  const runtime = new Runtime(p, metadata, address);
  assertOfRuntime(runtime, key, showUrl(url));
  const shape = { version: runtime.metadataVersion, ...runtime.shape() };
  return { runtime, record: await store.keep(key, url, metadata, shape), servedBy: url };
}

/**
 * Hash of the runtime's code at a block, as the endpoint says; null where it does not say.
 * @throws unreachable ENDPOINT_ANSWER
 */
export const codeHashAt = (rpc: Pick<RpcClient, 'request'>, at: string): Promise<string | null> =>
  rpc.request<string | null>('state_getStorageHash', [CODE_KEY, at]).catch(ignoreRpcError(null));

/** The metadata as an endpoint serves it, 0x hex, and which one that was. @throws unreachable ENDPOINT_ANSWER */
export async function fetchMetadata(rpc: Pick<RpcClient, 'answer'>, at: string): Promise<Answer<string>> {
  const { compactStripLength, hexToU8a, u8aToHex } = await import('#polkadot');
  const { value, url } = await rpc
    .answer<string>('state_call', ['Metadata_metadata_at_version', METADATA_VERSION_15, at])
    .catch(ignoreRpcError({ value: '0x00', url: '' }));
  try {
    const bytes = hexToU8a(value as `0x${string}`);
    if (bytes[0] === 1) return { value: u8aToHex(compactStripLength(bytes.subarray(1))[1]), url };
  } catch (cause) {
    throw oddAnswer(showUrl(url), 'metadata', cause);
  }
  return rpc.answer<string>('state_getMetadata', [at]);
}

/** Metadata of another runtime than the endpoint says it runs: nothing that is made with it would fit. */
function assertOfRuntime(runtime: Runtime, { specName, specVersion }: RuntimeKey, endpoint: string): void {
  if (!runtime.hasConstant('System', 'Version')) return;
  const of = runtime.constant('System', 'Version') as unknown as { specName: string; specVersion: number };
  if (of.specName !== specName || of.specVersion !== specVersion)
    throw unreachableError(
      'ENDPOINT_ANSWER',
      `${endpoint} serves metadata of ${of.specName} ${of.specVersion}, and says that it runs ${specName} ${specVersion}.`,
      { hint: 'Nothing was sent. Name another endpoint with --rpc.' },
    );
}
