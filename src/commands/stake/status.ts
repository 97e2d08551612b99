import { string } from '@oclif/core/args';
import type { Report } from '../../cli/base.js';
import { ChainCommand } from '../../cli/chainCommand.js';
import { accountFlag } from '../../cli/flags.js';

export default class StakeStatus extends ChainCommand {
  static override summary = 'Show the stake of accounts.';
  static override description =
    'Role, bond, unlocking chunks with their eras and estimated times, what can be withdrawn now, where rewards go, the state of each nominated validator, and what to do about it. All of it at one finalized block. Without an address: the account of --from.';
  static override examples = [
    '<%= config.bin %> stake status operator --network devnet',
    "<%= config.bin %> stake status operator nominator --network devnet --json | jq '.result.accounts[].advice'",
  ];
  static override args = {
    account: string({ multiple: true, required: false, description: 'addresses or key names' }),
  };
  static override strict = false;
  static override flags = {
    from: accountFlag({ description: 'account to show when none is named (BURSAR_FROM)' }),
  };

  protected async report(): Promise<Report<'stake.status/1'>> {
    const { argv, flags } = await this.parse(StakeStatus);
    const settings = await this.settings(flags);
    const { accountNames } = await import('../../cli/targets.js');
    const named = accountNames(argv as string[], settings.from);
    const chain = await this.connect(settings);
    const { resolveAccounts } = await import('../../lib/keys/addresses.js');
    const accounts = await resolveAccounts(named, settings.keysDir, { ss58Prefix: chain.token.ss58Prefix });
    const { readStakingFacts } = await import('../../lib/staking/facts.js');
    const { stakeStatus } = await import('../../lib/staking/status.js');
    const { stakeStatusView } = await import('../../lib/staking/view.js');
    const eraMs = settings.eraMs === undefined ? {} : { eraMs: settings.eraMs };
    const result = stakeStatus(await readStakingFacts(chain, { accounts, ...eraMs }));
    return { schema: 'stake.status/1', result, view: stakeStatusView(result) };
  }
}
