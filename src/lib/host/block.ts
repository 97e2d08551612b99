/** A block on a state, call by call: initialize, inherents, extrinsics, finalize. And what a transaction would do. */

import { Overlay } from './overlay.js';
import { type CallOptions, type Runtime, RuntimeTrap } from './runtime.js';
import { compact, concat, fromHex, type Hex, Reader, toHex } from './scale.js';
import type { State } from './state.js';
import { stateVersionOf } from './version.js';

/** A header's fields; number and digest as they are in `sp_runtime::generic::Header` with blake2-256. */
export interface Header {
  readonly parentHash: Hex;
  readonly number: number;
  readonly stateRoot: Hex;
  readonly extrinsicsRoot: Hex;
  /** SCALE bytes of each digest item. */
  readonly digest: readonly Hex[];
}

export const ZERO_HASH: Hex = `0x${'00'.repeat(32)}`;

/** SCALE bytes of a header. */
export function encodeHeader({ parentHash, number, stateRoot, extrinsicsRoot, digest }: Header): Uint8Array {
  return concat(
    fromHex(parentHash),
    compact(number),
    fromHex(stateRoot),
    fromHex(extrinsicsRoot),
    compact(digest.length),
    ...digest.map(fromHex),
  );
}

/** @throws RangeError, Error for what is no header */
export function decodeHeader(bytes: Uint8Array): Header {
  const reader = new Reader(bytes);
  const hash = () => toHex(reader.take(32));
  const parentHash = hash();
  const number = Number(reader.compact());
  const stateRoot = hash();
  const extrinsicsRoot = hash();
  const digest = Array.from({ length: Number(reader.compact()) }, () => digestItem(reader));
  return { parentHash, number, stateRoot, extrinsicsRoot, digest };
}

/** `DigestItem`: Other 0 and RuntimeEnvironmentUpdated 8, or an engine's id (4 bytes) with bytes. */
function digestItem(reader: Reader): Hex {
  const kind = reader.u8();
  if (kind === 8) return toHex(Uint8Array.of(kind));
  if (![0, 4, 5, 6].includes(kind)) throw new Error(`digest item ${kind} is not known`);
  const engine = kind === 0 ? new Uint8Array(0) : reader.take(4);
  const bytes = reader.byteVector();
  return toHex(concat(Uint8Array.of(kind), engine, compact(bytes.length), bytes));
}

/** What became of an extrinsic: it is in the block (whatever its dispatch said), or it was left out. */
export type Applied =
  /** `ApplyExtrinsicResult`, SCALE bytes. */
  | { readonly included: boolean; readonly result: Uint8Array }
  | { readonly included: false; readonly trap: RuntimeTrap };

export interface NewBlock {
  readonly parentHash: Hex;
  readonly number: number;
  /** Digest items that the header begins with, such as a slot. */
  readonly digest?: readonly Hex[];
}

/** Builds one block. Each extrinsic is applied or leaves no trace. */
export class BlockBuilder {
  readonly #overlay: Overlay;
  readonly #included: Hex[] = [];

  private constructor(
    private readonly runtime: Runtime,
    state: State,
  ) {
    this.#overlay = new Overlay(state);
  }

  /** `Core_initialize_block`. @throws RuntimeTrap, Missing */
  static begin(runtime: Runtime, state: State, { parentHash, number, digest = [] }: NewBlock): BlockBuilder {
    const builder = new BlockBuilder(runtime, state);
    const header = { parentHash, number, stateRoot: ZERO_HASH, extrinsicsRoot: ZERO_HASH, digest };
    runtime.call('Core_initialize_block', encodeHeader(header), builder.#overlay);
    return builder;
  }

  /** What is in the block so far, in order. */
  get included(): readonly Hex[] {
    return this.#included;
  }

  /** `BlockBuilder_apply_extrinsic`. @throws Missing */
  apply(extrinsic: Hex, options: CallOptions = {}): Applied {
    this.#overlay.start();
    let isIn = false;
    try {
      const result = this.runtime.call(
        'BlockBuilder_apply_extrinsic',
        fromHex(extrinsic),
        this.#overlay,
        options,
      );
      isIn = result[0] === 0;
      if (isIn) this.#included.push(extrinsic);
      return { included: isIn, result };
    } catch (error) {
      if (error instanceof RuntimeTrap) return { included: false, trap: error };
      throw error;
    } finally {
      if (isIn) this.#overlay.commit();
      else this.#overlay.rollback();
    }
  }

  /** An inherent, without which there is no block. @throws Error, RuntimeTrap, Missing */
  inherent(extrinsic: Hex, options: CallOptions = {}): void {
    const applied = this.apply(extrinsic, options);
    if (applied.included) return;
    if ('trap' in applied) throw applied.trap;
    throw new Error(
      `the runtime refused an inherent: ${toHex(applied.result)} for ${extrinsic.slice(0, 60)}`,
    );
  }

  /** `BlockBuilder_finalize_block`. @returns the header, and the state after the block @throws RuntimeTrap, Missing */
  finish(): {
    readonly header: Header;
    readonly state: State;
    readonly changes: ReturnType<Overlay['changes']>;
  } {
    const header = decodeHeader(
      this.runtime.call('BlockBuilder_finalize_block', new Uint8Array(0), this.#overlay),
    );
    const version = stateVersionOf(this.runtime.version);
    return { header, state: this.#overlay.applied(version), changes: this.#overlay.changes() };
  }
}
