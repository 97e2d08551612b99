/**
 * The key file: polkadot-js' encrypted JSON (version 3), so that a key moves between bursar, the polkadot-js apps and
 * the browser extensions without conversion.
 *
 *     encoded   base64 of  salt 32 ‖ N, p, r (u32 little endian) ‖ nonce 24 ‖ secretbox(PKCS8-like body)
 *     body      header 16 ‖ secret key 64 or 32 ‖ divider 5 ‖ public key
 *     address   SS58 text; for ecdsa the compressed public key in hex
 *
 * Reading is for hostile files too: everything that costs memory or time is bounded before it is spent.
 */

import { randomBytes, type ScryptOptions, scrypt } from 'node:crypto';
import { type BursarError, preconditionError, usageError } from '../errors.js';
import { DuplicateName, parseJson as strictJson } from '../json.js';
import { accountIdOf, fromSeed, isKeyType, type KeyPair, type KeyType, signRaw, wipe } from './pairs.js';
import { decodeSs58, encodeSs58, GENERIC_PREFIX } from './ss58.js';

/** An export of the polkadot-js apps has some 500 bytes; long metadata may make it a little longer. */
export const MAX_KEYSTORE = 64 * 1024;

/** What is public in a key file. */
export interface KeyFile {
  readonly type: KeyType;
  /** 32 bytes. */
  readonly accountId: Uint8Array;
  readonly encrypted: Uint8Array;
  readonly meta: KeyMeta;
}

export interface KeyMeta {
  readonly name?: string;
  /** The chain that the key is meant for (0x hash of block 0), if its owner said so. */
  readonly genesisHash?: string;
  /** Unix milliseconds. */
  readonly whenCreated?: number;
}

export interface ScryptCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** What polkadot-js writes today: 128 MiB and half a second for every guess. */
export const SCRYPT_DEFAULT: ScryptCost = { N: 2 ** 17, r: 8, p: 1 };
/**
 * The costs that polkadot-js has ever written or reads. A file with others is refused before anything is computed:
 * memory is 128·N·r bytes, and a hostile file could ask for terabytes.
 */
const SCRYPT_KNOWN: readonly ScryptCost[] = [
  { N: 2 ** 13, r: 8, p: 10 },
  { N: 2 ** 14, r: 8, p: 5 },
  { N: 2 ** 15, r: 8, p: 3 },
  { N: 2 ** 15, r: 8, p: 1 },
  { N: 2 ** 16, r: 8, p: 2 },
  SCRYPT_DEFAULT,
];

const HEADER = Buffer.from('3053020101300506032b657004220420', 'hex');
const DIVIDER = Buffer.from('a123032100', 'hex');
const SALT = 32;
const NONCE = 24;
const PREAMBLE = SALT + 12;
/** Poly1305's tag. */
const TAG = 16;
/** Bodies: secret 64 or 32, public 32 or (ecdsa) 33. */
const BODIES = [64 + 32, 32 + 32, 32 + 33].map((keys) => HEADER.length + DIVIDER.length + keys);

const notKeystore = (
  why: string,
  hint = 'Give the JSON file that a wallet exported for one account.',
): BursarError => usageError('KEYSTORE', `This is not a key file that bursar can use: ${why}.`, { hint });

/**
 * Reads the public part of a key file.
 * @throws usage KEYSTORE: not JSON, another version, a batch of accounts, unencrypted, Ethereum, damaged
 */
export async function parseKeyFile(bytes: Uint8Array): Promise<KeyFile> {
  const root = record(parseJson(bytes), 'it is not a JSON object');
  if (root.accounts !== undefined) {
    throw notKeystore('it holds several accounts', 'Export the accounts one by one.');
  }
  const encoding = record(root.encoding, 'it has no "encoding"');
  if (encoding.version !== '3') {
    throw notKeystore('its version is not 3', 'Import it into a current wallet and export it again.');
  }
  const content = strings(encoding.content);
  if (content[0] !== 'pkcs8') throw notKeystore('its content is not pkcs8');
  if (content[1] === 'ethereum')
    throw notKeystore('it holds an Ethereum key', 'Use an sr25519, ed25519 or ecdsa key.');
  const type = content[1];
  if (!isKeyType(type)) throw notKeystore('its key type is not sr25519, ed25519 or ecdsa');
  const layers = strings(encoding.type);
  if (layers.includes('none')) {
    throw notKeystore(
      'it is not encrypted',
      'Export it with a passphrase, or import the mnemonic or seed instead.',
    );
  }
  if (layers.join() !== 'scrypt,xsalsa20-poly1305')
    throw notKeystore('its encryption is not scrypt with xsalsa20-poly1305');
  const encrypted = decodeEncoded(root.encoded);
  return { type, encrypted, accountId: await readAddress(root.address, type), meta: readMeta(root.meta) };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return strictJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    if (error instanceof DuplicateName) throw notKeystore('one name is there twice in one object');
    // The parser quotes the text, which may be a mnemonic in the wrong file: neither message nor cause is passed on.
    throw notKeystore('it is not JSON');
  }
}

function record(value: unknown, why: string): Record<string, unknown> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw notKeystore(why);
  return value as Record<string, unknown>;
}

const strings = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

function decodeEncoded(value: unknown): Uint8Array {
  if (typeof value !== 'string') throw notKeystore('it has no "encoded" text');
  const hex = /^0x(?:[0-9a-f]{2})+$/i.test(value);
  if (!hex && !/^[A-Za-z0-9+/]+={0,2}$/.test(value))
    throw notKeystore('its "encoded" text is neither base64 nor hex');
  const bytes = hex ? Buffer.from(value.slice(2), 'hex') : Buffer.from(value, 'base64');
  if (!BODIES.includes(bytes.length - PREAMBLE - NONCE - TAG))
    throw notKeystore('its "encoded" text has an impossible length');
  costOf(bytes);
  return bytes;
}

function costOf(encrypted: Uint8Array): ScryptCost {
  const view = new DataView(encrypted.buffer, encrypted.byteOffset + SALT, 12);
  const [N, p, r] = [0, 4, 8].map((offset) => view.getUint32(offset, true));
  const known = SCRYPT_KNOWN.find((cost) => cost.N === N && cost.p === p && cost.r === r);
  if (known === undefined) throw notKeystore(`no wallet writes its scrypt cost (N=${N}, r=${r}, p=${p})`);
  return known;
}

async function readAddress(address: unknown, type: KeyType): Promise<Uint8Array> {
  if (typeof address !== 'string') throw notKeystore('it has no "address"');
  if (/^0x0[23][0-9a-f]{64}$/i.test(address) && type === 'ecdsa') {
    return await accountIdOf(type, Buffer.from(address.slice(2), 'hex'));
  }
  if (/^0x[0-9a-f]{64}$/i.test(address)) return Uint8Array.from(Buffer.from(address.slice(2), 'hex'));
  try {
    return decodeSs58(address).accountId;
  } catch {
    throw notKeystore('its "address" is not one');
  }
}

/** Metadata is for people: what is not of the expected form is left out, not refused. */
function readMeta(value: unknown): KeyMeta {
  const meta = value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {};
  const { name, genesisHash, whenCreated } = meta;
  return {
    ...(typeof name === 'string' && name.length <= 128 ? { name } : {}),
    ...(typeof genesisHash === 'string' && /^0x[0-9a-f]{64}$/i.test(genesisHash) ? { genesisHash } : {}),
    ...(Number.isSafeInteger(whenCreated) &&
    (whenCreated as number) >= 0 &&
    (whenCreated as number) <= 8.64e15
      ? { whenCreated: whenCreated as number }
      : {}),
  };
}

/**
 * The text of an encrypted key file.
 * @param cost a known scrypt cost; lower ones are for tests
 */
export async function sealKeyFile(
  pair: KeyPair,
  passphrase: Uint8Array,
  meta: KeyMeta,
  cost: ScryptCost = SCRYPT_DEFAULT,
): Promise<string> {
  const p = await import('#polkadot');
  const salt = randomBytes(SALT);
  const body = Buffer.concat([HEADER, pair.secretKey, DIVIDER, pair.publicKey]);
  const secret = await stretch(passphrase, salt, cost);
  try {
    const { encrypted, nonce } = p.naclEncrypt(body, secret, randomBytes(NONCE));
    const preamble = Buffer.concat([salt, ...[cost.N, cost.p, cost.r].map(u32)]);
    const address =
      pair.type === 'ecdsa'
        ? `0x${Buffer.from(pair.publicKey).toString('hex')}`
        : encodeSs58(pair.publicKey, GENERIC_PREFIX);
    const file = {
      encoded: Buffer.concat([preamble, nonce, encrypted]).toString('base64'),
      encoding: { content: ['pkcs8', pair.type], type: ['scrypt', 'xsalsa20-poly1305'], version: '3' },
      address,
      meta,
    };
    return `${JSON.stringify(file)}\n`;
  } finally {
    body.fill(0);
    secret.fill(0);
  }
}

function u32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/**
 * Opens a key file. The caller wipes the pair.
 * @param name for the message
 * @throws precondition KEY_PASSPHRASE; usage KEYSTORE when what it holds is not the key of its address
 */
export async function openKeyFile(file: KeyFile, passphrase: Uint8Array, name: string): Promise<KeyPair> {
  const p = await import('#polkadot');
  const { encrypted } = file;
  const secret = await stretch(passphrase, encrypted.subarray(0, SALT), costOf(encrypted));
  const nonce = encrypted.subarray(PREAMBLE, PREAMBLE + NONCE);
  const body = p.naclDecrypt(
    Uint8Array.from(encrypted.subarray(PREAMBLE + NONCE)),
    Uint8Array.from(nonce),
    secret,
  );
  secret.fill(0);
  if (body === null) {
    throw preconditionError('KEY_PASSPHRASE', `The passphrase does not open key ${name}.`, {
      hint: 'Try again; if it is surely right, the file is damaged: restore it from a backup or from the mnemonic.',
    });
  }
  let pair: KeyPair | undefined;
  try {
    pair = pairOfBody(p, body, file.type);
    const accountId = await accountIdOf(pair.type, pair.publicKey);
    if (Buffer.from(accountId).equals(file.accountId) && isPair(p, pair)) return pair;
  } catch {
    // An invalid scalar, a wrong header: whatever it was, its message could quote the body.
  } finally {
    body.fill(0);
  }
  if (pair !== undefined) wipe(pair);
  throw notKeystore(
    `what key ${name} holds is not the key of its address`,
    'Restore the file from a backup or from the mnemonic.',
  );
}

function pairOfBody(p: typeof import('#polkadot'), body: Uint8Array, type: KeyType): KeyPair {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  const at = [64, 32].find(
    (length) => bytes.indexOf(DIVIDER, HEADER.length + length) === HEADER.length + length,
  );
  if (!bytes.subarray(0, HEADER.length).equals(HEADER) || at === undefined) throw new Error('unknown body');
  const secretKey = Uint8Array.from(bytes.subarray(HEADER.length, HEADER.length + at));
  if (at === 64)
    return {
      type,
      secretKey,
      publicKey: Uint8Array.from(bytes.subarray(HEADER.length + 64 + DIVIDER.length)),
    };
  return fromSeed(p, secretKey, type);
}

/** Whether the halves belong together: a signature of the one is valid for the other. */
function isPair(p: typeof import('#polkadot'), pair: KeyPair): boolean {
  const message = new TextEncoder().encode('bursar: does this key fit its address?');
  const signature = signRaw(p, message, pair);
  return p.signatureVerify(message, signature, pair.publicKey).isValid;
}

/** The 32-byte key of a passphrase. Off the main thread: an interrupt is heard meanwhile. */
function stretch(passphrase: Uint8Array, salt: Uint8Array, { N, r, p }: ScryptCost): Promise<Uint8Array> {
  const options: ScryptOptions = { N, r, p, maxmem: 2 * 128 * N * r };
  return new Promise((resolve, reject) => {
    scrypt(passphrase, salt, 32, options, (error, key) => {
      if (error === null) resolve(Uint8Array.from(key));
      else
        reject(
          preconditionError('KEY_MEMORY', 'There is not enough memory to open or seal a key file (128 MiB).'),
        );
    });
  });
}
