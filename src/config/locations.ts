/** Where a command finds keys, journal and cache. */

import { join } from 'node:path';
import type { environment } from './environment.js';
import { assertOwn } from './owner.js';
import type { ConfigFile } from './schema.js';
import type { Origin, Settings, SettingsInput } from './types.js';

/** A value that a setting could have, with the place where it was found. */
export type Candidate<T> = readonly [Origin['kind'], string, T | undefined];

interface Sources {
  readonly config: ConfigFile;
  /** A path of the configuration file as an absolute one. */
  readonly file: (path: string) => string;
  readonly environment: ReturnType<typeof environment>['values'];
  readonly directory: SettingsInput['directory'];
  /** The first value that there is; notes its origin. */
  readonly pick: <T>(setting: string, candidates: readonly Candidate<T>[]) => T | undefined;
}

type Place = 'keysDir' | 'dataDir' | 'journalDir' | 'cacheDir';

/**
 * The user's own directories are asked for only where nothing else names a place.
 * @throws usage USER_DIRECTORY (2) when one of them is needed and not known, FOREIGN_OWNER (2)
 */
export function locations(sources: Sources): Pick<Settings, Place> {
  const { config, file, environment, directory, pick } = sources;
  const place = (key: Place, variable: string, what: string, fallback: () => Fallback): string => {
    const given = config[key];
    const chosen = pick(key, [
      ['environment', variable, environment[key]],
      ['file', key, given === undefined ? undefined : file(given)],
    ]);
    const last = chosen === undefined ? fallback() : undefined;
    const path = chosen ?? pick(key, [['default', 'default', last?.path]])!;
    const source = environment[key] !== undefined ? variable : given !== undefined ? key : last!.variable;
    assertOwn(path, what, source);
    return path;
  };
  const below = (path: string, name: string, variable: string): Fallback => ({
    path: join(path, name),
    variable,
  });
  const keysDir = place('keysDir', 'BURSAR_KEYS_DIR', 'keys directory', () => {
    const { path, variable } = directory('config');
    return below(path, 'keys', variable);
  });
  const dataDir = place('dataDir', 'BURSAR_DATA_DIR', 'data directory', () => directory('data'));
  return {
    keysDir,
    dataDir,
    journalDir: place('journalDir', 'BURSAR_JOURNAL_DIR', 'journal', () =>
      below(dataDir, 'journal', 'dataDir'),
    ),
    cacheDir: place('cacheDir', 'BURSAR_CACHE_DIR', 'cache', () => directory('cache')),
  };
}

interface Fallback {
  readonly path: string;
  readonly variable: string;
}
