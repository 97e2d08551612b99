/**
 * Who judges the pieces: worker threads that share the pieces' memory, or this thread. Memory is bounded by the number
 * of slots, into which whoever reads the file puts one piece each.
 */

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { loadHasher } from './hasher.js';
import { type JudgedPiece, PIECE_BYTES, PieceJudge, type PieceOptions } from './piece.js';

/** A piece in a slot. */
export interface SlotPiece {
  readonly slot: number;
  readonly length: number;
  readonly row: number;
  readonly offset: number;
}

export interface Pool {
  readonly slots: readonly Uint8Array[];
  /** The slot is free again when the promise settles. */
  judge(piece: SlotPiece): Promise<JudgedPiece>;
  close(): Promise<void>;
}

/** What a worker is started with. */
export interface WorkerSetup {
  readonly slots: readonly SharedArrayBuffer[];
  readonly options: PieceOptions;
}

export type WorkerAnswer = { readonly judged: JudgedPiece } | { readonly error: string };

/** More workers than this are no faster: one thread reads, and takes the file's digests. */
const MOST_WORKERS = 8;

/** Workers run compiled code only: where this is a TypeScript source (a test runner's), all work is done in this thread. */
export const workersRun = !import.meta.url.endsWith('.ts');

export const defaultThreads = (): number => Math.min(availableParallelism(), MOST_WORKERS);

export async function poolHere(options: PieceOptions): Promise<Pool> {
  const judge = new PieceJudge(await loadHasher());
  const slots = [new Uint8Array(PIECE_BYTES)];
  return {
    slots,
    async judge({ slot, length, row, offset }) {
      return judge.judge({ bytes: (slots[slot] as Uint8Array).subarray(0, length), row, offset }, options);
    },
    close: async () => {},
  };
}

export function poolOfWorkers(threads: number, options: PieceOptions): Pool {
  // Two more than workers: one is being filled, one waits.
  const shared = Array.from({ length: threads + 2 }, () => new SharedArrayBuffer(PIECE_BYTES));
  const setup: WorkerSetup = { slots: shared, options };
  const crew = Array.from({ length: threads }, () => new Member(setup));
  return {
    slots: shared.map((slot) => new Uint8Array(slot)),
    judge(piece) {
      const [least, ...others] = crew as [Member, ...Member[]];
      return others.reduce((a, b) => (b.load < a.load ? b : a), least).judge(piece);
    },
    async close() {
      await Promise.all(crew.map((member) => member.close()));
    },
  };
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
