/** Keys for people, and the plain data that `--json` prints of them: what is public, nothing else. */

import { type Block, cell, type View } from '../view.js';
import { shellQuote } from './echo.js';
import type { KeyEntry, KeyList, UnusableKey } from './keystore.js';
import type { KeyType } from './pairs.js';
import { encodeSs58, GENERIC_PREFIX, networkOfPrefix } from './ss58.js';

/** The network whose addresses are shown. */
export interface AddressForm {
  readonly network: string;
  readonly ss58Prefix: number;
}

/** What is public of a key. */
export interface KeyReport {
  readonly name: string;
  /** SS58 in the network's prefix. */
  readonly address: string;
  /** SS58 in the generic prefix 42. */
  readonly genericAddress: string;
  /** 0x and 64 hex digits: the public key, its blake2b-256 for ecdsa. */
  readonly accountId: string;
  readonly type: KeyType;
  /** Path of the encrypted key file. */
  readonly file: string;
  /** Permissions of the file, four octal digits. */
  readonly mode: string;
  /** Whether nobody but the owner can read the file; others are not used for signing. */
  readonly private: boolean;
  /** The name inside the file, when it differs from the file's. */
  readonly label?: string;
  /** The chain that the key is meant for, if its owner said so. */
  readonly genesisHash?: string;
  /** When the key was made: ISO 8601, UTC. */
  readonly created?: string;
}

export interface KeyListReport extends AddressForm {
  readonly keysDir: string;
  readonly keys: readonly KeyReport[];
  readonly unusable: readonly UnusableKey[];
}

export function keyReport(key: KeyEntry, { ss58Prefix }: AddressForm): KeyReport {
  return {
    name: key.name,
    address: encodeSs58(Buffer.from(key.accountId.slice(2), 'hex'), ss58Prefix),
    genericAddress: key.address,
    accountId: key.accountId,
    type: key.type,
    file: key.file,
    mode: key.mode,
    private: key.private,
    ...(key.label === undefined ? {} : { label: key.label }),
    ...(key.genesisHash === undefined ? {} : { genesisHash: key.genesisHash }),
    ...(key.whenCreated === undefined ? {} : { created: new Date(key.whenCreated).toISOString() }),
  };
}

export const keyListReport = (list: KeyList, keysDir: string, form: AddressForm): KeyListReport => ({
  keysDir,
  network: form.network,
  ss58Prefix: form.ss58Prefix,
  keys: list.keys.map((key) => keyReport(key, form)),
  unusable: list.unusable,
});

export function keyView(key: KeyReport, { network, ss58Prefix }: AddressForm, title: string): View {
  const generic = ss58Prefix === GENERIC_PREFIX;
  const row = (name: string, value: string | undefined) =>
    value === undefined ? [] : [{ key: name, value }];
  return {
    title,
    blocks: [
      {
        kind: 'keyValues',
        rows: [
          {
            key: 'Address',
            value: cell(key.address, 'strong'),
            note: generic ? 'any network' : networkOfPrefix(ss58Prefix, network),
          },
          ...(generic
            ? []
            : [{ key: 'Generic address', value: key.genericAddress, note: networkOfPrefix(GENERIC_PREFIX) }]),
          { key: key.type === 'ecdsa' ? 'Account id' : 'Public key', value: key.accountId },
          { key: 'Type', value: key.type },
          ...row('Label', key.label),
          ...row('Meant for chain', key.genesisHash),
          ...row('Made', key.created),
          { key: 'File', value: key.file, note: `mode ${key.mode}` },
        ],
      },
      ...openFileNote([key]),
    ],
  };
}

export function keyListView(list: KeyListReport): View {
  const generic = list.ss58Prefix === GENERIC_PREFIX;
  const blocks: Block[] =
    list.keys.length === 0
      ? [{ kind: 'paragraph', text: `No keys in ${list.keysDir}. Make one: bursar keys new NAME` }]
      : [
          {
            kind: 'table',
            columns: [
              'Name',
              `Address (${list.network})`,
              ...(generic ? [] : ['Generic address']),
              'Type',
              'File mode',
            ].map((header) => ({ header })),
            rows: list.keys.map((key) => [
              cell(key.name, 'strong'),
              key.address,
              ...(generic ? [] : [key.genericAddress]),
              key.type,
              key.private ? cell(key.mode, 'good') : cell(`${key.mode} open to others`, 'bad'),
            ]),
          },
          ...openFileNote(list.keys),
        ];
  for (const { file, problem } of list.unusable)
    blocks.push({ kind: 'note', tone: 'warn', text: `${file}: ${problem}` });
  return { title: 'Keys', subtitle: list.keysDir, blocks };
}

function openFileNote(keys: readonly KeyReport[]): Block[] {
  const open = keys.filter((key) => !key.private);
  if (open.length === 0) return [];
  const files = open.map(({ file }) => shellQuote(file)).join(' ');
  return [
    {
      kind: 'note',
      tone: 'bad',
      text: `Other users can read ${open.length === 1 ? 'this key file' : 'these key files'}; bursar does not sign with them until you run: chmod 600 ${files}`,
    },
  ];
}
