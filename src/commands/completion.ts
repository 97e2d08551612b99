import { option } from '@oclif/core/args';
import { BaseCommand, type Report } from '../cli/base.js';

export default class Completion extends BaseCommand {
  static override summary = 'Print a completion script for bash, zsh or fish.';
  static override description =
    'Completes commands, flags and the values of flags that have few. The script is complete in itself: it starts no process while you type. Print it again after an upgrade.';
  static override examples = [
    'source <(<%= config.bin %> completion bash)',
    'source <(<%= config.bin %> completion zsh)',
    '<%= config.bin %> completion fish > ~/.config/fish/completions/<%= config.bin %>.fish',
  ];
  static override args = {
    shell: option({ options: ['bash', 'zsh', 'fish'] as const })({
      required: true,
      description: 'shell that the script is for',
    }),
  };

  protected async report(): Promise<Report<'completion/1'>> {
    const { args } = await this.parse(Completion);
    const { completionScript } = await import('../cli/completion.js');
    const { completionCommands, topicDescriptions } = await import('../cli/catalogue.js');
    const script = completionScript(
      args.shell,
      this.config.bin,
      completionCommands(this.config),
      topicDescriptions(this.config),
    );
    return {
      schema: 'completion/1',
      result: { shell: args.shell, script },
      view: { blocks: [{ kind: 'code', text: script }] },
      text: script,
    };
  }
}
