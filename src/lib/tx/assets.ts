/**
 * Amounts in their own units: which assets calls and events mention, what the chain says of their symbols and decimals, and
 * how such an amount is written. Nothing that was not looked up is shown in units.
 */

import { type AssetRef, junctionsOf, type Place, unwrapId } from '../chain/amounts.js';
import { isRuntimeCall } from '../chain/codec.js';
import type { Chain, StorageQuery } from '../chain/types.js';
import { formatAmount } from '../numeric/amount.js';
import { type Plain, toCanonicalJson } from '../plain.js';
import type { Outcome, OutcomeNode } from './outcome.js';
import type { RuntimeCall } from './plan.js';

/** How amounts of an asset are written. */
export interface AssetUnit {
  readonly symbol: string;
  readonly decimals: number;
}

/** What is needed to write calls and events down. */
export interface Describer
  extends Pick<Chain, 'token' | 'assetOf' | 'assetAt' | 'isBoundedCall' | 'decodeCall'> {
  /** The units of the assets that were looked up, by {@link keyOf}. */
  readonly units: ReadonlyMap<string, AssetUnit>;
}

/** Distinct assets that are looked up for one screen; a hostile call may name thousands. */
const MOST = 200;

/**
 * Looks up what the calls and outcomes mention, in one request. An asset that cannot be looked up is written in base units:
 * this fails for nothing.
 */
export async function describerOf(
  chain: Describable,
  roots: readonly (RuntimeCall | OutcomeNode | Outcome)[],
): Promise<Describer> {
  const bare: Describer = {
    token: chain.token,
    assetOf: (place, field) => chain.assetOf(place, field),
    assetAt: (location) => chain.assetAt(location),
    isBoundedCall: (pallet, call, argument) => chain.isBoundedCall(pallet, call, argument),
    decodeCall: (hex) => chain.decodeCall(hex),
    units: new Map(),
  };
  const mentioned = new Map<string, AssetRef & { kind: 'asset' }>();
  const found = (ref: AssetRef | undefined) => {
    if (ref?.kind === 'asset' && mentioned.size < MOST) mentioned.set(keyOf(ref), ref);
  };
  for (const root of roots) mention(bare, root, found);
  if (mentioned.size === 0) return bare;
  const refs = [...mentioned.values()];
  const queries = refs.map(
    ({ pallet, id }): StorageQuery => ({ pallet, item: 'Metadata', keys: [id], optional: true }),
  );
  const values = await readEach(chain, queries);
  const units = new Map<string, AssetUnit>();
  refs.forEach((ref, index) => {
    const unit = unitOf(values[index] ?? null);
    if (unit !== undefined) units.set(keyOf(ref), unit);
  });
  return { ...bare, units };
}

type Describable = Pick<Chain, 'token' | 'assetOf' | 'assetAt' | 'isBoundedCall' | 'decodeCall' | 'read'>;

/** All in one request; if one query does not fit the chain's types, each on its own. */
async function readEach(chain: Describable, queries: readonly StorageQuery[]): Promise<readonly Plain[]> {
  try {
    return await chain.read(queries);
  } catch {
    return Promise.all(
      queries.map(async (query) => (await chain.read([query]).catch(() => [null]))[0] ?? null),
    );
  }
}

/** `AssetMetadata` of pallet-assets. A symbol that is no plain word could pass for something else: it is not used. */
function unitOf(value: Plain): AssetUnit | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  const { symbol, decimals } = value as { symbol?: Plain; decimals?: Plain };
  const text = typeof symbol === 'string' ? Buffer.from(symbol.slice(2), 'hex').toString('utf8') : '';
  if (typeof decimals !== 'number' || decimals > 38 || !/^[A-Za-z][A-Za-z0-9.]{0,15}$/.test(text))
    return undefined;
  return { symbol: text, decimals };
}

/** Assets of one place have one key, however their id is spelt in memory. */
const keyOf = ({ pallet, id }: { pallet: string; id: Plain }): string => `${pallet} ${toCanonicalJson(id)}`;

/** An amount with its asset: `1.5 DOT`, `12.5 USDT (Assets 1984)`, `12500000 base units (Assets 1984)`. */
export function amountText(
  describe: Pick<Describer, 'token' | 'units'>,
  ref: AssetRef,
  amount: bigint,
): string {
  switch (ref.kind) {
    case 'native':
      return formatAmount(amount, describe.token);
    case 'asset': {
      // Anybody may call an asset DOT: the id always stands beside the symbol.
      const unit = describe.units.get(keyOf(ref));
      const written = unit === undefined ? `${amount} base units` : formatAmount(amount, unit);
      return `${written} (${ref.pallet} ${idText(ref.id)})`;
    }
    case 'location':
      return `${amount} base units (${idText(ref.location)})`;
    case 'unknown':
      return `${amount} base units`;
  }
}

/** An id or a location in few characters: `1984`, `../Parachain 2000/GeneralKey …`. */
function idText(id: Plain): string {
  if (id === null || typeof id !== 'object' || Array.isArray(id)) return String(id);
  const { parents, interior } = id as { parents?: number; interior?: Plain };
  if (parents === undefined) return toCanonicalJson(id);
  const steps = junctionsOf(interior ?? null).map((junction) =>
    typeof junction === 'string'
      ? junction
      : Object.entries(junction as { [key: string]: Plain })
          .map(
            ([name, value]) =>
              `${name} ${typeof value === 'object' ? toCanonicalJson(value) : String(value)}`,
          )
          .join(' '),
  );
  return `${'../'.repeat(Math.min(parents, 8))}${steps.join('/')}` || 'here';
}

/** `{id, fun: {Fungible}}`: an amount in an XCM program or in its arguments. */
export function xcmAsset(
  describe: Pick<Describer, 'assetAt'>,
  value: Plain | undefined,
): { ref: AssetRef; amount: bigint } | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  const { id, fun } = value as { id?: Plain; fun?: Plain };
  const amount = (fun as { Fungible?: Plain } | null | undefined)?.Fungible;
  if (id === undefined || (typeof amount !== 'bigint' && typeof amount !== 'number')) return undefined;
  return { ref: describe.assetAt(unwrapId(id)), amount: BigInt(amount) };
}

/** The call whose bytes an argument holds, to be run some other time: a referendum's proposal. */
export function inlineCall(describe: Describer, place: Place, field: string): RuntimeCall | undefined {
  const { Inline } = (place.fields[field] ?? {}) as { Inline?: Plain };
  if (typeof Inline !== 'string' || place.kind !== 'call') return undefined;
  if (!describe.isBoundedCall(place.pallet, place.name, field)) return undefined;
  try {
    return describe.decodeCall(Inline);
  } catch {
    return undefined; // whatever it is, the chain could not run it either
  }
}

/** A place in a call. */
export const placeOfCall = ({ pallet, call, args }: RuntimeCall): Place => ({
  kind: 'call',
  pallet,
  name: call,
  fields: args,
});

/** A place in an event; unnamed fields by position. */
export function placeOfEvent(event: { readonly name: string; readonly data: Plain }): Place {
  const [pallet = '', name = ''] = event.name.split('.');
  const { data } = event;
  const fields = Array.isArray(data)
    ? Object.fromEntries(data.map((item: Plain, index) => [String(index), item]))
    : data !== null && typeof data === 'object'
      ? (data as Place['fields'])
      : {};
  return { kind: 'event', pallet, name, fields };
}

/** Calls `found` with every asset that a call or an outcome mentions. */
function mention(
  describe: Describer,
  root: RuntimeCall | OutcomeNode | Outcome,
  found: (ref: AssetRef | undefined) => void,
): void {
  if ('kind' in root) {
    if (root.kind === 'included') mention(describe, root.tree, found);
    return;
  }
  if ('status' in root) {
    mention(describe, root.call, found);
    for (const event of root.events) mentionFields(describe, placeOfEvent(event), found);
    for (const child of root.children) mention(describe, child, found);
    return;
  }
  mentionFields(describe, placeOfCall(root), found);
}

function mentionFields(describe: Describer, place: Place, found: (ref: AssetRef | undefined) => void): void {
  const inside = (value: Plain | undefined): void => {
    if (isRuntimeCall(value)) mention(describe, value, found);
    else if (Array.isArray(value)) value.forEach(inside);
    else if (value !== null && typeof value === 'object') {
      const asset = xcmAsset(describe, value);
      if (asset) found(asset.ref);
      else Object.values(value as { [key: string]: Plain }).forEach(inside);
    }
  };
  for (const [field, value] of Object.entries(place.fields)) {
    found(describe.assetOf(place, field));
    const inline = inlineCall(describe, place, field);
    if (inline) mention(describe, inline, found);
    else inside(value);
  }
}
