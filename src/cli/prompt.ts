/** Questions to the operator, on stderr, and only when there is one. The prompt library is loaded by the first. */

import { interruptedError, usageError } from '../lib/errors.js';
import { oneLine } from '../lib/shown.js';

export interface PromptContext {
  readonly json: boolean;
  readonly noInput: boolean;
  readonly signal?: AbortSignal;
  /** Where answers are typed; default stdin. */
  readonly input?: NodeJS.ReadableStream;
  /** Where questions are asked; default stderr. */
  readonly output?: NodeJS.WritableStream;
}

/** A person is there: terminals on both sides, and nothing that says a script is running. */
export function mayPrompt({ json, noInput }: PromptContext): boolean {
  const ci = process.env.CI !== undefined && !['', '0', 'false'].includes(process.env.CI);
  return !json && !noInput && !ci && process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/**
 * Asks whether to go on; no is the default, and what Ctrl-D or a terminal that went away stands for.
 * @throws interrupted (130) on Ctrl-C
 */
export async function confirm(question: string, context: PromptContext): Promise<boolean> {
  const { default: ask } = await import('@inquirer/confirm');
  const message = oneLine(question);
  const answer = await answered(context, (terminal) => ask({ message, default: false }, terminal));
  return answer === END ? false : answer;
}

/**
 * True when the operator agreed, by `--yes` or by answering.
 * @throws usage CONFIRMATION_REQUIRED (2) when nobody can be asked
 */
export async function agreed(question: string, yes: boolean, context: PromptContext): Promise<boolean> {
  if (yes) return true;
  if (!mayPrompt(context)) {
    throw usageError(
      'CONFIRMATION_REQUIRED',
      'This command moves money, and there is nobody to confirm it.',
      {
        hint: 'Look at it with --dry-run, then repeat it with --yes.',
      },
    );
  }
  return confirm(question, context);
}

/**
 * Asks for a passphrase without showing it; `again` asks twice, for a new one.
 * @throws usage PASSPHRASE_REQUIRED (2) when nobody can be asked, PASSPHRASE_MISMATCH (2)
 * @throws interrupted (130) on Ctrl-C and Ctrl-D
 */
export async function promptPassphrase(
  question: string,
  context: PromptContext,
  { again = false } = {},
): Promise<string> {
  if (!mayPrompt(context)) {
    throw usageError('PASSPHRASE_REQUIRED', `${question}: there is nobody to ask.`, {
      hint: 'Name its source in the configuration: "passphrases": {"KEY": {"file": PATH}} (or env, or fd).',
    });
  }
  const first = await askPassphrase(question, context);
  if (!again) return first;
  const second = await askPassphrase(`${question} (again)`, context);
  if (first !== second) throw usageError('PASSPHRASE_MISMATCH', 'The two passphrases differ.');
  return first;
}

async function askPassphrase(question: string, context: PromptContext): Promise<string> {
  const { default: ask } = await import('@inquirer/password');
  const message = oneLine(question);
  const answer = await answered(context, (terminal) => ask({ message, mask: '*' }, terminal));
  if (answer === END) throw interruptedError('INTERRUPTED', 'Interrupted: no passphrase was typed.');
  return answer;
}

/** The operator ended the input instead of answering. */
const END = Symbol('end of input');

interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly signal: AbortSignal;
}

/**
 * Asks, and ends with {@link END} when the input ends: the prompt library itself would then wait for ever. Ctrl-C
 * arrives as one of its errors.
 */
async function answered<T>(
  { input = process.stdin, output = process.stderr, signal }: PromptContext,
  ask: (terminal: Terminal) => Promise<T>,
): Promise<T | typeof END> {
  const ended = new AbortController();
  const onEnd = () => ended.abort(END);
  // Ctrl-D ends the input only on an empty line. By the time this listener is called, readline has paused it then.
  const onKey = (_: unknown, key?: { readonly ctrl?: boolean; readonly name?: string }) => {
    if (key?.ctrl === true && key.name === 'd' && input.isPaused()) onEnd();
  };
  const signals = signal === undefined ? [ended.signal] : [signal, ended.signal];
  try {
    const answer = ask({ input, output, signal: AbortSignal.any(signals) });
    input.on('end', onEnd).on('close', onEnd).on('keypress', onKey);
    if (!input.readable) onEnd();
    return await answer;
  } catch (error) {
    const { name } = error as Error;
    if (name !== 'ExitPromptError' && name !== 'AbortPromptError') throw error;
    if (ended.signal.aborted && signal?.aborted !== true) return END;
    throw interruptedError('INTERRUPTED', 'Interrupted: the question was not answered.');
  } finally {
    input.off('end', onEnd).off('close', onEnd).off('keypress', onKey);
  }
}
