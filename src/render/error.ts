/** An error for a person: what is wrong and why, then what to do. */

import type { BursarError } from '../lib/errors.js';
import { escapeInvisible } from '../lib/shown.js';
import type { Screen } from './terminal.js';
import { hanging } from './text.js';
import { theme as themeFor } from './theme.js';

/** Text without a newline at its end, wrapped to the screen; no stack. */
export function renderError(error: BursarError, screen: Screen): string {
  const theme = themeFor(screen.colour);
  const labelled = (label: string, tone: 'bad' | 'warn', text: string) =>
    theme.tone(tone, label) + hanging(`${label} `, escapeInvisible(text), screen.width).slice(label.length);
  const [first = '', ...more] = error.message.split('\n');
  const lines = [labelled('error:', 'bad', first)];
  for (const line of more) {
    // Indented, so that a line break inside a foreign text cannot begin a line of bursar's own.
    const indent = /^ {2,}/.exec(line)?.[0] ?? '  ';
    lines.push(
      hanging(indent, escapeInvisible(line.slice(line.startsWith(indent) ? indent.length : 0)), screen.width),
    );
  }
  if (error.hint !== undefined) {
    const [hint = '', ...rest] = error.hint.split('\n');
    lines.push(labelled('hint:', 'warn', hint));
    for (const line of rest) lines.push(hanging('      ', escapeInvisible(line), screen.width));
  }
  return lines.join('\n');
}
