/**
 * Arbitrary SCALE encodings of a type, straight from the metadata's type table: an encoder of its own, so that what the
 * codec under test does not understand is found and not repeated.
 */

import type { TypeRegistry } from '@polkadot/types';
import type { SiLookupTypeId, SiType } from '@polkadot/types/interfaces';
import { compactToU8a, stringToU8a, u8aConcat } from '@polkadot/util';
import fc from 'fast-check';

type Bytes = fc.Arbitrary<Uint8Array>;

const NOTHING = new Uint8Array();
const EMPTY_LIST = new Uint8Array([0]);
const integer = (bytes: number): Bytes =>
  fc.oneof(
    fc.uint8Array({ minLength: bytes, maxLength: bytes }),
    fc.constantFrom(new Uint8Array(bytes), new Uint8Array(bytes).fill(255)),
  );
const joined = (parts: readonly Bytes[]): Bytes => fc.tuple(...parts).map((all) => u8aConcat(...all));
const counted = (items: readonly Uint8Array[]): Uint8Array => u8aConcat(compactToU8a(items.length), ...items);
const compact = (bits: number): Bytes => {
  const most = 2n ** BigInt(bits) - 1n;
  return fc
    .oneof(fc.bigInt({ min: 0n, max: most < 70_000n ? most : 70_000n }), fc.bigInt({ min: 0n, max: most }))
    .map((value) => compactToU8a(value));
};

const PRIMITIVES: Readonly<Record<string, Bytes>> = {
  Bool: fc.boolean().map((value) => new Uint8Array([Number(value)])),
  Str: fc
    .string({ unit: 'grapheme', maxLength: 12 })
    .map(stringToU8a)
    .map((utf8) => u8aConcat(compactToU8a(utf8.length), utf8)),
  ...Object.fromEntries([8, 16, 32, 64, 128, 256].map((bits) => [`U${bits}`, integer(bits / 8)])),
  ...Object.fromEntries([8, 16, 32, 64, 128, 256].map((bits) => [`I${bits}`, integer(bits / 8)])),
};

/** Encodings of the types of one metadata. */
export class ScaleArbitrary {
  readonly #lookup: TypeRegistry['lookup'];
  readonly #leaf: Uint8Array;

  /** @param leaf an encoded call without calls inside, which ends the nesting of calls */
  constructor(lookup: TypeRegistry['lookup'], leaf: Uint8Array) {
    this.#lookup = lookup;
    this.#leaf = leaf;
  }

  /** Whether the type has values at all: an enum without variants has none. */
  exists(id: SiLookupTypeId): boolean {
    const { def } = this.#lookup.getSiType(id);
    if (def.isVariant)
      return (
        def.asVariant.variants.length > 0 &&
        (def.asVariant.variants.length > 1 ||
          def.asVariant.variants[0]!.fields.every(({ type }) => this.exists(type)))
      );
    if (def.isComposite) return def.asComposite.fields.every(({ type }) => this.exists(type));
    return !def.isTuple || def.asTuple.every((type) => this.exists(type));
  }

  /** @param depth how deep types may nest before lists stay empty and variants without data are taken */
  of(id: SiLookupTypeId, depth: number): Bytes {
    const type = this.#lookup.getSiType(id);
    const { def } = type;
    const inner = (one: SiLookupTypeId) => this.of(one, depth - 1);
    if (def.isPrimitive) return PRIMITIVES[def.asPrimitive.type] as Bytes;
    if (def.isCompact) return this.#compact(def.asCompact.type);
    if (def.isArray) {
      const length = def.asArray.len.toNumber();
      return fc
        .array(inner(def.asArray.type), { minLength: length, maxLength: length })
        .map((items) => u8aConcat(...items));
    }
    if (def.isSequence)
      return depth <= 0
        ? fc.constant(EMPTY_LIST)
        : fc.array(inner(def.asSequence.type), { maxLength: 3 }).map(counted);
    if (def.isTuple) return joined(def.asTuple.map(inner));
    if (def.isBitSequence)
      return fc.uint8Array({ maxLength: 4 }).map((bits) => u8aConcat(compactToU8a(bits.length * 8), bits));
    return def.isComposite ? this.#composite(type, depth) : this.#variant(type, depth);
  }

  #composite(type: SiType, depth: number): Bytes {
    const name = type.path.at(-1)?.toString();
    const { fields } = type.def.asComposite;
    // Sets and maps are in order, each key once: one entry is always both.
    if (name === 'BTreeSet' || name === 'BTreeMap') {
      const item = this.#lookup.getSiType(fields[0]!.type).def.asSequence.type;
      return depth <= 0 ? fc.constant(EMPTY_LIST) : this.of(item, depth - 1).map((one) => counted([one]));
    }
    // A vote is a byte in the metadata; the runtime takes six convictions, with or without the bit for aye.
    if (name === 'Vote')
      return fc
        .tuple(fc.nat(6), fc.boolean())
        .map(([conviction, aye]) => new Uint8Array([conviction + (aye ? 128 : 0)]));
    return joined(fields.map((field) => this.of(field.type, depth - 1)));
  }

  #variant(type: SiType, depth: number): Bytes {
    const name = type.path.at(-1)?.toString();
    if (name === 'RuntimeCall' && depth <= 2) return fc.constant(this.#leaf);
    // 256 variants in the metadata, of which the second byte is not free: a phase lies within its period.
    if (name === 'Era')
      return fc.tuple(fc.nat(15), fc.nat(0xfff)).map(([low, high]) => {
        const phase = high % Math.min(2 << low, 4_096);
        return low === 0 ? EMPTY_LIST : new Uint8Array([low + ((phase & 15) << 4), phase >> 4]);
      });
    const possible = type.def.asVariant.variants.filter((variant) =>
      variant.fields.every((field) => this.exists(field.type)),
    );
    const simple = possible.filter((variant) => variant.fields.length === 0);
    const chosen = depth <= 0 && simple.length > 0 ? simple : possible;
    return fc.integer({ min: 0, max: chosen.length - 1 }).chain((at) => {
      const variant = chosen[at]!;
      return joined([
        fc.constant(new Uint8Array([variant.index.toNumber()])),
        ...variant.fields.map((field) => this.of(field.type, depth - 1)),
      ]);
    });
  }

  #compact(id: SiLookupTypeId): Bytes {
    const { def } = this.#lookup.getSiType(id);
    if (def.isPrimitive) return compact(Number(def.asPrimitive.type.slice(1)));
    // A new type around a number, such as Perbill.
    if (def.isComposite) return this.#compact(def.asComposite.fields[0]!.type);
    return fc.constant(NOTHING); // Compact<()>
  }
}
