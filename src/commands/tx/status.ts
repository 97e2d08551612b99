import { string } from '@oclif/core/args';
import type { Report } from '../../cli/base.js';
import { ChainCommand } from '../../cli/chainCommand.js';
import { SEND_EXITS } from '../../cli/exitCodes.js';
import { countFlag } from '../../cli/flags.js';
import type { OpenChain } from '../../lib/chain/connect.js';
import { BursarError, EXIT } from '../../lib/errors.js';
import type { Block } from '../../lib/view.js';

export default class TxStatus extends ChainCommand {
  static override summary = 'Find out what became of a transaction.';
  static override description =
    'Looks for the transaction in the blocks, whatever the journal says of it, and reads the outcome of its innermost calls. With several endpoints, all must agree that it is in no block. Ends with the code that sending it would have ended with: 0 when every call succeeded, 7 or 8 when one failed, 6 while it may still be included, 5 when it never will be (safe to run again).';
  static override examples = [
    '<%= config.bin %> tx status HASH --network devnet',
    '<%= config.bin %> tx status HASH --network devnet --json',
  ];
  static override exitCodes = SEND_EXITS;
  static override args = { hash: string({ required: true, description: 'transaction hash (0x…)' }) };
  static override flags = {
    blocks: countFlag({
      default: 64,
      min: 1,
      max: 100_000,
      description: 'how many of the newest blocks to search if it was not sent from here',
    }),
  };

  protected async report(): Promise<Report<'tx.status/1'>> {
    const { args, flags } = await this.parse(TxStatus);
    const settings = await this.settings(flags);
    const chain = (await this.connect(settings).catch(stillUnknown)) as OpenChain;
    const { status } = await import('../../lib/tx/lookup.js');
    const { statusCommand } = await import('../../cli/followUp.js');
    const { outcomeError } = await import('../../lib/tx/execute.js');
    const { outcomeBlocks } = await import('../../lib/tx/view.js');
    const { describerOf } = await import('../../lib/tx/assets.js');
    const followMs = Math.min(settings.timeoutMs, 10_000);
    const result = await status(chain, args.hash.trim(), {
      journalDir: settings.journalDir,
      blocks: flags.blocks,
      followMs,
      endpoints: settings.endpoints,
      agree: settings.agree,
      resolveWith: statusCommand(settings),
      signal: this.signal,
      onProgress: this.progress.stage,
    });
    const error = outcomeError(result.outcome, statusCommand(settings));
    const notes = result.notes.map((text): Block => ({ kind: 'note', tone: 'warn', text }));
    const blocks = outcomeBlocks(await describerOf(chain, [result.outcome]), result.outcome);
    return {
      schema: 'tx.status/1',
      result,
      view: { title: result.record?.title ?? 'Transaction', blocks: [...notes, ...blocks] },
      ...(error ? { error } : {}),
    };
  }
}

/** Not being able to ask says nothing about the transaction: least of all that nothing was sent. */
function stillUnknown(error: unknown): never {
  if (!(error instanceof BursarError) || error.exit !== EXIT.unreachable) throw error;
  throw new BursarError(error.exit, error.code, error.message, {
    hint: 'What became of the transaction is still not known. Ask another endpoint with --rpc, or try again.',
    cause: error.cause,
  });
}
