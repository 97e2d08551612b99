/** What the settings of a command are made of. */

import type { PassphraseSource, ValidatorsConfig } from './schema.js';

export type { PassphraseSource, ValidatorsConfig } from './schema.js';

export type WaitFor = 'broadcast' | 'best' | 'finalized';

/** Whether signatures commit to the metadata; `off` is for the flag alone. */
export type MetadataHash = 'auto' | 'require' | 'off';

/** Where a value came from: `flag --rpc`, `environment BURSAR_RPC`, `file networks.polkadot.endpoints`… */
export interface Origin {
  readonly kind: 'flag' | 'environment' | 'file' | 'network' | 'default';
  readonly name: string;
}

/** The values of flags, already parsed (durations in milliseconds); undefined: not given. */
export interface SettingFlags {
  readonly network?: string | undefined;
  readonly rpc?: readonly string[] | undefined;
  readonly timeout?: number | undefined;
  readonly agree?: 'require' | 'warn' | undefined;
  readonly from?: string | undefined;
  readonly proxyFor?: string | undefined;
  readonly wait?: WaitFor | undefined;
  readonly mortality?: number | undefined;
  readonly tip?: string | undefined;
  readonly metadataHash?: MetadataHash | undefined;
  readonly dryRun?: boolean | undefined;
}

/** What bursar keeps apart: settings and keys, the journal, what can be fetched again. */
export type DirectoryKind = 'config' | 'data' | 'cache';

export interface SettingsInput {
  readonly flags: SettingFlags;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `--config`. */
  readonly configFile?: string | undefined;
  /**
   * The user's directory for `config.json` and keys, for the journal, and for what can be fetched again; asked for only
   * when nothing else names one. It may throw (see `userDirectory`).
   */
  readonly directory: (kind: DirectoryKind) => { readonly path: string; readonly variable: string };
}

export interface Settings {
  readonly network: string;
  readonly networkTitle: string;
  readonly endpoints: readonly string[];
  readonly relayEndpoints: readonly string[];
  /** Of the chain that has the identities, where the chain itself has none. */
  readonly identityEndpoints: readonly string[];
  /** What the chain must be; empty only for an endpoint that was named without a network. */
  readonly expect: { readonly genesisHash?: string; readonly specName?: string };
  /** How amounts and addresses are written; what is absent is read from the chain. */
  readonly token: { readonly symbol?: string; readonly decimals?: number; readonly ss58Prefix?: number };
  /** Milliseconds of an era, for estimates; absent where the chain itself can tell. */
  readonly eraMs?: number;
  readonly from?: string;
  readonly proxyFor?: string;
  readonly wait: WaitFor;
  readonly timeoutMs: number;
  /** When no second endpoint can confirm the reference block. Absent: sending commands stop, others do not compare. */
  readonly agree?: 'require' | 'warn';
  /** How long a signed extrinsic stays valid, in milliseconds: block times differ between chains and over the years. */
  readonly mortalityMs: number;
  /** An amount with its unit. */
  readonly tip?: string;
  readonly metadataHash: MetadataHash;
  readonly dryRun: boolean;
  readonly keysDir: string;
  readonly dataDir: string;
  readonly journalDir: string;
  readonly cacheDir: string;
  /** Scores and selections of validators; the operators' file as an absolute path. */
  readonly validators: ValidatorsConfig;
  /** Where the passphrase of a key is, by key name. Never the passphrase. */
  readonly passphrases: Readonly<Record<string, PassphraseSource>>;
  readonly configFile: { readonly path: string; readonly present: boolean };
  readonly warnings: readonly string[];
  readonly origins: Readonly<Record<string, Origin>>;
}
