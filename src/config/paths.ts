/** Where the configuration is, and what a path in it means. */

import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { Origin, SettingsInput } from './types.js';

export interface ConfigPath {
  readonly path: string;
  /** The user named it, so it must exist. */
  readonly required: boolean;
  readonly origin: Origin;
}

/**
 * The one configuration file: `--config`, `$BURSAR_CONFIG`, or `config.json` in the user's configuration directory.
 * The working directory is never searched: whoever can write there could redirect the money.
 */
export function configPath(input: Pick<SettingsInput, 'configFile' | 'configDir' | 'env'>): ConfigPath {
  const { configFile, configDir, env } = input;
  if (configFile !== undefined) {
    return { path: resolve(configFile), required: true, origin: { kind: 'flag', name: '--config' } };
  }
  if (env.BURSAR_CONFIG !== undefined && env.BURSAR_CONFIG !== '') {
    return {
      path: resolve(env.BURSAR_CONFIG),
      required: true,
      origin: { kind: 'environment', name: 'BURSAR_CONFIG' },
    };
  }
  return {
    path: join(configDir, 'config.json'),
    required: false,
    origin: { kind: 'default', name: 'default' },
  };
}

/** A path of the configuration file: `~/` is the home directory, and relative paths start where the file is. */
export function resolvePath(path: string, configFile: string, home: string | undefined): string {
  if (home !== undefined && (path === '~' || path.startsWith('~/'))) return join(home, path.slice(1));
  return isAbsolute(path) ? path : resolve(dirname(configFile), path);
}
