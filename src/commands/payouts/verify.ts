import type { Report } from '../../cli/base.js';
import { ChainCommand } from '../../cli/chainCommand.js';
import { accountFlag, countFlag, hashFlag } from '../../cli/flags.js';
import type { OpenChain } from '../../lib/chain/connect.js';

export default class PayoutsVerify extends ChainCommand {
  static override summary = 'Recompute a payout and compare it with what was paid.';
  static override description =
    'Recomputes from the state before the block what the payout of a validator in an era had to be, and compares it with the events of the payout: every payment, its order, amount and destination, and what was credited. Batches, proxies and multisigs make no difference. Without --tx and --block the block of each paid page is searched in the chain’s states; an endpoint that does not keep them cannot say, and the result says so. Ends with 9 at the first difference.';
  static override examples = [
    '<%= config.bin %> payouts verify --era 1 --stash v01 --network devnet',
    '<%= config.bin %> payouts verify --era 1 --stash v01 --tx HASH --network devnet --json',
  ];
  static override exitCodes = [0, 1, 2, 4, 5, 9, 130] as const;
  static override flags = {
    era: countFlag({ required: true, description: 'era that was paid' }),
    stash: accountFlag({ required: true, description: 'validator' }),
    tx: hashFlag({ exclusive: ['block'], description: 'the transaction that paid' }),
    block: hashFlag({ description: 'the block that paid' }),
    blocks: countFlag({
      default: 256,
      min: 1,
      max: 100_000,
      description: 'how many of the newest blocks to search for a transaction that was not sent from here',
    }),
  };

  protected async report(): Promise<Report<'payouts.verify/1'>> {
    const { flags } = await this.parse(PayoutsVerify);
    const settings = await this.settings(flags);
    const chain = (await this.connect(settings)) as OpenChain;
    const { resolveAccount } = await import('../../lib/keys/addresses.js');
    const { differenceError, verifyPayout } = await import('../../lib/payouts/verify.js');
    const { whereIncluded } = await import('../../lib/payouts/blocks.js');
    const { statusCommand } = await import('../../cli/followUp.js');
    const { verificationView } = await import('../../lib/payouts/verifyView.js');
    const { address } = await resolveAccount(flags.stash, settings.keysDir, {
      ss58Prefix: chain.token.ss58Prefix,
    });
    const onProgress = this.progress.stage;
    const { journalDir } = settings;
    const where =
      flags.tx === undefined
        ? { block: flags.block }
        : await whereIncluded(chain, flags.tx, {
            journalDir,
            blocks: flags.blocks,
            resolveWith: statusCommand(settings),
            onProgress,
          });
    const result = await verifyPayout(chain, { era: flags.era, stash: address, ...where, onProgress });
    const error = differenceError(result);
    const view = verificationView(result);
    return { schema: 'payouts.verify/1', result, view, ...(error ? { error } : {}) };
  }
}
