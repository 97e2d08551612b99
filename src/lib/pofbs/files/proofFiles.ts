/** Many small files at once: their bytes lie one behind the other. */

import { closeSync, openSync, writeSync } from 'node:fs';
import { outputError } from './output.js';

export interface FileBatch {
  readonly paths: readonly string[];
  /** Where each file's bytes end. */
  readonly ends: readonly number[];
  readonly bytes: Uint8Array;
  readonly mode: number;
}

/** Writes new files. @throws usage OUTPUT_WRITE */
export function writeFiles({ paths, ends, bytes, mode }: FileBatch): void {
  let at = 0;
  for (const [index, path] of paths.entries()) {
    try {
      const file = openSync(path, 'wx', mode);
      try {
        for (const end = ends[index] as number; at < end; ) at += writeSync(file, bytes, at, end - at);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      throw outputError(path, error);
    }
  }
}
