/** The transaction pool: what was accepted and is not in a block yet, in the order in which a node would take it. */

import type { Hex } from './bytes.js';
import { RpcFault, type ValidTransaction } from './validity.js';

/** What a watcher of a transaction is told, in the words of `author_extrinsicUpdate`. */
export type TransactionStatus =
  | 'future'
  | 'ready'
  | 'dropped'
  | 'invalid'
  | { readonly inBlock: Hex }
  | { readonly retracted: Hex }
  | { readonly finalized: Hex }
  | { readonly usurped: Hex };

export type Watcher = (status: TransactionStatus) => void;

export interface PoolEntry {
  readonly hash: Hex;
  readonly extrinsic: Hex;
  validity: ValidTransaction;
  readonly watchers: Set<Watcher>;
  /** The last of 'future' and 'ready' that watchers were told. */
  told?: 'future' | 'ready';
}

/** What a node holds by default, so that a runaway script is told and not the memory exhausted. */
const LIMIT = 8_192;

export class Pool {
  readonly #entries = new Map<Hex, PoolEntry>();

  get size(): number {
    return this.#entries.size;
  }

  all(): PoolEntry[] {
    return [...this.#entries.values()];
  }

  get(hash: Hex): PoolEntry | undefined {
    return this.#entries.get(hash);
  }

  /**
   * Take a valid transaction into the pool; one with a higher priority replaces one that provides the same.
   * @throws RpcFault 1013 already there, 1014 priority too low, 1016 pool full
   */
  add(hash: Hex, extrinsic: Hex, validity: ValidTransaction): PoolEntry {
    this.refuseDuplicate(hash);
    const rival = this.all().find((entry) =>
      entry.validity.provides.some((tag) => validity.provides.includes(tag)),
    );
    if (rival !== undefined) {
      if (validity.priority <= rival.validity.priority)
        throw new RpcFault(
          1014,
          `Priority is too low: (${rival.validity.priority} vs ${validity.priority})`,
          'The transaction has too low priority to replace another transaction already in the pool.',
        );
      this.drop(rival.hash, { usurped: hash });
    } else if (this.size >= LIMIT)
      throw new RpcFault(
        1016,
        'Immediately Dropped',
        "The transaction couldn't enter the pool because of the limit",
      );
    const entry: PoolEntry = { hash, extrinsic, validity, watchers: new Set() };
    this.#entries.set(hash, entry);
    return entry;
  }

  /** @throws RpcFault 1013 */
  refuseDuplicate(hash: Hex): void {
    if (this.#entries.has(hash)) throw new RpcFault(1013, 'Transaction Already Imported', hash);
  }

  /** Take an entry out and tell its watchers the last they will hear. */
  drop(hash: Hex, status: TransactionStatus): void {
    const entry = this.#entries.get(hash);
    this.#entries.delete(hash);
    for (const watcher of entry?.watchers ?? []) watcher(status);
  }

  /** Take an entry out; its watchers go on elsewhere. */
  take(hash: Hex): PoolEntry | undefined {
    const entry = this.#entries.get(hash);
    this.#entries.delete(hash);
    return entry;
  }

  /** Whose requirements are met by the state or by others before them: in the order of a block. */
  ready(): PoolEntry[] {
    const waiting = this.all().sort((a, b) => Number(b.validity.priority - a.validity.priority));
    const provided = new Set<Hex>();
    const ready: PoolEntry[] = [];
    for (let found = true; found; ) {
      const at = waiting.findIndex((entry) => entry.validity.requires.every((tag) => provided.has(tag)));
      found = at >= 0;
      for (const entry of found ? waiting.splice(at, 1) : []) {
        ready.push(entry);
        for (const tag of entry.validity.provides) provided.add(tag);
      }
    }
    return ready;
  }

  /** Tell watchers whether their transaction is ready or waits for another, where that changed. */
  announce(): void {
    const ready = new Set(this.ready());
    for (const entry of this.#entries.values()) {
      const status = ready.has(entry) ? 'ready' : 'future';
      if (entry.told === status) continue;
      entry.told = status;
      for (const watcher of entry.watchers) watcher(status);
    }
  }
}
