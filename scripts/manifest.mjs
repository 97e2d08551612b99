// oclif.manifest.json: what oclif knows of the commands without loading them. Made by oclif itself from the built
// commands; the same commands give the same bytes.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { Plugin, settings } from '@oclif/core';
import { root } from './stamp.mjs';

export async function manifestText() {
  // oclif looks for TypeScript sources when NODE_ENV is test or development.
  settings.enableAutoTranspile = false;
  const plugin = new Plugin({ root, type: 'core', ignoreManifest: true, errorOnManifestCreate: true });
  await plugin.load();
  const { commands, version } = plugin.manifest;
  const sorted = Object.fromEntries(Object.entries(commands).sort(([a], [b]) => (a < b ? -1 : 1)));
  return `${JSON.stringify({ version, commands: sorted }, null, 2)}\n`;
}

/** The part of it that scripts rely on: commands, arguments, flags and exit codes, without their descriptions. */
export async function commandsText() {
  const { commands } = JSON.parse(await manifestText());
  const snapshot = Object.values(commands).map(({ id, aliases, args, flags, exitCodes }) => ({
    command: id.replaceAll(':', ' '),
    ...(aliases.length === 0 ? {} : { aliases }),
    arguments: Object.values(args).map(
      ({ name, required, multiple }) => `${name}${required ? ' required' : ''}${multiple ? ' multiple' : ''}`,
    ),
    flags: Object.fromEntries(
      Object.values(flags)
        .map((flag) => [flagName(flag), flagText(flag)])
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
    exitCodes,
  }));
  return `${JSON.stringify(snapshot, null, 2)}\n`;
}

const flagName = ({ name, char, aliases = [] }) =>
  [`--${name}`, ...aliases.map((alias) => `--${alias}`), ...(char ? [`-${char}`] : [])].join(' ');

function flagText({ type, allowNo, required, multiple, options, default: initial, exclusive }) {
  return [
    type === 'boolean' ? `switch${allowNo ? ' or --no' : ''}` : (options?.join('|') ?? 'value'),
    ...(required ? ['required'] : []),
    ...(multiple ? ['multiple'] : []),
    ...(initial === undefined || initial === false ? [] : [`default ${initial}`]),
    ...(exclusive?.length ? [`not with ${exclusive.map((name) => `--${name}`).join(' ')}`] : []),
  ].join(', ');
}

export function writeIfChanged(path, text) {
  if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text);
}
