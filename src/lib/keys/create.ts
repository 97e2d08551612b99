/** How keys come into the keys directory: made anew, or brought from elsewhere. */

import { rm } from 'node:fs/promises';
import { usageError } from '../errors.js';
import { MAX_KEYSTORE, parseKeyFile } from './format.js';
import { checkNewName, importKeyFile, type KeyEntry, type SaveOptions, saveKey } from './keystore.js';
import { type KeyType, newMnemonic, pairFromSecret, type SecretKind, wipe } from './pairs.js';
import { type PassphraseSource, withPassphrase } from './passphrase.js';
import { createPrivateFile } from './private-file.js';
import { type SecretSource, withSecret } from './source.js';

interface Destination extends SaveOptions {
  readonly keysDir: string;
  readonly name: string;
  readonly passphrase: PassphraseSource;
}

/**
 * Hands the mnemonic of a new key to the person who makes it. Called once, before the key is written: when it throws,
 * nothing is. It may return what undoes it, for when the key cannot be written after all.
 */
export type MnemonicDelivery = (mnemonic: string) => Promise<(() => Promise<void>) | undefined>;

/** Writes the mnemonic to a new file of mode 0600. @throws precondition FILE_EXISTS; usage FILE_UNWRITABLE */
export const mnemonicToFile =
  (path: string): MnemonicDelivery =>
  async (mnemonic) => {
    await createPrivateFile(path, 'mnemonic file', Buffer.from(`${mnemonic}\n`));
    return () => rm(path, { force: true });
  };

export interface NewKey extends Destination {
  readonly type: KeyType;
  readonly words: 12 | 24;
  readonly deliver: MnemonicDelivery;
}

/**
 * Makes a key from a new mnemonic.
 * @throws usage KEY_NAME, PASSPHRASE_*, FILE_*; precondition KEY_EXISTS, KEY_DIR_MODE, KEY_FILE_MODE, FILE_EXISTS
 */
export async function createKey(wanted: NewKey): Promise<KeyEntry> {
  const { keysDir, name, type } = wanted;
  await checkNewName(keysDir, name);
  return await withPassphrase(wanted.passphrase, { key: name, fresh: true }, async (passphrase) => {
    const mnemonic = await newMnemonic(wanted.words);
    const { pair } = await pairFromSecret(mnemonic, 'mnemonic', type);
    let undo: (() => Promise<void>) | undefined;
    try {
      undo = await wanted.deliver(mnemonic);
      return await saveKey(keysDir, name, pair, passphrase, wanted);
    } catch (error) {
      await undo?.();
      throw error;
    } finally {
      wipe(pair);
    }
  });
}

export interface ImportedKey extends Destination {
  /** A private file, a descriptor (0 is stdin), a prompt. Never the command line. */
  readonly source: SecretSource;
  /** What is read; `any` tells a wallet's JSON, a seed, a URI and a mnemonic apart by their form. */
  readonly form: SecretKind | 'keystore';
  /** Default sr25519; a wallet's JSON has its own. */
  readonly type?: KeyType;
}

export interface ImportedKeyReport {
  readonly key: KeyEntry;
  /** It is one of the development keys that everybody has. */
  readonly development: boolean;
  /** The URI had a `///password` behind a raw seed, which changes nothing, here as in every wallet. */
  readonly passwordIgnored: boolean;
}

/**
 * Brings a key: a mnemonic, a seed, a secret URI, or the encrypted JSON of a polkadot-js wallet (whose passphrase it
 * keeps).
 * @returns the key, and what its owner should know of it
 * @throws usage KEY_SECRET, KEYSTORE, KEY_TYPE, KEY_NAME, PASSPHRASE_*, FILE_*, DESCRIPTOR
 * @throws precondition KEY_EXISTS, KEY_PASSPHRASE, KEY_FILE_MODE, KEY_FILE_OWNER, KEY_DIR_MODE, KEY_DIR_OWNER
 */
export async function importKey(wanted: ImportedKey): Promise<ImportedKeyReport> {
  const { keysDir, name, source, passphrase, form } = wanted;
  await checkNewName(keysDir, name);
  if ('fd' in source && 'fd' in passphrase && source.fd === passphrase.fd) {
    throw usageError('DESCRIPTOR', 'The key and its passphrase cannot both come from the same descriptor.', {
      hint: 'Give the passphrase by a file, an environment variable or another descriptor.',
    });
  }
  const rule = {
    what: 'key',
    file: form === 'keystore' ? 'key file' : form === 'any' ? 'secret file' : `${form} file`,
    maxBytes: MAX_KEYSTORE,
    question: 'Mnemonic, 0x seed or secret URI',
  } as const;
  return await withSecret(source, rule, async (secret) => {
    if (form === 'keystore' || (form === 'any' && secret.toString('latin1').trimStart().startsWith('{')))
      return {
        key: await importWalletFile(wanted, secret),
        development: false,
        passwordIgnored: false,
      };
    const { pair, ...about } = await pairFromSecret(secret.toString(), form, wanted.type ?? 'sr25519');
    try {
      const key = await withPassphrase(passphrase, { key: name, fresh: true }, (opened) =>
        saveKey(keysDir, name, pair, opened, wanted),
      );
      return { key, ...about };
    } finally {
      wipe(pair);
    }
  });
}

async function importWalletFile(wanted: ImportedKey, bytes: Uint8Array): Promise<KeyEntry> {
  const { keysDir, name, type, passphrase } = wanted;
  const file = await parseKeyFile(bytes);
  if (type !== undefined && type !== file.type) {
    throw usageError('KEY_TYPE', `The file holds a key of type ${file.type}, not ${type}.`, {
      hint: 'Leave --type out: the type is part of the file.',
    });
  }
  return await withPassphrase(passphrase, { key: `${name} (of the imported file)` }, (opened) =>
    importKeyFile(keysDir, name, file, opened, wanted.cost === undefined ? {} : { cost: wanted.cost }),
  );
}
