/**
 * The keys directory: one encrypted file a key, `NAME.json`. The name is the file's; what the file itself claims to be
 * called is shown, but nothing is found by it.
 */

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BursarError, preconditionError, usageError } from '../errors.js';
import { echo } from './echo.js';
import {
  type KeyFile,
  type KeyMeta,
  MAX_KEYSTORE,
  openKeyFile,
  parseKeyFile,
  type ScryptCost,
  sealKeyFile,
} from './format.js';
import { accountIdOf, type KeyPair, type KeyType, wipe } from './pairs.js';
import {
  checkDirectory,
  createPrivateFile,
  ensurePrivateDirectory,
  isPrivateMode,
  modeText,
  readPrivateFile,
} from './private-file.js';
import { decodeSs58, encodeSs58, GENERIC_PREFIX, looksLikeAddress } from './ss58.js';

/** What is public of a key. */
export interface KeyEntry {
  readonly name: string;
  /** Path of the key file. */
  readonly file: string;
  readonly type: KeyType;
  /** 0x and 64 hex digits: the public key, its blake2b-256 for ecdsa. */
  readonly accountId: string;
  /** SS58, prefix 42. */
  readonly address: string;
  /** The name inside the file, when it differs from the file's. */
  readonly label?: string;
  readonly genesisHash?: string;
  /** Unix milliseconds. */
  readonly whenCreated?: number;
  /** Permissions of the file, four octal digits. */
  readonly mode: string;
  /** Whether nobody but the owner can read the file. Keys in other files are shown, but not opened. */
  readonly private: boolean;
}

/** A key that was read to be opened: its file is private. */
export interface Keystore extends KeyEntry {
  readonly content: KeyFile;
}

/** A file in the keys directory that cannot be used, and why. */
export interface UnusableKey {
  readonly name: string;
  readonly file: string;
  readonly code: string;
  readonly problem: string;
}

export interface KeyList {
  readonly keys: readonly KeyEntry[];
  readonly unusable: readonly UnusableKey[];
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const KEY_FILE = { what: 'key file', maxBytes: MAX_KEYSTORE, links: 'refuse' } as const;

/**
 * A key's name is a file's name: it cannot leave the directory, hide in it, or be taken for an address.
 * @throws usage KEY_NAME
 */
export function checkName(name: string): void {
  const fault = !NAME.test(name)
    ? 'is not the name of a key'
    : name.toLowerCase().endsWith('.json')
      ? 'ends like its file'
      : looksLikeAddress(name) || /^0x/i.test(name)
        ? 'could be taken for an address'
        : undefined;
  if (fault === undefined) return;
  throw usageError('KEY_NAME', `${echo(name)} ${fault}.`, {
    hint: 'Names have 1 to 64 letters, digits, dots, dashes and underscores, and start with a letter or digit.',
  });
}

const pathOf = (keysDir: string, name: string): string => join(keysDir, `${name}.json`);

/** All keys of a directory by name, and the files in it that are none. A directory that does not exist is empty. */
export async function listKeys(keysDir: string): Promise<KeyList> {
  const keys: KeyEntry[] = [];
  const unusable: UnusableKey[] = [];
  for (const name of await keyNames(keysDir)) {
    try {
      const { content: _, ...entry } = await readKey(keysDir, name, true);
      keys.push(entry);
    } catch (error) {
      if (!(error instanceof BursarError)) throw error;
      unusable.push({ name, file: pathOf(keysDir, name), code: error.code, problem: error.message });
    }
  }
  return { keys, unusable };
}

async function keyNames(keysDir: string): Promise<string[]> {
  try {
    const files = await readdir(keysDir);
    const names = files
      .filter((file) => file.endsWith('.json'))
      .map((file) => file.slice(0, -'.json'.length));
    return names.filter((name) => NAME.test(name)).sort();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return [];
    throw usageError('KEYS_DIR', `The keys directory cannot be listed (${code ?? 'unknown error'}).`, {
      hint: 'Check the directory with `bursar config show`.',
    });
  }
}

async function readKey(keysDir: string, name: string, anyMode: boolean): Promise<Keystore> {
  const file = pathOf(keysDir, name);
  const { bytes, mode } = await readPrivateFile(file, { ...KEY_FILE, anyMode });
  const content = await parseKeyFile(bytes);
  const { name: label, ...meta } = content.meta;
  return {
    name,
    file,
    type: content.type,
    accountId: hex(content.accountId),
    address: encodeSs58(content.accountId, GENERIC_PREFIX),
    ...(label !== undefined && label !== name ? { label } : {}),
    ...meta,
    mode: modeText(mode),
    private: isPrivateMode(mode),
    content,
  };
}

const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString('hex')}`;

/**
 * The key of a name, or of an address in any network's prefix (or a 0x public key). What reads as an address is looked
 * up by its public key only: a file cannot pose as an address by its name.
 * @throws usage KEY_NOT_FOUND, KEY_NAME, ADDRESS_*, and what {@link parseKeyFile} says of the named file
 */
export async function findKey(keysDir: string, nameOrAddress: string): Promise<KeyEntry> {
  if (looksLikeAddress(nameOrAddress)) {
    const wanted = /^0x/i.test(nameOrAddress)
      ? nameOrAddress.toLowerCase()
      : hex(decodeSs58(nameOrAddress).accountId);
    const found = (await listKeys(keysDir)).keys.find((key) => key.accountId === wanted);
    if (found !== undefined) return found;
  } else {
    checkName(nameOrAddress);
    const names = await keyNames(keysDir);
    if (names.includes(nameOrAddress)) {
      const { content: _, ...entry } = await readKey(keysDir, nameOrAddress, true);
      return entry;
    }
  }
  const { keys } = await listKeys(keysDir);
  throw usageError('KEY_NOT_FOUND', `There is no key ${echo(nameOrAddress)}.`, {
    hint:
      keys.length === 0
        ? 'There are no keys yet: make one with `bursar keys new`, or bring one with `bursar keys import`.'
        : `The keys here: ${keys
            .slice(0, 12)
            .map((key) => key.name)
            .join(', ')}${keys.length > 12 ? ', …' : ''}.`,
  });
}

/**
 * A key, read to be opened with {@link unlock}.
 * @throws usage as {@link findKey}; precondition KEY_FILE_MODE, KEY_FILE_LINK, KEY_DIR_MODE
 */
export async function loadKey(keysDir: string, nameOrAddress: string): Promise<Keystore> {
  await checkDirectory(keysDir);
  const { name, accountId } = await findKey(keysDir, nameOrAddress);
  const key = await readKey(keysDir, name, false);
  if (key.accountId === accountId) return key;
  throw preconditionError('KEY_CHANGED', `The file of key ${name} was replaced while it was read.`, {
    hint: 'Find out who writes to the keys directory, then run the command again.',
  });
}

/**
 * Whether a new key may have this name: everything that can be known before secrets are asked for.
 * @throws usage KEY_NAME; precondition KEY_EXISTS, KEY_DIR_MODE
 */
export async function checkNewName(keysDir: string, name: string): Promise<void> {
  checkName(name);
  await checkDirectory(keysDir);
  // Case-blind: the same file on the systems whose file names are.
  const taken = (await keyNames(keysDir)).find((other) => other.toLowerCase() === name.toLowerCase());
  if (taken !== undefined) throw exists(`There is a key ${taken} already; bursar does not overwrite keys.`);
}

const exists = (message: string): BursarError =>
  preconditionError('KEY_EXISTS', message, { hint: 'Choose another name, or use the key that is there.' });

export interface SaveOptions {
  readonly genesisHash?: string;
  /** Unix milliseconds; default now. */
  readonly whenCreated?: number;
  readonly cost?: ScryptCost;
}

/**
 * Writes a key under a new name, encrypted, mode 0600. The pair stays the caller's to wipe.
 * @throws usage KEY_NAME; precondition KEY_EXISTS (the name, or the same key under another name), KEY_DIR_MODE
 */
export async function saveKey(
  keysDir: string,
  name: string,
  pair: KeyPair,
  passphrase: Uint8Array,
  options: SaveOptions = {},
): Promise<KeyEntry> {
  await checkNewName(keysDir, name);
  const accountId = hex(await accountIdOf(pair.type, pair.publicKey));
  const twin = (await listKeys(keysDir)).keys.find((key) => key.accountId === accountId);
  if (twin !== undefined) throw exists(`This key is there already, as ${twin.name}.`);
  const meta: KeyMeta = {
    name,
    ...(options.genesisHash === undefined ? {} : { genesisHash: options.genesisHash }),
    whenCreated: options.whenCreated ?? Date.now(),
  };
  await ensurePrivateDirectory(keysDir);
  const text = await sealKeyFile(pair, passphrase, meta, options.cost);
  try {
    await createPrivateFile(pathOf(keysDir, name), 'key file', Buffer.from(text));
  } catch (error) {
    if (error instanceof BursarError && error.code === 'FILE_EXISTS') {
      throw exists(`There is a key ${name} already; bursar does not overwrite keys.`);
    }
    throw error;
  }
  return await findKey(keysDir, name);
}

/**
 * Brings a wallet's export under a new name: opened with its passphrase, so that a key that cannot be opened is not
 * taken in, and encrypted anew with the same passphrase at today's cost.
 * @throws usage KEYSTORE; precondition KEY_PASSPHRASE, KEY_EXISTS
 */
export async function importKeyFile(
  keysDir: string,
  name: string,
  file: KeyFile,
  passphrase: Uint8Array,
  options: Pick<SaveOptions, 'cost'> = {},
): Promise<KeyEntry> {
  const { name: _, ...meta } = file.meta;
  const pair = await openKeyFile(file, passphrase, name);
  try {
    return await saveKey(keysDir, name, pair, passphrase, { ...meta, ...options });
  } finally {
    wipe(pair);
  }
}
