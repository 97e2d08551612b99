/** oclif's help with a section that says how a command can end. */

import { CommandHelp, Help } from '@oclif/core/help';
import type { ExitCode } from '../lib/errors.js';
import { EXIT_CODE_TEXT } from './exitCodes.js';
import { write } from './output.js';

class BursarCommandHelp extends CommandHelp {
  /** The arguments; the flags follow in their own section, and most are common to all commands. */
  protected override defaultUsage(): string {
    const args = Object.values(this.command.args ?? {}).filter(({ hidden }) => hidden !== true);
    return [
      this.command.id,
      ...args.map((arg) => `${this.arg(arg)}${arg.multiple === true ? '...' : ''}`),
      '[FLAGS]',
    ].join(' ');
  }

  /** The summary stands above everything already: it is not said again here. */
  protected override description(): string | undefined {
    const { description, summary } = this.command;
    return description === undefined || summary === undefined ? super.description() : this.wrap(description);
  }

  protected override sections(): ReturnType<CommandHelp['sections']> {
    return [
      ...super.sections(),
      {
        header: 'EXIT CODES',
        generate: () => {
          const codes = (this.command as { exitCodes?: readonly ExitCode[] }).exitCodes ?? [];
          const rows = codes.map((code): [string, string] => [String(code), EXIT_CODE_TEXT[code]]);
          return rows.length === 0 ? undefined : [{ header: 'EXIT CODES', body: rows }];
        },
      },
    ];
  }
}

export default class BursarHelp extends Help {
  protected override CommandHelpClass = BursarCommandHelp;
  readonly #lines: string[] = [];

  /** Printed as a whole: oclif's own way loses what a full disk does not take. */
  override async showHelp(argv: string[]): Promise<void> {
    await super.showHelp(argv);
    await write(process.stdout, this.#lines.join(''));
  }

  /** oclif hands over one text at a time, as `console.log` would take it. */
  protected override log(...texts: string[]): void {
    this.#lines.push(`${texts.join(' ')}\n`);
  }
}
