import { string } from '@oclif/core/flags';
import type { Report } from '../../cli/base.js';
import { htmlFlag } from '../../cli/flags.js';
import { methodFlags, ValidatorsCommand, validatorFlags } from '../../cli/validatorsCommand.js';
import type { OpenChain } from '../../lib/chain/connect.js';

export default class ValidatorsScore extends ValidatorsCommand {
  static override summary = 'Score all validators.';
  static override description =
    'The score of the white paper of Parallel Finance, or another formula, from facts of one finalized block: the same facts give the same scores. --save writes facts, method and scores into a file that anybody can check with `validators verify`.';
  static override examples = [
    '<%= config.bin %> validators score --network devnet',
    '<%= config.bin %> validators score --formula weighted --save score.json',
  ];
  static override flags = {
    save: string({ helpValue: 'FILE', description: 'write the snapshot that `validators verify` checks' }),
    ...methodFlags,
    ...validatorFlags,
    html: htmlFlag(),
  };

  protected async report(): Promise<Report<'validators.score/1'>> {
    const { flags } = await this.parse(ValidatorsScore);
    const settings = await this.settings(flags);
    const chain = (await this.connect(settings)) as OpenChain;
    const facts = await this.facts(settings, chain, flags);
    const { rank } = await import('../../lib/validators/ranking.js');
    const { scoreResult } = await import('../../lib/validators/list.js');
    const { makeSnapshot } = await import('../../lib/validators/snapshot.js');
    const { validatorScoreView } = await import('../../lib/validators/view.js');
    const method = await this.method(settings, flags);
    const ranking = rank(facts, method);
    const saved = await this.save(flags.save, () =>
      makeSnapshot(this.config.version, facts, method, ranking, null),
    );
    const result = scoreResult(facts, method, ranking, saved);
    return { schema: 'validators.score/1', result, view: validatorScoreView(result) };
  }
}
