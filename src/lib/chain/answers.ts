/** What an endpoint answers is judged here: an answer that cannot be is the endpoint's failure, not bursar's. */

import { unreachableError } from '../errors.js';
import { RpcError } from './rpc.js';
import type { ChainIdentity } from './types.js';

export type Version = Pick<ChainIdentity, 'specName' | 'specVersion' | 'transactionVersion'>;

export function checkVersion(endpoint: string, version: Version | null): Version {
  const { specName, specVersion, transactionVersion } = version ?? ({} as Partial<Version>);
  if (typeof specName !== 'string' || !isIndex(specVersion) || !isIndex(transactionVersion))
    throw oddAnswer(endpoint, 'a runtime version');
  return { specName, specVersion, transactionVersion };
}

export const sameVersion = (a: Version, b: Version): boolean =>
  a.specName === b.specName && a.specVersion === b.specVersion;

export const isIndex = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;

export function littleEndian(endpoint: string, hex: string | null): number {
  if (hex === null) return 0;
  if (!/^0x[0-9a-f]{16}/i.test(hex)) throw oddAnswer(endpoint, 'a timestamp');
  return Number(Buffer.from(hex.slice(2), 'hex').readBigUInt64LE(0));
}

export function blockHash(endpoint: string, value: unknown): string {
  if (typeof value === 'string' && /^0x[0-9a-f]{64}$/i.test(value)) return value.toLowerCase();
  throw oddAnswer(endpoint, 'a block hash');
}

export function oddAnswer(endpoint: string, what: string, cause?: unknown) {
  return unreachableError('ENDPOINT_ANSWER', `${endpoint} answered with ${what} that cannot be read.`, {
    hint: 'Is it the node of a Substrate chain? Name another endpoint with --rpc.',
    cause,
  });
}

export function gone(endpoint: string, hash: string) {
  return unreachableError('BLOCK_GONE', `${endpoint} no longer has the block ${hash}.`, {
    hint: 'Try again, or name another endpoint with --rpc.',
  });
}

export function ignoreRpcError<T>(fallback: T): (error: unknown) => T {
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
    `${endpoint} answered ${error.method} with an error: ${error.message}${error.data === undefined ? '' : ` (${typeof error.data === 'string' ? error.data : JSON.stringify(error.data)})`}`,
    {
      hint: pruned
        ? 'The node does not keep this block; name an archive node with --rpc.'
        : 'Nothing was sent. Try again, or name another endpoint with --rpc.',
      cause: error,
    },
  );
}
