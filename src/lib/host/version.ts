/** `sp_version::RuntimeVersion`: what a runtime says of itself. */

import { type Hex, Reader, toHex } from './scale.js';
import type { StateVersion } from './state.js';

export interface RuntimeVersion {
  readonly specName: string;
  readonly implName: string;
  readonly authoringVersion: number;
  readonly specVersion: number;
  readonly implVersion: number;
  /** Runtime APIs by the first 8 bytes of the blake2-256 of their names, and their versions. */
  readonly apis: readonly (readonly [id: Hex, version: number])[];
  /** 1 where an old runtime does not say it. */
  readonly transactionVersion: number;
  /** 0 where an old runtime does not say it. */
  readonly stateVersion: number;
}

/** @param bytes answer of `Core_version` @throws RangeError where they end too early */
export function decodeVersion(bytes: Uint8Array): RuntimeVersion {
  const reader = new Reader(bytes);
  const text = () => Buffer.from(reader.byteVector()).toString('utf8');
  return {
    specName: text(),
    implName: text(),
    authoringVersion: reader.u32(),
    specVersion: reader.u32(),
    implVersion: reader.u32(),
    apis: Array.from(
      { length: Number(reader.compact()) },
      () => [toHex(reader.take(8)), reader.u32()] as const,
    ),
    transactionVersion: reader.rest.length >= 4 ? reader.u32() : 1,
    stateVersion: reader.rest.length >= 1 ? reader.u8() : 0,
  };
}

/** Newer system versions change what else is hashed; values are held as in state version 1. */
export const stateVersionOf = (version: RuntimeVersion): StateVersion => (version.stateVersion === 0 ? 0 : 1);
