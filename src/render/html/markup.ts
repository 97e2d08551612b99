/**
 * HTML that cannot be forgotten to be escaped: a template's values are text unless they are HTML already. Text is made
 * harmless first, so that a page shows controls and changes of direction as escapes, as a terminal does.
 */

import { escapeInvisible } from '../../lib/shown.js';

export class Html {
  constructor(readonly source: string) {}
}

type Value = Html | readonly Html[] | string | number;

/** html`<p>${text}</p>`: strings and numbers are escaped, {@link Html} is not. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(
    strings.reduce((source, part, at) => {
      const value = values[at];
      return source + part + (value === undefined ? '' : sourceOf(value));
    }, ''),
  );
}

export const NOTHING = new Html('');

/** ` name="value"` for every value that is defined. */
export const attributes = (values: Readonly<Record<string, string | number | undefined>>): Html =>
  new Html(
    Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => ` ${name}="${escaped(String(value))}"`)
      .join(''),
  );

/** Text of an element, or of an attribute between double quotes. */
const escaped = (text: string): string =>
  escapeInvisible(text).replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);

function sourceOf(value: Value): string {
  if (value instanceof Html) return value.source;
  if (typeof value === 'object') return value.map(({ source }) => source).join('');
  return escaped(String(value));
}
