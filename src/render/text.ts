/** Text on a terminal: made harmless, measured, wrapped. */

/**
 * Text that may come from a chain (remarks, identities, asset names) on one line, with everything that could move the
 * cursor, hide, reorder or imitate lines shown as an escape instead of done.
 */

const WIDE =
  /^[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1F64F}\u{1F680}-\u{1FAFF}\u{20000}-\u{3FFFD}]/u;

/** Columns that a harmless text takes: two for East Asian wide characters and pictures, none for combining marks. */
export function columns(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let total = 0;
  for (const char of text) {
    if (!/\p{Mn}|\p{Me}/u.test(char)) total += WIDE.test(char) ? 2 : 1;
  }
  return total;
}

export const padEnd = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - columns(text)));
export const padStart = (text: string, width: number): string =>
  ' '.repeat(Math.max(0, width - columns(text))) + text;

/** Lines of at most `width` columns, broken at spaces. A longer word (an address, a hash) keeps a line to itself. */
export function wrap(text: string, width: number): string[] {
  if (columns(text) <= width) return [text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && columns(line) + 1 + columns(word) > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines;
}

/** `text` wrapped to `width`, its first line after `first`, the others indented as far. */
export function hanging(first: string, text: string, width: number, tint = (line: string) => line): string {
  const indent = columns(first);
  return wrap(text, Math.max(10, width - indent))
    .map((line, index) => `${index === 0 ? first : ' '.repeat(indent)}${tint(line)}`)
    .join('\n');
}
