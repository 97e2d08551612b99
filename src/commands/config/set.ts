import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { BaseCommand, type Report } from '../../cli/base.js';

export default class ConfigSet extends BaseCommand {
  static override summary = 'Change a value of the configuration file.';
  static override description =
    'KEY is a path such as network or networks.polkadot.endpoints; VALUE is text, a number, true, false, a comma-separated list where a list belongs, or JSON. The file is written only if the whole of it is valid afterwards. Secrets are refused: a passphrase stays in its own file, and passphrases.KEY.file names it.';
  static override examples = [
    '<%= config.bin %> config set network westend',
    '<%= config.bin %> config set networks.polkadot.endpoints wss://a.example,wss://b.example',
    '<%= config.bin %> config set passphrases.operator.file ~/secrets/operator',
    '<%= config.bin %> config set timeout --unset',
  ];
  static override args = {
    key: string({ required: true, description: 'path of the value, such as network or timeout' }),
    value: string({ description: 'new value' }),
  };
  static override flags = { unset: boolean({ description: 'remove the value instead' }) };

  protected async report(): Promise<Report<'config.set/1'>> {
    const { args, flags } = await this.parse(ConfigSet);
    const { configPath, userDirectory } = await import('../../config/paths.js');
    const { assertOwn } = await import('../../config/owner.js');
    const { setValue } = await import('../../config/edit.js');
    const { changeView } = await import('../../config/view.js');
    const located = configPath({
      configFile: flags.config,
      directory: (kind) => userDirectory(kind, process.env, this.config.dirname),
      env: process.env,
    });
    const { path, origin, variable } = located;
    assertOwn(path, 'configuration', variable ?? origin.name);
    const change = await setValue(path, args.key, args.value, flags.unset === true);
    return { schema: 'config.set/1', result: change, view: changeView(change) };
  }
}
