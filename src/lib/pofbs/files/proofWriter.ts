/** A worker thread: writes the files that it is sent. Started by proveAll.ts. */

import { parentPort } from 'node:worker_threads';
import type { BursarError } from '../../errors.js';
import { type FileBatch, writeFiles } from './proofFiles.js';

/** What was wrong, as plain data; null if all files are there. */
export type WriterAnswer = { readonly message: string; readonly hint: string | null } | null;

parentPort?.on('message', (batch: FileBatch) => {
  parentPort?.postMessage(answer(batch));
});

function answer(batch: FileBatch): WriterAnswer {
  try {
    writeFiles(batch);
    return null;
  } catch (error) {
    const { message, hint = null } = error as BursarError;
    return { message, hint };
  }
}
