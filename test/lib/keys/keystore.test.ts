import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BursarError } from '../../../src/lib/errors.js';
import { resolveAccount } from '../../../src/lib/keys/addresses.js';
import { checkName, findKey, listKeys, loadKey, saveKey } from '../../../src/lib/keys/keystore.js';
import { pairFromSecret } from '../../../src/lib/keys/pairs.js';
import { encodeSs58 } from '../../../src/lib/keys/ss58.js';
import { bytes, CHEAP, failure, MNEMONIC, PASSPHRASE, scratch } from './support.js';

const root = scratch();
let next = 0;
const newDir = () => {
  next += 1;
  return join(root, `keys-${next}`);
};
const pairOf = async (path: string, type: 'sr25519' | 'ed25519' | 'ecdsa' = 'sr25519') =>
  (await pairFromSecret(`${MNEMONIC}${path}`, 'uri', type)).pair;
const save = async (
  dir: string,
  name: string,
  path = `//${name}`,
  type: 'sr25519' | 'ed25519' | 'ecdsa' = 'sr25519',
) => saveKey(dir, name, await pairOf(path, type), bytes(PASSPHRASE), { cost: CHEAP, whenCreated: 1_234 });
const modeOf = (path: string) => statSync(path).mode & 0o777;

describe('saveKey', () => {
  it('makes the directory 0700 and the file 0600, and leaves nothing else', async () => {
    const dir = join(newDir(), 'below');
    const key = await save(dir, 'operator');
    expect([modeOf(dir), modeOf(key.file)]).toEqual([0o700, 0o600]);
    expect(readdirSync(dir)).toEqual(['operator.json']);
    expect(key).toMatchObject({
      name: 'operator',
      type: 'sr25519',
      mode: '0600',
      private: true,
      whenCreated: 1_234,
    });
    expect(JSON.parse(readFileSync(key.file, 'utf8')).meta).toEqual({ name: 'operator', whenCreated: 1_234 });
  });

  it('keeps modes whatever the umask', async () => {
    const before = process.umask(0);
    try {
      const dir = newDir();
      const key = await save(dir, 'open');
      expect([modeOf(dir), modeOf(key.file)]).toEqual([0o700, 0o600]);
    } finally {
      process.umask(before);
    }
  });

  it('overwrites nothing: neither a key, nor one that differs in case, nor a file that is no key', async () => {
    const dir = newDir();
    const { file } = await save(dir, 'operator');
    const content = readFileSync(file, 'utf8');
    await failure(save(dir, 'operator', '//other'), 4, 'KEY_EXISTS');
    await failure(save(dir, 'Operator', '//other'), 4, 'KEY_EXISTS');
    writeFileSync(join(dir, 'broken.json'), 'not a key', { mode: 0o600 });
    await failure(save(dir, 'broken', '//other'), 4, 'KEY_EXISTS');
    expect(readFileSync(file, 'utf8')).toBe(content);
    expect(readdirSync(dir).sort()).toEqual(['broken.json', 'operator.json']);
  });

  it('lets one of several writers at the same time have the name', async () => {
    const dir = newDir();
    const results = await Promise.allSettled(['//a', '//b', '//c'].map((path) => save(dir, 'race', path)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect((result.reason as BursarError).code).toBe('KEY_EXISTS');
    }
    expect(readdirSync(dir)).toEqual(['race.json']);
    await loadKey(dir, 'race');
  });

  it('refuses the same key under a second name', async () => {
    const dir = newDir();
    await save(dir, 'first', '//same');
    const error = await failure(save(dir, 'second', '//same'), 4, 'KEY_EXISTS');
    expect(error.message).toContain('first');
  });

  it('refuses a directory that others can write to, and a file in its place', async () => {
    const dir = newDir();
    mkdirSync(dir);
    chmodSync(dir, 0o770);
    const error = await failure(save(dir, 'operator'), 4, 'KEY_DIR_MODE');
    expect(error.hint).toContain(`chmod 700 ${dir}`);
    const file = newDir();
    writeFileSync(file, '');
    await failure(save(file, 'operator'), 2, 'FILE_KIND', 'KEYS_DIR');
    await failure(save(join(file, 'below'), 'operator'), 2, 'FILE_KIND', 'FILE_UNWRITABLE', 'KEYS_DIR');
  });
});

describe('names', () => {
  it.each(['a', 'Operator-1', 'a.b_c', '0', 'x'.repeat(64)])('%s is one', (name) => checkName(name));

  it.each([
    '',
    '.',
    '..',
    '.hidden',
    '-flag',
    'a/b',
    '../a',
    'a\\b',
    'a b',
    'a\0',
    'a\n',
    'ä',
    'x'.repeat(65),
    'key.json',
    'key.JSON',
    '0xabc',
    '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY',
  ])('%j is none', async (name) => {
    const check = async () => checkName(name);
    await failure(check(), 2, 'KEY_NAME');
  });

  it('cannot leave the directory', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        try {
          checkName(name);
          expect(join('/keys', `${name}.json`)).toBe(`/keys/${name}.json`);
          expect(name).not.toMatch(/[/\\]/);
        } catch (error) {
          expect((error as BursarError).code).toBe('KEY_NAME');
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('finding', () => {
  const dir = newDir();
  const made = (async () => ({
    sr: await save(dir, 'sr', '//1', 'sr25519'),
    ed: await save(dir, 'ed', '//2', 'ed25519'),
    ec: await save(dir, 'ec', '//3', 'ecdsa'),
  }))();

  it('lists by name', async () => {
    const { sr, ed, ec } = await made;
    expect(await listKeys(dir)).toEqual({ keys: [ec, ed, sr], unusable: [] });
    expect(await listKeys(join(dir, 'none'))).toEqual({ keys: [], unusable: [] });
  });

  it('finds by name, by public key, and by the address of any network', async () => {
    for (const key of Object.values(await made)) {
      const id = Buffer.from(key.accountId.slice(2), 'hex');
      const texts = [key.name, key.accountId, key.accountId.toUpperCase().replace('X', 'x')];
      for (const text of [...texts, ...[0, 2, 42, 1284, 16_383].map((prefix) => encodeSs58(id, prefix))]) {
        expect(await findKey(dir, text), text).toEqual(key);
        expect((await loadKey(dir, text)).accountId).toBe(key.accountId);
      }
      const { address, publicKey, name } = await resolveAccount(key.name, dir, { ss58Prefix: 2 });
      expect([address, publicKey, name]).toEqual([encodeSs58(id, 2), key.accountId, key.name]);
    }
  });

  it('says which keys there are when a name is none', async () => {
    await made;
    const error = await failure(findKey(dir, 'operator'), 2, 'KEY_NOT_FOUND');
    expect(error.hint).toContain('ec, ed, sr');
    await failure(findKey(dir, encodeSs58(new Uint8Array(32), 0)), 2, 'KEY_NOT_FOUND');
    await failure(findKey(dir, '../keys/sr'), 2, 'KEY_NAME');
  });

  it('does not let a file pose as an address', async () => {
    const { sr, ed } = await made;
    const other = newDir();
    mkdirSync(other, { mode: 0o700 });
    copyFileSync(ed.file, join(other, `${sr.address}.json`));
    await failure(findKey(other, sr.address), 2, 'KEY_NOT_FOUND');
    expect((await findKey(other, ed.address)).accountId).toBe(ed.accountId);
    expect((await resolveAccount(sr.address, other)).publicKey).toBe(sr.accountId);
  });
});

describe('files that are not as they should be', () => {
  it('others can read: shown, but not opened', async () => {
    const dir = newDir();
    const { file } = await save(dir, 'open');
    for (const mode of [0o640, 0o604, 0o620, 0o602, 0o644, 0o666, 0o777, 0o610]) {
      chmodSync(file, mode);
      expect((await listKeys(dir)).keys).toMatchObject([
        { name: 'open', private: false, mode: `0${mode.toString(8)}` },
      ]);
      const error = await failure(loadKey(dir, 'open'), 4, 'KEY_FILE_MODE');
      expect(error.hint).toContain(`chmod 600 ${file}`);
    }
    for (const mode of [0o600, 0o400]) {
      chmodSync(file, mode);
      expect((await loadKey(dir, 'open')).private).toBe(true);
    }
    chmodSync(dir, 0o777);
    await failure(loadKey(dir, 'open'), 4, 'KEY_DIR_MODE');
  });

  it('links, directories, pipes, huge and damaged files: told apart, and none hangs', async () => {
    const dir = newDir();
    const { file } = await save(dir, 'good');
    symlinkSync(file, join(dir, 'link.json'));
    symlinkSync('/dev/zero', join(dir, 'zero.json'));
    symlinkSync(join(dir, 'nowhere'), join(dir, 'dangling.json'));
    mkdirSync(join(dir, 'directory.json'));
    execFileSync('mkfifo', ['-m', '600', join(dir, 'fifo.json')]);
    writeFileSync(join(dir, 'huge.json'), Buffer.alloc(70_000), { mode: 0o600 });
    writeFileSync(join(dir, 'words.json'), MNEMONIC, { mode: 0o600 });
    writeFileSync(join(dir, '.hidden.json'), '{}', { mode: 0o600 });
    writeFileSync(join(dir, 'notes.txt'), 'x', { mode: 0o600 });
    const { keys, unusable } = await listKeys(dir);
    expect(keys.map(({ name }) => name)).toEqual(['good']);
    expect(Object.fromEntries(unusable.map(({ name, code }) => [name, code]))).toEqual({
      dangling: 'KEY_FILE_LINK',
      directory: 'FILE_KIND',
      fifo: 'FILE_KIND',
      huge: 'FILE_SIZE',
      link: 'KEY_FILE_LINK',
      words: 'KEYSTORE',
      zero: 'KEY_FILE_LINK',
    });
    expect(JSON.stringify(unusable)).not.toContain('winner');
    await failure(loadKey(dir, 'link'), 4, 'KEY_FILE_LINK');
    await failure(loadKey(dir, 'fifo'), 2, 'FILE_KIND');
    await failure(loadKey(dir, 'words'), 2, 'KEYSTORE');
    await failure(loadKey(dir, 'huge'), 2, 'FILE_SIZE');
    expect(existsSync(file)).toBe(true);
  });

  it('any bytes in a key file: a named error, or a key', async () => {
    const dir = newDir();
    const { file } = await save(dir, 'fuzz');
    const original = readFileSync(file);
    const contents = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.tuple(fc.nat(original.length - 1), fc.nat(255)).map(([at, value]) => {
        const copy = Buffer.from(original);
        copy[at] = value;
        return copy;
      }),
      fc.nat(original.length).map((length) => original.subarray(0, length)),
    );
    await fc.assert(
      fc.asyncProperty(contents, async (content) => {
        writeFileSync(file, content);
        const result = await loadKey(dir, 'fuzz').catch((error: unknown) => error);
        if (result instanceof Error) expect(result).toMatchObject({ exit: 2, code: 'KEYSTORE' });
        expect((await listKeys(dir)).keys.length + (await listKeys(dir)).unusable.length).toBe(1);
      }),
      { numRuns: 200 },
    );
  });
});
