/** Writing one file whole or not at all: beside its place, flushed, renamed. */

import writeFileAtomic from 'write-file-atomic';
import { outputError } from './output.js';

/** @throws usage OUTPUT_WRITE */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFileAtomic(path, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (cause) {
    throw outputError(path, cause);
  }
}
