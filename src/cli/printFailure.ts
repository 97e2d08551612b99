/** Prints an error where it belongs. Loaded only when there is one. */

import type { Fork } from '../lib/chain/fork.js';
import { BursarError, EXIT, type ExitCode } from '../lib/errors.js';
import { escapeInvisible, showUrlsIn, withoutPhrases } from '../lib/shown.js';
import { renderError } from '../render/error.js';
import { renderErrorJson } from '../render/json.js';
import { screenOf } from '../render/terminal.js';
import { toFailure } from './failure.js';
import { refusalOf, wasUsed, write } from './output.js';

/**
 * With `json` the error is the one object on stdout, otherwise text on stderr. The stack is printed (on stderr) only
 * for the developer who asks for it.
 * @param fork on which it happened
 * @returns the exit code
 */
export async function printFailure(
  thrown: unknown,
  command: string,
  json: boolean,
  fork: Fork | null = null,
): Promise<ExitCode> {
  // `--help` inside a command ends it this way, and has printed what there is to say.
  if ((thrown as { code?: unknown } | null)?.code === 'EEXIT') return EXIT.done;
  const failure = withoutSecrets(toFailure(thrown, command));
  if (json) await write(process.stdout, `${hidden(renderErrorJson(failure, fork))}\n`);
  else await write(process.stderr, textOf(failure, process.stderr));
  await elsewhere(failure, json);
  const debug = process.env.BURSAR_DEBUG;
  if (debug !== undefined && debug !== '' && debug !== '0') {
    const cause = failure.exit === EXIT.bug ? (failure.cause ?? failure) : failure;
    if (cause instanceof Error) await write(process.stderr, `${harmlessStack(cause)}\n`);
  }
  return failure.exit;
}

/** What stands in the command line and looks like a secret phrase is printed by no way around. */
const hidden = (text: string): string => withoutPhrases(text, process.argv);

function withoutSecrets(failure: BursarError): BursarError {
  const { exit, code, message, hint, details, cause } = failure;
  if (hidden(message) === message && (hint === undefined || hidden(hint) === hint)) return failure;
  return new BursarError(exit, code, hidden(message), {
    ...(hint === undefined ? {} : { hint: hidden(hint) }),
    ...(details === undefined ? {} : { details }),
    cause,
  });
}

/** A stack begins with the message, which may be somebody else's sentence: its lines are not to look like bursar's. */
const harmlessStack = ({ stack, message }: Error): string =>
  hidden(stack ?? message)
    .split('\n')
    .map((line, index) =>
      escapeInvisible(showUrlsIn(index === 0 || /^ {4}at /.test(line) ? line : `    ${line}`)),
    )
    .join('\n');

/**
 * An error that its own stream did not take: stderr takes it in place of stdout. Stdout takes it only when it is
 * empty: nobody shall take an error for a part of a result.
 */
async function elsewhere(failure: BursarError, json: boolean): Promise<void> {
  if (json && refusalOf(process.stdout) !== undefined) {
    await write(process.stderr, textOf(failure, process.stderr));
  } else if (!json && refusalOf(process.stderr) !== undefined && !wasUsed(process.stdout)) {
    await write(process.stdout, textOf(failure, process.stdout));
  }
}

/** Tells on stderr that stdout was refused. */
export async function printRefusal(): Promise<void> {
  const refusal = refusalOf(process.stdout);
  if (refusal !== undefined) await write(process.stderr, textOf(outputError(refusal), process.stderr));
}

function outputError({ code, message }: NodeJS.ErrnoException): BursarError {
  const why = code === undefined ? message : `${REASONS[code] ?? 'the system refused'} (${code})`;
  return new BursarError(EXIT.bug, 'OUTPUT', `Not everything could be written to stdout: ${why}.`, {
    hint: 'Give it room or another place. If the command sends, `bursar tx history` with the same --config lists what was sent.',
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would become larger than allowed',
  EIO: 'the device failed',
  EBADF: 'it is not open for writing',
};

const textOf = (failure: BursarError, stream: NodeJS.WriteStream): string =>
  `${renderError(failure, screenOf(stream, process.env))}\n`;
