/**
 * In which asset the numbers of calls and events are. The metadata says how a number is encoded and how the pallet's source
 * spells its type, not what it is an amount of: that is known here for the pallets of polkadot-sdk, and not guessed for
 * others. A number that is taken for the chain's own token shows an operator ten thousand times too much or too little.
 */

import type { Plain } from '../plain.js';
import type { FieldInfo, Pallets } from './pallets.js';

/** What an amount is of. */
export type AssetRef =
  | { readonly kind: 'native' }
  /** An asset of an instance of pallet-assets. */
  | { readonly kind: 'asset'; readonly pallet: string; readonly id: Plain }
  /** An asset of another chain, by its XCM location as seen from here. */
  | { readonly kind: 'location'; readonly location: Plain }
  /** An amount, but of what the metadata does not say. */
  | { readonly kind: 'unknown' };

/** A decoded call or event, in which a field is looked at. */
export interface Place {
  readonly kind: 'call' | 'event';
  readonly pallet: string;
  /** The call's or event's name. */
  readonly name: string;
  /** All its fields: which asset it is, another field often says. Unnamed fields by position. */
  readonly fields: { readonly [name: string]: Plain | undefined };
}

/**
 * Pallets of polkadot-sdk and the Polkadot runtimes whose `BalanceOf<T>` and `T::Balance` are the currency of their
 * configuration, which in all known runtimes is pallet-balances.
 */
const NATIVE_PALLETS = new Set(
  `Balances TransactionPayment Staking NominationPools DelegatedStaking FastUnstake VoterList ElectionProviderMultiPhase
  MultiBlockElectionSigned Session Vesting Claims Indices Identity Multisig Proxy Utility Preimage Recovery Society Treasury
  Bounties ChildBounties Tips ConvictionVoting Democracy Referenda FellowshipReferenda PhragmenElection Elections
  CollatorSelection Registrar Slots Auctions Crowdloan OnDemand OnDemandAssignmentProvider Coretime Broker Configuration
  StateTrieMigration Nfts Uniques Contracts Revive RelaySimulator AhOps`.split(/\s+/),
);

/** System parachains keep no token of their own: theirs is the relay chain's. By spec name, of the fellowship's runtimes. */
const RELAY_TOKEN_SPECS =
  /^(?:statemint|statemine|westmint|asset-hub-[a-z]+|bridge-hub-[a-z]+|people-[a-z]+|coretime-[a-z]+|collectives(?:-[a-z]+)?|encointer-parachain)$/;

export class Amounts {
  readonly #pallets: Pallets;
  readonly #hasStorage: (pallet: string, item: string) => boolean;
  readonly #specName: () => string;

  constructor(
    pallets: Pallets,
    runtime: { hasStorage(pallet: string, item: string): boolean; specName(): string },
  ) {
    this.#pallets = pallets;
    this.#hasStorage = runtime.hasStorage;
    this.#specName = runtime.specName;
  }

  /** The asset whose amount a field holds; undefined: the field is no amount. */
  assetOf(place: Place, field: string): AssetRef | undefined {
    const typeName = this.#field(place, field)?.typeName ?? '';
    if (/\bDepositBalanceOf</.test(typeName)) return { kind: 'native' };
    if (/\bAssetBalanceOf</.test(typeName)) return this.#kindBeside(place);
    if (!/\bBalanceOf</.test(typeName) && !/^(?:Option<)?(?:T::|Self::)?Balance>?$/.test(typeName))
      return undefined;
    // The fee is in the asset that it was paid with, the tip in the chain's own token.
    if (place.name === 'AssetTxFeePaid')
      return /fee/i.test(field) ? this.#kindBeside(place) : { kind: 'native' };
    if (this.#isAssets(place.pallet)) return assetIn(place);
    if (place.pallet === 'AssetConversion') return this.#swapped(place, field);
    return { kind: NATIVE_PALLETS.has(place.pallet) ? 'native' : 'unknown' };
  }

  /** The asset at an XCM location, as this chain knows it. */
  assetAt(location: Plain): AssetRef {
    if (location === 'Native') return { kind: 'native' };
    const { parents, interior, WithId } = (location ?? {}) as { [key: string]: Plain };
    if (WithId !== undefined) return { kind: 'asset', pallet: 'Assets', id: WithId };
    if (parents === undefined || interior === undefined) return { kind: 'unknown' };
    const junctions = junctionsOf(interior);
    const own = parents === 0 && junctions.length === 0;
    if (own || (parents === 1 && junctions.length === 0 && RELAY_TOKEN_SPECS.test(this.#specName())))
      return { kind: 'native' };
    const [first, second] = junctions as { PalletInstance?: number; GeneralIndex?: Plain }[];
    if (parents === 0 && junctions.length === 2 && first?.PalletInstance !== undefined) {
      const pallet = this.#pallets.nameOf(first.PalletInstance);
      const id = second?.GeneralIndex;
      if (pallet !== undefined && id !== undefined && this.#isAssets(pallet))
        return { kind: 'asset', pallet, id };
    }
    if (this.#isAssets('ForeignAssets'))
      return { kind: 'asset', pallet: 'ForeignAssets', id: { parents, interior: interiorOf(junctions) } };
    return { kind: 'location', location };
  }

  /** An instance of pallet-assets, whatever its name. */
  #isAssets(pallet: string): boolean {
    return (
      this.#pallets.findCall(pallet, 'approve_transfer') !== undefined &&
      this.#hasStorage(pallet, 'Metadata') &&
      this.#hasStorage(pallet, 'Approvals')
    );
  }

  #field({ kind, pallet, name }: Place, field: string): FieldInfo | undefined {
    const fields =
      kind === 'call' ? this.#pallets.findCall(pallet, name)?.args : this.#pallets.eventFields(pallet, name);
    return fields?.find((info) => camel(info.name) === camel(field)) ?? fields?.[Number(field)];
  }

  /** The asset that a field beside the amount names. */
  #kindBeside({ fields }: Place): AssetRef {
    const beside = fields.asset_kind ?? fields.assetKind ?? fields.asset_id ?? fields.assetId;
    if (beside === undefined || beside === null) return { kind: 'unknown' };
    if (typeof beside !== 'object') return { kind: 'asset', pallet: 'Assets', id: beside };
    return this.#locatable(beside as { [key: string]: Plain });
  }

  /** `VersionedLocatableAsset`: an asset, and where it is kept. Only what is kept here is known. */
  #locatable(value: { [key: string]: Plain }): AssetRef {
    const versioned = (value.V5 ?? value.V4 ?? value.V3 ?? value) as { [key: string]: Plain };
    if (versioned.location === undefined) return this.assetAt(versioned);
    const at = versioned.location as { [key: string]: Plain };
    const id = unwrapId(versioned.assetId ?? null);
    const here = at.parents === 0 && junctionsOf(at.interior ?? null).length === 0;
    return here ? this.assetAt(id) : { kind: 'location', location: id };
  }

  /** Amounts of pallet-asset-conversion belong to one side of a pair or one end of a path. */
  #swapped({ fields }: Place, field: string): AssetRef {
    const pair = (fields.pool_id ?? fields.poolId ?? []) as readonly Plain[];
    // Calls have a list of assets, events a list of pairs of asset and amount.
    const path = ((fields.path ?? []) as readonly Plain[]).map((step) =>
      Array.isArray(step) ? step[0] : step,
    );
    const side = /^amount_?1/.test(field)
      ? (fields.asset1 ?? pair[0])
      : /^amount_?2/.test(field)
        ? (fields.asset2 ?? pair[1])
        : /^amount_?[iI]n/.test(field)
          ? path[0]
          : /^amount_?[oO]ut/.test(field)
            ? path.at(-1)
            : undefined;
    return side === undefined || side === null ? { kind: 'unknown' } : this.assetAt(side as Plain);
  }
}

function assetIn({ pallet, fields }: Place): AssetRef {
  const id = fields.id ?? fields.asset_id ?? fields.assetId;
  return id === undefined || id === null ? { kind: 'unknown' } : { kind: 'asset', pallet, id };
}

/** The junctions of a location's interior, in any version of XCM. */
export function junctionsOf(interior: Plain): readonly Plain[] {
  if (interior === null || typeof interior !== 'object' || Array.isArray(interior)) return [];
  const [inner] = Object.values(interior as { [key: string]: Plain });
  if (inner === undefined || inner === null) return [];
  return Array.isArray(inner) ? inner : [inner];
}

/** As the newer versions of XCM write it, in which the keys of ForeignAssets are. */
const interiorOf = (junctions: readonly Plain[]): Plain =>
  junctions.length === 0 ? 'Here' : { [`X${junctions.length}`]: junctions };

/** Until version 3 of XCM an asset id says that it is a concrete one. */
export const unwrapId = (id: Plain): Plain =>
  (id !== null && typeof id === 'object' && !Array.isArray(id)
    ? (id as { Concrete?: Plain }).Concrete
    : undefined) ?? id;

const camel = (name: string): string =>
  name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
