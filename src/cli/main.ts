/**
 * The process: finds the command, runs it, and ends with its exit code once everything is written. Help and version
 * take the shortest way: nothing is imported here that they do not need.
 */

import type { Command } from '@oclif/core/command';
import { Config } from '@oclif/core/config';
import { getHelpFlagAdditions, normalizeArgv } from '@oclif/core/help';
import { settings } from '@oclif/core/settings';
import type { ExitCode } from '../lib/errors.js';
import { exitCodeOf, guard, refusalOf, wantsJson, write } from './output.js';

export interface Start {
  /** Arguments without node and script; default the process's. */
  readonly argv?: readonly string[];
  /** A command's module by its id, such as `stake:status`; oclif looks for its file if absent. */
  readonly load?: (id: string) => Promise<{ readonly default: Command.Class }>;
}

/** @param root directory of package.json */
export async function main(root: string, { argv = process.argv.slice(2), load }: Start = {}): Promise<never> {
  guard(process.stdout);
  guard(process.stderr);
  // oclif looks for TypeScript sources when NODE_ENV is test or development; only compiled commands are ever run.
  settings.enableAutoTranspile = false;
  const json = wantsJson(argv);
  let dying = false;
  const die = async (error: unknown) => {
    // A failure while one is told: there is nothing left to try.
    if (dying) process.exit(1);
    dying = true;
    const { printFailure } = await import('./printFailure.js');
    await end(await printFailure(error, '', json));
  };
  process.on('uncaughtException', die);
  process.on('unhandledRejection', die);
  try {
    await dispatch(root, argv, json, load);
  } catch (error) {
    await die(error);
  }
  return await end((process.exitCode as ExitCode | undefined) ?? 0);
}

/** Pipes take their data before the process ends; whatever else is open (a socket, a timer) does not delay it. */
async function end(code: ExitCode): Promise<never> {
  const streams = [process.stdout, process.stderr];
  await Promise.all(streams.map((stream) => write(stream, '')));
  if (refusalOf(process.stdout) !== undefined) {
    const { printRefusal } = await import('./printFailure.js');
    await printRefusal();
  }
  process.exit(exitCodeOf(code, streams));
}

async function dispatch(
  root: string,
  given: readonly string[],
  json: boolean,
  load: Start['load'],
): Promise<void> {
  const config = await Config.load({ root });
  const flagAt = given.findIndex((arg) => arg.startsWith('-'));
  // oclif would leave an empty word out, and run what the others name.
  if (given.slice(0, flagAt === -1 ? undefined : flagAt).includes('')) {
    const { emptyArgument } = await import('./failure.js');
    throw emptyArgument();
  }
  const argv = given[0] === 'help' ? [...given.slice(1), '--help'] : [...given];
  if (argv[0] === '--version' || argv[0] === '-v') {
    await write(process.stdout, `${config.userAgent}\n`);
    return;
  }
  const helpFlags = ['-h', ...getHelpFlagAdditions(config)];
  const end = argv.indexOf('--');
  const asked = (end === -1 ? argv : argv.slice(0, end)).some((arg) => helpFlags.includes(arg));
  const { id, command, rest } = resolve(config, argv);
  if (command === undefined && argv.includes('')) {
    const { emptyArgument } = await import('./failure.js');
    throw emptyArgument();
  }
  const words = id.split(':').filter((word) => word !== '' && !word.startsWith('-'));
  const isTopic = words.length === 0 || config.findTopic(id) !== undefined;
  if (command === undefined && !isTopic) {
    const { unknownCommand } = await import('./failure.js');
    throw unknownCommand(
      words,
      config.commandIDs.map((known) => known.replaceAll(':', ' ')),
    );
  }
  if (asked || (command === undefined && !json)) {
    const { default: Help } = await import('./help.js');
    await new Help(config, config.pjson.oclif.helpOptions ?? config.pjson.helpOptions).showHelp(
      argv.filter((arg) => arg !== '-h'),
    );
    return;
  }
  if (command === undefined) {
    const { usageError } = await import('../lib/errors.js');
    throw usageError('COMMAND_MISSING', 'No command was given.', {
      hint: `See \`bursar ${words.length === 0 ? '' : `${words.join(' ')} `}--help\`.`,
    });
  }
  await config.runCommand(
    id,
    rest,
    load === undefined ? command : { ...command, load: () => byId(id, load) },
  );
}

async function byId(id: string, load: NonNullable<Start['load']>): Promise<Command.Class> {
  const { default: command } = await load(id);
  command.id = id;
  return command;
}

/** The command that the arguments name. oclif takes every word up to the first flag for a part of its name. */
function resolve(config: Config, argv: readonly string[]) {
  const [id = '', ...rest] = normalizeArgv(config, [...argv]);
  const words = id.split(':');
  for (let length = words.length; length > 0; length -= 1) {
    const prefix = words.slice(0, length).join(':');
    const command = config.findCommand(prefix);
    if (command !== undefined) return { id: prefix, command, rest: [...words.slice(length), ...rest] };
  }
  return { id, command: undefined, rest };
}
