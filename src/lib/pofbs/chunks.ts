/** From chunks as they come to bytes as they are asked for. */

import type { Input } from './cutter.js';

/** The bytes of the chunks, one after another: at most `into.length` at once. */
export function fromChunks(chunks: AsyncIterator<Uint8Array>): Input {
  let rest: Uint8Array = new Uint8Array(0);
  return {
    async read(into) {
      while (rest.length === 0) {
        const next = await chunks.next();
        if (next.done === true) return 0;
        rest = next.value;
      }
      const part = rest.subarray(0, into.length);
      into.set(part);
      rest = rest.subarray(part.length);
      return part.length;
    },
  };
}
