/**
 * The whole way of one plan: settle → plan → rehearse → agree → lock, journal, sign, send → follow. What asks, shows and
 * unlocks is handed in; a plan that became stale while it waited, for the operator or for another run, is made anew.
 */

import type { OpenChain } from '../chain/connect.js';
import { systemClock } from './clock.js';
import { execute, PlanStale, type Rehearsal, rehearse } from './execute.js';
import type { TxSigner } from './extrinsic.js';
import type { TxOptions } from './options.js';
import type { Outcome } from './outcome.js';
import type { Plan } from './plan.js';
import { type DoneOnce, doneOnce, type Settled, settleEarlier, untold } from './settle.js';

/** A key that was unlocked, until it is locked again. */
export interface UnlockedSigner extends TxSigner {
  lock(): void;
}

/** What a plan needs of whoever it is made for. */
export interface SendIo<P extends Plan<unknown>> {
  /** Reads facts and makes the plan; once more when the first became stale. */
  plan(): Promise<P>;
  /** Shows and asks. @param anew why it is planned anew; null at first @throws interrupted when it is declined */
  agree(plan: P, rehearsal: Rehearsal, anew: string | null): Promise<void>;
  /** Unlocks the key: once, however often it is planned anew, as a passphrase may come from where it can be read once. */
  unlock(): Promise<UnlockedSigner>;
  /** Send although the dry run fails, or does something else than the plan says. */
  readonly force: boolean;
  /** Plan and rehearse only. */
  readonly dryRun: boolean;
}

export type SendEnd<P extends Plan<unknown>> =
  /** An earlier run did it, and nobody was told; or it was done under the same `--once` key. Nothing was sent. */
  | { readonly kind: 'earlier'; readonly settled: Settled; readonly once: DoneOnce | null }
  | { readonly kind: 'idle'; readonly plan: P }
  | { readonly kind: 'rehearsed'; readonly plan: P; readonly rehearsal: Rehearsal }
  | { readonly kind: 'sent'; readonly plan: P; readonly rehearsal: Rehearsal; readonly outcome: Outcome };

/** How often a plan is made: somebody who sends without end for the account is not waited for without end. */
const MOST_PLANS = 8;

/** One attempt of {@link plannedAnew}. */
export interface Attempt {
  /** Why it is planned anew; null at first. */
  readonly anew: string | null;
  /** Asks the operator: the time that the answer takes is not time that others are waited for. */
  readonly asking: <T>(ask: () => Promise<T>) => Promise<T>;
}

/**
 * Attempts again, of facts that are read anew, what became stale before it was sent. From the first time on others are
 * waited for as long as `followMs` says.
 * @throws what `attempt` throws; PlanStale when it became stale too often or for too long
 */
export async function plannedAnew<T>(
  chain: OpenChain,
  { clock = systemClock, followMs, onProgress }: Pick<TxOptions, 'clock' | 'followMs' | 'onProgress'>,
  attempt: (one: Attempt) => Promise<T>,
): Promise<T> {
  let until = Number.POSITIVE_INFINITY;
  let anew: string | null = null;
  const asking = async <T>(ask: () => Promise<T>): Promise<T> => {
    const began = clock.now();
    try {
      return await ask();
    } finally {
      until += clock.now() - began;
    }
  };
  for (let plans = 1; ; plans++) {
    try {
      return await attempt({ anew, asking });
    } catch (error) {
      if (!(error instanceof PlanStale) || plans >= MOST_PLANS || clock.now() >= until) throw error;
      if (anew === null) until = clock.now() + followMs;
      anew = error.message;
      onProgress?.(`${anew} Planning anew.`);
      chain.rpc.allow();
      await chain.refresh();
    }
  }
}

/** @throws everything that {@link settleEarlier}, `io` and {@link execute} throw */
export async function sendPlan<P extends Plan<unknown>>(
  chain: OpenChain,
  options: TxOptions,
  io: SendIo<P>,
): Promise<SendEnd<P>> {
  let unlocked: UnlockedSigner | undefined;
  const signer = async () => {
    unlocked ??= await io.unlock();
    return unlocked;
  };
  try {
    return await plannedAnew(chain, options, (attempt) => planOnce(chain, options, io, attempt, signer));
  } finally {
    unlocked?.lock();
  }
}

async function planOnce<P extends Plan<unknown>>(
  chain: OpenChain,
  options: TxOptions,
  io: SendIo<P>,
  { anew, asking }: Attempt,
  signer: () => Promise<TxSigner>,
): Promise<SendEnd<P>> {
  if (!io.dryRun) {
    const earlier = await settleAndLook(chain, options);
    if (earlier) return earlier;
  }
  const plan = await io.plan();
  if (plan.calls.length === 0) return { kind: 'idle', plan };
  options.onProgress?.('rehearsing');
  const rehearsal = await rehearse(chain, plan, options);
  if (io.dryRun) return { kind: 'rehearsed', plan, rehearsal };
  const same = await untold(chain, options, rehearsal.callHash);
  if (same) return { kind: 'earlier', settled: same, once: null };
  // A passphrase may be asked for, too.
  const key = await asking(async () => {
    await io.agree(plan, rehearsal, anew);
    return signer();
  });
  const outcome = await execute(chain, plan, rehearsal, key, options, io.force);
  return { kind: 'sent', plan, rehearsal, outcome };
}

/** Resolves what earlier runs left open; returns what stands in for sending, if anything does. */
async function settleAndLook(
  chain: OpenChain,
  options: TxOptions,
): Promise<Extract<SendEnd<never>, { kind: 'earlier' }> | undefined> {
  await settleEarlier(chain, options);
  const once = await doneOnce(chain, options);
  if (once) return { kind: 'earlier', settled: once.settled, once };
  const settled = await untold(chain, options);
  return settled && { kind: 'earlier', settled, once: null };
}
