/**
 * One instance of a runtime, used again and again: before each call its memory is what it was after instantiation. An
 * instance whose call did not return cannot be used again, since its stack pointer is where the call was left.
 */

import { Allocator } from './allocator.js';
import type { HostCrypto } from './crypto.js';
import {
  type HostContext,
  type HostFunction,
  type HostFunctions,
  hostFunctions,
  type LogLevel,
} from './functions/index.js';
import { RuntimeMemory } from './memory.js';
import { CodeError, type Compiled, pagesOf } from './module.js';
import { Overlay } from './overlay.js';
import { EMPTY_STATE } from './state.js';
import { type WasmExports, type WasmImports, type WasmMemory, type WasmModule, wasm } from './wasm.js';

/** Lines of a log, and characters of a line, that are kept for the message of a trap. */
const KEPT_LINES = 20;
const KEPT_CHARACTERS = 2_000;

export interface CallContext {
  readonly overlay: Overlay;
  readonly mockSignatures: boolean;
}

const IDLE: CallContext = { overlay: new Overlay(EMPTY_STATE), mockSignatures: false };

/** What the host functions of one instance see. */
class Host implements HostContext {
  readonly memory = new RuntimeMemory();
  batch: boolean[] | undefined;
  call = IDLE;
  errors: string[] = [];

  constructor(
    readonly crypto: HostCrypto,
    readonly versionOf: HostContext['versionOf'],
  ) {}

  get overlay(): Overlay {
    return this.call.overlay;
  }

  get mockSignatures(): boolean {
    return this.call.mockSignatures;
  }

  log(level: LogLevel, text: string): void {
    if (level === 'error' && this.errors.length < KEPT_LINES)
      this.errors.push(text.slice(0, KEPT_CHARACTERS));
  }

  begin(call: CallContext): void {
    this.call = call;
    this.batch = undefined;
    this.errors = [];
  }
}

export class Instance {
  readonly #host: Host;
  readonly #exports: WasmExports;
  readonly #allocator: Allocator;
  readonly #heapBase: number;
  /** The memory below the heap as it is before a call. */
  readonly #clean: Uint8Array;
  readonly #isImported: boolean;
  #isFresh = true;

  /**
   * @param earlier an instance of the same module that is not used any more: its memory is
   * @throws CodeError for a module that is no Substrate runtime
   */
  constructor(
    compiled: Compiled,
    crypto: HostCrypto,
    versionOf: HostContext['versionOf'],
    earlier?: Instance,
  ) {
    const memory = earlier?.surrender() ?? (compiled.memory && new wasm.Memory(compiled.memory));
    this.#host = new Host(crypto, versionOf);
    this.#exports = instantiate(compiled.module, hostFunctions(this.#host), memory);
    const { memory: exported, __heap_base: base } = this.#exports;
    const own = memory ?? exported;
    if (!(own instanceof wasm.Memory) || !(base instanceof wasm.Global))
      throw new CodeError('the code is no Substrate runtime: it has no memory or no __heap_base');
    this.#heapBase = Number(base.value);
    if (!(this.#heapBase > 0 && this.#heapBase <= own.buffer.byteLength))
      throw new CodeError(`the code is no Substrate runtime: its __heap_base is ${base.value}`);
    this.memory = own;
    this.#isImported = memory !== undefined;
    this.#allocator = new Allocator(own, this.#heapBase, Math.max(compiled.maximumPages, pagesOf(own)));
    this.#host.memory.attach(own, this.#allocator);
    this.#clean =
      earlier === undefined ? new Uint8Array(own.buffer, 0, this.#heapBase).slice() : earlier.#clean;
  }

  readonly memory: WasmMemory;

  has(method: string): boolean {
    return typeof this.#exports[method] === 'function';
  }

  /** What the runtime logged as errors in the last call, such as the message of a panic. */
  get errors(): readonly string[] {
    return this.#host.errors;
  }

  /** @returns the SCALE result, a copy @throws what the engine or a host function throws: the instance is lost then */
  call(method: string, argument: Uint8Array, context: CallContext): Uint8Array {
    this.#reset();
    const { memory } = this.#host;
    this.#host.begin(context);
    try {
      const entry = this.#exports[method] as (pointer: number, length: number) => bigint;
      return memory.copy(BigInt.asUintN(64, entry(memory.place(argument), argument.length)));
    } finally {
      this.#host.call = IDLE;
    }
  }

  #reset(): void {
    if (this.#isFresh) {
      this.#isFresh = false;
      return;
    }
    const bytes = new Uint8Array(this.memory.buffer);
    bytes.set(this.#clean);
    bytes.fill(0, this.#heapBase, this.#allocator.top);
    this.#allocator.reset();
  }

  /** The memory for another instance, all zero as a new one; none if the module brings its own. */
  surrender(): WasmMemory | undefined {
    if (!this.#isImported) return undefined;
    new Uint8Array(this.memory.buffer).fill(0, 0, this.#allocator.top);
    return this.memory;
  }
}

/** @throws CodeError for imports that no runtime has */
function instantiate(
  module: WasmModule,
  functions: HostFunctions,
  memory: WasmMemory | undefined,
): WasmExports {
  const env: WasmImports = {};
  for (const { module: from, name, kind } of wasm.Module.imports(module)) {
    if (from !== 'env' || (kind !== 'function' && kind !== 'memory'))
      throw new CodeError(`the code is no Substrate runtime: it imports the ${kind} ${from}.${name}`);
    if (kind === 'memory') env[name] = memory as WasmMemory;
    else env[name] = Object.hasOwn(functions, name) ? (functions[name] as HostFunction) : unknown(name);
  }
  try {
    return new wasm.Instance(module, { env }).exports;
  } catch (error) {
    throw new CodeError(`the runtime's code cannot be started: ${(error as Error).message}`, error);
  }
}

/** Runtimes import what they may never call: a name that the host does not know fails when it is called. */
const unknown = (name: string) => (): never => {
  throw new Error(`the host has no function ${name}`);
};
