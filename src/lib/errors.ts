/**
 * Every failure that bursar can name. A `BursarError` says what is wrong, why, and what to do; its `exit` is the
 * process's exit code, so that a script can tell "nothing was sent, try again" from "it may have been sent".
 */

import type { Plain } from './plain.js';

/** What an exit code means; the table is part of the public contract (docs/exit-codes.md). */
export const EXIT = {
  done: 0,
  bug: 1,
  usage: 2,
  nothingToDo: 3,
  precondition: 4,
  unreachable: 5,
  outcomeUnknown: 6,
  dispatchFailed: 7,
  innerCallFailed: 8,
  verificationFalse: 9,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface BursarErrorOptions {
  /** One sentence that says what to do about it. */
  hint?: string;
  /** Facts for a program: plain data, never a secret. */
  details?: Plain;
  cause?: unknown;
}

/** What went wrong, to stand inside another sentence: the message without its full stop. */
export const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');

/** An error with a stable upper-snake-case code and an exit code. */
export class BursarError extends Error {
  readonly hint?: string;
  readonly details?: Plain;

  constructor(
    readonly exit: ExitCode,
    readonly code: string,
    message: string,
    options: BursarErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'BursarError';
    if (options.hint !== undefined) this.hint = options.hint;
    if (options.details !== undefined) this.details = options.details;
  }
}

type Factory = (code: string, message: string, options?: BursarErrorOptions) => BursarError;
const of =
  (exit: ExitCode): Factory =>
  (code, message, options) =>
    new BursarError(exit, code, message, options);

/** 2: the command line, the configuration or an input file is wrong. Nothing was read from or sent to a chain. */
export const usageError = of(EXIT.usage);
/** 4: the chain, the account or a key is not in the state that the command needs. Nothing was sent. */
export const preconditionError = of(EXIT.precondition);
/** 5: an endpoint could not be reached or did not answer in time. Nothing was sent; safe to retry. */
export const unreachableError = of(EXIT.unreachable);
/** 6: something left for the chain and its outcome is not known. */
export const outcomeUnknownError = of(EXIT.outcomeUnknown);
/** 9: what was to be verified is false. */
export const verificationError = of(EXIT.verificationFalse);
/** 130: the user interrupted. */
export const interruptedError = of(EXIT.interrupted);
