import { boolean, string } from '@oclif/core/flags';
import type { Report } from '../../cli/base.js';
import { amountFlag } from '../../cli/flags.js';
import { StakeCommand } from '../../cli/stakeCommand.js';

export default class StakePlan extends StakeCommand {
  static override summary = 'Find and run the shortest way to a stake.';
  static override description =
    'Compares what is actively bonded with what it should be and sends the shortest sequence of calls from here to there as one batch, all or nothing: what is unlocking comes back before free balance is used.';
  static override examples = [
    '<%= config.bin %> stake plan --to 500UNIT --from operator --network devnet --dry-run',
    '<%= config.bin %> stake plan --to 0UNIT --from nominator --network devnet --yes',
  ];
  static override flags = {
    to: amountFlag({ required: true, description: 'what should be actively bonded' }),
    payee: string({
      default: 'staked',
      helpValue: 'staked|stash|none|account:ADDRESS',
      description: 'where rewards go, if nothing is bonded yet',
    }),
    chill: boolean({
      default: false,
      description: 'stop nominating or validating if the role needs more than that',
    }),
  };

  protected async report(): Promise<Report> {
    const { flags } = await this.parse(StakePlan);
    return this.carryOut(
      'stake.plan/1',
      flags,
      [flags.to, flags.payee, String(flags.chill)],
      async (context) => {
        const { planTo } = await import('../../lib/staking/plan.js');
        const target = await this.amount(context.chain, flags.to);
        const payee = await this.payee(context, flags.payee);
        return this.plan(context, (facts) => planTo(facts, target, payee, flags.chill));
      },
    );
  }
}
