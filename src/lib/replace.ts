/** Not writing over a file that is something else: a mistyped name must not cost a salt or a published snapshot. */

import { open } from 'node:fs/promises';
import { usageError } from './errors.js';

/** What may be replaced, and how it begins. */
export interface Kind {
  /** `proof`, `page`: for the message. */
  readonly what: string;
  /** The path, quoted for a message. */
  readonly shown: string;
  readonly begins: RegExp;
}

const BEGINNING = 4096;

/**
 * @throws usage FILE_EXISTS if an ordinary file of another kind has this name. What is no ordinary file, or cannot be
 * read, is left to the writing.
 */
export async function assertReplaceable(path: string, { what, shown, begins }: Kind): Promise<void> {
  const beginning = await beginningOf(path);
  if (beginning === null || beginning === '' || begins.test(beginning)) return;
  throw usageError('FILE_EXISTS', `${shown} is there already, and is no ${what}.`, {
    hint: 'Choose another name. Whatever is no longer needed, remove yourself.',
  });
}

async function beginningOf(path: string): Promise<string | null> {
  try {
    const file = await open(path, 'r');
    try {
      if (!(await file.stat()).isFile()) return null;
      const { buffer, bytesRead } = await file.read(Buffer.alloc(BEGINNING), 0, BEGINNING, 0);
      return buffer.toString('latin1', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
}
