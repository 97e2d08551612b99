/**
 * What every command has in common: global flags, streams, exit codes, interruption. A command declares its flags and
 * implements `report()`; everything that is printed, and the code with which the process ends, is decided here.
 *
 * Every command pays for what this file imports, so it imports almost nothing.
 */

import { Command } from '@oclif/core/command';
import type { Input, ParserOutput } from '@oclif/core/interfaces';
import type { Fork } from '../lib/chain/fork.js';
import { BursarError, EXIT, type ExitCode } from '../lib/errors.js';
import { oneLine } from '../lib/shown.js';
import type { View } from '../lib/view.js';
import type { PageApp, PageMeta, PageSource } from '../render/html/index.js';
import { COMMON_EXITS } from './exitCodes.js';
import { globalFlags } from './flags.js';
import { type Interrupt, listenForInterrupt } from './interrupt.js';
import { refusalOf, say, wantsJson, write } from './output.js';
import { type Progress, progress } from './progress.js';
import type { PromptContext } from './prompt.js';
import type { ResultName, Results } from './results.js';

/**
 * What a command returns: a result under its name, `Report<'stake.status/1'>`. Without a name: any of them, and still
 * the result must be the one that belongs to the name.
 */
export type Report<Name extends ResultName = ResultName> = {
  [Each in Name]: Presentation & {
    /** Name and version of the result's form. */
    readonly schema: Each;
    /** Plain data: what `--json` prints. */
    readonly result: Results[Each];
  };
}[Name];

/** How a result is told. */
export interface Presentation {
  /** For a person. */
  readonly view: View;
  /** Printed as it is, instead of the view: output that another program reads, such as a script. */
  readonly text?: string;
  /**
   * For `--html`: a part that works on its own, the view beside it if that is another one, and the blocks of the facts if
   * no chain was connected to.
   */
  readonly page?: {
    readonly app?: PageApp;
    readonly view?: View;
    readonly sources?: readonly PageSource[];
  };
  /** Default: the error's code, or 0. */
  readonly exit?: ExitCode;
  /** When there is a result and an error: an extrinsic that was included and failed. */
  readonly error?: BursarError;
  /**
   * What is done after the result is printed: noting that it was, or serving until the operator interrupts (which is the
   * normal end of a server and no failure).
   */
  readonly serve?: (signal: AbortSignal) => Promise<void>;
}

type Values = Record<string, unknown>;

export abstract class BaseCommand extends Command {
  static override baseFlags = globalFlags;
  /** The codes that the command may end with, for its help. */
  static exitCodes: readonly ExitCode[] = COMMON_EXITS;

  #interrupt: Interrupt | undefined;
  #progress: Progress | undefined;
  /** Where `--html` wants the page. */
  #page: string | undefined;

  /** What was connected to says that it is a fork: whatever is printed from now on says so. */
  protected fork: Fork | null = null;

  /** The command's work. Nothing is written to stdout here. */
  protected abstract report(): Promise<Report>;

  /** Final: commands implement {@link report}. */
  override async run(): Promise<Report> {
    return this.report();
  }

  protected override async parse<F extends Values, B extends Values, A extends Values>(
    options?: Input<F, B, A>,
    argv?: string[],
  ): Promise<ParserOutput<F, B, A>> {
    const parsed = await super.parse<F, B, A>(options, argv);
    if ((parsed.argv as readonly unknown[]).includes(''))
      throw (await import('./failure.js')).emptyArgument();
    this.#page = (parsed.flags as { html?: string }).html;
    if (this.#page === '-' && this.json) throw (await import('./html.js')).twoResults();
    return parsed;
  }

  /** What a page says of where it comes from. */
  protected get pageMeta(): PageMeta {
    return { tool: `${this.config.bin} ${this.config.version}`, command: this.#words };
  }

  protected get json(): boolean {
    return wantsJson(this.argv);
  }

  /** Aborted on SIGINT, SIGTERM and SIGHUP; its reason is the error to end with. */
  protected get signal(): AbortSignal {
    return this.#listen().signal;
  }

  protected get quiet(): boolean {
    return this.#given('--quiet') || this.#given('-q');
  }

  protected get promptContext(): PromptContext {
    return { json: this.json, noInput: this.#given('--no-input'), signal: this.signal };
  }

  /** Stages on stderr, for what takes longer than a second. */
  protected get progress(): Progress {
    this.#progress ??= progress(process.stderr, !this.json && !this.quiet);
    return this.#progress;
  }

  /** A line for the operator, on stderr. */
  protected notice(message: string): void {
    if (this.quiet) return;
    this.#progress?.clear();
    say(process.stderr, `${oneLine(message)}\n`);
  }

  /** The whole life of a command; oclif's own loses exit codes with --json and prints the environment in errors. */
  protected override async _run<T>(): Promise<T> {
    let report: Report | undefined;
    // By default oclif reads a missing argument from stdin, and so swallows the input of a script's loop.
    for (const arg of Object.values(this.ctor.args)) arg.ignoreStdin = true;
    const { signal, overdue, dispose } = this.#listen();
    try {
      report = await Promise.race([this.run(), overdue]);
      this.#progress?.done();
      report = await this.#withPage(report);
      await this.#print(report);
      // What could not be printed counts as not told, and there is no point in serving what nobody knows of.
      if (report.serve !== undefined && refusalOf(process.stdout) === undefined)
        await Promise.race([report.serve(signal), overdue]);
      process.exitCode = report.exit ?? report.error?.exit ?? EXIT.done;
    } catch (thrown) {
      this.#progress?.done();
      await this.#fail(signal.aborted && !aboutSent(thrown) ? signal.reason : thrown);
    } finally {
      dispose();
      await this.finally(undefined);
    }
    return report as T;
  }

  #listen(): Interrupt {
    this.#interrupt ??= listenForInterrupt((message) => this.notice(message));
    return this.#interrupt;
  }

  /** Writes the page that `--html` asks for. The result is told even if that fails: then it has the error beside it. */
  async #withPage(report: Report): Promise<Report> {
    if (this.#page === undefined) return report;
    const { renderHtml } = await import('../render/html/index.js');
    const { STDOUT, writePage } = await import('./html.js');
    const sources = report.page?.sources ?? this.pageMeta.sources;
    const meta = { ...this.pageMeta, ...(sources === undefined ? {} : { sources }) };
    const page = renderHtml(report.page?.view ?? report.view, meta, report.page?.app);
    if (this.#page === STDOUT) return { ...report, text: page };
    const error = await writePage(this.#page, page);
    if (error !== undefined && report.error === undefined) return { ...report, error, exit: error.exit };
    this.notice(error === undefined ? `page: ${this.#page}` : error.message);
    return report;
  }

  async #print({ schema, result, view, text: verbatim, error }: Report): Promise<void> {
    const { renderJson, renderText, screenOf } = await import('../render/index.js');
    if (this.json) {
      await write(process.stdout, `${renderJson(schema, result, error, this.fork)}\n`);
      return;
    }
    const text = verbatim ?? `${renderText(view, screenOf(process.stdout, process.env))}\n`;
    if (text.trim() !== '') await write(process.stdout, text);
    if (error !== undefined) await this.#fail(error);
  }

  async #fail(thrown: unknown): Promise<void> {
    const { printFailure } = await import('./printFailure.js');
    // Otherwise it was told when the chain was connected to.
    if (this.fork !== null && this.quiet && !this.json) say(process.stderr, `${forkText(this.fork)}\n`);
    process.exitCode = await printFailure(thrown, this.#words, this.json, this.fork);
  }

  /** The command as it is typed. */
  get #words(): string {
    return (this.id ?? '').replaceAll(':', ' ');
  }

  #given(flag: string): boolean {
    const end = this.argv.indexOf('--');
    return (end === -1 ? this.argv : this.argv.slice(0, end)).includes(flag);
  }
}

export const forkText = ({ block }: Fork): string =>
  `This is a fork${block === null ? '' : `, from block ${block} on`}: nothing here is real.`;

/** Once something was sent, what became of it matters more than the interruption. */
const aboutSent = (thrown: unknown): boolean =>
  thrown instanceof BursarError && thrown.exit >= EXIT.outcomeUnknown && thrown.exit <= EXIT.innerCallFailed;
