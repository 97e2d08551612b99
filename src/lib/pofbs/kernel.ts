/** The compiled inner loops (kernel/src/lib.rs) with their buffers; records.ts has the rest of it. */

import { KERNEL_CODE } from './kernelCode.js';

/** What is used of WebAssembly: Node's types leave it to the browser's. */
interface Wasm {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly fill: (from: number, to: number, room: number) => number;
  readonly find_lines: (from: number, to: number, most: number) => number;
  readonly ascend: (parents: number, ofLeaves: boolean) => void;
  readonly clear_leaf_sums: (row: number) => void;
  readonly rows_of_a_batch: () => number;
  readonly input_bytes: () => number;
  readonly input: () => number;
  readonly leaves: () => number;
  readonly leaf_sums: () => number;
  readonly node_sums: () => number;
  readonly pair_hashes: () => number;
  readonly sum_hashes: () => number;
  readonly node_blocks: () => number;
  readonly state: () => number;
}

/** Rows that the kernel reads and hashes at once: `ROWS` of its source. */
export const BATCH_ROWS = 4096;

/** Rules that the kernel judges on good lines, in the order of its state. */
export const KERNEL_RULES = ['C6', 'E_ORDER', 'C4', 'C4b'] as const;

export interface Kernel {
  readonly exports: Exports;
  /** Rows of a batch. */
  readonly rows: number;
  /** Where lines are put to be read. */
  readonly input: Uint8Array;
  readonly leaves: Uint8Array;
  readonly leafSums: Uint8Array;
  readonly nodeSums: Uint8Array;
  readonly pairHashes: Uint8Array;
  readonly sumHashes: Uint8Array;
  readonly nodeBlocks: Uint8Array;
  /** at, has_id, then for each of {@link KERNEL_RULES}: count, first row, its first byte. */
  readonly state: Uint32Array;
  /** The id of the last good line. */
  readonly lastId: Uint8Array;
}

const wasm = (globalThis as unknown as { WebAssembly: Wasm }).WebAssembly;
let compiled: object | undefined;

/** The kernel's module: threads that share it compile it once. */
export function compiledKernel(): object {
  compiled ??= new wasm.Module(Buffer.from(KERNEL_CODE, 'base64'));
  return compiled;
}

/** An instance with memory of its own: what it exports. */
export const instantiate = (module: object): unknown => new wasm.Instance(module).exports;

/**
 * A kernel with buffers of its own: 4 MB, of which only what is used becomes memory.
 * @param module what {@link compiledKernel} gave, perhaps to another thread
 */
export function makeKernel(module: object = compiledKernel()): Kernel {
  const exports = instantiate(module) as Exports;
  const { buffer } = exports.memory;
  const rows = exports.rows_of_a_batch();
  const bytes = (start: () => number, length: number) => new Uint8Array(buffer, start(), length);
  return {
    exports,
    rows,
    input: bytes(exports.input, exports.input_bytes()),
    leaves: bytes(exports.leaves, 128 * rows),
    leafSums: bytes(exports.leaf_sums, 64 * rows),
    nodeSums: bytes(exports.node_sums, 32 * rows),
    pairHashes: bytes(exports.pair_hashes, 16 * rows),
    sumHashes: bytes(exports.sum_hashes, 16 * rows),
    nodeBlocks: bytes(exports.node_blocks, 32 * rows),
    state: new Uint32Array(buffer, exports.state(), 14),
    lastId: new Uint8Array(buffer, exports.state() + 56, 32),
  };
}
