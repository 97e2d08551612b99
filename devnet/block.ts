/** A block of the development chain or of a fork: its header and extrinsics, its state, and runtime calls on it. */

import {
  fromHex,
  type Header,
  type Hex,
  keysOf,
  Overlay,
  Runtime,
  type RuntimeVersion,
  type State,
  toHex,
} from '../src/lib/host/index.js';
import { CODE_KEY } from './header.js';

/**
 * Runs what reads a state, as often as it takes: once where the state is in memory, and again after each fetch where it is
 * a live chain's.
 */
export type Supplied = <T>(attempt: () => T) => Promise<T>;

export const inMemory: Supplied = async (attempt) => attempt();

/** Answers to runtime calls that are kept for a block. */
const KEPT_ANSWERS = 256;

export class Block {
  #answers: Map<string, Hex> | undefined;
  #state: State | (() => State);

  constructor(
    readonly header: Header,
    readonly hash: Hex,
    readonly extrinsics: readonly Hex[],
    state: State,
    readonly supplied: Supplied,
  ) {
    this.#state = state;
  }

  get state(): State {
    return typeof this.#state === 'function' ? this.#state() : this.#state;
  }

  /** Whether the state is here, and need not be made again. */
  get hasState(): boolean {
    return typeof this.#state !== 'function';
  }

  /** Let go of the state: it can be made again. */
  release(again: () => State): void {
    this.#state = again;
    this.#answers = undefined;
  }

  get number(): number {
    return this.header.number;
  }

  get(key: Hex): Promise<Hex | undefined> {
    return this.supplied(() => {
      const value = this.state.read(key);
      return value === undefined ? undefined : toHex(value);
    });
  }

  getMany(keys: readonly Hex[]): Promise<(Hex | undefined)[]> {
    return Promise.all(keys.map((key) => this.get(key)));
  }

  /** Up to `count` keys with a prefix, behind `after`. */
  keys(prefix: Hex, count: number, after?: string): Promise<Hex[]> {
    return this.supplied(() => {
      const keys: Hex[] = [];
      for (const key of keysOf(this.state, prefix, after)) {
        if (keys.length >= count) break;
        keys.push(key);
      }
      return keys;
    });
  }

  /** The runtime of this block's code. */
  async runtime(): Promise<Runtime> {
    const code = await this.supplied(() => this.state.read(CODE_KEY));
    if (code === undefined) throw new Error(`block ${this.number} has no code`);
    return Runtime.of(code);
  }

  async version(): Promise<RuntimeVersion> {
    return (await this.runtime()).version;
  }

  /**
   * A runtime call; nothing of what it writes stays. Clients ask the same of the same block again and again: answers are
   * kept.
   * @returns its SCALE result @throws RuntimeTrap
   */
  async call(method: string, ...args: readonly Hex[]): Promise<Hex> {
    const key = [method, ...args].join(' ');
    const known = this.#answers?.get(key);
    if (known !== undefined) return known;
    const runtime = await this.runtime();
    const argument = Buffer.concat(args.map(fromHex));
    const answer = await this.supplied(() => toHex(runtime.call(method, argument, new Overlay(this.state))));
    this.#answers ??= new Map();
    this.#answers.set(key, answer);
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > KEPT_ANSWERS) this.#answers.delete(oldest as string);
    return answer;
  }

  /** Forget the answers: for a block that is no longer the head. */
  settle(): void {
    this.#answers = undefined;
  }
}
