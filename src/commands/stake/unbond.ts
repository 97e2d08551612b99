import { boolean } from '@oclif/core/flags';
import type { Report } from '../../cli/base.js';
import { amountFlag } from '../../cli/flags.js';
import { StakeCommand } from '../../cli/stakeCommand.js';

export default class StakeUnbond extends StakeCommand {
  static override summary = 'Start to unlock stake.';
  static override description =
    "Moves active stake into an unlocking chunk and says from which era on it is free: sooner for nominators where the chain does not slash them, later for who validated lately. What the chain would refuse (a remainder below the role's minimum, no free chunk) is refused here, with the way out.";
  static override examples = [
    '<%= config.bin %> stake unbond --amount 10UNIT --from operator --network devnet --yes',
    '<%= config.bin %> stake unbond --amount 95UNIT --chill --from nominator --network devnet --dry-run',
    '<%= config.bin %> stake unbond --all --from nominator --network devnet --yes',
  ];
  static override flags = {
    amount: amountFlag({ description: 'amount to unlock', exactlyOne: ['amount', 'all'] }),
    all: boolean({ description: 'unlock everything that is active, and stop nominating or validating' }),
    chill: boolean({
      default: false,
      description: 'stop nominating or validating first, so that no minimum holds',
    }),
  };

  protected async report(): Promise<Report> {
    const { flags } = await this.parse(StakeUnbond);
    return this.carryOut(
      'stake.unbond/1',
      flags,
      [flags.amount ?? 'all', String(flags.chill)],
      async (context) => {
        const { planUnbond } = await import('../../lib/staking/plan.js');
        const amount = flags.amount === undefined ? null : await this.amount(context.chain, flags.amount);
        return this.plan(context, (facts) => planUnbond(facts, amount, flags.chill));
      },
    );
  }
}
