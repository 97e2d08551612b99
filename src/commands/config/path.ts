import { BaseCommand, type Report } from '../../cli/base.js';

export default class ConfigPath extends BaseCommand {
  static override summary = 'Print the path of the configuration file.';
  static override description =
    'The file of --config, of BURSAR_CONFIG, or config.json in the user’s configuration directory. It need not exist; the working directory is never searched.';
  static override examples = ['<%= config.bin %> config path', 'cat "$(<%= config.bin %> config path)"'];

  protected async report(): Promise<Report<'config.path/1'>> {
    const { flags } = await this.parse(ConfigPath);
    const { configPath, userDirectory } = await import('../../config/paths.js');
    const { existsSync } = await import('node:fs');
    const { path, origin } = configPath({
      configFile: flags.config,
      directory: (kind) => userDirectory(kind, process.env, this.config.dirname),
      env: process.env,
    });
    return {
      schema: 'config.path/1',
      result: { path, present: existsSync(path), origin },
      view: { blocks: [{ kind: 'paragraph', text: path }] },
    };
  }
}
