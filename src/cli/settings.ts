/** From a command's flags to its settings. */

import type { Config } from '@oclif/core/config';
import type { MetadataHash, SettingFlags, Settings, WaitFor } from '../config/types.js';

/** The parsed values of the flags of flags.ts that are settings; a command has some of them. */
export interface FlagValues {
  readonly config?: string | undefined;
  readonly network?: string | undefined;
  readonly rpc?: readonly string[] | undefined;
  readonly timeout?: number | undefined;
  readonly agree?: 'require' | 'warn' | undefined;
  readonly from?: string | undefined;
  readonly 'proxy-for'?: string | undefined;
  readonly wait?: WaitFor | undefined;
  readonly mortality?: number | undefined;
  readonly tip?: string | undefined;
  readonly 'metadata-hash'?: MetadataHash | undefined;
  readonly 'dry-run'?: boolean | undefined;
}

/** Loads the settings of one command. @throws usage CONFIG_INVALID, CONFIG_FILE (2) */
export async function settingsOf(flags: FlagValues, config: Config): Promise<Settings> {
  const { loadSettings } = await import('../config/settings.js');
  const { userDirectory } = await import('../config/paths.js');
  return loadSettings({
    flags: settingFlags(flags),
    env: process.env,
    configFile: flags.config,
    directory: (kind) => userDirectory(kind, process.env, config.dirname),
  });
}

const settingFlags = (flags: FlagValues): SettingFlags => ({
  network: flags.network,
  rpc: flags.rpc,
  timeout: flags.timeout,
  agree: flags.agree,
  from: flags.from,
  proxyFor: flags['proxy-for'],
  wait: flags.wait,
  mortality: flags.mortality,
  tip: flags.tip,
  metadataHash: flags['metadata-hash'],
  dryRun: flags['dry-run'],
});
