/**
 * Forks: a copy of a chain's state on which blocks are made by somebody else. It has the genesis hash of the chain, so
 * nothing that is signed tells them apart; only the server does. What is sent there is written in a journal of its own.
 *
 * Each connection is asked when it is opened, and one command speaks with one fork or with the chain: a fork that fails
 * must not be replaced by the chain while everything that is printed says that nothing is real, nor the other way round.
 *
 * The word is the endpoint's own. One that lies gains nothing by it: what is open in the chain's journal holds on a fork
 * too, and what was sent to a fork holds on the chain as long as it could be valid there (lib/tx/settle.ts).
 */

import { type BursarError, preconditionError } from '../errors.js';
import { RpcError } from './connection.js';
import type { Ask } from './rpc.js';
import { isLimit } from './trouble.js';

export interface Fork {
  /** Lower-case letters and digits: one server, from its start to its end, has one. */
  readonly id: string;
  /** The live block that it began from; null if the server does not say. */
  readonly block: number | null;
}

/** What a bursar fork answers `dev_fork` with; null from a development chain that is nobody's fork. */
const METHOD = 'dev_fork';
/** Methods by which servers of other forks (chopsticks) are known; no live node has them. */
const OTHERS = ['dev_newBlock', 'dev_setHead', 'dev_setStorage'];
const ID = /^[a-z0-9]{1,32}$/;

/** What a server says that it is a fork of; null: it does not say so. @throws what `ask` throws */
export async function askFork(ask: Ask): Promise<Fork | null> {
  const methods = await offered(ask);
  if (methods.includes(METHOD)) {
    const answer = (await ask(METHOD, [])) as { id?: unknown; block?: unknown } | null;
    if (answer === null) return null;
    const { id, block } = answer;
    const isBlock = Number.isSafeInteger(block) && (block as number) >= 0;
    return {
      id: typeof id === 'string' && ID.test(id) ? id : 'other',
      block: isBlock ? (block as number) : null,
    };
  }
  return OTHERS.some((method) => methods.includes(method)) ? { id: 'other', block: null } : null;
}

/** Not every gateway says what it offers; what does not say so is a chain. */
async function offered(ask: Ask): Promise<readonly unknown[]> {
  try {
    const answer = (await ask('rpc_methods', [])) as { methods?: unknown } | null;
    return Array.isArray(answer?.methods) ? answer.methods : [];
  } catch (error) {
    // One that limits its callers has not said anything yet.
    if (error instanceof RpcError && !isLimit(error)) return [];
    throw error;
  }
}

/**
 * @param wanted what the first connection said
 * @throws precondition WRONG_CHAIN when this one is another fork, or one of them is a fork and the other is not
 */
export function assertSameFork(endpoint: string, found: Fork | null, wanted: Fork | null): void {
  if (found?.id !== wanted?.id) throw otherFork(endpoint, found, wanted);
}

function otherFork(endpoint: string, found: Fork | null, wanted: Fork | null): BursarError {
  const is = found === null ? 'is not a fork' : wanted === null ? 'is a fork' : 'is another fork';
  const asked = wanted === null ? 'the chain itself' : 'a fork of the chain';
  return preconditionError(
    'WRONG_CHAIN',
    `${endpoint} ${is}, and this command was speaking with ${asked}: what it read does not hold there.`,
    { hint: 'Nothing was sent. Name endpoints of one of them only, with --rpc or in the configuration.' },
  );
}
