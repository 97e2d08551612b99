/**
 * Settings: what a command works with, and where each value came from.
 * Precedence: flag > environment > configuration file > the network's own file > default.
 */

import { BursarError, usageError } from '../lib/errors.js';
import { environment } from './environment.js';
import { readConfigFile } from './file.js';
import { type Candidate, locations } from './locations.js';
import { type Network, networkNamed, networks } from './networks/index.js';
import { assertOwn } from './owner.js';
import { parseDuration, parseEndpoint, parseHash, quoteUrl } from './parse.js';
import { configPath, resolvePath } from './paths.js';
import { quoteInput } from './quote.js';
import type { ConfigFile, NetworkConfig } from './schema.js';
import { closest } from './suggest.js';
import type { MetadataHash, Origin, Settings, SettingsInput, WaitFor } from './types.js';

export type { Origin, PassphraseSource, SettingFlags, Settings, SettingsInput, WaitFor } from './types.js';

/** Time for a whole command to reach its endpoint and read: what an operator's cron job can wait. */
const TIMEOUT_MS = 30_000;
/** Long enough for a slow chain to include an extrinsic, short enough that an unresolved one is settled by lunch. */
const MORTALITY_MS = 10 * 60_000;

/**
 * Loads the settings of one command.
 * @throws usage CONFIG_INVALID (2) with everything that is wrong in file, environment and flags, in `details.problems`
 * @throws usage CONFIG_FILE (2) when the file cannot be read, USER_DIRECTORY and FOREIGN_OWNER (2) when a place that
 *   steers money is not known or belongs to another user
 */
export function loadSettings(input: SettingsInput): Settings {
  const problems: string[] = [];
  const warnings: string[] = [];
  const origins: Record<string, Origin> = {};
  const pick = <T>(setting: string, candidates: readonly Candidate<T>[]): T | undefined => {
    const found = candidates.find(([, , value]) => value !== undefined);
    if (found !== undefined) origins[setting] = { kind: found[0], name: found[1] };
    return found?.[2];
  };
  const tell = (where: string, parse: () => void) => {
    try {
      parse();
    } catch (error) {
      if (!(error instanceof BursarError)) throw error;
      problems.push(`${where}: ${error.message}`);
    }
  };

  const located = configPath(input);
  assertOwn(located.path, 'configuration', located.variable ?? located.origin.name);
  const file = readConfigFile(located.path, located.required);
  origins.configFile = located.origin;
  problems.push(...file.problems);
  warnings.push(...file.warnings);
  const env = environment(input.env);
  problems.push(...env.problems);
  warnings.push(...env.warnings);
  const { flags } = input;
  const config = file.content;

  const chosen = pick('network', [
    ['flag', '--network', flags.network],
    ['environment', 'BURSAR_NETWORK', env.values.network],
    ['file', 'network', config.network],
  ]);
  const namedEndpoints = flags.rpc !== undefined || env.values.rpc !== undefined;
  // An endpoint named without a network is taken as it is: expecting Polkadot behind it would refuse every other chain.
  const network = chosen ?? (namedEndpoints ? 'unnamed' : 'polkadot');
  origins.network ??= { kind: 'default', name: namedEndpoints ? 'the endpoint alone' : 'default' };
  const known = networkNamed(network);
  const own: NetworkConfig = networkConfig(config, network);
  if (chosen !== undefined && !isNetwork(network, config))
    problems.push(unknownNetwork(network, origins.network.name, config));
  const setting = `networks.${network}`;
  problems.push(...fixedOverridden(setting, own, known));

  const endpoints = pick<readonly string[]>('endpoints', [
    ['flag', '--rpc', flags.rpc],
    ['environment', 'BURSAR_RPC', env.values.rpc],
    ['file', `${setting}.endpoints`, own.endpoints],
    ['network', network, known?.endpoints],
  ]);
  if (endpoints === undefined && problems.length === 0) {
    problems.push(`${setting}: the network has no endpoint; give --rpc or set ${setting}.endpoints`);
  }
  for (const endpoint of endpoints ?? []) {
    tell(`${origins.endpoints!.name}`, () => {
      const { warning } = parseEndpoint(endpoint);
      if (warning !== undefined) warnings.push(warning);
    });
  }
  const genesisHash = pick('genesisHash', [
    ['file', `${setting}.genesisHash`, own.genesisHash],
    ['network', network, known?.genesisHash],
  ]);
  if (genesisHash === undefined && endpoints !== undefined) {
    warnings.push(
      `The identity of the chain is not checked: no genesis hash is known for ${quoteUrl(endpoints[0] ?? '')}. ` +
        'Name the network with --network, or set its genesisHash in the configuration.',
    );
  }
  const specName = pick('specName', [
    ['file', `${setting}.specName`, own.specName],
    ['network', network, known?.specNames.length === 1 ? known.specNames[0] : undefined],
  ]);
  const token = {
    ...optional('symbol', pick('token.symbol', tokenCandidates('symbol', setting, own, known))),
    ...optional('decimals', pick('token.decimals', tokenCandidates('decimals', setting, own, known))),
    ...optional('ss58Prefix', pick('token.ss58Prefix', tokenCandidates('ss58Prefix', setting, own, known))),
  };
  const relayEndpoints = pick<readonly string[]>('relayEndpoints', [
    ['file', `${setting}.relayEndpoints`, own.relayEndpoints],
    ['network', network, known?.relayEndpoints],
  ]);
  const identityEndpoints = pick<readonly string[]>('identityEndpoints', [
    ['file', `${setting}.identityEndpoints`, own.identityEndpoints],
  ]);

  const account = (key: 'from' | 'proxyFor', flag: string, variable: string) =>
    pick(key, [
      ['flag', flag, flags[key]],
      ['environment', variable, env.values[key]],
      ['file', `${setting}.${key}`, own[key]],
      ['file', key, config[key]],
    ]);
  const from = account('from', '--from', 'BURSAR_FROM');
  const proxyFor = account('proxyFor', '--proxy-for', 'BURSAR_PROXY_FOR');
  const wait = pick<WaitFor>('wait', [
    ['flag', '--wait', flags.wait],
    ['environment', 'BURSAR_WAIT', env.values.wait],
    ['file', 'wait', config.wait],
    ['default', 'default', 'finalized'],
  ])!;
  const timeoutMs = pick('timeout', [
    ['flag', '--timeout', flags.timeout],
    ['environment', 'BURSAR_TIMEOUT', env.values.timeout],
    ['file', 'timeout', milliseconds(config.timeout)],
    ['default', 'default', TIMEOUT_MS],
  ])!;
  const agree = pick<'require' | 'warn'>('agree', [
    ['flag', '--agree', flags.agree],
    ['environment', 'BURSAR_AGREE', env.values.agree],
    ['file', 'agree', config.agree],
  ]);
  if (agree === 'require' && endpoints !== undefined && new Set(endpoints).size < 2)
    problems.push(`${origins.agree!.name}: require needs a second endpoint; give --rpc twice`);
  const mortalityMs = pick('mortality', [
    ['flag', '--mortality', flags.mortality],
    ['environment', 'BURSAR_MORTALITY', env.values.mortality],
    ['file', 'mortality', milliseconds(config.mortality)],
    ['default', 'default', MORTALITY_MS],
  ])!;
  const tip = pick('tip', [
    ['flag', '--tip', flags.tip],
    ['environment', 'BURSAR_TIP', env.values.tip],
    ['file', 'tip', config.tip],
  ]);
  const metadataHash = pick<MetadataHash>('metadataHash', [
    ['flag', '--metadata-hash', flags.metadataHash],
    ['environment', 'BURSAR_METADATA_HASH', env.values.metadataHash],
    ['file', `${setting}.metadataHash`, own.metadataHash],
    ['file', 'metadataHash', config.metadataHash],
    ['network', network, known?.metadataHash],
    ['default', 'default', 'auto'],
  ])!;
  const dryRun = pick('dryRun', [
    ['flag', flags.dryRun === false ? '--no-dry-run' : '--dry-run', flags.dryRun],
    ['environment', 'BURSAR_DRY_RUN', env.values.dryRun],
    ['file', 'dryRun', config.dryRun],
    ['default', 'default', false],
  ])!;

  const { operatorsFile, ...validators } = config.validators ?? {};
  for (const key of Object.keys(config.validators ?? {}))
    origins[`validators.${key}`] = { kind: 'file', name: `validators.${key}` };
  if (problems.length > 0) throw invalid(problems);
  const fromFile = (path: string) => resolvePath(path, file.path, input.env);
  const places = locations({
    config,
    file: fromFile,
    environment: env.values,
    directory: input.directory,
    pick,
  });
  return {
    network,
    networkTitle:
      own.title ?? known?.title ?? (network === 'unnamed' ? 'the chain behind the endpoint' : network),
    endpoints: endpoints!,
    relayEndpoints: relayEndpoints ?? [],
    identityEndpoints: identityEndpoints ?? [],
    expect: {
      ...optional('genesisHash', genesisHash === undefined ? undefined : parseHash(genesisHash)),
      ...optional('specName', specName),
    },
    token,
    ...optional('eraMs', known?.eraMs),
    ...optional('from', from),
    ...optional('proxyFor', proxyFor),
    wait,
    timeoutMs,
    ...optional('agree', agree),
    mortalityMs,
    ...optional('tip', tip),
    metadataHash,
    dryRun,
    ...places,
    validators: {
      ...validators,
      ...optional('operatorsFile', operatorsFile === undefined ? undefined : fromFile(operatorsFile)),
    },
    passphrases: Object.fromEntries(
      Object.entries(config.passphrases ?? {}).map(([key, source]) => [
        key,
        'file' in source ? { file: fromFile(source.file) } : source,
      ]),
    ),
    configFile: { path: file.path, present: file.present },
    warnings,
    origins,
  };
}

/** One error for everything that is wrong. */
export function invalid(problems: readonly string[]): BursarError {
  const only = problems.length === 1;
  return usageError(
    'CONFIG_INVALID',
    only
      ? `The configuration is wrong: ${problems[0]}`
      : `The configuration has ${problems.length} errors:\n${problems.map((line) => `  - ${line}`).join('\n')}`,
    {
      hint: '`bursar config show` prints every value with its origin; `bursar config check` checks a change.',
      details: { problems },
    },
  );
}

const optional = <K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } =>
  (value === undefined ? {} : { [key]: value }) as { [P in K]?: T };

/** What is known of a public network cannot be redefined: with other decimals, amounts would be wrong by powers of ten. */
function fixedOverridden(setting: string, own: NetworkConfig, known: Network | undefined): string[] {
  if (known === undefined) return [];
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['genesisHash', own.genesisHash?.toLowerCase(), known.genesisHash],
    ['token.symbol', own.token?.symbol, known.symbol],
    ['token.decimals', own.token?.decimals, known.decimals],
    ['token.ss58Prefix', own.token?.ss58Prefix, known.ss58Prefix],
  ];
  return pairs
    .filter(([, given, fixed]) => given !== undefined && fixed !== undefined && given !== fixed)
    .map(
      ([key, , fixed]) =>
        `${setting}.${key}: this is ${fixed} on ${known.title}; define another network under another name`,
    );
}

const milliseconds = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : parseDuration(text);

const networkConfig = (config: ConfigFile, network: string): NetworkConfig =>
  Object.hasOwn(config.networks ?? {}, network) ? config.networks![network]! : {};

function tokenCandidates<K extends 'symbol' | 'decimals' | 'ss58Prefix'>(
  key: K,
  setting: string,
  own: NetworkConfig,
  known: Network | undefined,
): readonly Candidate<NonNullable<Network[K]>>[] {
  return [
    ['file', `${setting}.token.${key}`, own.token?.[key] as NonNullable<Network[K]> | undefined],
    ['network', known?.name ?? '', known?.[key] as NonNullable<Network[K]> | undefined],
  ];
}

const isNetwork = (name: string, config: ConfigFile): boolean =>
  networkNamed(name) !== undefined || Object.hasOwn(config.networks ?? {}, name);

/** What every load would refuse in the file, besides its form. */
export function contentProblems(config: ConfigFile): string[] {
  const { network, networks: defined = {} } = config;
  return [
    ...(network === undefined || isNetwork(network, config)
      ? []
      : [unknownNetwork(network, 'network', config)]),
    ...Object.entries(defined).flatMap(([name, own]) =>
      fixedOverridden(`networks.${name}`, own, networkNamed(name)),
    ),
  ];
}

function unknownNetwork(network: string, where: string, config: ConfigFile): string {
  const names = [...networks.map(({ name }) => name), ...Object.keys(config.networks ?? {})];
  const meant = closest(network, names);
  const advice = meant === undefined ? '.' : `: did you mean ${meant}?`;
  return `${where}: there is no network ${quoteInput(network)}${advice} Known: ${[...new Set(names)].join(', ')}. Others are defined in the configuration under networks.`;
}
