import { BaseCommand, type Report } from '../../cli/base.js';
import { chainFlags } from '../../cli/flags.js';
import { settingsOf } from '../../cli/settings.js';

export default class ConfigCheck extends BaseCommand {
  static override summary = 'Check configuration file, environment and flags.';
  static override description =
    'Everything that is wrong is told at once, with exit code 2. Nothing is read from a chain: `bursar doctor` does that.';
  static override examples = [
    '<%= config.bin %> config check',
    '<%= config.bin %> config check --config ./candidate.json',
  ];
  static override flags = chainFlags;

  protected async report(): Promise<Report<'config.check/1'>> {
    const { flags } = await this.parse(ConfigCheck);
    const settings = await settingsOf(flags, this.config);
    const { checkResult, checkView } = await import('../../config/view.js');
    return { schema: 'config.check/1', result: checkResult(settings), view: checkView(settings) };
  }
}
