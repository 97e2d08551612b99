import { BaseCommand, type Report } from '../../cli/base.js';
import { chainFlags } from '../../cli/flags.js';
import { settingsOf } from '../../cli/settings.js';

export default class ConfigShow extends BaseCommand {
  static override summary = 'Show every setting and where it comes from.';
  static override description =
    'Flags win over environment variables, these over the configuration file, and the file over what bursar knows of the network. Nothing is read from a chain.';
  static override examples = [
    '<%= config.bin %> config show',
    '<%= config.bin %> config show --network westend --json',
  ];
  static override flags = chainFlags;

  protected async report(): Promise<Report<'config.show/1'>> {
    const { flags } = await this.parse(ConfigShow);
    const settings = await settingsOf(flags, this.config);
    const { settingsResult, settingsView } = await import('../../config/view.js');
    const result = settingsResult(settings);
    return { schema: 'config.show/1', result, view: settingsView(settings) };
  }
}
