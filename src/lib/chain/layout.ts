/**
 * Where a value ends, by the metadata's type table alone. @polkadot's classes bring layouts of their own for some types; if
 * one does not fit a chain, everything behind it is read from the wrong place, and what is shown is not what the chain
 * executes. So the arguments of a call that is to be shown are measured a second time, here.
 */

import type { SiLookupTypeId, SiType } from '@polkadot/types/interfaces';
import type { FieldInfo } from './pallets.js';
import type * as Polkadot from './polkadot.js';

type P = typeof Polkadot;

type Lookup = InstanceType<P['TypeRegistry']>['lookup'];

/** Bytes of the primitives that have a fixed size. */
const SIZES: Readonly<Record<string, number>> = {
  Bool: 1,
  Char: 4,
  U8: 1,
  U16: 2,
  U32: 4,
  U64: 8,
  U128: 16,
  U256: 32,
  I8: 1,
  I16: 2,
  I32: 4,
  I64: 8,
  I128: 16,
  I256: 32,
};

/** Measures values of the types of one metadata. */
export class Layout {
  readonly #lookup: Lookup;

  constructor(lookup: Lookup) {
    this.#lookup = lookup;
  }

  /**
   * The offset behind the value of a type.
   * @throws Error for bytes that are no value of it
   */
  end(id: SiLookupTypeId, bytes: Uint8Array, from: number): number {
    const { def } = this.#lookup.getSiType(id);
    if (def.isPrimitive) {
      const { type } = def.asPrimitive;
      return type === 'Str' ? this.#text(bytes, from) : within(bytes, from + SIZES[type]!);
    }
    if (def.isCompact) return this.#isNothing(def.asCompact.type) ? from : compact(bytes, from).end;
    if (def.isVariant) return this.#variant(def, bytes, from);
    if (def.isComposite) return this.#all(def.asComposite.fields, bytes, from);
    if (def.isTuple) return def.asTuple.reduce((at, type) => this.end(type, bytes, at), from);
    if (def.isArray) return this.#items(def.asArray.type, def.asArray.len.toNumber(), bytes, from);
    if (def.isSequence) {
      const { value, end } = compact(bytes, from);
      return this.#items(def.asSequence.type, value, bytes, end);
    }
    if (def.isBitSequence) {
      const { value, end } = compact(bytes, from);
      const store = SIZES[this.#lookup.getSiType(def.asBitSequence.bitStoreType).def.asPrimitive.type] ?? 1;
      return within(bytes, end + Math.ceil(value / (8 * store)) * store);
    }
    throw new Error(`values of the kind ${def.type} are not understood`);
  }

  #variant(def: SiType['def'], bytes: Uint8Array, from: number): number {
    within(bytes, from + 1);
    const variant = def.asVariant.variants.find(({ index }) => index.toNumber() === bytes[from]);
    if (variant === undefined) throw new Error(`there is no variant ${bytes[from]}`);
    return this.#all(variant.fields, bytes, from + 1);
  }

  #all(fields: readonly { readonly type: SiLookupTypeId }[], bytes: Uint8Array, from: number): number {
    return fields.reduce((at, { type }) => this.end(type, bytes, at), from);
  }

  #items(type: SiLookupTypeId, count: number, bytes: Uint8Array, from: number): number {
    const { def } = this.#lookup.getSiType(type);
    // Long lists are bytes nearly always: they need no loop.
    const size = def.isPrimitive ? SIZES[def.asPrimitive.type] : undefined;
    if (size !== undefined) return within(bytes, from + count * size);
    let at = from;
    for (let index = 0; index < count; index++) {
      const end = this.end(type, bytes, at);
      if (end === at) return at; // nothing, however often
      at = end;
    }
    return at;
  }

  #text(bytes: Uint8Array, from: number): number {
    const { value, end } = compact(bytes, from);
    return within(bytes, end + value);
  }

  /** A compact of `()` takes no byte. */
  #isNothing(id: SiLookupTypeId): boolean {
    const { def } = this.#lookup.getSiType(id);
    return def.isTuple && def.asTuple.length === 0;
  }
}

/** @throws Error if an argument takes another number of bytes than the metadata's type does */
export function assertLayout(
  layout: Layout,
  call: InstanceType<P['GenericCall']>,
  args: readonly FieldInfo[],
): void {
  const bytes = call.toU8a();
  let at = call.callIndex.length;
  args.forEach(({ id, name }, index) => {
    const end = layout.end(id, bytes, at);
    if (end - at !== call.args[index]?.encodedLength)
      throw new Error(`the argument ${name} is not laid out as the metadata says`);
    at = end;
  });
  if (at !== bytes.length) throw new Error('its arguments end before its bytes');
}

function within(bytes: Uint8Array, end: number): number {
  if (end > bytes.length) throw new Error('it is too short');
  return end;
}

/** A compact number (as far as it can be a count) and the offset behind it. */
function compact(bytes: Uint8Array, from: number): { value: number; end: number } {
  within(bytes, from + 1);
  const first = bytes[from]!;
  const length = [1, 2, 4, (first >> 2) + 5][first & 3]!;
  const end = within(bytes, from + length);
  let value = 0;
  const start = (first & 3) === 3 ? from + 1 : from;
  for (let at = end - 1; at >= start; at--) value = value * 256 + bytes[at]!;
  return { value: (first & 3) === 3 ? value : Math.floor(value / 4), end };
}
