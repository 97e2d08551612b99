/**
 * The files under the journal, as a value: the journal decides what is written, this is how it gets on the disk. Another
 * disk can be put in its place to try what happens when a process dies at any instant.
 */

import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { mkdir, open, readdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { lock } from 'proper-lockfile';

/** A lock that another process has not taken over. */
export interface DiskLock {
  /** False when another process has taken it over, because this one stood still for too long. */
  held(): boolean;
  release(): Promise<void>;
}

export interface JournalDisk {
  /** Makes the directory, for its owner alone. */
  makeDirectory(directory: string): Promise<void>;
  /** Names of the files of a directory; none if there is no such directory. */
  names(directory: string): Promise<readonly string[]>;
  /** The whole file; undefined if there is none. @throws what the system throws, and for what is not a regular file */
  read(file: string): Promise<string | undefined>;
  /**
   * Appends a line, and returns when it is on the disk. A last line that has no end is ended first if `isWhole`, and cut
   * off if not: the process that wrote it died.
   * @returns how many lines the file has now
   */
  append(file: string, line: string, isWhole: (line: string) => boolean): number;
  /** Makes the file if there is none. @throws what the system throws, and for what is not a regular file */
  touch(file: string): void;
  /** The number that was written beside the file; 0 if none was. */
  count(file: string): Promise<number>;
  /** Writes a number beside the file. Not flushed: it may lag behind the file, and never goes before it. */
  setCount(file: string, lines: number): void;
  /** Undefined while another process holds it. */
  lock(file: string): Promise<DiskLock | undefined>;
}

/** A lock that was not refreshed for so long belongs to a process that died. */
export const STALE_MS = 10_000;

const COUNT_WIDTH = 12;
const countOf = (file: string) => `${file}.count`;
/** Without it, opening a pipe would wait for somebody at its other end. Windows has no such flag. */
const NO_WAIT = constants.O_NONBLOCK ?? 0;

export const localDisk: JournalDisk = {
  async makeDirectory(directory) {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  },

  async names(directory) {
    return readdir(directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
  },

  async read(file) {
    const handle = await open(file, constants.O_RDONLY | NO_WAIT).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (handle === undefined) return undefined;
    try {
      if (!(await handle.stat()).isFile()) throw new Error('it is not a regular file');
      return await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  },

  append(file, line, isWhole) {
    return edit(file, (descriptor) => {
      mendLastLine(descriptor, isWhole); // it must not swallow this line
      const bytes = Buffer.from(`${line}\n`);
      // A disk that fills up takes a part, without an error.
      for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
      return linesIn(descriptor);
    });
  },

  touch(file) {
    edit(file, () => 0);
  },

  async count(file) {
    const text = await readFile(countOf(file), 'utf8').catch(() => '');
    return /^\d+\s*$/.test(text) ? Number(text) : 0;
  },

  setCount(file, lines) {
    const flags = constants.O_RDWR | constants.O_CREAT | NO_WAIT;
    const descriptor = openSync(countOf(file), flags, 0o600);
    try {
      // Always as long: written over in one piece.
      writeSync(descriptor, `${String(lines).padStart(COUNT_WIDTH, '0')}\n`, 0);
    } finally {
      closeSync(descriptor);
    }
  },

  async lock(file) {
    let held = true;
    try {
      const release = await lock(file, {
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
      if ((cause as NodeJS.ErrnoException).code === 'ELOCKED') return undefined;
      throw cause;
    }
  },
};

/** Opens the file, which makes it, and returns when what `work` wrote is on the disk. */
function edit(file: string, work: (descriptor: number) => number): number {
  const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | NO_WAIT;
  const descriptor = openSync(file, flags, 0o600);
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw new Error('it is not a regular file');
    const result = work(descriptor);
    fsyncSync(descriptor);
    if (stat.size === 0) syncDirectory(dirname(file));
    return result;
  } finally {
    closeSync(descriptor);
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

function contents(descriptor: number): Buffer {
  const whole = Buffer.alloc(fstatSync(descriptor).size);
  readSync(descriptor, whole, 0, whole.length, 0);
  return whole;
}

function mendLastLine(descriptor: number, isWhole: (line: string) => boolean): void {
  const { size } = fstatSync(descriptor);
  const last = Buffer.alloc(1);
  if (size === 0 || (readSync(descriptor, last, 0, 1, size - 1) === 1 && last[0] === 0x0a)) return;
  const whole = contents(descriptor);
  const start = whole.lastIndexOf(0x0a) + 1;
  if (isWhole(whole.toString('utf8', start))) writeSync(descriptor, '\n');
  else ftruncateSync(descriptor, start);
}

/** Lines that are not empty, as the journal counts them when it reads. */
function linesIn(descriptor: number): number {
  const bytes = contents(descriptor);
  return bytes.filter((byte, index) => byte === 0x0a && index > 0 && bytes[index - 1] !== 0x0a).length;
}
