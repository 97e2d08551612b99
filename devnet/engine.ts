/** What makes blocks: the contract between the chain (pool, modes, finality) and the two ways of sealing a block. */

import type { Block, Blockchain } from '@acala-network/chopsticks-core';
import type { Hex } from './bytes.js';
import type { ValidityError } from './validity.js';

export type { Block, Blockchain };

export interface Sealed {
  readonly block: Block;
  /** Transactions that can never be in a block, and why. */
  readonly refused: readonly { readonly extrinsic: Hex; readonly error: ValidityError | string }[];
  /** Transactions that found no room, or whose turn has not come. */
  readonly deferred: readonly Hex[];
}

export interface Engine {
  readonly blockchain: Blockchain;
  readonly genesisHash: Hex;
  /** Whether the state is that of a live chain, so that what is signed here may be valid there. */
  readonly isFork: boolean;
  /** The block on which the chain stands when nothing has been built: it is final. */
  readonly floor: number;
  /**
   * Seal a block with these extrinsics on the head, and make it the head.
   * @param timestamp Unix milliseconds of the block; default the parent's and 6 s
   * @throws if no block could be made: the head is unchanged then
   */
  seal(extrinsics: readonly Hex[], timestamp?: number): Promise<Sealed>;
  /** Make a known block the head. */
  moveHead(block: Block): Promise<void>;
  /** Change the head's storage in place. */
  setStorage(values: unknown): Promise<void>;
  /** What `apply_extrinsic` would answer on the head, SCALE-encoded. */
  dryRun(extrinsic: Hex, at: Block): Promise<Hex>;
  system(): Promise<{ readonly chain: string; readonly properties: Readonly<Record<string, unknown>> }>;
  close(): Promise<void>;
}
