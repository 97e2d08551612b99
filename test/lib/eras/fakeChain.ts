/** A chain that is a table of storage values: for pallets and states that the development chain does not have. */

import type { Chain, StorageQuery } from '../../../src/lib/chain/types.js';
import type { Plain } from '../../../src/lib/plain.js';

export interface FakeChainOptions {
  /** By `Pallet.Item`: values by their keys as JSON; the empty key is the value of a plain item. */
  readonly storage: Readonly<Record<string, Readonly<Record<string, Plain>>>>;
  /** By `Pallet.Name`. */
  readonly constants?: Readonly<Record<string, Plain>>;
  /** What absent values decode to, by `Pallet.Item`; null without. */
  readonly defaults?: Readonly<Record<string, Plain>>;
}

export interface FakeChain extends Chain {
  /** Every query, as `Pallet.Item` and its keys. */
  readonly asked: string[];
}

export const keys = (...values: Plain[]): string => JSON.stringify(values);

export function fakeChain({ storage, constants = {}, defaults = {} }: FakeChainOptions): FakeChain {
  const asked: string[] = [];
  let requests = 0;
  const never = (): never => {
    throw new Error('a fake chain does not know that');
  };
  return {
    asked,
    endpoint: 'fake',
    identity: {
      genesisHash: `0x${'9d'.repeat(32)}`,
      specName: 'fake',
      specVersion: 1,
      transactionVersion: 1,
      name: '',
    },
    token: { symbol: 'UNIT', decimals: 10, ss58Prefix: 42 },
    reference: { hash: `0x${'b1'.repeat(32)}`, number: 1_000, timestamp: 1_760_000_000_000 },
    get requests() {
      return requests;
    },
    hasPallet: (pallet) => Object.keys(storage).some((name) => name.startsWith(`${pallet}.`)),
    hasCall: () => false,
    hasStorage: (pallet, item) => Object.hasOwn(storage, `${pallet}.${item}`),
    hasConstant: (pallet, name) => Object.hasOwn(constants, `${pallet}.${name}`),
    hasApi: () => false,
    callArguments: never,
    assetOf: () => undefined,
    assetAt: () => ({ kind: 'unknown' }),
    isBoundedCall: () => false,
    enumVariants: never,
    constant: (pallet, name) => constants[`${pallet}.${name}`] ?? never(),
    read: async (queries: readonly StorageQuery[]) => {
      requests += 1;
      return queries.map(({ pallet, item, keys: of = [], optional }) => {
        const name = `${pallet}.${item}`;
        asked.push(`${name} ${JSON.stringify(of)}`);
        const values = storage[name];
        if (values === undefined) throw new Error(`the fake chain has no ${name}`);
        return values[JSON.stringify(of)] ?? (optional ? null : (defaults[name] ?? null));
      });
    },
    entries: never,
    api: never,
    encodeCall: never,
    decodeCall: never,
    events: never,
    close: async () => {},
  };
}
