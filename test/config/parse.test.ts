import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatDuration,
  LONGEST_MS,
  parseAccount,
  parseCount,
  parseDuration,
  parseEndpoint,
  parseHash,
  parseSwitch,
  quoteUrl,
} from '../../src/config/parse.js';
import { quoteInput } from '../../src/config/quote.js';
import { closest, editDistance } from '../../src/config/suggest.js';
import { BursarError } from '../../src/lib/errors.js';

/** Text that has hurt parsers before, beside random text. */
const hostile = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '',
    ' ',
    '\0',
    '\u001b[2J',
    '\u202e',
    '__proto__',
    'constructor',
    '-0',
    '1e999',
    'NaN',
    '٣s',
    '１０s',
    '0x',
    '//',
    'ws://',
    'wss://@',
    'wss://[',
    'wss://a b',
    'WSS://A',
    'ws://127.0.0.1.evil.example',
    '9'.repeat(400),
    'a'.repeat(100_000),
  ),
);

describe('every parser refuses what it does not understand with exit 2, and only so', () => {
  test.each([
    ['duration', parseDuration],
    ['endpoint', parseEndpoint],
    ['hash', parseHash],
    ['count', parseCount],
    ['switch', parseSwitch],
    ['account', parseAccount],
  ] as const)('%s', (_name, parse: (text: string) => unknown) => {
    fc.assert(
      fc.property(hostile, (text) => {
        try {
          parse(text);
        } catch (error) {
          expect(error).toBeInstanceOf(BursarError);
          const { exit, message, hint } = error as BursarError;
          expect(exit).toBe(2);
          expect(hint).toBeTruthy();
          expect(message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
          expect(message.length).toBeLessThan(400);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('durations', () => {
  test.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['5min', 300_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
    ['1.5h', 5_400_000],
    [' 1s ', 1_000],
  ])('%s is %i ms', (text, ms) => expect(parseDuration(text)).toBe(ms));
  test.each(['30', '', 's', '-1s', '1 s', '0s', '25d', '1y', '1s1', '1,5h'])('%s is refused', (text) => {
    expect(() => parseDuration(text)).toThrow(/is not a duration: /);
  });
  test('what is printed is read back as the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: LONGEST_MS }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });
});

describe('endpoints', () => {
  test('loopback and encrypted ones are taken as they are', () => {
    for (const url of [
      'wss://rpc.example:443/x?y=1',
      'ws://127.0.0.1:9944',
      'ws://localhost',
      'ws://[::1]:9944',
    ]) {
      expect(parseEndpoint(url)).toEqual({ url });
    }
  });
  test('an unencrypted one elsewhere is taken with a warning', () => {
    expect(parseEndpoint('ws://10.0.0.7:9944').warning).toContain('not encrypted');
    expect(parseEndpoint('ws://127.0.0.1.evil.example').warning).toContain('not encrypted');
  });
  test('http is refused with the scheme to try', () => {
    expect(() => parseEndpoint('https://rpc.example')).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('wss://') }),
    );
  });
  test('a password in it is never repeated', () => {
    expect(quoteUrl('wss://user:hunter2@rpc.example/x')).toBe('"wss://…@rpc.example/…"');
    for (const url of ['http://u:hunter2@h', 'ws://u:hunter2@h', 'ws://u:hunter2@ h']) {
      try {
        expect(parseEndpoint(url).warning).not.toContain('hunter2');
      } catch (error) {
        expect((error as Error).message).not.toContain('hunter2');
      }
    }
  });
});

test('accounts: addresses and key names, nothing that could be a seed', () => {
  expect(parseAccount('15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5')).toHaveLength(48);
  expect(parseAccount('operator-1')).toBe('operator-1');
  const seed = `0x${'ab'.repeat(32)}`;
  expect(() => parseAccount(seed)).toThrow(BursarError);
  expect(() => parseAccount(seed)).not.toThrow(/abab/);
});

test('what looks like a secret is not repeated', () => {
  const words = 'bottom drive obey lake curtain smoke basket hold race lonely fit walk';
  for (const secret of [
    words,
    ` ${words}`,
    `${words}//hard`,
    'a0'.repeat(32),
    `0x${'A0'.repeat(32)}`,
    'a0'.repeat(64),
  ]) {
    expect(quoteInput(secret)).not.toContain(secret.trim().slice(0, 6));
  }
  expect(quoteInput('network')).toBe('"network"');
});

describe('did you mean', () => {
  test('the nearest known word, if it is near', () => {
    expect(closest('netwrok', ['network', 'from'])).toBe('network');
    expect(closest('polkdaot', ['polkadot', 'kusama'])).toBe('polkadot');
    expect(closest('elephant', ['network', 'from'])).toBeUndefined();
    expect(closest('x'.repeat(1_000_000), ['network'])).toBeUndefined();
  });
  test('the distance is a metric on short words', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(editDistance(a, b)).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
      }),
    );
  });
});
