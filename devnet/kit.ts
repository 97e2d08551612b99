/**
 * What an operator needs to use the development chain: a configuration and key files of the named accounts. The keys
 * are public (they derive from the development phrase) and their passphrase is the word in the file beside them.
 */

import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findKey, saveKey } from '../src/lib/keys/keystore.js';
import { pairFromSecret, wipe } from '../src/lib/keys/pairs.js';
import { DEV_PHRASE, type NamedAccount } from './accounts.js';

/** The passphrase of every key in the kit: no secret, the keys are not either. */
export const KIT_PASSPHRASE = 'devnet';

/** The cheapest encryption that wallets accept: these keys protect nothing. */
const CHEAP = { N: 2 ** 15, r: 8, p: 1 };

export interface Kit {
  /** To be named with --config or BURSAR_CONFIG. */
  readonly configFile: string;
  readonly keysDir: string;
  /** Names of the keys that are there. */
  readonly keys: readonly string[];
}

export interface KitOptions {
  /** Where the kit is laid. */
  readonly directory: string;
  readonly url: string;
  readonly genesisHash: string;
  readonly specName?: string | undefined;
  readonly accounts: readonly NamedAccount[];
  /** The chain begins anew: what was sent to the last one is forgotten. */
  readonly fresh: boolean;
}

/** Writes the configuration at once; keys that are not there yet take a tenth of a second each. */
export async function writeKit(options: KitOptions): Promise<Kit> {
  const { directory, url, genesisHash, specName, accounts, fresh } = options;
  const keysDir = join(directory, 'keys');
  await mkdir(keysDir, { recursive: true, mode: 0o700 });
  // mkdir leaves the mode of a directory that is there already.
  await chmod(directory, 0o700);
  if (fresh) await rm(join(directory, 'journal'), { recursive: true, force: true });
  const passphrase = join(directory, 'passphrase');
  await writeFile(passphrase, `${KIT_PASSPHRASE}\n`, { mode: 0o600 });
  // The crowd of nominators n01… needs no keys.
  const people = accounts.filter((account) => account.uri !== undefined && !/^n\d+$/.test(account.name));
  const config = {
    network: 'devnet',
    networks: { devnet: { endpoints: [url], genesisHash, specName } },
    keysDir: 'keys',
    journalDir: 'journal',
    passphrases: Object.fromEntries(people.map(({ name }) => [name, { file: 'passphrase' }])),
  };
  const configFile = join(directory, 'config.json');
  await writeFile(configFile, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
  for (const account of people) await ensureKey(keysDir, account);
  return { configFile, keysDir, keys: people.map(({ name }) => name) };
}

async function ensureKey(
  keysDir: string,
  { name, uri, type = 'sr25519', publicKey }: NamedAccount,
): Promise<void> {
  const kept = await findKey(keysDir, name).catch(() => undefined);
  if (kept?.accountId === publicKey) return;
  const { pair } = await pairFromSecret(`${DEV_PHRASE}${uri}`, 'uri', type);
  try {
    await saveKey(keysDir, name, pair, Buffer.from(KIT_PASSPHRASE), { cost: CHEAP });
  } finally {
    wipe(pair);
  }
}
