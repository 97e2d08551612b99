/** The engine of the development chain itself: genesis state, blocks in memory and in a journal. */

import { preconditionError } from '../src/lib/errors.js';
import {
  decodeHeader,
  encodeHeader,
  fromHex,
  type Hex,
  hostCrypto,
  Reader,
  type State,
  type StateChanges,
  stateVersionOf,
  toHex,
} from '../src/lib/host/index.js';
import { Archive } from './archive.js';
import { Block, inMemory } from './block.js';
import type { Engine, Sealed } from './engine.js';
import { CODE_KEY, type Genesis, headerHash } from './header.js';
import type { BlockRecord, Journal, JournalRecord } from './journal.js';
import { BLOCK_MS, GENESIS_TIME } from './preset.js';
import { assertExtrinsicsRoot, dryRunExtrinsic, sealBlock, timestampInherent } from './seal.js';
import { storageKey } from './storageKey.js';

export const CHAIN_NAME = 'bursar devnet';
export const PROPERTIES = { ss58Format: 42, tokenDecimals: 10, tokenSymbol: 'UNIT' } as const;

type JsonChanges = { readonly [key: Hex]: Hex | null };

export class LocalEngine implements Engine {
  readonly isFork = false;
  readonly floor = 0;
  readonly #blocks = new Map<Hex, Block>();
  readonly #archive = new Archive();
  /** Hashes of the head's chain by number. */
  #chain: Hex[] = [];
  #head: Block;

  private constructor(
    readonly genesis: Genesis,
    private readonly hash: (bytes: Uint8Array) => Uint8Array,
    private readonly timestampKey: Hex,
    private readonly journal?: Journal,
  ) {
    this.#head = new Block(genesis.header, genesis.hash, [], genesis.state, inMemory);
    this.#blocks.set(genesis.hash, this.#head);
    this.#chain = [genesis.hash];
  }

  get genesisHash(): Hex {
    return this.genesis.hash;
  }

  get head(): Block {
    return this.#head;
  }

  /** @param records blocks that follow genesis, as a journal has them */
  static async open(
    genesis: Genesis,
    records: readonly JournalRecord[],
    journal?: Journal,
  ): Promise<LocalEngine> {
    const { blake2_256 } = await hostCrypto();
    const timestampKey = await storageKey('Timestamp', 'Now');
    const engine = new LocalEngine(genesis, blake2_256, timestampKey, journal);
    for (const record of records) await engine.#replay(record);
    return engine;
  }

  async #replay(record: JournalRecord): Promise<void> {
    if ('head' in record) {
      const block = this.#blocks.get(record.head);
      if (block !== undefined) this.#become(block);
    } else if ('set' in record) {
      const block = this.#blocks.get(record.block);
      if (block !== undefined) await this.#change(block, changesOf(record.set));
    } else {
      const parent = this.#blocks.get(record.parent);
      if (parent === undefined)
        throw preconditionError(
          'STATE_FILE_BLOCKS',
          `block ${record.number} of the state file has no parent`,
          { hint: 'The file is damaged; start from another one.' },
        );
      const version = stateVersionOf(await parent.version());
      const changes = changesOf(record.diff, record.children);
      const header = decodeHeader(fromHex(record.header));
      const state = parent.state.with(changes, version);
      const block = new Block(header, record.hash, record.extrinsics, state, inMemory);
      this.#archive.add(block, parent, changes, version);
      this.#become(block);
    }
  }

  /** Make a block the head; it may stand on any block that is known. */
  #become(block: Block): void {
    if (this.#head.hash !== block.hash) this.#head.settle();
    this.#blocks.set(block.hash, block);
    this.#head = block;
    for (let one: Block | undefined = block; one !== undefined && this.#chain[one.number] !== one.hash; ) {
      this.#chain[one.number] = one.hash;
      one = this.#blocks.get(one.header.parentHash);
    }
    this.#chain.length = block.number + 1;
  }

  async block(hash: Hex): Promise<Block | undefined> {
    return this.#blocks.get(hash);
  }

  async blockAt(number: number): Promise<Block | undefined> {
    const hash = this.#chain[number];
    return hash === undefined ? undefined : this.#blocks.get(hash);
  }

  async seal(extrinsics: readonly Hex[], timestamp?: number): Promise<Sealed> {
    const { refused, deferred } = await this.sealRecorded(extrinsics, timestamp);
    return { block: this.#head, refused, deferred };
  }

  /** `seal`, with the record that a journal has of the block. */
  async sealRecorded(
    extrinsics: readonly Hex[],
    timestamp?: number,
  ): Promise<Omit<Sealed, 'block'> & { readonly record: BlockRecord }> {
    const parent = this.#head;
    const built = sealBlock(
      await parent.runtime(),
      parent.state,
      { parentHash: parent.hash, number: parent.number + 1 },
      [{ extrinsic: timestampInherent(timestamp ?? this.now(parent) + BLOCK_MS) }],
      extrinsics,
    );
    assertExtrinsicsRoot(built, this.hash);
    const { header, included, state, changes, refused, deferred } = built;
    const written = withoutSameCode(changes, parent.state);
    const record: BlockRecord = {
      hash: await headerHash(header),
      number: header.number,
      parent: parent.hash,
      header: toHex(encodeHeader(header)),
      extrinsics: included,
      ...recorded(written),
    };
    this.journal?.append(record);
    const block = new Block(header, record.hash, included, state, inMemory);
    this.#archive.add(block, parent, written, stateVersionOf(await parent.version()));
    this.#become(block);
    return { refused, deferred, record };
  }

  /** Unix milliseconds of a block. */
  now(block: Block): number {
    const value = block.state.read(this.timestampKey);
    return value === undefined ? GENESIS_TIME : Number(new Reader(value).unsigned(8));
  }

  async moveHead(block: Block): Promise<void> {
    this.journal?.append({ head: block.hash });
    this.#become(block);
  }

  async setStorage(values: ReadonlyMap<Hex, Uint8Array | null>): Promise<void> {
    const head = this.#head;
    // Block 0 is what its hash says.
    if (head.number === 0) throw new Error('the storage of block 0 cannot be changed: build a block first');
    this.journal?.append({ block: head.hash, set: jsonOf(values) });
    await this.#change(head, { main: values, children: new Map() });
  }

  async #change(block: Block, changes: StateChanges): Promise<void> {
    const { header, hash, extrinsics, state } = block;
    const changed = state.with(changes, stateVersionOf(await block.version()));
    const replaced = new Block(header, hash, extrinsics, changed, inMemory);
    this.#blocks.set(hash, replaced);
    if (this.#head === block) this.#head = replaced;
  }

  async dryRun(extrinsic: Hex, at: Block): Promise<Hex> {
    const start = { parentHash: at.hash, number: at.number + 1 };
    const inherent = timestampInherent(this.now(at) + BLOCK_MS);
    return dryRunExtrinsic(await at.runtime(), at.state, start, [{ extrinsic: inherent }], extrinsic);
  }

  async system() {
    return { chain: CHAIN_NAME, properties: PROPERTIES };
  }

  async close(): Promise<void> {
    this.journal?.close();
  }
}

const jsonOf = (values: ReadonlyMap<Hex, Uint8Array | null>): JsonChanges =>
  Object.fromEntries([...values].map(([key, value]) => [key, value === null ? null : toHex(value)]));

const mapOf = (values: JsonChanges): Map<Hex, Uint8Array | null> =>
  new Map(
    Object.entries(values).map(([key, value]) => [
      key as Hex,
      value === null ? null : Uint8Array.from(fromHex(value)),
    ]),
  );

function changesOf(diff: JsonChanges, children: BlockRecord['children'] = {}): StateChanges {
  const named = Object.entries(children) as [Hex, JsonChanges][];
  return { main: mapOf(diff), children: new Map(named.map(([name, values]) => [name, mapOf(values)])) };
}

/** Code that was written as it was is no change: it is megabytes. */
function withoutSameCode({ main, children }: StateChanges, before: State): StateChanges {
  const [code, old] = [main.get(CODE_KEY), before.read(CODE_KEY)];
  if (!code || !old || Buffer.compare(code, old) !== 0) return { main, children };
  const kept = new Map(main);
  kept.delete(CODE_KEY);
  return { main: kept, children };
}

/** A block's changes for its record. */
function recorded({ main, children }: StateChanges): Pick<BlockRecord, 'diff' | 'children'> {
  if (children.size === 0) return { diff: jsonOf(main) };
  return {
    diff: jsonOf(main),
    children: Object.fromEntries([...children].map(([name, values]) => [name, jsonOf(values)])),
  };
}
