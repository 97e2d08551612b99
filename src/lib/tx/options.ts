/** What sending is asked to do, and what stands around it. */

import type { Agree } from '../chain/agree.js';
import type { OpenPeer } from '../chain/peers.js';
import type { Planck } from '../plain.js';
import type { Clock } from './clock.js';
import type { MetadataHashPolicy } from './commitment.js';
import type { JournalDisk } from './disk.js';
import type { Wrap } from './wrap.js';

/** What stands around a transaction. The defaults are this machine's clock, files and network. */
export interface Surroundings {
  /** All configured endpoints, the one in use among them or not. None: what the connected one says is taken alone. */
  readonly endpoints?: readonly string[];
  readonly openPeer?: OpenPeer | undefined;
  /**
   * What is done while none of the others can be asked. Default `require`: nothing is sent, and of what was sent the outcome
   * is unknown. `warn`: one endpoint's word stands, except that a transaction is in no block.
   */
  readonly agree?: Agree | undefined;
  readonly clock?: Clock | undefined;
  readonly disk?: JournalDisk | undefined;
  /** The command that finds out what became of a transaction, as it can be typed here. Default `bursar tx status HASH`. */
  readonly resolveWith?: ((txHash: string) => string) | undefined;
}

export interface TxOptions extends Surroundings {
  /** SS58 address of who signs. */
  readonly signer: string;
  readonly wrap: Wrap;
  /** Default: the account's next, the pool's transactions counted. */
  readonly nonce?: number;
  readonly tip: Planck;
  /** How long the transaction stays valid, milliseconds; 0 for an immortal one. */
  readonly mortalityMs: number;
  readonly wait: 'broadcast' | 'best' | 'finalized';
  /** How long to wait for the outcome, milliseconds. */
  readonly followMs: number;
  readonly journalDir: string;
  /** What was asked for, in canonical words: two runs with the same words mean the same plan. */
  readonly intent: string;
  /** `--once`: what has this key is done at most once on this chain by this signer, ever. */
  readonly once?: string;
  readonly endpoints: readonly string[];
  /** Whether signatures commit to the metadata; default auto. See commitment.ts. */
  readonly metadataHash?: MetadataHashPolicy;
  /** What the transactions that go before it in the same run will take from the signer, planck. Default 0. */
  readonly spent?: Planck;
  readonly signal?: AbortSignal;
  readonly onProgress?: (message: string) => void;
}
