/** What all kinds of blocks are made of: text with a meaning, addresses, small pictures. */

import { escapeInvisible, oneLine } from '../../lib/shown.js';
import type { Cell, Point, Tone } from '../../lib/view.js';
import { compact } from '../number.js';
import { fraction, isNumber, sparkRange } from '../series.js';
import { attributes, type Html, html, NOTHING } from './markup.js';

/** Addresses, hashes and hexadecimal data: read letter by letter. */
const ID = /^(0x[0-9a-fA-F]{8,}|[1-9A-HJ-NP-Za-km-z]{46,50}|[0-9a-f]{32,})$/;

export const isId = (text: string): boolean => ID.test(text);

export const words = (...names: readonly (string | false | undefined)[]): string | undefined =>
  names.filter(Boolean).join(' ') || undefined;

/** A cell inside a line: the tone is a class, and a mark that the style sheet adds. */
export function inline(cell: Cell): Html {
  const content = contentOf(cell, oneLine);
  const name = words(toneOf(cell), isId(plainText(cell)) && 'id');
  return name === undefined ? content : html`<span${attributes({ class: name })}>${content}</span>`;
}

/** A cell's text or picture, without its tone. */
export function contentOf(cell: Cell, clean = escapeInvisible): Html {
  if (typeof cell === 'string') return html`${clean(cell)}`;
  if (!('spark' in cell)) return html`${clean(cell.text)}`;
  const text = cell.text === undefined ? NOTHING : html`${clean(cell.text)}`;
  return html`${sparkSvg(cell.spark, cell.high)}${text}`;
}

export const toneOf = (cell: Cell): Tone | undefined =>
  typeof cell === 'string' || 'spark' in cell ? undefined : cell.tone;

export const plainText = (cell: Cell): string => (typeof cell === 'string' ? cell : (cell.text ?? ''));

const WIDTH = 104;
const HEIGHT = 18;

function sparkSvg(points: readonly Point[], top?: number): Html {
  const range = sparkRange(points, top);
  if (range === undefined) return html`<span class="muted">–</span> `;
  const { low, high } = range;
  const x = (at: number) =>
    short(points.length < 2 ? WIDTH / 2 : 2 + (at / (points.length - 1)) * (WIDTH - 4));
  const y = (point: number) =>
    short(high > low ? HEIGHT - 2 - fraction(point, low, high) * (HEIGHT - 4) : HEIGHT / 2);
  const last = points.findLastIndex(isNumber);
  const numbers = points.filter(isNumber);
  const label = `${numbers.length} values from ${compact(Math.min(...numbers))} to ${compact(Math.max(...numbers))}, the last ${compact(numbers.at(-1)!)}`;
  return html`<svg class="spark c0" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img"${attributes({ 'aria-label': label })}><path d="${linePath(points, x, y)}"/><circle class="dot" cx="${x(last)}" cy="${y(points[last] as number)}" r="2"/></svg>`;
}

/** Straight lines between neighbours; a gap begins a new line, and a point alone is a dot of the line's breadth. */
export function linePath(
  points: readonly Point[],
  x: (at: number) => number | string,
  y: (point: number) => number | string,
): string {
  let path = '';
  points.forEach((point, at) => {
    if (!isNumber(point)) return;
    const joined = isNumber(points[at - 1]);
    path += `${joined ? 'L' : 'M'}${x(at)} ${y(point)}`;
    if (!joined && !isNumber(points[at + 1])) path += 'h0';
  });
  return path;
}

/** A coordinate with one digit after the point: finer than any screen. */
export const short = (value: number): string => String(Number(value.toFixed(1)));
