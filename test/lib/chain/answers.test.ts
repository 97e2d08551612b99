import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { JUDGED, judged, OddAnswer } from '../../../src/lib/chain/answers.js';
import { REPOSITORY } from '../../cli/process.js';

/** What is sent once, and the methods that only a development chain has. */
const NOT_JUDGED = ['author_submitExtrinsic', 'dev_advance', 'dev_newBlock', 'dev_setHead', 'dev_setStorage'];

it('every method that is asked anywhere is judged', () => {
  const source = join(REPOSITORY, 'src');
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const asked = files.flatMap((name) =>
    [
      ...readFileSync(join(source, name), 'utf8').matchAll(
        /'((?:chain|state|system|rpc|dev|author)_[A-Za-z]+)'/g,
      ),
    ].map(([, method]) => method!),
  );
  expect(asked).toContain('state_getStorageHash');
  expect([...new Set(asked)].filter((method) => !NOT_JUDGED.includes(method)).sort()).toEqual(
    [...new Set([...JUDGED])].filter((method) => asked.includes(method)).sort(),
  );
});

describe('an answer', () => {
  const HASH = `0x${'ab'.repeat(32)}`;
  const odd: readonly (readonly [string, readonly unknown[]])[] = [
    ['state_getStorageHash', [7, '0x', 'x', {}, HASH.slice(0, -1)]],
    ['rpc_methods', [7, null, [], {}, { methods: 'all' }]],
    ['dev_fork', [7, 'yes', []]],
    ['system_properties', [7, { tokenSymbol: 'D T' }, { tokenSymbol: ['\u202e'] }, { tokenSymbol: 7 }]],
  ];
  it.each(odd)('to %s that cannot be', (method, answers) => {
    for (const answer of answers) expect(() => judged(method, answer, []), String(answer)).toThrow(OddAnswer);
  });

  it.each([
    ['state_getStorageHash', HASH.toUpperCase().replace('X', 'x'), HASH],
    ['state_getStorageHash', null, null],
    ['rpc_methods', { methods: [] }, { methods: [] }],
    ['dev_fork', null, null],
  ])('to %s that can be', (method, answer, passed) => {
    expect(judged(method, answer, [])).toEqual(passed);
  });

  it('of a runtime version holds what is read of it and nothing else', () => {
    const version = { specName: 'x', specVersion: 1, transactionVersion: 2 };
    expect(judged('state_getRuntimeVersion', { ...version, apis: [] }, [])).toEqual(version);
  });

  it.each([
    [{ tokenSymbol: '' }],
    [{ tokenSymbol: [] }],
    [{ tokenSymbol: null }],
    [{ tokenSymbol: ['DOT', 'a token'] }],
  ])('about a token without a symbol, or with others beside its own: %j', (properties) => {
    expect(judged('system_properties', properties, [])).toBe(properties);
  });
});
