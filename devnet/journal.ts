/**
 * Blocks in a file: one JSON line a block, appended before the block is visible to anyone. A process may die at any
 * instant: a torn last line is dropped when the file is opened again.
 */

import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { preconditionError } from '../src/lib/errors.js';
import type { Hex } from './bytes.js';

export interface BlockRecord {
  readonly hash: Hex;
  readonly number: number;
  readonly parent: Hex;
  /** SCALE-encoded header. */
  readonly header: Hex;
  readonly extrinsics: readonly Hex[];
  /** What the block changed; `null` deletes a key. */
  readonly diff: { readonly [key: Hex]: Hex | null };
  /** What it changed in default child tries, by their names. */
  readonly children?: { readonly [name: Hex]: { readonly [key: Hex]: Hex | null } };
}

/** The storage of a block was changed in place. */
export interface StorageRecord {
  readonly block: Hex;
  readonly set: { readonly [key: Hex]: Hex | null };
}

/** The head was moved without a new block. */
export interface HeadRecord {
  readonly head: Hex;
}

export type JournalRecord = BlockRecord | HeadRecord | StorageRecord;

interface Title {
  readonly format: 'bursar-devnet-blocks';
  readonly version: 1;
  readonly genesisHash: Hex;
  readonly preset: string;
}

export const titleLine = (genesisHash: Hex, preset: string): string =>
  `${JSON.stringify({ format: 'bursar-devnet-blocks', version: 1, genesisHash, preset } satisfies Title)}\n`;

/** The records of whole lines, and the length in bytes of the part of the file that is whole. */
export function readRecords(bytes: Buffer): {
  title: Title | undefined;
  records: JournalRecord[];
  whole: number;
} {
  const records: JournalRecord[] = [];
  let title: Title | undefined;
  let whole = 0;
  while (whole < bytes.length) {
    const end = bytes.indexOf(0x0a, whole);
    if (end < 0) break;
    let line: unknown;
    try {
      line = JSON.parse(bytes.toString('utf8', whole, end));
    } catch {
      break;
    }
    if (title === undefined) title = line as Title;
    else records.push(line as JournalRecord);
    whole = end + 1;
  }
  return { title, records, whole };
}

/** An open state file. One process at a time. */
export class Journal {
  private constructor(
    readonly path: string,
    readonly records: readonly JournalRecord[],
    readonly isNew: boolean,
    private readonly file: number,
  ) {}

  /**
   * Open or create a state file.
   * @throws precondition STATE_FILE_LOCKED, STATE_FILE_FORMAT, STATE_FILE_GENESIS
   */
  static open(path: string, genesisHash: Hex, preset: string): Journal {
    lock(path);
    try {
      const isNew = !existsSync(path) || readFileSync(path).length === 0;
      if (isNew) {
        const temporary = `${path}.tmp`;
        writeFileSync(temporary, titleLine(genesisHash, preset), { mode: 0o600 });
        renameSync(temporary, path);
      }
      const { title, records, whole } = readRecords(readFileSync(path));
      if (title?.format !== 'bursar-devnet-blocks' || title.version !== 1)
        throw preconditionError('STATE_FILE_FORMAT', `${path} is not a state file of the development chain`, {
          hint: 'Name another file, or one that does not exist yet.',
        });
      if (title.genesisHash !== genesisHash)
        throw preconditionError(
          'STATE_FILE_GENESIS',
          `${path} belongs to another chain: preset ${title.preset}, genesis ${title.genesisHash}, not ${genesisHash}`,
          { hint: 'Start with the preset and version that made the file, or name another file.' },
        );
      const file = openSync(path, 'r+');
      if (fstatSync(file).size !== whole) ftruncateSync(file, whole);
      closeSync(file);
      return new Journal(path, records, isNew, openSync(path, 'a'));
    } catch (error) {
      unlock(path);
      throw error;
    }
  }

  append(record: JournalRecord): void {
    writeSync(this.file, `${JSON.stringify(record)}\n`);
  }

  close(): void {
    closeSync(this.file);
    unlock(this.path);
  }
}

const lockPath = (path: string): string => `${path}.lock`;

/** The lock file holds a process id: a lock of a process that is gone does not count. */
function lock(path: string): void {
  for (let tries = 0; tries < 2; tries += 1) {
    try {
      writeFileSync(lockPath(path), `${process.pid}\n`, { flag: 'wx' });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
        throw preconditionError(
          'STATE_FILE_UNWRITABLE',
          `${path} cannot be written: ${(error as Error).message}`,
          {
            hint: 'Name a file in a folder that exists and that you may write to.',
            cause: error,
          },
        );
    }
    const owner = Number.parseInt(readFileSync(lockPath(path), 'utf8'), 10);
    if (isRunning(owner))
      throw preconditionError('STATE_FILE_LOCKED', `${path} is in use by process ${owner}`, {
        hint: `Stop that process, or name another file. If it is not a development chain, delete ${lockPath(path)}.`,
      });
    rmSync(lockPath(path), { force: true });
  }
  throw preconditionError('STATE_FILE_LOCKED', `${path} is being opened by another process`, {
    hint: 'Try again.',
  });
}

const unlock = (path: string): void => rmSync(lockPath(path), { force: true });

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
