/** What an endpoint answers is judged here: an answer that cannot be is the endpoint's failure, not bursar's. */

import { type BursarError, unreachableError } from '../errors.js';
import { RpcError } from './connection.js';
import type { ChainIdentity } from './types.js';

export type Version = Pick<ChainIdentity, 'specName' | 'specVersion' | 'transactionVersion'>;

/** An answer of the wrong form: another endpoint may have a better one. */
export class OddAnswer extends Error {
  /** @param words what the endpoint did, after its name */
  constructor(what: string, words = `answered with ${what} that cannot be read`) {
    super(words);
    this.name = 'OddAnswer';
  }
}

/** The answer is "no such block" about a block that should be there: behind a balancer the next node may have it. */
export class NoSuchBlock extends Error {
  constructor() {
    super('does not have the block');
    this.name = 'NoSuchBlock';
  }
}

const MOST_U32 = 0xffff_ffff;
const HASH = /^0x[0-9a-f]{64}$/i;
const BYTES = /^0x(?:[0-9a-f]{2})*$/i;

type Params = readonly unknown[];
type Judge = (answer: unknown, params: Params) => unknown;

export const isIndex = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;
const isU32 = (value: unknown): value is number => isIndex(value) && value <= MOST_U32;
const isHash = (value: unknown): value is string => typeof value === 'string' && HASH.test(value);
const isBytes = (value: unknown): value is string => typeof value === 'string' && BYTES.test(value);
const isSymbol = (value: unknown): boolean =>
  typeof value === 'string' && /^[\p{L}\p{N}.$_-]{1,32}$/u.test(value);
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

const judge =
  (what: string, fits: (answer: unknown) => boolean): Judge =>
  (answer) => {
    if (!fits(answer)) throw new OddAnswer(what);
    return answer;
  };

const bytes = (what: string): Judge => judge(what, isBytes);

/**
 * What each method that bursar asks may answer. The only place that says so: a request returns what passed here, and
 * whatever did not is asked of the next endpoint before it is a failure.
 */
const ANSWERS: Readonly<Record<string, Judge>> = {
  chain_getBlockHash: (answer, [number]) => {
    // Block 0 is in every chain, and a node always has a best one; the others may not be there yet.
    if (answer === null && number !== undefined && number !== 0) return null;
    if (!isHash(answer)) throw new OddAnswer('a block hash');
    return answer.toLowerCase();
  },
  chain_getFinalizedHead: (answer) => {
    if (!isHash(answer)) throw new OddAnswer('a block hash');
    return answer.toLowerCase();
  },
  chain_getHeader: (answer) => {
    if (answer === null) throw new NoSuchBlock();
    if (!isObject(answer) || !isHash(answer.parentHash) || !isBlockNumber(answer.number))
      throw new OddAnswer('a block header');
    return answer;
  },
  chain_getBlock: (answer) => {
    if (answer === null) throw new NoSuchBlock();
    const block = isObject(answer) ? answer.block : undefined;
    if (
      !isObject(block) ||
      !Array.isArray(block.extrinsics) ||
      !block.extrinsics.every((one) => isBytes(one) && one !== '0x')
    )
      throw new OddAnswer('a block');
    return answer;
  },
  state_getRuntimeVersion: (answer) => {
    const { specName, specVersion, transactionVersion } = isObject(answer) ? answer : {};
    if (typeof specName !== 'string' || specName === '' || specName.length > 100)
      throw new OddAnswer('a runtime version');
    if (!isU32(specVersion) || !isU32(transactionVersion)) throw new OddAnswer('a runtime version');
    return { specName, specVersion, transactionVersion } satisfies Version;
  },
  state_getStorage: judge('a storage value', (answer) => answer === null || isBytes(answer)),
  state_getStorageHash: (answer) => {
    if (answer === null) return null;
    if (!isHash(answer)) throw new OddAnswer('a hash of the runtime’s code');
    return answer.toLowerCase();
  },
  state_queryStorageAt: (answer, [keys]) => storageChanges(answer, keys as readonly string[]),
  state_getKeysPaged: (answer, [prefix, count, start]) => {
    const after = (start ?? prefix) as string;
    if (
      !Array.isArray(answer) ||
      answer.length > (count as number) ||
      !answer.every(isBytes) ||
      !followEachOther(answer, after, prefix as string)
    )
      throw new OddAnswer('a list of keys');
    return answer;
  },
  state_call: bytes('the result of a runtime call'),
  state_getMetadata: bytes('metadata'),
  system_accountNextIndex: judge('a nonce', isU32),
  system_chain: judge(
    'the name of a chain',
    (answer) => typeof answer === 'string' && answer.length <= 1_000,
  ),
  system_properties: judge('properties of its token', (answer) => {
    if (answer === null) return true;
    if (!isObject(answer)) return false;
    // The first is the native token's, and stands in every amount that is read and written. Empty: there is none.
    const [symbol] = [answer.tokenSymbol].flat();
    return symbol == null || symbol === '' || isSymbol(symbol);
  }),
  rpc_methods: judge(
    'the list of its methods',
    (answer) => isObject(answer) && Array.isArray(answer.methods),
  ),
  dev_fork: judge('what it is a fork of', (answer) => answer === null || isObject(answer)),
};

/** What a request of a method returns. @throws OddAnswer, NoSuchBlock */
export const judged = (method: string, answer: unknown, params: Params): unknown =>
  ANSWERS[method] === undefined ? answer : ANSWERS[method](answer, params);

/** Methods that a node may leave out: its refusal is an answer, for which no other endpoint is asked. */
export const OPTIONAL: ReadonlySet<string> = new Set(['state_getStorageHash', 'rpc_methods', 'dev_fork']);

/** The methods whose answers are judged. */
export const JUDGED: readonly string[] = Object.keys(ANSWERS);

/** A value for every key that was asked, once: a node that leaves a key out has not said that it is absent. */
function storageChanges(answer: unknown, keys: readonly string[]): unknown {
  if (!Array.isArray(answer)) throw new OddAnswer('storage values');
  const seen = new Map<string, string | null>();
  for (const set of answer) {
    if (!isObject(set) || !Array.isArray(set.changes)) throw new OddAnswer('storage values');
    for (const change of set.changes) {
      if (!Array.isArray(change) || change.length !== 2) throw new OddAnswer('storage values');
      const [key, value] = change as [unknown, unknown];
      if (!isBytes(key) || !(value === null || isBytes(value))) throw new OddAnswer('storage values');
      if (seen.has(key))
        throw new OddAnswer('storage values', 'answered with two values for one storage key');
      seen.set(key, value);
    }
  }
  const missing = keys.filter((key) => !seen.has(key)).length;
  if (missing > 0)
    throw new OddAnswer(
      'storage values',
      `left out a storage key that was asked for (${missing} of ${keys.length})`,
    );
  return answer;
}

/** Keys come in their order, each once; an endpoint that forgets where it was would otherwise be asked for ever. */
const followEachOther = (page: readonly string[], last: string, prefix: string): boolean =>
  page.every((key, index) => key > (page[index - 1] ?? last) && key.startsWith(prefix));

const isBlockNumber = (value: unknown): boolean =>
  typeof value === 'string' && /^0x[0-9a-f]{1,8}$/i.test(value);

export const sameVersion = (a: Version, b: Version): boolean =>
  a.specName === b.specName && a.specVersion === b.specVersion;

/** The first 8 bytes as a number, such as the Timestamp pallet's milliseconds. */
export function littleEndian(endpoint: string, hex: string | null): number {
  if (hex === null) return 0;
  const value = /^0x[0-9a-f]{16}$/i.test(hex)
    ? Number(Buffer.from(hex.slice(2), 'hex').readBigUInt64LE(0))
    : Number.NaN;
  // Beyond what a Date can hold (8.64e15) it is no time, and nothing could print it.
  if (!(value <= 8.64e15)) throw oddAnswer(endpoint, 'a timestamp');
  return value;
}

export function blockHash(endpoint: string, value: unknown): string {
  if (isHash(value)) return value.toLowerCase();
  throw oddAnswer(endpoint, 'a block hash');
}

const oddHint = 'Is it the node of a Substrate chain? Name another endpoint with --rpc.';

export function oddAnswer(endpoint: string, what: string, cause?: unknown): BursarError {
  return unreachableError('ENDPOINT_ANSWER', `${endpoint} answered with ${what} that cannot be read.`, {
    hint: oddHint,
    cause,
  });
}

/** The same of an answer that did not pass its judgement. */
export const oddness = (endpoint: string, odd: OddAnswer): BursarError =>
  unreachableError('ENDPOINT_ANSWER', `${endpoint} ${odd.message}.`, { hint: oddHint, cause: odd });

export function gone(endpoint: string, hash: string): BursarError {
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

/** Whether an error says that the node has discarded the state, or never had the block. */
export const isPruned = (error: RpcError): boolean =>
  /pruned|discarded|UnknownBlock|unknown block|State already|Header was not found/i.test(
    `${error.message} ${String(error.data ?? '')}`,
  );

/** The node's words with what it added to them. */
export function wordsOf({ message, data }: RpcError): string {
  if (data === undefined || data === null) return message;
  const more = (typeof data === 'string' ? data : JSON.stringify(data)).replace(/\s*[\r\n]+\s*/g, ' ');
  return `${message} (${more.length > 500 ? `${more.slice(0, 500)}…` : more})`;
}

/** An error that the node answered to a read, as a failure of the endpoint. Others pass through. */
export function fromRpcError(error: unknown, endpoint: string): unknown {
  if (!(error instanceof RpcError)) return error;
  const pruned = isPruned(error);
  const elsewhere =
    error.elsewhere.length === 0 ? '' : `. Others were asked too: ${error.elsewhere.join('; ')}`;
  return unreachableError(
    pruned ? 'STATE_PRUNED' : 'ENDPOINT_ANSWER',
    `${error.endpoint || endpoint} answered ${error.method} with an error: ${wordsOf(error)}${elsewhere}`,
    {
      hint: pruned
        ? 'The node does not keep this block; name an archive node with --rpc.'
        : 'Nothing was sent. Try again, or name another endpoint with --rpc.',
      cause: error,
    },
  );
}
