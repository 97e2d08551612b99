/**
 * What a relay chain's and a parachain's blocks have besides transactions, made up for a fork: the slot in the digest,
 * the time, and for a parachain the relay chain's state, which is that of the parent's block with the slot moved on.
 */

import {
  compact,
  concat,
  encodeHeader,
  fromHex,
  type Hex,
  hostCrypto,
  little,
  Proof,
  Reader,
  Trie,
  toHex,
} from '../src/lib/host/index.js';
import type { Block } from './block.js';
import { type Decorated, decorated } from './names.js';
import type { Inherent } from './seal.js';
import { storageKey } from './storageKey.js';

const RELAY_SLOT_MS = 6_000;

/** `Babe.CurrentSlot` of the relay chain; `Paras.Heads` and `Paras.UpgradeGoAheadSignal` are maps by Twox64Concat. */
const RELAY_SLOT: Hex = '0x1cb6f36e027abb2091cfb5110ab5087f06155b3cd9a8c9e5e9a23fd5dc13a5ed';
const RELAY_HEADS = 'cd710b30bd2eab0352ddcc26417aa1941b3c252fcb29d88eff4f3de5de4476c3';
const RELAY_GO_AHEAD = 'cd710b30bd2eab0352ddcc26417aa1949e94c040f5e73d9b7addd6cb603d15d3';

export interface NextBlock {
  readonly timestamp: number;
  readonly digest: readonly Hex[];
  readonly inherents: readonly Inherent[];
}

/** What the block after `parent` begins with. @param timestamp Unix milliseconds; default one slot later */
export async function nextBlock(parent: Block, timestamp?: number): Promise<NextBlock> {
  const types = await decorated(parent);
  const slotMs = await slotDuration(parent, types);
  const now = await parent.get(await storageKey('Timestamp', 'Now'));
  const time =
    timestamp ?? (now === undefined ? Date.now() : Number(new Reader(fromHex(now)).unsigned(8)) + slotMs);
  const slot = Math.floor(time / slotMs);
  const inherents: Inherent[] = [];
  const add = (pallet: string, call: string, ...args: unknown[]): void => {
    const make = types.tx[pallet]?.[call];
    if (make === undefined) throw new Error(`the runtime has no call ${pallet}.${call}`);
    const extrinsic = types.registry.createType('Extrinsic', make(...args), { version: 4 });
    // The relay chain's signatures in them are nobody's to make.
    inherents.push({ extrinsic: extrinsic.toHex(), mockSignatures: true });
  };
  add('timestamp', 'set', time);
  if (types.tx.parachainSystem?.setValidationData !== undefined)
    add('parachainSystem', 'setValidationData', ...(await validationData(parent, types, slotMs)));
  if (types.tx.paraInherent?.enter !== undefined)
    add('paraInherent', 'enter', await paraInherent(parent, types));
  if (types.tx.authorInherent?.kickOffAuthorshipValidation !== undefined)
    add('authorInherent', 'kickOffAuthorshipValidation');
  if (types.tx.randomness?.setBabeRandomnessResults !== undefined)
    add('randomness', 'setBabeRandomnessResults');
  return {
    timestamp: time,
    digest: parent.header.digest.flatMap((item) => nextDigest(item, slot)),
    inherents,
  };
}

/** Milliseconds. */
async function slotDuration(parent: Block, { consts }: Decorated): Promise<number> {
  const constant = consts.babe?.expectedBlockTime ?? consts.asyncBacking?.expectedBlockTime;
  if (constant !== undefined) return Number(constant.toString());
  const runtime = await parent.runtime();
  if (!runtime.has('AuraApi_slot_duration')) return RELAY_SLOT_MS;
  return Number(new Reader(fromHex(await parent.call('AuraApi_slot_duration'))).unsigned(8));
}

/** `DigestItem::PreRuntime`; seals and what a runtime itself deposits are not taken over. */
const PRE_RUNTIME = 6;

function nextDigest(item: Hex, slot: number): Hex[] {
  const reader = new Reader(fromHex(item));
  if (reader.u8() !== PRE_RUNTIME) return [];
  const engine = reader.take(4);
  const content = Buffer.from(reader.byteVector());
  const name = Buffer.from(engine).toString('latin1');
  if (name === 'aura') content.set(little(BigInt(slot), 8));
  // Variant and authority index come first.
  else if (name === 'BABE') content.set(little(BigInt(slot), 8), 5);
  return [toHex(concat(Uint8Array.of(PRE_RUNTIME), engine, compact(content.length), content))];
}

/** The argument of the parent's own call. */
function ownArgument(parent: Block, { registry }: Decorated, field: string): Record<string, unknown> {
  for (const extrinsic of parent.extrinsics) {
    const [first] = registry.createType('Extrinsic', extrinsic).args;
    const json = first?.toJSON();
    if (json !== null && typeof json === 'object' && field in json) return json as Record<string, unknown>;
  }
  throw new Error(
    `block ${parent.number} has no inherent with ${field}: the next block cannot be made after it`,
  );
}

interface RelayParent {
  readonly validationData: Readonly<Record<string, unknown>> & {
    readonly relayParentNumber: number;
    readonly relayParentStorageRoot: Hex;
  };
  readonly relayChainState: { readonly trieNodes: readonly Hex[] };
  readonly relayParentDescendants?: readonly Record<string, unknown>[];
}

/** Arguments of `set_validation_data`: no messages arrive. */
async function validationData(parent: Block, types: Decorated, slotMs: number): Promise<unknown[]> {
  const before = ownArgument(parent, types, 'validationData') as unknown as RelayParent;
  const slots = Math.trunc(slotMs / RELAY_SLOT_MS) || 1;
  const { root, nodes } = await relayState(parent, before, slots);
  const relayParentNumber = before.validationData.relayParentNumber + slots;
  const data = {
    ...before,
    validationData: { ...before.validationData, relayParentNumber, relayParentStorageRoot: root },
    relayChainState: { trieNodes: nodes },
    ...(before.relayParentDescendants === undefined
      ? {}
      : {
          relayParentDescendants: descendants(before.relayParentDescendants, relayParentNumber, root, types),
        }),
  };
  const call = types.tx.parachainSystem?.setValidationData;
  if (call?.meta.args.length === 1) return [{ ...data, downwardMessages: [], horizontalMessages: [] }];
  const none = { fullMessages: [], hashedMessages: [] };
  return [data, { downwardMessages: none, horizontalMessages: none }];
}

/** Headers of the relay chain from the relay parent on, each standing on the one before. */
function descendants(
  headers: readonly Record<string, unknown>[],
  number: number,
  stateRoot: Hex,
  { registry }: Decorated,
): Record<string, unknown>[] {
  const made: Record<string, unknown>[] = [];
  for (const [i, header] of headers.entries()) {
    const last = made.at(-1);
    made.push({
      ...header,
      number: number + i,
      ...(last === undefined
        ? { stateRoot }
        : { parentHash: registry.createType('Header', last).hash.toHex() }),
    });
  }
  return made;
}

/** The relay chain's state that the parent's block proved, with its slot, our head and no upgrade signal but ours. */
async function relayState(parent: Block, { validationData, relayChainState }: RelayParent, slots: number) {
  const { blake2_256, twox } = await hostCrypto();
  const proof = new Proof(
    fromHex(validationData.relayParentStorageRoot),
    relayChainState.trieNodes.map(fromHex),
    blake2_256,
  );
  const idBytes = await parent.get(await storageKey('ParachainInfo', 'ParachainId'));
  if (idBytes === undefined) throw new Error('the chain has no ParachainInfo.ParachainId');
  const id = fromHex(idBytes);
  const byId = (prefix: string): Hex => toHex(concat(Buffer.from(prefix, 'hex'), twox(id, 1), id));
  const entries = new Map(proof.known());
  const slot = entries.get(RELAY_SLOT);
  if (slot === undefined) throw new Error("the parent's block does not prove the relay chain's slot");
  entries.set(RELAY_SLOT, little(new Reader(slot).unsigned(8) + BigInt(slots), 8));
  const head = encodeHeader(parent.header);
  entries.set(byId(RELAY_HEADS), concat(compact(head.length), head));
  // GoAhead for code that waits to be enacted.
  const pending = await parent.get(await storageKey('ParachainSystem', 'PendingValidationCode'));
  if (pending === undefined) entries.delete(byId(RELAY_GO_AHEAD));
  else entries.set(byId(RELAY_GO_AHEAD), Uint8Array.of(1));
  const trie = Trie.empty(blake2_256).with(entries, 1);
  return { root: toHex(trie.root()), nodes: trie.proof(entries.keys()).map(toHex) };
}

/** A relay chain's `enter`: no candidates and no bitfields. */
async function paraInherent(parent: Block, types: Decorated): Promise<unknown> {
  return {
    ...ownArgument(parent, types, 'bitfields'),
    bitfields: [],
    backedCandidates: [],
    disputes: [],
    parentHeader: types.registry.createType('Header', encodeHeader(parent.header)).toJSON(),
  };
}
