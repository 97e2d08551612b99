/** Each kind of block as HTML. */

import { escapeInvisible, oneLine } from '../../lib/shown.js';
import type { Block, Tone, TreeNode } from '../../lib/view.js';
import { inline, isId, words } from './cells.js';
import { chartHtml } from './chart.js';
import { attributes, type Html, html, NOTHING } from './markup.js';
import { tableHtml } from './table.js';

type BlockOf<Kind extends Block['kind']> = Extract<Block, { kind: Kind }>;

/** Where a block stands. */
export interface Place {
  /** Its section's number and its own, `2.1`: unique on the page. */
  readonly number: string;
  /** The heading above it, for tables that have no name of their own. */
  readonly heading: string;
}

/** A block that is no heading; headings begin sections and belong to the page. */
export function blockHtml(block: Exclude<Block, { kind: 'heading' }>, { number, heading }: Place): Html {
  switch (block.kind) {
    case 'paragraph':
      return html`<p>${oneLine(block.text)}</p>`;
    case 'keyValues':
      return pairs(block);
    case 'table':
      return tableHtml(block, `Table ${number}: ${heading}`);
    case 'checks':
      return checks(block);
    case 'note':
      return html`<p class="note ${block.tone}">${mark(block.tone)}<span>${oneLine(block.text)}</span></p>`;
    case 'tree':
      return html`<ul class="tree">${treeNode(block.root)}</ul>`;
    case 'list':
      return html`<ul class="list">${block.items.map((item) => html`<li>${inline(item)}</li>`)}</ul>`;
    case 'code':
      return code(block);
    case 'chart':
      return chartHtml(block, number);
  }
}

/** A sign for the eye and a word for the ear. */
const MARKS: Readonly<Record<Tone, readonly [string, string]>> = {
  good: ['✓', 'good: '],
  warn: ['!', 'attention: '],
  bad: ['✗', 'bad: '],
  muted: ['·', ''],
  strong: ['›', ''],
};

function mark(tone: Tone, said = MARKS[tone][1]): Html {
  const spoken = said === '' ? NOTHING : html`<span class="hidden">${said}</span>`;
  return html`<span class="mark ${tone}-mark" aria-hidden="true">${MARKS[tone][0]}</span>${spoken}`;
}

function pairs({ rows }: BlockOf<'keyValues'>): Html {
  const items = rows.map(({ key, value, note }) => {
    const remark =
      note === undefined || note === '' ? NOTHING : html` <span class="remark">${oneLine(note)}</span>`;
    return html`<div><dt>${oneLine(key)}</dt><dd>${inline(value)}${remark}</dd></div>\n`;
  });
  return html`<dl class="pairs">${items}</dl>`;
}

function checks({ rows }: BlockOf<'checks'>): Html {
  const items = rows.map(({ ok, title, detail, remedy }) => {
    const [tone, said] =
      ok === 'warn'
        ? (['warn', 'attention: '] as const)
        : ok
          ? (['good', 'passed: '] as const)
          : (['bad', 'failed: '] as const);
    const rest = detail === undefined ? NOTHING : html`: ${oneLine(detail)}`;
    const way =
      remedy === undefined || ok === true ? NOTHING : html`<span class="remedy">→ ${oneLine(remedy)}</span>`;
    return html`<li>${mark(tone, said)}<span><b>${oneLine(title)}</b>${rest}</span>${way}</li>\n`;
  });
  return html`<ul class="checks">${items}</ul>`;
}

function treeNode({ text, tone, children = [] }: TreeNode): Html {
  const below = children.length === 0 ? NOTHING : html`<ul>${children.map(treeNode)}</ul>`;
  return html`<li>${inline(tone === undefined ? text : { text, tone })}${below}</li>`;
}

function code({ text }: BlockOf<'code'>): Html {
  const lines = text.split('\n').map((line) => html`${escapeInvisible(line.replace(/\r$/, ''))}\n`);
  return html`<pre tabindex="0"><code>${lines}</code></pre>`;
}

/** A heading that is an address is set like one. */
export const headingHtml = (text: string, id: string): Html =>
  html`<h2${attributes({ id, class: words(isId(text) && 'id') })}>${oneLine(text)}</h2>`;
