/**
 * Any thrown thing as a BursarError. oclif's own errors carry the whole command line and the environment with them:
 * only what is known to be harmless is taken over.
 */

import { stripVTControlCharacters } from 'node:util';
import { quoteInput } from '../config/quote.js';
import { closest } from '../config/suggest.js';
import { BursarError, EXIT, interruptedError, usageError } from '../lib/errors.js';

/** What oclif's parse errors are known to have; see @oclif/core lib/parser/errors.js. */
interface ParseError extends Error {
  readonly oclif?: { readonly exit?: number };
  readonly flags?: readonly string[];
  readonly args?: readonly (string | { readonly name: string; readonly description?: string })[];
  readonly parse?: { readonly input?: { readonly flags?: object; readonly args?: object } };
}

const REPORT =
  'This is a bug in bursar: please report it with the command and, from BURSAR_DEBUG=1, the stack.';

/** @param command the command as typed (`stake status`), for hints */
export function toFailure(thrown: unknown, command: string): BursarError {
  if (thrown instanceof BursarError) return flagFailure(thrown);
  const error = thrown as ParseError;
  if (!(error instanceof Error)) return bug('something that is no error was thrown', thrown);
  if (error.name === 'ExitPromptError' || error.name === 'AbortPromptError') {
    return interruptedError('INTERRUPTED', 'Interrupted: the question was not answered.');
  }
  if (isParseError(error)) return parseFailure(error, command);
  const code = (error as NodeJS.ErrnoException).code;
  if (code !== undefined && Object.hasOwn(SYSTEM, code)) {
    const path = (error as NodeJS.ErrnoException).path;
    const where = path === undefined ? '' : ` ${quoteInput(path, 200)}`;
    return new BursarError(EXIT.bug, 'SYSTEM', `The system refused${where}: ${SYSTEM[code]} (${code}).`, {
      cause: error,
    });
  }
  return bug(error.message, error);
}

const SYSTEM: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EROFS: 'the file system is read-only',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EMFILE: 'too many open files',
  EDQUOT: 'the disk quota is used up',
};

const bug = (message: string, cause: unknown) =>
  new BursarError(EXIT.bug, 'BUG', `Unexpected failure: ${message}`, { hint: REPORT, cause });

/** oclif wraps the message of an error that a flag's parser threw. */
function flagFailure(error: BursarError): BursarError {
  const wrapped = /^Parsing (--[\w-]+) \n\t([\s\S]*)\nSee more help with --help$/.exec(error.message);
  if (wrapped === null) return error;
  const [, flag, message] = wrapped;
  return new BursarError(error.exit, error.code, `${flag}: ${message}`, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.details === undefined ? {} : { details: error.details }),
  });
}

const isParseError = (error: ParseError): boolean =>
  error.oclif?.exit !== undefined && (error as { code?: string }).code !== 'EEXIT';

function parseFailure(error: ParseError, command: string): BursarError {
  const hint = `See \`bursar ${command === '' ? '' : `${command} `}--help\`.`;
  switch (error.constructor.name) {
    case 'NonExistentFlagsError': {
      const names = (error.flags ?? []).map((flag) => flag.split('=')[0]!);
      const known = Object.keys(error.parse?.input?.flags ?? {});
      const meant = names.length === 1 ? closest(names[0]!.replace(/^-+/, ''), known) : undefined;
      const list = names.map((flag) => quoteInput(flag)).join(', ');
      return usageError('FLAG_UNKNOWN', `Unknown flag${names.length === 1 ? '' : 's'} ${list}.`, {
        hint: meant === undefined ? hint : `Did you mean --${meant}? ${hint}`,
      });
    }
    case 'UnexpectedArgsError': {
      // Not repeated when there are several: they could be the words of a seed phrase.
      const extra = error.args ?? [];
      const shown = extra.length === 1 ? `: ${quoteInput(String(extra[0]))}` : '';
      const most = Object.keys(error.parse?.input?.args ?? {}).length;
      const count = extra.length === 1 ? 'One argument' : `${extra.length} arguments`;
      return usageError(
        'ARGUMENT_UNEXPECTED',
        `${count} too many${shown}; ${most === 0 ? 'none is' : `at most ${most} ${most === 1 ? 'is' : 'are'}`} expected.`,
        { hint },
      );
    }
    case 'RequiredArgsError': {
      const names = (error.args ?? []).map((arg) => (typeof arg === 'string' ? arg : arg.name).toUpperCase());
      return usageError(
        'ARGUMENT_MISSING',
        `Missing argument${names.length === 1 ? '' : 's'}: ${names.join(', ')}.`,
        { hint },
      );
    }
    default:
      return usageError('USAGE', parserMessage(error.message), { hint });
  }
}

/** The parser's own sentence on one line, without its pointer to --help and without a value that could be a secret. */
function parserMessage(message: string): string {
  const text = stripVTControlCharacters(message)
    .replace(/\n?See more help with --help$/, '')
    .replace(/^The following errors? occurred:\s*/, '')
    .replace(/\s*\n\s*/g, '; ')
    .replace(
      /^Expected (--[\w-]+=)?([\s\S]*) to be one of: /,
      (_, flag = '', value) => `${flag}${quoteInput(value)} is not one of: `,
    )
    .replace(/^Missing required flag (\S+)/, 'Missing flag --$1');
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** An argument without a character in it: a script's variable that holds nothing. It names no command and no account. */
export const emptyArgument = (): BursarError =>
  usageError('ARGUMENT_EMPTY', 'An argument is empty.', {
    hint: 'Check the variables of the script that made the command line. See `bursar --help`.',
  });

/** An unknown command, with the nearest one that exists. `ids` are the known commands, separated by spaces. */
export function unknownCommand(words: readonly string[], ids: readonly string[]): BursarError {
  // Only as many words as a command can have: what follows may be arguments, or secrets.
  const most = Math.max(1, ...ids.map((id) => id.split(' ').length));
  const typed = words.slice(0, most);
  const topics = [...new Set(ids.map((id) => id.split(' ')[0]!))];
  const topic = topics.find((name) => name === typed[0]);
  const meant =
    topic === undefined
      ? (closest(typed.join(' '), ids) ?? closest(typed[0] ?? '', topics))
      : closest(
          typed.join(' '),
          ids.filter((id) => id.startsWith(`${topic} `)),
        );
  const shown = quoteInput(topic === undefined ? (typed[0] ?? '') : typed.join(' '));
  const help = topic === undefined ? 'bursar --help' : `bursar ${topic} --help`;
  return usageError('COMMAND_UNKNOWN', `There is no command ${shown}.`, {
    hint: meant === undefined ? `See \`${help}\`.` : `Did you mean \`bursar ${meant}\`? See \`${help}\`.`,
  });
}
