/**
 * The write-ahead journal: before an extrinsic leaves, what could identify it later is on disk. A process that dies at
 * any instant leaves either nothing sent, or an entry that the next run resolves before it sends anything.
 *
 * One file an account and chain, lines of JSON, only ever appended: a torn last line (the process died while writing
 * it, so before sending) is ignored.
 */

import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';
import { preconditionError, usageError } from '../errors.js';

/** One extrinsic, as it was about to be sent. */
export interface JournalEntry {
  readonly txHash: string;
  /** ISO time of writing, for people. */
  readonly at: string;
  readonly genesisHash: string;
  readonly signer: string;
  readonly nonce: number;
  /** Block number at which its validity begins. */
  readonly birth: number;
  /** Last block in which it can be included; null: for ever. */
  readonly validUntil: number | null;
  readonly callHash: string;
  /** The call itself: `tx inspect` explains it, and an immortal one can be searched for. */
  readonly callHex: string;
  /** What the operator asked for, in canonical words: the same words mean the same plan. */
  readonly intent: string;
  readonly title: string;
}

/** How an entry ended. */
export type Resolution =
  | {
      readonly status: 'included';
      readonly block: { readonly number: number; readonly hash: string };
      readonly index: number;
      readonly verdict: string;
      readonly failure?: string;
    }
  | { readonly status: 'expired' }
  /** The node refused it: it was in no pool. */
  | { readonly status: 'refused'; readonly reason: string }
  /** Another transaction of the account used its nonce. */
  | { readonly status: 'replaced' };

export interface JournalRecord extends JournalEntry {
  readonly resolution: (Resolution & { readonly at: string }) | null;
  /** The operator was told all that was asked for (`--wait best` or `broadcast`): asking again means doing again. */
  readonly reported: boolean;
}

type Line =
  | { readonly type: 'sending'; readonly entry: JournalEntry }
  | { readonly type: 'reported'; readonly txHash: string }
  | {
      readonly type: 'resolved';
      readonly txHash: string;
      readonly at: string;
      readonly resolution: Resolution;
    };

export class Journal {
  readonly #file: string;

  private constructor(
    readonly directory: string,
    name: string,
  ) {
    this.#file = join(directory, name);
  }

  /** The journal of one account on one chain. @param publicKey 0x hex @throws usage JOURNAL_UNWRITABLE */
  static async of(directory: string, genesisHash: string, publicKey: string): Promise<Journal> {
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
    } catch (cause) {
      throw unwritable(directory, cause);
    }
    return new Journal(directory, `${genesisHash.slice(2, 18)}-${publicKey.slice(2)}.jsonl`);
  }

  /** Every record of every account in the directory, oldest first. */
  static async all(directory: string, genesisHash?: string): Promise<JournalRecord[]> {
    const names = await readdir(directory).catch(() => [] as string[]);
    const files = names.filter(
      (name) => name.endsWith('.jsonl') && (!genesisHash || name.startsWith(genesisHash.slice(2, 18))),
    );
    const records = await Promise.all(files.map((name) => new Journal(directory, name).records()));
    return records.flat().sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  }

  /** @throws precondition JOURNAL_DAMAGED for a line that is not the last and cannot be read */
  async records(): Promise<JournalRecord[]> {
    const text = await readFile(this.#file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw unwritable(this.#file, error);
    });
    const lines = text.split('\n');
    const records = new Map<string, JournalRecord>();
    lines.forEach((text, index) => {
      if (text === '') return;
      const line = parse(text);
      if (!line) {
        // The end of an interrupted write; the extrinsic of a torn entry was never sent.
        if (index === lines.length - 1) return;
        throw preconditionError(
          'JOURNAL_DAMAGED',
          `Line ${index + 1} of the journal ${this.#file} cannot be read.`,
          {
            hint: 'Nothing was sent. Repair the line or move the file away after checking the account’s last transactions.',
          },
        );
      }
      if (line.type === 'sending') {
        records.set(line.entry.txHash, { ...line.entry, resolution: null, reported: false });
        return;
      }
      const record = records.get(line.txHash);
      if (!record) return;
      const news =
        line.type === 'reported' ? { reported: true } : { resolution: { ...line.resolution, at: line.at } };
      records.set(line.txHash, { ...record, ...news });
    });
    return [...records.values()];
  }

  async unresolved(): Promise<JournalRecord[]> {
    return (await this.records()).filter((record) => record.resolution === null);
  }

  /** Returns only when the entry is on the disk. @throws usage JOURNAL_UNWRITABLE */
  sending(entry: JournalEntry): void {
    this.#append({ type: 'sending', entry });
  }

  /** @throws usage JOURNAL_UNWRITABLE */
  reported(txHash: string): void {
    this.#append({ type: 'reported', txHash });
  }

  /** @throws usage JOURNAL_UNWRITABLE */
  resolved(txHash: string, resolution: Resolution, at: string): void {
    this.#append({ type: 'resolved', txHash, at, resolution });
  }

  /**
   * Holds the account for this process until the returned function is called. A lock whose process died is taken over
   * after ten seconds.
   * @param waitMs how long to wait for another process, at least the ten seconds
   * @throws precondition ACCOUNT_BUSY
   */
  async lock(waitMs = 0): Promise<() => Promise<void>> {
    const every = 500;
    const retries = Math.ceil(Math.max(waitMs, 11_000) / every);
    try {
      return await lock(this.#file, {
        realpath: false,
        stale: 10_000,
        update: 3_000,
        retries: { retries, factor: 1, minTimeout: every, maxTimeout: every },
      });
    } catch (cause) {
      throw preconditionError('ACCOUNT_BUSY', 'Another bursar process is sending for this account.', {
        hint: `Wait for it to end. If none runs, remove ${this.#file}.lock.`,
        cause,
      });
    }
  }

  #append(line: Line): void {
    let descriptor: number | undefined;
    try {
      descriptor = openSync(this.#file, 'a+', 0o600);
      // A torn line of a process that died is cut off, so that it cannot swallow this one.
      cutTornLine(descriptor);
      writeSync(descriptor, `${JSON.stringify(line)}\n`);
      fsyncSync(descriptor);
    } catch (cause) {
      throw unwritable(this.#file, cause);
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  }
}

function cutTornLine(descriptor: number): void {
  const { size } = fstatSync(descriptor);
  const last = Buffer.alloc(1);
  if (size === 0 || (readSync(descriptor, last, 0, 1, size - 1) === 1 && last[0] === 0x0a)) return;
  const whole = Buffer.alloc(size);
  readSync(descriptor, whole, 0, size, 0);
  ftruncateSync(descriptor, whole.lastIndexOf(0x0a) + 1);
}

function parse(text: string): Line | undefined {
  try {
    const line = JSON.parse(text) as Line;
    return line !== null &&
      typeof line === 'object' &&
      ['sending', 'reported', 'resolved'].includes(line.type)
      ? line
      : undefined;
  } catch {
    return undefined;
  }
}

function unwritable(path: string, cause: unknown) {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return usageError('JOURNAL_UNWRITABLE', `The journal ${path} cannot be used: ${reason}`, {
    hint: 'Nothing was sent: bursar sends only what it could write down first. Set dataDir to a directory that this user can write.',
    cause,
  });
}
