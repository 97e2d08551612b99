/** Does another endpoint have the same reference block: one alone can tell anything. */

import { type BursarError, EXIT, preconditionError, reasonOf, unreachableError } from '../errors.js';
import type { Check } from '../tx/plan.js';
import type { OpenChain } from './connect.js';
import { isSameEndpoint, type OpenPeer, type Peer, peersOf } from './peers.js';
import { sleep } from './sleep.js';
import type { ReferenceBlock } from './types.js';

/**
 * What is done when no second endpoint can be asked: end, or say so and go on. So for the reference block, for the metadata
 * and for an inclusion that one endpoint tells; that a transaction is nowhere is never one endpoint's word.
 */
export type Agree = 'require' | 'warn';

/** The check's names: endpoints that contradict each other, and those that could not be compared. */
export const AGREE = 'ENDPOINTS_AGREE';
export const UNCHECKED = 'ENDPOINTS_UNCHECKED';
export const METADATA_UNCHECKED = 'METADATA_UNCHECKED';

export interface AgreeOptions {
  /** As configured; the one in use may be among them. */
  readonly endpoints: readonly string[];
  readonly agree: Agree;
  /** Milliseconds for the others to answer. Default 5,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly openPeer?: OpenPeer | undefined;
}

/** One that is a block behind has it soon. */
const BEHIND_EVERY_MS = 400;
const ANSWER_MS = 5_000;

/** Another endpoint and its block at the reference height; or why none could be asked, one sentence's end each. */
export type Second = { readonly peer: Peer; readonly hash: string } | { readonly missing: readonly string[] };

/** What was found out at a reference block, by who was asked: one preflight asks nobody twice. */
const found = new WeakMap<ReferenceBlock, Map<string, Promise<Second>>>();

/**
 * The first of the configured endpoints that has a block at the reference height, other than the one whose word it is
 * held against.
 * @param teller that one, as configured. Default: the one in use
 * @returns undefined where no other is configured
 * @throws interrupted
 */
export async function secondOf(
  chain: OpenChain,
  options: Omit<AgreeOptions, 'agree'>,
  teller = chain.rpc.url,
): Promise<Second | undefined> {
  const others = peersOf(chain, options.endpoints, options).filter(({ url }) => !isSameEndpoint(url, teller));
  if (others.length === 0) return undefined;
  const key = JSON.stringify(others.map(({ url }) => url));
  const known = found.get(chain.reference) ?? new Map<string, Promise<Second>>();
  found.set(chain.reference, known);
  const asked = known.get(key) ?? ask(chain.reference.number, others, options);
  known.set(key, asked);
  const second = await asked.catch((error) => {
    known.delete(key);
    throw error;
  });
  // Whoever was away is asked again by who asks later.
  if ('missing' in second) known.delete(key);
  return second;
}

/** Whether another endpoint has the same reference block. Undefined without others. */
export async function checkAgreement(chain: OpenChain, options: AgreeOptions): Promise<Check | undefined> {
  const second = await secondOf(chain, options);
  if (second === undefined) return undefined;
  if ('missing' in second) return unchecked(chain, second.missing, options.agree);
  const { number, hash } = chain.reference;
  const { endpoint } = second.peer;
  if (second.hash === hash)
    return {
      id: AGREE,
      ok: true,
      title: 'Two endpoints agree on the reference block',
      detail: `${chain.endpoint} and ${endpoint}, block ${number}`,
    };
  return {
    id: AGREE,
    ok: false,
    title: 'Two endpoints disagree',
    detail: `block ${number} is ${hash} at ${chain.endpoint} and ${second.hash} at ${endpoint}`,
    remedy: 'Nothing was sent. Find out which endpoint tells the truth before moving money.',
  };
}

function unchecked(chain: OpenChain, missing: readonly string[], agree: Agree): Check {
  const detail = `that ${chain.endpoint} has the true block ${chain.reference.number} was not checked: ${missing.join('; ')}`;
  const check = { id: UNCHECKED, title: 'No second endpoint could be asked', detail };
  return agree === 'warn' ? { ...check, ok: 'warn' } : { ...check, ok: false, remedy: UNCHECKED_REMEDY };
}

/** What helps when no second endpoint could be asked, of the block or of the metadata. */
export const UNCHECKED_REMEDY =
  'Nothing was sent. Try again when another endpoint answers, name another one with --rpc, or trust this one alone with --agree warn.';

/** All at once; the first that has the block ends the waiting for the others. @throws interrupted */
async function ask(
  number: number,
  others: readonly Peer[],
  { timeoutMs = ANSWER_MS, signal }: Omit<AgreeOptions, 'agree'>,
): Promise<Second> {
  const missing: string[] = [];
  return new Promise((resolve, reject) => {
    const asked = others.map(async (peer, index) => {
      try {
        const hash = await hashAt(peer, number, timeoutMs, signal);
        if (hash !== null) resolve({ peer, hash });
        else missing[index] = `${peer.endpoint} does not have block ${number} yet`;
      } catch (error) {
        if (signal?.aborted) reject(error);
        missing[index] = reasonOf(error);
      }
    });
    void Promise.all(asked).then(() => resolve({ missing }));
  });
}

/** @returns null when it has not come so far within the time */
async function hashAt(
  { chain: { rpc } }: Peer,
  number: number,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<string | null> {
  const until = performance.now() + timeoutMs;
  rpc.allow(timeoutMs);
  for (;;) {
    const hash = await rpc.request<string | null>('chain_getBlockHash', [number]);
    if (hash !== null || performance.now() + BEHIND_EVERY_MS >= until) return hash;
    await sleep(BEHIND_EVERY_MS, signal);
  }
}

/** The error that a failed check of agreement amounts to. */
export function disagreement({ id, title, detail, remedy }: Check): BursarError {
  const make = id === UNCHECKED ? unreachableError : preconditionError;
  return make(id, `${title}: ${detail}.`, { hint: remedy ?? 'Nothing was sent.' });
}

/** With which code a failed check ends: what could not be checked may be checked later. */
export const exitOf = (id: string) =>
  id === UNCHECKED || id === METADATA_UNCHECKED ? EXIT.unreachable : EXIT.precondition;
