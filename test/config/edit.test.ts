import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { setValue } from '../../src/config/edit.js';
import { configProblems } from '../../src/config/schema.js';
import { contentProblems } from '../../src/config/settings.js';
import { BursarError } from '../../src/lib/errors.js';

let path: string;
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'bursar-edit-')), 'deep', 'config.json');
});
const content = () => JSON.parse(readFileSync(path, 'utf8'));

test('values of every kind, and their removal', async () => {
  await setValue(path, 'network', 'westend', false);
  await setValue(path, 'networks.mine.endpoints', 'wss://a.example,wss://b.example', false);
  await setValue(path, 'networks.mine.token.decimals', '18', false);
  await setValue(path, 'dryRun', 'true', false);
  await setValue(path, 'passphrases.op.fd', '3', false);
  await setValue(path, 'passphrases.other', '{"env":"OTHER_PASS"}', false);
  expect(content()).toEqual({
    network: 'westend',
    networks: { mine: { endpoints: ['wss://a.example', 'wss://b.example'], token: { decimals: 18 } } },
    dryRun: true,
    passphrases: { op: { fd: 3 }, other: { env: 'OTHER_PASS' } },
  });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const removed = await setValue(path, 'networks.mine.token.decimals', undefined, true);
  expect(removed).toMatchObject({ before: '18', after: null, changed: true });
  expect(content().networks).toEqual({ mine: { endpoints: ['wss://a.example', 'wss://b.example'] } });
  expect(await setValue(path, 'network', 'westend', false)).toMatchObject({ changed: false });
});

test('nothing is written when the result would be invalid, and a secret never', async () => {
  for (const [key, value] of [
    ['netwrok', 'x'],
    ['timeout', '5'],
    ['passphrase', 'hunter2'],
    ['from', `0x${'ab'.repeat(32)}`],
    ['network.x', '1'],
    ['__proto__.x', '1'],
    ['', '1'],
    ['network', '{"a":'],
    ['network', 'nowhere'],
    ['networks.polkadot.token.decimals', '12'],
  ] as const) {
    await expect(setValue(path, key, value, false)).rejects.toMatchObject({ exit: 2 });
    await expect(setValue(path, key, value, false)).rejects.not.toThrow(/hunter2|abab/);
  }
  await expect(setValue(path, 'network', undefined, false)).rejects.toMatchObject({ code: 'CONFIG_VALUE' });
  await expect(setValue(path, 'network', 'x', true)).rejects.toMatchObject({ code: 'CONFIG_VALUE' });
  expect(existsSync(path)).toBe(false);
});

test('whatever is set, the file stays valid', async () => {
  const key = fc.oneof(
    fc.constantFrom(
      'network',
      'networks.mine.endpoints',
      'timeout',
      'passphrases.a.env',
      'networks.mine',
      'toString',
      'networks.constructor.from',
    ),
    fc.string(),
  );
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.constantFrom('30s', 'kusama', 'wss://a.example'),
  );
  await fc.assert(
    fc.asyncProperty(key, value, async (name, text) => {
      await setValue(path, name, text, false).catch((error: unknown) => {
        expect(error).toBeInstanceOf(BursarError);
        expect((error as BursarError).exit).toBe(2);
      });
      if (existsSync(path)) expect([...configProblems(content()), ...contentProblems(content())]).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

test('an invalid file is not repaired silently, but its errors can be set right one by one', async () => {
  await setValue(path, 'network', 'kusama', false);
  writeFileSync(path, '{"netwrok": "kusama"}');
  await expect(setValue(path, 'timeout', '1m', false)).rejects.toThrow(/netwrok/);
  await setValue(path, 'netwrok', undefined, true);
  expect(content()).toEqual({});
});
