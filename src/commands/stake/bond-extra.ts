import { boolean } from '@oclif/core/flags';
import type { Report } from '../../cli/base.js';
import { amountFlag } from '../../cli/flags.js';
import { StakeCommand } from '../../cli/stakeCommand.js';

export default class StakeBondExtra extends StakeCommand {
  static override summary = 'Add free balance to the bond.';
  static override description =
    'Adds an amount of the free balance to what is bonded already. What is unlocking is not touched: to take that back use rebond.';
  static override examples = [
    '<%= config.bin %> stake bond-extra --amount 25UNIT --from operator --network devnet --yes',
    '<%= config.bin %> stake bond-extra --max --keep 1UNIT --from operator --network devnet --dry-run',
  ];
  static override flags = {
    amount: amountFlag({ description: 'amount to add', exactlyOne: ['amount', 'max'] }),
    max: boolean({ description: 'add everything but what --keep says' }),
    keep: amountFlag({ description: 'amount that stays free with --max, for fees; default one whole token' }),
  };

  protected async report(): Promise<Report> {
    const { flags } = await this.parse(StakeBondExtra);
    return this.carryOut(
      'stake.bond-extra/1',
      flags,
      [flags.amount ?? 'max', flags.keep ?? ''],
      async (context) => {
        const { planBondExtra } = await import('../../lib/staking/plan.js');
        const amount = flags.amount === undefined ? null : await this.amount(context.chain, flags.amount);
        const keep = await this.keep(context.chain, flags.keep, amount === null);
        return this.plan(context, (facts) => planBondExtra(facts, amount, keep));
      },
    );
  }
}
