import { string as arg } from '@oclif/core/args';
import type { Report } from '../../cli/base.js';
import { htmlFlag } from '../../cli/flags.js';
import { methodFlags, ValidatorsCommand, validatorFlags } from '../../cli/validatorsCommand.js';
import type { OpenChain } from '../../lib/chain/connect.js';

export default class ValidatorsExplain extends ValidatorsCommand {
  static override summary = 'Explain the score of a validator.';
  static override description =
    'Each term of the score with the facts behind it, the rank, what would move it, and one sentence for somebody who thinks of nominating it.';
  static override examples = [
    '<%= config.bin %> validators explain v04 --network devnet',
    "<%= config.bin %> validators explain v10 --network devnet --json | jq -r '.result.sentence'",
  ];
  static override args = {
    account: arg({ required: true, description: 'validator: address or key name' }),
  };
  static override flags = { ...methodFlags, ...validatorFlags, html: htmlFlag() };

  protected async report(): Promise<Report<'validators.explain/1'>> {
    const { args, flags } = await this.parse(ValidatorsExplain);
    const settings = await this.settings(flags);
    const chain = (await this.connect(settings)) as OpenChain;
    const { asNoValidatorName } = await import('../../lib/validators/explain.js');
    const [address = ''] = await this.accounts(settings, chain, [args.account], undefined).catch(
      asNoValidatorName,
    );
    const facts = await this.facts(settings, chain, flags, [address]);
    const { explain } = await import('../../lib/validators/explain.js');
    const { explainResult, explainView } = await import('../../lib/validators/explainView.js');
    const { provenanceOf } = await import('../../lib/validators/list.js');
    const { readPayoutHabit } = await import('../../lib/validators/history.js');
    const payouts = await readPayoutHabit(chain, facts, address);
    const explanation = explain(facts, await this.method(settings, flags), address, payouts);
    const result = explainResult(provenanceOf(facts), explanation);
    return { schema: 'validators.explain/1', result, view: explainView(result) };
  }
}
