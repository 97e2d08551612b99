import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { canonicalWords, type Words } from '../../src/cli/intent.js';

const keysDir = mkdtempSync(join(tmpdir(), 'bursar-intent-'));
afterAll(() => rmSync(keysDir, { recursive: true, force: true }));

const ALICE = '15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5';
const ALICE_GENERIC = '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY';
const BOB = '14E5nqKAp3oAJcmzgZhUD2RcptBeUBScxKHgJKU4HPNcKVf3';
const BOB_GENERIC = '5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty';
const token = { symbol: 'DOT', decimals: 10, ss58Prefix: 0 };
const read = (...words: readonly Words[]) => canonicalWords(words, { token, keysDir });

test('a value is the same plan however it is written, also behind the name of a flag', async () => {
  for (const [typed, canonical] of [
    ['0.5DOT', '5000000000planck'],
    ['5_000_000_000 planck', '5000000000planck'],
    ['max-fee=0.5 dot', 'max-fee=5000000000planck'],
    ['max-fee=5000000000planck', 'max-fee=5000000000planck'],
    [ALICE_GENERIC, ALICE],
    [`account:${ALICE_GENERIC}`, `account:${ALICE}`],
    [`stash=${ALICE_GENERIC}`, `stash=${ALICE}`],
    ['0xABCD', '0xabcd'],
    ['call=0xABCD', 'call=0xabcd'],
    ['staked', 'staked'],
    ['pools=claim', 'pools=claim'],
    ['eras=2', 'eras=2'],
  ] as const)
    expect(await read(typed)).toEqual([canonical]);
  expect(await read('max-fee=0.5DOT')).not.toEqual(await read('max-fee=0.50001DOT'));
  expect(await read('max-fee=0.5DOT')).not.toEqual(await read('min-profit=0.5DOT'));
});

test('of words in a set neither order nor repetition counts, once they are read; of others the order does', async () => {
  const one = new Set([BOB_GENERIC, ALICE, ALICE_GENERIC]);
  const other = new Set([ALICE, BOB]);
  expect(await read('x', one)).toEqual(await read('x', other));
  expect(await read('x', new Set([ALICE]))).not.toEqual(await read('x', other));
  expect(await read(ALICE, BOB)).not.toEqual(await read(BOB, ALICE));
});
