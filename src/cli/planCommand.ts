/**
 * The base of commands that send one plan. Each one reads facts and makes a plan; what follows is the same for all:
 * settle what an earlier run left open, rehearse, show, ask, sign, send, follow, report.
 */

import type { Settings } from '../config/types.js';
import type { OpenChain } from '../lib/chain/connect.js';
import { EXIT } from '../lib/errors.js';
import type { Rehearsal } from '../lib/tx/execute.js';
import type { Outcome } from '../lib/tx/outcome.js';
import type { Deviation, Plan } from '../lib/tx/plan.js';
import type { View } from '../lib/view.js';
import type { Presentation, Report } from './base.js';
import { SEND_EXITS } from './exitCodes.js';
import { chainFlags, globalFlags } from './flags.js';
import type { EffectOf, SendName, SendResult } from './results.js';
import { planFlags, SendCommand, type SendFlags } from './sendCommand.js';

/** What a command gets to make its plan from. */
export interface PlanContext {
  readonly chain: OpenChain;
  readonly settings: Settings;
  /** The account whose stake the plan is about: the signer, or who it is a proxy for. SS58 with the chain's prefix. */
  readonly account: string;
}

export interface Planned<E> {
  readonly plan: Plan<E>;
  readonly view: View;
  /** Reads the state at a block and compares it with the plan's effect. */
  readonly observe?: (at: string) => Promise<readonly Deviation[]>;
}

export abstract class PlanCommand extends SendCommand {
  static override baseFlags = { ...planFlags, ...chainFlags, ...globalFlags };
  static override exitCodes = SEND_EXITS;

  /**
   * The whole way of one plan.
   * @param words what was asked for, as it was typed; read as values, the same words mean the same plan (see the journal)
   */
  protected async carryOut<Name extends SendName>(
    schema: Name,
    flags: SendFlags,
    words: readonly string[],
    make: (context: PlanContext) => Promise<Planned<EffectOf<Name>>>,
  ): Promise<Report> {
    const { chain, settings, signer, account, wrap, options } = await this.sending(schema, flags, words);
    const { sendPlan } = await import('../lib/tx/send.js');
    let view: View = { title: '', blocks: [] };
    let observe: Planned<unknown>['observe'];
    let shown = false;
    const end = await sendPlan<Plan<EffectOf<Name>>>(chain, options, {
      force: flags.force,
      dryRun: settings.dryRun,
      plan: async () => {
        const planned = await make({ chain, settings, account });
        ({ view, observe } = planned);
        return planned.plan;
      },
      agree: async (_, rehearsal, anew) => {
        shown = await this.confirm(chain, view, [rehearsal], flags, anew);
      },
      unlock: async () => {
        const key = await this.openKey(settings, flags);
        return { address: signer, sign: (payload) => key.sign(payload), lock: () => key.lock() };
      },
    });
    if (end.kind === 'earlier') return this.earlierReport(schema, chain, options, end);
    const { plan } = end;
    const base = {
      title: plan.title,
      account: plan.account,
      signer,
      wrap,
      calls: plan.calls,
      effect: plan.effect,
      dryRun: settings.dryRun,
    };
    // Name and effect are tied by this method's type parameter; the compiler does not follow that into the union.
    const report = (result: SendResult<EffectOf<Name>>, told: Presentation) =>
      ({ schema, result, ...told }) as Report;
    if (end.kind === 'idle') {
      const idle = plan.idle ?? 'There is nothing to do.';
      return report(
        { ...base, idle, checks: plan.checks, fee: null, call: null, outcome: null, deviations: null },
        { view, exit: flags['exit-noop'] ? EXIT.nothingToDo : EXIT.done },
      );
    }
    const { checks, fee } = end.rehearsal.preflight;
    const planned: SendResult<EffectOf<Name>> = {
      ...base,
      wrap: end.rehearsal.wrap,
      idle: null,
      checks,
      fee,
      call: { hex: end.rehearsal.callHex, hash: end.rehearsal.callHash },
      outcome: null,
      deviations: null,
    };
    if (end.kind === 'rehearsed')
      return report(planned, await this.#dryRunShown(chain, view, end.rehearsal, flags.force));
    const { outcome } = end;
    const deviations = observe ? await this.#observed(chain, outcome, observe) : null;
    const told = shown ? { ...view, blocks: [] } : view;
    const { outcomeView } = await import('./planView.js');
    const { outcomeError } = await import('../lib/tx/execute.js');
    const error = outcomeError(outcome, options.resolveWith);
    return report(
      { ...planned, outcome, deviations },
      {
        view: await outcomeView(chain, told, outcome, shown ? [] : checks, deviations ?? []),
        ...(error ? { error } : {}),
        ...this.onceTold(chain, options, outcome),
      },
    );
  }

  async #dryRunShown(
    chain: OpenChain,
    view: View,
    rehearsal: Rehearsal,
    force: boolean,
  ): Promise<Presentation> {
    const { dryRunView } = await import('./planView.js');
    const { refusal } = await import('../lib/tx/preflight.js');
    const error = refusal(rehearsal.preflight.checks, force);
    return { view: await dryRunView(chain, view, [rehearsal]), ...(error ? { error } : {}) };
  }

  /** What became of the plan's effect; null if that cannot be told. The transaction's own outcome stands either way. */
  async #observed(
    chain: OpenChain,
    outcome: Outcome,
    observe: NonNullable<Planned<unknown>['observe']>,
  ): Promise<readonly Deviation[] | null> {
    if (outcome.kind !== 'included' || outcome.verdict !== 'ok') return null;
    try {
      chain.rpc.allow();
      return await observe(outcome.block.hash);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.progress.stage(`the state after the transaction could not be read: ${why}`);
      return null;
    }
  }
}
