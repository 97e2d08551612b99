import { string } from '@oclif/core/args';
import type { Report } from '../../cli/base.js';
import { PlanCommand } from '../../cli/planCommand.js';

export default class TxSubmit extends PlanCommand {
  static override summary = 'Sign and send call data.';
  static override description =
    'Sends a call that was encoded elsewhere through the same way as every other command: decoded and shown, rehearsed, journaled, followed to its innermost outcome. Several calls go as one batch, all or nothing. Look at it first with `tx inspect` or --dry-run.';
  static override examples = [
    '<%= config.bin %> tx submit 0x00001468656c6c6f --from alice --network devnet --dry-run',
    '<%= config.bin %> tx submit 0x00001468656c6c6f --from alice --network devnet --yes --json',
  ];
  static override args = {
    call: string({ multiple: true, required: true, description: 'encoded calls (0x…)' }),
  };
  static override strict = false;

  protected async report(): Promise<Report> {
    const { argv, flags } = await this.parse(TxSubmit);
    const calls = argv as string[];
    return this.carryOut('tx.submit/1', flags, calls, async ({ chain, account }) => {
      const { submissionPlan } = await import('../../lib/tx/submission.js');
      const { planCallsView } = await import('../../lib/tx/view.js');
      const { describerOf } = await import('../../lib/tx/assets.js');
      const plan = submissionPlan(chain, calls, account);
      return { plan, view: planCallsView(await describerOf(chain, plan.calls), plan) };
    });
  }
}
