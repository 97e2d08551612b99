/** Tables: aligned columns where they fit, one record below the other where they do not. Nothing is ever cut. */

import { createRequire } from 'node:module';
import type { Table as CliTable, TableConstructorOptions } from 'cli-table3';
import { escapeInvisible } from '../lib/shown.js';
import type { Block, Cell, Column } from '../lib/view.js';
import { cellText, cellTone } from './cell.js';
import { hanging, padEnd } from './text.js';
import type { Theme } from './theme.js';

type TableBlock = Extract<Block, { kind: 'table' }>;

/** Spaces between two columns. */
const GAP = 2;
/** No border at all: lines that mean nothing cost room and do not paste. */
const BARE = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};

export function renderTable(block: TableBlock, theme: Theme, width: number, unicode: boolean): string {
  const { columns } = block;
  const rows = [...block.rows, ...(block.footer === undefined ? [] : [block.footer])];
  if (rows.length === 0 || columns.length === 0) return theme.label('(none)');
  const texts = rows.map((row) => columns.map((_, at) => cellText(row[at], unicode)));
  const natural = columns.map((column, at) =>
    Math.max(measure(escapeInvisible(column.header)), ...texts.map((row) => measure(row[at]!))),
  );
  const widths = fittingWidths(natural, texts, columns, width);
  if (widths === undefined) return records(block, theme, width, unicode);
  const gap = (at: number) => (at === columns.length - 1 ? 0 : GAP);
  const table = newTable({
    chars: BARE,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colWidths: widths.map((columnWidth, at) => columnWidth + gap(at)),
    wordWrap: true,
  });
  const rule = widths.map((columnWidth) => theme.label((unicode ? '─' : '-').repeat(columnWidth)));
  table.push(
    columns.map((column, at) => theme.label(align(escapeInvisible(column.header), column, widths[at]!))),
    rule,
  );
  for (const row of block.rows)
    table.push(columns.map((column, at) => drawn(row[at], column, widths[at]!, theme, unicode)));
  if (block.footer !== undefined) {
    table.push(
      rule,
      columns.map((column, at) =>
        theme.tone('strong', drawn(block.footer![at], column, widths[at]!, theme, unicode)),
      ),
    );
  }
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** cli-table3 is loaded by the first table that is drawn. */
function newTable(options: TableConstructorOptions): CliTable {
  const Table = createRequire(import.meta.url)('cli-table3') as new (
    options: TableConstructorOptions,
  ) => CliTable;
  return new Table(options);
}

function drawn(
  cell: Cell | undefined,
  column: Column,
  width: number,
  theme: Theme,
  unicode: boolean,
): string {
  return tinted(cell, align(cellText(cell, unicode), column, width), theme);
}

function tinted(cell: Cell | undefined, text: string, theme: Theme): string {
  const tone = cellTone(cell);
  return tone === undefined ? text : theme.tone(tone, text);
}

/** Padding to the left only: cli-table3 adds the other. */
const align = (text: string, column: Column, width: number): string =>
  column.align === 'right' ? ' '.repeat(Math.max(0, width - measure(text))) + text : text;

/**
 * Columns that a text takes at most. Terminals, and the libraries that measure for them, disagree about pictures; a
 * column that is too wide costs a space, one that is too narrow cuts the text.
 */
const measure = (text: string): number =>
  /^\p{ASCII}*$/u.test(text)
    ? text.length
    : [...text].reduce((total, char) => total + (NARROW.test(char) ? 1 : 2), 0);

/** Letters up to Cyrillic, Hebrew and Arabic; punctuation, arrows, signs. Not: what is also drawn as a picture. */
const NARROW = /^(?!\p{Extended_Pictographic})[ -\u10ff\u2000-\u22ff\u2500-\u259f]|^[0-9#*]/u;

/**
 * Column widths that fit: the natural ones, or narrower ones where a column of words can be wrapped. Undefined when
 * even then a word (an address, an amount) would have to be broken.
 */
function fittingWidths(
  natural: readonly number[],
  rows: readonly (readonly string[])[],
  columns: readonly Column[],
  width: number,
): number[] | undefined {
  const room = width - GAP * (columns.length - 1);
  const total = natural.reduce((sum, one) => sum + one, 0);
  if (total <= room) return [...natural];
  const least = columns.map((column, at) =>
    column.align === 'right' ? natural[at]! : longestWord([column.header, ...rows.map((row) => row[at]!)]),
  );
  let excess = total - room;
  const widths = [...natural];
  // The widest column gives first: that is where the prose is.
  for (const at of natural.map((_, index) => index).sort((a, b) => natural[b]! - natural[a]!)) {
    const given = Math.min(excess, widths[at]! - least[at]!);
    widths[at] = widths[at]! - given;
    excess -= given;
  }
  return excess > 0 ? undefined : widths;
}

const longestWord = (texts: readonly string[]): number =>
  Math.max(...texts.flatMap((text) => escapeInvisible(text).split(' ').map(measure)));

/** Each row as a block of `header  value` lines. */
function records(block: TableBlock, theme: Theme, width: number, unicode: boolean): string {
  const { columns } = block;
  const headers = columns.map(({ header }) => escapeInvisible(header));
  const widest = Math.max(...headers.map(measure));
  const rule = theme.label((unicode ? '─' : '-').repeat(widest));
  return [...block.rows, ...(block.footer === undefined ? [] : [block.footer])]
    .map((row) =>
      headers
        .map((header, at) => {
          const cell = row[at];
          const text = cellText(cell, unicode);
          const label = `${padEnd(header, widest)}  `;
          const lines = hanging(label, text, width, (line) => tinted(cell, line, theme));
          return (theme.label(label) + lines.slice(label.length)).trimEnd();
        })
        .join('\n'),
    )
    .join(`\n${rule}\n`);
}
