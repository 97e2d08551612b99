/** Where the configuration is, and what a path in it means. */

import { dirname, isAbsolute, join, resolve } from 'node:path';
import { usageError } from '../lib/errors.js';
import { quoteInput } from './quote.js';
import type { DirectoryKind, Origin, SettingsInput } from './types.js';

type Environment = Readonly<Record<string, string | undefined>>;

const BELOW_HOME: Readonly<Record<DirectoryKind, string>> = {
  config: '.config',
  data: '.local/share',
  cache: '.cache',
};

/**
 * The user's directory for one kind of file, by the XDG specification: `$BURSAR_CONFIG_DIR`, `$XDG_CONFIG_HOME`/bursar,
 * `$HOME`/.config/bursar, and likewise for data and cache; on Windows and macOS the places that are usual there.
 * @param name the program's own directory in those
 * @returns the path and the variable that it comes from
 * @throws usage USER_DIRECTORY (2) when that variable is missing, empty or relative: the working directory and the one
 *   for temporary files belong to whoever writes there, and the next run would look for its journal elsewhere
 */
export function userDirectory(
  kind: DirectoryKind,
  env: Environment,
  name = 'bursar',
  platform: NodeJS.Platform = process.platform,
): { readonly path: string; readonly variable: string } {
  const word = kind.toUpperCase();
  const own = named(`BURSAR_${word}_DIR`, env);
  if (own !== undefined) return own;
  const mac = platform === 'darwin' && kind === 'cache' ? 'Library/Caches' : undefined;
  const windows = platform === 'win32' ? 'LOCALAPPDATA' : undefined;
  const base =
    (mac === undefined ? named(`XDG_${word}_HOME`, env) : undefined) ??
    (windows === undefined ? undefined : named(windows, env));
  if (base !== undefined) return { ...base, path: join(base.path, name) };
  const home = homeOf(env, platform);
  return { ...home, path: join(home.path, mac ?? BELOW_HOME[kind], name) };
}

/** The home directory. @throws usage USER_DIRECTORY (2) */
function homeOf(env: Environment, platform: NodeJS.Platform) {
  const variable = platform === 'win32' && !env.HOME ? 'USERPROFILE' : 'HOME';
  const home = named(variable, env);
  if (home !== undefined) return home;
  throw usageError('USER_DIRECTORY', `${variable} is ${env[variable] === undefined ? 'not set' : 'empty'}.`, {
    hint: `Set ${variable} to the home directory of the user who runs bursar; configuration, keys and journal are below it.`,
  });
}

/** The absolute path that a variable holds; undefined when it is not set or empty. @throws usage USER_DIRECTORY (2) */
function named(variable: string, env: Environment) {
  const path = env[variable];
  return path === undefined || path === '' ? undefined : { path: absolute(path, variable), variable };
}

/** @throws usage USER_DIRECTORY (2) for a relative path */
function absolute(path: string, variable: string): string {
  if (isAbsolute(path) && !path.includes('\0')) return path;
  throw usageError('USER_DIRECTORY', `${variable} is ${quoteInput(path)}, not an absolute path.`, {
    hint: `Set ${variable} to a path that does not depend on the directory in which bursar is started.`,
  });
}

export interface ConfigPath {
  readonly path: string;
  /** The variable that leads to a default path. */
  readonly variable?: string;
  /** The user named it, so it must exist. */
  readonly required: boolean;
  readonly origin: Origin;
}

/**
 * The one configuration file: `--config`, `$BURSAR_CONFIG`, or `config.json` in the user's configuration directory.
 * The working directory is never searched: whoever can write there could redirect the money.
 * @throws usage USER_DIRECTORY (2) when the default cannot be known
 */
export function configPath({
  configFile,
  env,
  directory,
}: Pick<SettingsInput, 'configFile' | 'directory' | 'env'>): ConfigPath {
  if (configFile !== undefined && configFile !== '') {
    return { path: resolve(configFile), required: true, origin: { kind: 'flag', name: '--config' } };
  }
  if (configFile === '') {
    throw usageError('CONFIG_FILE', 'The path that --config names is empty.', {
      hint: 'Name a file, or leave --config out.',
    });
  }
  if (env.BURSAR_CONFIG !== undefined && env.BURSAR_CONFIG !== '') {
    return {
      path: resolve(env.BURSAR_CONFIG),
      required: true,
      origin: { kind: 'environment', name: 'BURSAR_CONFIG' },
    };
  }
  const { path, variable } = directory('config');
  return {
    path: join(path, 'config.json'),
    variable,
    required: false,
    origin: { kind: 'default', name: 'default' },
  };
}

/**
 * A path of the configuration file: `~/` is the home directory, and relative paths start where the file is.
 * @throws usage USER_DIRECTORY (2) when the home directory is needed and not known
 */
export function resolvePath(path: string, configFile: string, env: Environment): string {
  if (path === '~' || path.startsWith('~/')) return join(homeOf(env, process.platform).path, path.slice(1));
  return isAbsolute(path) ? path : resolve(dirname(configFile), path);
}
