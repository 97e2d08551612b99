/**
 * Who judges the pieces: worker threads that share the pieces' memory, and this thread when they have enough to do.
 * Memory is bounded by the number of slots, into which whoever reads the file puts one piece each.
 */

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type Hasher, loadHasher } from './hasher.js';
import { compiledKernel } from './kernel.js';
import { type JudgedPiece, PIECE_BYTES, PieceJudge, type PieceOptions } from './piece.js';

/** A piece in a slot. */
export interface SlotPiece {
  readonly slot: number;
  readonly length: number;
  readonly row: number;
  readonly offset: number;
}

/** What a worker is started with. */
export interface WorkerSetup {
  readonly slots: readonly SharedArrayBuffer[];
  readonly options: PieceOptions;
  /** The compiled kernel, a WebAssembly module. */
  readonly kernel: object;
}

export type WorkerAnswer = { readonly judged: JudgedPiece } | { readonly error: string };

/** More threads than this are no faster: one of them reads, and takes the file's digests. */
const MOST_THREADS = 8;
/** Pieces that a worker has before it: the one that it judges, and the next. */
const LOAD = 2;

/** Workers run compiled code only: where this is a TypeScript source (a test runner's), all work is done in this thread. */
const workersRun = !import.meta.url.endsWith('.ts');

export const defaultThreads = (): number => Math.min(availableParallelism(), MOST_THREADS);

export class Pool {
  readonly #workers: number;
  readonly #options: PieceOptions;
  readonly #shared: readonly SharedArrayBuffer[];
  readonly #slots: readonly Uint8Array[];
  readonly #free: number[];
  readonly #waiting: ((slot: number) => void)[] = [];
  readonly #judge: PieceJudge;
  #crew: readonly Member[] = [];

  private constructor(threads: number, options: PieceOptions, hasher: Hasher) {
    this.#workers = workersRun ? Math.max(0, threads - 1) : 0;
    this.#options = options;
    const count = LOAD * this.#workers + 1;
    this.#shared = Array.from({ length: count }, () => new SharedArrayBuffer(PIECE_BYTES));
    this.#slots = this.#shared.map((slot) => new Uint8Array(slot));
    this.#free = this.#slots.map((_, slot) => slot);
    this.#judge = new PieceJudge(hasher);
  }

  /** @param threads this one among them */
  static async make(threads: number, options: PieceOptions): Promise<Pool> {
    return new Pool(threads, options, await loadHasher());
  }

  /** Starts the workers: an input of a few thousand rows is done before they are there. */
  start(): void {
    if (this.#crew.length > 0) return;
    const setup: WorkerSetup = { slots: this.#shared, options: this.#options, kernel: compiledKernel() };
    this.#crew = Array.from({ length: this.#workers }, () => new Member(setup));
  }

  /** A free slot, and its memory. */
  async slot(): Promise<{ readonly slot: number; readonly bytes: Uint8Array }> {
    const slot = this.#free.pop() ?? (await new Promise<number>((resolve) => this.#waiting.push(resolve)));
    return { slot, bytes: this.#slots[slot] as Uint8Array };
  }

  /** Frees the slot when the piece is judged. */
  async judge(piece: SlotPiece): Promise<JudgedPiece> {
    const least = this.#crew.reduce<Member | null>((a, b) => (a === null || b.load < a.load ? b : a), null);
    try {
      if (least !== null && least.load < LOAD) return await least.judge(piece);
      const { slot, length, row, offset } = piece;
      const bytes = (this.#slots[slot] as Uint8Array).subarray(0, length);
      return this.#judge.judge({ bytes, row, offset }, this.#options);
    } finally {
      this.free(piece.slot);
    }
  }

  free(slot: number): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(slot);
    else next(slot);
  }

  async close(): Promise<void> {
    await Promise.all(this.#crew.map((member) => member.close()));
  }
}

/** A worker, which answers in the order in which it is asked. */
class Member {
  readonly #worker: Worker;
  readonly #waiting: { resolve: (judged: JudgedPiece) => void; reject: (error: Error) => void }[] = [];
  #failed: Error | undefined;

  constructor(setup: WorkerSetup) {
    this.#worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: setup });
    this.#worker.on('message', (answer: WorkerAnswer) => {
      const next = this.#waiting.shift();
      if ('judged' in answer) next?.resolve(answer.judged);
      else next?.reject(new Error(answer.error));
    });
    this.#worker.on('error', (error: Error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('A worker thread ended.')));
  }

  get load(): number {
    return this.#waiting.length;
  }

  judge(piece: SlotPiece): Promise<JudgedPiece> {
    return new Promise((resolve, reject) => {
      if (this.#failed !== undefined) return reject(this.#failed);
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(piece);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #fail(error: Error): void {
    this.#failed ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
