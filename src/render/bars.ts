/** Bars with names, one below the other, measured from 0. */

import { escapeInvisible } from '../lib/shown.js';
import type { Point } from '../lib/view.js';
import { compact } from './number.js';
import { type Chart, fraction, isNumber, rangeOf } from './series.js';
import { columns, padEnd, padStart } from './text.js';
import type { Theme } from './theme.js';

const EIGHTHS = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
/** Series beside one another are told apart without colour. */
const FILLS = ['█', '▓', '▒', '░'];
const ASCII_FILLS = ['#', '=', '+', '-'];
/** A bar that is shorter shows nothing; then the name gets a line of its own. */
const LEAST = 10;

/** One line a bar: name, number, bar. Several series: a group of bars a name, with a legend. */
export function barRows(
  { series, labels = [] }: Chart,
  theme: Theme,
  room: number,
  unicode: boolean,
): string[] {
  const range = rangeOf(series.flatMap(({ points }) => points));
  if (range === undefined) return [];
  const low = Math.min(0, range.low);
  const high = Math.max(0, range.high);
  const names = labels.map(escapeInvisible);
  const show = (point: Point | undefined) => (isNumber(point) ? compact(point) : unicode ? '–' : '-');
  const numbers = Math.max(...series.flatMap(({ points }) => points.map((point) => show(point).length)));
  const widest = Math.max(...names.map(columns));
  const beside = room - widest - numbers - 4 >= LEAST;
  const indent = beside ? widest + 2 : 2;
  const bar = barOf(low, high, Math.max(LEAST, room - indent - numbers - 2), unicode);
  const rows = names.flatMap((name, at) => {
    const bars = series.map(({ points }, index) => {
      const text = `${padStart(show(points[at]), numbers)}  ${theme.series(index, bar(points[at], index))}`;
      return `${beside && index === 0 ? padEnd(name, indent) : ' '.repeat(indent)}${text}`.trimEnd();
    });
    return beside ? bars : [name, ...bars];
  });
  if (series.length === 1) return rows;
  const legend = series.map(
    ({ name }, index) => `${theme.series(index, fillOf(index, unicode))} ${escapeInvisible(name)}`,
  );
  return [...rows, legend.join('   ')];
}

const fillOf = (index: number, unicode: boolean): string =>
  (unicode ? FILLS : ASCII_FILLS)[index % FILLS.length]!;

/** Draws a bar of `room` columns; with values below 0 an axis stands between the two sides. */
function barOf(low: number, high: number, room: number, unicode: boolean) {
  const signed = low < 0;
  const cells = signed ? room - 1 : room;
  const left = signed
    ? Math.min(high > 0 ? cells - 1 : cells, Math.max(1, Math.round(fraction(0, low, high) * cells)))
    : 0;
  // The sides share the room as the values share the range: one scale.
  const size = (point: number) =>
    point < 0 ? (point / low) * left : high === 0 ? 0 : (point / high) * (cells - left);
  return (point: Point | undefined, index: number): string => {
    const negative = isNumber(point) && point < 0;
    // What is not nothing leaves at least a trace.
    const eighths = !isNumber(point) || point === 0 ? 0 : Math.max(1, Math.round(size(point) * 8));
    const fill = fillOf(index, unicode);
    const ink =
      unicode && index === 0 && !negative
        ? fill.repeat(eighths >> 3) + (EIGHTHS[(eighths & 7) - 1] ?? '')
        : fill.repeat(eighths === 0 ? 0 : Math.max(1, Math.round(eighths / 8)));
    if (!signed) return ink;
    return `${padStart(negative ? ink : '', left)}${unicode ? '│' : '|'}${negative ? '' : ink}`;
  };
}
