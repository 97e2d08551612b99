/**
 * The base of commands that send one plan. Each one reads facts and makes a plan; what follows is the same for all:
 * settle what an earlier run left open, rehearse, show, ask, sign, send, follow, report.
 */

import type { Settings } from '../config/types.js';
import type { OpenChain } from '../lib/chain/connect.js';
import { EXIT } from '../lib/errors.js';
import type { Settled, TxOptions } from '../lib/tx/execute.js';
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
   * @param words what was asked for, in canonical words: the same words mean the same plan (see the journal)
   */
  protected async carryOut<Name extends SendName>(
    schema: Name,
    flags: SendFlags,
    words: readonly string[],
    make: (context: PlanContext) => Promise<Planned<EffectOf<Name>>>,
  ): Promise<Report> {
    const { chain, settings, signer, account, wrap, options } = await this.sending(schema, flags, words);
    if (!settings.dryRun) {
      const earlier = await this.#settle(chain, options);
      if (earlier) return this.#earlierReport(schema, chain, options, earlier);
    }
    const { plan, view, observe } = await make({ chain, settings, account });
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
    const report = (result: SendResult<EffectOf<Name>>, shown: Presentation) =>
      ({ schema, result, ...shown }) as Report;
    if (plan.calls.length === 0) {
      const idle = plan.idle ?? 'There is nothing to do.';
      return report(
        { ...base, idle, checks: plan.checks, fee: null, call: null, outcome: null, deviations: null },
        { view, exit: flags['exit-noop'] ? EXIT.nothingToDo : EXIT.done },
      );
    }
    const { rehearse, execute, outcomeError } = await import('../lib/tx/execute.js');
    const { dryRunView, outcomeView } = await import('./planView.js');
    this.progress.stage('rehearsing');
    const rehearsal = await rehearse(chain, plan, options);
    const { checks, fee } = rehearsal.preflight;
    const planned: SendResult<EffectOf<Name>> = {
      ...base,
      wrap: rehearsal.wrap,
      idle: null,
      checks,
      fee,
      call: { hex: rehearsal.callHex, hash: rehearsal.callHash },
      outcome: null,
      deviations: null,
    };
    if (settings.dryRun) {
      const { failedCheckError } = await import('../lib/tx/preflight.js');
      const error = failedCheckError(checks);
      return report(planned, {
        view: await dryRunView(chain, view, [rehearsal]),
        ...(error ? { error } : {}),
      });
    }
    const shown = await this.confirm(chain, view, [rehearsal], flags);
    const outcome = await this.withKey(settings, flags, (key) =>
      execute(
        chain,
        plan,
        rehearsal,
        { address: signer, sign: (payload) => key.sign(payload) },
        options,
        flags.force,
      ),
    );
    const error = outcomeError(outcome);
    const deviations = observe ? await this.#observed(chain, outcome, observe) : null;
    const told = shown ? { ...view, blocks: [] } : view;
    return report(
      { ...planned, outcome, deviations },
      {
        view: await outcomeView(chain, told, outcome, shown ? [] : checks, deviations ?? []),
        ...(error ? { error } : {}),
        ...this.#onceTold(chain, options, outcome),
      },
    );
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

  /** Resolves what earlier runs left open; returns the one that was this very plan and whose outcome nobody was told. */
  async #settle(chain: OpenChain, options: TxOptions): Promise<Settled | undefined> {
    const { settleEarlier, untold } = await import('../lib/tx/execute.js');
    await settleEarlier(chain, options);
    return untold(chain, options);
  }

  /** A process that dies between learning an outcome and printing it leaves it to the next run to tell. */
  #onceTold(chain: OpenChain, options: TxOptions, outcome: Outcome): Pick<Presentation, 'serve'> {
    if (outcome.kind !== 'included') return {};
    return {
      serve: async () => {
        const { told } = await import('../lib/tx/execute.js');
        // What cannot be noted is told again by the next run, which is the safe side.
        await told(chain, options, outcome.txHash).catch(() => {});
      },
    };
  }

  async #earlierReport(
    schema: string,
    chain: OpenChain,
    options: TxOptions,
    { record, outcome }: Settled,
  ): Promise<Report> {
    const { outcomeError } = await import('../lib/tx/execute.js');
    const { outcomeBlocks } = await import('../lib/tx/view.js');
    const text = `An earlier run sent exactly this at ${record.at} and ended before it knew the outcome. This is its outcome; nothing was sent now. Run again to do it once more.`;
    const error = outcomeError(outcome);
    return {
      schema: 'tx.earlier/1',
      result: { command: schema, at: record.at, title: record.title, signer: record.signer, outcome },
      view: {
        title: record.title,
        blocks: [{ kind: 'note', tone: 'warn', text }, ...outcomeBlocks(chain, outcome)],
      },
      ...(error ? { error } : {}),
      ...this.#onceTold(chain, options, outcome),
    };
  }
}
