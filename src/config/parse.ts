/**
 * The small languages of settings and flags: durations, endpoints, hashes, counts. Each parser throws a usage error
 * (exit 2) that names what was read, why it is wrong and what to write instead.
 */

import { usageError } from '../lib/errors.js';
import { showUrl } from '../lib/shown.js';
import { quoteInput } from './quote.js';

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** The longest delay that a Node timer can hold (2^31 - 1 ms, 24.8 days); longer ones fire at once. */
export const LONGEST_MS = 2_147_483_647;

/**
 * Milliseconds of `90s`, `5m`, `1h30m`, `500ms`.
 * @throws usage DURATION (2)
 */
export function parseDuration(text: string): number {
  const bad = (why: string) =>
    usageError('DURATION', `${quoteInput(text)} is not a duration: ${why}.`, {
      hint: 'Write a number with its unit: 500ms, 30s, 5m, 2h, 1d, or a sum such as 1h30m.',
    });
  const compact = text.trim();
  if (compact === '') throw bad('it is empty');
  if (/^\d+(\.\d+)?$/.test(compact)) throw bad('the unit is missing');
  if (!/^(\d{1,12}(\.\d{1,6})?(ms|s|min|m|h|d))+$/.test(compact)) throw bad('it is not a number with a unit');
  let total = 0;
  for (const [, amount, unit] of compact.matchAll(/(\d+(?:\.\d+)?)(ms|s|min|m|h|d)/g)) {
    total += Number(amount) * UNITS[unit!]!;
  }
  if (total < 1) throw bad('it is shorter than a millisecond');
  if (total > LONGEST_MS) throw bad('it is longer than 24 days');
  return Math.round(total);
}

/** `90000` → `1m30s`: the shortest text that {@link parseDuration} reads back as the same number. */
export function formatDuration(ms: number): string {
  let rest = Math.round(ms);
  let text = '';
  for (const [unit, size] of [
    ['d', UNITS.d!],
    ['h', UNITS.h!],
    ['m', UNITS.m!],
    ['s', UNITS.s!],
    ['ms', 1],
  ] as const) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text === '' ? '0s' : text;
}

/** Whether a host name means this machine. */
export function isLoopback(host: string): boolean {
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '[::1]' ||
    /^127(\.\d{1,3}){3}$/.test(host)
  );
}

/** An endpoint that was accepted, and what the operator should know about it. */
export interface Endpoint {
  readonly url: string;
  readonly warning?: string;
}

/**
 * A `wss://` or `ws://` URL. Plain `ws://` to another machine is accepted with a warning: whoever is in between can
 * forge what the chain says.
 * @throws usage ENDPOINT (2)
 */
export function parseEndpoint(text: string): Endpoint {
  const bad = (why: string, hint = 'Give a WebSocket endpoint: wss://host or ws://127.0.0.1:9944.') =>
    usageError('ENDPOINT', `${quoteUrl(text)} is not an endpoint: ${why}.`, { hint });
  const trimmed = text.trim();
  if (trimmed === '') throw bad('it is empty');
  if (/[\s\p{Cc}\p{Cf}]/u.test(trimmed)) throw bad('it contains white space or invisible characters');
  if (!URL.canParse(trimmed)) {
    throw bad(/^[a-z]+:\/\//i.test(trimmed) ? 'it is not a URL' : 'it does not begin with wss:// or ws://');
  }
  const url = new URL(trimmed);
  if (url.protocol === 'http:' || url.protocol === 'https:') {
    const scheme = url.protocol === 'https:' ? 'wss' : 'ws';
    throw bad(
      'bursar speaks to nodes over WebSocket, not HTTP',
      `Most nodes serve both on one port: try ${scheme}://.`,
    );
  }
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') throw bad('it does not begin with wss:// or ws://');
  if (url.hostname === '') throw bad('it names no host');
  if (url.hash !== '') throw bad('a WebSocket endpoint has no # part');
  if (url.protocol === 'ws:' && !isLoopback(url.hostname)) {
    return {
      url: trimmed,
      warning: `${quoteUrl(trimmed)} is not encrypted: whoever is between you and it can forge what it answers. Use wss://.`,
    };
  }
  return { url: trimmed };
}

/** A URL in quotes, without user, password and keys that it may carry. */
export const quoteUrl = (text: string): string => quoteInput(showUrl(text), 200);

/**
 * A 32-byte hash, as lower-case 0x hex.
 * @throws usage HASH (2)
 */
export function parseHash(text: string): string {
  if (!/^0x[0-9a-f]{64}$/i.test(text)) {
    throw usageError('HASH', `${quoteInput(text)} is not a hash: it is not 0x and 64 hexadecimal digits.`, {
      hint: 'A hash is 32 bytes: 0x followed by 64 characters 0-9 and a-f.',
    });
  }
  return text.toLowerCase();
}

/**
 * A whole number in decimal digits, `min` to `max` inclusive.
 * @throws usage COUNT (2)
 */
export function parseCount(text: string, min = 0, max = 4_294_967_295): number {
  const value = /^\d{1,15}$/.test(text.trim()) ? Number(text.trim()) : Number.NaN;
  if (Number.isNaN(value) || value < min || value > max) {
    throw usageError('COUNT', `${quoteInput(text)} is not a whole number from ${min} to ${max}.`, {
      hint: 'Write it in digits only, without sign, point or separators.',
    });
  }
  return value;
}

/** `1`, `true`, `yes`, `on` and their opposites. @throws usage SWITCH (2) */
export function parseSwitch(text: string): boolean {
  const word = text.trim().toLowerCase();
  if (['1', 'true', 'yes', 'on'].includes(word)) return true;
  if (['0', 'false', 'no', 'off', ''].includes(word)) return false;
  throw usageError('SWITCH', `${quoteInput(text)} is neither on nor off.`, { hint: 'Write 1 or 0.' });
}

/**
 * An account as operators write it: an SS58 address, or the name of a key in the keystore. Only the shape is looked
 * at; whether the address belongs to the chain, and whether the key exists, is known later.
 * @throws usage ACCOUNT (2)
 */
export function parseAccount(text: string): string {
  const name = text.trim();
  const bad = (why: string) =>
    usageError('ACCOUNT', `${quoteInput(text)} is neither an address nor the name of a key: ${why}.`, {
      hint: 'Give an SS58 address (47 or 48 characters on Polkadot) or a key name from `bursar keys list`.',
    });
  if (name === '') throw bad('it is empty');
  if (/^0x/i.test(name)) throw bad('bare hexadecimal could be a public key or a seed');
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name)) throw bad('it has characters that neither has');
  if (name.length > 64) throw bad('it is longer than 64 characters');
  return name;
}
