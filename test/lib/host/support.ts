/** What the host's tests share: a heap without a runtime, and runtimes of a few instructions. */

import { Allocator } from '../../../src/lib/host/allocator.js';
import type { HostCrypto } from '../../../src/lib/host/crypto.js';
import {
  type HostContext,
  type HostFunctions,
  hostFunctions,
} from '../../../src/lib/host/functions/index.js';
import { RuntimeMemory } from '../../../src/lib/host/memory.js';
import type { Overlay } from '../../../src/lib/host/overlay.js';
import { wasm } from '../../../src/lib/host/wasm.js';

export const bytes = (hex: string): Uint8Array => Buffer.from(hex, 'hex');
export const hex = (value: Uint8Array): string => Buffer.from(value).toString('hex');
export const text = (value: string): Uint8Array => Buffer.from(value);

/** Host functions over a memory of their own, called as a runtime calls them. */
export function bareHost(crypto: HostCrypto, overlay: Overlay) {
  const memory = new RuntimeMemory();
  const own = new wasm.Memory({ initial: 1, maximum: 64 });
  memory.attach(own, new Allocator(own, 1_024, 64));
  const logged: string[] = [];
  const context: HostContext = {
    memory,
    crypto,
    overlay,
    batch: undefined,
    mockSignatures: false,
    log: (level, line) => logged.push(`${level} ${line}`),
    versionOf: () => undefined,
  };
  const functions: HostFunctions = hostFunctions(context);
  const call = (name: string, ...args: unknown[]) => {
    const run = functions[name];
    if (run === undefined) throw new Error(`there is no ${name}`);
    return run(...args) as bigint;
  };
  return {
    logged,
    functions,
    /** Bytes as a fat pointer. */
    fat: (value: Uint8Array) => memory.placeFat(value),
    /** Bytes as an address. */
    at: (value: Uint8Array) => memory.place(value),
    call,
    /** The result of a function that answers a fat pointer, or an address of `size` bytes; as hex. */
    answer: (name: string, ...args: unknown[]) => hex(memory.copy(call(name, ...args))),
    answerOf: (size: number, name: string, ...args: unknown[]) =>
      hex(memory.at(Number(call(name, ...args)), size)),
  };
}

const leb = (value: number): number[] => {
  const out: number[] = [];
  for (let rest = value; ; ) {
    const byte = rest & 127;
    rest >>>= 7;
    out.push(rest === 0 ? byte : byte | 128);
    if (rest === 0) return out;
  }
};
const vector = (items: readonly (readonly number[])[]): number[] => [...leb(items.length), ...items.flat()];
const name = (value: string): number[] => [...leb(value.length), ...Buffer.from(value)];
const section = (id: number, body: readonly number[]): number[] => [id, ...leb(body.length), ...body];

export const HEAP_BASE = 4_096;

export interface TinyRuntime {
  /** Imported functions without parameters and results, by index. */
  readonly imports?: readonly string[];
  /** Exported functions (i32, i32) → i64: their instructions. */
  readonly methods: Readonly<Record<string, readonly number[]>>;
  /** Whether it brings its memory instead of importing one. */
  readonly ownMemory?: boolean;
  readonly withoutHeapBase?: boolean;
}

/** WebAssembly of a runtime: one page of memory, a heap base, and methods of a few instructions. */
export function tinyRuntime({ imports = [], methods, ownMemory, withoutHeapBase }: TinyRuntime): Uint8Array {
  const names = Object.keys(methods);
  const types = vector([
    [0x60, 0, 0],
    [0x60, 2, 0x7f, 0x7f, 1, 0x7e],
  ]);
  const imported = imports.map((item) => [...name('env'), ...name(item), 0, 0]);
  if (!ownMemory) imported.push([...name('env'), ...name('memory'), 2, 0, 1]);
  const exported = names.map((item, i) => [...name(item), 0, ...leb(imports.length + i)]);
  if (!withoutHeapBase) exported.push([...name('__heap_base'), 3, 0]);
  if (ownMemory) exported.push([...name('memory'), 2, 0]);
  const bodies = names.map((item) => {
    const body = [0, ...(methods[item] as readonly number[]), 0x0b];
    return [...leb(body.length), ...body];
  });
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, types),
    ...section(2, vector(imported)),
    ...section(3, vector(names.map(() => [1]))),
    ...(ownMemory ? section(5, [1, 0, 1]) : []),
    ...section(6, vector([[0x7f, 0, 0x41, 0x80, 0x20, 0x0b]])),
    ...section(7, vector(exported)),
    ...section(10, vector(bodies)),
  ]);
}

/** Instructions. */
export const op = {
  call: (index: number) => [0x10, ...leb(index)],
  unreachable: [0x00],
  /** i64 constant below 2^13. */
  i64: (value: number) => [0x42, ...signed(value)],
  i32: (value: number) => [0x41, ...signed(value)],
  argument: (index: number) => [0x20, index],
  load8: [0x2d, 0, 0],
  store8: [0x3a, 0, 0],
  add: [0x6a],
  drop: [0x1a],
  /** A fat pointer from an address on the stack: one byte. */
  oneByteAt: [0xad, 0x42, ...signed(1), 0x42, ...signed(32), 0x86, 0x84],
};

function signed(value: number): number[] {
  const out: number[] = [];
  for (let rest = value; ; ) {
    const byte = rest & 127;
    rest >>= 7;
    if (rest === 0 && (byte & 64) === 0) return [...out, byte];
    out.push(byte | 128);
  }
}
