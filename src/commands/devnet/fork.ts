import { string as arg } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { BaseCommand, type Report } from '../../cli/base.js';
import { CHAIN_EXITS } from '../../cli/exitCodes.js';
import { chainFlags, countFlag } from '../../cli/flags.js';
import { showUrl } from '../../lib/shown.js';

export default class DevnetFork extends BaseCommand {
  static override summary = 'Rehearse on a live chain’s state.';
  static override description =
    'Serves the state of a live chain on this machine: blocks made here are seen by nobody else, so tomorrow’s job can be rehearsed today. State that is not here yet is read from the endpoint. It begins with a block of its own: what is signed on top of it is valid nowhere else. The genesis hash is the live chain’s: a transaction that never expires would be valid there too, so the fork refuses it. Commands that are pointed at a fork say so, and keep what they send there in a journal apart.';
  static override examples = [
    '<%= config.bin %> devnet fork wss://asset-hub-polkadot-rpc.n.dwellir.com',
    '<%= config.bin %> devnet fork ws://127.0.0.1:9944 --at 12 --port 9955',
  ];
  static override exitCodes = CHAIN_EXITS;
  static override args = {
    url: arg({ required: true, description: 'endpoint of the live chain (ws:// or wss://)' }),
  };
  static override flags = {
    at: string({
      helpValue: 'BLOCK',
      description: 'block number or hash to start from; default the finalized head',
    }),
    port: countFlag({
      min: 0,
      max: 65_535,
      description: 'port to listen on; default 9944 or the next free one',
    }),
    timeout: chainFlags.timeout,
  };

  protected async report(): Promise<Report<'devnet.fork/1'>> {
    const { args, flags } = await this.parse(DevnetFork);
    const { parseEndpoint } = await import('../../config/parse.js');
    const { serveFork } = await import('../../cli/devnet.js');
    this.progress.stage(`reading ${showUrl(args.url)}`);
    return serveFork({
      url: parseEndpoint(args.url).url,
      ...(flags.port === undefined ? {} : { port: flags.port }),
      timeoutMs: flags.timeout ?? 30_000,
      ...(flags.at === undefined ? {} : { at: flags.at }),
    });
  }
}
