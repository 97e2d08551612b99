/** A SCALE vector that grows at its end without being copied: what `ext_storage_append` makes of a value. */

import { Buffer } from 'node:buffer';
import { compact } from './scale.js';

/** Room for the longest compact length in front of the items. */
const HEAD = 5;

/** How much of a vector was there: appended items lie behind. */
export interface Mark {
  readonly count: number;
  readonly size: number;
}

export class GrowingVector {
  #count: number;
  /** Bytes of the items. */
  #size: number;
  #buffer: Buffer;

  private constructor(count: number, items: Uint8Array) {
    this.#count = count;
    this.#size = items.length;
    this.#buffer = Buffer.allocUnsafe(HEAD + Math.max(256, 2 * items.length));
    this.#buffer.set(items, HEAD);
  }

  /** Of a value; one that does not begin with a length is replaced by an empty vector, as nodes do it. */
  static of(value: Uint8Array | undefined): GrowingVector {
    const head = value === undefined ? undefined : lengthOf(value);
    return head === undefined || value === undefined
      ? new GrowingVector(0, new Uint8Array(0))
      : new GrowingVector(head.count, value.subarray(head.size));
  }

  append(item: Uint8Array): void {
    const end = HEAD + this.#size;
    if (end + item.length > this.#buffer.length) {
      const bigger = Buffer.allocUnsafe(HEAD + 2 * (this.#size + item.length));
      this.#buffer.copy(bigger, 0, 0, end);
      this.#buffer = bigger;
    }
    this.#buffer.set(item, end);
    this.#size += item.length;
    this.#count += 1;
  }

  mark(): Mark {
    return { count: this.#count, size: this.#size };
  }

  truncate({ count, size }: Mark): void {
    this.#count = count;
    this.#size = size;
  }

  /** The encoded vector, in place: valid until the next `append`. */
  bytes(): Uint8Array {
    const length = compact(this.#count);
    const start = HEAD - length.length;
    this.#buffer.set(length, start);
    return this.#buffer.subarray(start, HEAD + this.#size);
  }
}

/** A canonical compact u32 at the beginning: its value and its size in bytes. */
function lengthOf(value: Uint8Array): { count: number; size: number } | undefined {
  if (value.length === 0) return undefined;
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const mode = bytes.readUInt8(0) & 3;
  const size = [1, 2, 4, 5][mode] as number;
  if (bytes.length < size) return undefined;
  const count = [
    () => bytes.readUInt8(0) >>> 2,
    () => bytes.readUInt16LE(0) >>> 2,
    () => bytes.readUInt32LE(0) >>> 2,
    () => bytes.readUInt32LE(1),
  ][mode]!();
  const isCanonical = compact(count).every((byte, i) => byte === bytes[i]) && compact(count).length === size;
  return isCanonical ? { count, size } : undefined;
}
