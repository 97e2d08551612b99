/**
 * What commands that move money have in common: who signs for whom, what an earlier run left open, showing what will be
 * signed, asking, and the key. A command that sends one plan is a PlanCommand.
 */

import { boolean } from '@oclif/core/flags';
import type { Settings } from '../config/types.js';
import type { OpenChain } from '../lib/chain/connect.js';
import { usageError } from '../lib/errors.js';
import type { Rehearsal } from '../lib/tx/execute.js';
import type { TxOptions } from '../lib/tx/options.js';
import type { Outcome } from '../lib/tx/outcome.js';
import type { DoneOnce, Settled } from '../lib/tx/settle.js';
import type { Wrap } from '../lib/tx/wrap.js';
import type { View } from '../lib/view.js';
import type { Presentation, Report } from './base.js';
import { ChainCommand } from './chainCommand.js';
import { SEND_EXITS } from './exitCodes.js';
import { chainFlags, globalFlags, sendFlags } from './flags.js';
import type { Words } from './intent.js';
import { passphraseFlags } from './keyFlags.js';
import { write } from './output.js';
import type { FlagValues } from './settings.js';

export interface SendFlags extends FlagValues {
  readonly yes: boolean;
  readonly force: boolean;
  readonly immortal: boolean;
  readonly 'exit-noop': boolean;
  readonly nonce?: number | undefined;
  readonly once?: string | undefined;
  readonly 'passphrase-file'?: string | undefined;
  readonly 'passphrase-env'?: string | undefined;
  readonly 'passphrase-fd'?: number | undefined;
}

/** A chain, who signs there and for whom, and how. */
export interface Sending {
  readonly chain: OpenChain;
  readonly settings: Settings;
  /** SS58 addresses with the chain's prefix; the account is the signer, or who it is a proxy for. */
  readonly signer: string;
  readonly account: string;
  readonly wrap: Wrap;
  readonly options: TxOptions;
}

/** What an earlier run did, in place of what this one was asked for. */
interface Earlier {
  readonly settled: Settled;
  /** Under the same `--once` key. */
  readonly once: DoneOnce | null;
}

/** Two minutes: a block, and the finality of a chain whose relay is slow today. */
const FOLLOW_MS = 120_000;

export const planFlags = {
  ...sendFlags,
  force: boolean({
    default: false,
    description:
      'send although the dry run fails, or does something else than the plan says; every other check still holds',
  }),
  immortal: boolean({
    default: false,
    description: 'let the transaction stay valid for ever',
    exclusive: ['mortality'],
  }),
  ...passphraseFlags,
};

export abstract class SendCommand extends ChainCommand {
  static override baseFlags = { ...planFlags, ...chainFlags, ...globalFlags };
  static override exitCodes = SEND_EXITS;

  /**
   * Connects, and finds out who signs for whom.
   * @param words what was asked for, as it was typed; read as values, the same words mean the same plan (see the journal)
   */
  protected async sending(schema: string, flags: SendFlags, words: readonly Words[]): Promise<Sending> {
    const settings = await this.settings(flags);
    const chain = (await this.connect(settings)) as OpenChain;
    const { assertSignable } = await import('../lib/tx/extrinsic.js');
    assertSignable(chain);
    const { signer, account } = await this.#accounts(chain, settings);
    const wrap: Wrap = account === signer ? { kind: 'direct' } : { kind: 'proxy', real: account };
    const { canonicalWords } = await import('./intent.js');
    const reading = { token: chain.token, keysDir: settings.keysDir };
    const intent = [schema, account, ...(await canonicalWords(words, reading))].join(' ');
    const options = await this.#txOptions(chain, settings, flags, signer, wrap, intent);
    return { chain, settings, signer, account, wrap, options };
  }

  /** The preflight compares the endpoints, and its checks are shown. */
  protected override async compareEndpoints(): Promise<void> {}

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
    const { statusCommand } = await import('./followUp.js');
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
      ...(flags.once === undefined ? {} : { once: flags.once }),
      endpoints: settings.endpoints,
      ...(settings.agree === undefined ? {} : { agree: settings.agree }),
      metadataHash: settings.metadataHash,
      resolveWith: statusCommand(settings),
      signal: this.signal,
      onProgress: this.progress.stage,
    };
  }

  /**
   * Shows what will be signed and asks, unless --yes. Nothing is asked for a plan that a check stops.
   * @param anew why the plan was made once more, after it was agreed to
   * @returns whether it stands on the screen where the result will appear too
   */
  protected async confirm(
    chain: OpenChain,
    view: View,
    rehearsals: readonly Rehearsal[],
    flags: SendFlags,
    anew: string | null = null,
  ): Promise<boolean> {
    if (anew !== null) this.notice(`${anew} It was planned anew.`);
    const { assertChecks } = await import('../lib/tx/preflight.js');
    for (const { preflight } of rehearsals) assertChecks(preflight.checks, flags.force);
    const { agreed, mayPrompt } = await import('./prompt.js');
    const shown = !flags.yes && mayPrompt(this.promptContext);
    if (shown) {
      const { renderText, screenOf } = await import('../render/index.js');
      const { rehearsalView } = await import('./planView.js');
      this.progress.clear();
      await write(
        process.stderr,
        `${renderText(await rehearsalView(chain, view, rehearsals, rehearsals[0]?.call.call !== 'force_batch'), screenOf(process.stderr, process.env))}\n`,
      );
    }
    if (
      !(await agreed(
        `Sign with ${rehearsals[0]?.signer} and send to ${this.fork === null ? '' : 'a fork of '}${chain.identity.name || chain.identity.specName}?`,
        flags.yes,
        this.promptContext,
      ))
    ) {
      const { interruptedError } = await import('../lib/errors.js');
      throw interruptedError('DECLINED', 'Declined: nothing was signed or sent.');
    }
    return shown && process.stdout.isTTY === true;
  }

  /** A process that dies between learning an outcome and printing it leaves it to the next run to tell. */
  protected onceTold(chain: OpenChain, options: TxOptions, outcome: Outcome): Pick<Presentation, 'serve'> {
    if (outcome.kind !== 'included') return {};
    return {
      serve: async () => {
        const { told } = await import('../lib/tx/settle.js');
        // What cannot be noted is told again by the next run, which is the safe side.
        await told(chain, options, outcome.txHash).catch(() => {});
      },
    };
  }

  /** What an earlier run did stands in for sending. */
  protected async earlierReport(
    schema: string,
    chain: OpenChain,
    options: TxOptions,
    { settled: { record, outcome }, once }: Earlier,
  ): Promise<Report<'tx.earlier/1'>> {
    const { outcomeError } = await import('../lib/tx/execute.js');
    const { outcomeBlocks } = await import('../lib/tx/view.js');
    const { describerOf } = await import('../lib/tx/assets.js');
    const { BursarError } = await import('../lib/errors.js');
    const text = once
      ? `This was done under the key ${options.once} at ${record.at}, and it is done once. This is its outcome; nothing was sent now.`
      : `An earlier run sent exactly this at ${record.at} and ended before it knew the outcome. This is its outcome; nothing was sent now. Run again to do it once more.`;
    const end = once?.end;
    const error =
      end === undefined || end === null
        ? outcomeError(outcome, options.resolveWith)
        : end.error === null
          ? undefined
          : new BursarError(end.exit, end.error.code, end.error.message);
    const { at, title, signer } = record;
    const blocks = outcomeBlocks(await describerOf(chain, [outcome]), outcome);
    return {
      schema: 'tx.earlier/1',
      result: { command: schema, at, title, signer, outcome, once: options.once ?? null },
      view: {
        title,
        blocks: [{ kind: 'note', tone: 'warn', text }, ...blocks],
      },
      ...(error ? { error } : {}),
      ...this.onceTold(chain, options, outcome),
    };
  }

  /** Unlocks the key that signs; whoever has it locks it. */
  protected async openKey(
    settings: Settings,
    flags: SendFlags,
  ): Promise<import('../lib/keys/signer.js').SigningKey> {
    const { loadKey } = await import('../lib/keys/keystore.js');
    const { withPassphrase } = await import('../lib/keys/passphrase.js');
    const { unlock } = await import('../lib/keys/signer.js');
    const { passphraseSource } = await import('./keyFlags.js');
    const keystore = await loadKey(settings.keysDir, settings.from as string);
    const source = passphraseSource(flags, keystore.name, settings, this.promptContext);
    this.progress.clear();
    return withPassphrase(source, { key: keystore.name }, (passphrase) => unlock(keystore, passphrase));
  }
}
