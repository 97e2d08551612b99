import { boolean, option, string } from '@oclif/core/flags';
import { BaseCommand, type Report } from '../../cli/base.js';
import { CHAIN_EXITS } from '../../cli/exitCodes.js';
import { countFlag, durationFlag } from '../../cli/flags.js';
import { settingsOf } from '../../cli/settings.js';

export default class DevnetUp extends BaseCommand {
  static override summary = 'Start the embedded development chain.';
  static override description =
    'A real chain with today’s staking pallets, in this process: no network, no binary. It listens on this machine only, prints its endpoint and accounts, writes a configuration and key files for them, and runs until Ctrl-C. A block is made at once for every transaction, on a clock with --block-time, or only on demand with --manual; `devnet advance` makes blocks and eras pass.';
  static override examples = [
    '<%= config.bin %> devnet up',
    '<%= config.bin %> devnet up --port 9955 --state chain.state --block-time 6s',
    '<%= config.bin %> devnet up --preset mainnet-like --json',
  ];
  static override exitCodes = CHAIN_EXITS;
  static override flags = {
    preset: option({ options: ['tour', 'pots', 'classic', 'mainnet-like'] as const })({
      default: 'tour',
      description: 'what the chain is populated with',
    }),
    port: countFlag({
      min: 0,
      max: 65_535,
      description: 'port to listen on; default 9944 or the next free one',
    }),
    state: string({ helpValue: 'FILE', description: 'keep the chain in this file between runs' }),
    'block-time': durationFlag({
      description: 'make a block every so often, such as 6s',
      exclusive: ['manual'],
    }),
    manual: boolean({ default: false, description: 'make blocks only on demand' }),
    dir: string({ helpValue: 'DIR', description: 'where the configuration and the key files are written' }),
  };

  protected async report(): Promise<Report<'devnet.up/1'>> {
    const { flags } = await this.parse(DevnetUp);
    const settings = await settingsOf(flags, this.config);
    const { serveDevnet } = await import('../../cli/devnet.js');
    this.progress.stage('starting the chain');
    return serveDevnet({
      preset: flags.preset,
      ...(flags.port === undefined ? {} : { port: flags.port }),
      mode: flags.manual
        ? 'manual'
        : flags['block-time'] === undefined
          ? 'instant'
          : { intervalMs: flags['block-time'] },
      home: `${settings.dataDir}/devnet`,
      ...(flags.dir === undefined ? {} : { directory: flags.dir }),
      ...(flags.state === undefined ? {} : { state: flags.state }),
    });
  }
}
