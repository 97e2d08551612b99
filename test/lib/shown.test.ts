import { describe, expect, it, test } from 'vitest';
import { quoteInput } from '../../src/config/quote.js';
import { echo } from '../../src/lib/keys/echo.js';
import { quote, quoteReadable } from '../../src/lib/numeric/text.js';
import {
  escapeInvisible,
  escapeInvisibleJson,
  looksLikeWords,
  mayHoldSecret,
  oneLine,
  showUrl,
  showUrlsIn,
  withoutPhrases,
} from '../../src/lib/shown.js';

describe('an address', () => {
  it.each([
    ['wss://rpc.example', 'wss://rpc.example'],
    ['ws://127.0.0.1:9944', 'ws://127.0.0.1:9944'],
    ['ws://[::1]:9944/', 'ws://[::1]:9944/'],
    ['wss://rpc.example/public-ws', 'wss://rpc.example/public-ws'],
    ['wss://rpc.example/v1/KEY', 'wss://rpc.example/v1/…'],
    ['wss://rpc.example/?apikey=KEY', 'wss://rpc.example/?…'],
    ['wss://rpc.example?KEY', 'wss://rpc.example?…'],
    ['wss://rpc.example/ws#KEY', 'wss://rpc.example/ws?…'],
    ['wss://user:KEY@rpc.example/ws?KEY', 'wss://…@rpc.example/ws?…'],
    ['wss://KEY@rpc.example', 'wss://…@rpc.example'],
    ['wss://user:K@EY@rpc.example', 'wss://…@rpc.example'],
    ['wss://user:K/EY@rpc.example', 'wss://…'],
    ['wss:\\\\user:KEY@rpc.example', '…'],
    ['user:KEY@rpc.example', '…'],
    ['rpc.example/KEY', '…'],
    ['rpc.example:9944', 'rpc.example:9944'],
    ['wss://rpc.example/%4b%45%59', 'wss://rpc.example/…'],
    ['wss://rpc.example/ws\u202e', 'wss://rpc.example/…'],
  ])('%s is shown as %s', (url, shown) => {
    expect(showUrl(url)).toBe(shown);
  });

  it('is repeated in a command only if all of it is shown', () => {
    for (const url of [
      'wss://rpc.example',
      ' wss://rpc.example/public-ws ',
      'wss://h/asset-hub-paseo',
      'ws://[::1]:1/',
    ])
      expect(mayHoldSecret(url), url).toBe(false);
    for (const url of [
      'wss://h/k3y15chars',
      'wss://u@h',
      'wss://h/?k',
      'wss://h/#k',
      'wss://h/ws/paseo-k3y',
      'h/KEY',
    ])
      expect(mayHoldSecret(url), url).toBe(true);
  });

  it('is found in a sentence, in JSON and in a list', () => {
    expect(showUrlsIn('Invalid URL: wss://u:KEY@a.example/KEY, tried')).toBe(
      'Invalid URL: wss://…@a.example/… tried',
    );
    expect(showUrlsIn('["wss://a.example/KEY","ws://b"]')).toBe('["wss://a.example/…","ws://b"]');
    for (const repeat of [quoteInput, echo, quote, (text: string) => quoteReadable(text, 200)])
      expect(repeat('wss://user:KEY@rpc.example/?KEY')).not.toContain('KEY');
  });
});

/** One of every kind that does something to a screen or cannot be seen. */
const NASTY = [
  '\u001b[2J',
  '\u009b2J',
  '\r',
  '\n',
  '\b',
  '\u0007',
  '\u007f',
  '\u0085',
  '\u00ad',
  '\u034f',
  '\u061c',
  '\u115f',
  '\u180e',
  '\u200b',
  '\u200e',
  '\u200f',
  '\u2028',
  '\u2029',
  '\u202a',
  '\u202e',
  '\u2060',
  '\u2066',
  '\u2069',
  '\u3164',
  '\ufe0f',
  '\ufeff',
  '\uffa0',
  '\ufff9',
  '\ue000',
  '\ud800',
  '\u{e0001}',
  '\u{e0041}',
  '\u{1d173}',
];

describe('text from outside', () => {
  test('is shown with escapes for whatever steers, hides or reorders, and is otherwise left alone', () => {
    for (const nasty of NASTY) {
      expect(escapeInvisible(`a${nasty}b`), JSON.stringify(nasty)).toMatch(/^a\\[\x20-\x7e]*b$/);
      const json = escapeInvisibleJson(JSON.stringify({ text: `a${nasty}b` }));
      expect(json).toMatch(/^[\x20-\x7e]*$/);
      expect(JSON.parse(json)).toEqual({ text: `a${nasty}b` });
    }
    const fine = 'Zürich 東京 Ω≈ç√ 𝔘𝔫𝔦 🚀 e\u0301';
    expect(escapeInvisible(fine)).toBe(fine);
    expect(escapeInvisibleJson(JSON.stringify(fine))).toBe(JSON.stringify(fine));
    expect(oneLine('two\r\n  lines\u001b')).toBe('two lines\\u{1b}');
  });
});

test('the last look at a sentence takes a phrase of the command line out of it', () => {
  const phrase = 'bottom drive obey lake curtain smoke basket hold race lonely fit walk';
  const sentence = `ENOENT: no such file or directory, open '/home/${phrase}'`;
  expect(withoutPhrases(sentence, ['node', `--file=${phrase}`])).toBe(
    "ENOENT: no such file or directory, open '/home/(not shown: it could be a secret)'",
  );
  expect(withoutPhrases(sentence, ['node', 'stake', 'status'])).toBe(sentence);
});

describe('words of a phrase', () => {
  const phrase = 'bottom drive obey lake curtain smoke basket hold race lonely fit walk';
  test.each([
    phrase,
    phrase.toUpperCase(),
    phrase.split(' ').slice(0, 6).join(' '),
    `${phrase}//Alice///password`,
    phrase.replaceAll(' ', '\n'),
    `--amount=${phrase}`,
    `/home/me/${phrase}`,
  ])('%s is not repeated', (text) => {
    expect(looksLikeWords(text)).toBe(true);
    for (const repeat of [quoteInput, echo, quote, (given: string) => quoteReadable(given, 1_000)])
      expect(repeat(text)).toBe('(not shown: it could be a secret)');
  });
  test.each([
    '/home/me/my key files of last year.json',
    '12.5 DOT',
    'wallet,asset,amount,timestamp,salt,user,total',
    'one two three four five',
  ])('%s is', (text) => {
    expect(looksLikeWords(text)).toBe(false);
    expect(quoteReadable(text, 1_000)).toBe(`"${text}"`);
  });
});
