import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BursarError } from '../../src/lib/errors.js';
import type { Block, Cell, TreeNode, View } from '../../src/lib/view.js';
import { renderError } from '../../src/render/error.js';
import { harmless, renderErrorJson, renderJson, renderText, screenOf } from '../../src/render/index.js';
import { columns, wrap } from '../../src/render/text.js';

const ADDRESS = '15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5';
/** The only escapes that bursar itself writes: colours. */
const INK = new RegExp(`${String.fromCharCode(27)}\\[\\d{1,2}(;\\d{1,2})*m`, 'g');
const plain = { colour: false, width: Number.POSITIVE_INFINITY };
const draw = (blocks: readonly Block[], screen: Parameters<typeof renderText>[1] = plain) =>
  renderText({ blocks }, screen);

const table: Block = {
  kind: 'table',
  columns: [{ header: 'ACCOUNT' }, { header: 'ACTIVE', align: 'right' }, { header: 'STATE' }],
  rows: [
    [ADDRESS, '1,234.5 DOT', { text: 'nominating', tone: 'good' }],
    [ADDRESS, '7 DOT', 'chilled because its bond is below the minimum that the chain asks for'],
  ],
  footer: ['total', '1,241.5 DOT', ''],
};

test('a page in plain text', () => {
  const view: View = {
    title: 'Stake',
    subtitle: 'block 1,000',
    blocks: [
      { kind: 'heading', text: 'Ledger' },
      {
        kind: 'keyValues',
        rows: [
          { key: 'bonded', value: '12 DOT' },
          { key: 'payee', value: { text: 'Staked', tone: 'good' }, note: 'compounds' },
        ],
      },
      {
        kind: 'checks',
        rows: [
          { ok: true, title: 'fee', detail: '0.01 DOT' },
          { ok: 'warn', title: 'slow' },
          { ok: false, title: 'bond', detail: 'too small', remedy: 'bond 250 DOT' },
        ],
      },
      { kind: 'note', tone: 'warn', text: 'one chunk is free' },
      {
        kind: 'tree',
        root: {
          text: 'batch_all',
          children: [
            { text: 'bond', children: [{ text: 'Bonded' }] },
            { text: 'nominate', tone: 'bad' },
          ],
        },
      },
      { kind: 'list', items: ['a', { text: 'b', tone: 'muted' }] },
      { kind: 'code', text: 'bursar stake status\n--json' },
    ],
  };
  expect(renderText(view, plain)).toMatchInlineSnapshot(`
    "Stake
    block 1,000

    Ledger

    bonded  12 DOT
    payee   Staked  compounds

    ✓ fee: 0.01 DOT
    ! slow
    ✗ bond: too small
      → bond 250 DOT

    ! one chunk is free

    batch_all
    ├─ bond
    │  └─ Bonded
    └─ nominate

    • a
    • b

        bursar stake status
        --json"
  `);
  expect(renderText(view, { ...plain, unicode: false })).not.toMatch(/[^\p{ASCII}]/u);
});

describe('tables', () => {
  test('are aligned, amounts to the right', () => {
    expect(draw([table])).toMatchInlineSnapshot(`
      "ACCOUNT                                                ACTIVE  STATE
      ────────────────────────────────────────────────  ───────────  ─────────────────────────────────────────────────────────────────────
      15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5  1,234.5 DOT  nominating
      15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5        7 DOT  chilled because its bond is below the minimum that the chain asks for
      ────────────────────────────────────────────────  ───────────  ─────────────────────────────────────────────────────────────────────
      total                                             1,241.5 DOT"
    `);
  });
  test('wrap their prose on a narrower terminal, whole words only', () => {
    const text = draw([table], { colour: false, width: 90 });
    expect(Math.max(...text.split('\n').map(columns))).toBeLessThanOrEqual(90);
    expect(text).toContain(ADDRESS);
  });
  test('become records where even that does not fit; addresses stay whole', () => {
    expect(draw([table], { colour: false, width: 60 })).toMatchInlineSnapshot(`
      "ACCOUNT  15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5
      ACTIVE   1,234.5 DOT
      STATE    nominating
      ───────
      ACCOUNT  15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5
      ACTIVE   7 DOT
      STATE    chilled because its bond is below the minimum that
               the chain asks for
      ───────
      ACCOUNT  total
      ACTIVE   1,241.5 DOT
      STATE"
    `);
  });
  test('without rows say so', () => {
    expect(draw([{ kind: 'table', columns: [{ header: 'A' }], rows: [] }])).toBe('(none)');
  });
});

describe('charts', () => {
  test('one series has an axis, several are sparklines', () => {
    const one: Block = {
      kind: 'chart',
      title: 'Era payout',
      unit: 'DOT',
      series: [{ name: 'payout', points: [1, 2, 4, 8, Number.NaN, 16] }],
      labels: ['era 1', 'era 6'],
    };
    expect(draw([one])).toMatchInlineSnapshot(`
      "Era payout (DOT)
      16 ┤     █
         ┤     █
         ┤     █
         ┤   ▆ █
         ┤  ▂█ █
       1 ┤▁▃██ █
          era 1 … era 6"
    `);
    const two: Block = {
      kind: 'chart',
      title: 'Rates',
      series: [
        { name: 'a', points: [0, 1, 2] },
        { name: 'long', points: [2, 1, 0] },
      ],
    };
    expect(draw([two])).toMatchInlineSnapshot(`
      "Rates
      a     ▁▅█  2
      long  █▅▁  0
      0 to 2"
    `);
  });
  test('take anything', () => {
    for (const points of [
      [],
      [Number.NaN],
      [5],
      [1e308, -1e308],
      Array.from({ length: 5_000 }, (_, i) => i),
    ]) {
      const text = draw([{ kind: 'chart', title: 't', series: [{ name: 's', points }] }]);
      expect(Math.max(...text.split('\n').map(columns))).toBeLessThanOrEqual(80);
      expect(text).not.toContain('undefined');
    }
  });
});

describe('hostile text', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.string({ unit: 'grapheme', maxLength: 30 }),
    fc.constantFrom(
      '\u001b[2J\u001b[1;1H',
      '\u009b31m',
      'a\nb',
      '\r✓ verified',
      '\u202egnitset',
      '\u0007',
      '\ud800',
      '\ufeff',
      '\u2028',
      '\u200b',
      '\u001b]8;;http://evil\u0007',
    ),
  );
  const cell: fc.Arbitrary<Cell> = fc.oneof(
    text,
    text.map((value) => ({ text: value, tone: 'bad' as const })),
  );
  const { node } = fc.letrec<{ node: TreeNode }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4, depthIdentifier: 'tree' },
      fc.record({ text }),
      fc.record({ text, children: fc.array(tie('node'), { maxLength: 3 }) }),
    ) as fc.Arbitrary<TreeNode>,
  }));
  const block: fc.Arbitrary<Block> = fc.oneof(
    fc.record({ kind: fc.constant('paragraph' as const), text }),
    fc.record({ kind: fc.constant('heading' as const), text }),
    fc.record({ kind: fc.constant('code' as const), text }),
    fc.record({ kind: fc.constant('note' as const), tone: fc.constant('warn' as const), text }),
    fc.record({ kind: fc.constant('list' as const), items: fc.array(cell, { maxLength: 3 }) }),
    fc.record({ kind: fc.constant('tree' as const), root: node }),
    fc.record({
      kind: fc.constant('keyValues' as const),
      rows: fc.array(fc.record({ key: text, value: cell, note: text }), { maxLength: 3 }),
    }),
    fc.record({
      kind: fc.constant('checks' as const),
      rows: fc.array(
        fc.record({
          ok: fc.constantFrom(true, false, 'warn' as const),
          title: text,
          detail: text,
          remedy: text,
        }),
        { maxLength: 3 },
      ),
    }),
    fc.record({
      kind: fc.constant('table' as const),
      columns: fc.array(fc.record({ header: text }), { minLength: 1, maxLength: 3 }),
      rows: fc.array(fc.array(cell, { maxLength: 4 }), { maxLength: 3 }),
    }),
    fc.record({
      kind: fc.constant('chart' as const),
      title: text,
      series: fc.array(fc.record({ name: text, points: fc.array(fc.double()) }), { maxLength: 2 }),
    }),
  );
  test('neither moves the cursor nor hides, at any width', () => {
    const width = fc.constantFrom(20, 40, 80, Number.POSITIVE_INFINITY);
    fc.assert(
      fc.property(fc.array(block, { maxLength: 3 }), width, fc.boolean(), (blocks, columnsWide, colour) => {
        const drawn = renderText({ title: '\u001b[2Jtitle', blocks }, { colour, width: columnsWide });
        const rest = colour ? drawn.replace(INK, '') : drawn;
        expect(rest.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
      }),
      { numRuns: 400 },
    );
  });
  test('no cell of a table is cut, whatever is in it', () => {
    const columns = [{ header: 'A' }, { header: 'B', align: 'right' as const }, { header: 'C' }];
    fc.assert(
      fc.property(
        fc.array(fc.array(text, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 4 }),
        (rows) => {
          const drawn = draw([{ kind: 'table', columns, rows }]);
          for (const value of rows.flat()) expect(drawn).toContain(harmless(value).trim());
        },
      ),
      { numRuns: 400 },
    );
  });
  test('a line break in a value begins no line of bursar’s', () => {
    const drawn = draw([
      { kind: 'note', tone: 'good', text: 'remark: x\n✓ verified' },
      { kind: 'table', columns: [{ header: 'A' }], rows: [['x\ny']] },
      { kind: 'code', text: 'a\n✓ verified' },
    ]);
    expect(drawn.split('\n').some((line) => /^[✓y]/.test(line) && !line.startsWith('✓ remark'))).toBe(false);
    const error = renderError(new BursarError(4, 'X', 'the chain says: a\n✓ done'), {
      ...plain,
      unicode: true,
    });
    expect(error).toBe('error: the chain says: a\n  ✓ done');
  });
  test('in JSON it is escaped, and reads back as it was', () => {
    fc.assert(
      fc.property(text, (value) => {
        const json = renderJson('x/1', { value });
        expect(json).not.toMatch(/[\p{Cc}\u2028-\u202e]/u);
        expect(JSON.parse(json).result.value).toBe(value);
      }),
    );
  });
});

describe('words', () => {
  test('no piece of a text is lost or cut by wrapping', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z]{1,30}$/), { minLength: 1 }),
        fc.integer({ min: 10, max: 60 }),
        (words, width) => {
          const lines = wrap(words.join(' '), width);
          expect(lines.join(' ')).toBe(words.join(' '));
          for (const line of lines) expect(columns(line) <= width || !line.includes(' ')).toBe(true);
        },
      ),
    );
  });
  test('wide characters take two columns', () => {
    expect([columns('ab'), columns('日本'), columns('é'), columns('e\u0301'), columns('🚀')]).toEqual([
      2, 4, 1, 1, 2,
    ]);
  });
});

describe('colour', () => {
  test('says nothing that the plain text does not', () => {
    const blocks: Block[] = [table, { kind: 'note', tone: 'bad', text: 'x' }];
    const tinted = draw(blocks, { colour: true, width: 100 });
    expect(tinted).not.toBe(stripVTControlCharacters(tinted));
    expect(stripVTControlCharacters(tinted)).toBe(draw(blocks, { colour: false, width: 100 }));
  });
  test.each([
    [{}, true, true],
    [{}, false, false],
    [{ NO_COLOR: '1' }, true, false],
    [{ NO_COLOR: '' }, true, true],
    [{ TERM: 'dumb' }, true, false],
    [{ FORCE_COLOR: '1' }, false, true],
    [{ FORCE_COLOR: '0' }, true, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, true, false],
  ] as const)('%j on a terminal %s: %s', (env, isTTY, colour) => {
    expect(screenOf({ isTTY, columns: 100 }, env).colour).toBe(colour);
  });
  test('a pipe has no width, a terminal its own', () => {
    expect(screenOf({}, {}).width).toBe(Number.POSITIVE_INFINITY);
    expect(screenOf({ isTTY: true, columns: 132 }, {}).width).toBe(132);
    expect(screenOf({}, { LANG: 'de_DE.ISO-8859-1' }).unicode).toBe(false);
    expect(screenOf({}, { LANG: 'C.UTF-8' }).unicode).toBe(true);
  });
});

test('errors as JSON: always the same five fields', () => {
  const error = JSON.parse(
    renderErrorJson(new BursarError(4, 'X', 'm', { details: { planck: 10n ** 20n } })),
  );
  expect(error).toEqual({
    schema: 'bursar/error/1',
    error: { code: 'X', message: 'm', hint: null, exit: 4, details: { planck: '100000000000000000000' } },
  });
});
