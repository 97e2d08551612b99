import { string as arg } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import type { Report } from '../../cli/base.js';
import { StakeCommand } from '../../cli/stakeCommand.js';

export default class StakeNominate extends StakeCommand {
  static override summary = 'Choose the validators to back.';
  static override description =
    'Nominates exactly the validators named: by address, by key name, or in a file with one a line (# begins a comment). Duplicates, accounts that do not validate, validators that accept no new nominations and more than the chain allows are refused by name before anything is signed.';
  static override examples = [
    '<%= config.bin %> stake nominate v01 v02 --from nominator --network devnet --yes',
    '<%= config.bin %> stake nominate --targets-file targets.txt --from nominator --network devnet --dry-run',
  ];
  static override args = {
    target: arg({ multiple: true, required: false, description: 'validators: addresses or key names' }),
  };
  static override strict = false;
  static override flags = {
    'targets-file': string({ helpValue: 'FILE', description: 'file with one validator a line; - for stdin' }),
  };

  protected async report(): Promise<Report> {
    const { argv, flags } = await this.parse(StakeNominate);
    const { readTargets } = await import('../../cli/targets.js');
    const named = await readTargets(argv as string[], flags['targets-file']);
    return this.carryOut('stake.nominate/1', flags, named, async (context) => {
      const { planNominate } = await import('../../lib/staking/plan.js');
      const targets = await this.addresses(context, named);
      return this.plan(context, (facts) => planNominate(facts, targets), targets);
    });
  }
}
