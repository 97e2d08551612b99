/**
 * The running chain: pool, block building and its modes, finality, time. One mutex orders everything that changes the
 * head, so that no transaction is lost between two builders.
 */

import { EventEmitter } from 'node:events';
import { fromHex, type Hex, isHex, little, Reader, toHex } from '../src/lib/host/index.js';
import type { Block, Engine } from './engine.js';
import { blake2 } from './header.js';
import { decorated, storageValues } from './names.js';
import { Pool, type PoolEntry, type Watcher } from './pool.js';
import { storageKey } from './storageKey.js';
import { decodeValidity, isError, RpcFault, validityFault } from './validity.js';

/**
 * When blocks are made: on demand, at once when a transaction is ready, or every `intervalMs`. The chain's own clock
 * advances 6 s a block in each of them.
 */
export type BuildMode = 'manual' | 'instant' | { readonly intervalMs: number };

export interface Advance {
  /** Blocks to build; or */
  readonly blocks?: number;
  /** build until the active era is this much later. */
  readonly eras?: number;
}

export interface Advanced {
  readonly blocks: number;
  readonly head: { readonly number: number; readonly hash: Hex };
  /** Index of the active era; null on a chain without staking. */
  readonly era: number | null;
}

interface Events {
  head: [Block];
  finalized: [Block];
}

/** An included transaction whose watchers wait for finality. */
interface Included {
  readonly block: Hex;
  readonly number: number;
  readonly entry: PoolEntry;
}

/** An era that does not end within so many blocks will not end at all. */
const MAX_BLOCKS_AN_ERA = 20_000;

/** Between the notices of inclusion and of finality to a transaction's watcher. */
const FINALITY_NOTICE_MS = 100;

/** Source of a transaction in `validate_transaction`: External, as for what comes over RPC. */
const EXTERNAL: Hex = '0x02';

export class DevChain {
  readonly pool = new Pool();
  readonly events = new EventEmitter<Events>();
  #mode: BuildMode = 'manual';
  #timer: NodeJS.Timeout | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #finalized: Block;
  #included: Included[] = [];
  #buildQueued = false;
  #closed = false;
  #lag: number | undefined;
  #activeEraKey: Hex | undefined;
  readonly #notices = new Set<NodeJS.Timeout>();

  /** @param lag blocks that finality stays behind the best block; default none, 2 with blocks on a clock */
  constructor(
    readonly engine: Engine,
    lag?: number,
  ) {
    this.#lag = lag;
    this.#finalized = engine.head;
    this.events.setMaxListeners(0);
  }

  get head(): Block {
    return this.engine.head;
  }

  get finalized(): Block {
    return this.#finalized;
  }

  get mode(): BuildMode {
    return this.#mode;
  }

  get finalityLag(): number {
    return this.#lag ?? (typeof this.#mode === 'object' ? 2 : 0);
  }

  setMode(mode: BuildMode): void {
    if (this.#timer !== undefined) clearInterval(this.#timer);
    this.#timer = undefined;
    this.#mode = mode;
    if (typeof mode === 'object') {
      let busy = false;
      this.#timer = setInterval(() => {
        if (busy) return;
        busy = true;
        this.newBlock()
          .catch(() => {})
          .finally(() => {
            busy = false;
          });
      }, mode.intervalMs);
    }
    if (mode === 'instant') this.#buildSoon();
  }

  // -------------------------------------------------------------------------------------------
  // Transactions

  /**
   * Take a transaction into the pool, after the runtime's own validation on the head.
   * @param watcher is told what becomes of it
   * @returns its hash
   * @throws RpcFault with the code, message and data of a Substrate node
   */
  async submit(extrinsic: Hex, watcher?: Watcher): Promise<Hex> {
    if (!isHex(extrinsic))
      throw new RpcFault(-32602, 'Invalid params', 'the extrinsic must be 0x-prefixed hex');
    const hash = await blake2(fromHex(extrinsic));
    this.pool.refuseDuplicate(hash);
    if (this.engine.isFork) await this.#refuseImmortal(extrinsic);
    // Under the mutex: the answer must be about the state on which the transaction will stand.
    return this.exclusive(async () => {
      this.pool.refuseDuplicate(hash);
      const validity = await this.validate(extrinsic);
      if (isError(validity)) throw validityFault(validity);
      const entry = this.pool.add(hash, extrinsic, validity);
      if (watcher !== undefined) entry.watchers.add(watcher);
      this.pool.announce();
      if (this.#mode === 'instant') this.#buildSoon();
      return hash;
    });
  }

  /** The runtime's verdict on a transaction on the head. @throws RpcFault 1002 where the runtime cannot read it */
  async validate(extrinsic: Hex) {
    const head = this.head;
    try {
      const method = 'TaggedTransactionQueue_validate_transaction';
      return decodeValidity(fromHex(await head.call(method, EXTERNAL, extrinsic, head.hash)));
    } catch (error) {
      throw new RpcFault(
        1002,
        'Verification Error: Runtime error: Execution failed',
        (error as Error).message,
      );
    }
  }

  /** A transaction without mortality could be replayed on the live chain whose genesis hash the fork has. */
  async #refuseImmortal(extrinsic: Hex): Promise<void> {
    const { registry } = await decorated(this.head);
    let immortal: boolean;
    try {
      const decoded = registry.createType('Extrinsic', extrinsic);
      immortal = decoded.isSigned && decoded.era.isImmortalEra;
    } catch (error) {
      throw new RpcFault(1001, `Extrinsic has invalid format: ${(error as Error).message}`);
    }
    if (immortal)
      throw new RpcFault(
        1010,
        'Invalid Transaction',
        'This is a fork of a live chain and keeps its genesis hash: an immortal transaction would be valid there too. Sign with a mortal era.',
      );
  }

  /** The nonce for an account's next transaction: the state's, and the pool's ready ones after it. */
  async nextNonce(publicKey: Uint8Array): Promise<number> {
    const bytes = fromHex(await this.head.call('AccountNonceApi_account_nonce', toHex(publicKey)));
    let nonce = new Reader(bytes).unsigned(bytes.length);
    // CheckNonce's tag: account and nonce.
    const provided = new Set(this.pool.ready().flatMap((entry) => entry.validity.provides));
    const tag = (n: bigint): Hex => toHex(Buffer.concat([publicKey, little(n, bytes.length)]));
    while (provided.has(tag(nonce))) nonce += 1n;
    return Number(nonce);
  }

  // -------------------------------------------------------------------------------------------
  // Blocks

  /** Build a block with what is ready. @param timestamp Unix milliseconds, default 6 s after the parent's */
  newBlock(timestamp?: number): Promise<Block> {
    return this.exclusive(() => this.#build(timestamp));
  }

  async #build(timestamp?: number): Promise<Block> {
    const before = this.head;
    const ready = this.pool.ready();
    const { block, refused } = await this.engine.seal(
      ready.map((entry) => entry.extrinsic),
      timestamp,
    );
    if (this.head.hash !== block.hash || block.hash === before.hash)
      throw new Error(`no block was built on #${before.number}: the head did not move`);
    const inBlock = new Set(block.extrinsics);
    const included: Included[] = [];
    for (const entry of ready)
      if (inBlock.has(entry.extrinsic)) {
        this.pool.take(entry.hash);
        included.push({ block: block.hash, number: block.number, entry });
      } else if (refused.some(({ extrinsic }) => extrinsic === entry.extrinsic))
        this.pool.drop(entry.hash, 'invalid');
    this.events.emit('head', block);
    for (const { entry } of included) for (const watcher of entry.watchers) watcher({ inBlock: block.hash });
    this.#included.push(...included);
    await this.#finalize();
    await this.#revalidate();
    return block;
  }

  /** Finality follows the best block at its distance; it never goes back. */
  async #finalize(): Promise<void> {
    const target = this.head.number - this.finalityLag;
    for (let number = this.#finalized.number + 1; number <= target; number += 1) {
      const block = number === this.head.number ? this.head : await this.engine.blockAt(number);
      if (block === undefined) break;
      this.#finalized = block;
      this.events.emit('finalized', block);
      const done = this.#included.filter((one) => one.number <= number);
      this.#included = this.#included.filter((one) => one.number > number);
      if (done.some((one) => one.entry.watchers.size > 0))
        this.#later(() => {
          for (const one of done) for (const watcher of one.entry.watchers) watcher({ finalized: one.block });
        });
    }
  }

  /** A client that hears of inclusion and finality at once skips the first; on a live chain seconds lie between. */
  #later(notify: () => void): void {
    const timer = setTimeout(() => {
      this.#notices.delete(timer);
      notify();
    }, FINALITY_NOTICE_MS);
    this.#notices.add(timer);
  }

  /** What is left in the pool is judged again on the new head: nonces have moved, mortality has passed. */
  async #revalidate(): Promise<void> {
    for (const entry of this.pool.all()) {
      // No verdict (a fork's endpoint is lost): the transaction stays.
      const validity = await this.validate(entry.extrinsic).catch(() => entry.validity);
      if (isError(validity)) this.pool.drop(entry.hash, 'invalid');
      else entry.validity = validity;
    }
    this.pool.announce();
  }

  #buildSoon(): void {
    if (this.#buildQueued || this.#closed) return;
    this.#buildQueued = true;
    // Behind the submissions that already wait for the mutex: they share the block.
    setImmediate(() => {
      this.exclusive(async () => {
        this.#buildQueued = false;
        if (this.pool.ready().length === 0 || this.#mode !== 'instant') return;
        await this.#build();
        if (this.pool.ready().length > 0) this.#buildSoon();
      }).catch(() => {
        this.#buildQueued = false;
      });
    });
  }

  /**
   * Build blocks until what is asked for has happened.
   * @param signal no further block is built for whoever has left
   * @throws RpcFault -32602
   */
  async advance({ blocks, eras }: Advance, signal?: AbortSignal): Promise<Advanced> {
    const wanted = blocks ?? eras ?? 1;
    if (!Number.isSafeInteger(wanted) || wanted < 1 || (blocks !== undefined && eras !== undefined))
      throw new RpcFault(-32602, 'Invalid params', 'give blocks or eras, a whole number of at least 1');
    let built = 0;
    if (eras === undefined) for (; built < wanted; built += 1) await this.#newBlockFor(signal);
    else {
      const start = await this.activeEra();
      if (start === null) throw new RpcFault(-32602, 'Invalid params', 'this chain has no staking eras');
      for (
        let era: number | null = start;
        era !== null && era < start + wanted;
        era = await this.activeEra()
      ) {
        if (built >= wanted * MAX_BLOCKS_AN_ERA) throw new RpcFault(-32603, `era ${era} does not end`);
        await this.#newBlockFor(signal);
        built += 1;
      }
    }
    const { number, hash } = this.head;
    return { blocks: built, head: { number, hash: hash as Hex }, era: await this.activeEra() };
  }

  /** One of many blocks that somebody waits for. Looked at under the mutex: it may be long until their turn. */
  #newBlockFor(signal: AbortSignal | undefined): Promise<Block> {
    return this.exclusive(() => {
      if (signal?.aborted === true) throw new RpcFault(-32000, 'the client has left');
      return this.#build();
    });
  }

  /** Index of the active era on the head, or null. */
  async activeEra(): Promise<number | null> {
    this.#activeEraKey ??= await storageKey('Staking', 'ActiveEra');
    const value = await this.head.get(this.#activeEraKey);
    return value === undefined ? null : new Reader(fromHex(value)).u32();
  }

  /**
   * Make an earlier block the head: blocks after it are retracted, and their transactions go back to the pool.
   * @param to block hash, number, or a negative number of blocks to go back
   */
  async setHead(to: Hex | number): Promise<Block> {
    return this.exclusive(async () => {
      const block =
        typeof to === 'string'
          ? await this.engine.block(to)
          : await this.engine.blockAt(to < 0 ? this.head.number + to : to);
      if (block === undefined || block.number < this.engine.floor)
        throw new RpcFault(-32602, `Block not found: ${to}`);
      await this.engine.moveHead(block);
      const retracted = this.#included.filter((one) => one.number > block.number);
      this.#included = this.#included.filter((one) => one.number <= block.number);
      for (const { entry, block: hash } of retracted) {
        for (const watcher of entry.watchers) watcher({ retracted: hash });
        await this.#resubmit(entry);
      }
      if (this.#finalized.number > block.number) this.#finalized = block;
      this.events.emit('head', block);
      await this.#revalidate();
      return block;
    });
  }

  async #resubmit({ hash, extrinsic, watchers }: PoolEntry): Promise<void> {
    const validity = await this.validate(extrinsic).catch(() => undefined);
    if (validity === undefined || isError(validity)) {
      for (const watcher of watchers) watcher('invalid');
      return;
    }
    const entry = this.pool.add(hash, extrinsic, validity);
    for (const watcher of watchers) entry.watchers.add(watcher);
  }

  /** Change the head's storage: hex pairs, or `{Pallet: {Item: value}}`; see names.ts. @throws RpcFault -32602 */
  setStorage(values: unknown): Promise<void> {
    return this.exclusive(async () => {
      await this.engine.setStorage(await storageValues(this.head, values));
      if (this.#finalized.number === this.head.number) this.#finalized = this.head;
      await this.#revalidate();
    });
  }

  /** Run alone: nothing else moves the head meanwhile. */
  exclusive<T>(task: () => Promise<T>): Promise<T> {
    const run = this.#last.then(() => {
      if (this.#closed) throw new RpcFault(-32000, 'the development chain is closing');
      return task();
    });
    this.#last = run.catch(() => {});
    return run;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    if (this.#timer !== undefined) clearInterval(this.#timer);
    this.#closed = true;
    for (const notice of this.#notices) clearTimeout(notice);
    await this.#last;
    await this.engine.close();
  }
}
