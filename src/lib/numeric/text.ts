/** Quoting of text that came from outside, for error messages. */

/**
 * The text in double quotes with everything but printable ASCII written as an escape, cut to `limit` characters as
 * printed: a message must not move the cursor, hide a look-alike letter, reverse its line or fill the screen.
 */
export function quote(text: string, limit = 40): string {
  let shown = '';
  for (const character of text.slice(0, limit + 1)) {
    const next = shown + escaped(character);
    if (next.length > limit) return `"${shown}..."`;
    shown = next;
  }
  return `"${shown}"`;
}

/** Escapes what moves a cursor, ends a line, hides or reorders text; other letters stay readable. */
export const escapeControls = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`);

/** The first `limit` characters in quotes, readable in any script: for names and paths, where {@link quote} is for numbers. */
export function quoteReadable(text: string, limit: number): string {
  const characters = [...text];
  const shown = characters.length > limit ? `${characters.slice(0, limit).join('')}…` : text;
  return `"${escapeControls(shown)}"`;
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
