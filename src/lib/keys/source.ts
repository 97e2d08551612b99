/**
 * Where secrets are read from, passphrases and keys alike: a file, a named environment variable, a descriptor, a
 * prompt. Never the command line, which every user of the machine can read and shells write to their history.
 *
 * A secret is handled as bytes, so that it can be wiped after use (the text that a prompt or the environment gave stays
 * in memory until it is collected: JavaScript cannot wipe a string).
 */

import { fstatSync, readSync } from 'node:fs';
import { Socket } from 'node:net';
import { isatty } from 'node:tty';
import { BursarError, usageError } from '../errors.js';
import { readPrivateFile } from './private-file.js';

/** Asks the person at the terminal without showing what is typed. The library knows no terminal: a program passes one. */
export type SecretPrompt = (question: string) => Promise<string>;

/** As the configuration writes it, and a prompt. Never the secret itself. */
export type SecretSource =
  | { readonly file: string }
  /** The name of an environment variable. */
  | { readonly env: string }
  /** An open descriptor; 0 is stdin. */
  | { readonly fd: number }
  | { readonly ask: SecretPrompt };

export interface SecretRule {
  readonly what: 'passphrase' | 'key';
  /** The file's kind, for messages: `passphrase file`, `uri file`. */
  readonly file: string;
  /** A wrong path should not become a secret. */
  readonly maxBytes: number;
  readonly question: string;
  /** Default `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads a secret and hands its text to `use`: UTF-8, without a byte order mark and without the one newline at its end
 * that editors and `echo` add. All of it is wiped when `use` has ended, well or not.
 * @throws usage PASSPHRASE_FORMAT or KEY_SECRET (not UTF-8), PASSPHRASE_ENV, PASSPHRASE_SIZE or KEY_SIZE, DESCRIPTOR,
 *   FILE_*; precondition KEY_FILE_MODE, KEY_FILE_OWNER
 */
export async function withSecret<T>(
  source: SecretSource,
  rule: SecretRule,
  use: (text: Buffer) => Promise<T>,
): Promise<T> {
  const raw = await readSource(source, rule);
  try {
    return await use(secretText(raw, rule.what));
  } finally {
    raw.fill(0);
  }
}

async function readSource(source: SecretSource, rule: SecretRule): Promise<Buffer> {
  if ('env' in source) return fromEnvironment(source.env, rule);
  if ('fd' in source) return await readDescriptor(source.fd, rule.maxBytes, rule.what);
  if ('ask' in source) return bytesOf(await source.ask(rule.question));
  const { file: what, maxBytes } = rule;
  return (await readPrivateFile(source.file, { what, maxBytes, links: 'follow' })).bytes;
}

function fromEnvironment(name: string, { what, environment = process.env }: SecretRule): Buffer {
  const value = environment[name];
  if (value !== undefined) return bytesOf(value);
  // Only what is written like a variable's name is repeated: else it may be the secret, put where the name belongs.
  const shown = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/.test(name) ? ` ${name}` : '';
  throw usageError(
    'PASSPHRASE_ENV',
    `The environment variable${shown} that should hold the ${what} is not set.`,
    {
      hint: 'Give the name of the variable (not its value), and export it to this process.',
    },
  );
}

/** A text's bytes outside of Buffer's shared pool, where a secret would have neighbours. */
export function bytesOf(text: string): Buffer {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
  bytes.write(text);
  return bytes;
}

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** The part of `raw` that is the secret; it shares `raw`'s memory. */
function secretText(raw: Buffer, what: SecretRule['what']): Buffer {
  if (isUtf16(raw)) {
    throw formatError(what, 'is UTF-16 text, as some Windows programs save it; it has to be UTF-8');
  }
  let text = raw;
  // An editor's mark of the encoding, or two of them from files that were joined. Nobody can type it in a wallet.
  while (text.subarray(0, BOM.length).equals(BOM)) text = text.subarray(BOM.length);
  if (text.at(-1) === 0x0a) text = text.subarray(0, text.at(-2) === 0x0d ? -2 : -1);
  if (text.includes(0) || !isUtf8(text)) throw formatError(what, 'is not UTF-8 text');
  return text;
}

/** Its own byte order mark, or, without one, ASCII letters with a zero beside each. */
function isUtf16(raw: Buffer): boolean {
  if (raw.length < 2 || raw.length % 2 !== 0) return false;
  const mark = raw.readUInt16BE(0);
  if (mark === 0xfeff || mark === 0xfffe) return true;
  const zeros = (from: number): boolean => {
    for (let at = from; at < raw.length; at += 2) if (raw[at] !== 0) return false;
    return true;
  };
  return zeros(0) !== zeros(1);
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

const formatError = (what: SecretRule['what'], fault: string): BursarError =>
  usageError(what === 'passphrase' ? 'PASSPHRASE_FORMAT' : 'KEY_SECRET', `The ${what} ${fault}.`, {
    hint: 'Check that its source is the right one, and save it as UTF-8. Nothing was written.',
  });

/** More than `max` bytes cannot be what is asked for. */
export const tooLong = (what: SecretRule['what'], max: number): BursarError =>
  usageError(
    what === 'passphrase' ? 'PASSPHRASE_SIZE' : 'KEY_SIZE',
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
async function readDescriptor(fd: number, maxBytes: number, what: SecretRule['what']): Promise<Buffer> {
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
