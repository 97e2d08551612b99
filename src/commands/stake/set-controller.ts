import type { Report } from '../../cli/base.js';
import { StakeCommand } from '../../cli/stakeCommand.js';

export default class StakeSetController extends StakeCommand {
  static override summary = 'End a separate controller.';
  static override description =
    'Makes the stash its own controller. Separate controllers were abolished; this is only for stashes that still have one, and the stash signs it. To let another key manage a stake, make it a staking proxy and use --proxy-for.';
  static override examples = ['<%= config.bin %> stake set-controller --from operator --network devnet'];

  protected async report(): Promise<Report> {
    const { flags } = await this.parse(StakeSetController);
    return this.carryOut('stake.set-controller/1', flags, [], async (context) => {
      const { planSetController } = await import('../../lib/staking/plan.js');
      return this.plan(context, planSetController);
    });
  }
}
