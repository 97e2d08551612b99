import { boolean } from '@oclif/core/flags';
import type { Report } from '../../cli/base.js';
import { amountFlag } from '../../cli/flags.js';
import { StakeCommand } from '../../cli/stakeCommand.js';

export default class StakeRebond extends StakeCommand {
  static override summary = 'Take back stake that is unlocking.';
  static override description =
    'Turns unlocking stake into active stake again, the newest chunk first, and shows which chunks it takes. Nothing leaves the free balance.';
  static override examples = [
    '<%= config.bin %> stake rebond --amount 5UNIT --from operator --network devnet --yes',
    '<%= config.bin %> stake rebond --all --from operator --network devnet --dry-run',
  ];
  static override flags = {
    amount: amountFlag({ description: 'amount to take back', exactlyOne: ['amount', 'all'] }),
    all: boolean({ description: 'take back everything that is unlocking' }),
  };

  protected async report(): Promise<Report> {
    const { flags } = await this.parse(StakeRebond);
    return this.carryOut('stake.rebond/1', flags, [flags.amount ?? 'all'], async (context) => {
      const { planRebond } = await import('../../lib/staking/plan.js');
      const amount = flags.amount === undefined ? null : await this.amount(context.chain, flags.amount);
      return this.plan(context, (facts) => planRebond(facts, amount));
    });
  }
}
