/** Key pairs in memory: made from a secret as Substrate's tools make them, used to sign, wiped. */

import { usageError } from '../errors.js';

/** The signature schemes of `MultiSignature`. Ethereum's accounts have 20 bytes and are another world. */
export const KEY_TYPES = ['sr25519', 'ed25519', 'ecdsa'] as const;
export type KeyType = (typeof KEY_TYPES)[number];

export const isKeyType = (value: unknown): value is KeyType => KEY_TYPES.includes(value as KeyType);

/**
 * A key pair. `publicKey` has 32 bytes (33, compressed, for ecdsa); `secretKey` has 64 bytes for sr25519 (scalar and
 * nonce) and ed25519 (seed and public key), 32 for ecdsa.
 */
export interface KeyPair {
  readonly type: KeyType;
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
}

/** What a secret's text is: a BIP-39 mnemonic, a raw seed of 32 bytes in hex, either with a derivation path, or any. */
export type SecretKind = 'mnemonic' | 'seed' | 'uri' | 'any';

/** The phrase that every Substrate node and wallet derives //Alice and her friends from. It guards nothing. */
const DEVELOPMENT_PHRASE = 'bottom drive obey lake curtain smoke basket hold race lonely fit walk';
const MNEMONIC_WORDS = [12, 15, 18, 21, 24];
const SEED = /^(0x)?[0-9a-f]{64}$/i;

type Polkadot = typeof import('#polkadot');
const polkadot = (): Promise<Polkadot> => import('#polkadot');

/** A new mnemonic of 12 or 24 English words (128 or 256 bits from the operating system's generator). */
export async function newMnemonic(words: 12 | 24 = 12): Promise<string> {
  return (await polkadot()).mnemonicGenerate(words);
}

export interface DerivedPair {
  readonly pair: KeyPair;
  /** Made from the development phrase: everybody has this key. */
  readonly development: boolean;
  /** A `///password` stood behind a raw seed. It takes part in the way from a mnemonic to its seed, and nowhere else. */
  readonly passwordIgnored: boolean;
}

/**
 * The key pair of a mnemonic, a seed, or a URI `<mnemonic or 0x seed>//hard/soft///password`; a URI that starts with
 * `//` derives from the development phrase. Same results as polkadot-js and the wallets made of it: mnemonics through
 * their entropy (not BIP-39's own seed), then junction by junction; path and password in Unicode's form NFC, as
 * `keyExtractSuri` takes them. White space is normalised in the phrase, which has none of its own; in junctions and
 * the password it is a part of the secret.
 * Unlike there, a word that is neither mnemonic nor seed is refused: padded to 32 bytes it would make a key that
 * anybody can guess.
 * @param text without the newline that ends its source
 * @throws usage KEY_SECRET; the message never holds a part of the secret
 */
export async function pairFromSecret(text: string, kind: SecretKind, type: KeyType): Promise<DerivedPair> {
  const p = await polkadot();
  if (text.trim() === '') throw secretError('The secret is empty.');
  const found = kind === 'any' ? kindOf(text) : kind;
  if (found === 'uri') return derive(p, splitUri(p, text), type);
  const given = phraseOf(text);
  if (found === 'mnemonic' && SEED.test(given)) throw secretError('This is a raw seed, not a mnemonic.');
  if (found === 'mnemonic') return derive(p, { phrase: given, path: [] }, type);
  const seed = hexSeed(given);
  try {
    return { pair: fromSeed(p, seed, type), development: false, passwordIgnored: false };
  } finally {
    seed.fill(0);
  }
}

const kindOf = (text: string): 'mnemonic' | 'seed' | 'uri' =>
  SEED.test(text.trim()) ? 'seed' : text.includes('/') ? 'uri' : 'mnemonic';

/** Words with one space between them; BIP-39 compares them in Unicode's form NFKD. */
const phraseOf = (text: string): string => text.normalize('NFKD').trim().replace(/\s+/gu, ' ');

interface SecretUri {
  readonly phrase: string;
  readonly password?: string;
  readonly path: ReturnType<Polkadot['keyExtractSuri']>['path'];
}

function splitUri(p: Polkadot, text: string): SecretUri {
  const slash = text.indexOf('/');
  const given = phraseOf(slash === -1 ? text : text.slice(0, slash));
  const rest = slash === -1 ? '' : text.slice(slash);
  // No wallet can be given a line break there: it came with the file, and would make a key that nobody meant.
  if (/[\r\n]/.test(rest)) {
    throw secretError('The derivation path or the password of the secret URI has more than one line.');
  }
  const start = given === '' && rest.startsWith('//') ? DEVELOPMENT_PHRASE : given;
  try {
    const { phrase, password, path } = p.keyExtractSuri(start + rest);
    return password === undefined ? { phrase, path } : { phrase, path, password };
  } catch {
    // The parser's own message may quote the URI: it is dropped, as every cause in this file is.
    throw secretError('The secret URI is not of the form <mnemonic or 0x seed>//hard/soft///password.');
  }
}

function derive(p: Polkadot, { phrase, password = '', path }: SecretUri, type: KeyType): DerivedPair {
  const raw = /^0x/i.test(phrase);
  const seed = raw ? hexSeed(phrase) : mnemonicSeed(p, phrase, password);
  try {
    return {
      pair: { type, ...p.keyFromPath(fromSeed(p, seed, type), [...path], type) },
      development: phrase === DEVELOPMENT_PHRASE && password === '',
      passwordIgnored: raw && password !== '',
    };
  } catch {
    throw secretError(
      `The derivation path cannot be followed${type === 'sr25519' ? '' : `: ${type} keys have hard junctions (//) only`}.`,
    );
  } finally {
    seed.fill(0);
  }
}

function hexSeed(text: string): Uint8Array {
  if (!SEED.test(text)) {
    const digits = text.replace(/^0x/i, '').length;
    throw secretError(
      `A raw seed is 64 hexadecimal digits (32 bytes), with or without 0x; this has ${digits} characters.`,
    );
  }
  return Uint8Array.from(Buffer.from(text.replace(/^0x/i, ''), 'hex'));
}

function mnemonicSeed(p: Polkadot, phrase: string, password: string): Uint8Array {
  const words = phrase.split(' ').length;
  if (!MNEMONIC_WORDS.includes(words)) {
    throw secretError(`A mnemonic has 12, 15, 18, 21 or 24 words; this has ${words}.`);
  }
  if (!p.mnemonicValidate(phrase)) {
    throw secretError(
      'The mnemonic is wrong: a word is not in the English BIP-39 list, or one is misplaced (checksum).',
    );
  }
  return p.mnemonicToMiniSecret(phrase, password);
}

const secretError = (message: string) =>
  usageError('KEY_SECRET', message, { hint: 'Check the source of the secret. Nothing was written.' });

/** The pair of a seed of 32 bytes. */
export function fromSeed(p: Polkadot, seed: Uint8Array, type: KeyType): KeyPair {
  switch (type) {
    case 'sr25519':
      return { type, ...p.sr25519PairFromSeed(seed) };
    case 'ed25519':
      return { type, ...p.ed25519PairFromSeed(seed) };
    case 'ecdsa':
      // Its secret key is the seed itself, which the caller wipes.
      return { type, ...p.secp256k1PairFromSeed(Uint8Array.from(seed)) };
  }
}

/** The signature alone: 64 bytes, 65 for ecdsa (recoverable, over blake2b-256 of the message). */
export function signRaw(p: Polkadot, message: Uint8Array, pair: KeyPair): Uint8Array {
  switch (pair.type) {
    case 'sr25519':
      return p.sr25519Sign(message, pair);
    case 'ed25519':
      return p.ed25519Sign(message, pair);
    case 'ecdsa':
      return p.secp256k1Sign(message, pair, 'blake2');
  }
}

/** The account id of a public key: itself, or its blake2b-256 for ecdsa, whose keys have 33 bytes. */
export async function accountIdOf(type: KeyType, publicKey: Uint8Array): Promise<Uint8Array> {
  return type === 'ecdsa' ? (await polkadot()).blake2AsU8a(publicKey, 256) : publicKey;
}

/** Overwrites the secret. Copies that the cryptography made while it worked are beyond reach. */
export const wipe = (pair: KeyPair): void => void pair.secretKey.fill(0);
