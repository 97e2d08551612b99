/** How keys come into the keys directory: made anew, or brought from elsewhere. */

import { rm } from 'node:fs/promises';
import { usageError } from '../errors.js';
import { MAX_KEYSTORE, parseKeyFile } from './format.js';
import { checkNewName, importKeyFile, type KeyEntry, type SaveOptions, saveKey } from './keystore.js';
import { type KeyType, newMnemonic, pairFromSecret, type SecretKind, wipe } from './pairs.js';
import { type PassphraseSource, readDescriptor, type SecretPrompt, withPassphrase } from './passphrase.js';
import { createPrivateFile, readPrivateFile } from './private-file.js';

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

/** Where a secret is read from: a private file, a descriptor (0 is stdin), a prompt. Never the command line. */
export type SecretSource =
  | { readonly file: string }
  | { readonly fd: number }
  | { readonly ask: SecretPrompt };

export interface ImportedKey extends Destination {
  readonly source: SecretSource;
  /** What is read; `any` tells a wallet's JSON, a seed, a URI and a mnemonic apart by their form. */
  readonly form: SecretKind | 'keystore';
  /** Default sr25519; a wallet's JSON has its own. */
  readonly type?: KeyType;
}

/**
 * Brings a key: a mnemonic, a seed, a secret URI, or the encrypted JSON of a polkadot-js wallet (whose passphrase it
 * keeps).
 * @returns the key, and whether it is one of the development keys that everybody has
 * @throws usage KEY_SECRET, KEYSTORE, KEY_TYPE, KEY_NAME, PASSPHRASE_*, FILE_*, DESCRIPTOR
 * @throws precondition KEY_EXISTS, KEY_PASSPHRASE, KEY_FILE_MODE, KEY_DIR_MODE
 */
export async function importKey(wanted: ImportedKey): Promise<{ key: KeyEntry; development: boolean }> {
  const { keysDir, name, source, passphrase, form } = wanted;
  await checkNewName(keysDir, name);
  if ('fd' in source && 'fd' in passphrase && source.fd === passphrase.fd) {
    throw usageError('DESCRIPTOR', 'The key and its passphrase cannot both come from the same descriptor.', {
      hint: 'Give the passphrase by a file, an environment variable or another descriptor.',
    });
  }
  const bytes = await readSecret(source, form);
  try {
    if (form === 'keystore' || (form === 'any' && bytes.toString('latin1').trimStart().startsWith('{'))) {
      return { key: await importWalletFile(wanted, bytes), development: false };
    }
    const { pair, development } = await pairFromSecret(textOf(bytes), form, wanted.type ?? 'sr25519');
    try {
      const key = await withPassphrase(passphrase, { key: name, fresh: true }, (opened) =>
        saveKey(keysDir, name, pair, opened, wanted),
      );
      return { key, development };
    } finally {
      wipe(pair);
    }
  } finally {
    bytes.fill(0);
  }
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

async function readSecret(source: SecretSource, form: ImportedKey['form']): Promise<Buffer> {
  if ('fd' in source) return await readDescriptor(source.fd, MAX_KEYSTORE, 'key');
  if ('ask' in source) return Buffer.from(await source.ask('Mnemonic, 0x seed or secret URI'));
  const what = form === 'keystore' ? 'key file' : form === 'any' ? 'secret file' : `${form} file`;
  return (await readPrivateFile(source.file, { what, maxBytes: MAX_KEYSTORE, links: 'follow' })).bytes;
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw usageError('KEY_SECRET', 'The secret is not UTF-8 text.', {
      hint: 'Check that its source is the right one. Nothing was written.',
    });
  }
}
