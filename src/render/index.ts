/** A view as text. Nothing else in bursar knows colours, columns or a terminal. */

import { escapeInvisible, oneLine } from '../lib/shown.js';
import type { Block, Cell, TreeNode, View } from '../lib/view.js';
import { cellText, cellTone } from './cell.js';
import { renderChart } from './chart.js';
import { renderTable } from './table.js';
import type { Screen } from './terminal.js';
import { columns, hanging, padEnd } from './text.js';
import { type Theme, theme as themeFor } from './theme.js';

export { renderErrorJson, renderJson } from './json.js';
export { type Screen, screenOf } from './terminal.js';

/**
 * Draws a view.
 * @param screen.width columns; infinite for files and pipes. Words are wrapped to it; addresses, hashes and numbers
 *   are never cut or broken, whatever it is
 * @returns text without a newline at its end
 */
export function renderText(
  view: View,
  screen: Omit<Screen, 'unicode'> & { readonly unicode?: boolean },
): string {
  const ink: Ink = {
    theme: themeFor(screen.colour),
    width: screen.width,
    unicode: screen.unicode ?? true,
  };
  const head: string[] = [];
  if (view.title !== undefined) head.push(ink.theme.title(oneLine(view.title)));
  if (view.subtitle !== undefined) head.push(ink.theme.tone('muted', oneLine(view.subtitle)));
  const parts = view.blocks.map((block) => renderBlock(block, ink));
  return [...(head.length === 0 ? [] : [head.join('\n')]), ...parts]
    .filter((part) => part !== '')
    .join('\n\n');
}

interface Ink {
  readonly theme: Theme;
  readonly width: number;
  readonly unicode: boolean;
}

function renderBlock(block: Block, ink: Ink): string {
  const { theme, width, unicode } = ink;
  switch (block.kind) {
    case 'heading':
      return theme.heading(oneLine(block.text));
    case 'paragraph':
      return hanging('', oneLine(block.text), width);
    case 'keyValues':
      return keyValues(block.rows, ink);
    case 'table':
      return renderTable(block, theme, width, unicode);
    case 'checks':
      return checks(block.rows, ink);
    case 'note':
      return hanging(`${mark(block.tone, ink)} `, oneLine(block.text), width, (line) =>
        theme.tone(block.tone, line),
      );
    case 'tree':
      return tree(block.root, ink).join('\n');
    case 'list':
      return block.items
        .map((item) =>
          hanging(unicode ? '• ' : '- ', cellText(item, unicode, oneLine), width, (line) =>
            tinted(item, line, theme),
          ),
        )
        .join('\n');
    case 'code':
      // Line breaks are kept here alone, and every line is indented: code cannot pass for bursar's own words.
      return block.text
        .split('\n')
        .map((line) => `    ${escapeInvisible(line.replace(/\r$/, ''))}`.trimEnd())
        .join('\n');
    case 'chart':
      return renderChart(block, theme, width, unicode);
  }
}

function tinted(cell: Cell, text: string, theme: Theme): string {
  const tone = cellTone(cell);
  return tone === undefined ? text : theme.tone(tone, text);
}

const MARKS = {
  good: ['✓', '+'],
  warn: ['!', '!'],
  bad: ['✗', 'x'],
  muted: ['·', '-'],
  strong: ['›', '>'],
} as const;

const mark = (tone: keyof typeof MARKS, { theme, unicode }: Ink): string =>
  theme.tone(tone, MARKS[tone][unicode ? 0 : 1]);

function keyValues(
  rows: Extract<Block, { kind: 'keyValues' }>['rows'],
  { theme, width, unicode }: Ink,
): string {
  const widest = Math.max(0, ...rows.map(({ key }) => columns(oneLine(key))));
  return rows
    .map(({ key, value, note }) => {
      const label = padEnd(oneLine(key), widest);
      const text = cellText(value, unicode, oneLine);
      const remark = note === undefined ? '' : oneLine(note);
      const oneRow = columns(label) + 2 + columns(text) + 2 + columns(remark) <= width;
      const lines = hanging(`${label}  `, text, width, (line) => tinted(value, line, theme));
      const start = theme.label(label) + lines.slice(label.length);
      if (remark === '') return start.trimEnd();
      if (oneRow) return `${start}  ${theme.tone('muted', remark)}`;
      return `${start}\n${hanging(' '.repeat(widest + 2), remark, width, (line) => theme.tone('muted', line))}`;
    })
    .join('\n');
}

function checks(rows: Extract<Block, { kind: 'checks' }>['rows'], ink: Ink): string {
  const { theme, width, unicode } = ink;
  return rows
    .flatMap(({ ok, title, detail, remedy }) => {
      const tone = ok === 'warn' ? 'warn' : ok ? 'good' : 'bad';
      const text = detail === undefined ? oneLine(title) : `${oneLine(title)}: ${oneLine(detail)}`;
      const line = hanging(`${mark(tone, ink)} `, text, width);
      if (remedy === undefined || ok === true) return [line];
      return [
        line,
        hanging(`  ${unicode ? '→' : '->'} `, oneLine(remedy), width, (rest) => theme.tone('warn', rest)),
      ];
    })
    .join('\n');
}

function tree(root: TreeNode, { theme, width, unicode }: Ink): string[] {
  const [branch, last, pipe] = unicode ? ['├─ ', '└─ ', '│  '] : ['|- ', '`- ', '|  '];
  const lines: string[] = [];
  const draw = (node: TreeNode, first: string, rest: string) => {
    const wrapped = hanging('', oneLine(node.text), width - columns(first)).split('\n');
    wrapped.forEach((line, at) => {
      const text = node.tone === undefined ? line : theme.tone(node.tone, line);
      lines.push(theme.label(at === 0 ? first : rest) + text);
    });
    node.children?.forEach((child, at, all) => {
      const final = at === all.length - 1;
      draw(child, rest + (final ? last : branch), rest + (final ? '   ' : pipe));
    });
  };
  draw(root, '', '');
  return lines;
}
