/** What a cell says, as text on one line. */

import { escapeInvisible } from '../lib/shown.js';
import type { Cell, Tone } from '../lib/view.js';
import { sample, sparkline, sparkRange } from './series.js';

/** A picture in a table is at most this wide: it must leave room for the numbers. */
const SPARK_WIDTH = 24;

/**
 * The cell's text made harmless; a series as one character a point, then its text.
 * @param clean how foreign text is made harmless
 */
export function cellText(cell: Cell | undefined, unicode: boolean, clean = escapeInvisible): string {
  if (cell === undefined) return '';
  if (typeof cell === 'string') return clean(cell);
  if (!('spark' in cell)) return clean(cell.text);
  const range = sparkRange(cell.spark, cell.high);
  const nothing = unicode ? '–' : '-';
  const picture =
    range === undefined
      ? nothing
      : sparkline(sample(cell.spark, SPARK_WIDTH), range.low, range.high, unicode)
          // A picture is one word: its gaps are no place for a line to end.
          .replaceAll(' ', unicode ? '\u00a0' : ' ');
  return cell.text === undefined ? picture : `${picture} ${clean(cell.text)}`;
}

export const cellTone = (cell: Cell | undefined): Tone | undefined =>
  cell === undefined || typeof cell === 'string' || 'spark' in cell ? undefined : cell.tone;
