/**
 * The development chain's named accounts. All of them derive from the development phrase that every Substrate tool
 * knows: their keys are public, and anything sent to them on a live chain is lost.
 */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fromHex, type Hex, toHex } from './bytes.js';
import { cacheDirectory, readCacheFile, writeCacheFile } from './cache.js';

/** The ecosystem's well-known development phrase. */
export const DEV_PHRASE = 'bottom drive obey lake curtain smoke basket hold race lonely fit walk';

/** SS58 prefix of the development chain. */
export const SS58_PREFIX = 42;

export type AccountRole =
  | 'sudo'
  | 'operator'
  | 'proxy'
  | 'nominator'
  | 'controller'
  | 'newcomer'
  | 'council'
  | 'multisig'
  | 'feeder'
  | 'validator'
  | 'user';

export interface NamedAccount {
  readonly name: string;
  /** Secret URI of the key below the development phrase (`//Alice`); absent for an account without a key. */
  readonly uri?: string;
  readonly type?: 'sr25519' | 'ed25519';
  readonly address: string;
  readonly publicKey: Hex;
  readonly role: AccountRole;
  /** What the account is there for, in a few words. */
  readonly about: string;
}

/** An account to derive from the development phrase. */
export interface Wanted {
  readonly name: string;
  readonly uri: string;
  readonly role: AccountRole;
  readonly about: string;
  readonly type?: 'ed25519';
}

export const numbered = (prefix: string, index: number): string =>
  `${prefix}${String(index).padStart(2, '0')}`;

const COUNCIL = ['alice', 'bob', 'charlie'] as const;
/** Approvals that the council's multisig account needs. */
export const COUNCIL_THRESHOLD = 2;

/** Only the making of a preset signs with it; see presets.ts. */
export const GENESIS_SUDO: Wanted = {
  name: 'genesis-sudo',
  uri: '//GenesisSudo',
  role: 'sudo',
  about: 'signs the first blocks, then hands sudo to alice',
  type: 'ed25519',
};

const PEOPLE: readonly Wanted[] = [
  { name: 'alice', uri: '//Alice', role: 'sudo', about: 'sudo key, council member' },
  { name: 'bob', uri: '//Bob', role: 'council', about: 'council member' },
  { name: 'charlie', uri: '//Charlie', role: 'council', about: 'council member' },
  { name: 'operator', uri: '//Operator', role: 'operator', about: 'stash, bonded and nominating' },
  { name: 'operator-proxy', uri: '//OperatorProxy', role: 'proxy', about: 'staking proxy of operator' },
  { name: 'nominator', uri: '//Nominator', role: 'nominator', about: 'bonded and nominating' },
  { name: 'newcomer', uri: '//Newcomer', role: 'newcomer', about: 'has funds, nothing bonded' },
  { name: 'poor', uri: '//Poor', role: 'newcomer', about: 'has hardly more than the existential deposit' },
  { name: 'feeder1', uri: '//Feeder1', role: 'feeder', about: 'feeds the oracle' },
  { name: 'feeder2', uri: '//Feeder2', role: 'feeder', about: 'feeds the oracle' },
  { name: 'feeder3', uri: '//Feeder3', role: 'feeder', about: 'feeds the oracle' },
];

/**
 * The named accounts, in a fixed order: people, the council's multisig, validators v01…, nominators n01….
 * @param validators how many `v` accounts
 * @param nominators how many `n` accounts
 */
export async function namedAccounts(validators: number, nominators: number): Promise<NamedAccount[]> {
  const { createKeyMulti, encodeAddress } = await import('#polkadot');
  const people = await Promise.all(PEOPLE.map(account));
  const members = COUNCIL.map((name) => people.find((person) => person.name === name)!.address);
  const multisig = createKeyMulti(members, COUNCIL_THRESHOLD);
  const council: NamedAccount = {
    name: 'council',
    address: encodeAddress(multisig, SS58_PREFIX),
    publicKey: toHex(multisig),
    role: 'multisig',
    about: `multisig of ${COUNCIL.join(', ')}: ${COUNCIL_THRESHOLD} of ${COUNCIL.length}`,
  };
  const many = (count: number, prefix: string, uri: string, role: AccountRole, about: string) =>
    Array.from({ length: count }, (_, i) =>
      account({ name: numbered(prefix, i + 1), uri: `//${uri}${i + 1}`, role, about }),
    );
  const all = [
    ...people,
    council,
    ...(await Promise.all(many(validators, 'v', 'Validator', 'validator', 'validator'))),
    ...(await Promise.all(many(nominators, 'n', 'Nominator', 'nominator', 'nominator'))),
  ];
  rememberKeys();
  return all;
}

export async function account(wanted: Wanted): Promise<NamedAccount> {
  const { encodeAddress } = await import('#polkadot');
  const publicKey = await publicKeyOf(wanted.uri, wanted.type);
  return {
    name: wanted.name,
    uri: wanted.uri,
    type: wanted.type ?? 'sr25519',
    address: encodeAddress(publicKey, SS58_PREFIX),
    publicKey: toHex(publicKey),
    role: wanted.role,
    about: wanted.about,
  };
}

type PairType = 'sr25519' | 'ed25519';

/** The phrase's own pairs: 2,048 rounds of PBKDF2, made once and not for each account. */
const phrasePairs = new Map<PairType, RawPair>();

interface RawPair {
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
}

async function rawPair(uri: string, type: PairType = 'sr25519'): Promise<RawPair> {
  const door = await import('#polkadot');
  await door.cryptoWaitReady();
  let base = phrasePairs.get(type);
  if (base === undefined) {
    const make = type === 'sr25519' ? door.sr25519PairFromSeed : door.ed25519PairFromSeed;
    base = make(door.mnemonicToMiniSecret(DEV_PHRASE));
    phrasePairs.set(type, base);
  }
  const { path } = door.keyExtractSuri(`${DEV_PHRASE}${uri}`);
  return door.keyFromPath({ ...base }, path, type);
}

/**
 * Public keys by type and URI, from the cache folder: each takes 2 ms to derive, and the phrase is always the same. A file
 * that is damaged is made again.
 */
let knownKeys: Map<string, Hex> | undefined;
let derived = 0;

const keysFile = (): string => join(cacheDirectory(), 'development-keys.json');

function readKeys(): Map<string, Hex> {
  const file = readCacheFile(keysFile())?.toString('utf8') ?? '';
  const [digest, body = ''] = [file.slice(0, 64), file.slice(65)];
  const isWhole = createHash('sha256').update(body).digest('hex') === digest;
  return new Map(isWhole ? (JSON.parse(body) as [string, Hex][]) : []);
}

async function publicKeyOf(uri: string, type: PairType = 'sr25519'): Promise<Uint8Array> {
  knownKeys ??= readKeys();
  const name = `${type} ${DEV_PHRASE}${uri}`;
  const known = knownKeys.get(name);
  if (known !== undefined) return fromHex(known);
  const { publicKey } = await rawPair(uri, type);
  knownKeys.set(name, toHex(publicKey));
  derived += 1;
  return publicKey;
}

function rememberKeys(): void {
  if (derived === 0 || knownKeys === undefined) return;
  derived = 0;
  const body = JSON.stringify([...knownKeys]);
  const digest = createHash('sha256').update(body).digest('hex');
  writeCacheFile(keysFile(), [Buffer.from(`${digest}\n${body}`)]);
}

/** The key pair of a URI below the development phrase. */
export async function devPair(uri: string, type: PairType = 'sr25519') {
  const { Keyring } = await import('#polkadot');
  return new Keyring({ type, ss58Format: SS58_PREFIX }).addFromPair(await rawPair(uri, type));
}

/** An address without a key, for crowds: SS58 of blake2-256 of the text. */
export async function keylessAddress(text: string): Promise<string> {
  const { blake2AsU8a, encodeAddress } = await import('#polkadot');
  return encodeAddress(blake2AsU8a(text, 256), SS58_PREFIX);
}

/** Accounts by name. */
export const byName = (accounts: readonly NamedAccount[]): { readonly [name: string]: NamedAccount } =>
  Object.fromEntries(accounts.map((one) => [one.name, one]));
