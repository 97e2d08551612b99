/** An error for a person: what is wrong and why, then what to do. */

import type { BursarError } from '../lib/errors.js';
import type { Screen } from './terminal.js';
import { hanging, harmless } from './text.js';
import { theme as themeFor } from './theme.js';

/** Text without a newline at its end; no stack. */
export function renderError(error: BursarError, screen: Screen): string {
  const theme = themeFor(screen.colour);
  const [first = '', ...more] = error.message.split('\n');
  const lines = [
    hanging(`${theme.tone('bad', 'error:')} `, harmless(first), Number.POSITIVE_INFINITY),
    // Indented, so that a line break inside a foreign text cannot begin a line of bursar's own.
    ...more.map((line) => harmless(line.startsWith('  ') ? line : `  ${line}`)),
  ];
  if (error.hint !== undefined) {
    lines.push(
      ...error.hint
        .split('\n')
        .map((line, at) => `${at === 0 ? theme.tone('warn', 'hint:') : '     '} ${harmless(line)}`),
    );
  }
  return lines.join('\n');
}
