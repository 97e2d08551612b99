/** The engine of the development chain itself: genesis state, our own block builder, blocks in memory and in a journal. */

import { preconditionError } from '../src/lib/errors.js';
import { compact, concat, fromHex, type Hex, Reader, toHex } from './bytes.js';
import type { Block, Blockchain, Engine, Sealed } from './engine.js';
import { type ChopsticksCore, chopsticks, RuntimeTrap, runCalls, trieRoot } from './executor.js';
import { blake2, CODE_KEY, encodeHeader, type Genesis } from './genesis.js';
import type { BlockRecord, Journal, JournalRecord } from './journal.js';
import { BLOCK_MS, GENESIS_TIME } from './presets.js';
import { type Diff, State, type StateReader } from './state.js';
import { decodeApplied, EXHAUSTS_RESOURCES, FUTURE, type ValidityError } from './validity.js';

export const CHAIN_NAME = 'bursar devnet';
export const PROPERTIES = { ss58Format: 42, tokenDecimals: 10, tokenSymbol: 'UNIT' } as const;

/** The runtime's `Timestamp.set` as a bare extrinsic: pallet 3, call 0 (construct_runtime! in runtime/src/lib.rs). */
function timestampInherent(now: number): Hex {
  const BARE_V4 = 4;
  const body = concat(Uint8Array.of(BARE_V4, 3, 0), compact(now));
  return toHex(concat(compact(body.length), body));
}

/** A block's changes while it is being built, over the parent's state. */
class Overlay implements StateReader {
  readonly diff = new Map<Hex, Hex | null>();
  constructor(readonly parent: State) {}

  read(key: Hex): Hex | undefined {
    const value = this.diff.get(key);
    return value === undefined ? this.parent.read(key) : (value ?? undefined);
  }

  nextKey(prefix: string, after: string): Hex | undefined {
    return this.diff.size === 0
      ? this.parent.nextKey(prefix, after)
      : this.parent.with(this.diff).nextKey(prefix, after);
  }

  add(changes: Iterable<readonly [Hex, Hex | null]>): void {
    for (const [key, value] of changes) this.diff.set(key, value);
  }
}

export class LocalEngine implements Engine {
  readonly isFork = false;
  readonly floor = 0;
  readonly #states = new WeakMap<Block, State>();
  /** Blocks by their records, for what must be written again. */
  readonly #records = new WeakMap<Block, BlockRecord>();

  private constructor(
    private readonly core: ChopsticksCore,
    readonly blockchain: Blockchain,
    readonly genesis: Genesis,
    private readonly timestampKey: Hex,
    private readonly headerOf: (bytes: Hex) => unknown,
    private readonly journal?: Journal,
  ) {}

  get genesisHash(): Hex {
    return this.genesis.hash;
  }

  /** @param records blocks that follow genesis, as a journal has them */
  static async open(genesis: Genesis, records: readonly JournalRecord[], journal?: Journal): Promise<LocalEngine> {
    const core = await chopsticks();
    const { TypeRegistry } = await import('@polkadot/types');
    const { xxhashAsHex } = await import('@polkadot/util-crypto');
    const registry = new TypeRegistry();
    const headerOf = (bytes: Hex) => registry.createType('Header', bytes);
    const api = new core.Api(genesisProvider() as never);
    const blockchain = new core.Blockchain({
      api,
      buildBlockMode: core.BuildBlockMode.Manual,
      inherentProviders: [],
      header: { hash: genesis.hash, number: 0 },
      mockSignatureHost: false,
      allowUnresolvedImports: true,
      registeredTypes: {},
      maxMemoryBlockCount: Number.MAX_SAFE_INTEGER,
      processQueuedMessages: false,
      saveBlocks: false,
    });
    const timestampKey: Hex = `${xxhashAsHex('Timestamp', 128)}${xxhashAsHex('Now', 128).slice(2)}`;
    const engine = new LocalEngine(core, blockchain, genesis, timestampKey, headerOf, journal);
    const block0 = engine.#block(
      { hash: genesis.hash, number: 0, header: genesis.header, extrinsics: [] },
      undefined,
      State.on(genesis.state),
    );
    await blockchain.setHead(block0);
    await engine.#replay(records);
    return engine;
  }

  async #replay(records: readonly JournalRecord[]): Promise<void> {
    for (const record of records) {
      if ('head' in record) {
        const block = await this.blockchain.getBlock(record.head);
        if (block !== undefined) await this.blockchain.setHead(block);
        continue;
      }
      const parent = await this.blockchain.getBlock(record.parent);
      if (parent === undefined)
        throw preconditionError('STATE_FILE_BLOCKS', `block ${record.number} of the state file has no parent`, {
          hint: 'The file is damaged; start from another one.',
        });
      await this.#register(record, parent);
    }
  }

  #block(
    of: { hash: Hex; number: number; header: Hex; extrinsics: readonly Hex[] },
    parent: Block | undefined,
    state: State,
    newCode = false,
  ): Block {
    const block = new this.core.Block(this.blockchain, of.number, of.hash, newCode ? undefined : parent, {
      header: this.headerOf(of.header) as never,
      extrinsics: [...of.extrinsics],
      storage: state as never,
    });
    this.#states.set(block, state);
    return block;
  }

  async #register(record: BlockRecord, parent: Block): Promise<Block> {
    const diff: Diff = new Map(Object.entries(record.diff) as [Hex, Hex | null][]);
    const block = this.#block(record, parent, this.stateOf(parent).with(diff), diff.has(CODE_KEY));
    this.#records.set(block, record);
    await this.blockchain.setHead(block);
    return block;
  }

  stateOf(block: Block): State {
    return this.#states.get(block) as State;
  }

  async seal(extrinsics: readonly Hex[], timestamp?: number): Promise<Sealed> {
    const parent = this.blockchain.head;
    const state = this.stateOf(parent);
    const wasm = state.read(CODE_KEY) as Hex;
    const number = parent.number + 1;
    const inherent = timestampInherent(timestamp ?? this.now(parent) + BLOCK_MS);
    const blank = encodeHeader(parent.hash as Hex, number, ZERO, ZERO);
    const opening: Calls = [
      ['Core_initialize_block', [toHex(blank)]],
      ['BlockBuilder_apply_extrinsic', [inherent]],
    ];
    const built =
      (await allAtOnce(wasm, state, opening, inherent, extrinsics)) ??
      (await oneByOne(wasm, state, opening, inherent, extrinsics));
    const header = encodeHeader(parent.hash as Hex, number, ZERO, built.extrinsicsRoot, built.digest);
    const record: BlockRecord = {
      hash: await blake2(header),
      number,
      parent: parent.hash as Hex,
      header: toHex(header),
      extrinsics: [inherent, ...built.included],
      diff: Object.fromEntries(built.diff),
    };
    this.journal?.append(record);
    const block = await this.#register(record, parent);
    return { block, refused: built.refused, deferred: built.deferred };
  }

  /** Unix milliseconds of a block. */
  now(block: Block): number {
    const value = this.stateOf(block).read(this.timestampKey);
    return value === undefined ? GENESIS_TIME : Number(new Reader(fromHex(value)).unsigned(8));
  }

  /** The records from block 1 to the head, as a journal needs them. */
  async recordsToHead(): Promise<BlockRecord[]> {
    const records: BlockRecord[] = [];
    for (let number = 1; number <= this.blockchain.head.number; number += 1) {
      const block = await this.blockchain.getBlockAt(number);
      records.push(this.#records.get(block as Block) as BlockRecord);
    }
    return records;
  }

  async moveHead(block: Block): Promise<void> {
    this.journal?.append({ head: block.hash as Hex });
    await this.blockchain.setHead(block);
  }

  async setStorage(values: unknown): Promise<void> {
    const head = this.blockchain.head;
    const record = this.#records.get(head);
    // Block 0 is what its hash says; and it has no record in a journal.
    if (record === undefined) throw new Error('the storage of block 0 cannot be changed: build a block first');
    // chopsticks turns names into keys; it writes them on top of the block, which we then make anew.
    await this.core.setStorage(this.blockchain, values as never, head.hash);
    const changes = await head.storageDiff();
    head.resetStorageLayers(0);
    const replaced: BlockRecord = { ...record, diff: { ...record.diff, ...changes } };
    const parent = (await this.blockchain.getBlock(record.parent)) as Block;
    this.journal?.append(replaced);
    await this.#register(replaced, parent);
  }

  async dryRun(extrinsic: Hex, at: Block): Promise<Hex> {
    const state = this.stateOf(at);
    const { result } = await runCalls(state.read(CODE_KEY) as Hex, state, [
      ['Core_initialize_block', [toHex(encodeHeader(at.hash as Hex, at.number + 1, ZERO, ZERO))]],
      ['BlockBuilder_apply_extrinsic', [timestampInherent(this.now(at) + BLOCK_MS)]],
      ['BlockBuilder_apply_extrinsic', [extrinsic]],
    ]);
    return result;
  }

  async system() {
    return { chain: CHAIN_NAME, properties: PROPERTIES };
  }

  async close(): Promise<void> {
    this.journal?.close();
    await this.blockchain.close();
  }
}

const ZERO: Hex = `0x${'00'.repeat(32)}`;

type Calls = readonly (readonly [string, readonly Hex[]])[];

interface Built extends Omit<Sealed, 'block'> {
  readonly diff: ReadonlyMap<Hex, Hex | null>;
  readonly included: readonly Hex[];
  readonly extrinsicsRoot: Hex;
  /** Digest of the header, with its length. */
  readonly digest: Uint8Array;
}

/** The root over a block's extrinsics, as the runtime computes it (state version 0). */
const rootOf = (extrinsics: readonly Hex[]): Promise<Hex> =>
  trieRoot(extrinsics.map((extrinsic, i) => [toHex(compact(i)), extrinsic]));

/** The two fields of interest of the header that `finalize_block` answers. */
function finished(result: Hex): { extrinsicsRoot: Hex; digest: Uint8Array } {
  const reader = new Reader(fromHex(result));
  reader.take(32);
  reader.compact();
  reader.take(32);
  return { extrinsicsRoot: toHex(reader.take(32)), digest: reader.rest };
}

/**
 * The whole block in one instance of the runtime: several times faster, but nobody sees the results in the middle. The
 * header's extrinsics root does: it is over what was really applied.
 * @returns undefined if not everything was applied
 */
async function allAtOnce(
  wasm: Hex,
  state: State,
  opening: Calls,
  inherent: Hex,
  extrinsics: readonly Hex[],
): Promise<Built | undefined> {
  const applied = extrinsics.map((extrinsic) => ['BlockBuilder_apply_extrinsic', [extrinsic]] as const);
  let sealed: Awaited<ReturnType<typeof runCalls>>;
  try {
    sealed = await runCalls(wasm, state, [...opening, ...applied, ['BlockBuilder_finalize_block', []]]);
  } catch (error) {
    if (error instanceof RuntimeTrap && extrinsics.length > 0) return undefined;
    throw error;
  }
  const { extrinsicsRoot, digest } = finished(sealed.result);
  if (extrinsicsRoot !== (await rootOf([inherent, ...extrinsics]))) return undefined;
  const diff = new Map(sealed.diff);
  return { diff, included: extrinsics, refused: [], deferred: [], extrinsicsRoot, digest };
}

/** The block call by call, when an extrinsic does not apply: it is left out, and what it said is kept. */
async function oneByOne(
  wasm: Hex,
  state: State,
  opening: Calls,
  inherent: Hex,
  extrinsics: readonly Hex[],
): Promise<Built> {
  const overlay = new Overlay(state);
  overlay.add((await runCalls(wasm, overlay, opening)).diff);
  const included: Hex[] = [];
  const refused: { extrinsic: Hex; error: ValidityError | string }[] = [];
  const deferred: Hex[] = [];
  for (const extrinsic of extrinsics) {
    try {
      const applied = await runCalls(wasm, overlay, [['BlockBuilder_apply_extrinsic', [extrinsic]]]);
      const error = decodeApplied(fromHex(applied.result));
      if (error === undefined) {
        overlay.add(applied.diff);
        included.push(extrinsic);
      } else if (error.kind === 'invalid' && [FUTURE, EXHAUSTS_RESOURCES].includes(error.variant))
        deferred.push(extrinsic);
      else refused.push({ extrinsic, error });
    } catch (error) {
      refused.push({ extrinsic, error: (error as Error).message });
    }
  }
  const { result, diff } = await runCalls(wasm, overlay, [['BlockBuilder_finalize_block', []]]);
  overlay.add(diff);
  const end = finished(result);
  if (end.extrinsicsRoot !== (await rootOf([inherent, ...included])))
    throw new Error('the runtime did not apply the timestamp');
  return { diff: overlay.diff, included, refused, deferred, ...end };
}

/** What chopsticks may still ask about the chain below the blocks it was given: nothing is there. */
function genesisProvider() {
  const answers: { readonly [method: string]: unknown } = {
    system_chain: CHAIN_NAME,
    system_name: CHAIN_NAME,
    system_properties: PROPERTIES,
    state_getKeysPaged: [],
    state_queryStorageAt: [],
  };
  return {
    isReady: Promise.resolve(),
    hasSubscriptions: false,
    send: async (method: string) => answers[method] ?? null,
    disconnect: async () => {},
  };
}

