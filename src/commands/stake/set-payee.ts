import { string } from '@oclif/core/args';
import type { Report } from '../../cli/base.js';
import { StakeCommand } from '../../cli/stakeCommand.js';

export default class StakeSetPayee extends StakeCommand {
  static override summary = 'Choose where rewards go.';
  static override description =
    'Rewards are added to the bond (staked), paid to the stash, paid to another account, or not paid at all (none).';
  static override examples = [
    '<%= config.bin %> stake set-payee stash --from operator --network devnet --yes',
    '<%= config.bin %> stake set-payee account:5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY --from operator --network devnet --dry-run',
  ];
  static override args = {
    payee: string({ required: true, description: 'staked, stash, none, or account:ADDRESS' }),
  };

  protected async report(): Promise<Report> {
    const { args, flags } = await this.parse(StakeSetPayee);
    return this.carryOut('stake.set-payee/1', flags, [args.payee], async (context) => {
      const { planSetPayee } = await import('../../lib/staking/plan.js');
      const payee = await this.payee(context, args.payee);
      return this.plan(context, (facts) => planSetPayee(facts, payee));
    });
  }
}
