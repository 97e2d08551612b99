import type { Report } from '../../cli/base.js';
import { ChainCommand } from '../../cli/chainCommand.js';
import { countFlag } from '../../cli/flags.js';
import type { OpenChain } from '../../lib/chain/connect.js';

export default class DevnetAdvance extends ChainCommand {
  static override summary = 'Make blocks or eras pass.';
  static override description =
    'Asks a running development chain or fork to build blocks, or to go on until so many eras have turned. Only those chains understand it.';
  static override examples = [
    '<%= config.bin %> devnet advance --eras 1 --network devnet',
    '<%= config.bin %> devnet advance --blocks 10 --rpc ws://127.0.0.1:9944',
  ];
  static override flags = {
    blocks: countFlag({
      min: 1,
      max: 100_000,
      description: 'how many blocks',
      exactlyOne: ['blocks', 'eras'],
    }),
    eras: countFlag({ min: 1, max: 1_000, description: 'how many eras' }),
  };

  protected async report(): Promise<Report<'devnet.advance/1'>> {
    const { flags } = await this.parse(DevnetAdvance);
    const settings = await this.settings({
      ...flags,
      network: flags.network ?? (flags.rpc === undefined ? 'devnet' : undefined),
    });
    const chain = (await this.connect(settings)) as OpenChain;
    const { advance } = await import('../../cli/devnet.js');
    this.progress.stage('building blocks');
    const result = await advance(
      chain,
      flags.blocks === undefined ? { eras: flags.eras as number } : { blocks: flags.blocks },
    );
    const era = result.era === null ? '' : `, era ${result.era}`;
    return {
      schema: 'devnet.advance/1',
      result,
      view: { blocks: [{ kind: 'note', tone: 'good', text: `Block ${result.block}${era}.` }] },
    };
  }
}
