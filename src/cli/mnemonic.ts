/**
 * Shows a new mnemonic to the one person who is meant to see it: on the terminal (stderr), once, and not left on it.
 */

import { writeSync } from 'node:fs';
import { preconditionError, usageError } from '../lib/errors.js';
import { write } from './output.js';
import { confirm, mayPrompt, type PromptContext } from './prompt.js';

/** The terminal's second page: what is written there leaves no trace in the scroll-back of the first. */
const SECOND_PAGE = '\u001b[?1049h\u001b[2J\u001b[H';
const FIRST_PAGE = '\u001b[2J\u001b[H\u001b[?1049l';

/** @throws usage MNEMONIC_FILE_REQUIRED (2) when there is no terminal, or a script reads it */
export function requireTerminal(context: PromptContext): void {
  if (mayPrompt(context)) return;
  throw usageError(
    'MNEMONIC_FILE_REQUIRED',
    'The mnemonic of a new key is shown on a terminal only, and there is none.',
    {
      hint: 'Name a new file for it with --mnemonic-file FILE (it is made with mode 0600), and move that to a safe place.',
    },
  );
}

/**
 * Shows the words until the person says that they are written down.
 * @throws precondition MNEMONIC_NOT_KEPT (4) when they say no; interrupted (130) on Ctrl-C
 */
export async function showMnemonic(mnemonic: string, key: string, context: PromptContext): Promise<void> {
  requireTerminal(context);
  const pages = process.env.TERM !== 'dumb';
  // Even when the process is told twice to stop, the words do not stay on the screen.
  const leave = () => void (pages && writeSync(process.stderr.fd, FIRST_PAGE));
  process.once('exit', leave);
  try {
    await write(process.stderr, `${pages ? SECOND_PAGE : ''}${page(mnemonic, key)}\n`);
    if (!(await confirm('Are the words written down?', context))) {
      throw preconditionError(
        'MNEMONIC_NOT_KEPT',
        'The words were not written down, so the key was not made.',
        {
          hint: 'Run the command again, with pen and paper at hand or with --mnemonic-file FILE.',
        },
      );
    }
  } finally {
    process.off('exit', leave);
    leave();
  }
}

function page(mnemonic: string, key: string): string {
  const words = mnemonic.split(' ').map((word, at) => `${String(at + 1).padStart(4)} ${word.padEnd(10)}`);
  const lines: string[] = [];
  for (let at = 0; at < words.length; at += 4) lines.push(words.slice(at, at + 4).join(''));
  return [
    `The mnemonic of key ${key}. Whoever has these words has the key, and they are shown this once:`,
    '',
    ...lines,
    '',
    'Write them on paper, in this order. They restore the key when its file or its passphrase is lost.',
    '',
  ].join('\n');
}
