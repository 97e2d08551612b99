/** Forms in which storage functions answer. */

import type { RuntimeMemory } from '../memory.js';
import type { Removal } from '../overlay.js';
import { concat } from '../scale.js';
import { u32 } from './context.js';

/** Copies a value from `offset` on into `out`, as much as fits. @returns `Option<u32>`: the length from `offset` on */
export function readInto(
  memory: RuntimeMemory,
  value: Uint8Array | undefined,
  out: bigint,
  offset: number,
): bigint {
  if (value === undefined) return memory.placeFat(Uint8Array.of(0));
  const target = memory.view(out);
  const rest = value.subarray(Math.min(offset >>> 0, value.length));
  target.set(rest.subarray(0, target.length));
  return memory.placeFat(concat(Uint8Array.of(1), u32(rest.length)));
}

/** `KillStorageResult`: AllRemoved or SomeRemaining, with the number of the state's keys that were looked at. */
export const removal = (memory: RuntimeMemory, { loops, remain }: Removal): bigint =>
  memory.placeFat(concat(Uint8Array.of(remain ? 1 : 0), u32(loops)));
