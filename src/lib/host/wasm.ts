/** What is used of WebAssembly: Node's types leave it to the browser's. */

export interface WasmModule {
  readonly brand?: 'module';
}

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  /** @throws RangeError beyond the maximum */
  grow(pages: number): number;
}

export interface WasmGlobal {
  readonly value: unknown;
}

/** Pages of 65,536 bytes. */
export interface MemoryLimits {
  readonly initial: number;
  readonly maximum: number;
}

export type WasmImports = Record<string, unknown>;
export type WasmExports = Readonly<Record<string, unknown>>;

interface Wasm {
  readonly Module: {
    new (code: Uint8Array): WasmModule;
    imports(module: WasmModule): readonly {
      readonly module: string;
      readonly name: string;
      readonly kind: 'function' | 'table' | 'memory' | 'global';
    }[];
  };
  readonly Instance: new (
    module: WasmModule,
    imports: { readonly env: WasmImports },
  ) => { readonly exports: WasmExports };
  readonly Memory: new (limits: MemoryLimits) => WasmMemory;
  readonly Global: new (...args: never[]) => WasmGlobal;
}

export const wasm = (globalThis as unknown as { WebAssembly: Wasm }).WebAssembly;
