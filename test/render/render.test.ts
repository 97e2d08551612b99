import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BursarError } from '../../src/lib/errors.js';
import { escapeInvisible } from '../../src/lib/shown.js';
import { type Block, keyed, spark, type View } from '../../src/lib/view.js';
import { renderError } from '../../src/render/error.js';
import { renderErrorJson, renderJson, renderText, screenOf } from '../../src/render/index.js';
import { compact } from '../../src/render/number.js';
import { columns, wrap } from '../../src/render/text.js';
import { anyBlock, hostileText } from './arbitrary.js';
import { ADDRESS, ERA_POINTS } from './sample.js';

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
      16 ┤               ███
         ┤               ███
         ┤               ███
         ┤         ▆▆▆   ███
         ┤      ▂▂▂███   ███
       1 ┤▁▁▁▃▃▃██████   ███
          era 1        era 6"
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
  test('points on both sides of 0 rise and hang from it', () => {
    const points = [1, 2, 3, 2, 1, 0, -1, -2, -1, null];
    const labels = ['day 1', 'day 10'];
    const block: Block = {
      kind: 'chart',
      title: 'Returns',
      unit: '%',
      series: [{ name: 'r', points }],
      labels,
    };
    expect(draw([block])).toMatchInlineSnapshot(`
      "Returns (%)
       3 ┤      ███
         ┤   █████████
       0 ┤███████████████▁▁▁
         ┤                  █████████
      -2 ┤                     ███
          day 1                   day 10"
    `);
    expect(draw([block], { ...plain, width: 40, unicode: false })).toMatchInlineSnapshot(`
      "Returns (%)
       3 |      ###
         |   #########
       0 |###############...
         |                  #########
      -2 |                     ###
          day 1                   day 10"
    `);
  });
  test('series that are compared in size are measured from 0', () => {
    const block: Block = {
      kind: 'chart',
      title: 'Era points',
      from: 'zero',
      series: [
        { name: 'own', points: [100, 93, 100] },
        { name: 'mean', points: [100, 100, 100] },
      ],
    };
    // 7 % less is no fall to the ground.
    expect(draw([block])).toMatchInlineSnapshot(`
      "Era points
      own   ███  100
      mean  ███  100
      0 to 100"
    `);
    expect(draw([{ ...block, series: [block.series[0]!] }])).toContain('\n  0 ┤');
  });
  test('84 eras fit on an ordinary terminal, and have a column each on a broad one', () => {
    const block: Block = {
      kind: 'chart',
      title: 'Era points',
      series: [{ name: 'points', points: ERA_POINTS }],
      labels: ['era 1500', 'era 1583'],
    };
    expect(draw([block])).toMatchInlineSnapshot(`
      "Era points
      89,156 ┤    ▁▄▅▅▄▂                      ▁██▆▄                     ▁▄▅▅▄▂
             ┤  ▃▆███████▅▂                 ▅▇██████▅                 ▃▆██████▇▇
             ┤ ▇███████████▅              ▂███████████▄             ▃▇███████████▄
             ┤▆██████████████▃          ▃▆█████████████▅           ▃██████████████▇▂
             ┤████████████████▇▁      ▄▇████████████████▆▇▃       ▃█████████████████▆
      80,392 ┤██████████████████▄▂▁▁▆███████████████████████▅▃▃▃▅█████████████████████
              era 1500                                                        era 1583"
    `);
    const broad = draw([block], { ...plain, width: 130 }).split('\n');
    expect(columns(broad.at(-1)!)).toBe(84 + '89,156 ┤'.length);
    // The era that was missed is a gap from top to bottom.
    for (const line of broad.slice(1, -1)) expect(line['89,156 ┤'.length + 40] ?? ' ').toBe(' ');
  });
  test('bars with names have them in front, with their numbers', () => {
    const stakes: Block = {
      kind: 'chart',
      title: 'Stake',
      unit: 'DOT',
      style: 'bar',
      series: [{ name: 'stake', points: [1_234_567, 987_654.3, 123_456, 20, 0, null] }],
      labels: ['alice', 'bob', 'charlie the validator', 'dave', 'eve', 'ferdie'],
    };
    expect(draw([stakes])).toMatchInlineSnapshot(`
      "Stake (DOT)
      alice                   1.235M  ████████████████████████████████████████████████
      bob                    987,654  ██████████████████████████████████████▍
      charlie the validator  123,456  ████▊
      dave                        20  ▏
      eve                          0
      ferdie                       –"
    `);
    expect(draw([stakes], { ...plain, width: 30, unicode: false })).toMatchInlineSnapshot(`
      "Stake (DOT)
      alice
         1.235M  ###################
      bob
        987,654  ###############
      charlie the validator
        123,456  ##
      dave
             20  #
      eve
              0
      ferdie
              -"
    `);
    const two: Block = {
      ...stakes,
      series: [
        { name: 'own', points: [2, -1] },
        { name: 'nominated', points: [1, 4] },
      ],
      labels: [ADDRESS, 'bob'],
    };
    expect(draw([two])).toMatchInlineSnapshot(`
      "Stake (DOT)
      15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5   2       │██████████
                                                         1       │▓▓▓▓▓
      bob                                               -1  █████│
                                                         4       │▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓
      █ own   ▓ nominated"
    `);
  });
  test('a bar is as long as its value', () => {
    const amounts = fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(amounts, fc.boolean(), (points, unicode) => {
        const labels = points.map((_, at) => `v${at}`);
        const block: Block = {
          kind: 'chart',
          title: 't',
          style: 'bar',
          series: [{ name: 's', points }],
          labels,
        };
        const lines = draw([block], { ...plain, width: 80, unicode })
          .split('\n')
          .slice(1);
        const sizes = lines.map((line) => columns(/[^\w\s,.]*$/u.exec(line)![0]));
        const most = Math.max(...points);
        points.forEach((point, at) => {
          const exact = most === 0 ? 0 : (point / most) * Math.max(...sizes);
          expect(Math.abs(sizes[at]! - exact)).toBeLessThanOrEqual(1.01);
          expect(sizes[at]! > 0).toBe(point > 0);
        });
      }),
    );
  });
  test('take anything, at any width', () => {
    const value = fc.option(fc.double());
    const several = fc.array(fc.array(value, { maxLength: 200 }), { maxLength: 3 });
    fc.assert(
      fc.property(
        several,
        fc.boolean(),
        fc.boolean(),
        fc.integer({ min: 40, max: 200 }),
        (all, bar, unicode, width) => {
          const series = all.map((points, at) => ({ name: `s${at}`, points }));
          const labels = (all[0] ?? []).map((_, at) => `v${at}`);
          const block: Block = { kind: 'chart', title: 't', style: bar ? 'bar' : 'line', series, labels };
          const text = draw([block], { ...plain, width, unicode });
          expect(Math.max(...text.split('\n').map(columns))).toBeLessThanOrEqual(Math.min(width, 120));
          expect(text).not.toMatch(/undefined|NaN|Infinity/);
          if (!unicode) expect(text).toMatch(/^\p{ASCII}*$/u);
        },
      ),
    );
    const many = draw([
      { kind: 'chart', title: 't', series: [{ name: 's', points: [...Array(5_000).keys()] }] },
    ]);
    expect(Math.max(...many.split('\n').map(columns))).toBeLessThanOrEqual(80);
  });
  test.each([
    [0, '0'],
    [84_321.4, '84,321'],
    [1_234_567, '1.235M'],
    [-45_600_000_000, '-45.6B'],
    [9.87e12, '9.87T'],
    [0.012345, '0.01235'],
    [12.5, '12.5'],
    [3.1e-7, '3.1e-7'],
    [1.5e20, '1.5e+20'],
  ])('write %d as %s', (value, text) => {
    expect(compact(value)).toBe(text);
  });
});

describe('small pictures in cells', () => {
  const rows: Block = {
    kind: 'table',
    columns: [{ header: 'WHO' }, { header: 'TREND' }, { header: 'N', align: 'right' }],
    rows: [
      ['alice', spark([1, 2, null, 4, 8], '8 %'), '1'],
      ['bob', spark([5, 5]), '2'],
      ['nobody', spark([null]), '3'],
      ['long', spark(ERA_POINTS), '4'],
    ],
  };
  test('are one character a point, with gaps; long ones are thinned out', () => {
    expect(draw([rows])).toMatchInlineSnapshot(`
      "WHO     TREND                     N
      ──────  ────────────────────────  ─
      alice   ▂▃ ▅█ 8 %                 1
      bob     ██                        2
      nobody  –                         3
      long    █████▇▇▇███████▇▇██████▇  4"
    `);
    expect(draw([rows], { ...plain, unicode: false })).toMatchInlineSnapshot(`
      "WHO     TREND                     N
      ------  ------------------------  -
      alice   .: =# 8 %                 1
      bob     ##                        2
      nobody  -                         3
      long    #####***#######**######*  4"
    `);
  });
  test('stand in lists and pairs too', () => {
    const value = spark([1, 2, 3], 'up');
    expect(draw([{ kind: 'keyValues', rows: [{ key: 'k', value }] }])).toBe('k  ▃▆█ up');
    expect(draw([{ kind: 'list', items: [value] }])).toBe('• ▃▆█ up');
  });
  test('a cell with a key for sorting is its text', () => {
    expect(draw([{ kind: 'list', items: [keyed('1M', 10n ** 6n), keyed('x', 1, 'bad')] }])).toBe('• 1M\n• x');
  });
});

describe('errors', () => {
  const error = new BursarError(
    4,
    'X',
    `The bond of ${ADDRESS} is smaller than what the chain asks for.\n  first: one two three four five six seven eight nine\nsecond`,
    { hint: 'Bond at least 250 DOT, for instance with bursar stake bond-extra.\nOr do not.' },
  );
  test('are wrapped to the terminal, whole words only', () => {
    expect(renderError(error, { ...plain, width: 40, unicode: true })).toMatchInlineSnapshot(`
      "error: The bond of
             15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5
             is smaller than what the chain
             asks for.
        first: one two three four five six
        seven eight nine
        second
      hint: Bond at least 250 DOT, for
            instance with bursar stake
            bond-extra.
            Or do not."
    `);
  });
  test('are not wrapped in a pipe', () => {
    expect(renderError(error, { ...plain, unicode: true }).split('\n')).toHaveLength(5);
  });
  test('say the same with colour', () => {
    for (const width of [20, 40, 80, Number.POSITIVE_INFINITY]) {
      const screen = { width, unicode: true };
      const tinted = renderError(error, { ...screen, colour: true });
      expect(stripVTControlCharacters(tinted)).toBe(renderError(error, { ...screen, colour: false }));
    }
  });
  test('keep to the width, whatever they say', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(words, words, fc.integer({ min: 25, max: 100 }), (message, hint, width) => {
        const text = renderError(new BursarError(2, 'X', message.join(' '), { hint: hint.join(' ') }), {
          ...plain,
          width,
          unicode: true,
        });
        for (const line of text.split('\n')) expect(columns(line)).toBeLessThanOrEqual(width);
        expect(text.replace(/\s+/g, ' ')).toBe(`error: ${message.join(' ')} hint: ${hint.join(' ')}`);
      }),
    );
  });
});

describe('hostile text', () => {
  const text = hostileText;
  test('neither moves the cursor nor hides, at any width', () => {
    const width = fc.constantFrom(20, 40, 80, Number.POSITIVE_INFINITY);
    fc.assert(
      fc.property(
        fc.array(anyBlock, { maxLength: 3 }),
        width,
        fc.boolean(),
        (blocks, columnsWide, colour) => {
          const drawn = renderText({ title: '\u001b[2Jtitle', blocks }, { colour, width: columnsWide });
          const rest = colour ? drawn.replace(INK, '') : drawn;
          expect(rest.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
        },
      ),
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
          for (const value of rows.flat()) expect(drawn).toContain(escapeInvisible(value).trim());
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
