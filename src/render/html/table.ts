/** Tables, with what the page's script needs to sort them: the kind of a column, and the keys that the text does not say. */

import { escapeInvisible } from '../../lib/shown.js';
import type { Block, Cell, Column } from '../../lib/view.js';
import { isNumber } from '../series.js';
import { contentOf, isId, plainText, toneOf, words } from './cells.js';
import { attributes, type Html, html, NOTHING } from './markup.js';

type TableBlock = Extract<Block, { kind: 'table' }>;
/** So many columns are set closer. */
const WIDE = 8;

type Kind = 'number' | 'text' | 'none';

/** @param name what the table is about, for those who do not see where it stands */
export function tableHtml({ columns, rows, footer }: TableBlock, name: string): Html {
  if ((rows.length === 0 && footer === undefined) || columns.length === 0) {
    return html`<p class="muted">(none)</p>`;
  }
  const kinds = columns.map((column, at) => kindOf(column, rows, at));
  // A number does not name its row.
  const named = columns.length > 1 && columns[0]!.align !== 'right';
  const line = (row: readonly Cell[]) =>
    html`<tr>${columns.map((column, at) => cellHtml(row[at] ?? '', column, kinds[at]!, named && at === 0))}</tr>\n`;
  const head = columns.map((column, at) => headerHtml(column, kinds[at]!));
  const foot = footer === undefined ? NOTHING : html`<tfoot>\n${line(footer)}</tfoot>\n`;
  return html`<div class="${words('table', columns.length >= WIDE && 'wide')!}"><div class="scroll" role="region" tabindex="0"${attributes({ 'aria-label': name })}><table>
<thead><tr>${head}</tr></thead>
<tbody>
${rows.map(line)}</tbody>
${foot}</table></div></div>`;
}

function headerHtml({ header, align }: Column, kind: Kind): Html {
  const look = align === 'right' ? 'right' : undefined;
  // Without a name there is nothing to say about the column, and nothing to press.
  if (escapeInvisible(header).trim() === '') return html`<td${attributes({ class: look })}></td>`;
  return html`<th scope="col"${attributes({ class: look, 'data-kind': kind === 'none' ? undefined : kind })}>${header}</th>`;
}

function cellHtml(cell: Cell, { align }: Column, kind: Kind, names: boolean): Html {
  const text = plainText(cell);
  const key = kind === 'none' ? undefined : keyOf(cell, kind);
  const marks = attributes({
    class: words(align === 'right' && 'right', toneOf(cell), isId(text) && 'id'),
    // Where the script does not find it by itself.
    'data-sort': typeof cell !== 'string' && 'spark' in cell ? key : key === text.trim() ? undefined : key,
  });
  // A mark of the tone stands before a data cell's text; a header of a row keeps it inside.
  return names && text !== ''
    ? html`<th scope="row"${marks}>${contentOf(cell)}</th>`
    : html`<td${marks}>${contentOf(cell)}</td>`;
}

function kindOf({ sort, align }: Column, rows: readonly (readonly Cell[])[], at: number): Kind {
  if (sort !== undefined) return sort;
  const numeric = rows.some((row) => {
    const cell = row[at];
    if (cell === undefined || typeof cell === 'string') return false;
    return 'spark' in cell || typeof cell.sort === 'number' || typeof cell.sort === 'bigint';
  });
  return numeric || align === 'right' ? 'number' : 'text';
}

/** What a cell is sorted by; the empty text stands for "nothing to compare". */
export function keyOf(cell: Cell, kind: 'number' | 'text'): string {
  const own = typeof cell === 'string' ? undefined : cell.sort;
  if (own !== undefined) return typeof own === 'number' && !Number.isFinite(own) ? '' : String(own);
  if (typeof cell !== 'string' && 'spark' in cell) return String(cell.spark.findLast(isNumber) ?? '');
  return kind === 'number' ? numberIn(plainText(cell)) : plainText(cell).trim();
}

const POWERS: Readonly<Record<string, string>> = { k: 'e3', M: 'e6', B: 'e9', T: 'e12' };

/** The first number of a text, as JavaScript writes it: `1,234.5 DOT`, `≈ 12 %`, `era -3`, `1.2M`. */
function numberIn(text: string): string {
  const match =
    /(?<![\p{L}\p{N}.])([−-]?)(\d[\d,_]*(?:\.\d+)?)(?:([kMBT])(?![\p{L}\p{N}])|(e[+-]?\d+))?/u.exec(text);
  if (match === null) return '';
  const [, sign, digits = '', scale = '', power = ''] = match;
  return `${sign === '' ? '' : '-'}${digits.replace(/[,_]/g, '')}${POWERS[scale] ?? power}`;
}
