/** Settings as a person reads them. */

import { showUrl } from '../lib/shown.js';
import type { View } from '../lib/view.js';
import type { ConfigChange } from './edit.js';
import { formatDuration } from './parse.js';
import type { Origin, Settings } from './types.js';

/** A setting as text, with its origin. */
export interface ShownSetting {
  readonly value: string | readonly string[] | null;
  readonly origin: Origin;
}

const NOWHERE: Origin = { kind: 'default', name: 'not set' };

/** `config show --json`: every setting by name, each with value and origin. */
export function settingsResult(settings: Settings): Readonly<Record<string, ShownSetting>> {
  const of = (key: string, value: ShownSetting['value'] | undefined): [string, ShownSetting] => [
    key,
    { value: value ?? null, origin: value === undefined ? NOWHERE : (settings.origins[key] ?? NOWHERE) },
  ];
  const number = (value: number | undefined) => (value === undefined ? undefined : String(value));
  return Object.fromEntries([
    of('network', settings.network),
    of('endpoints', settings.endpoints.map(showUrl)),
    of('relayEndpoints', settings.relayEndpoints.map(showUrl)),
    of('identityEndpoints', settings.identityEndpoints.map(showUrl)),
    of('genesisHash', settings.expect.genesisHash),
    of('specName', settings.expect.specName),
    of('token.symbol', settings.token.symbol),
    of('token.decimals', number(settings.token.decimals)),
    of('token.ss58Prefix', number(settings.token.ss58Prefix)),
    of('from', settings.from),
    of('proxyFor', settings.proxyFor),
    of('wait', settings.wait),
    of('agree', settings.agree),
    of('timeout', formatDuration(settings.timeoutMs)),
    of('mortality', formatDuration(settings.mortalityMs)),
    of('tip', settings.tip),
    of('metadataHash', settings.metadataHash),
    of('dryRun', String(settings.dryRun)),
    of('keysDir', settings.keysDir),
    of('dataDir', settings.dataDir),
    of('journalDir', settings.journalDir),
    of('cacheDir', settings.cacheDir),
    ...Object.entries(settings.validators).map(([key, value]) =>
      of(`validators.${key}`, typeof value === 'object' ? JSON.stringify(value) : String(value)),
    ),
    ...Object.entries(settings.passphrases).map(([key, source]): [string, ShownSetting] => [
      `passphrases.${key}`,
      {
        value:
          'file' in source
            ? `file ${source.file}`
            : 'env' in source
              ? `env ${source.env}`
              : `fd ${source.fd}`,
        origin: { kind: 'file', name: `passphrases.${key}` },
      },
    ]),
  ]);
}

const originText = ({ kind, name }: Origin): string => {
  if (kind === 'default') return name;
  return kind === 'flag' ? name : `${kind} ${name}`;
};

export function settingsView(settings: Settings): View {
  const rows = Object.entries(settingsResult(settings)).flatMap(([key, { value, origin }]) => {
    const lines =
      typeof value === 'string' || value === null ? [value ?? '–'] : value.length === 0 ? ['–'] : value;
    return lines.map((line, at) =>
      at === 0 ? { key, value: line, note: `(${originText(origin)})` } : { key: '', value: line },
    );
  });
  const { path, present } = settings.configFile;
  return {
    title: `Settings for ${settings.networkTitle}`,
    subtitle: `configuration file: ${path}${present ? '' : ' (does not exist)'}`,
    blocks: [
      { kind: 'keyValues', rows },
      ...settings.warnings.map((text) => ({ kind: 'note', tone: 'warn', text }) as const),
    ],
  };
}

export const checkResult = (settings: Settings) => ({
  path: settings.configFile.path,
  present: settings.configFile.present,
  network: settings.network,
  warnings: settings.warnings,
});

export function checkView(settings: Settings): View {
  const { path, present } = settings.configFile;
  return {
    blocks: [
      {
        kind: 'checks',
        rows: [
          present
            ? { ok: true, title: path, detail: `valid, for ${settings.networkTitle}` }
            : { ok: true, title: path, detail: `does not exist; defaults for ${settings.networkTitle}` },
          ...settings.warnings.map((title) => ({ ok: 'warn', title }) as const),
        ],
      },
    ],
  };
}

export function changeView({ path, key, before, after, changed }: ConfigChange): View {
  return {
    blocks: [
      changed
        ? {
            kind: 'keyValues',
            rows: [{ key, value: after ?? 'not set', note: before === null ? 'new' : `was ${before}` }],
          }
        : { kind: 'note', tone: 'muted', text: `${key} is ${after ?? 'not set'} already.` },
      { kind: 'paragraph', text: path },
    ],
  };
}
