/** What makes blocks: the contract between the chain (pool, modes, finality) and the two kinds of state below it. */

import type { Hex } from '../src/lib/host/index.js';
import type { Block } from './block.js';
import type { ValidityError } from './validity.js';

export type { Block } from './block.js';

export interface Sealed {
  readonly block: Block;
  /** Transactions that can never be in a block, and why. */
  readonly refused: readonly { readonly extrinsic: Hex; readonly error: ValidityError | string }[];
  /** Transactions that found no room, or whose turn has not come. */
  readonly deferred: readonly Hex[];
}

export interface Engine {
  readonly genesisHash: Hex;
  /** Whether the state is that of a live chain, so that what is signed here may be valid there. */
  readonly isFork: boolean;
  /** The block on which the chain stands when nothing has been built: it is final. */
  readonly floor: number;
  readonly head: Block;
  /** A block by its hash. */
  block(hash: Hex): Promise<Block | undefined>;
  /** A block of the head's chain by its number. */
  blockAt(number: number): Promise<Block | undefined>;
  /**
   * Seal a block with these extrinsics on the head, and make it the head.
   * @param timestamp Unix milliseconds of the block; default the parent's and 6 s
   * @throws if no block could be made: the head is unchanged then
   */
  seal(extrinsics: readonly Hex[], timestamp?: number): Promise<Sealed>;
  /** Make a known block the head. */
  moveHead(block: Block): Promise<void>;
  /** Change the head's storage in place; its header stays as it is. `null` deletes. */
  setStorage(values: ReadonlyMap<Hex, Uint8Array | null>): Promise<void>;
  /** What `apply_extrinsic` would answer on a block, SCALE-encoded. */
  dryRun(extrinsic: Hex, at: Block): Promise<Hex>;
  system(): Promise<{ readonly chain: string; readonly properties: Readonly<Record<string, unknown>> }>;
  close(): Promise<void>;
}
