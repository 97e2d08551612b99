/**
 * A runtime's memory as host functions see it. A runtime passes an address, or an address and a length in one 64-bit
 * integer ("fat pointer": address in the low half). Every access checks its bounds: a view that begins or ends outside
 * would be shortened silently.
 */

import { Buffer } from 'node:buffer';
import type { Allocator } from './allocator.js';
import { compact, type Hex } from './scale.js';
import type { WasmMemory } from './wasm.js';

export class RuntimeMemory {
  #memory: WasmMemory | undefined;
  #allocator: Allocator | undefined;
  #bytes: Buffer = Buffer.alloc(0);

  /** A module may bring its memory itself: it is known after the host functions are. */
  attach(memory: WasmMemory, allocator: Allocator): void {
    this.#memory = memory;
    this.#allocator = allocator;
    this.#bytes = Buffer.from(memory.buffer);
  }

  /** @throws Error while the module is still being instantiated */
  get allocator(): Allocator {
    if (this.#allocator === undefined) throw new Error('the runtime calls the host before it is there');
    return this.#allocator;
  }

  /** The memory as it is now: a view ends when the memory grows. */
  #now(): Buffer {
    if (this.#bytes.length === 0 && this.#memory !== undefined)
      this.#bytes = Buffer.from(this.#memory.buffer);
    return this.#bytes;
  }

  /** Bytes in place: valid until the runtime goes on or the memory grows. @throws RangeError */
  at(pointer: number, length: number): Buffer {
    const start = pointer >>> 0;
    const bytes = this.#now();
    if (start + length > bytes.length)
      throw new RangeError(`the runtime points outside of its memory: ${start} and ${length} bytes`);
    return bytes.subarray(start, start + length);
  }

  /** What a fat pointer points to, in place. @throws RangeError */
  view(fat: bigint): Buffer {
    return this.at(Number(fat & 0xffff_ffffn), Number((fat >> 32n) & 0xffff_ffffn));
  }

  /** A copy that stays, in memory of its own: a small Buffer would keep 8 kB of their shared pool alive. @throws RangeError */
  copy(fat: bigint): Uint8Array {
    return Uint8Array.from(this.view(fat));
  }

  hex(fat: bigint): Hex {
    const view = this.view(fat);
    return `0x${view.toString('hex')}`;
  }

  text(fat: bigint): string {
    return this.view(fat).toString('utf8');
  }

  /** Put bytes on the runtime's heap. @returns their address */
  place(bytes: Uint8Array): number {
    const pointer = this.allocator.allocate(bytes.length);
    this.#now().set(bytes, pointer);
    return pointer;
  }

  /** Put bytes on the runtime's heap. @returns a fat pointer */
  placeFat(bytes: Uint8Array): bigint {
    return fat(this.place(bytes), bytes.length);
  }

  /** Put `Option<Vec<u8>>` on the runtime's heap. @returns a fat pointer */
  placeOption(bytes: Uint8Array | undefined): bigint {
    if (bytes === undefined) return this.placeFat(NONE);
    const length = compact(bytes.length);
    const size = 1 + length.length + bytes.length;
    const pointer = this.allocator.allocate(size);
    const memory = this.#now();
    memory[pointer] = 1;
    memory.set(length, pointer + 1);
    memory.set(bytes, pointer + 1 + length.length);
    return fat(pointer, size);
  }

  /** Read `Option<u32>`. @throws RangeError */
  optionU32(pointer: bigint): number | undefined {
    const view = this.view(pointer);
    return view.readUInt8(0) === 0 ? undefined : view.readUInt32LE(1);
  }
}

const NONE = Uint8Array.of(0);

const fat = (pointer: number, length: number): bigint => BigInt(pointer >>> 0) | (BigInt(length) << 32n);
