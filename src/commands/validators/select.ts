import { boolean, string } from '@oclif/core/flags';
import type { Report } from '../../cli/base.js';
import { accountFlag, amountFlag, countFlag, htmlFlag } from '../../cli/flags.js';
import { methodFlags, percentFlag, ValidatorsCommand, validatorFlags } from '../../cli/validatorsCommand.js';
import type { OpenChain } from '../../lib/chain/connect.js';

export default class ValidatorsSelect extends ValidatorsCommand {
  static override summary = 'Select validators to nominate.';
  static override description =
    'Hard filters first, each with its reason; then the score, with a cap on the validators of one operator and the chain’s own limit of targets. With --for it is compared with what that account nominates now, and with --keep a change must win by a margin. --save writes a file for `stake nominate --selection FILE`, which refuses it when it is of another chain, too old or changed.';
  static override examples = [
    '<%= config.bin %> validators select --network devnet',
    '<%= config.bin %> validators select --for operator --keep --margin 10% --max-commission 5% --save targets.json',
    '<%= config.bin %> validators select --for operator --stake 5000UNIT --network devnet',
  ];
  static override flags = {
    for: accountFlag({
      description: 'account whose nominations are compared; the file is then for it alone',
    }),
    diff: boolean({
      default: false,
      description: 'compare with what the account of --for, or of --from in the configuration, nominates',
    }),
    keep: boolean({
      default: false,
      description: 'keep what the account nominates unless a better one wins by --margin',
    }),
    margin: percentFlag({ description: 'by how much a change must win; default 10%' }),
    max: countFlag({ min: 1, description: 'number of targets; default and limit: what the chain allows' }),
    'max-per-operator': countFlag({ min: 1, description: 'validators of one operator; default 2' }),
    'max-commission': percentFlag({ description: 'highest commission, itself included; default 100%' }),
    'min-nomination': amountFlag({
      description: 'least stake of nominators behind a validator; default none',
    }),
    'min-stash-bond': amountFlag({
      description: 'least active bond of the account, besides the chain’s own minimum',
    }),
    stake: amountFlag({ description: 'stake for the estimate of returns; default the active bond of --for' }),
    save: string({ helpValue: 'FILE', description: 'write the selection for `stake nominate --selection`' }),
    ...methodFlags,
    ...validatorFlags,
    html: htmlFlag(),
  };

  protected async report(): Promise<Report<'validators.select/1'>> {
    const { flags } = await this.parse(ValidatorsSelect);
    const settings = await this.settings(flags);
    const chain = (await this.connect(settings)) as OpenChain;
    const { selectWish, selectingAccount } = await import('../../cli/selectWish.js');
    const { readNominator } = await import('../../lib/validators/nominator.js');
    const { readChoice } = await import('../../lib/validators/wish.js');
    const { selectionProblem, selectResult } = await import('../../lib/validators/select.js');
    const { makeSnapshot } = await import('../../lib/validators/snapshot.js');
    const { selectView } = await import('../../lib/validators/selectView.js');
    const method = await this.method(settings, flags);
    const wish = selectWish(settings, chain.token, flags);
    const [account] = await this.accounts(settings, chain, selectingAccount(settings, flags), undefined);
    const nominator = account === undefined ? null : await readNominator(chain, account);
    const facts = await this.facts(settings, chain, flags, nominator?.nominations);
    const choice = await readChoice(chain, facts, method, wish, nominator);
    const { ranking, rules, selection } = choice;
    const saved = await this.save(selection.selected.length === 0 ? undefined : flags.save, () =>
      makeSnapshot(this.config.version, facts, method, ranking, {
        account: nominator?.address ?? null,
        current: nominator?.nominations ?? [],
        rules,
        result: selection,
      }),
    );
    const result = selectResult(facts, { ...choice, method, means: ranking.means, saved });
    const error = selectionProblem(result);
    return {
      schema: 'validators.select/1',
      result,
      view: selectView(result),
      ...(error === null ? {} : { error }),
    };
  }
}
