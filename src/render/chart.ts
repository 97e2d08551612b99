/** Series of numbers as small pictures of text. */

import { escapeInvisible } from '../lib/shown.js';
import { barRows } from './bars.js';
import { compact } from './number.js';
import { type Chart, chartRange, EIGHTHS, fraction, isBars, isNumber, sample, sparkline } from './series.js';
import { columns, padEnd, padStart } from './text.js';
import type { Theme } from './theme.js';

const HEIGHT = 6;
/** A chart in a file is as wide as one on an ordinary terminal. */
const PLAIN_WIDTH = 80;
/** On a wider terminal, a line that the eye can still follow. */
const MAX_WIDTH = 120;
/**
 * Bars with names: one below the other. One series: columns with an axis. Several: one sparkline each, on a common
 * scale.
 */
export function renderChart(chart: Chart, theme: Theme, width: number, unicode: boolean): string {
  const unit = chart.unit === undefined ? '' : ` (${escapeInvisible(chart.unit)})`;
  const title = theme.tone('strong', escapeInvisible(chart.title) + unit);
  const range = chartRange(chart);
  if (range === undefined) return `${title}\n${theme.label('(no data)')}`;
  const room = Number.isFinite(width) ? Math.min(width, MAX_WIDTH) : PLAIN_WIDTH;
  const lines = isBars(chart)
    ? barRows(chart, theme, room, unicode)
    : chart.series.length === 1
      ? columnRows(chart, range, room, theme, unicode)
      : sparkRows(chart, range, room, theme, unicode);
  return [title, ...lines].join('\n');
}

interface Range {
  readonly low: number;
  readonly high: number;
}

function sparkRows(
  chart: Chart,
  { low, high }: Range,
  room: number,
  theme: Theme,
  unicode: boolean,
): string[] {
  const names = Math.max(...chart.series.map(({ name }) => columns(escapeInvisible(name))));
  const lasts = chart.series.map(({ points }) => points.findLast(isNumber));
  const numbers = Math.max(...lasts.map((last) => (last === undefined ? 0 : compact(last).length)));
  const limit = Math.max(10, room - names - numbers - 4);
  const rows = chart.series.map((series, index) => {
    const spark = sparkline(sample(series.points, limit), low, high, unicode);
    const last = lasts[index] === undefined ? '' : padStart(compact(lasts[index]), numbers);
    return `${padEnd(escapeInvisible(series.name), names)}  ${theme.series(index, spark)}  ${last}`.trimEnd();
  });
  const ends = chart.labels && chart.labels.length > 1 ? `${endsOf(chart.labels).join(' to ')}, ` : '';
  return [...rows, theme.label(`${ends}${compact(low)} to ${compact(high)}`)];
}

/** Columns from a baseline: the lowest point; 0 where points are on both sides of it, and for bars. */
function columnRows(chart: Chart, range: Range, room: number, theme: Theme, unicode: boolean): string[] {
  const { up, down, eighths, labels } = scaleOf(chart, range);
  const axis = Math.max(...[...labels.values()].map((label) => label.length));
  const available = Math.max(10, room - axis - 2);
  const points = sample(chart.series[0]!.points, available);
  // Few points get broader columns, so that a chart of ten eras is no thumbnail.
  const breadth = Math.max(1, Math.min(3, Math.floor(available / points.length)));
  const lines: string[] = [];
  for (let row = up - 1; row >= -down; row -= 1) {
    const ink = points.map((point) =>
      (isNumber(point) ? inkOf(eighths(point), row, unicode) : ' ').repeat(breadth),
    );
    const label = theme.label(padStart(labels.get(row) ?? '', axis));
    lines.push(`${label} ${unicode ? '┤' : '|'}${theme.series(0, ink.join('').trimEnd())}`);
  }
  if (chart.labels !== undefined && chart.labels.length > 1) {
    const [first, last] = endsOf(chart.labels);
    const gap = points.length * breadth - columns(first) - columns(last);
    const ends = gap < 1 ? `${first} to ${last}` : first + ' '.repeat(gap) + last;
    lines.push(theme.label(' '.repeat(axis + 2) + ends));
  }
  return lines;
}

interface Scale {
  /** Rows above and below the baseline. */
  readonly up: number;
  readonly down: number;
  /** The height of a point's column in eighths of a row; negative below the baseline. */
  readonly eighths: (point: number) => number;
  /** By row; row 0 stands on the baseline. */
  readonly labels: ReadonlyMap<number, string>;
}

function scaleOf({ style }: Chart, { low, high }: Range): Scale {
  if (low >= 0 || (high <= 0 && style !== 'bar')) {
    const base = style === 'bar' ? 0 : low;
    return {
      up: HEIGHT,
      down: 0,
      // The lowest point still shows an eighth, so that it can be told from a gap.
      eighths: (point) => Math.max(1, Math.round(fraction(point, base, high) * HEIGHT * 8)),
      labels: new Map([
        [0, compact(base)],
        [HEIGHT - 1, compact(high)],
      ]),
    };
  }
  const top = Math.max(0, high);
  const below =
    top === 0 ? HEIGHT : Math.min(HEIGHT - 1, Math.max(1, Math.round(fraction(0, low, top) * HEIGHT)));
  const row = Math.max(-low / below, top === 0 ? 0 : top / (HEIGHT - below));
  // There is no character for the upper eighths of a cell, only for its upper half.
  const eighths = (point: number) =>
    point < 0 ? -Math.max(4, 4 * Math.round((-point / row) * 2)) : Math.max(1, Math.round((point / row) * 8));
  const up = top === 0 ? 0 : Math.ceil(eighths(top) / 8);
  const down = Math.ceil(-eighths(low) / 8);
  return {
    up,
    down,
    eighths,
    labels: new Map([
      [up === 0 ? -1 : 0, '0'],
      ...(up === 0 ? [] : ([[up - 1, compact(high)]] as const)),
      [-down, compact(low)],
    ]),
  };
}

function inkOf(eighths: number, row: number, unicode: boolean): string {
  if (row >= 0) {
    const filled = eighths - row * 8;
    if (filled <= 0) return ' ';
    return unicode ? EIGHTHS[Math.min(filled, 8) - 1]! : filled >= 4 ? '#' : '.';
  }
  const filled = -eighths - (-row - 1) * 8;
  if (filled <= 0) return ' ';
  return filled >= 8 ? (unicode ? '█' : '#') : unicode ? '▀' : "'";
}

const endsOf = (labels: readonly string[]): [string, string] => [
  escapeInvisible(labels[0]!),
  escapeInvisible(labels.at(-1)!),
];
