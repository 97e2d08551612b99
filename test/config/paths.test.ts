import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { environment } from '../../src/config/environment.js';
import { assertOwn, strangerAt } from '../../src/config/owner.js';
import { resolvePath, userDirectory } from '../../src/config/paths.js';
import type { DirectoryKind } from '../../src/config/types.js';

type Environment = Record<string, string>;

describe('the user’s directories', () => {
  const HOME = '/home/op';
  test.each<[DirectoryKind, Environment, NodeJS.Platform, string, string]>([
    ['config', { HOME }, 'linux', '/home/op/.config/bursar', 'HOME'],
    ['data', { HOME }, 'linux', '/home/op/.local/share/bursar', 'HOME'],
    ['cache', { HOME }, 'linux', '/home/op/.cache/bursar', 'HOME'],
    ['cache', { HOME, XDG_CACHE_HOME: '/x' }, 'darwin', '/home/op/Library/Caches/bursar', 'HOME'],
    ['config', { HOME, XDG_CONFIG_HOME: '' }, 'linux', '/home/op/.config/bursar', 'HOME'],
    ['config', { XDG_CONFIG_HOME: '/etc/op' }, 'linux', '/etc/op/bursar', 'XDG_CONFIG_HOME'],
    ['data', { HOME: '', XDG_DATA_HOME: '/srv' }, 'linux', '/srv/bursar', 'XDG_DATA_HOME'],
    ['config', { HOME: '', BURSAR_CONFIG_DIR: '/b' }, 'linux', '/b', 'BURSAR_CONFIG_DIR'],
    ['config', { HOME, XDG_CONFIG_HOME: 'rel', BURSAR_CONFIG_DIR: '/b' }, 'linux', '/b', 'BURSAR_CONFIG_DIR'],
  ])('%s of %j on %s', (kind, env, platform, path, variable) => {
    expect(userDirectory(kind, env, 'bursar', platform)).toEqual({ path, variable });
  });

  test.each<[DirectoryKind, Environment, string]>([
    ['config', {}, 'HOME is not set'],
    ['config', { HOME: '' }, 'HOME is empty'],
    ['data', { HOME: '.' }, 'HOME is ".", not'],
    ['cache', { HOME: 'home/op' }, 'HOME is "home/op", not'],
    ['config', { HOME, XDG_CONFIG_HOME: 'rel' }, 'XDG_CONFIG_HOME is "rel", not'],
    ['data', { HOME, XDG_DATA_HOME: './x' }, 'XDG_DATA_HOME is "./x", not'],
    ['cache', { HOME, XDG_CACHE_HOME: '~/.cache' }, 'XDG_CACHE_HOME is "~/.cache", not'],
    ['config', { HOME, BURSAR_CONFIG_DIR: 'conf' }, 'BURSAR_CONFIG_DIR is "conf", not'],
    ['config', { HOME: '', XDG_DATA_HOME: '/srv' }, 'HOME is empty'],
  ])('%s of %j is refused, and the variable is named', (kind, env, says) => {
    expect(() => userDirectory(kind, env, 'bursar', 'linux')).toThrowError(
      expect.objectContaining({
        exit: 2,
        code: 'USER_DIRECTORY',
        message: expect.stringContaining(says),
      }),
    );
  });

  test('~ in the configuration needs a home directory', () => {
    expect(resolvePath('~/keys', '/etc/bursar/config.json', { HOME })).toBe('/home/op/keys');
    for (const env of [{}, { HOME: '' }, { HOME: 'rel' }])
      expect(() => resolvePath('~/keys', '/etc/bursar/config.json', env)).toThrowError(/HOME/);
    expect(resolvePath('keys', '/etc/bursar/config.json', {})).toBe('/etc/bursar/keys');
  });

  test.each(['BURSAR_KEYS_DIR', 'BURSAR_DATA_DIR', 'BURSAR_JOURNAL_DIR', 'BURSAR_CACHE_DIR'])(
    '%s has to be absolute',
    (name) => {
      expect(environment({ [name]: 'here' }).problems).toEqual([`${name}: "here" is not an absolute path.`]);
      expect(environment({ [name]: '/there' }).problems).toEqual([]);
    },
  );
});

describe('who owns a place', () => {
  const directory = mkdtempSync(join(tmpdir(), 'bursar-owner-'));
  const file = join(directory, 'config.json');
  mkdirSync(join(directory, 'sub'));
  writeFileSync(file, '{}');
  const me = process.getuid!();
  /** A user who is neither the owner of what this test made nor the superuser. */
  const another = me + 4_711;

  test('is this user or the superuser, or a stranger', () => {
    expect(strangerAt(file)).toBeUndefined();
    expect(strangerAt('/')).toBeUndefined();
    expect(strangerAt('/', another)).toBeUndefined();
    if (me !== 0) expect(strangerAt(file, another)).toBe(me);
  });

  test('a place that is still to be made is in the hands of the nearest directory’s owner', () => {
    expect(strangerAt(join(directory, 'a', 'b', 'c'))).toBeUndefined();
    expect(strangerAt(join(file, 'below a file'))).toBeUndefined();
    if (me !== 0) expect(strangerAt(join(directory, 'a', 'b', 'c'), another)).toBe(me);
  });

  test('one’s own is fine', () => {
    expect(() => assertOwn(file, 'configuration', 'HOME')).not.toThrow();
  });
});
