import { string as arg } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import type { Report } from '../../cli/base.js';
import { durationFlag } from '../../cli/flags.js';
import { StakeCommand } from '../../cli/stakeCommand.js';

export default class StakeNominate extends StakeCommand {
  static override summary = 'Choose the validators to back.';
  static override description =
    'Nominates exactly the validators named: by address, by key name, or in a file with one a line (# begins a comment). Duplicates, accounts that do not validate, validators that accept no new nominations and more than the chain allows are refused by name before anything is signed. A file of `validators select --save` is refused when it is of another chain, for another account, too old, or changed.';
  static override examples = [
    '<%= config.bin %> stake nominate v01 v02 --from nominator --network devnet --yes',
    '<%= config.bin %> stake nominate --targets-file targets.txt --from nominator --network devnet --dry-run',
    '<%= config.bin %> stake nominate --selection targets.json --from operator --network devnet --yes',
  ];
  static override args = {
    target: arg({ multiple: true, required: false, description: 'validators: addresses or key names' }),
  };
  static override strict = false;
  static override flags = {
    'targets-file': string({ helpValue: 'FILE', description: 'file with one validator a line; - for stdin' }),
    selection: string({
      helpValue: 'FILE',
      description: 'file of `validators select --save`; - for stdin',
      exclusive: ['targets-file'],
    }),
    'max-age': durationFlag({
      description: 'how old the selection may be; default one era',
      dependsOn: ['selection'],
    }),
  };

  protected async report(): Promise<Report> {
    const { argv, flags } = await this.parse(StakeNominate);
    const selection = await this.#selection(argv as string[], flags);
    const { readTargets } = await import('../../cli/targets.js');
    const named = selection?.targets ?? (await readTargets(argv as string[], flags['targets-file']));
    return this.carryOut('stake.nominate/1', flags, named, async (context) => {
      const { planNominate } = await import('../../lib/staking/plan.js');
      selection?.check(context);
      const targets = await this.addresses(context, named);
      return this.plan(context, (facts) => planNominate(facts, targets), targets);
    });
  }
  /** The targets of a saved selection, and the check that they may be nominated on this chain now. */
  async #selection(
    named: readonly string[],
    flags: { readonly selection?: string | undefined; readonly 'max-age'?: number | undefined },
  ) {
    if (flags.selection === undefined) return undefined;
    const { readSelection } = await import('../../cli/selection.js');
    return readSelection(flags.selection, named, flags['max-age']);
  }
}
