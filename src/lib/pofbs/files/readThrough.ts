/** Reading a published snapshot from its start to its end. */

import { type Summary, summarize } from '../engine.js';
import { type OnProgress, Pace } from '../pace.js';
import type { AssetFile } from './epochFiles.js';
import { openInput } from './input.js';

export interface Working {
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Reads the whole snapshot. @throws usage INPUT_*, and the signal's reason */
export async function readThrough(file: AssetFile, { onProgress, signal }: Working): Promise<Summary> {
  const input = await openInput(file.path, signal === undefined ? {} : { signal });
  try {
    const pace = new Pace(`reading ${file.entry.file}`, onProgress, undefined);
    return await summarize(input, {
      profiles: [],
      onProgress: ({ rows }) => void pace.pause(rows, rows / file.entry.rows),
      ...(signal === undefined ? {} : { signal }),
    });
  } finally {
    await input.close();
  }
}
