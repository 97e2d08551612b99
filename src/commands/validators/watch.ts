import { string as arg } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import type { Report } from '../../cli/base.js';
import { durationFlag } from '../../cli/flags.js';
import { percentFlag, ValidatorsCommand } from '../../cli/validatorsCommand.js';
import type { OpenChain } from '../../lib/chain/connect.js';

export default class ValidatorsWatch extends ValidatorsCommand {
  static override summary = 'Tell what changes about validators.';
  static override description =
    'One line a change: commission, blocked, chilled, offence, points that fell, dropped out of the active set, nominators left out of the rewards. It looks at every finalized block that it finds and reads the eras in between, so that none is missed, also after a lost connection; with --state also after a restart. With --json every line is one JSON object. --once looks once, for cron: 0 whether or not something changed, and with --exit-noop 3 when nothing did.';
  static override examples = [
    '<%= config.bin %> validators watch v01 v02 --network devnet',
    '<%= config.bin %> validators watch --file targets.txt --once --state watch.json --json --exit-noop',
  ];
  static override exitCodes = [0, 1, 2, 3, 4, 5, 130] as const;
  static override args = {
    account: arg({ multiple: true, required: false, description: 'validators: addresses or key names' }),
  };
  static override strict = false;
  static override flags = {
    file: string({ helpValue: 'FILE', description: 'file with one validator a line; - for stdin' }),
    state: string({ helpValue: 'FILE', description: 'remember the last look here, and compare with it' }),
    once: boolean({ default: false, description: 'look once and end; compares with --state' }),
    every: durationFlag({ description: 'time between looks; default 30s' }),
    'low-points': percentFlag({ description: 'points below this part of the mean are low; default 50%' }),
    'give-up': durationFlag({
      description: 'end with code 5 when no endpoint answered for so long; default 10m',
    }),
    'exit-noop': boolean({
      default: false,
      description: 'with --once: end with code 3 when nothing changed',
    }),
  };

  protected async report(): Promise<Report<'validators.watch/1'>> {
    const { argv, flags } = await this.parse(ValidatorsWatch);
    const { startWatch, watchOptions } = await import('../../cli/watch.js');
    const settings = await this.settings(flags);
    const chain = (await this.connect(settings)) as OpenChain;
    const watched = await this.accounts(settings, chain, argv as string[], flags.file);
    const options = watchOptions(watched, settings, flags, {
      connect: async () => (await this.connect(settings)) as OpenChain,
      notice: (message) => this.notice(message),
      json: this.json,
    });
    return startWatch(chain, options);
  }
}
