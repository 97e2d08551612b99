/** Charts as drawings inside the page: a picture with a title and a description, and its numbers in a table. */

import { escapeInvisible, oneLine } from '../../lib/shown.js';
import type { Point } from '../../lib/view.js';
import { compact } from '../number.js';
import { type Chart, chartRange, fraction, isBars, isNumber, rangeOf } from '../series.js';
import { isId, linePath, short, words } from './cells.js';
import { attributes, type Html, html, NOTHING } from './markup.js';
import { tableHtml } from './table.js';

const WIDTH = 760;
const HEIGHT = 270;
const TOP = 12;
const RIGHT = 16;
const BOTTOM = 30;
/** Of a character of the drawing's 12 pixel text, on the safe side. */
const CHARACTER = 7;
/** More points than pixels: each pixel shows its least and its greatest. */
const MAX_POINTS = 1_200;
/** More points are too close for a mark each. */
const MAX_DOTS = 60;
const COLOURS = 6;

/** @param number unique on the page, such as `2.1` */
export function chartHtml(chart: Chart, number: string): Html {
  const id = `c${number.replace('.', '-')}`;
  const unit = chart.unit === undefined ? NOTHING : html` <span class="muted">(${chart.unit})</span>`;
  const caption = html`<figcaption>${chart.title}${unit}</figcaption>`;
  const range = chartRange(chart);
  if (range === undefined) return html`<figure>${caption}<p class="muted">(no data)</p></figure>`;
  const drawing = isBars(chart) ? barDrawing(chart) : sequenceDrawing(chart, range);
  return html`<figure>${caption}${legendHtml(chart)}
<div class="chart" role="group" tabindex="0" aria-label="Chart"><svg viewBox="0 0 ${WIDTH} ${drawing.height}" role="img" aria-labelledby="${id}-title ${id}-text">
<title id="${id}-title">${chart.title}</title><desc id="${id}-text">${description(chart)}</desc>
${drawing.ink}</svg></div>
<details class="data"><summary>Numbers</summary>${numbersHtml(chart, `Numbers ${number}: ${oneLine(chart.title)}`)}</details></figure>`;
}

interface Drawing {
  readonly height: number;
  readonly ink: readonly Html[];
}

function description({ style, series, labels, unit }: Chart): string {
  const points = Math.max(...series.map(({ points: { length } }) => length));
  const ends = labels && labels.length > 1 ? `, ${labels[0]} to ${labels.at(-1)}` : '';
  const each = series.map((one) => {
    const range = rangeOf(one.points);
    if (range === undefined) return `${one.name}: no data`;
    return `${one.name}: from ${compact(range.low)} to ${compact(range.high)}, the last ${compact(one.points.findLast(isNumber)!)}`;
  });
  return `${style === 'bar' ? 'Bars' : 'Lines'} of ${points} values${ends}${unit === undefined ? '' : `, in ${unit}`}. ${each.join('; ')}.`;
}

const colour = (index: number): string => `c${index % COLOURS}`;
/** Lines are told apart by their dashes as well. */
const dashes = (index: number): string | false => index % COLOURS > 0 && `d${index % COLOURS}`;

function legendHtml({ series, style }: Chart): Html {
  if (series.length < 2) return NOTHING;
  const items = series.map(({ name }, index) => {
    const mark =
      style === 'bar'
        ? html`<rect class="bar" x="20" y="0" width="12" height="12"/>`
        : html`<path class="${words('line', dashes(index))!}" d="M0 6H32"/>`;
    return html`<li><svg class="${colour(index)}" viewBox="0 0 32 12" aria-hidden="true">${mark}</svg>${name}</li>`;
  });
  return html`<ul class="legend">${items}</ul>`;
}

/** Values along a sequence: lines, or columns from 0. */
function sequenceDrawing(
  chart: Chart,
  { low, high }: { readonly low: number; readonly high: number },
): Drawing {
  const bars = chart.style === 'bar';
  const ticks = ticksOf(bars ? Math.min(0, low) : low, bars ? Math.max(0, high) : high);
  const [bottom, top] = [ticks[0]!, ticks.at(-1)!];
  const left = Math.max(...ticks.map((tick) => compact(tick).length)) * CHARACTER + 14;
  const [right, floor] = [WIDTH - RIGHT, HEIGHT - BOTTOM];
  const y = (value: number) => floor - fraction(value, bottom, top) * (floor - TOP);
  const length = Math.max(...chart.series.map(({ points }) => points.length));
  // The middle of a point's share for columns, from edge to edge for lines.
  const share = (right - left) / length;
  const x = (at: number) =>
    bars
      ? left + share * (at + 0.5)
      : length < 2
        ? (left + right) / 2
        : left + (at / (length - 1)) * (right - left);
  const rules = ticks.map(
    (tick) =>
      html`<line class="${tick === 0 ? 'axis' : 'grid'}" x1="${left}" x2="${right}" y1="${short(y(tick))}" y2="${short(y(tick))}"/><text x="${left - 8}" y="${short(y(tick) + 4)}" text-anchor="end">${compact(tick)}</text>\n`,
  );
  const shapes = chart.series.map(({ points }, index) =>
    bars ? columnShapes(chart, points, index, x, y, share) : lineShape(chart, points, index, x, y),
  );
  return { height: HEIGHT, ink: [...rules, ...labelTexts(chart, length, x, floor + 20), ...shapes] };
}

function lineShape(
  chart: Chart,
  points: readonly Point[],
  index: number,
  x: (at: number) => number,
  y: (value: number) => number,
): Html {
  const kept = thinned(points);
  const path = linePath(
    kept.map(({ point }) => point),
    (at) => short(x(kept[at]!.at)),
    (value) => short(y(value)),
  );
  const dots =
    points.length > MAX_DOTS
      ? []
      : points.map((point, at) =>
          isNumber(point)
            ? html`<circle class="dot" cx="${short(x(at))}" cy="${short(y(point))}" r="3"><title>${pointText(chart, index, at)}</title></circle>`
            : NOTHING,
        );
  return html`<g class="${colour(index)}"><path class="${words('line', dashes(index))!}" d="${path}"/>${dots}</g>\n`;
}

function columnShapes(
  chart: Chart,
  points: readonly Point[],
  index: number,
  x: (at: number) => number,
  y: (value: number) => number,
  share: number,
): Html {
  const breadth = (share * 0.8) / chart.series.length;
  const shapes = points.map((point, at) => {
    if (!isNumber(point)) return NOTHING;
    const from = x(at) - share * 0.4 + index * breadth;
    return rect(
      from,
      Math.min(y(point), y(0)),
      breadth,
      Math.abs(y(point) - y(0)),
      pointText(chart, index, at),
    );
  });
  return html`<g class="${colour(index)}">${shapes}</g>\n`;
}

const rect = (x: number, y: number, width: number, height: number, text: string): Html =>
  html`<rect class="bar" x="${short(x)}" y="${short(y)}" width="${short(Math.max(0.5, width))}" height="${short(Math.max(0.5, height))}"><title>${text}</title></rect>`;

/** As many labels as have room, from the first one on; where only two are known, they stand at the ends. */
function labelTexts({ labels = [] }: Chart, length: number, x: (at: number) => number, y: number): Html[] {
  if (labels.length === 0) return [];
  const texts = labels.map((label) => cut(escapeInvisible(label)));
  const room = Math.floor((x(length - 1) - x(0)) / (longest(texts) * CHARACTER + 18));
  const shown = texts.length < length ? endsOf(texts, length) : everyNth(texts, length, room);
  return shown.map(([at, text]) => {
    // Under its point, but not beyond the picture's edges.
    const half = (text.length * CHARACTER) / 2;
    const middle = Math.max(half, Math.min(WIDTH - half, x(at)));
    return html`<text x="${short(middle)}" y="${y}" text-anchor="middle">${text}</text>\n`;
  });
}

const endsOf = (labels: readonly string[], length: number): [number, string][] => [
  ...new Map([
    [0, labels[0]!],
    [length - 1, labels.at(-1)!],
  ]),
];

function everyNth(labels: readonly string[], length: number, room: number): [number, string][] {
  const step = Math.max(1, Math.ceil((length - 1) / Math.max(1, room)));
  return labels
    .slice(0, length)
    .flatMap((label, at): [number, string][] => (at % step === 0 ? [[at, label]] : []));
}

const longest = (texts: readonly string[]): number =>
  Math.max(...texts.map((text) => escapeInvisible(text).length));

const ROW = 18;
/** An address and a little more; a longer name is whole in the table. */
const LONGEST_NAME = 52;

/** Bars with names, one below the other, with their numbers. */
function barDrawing(chart: Chart): Drawing {
  const { series, labels = [] } = chart;
  const range = rangeOf(series.flatMap(({ points }) => points))!;
  const [low, high] = [Math.min(0, range.low), Math.max(0, range.high)];
  const names = labels.map((label) => cut(escapeInvisible(label)));
  const numbers = longest(
    series.flatMap(({ points }) => points.map((point) => (isNumber(point) ? compact(point) : '–'))),
  );
  const left = longest(names) * CHARACTER + 12;
  const from = left + (low < 0 ? numbers * CHARACTER + 8 : 0);
  const to = WIDTH - numbers * CHARACTER - 10;
  const x = (value: number) => from + fraction(value, low, high) * (to - from);
  const group = ROW * series.length + 8;
  const ink = names.map((name, at) => {
    const top = at * group + 4;
    const bars = series.map(({ points }, index) => {
      const y = top + index * ROW;
      const point = points[at];
      const [start, end] = isNumber(point)
        ? [Math.min(x(0), x(point)), Math.max(x(0), x(point))]
        : [x(0), x(0)];
      const shape =
        isNumber(point) && point !== 0
          ? rect(start, y, end - start, ROW - 4, pointText(chart, index, at))
          : NOTHING;
      const behind = isNumber(point) && point < 0;
      const place = { x: short(behind ? start - 6 : end + 6), 'text-anchor': behind ? 'end' : undefined };
      return html`<g class="${colour(index)}">${shape}</g><text${attributes(place)} y="${y + 11}">${isNumber(point) ? compact(point) : '–'}</text>`;
    });
    const middle = top + (ROW * series.length) / 2 + 2;
    return html`<text class="${words('name', isId(name) && 'id')!}" x="${left - 10}" y="${middle}" text-anchor="end">${name}</text>${bars}\n`;
  });
  const height = names.length * group + 4;
  const axis = html`<line class="axis" x1="${short(x(0))}" x2="${short(x(0))}" y1="0" y2="${height}"/>\n`;
  return { height, ink: [...ink, axis] };
}

const cut = (text: string): string =>
  text.length > LONGEST_NAME ? `${[...text].slice(0, LONGEST_NAME - 1).join('')}…` : text;

/** A point in words: for the pointer that rests on it. */
function pointText({ series, labels, unit }: Chart, index: number, at: number): string {
  const { name, points } = series[index]!;
  const where = labels !== undefined && labels.length === points.length ? labels[at] : `${at + 1}`;
  const prefix = series.length > 1 ? `${name}, ` : '';
  return `${prefix}${where}: ${compact(points[at] as number)}${unit === undefined ? '' : ` ${unit}`}`;
}

/** All the numbers, unrounded. */
function numbersHtml({ series, labels = [] }: Chart, name: string): Html {
  const length = Math.max(...series.map(({ points }) => points.length));
  const label = (at: number) => {
    if (labels.length === length) return labels[at]!;
    const end = at === 0 ? labels[0] : at === length - 1 ? labels.at(-1) : undefined;
    return end === undefined ? String(at + 1) : `${at + 1} (${end})`;
  };
  return tableHtml(
    {
      kind: 'table',
      columns: [
        { header: 'point', sort: labels.length === length ? 'text' : 'number' },
        ...series.map(({ name }) => ({ header: name, align: 'right' as const })),
      ],
      rows: Array.from({ length }, (_, at) => [
        label(at),
        ...series.map(({ points }) => (isNumber(points[at]) ? String(points[at]) : '–')),
      ]),
    },
    name,
  );
}

/** At most two points a pixel: the least and the greatest of a share, in their order. No spike is lost. */
function thinned(points: readonly Point[]): { readonly at: number; readonly point: Point }[] {
  const all = points.map((point, at) => ({ at, point }));
  if (all.length <= MAX_POINTS) return all;
  const shares = MAX_POINTS / 2;
  return Array.from({ length: shares }, (_, share) => {
    const part = all.slice(
      Math.floor((share * all.length) / shares),
      Math.floor(((share + 1) * all.length) / shares),
    );
    const finite = part.filter(({ point }) => isNumber(point));
    if (finite.length === 0) return part.slice(0, 1);
    const value = ({ point }: { readonly point: Point }) => point as number;
    const least = finite.reduce((best, one) => (value(one) < value(best) ? one : best));
    const most = finite.reduce((best, one) => (value(one) > value(best) ? one : best));
    return least.at === most.at ? [least] : least.at < most.at ? [least, most] : [most, least];
  }).flat();
}

/**
 * Round numbers from below `low` to above `high`, 4 to 8 of them, in steps of 1, 2 or 5 times a power of ten. 0 is one
 * of them where it is near: a line that starts at 0 does not exaggerate.
 */
export function ticksOf(low: number, high: number): number[] {
  const [from, to] =
    low > 0 && low < high * 0.4 ? [0, high] : high < 0 && high > low * 0.4 ? [low, 0] : [low, high];
  const span = to - from;
  if (!(span > 0) || !Number.isFinite(span)) return span === 0 ? around(from) : [from, to];
  const rough = span / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough)!;
  const first = Math.floor(from / step + 1e-9);
  const last = Math.ceil(to / step - 1e-9);
  // Beyond what a double holds or tells apart, such as a tiny change of a huge number.
  const sound = [first, last].every((at) => Number.isSafeInteger(at) && Number.isFinite(at * step));
  if (!sound || step === 0) return [from, to];
  // Without the crumbs of binary fractions: 0.3, not 0.30000000000000004.
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  const clean = (tick: number) => (digits > 100 ? tick : Number(tick.toFixed(digits)));
  return Array.from({ length: last - first + 1 }, (_, at) => clean((first + at) * step));
}

/** One value in the middle between 0 and twice itself. */
function around(value: number): number[] {
  if (value === 0) return [0, 1];
  const double = Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, 2 * value));
  return value > 0 ? [0, value, double] : [double, value, 0];
}
