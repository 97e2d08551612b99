/** The commands as oclif's manifest lists them, as completion needs them. */

import type { Config } from '@oclif/core/config';
import { networks } from '../config/networks/index.js';
import type { CompletionCommand, CompletionFlag } from './completion.js';

type Loadable = Config['commands'][number];

export function completionCommands(config: Config): CompletionCommand[] {
  return config.commands
    .filter(({ hidden }) => hidden !== true)
    .map((command) => ({
      name: command.id.replaceAll(':', ' '),
      description: firstLine(command.summary ?? command.description),
      flags: Object.values(command.flags)
        .filter(({ hidden }) => hidden !== true)
        .map(toFlag),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

export const topicDescriptions = (config: Config): Record<string, string> =>
  Object.fromEntries(
    config.topics.map(({ name, description }) => [name.replaceAll(':', ' '), firstLine(description)]),
  );

function toFlag(flag: Loadable['flags'][string]): CompletionFlag {
  const takesValue = flag.type === 'option';
  const options =
    flag.name === 'network' ? networks.map(({ name }) => name) : takesValue ? flag.options : undefined;
  return {
    name: flag.name,
    ...(flag.char === undefined ? {} : { char: flag.char }),
    description: firstLine(flag.summary ?? flag.description),
    takesValue,
    ...(options === undefined ? {} : { options }),
  };
}

const firstLine = (text: string | undefined): string => (text ?? '').split('\n')[0]!;
