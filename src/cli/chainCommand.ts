/** The base of commands that read a chain: settings, one connection, and its end whatever happens. */

import type { Settings } from '../config/types.js';
import type { OpenChain } from '../lib/chain/connect.js';
import type { Fork } from '../lib/chain/fork.js';
import type { Chain } from '../lib/chain/types.js';
import type { PageMeta } from '../render/html/index.js';
import { BaseCommand, forkText, type Report } from './base.js';
import { CHAIN_EXITS } from './exitCodes.js';
import { chainFlags, globalFlags } from './flags.js';
import { type FlagValues, settingsOf } from './settings.js';

export abstract class ChainCommand extends BaseCommand {
  static override baseFlags = { ...chainFlags, ...globalFlags };
  static override exitCodes = CHAIN_EXITS;

  readonly #open: Chain[] = [];
  /** Settings from the parsed flags, the environment and the configuration; what is doubtful is told on stderr. */
  protected async settings(flags: FlagValues): Promise<Settings> {
    const settings = await settingsOf(flags, this.config);
    for (const warning of settings.warnings) this.notice(`warning: ${warning}`);
    return settings;
  }

  /**
   * Connects to the first endpoint that answers and is the chain that the settings expect. Closed when the command ends.
   * @throws unreachable (5), precondition (4) when it is another chain
   */
  protected async connect(settings: Settings): Promise<Chain> {
    const { connect } = await import('../lib/chain/connect.js');
    const chain = await connect({
      endpoints: settings.endpoints,
      expect: settings.expect,
      token: settings.token,
      timeoutMs: settings.timeoutMs,
      cacheDir: settings.cacheDir,
      signal: this.signal,
      onProgress: this.progress.stage,
    });
    this.#open.push(chain);
    this.onFork(chain.fork);
    await this.compareEndpoints(chain, settings);
    return chain;
  }

  /** What comes from a fork says so, to a person and to a program. */
  protected onFork(fork: Fork | null): void {
    if (fork === null || this.fork !== null) return;
    this.fork = fork;
    this.notice(forkText(fork));
  }

  override async run(): Promise<Report> {
    const report = await super.run();
    if (this.fork === null) return report;
    const note = { kind: 'note', tone: 'warn', text: forkText(this.fork) } as const;
    return { ...report, view: { ...report.view, blocks: [note, ...report.view.blocks] } };
  }

  /** Another endpoint must have the reference block, where that is asked for; by default only what sends looks. */
  protected async compareEndpoints(chain: OpenChain, { agree, endpoints }: Settings): Promise<void> {
    if (agree === undefined) return;
    const { checkAgreement, disagreement } = await import('../lib/chain/agree.js');
    this.progress.stage('comparing the endpoints');
    const check = await checkAgreement(chain, { endpoints, agree, signal: this.signal });
    if (check?.ok === false) throw disagreement(check);
    if (check?.ok === 'warn') this.notice(`warning: ${check.title}: ${check.detail}`);
  }

  /** With the reference block of every chain that was read. */
  protected override get pageMeta(): PageMeta {
    const sources = this.#open.map(({ identity, reference }) => ({
      chain: identity.name || identity.specName,
      block: reference.number,
      hash: reference.hash,
      timestamp: reference.timestamp,
    }));
    return { ...super.pageMeta, ...(sources.length === 0 ? {} : { sources }) };
  }

  protected override async finally(error: Error | undefined): Promise<void> {
    // The result is known and printed: a socket that does not close cleanly changes nothing about it.
    await Promise.allSettled(this.#open.splice(0).map((chain) => chain.close()));
    await super.finally(error);
  }
}
