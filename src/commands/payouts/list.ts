import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import type { Report } from '../../cli/base.js';
import { ChainCommand } from '../../cli/chainCommand.js';
import { accountFlag, htmlFlag } from '../../cli/flags.js';
import { payoutFacts, payoutFlags } from '../../cli/payouts.js';

export default class PayoutsList extends ChainCommand {
  static override summary = 'List every unpaid reward.';
  static override description =
    'Every unpaid page of the named validators in the eras that the chain keeps, oldest first: its amount to the planck, who would get how much of it and where it goes, and when it expires. For a nominator, the validators that it stood behind are searched in every era, also those it no longer nominates; that reads the unpaid pages of all validators. All of it at one finalized block. Without a name: the account of --from.';
  static override examples = [
    '<%= config.bin %> payouts list --stash v01 --stash v02 --network devnet',
    '<%= config.bin %> payouts list nominator --eras 2 --network devnet',
    "<%= config.bin %> payouts list --mine --network devnet --json | jq '.result.totals.next'",
  ];
  static override args = {
    account: string({ multiple: true, required: false, description: 'addresses or key names' }),
  };
  static override strict = false;
  static override flags = {
    ...payoutFlags,
    amounts: boolean({
      allowNo: true,
      default: true,
      description:
        'compute amounts; without them less is read, and pages that pay nothing are not told apart',
    }),
    details: boolean({ default: false, description: 'each payment of each page' }),
    pools: boolean({
      default: false,
      description: 'also what the accounts have earned in nomination pools',
    }),
    html: htmlFlag(),
    from: accountFlag({ description: 'account to look at when none is named (BURSAR_FROM)' }),
  };

  protected async report(): Promise<Report<'payouts.list/1'>> {
    const { argv, flags } = await this.parse(PayoutsList);
    const settings = await this.settings(flags);
    const chain = await this.connect(settings);
    const names = { ...flags, accounts: argv as string[] };
    const facts = await payoutFacts(chain, settings, names, this.progress.stage);
    const { payoutsList } = await import('../../lib/payouts/list.js');
    const { payoutsListView } = await import('../../lib/payouts/view.js');
    const { readPoolMembers } = await import('../../lib/payouts/pools.js');
    const accounts = [...new Set([...facts.accounts, ...facts.stashes])];
    const result = payoutsList(facts, flags.pools ? await readPoolMembers(chain, accounts) : null);
    return { schema: 'payouts.list/1', result, view: payoutsListView(result, flags.details) };
  }
}
