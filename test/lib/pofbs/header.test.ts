/** What custodians type: times, accounts, sizes, assets; and what must follow from the epoch before. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type HeaderGiven,
  headerOf,
  headerWarnings,
  iso,
  NO_EPOCH,
  parseAssets,
  parseCustody,
  parseMemory,
  parseTimestamp,
} from '../../../src/lib/pofbs/header.js';
import { makeManifest } from '../../../src/lib/pofbs/manifest.js';

const code = (text: string) => expect.objectContaining({ exit: 2, code: text });

describe('a time', () => {
  const parse = (text: string) => parseTimestamp(text, 1_795_000_000);
  it('is Unix seconds, ISO with a zone, or now', () => {
    expect(parse('now')).toBe(1_795_000_000);
    expect(parse('0')).toBe(0);
    expect(parse('1795176000')).toBe(1_795_176_000);
    for (const text of [
      '2026-11-20T12:00:00Z',
      '2026-11-20 12:00Z',
      '2026-11-20T14:30:00+02:30',
      '2026-11-19T12:00:00-24:00'.replace('-24', '-23').replace('T12', 'T13'),
    ])
      expect(parse(text)).toBe(1_795_176_000);
    fc.assert(
      fc.property(fc.nat(4_000_000_000), (seconds) => {
        expect(parse(iso(seconds))).toBe(seconds);
        expect(parse(String(seconds))).toBe(seconds);
      }),
    );
  });
  it.each([
    '',
    'today',
    '1795176000000',
    '1795176000.5',
    '-1',
    '2026-11-20',
    '2026-11-20T12:00:00',
    '2026-11-31T12:00:00Z',
    '2026-13-01T12:00:00Z',
    '2026-02-29T12:00:00Z',
    '2026-11-20T25:00:00Z',
    '1969-12-31T23:59:59Z',
    '0x10',
  ])('is not %j', (text) => {
    expect(() => parse(text)).toThrow(code('TIMESTAMP'));
  });
});

describe('flags', () => {
  it('have accounts of 32 bytes and contracts of 20', () => {
    const alice = '0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d';
    expect(parseCustody('5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY')).toBe(alice);
    expect(parseCustody('15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5')).toBe(alice);
    expect(parseCustody(alice.toUpperCase().replace('0X', '0x'))).toBe(alice);
    expect(parseCustody(`0x${'aB'.repeat(20)}`)).toBe(`0x${'ab'.repeat(20)}`);
    for (const text of ['0x', `0x${'ab'.repeat(21)}`, '0xzz'])
      expect(() => parseCustody(text)).toThrow(code('CUSTODY'));
    expect(() => parseCustody('alice')).toThrow(
      expect.objectContaining({
        code: 'ADDRESS_FORMAT',
        hint: expect.stringContaining('names of keys are not taken here'),
      }),
    );
    expect(() => parseCustody('5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQZ')).toThrow(
      code('ADDRESS_CHECKSUM'),
    );
  });
  it('have memory with its unit', () => {
    expect(['16MB', '256MiB', '2G'].map(parseMemory)).toEqual([2 ** 24, 2 ** 28, 2 ** 31]);
    for (const text of ['', '256', '15MB', '-1GB', '1.5GB', '9999999GB'])
      expect(() => parseMemory(text)).toThrow(code('MEMORY'));
  });
  it('have assets with decimals of their own, or the common ones', () => {
    expect(parseAssets(['USDC', 'DOT:10', 'X:0'], 6)).toEqual([
      { asset: 'USDC', decimals: 6 },
      { asset: 'DOT', decimals: 10 },
      { asset: 'X', decimals: 0 },
    ]);
    expect(() => parseAssets(['USDC'], null)).toThrow(code('DECIMALS'));
    expect(() => parseAssets(['USDC:39'], null)).toThrow(code('DECIMALS'));
    for (const text of ['', ':6', 'USDC:', 'USDC:x', 'a/b', '.x'])
      expect(() => parseAssets([text], 6)).toThrow(code('ASSET'));
  });
});

describe('a header', () => {
  const given: HeaderGiven = {
    chain: `0x${'11'.repeat(32)}`,
    custody: `0x${'22'.repeat(20)}`,
    epoch: null,
    prev: null,
    timestamp: 1_795_000_000,
    assets: [{ asset: 'USDC', decimals: 6 }],
  };
  const entry = {
    ...given.assets[0]!,
    rows: 1,
    total: 1n,
    requests: 0n,
    root: NO_EPOCH,
    file: 'USDC.csv',
    bytes: 101,
    sha256: NO_EPOCH,
    cid: 'b'.repeat(59),
    offsets: [30],
  };
  const before = makeManifest({
    ...headerOf({ ...given, epoch: 4 }),
    assets: [entry],
    cidProfile: 'unixfs-v1-2025',
    assetBlock: null,
  });
  const next = { ...given, prev: before, timestamp: given.timestamp + 1 };

  it('follows the manifest before', () => {
    expect(headerOf(next)).toEqual({
      chain: given.chain,
      custody: given.custody,
      epoch: 5,
      prevGpmp: before.gpmp,
      timestamp: 1_795_000_001,
    });
    expect(headerOf({ ...next, epoch: 5 }).epoch).toBe(5);
    expect(headerOf({ ...given, epoch: 9, prev: before.gpmp }).prevGpmp).toBe(before.gpmp);
    expect(headerOf({ ...given, epoch: 0 }).prevGpmp).toBe(NO_EPOCH);
  });
  it.each([
    ['EPOCH_MISSING', given],
    ['EPOCH_MISSING', { ...given, prev: NO_EPOCH }],
    ['EPOCH_ORDER', { ...next, epoch: 4 }],
    ['EPOCH_ORDER', { ...next, epoch: 6 }],
    ['PREV_CHAIN', { ...next, chain: `0x${'12'.repeat(32)}` }],
    ['PREV_CHAIN', { ...next, custody: `0x${'22'.repeat(32)}` }],
    ['PREV_TIME', { ...next, timestamp: given.timestamp }],
    ['PREV_DECIMALS', { ...next, assets: [{ asset: 'USDC', decimals: 7 }] }],
    ['PREV_GPMP', { ...next, prev: { ...before, gpmp: NO_EPOCH } }],
  ])('is refused: %s', (reason, wrong) => {
    expect(() => headerOf(wrong)).toThrow(code(reason));
  });
  it('is warned of where it is odd', () => {
    const now = given.timestamp;
    const warnings = (one: HeaderGiven) => headerWarnings(headerOf(one), one, now).join(' ');
    expect(warnings(next)).toBe('');
    expect(warnings({ ...given, epoch: 0 })).toBe('');
    expect(warnings({ ...given, epoch: 3 })).toMatch(/names no epoch before/);
    expect(warnings({ ...next, timestamp: now + 86_400 })).toMatch(/in the future/);
    expect(warnings({ ...next, assets: [{ asset: 'DOT', decimals: 10 }] })).toMatch(/not in this one: USDC/);
  });
});
