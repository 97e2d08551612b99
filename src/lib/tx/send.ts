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

/** What a plan needs of whoever it is made for. */
export interface SendIo<P extends Plan<unknown>> {
  /** Reads facts and makes the plan; once more when the first became stale. */
  plan(): Promise<P>;
  /** Shows and asks. @param anew why it is planned anew; null at first @throws interrupted when it is declined */
  agree(plan: P, rehearsal: Rehearsal, anew: string | null): Promise<void>;
  /** Unlocks the key for as long as `use` runs. */
  withSigner<T>(use: (signer: TxSigner) => Promise<T>): Promise<T>;
  /** Send although the dry run fails. */
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

/** @throws everything that {@link settleEarlier}, `io` and {@link execute} throw */
export async function sendPlan<P extends Plan<unknown>>(
  chain: OpenChain,
  options: TxOptions,
  io: SendIo<P>,
): Promise<SendEnd<P>> {
  const { clock = systemClock } = options;
  const until = clock.now() + options.followMs;
  let anew: string | null = null;
  for (let plans = 1; ; plans++) {
    try {
      return await planOnce(chain, options, io, anew);
    } catch (error) {
      if (!(error instanceof PlanStale) || plans >= MOST_PLANS || clock.now() >= until) throw error;
      anew = error.message;
      options.onProgress?.(`${anew} Planning anew.`);
      chain.rpc.allow();
      await chain.refresh();
    }
  }
}

async function planOnce<P extends Plan<unknown>>(
  chain: OpenChain,
  options: TxOptions,
  io: SendIo<P>,
  anew: string | null,
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
  await io.agree(plan, rehearsal, anew);
  const outcome = await io.withSigner((signer) => execute(chain, plan, rehearsal, signer, options, io.force));
  return { kind: 'sent', plan, rehearsal, outcome };
}

/** Resolves what earlier runs left open; returns what stands in for sending, if anything does. */
export async function settleAndLook(
  chain: OpenChain,
  options: TxOptions,
): Promise<Extract<SendEnd<never>, { kind: 'earlier' }> | undefined> {
  await settleEarlier(chain, options);
  const once = await doneOnce(chain, options);
  if (once) return { kind: 'earlier', settled: once.settled, once };
  const settled = await untold(chain, options);
  return settled && { kind: 'earlier', settled, once: null };
}
