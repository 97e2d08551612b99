/** What every picture of a series needs: its range, fewer points than there are, and one character a point. */

import type { Block, Point } from '../lib/view.js';

export type Chart = Extract<Block, { kind: 'chart' }>;

/** More bars with a name each are no picture any more. */
const MAX_BARS = 40;

/** Whether every bar has a name, and there are few enough to be read. */
export const isBars = ({ style, series, labels }: Chart): boolean =>
  style === 'bar' &&
  labels !== undefined &&
  labels.length <= MAX_BARS &&
  series.every(({ points }) => points.length === labels.length);

/** The least and the greatest of the points that are numbers; undefined if none is. */
export function rangeOf(
  points: readonly Point[],
): { readonly low: number; readonly high: number } | undefined {
  const finite = points.filter(isNumber);
  if (finite.length === 0) return undefined;
  return {
    low: finite.reduce((least, point) => Math.min(least, point)),
    high: finite.reduce((most, point) => Math.max(most, point)),
  };
}

/**
 * The range of a small picture in a table: from zero, unless there is something below it. Rows are compared with each
 * other, and a validator that always earns the same must not look like one that earns nothing.
 * @param top of all pictures that are compared with this one
 */
export function sparkRange(points: readonly Point[], top = 0): ReturnType<typeof rangeOf> {
  const range = rangeOf(points);
  return range && { low: Math.min(0, range.low), high: Math.max(0, top, range.high) };
}

/** What a chart spans: from its least to its greatest point, and 0 as well where it is measured from there. */
export function chartRange({ series, from }: Chart): ReturnType<typeof rangeOf> {
  const points = series.flatMap((one) => one.points);
  return from === 'zero' ? sparkRange(points) : rangeOf(points);
}

export const isNumber = (point: Point | undefined): point is number =>
  typeof point === 'number' && Number.isFinite(point);

/** At most `limit` points: each the mean of its share, so that no spike is made and only its height is lost. */
export function sample(points: readonly Point[], limit: number): Point[] {
  if (points.length <= limit) return [...points];
  return Array.from({ length: limit }, (_, at) => {
    const share = points
      .slice(Math.floor((at * points.length) / limit), Math.floor(((at + 1) * points.length) / limit))
      .filter(isNumber);
    return share.length === 0 ? null : share.reduce((sum, point) => sum + point / share.length, 0);
  });
}

/**
 * Where a point is between `low` and `high`, from 0 to 1. A range of one value has it at its foot. Halves are compared
 * where the distance between the two is beyond what a double holds.
 */
export function fraction(point: number, low: number, high: number): number {
  if (!(high > low)) return 0;
  const span = high - low;
  return Number.isFinite(span) ? (point - low) / span : (point / 2 - low / 2) / (high / 2 - low / 2);
}

export const EIGHTHS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ASCII = ['_', '.', ':', '-', '=', '+', '*', '#'];

/** One character a point, from the lowest to the highest level; a space for a gap. */
export function sparkline(points: readonly Point[], low: number, high: number, unicode: boolean): string {
  const levels = unicode ? EIGHTHS : ASCII;
  return points
    .map((point) => (isNumber(point) ? levels[Math.round(fraction(point, low, high) * 7)]! : ' '))
    .join('');
}
