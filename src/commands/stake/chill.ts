import type { Report } from '../../cli/base.js';
import { StakeCommand } from '../../cli/stakeCommand.js';

export default class StakeChill extends StakeCommand {
  static override summary = 'Stop nominating or validating.';
  static override description =
    'Removes the account from the nominators or validators from the next era on. The bond stays; the account earns nothing until it nominates or validates again.';
  static override examples = [
    '<%= config.bin %> stake chill --from nominator --network devnet --yes',
    '<%= config.bin %> stake chill --from operator-proxy --proxy-for operator --network devnet --dry-run',
  ];

  protected async report(): Promise<Report> {
    const { flags } = await this.parse(StakeChill);
    return this.carryOut('stake.chill/1', flags, [], async (context) => {
      const { planChill } = await import('../../lib/staking/plan.js');
      return this.plan(context, planChill);
    });
  }
}
