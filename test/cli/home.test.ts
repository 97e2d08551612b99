/** Where bursar looks when the environment does not say, or says something dangerous: real processes. */

import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BIN } from './process.js';

/** Starts bursar in a directory of its own, with this environment and no other. */
function bursar(args: readonly string[], env: Readonly<Record<string, string>>) {
  const cwd = mkdtempSync(join(tmpdir(), 'bursar-home-'));
  mkdirSync(join(cwd, 'rel', 'bursar'), { recursive: true });
  writeFileSync(join(cwd, 'rel', 'bursar', 'config.json'), '{"network":"kusama"}');
  const ended = spawnSync(process.execPath, [BIN, ...args], { cwd, env: { ...env }, encoding: 'utf8' });
  return { ...ended, left: readdirSync(cwd) };
}

describe.each([
  ['HOME', {}],
  ['HOME', { HOME: '' }],
  ['HOME', { HOME: 'rel' }],
  ['XDG_CONFIG_HOME', { HOME: '/nonexistent', XDG_CONFIG_HOME: 'rel' }],
  ['BURSAR_CONFIG_DIR', { HOME: '/nonexistent', BURSAR_CONFIG_DIR: 'rel/bursar' }],
])('%s in %j', (variable, env) => {
  test.each([
    [['config', 'path']],
    [['config', 'show']],
    [['config', 'set', 'network', 'kusama']],
    [['keys', 'list']],
    [['tx', 'history']],
    [['stake', 'status', 'x', '--rpc', 'ws://127.0.0.1:1']],
  ])('%j: 2, named, and nothing is read or written here', (args) => {
    const { status, stdout, stderr, left } = bursar(args, env);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(new RegExp(`^error: ${variable} is `));
    expect(left).toEqual(['rel']);
  });
});

test.each([
  ['XDG_DATA_HOME', { HOME: '/nonexistent', XDG_DATA_HOME: 'rel' }],
  ['XDG_CACHE_HOME', { HOME: '/nonexistent', XDG_CACHE_HOME: './rel' }],
  ['BURSAR_JOURNAL_DIR', { HOME: '/nonexistent', BURSAR_JOURNAL_DIR: 'rel' }],
])('%s, for the journal and the cache', (variable, env) => {
  const { status, stderr } = bursar(['config', 'show'], env);
  expect([status, stderr]).toEqual([2, expect.stringContaining(variable)]);
});

test('HOME is not needed where everything has its place', () => {
  const env = { BURSAR_CONFIG_DIR: '/nonexistent/a', BURSAR_DATA_DIR: '/nonexistent/b' };
  expect(bursar(['config', 'path'], env)).toMatchObject({
    status: 0,
    stdout: '/nonexistent/a/config.json\n',
  });
  expect(bursar(['config', 'show'], { ...env, BURSAR_CACHE_DIR: '/nonexistent/c' }).status).toBe(0);
  expect(bursar(['--help'], {}).status).toBe(0);
});

test('an empty --config names no file', () => {
  expect(bursar(['config', 'path', '--config', ''], { HOME: '/nonexistent' })).toMatchObject({
    status: 2,
    stdout: '',
  });
});

// Only the superuser can give a file away.
describe.skipIf(process.getuid?.() !== 0)('what belongs to another user', () => {
  const STRANGER = 54_321;
  /** A home with a directory for each purpose, of which one part is a stranger's. */
  const home = (given: string) => {
    const root = mkdtempSync(join(tmpdir(), 'bursar-stranger-'));
    for (const name of [
      'config',
      'config/bursar',
      'config/bursar/keys',
      'data',
      'data/bursar/journal',
      'cache',
    ])
      mkdirSync(join(root, name), { recursive: true, mode: 0o700 });
    writeFileSync(join(root, 'config/bursar/config.json'), '{}');
    writeFileSync(join(root, 'pass'), 'a passphrase');
    writeFileSync(
      join(root, 'words'),
      'bottom drive obey lake curtain smoke basket hold race lonely fit walk',
    );
    for (const name of ['pass', 'words']) chmodSync(join(root, name), 0o600);
    chownSync(join(root, given), STRANGER, STRANGER);
    const env = {
      HOME: root,
      XDG_CONFIG_HOME: join(root, 'config'),
      XDG_DATA_HOME: join(root, 'data'),
      XDG_CACHE_HOME: join(root, 'cache'),
    };
    return { root, env };
  };

  test.each([
    ['config/bursar/config.json', 'XDG_CONFIG_HOME'],
    ['config/bursar', 'XDG_CONFIG_HOME'],
    ['config/bursar/keys', 'XDG_CONFIG_HOME'],
    ['data/bursar/journal', 'dataDir'],
    ['data/bursar', 'XDG_DATA_HOME'],
    ['cache', 'XDG_CACHE_HOME'],
  ])('%s: 2, with its path and what leads there', (given, source) => {
    const { root, env } = home(given);
    for (const args of [
      ['config', 'show'],
      ['keys', 'list'],
      ['tx', 'history'],
    ]) {
      const { status, stdout, stderr } = bursar(args, env);
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).toContain(`(from ${source})`);
      expect(stderr).toContain(root);
      expect(stderr).toContain(`uid ${STRANGER}`);
    }
  });

  test('config set does not write there either', () => {
    const { env } = home('config/bursar/config.json');
    expect(bursar(['config', 'set', 'network', 'kusama'], env).status).toBe(2);
  });

  test.each(['pass', 'words'])('the file %s is not read', (given) => {
    const { root, env } = home(given);
    const files = ['--mnemonic-file', join(root, 'words'), '--passphrase-file', join(root, 'pass')];
    const { status, stderr } = bursar(['keys', 'import', 'x', ...files], env);
    expect([status, stderr]).toEqual([2, expect.stringContaining('belongs to another user (uid 54321)')]);
  });
});
