/**
 * One version of one chain's runtime, as its metadata describes it: encodes calls and storage keys, decodes storage,
 * events and runtime API answers. Knows no connection.
 */

import type { Codec } from '@polkadot/types/types';
import { BursarError, preconditionError, usageError } from '../errors.js';
import { type Plain, toCanonicalJson } from '../plain.js';
import type { ChainEvent } from '../tx/outcome.js';
import type { RuntimeCall } from '../tx/plan.js';
import { Amounts, type AssetRef, type Place } from './amounts.js';
import { fromPlain, type Names, type P, saysTheSame, toPlain } from './codec.js';
import { type Extension, extensionsOf, unknownExtensions } from './extensions.js';
import { assertLayout, Layout } from './layout.js';
import { registerMultiAddress } from './multiAddress.js';
import { Pallets } from './pallets.js';
import { type Obstacle, obstaclesTo } from './signable.js';
import { assertSound } from './soundness.js';
import type { EncodedCall, StorageQuery } from './types.js';

type Registry = InstanceType<P['TypeRegistry']>;
type Call = InstanceType<P['GenericCall']>;
type StorageEntry = ReturnType<P['decorateStorage']>[string][string];

/** A storage query with its key. */
export interface StorageSlot {
  readonly key: string;
  readonly entry: StorageEntry;
}

/** What is read of @polkadot's extrinsic; its own types depend on generated augmentation. */
interface DecodedExtrinsic {
  readonly method: Codec;
  readonly isSigned: boolean;
  readonly signer: Codec;
  readonly nonce: { toNumber(): number };
  readonly tip: Codec;
  readonly era: { readonly isMortalEra: boolean };
}

/** Which prefix addresses are written with. */
export interface AddressForm {
  /** Stands above what the metadata says. */
  readonly ss58Prefix?: number;
  /** Where the metadata says nothing. */
  readonly claimed?: number;
}

export class Runtime {
  readonly registry: Registry;
  /** 0x hex of the metadata that everything here is read from. */
  readonly metadata: string;
  /** Version of the metadata's format. */
  readonly metadataVersion: number;
  /** The constant `System.SS58Prefix`; null on chains without it. */
  readonly prefixConstant: number | null;
  readonly #p: P;
  readonly #pallets: Pallets;
  readonly #storage: ReturnType<P['decorateStorage']>;
  readonly #constants: ReturnType<P['decorateConstants']>;
  readonly #apis = new Map<string, { inputs: readonly string[]; output: string }>();
  readonly #layout: Layout;
  readonly #amounts: Amounts;
  readonly #names: Names;
  readonly #addresses = new Map<string, string>();
  readonly #extensions: readonly Extension[];
  readonly #parsed: InstanceType<P['Metadata']>;

  /**
   * @param metadata 0x hex of the metadata, version 14 to 16
   * @throws precondition METADATA_UNSUPPORTED, METADATA_INCONSISTENT
   */
  constructor(p: P, metadata: string, address: AddressForm) {
    this.#p = p;
    this.metadata = metadata;
    this.registry = new p.TypeRegistry();
    let parsed: InstanceType<P['Metadata']>;
    try {
      parsed = new p.Metadata(this.registry, metadata as `0x${string}`);
      // Metadata that was cut off would be read as that of a chain with fewer pallets.
      if (parsed.initialU8aLength !== (metadata.length - 2) / 2) throw new Error('it is not complete');
    } catch (cause) {
      throw preconditionError('METADATA_UNSUPPORTED', "The chain's metadata cannot be decoded.", {
        hint: 'bursar reads metadata of version 14 and later; older or damaged metadata cannot be used to read or send.',
        cause,
      });
    }
    if (parsed.version < 14) {
      throw preconditionError(
        'METADATA_UNSUPPORTED',
        `The chain answers metadata of version ${parsed.version}.`,
        {
          hint: 'bursar reads metadata of version 14 and later: version 13 and below does not describe its own types.',
        },
      );
    }
    registerMultiAddress(p, this.registry);
    assertSound(parsed);
    this.#parsed = parsed;
    this.metadataVersion = parsed.version;
    this.registry.setMetadata(parsed, undefined, undefined, true);
    this.#extensions = extensionsOf(parsed);
    const latest = parsed.asLatest;
    this.#storage = p.decorateStorage(this.registry, latest, parsed.version);
    this.#constants = p.decorateConstants(this.registry, latest, parsed.version);
    const prefix = this.#constants.system?.ss58Prefix as unknown as { toNumber(): number } | undefined;
    this.prefixConstant = prefix?.toNumber() ?? null;
    const ss58Format = address.ss58Prefix ?? this.prefixConstant ?? address.claimed ?? 42;
    this.registry.setChainProperties(this.registry.createTypeUnsafe('ChainProperties', [{ ss58Format }]));
    this.#pallets = new Pallets(this.registry);
    this.#layout = new Layout(this.registry.lookup);
    this.#amounts = new Amounts(this.#pallets, {
      hasStorage: (pallet, item) => this.hasStorage(pallet, item),
      specName: () => String((this.constant('System', 'Version') as { specName?: Plain }).specName ?? ''),
    });
    for (const api of latest.apis) {
      for (const method of api.methods) {
        this.#apis.set(`${api.name}_${method.name}`, {
          inputs: method.inputs.map((input) => this.registry.createLookupType(input.type)),
          output: this.registry.createLookupType(method.output),
        });
      }
    }
    this.#names = {
      callNames: (index) => this.#pallets.callNames(index),
      eventPallet: (index) => this.#pallets.nameOf(index[0] ?? -1) ?? 'Unknown',
      moduleError: (index, error) => this.#pallets.error(index, error),
      address: (account) => this.#address(account),
      checkLayout: (call, args) => assertLayout(this.#layout, call, args),
      encode: (call) => this.call(call),
    };
  }

  hasPallet(pallet: string): boolean {
    return this.#pallets.has(pallet);
  }

  hasCall(pallet: string, call: string): boolean {
    return this.#pallets.findCall(pallet, call) !== undefined;
  }

  hasStorage(pallet: string, item: string): boolean {
    return this.#entry(pallet, item) !== undefined;
  }

  hasConstant(pallet: string, name: string): boolean {
    return this.#constants[this.#p.stringCamelCase(pallet)]?.[this.#p.stringCamelCase(name)] !== undefined;
  }

  hasApi(api: string, method: string): boolean {
    return this.#apis.has(`${api}_${method}`);
  }

  /** Argument names of a call, in order. @throws precondition CALL_MISSING */
  callArguments(pallet: string, call: string): readonly string[] {
    return this.#pallets.call(pallet, call).args.map((argument) => argument.name);
  }

  /** See {@link Amounts.assetOf}. */
  assetOf(place: Place, field: string): AssetRef | undefined {
    return this.#amounts.assetOf(place, field);
  }

  /** The asset at an XCM location, as this chain knows it. */
  assetAt(location: Plain): AssetRef {
    return this.#amounts.assetAt(location);
  }

  /** Whether an argument holds a whole call in a `Bounded`: inline, or by the hash of a preimage. */
  isBoundedCall(pallet: string, call: string, argument: string): boolean {
    const info = this.#pallets.findCall(pallet, call)?.args.find(({ name }) => name === argument);
    return /^Bounded(?:Call|<.*Call)/.test(info?.typeName ?? '');
  }

  /** Variant names of an enum (or option of an enum) argument. @throws precondition CALL_MISSING */
  enumVariants(pallet: string, call: string, argument: string): readonly string[] {
    const type = this.#pallets.call(pallet, call).args.find((item) => item.name === argument)?.type;
    if (type === undefined) return [];
    const { Option, Enum } = this.#p;
    let sample: Codec = this.registry.createTypeUnsafe(type, []);
    if (sample instanceof Option) {
      sample = this.registry.createTypeUnsafe(
        (sample as unknown as { toRawType(): string }).toRawType().replace(/^Option<(.*)>$/s, '$1'),
        [],
      );
    }
    return sample instanceof Enum ? sample.defKeys : [];
  }

  /** @throws precondition CONSTANT_MISSING */
  constant(pallet: string, name: string): Plain {
    const value = this.#constants[this.#p.stringCamelCase(pallet)]?.[this.#p.stringCamelCase(name)];
    if (value === undefined) throw this.#pallets.missing('CONSTANT_MISSING', pallet, `constant ${name}`);
    return this.plain(value as unknown as Codec);
  }

  /** The call as @polkadot's object. @throws precondition CALL_MISSING, usage CALL_ARGUMENT */
  call(call: RuntimeCall): Call {
    if (call.encoded !== undefined) return this.#asGiven(call, call.encoded);
    const info = this.#pallets.call(call.pallet, call.call);
    const given = Object.keys(call.args);
    const wanted = info.args.map((argument) => argument.name);
    const odd = [
      ...given.filter((name) => !wanted.includes(name)),
      ...wanted.filter((name) => !given.includes(name)),
    ];
    if (odd.length > 0) {
      throw usageError(
        'CALL_ARGUMENT',
        `${call.pallet}.${call.call} takes (${wanted.join(', ')}), but was given (${given.join(', ')}).`,
      );
    }
    const parts: Uint8Array[] = [new Uint8Array([this.#pallets.index(call.pallet), info.index])];
    for (const { name, type } of info.args) {
      try {
        const given = call.args[name];
        const bytes = this.registry.createTypeUnsafe(type, [fromPlain(this.#names, given)]).toU8a();
        const decoded = this.plain(this.registry.createTypeUnsafe(type, [bytes]));
        if (!saysTheSame(this.#p, given, decoded))
          throw new Error(`it would be encoded as ${toCanonicalJson(decoded)}`);
        parts.push(bytes);
      } catch (cause) {
        if (cause instanceof BursarError) throw cause;
        const why = cause instanceof Error ? cause.message.slice(0, 200) : String(cause);
        throw usageError(
          'CALL_ARGUMENT',
          `${call.pallet}.${call.call}: the argument ${name} does not fit the chain's type: ${why}.`,
          { cause },
        );
      }
    }
    return this.registry.createTypeUnsafe('Call', [this.#p.u8aConcat(...parts)]);
  }

  /** A call that came as bytes goes as these bytes, if they are what its names and arguments say. */
  #asGiven({ pallet, call, args }: RuntimeCall, encoded: string): Call {
    const decoded = this.decodeCall(encoded);
    if (toCanonicalJson(decoded) !== toCanonicalJson({ pallet, call, args }))
      throw usageError('CALL_ARGUMENT', `The encoded call of ${pallet}.${call} says something else.`);
    return this.registry.createTypeUnsafe('Call', [this.#p.hexToU8a(encoded as `0x${string}`)]);
  }

  encodeCall(call: RuntimeCall): EncodedCall {
    const bytes = this.call(call).toU8a();
    return { hex: this.#p.u8aToHex(bytes), hash: this.#p.blake2AsHex(bytes, 256) };
  }

  /** @throws usage CALL_DATA */
  decodeCall(hex: string): RuntimeCall {
    try {
      if (!/^0x(?:[0-9a-fA-F]{2})+$/.test(hex))
        throw new Error('it is not 0x and an even number of hex digits');
      const bytes = this.#p.hexToU8a(hex as `0x${string}`);
      const call = this.registry.createTypeUnsafe<Call>('Call', [bytes]);
      const again = call.toU8a();
      if (again.length > bytes.length) throw new Error('it is too short');
      // A number can be written in more bytes than it needs: then the hash would be another.
      if (!this.#p.u8aEq(again, bytes.subarray(0, again.length)))
        throw new Error('it is not encoded in the canonical way');
      if (again.length < bytes.length) throw new Error(`${bytes.length - again.length} bytes are left over`);
      return this.plain(call) as unknown as RuntimeCall;
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      // polkadot's messages name every type on the way to the place where it fails, the place last.
      const place = why.slice(why.lastIndexOf(':: ') + 1).replace(/^: /, '');
      throw usageError('CALL_DATA', `The call data cannot be decoded with this chain's metadata: ${place}`, {
        hint: 'Call data is the encoded call alone (0x…), without signature; it belongs to one chain and one runtime version.',
        cause,
      });
    }
  }

  /** The call of an encoded extrinsic, with its signer if it has one. @throws usage EXTRINSIC_DATA */
  decodeExtrinsic(hex: string): {
    call: RuntimeCall;
    signer: string | null;
    nonce: number | null;
    tip: bigint | null;
    mortal: boolean | null;
  } {
    try {
      const extrinsic = this.registry.createTypeUnsafe('Extrinsic', [
        this.#p.hexToU8a(hex as `0x${string}`),
      ]) as unknown as DecodedExtrinsic;
      const call = this.plain(extrinsic.method) as unknown as RuntimeCall;
      if (!extrinsic.isSigned) return { call, signer: null, nonce: null, tip: null, mortal: null };
      return {
        call,
        signer: this.plain(extrinsic.signer) as string,
        nonce: extrinsic.nonce.toNumber(),
        tip: BigInt(extrinsic.tip.toString()),
        mortal: extrinsic.era.isMortalEra,
      };
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw usageError(
        'EXTRINSIC_DATA',
        `The extrinsic cannot be decoded with this chain's metadata: ${why}`,
        { cause },
      );
    }
  }

  /** The storage key of a query. @throws precondition STORAGE_MISSING */
  slot(query: StorageQuery): StorageSlot {
    const entry = this.#entry(query.pallet, query.item);
    if (!entry) throw this.#pallets.missing('STORAGE_MISSING', query.pallet, `storage item ${query.item}`);
    const keys = (query.keys ?? []).map((key) => fromPlain(this.#names, key));
    return { key: new this.#p.StorageKey(this.registry, [entry, keys] as never).toHex(), entry };
  }

  /** The key prefix of a map, or of the entries below its first keys. @throws precondition STORAGE_MISSING */
  prefix(query: StorageQuery): StorageSlot {
    const entry = this.#entry(query.pallet, query.item);
    if (!entry) throw this.#pallets.missing('STORAGE_MISSING', query.pallet, `storage item ${query.item}`);
    const keys = (query.keys ?? []).map((key) => fromPlain(this.#names, key));
    return { key: this.#p.u8aToHex(entry.keyPrefix(...keys)), entry };
  }

  /** Decodes a storage value; `null` (absent) becomes null for an optional entry, else the entry's default. */
  value(entry: StorageEntry, hex: string | null): Plain {
    if (hex === null && entry.meta.modifier.isOptional) return null;
    const type = this.#p.unwrapStorageType(this.registry, entry.meta.type, false);
    const bytes = hex === null ? entry.meta.fallback.toU8a(true) : this.#p.hexToU8a(hex as `0x${string}`);
    return this.#decode(type, bytes);
  }

  /** @throws what @polkadot throws, and for bytes that are too few: it would fill up with zeros */
  #decode(type: string, bytes: Uint8Array): Plain {
    const value = this.registry.createTypeUnsafe(type, [bytes]);
    if (value.encodedLength > bytes.length) throw new Error(`${bytes.length} bytes are too few for ${type}`);
    return this.plain(value);
  }

  /** The decoded arguments of a full storage key of a map whose hashers keep the key. */
  keysOf(entry: StorageEntry, key: string): readonly Plain[] {
    const decoded = new this.#p.StorageKey(this.registry, key as `0x${string}`);
    decoded.setMeta(entry.meta, entry.section, entry.method);
    return decoded.args.map((argument) => this.plain(argument));
  }

  /** Encodes the arguments of a runtime API call. @throws precondition API_MISSING */
  encodeApi(api: string, method: string, args: readonly Plain[]): { name: string; hex: string } {
    const name = `${api}_${method}`;
    const info = this.#apis.get(name);
    if (!info) {
      throw preconditionError('API_MISSING', `The chain has no runtime API ${api}.${method}.`, {
        hint: 'Its runtime is older or leaves it out; `bursar doctor` lists what is there.',
      });
    }
    const parts = info.inputs.map((type, index) =>
      this.registry.createTypeUnsafe(type, [fromPlain(this.#names, args[index])]).toU8a(),
    );
    return { name, hex: this.#p.u8aToHex(this.#p.u8aConcat(...parts)) };
  }

  /**
   * Decodes a `RuntimeDispatchInfo` by what metadata of version 14 says, which describes no API: the weight has the type
   * of that in the constant System.BlockWeights, and the fee is all that follows the class.
   */
  decodeDispatchInfo(hex: string): { readonly weight: Plain; readonly partialFee: bigint } {
    const bytes = this.#p.hexToU8a(hex as `0x${string}`);
    const weight = this.registry.createTypeUnsafe(this.#weightType(), [bytes]);
    const fee = bytes.subarray(weight.encodedLength + 1);
    if (fee.length !== 8 && fee.length !== 16) throw new Error('it is no dispatch info');
    const partialFee = BigInt(this.#p.u8aToHex(fee.slice().reverse()));
    return { weight: this.plain(weight), partialFee };
  }

  #weightType(): string {
    const { lookup, pallets } = this.registry.metadata;
    const system = pallets.find(({ name }) => name.toString() === 'System');
    const limits = system?.constants.find(({ name }) => name.toString() === 'BlockWeights');
    const field =
      limits &&
      lookup
        .getSiType(limits.type)
        .def.asComposite.fields.find(({ name }) => name.unwrapOr('').toString() === 'max_block');
    return field ? this.registry.createLookupType(field.type) : 'Weight';
  }

  decodeApi(name: string, hex: string): Plain {
    const info = this.#apis.get(name);
    return this.#decode(info?.output ?? 'Bytes', this.#p.hexToU8a(hex as `0x${string}`));
  }

  /** Decodes `System.Events`, grouped by the extrinsic that caused each. */
  events(hex: string | null): { extrinsic: number | null; event: ChainEvent }[] {
    const entry = this.#entry('System', 'Events');
    if (!entry || hex === null) return [];
    const records = this.value(entry, hex) as unknown as {
      phase: { ApplyExtrinsic?: number } | string;
      event: ChainEvent;
    }[];
    return records.map(({ phase, event }) => ({
      extrinsic:
        typeof phase === 'object' && phase.ApplyExtrinsic !== undefined ? phase.ApplyExtrinsic : null,
      event,
    }));
  }

  /** See extensions.ts. */
  unknownExtensions(): string[] {
    return unknownExtensions(this.registry, this.#extensions);
  }

  /** Whether the chain's transactions carry this extension. */
  hasExtension(name: string): boolean {
    return this.#extensions.some(({ identifier }) => identifier === name);
  }

  /** Why nothing can be signed for this chain; empty where everything can. See signable.ts. */
  obstacles(): Obstacle[] {
    return obstaclesTo(this.registry, this.#parsed, this.unknownExtensions());
  }

  /** Names of the pallets and of the runtime APIs' methods: what a node might hide. */
  shape(): { readonly pallets: readonly string[]; readonly apis: readonly string[] } {
    return { pallets: this.#pallets.names(), apis: [...this.#apis.keys()] };
  }

  plain(value: Codec): Plain {
    return toPlain(this.#p, this.#names, value);
  }

  /** The same accounts come in every era, and SS58 costs a hash and a division of long numbers: each is written once. */
  #address(account: Codec): string {
    const hex = account.toHex();
    const known = this.#addresses.get(hex) ?? account.toString();
    this.#addresses.set(hex, known);
    return known;
  }

  #entry(pallet: string, item: string): StorageEntry | undefined {
    const { stringCamelCase } = this.#p;
    // The decorated name keeps a leading capital run in lower case ("Now" → now); the metadata's own name is asked for here.
    return this.#pallets.has(pallet)
      ? this.#storage[stringCamelCase(pallet)]?.[stringCamelCase(item)]
      : undefined;
  }
}
