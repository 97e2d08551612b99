import type { Report } from '../../cli/base.js';
import { StakeCommand } from '../../cli/stakeCommand.js';

export default class StakeWithdraw extends StakeCommand {
  static override summary = 'Free the unlocked stake.';
  static override description =
    'Withdraws every unlocking chunk whose era has come. With nothing to withdraw it says when the next chunk is free and ends well: it is made for cron.';
  static override examples = [
    '<%= config.bin %> stake withdraw --from operator --network devnet --yes',
    '<%= config.bin %> stake withdraw --from operator --network devnet --yes --json --exit-noop',
  ];

  protected async report(): Promise<Report> {
    const { flags } = await this.parse(StakeWithdraw);
    return this.carryOut('stake.withdraw/1', flags, [], async (context) => {
      const { planWithdraw } = await import('../../lib/staking/plan.js');
      return this.plan(context, planWithdraw);
    });
  }
}
