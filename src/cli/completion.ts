/** Shell completion: a script made from the list of commands, so that completing starts no process. */

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** A flag as completion needs it. */
export interface CompletionFlag {
  readonly name: string;
  readonly char?: string;
  readonly description: string;
  readonly takesValue: boolean;
  /** The values that it can have, if they are few. */
  readonly options?: readonly string[];
}

export interface CompletionCommand {
  /** `stake status` */
  readonly name: string;
  readonly description: string;
  readonly flags: readonly CompletionFlag[];
}

/** A place in the command line and what can follow there. */
interface Place {
  readonly words: string;
  readonly next: readonly { readonly word: string; readonly description: string }[];
}

/** @param topics descriptions of the first words that are no commands themselves */
export function completionScript(
  shell: Shell,
  bin: string,
  commands: readonly CompletionCommand[],
  topics: Readonly<Record<string, string>>,
): string {
  const writers = { bash, zsh, fish } as const;
  return writers[shell](bin, commands, places(commands, topics));
}

/** Every proper beginning of a command's name, with the words that continue it. */
function places(commands: readonly CompletionCommand[], topics: Readonly<Record<string, string>>): Place[] {
  const found = new Map<string, Map<string, string>>();
  for (const { name, description } of commands) {
    const words = name.split(' ');
    words.forEach((word, at) => {
      const before = words.slice(0, at).join(' ');
      const here = words.slice(0, at + 1).join(' ');
      const next = found.get(before) ?? new Map<string, string>();
      if (here === name || !next.has(word))
        next.set(word, here === name ? description : (topics[here] ?? ''));
      found.set(before, next);
    });
  }
  return [...found].map(([words, next]) => ({
    words,
    next: [...next].map(([word, description]) => ({ word, description })),
  }));
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const flagWords = (command: CompletionCommand): string[] => command.flags.map(({ name }) => `--${name}`);

/** Flags with few values, once each, whichever command they belong to. */
function valued(commands: readonly CompletionCommand[]): Map<string, readonly string[]> {
  const options = new Map<string, readonly string[]>();
  for (const { flags } of commands) {
    for (const flag of flags) if (flag.options !== undefined) options.set(`--${flag.name}`, flag.options);
  }
  return options;
}

function bash(bin: string, commands: readonly CompletionCommand[], at: readonly Place[]): string {
  return `_${bin}() {
  local typed= words= i word
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    [[ $word == -* ]] && break
    typed+="\${typed:+ }$word"
  done
  case \${COMP_WORDS[COMP_CWORD - 1]} in
${[...valued(commands)].map(([flag, options]) => `    ${flag}) COMPREPLY=($(compgen -W ${quoted(options.join(' '))} -- "\${COMP_WORDS[COMP_CWORD]}")); return ;;`).join('\n')}
  esac
  case $typed in
${commands.map((command) => `    ${quoted(command.name)} | ${quoted(`${command.name} `)}*) words=${quoted(flagWords(command).join(' '))} ;;`).join('\n')}
${at.map(({ words, next }) => `    ${quoted(words)}) words=${quoted(next.map(({ word }) => word).join(' '))} ;;`).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _${bin} ${bin}
`;
}

function zsh(bin: string, commands: readonly CompletionCommand[], at: readonly Place[]): string {
  const item = (word: string, description: string) => quoted(`${word.replaceAll(':', '\\:')}:${description}`);
  const flags = ({ flags }: CompletionCommand) =>
    flags.map(({ name, description }) => item(`--${name}`, description)).join(' ');
  return `#compdef ${bin}
_${bin}() {
  local typed= i
  local -a items
  for ((i = 2; i < CURRENT; i++)); do
    [[ $words[i] == -* ]] && break
    typed+="\${typed:+ }$words[i]"
  done
  case $words[CURRENT-1] in
${[...valued(commands)].map(([flag, options]) => `    (${flag}) compadd -- ${options.map(quoted).join(' ')}; return ;;`).join('\n')}
  esac
  case $typed in
${commands.map((command) => `    (${quoted(command.name)}|${quoted(`${command.name} `)}*) items=(${flags(command)}) ;;`).join('\n')}
${at.map(({ words, next }) => `    (${quoted(words)}) items=(${next.map(({ word, description }) => item(word, description)).join(' ')}) ;;`).join('\n')}
  esac
  _describe ${bin} items || _files
}
if [[ $funcstack[1] == _${bin} ]]; then _${bin} "$@"; else compdef _${bin} ${bin}; fi
`;
}

function fish(bin: string, commands: readonly CompletionCommand[], at: readonly Place[]): string {
  const escaped = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const when = (test: string, words: string) => `-n ${escaped(`__${bin}_${test} "${words}"`)}`;
  const flag = (
    command: CompletionCommand,
    { name, char, description, takesValue, options }: CompletionFlag,
  ) =>
    [
      `complete -c ${bin}`,
      when('in', command.name),
      `-l ${name}`,
      ...(char === undefined ? [] : [`-s ${char}`]),
      ...(options !== undefined ? [`-x -a ${escaped(options.join(' '))}`] : takesValue ? ['-r'] : []),
      `-d ${escaped(description)}`,
    ].join(' ');
  return `function __${bin}_typed
  set -l words (commandline -opc)
  set -l typed
  for word in $words[2..-1]
    string match -q -- '-*' $word; and break
    set -a typed $word
  end
  echo "$typed"
end
function __${bin}_at
  test (__${bin}_typed) = "$argv[1]"
end
function __${bin}_in
  string match -q -- "$argv[1] *" (__${bin}_typed)" "
end
${at.flatMap(({ words, next }) => next.map(({ word, description }) => `complete -c ${bin} -f ${when('at', words)} -a ${word} -d ${escaped(description)}`)).join('\n')}
${commands.flatMap((command) => command.flags.map((one) => flag(command, one))).join('\n')}
`;
}
