/**
 * Whether metadata means one thing only. The digest that a signature commits to (RFC-78, see digest.ts) covers the types
 * that are reachable from a transaction, and not the list of pallets, by whose names calls are found here. So the list
 * must say what those types say, or a node could keep the digest and still move a name to another call.
 */

import type { SiLookupTypeId } from '@polkadot/types/interfaces';
import { preconditionError } from '../errors.js';
import type { P } from './codec.js';

type Metadata = InstanceType<P['Metadata']>;

/** @throws precondition METADATA_INCONSISTENT */
export function assertSound(metadata: Metadata): void {
  const { lookup, pallets } = metadata.asLatest;
  // A type is found by its id here and by its place elsewhere: they must be the same.
  lookup.types.forEach(({ id }, place) => {
    if (id.toNumber() !== place) throw inconsistent(`its type ${id} stands at place ${place}`);
  });
  const callType = callTypeOf(metadata);
  if (callType === undefined) return;
  const { def } = lookup.getSiType(callType);
  if (!def.isVariant) throw inconsistent('its call type is no enum');
  const variants = new Map(def.asVariant.variants.map((variant) => [variant.name.toString(), variant]));
  const withCalls = pallets.filter(({ calls }) => calls.isSome);
  const indices = new Set(withCalls.map(({ index }) => index.toNumber()));
  if (variants.size !== def.asVariant.variants.length || indices.size !== withCalls.length)
    throw inconsistent('two of its pallets share a name or an index');
  for (const { name, index, calls } of withCalls) {
    const variant = variants.get(name.toString());
    const isSame =
      variant?.index.eq(index) &&
      variant.fields.length === 1 &&
      variant.fields[0]?.type.eq(calls.unwrap().type);
    if (!isSame) throw inconsistent(`the calls of its pallet ${name} are not those of its call type`);
  }
  if (withCalls.length !== variants.size) {
    const listed = new Set(withCalls.map(({ name }) => name.toString()));
    const hidden = [...variants.keys()].filter((name) => !listed.has(name));
    throw inconsistent(`it has calls of pallets that it does not list: ${hidden.join(', ')}`);
  }
}

/** The type of the outer call; version 14 names it only as a parameter of the extrinsic's type. */
function callTypeOf(metadata: Metadata): SiLookupTypeId | undefined {
  if (metadata.version > 14) {
    const { extrinsic, outerEnums } = metadata.version === 15 ? metadata.asV15 : metadata.asV16;
    if (!extrinsic.callType.eq(outerEnums.callType)) throw inconsistent('it names two call types');
    return extrinsic.callType;
  }
  const { lookup, extrinsic } = metadata.asV14;
  const parameter = lookup.getSiType(extrinsic.type).params.find(({ name }) => name.toString() === 'Call');
  return parameter?.type.unwrapOr(undefined) as SiLookupTypeId | undefined;
}

const inconsistent = (what: string) =>
  preconditionError('METADATA_INCONSISTENT', `The endpoint's metadata contradicts itself: ${what}.`, {
    hint: 'Nothing was sent. No runtime makes such metadata: name another endpoint with --rpc.',
  });
