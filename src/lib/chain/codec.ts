/**
 * From @polkadot's codec objects to plain data and back: the border behind which nobody needs to know a codec class.
 * The plain forms are described at `Chain` in types.ts.
 */

import type { Codec } from '@polkadot/types/types';
import { type Plain, toCanonicalJson } from '../plain.js';
import type { RuntimeCall } from '../tx/plan.js';
import type { FieldInfo } from './pallets.js';
import type * as Polkadot from './polkadot.js';

export type P = typeof Polkadot;

/** What the codec asks of the runtime's metadata. */
export interface Names {
  /** The metadata's names for a decoded call. */
  callNames(callIndex: Uint8Array): { pallet: string; call: string; args: readonly FieldInfo[] };
  /** Throws if the decoded call's arguments are not where the metadata's types put them. */
  checkLayout(call: InstanceType<P['GenericCall']>, args: readonly FieldInfo[]): void;
  /** The metadata's names for a decoded event. */
  eventPallet(index: Uint8Array): string;
  /** `Pallet.Error` and its documentation. */
  moduleError(pallet: number, error: Uint8Array): { name: string; docs: string };
  /** SS58 text of an account. */
  address(account: Codec): string;
  encode(call: RuntimeCall): InstanceType<P['GenericCall']>;
}

/** Whether a decoded value is a call: nested calls stand among the arguments of others. */
export function isRuntimeCall(value: unknown): value is RuntimeCall {
  return (
    value !== null &&
    typeof value === 'object' &&
    typeof (value as RuntimeCall).pallet === 'string' &&
    typeof (value as RuntimeCall).call === 'string' &&
    typeof (value as RuntimeCall).args === 'object'
  );
}

/** Decoded codec object → plain data. */
export function toPlain(p: P, names: Names, value: Codec): Plain {
  const plain = (item: Codec) => toPlain(p, names, item);
  if (value instanceof p.Option) {
    if (!value.isSome) return null;
    const inner = plain(value.unwrap() as Codec);
    // There, and empty: it must not read like nothing at all.
    return inner === null ? { Some: null } : inner;
  }
  if (value instanceof p.Compact) return plain(value.unwrap() as Codec);
  if (value instanceof p.AbstractInt) return value.bitLength() <= 32 ? value.toNumber() : value.toBigInt();
  if (value instanceof p.Bool) return value.isTrue;
  if (value instanceof p.Null) return null;
  if (value instanceof p.GenericCall) return callToPlain(p, names, value);
  if (value instanceof p.GenericEvent) return eventToPlain(p, names, value) as unknown as Plain;
  if (value instanceof p.Enum) return enumToPlain(p, names, value);
  if (value instanceof p.Text) return value.toString();
  if (value instanceof p.Struct) {
    const result: Record<string, Plain> = {};
    for (const [key, item] of value as unknown as Map<string, Codec>) result[key] = plain(item);
    return result;
  }
  if (value instanceof p.CodecMap)
    return [...(value as unknown as Map<Codec, Codec>)].map(([key, item]) => [plain(key), plain(item)]);
  if (value instanceof p.BTreeSet) return [...(value as unknown as Set<Codec>)].map(plain);
  if (value instanceof p.CodecSet) return [...(value as unknown as Set<string>)];
  if (value instanceof p.AbstractArray) return [...(value as unknown as Codec[])].map(plain);
  // AccountId is a fixed byte array that prints itself as SS58; other bytes are hex.
  if (value instanceof p.Raw) return value.toRawType() === 'AccountId' ? names.address(value) : value.toHex();
  return value.toString();
}

function enumToPlain(p: P, names: Names, value: InstanceType<P['Enum']>): Plain {
  const keys = value.defKeys;
  if (value.type === 'Module' && keys.includes('BadOrigin')) {
    const { index, error } = value.inner as unknown as { index: { toNumber(): number }; error: Codec };
    return names.moduleError(index.toNumber(), error.toU8a());
  }
  if (keys.includes('Module') && keys.includes('BadOrigin')) {
    const inner = value.inner instanceof p.Enum ? `.${value.inner.type}` : '';
    return { name: `${value.type}${inner}` };
  }
  if (value.type === 'Id' && keys.includes('Address32')) return toPlain(p, names, value.inner);
  const inner = value.inner;
  const empty = value.isBasic || inner instanceof p.Null || (inner instanceof p.Tuple && inner.length === 0);
  return empty ? value.type : { [value.type]: toPlain(p, names, inner) };
}

function callToPlain(p: P, names: Names, call: InstanceType<P['GenericCall']>): Plain {
  const { pallet, call: name, args } = names.callNames(call.callIndex);
  names.checkLayout(call, args);
  const plainArgs: Record<string, Plain> = {};
  call.args.forEach((item, index) => {
    plainArgs[args[index]?.name ?? String(index)] = toPlain(p, names, item);
  });
  return { pallet, call: name, args: plainArgs };
}

function eventToPlain(
  p: P,
  names: Names,
  event: InstanceType<P['GenericEvent']>,
): { name: string; data: Plain } {
  const fields = event.data.names;
  const items = [...event.data].map((item) => toPlain(p, names, item));
  const data: Plain = fields
    ? Object.fromEntries(fields.map((field, index) => [field, items[index] ?? null]))
    : items;
  return { name: `${names.eventPallet(event.index as unknown as Uint8Array)}.${event.method}`, data };
}

/** Plain data → what @polkadot's constructors take: nested calls become call objects, the rest stays as it is. */
export function fromPlain(names: Names, value: Plain | undefined): unknown {
  if (isRuntimeCall(value)) return names.encode(value);
  if (Array.isArray(value)) return value.map((item: Plain) => fromPlain(names, item));
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, fromPlain(names, item as Plain)]),
    );
  }
  return value;
}

/**
 * Whether `decoded`, read back from bytes, says what was `given` for them. @polkadot's constructors are generous: null
 * becomes zero or the zero account, an enum without its data the zero account, an unknown field is dropped. With money
 * none of that may happen in silence.
 */
export function saysTheSame(p: P, given: Plain | undefined, decoded: Plain): boolean {
  if (given === null || given === undefined) return decoded === null && given === null;
  if (typeof decoded === 'number' || typeof decoded === 'bigint') return isInteger(given, BigInt(decoded));
  if (typeof decoded === 'string') {
    const text = unwrapId(given);
    return typeof text === 'string' && (text === decoded || sameBytes(p, text, decoded));
  }
  if (decoded === null || typeof decoded === 'boolean') return given === decoded;
  if (Array.isArray(decoded)) {
    return (
      Array.isArray(given) &&
      given.length === decoded.length &&
      decoded.every((item: Plain, index) => saysTheSame(p, given[index] as Plain, item))
    );
  }
  if (typeof given !== 'object' || Array.isArray(given)) return false;
  if (isRuntimeCall(given) && given.encoded !== undefined) {
    // Its plain form may say less than its bytes did; these were compared with it when it was encoded.
    const { encoded, ...plain } = given;
    return toCanonicalJson(plain) === toCanonicalJson(decoded);
  }
  const [wanted, found] = [given, decoded] as unknown as [Record<string, Plain>, Record<string, Plain>];
  return (
    Object.keys(wanted).length === Object.keys(found).length &&
    Object.entries(found).every(
      ([key, item]) => Object.hasOwn(wanted, key) && saysTheSame(p, wanted[key], item),
    )
  );
}

function isInteger(given: Plain, value: bigint): boolean {
  if (typeof given === 'bigint') return given === value;
  if (typeof given === 'number') return Number.isSafeInteger(given) && BigInt(given) === value;
  return typeof given === 'string' && /^\d+$/.test(given) && BigInt(given) === value;
}

/** `{Id: address}` and the address alone are the same. */
function unwrapId(given: Plain): Plain {
  if (given === null || typeof given !== 'object' || Array.isArray(given)) return given;
  const entries = Object.entries(given);
  return entries.length === 1 && entries[0]?.[0] === 'Id' ? (entries[0][1] as Plain) : given;
}

/** An account is the same under every chain's prefix and in hex, hex the same in capitals. */
function sameBytes(p: P, a: string, b: string): boolean {
  if (/^0x([0-9a-f]{2})*$/i.test(a) && b.startsWith('0x')) return a.toLowerCase() === b.toLowerCase();
  if (b.startsWith('0x')) return false;
  try {
    return p.u8aEq(p.decodeAddress(a), p.decodeAddress(b));
  } catch {
    return false;
  }
}
