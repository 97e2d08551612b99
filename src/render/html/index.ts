/**
 * A view as one HTML page that is complete in itself: it loads nothing, sends nothing and allows nothing but its own
 * style and script. The same facts give the same bytes.
 */

import { createHash } from 'node:crypto';
import { type Plain, toJson } from '../../lib/plain.js';
import { escapeInvisibleJson, oneLine } from '../../lib/shown.js';
import type { Block, View } from '../../lib/view.js';
import { blockHtml, headingHtml } from './blocks.js';
import { attributes, Html, html, NOTHING } from './markup.js';
import { PAGE_SCRIPT } from './script.js';
import { PAGE_STYLE } from './style.js';

/** Where a page comes from. */
export interface PageMeta {
  /** Name and version: `bursar 0.1.0`. */
  readonly tool: string;
  /** The command's words without its arguments, which may name a private endpoint: `stake status`. */
  readonly command: string;
  /** The blocks at which the facts were read. */
  readonly sources?: readonly PageSource[];
}

export interface PageSource {
  readonly chain: string;
  readonly block: number;
  /** Of the block, 0x-prefixed. */
  readonly hash: string;
  /** Of the block, Unix milliseconds. */
  readonly timestamp: number;
}

/** A part of a page with a script of its own, such as a form that checks something without a network. */
export interface PageApp {
  readonly title: string;
  /** Trusted: constant HTML of the command, nothing that was read. What was read belongs into `data`. */
  readonly html: string;
  /**
   * Trusted and constant as well. A classic script; it finds the data with
   * `JSON.parse(document.getElementById('app-data').textContent)`, bigint as decimal strings. The page lets no script
   * make HTML from text: `textContent`, not `innerHTML`.
   */
  readonly script: string;
  readonly data: Plain;
}

/** The page, a newline at its end. */
export function renderHtml(view: View, meta: PageMeta, app?: PageApp): string {
  const title = oneLine(view.title ?? meta.command);
  const sections = sectionsOf(view.blocks, title);
  const scripts = [
    ...(sections.some(({ body }) => body.source.includes('<table')) ? [PAGE_SCRIPT] : []),
    ...(app === undefined ? [] : [app.script]),
  ];
  const where = meta.sources?.map(({ chain, block }) => `, ${chain}, block ${block}`).join('') ?? '';
  const subtitle = view.subtitle === undefined ? NOTHING : html`<p>${oneLine(view.subtitle)}</p>`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"${attributes({ content: policy(scripts) })}>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<meta name="generator"${attributes({ content: meta.tool })}>
<title>${title}${where}</title>
<link rel="icon" href="data:,">
<style>${new Html(PAGE_STYLE)}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header><h1>${title}</h1>${subtitle}</header>
${contents(sections)}<main id="content" tabindex="-1">
${app === undefined ? NOTHING : appHtml(app)}${sections.map(sectionHtml)}</main>
${provenance(meta)}
${scripts.map((script) => html`<script>${inert(script)}</script>\n`)}</body>
</html>
`.source;
}

/**
 * Everything is forbidden but the page's own style and scripts, named by their hashes; the empty icon keeps a browser from
 * asking a server for one.
 */
function policy(scripts: readonly string[]): string {
  const hashes = scripts.map((script) => ` '${sha256(script)}'`).join('');
  return [
    "default-src 'none'",
    `script-src${hashes === '' ? " 'none'" : hashes}`,
    `style-src '${sha256(PAGE_STYLE)}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

const sha256 = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`;

/** A script is put into the page as it is; only our own constants come here. */
function inert(script: string): Html {
  if (/<\/script|<!--/i.test(script)) throw new Error('A script of a page holds what would end its element.');
  return new Html(script);
}

interface Section {
  readonly id: string;
  readonly heading?: string;
  readonly body: Html;
}

/** Blocks by the heading that they stand under. */
function sectionsOf(blocks: readonly Block[], title: string): Section[] {
  const groups: { heading?: string; blocks: Exclude<Block, { kind: 'heading' }>[] }[] = [];
  for (const block of blocks) {
    if (block.kind === 'heading') groups.push({ heading: block.text, blocks: [] });
    else if (groups.length === 0) groups.push({ blocks: [block] });
    else groups.at(-1)!.blocks.push(block);
  }
  return groups.map((group, at) => {
    const id = `s${at + 1}`;
    const heading = oneLine(group.heading ?? title);
    const body = group.blocks.map(
      (block, index) => html`${blockHtml(block, { number: `${at + 1}.${index + 1}`, heading })}\n`,
    );
    return { id, ...(group.heading === undefined ? {} : { heading: group.heading }), body: html`${body}` };
  });
}

function sectionHtml({ id, heading, body }: Section): Html {
  if (heading === undefined) return html`<section>\n${body}</section>\n`;
  return html`<section aria-labelledby="${id}">${headingHtml(heading, id)}\n${body}</section>\n`;
}

/** Fewer headings are seen at once. */
const CONTENTS_FROM = 5;

function contents(sections: readonly Section[]): Html {
  const named = sections.filter(({ heading }) => heading !== undefined);
  if (named.length < CONTENTS_FROM) return NOTHING;
  const items = named.map(({ id, heading }) => html`<li><a href="#${id}">${oneLine(heading!)}</a></li>`);
  return html`<nav aria-label="Contents"><details><summary>Contents (${named.length})</summary><ul>${items}</ul></details></nav>\n`;
}

function appHtml({ title, html: markup, data }: PageApp): Html {
  return html`<section aria-labelledby="app"><h2 id="app">${oneLine(title)}</h2>
${new Html(markup)}
<script type="application/json" id="app-data">${dataOf(data)}</script></section>\n`;
}

/** JSON that no browser reads as HTML, whatever is in it: without `<` no element ends or begins. */
const dataOf = (data: Plain): Html => new Html(escapeInvisibleJson(toJson(data)).replaceAll('<', '\\u003c'));

function provenance({ tool, command, sources = [] }: PageMeta): Html {
  const lines = sources.map(
    ({ chain, block, hash, timestamp }) =>
      html`<p class="source"><span>${chain}, block ${block}, ${timeHtml(timestamp)}</span><span class="id">${hash}</span></p>\n`,
  );
  return html`<footer>${lines}<p>${tool}, <code>${command}</code>. This page is complete in itself: it loads nothing and sends nothing.</p></footer>`;
}

/** The latest time that a date can hold. */
const LATEST_MS = 8.64e15;

function timeHtml(ms: number): Html {
  if (!(Math.abs(ms) <= LATEST_MS)) return html`at an unknown time`;
  const iso = new Date(ms).toISOString();
  return html`<time${attributes({ datetime: iso })}>${iso.slice(0, 19).replace('T', ' ')} UTC</time>`;
}
