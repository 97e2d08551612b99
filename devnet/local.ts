/** The engine of the development chain itself: genesis state, our own block builder, blocks in memory and in a journal. */

import { preconditionError } from '../src/lib/errors.js';
import { fromHex, type Hex, Reader, toHex } from './bytes.js';
import type { Block, Blockchain, Engine, Sealed } from './engine.js';
import { blockchainOn, type ChopsticksCore, chopsticks, runCalls } from './executor.js';
import { blake2, CODE_KEY, encodeHeader, type Genesis, ZERO } from './header.js';
import type { BlockRecord, Journal, JournalRecord } from './journal.js';
import { BLOCK_MS, GENESIS_TIME } from './preset.js';
import { openingCalls, sealBlock } from './seal.js';
import { type Diff, State } from './state.js';

export const CHAIN_NAME = 'bursar devnet';
export const PROPERTIES = { ss58Format: 42, tokenDecimals: 10, tokenSymbol: 'UNIT' } as const;

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
  static async open(
    genesis: Genesis,
    records: readonly JournalRecord[],
    journal?: Journal,
  ): Promise<LocalEngine> {
    const core = await chopsticks();
    const { TypeRegistry } = await import('@polkadot/types');
    const { xxhashAsHex } = await import('@polkadot/util-crypto');
    const registry = new TypeRegistry();
    const headerOf = (bytes: Hex) => registry.createType('Header', bytes);
    const blockchain = blockchainOn(core, {
      provider: genesisProvider(),
      header: { hash: genesis.hash, number: 0 },
      inherentProviders: [],
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
        throw preconditionError(
          'STATE_FILE_BLOCKS',
          `block ${record.number} of the state file has no parent`,
          {
            hint: 'The file is damaged; start from another one.',
          },
        );
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
    const built = await sealBlock(
      wasm,
      state,
      parent.hash as Hex,
      number,
      timestamp ?? this.now(parent) + BLOCK_MS,
      extrinsics,
    );
    const header = encodeHeader(parent.hash as Hex, number, ZERO, built.extrinsicsRoot, built.digest);
    const record: BlockRecord = {
      hash: await blake2(header),
      number,
      parent: parent.hash as Hex,
      header: toHex(header),
      extrinsics: built.included,
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
    if (record === undefined)
      throw new Error('the storage of block 0 cannot be changed: build a block first');
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
      ...openingCalls(at.hash as Hex, at.number + 1, this.now(at) + BLOCK_MS),
      ['BlockBuilder_apply_extrinsic', [extrinsic]],
    ]);
    return result;
  }

  async system() {
    return { chain: CHAIN_NAME, properties: PROPERTIES };
  }

  async close(): Promise<void> {
    this.journal?.close();
    // A block asks for its parent's metadata when it is made, and nobody waits for it: an executor that ends before it
    // has answered would be an unhandled rejection.
    await this.blockchain.head.metadata.catch(() => {});
    await this.blockchain.close();
  }
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
