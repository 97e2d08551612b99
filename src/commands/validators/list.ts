import { string as arg } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import type { Report } from '../../cli/base.js';
import { amountFlag, htmlFlag } from '../../cli/flags.js';
import { methodFlags, ValidatorsCommand, validatorFlags } from '../../cli/validatorsCommand.js';
import type { OpenChain } from '../../lib/chain/connect.js';

export default class ValidatorsList extends ValidatorsCommand {
  static override summary = 'List validators with what they take, what they earned and who runs them.';
  static override description =
    'All validators, or those that are named: commission, own and total stake, nominators, era points against the mean of all, in how many eras they earned some, offences known to the chain, operator. All of it at one finalized block. With --stake also what that stake would earn behind the listed validators, 32 at most.';
  static override examples = [
    '<%= config.bin %> validators list --network devnet',
    "<%= config.bin %> validators list --filter 'commission<=5%' --filter active --sort points",
    '<%= config.bin %> validators list v01 v02 --stake 1000UNIT --network devnet',
  ];
  static override args = {
    account: arg({ multiple: true, required: false, description: 'validators: addresses or key names' }),
  };
  static override strict = false;
  static override flags = {
    file: string({ helpValue: 'FILE', description: 'file with one validator a line; - for stdin' }),
    filter: string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'CONDITION',
      description:
        'only validators for which it holds: active, !blocked, commission<=5%, own>=1000, points>80%, operator=NAME; repeat it for more',
    }),
    sort: string({ helpValue: 'FIELD', default: 'total', description: 'field to sort by, largest first' }),
    reverse: boolean({ default: false, description: 'sort the other way' }),
    stake: amountFlag({ description: 'estimate the yearly return of so much behind the listed validators' }),
    ...validatorFlags,
    ...methodFlags,
    html: htmlFlag(),
  };

  protected async report(): Promise<Report<'validators.list/1'>> {
    const { argv, flags } = await this.parse(ValidatorsList);
    const settings = await this.settings(flags);
    const chain = (await this.connect(settings)) as OpenChain;
    const named = await this.accounts(settings, chain, argv as string[], flags.file);
    const facts = await this.facts(settings, chain, flags, named);
    const { rank } = await import('../../lib/validators/ranking.js');
    const { listValidators } = await import('../../lib/validators/list.js');
    const { readReturns } = await import('../../lib/validators/history.js');
    const { validatorListView } = await import('../../lib/validators/view.js');
    const { parseAmount } = await import('../../lib/numeric/amount.js');
    const ranking = rank(facts, await this.method(settings, flags));
    const only = named.length === 0 ? null : named;
    const { sort, reverse, filter: filters = [] } = flags;
    const list = listValidators(facts, ranking, { only, filters, sort, reverse });
    const targets = list.validators.map(({ address }) => address);
    const returns =
      flags.stake === undefined
        ? null
        : await readReturns(chain, facts, targets, parseAmount(flags.stake, chain.token));
    const result = { ...list, returns };
    return { schema: 'validators.list/1', result, view: validatorListView(result) };
  }
}
