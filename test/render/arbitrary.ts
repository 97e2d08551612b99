/** Views of everything that a chain, a file or a bug could put into them. */

import fc from 'fast-check';
import type { Block, Cell, TreeNode, View } from '../../src/lib/view.js';

/** What has broken terminals and pages before. */
export const HOSTILE: readonly string[] = [
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
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</td></tr></table><h1>x',
  '</title><script>alert(1)</script>',
  '</style><script>alert(1)</script>',
  '<!--',
  ']]>',
  '&lt;b&gt;&amp;&#60;',
  '`+alert(1)+`',
  'javascript:alert(1)',
];

export const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.constantFrom(...HOSTILE),
);

export const anyCell: fc.Arbitrary<Cell> = fc.oneof(
  hostileText,
  hostileText.map((text) => ({ text, tone: 'bad' as const })),
  fc.record({ text: hostileText, sort: fc.oneof(hostileText, fc.double(), fc.bigInt()) }),
  fc.record({ spark: fc.array(fc.option(fc.double()), { maxLength: 6 }), text: hostileText }),
);

const { node } = fc.letrec<{ node: TreeNode }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'tree' },
    fc.record({ text: hostileText }),
    fc.record({ text: hostileText, children: fc.array(tie('node'), { maxLength: 3 }) }),
  ) as fc.Arbitrary<TreeNode>,
}));

const chart: fc.Arbitrary<Block> = fc
  .tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 2 }))
  .chain(([length, series]) =>
    fc.record(
      {
        kind: fc.constant('chart' as const),
        title: hostileText,
        unit: hostileText,
        style: fc.constantFrom('line' as const, 'bar' as const),
        series: fc.array(
          fc.record({
            name: hostileText,
            points: fc.array(fc.option(fc.double()), { minLength: length, maxLength: length }),
          }),
          { minLength: series, maxLength: series },
        ),
        labels: fc.oneof(
          fc.array(hostileText, { minLength: length, maxLength: length }),
          fc.array(hostileText, { maxLength: 3 }),
        ),
      },
      { requiredKeys: ['kind', 'title', 'series'] },
    ),
  );

export const anyBlock: fc.Arbitrary<Block> = fc.oneof(
  fc.record({ kind: fc.constant('paragraph' as const), text: hostileText }),
  fc.record({ kind: fc.constant('heading' as const), text: hostileText }),
  fc.record({ kind: fc.constant('code' as const), text: hostileText }),
  fc.record({ kind: fc.constant('note' as const), tone: fc.constant('warn' as const), text: hostileText }),
  fc.record({ kind: fc.constant('list' as const), items: fc.array(anyCell, { maxLength: 3 }) }),
  fc.record({ kind: fc.constant('tree' as const), root: node }),
  fc.record({
    kind: fc.constant('keyValues' as const),
    rows: fc.array(fc.record({ key: hostileText, value: anyCell, note: hostileText }), { maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant('checks' as const),
    rows: fc.array(
      fc.record({
        ok: fc.constantFrom(true, false, 'warn' as const),
        title: hostileText,
        detail: hostileText,
        remedy: hostileText,
      }),
      { maxLength: 3 },
    ),
  }),
  fc.record(
    {
      kind: fc.constant('table' as const),
      columns: fc.array(
        fc.record(
          { header: hostileText, align: fc.constantFrom('left' as const, 'right' as const) },
          { requiredKeys: ['header'] },
        ),
        { minLength: 1, maxLength: 3 },
      ),
      rows: fc.array(fc.array(anyCell, { maxLength: 4 }), { maxLength: 3 }),
      footer: fc.array(anyCell, { maxLength: 3 }),
    },
    { requiredKeys: ['kind', 'columns', 'rows'] },
  ),
  chart,
);

export const anyView: fc.Arbitrary<View> = fc.record(
  { title: hostileText, subtitle: hostileText, blocks: fc.array(anyBlock, { maxLength: 5 }) },
  { requiredKeys: ['blocks'] },
);
