/** What went wrong with one request at one endpoint, and whether asking again, there or elsewhere, can mend it. */

import { BursarError, EXIT } from '../errors.js';
import { isPruned, NoSuchBlock, OddAnswer, wordsOf } from './answers.js';
import { ConnectionLost, NotJsonRpc, NotOpened, RpcError } from './connection.js';
import { delayIn } from './delays.js';

export interface Trouble {
  readonly kind: 'lost' | 'limited' | 'noBlock' | 'pruned' | 'silent' | 'refused' | 'odd' | 'garbled';
  /** Milliseconds until the same endpoint may be asked again; null: it has said all that it has to say. */
  readonly again: number | null;
  /** For people, beside the endpoint's name. */
  readonly words: string;
}

/**
 * Codes that say "too many requests": OnFinality and others -32029; polkadot-sdk's own limit -32999 (sc-rpc-server);
 * jsonrpsee's "server is busy" -32009; Ethereum's "limit exceeded" -32005 (EIP-1474), which gateways of both kinds of chain use.
 */
const LIMITED = new Set([-32029, -32999, -32009, -32005, 429]);
const LIMITED_WORDS = /rate.?limit|too many requests|limit (?:was |is )?(?:exceeded|reached)|throttl|quota/i;

/** The runtime's own verdict, and malformed parameters: every node of the chain says the same. */
const VERDICT = /Execution failed|Exported method|Runtime panicked|wasm trap|Execution aborted/i;
const INVALID_PARAMS = -32602;
const METHOD_NOT_FOUND = -32601;
const INTERNAL = -32603;

/** How often one request may meet the same passing trouble at the same endpoint. */
const MOST_ATTEMPTS = 3;
const LONGEST_BACKOFF_MS = 4_000;

export const isLimit = (error: RpcError): boolean =>
  LIMITED.has(error.code) || LIMITED_WORDS.test(error.message);

/**
 * @param attempt how often this request has now met trouble at this endpoint, from 1
 * @returns undefined: an interruption, or a verdict that no other endpoint would change
 */
export function troubleOf(error: unknown, attempt: number): Trouble | undefined {
  const few = (ms: number) => (attempt < MOST_ATTEMPTS ? ms : null);
  if (error instanceof ConnectionLost)
    return { kind: 'lost', again: few(attempt === 1 ? 0 : 500), words: error.message };
  if (error instanceof NotOpened)
    return error.limited
      ? { kind: 'limited', again: error.retryMs ?? backoff(attempt), words: error.message }
      : { kind: 'lost', again: few(500), words: `could not be reached (${error.message})` };
  if (error instanceof NotJsonRpc) return { kind: 'garbled', again: few(200), words: error.message };
  if (error instanceof NoSuchBlock)
    return { kind: 'noBlock', again: few(300 * attempt), words: error.message };
  if (error instanceof OddAnswer) return { kind: 'odd', again: null, words: error.message };
  if (error instanceof RpcError) return troubleOfAnswer(error, attempt, few);
  if (error instanceof BursarError && error.exit === EXIT.unreachable)
    return {
      kind: error.code === 'ENDPOINT_TIMEOUT' ? 'silent' : 'refused',
      again: null,
      words: error.message.replace(/\.$/, ''),
    };
  return undefined;
}

function troubleOfAnswer(
  error: RpcError,
  attempt: number,
  few: (ms: number) => number | null,
): Trouble | undefined {
  const words = `answered with an error: ${wordsOf(error)}`;
  if (isLimit(error)) return { kind: 'limited', again: limitDelay(error, attempt), words };
  const text = `${error.message} ${typeof error.data === 'string' ? error.data : ''}`;
  if (error.code === INVALID_PARAMS || VERDICT.test(text)) return undefined;
  // State that was discarded does not come back; a block that is not there yet may.
  if (isPruned(error))
    return /discarded|pruned/i.test(text)
      ? { kind: 'pruned', again: null, words }
      : { kind: 'noBlock', again: few(300 * attempt), words };
  if (error.code === INTERNAL) return { kind: 'refused', again: attempt < 2 ? 250 : null, words };
  return {
    kind: 'refused',
    again: null,
    words: error.code === METHOD_NOT_FOUND ? 'does not serve it' : words,
  };
}

/** What the endpoint asks to wait; if it does not say, half a second, twice as long each time. */
const limitDelay = ({ message, data }: RpcError, attempt: number): number =>
  delayIn(`${message} ${typeof data === 'string' ? data : (JSON.stringify(data) ?? '')}`) ?? backoff(attempt);

const backoff = (attempt: number): number => Math.min(LONGEST_BACKOFF_MS, 500 * 2 ** (attempt - 1));
