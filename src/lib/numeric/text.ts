/** Quoting of text that came from outside, for error messages. */

import { escapeInvisible, NOT_SHOWN, repeatable } from '../shown.js';

/**
 * The text in double quotes with everything but printable ASCII written as an escape, cut to `limit` characters as
 * printed: a message must not move the cursor, hide a look-alike letter, reverse its line or fill the screen.
 */
export function quote(given: string, limit = 40): string {
  const text = repeatable(given);
  if (text === NOT_SHOWN) return text;
  let shown = '';
  for (const character of text.slice(0, limit + 1)) {
    const next = shown + escaped(character);
    if (next.length > limit) return `"${shown}..."`;
    shown = next;
  }
  return `"${shown}"`;
}

/** The first `limit` characters in quotes, readable in any script: for names and paths, where {@link quote} is for numbers. */
export function quoteReadable(given: string, limit: number): string {
  const text = repeatable(given);
  if (text === NOT_SHOWN) return text;
  const characters = [...text];
  const shown = characters.length > limit ? `${characters.slice(0, limit).join('')}…` : text;
  return `"${escapeInvisible(shown)}"`;
}

function escaped(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`;
  const code = character.codePointAt(0)!;
  return code >= 0x20 && code <= 0x7e ? character : `\\u{${code.toString(16)}}`;
}

/**
 * Without the ASCII white space at both ends. Unlike `trim` it leaves exotic spaces in place, to be refused; a loop and
 * not a regular expression, which would take quadratic time on a long run of blanks.
 */
export function trimAscii(text: string): string {
  const isBlank = (at: number) => ' \t\r\n'.includes(text.charAt(at));
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(start)) start++;
  while (end > start && isBlank(end - 1)) end--;
  return text.slice(start, end);
}

/** Lower case of ASCII letters only: `toLowerCase` would make the Kelvin sign a k and accept it in "KSM". */
export const lowerAscii = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
