/** Elements of the page: made from text, never from HTML. Nothing is stored, and no network is reached. */

import encodeQR from 'qr';
import { escapeInvisible } from '../../lib/shown.js';

export type Child = Node | string;
export type Tone = 'good' | 'warn' | 'bad' | 'muted';

export function make(tag: string, className: string, ...children: readonly Child[]): HTMLElement {
  const element = document.createElement(tag);
  if (className !== '') element.className = className;
  element.append(...children.map((child) => (child instanceof Node ? child : escapeInvisible(child))));
  return element;
}

export const part = (name: string): HTMLElement => document.getElementById(`pofbs-${name}`) as HTMLElement;
export const field = (name: string): HTMLInputElement => part(name) as HTMLInputElement;

const SIGNS: { readonly [Each in Tone]: readonly [sign: string, spoken: string] } = {
  good: ['✓', 'good: '],
  warn: ['!', 'attention: '],
  bad: ['✗', 'bad: '],
  muted: ['·', ''],
};

export function note(tone: Tone, ...content: readonly Child[]): HTMLElement {
  const [sign, spoken] = SIGNS[tone];
  const mark = make('span', `mark ${tone}-mark`, sign);
  mark.setAttribute('aria-hidden', 'true');
  return make('p', `note ${tone}`, mark, make('span', '', make('span', 'hidden', spoken), ...content));
}

export const strong = (text: string): HTMLElement => make('b', '', text);

export const list = (items: readonly Child[]): HTMLElement =>
  make('ul', 'list', ...items.map((item) => make('li', '', item)));

export const pairs = (rows: readonly (readonly [string, Child])[]): HTMLElement =>
  make(
    'dl',
    'pairs',
    ...rows.map(([key, value]) => make('div', '', make('dt', '', key), make('dd', '', value))),
  );

export const details = (title: string, content: Child): HTMLElement =>
  make('details', 'data', make('summary', '', title), content);

/** A long value with a button that copies it. @param what it is, for those who hear the page */
export function copied(text: string, what: string): HTMLElement {
  const value = make('span', 'id', text);
  const button = make('button', 'copy', 'Copy') as HTMLButtonElement;
  button.type = 'button';
  button.setAttribute('aria-label', `Copy ${what}`);
  button.addEventListener('click', async () => {
    button.textContent = (await copy(text, value)) ? 'Copied' : 'Selected: copy it with the keyboard';
  });
  return make('span', 'copyable', value, ' ', button);
}

/** A browser may refuse a page from a disk: then the text is selected at least. */
async function copy(text: string, shown: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection()?.selectAllChildren(shown);
    return document.execCommand('copy');
  }
}

const SVG = 'http://www.w3.org/2000/svg';

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** A QR code of an ASCII text, dark on light whatever the page's colours are: cameras expect that. */
export function qrCode(text: string, title: string): SVGElement {
  const modules = encodeQR(text, 'raw', { ecc: 'medium', border: 4, textEncoder: ascii });
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', `0 0 ${modules.length} ${modules.length}`);
  svg.setAttribute('class', 'qr');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', title);
  const ground = document.createElementNS(SVG, 'rect');
  ground.setAttribute('width', '100%');
  ground.setAttribute('height', '100%');
  ground.setAttribute('fill', '#fff');
  const path = document.createElementNS(SVG, 'path');
  const dark = modules.flatMap((row, y) => row.flatMap((on, x) => (on ? [`M${x} ${y}h1v1h-1z`] : [])));
  path.setAttribute('d', dark.join(''));
  path.setAttribute('fill', '#000');
  svg.append(ground, path);
  return svg;
}

const STYLE = `
  .field { display: grid; gap: 0.3rem; max-width: 46rem } .field input { width: 100% }
  #pofbs-form button { padding: 0.45rem 1.6rem; font-weight: 650 } #pofbs-own section { margin-top: 0.75rem }
  #pofbs-state, #pofbs-answer { gap: 0.75rem } #pofbs-answer:focus { outline: none }
  #pofbs-answer h3 { margin-bottom: 0.3rem } .copy { padding: 0 0.5rem; font-size: 0.8rem }
  .qr { width: 11rem; height: 11rem; display: block; margin-top: 0.5rem }`;

/** The policy of the page allows its own style sheet and no style element; a sheet that a script makes is neither. */
export function addStyle(): void {
  if (!('adoptedStyleSheets' in document)) return;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  document.adoptedStyleSheets.push(sheet);
}
