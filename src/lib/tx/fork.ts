/**
 * Forks: a copy of a chain's state on which blocks are made by somebody else. It has the genesis hash of the chain, so
 * nothing that is signed tells them apart; only the server does. What is sent there is written in a journal of its own.
 *
 * The word is the endpoint's own. One that lies gains nothing by it: what is open in the chain's journal holds on a fork
 * too, and what was sent to a fork holds on the chain as long as it could be valid there (settle.ts).
 */

import type { OpenChain } from '../chain/connect.js';
import { BursarError } from '../errors.js';

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

const known = new WeakMap<object, Promise<Fork | null>>();

/** What the endpoint says that it is a fork of; null: it does not say so. @throws unreachable */
export function forkOf(chain: OpenChain): Promise<Fork | null> {
  const found = known.get(chain.rpc) ?? askFork(chain);
  known.set(chain.rpc, found);
  found.catch(() => known.delete(chain.rpc));
  return found;
}

async function askFork(chain: OpenChain): Promise<Fork | null> {
  const methods = await offered(chain);
  if (methods.includes(METHOD)) {
    const answer = await chain.ask<{ id?: unknown; block?: unknown } | null>(METHOD);
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
async function offered(chain: OpenChain): Promise<readonly unknown[]> {
  try {
    const answer = await chain.ask<{ methods?: unknown } | null>('rpc_methods');
    return Array.isArray(answer?.methods) ? answer.methods : [];
  } catch (error) {
    if (error instanceof BursarError && error.code === 'ENDPOINT_ANSWER') return [];
    throw error;
  }
}
