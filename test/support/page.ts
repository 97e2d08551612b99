/** Pages in tests: opened with their script running, and looked over for what no page may have or lack. */

import { createHash } from 'node:crypto';
import { JSDOM, type PageDocument, type PageElement, type PageWindow, VirtualConsole } from 'jsdom';

export type { PageDocument, PageElement } from 'jsdom';

export interface OpenPage {
  readonly window: PageWindow;
  readonly document: PageDocument;
  /** What its scripts threw. */
  readonly errors: readonly string[];
  /** The texts of a table's body as they are shown: rows that a filter hides are not. */
  rows(table?: number): string[][];
  /** Presses the sort button of a column. */
  sort(header: string, table?: number): void;
  filter(text: string, table?: number): void;
}

/** Opens a page as a browser does, its scripts running; nothing is loaded. */
export function openPage(html: string): OpenPage {
  const errors: string[] = [];
  const virtualConsole = new VirtualConsole().on('jsdomError', ({ message }) => errors.push(message));
  const { window } = new JSDOM(html, { runScripts: 'dangerously', virtualConsole });
  const { document } = window;
  const table = (at: number): PageElement => {
    const found = [...document.querySelectorAll('table')][at];
    if (found === undefined) throw new Error(`There is no table ${at} on the page.`);
    return found;
  };
  return {
    window,
    document,
    errors,
    rows: (at = 0) =>
      [...table(at).querySelectorAll('tbody tr')]
        .filter((row) => !row.hidden)
        .map((row) => [...row.children].map((cell) => cell.textContent ?? '')),
    sort: (header, at = 0) => {
      const button = [...table(at).querySelectorAll('thead button')].find(
        ({ textContent }) => textContent === header,
      );
      if (button === undefined) throw new Error(`No column "${header}" can be sorted.`);
      button.click();
    },
    filter: (text, at = 0) => {
      const input = table(at).closest('.table')?.querySelector('input[type=search]');
      if (!input) throw new Error('The table has no filter.');
      input.value = text;
      input.dispatchEvent(new window.Event('input', { bubbles: true }));
    },
  };
}

const ELEMENTS = new Set(
  `html head meta title link style script body a header h1 h2 p nav details summary ul li main section div span
  dl dt dd b table thead tbody tfoot tr th td figure figcaption pre code footer time
  svg path circle rect line text g desc`.split(/\s+/),
);
/** What a command's own part of a page may have besides. */
const CONTROLS = new Set(
  'form label input textarea select option button output h3 ol em strong progress'.split(' '),
);

/**
 * What is wrong with a page: parts that load something or escape the policy, unknown elements, broken references,
 * nameless controls. Empty for a good page. The page's script is not run.
 */
export function pageProblems(html: string): string[] {
  const problems: string[] = [];
  const { document } = new JSDOM(html).window;
  const all = [...document.querySelectorAll('*')];
  const say = (element: PageElement, what: string) =>
    problems.push(`<${element.tagName.toLowerCase()}> ${what}`);

  const policy =
    document.head.querySelector('meta[http-equiv="Content-Security-Policy"]')?.getAttribute('content') ?? '';
  if (!policy.startsWith("default-src 'none';") || policy.includes('unsafe'))
    problems.push(`policy: ${policy}`);
  const ids = all.flatMap((element) => element.getAttribute('id') ?? []);
  if (new Set(ids).size !== ids.length) problems.push('an id is there twice');

  for (const element of all) {
    const tag = element.tagName.toLowerCase();
    if (!ELEMENTS.has(tag) && !CONTROLS.has(tag)) say(element, 'is not known');
    for (const { name, value } of element.attributes) {
      if (/^on|^style$|^src|^srcdoc$|^action$|^formaction$|^xlink/.test(name)) say(element, `has ${name}`);
      if (name === 'href' && value !== 'data:,' && !(value.startsWith('#') && ids.includes(value.slice(1))))
        say(element, `refers to ${value}`);
      if (/^(aria-labelledby|for)$/.test(name) && !value.split(' ').every((id) => ids.includes(id)))
        say(element, `${name} names nothing: ${value}`);
      if (/^(d|c?[xyr]|[xy][12]|width|height|viewBox)$/.test(name) && /NaN|Infinity|undefined/.test(value))
        say(element, `${name} is ${value}`);
      if (INVISIBLE.test(value)) say(element, `${name} has a control character`);
    }
    const inline = tag === 'style' || (tag === 'script' && element.getAttribute('type') === null);
    if (inline && !policy.includes(`'sha256-${sha256(element.textContent ?? '')}'`))
      say(element, 'is not in the policy');
    if (tag === 'script' && !inline && element.getAttribute('type') !== 'application/json')
      say(element, 'has a type');
    if (tag === 'svg' && element.getAttribute('aria-hidden') !== 'true' && !named(element))
      say(element, 'has no name');
    if (tag === 'th' && !element.hasAttribute('scope')) say(element, 'has no scope');
    if (tag === 'th' && element.textContent?.trim() === '') say(element, 'is an empty header');
    if (tag === 'table' && !named(element.closest('[role=region]'))) say(element, 'has no name');
    if (/^(input|textarea|select)$/.test(tag) && !labelled(document, element)) say(element, 'has no label');
    if (tag === 'button' && element.textContent?.trim() === '') say(element, 'has no name');
  }
  const regions = [...document.querySelectorAll('[role=region]')].map((region) =>
    region.getAttribute('aria-label'),
  );
  if (new Set(regions).size !== regions.length) problems.push('two regions have one name');
  const text = document.body.textContent ?? '';
  if (INVISIBLE.test(text.replaceAll('\n', ''))) problems.push('a control character is shown');
  for (const [selector, count] of [
    ['html[lang=en]', 1],
    ['meta[charset=utf-8]', 1],
    ['meta[name=viewport]', 1],
    ['h1', 1],
    ['main#content', 1],
    ['body > header', 1],
    ['body > footer', 1],
    ['a.skip[href="#content"]', 1],
  ] as const) {
    const found = [...document.querySelectorAll(selector)].length;
    if (found !== count) problems.push(`${selector} is there ${found} times`);
  }
  if (document.title.trim() === '') problems.push('the page has no title');
  return problems;
}

/** What steers, hides or reorders text instead of showing. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64');

const named = (element: PageElement | null): boolean =>
  element !== null &&
  (element.hasAttribute('aria-labelledby') || (element.getAttribute('aria-label') ?? '') !== '');

const labelled = (document: PageDocument, element: PageElement): boolean =>
  named(element) ||
  element.closest('label') !== null ||
  [...document.querySelectorAll('label')].some(
    (label) => label.getAttribute('for') !== null && label.getAttribute('for') === element.getAttribute('id'),
  );
