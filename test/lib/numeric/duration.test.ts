import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { formatDuration } from '../../../src/lib/numeric/duration.js';
import { quote } from '../../../src/lib/numeric/text.js';

test.each([
  [0, '0 s'],
  [-0.4, '0 s'],
  [250, '250 ms'],
  [1000, '1 s'],
  [59_999, '59 s'],
  [90_000, '1 min 30 s'],
  [3_600_000, '1 h'],
  [(2 * 24 + 4) * 3_600_000 + 59 * 60_000, '2 d 4 h'],
  [86_400_000 + 59 * 60_000, '1 d'],
  [-90_000, '-1 min 30 s'],
  [Number.NaN, 'unknown'],
  [Number.POSITIVE_INFINITY, 'unknown'],
])('%d ms is %j', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

it('cuts towards zero: what is printed is never more than the span, and less by under one lower unit', () => {
  const size = { d: 86_400_000, h: 3_600_000, min: 60_000, s: 1000, ms: 1 } as Record<string, number>;
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 ** 12 }), (ms) => {
      const words = formatDuration(ms).split(' ');
      let shown = 0;
      for (let at = 0; at < words.length; at += 2) shown += Number(words[at]) * size[words[at + 1]!]!;
      expect(shown).toBeLessThanOrEqual(ms);
      const units = Object.values(size);
      const lower = units[units.indexOf(size[words[1]!]!) + 1] ?? 1;
      expect(ms - shown).toBeLessThan(Math.max(lower, 1));
    }),
  );
});

test('a quotation shows what is really there, in printable ASCII and no longer than asked', () => {
  expect(quote('a"b\\')).toBe('"a\\"b\\\\"');
  expect(quote('\u001b[31m\u202e\u212a')).toBe('"\\u{1b}[31m\\u{202e}\\u{212a}"');
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.integer({ min: 8, max: 80 }),
      (text, limit) => {
        expect(quote(text, limit)).toMatch(/^"[\x20-\x7e]*"$/);
        if (/^[a-z]*$/.test(text) && text.length <= limit) expect(quote(text, limit)).toBe(`"${text}"`);
      },
    ),
  );
  expect(quote('x'.repeat(1000))).toBe(`"${'x'.repeat(40)}..."`);
  expect(quote('\u202e'.repeat(1000)).length).toBeLessThanOrEqual(45);
});
