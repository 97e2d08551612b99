import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { parseCount } from '../../../src/lib/numeric/count.js';
import { formatDuration, MAX_TIMER_MS, parseDuration } from '../../../src/lib/numeric/duration.js';
import { quote } from '../../../src/lib/numeric/text.js';
import { hostileText, refusal, valueOrRefusal } from './hostile.js';

test.each([
  ['250ms', 250],
  ['30s', 30_000],
  ['5m', 300_000],
  ['2h', 7_200_000],
  ['1d', 86_400_000],
  [' 30s\n', 30_000],
])('%j', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  ['30', 'DURATION_UNIT_MISSING'],
  ['0s', 'DURATION_OUT_OF_RANGE'],
  ['25d', 'DURATION_OUT_OF_RANGE'],
  ['9999999999999999d', 'DURATION_OUT_OF_RANGE'],
  ['', 'DURATION_SYNTAX'],
  ['s', 'DURATION_SYNTAX'],
  ['1.5h', 'DURATION_SYNTAX'],
  ['1h30m', 'DURATION_SYNTAX'],
  ['30 s', 'DURATION_SYNTAX'],
  ['30S', 'DURATION_SYNTAX'],
  ['-1s', 'DURATION_SYNTAX'],
  ['1e3s', 'DURATION_SYNTAX'],
  ['030s', 'DURATION_SYNTAX'],
  ['\u0663s', 'DURATION_SYNTAX'],
  ['1w', 'DURATION_SYNTAX'],
])('%j is refused: %s', (text, code) => {
  const refused = refusal(() => parseDuration(text));
  expect(refused.code).toBe(code);
  expect(refused.hint).toBeTruthy();
});

it('keeps to the bounds that the caller sets', () => {
  expect(parseDuration('0s', { min: 0 })).toBe(0);
  expect(parseDuration('90d', { max: 365 * 86_400_000 })).toBe(90 * 86_400_000);
  expect(refusal(() => parseDuration('5m', { max: 60_000 })).code).toBe('DURATION_OUT_OF_RANGE');
});

it('answers any text with milliseconds that a timer keeps, or a refusal', () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const outcome = valueOrRefusal(() => parseDuration(text));
      if ('value' in outcome) expect(outcome.value >= 1 && outcome.value <= MAX_TIMER_MS).toBe(true);
      const count = valueOrRefusal(() => parseCount(text, { name: 'era' }));
      if ('value' in count) expect(Number.isInteger(count.value) && count.value < 2 ** 32).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

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

test('counts', () => {
  expect(parseCount('0', { name: 'era' })).toBe(0);
  expect(parseCount(' 1523\n', { name: 'era' })).toBe(1523);
  expect(parseCount('4294967295', { name: 'era' })).toBe(4_294_967_295);
  for (const text of ['', '-1', '1.0', '1e3', '0x1', '01', '1_000', '\u0661', 'NaN']) {
    expect(refusal(() => parseCount(text, { name: 'era' })).code).toBe('COUNT_SYNTAX');
  }
  for (const text of ['4294967296', '9'.repeat(17), '9'.repeat(400)]) {
    expect(refusal(() => parseCount(text, { name: 'era' })).code).toBe('COUNT_OUT_OF_RANGE');
  }
  expect(refusal(() => parseCount('0', { name: '--threshold', min: 1, max: 5 })).message).toContain(
    '--threshold',
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
