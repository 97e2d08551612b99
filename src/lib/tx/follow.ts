/** Follows a transaction that has left, by looking at the blocks. */

import type { OpenChain } from '../chain/connect.js';
import { sleep } from '../chain/rpc.js';
import { BursarError } from '../errors.js';
import type { Resolution } from './journal.js';
import { type Found, headOf, locate, type Sought } from './locate.js';
import type { Outcome } from './outcome.js';

export interface FollowOptions {
  /** How long to wait for the outcome, milliseconds. */
  readonly followMs: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (message: string) => void;
  /** Asked after each look: true when somebody else has found the outcome out, and there is nothing to wait for. */
  readonly isSettled?: () => Promise<boolean>;
}

/** Answers that another moment, or another node behind the same address, may mend. */
const PASSING = ['BLOCK_GONE', 'ENDPOINT_ANSWER'];

/**
 * Looks at the blocks until the transaction is found, cannot come any more, or the time is over. It has left: whatever
 * goes wrong while looking for it, its outcome is unknown, not "nothing sent". Throws nothing.
 */
export async function follow(
  chain: OpenChain,
  sought: Sought,
  wait: 'best' | 'finalized',
  options: FollowOptions,
): Promise<Outcome> {
  const until = performance.now() + options.followMs;
  let pause = 100;
  let seen = '';
  let told = '';
  /** The newest finalized block, and since when it is that. */
  let last: { readonly number: number; readonly since: number } | undefined;
  const pending = (reason: string): Outcome => ({
    kind: 'pending',
    txHash: sought.txHash,
    reason,
    resolve: resolveCommand(sought.txHash),
  });
  const stalled = (): string => {
    const ms = last === undefined ? 0 : performance.now() - last.since;
    return last === undefined || ms < Math.min(STALLED_MS, options.followMs / 2)
      ? ''
      : `: no block was finalized for ${Math.round(ms / 1_000)} s, the last is ${last.number}`;
  };
  const tell = (message: string) => {
    if (message !== told) options.onProgress?.(message);
    told = message;
  };
  const look = async (): Promise<Outcome | undefined> => {
    const finalized = await headOf(chain, 'finalized');
    if (last?.number !== finalized.number) last = { number: finalized.number, since: performance.now() };
    const best = await headOf(chain, 'best');
    if (`${finalized.hash}${best.hash}` === seen) return undefined;
    const found = await locate(chain, sought, finalized, true);
    const outcome = outcomeOf(found, sought);
    if (outcome) return outcome;
    const early = best.hash === finalized.hash ? found : await locate(chain, sought, best, false);
    seen = `${finalized.hash}${best.hash}`;
    if (early.status !== 'included') tell('waiting for a block');
    else if (wait === 'best') return early.included;
    else tell(`in block ${early.included.block.number}, waiting for finality`);
    return undefined;
  };
  chain.rpc.allow(options.followMs);
  let trouble = '';
  try {
    for (;;) {
      try {
        const outcome = await look();
        if (outcome) return outcome;
        trouble = '';
      } catch (error) {
        if (!(error instanceof BursarError && PASSING.includes(error.code))) throw error;
        trouble = sentence(error);
      }
      if (await options.isSettled?.()) return pending('another run knows its outcome');
      const left = until - performance.now();
      if (left <= 0) {
        const seconds = Math.round(options.followMs / 1_000);
        return pending(
          trouble || `not ${wait === 'best' ? 'in a block' : 'finalized'} within ${seconds} s${stalled()}`,
        );
      }
      await sleep(Math.min(pause, left), options.signal);
      pause = Math.min(1_000, pause * 1.5);
    }
  } catch (error) {
    // The last question may come too late for an answer: then the chain stood still, and the endpoint was there.
    const late =
      error instanceof BursarError && error.code === 'ENDPOINT_TIMEOUT' && trouble === '' && stalled();
    return pending(
      late ? `not ${wait === 'best' ? 'in a block' : 'finalized'} in time${late}` : sentence(error),
    );
  }
}

/** Longer than a healthy chain takes from one finalized block to the next. */
const STALLED_MS = 15_000;

const sentence = (error: unknown): string =>
  error instanceof Error ? error.message.replace(/\.$/, '') : String(error);

function outcomeOf(found: Found, sought: Sought): Outcome | undefined {
  if (found.status === 'included') return found.included;
  if (found.status === 'expired' || found.status === 'replaced') {
    return { kind: 'expired', txHash: sought.txHash, validUntil: sought.validUntil ?? 0 };
  }
  return undefined;
}

export function asResolution(outcome: Outcome): Resolution | undefined {
  if (outcome.kind === 'expired') return { status: 'expired' };
  if (outcome.kind !== 'included') return undefined;
  const { block, index, verdict, failure } = outcome;
  return { status: 'included', block, index, verdict, ...(failure ? { failure: failure.name } : {}) };
}

/** The command that finds out what became of a transaction. */
export const resolveCommand = (txHash: string) => `bursar tx status ${txHash}`;
