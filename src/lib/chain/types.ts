/** What the rest of bursar knows of a chain. Values that cross this border are plain data, never codec objects. */

import type { Plain } from '../plain.js';
import type { BlockRef, ChainEvent } from '../tx/outcome.js';
import type { RuntimeCall } from '../tx/plan.js';
import type { AssetRef, Place } from './amounts.js';

/** How the chain's native amounts and addresses are written. */
export interface Token {
  readonly symbol: string;
  readonly decimals: number;
  readonly ss58Prefix: number;
  /**
   * Nobody says how many decimals the token has, so that amounts are in base units (`planck`, 0 decimals). Holds the
   * symbol that cannot be used as a unit.
   */
  readonly undenominated?: string;
}

export interface ChainIdentity {
  /** 0x-prefixed hash of block 0: which chain this is. */
  readonly genesisHash: string;
  readonly specName: string;
  readonly specVersion: number;
  readonly transactionVersion: number;
  /** `system_chain`: for people, never for decisions. */
  readonly name: string;
}

/** The finalized block at which every fact of a command is read. */
export interface ReferenceBlock extends BlockRef {
  /** Unix milliseconds of the block, from the Timestamp pallet. */
  readonly timestamp: number;
}

/** A storage value by the metadata's names. Missing optional values decode to null, others to their default. */
export interface StorageQuery {
  readonly pallet: string;
  readonly item: string;
  readonly keys?: readonly Plain[];
  /** Decode an absent value to null even where the chain has a default for it: "is there an entry" matters. */
  readonly optional?: boolean;
}

/** An encoded call, ready to be wrapped or signed. */
export interface EncodedCall {
  readonly hex: string;
  /** blake2b-256 of the encoded call. */
  readonly hash: string;
}

/**
 * Decoded values are plain: integers of up to 32 bits are numbers, wider ones bigint; accounts are SS58 text with the
 * chain's prefix; hashes and bytes are 0x hex; an absent option is null; an enum is its variant's name, or
 * `{Variant: value}` if the variant carries data (`'Staked'`, `{Account: '5F…'}`), but an `Id` address is only the
 * address; struct and event fields are in camelCase; maps are arrays of pairs; a nested call is a {@link RuntimeCall};
 * a DispatchError is `{name: 'Staking.InsufficientBond', docs}`. The same form is taken when encoding.
 */
export interface Chain {
  readonly endpoint: string;
  readonly identity: ChainIdentity;
  readonly token: Token;
  readonly reference: ReferenceBlock;
  /** Requests sent since the connection was ready. */
  readonly requests: number;

  hasPallet(pallet: string): boolean;
  hasCall(pallet: string, call: string): boolean;
  hasStorage(pallet: string, item: string): boolean;
  hasConstant(pallet: string, name: string): boolean;
  hasApi(api: string, method: string): boolean;
  /** The argument names of a call, in order. @throws precondition CALL_MISSING */
  callArguments(pallet: string, call: string): readonly string[];
  /** The asset whose amount a field of a call or event holds; undefined: it is no amount. */
  assetOf(place: Place, field: string): AssetRef | undefined;
  /** The asset at an XCM location, as this chain knows it. */
  assetAt(location: Plain): AssetRef;
  /** Whether an argument holds a whole call, inline or by the hash of a preimage. */
  isBoundedCall(pallet: string, call: string, argument: string): boolean;
  /** The variant names of an enum argument, e.g. the proxy types by name. */
  enumVariants(pallet: string, call: string, argument: string): readonly string[];

  /** A constant of the metadata. @throws precondition CONSTANT_MISSING, naming the pallet */
  constant(pallet: string, name: string): Plain;
  /** Many storage values in one request, at `at` (default: the reference block). @throws precondition STORAGE_MISSING */
  read(queries: readonly StorageQuery[], at?: string): Promise<Plain[]>;
  /** All entries of a map (or below a prefix of its keys): keys without hashing loss, values. Paged requests. */
  entries(
    query: StorageQuery,
    at?: string,
  ): Promise<{ readonly keys: readonly Plain[]; readonly value: Plain }[]>;
  /** A runtime API call at `at` (default: the reference block). @throws precondition API_MISSING */
  api(api: string, method: string, args: readonly Plain[], at?: string): Promise<Plain>;

  /** @throws precondition CALL_MISSING, usage CALL_ARGUMENT */
  encodeCall(call: RuntimeCall): EncodedCall;
  /** @throws usage CALL_DATA */
  decodeCall(hex: string): RuntimeCall;
  /** Events of a block, grouped by extrinsic index (null: not of an extrinsic). */
  events(at: string): Promise<readonly { readonly extrinsic: number | null; readonly event: ChainEvent }[]>;

  close(): Promise<void>;
}
