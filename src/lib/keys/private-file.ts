/**
 * Files that hold secrets: read only when nobody else can, written so that nobody else ever could. Every check is made
 * on the opened file, never on its name: between two looks at a name the file behind it can be another.
 */

import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, type FileHandle, link, mkdir, open, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type BursarError, preconditionError, usageError } from '../errors.js';
import { echoPath, shellQuote } from './echo.js';

/** Windows has no modes of this kind: Node makes them up there. */
const MODES = process.platform !== 'win32';
/** Read or write permission bits of group and others. */
const OTHERS = 0o077;

export interface PrivateFile {
  /** `passphrase file`, `keystore`: for messages. */
  readonly what: string;
  /** More than this many bytes cannot be what is asked for. */
  readonly maxBytes: number;
  /**
   * `follow`: the user named this path, and secrets are often mounted as links (the checks hold for what the link
   * leads to). `refuse`: the file was found by listing a directory, and must be in it.
   */
  readonly links: 'follow' | 'refuse';
  /** Read although others can: only for what is public in it, to show it with a warning. */
  readonly anyMode?: boolean;
}

/** Four octal digits: `0600`. */
export const modeText = (mode: number): string => (mode & 0o7777).toString(8).padStart(4, '0');

export const isPrivateMode = (mode: number): boolean => !MODES || (mode & OTHERS) === 0;

/**
 * The bytes and mode of a file. The caller wipes the bytes when they are secret.
 * @throws usage FILE_MISSING, FILE_UNREADABLE, FILE_KIND (directory, FIFO, socket, device), FILE_SIZE
 * @throws usage KEY_FILE_OWNER; precondition KEY_FILE_LINK, KEY_FILE_MODE (with the chmod to run)
 */
export async function readPrivateFile(
  path: string,
  rule: PrivateFile,
): Promise<{ readonly bytes: Buffer; readonly mode: number }> {
  const file = await openFile(path, rule);
  try {
    const { mode } = await checkFile(file, path, rule);
    return { bytes: await readAtMost(file, path, rule), mode: mode & 0o7777 };
  } finally {
    await file.close();
  }
}

async function openFile(path: string, { what, links }: PrivateFile): Promise<FileHandle> {
  if (path === '' || path.includes('\0')) {
    throw usageError('FILE_MISSING', `The path of the ${what} is ${path === '' ? 'empty' : 'not a path'}.`, {
      hint: 'Give the path of a file.',
    });
  }
  // Without O_NONBLOCK, opening a FIFO waits for a writer: for ever.
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
  const nofollow = links === 'refuse' ? (constants.O_NOFOLLOW ?? 0) : 0;
  try {
    return await open(path, flags | nofollow);
  } catch (error) {
    throw openError(path, what, (error as NodeJS.ErrnoException).code ?? 'unknown error');
  }
}

function openError(path: string, what: string, code: string): BursarError {
  const file = `The ${what} ${echoPath(path)}`;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ENAMETOOLONG':
      // The path is not repeated: what names no file may be the secret itself, put where its file belongs.
      return usageError('FILE_MISSING', `No file exists at the path that was given for the ${what}.`, {
        hint: `Check the path; a relative one starts from ${echoPath(process.cwd())}.`,
      });
    case 'ELOOP':
      return preconditionError('KEY_FILE_LINK', `${file} is a symbolic link.`, {
        hint: 'Put the file itself there, or a copy of it with mode 0600.',
      });
    case 'ENXIO':
      return kindError(path, what, 'a socket');
    case 'EACCES':
    case 'EPERM':
      return usageError('FILE_UNREADABLE', `${file} cannot be read by this user (${code}).`, {
        hint: `Run as the user who owns it: ls -l ${shellQuote(path)}`,
      });
    default:
      return usageError('FILE_UNREADABLE', `${file} cannot be opened (${code}).`, {
        hint: 'Check the path.',
      });
  }
}

function kindError(path: string, what: string, kind: string): BursarError {
  return usageError('FILE_KIND', `The ${what} ${echoPath(path)} is ${kind}, not a regular file.`, {
    hint: kind.startsWith('a pipe')
      ? 'A pipe is read through its descriptor: --passphrase-fd 3 3< <(command), or --stdin for a key.'
      : 'Give the path of a regular file.',
  });
}

async function checkFile(file: FileHandle, path: string, { what, maxBytes, anyMode }: PrivateFile) {
  const info = await file.stat();
  if (info.isDirectory()) throw kindError(path, what, 'a directory');
  if (info.isFIFO()) throw kindError(path, what, 'a pipe (FIFO)');
  if (!info.isFile()) throw kindError(path, what, 'a device or a socket');
  if (isStranger(info.uid)) throw ownerError('KEY_FILE_OWNER', `The ${what} ${echoPath(path)}`, info.uid);
  if (anyMode !== true && !isPrivateMode(info.mode)) {
    throw preconditionError(
      'KEY_FILE_MODE',
      `The ${what} ${echoPath(path)} is open to other users of this machine (mode ${modeText(info.mode)}).`,
      {
        hint: `Run: chmod 600 ${shellQuote(path)} — and if others could have read it, replace what it protects.`,
        details: { mode: modeText(info.mode) },
      },
    );
  }
  if (info.size > maxBytes) throw sizeError(path, what, maxBytes);
  return info;
}

/** Another user's file says what that user wants, today or tomorrow; the superuser's is taken. */
const isStranger = (uid: number): boolean => MODES && uid !== 0 && uid !== process.getuid?.();

const ownerError = (code: string, what: string, uid: number): BursarError =>
  usageError(code, `${what} belongs to another user (uid ${uid}), who can change it.`, {
    hint: 'Run bursar as that user, or use a copy of your own.',
    details: { uid },
  });

const sizeError = (path: string, what: string, maxBytes: number): BursarError =>
  usageError('FILE_SIZE', `${echoPath(path)} is larger than ${maxBytes} bytes: it is not a ${what}.`, {
    hint: 'Check the path.',
  });

/** A copy that is not in Buffer's shared pool, where a secret would have neighbours and outlive its wiping. */
function unpooled(bytes: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}

/** The size that stat told is not trusted: files in /proc have size 0, and a file can grow while it is read. */
async function readAtMost(file: FileHandle, path: string, { what, maxBytes }: PrivateFile): Promise<Buffer> {
  const room = Buffer.allocUnsafeSlow(maxBytes + 1);
  try {
    let length = 0;
    while (length <= maxBytes) {
      const { bytesRead } = await file.read(room, length, maxBytes + 1 - length, null);
      if (bytesRead === 0) return unpooled(room.subarray(0, length));
      length += bytesRead;
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw usageError('FILE_UNREADABLE', `The ${what} ${echoPath(path)} cannot be read (${code}).`, {
      hint: 'Check the path.',
    });
  } finally {
    room.fill(0);
  }
  throw sizeError(path, what, maxBytes);
}

/**
 * Makes a file of mode 0600 that appears whole or not at all, and never in place of another: it is written beside under
 * a name of its own, flushed, then linked to its name, which fails when the name is taken (a rename would replace it).
 * @throws precondition FILE_EXISTS; usage FILE_UNWRITABLE
 */
export async function createPrivateFile(path: string, what: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(
    dirname(path),
    `.${basename(path).slice(0, 64)}.${randomBytes(6).toString('hex')}.tmp`,
  );
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(temporary, path);
  } catch (error) {
    throw writeError(path, what, (error as NodeJS.ErrnoException).code ?? 'unknown error');
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
  await syncDirectory(dirname(path));
}

const writeError = (path: string, what: string, code: string): BursarError =>
  code === 'EEXIST'
    ? preconditionError('FILE_EXISTS', `${echoPath(path)} exists already; bursar does not overwrite it.`, {
        hint: `Choose another path for the ${what}, or move that file away.`,
      })
    : usageError('FILE_UNWRITABLE', `The ${what} ${echoPath(path)} cannot be written (${code}).`, {
        hint: 'Check that the directory exists, is yours, and has room.',
      });

/** After a power cut the new name is there only if its directory was flushed; not every file system can. */
async function syncDirectory(path: string): Promise<void> {
  try {
    const directory = await open(path, 'r');
    await directory.sync().finally(() => directory.close());
  } catch {
    // The file itself is flushed; nothing more can be done here.
  }
}

/**
 * Makes the keys directory (0700) if it is missing, and refuses one in which others could swap files.
 * @throws usage FILE_UNWRITABLE, FILE_KIND, KEY_DIR_OWNER; precondition KEY_DIR_MODE
 */
export async function ensurePrivateDirectory(path: string): Promise<void> {
  try {
    const made = await mkdir(path, { recursive: true, mode: 0o700 });
    if (made !== undefined && MODES) await chmod(path, 0o700);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    if (code === 'EEXIST' || code === 'ENOTDIR') throw notDirectory(path);
    throw writeError(path, 'keys directory', code);
  }
  await checkDirectory(path);
}

/** @throws usage FILE_KIND, KEY_DIR_OWNER; precondition KEY_DIR_MODE. A directory that does not exist is no fault here. */
export async function checkDirectory(path: string): Promise<void> {
  const info = await stat(path).catch(() => undefined);
  if (info === undefined) return;
  if (!info.isDirectory()) throw notDirectory(path);
  if (isStranger(info.uid))
    throw ownerError('KEY_DIR_OWNER', `The keys directory ${echoPath(path)}`, info.uid);
  if (MODES && (info.mode & 0o022) !== 0) {
    throw preconditionError(
      'KEY_DIR_MODE',
      `Other users of this machine can put files into the keys directory ${echoPath(path)} (mode ${modeText(info.mode)}).`,
      { hint: `Run: chmod 700 ${shellQuote(path)}`, details: { mode: modeText(info.mode) } },
    );
  }
}

const notDirectory = (path: string): BursarError =>
  usageError('FILE_KIND', `The keys directory ${echoPath(path)} is not a directory.`, {
    hint: 'Choose another directory for the keys, or move that file away.',
  });
