/** Storage by the names of the metadata: `{Pallet: {Item: value}}`, maps as `[[keys], value]`, as chopsticks takes it. */

import { fromHex, type Hex, isHex, type Runtime, toHex } from '../src/lib/host/index.js';
import type { Block } from './block.js';
import { RpcFault } from './validity.js';

/** A block's types, storage, calls and constants, from its metadata; made once for a code. */
export async function decorated(block: Block): Promise<Decorated> {
  const runtime = await block.runtime();
  const known = byRuntime.get(runtime) ?? decorate(block);
  byRuntime.set(runtime, known);
  known.catch(() => byRuntime.delete(runtime));
  return known;
}

export type Decorated = Awaited<ReturnType<typeof decorate>>;

const byRuntime = new WeakMap<Runtime, Promise<Decorated>>();

async function decorate(block: Block) {
  const door = await import('#polkadot');
  const registry = new door.TypeRegistry();
  const [, metadataBytes] = door.compactStripLength(fromHex(await block.call('Metadata_metadata')));
  const metadata = new door.Metadata(registry, metadataBytes);
  registry.setMetadata(metadata);
  const { asLatest, version } = metadata;
  return {
    registry,
    query: door.decorateStorage(registry, asLatest, version),
    tx: door.decorateExtrinsics(registry, asLatest, version),
    consts: door.decorateConstants(registry, asLatest, version),
  };
}

const bad = (why: string): RpcFault => new RpcFault(-32602, 'Invalid params', `values: ${why}`);

/** Keys and values of what a user gave: pairs of hex, or by name. @throws RpcFault -32602 */
export async function storageValues(block: Block, values: unknown): Promise<Map<Hex, Uint8Array | null>> {
  if (Array.isArray(values)) return new Map(values.map(pair));
  if (values === null || typeof values !== 'object') throw bad('pairs of hex or an object by names expected');
  const types = await decorated(block);
  const found = new Map<Hex, Uint8Array | null>();
  for (const [pallet, items] of Object.entries(values))
    for (const [item, value] of Object.entries(items as object))
      await addItem(block, types, pallet, item, value, found);
  return found;
}

function pair(one: unknown): [Hex, Uint8Array | null] {
  const [key, value] = Array.isArray(one) ? one : [];
  if (!isHex(key) || !(value === null || value === undefined || isHex(value)))
    throw bad('each pair is a key and a value or null, both 0x-prefixed hex');
  return [key.toLowerCase() as Hex, isHex(value) ? fromHex(value) : null];
}

async function addItem(
  block: Block,
  { query, registry }: Decorated,
  pallet: string,
  item: string,
  value: unknown,
  found: Map<Hex, Uint8Array | null>,
): Promise<void> {
  const { StorageKey, stringCamelCase } = await import('#polkadot');
  const section = query[stringCamelCase(pallet)];
  if (section === undefined) throw bad(`there is no pallet ${pallet}`);
  const entryOf = (name: string) => {
    const entry = section[stringCamelCase(name)];
    if (entry === undefined) throw bad(`there is no storage ${name} in pallet ${pallet}`);
    return entry;
  };
  if (item === '$removePrefix') {
    for (const name of value as string[])
      for (const key of await block.keys(toHex(entryOf(name).keyPrefix()), Number.POSITIVE_INFINITY))
        found.set(key, null);
    return;
  }
  const entry = entryOf(item);
  const add = (key: InstanceType<typeof StorageKey>, given: unknown): void => {
    const encoded = isHex(given)
      ? fromHex(given)
      : given === null || given === undefined
        ? null
        : registry.createType(key.outputType as 'Bytes', given).toU8a();
    found.set(key.toHex() as Hex, encoded);
  };
  if (entry.meta.type.isPlain) add(new StorageKey(registry, [entry] as never), value);
  else
    for (const [keys, one] of value as [unknown[], unknown][])
      add(new StorageKey(registry, [entry, keys] as never), one);
}
