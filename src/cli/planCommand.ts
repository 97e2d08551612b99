/**
 * The base of commands that move money. Each one reads facts and makes a plan; what follows is the same for all:
 * settle what an earlier run left open, rehearse, show, ask, sign, send, follow, report.
 */

import { boolean } from '@oclif/core/flags';
import type { Settings } from '../config/types.js';
import type { OpenChain } from '../lib/chain/connect.js';
import { EXIT, usageError } from '../lib/errors.js';
import type { Rehearsal, Settled, TxOptions } from '../lib/tx/execute.js';
import type { Outcome } from '../lib/tx/outcome.js';
import type { Plan } from '../lib/tx/plan.js';
import type { Wrap } from '../lib/tx/wrap.js';
import type { View } from '../lib/view.js';
import type { Presentation, Report } from './base.js';
import { ChainCommand } from './chainCommand.js';
import { SEND_EXITS } from './exitCodes.js';
import { chainFlags, globalFlags, sendFlags } from './flags.js';
import { passphraseFlags } from './keyFlags.js';
import type { EffectOf, SendName, SendResult } from './results.js';
import type { FlagValues } from './settings.js';

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
}

interface SendFlags extends FlagValues {
  readonly yes: boolean;
  readonly force: boolean;
  readonly immortal: boolean;
  readonly 'exit-noop': boolean;
  readonly nonce?: number | undefined;
  readonly 'passphrase-file'?: string | undefined;
  readonly 'passphrase-env'?: string | undefined;
  readonly 'passphrase-fd'?: number | undefined;
}

/** Two minutes: a block, and the finality of a chain whose relay is slow today. */
const FOLLOW_MS = 120_000;

export const planFlags = {
  ...sendFlags,
  force: boolean({
    default: false,
    description: 'send although the dry run fails; every other check still holds',
  }),
  immortal: boolean({
    default: false,
    description: 'let the transaction stay valid for ever',
    exclusive: ['mortality'],
  }),
  ...passphraseFlags,
};

export abstract class PlanCommand extends ChainCommand {
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
    const settings = await this.settings(flags);
    const chain = (await this.connect(settings)) as OpenChain;
    const { signer, account } = await this.#accounts(chain, settings);
    const wrap: Wrap = account === signer ? { kind: 'direct' } : { kind: 'proxy', real: account };
    const options = await this.#txOptions(
      chain,
      settings,
      flags,
      signer,
      wrap,
      [schema, account, ...words].join(' '),
    );
    if (!settings.dryRun) {
      const earlier = await this.#settle(chain, options);
      if (earlier) return this.#earlierReport(schema, chain, options, earlier);
    }
    const { plan, view } = await make({ chain, settings, account });
    const base = {
      title: plan.title,
      account,
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
        { ...base, idle, checks: plan.checks, fee: null, call: null, outcome: null },
        { view, exit: flags['exit-noop'] ? EXIT.nothingToDo : EXIT.done },
      );
    }
    const { rehearse, execute, outcomeError } = await import('../lib/tx/execute.js');
    this.progress.stage('rehearsing');
    const rehearsal = await rehearse(chain, plan, options);
    const { checks, fee } = rehearsal.preflight;
    const planned: SendResult<EffectOf<Name>> = {
      ...base,
      idle: null,
      checks,
      fee,
      call: { hex: rehearsal.callHex, hash: rehearsal.callHash },
      outcome: null,
    };
    if (settings.dryRun) {
      const { failedCheckError } = await import('../lib/tx/preflight.js');
      const error = failedCheckError(checks);
      return report(planned, {
        view: await rehearsalView(chain, view, rehearsal),
        ...(error ? { error } : {}),
      });
    }
    await this.#confirm(chain, view, rehearsal, flags);
    const outcome = await this.#withKey(settings, flags, (key) =>
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
    return report(
      { ...planned, outcome },
      {
        view: await outcomeView(chain, view, outcome),
        ...(error ? { error } : {}),
        ...this.#onceTold(chain, options, outcome),
      },
    );
  }

  async #accounts(chain: OpenChain, settings: Settings): Promise<{ signer: string; account: string }> {
    if (settings.from === undefined) {
      throw usageError('FROM_REQUIRED', 'No signing account is named.', {
        hint: 'Name a key or an address with --from, or set "from" in the configuration.',
      });
    }
    const { resolveAccount } = await import('../lib/keys/addresses.js');
    const form = { ss58Prefix: chain.token.ss58Prefix };
    const signer = await resolveAccount(settings.from, settings.keysDir, form);
    const real =
      settings.proxyFor === undefined
        ? signer
        : await resolveAccount(settings.proxyFor, settings.keysDir, form);
    return { signer: signer.address, account: real.address };
  }

  async #txOptions(
    chain: OpenChain,
    settings: Settings,
    flags: SendFlags,
    signer: string,
    wrap: Wrap,
    intent: string,
  ): Promise<TxOptions> {
    const { parseAmount } = await import('../lib/numeric/amount.js');
    return {
      signer,
      wrap,
      ...(flags.nonce === undefined ? {} : { nonce: flags.nonce }),
      tip: settings.tip === undefined ? 0n : parseAmount(settings.tip, chain.token),
      mortalityMs: flags.immortal ? 0 : settings.mortalityMs,
      wait: settings.wait,
      // Finality takes longer than an answer; a time limit that was given holds for both.
      followMs: settings.origins.timeout?.kind === 'default' ? FOLLOW_MS : settings.timeoutMs,
      journalDir: settings.journalDir,
      intent,
      otherEndpoints: settings.endpoints,
      signal: this.signal,
      onProgress: this.progress.stage,
    };
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

  /** Shows what will be signed and asks, unless --yes. Nothing is asked for a plan that a check stops. */
  async #confirm(chain: OpenChain, view: View, rehearsal: Rehearsal, flags: SendFlags): Promise<void> {
    const { assertChecks } = await import('../lib/tx/preflight.js');
    assertChecks(rehearsal.preflight.checks, flags.force);
    const { agreed, mayPrompt } = await import('./prompt.js');
    if (!flags.yes && mayPrompt(this.promptContext)) {
      const { renderText, screenOf } = await import('../render/index.js');
      this.progress.clear();
      process.stderr.write(
        `${renderText(await rehearsalView(chain, view, rehearsal), screenOf(process.stderr, process.env))}\n`,
      );
    }
    if (
      !(await agreed(
        `Sign with ${rehearsal.signer} and send to ${chain.identity.name || chain.identity.specName}?`,
        flags.yes,
        this.promptContext,
      ))
    ) {
      const { interruptedError } = await import('../lib/errors.js');
      throw interruptedError('DECLINED', 'Declined: nothing was signed or sent.');
    }
  }

  async #withKey<T>(
    settings: Settings,
    flags: SendFlags,
    use: (key: import('../lib/keys/signer.js').SigningKey) => Promise<T>,
  ): Promise<T> {
    const { loadKey } = await import('../lib/keys/keystore.js');
    const { withPassphrase } = await import('../lib/keys/passphrase.js');
    const { unlock } = await import('../lib/keys/signer.js');
    const { passphraseSource } = await import('./keyFlags.js');
    const keystore = await loadKey(settings.keysDir, settings.from as string);
    const source = passphraseSource(flags, keystore.name, settings, this.promptContext);
    this.progress.clear();
    const key = await withPassphrase(source, { key: keystore.name }, (passphrase) =>
      unlock(keystore, passphrase),
    );
    try {
      return await use(key);
    } finally {
      key.lock();
    }
  }
}

async function rehearsalView(chain: OpenChain, view: View, rehearsal: Rehearsal): Promise<View> {
  const { checksBlock, outcomeTree } = await import('../lib/tx/view.js');
  const { formatAmount } = await import('../lib/numeric/amount.js');
  const { preflight, signer, wrap, callHash } = rehearsal;
  return {
    ...view,
    blocks: [
      ...view.blocks,
      checksBlock(preflight.checks),
      {
        kind: 'keyValues',
        rows: [
          { key: 'signer', value: wrap.kind === 'proxy' ? `${signer}, as proxy of ${wrap.real}` : signer },
          {
            key: 'fee',
            value: preflight.fee === null ? 'not known' : formatAmount(preflight.fee, chain.token),
          },
          {
            key: 'valid until block',
            value:
              preflight.mortality.validUntil === null ? 'for ever' : String(preflight.mortality.validUntil),
          },
          { key: 'call hash', value: callHash },
        ],
      },
      ...(preflight.tree
        ? [
            { kind: 'heading' as const, text: 'Rehearsed on the chain' },
            { kind: 'tree' as const, root: outcomeTree(chain, preflight.tree) },
          ]
        : []),
    ],
  };
}

async function outcomeView(chain: OpenChain, view: View, outcome: Outcome): Promise<View> {
  const { outcomeBlocks } = await import('../lib/tx/view.js');
  return { ...view, blocks: [...view.blocks, ...outcomeBlocks(chain, outcome)] };
}
