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
import { sleep } from '../chain/rpc.js';
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

/** The account, held for one process. */
export interface JournalLock {
  /** False when another process has taken the account over, because this one stood still for too long. */
  held(): boolean;
  release(): Promise<void>;
}

/** A lock that was not refreshed for so long belongs to a process that died. */
const STALE_MS = 10_000;
const LOCK_RETRY_MS = 250;

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
   * Holds the account for this process. The lock of a process that died is taken over after ten seconds.
   * @param waitMs how long to wait for another process, at least the eleven seconds that a takeover needs
   * @throws precondition ACCOUNT_BUSY; usage JOURNAL_UNWRITABLE; interrupted INTERRUPTED
   */
  async lock(waitMs = 0, signal?: AbortSignal): Promise<JournalLock> {
    // Tells a directory that cannot be written from an account that is busy.
    this.#write(() => {});
    const until = performance.now() + Math.max(waitMs, STALE_MS + 1_000);
    for (;;) {
      let held = true;
      try {
        const release = await lock(this.#file, {
          realpath: false,
          stale: STALE_MS,
          update: STALE_MS / 4,
          // By default a lock that was lost throws out of a timer, which would end the process in the middle of a send.
          onCompromised: () => {
            held = false;
          },
        });
        return { held: () => held, release: () => release().catch(() => {}) };
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== 'ELOCKED') throw unwritable(this.#file, cause);
        if (performance.now() >= until) {
          throw preconditionError('ACCOUNT_BUSY', 'Another bursar process is sending for this account.', {
            hint: `Nothing was sent. Wait for it to end. If none runs, remove ${this.#file}.lock.`,
            cause,
          });
        }
        await sleep(LOCK_RETRY_MS, signal);
      }
    }
  }

  #append(line: Line): void {
    this.#write((descriptor) => {
      mendLastLine(descriptor); // it must not swallow this line
      const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
      // A disk that fills up takes a part, without an error.
      for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
    });
  }

  /** Opens the file, which makes it, and returns when what `write` wrote is on the disk. */
  #write(write: (descriptor: number) => void): void {
    let descriptor: number | undefined;
    try {
      descriptor = openSync(this.#file, 'a+', 0o600);
      const isNew = fstatSync(descriptor).size === 0;
      write(descriptor);
      fsyncSync(descriptor);
      if (isNew) syncDirectory(this.directory);
    } catch (cause) {
      throw unwritable(this.#file, cause);
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  }
}

/** A new file's name is on the disk only when its directory is. */
function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return; // directories cannot be opened there
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** A last line without its end: whole, it is ended; torn by the death of the process that wrote it, it is cut off. */
function mendLastLine(descriptor: number): void {
  const { size } = fstatSync(descriptor);
  const last = Buffer.alloc(1);
  if (size === 0 || (readSync(descriptor, last, 0, 1, size - 1) === 1 && last[0] === 0x0a)) return;
  const whole = Buffer.alloc(size);
  readSync(descriptor, whole, 0, size, 0);
  const start = whole.lastIndexOf(0x0a) + 1;
  if (parse(whole.toString('utf8', start))) writeSync(descriptor, '\n');
  else ftruncateSync(descriptor, start);
}

function parse(text: string): Line | undefined {
  try {
    const line = JSON.parse(text) as unknown;
    return isLine(line) ? line : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object';
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const TEXTS = ['txHash', 'at', 'genesisHash', 'signer', 'callHash', 'callHex', 'intent', 'title'];
const STATUSES = ['included', 'expired', 'refused', 'replaced'];

/** A line that lacks what a decision rests on must not be taken for one that settles something. */
function isLine(line: unknown): line is Line {
  if (!isObject(line)) return false;
  if (line.type === 'sending') {
    const { entry } = line;
    return (
      isObject(entry) &&
      TEXTS.every((name) => typeof entry[name] === 'string') &&
      isCount(entry.nonce) &&
      isCount(entry.birth) &&
      (entry.validUntil === null || isCount(entry.validUntil))
    );
  }
  if (typeof line.txHash !== 'string') return false;
  if (line.type === 'reported') return true;
  if (line.type !== 'resolved' || typeof line.at !== 'string' || !isObject(line.resolution)) return false;
  const { status, block, index } = line.resolution;
  if (!STATUSES.includes(status as string)) return false;
  return (
    status !== 'included' ||
    (isObject(block) && typeof block.hash === 'string' && isCount(block.number) && isCount(index))
  );
}

function unwritable(path: string, cause: unknown) {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return usageError('JOURNAL_UNWRITABLE', `The journal ${path} cannot be used: ${reason}`, {
    hint: 'Nothing was sent: bursar sends only what it could write down first. Set dataDir to a directory that this user can write.',
    cause,
  });
}
