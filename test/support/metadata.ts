/** Metadata that says something else than the chain's own: what a lying node serves. */

import { Metadata, TypeRegistry } from '@polkadot/types';
import { compactStripLength, compactToU8a, hexToU8a, u8aConcat, u8aToHex } from '@polkadot/util';
import type { Fault, FaultyProxy } from './proxy.js';

// The codec's own classes: a struct is a map from its fields to their values.
type Fields = Map<string, unknown>;
// biome-ignore lint/suspicious/noExplicitAny: the generated types of three versions have little in common
type Versioned = any;

/** The decoded metadata; what is set in its structs is what is encoded again. */
export interface Draft {
  readonly registry: TypeRegistry;
  /** `asV14`, `asV15` or `asV16`. */
  readonly body: Versioned;
}

/** @param hex metadata as `state_getMetadata` answers it */
export function forged(hex: string, change: (draft: Draft) => void): string {
  const registry = new TypeRegistry();
  const metadata = new Metadata(registry, hex as `0x${string}`);
  change({ registry, body: (metadata as Versioned)[`asV${metadata.version}`] });
  return metadata.toHex();
}

/** A number in the place of another of the same width. */
export const put = (
  { registry }: Draft,
  struct: unknown,
  field: string,
  type: string,
  value: unknown,
): void => {
  (struct as Fields).set(field, registry.createType(type as 'u8', value as never));
};

/** The variant of an enum, by the end of its type's path (`pallet::Call` of a pallet) and its name. */
export function variantOf({ body }: Draft, path: string, name: string): Versioned {
  for (const { type } of body.lookup.types) {
    if (!type.path.map(String).join('::').endsWith(path)) continue;
    const found = type.def.asVariant.variants.find((one: Versioned) => one.name.toString() === name);
    if (found) return found;
  }
  throw new Error(`no ${path}::${name}`);
}

/** The bytes that mean one call mean the other, and the other way round. */
export const swapCalls =
  (one: string, other: string, path = 'staking_async::pallet::pallet::Call') =>
  (draft: Draft): void => {
    const [a, b] = [variantOf(draft, path, one), variantOf(draft, path, other)];
    const [indexOfA, indexOfB] = [a.index.toNumber(), b.index.toNumber()];
    put(draft, a, 'index', 'u8', indexOfB);
    put(draft, b, 'index', 'u8', indexOfA);
  };

/** A proxy that forges all metadata that passes, in whatever version it is asked for. */
export function forgeMetadata(proxy: FaultyProxy, change: (draft: Draft) => void): FaultyProxy {
  const known = new Map<string, string>();
  const once = (hex: string) => {
    const made = known.get(hex) ?? forged(hex, change);
    known.set(hex, made);
    return made;
  };
  const plain: Fault = { kind: 'alter', with: (result) => once(String(result)) };
  const wrapped: Fault = {
    kind: 'alter',
    with: (result, [api]) => {
      const bytes = hexToU8a(String(result));
      // `Option<OpaqueMetadata>` of the newer call, `OpaqueMetadata` of the older one.
      const skip = String(api) === 'Metadata_metadata' ? 0 : 1;
      if (skip === 1 && bytes[0] !== 1) return result;
      const inner = hexToU8a(once(u8aToHex(compactStripLength(bytes.subarray(skip))[1])));
      return u8aToHex(u8aConcat(bytes.subarray(0, skip), compactToU8a(inner.length), inner));
    },
  };
  const isMetadata = ([api]: readonly unknown[]) => /^Metadata_metadata(_at_version)?$/.test(String(api));
  return proxy.on('state_call', wrapped, { when: isMetadata }).on('state_getMetadata', plain);
}
