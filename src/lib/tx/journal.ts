/**
 * The write-ahead journal: before an extrinsic leaves, what could identify it later is on disk. A process that dies at
 * any instant leaves either nothing sent, or an entry that the next run resolves before it sends anything.
 *
 * One file an account and chain, lines of JSON, only ever appended: a torn last line (the process died while writing
 * it, so before sending) is ignored. A number beside the file says how many lines it has had: a journal that was emptied
 * or shortened has forgotten what it was made to remember, and nothing is sent on its word.
 *
 * A fork has the genesis hash of the chain that it was made of, and a journal of its own (fork.ts).
 */

import { join } from 'node:path';
import { BursarError, type ExitCode, preconditionError, usageError } from '../errors.js';
import { type Clock, systemClock } from './clock.js';
import { type DiskLock, type JournalDisk, localDisk, STALE_MS } from './disk.js';

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
  /** `--once`: what has this key is done at most once, ever. */
  readonly once?: string;
  /** Hash of the block at which its validity begins: on a chain that has another block there, it is never valid. */
  readonly birthHash?: string;
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
  /** It was not handed to any node. */
  | { readonly status: 'notSent'; readonly reason: string }
  /** Written by versions that took a node's word for it. It proves nothing: such an entry is as open as any. */
  | { readonly status: 'refused'; readonly reason: string }
  /** Written by versions that noted apart that another transaction used its nonce: it will never be included either. */
  | { readonly status: 'replaced' };

export interface JournalRecord extends JournalEntry {
  readonly resolution: (Resolution & { readonly at: string }) | null;
  /** The operator was told all that was asked for (`--wait best` or `broadcast`): asking again means doing again. */
  readonly reported: boolean;
  /** Which fork it was sent to; absent for what was sent to a chain. */
  readonly fork?: string;
  /** Of a fork's: what became of it on the chain that was forked is known: nothing, or it stands in that journal too. */
  readonly liveKnown?: true;
}

/** How a run of several transactions under one `--once` key ended. */
export interface OnceEnd {
  readonly key: string;
  readonly intent: string;
  /** ISO time. */
  readonly at: string;
  readonly exit: ExitCode;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** The account, held for one process. */
export type JournalLock = DiskLock;

const LOCK_RETRY_MS = 250;

type Line =
  | { readonly type: 'sending'; readonly entry: JournalEntry }
  | { readonly type: 'reported'; readonly txHash: string }
  | { readonly type: 'liveKnown'; readonly txHash: string }
  | { readonly type: 'once'; readonly end: OnceEnd }
  | {
      readonly type: 'resolved';
      readonly txHash: string;
      readonly at: string;
      readonly resolution: Resolution;
    };

interface State {
  readonly records: Map<string, JournalRecord>;
  readonly ends: Map<string, OnceEnd>;
}

export interface AllJournals {
  /** Of every account, oldest first; those of forks have their `fork`. */
  readonly records: readonly JournalRecord[];
  /** One for each journal that cannot be read: JOURNAL_DAMAGED, JOURNAL_SHORTENED, JOURNAL_UNWRITABLE. */
  readonly problems: readonly BursarError[];
}

export interface JournalPlace {
  /** Default: the files of this machine. */
  readonly disk?: JournalDisk | undefined;
  /** Id of the fork that the journal is of (fork.ts); none: of the chain itself. */
  readonly fork?: string | undefined;
}

/** Nothing is known of it, or only the word of a node. */
export const isOpen = ({ resolution }: JournalRecord): boolean =>
  resolution === null || resolution.status === 'refused';

const FORK_NAME = /^fork-([a-z0-9]+)-([0-9a-f]{16})-([0-9a-f]+)\.jsonl$/;
const forkOf = (name: string): string | undefined => FORK_NAME.exec(name)?.[1];

export class Journal {
  readonly #file: string;
  readonly #disk: JournalDisk;

  private constructor(
    readonly directory: string,
    name: string,
    disk: JournalDisk,
    readonly fork: string | undefined,
  ) {
    this.#file = join(directory, name);
    this.#disk = disk;
  }

  /** The journal of one account on one chain. @param publicKey 0x hex @throws usage JOURNAL_UNWRITABLE */
  static async of(
    directory: string,
    genesisHash: string,
    publicKey: string,
    { disk = localDisk, fork }: JournalPlace = {},
  ): Promise<Journal> {
    try {
      await disk.makeDirectory(directory);
    } catch (cause) {
      throw unwritable(directory, cause);
    }
    const name = `${genesisHash.slice(2, 18)}-${publicKey.slice(2)}.jsonl`;
    return new Journal(directory, fork === undefined ? name : `fork-${fork}-${name}`, disk, fork);
  }

  /** The journals of all forks of a chain, for one account. */
  static async ofForks(
    directory: string,
    genesisHash: string,
    publicKey: string,
    disk: JournalDisk = localDisk,
  ): Promise<Journal[]> {
    const names = (await disk.names(directory)).filter((name) => {
      const [, , genesis, key] = FORK_NAME.exec(name) ?? [];
      return genesis === genesisHash.slice(2, 18) && key === publicKey.slice(2);
    });
    return names.map((name) => new Journal(directory, name, disk, forkOf(name)));
  }

  /** What all journals in the directory have, and what is wrong with those that cannot be read. Throws nothing of theirs. */
  static async all(
    directory: string,
    genesisHash?: string,
    disk: JournalDisk = localDisk,
  ): Promise<AllJournals> {
    const problems: BursarError[] = [];
    const found = await disk.names(directory).catch((cause: unknown) => {
      problems.push(unwritable(directory, cause));
      return [];
    });
    const genesis = genesisHash?.slice(2, 18);
    // Also one of which only the number beside it is left.
    const names = [...new Set(found.map((name) => name.replace(/\.count$/, '')))].filter(
      (name) =>
        name.endsWith('.jsonl') &&
        (genesis === undefined || name.startsWith(genesis) || FORK_NAME.exec(name)?.[2] === genesis),
    );
    const read = async (name: string): Promise<JournalRecord[]> => {
      try {
        return await new Journal(directory, name, disk, forkOf(name)).records();
      } catch (error) {
        if (!(error instanceof BursarError)) throw error;
        problems.push(error);
        return [];
      }
    };
    const records = (await Promise.all(names.map(read))).flat();
    return { records: records.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)), problems };
  }

  /**
   * @throws precondition JOURNAL_DAMAGED for a line that is not the last and cannot be read, JOURNAL_SHORTENED when there
   *   were more lines
   */
  async records(): Promise<JournalRecord[]> {
    return [...(await this.#state()).records.values()];
  }

  /** How the runs under `--once` keys ended. @throws as {@link records} */
  async onceEnds(): Promise<ReadonlyMap<string, OnceEnd>> {
    return (await this.#state()).ends;
  }

  async #state(): Promise<State> {
    // The number first: what is written in between makes the file longer.
    const count = await this.#disk.count(this.#file);
    const text = await this.#disk.read(this.#file).catch((error: unknown) => {
      throw unwritable(this.#file, error);
    });
    const lines = (text ?? '').split('\n');
    const state: State = { records: new Map(), ends: new Map() };
    let read = 0;
    lines.forEach((text, index) => {
      if (text === '') return;
      const line = parse(text);
      if (line) {
        read += 1;
        this.#take(state, line);
        return;
      }
      // The end of an interrupted write; the extrinsic of a torn entry was never sent.
      if (index < lines.length - 1) throw damaged(this.#file, index + 1);
    });
    if (read < count) throw shortened(this.#file, read, count);
    return state;
  }

  #take({ records, ends }: State, line: Line): void {
    if (line.type === 'once') {
      ends.set(line.end.key, line.end);
      return;
    }
    if (line.type === 'sending') {
      const fork = this.fork === undefined ? {} : { fork: this.fork };
      records.set(line.entry.txHash, { ...line.entry, resolution: null, reported: false, ...fork });
      return;
    }
    const record = records.get(line.txHash);
    if (!record) return;
    const news = {
      reported: () => ({ reported: true }),
      liveKnown: () => ({ liveKnown: true as const }),
      resolved: () => {
        const { resolution, at } = line as Extract<Line, { type: 'resolved' }>;
        return { resolution: { ...resolution, at } };
      },
    };
    records.set(line.txHash, { ...record, ...news[line.type]() });
  }

  /** Those whose end is not known for certain. @throws as {@link records} */
  async unresolved(): Promise<JournalRecord[]> {
    return (await this.records()).filter(isOpen);
  }

  /** Returns only when the entry is on the disk. @throws usage JOURNAL_UNWRITABLE */
  sending(entry: JournalEntry): void {
    this.#append({ type: 'sending', entry });
  }

  /** @throws usage JOURNAL_UNWRITABLE */
  reported(txHash: string): void {
    this.#append({ type: 'reported', txHash });
  }

  /** Of a fork's journal: what became of it on the chain that was forked is known. @throws usage JOURNAL_UNWRITABLE */
  liveKnown(txHash: string): void {
    this.#append({ type: 'liveKnown', txHash });
  }

  /** @throws usage JOURNAL_UNWRITABLE */
  resolved(txHash: string, resolution: Resolution, at: string): void {
    this.#append({ type: 'resolved', txHash, at, resolution });
  }

  /** @throws usage JOURNAL_UNWRITABLE */
  onceEnded(end: OnceEnd): void {
    this.#append({ type: 'once', end });
  }

  /**
   * Holds the account for this process. The lock of a process that died is taken over after ten seconds.
   * @param waitMs how long to wait for another process, at least the eleven seconds that a takeover needs
   * @throws precondition ACCOUNT_BUSY; usage JOURNAL_UNWRITABLE; interrupted INTERRUPTED
   */
  async lock(waitMs = 0, signal?: AbortSignal, clock: Clock = systemClock): Promise<JournalLock> {
    try {
      // Tells a directory that cannot be written from an account that is busy.
      this.#disk.touch(this.#file);
      const until = clock.now() + Math.max(waitMs, STALE_MS + 1_000);
      for (;;) {
        const lock = await this.#disk.lock(this.#file);
        if (lock !== undefined) return lock;
        if (clock.now() >= until) throw held(this.#file);
        await clock.sleep(LOCK_RETRY_MS, signal);
      }
    } catch (cause) {
      throw cause instanceof BursarError ? cause : unwritable(this.#file, cause);
    }
  }

  #append(line: Line): void {
    let lines: number;
    try {
      lines = this.#disk.append(this.#file, JSON.stringify(line), (text) => parse(text) !== undefined);
    } catch (cause) {
      throw unwritable(this.#file, cause);
    }
    try {
      this.#disk.setCount(this.#file, lines);
    } catch {
      // The line is on the disk. A number that is too small only notices less.
    }
  }
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
const STATUSES = ['included', 'expired', 'notSent', 'refused', 'replaced'];

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
  if (line.type === 'once') return isOnceEnd(line.end);
  if (typeof line.txHash !== 'string') return false;
  if (line.type === 'reported' || line.type === 'liveKnown') return true;
  if (line.type !== 'resolved' || typeof line.at !== 'string' || !isObject(line.resolution)) return false;
  const { status, block, index } = line.resolution;
  if (!STATUSES.includes(status as string)) return false;
  return (
    status !== 'included' ||
    (isObject(block) && typeof block.hash === 'string' && isCount(block.number) && isCount(index))
  );
}

const isOnceEnd = (end: unknown): boolean =>
  isObject(end) &&
  ['key', 'intent', 'at'].every((name) => typeof end[name] === 'string') &&
  isCount(end.exit) &&
  (end.error === null || (isObject(end.error) && typeof end.error.code === 'string'));

const damaged = (file: string, line: number) =>
  preconditionError('JOURNAL_DAMAGED', `Line ${line} of the journal ${file} cannot be read.`, {
    hint: 'Nothing was sent. Repair the line or move the file away after checking the account’s last transactions.',
  });

const shortened = (file: string, lines: number, count: number) =>
  preconditionError(
    'JOURNAL_SHORTENED',
    `The journal ${file} used to have ${count} lines and now has ${lines}: records of earlier transactions are missing.`,
    {
      hint: `Nothing was sent. Restore the file; or check the account’s last transactions and then remove ${file}.count.`,
      details: { lines, count },
    },
  );

const held = (file: string) =>
  preconditionError('ACCOUNT_BUSY', 'Another bursar process is sending for this account.', {
    hint: `Nothing was sent. Wait for it to end. If none runs, remove ${file}.lock.`,
  });

function unwritable(path: string, cause: unknown) {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return usageError('JOURNAL_UNWRITABLE', `The journal ${path} cannot be used: ${reason}`, {
    hint: 'Nothing was sent: bursar sends only what it could write down first. Set dataDir to a directory that this user can write.',
    cause,
  });
}
