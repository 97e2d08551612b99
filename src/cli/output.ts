/**
 * Writing to stdout and stderr: completely, once, and without a crash when the reader has gone or the disk is full.
 *
 * A stream ends in one of two ways. Its reader closes it (`| head`): it had enough, which is no failure. Or the system
 * refuses (a full disk, a device that failed): then nothing more is written to it, the other stream says so, and the
 * process ends with {@link exitCodeOf}.
 */

import { writeSync } from 'node:fs';
import type { ExitCode } from '../lib/errors.js';

type Stream = NodeJS.WriteStream;

/** What became of a stream; a stream of which nothing is known takes what it is given. */
interface Condition {
  /** The reader has gone. */
  closed?: boolean;
  /** The system's refusal. */
  refusal?: NodeJS.ErrnoException;
  /** Something was written. */
  used?: boolean;
}

const conditions = new WeakMap<Stream, Condition>();

function conditionOf(stream: Stream): Condition {
  let condition = conditions.get(stream);
  if (condition === undefined) {
    condition = {};
    conditions.set(stream, condition);
  }
  return condition;
}

/**
 * Writes all of `text` and waits until the stream has taken it. Never throws, and never tries a stream again that
 * failed.
 * @returns false when the reader has gone or the system refused; {@link refusalOf} tells which
 */
export async function write(stream: Stream, text: string): Promise<boolean> {
  const condition = conditionOf(stream);
  if (!usable(stream, condition)) return false;
  if (text !== '') condition.used = true;
  const file = fileOf(stream);
  if (file !== undefined) return intoFile(file, stream, text);
  return await new Promise((resolve) => {
    stream.write(text, (error) => {
      note(stream, error);
      resolve(error === null || error === undefined);
    });
  });
}

/** Writes a line that nobody waits for: a note, a warning. */
export function say(stream: Stream, text: string): void {
  void write(stream, text);
}

/** Why the system refused to take what was written; undefined when it did not. */
export const refusalOf = (stream: Stream): NodeJS.ErrnoException | undefined => conditionOf(stream).refusal;

/** Whether anything was written to the stream. */
export const wasUsed = (stream: Stream): boolean => conditionOf(stream).used === true;

/** A stream without a listener turns every failed write into an uncaught exception. */
export function guard(stream: Stream): void {
  stream.on('error', (error) => note(stream, error));
}

/**
 * The code to end with: 1 when a stream was refused, because the command was not heard. What became of something that
 * was sent, and that a verification is false, matters more.
 */
export function exitCodeOf(code: ExitCode, streams: readonly Stream[]): ExitCode {
  const heard = streams.every((stream) => refusalOf(stream) === undefined);
  return heard || OUTCOMES.includes(code) ? code : 1;
}

/** As numbers: `--help` pays for what this file imports. */
const OUTCOMES: readonly ExitCode[] = [6, 7, 8, 9];

const usable = (stream: Stream, { closed, refusal }: Condition): boolean =>
  closed !== true && refusal === undefined && !stream.destroyed && !stream.writableEnded;

function note(stream: Stream, error: NodeJS.ErrnoException | null | undefined): void {
  if (error === null || error === undefined) return;
  const condition = conditionOf(stream);
  if (isClosed(stream, error)) condition.closed = true;
  else condition.refusal ??= error;
}

/** A terminal whose window was closed answers EIO; on a file that is a broken disk. */
const isClosed = (stream: Stream, { code = '' }: NodeJS.ErrnoException): boolean =>
  ['EPIPE', 'ERR_STREAM_DESTROYED', 'ECONNRESET'].includes(code) || (code === 'EIO' && stream.isTTY === true);

/** The descriptor of a regular file, or of a device that is no terminal: what Node writes synchronously. */
function fileOf(stream: Stream): number | undefined {
  const { _type, fd } = stream as { _type?: string; fd?: number };
  return _type === 'fs' ? fd : undefined;
}

/** Node takes a file's word for it when a disk that fills up takes a part only, and loses the rest. */
function intoFile(file: number, stream: Stream, text: string): boolean {
  const bytes = Buffer.from(text);
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
    return true;
  } catch (error) {
    note(stream, error as NodeJS.ErrnoException);
    return false;
  }
}

/** Whether the command line asks for JSON. Looked up in the arguments, because it must hold when parsing them fails. */
export function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end === -1 ? argv : argv.slice(0, end)).includes('--json');
}
