/**
 * Where passphrases come from: a file, a named environment variable, a descriptor, a prompt. Never the command line,
 * which every user of the machine can read and shells write to their history.
 *
 * A passphrase is handled as bytes, so that it can be wiped after use (the text that a prompt or the environment gave
 * stays in memory until it is collected: JavaScript cannot wipe a string).
 */

import { fstatSync, readSync } from 'node:fs';
import { Socket } from 'node:net';
import { isatty } from 'node:tty';
import { BursarError, usageError } from '../errors.js';
import { readPrivateFile } from './private-file.js';

/** Asks the person at the terminal without showing what is typed. The library knows no terminal: a program passes one. */
export type SecretPrompt = (question: string) => Promise<string>;

/** As the configuration writes it, and a prompt. Never the passphrase itself. */
export type PassphraseSource =
  | { readonly file: string }
  /** The name of an environment variable. */
  | { readonly env: string }
  /** An open descriptor; 0 is stdin. */
  | { readonly fd: number }
  | { readonly ask: SecretPrompt };

export interface PassphraseUse {
  /** The name of the key, for the question. */
  readonly key: string;
  /** A new key is made with it: a prompt asks twice. */
  readonly fresh?: boolean;
  /** Default `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Longer than what people choose and generators make; a wrong path should not become a passphrase. */
export const MAX_PASSPHRASE = 1024;

/**
 * Reads a passphrase, hands it to `use`, and wipes it when that has ended, well or not.
 * @throws usage PASSPHRASE_EMPTY, PASSPHRASE_FORMAT (several lines, NUL, not UTF-8), PASSPHRASE_SIZE, PASSPHRASE_ENV,
 *   PASSPHRASE_MISMATCH, DESCRIPTOR, FILE_*; precondition KEY_FILE_MODE
 */
export async function withPassphrase<T>(
  source: PassphraseSource,
  about: PassphraseUse,
  use: (passphrase: Uint8Array) => Promise<T>,
): Promise<T> {
  const raw = await readSource(source, about);
  try {
    return await use(oneLine(raw));
  } finally {
    raw.fill(0);
  }
}

async function readSource(source: PassphraseSource, about: PassphraseUse): Promise<Buffer> {
  if ('env' in source) return fromEnvironment(source.env, about.environment ?? process.env);
  if ('fd' in source) return await readDescriptor(source.fd, MAX_PASSPHRASE, 'passphrase');
  if ('ask' in source) return await fromPrompt(source.ask, about);
  const rule = { what: 'passphrase file', maxBytes: MAX_PASSPHRASE, links: 'follow' } as const;
  return (await readPrivateFile(source.file, rule)).bytes;
}

function fromEnvironment(name: string, environment: Readonly<Record<string, string | undefined>>): Buffer {
  const value = environment[name];
  if (value !== undefined) return bytesOf(value);
  // Only what is written like a variable's name is repeated: else it may be the passphrase, put where the name belongs.
  const shown = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/.test(name) ? ` ${name}` : '';
  throw usageError(
    'PASSPHRASE_ENV',
    `The environment variable${shown} that should hold the passphrase is not set.`,
    {
      hint: 'Give the name of the variable (not its value), and export it to this process.',
    },
  );
}

async function fromPrompt(ask: SecretPrompt, { key, fresh }: PassphraseUse): Promise<Buffer> {
  const first = bytesOf(
    await ask(fresh === true ? `New passphrase for key ${key}` : `Passphrase for key ${key}`),
  );
  if (fresh !== true || first.length === 0) return first;
  const second = bytesOf(await ask('The same passphrase again'));
  const same = first.equals(second);
  second.fill(0);
  if (same) return first;
  first.fill(0);
  throw usageError('PASSPHRASE_MISMATCH', 'The two passphrases differ.', {
    hint: 'Nothing was written. Run the command again.',
  });
}

function bytesOf(text: string): Buffer {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
  bytes.write(text);
  return bytes;
}

/** Without one newline at the end, which editors and `echo` add. */
function oneLine(raw: Buffer): Buffer {
  let end = raw.length;
  if (end > 0 && raw[end - 1] === 0x0a) end -= end > 1 && raw[end - 2] === 0x0d ? 2 : 1;
  const line = raw.subarray(0, end);
  if (line.length === 0) {
    throw usageError('PASSPHRASE_EMPTY', 'The passphrase is empty.', {
      hint: 'A key file is only as safe as its passphrase: choose one that cannot be guessed.',
    });
  }
  if (line.length > MAX_PASSPHRASE) throw tooLong('passphrase', MAX_PASSPHRASE);
  if (line.includes(0x0a) || line.includes(0x0d)) {
    throw usageError('PASSPHRASE_FORMAT', 'The passphrase has more than one line.', {
      hint: 'Its source must hold the passphrase and nothing else; check that it is the right one.',
    });
  }
  if (line.includes(0) || !isUtf8(line)) {
    throw usageError('PASSPHRASE_FORMAT', 'The passphrase is not UTF-8 text.', {
      hint: 'Check that its source is the right one; other wallets could not open the key with these bytes.',
    });
  }
  return line;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

const tooLong = (what: string, max: number) =>
  usageError(
    `${what === 'passphrase' ? 'PASSPHRASE' : 'KEY'}_SIZE`,
    `The ${what} is longer than ${max} bytes.`,
    {
      hint: 'Check that its source is the right one.',
    },
  );

/**
 * Everything that an open descriptor gives (0 is stdin). The caller wipes it. Modes are not checked: whoever opened the
 * descriptor has answered for the file.
 * @throws usage DESCRIPTOR (not open, a terminal), PASSPHRASE_SIZE or KEY_SIZE
 */
export async function readDescriptor(fd: number, maxBytes: number, what: string): Promise<Buffer> {
  if (fd !== 0 && !(Number.isInteger(fd) && fd > 2)) {
    throw usageError(
      'DESCRIPTOR',
      `The ${what} cannot be read from descriptor ${fd}: use 0 (stdin), or 3 and up.`,
      {
        hint: 'For example: --passphrase-fd 3 3<passphrase.txt',
      },
    );
  }
  const kind = descriptorKind(fd, what);
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of kind === 'stream' ? streamOf(fd) : fileChunks(fd)) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > maxBytes) throw tooLong(what, maxBytes);
    }
    const whole = Buffer.allocUnsafeSlow(length);
    Buffer.concat(chunks).copy(whole);
    return whole;
  } catch (error) {
    if (error instanceof BursarError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw usageError('DESCRIPTOR', `The ${what} cannot be read from descriptor ${fd} (${code}).`, {
      hint: 'Check what the descriptor was opened on.',
    });
  } finally {
    for (const chunk of chunks) chunk.fill(0);
  }
}

function descriptorKind(fd: number, what: string): 'stream' | 'file' {
  try {
    const info = fstatSync(fd);
    if (isatty(fd)) {
      throw usageError(
        'DESCRIPTOR',
        `Descriptor ${fd} is a terminal: it would show the ${what} while it is typed.`,
        {
          hint: 'Redirect it from a file or a pipe, or leave the flag out to be asked.',
        },
      );
    }
    return info.isFIFO() || info.isSocket() ? 'stream' : 'file';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EBADF') throw error;
    throw usageError('DESCRIPTOR', `Descriptor ${fd} is not open: the ${what} cannot be read from it.`, {
      hint: `Open it in the shell that starts bursar: ${fd}<file`,
    });
  }
}

/** A socket, not fs.read: that would leave a thread waiting on a silent pipe, and the process could not end. */
const streamOf = (fd: number): AsyncIterable<Buffer> =>
  fd === 0 ? process.stdin : new Socket({ fd, readable: true, writable: false });

async function* fileChunks(fd: number): AsyncIterable<Buffer> {
  for (;;) {
    const chunk = Buffer.allocUnsafeSlow(4096);
    const length = readSync(fd, chunk, 0, chunk.length, null);
    if (length === 0) return;
    yield chunk.subarray(0, length);
  }
}
