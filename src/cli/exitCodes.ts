/** The exit codes as `--help` prints them. */

import type { ExitCode } from '../lib/errors.js';

export const EXIT_CODE_TEXT: Readonly<Record<ExitCode, string>> = {
  0: 'done, or nothing to do',
  1: 'a bug in bursar',
  2: 'the command line, the configuration or an input file is wrong',
  3: 'nothing to do (only with --exit-noop)',
  4: 'a precondition is not met; nothing was sent',
  5: 'no endpoint could be reached in time; nothing was sent, safe to retry',
  6: 'sent, and the outcome is not known; the message says how to find out',
  7: 'included in a block, but its dispatch failed',
  8: 'included in a block, but an inner call failed',
  9: 'what was verified is false',
  130: 'interrupted',
};

/** What any command may end with. */
export const COMMON_EXITS: readonly ExitCode[] = [0, 1, 2, 130];
/** What a command that reads a chain may end with. */
export const CHAIN_EXITS: readonly ExitCode[] = [0, 1, 2, 4, 5, 130];
/** What a command that sends may end with. */
export const SEND_EXITS: readonly ExitCode[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 130];
