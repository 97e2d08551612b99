/** A worker thread: judges the pieces that it is told of. Started by pool.ts. */

import { parentPort, workerData } from 'node:worker_threads';
import { loadHasher } from './hasher.js';
import { makeKernel } from './kernel.js';
import { PieceJudge } from './piece.js';
import type { SlotPiece, WorkerAnswer, WorkerSetup } from './pool.js';

const setup = workerData as WorkerSetup;
const slots = setup.slots.map((slot) => new Uint8Array(slot));
const judge = new PieceJudge(await loadHasher(), makeKernel(setup.kernel));

parentPort?.on('message', ({ slot, length, row, offset }: SlotPiece) => {
  parentPort?.postMessage(answer({ slot, length, row, offset }));
});

function answer({ slot, length, row, offset }: SlotPiece): WorkerAnswer {
  try {
    const bytes = (slots[slot] as Uint8Array).subarray(0, length);
    return { judged: judge.judge({ bytes, row, offset }, setup.options) };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
