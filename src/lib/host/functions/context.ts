/** What host functions work on: one runtime instance's memory, and the overlay of the call that runs. */

import type { HostCrypto } from '../crypto.js';
import type { RuntimeMemory } from '../memory.js';
import type { Overlay } from '../overlay.js';

export interface HostContext {
  readonly memory: RuntimeMemory;
  readonly crypto: HostCrypto;
  readonly overlay: Overlay;
  /** Verdicts of the signatures in the open batch. */
  batch: boolean[] | undefined;
  /** Take every signature as good: only for inherents that nobody could sign here. */
  readonly mockSignatures: boolean;
  /** What the runtime logged. */
  log(level: LogLevel, text: string): void;
  /** SCALE bytes of the `RuntimeVersion` of another code, or undefined. */
  versionOf(code: Uint8Array): Uint8Array | undefined;
}

/** As the runtime counts them. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Arguments and results are i32 as number and i64 as bigint. */
// biome-ignore lint/suspicious/noExplicitAny: WebAssembly gives each function its own numbers
export type HostFunction = (...args: any[]) => unknown;
export type HostFunctions = Readonly<Record<string, HostFunction>>;

/** SCALE u32. */
export function u32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}
