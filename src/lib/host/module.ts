/** A runtime's code, compiled: unpacked, with the limits of the memory that it asks for. Compiled once in a process. */

import { createHash } from 'node:crypto';
import { Decompress } from 'fzstd';
import { PAGE_SIZE } from './allocator.js';
import { type MemoryLimits, type WasmMemory, type WasmModule, wasm } from './wasm.js';

/** `sp_maybe_compressed_blob`: what precedes code that is packed with zstd, and what it may become. */
const ZSTD_PREFIX = Buffer.from('52bc537646db8e05', 'hex');
const LARGEST_CODE = 50 * 1024 * 1024;

/** Pages that the heap may grow by, as nodes allow it for a block. */
const HEAP_PAGES = 2_048;

export interface Compiled {
  readonly module: WasmModule;
  /** Of the memory that it imports; none if it brings its own. */
  readonly memory: MemoryLimits | undefined;
  /** Pages that its memory may have in all. */
  readonly maximumPages: number;
}

/** The code cannot be compiled. */
export class CodeError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'CodeError';
  }
}

/** Codes that stay compiled: a chain has one, an upgrade brings a second, and a fork may stand beside it. */
const KEPT = 8;
const modules = new Map<string, Compiled>();

/** The compiled form of a code. @throws CodeError */
export function compiled(code: Uint8Array): Compiled {
  const key = createHash('sha256').update(code).digest('base64');
  const known = modules.get(key) ?? compile(code);
  modules.delete(key);
  modules.set(key, known);
  for (const oldest of modules.keys()) if (modules.size > KEPT) modules.delete(oldest);
  return known;
}

function compile(code: Uint8Array): Compiled {
  const bytes = unpacked(code);
  let module: WasmModule;
  try {
    module = new wasm.Module(bytes);
  } catch (error) {
    throw new CodeError(`the runtime's code is no WebAssembly: ${(error as Error).message}`, error);
  }
  const limits = importedMemory(bytes);
  if (limits === undefined) return { module, memory: undefined, maximumPages: HEAP_PAGES };
  const maximumPages = Math.min(limits.initial + HEAP_PAGES, limits.maximum ?? Number.POSITIVE_INFINITY);
  return { module, memory: { initial: limits.initial, maximum: maximumPages }, maximumPages };
}

/** The code without packing. @throws CodeError */
export function unpacked(code: Uint8Array): Uint8Array {
  if (Buffer.compare(code.subarray(0, ZSTD_PREFIX.length), ZSTD_PREFIX) !== 0) return code;
  const frame = code.subarray(ZSTD_PREFIX.length);
  const parts: Uint8Array[] = [];
  let size = 0;
  const decoder = new Decompress((part) => {
    size += part.length;
    if (size > LARGEST_CODE) throw new Error(`it is larger than ${LARGEST_CODE} bytes`);
    // The decoder uses a part's memory again.
    parts.push(part.slice());
  });
  try {
    if (window(frame) > LARGEST_CODE) throw new Error(`it wants more than ${LARGEST_CODE} bytes of memory`);
    decoder.push(frame, true);
  } catch (error) {
    throw new CodeError(`the runtime's code cannot be unpacked: ${(error as Error).message}`, error);
  }
  return Buffer.concat(parts);
}

/** Bytes that a zstd frame needs as its window (RFC 8878, §3.1.1.1). @throws RangeError where it ends too early */
function window(frame: Uint8Array): number {
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
  const descriptor = bytes.readUInt8(4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  if (!isSingleSegment) {
    const size = bytes.readUInt8(5);
    return 2 ** (10 + (size >> 3)) * (1 + (size & 7) / 8);
  }
  // Then the size of the content follows, after the id of a dictionary.
  const at = 5 + [0, 1, 2, 4][descriptor & 3]!;
  switch (descriptor >> 6) {
    case 0:
      return bytes.readUInt8(at);
    case 1:
      return bytes.readUInt16LE(at) + 256;
    case 2:
      return bytes.readUInt32LE(at);
    default:
      return Number(bytes.readBigUInt64LE(at));
  }
}

/** Limits of the imported memory, in pages: JavaScript does not show them. The module has been validated. */
function importedMemory(code: Uint8Array): { initial: number; maximum: number | undefined } | undefined {
  const reader = new WasmReader(code, 8);
  const IMPORTS = 2;
  while (reader.at < code.length) {
    const section = reader.byte();
    const end = reader.unsigned() + reader.at;
    if (section === IMPORTS) {
      for (let count = reader.unsigned(); count > 0; count -= 1) {
        reader.skip(reader.unsigned());
        reader.skip(reader.unsigned());
        const limits = importedItem(reader);
        if (limits !== undefined) return limits;
      }
      return undefined;
    }
    reader.at = end;
  }
  return undefined;
}

function importedItem(reader: WasmReader): { initial: number; maximum: number | undefined } | undefined {
  const limits = () => {
    const hasMaximum = (reader.byte() & 1) === 1;
    return { initial: reader.unsigned(), maximum: hasMaximum ? reader.unsigned() : undefined };
  };
  switch (reader.byte()) {
    case 0: // a function, by its type
      reader.unsigned();
      return undefined;
    case 1: // a table
      reader.byte();
      limits();
      return undefined;
    case 2:
      return limits();
    default: // a global
      reader.skip(2);
      return undefined;
  }
}

class WasmReader {
  constructor(
    private readonly bytes: Uint8Array,
    public at: number,
  ) {}

  byte(): number {
    this.at += 1;
    return this.bytes[this.at - 1] as number;
  }

  skip(count: number): void {
    this.at += count;
  }

  /** LEB128. */
  unsigned(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }
}

export const pagesOf = (memory: WasmMemory): number => memory.buffer.byteLength / PAGE_SIZE;
