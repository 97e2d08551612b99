import { boolean, string } from '@oclif/core/flags';
import type { Report } from '../../cli/base.js';
import { amountFlag } from '../../cli/flags.js';
import { StakeCommand } from '../../cli/stakeCommand.js';

export default class StakeBond extends StakeCommand {
  static override summary = 'Bond stake for the first time.';
  static override description =
    'Bonds an amount of the free balance of the signing account (or of the account named with --proxy-for). Bonding alone earns nothing: nominate afterwards.';
  static override examples = [
    '<%= config.bin %> stake bond --amount 100UNIT --from newcomer --network devnet --dry-run',
    '<%= config.bin %> stake bond --max --keep 2UNIT --payee stash --from newcomer --network devnet --yes',
  ];
  static override flags = {
    amount: amountFlag({ description: 'amount to bond', exactlyOne: ['amount', 'max'] }),
    max: boolean({ description: 'bond everything but what --keep says' }),
    keep: amountFlag({ description: 'amount that stays free with --max, for fees; default one whole token' }),
    payee: string({
      default: 'staked',
      helpValue: 'staked|stash|none|account:ADDRESS',
      description: 'where rewards go',
    }),
  };

  protected async report(): Promise<Report> {
    const { flags } = await this.parse(StakeBond);
    const words = [flags.amount ?? 'max', flags.keep ?? '', flags.payee];
    return this.carryOut('stake.bond/1', flags, words, async (context) => {
      const { planBond } = await import('../../lib/staking/plan.js');
      const amount = flags.amount === undefined ? null : await this.amount(context.chain, flags.amount);
      const keep = await this.keep(context.chain, flags.keep, amount === null);
      const payee = await this.payee(context, flags.payee);
      return this.plan(context, (facts) => planBond(facts, amount, payee, keep));
    });
  }
}
