/**
 * A chain that knows what is in it, endpoints that answer anything, a disk that can be torn at any byte, a clock that does
 * not wait, and death at any step: what the send path is tried against, in one process and without a node.
 */

import { createHash } from 'node:crypto';
import { u8aToHex } from '@polkadot/util';
import { blake2AsHex } from '@polkadot/util-crypto';
import { judged, NoSuchBlock, OddAnswer, oddness } from '../../../src/lib/chain/answers.js';
import { type ChainTrust, OpenChain } from '../../../src/lib/chain/connect.js';
import { RpcError } from '../../../src/lib/chain/rpc.js';
import type { Runtime } from '../../../src/lib/chain/runtime.js';
import type { ChainIdentity, Token } from '../../../src/lib/chain/types.js';
import { unreachableError } from '../../../src/lib/errors.js';
import type { Clock } from '../../../src/lib/tx/clock.js';
import type { JournalDisk } from '../../../src/lib/tx/disk.js';

/** Repeatable chance. */
export class Dice {
  #state: number;
  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }
  /** From 0 to below 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }
  below = (count: number): number => Math.floor(this.next() * count);
  chance = (probability: number): boolean => this.next() < probability;
  of = <T>(...all: readonly T[]): T => all[this.below(all.length)] as T;
}

/** What a chain is, taken from a real one. */
export interface Ground {
  readonly runtime: Runtime;
  readonly identity: ChainIdentity;
  readonly token: Token;
  readonly trust: ChainTrust;
  readonly signer: string;
  /** Of `System.Account` of the signer, and of `System.Events`. */
  readonly keys: { readonly account: string; readonly events: string };
  /** An inherent, as every block has one. */
  readonly inherent: string;
}

export interface ModelBlock {
  readonly number: number;
  readonly hash: string;
  readonly parentHash: string;
  readonly extrinsics: readonly string[];
  /** Indices of extrinsics that failed. */
  readonly failed: ReadonlySet<number>;
  /** The account's nonce after it. */
  readonly nonce: number;
}

interface Tx {
  readonly hex: string;
  readonly nonce: number;
  readonly birth: number;
  readonly validUntil: number;
  readonly isSigned: boolean;
}

const BLOCK_MS = 1_000;
export const GENESIS_LENGTH = 40;

/** The chain. One account sends. */
export class ModelChain {
  readonly blocks: ModelBlock[] = [];
  /** Blocks that a reorganisation left behind. */
  readonly orphans: ModelBlock[] = [];
  readonly #pool = new Map<string, Tx>();
  /** Copies that a gateway still holds. */
  readonly #late: { readonly at: number; readonly hex: string }[] = [];
  readonly #parsed = new Map<string, Tx>();
  /** Blocks on which transactions were prepared. */
  readonly births: { readonly number: number; readonly hash: string }[] = [];
  time = 0;
  #salt = 0;

  constructor(
    readonly ground: Ground,
    readonly dice: Dice,
    readonly lag: number,
  ) {
    while (this.blocks.length < GENESIS_LENGTH) this.#append([]);
  }

  get best(): ModelBlock {
    return this.blocks.at(-1) as ModelBlock;
  }
  get finalized(): ModelBlock {
    return this.blocks[Math.max(0, this.blocks.length - 1 - this.lag)] as ModelBlock;
  }
  byHash(hash: string): ModelBlock | undefined {
    return [...this.blocks, ...this.orphans].find((block) => block.hash === hash);
  }

  parse(hex: string): Tx {
    const known = this.#parsed.get(hex);
    if (known) return known;
    const extrinsic = this.ground.runtime.registry.createTypeUnsafe('Extrinsic', [hex]) as unknown as {
      nonce: { toNumber(): number };
      era: { asMortalEra: { period: { toNumber(): number }; phase: { toNumber(): number } } };
    };
    const period = extrinsic.era.asMortalEra.period.toNumber();
    const phase = extrinsic.era.asMortalEra.phase.toNumber();
    const born = this.births.findLast(({ number }) => number % period === phase);
    if (!born) throw new Error('an extrinsic that was never prepared');
    const tx = {
      hex,
      nonce: extrinsic.nonce.toNumber(),
      birth: born.number,
      validUntil: born.number + period - 1,
      // The hash of that block is signed: on a chain that has another one there, the signature is wrong.
      isSigned: this.blocks[born.number]?.hash === born.hash,
    };
    this.#parsed.set(hex, tx);
    return tx;
  }

  /** Whether it can still get into a block from here on, if somebody has it. */
  canCome(hex: string): boolean {
    const { nonce, validUntil, isSigned } = this.parse(hex);
    return isSigned && nonce >= this.finalized.nonce && this.finalized.number < validUntil;
  }

  deliver(hex: string, afterMs = 0): void {
    this.parse(hex);
    if (afterMs > 0) this.#late.push({ at: this.time + afterMs, hex });
    else this.#pool.set(hex, this.parse(hex));
  }

  pass(ms: number): void {
    const end = this.time + ms;
    while (Math.floor(this.time / BLOCK_MS) < Math.floor(end / BLOCK_MS)) {
      this.time = (Math.floor(this.time / BLOCK_MS) + 1) * BLOCK_MS;
      for (let index = this.#late.length - 1; index >= 0; index--) {
        const { at, hex } = this.#late[index] as { at: number; hex: string };
        if (at > this.time) continue;
        this.#late.splice(index, 1);
        this.#pool.set(hex, this.parse(hex));
      }
      if (this.dice.chance(0.05)) this.#reorganise();
      this.#make();
    }
    this.time = end;
  }

  /** How often each extrinsic is in the chain. */
  included(): string[] {
    return this.blocks.flatMap(({ extrinsics }) => extrinsics.slice(1));
  }

  failedIn(hex: string): boolean {
    return this.blocks.some(
      ({ extrinsics, failed }) => failed.has(extrinsics.indexOf(hex)) && extrinsics.includes(hex),
    );
  }

  #reorganise(): void {
    const gone = this.blocks.splice(this.finalized.number + 1);
    this.orphans.push(...gone);
    for (const { extrinsics } of gone)
      for (const hex of extrinsics.slice(1)) this.#pool.set(hex, this.parse(hex));
    for (const _ of gone) this.#append([]);
  }

  #make(): void {
    // A block author takes what he has, or not yet.
    if (this.dice.chance(0.4)) {
      this.#append([]);
      return;
    }
    const number = this.best.number + 1;
    let { nonce } = this.best;
    const taken: string[] = [];
    for (const tx of [...this.#pool.values()].sort((a, b) => a.nonce - b.nonce)) {
      if (!tx.isSigned || tx.nonce < nonce || tx.validUntil < number) this.#pool.delete(tx.hex);
      else if (tx.nonce === nonce && tx.birth < number) {
        taken.push(tx.hex);
        nonce += 1;
        this.#pool.delete(tx.hex);
      }
    }
    this.#append(taken);
  }

  #append(taken: readonly string[]): void {
    const number = this.blocks.length;
    const parent = this.blocks.at(-1);
    const hash = `0x${createHash('sha256')
      .update(`${number} ${this.#salt++} ${parent?.hash}`)
      .digest('hex')}`;
    const extrinsics = [this.ground.inherent, ...taken];
    // Which ones fail is their own affair: the same after a reorganisation.
    const failed = new Set(
      taken.flatMap((hex, index) => (Number.parseInt(hex.slice(100, 102), 16) % 5 === 0 ? [index + 1] : [])),
    );
    this.blocks.push({
      number,
      hash,
      parentHash: parent?.hash ?? `0x${'00'.repeat(32)}`,
      extrinsics,
      failed,
      nonce: (parent?.nonce ?? 3) + taken.length,
    });
  }
}

/** A process: it dies at a step, and nothing that it still does has any effect. */
export class Life {
  dead = false;
  readonly died: Promise<'died'>;
  #die: () => void = () => {};
  #steps = 0;

  constructor(readonly dieAt: number) {
    this.died = new Promise((resolve) => {
      this.#die = () => resolve('died');
    });
  }

  /** For what waits: a dead process gets no answer. */
  async step(): Promise<void> {
    if (this.#isOver()) await new Promise<never>(() => {});
  }

  /** For what does not wait. @throws when the process is dead; nobody reads it */
  stepSync(): void {
    if (this.#isOver()) throw new Error('dead');
  }

  #isOver(): boolean {
    this.#steps += 1;
    if (!this.dead && this.#steps >= this.dieAt) {
      this.dead = true;
      this.#die();
    }
    return this.dead;
  }
}

/** The files; they survive every process. */
export class ModelFiles {
  readonly files = new Map<string, string>();
  readonly counts = new Map<string, number>();
  readonly locks = new Map<string, Life>();

  /** The disk as one process sees it. */
  of(life: Life, dice: Dice): JournalDisk {
    const { files, counts, locks } = this;
    return {
      makeDirectory: () => life.step(),
      names: async (directory) => {
        await life.step();
        return [...files.keys()]
          .filter((file) => file.startsWith(directory))
          .map((file) => file.slice(directory.length + 1));
      },
      read: async (file) => {
        await life.step();
        return files.get(file);
      },
      append: (file, line, isWhole) => {
        life.stepSync();
        const before = files.get(file) ?? '';
        const end = before.lastIndexOf('\n') + 1;
        const last = before.slice(end);
        const mended = last === '' ? before : isWhole(last) ? `${before}\n` : before.slice(0, end);
        const text = `${line}\n`;
        try {
          life.stepSync();
        } catch (error) {
          // It dies while it writes.
          files.set(file, mended + text.slice(0, dice.below(text.length + 1)));
          throw error;
        }
        files.set(file, mended + text);
        life.stepSync();
        return (files.get(file) as string).split('\n').filter((one) => one !== '').length;
      },
      touch: (file) => {
        life.stepSync();
        if (!files.has(file)) files.set(file, '');
      },
      count: async (file) => {
        await life.step();
        return counts.get(file) ?? 0;
      },
      setCount: (file, lines) => {
        life.stepSync();
        counts.set(file, lines);
      },
      lock: async (file) => {
        await life.step();
        const holder = locks.get(file);
        if (holder && holder !== life && !holder.dead) return undefined;
        locks.set(file, life);
        return {
          held: () => locks.get(file) === life,
          release: async () => {
            await life.step();
            if (locks.get(file) === life) locks.delete(file);
          },
        };
      },
    };
  }
}

export const clockOf = (chain: ModelChain, life: Life): Clock => ({
  now: () => chain.time,
  date: () => new Date(1_760_000_000_000 + chain.time).toISOString(),
  sleep: async (ms) => {
    await life.step();
    chain.pass(ms);
  },
});

/** How an endpoint is not honest, if it is not. Its own lies stay the same for as long as it is asked. */
export type Lie = 'none' | 'hides' | 'expired' | 'replaced' | 'fails' | 'invents' | 'empty' | 'anything';
export const LIES: readonly Lie[] = ['hides', 'expired', 'replaced', 'fails', 'invents', 'empty', 'anything'];

export interface Manner {
  readonly lie: Lie;
  /** How often a read goes wrong. */
  readonly trouble: number;
  /** Blocks that it is behind. */
  readonly behind: number;
}

/** Codes that a node or a gateway answers `author_submitExtrinsic` with. */
const REFUSALS = [
  1002, 1010, 1011, 1012, 1013, 1014, 1015, 1016, 1018, 1040, -32601, -32602, -32603, -32029, -32000, 0,
];

/** One endpoint, as a process is connected to it. */
export class ModelEndpoint {
  sent = 0;
  /** What its lies make up. */
  readonly #made = new Map<string, { readonly number: number; readonly with: string | null }>();

  constructor(
    readonly endpoint: string,
    readonly chain: ModelChain,
    readonly life: Life,
    readonly manner: Manner,
    /** Told of what left the process. */
    readonly left: (hex: string) => void,
  ) {}

  get url(): string {
    return this.endpoint;
  }

  allow(): void {}
  close(): void {}
  async open(): Promise<void> {
    await this.life.step();
    if (this.chain.dice.chance(this.manner.trouble / 2))
      throw unreachableError('ENDPOINT_UNREACHABLE', `${this.endpoint} is gone`);
  }

  /** As a client returns it: what no endpoint can answer is its failure. */
  async request(method: string, params: readonly unknown[] = []): Promise<unknown> {
    const answer = await this.#answered(method, params);
    try {
      return judged(method, answer, params);
    } catch (error) {
      if (error instanceof NoSuchBlock) return null;
      throw error instanceof OddAnswer ? oddness(this.endpoint, error) : error;
    }
  }

  async #answered(method: string, params: readonly unknown[]): Promise<unknown> {
    await this.life.step();
    const { dice } = this.chain;
    if (dice.chance(this.manner.trouble)) {
      const kind = dice.below(5);
      if (kind === 0) throw unreachableError('ENDPOINT_TIMEOUT', `${this.endpoint} did not answer`);
      if (kind === 1) throw new RpcError(-32029, 'rate limit', undefined, method);
      if (kind === 2) throw new RpcError(4003, 'State already discarded', undefined, method);
      if (kind === 3) return null;
      return dice.of<unknown>({}, [], '0x', 7, { block: {} });
    }
    const answer = this.#answer(method, params);
    await this.life.step();
    return answer;
  }

  async requestOnce(method: string, params: readonly unknown[] = []): Promise<unknown> {
    if (method !== 'author_submitExtrinsic') return this.request(method, params);
    await this.life.step();
    const hex = params[0] as string;
    const { dice } = this.chain;
    this.left(hex);
    const copies = this.manner.lie === 'none' ? dice.of(0, 1, 1, 1, 2) : dice.of(0, 0, 1, 2);
    for (let copy = 0; copy < copies; copy++) this.chain.deliver(hex, dice.of(0, 0, 3_000, 12_000, 40_000));
    await this.life.step();
    const way = dice.below(4);
    if (way === 0) throw new Error('the connection was lost');
    if (way === 1)
      throw new RpcError(dice.of(...REFUSALS), 'no', dice.of<unknown>(undefined, 'because', {}), method);
    if (way === 2 && dice.chance(0.3)) throw unreachableError('ENDPOINT_TIMEOUT', 'no answer');
    return blake2AsHex(hex as never, 256);
  }

  // ---------------------------------------------------------------------------------------------------------------

  #answer(method: string, params: readonly unknown[]): unknown {
    const { chain } = this;
    switch (method) {
      case 'rpc_methods':
        return { methods: [] };
      case 'chain_getFinalizedHead':
        return this.#head(chain.finalized.number);
      case 'chain_getBlockHash':
        return params.length === 0 ? this.#head(chain.best.number) : this.#hashAt(params[0] as number);
      case 'chain_getHeader':
        return this.#header(params[0] as string);
      case 'chain_getBlock':
        return this.#block(params[0] as string);
      case 'state_getRuntimeVersion':
        return chain.ground.identity;
      case 'state_getStorage':
        return `0x${'00'.repeat(8)}`;
      case 'state_queryStorageAt':
        return [
          { changes: (params[0] as string[]).map((key) => [key, this.#value(key, params[1] as string)]) },
        ];
      case 'system_accountNextIndex':
        return this.#lies('replaced') ? chain.best.nonce + 1 : chain.best.nonce;
      default:
        throw new RpcError(-32601, 'Method not found', undefined, method);
    }
  }

  /** Whether it tells this lie now. */
  #lies(...lies: readonly Lie[]): boolean {
    const { lie } = this.manner;
    return lies.includes(lie) || (lie === 'anything' && this.chain.dice.chance(0.3));
  }

  /** An invented block, with its own extrinsic or without one. */
  #made_(number: number, extrinsic: string | null): string {
    const hash = `0x${createHash('sha256').update(`${this.endpoint} made ${number} ${extrinsic}`).digest('hex')}`;
    this.#made.set(hash, { number, with: extrinsic });
    return hash;
  }

  #head(number: number): string {
    if (this.#lies('expired', 'invents')) return this.#made_(this.chain.best.number + 40, this.#ours());
    const seen = Math.max(0, number - this.manner.behind);
    return (this.chain.blocks[seen] as ModelBlock).hash;
  }

  #ours(): string | null {
    return this.manner.lie === 'invents' ? this.lastLeft : null;
  }
  lastLeft: string | null = null;

  #hashAt(number: number): string | null {
    if (this.#lies('expired', 'invents') && number > this.chain.finalized.number - 2)
      return this.#made_(number, this.#ours());
    if (number > this.chain.best.number - this.manner.behind) return null;
    return this.chain.blocks[number]?.hash ?? null;
  }

  #header(hash: string): unknown {
    const made = this.#made.get(hash);
    const block = this.chain.byHash(hash);
    const number = made?.number ?? block?.number;
    if (number === undefined) return null;
    const parentHash = block?.parentHash ?? this.chain.best.hash;
    return { number: `0x${number.toString(16)}`, parentHash };
  }

  #block(hash: string): unknown {
    const { inherent } = this.chain.ground;
    const made = this.#made.get(hash);
    if (made) return { block: { extrinsics: made.with === null ? [inherent] : [inherent, made.with] } };
    const block = this.chain.byHash(hash);
    if (!block) return null;
    if (this.#lies('empty'))
      return this.chain.dice.of<unknown>({ block: { extrinsics: [] } }, { block: {} }, null, {});
    if (this.#lies('hides', 'expired', 'replaced')) return { block: { extrinsics: [inherent] } };
    return { block: { extrinsics: block.extrinsics } };
  }

  #value(key: string, at: string): string | null {
    const { account, events } = this.chain.ground.keys;
    const made = this.#made.get(at);
    const block = this.chain.byHash(at) ?? (made ? this.chain.best : undefined);
    if (!block)
      throw new RpcError(4003, 'UnknownBlock: Header was not found', undefined, 'state_queryStorageAt');
    if (key === account) {
      if (this.#lies('hides')) return accountInfo(3);
      if (this.#lies('replaced')) return accountInfo(block.nonce + 1);
      return accountInfo(made?.with ? block.nonce + 1 : block.nonce);
    }
    if (key !== events) return null;
    if (this.#lies('empty')) return null;
    const count = made ? 2 : block.extrinsics.length;
    const failed = this.#lies('fails', 'invents') ? () => true : (index: number) => block.failed.has(index);
    return eventsOf(count, failed);
  }
}

function accountInfo(nonce: number): string {
  const bytes = Buffer.alloc(80);
  bytes.writeUInt32LE(nonce, 0);
  bytes.writeBigUInt64LE(10n ** 15n, 16);
  return u8aToHex(bytes);
}

/** `System.Events` of a block: how each of its extrinsics ended. System is pallet 0 with its events 0 and 1. */
function eventsOf(count: number, failed: (index: number) => boolean): string {
  const info = [0, 0, 0, 0]; // weights 0 0, class normal, fee paid
  const records = Array.from({ length: count }, (_, index) => {
    const phase = [0, index, 0, 0, 0];
    const BAD_ORIGIN = 2;
    return [...phase, ...(index > 0 && failed(index) ? [0, 1, BAD_ORIGIN, ...info] : [0, 0, ...info]), 0];
  });
  return u8aToHex(Uint8Array.from([count << 2, ...records.flat()]));
}

/** A connection of the send path to an endpoint of the model. */
export function openModel(
  ground: Ground,
  rpc: ModelEndpoint,
  reference: { number: number; hash: string },
): OpenChain {
  const { runtime, identity, token, trust } = ground;
  return new OpenChain(rpc as never, runtime, identity, token, { ...reference, timestamp: 0 }, trust);
}
