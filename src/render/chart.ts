/** Series of numbers as small pictures of text. */

import type { Block } from '../lib/view.js';
import { columns, harmless, padEnd, padStart } from './text.js';
import type { Theme } from './theme.js';

type Chart = Extract<Block, { kind: 'chart' }>;

const EIGHTHS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ASCII = ['_', '.', ':', '-', '=', '+', '*', '#'];
const HEIGHT = 6;
/** A chart in a file is as wide as one on an ordinary terminal. */
const PLAIN_WIDTH = 80;

/** One series: columns with an axis. Several: one sparkline each, on a common scale. */
export function renderChart(chart: Chart, theme: Theme, width: number, unicode: boolean): string {
  const finite = chart.series.flatMap(({ points }) => points.filter(Number.isFinite));
  const unit = chart.unit === undefined ? '' : ` (${harmless(chart.unit)})`;
  const title = theme.tone('strong', harmless(chart.title) + unit);
  if (finite.length === 0) return `${title}\n${theme.label('(no data)')}`;
  const low = finite.reduce((least, point) => Math.min(least, point));
  const high = finite.reduce((most, point) => Math.max(most, point));
  const room = Math.min(width, PLAIN_WIDTH);
  const body =
    chart.series.length === 1
      ? bars(chart, low, high, room, theme, unicode)
      : chart.series.map((series, index) => {
          const names = Math.max(...chart.series.map(({ name }) => columns(harmless(name))));
          const last = series.points.findLast(Number.isFinite);
          const points = sample(series.points, Math.max(10, room - names - 14));
          const spark = points.map((point) => level(point, low, high, unicode)).join('');
          return `${padEnd(harmless(series.name), names)}  ${theme.series(index, spark)}  ${last === undefined ? '' : number(last)}`;
        });
  const range = chart.series.length === 1 ? [] : [theme.label(`${number(low)} to ${number(high)}`)];
  return [title, ...body, ...range].join('\n');
}

function bars(
  chart: Chart,
  low: number,
  high: number,
  room: number,
  theme: Theme,
  unicode: boolean,
): string[] {
  const axis = Math.max(columns(number(low)), columns(number(high)));
  const points = sample(chart.series[0]!.points, Math.max(10, room - axis - 2));
  const span = high - low || 1;
  const lines: string[] = [];
  for (let row = HEIGHT - 1; row >= 0; row -= 1) {
    const label = row === HEIGHT - 1 ? number(high) : row === 0 ? number(low) : '';
    const line = points.map((point) => {
      if (!Number.isFinite(point)) return ' ';
      // The lowest point still shows an eighth, so that it can be told from a gap.
      const filled = Math.max(1, Math.round(((point - low) / span) * HEIGHT * 8)) - row * 8;
      if (filled <= 0) return ' ';
      return unicode ? EIGHTHS[Math.min(filled, 8) - 1]! : filled >= 4 ? '#' : '.';
    });
    lines.push(
      `${theme.label(padStart(label, axis))} ${unicode ? '┤' : '|'}${theme.series(0, line.join('').trimEnd())}`,
    );
  }
  const first = chart.labels?.[0];
  const last = chart.labels?.at(-1);
  if (first !== undefined && last !== undefined && chart.labels!.length > 1) {
    const gap = points.length - columns(harmless(first)) - columns(harmless(last));
    const ends =
      gap < 1 ? `${harmless(first)} … ${harmless(last)}` : harmless(first) + ' '.repeat(gap) + harmless(last);
    lines.push(theme.label(' '.repeat(axis + 2) + ends));
  }
  return lines;
}

const level = (point: number, low: number, high: number, unicode: boolean): string =>
  Number.isFinite(point)
    ? (unicode ? EIGHTHS : ASCII)[Math.round(((point - low) / (high - low || 1)) * 7)]!
    : ' ';

/** At most `limit` points: each the mean of its share, so that no spike is made and only its height is lost. */
function sample(points: readonly number[], limit: number): number[] {
  if (points.length <= limit) return [...points];
  return Array.from({ length: limit }, (_, at) => {
    const share = points
      .slice(Math.floor((at * points.length) / limit), Math.floor(((at + 1) * points.length) / limit))
      .filter(Number.isFinite);
    return share.length === 0 ? Number.NaN : share.reduce((sum, point) => sum + point / share.length, 0);
  });
}

/** Four significant digits: a chart shows shapes, the table beside it numbers. */
const number = (value: number): string => String(Number(value.toPrecision(4)));
