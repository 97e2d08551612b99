import { string } from '@oclif/core/args';
import type { Report } from '../../cli/base.js';
import { ChainCommand } from '../../cli/chainCommand.js';
import { countFlag } from '../../cli/flags.js';
import type { OpenChain } from '../../lib/chain/connect.js';

export default class TxInspect extends ChainCommand {
  static override summary = 'Decode a call, an extrinsic or a hash.';
  static override description =
    'Shows what call data or an encoded extrinsic does, down to its innermost calls, with names and amounts. A hash of 32 bytes is looked up among the transactions sent from here, then in the newest blocks. Read it before you sign what somebody sent you.';
  static override examples = [
    '<%= config.bin %> tx inspect 0x00001468656c6c6f --network devnet',
    '<%= config.bin %> tx inspect 0x00001468656c6c6f --network devnet --json',
  ];
  static override args = {
    data: string({ required: true, description: 'call data, extrinsic or hash (0x…)' }),
  };
  static override flags = {
    blocks: countFlag({
      default: 64,
      min: 1,
      max: 100_000,
      description: 'how many of the newest blocks to search for a hash',
    }),
  };

  protected async report(): Promise<Report<'tx.inspect/1'>> {
    const { args, flags } = await this.parse(TxInspect);
    const settings = await this.settings(flags);
    const chain = (await this.connect(settings)) as OpenChain;
    const { inspect } = await import('../../lib/tx/lookup.js');
    const { inspectionView } = await import('../../lib/tx/view.js');
    const { describerOf } = await import('../../lib/tx/assets.js');
    const result = await inspect(chain, args.data.trim(), {
      journalDir: settings.journalDir,
      blocks: flags.blocks,
      onProgress: this.progress.stage,
    });
    const describe = await describerOf(chain, [result.call, ...(result.included ? [result.included] : [])]);
    return { schema: 'tx.inspect/1', result, view: inspectionView(describe, result) };
  }
}
