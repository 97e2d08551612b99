import type { Input } from '../../../src/lib/pofbs/engine.js';

/** Bytes as an input that gives at most `portion` of them at once. */
export function inputOf(bytes: Uint8Array, portion = Number.MAX_SAFE_INTEGER): Input {
  let at = 0;
  return {
    async read(into) {
      const part = bytes.subarray(at, at + Math.min(portion, into.length));
      into.set(part);
      at += part.length;
      return part.length;
    },
  };
}
