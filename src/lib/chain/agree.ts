/** Does another endpoint have the same reference block: one alone can tell anything. */

import { type BursarError, EXIT, preconditionError, unreachableError } from '../errors.js';
import type { Check } from '../tx/plan.js';
import type { OpenChain } from './connect.js';
import { RpcClient } from './rpc.js';
import { sleep } from './sleep.js';

/** What is done when no second endpoint can be asked: end, or say so and go on. */
export type Agree = 'require' | 'warn';

/** The check's names: endpoints that contradict each other, and those that could not be compared. */
export const AGREE = 'ENDPOINTS_AGREE';
export const UNCHECKED = 'ENDPOINTS_UNCHECKED';

export interface AgreeOptions {
  /** As configured; the one in use may be among them. */
  readonly endpoints: readonly string[];
  readonly agree: Agree;
  /** Milliseconds for the others to answer. Default 5,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** One that is a block behind has it soon. */
const BEHIND_EVERY_MS = 400;

type Finding =
  | { readonly endpoint: string; readonly hash: string }
  | { readonly endpoint: string; readonly why: string };

/** Asks the other endpoints for the hash at the reference height; the first that has the block decides. Undefined without others. */
export async function checkAgreement(chain: OpenChain, options: AgreeOptions): Promise<Check | undefined> {
  const others = [...new Set(options.endpoints)].filter((url) => url !== chain.rpc.url);
  if (others.length === 0) return undefined;
  const findings = await ask(chain, others, options);
  const { number, hash } = chain.reference;
  const second = findings.find((finding) => 'hash' in finding);
  if (second === undefined) return unchecked(chain, findings, options.agree);
  if (second.hash === hash)
    return {
      id: AGREE,
      ok: true,
      title: 'Two endpoints agree on the reference block',
      detail: `${chain.endpoint} and ${second.endpoint}, block ${number}`,
    };
  return {
    id: AGREE,
    ok: false,
    title: 'Two endpoints disagree',
    detail: `block ${number} is ${hash} at ${chain.endpoint} and ${second.hash} at ${second.endpoint}`,
    remedy: 'Nothing was sent. Find out which endpoint tells the truth before moving money.',
  };
}

function unchecked(chain: OpenChain, findings: readonly Finding[], agree: Agree): Check {
  const why = findings.map((finding) => ('why' in finding ? finding.why.replace(/\.$/, '') : ''));
  const detail = `that ${chain.endpoint} has the true block ${chain.reference.number} was not checked: ${why.join('; ')}`;
  return agree === 'warn'
    ? { id: UNCHECKED, ok: 'warn', title: 'No second endpoint could be asked', detail }
    : {
        id: UNCHECKED,
        ok: false,
        title: 'No second endpoint could be asked',
        detail,
        remedy:
          'Nothing was sent. Try again when another endpoint answers, name another one with --rpc, or trust this one alone with --agree warn.',
      };
}

/** What each of the others says, until one has the block. */
async function ask(
  chain: OpenChain,
  others: readonly string[],
  { timeoutMs = 5_000, signal }: AgreeOptions,
): Promise<Finding[]> {
  const clients = others.map(
    (url) => new RpcClient({ endpoints: [url], timeoutMs, rounds: 1, ...(signal ? { signal } : {}) }),
  );
  const findings: Finding[] = [];
  const askOne = async (rpc: RpcClient, index: number) => {
    const finding = await hashAt(rpc, chain.reference.number, timeoutMs, signal);
    findings[index] = finding;
    // The first that has the block ends the waiting for the others.
    if ('hash' in finding) throw finding;
  };
  try {
    await Promise.all(clients.map(askOne));
  } catch (thrown) {
    if (thrown instanceof Error) throw thrown;
  } finally {
    for (const rpc of clients) rpc.close();
  }
  return findings.filter((finding) => finding !== undefined);
}

/** @throws interrupted */
async function hashAt(
  rpc: RpcClient,
  number: number,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Finding> {
  const until = performance.now() + timeoutMs;
  try {
    for (;;) {
      const hash = await rpc.request<string | null>('chain_getBlockHash', [number]);
      const { endpoint } = rpc;
      if (hash !== null) return { endpoint, hash };
      if (performance.now() + BEHIND_EVERY_MS >= until)
        return { endpoint, why: `${endpoint} does not have block ${number} yet` };
      await sleep(BEHIND_EVERY_MS, signal);
    }
  } catch (error) {
    if (signal?.aborted) throw error;
    const why = error instanceof Error ? error.message : String(error);
    return { endpoint: rpc.endpoint, why };
  }
}

/** The error that a failed check of agreement amounts to. */
export function disagreement({ id, title, detail, remedy }: Check): BursarError {
  const make = id === UNCHECKED ? unreachableError : preconditionError;
  return make(id, `${title}: ${detail}.`, { hint: remedy ?? 'Nothing was sent.' });
}

/** With which code a failed check ends: what could not be checked may be checked later. */
export const exitOf = (id: string) => (id === UNCHECKED ? EXIT.unreachable : EXIT.precondition);
