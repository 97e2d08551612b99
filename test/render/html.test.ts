import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { JSDOM } from 'jsdom';
import { describe, expect, test } from 'vitest';
import { escapeInvisible, oneLine } from '../../src/lib/shown.js';
import { type Block, type Cell, cell, keyed, spark, type View } from '../../src/lib/view.js';
import { ticksOf } from '../../src/render/html/chart.js';
import { type PageApp, type PageMeta, renderHtml } from '../../src/render/html/index.js';
import { PAGE_STYLE } from '../../src/render/html/style.js';
import { fraction } from '../../src/render/series.js';
import { openPage, pageProblems } from '../support/page.js';
import { anyView, HOSTILE, hostileText } from './arbitrary.js';
import { ADDRESS, META, SAMPLE } from './sample.js';

const page = (...blocks: Block[]) => renderHtml({ title: 'Title', blocks }, META);
const open = (...blocks: Block[]) => openPage(page(...blocks));
const first = (rows: readonly (readonly string[])[]) => rows.map(([text]) => text);

describe('a page', () => {
  const html = renderHtml(SAMPLE, META);
  const { document, errors } = openPage(html);

  test('is complete in itself, allowed by its own policy, and has what a reader needs', () => {
    expect(pageProblems(html)).toEqual([]);
    expect(errors).toEqual([]);
    expect(html).not.toMatch(/https?:|url\(|@import|<link(?! rel="icon" href="data:,">)/);
  });
  test('shows every kind of block', () => {
    const kinds = new Set(SAMPLE.blocks.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(
      [
        'chart',
        'checks',
        'code',
        'heading',
        'keyValues',
        'list',
        'note',
        'paragraph',
        'table',
        'tree',
      ].sort(),
    );
    for (const selector of [
      'figure svg',
      '.checks',
      'pre code',
      'h2',
      'dl.pairs',
      '.list',
      '.note',
      'main p',
      'table',
      '.tree ul',
    ])
      expect([selector, document.querySelector(selector)]).not.toContain(null);
  });
  test('says where it comes from: tool, command, chain, block, hash, time of the block', () => {
    const footer = document.querySelector('footer');
    expect(footer?.textContent).toContain('bursar 1.2.3, validators list');
    expect(footer?.textContent).toContain('Polkadot Asset Hub, block 22123456, 2026-02-03 12:00:00 UTC');
    expect(footer?.textContent).toContain(META.sources![0]!.hash);
    expect(footer?.querySelector('time')?.getAttribute('datetime')).toBe('2026-02-03T12:00:00.000Z');
    expect(document.title).toBe('Validators, Polkadot Asset Hub, block 22123456');
  });
  test('has the same bytes for the same facts', () => {
    expect(renderHtml(structuredClone(SAMPLE), META)).toBe(html);
    expect(html.endsWith('</html>\n')).toBe(true);
  });
  test('stands without a chain, a title, or anything in it', () => {
    const bare: PageMeta = { tool: 'bursar 1.2.3', command: 'config show' };
    const empty = renderHtml({ blocks: [] }, bare);
    expect(pageProblems(empty)).toEqual([]);
    expect(openPage(empty).document.querySelector('h1')?.textContent).toBe('config show');
    expect(empty).toContain("script-src 'none'");
    const odd = { ...META, sources: [{ ...META.sources![0]!, timestamp: 1e300 }] };
    expect(renderHtml({ blocks: [] }, odd)).toContain('at an unknown time');
  });
  test('leads to its sections when there are many', () => {
    const many = Array.from({ length: 5 }, (_, at): Block => ({ kind: 'heading', text: `Part ${at}` }));
    const links = [...open(...many).document.querySelectorAll('nav a')];
    expect(links.map(({ textContent }) => textContent)).toEqual([
      'Part 0',
      'Part 1',
      'Part 2',
      'Part 3',
      'Part 4',
    ]);
    expect(open(...many.slice(1)).document.querySelector('nav')).toBe(null);
  });
  test('never tells good from bad by colour alone', () => {
    const checks = [...document.querySelectorAll('.checks li')].map(({ textContent }) => textContent);
    expect(checks).toEqual([
      '✓passed: fee: 0.01 DOT',
      '!attention: endpoint: it took 2.5 s→ name another',
      '✗failed: bond: too small→ bond 250 DOT',
    ]);
    const notes = [...document.querySelectorAll('.note')].map(({ textContent }) => textContent);
    expect(notes).toEqual(['✓good: Paid.', '!attention: A chunk is free.', '✗bad: Failed.', '·A remark.']);
    // In cells the style sheet adds the sign, so that what is copied is the value alone.
    for (const tone of ['good', 'warn', 'bad'])
      expect(PAGE_STYLE).toMatch(new RegExp(`td\\.${tone}::before`));
  });
});

describe('tables', () => {
  const numbers: Block = {
    kind: 'table',
    columns: [
      { header: 'name' },
      { header: 'stake', align: 'right' },
      { header: 'points' },
      { header: 'seen', sort: 'none' },
    ],
    rows: [
      ['v10', '1,000.5 DOT', spark([1, 5]), 'x'],
      ['v9', '–', spark([1, null, 30]), 'y'],
      ['v1', '-3 DOT', spark([null]), 'z'],
      ['v2', '999 DOT', spark([9, 4]), 'w'],
    ],
    footer: ['total', '1,996.5 DOT', '', ''],
  };
  test('sort by numbers, up, down and back; what has no number is last; the footer stays', () => {
    const shown = open(numbers);
    const header = [...shown.document.querySelectorAll('th')].find((th) => th.textContent === 'stake')!;
    expect(header.getAttribute('aria-sort')).toBe(null);
    shown.sort('stake');
    expect(first(shown.rows())).toEqual(['v1', 'v2', 'v10', 'v9']);
    expect(header.getAttribute('aria-sort')).toBe('ascending');
    expect(shown.document.querySelector('p[role=status]')?.textContent).toBe('Sorted by stake, ascending');
    shown.sort('stake');
    expect(first(shown.rows())).toEqual(['v10', 'v2', 'v1', 'v9']);
    expect(header.getAttribute('aria-sort')).toBe('descending');
    shown.sort('stake');
    expect(first(shown.rows())).toEqual(['v10', 'v9', 'v1', 'v2']);
    expect(header.getAttribute('aria-sort')).toBe(null);
    expect(shown.document.querySelector('tfoot')?.textContent).toContain('total');
    expect(shown.errors).toEqual([]);
  });
  test('sort names as people count, pictures by their last value, one column at a time', () => {
    const shown = open(numbers);
    shown.sort('name');
    expect(first(shown.rows())).toEqual(['v1', 'v2', 'v9', 'v10']);
    shown.sort('points');
    expect(first(shown.rows())).toEqual(['v2', 'v10', 'v9', 'v1']);
    expect([...shown.document.querySelectorAll('[aria-sort]')]).toHaveLength(1);
    expect(() => shown.sort('seen')).toThrow('No column');
  });
  test('sort by exact keys where the text is rounded: amounts beyond the precision of a double', () => {
    const base = 10n ** 25n;
    const rows = [3n, 1n, 2n].map((more): Cell[] => [`row ${more}`, keyed('1M DOT', base + more)]);
    const shown = open({ kind: 'table', columns: [{ header: 'a' }, { header: 'stake' }], rows });
    shown.sort('stake');
    expect(first(shown.rows())).toEqual(['row 1', 'row 2', 'row 3']);
  });
  test('any column of numbers is sorted as they are', () => {
    const amount = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 });
    fc.assert(
      fc.property(fc.array(amount, { minLength: 2, maxLength: 12 }), (values) => {
        const rows = values.map((value) => [
          `${value.toLocaleString('en', { maximumFractionDigits: 3 })} DOT`,
        ]);
        const shown = open({ kind: 'table', columns: [{ header: 'x', align: 'right' }], rows });
        shown.sort('x');
        const got = shown.rows().map(([text]) => Number(text!.replace(/,| DOT/g, '')));
        expect(got).toEqual([...got].sort((a, b) => a - b));
      }),
      { numRuns: 40 },
    );
  });
  const long = (length: number): Block => ({
    kind: 'table',
    columns: [{ header: 'validator' }, { header: 'state' }],
    rows: Array.from({ length }, (_, at) => [`v${at}`, at % 2 === 0 ? 'Active' : cell('waiting', 'warn')]),
    footer: ['all', ''],
  });
  test('above 15 rows can be filtered by words; sorting keeps the filter', () => {
    expect(() => open(long(15)).filter('x')).toThrow('no filter');
    const shown = open(long(20));
    expect(shown.document.querySelector('.filter')?.textContent).toBe('Filter 20 rows');
    shown.filter('active v1');
    expect(first(shown.rows())).toEqual(['v10', 'v12', 'v14', 'v16', 'v18']);
    expect(shown.document.querySelector('output')?.textContent).toBe(
      '5 of 20 rows; the last line is of all rows',
    );
    shown.sort('validator');
    shown.sort('validator');
    expect(first(shown.rows())).toEqual(['v18', 'v16', 'v14', 'v12', 'v10']);
    shown.filter('');
    expect(shown.rows()).toHaveLength(20);
  });
  test('without a script they are there, with nothing to press', () => {
    const { document } = new JSDOM(page(long(20))).window;
    expect([...document.querySelectorAll('button, input')]).toEqual([]);
    expect([...document.querySelectorAll('tbody tr')]).toHaveLength(20);
  });
  test('name their rows and columns', () => {
    const shown = open({ kind: 'heading', text: 'Candidates' }, numbers);
    expect([...shown.document.querySelectorAll('tbody th[scope=row]')]).toHaveLength(4);
    expect([...shown.document.querySelectorAll('thead th[scope=col]')]).toHaveLength(4);
    expect(shown.document.querySelector('[role=region]')?.getAttribute('aria-label')).toBe(
      'Table 1.1: Candidates',
    );
  });
});

describe('printing', () => {
  test('opens what is closed, and closes it again', () => {
    const { document, window } = open({ kind: 'chart', title: 't', series: [{ name: 's', points: [1, 2] }] });
    const details = document.querySelector('details.data')!;
    expect(details.open).toBe(false);
    window.dispatchEvent(new window.Event('beforeprint'));
    expect(details.open).toBe(true);
    window.dispatchEvent(new window.Event('afterprint'));
    expect(details.open).toBe(false);
  });
});

describe('charts', () => {
  const chart = (more: Partial<Extract<Block, { kind: 'chart' }>>): Block => ({
    kind: 'chart',
    title: 'Era points',
    unit: 'points',
    series: [{ name: 'alice', points: [1, 2, null, 4] }],
    ...more,
  });
  test('are pictures with a title, a description and their numbers', () => {
    const { document } = open(chart({ labels: ['era 1', 'era 2', 'era 3', 'era 4'] }));
    const svg = document.querySelector('figure svg')!;
    expect(svg.getAttribute('role')).toBe('img');
    expect(svg.querySelector('desc')?.textContent).toBe(
      'Lines of 4 values, era 1 to era 4, in points. alice: from 1 to 4, the last 4.',
    );
    const rows = [...document.querySelectorAll('.data tbody tr')].map((row) => row.textContent);
    expect(rows).toEqual(['era 11', 'era 22', 'era 3–', 'era 44']);
  });
  test('a gap in a line is a gap', () => {
    const path = open(chart({})).document.querySelector('path.line')?.getAttribute('d') ?? '';
    expect(path.match(/M/g)).toHaveLength(2);
    expect(path.match(/L/g)).toHaveLength(1);
  });
  test('bars are as long as their values, from 0', () => {
    const { document } = open(
      chart({ style: 'bar', labels: ['a', 'b', 'c'], series: [{ name: 's', points: [100, 50, 0] }] }),
    );
    const widths = [...document.querySelectorAll('rect.bar')].map((bar) => Number(bar.getAttribute('width')));
    expect(widths).toHaveLength(2);
    expect(widths[0]! / widths[1]!).toBeCloseTo(2, 2);
  });
  test('many points keep their extremes', () => {
    const points = Array.from({ length: 50_000 }, (_, at) =>
      at === 33_333 ? 1_000 : at === 44_444 ? -1_000 : at % 7,
    );
    const html = page(chart({ series: [{ name: 's', points }] }));
    const path = openPage(
      html.replace(/<details class="data">[\s\S]*?<\/details>/, ''),
    ).document.querySelector('path.line')!;
    const heights = path
      .getAttribute('d')!
      .split(/[ML]/)
      .slice(1)
      .map((pair) => Number(pair.split(' ')[1]));
    expect(heights.length).toBeLessThanOrEqual(1_200);
    expect([Math.min(...heights), Math.max(...heights)]).toEqual([12, 240]);
  });
  test('several series are told apart by more than colour, and named', () => {
    const series = ['a', 'b', 'c'].map((name, at) => ({ name, points: [at, at + 1] }));
    const { document } = open(chart({ series }));
    const looks = [...document.querySelectorAll('.chart path.line')].map(({ className }) =>
      String((className as unknown as { baseVal?: string }).baseVal ?? className),
    );
    expect(new Set(looks).size).toBe(3);
    expect([...document.querySelectorAll('.legend li')].map(({ textContent }) => textContent)).toEqual([
      'a',
      'b',
      'c',
    ]);
  });
  test('the axis has round numbers that enclose the values', () => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(finite, finite, (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const ticks = ticksOf(low, high);
        expect(ticks.every(Number.isFinite)).toBe(true);
        // Enclose, but for what no screen shows.
        const [bottom, top] = [ticks[0]!, ticks.at(-1)!];
        expect(fraction(low, bottom, top)).toBeGreaterThanOrEqual(-1e-6);
        expect(fraction(high, bottom, top)).toBeLessThanOrEqual(1 + 1e-6);
        expect(ticks.length).toBeLessThanOrEqual(12);
        expect([...ticks].sort((x, y) => x - y)).toEqual(ticks);
      }),
      { numRuns: 2_000 },
    );
    expect(ticksOf(80_392, 89_156)).toEqual([80_000, 82_000, 84_000, 86_000, 88_000, 90_000]);
    expect(ticksOf(0.1, 0.7)).toEqual([0, 0.2, 0.4, 0.6, 0.8]);
    expect(ticksOf(-2.5, 3.5)).toEqual([-4, -2, 0, 2, 4]);
    expect(ticksOf(5, 5)).toEqual([0, 5, 10]);
  });
});

/** The view with every text replaced by as many harmless letters; of addresses and hashes l is none. */
function neutral<T>(value: T): T {
  if (typeof value === 'string')
    return (
      value.trim() === '' || oneLine(value).trim() === '' ? value : 'l'.repeat(escapeInvisible(value).length)
    ) as T;
  if (Array.isArray(value)) return value.map(neutral) as T;
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        ['kind', 'tone', 'style', 'align'].includes(key) ? item : neutral(item),
      ]),
    ) as T;
  return value;
}

describe('hostile text', () => {
  const tags = (html: string) =>
    // The style sheet takes most of the time to parse.
    [...new JSDOM(html.replace(PAGE_STYLE, '')).window.document.querySelectorAll('*')]
      .map(({ tagName }) => tagName)
      .join(' ');

  test('adds, ends and changes no element, whatever it is', () => {
    fc.assert(
      fc.property(anyView, hostileText, (view, text) => {
        const meta: PageMeta = {
          tool: text,
          command: text,
          sources: [{ chain: text, block: 1, hash: text, timestamp: 0 }],
        };
        const html = renderHtml(view, meta);
        expect(pageProblems(html)).toEqual([]);
        expect(tags(html)).toBe(tags(renderHtml(neutral(view), META)));
      }),
      { numRuns: 80 },
    );
  });
  test('is shown, character by character', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const blocks: Block[] = [
          { kind: 'paragraph', text },
          { kind: 'code', text },
          { kind: 'list', items: [{ text, tone: 'warn' }] },
          { kind: 'keyValues', rows: [{ key: text, value: text }] },
          { kind: 'tree', root: { text } },
          { kind: 'table', columns: [{ header: text }], rows: [[text], [text]] },
          { kind: 'chart', title: text, series: [{ name: text, points: [1] }] },
        ];
        const { document } = openPage(renderHtml({ title: text, subtitle: text, blocks }, META));
        const said = (selector: string) => document.querySelector(selector)?.textContent;
        for (const selector of ['h1', 'header p', 'section > p', '.list span', 'dt', '.tree li', 'svg title'])
          expect([selector, said(selector)]).toEqual([
            selector,
            selector === 'svg title' ? escapeInvisible(text) : oneLine(text),
          ]);
        expect(said('pre')).toBe(
          `${text
            .split('\n')
            .map((line) => escapeInvisible(line.replace(/\r$/, '')))
            .join('\n')}\n`,
        );
        expect(said('thead td, thead th')).toBe(escapeInvisible(text));
        expect(said('tbody td')).toBe(escapeInvisible(text));
      }),
      { numRuns: 80, examples: HOSTILE.map((text): [string] => [text]) },
    );
  });
});

describe('a part with a script of its own', () => {
  const app = (
    data: PageApp['data'],
    script = 'document.getElementById("answer").textContent = JSON.parse(document.getElementById("app-data").textContent).text;',
  ): PageApp => ({
    title: 'Check',
    html: '<p><label>Your id <input id="your-id"></label> <button type="button">Check</button> <output id="answer"></output></p>',
    script,
    data,
  });
  test('runs, is covered by the policy, and has its data', () => {
    const html = renderHtml(SAMPLE, META, app({ text: 'hello', planck: 10n ** 20n }));
    expect(pageProblems(html)).toEqual([]);
    const { document, errors } = openPage(html);
    expect(errors).toEqual([]);
    expect(document.getElementById('answer')?.textContent).toBe('hello');
    expect(JSON.parse(document.getElementById('app-data')!.textContent!)).toEqual({
      text: 'hello',
      planck: '100000000000000000000',
    });
  });
  test('data of any text reads back as it was and ends no element', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          hostileText,
          fc.constantFrom('</script><script>alert(1)</script>', '<!--<script>', '\u2028'),
        ),
        (text) => {
          const html = renderHtml({ blocks: [] }, META, app({ text }));
          expect(pageProblems(html)).toEqual([]);
          expect(openPage(html).document.getElementById('answer')?.textContent).toBe(text);
          expect(html.match(/<script/g)).toHaveLength(2);
        },
      ),
      { numRuns: 80, examples: HOSTILE.map((text): [string] => [text]) },
    );
  });
  test('a script that would end its own element is refused', () => {
    for (const script of ['"</script>"', '// <!-- x', '"</SCRIPT "'])
      expect(() => renderHtml(SAMPLE, META, app(null, script))).toThrow('end its element');
  });
  test('the policy names its hash, and only that of the scripts that are there', () => {
    const script = 'void 0;';
    const html = renderHtml({ blocks: [] }, META, app(null, script));
    const hash = createHash('sha256').update(script).digest('base64');
    expect(html).toContain(`script-src 'sha256-${hash}';`);
  });
});

describe('the style sheet', () => {
  const palette = (block: string) =>
    Object.fromEntries(
      [...block.matchAll(/--([\w-]+): (#[0-9a-f]{3,6})/g)].map(([, name, value]) => [name!, value!]),
    );
  const [light = '', dark = ''] = PAGE_STYLE.split('prefers-color-scheme: dark');
  /** Relative luminance and contrast, WCAG 2.2. */
  const luminance = (hex: string) => {
    const long = hex.length === 4 ? hex.replace(/[0-9a-f]/g, '$&$&') : hex;
    const [r, g, b] = [1, 3, 5].map((at) => {
      const share = Number.parseInt(long.slice(at, at + 2), 16) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    }) as [number, number, number];
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a: string, b: string) => {
    const [dim, bright] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
    return (bright + 0.05) / (dim + 0.05);
  };
  test.each([
    ['light', palette(light)],
    ['dark', palette(dark.slice(0, dark.indexOf('}')))],
  ])('has enough contrast: %s', (_, colours) => {
    const of = (name: string) => colours[name] ?? `no ${name}`;
    const grounds = ['ground', 'raised'];
    const pairs = [
      ...['text', 'muted', 'link', 'good', 'warn', 'bad'].flatMap((ink) =>
        grounds.map((ground) => [ink, ground, 4.5] as const),
      ),
      ...['good', 'warn', 'bad'].flatMap((tone) => [
        [tone, `${tone}-ground`, 4.5] as const,
        ['text', `${tone}-ground`, 4.5] as const,
      ]),
      ...[0, 1, 2, 3, 4, 5].map((index) => [`c${index}`, 'ground', 4.5] as const),
    ];
    expect(pairs.filter(([ink, ground, least]) => contrast(of(ink), of(ground)) < least)).toEqual([]);
    expect(pairs.length).toBe(24);
  });
});

test('a view of a title with hostile words is still one page', () => {
  const view: View = {
    title: '</title><script>alert(1)</script>',
    blocks: [{ kind: 'heading', text: ADDRESS }],
  };
  const { document } = openPage(renderHtml(view, META));
  expect(document.title).toContain('</title><script>alert(1)</script>');
  expect([...document.querySelectorAll('script')]).toEqual([]);
  expect(document.querySelector('h2.id')?.textContent).toBe(ADDRESS);
});
