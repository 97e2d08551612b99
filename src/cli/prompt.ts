/** Questions to the operator, on stderr, and only when there is one. The prompt library is loaded by the first. */

import { interruptedError, usageError } from '../lib/errors.js';
import { oneLine } from '../lib/shown.js';

export interface PromptContext {
  readonly json: boolean;
  readonly noInput: boolean;
  readonly signal?: AbortSignal;
}

/** A person is there: terminals on both sides, and nothing that says a script is running. */
export function mayPrompt({ json, noInput }: PromptContext): boolean {
  const ci = process.env.CI !== undefined && !['', '0', 'false'].includes(process.env.CI);
  return !json && !noInput && !ci && process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/**
 * Asks whether to go on; no is the default.
 * @throws interrupted (130) on Ctrl-C
 */
export async function confirm(question: string, context: PromptContext): Promise<boolean> {
  const { default: ask } = await import('@inquirer/confirm');
  return answered(ask({ message: oneLine(question), default: false }, terminal(context)));
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
 * @throws interrupted (130) on Ctrl-C
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
  const { default: ask } = await import('@inquirer/password');
  const first = await answered(ask({ message: oneLine(question), mask: '*' }, terminal(context)));
  if (!again) return first;
  const second = await answered(
    ask({ message: `${oneLine(question)} (again)`, mask: '*' }, terminal(context)),
  );
  if (first !== second) throw usageError('PASSPHRASE_MISMATCH', 'The two passphrases differ.');
  return first;
}

const terminal = ({ signal }: PromptContext) => ({
  output: process.stderr,
  ...(signal === undefined ? {} : { signal }),
});

/** Ctrl-C in a prompt arrives as an error of the prompt library. */
async function answered<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const { name } = error as Error;
    if (name === 'ExitPromptError' || name === 'AbortPromptError') {
      throw interruptedError('INTERRUPTED', 'Interrupted: the question was not answered.');
    }
    throw error;
  }
}
