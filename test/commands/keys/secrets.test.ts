/**
 * Every way in which a command that touches a key can fail, as text (with the stack that developers may ask for) and as
 * JSON; then all that was printed and written is searched for the secrets that went in.
 */

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { sealKeyFile } from '../../../src/lib/keys/format.js';
import { KEY_TYPES, pairFromSecret } from '../../../src/lib/keys/pairs.js';
import { CHEAP, MNEMONIC, PASSPHRASE, SEED } from '../../lib/keys/support.js';
import { Home, type Invocation, inPairs } from './process.js';

const WRONG = 'another passphrase 55512';
const PATH_PASSWORD = 'xyzzy-path-password';
const URI = `${MNEMONIC}//operator///${PATH_PASSWORD}`;

interface Case extends Invocation {
  readonly args: readonly string[];
  readonly exit: number;
  readonly code: string;
}

const home = new Home();
const secrets: string[] = [];

/** Parts of a secret count as well: three words in a row, sixteen digits, the start of its base64. */
async function collectSecrets(): Promise<void> {
  const words = MNEMONIC.split(' ');
  for (let at = 0; at + 3 <= words.length; at += 1) secrets.push(words.slice(at, at + 3).join(' '));
  const keys = [Buffer.from(SEED.slice(2), 'hex')];
  for (const type of KEY_TYPES) {
    for (const uri of [MNEMONIC, SEED, URI]) {
      keys.push(Buffer.from((await pairFromSecret(uri, 'any', type)).pair.secretKey));
    }
  }
  for (const key of keys) secrets.push(key.toString('hex').slice(0, 16), key.toString('base64').slice(0, 16));
  secrets.push(PASSPHRASE, PASSPHRASE.slice(0, 14), WRONG, WRONG.slice(0, 14), PATH_PASSWORD);
}

async function cases(): Promise<Case[]> {
  const { pair } = await pairFromSecret(URI, 'uri', 'sr25519');
  const wallet = await sealKeyFile(pair, Buffer.from(PASSPHRASE), { name: 'wallet' }, CHEAP);
  const json = JSON.parse(wallet);
  const ok = ['--passphrase-file', home.file(PASSPHRASE)];
  const seed = ['--seed-file', home.file(SEED)];
  const mnemonic = ['--mnemonic-file', home.file(MNEMONIC)];
  const fresh = join(home.given, 'fresh-words');
  const fifo = join(home.given, 'fifo');
  execFileSync('mkfifo', ['-m', '600', fifo]);
  const link = join(home.given, 'link');
  symlinkSync(home.file(MNEMONIC, 0o644), link);
  mkdirSync(home.keys, { mode: 0o700 });
  writeFileSync(join(home.keys, 'taken.json'), wallet, { mode: 0o600 });
  const shared = join(home.given, 'shared');
  mkdirSync(shared);
  chmodSync(shared, 0o777);
  const config = home.file(JSON.stringify({ keysDir: shared }));
  const imported = (...args: string[]) => ['keys', 'import', 'fresh', ...args];
  const bad = (args: readonly string[], code: string, exit = 2, more: Invocation = {}): Case => ({
    args,
    exit,
    code,
    ...more,
  });
  return [
    // Secrets where none belong: on the command line.
    bad(['keys', 'new', MNEMONIC, '--mnemonic-file', fresh, ...ok], 'KEY_NAME'),
    bad(['keys', 'import', SEED, ...seed, ...ok], 'KEY_NAME'),
    bad(['keys', 'import', 'fresh', MNEMONIC], 'ARGUMENT_UNEXPECTED'),
    bad(['keys', 'import', 'fresh', ...MNEMONIC.split(' ')], 'ARGUMENT_UNEXPECTED'),
    bad(['keys', 'import', 'fresh', `--seed=${SEED}`], 'FLAG_UNKNOWN'),
    bad(['keys', 'import', 'fresh', '--mnemonic', MNEMONIC], 'FLAG_UNKNOWN'),
    bad(['keys', 'import', 'fresh', `--uri=${URI}`], 'FLAG_UNKNOWN'),
    bad(['keys', 'show', URI], 'KEY_NAME'),
    bad(['keys', 'show', SEED], 'KEY_NOT_FOUND'),
    bad(imported('--mnemonic-file', MNEMONIC, ...ok), 'FILE_MISSING'),
    bad(imported('--uri-file', URI, ...ok), 'FILE_MISSING'),
    bad(imported(...seed, '--passphrase-file', PASSPHRASE), 'FILE_MISSING'),
    bad(imported(...seed, '--passphrase-env', PASSPHRASE), 'PASSPHRASE_ENV'),
    bad(imported(...seed, '--passphrase-fd', SEED), 'DESCRIPTOR'),
    bad(imported(...seed, '--type', SEED, ...ok), 'USAGE'),
    // Secrets that are wrong.
    bad(imported('--mnemonic-file', home.file(MNEMONIC.replace('thank', 'think')), ...ok), 'KEY_SECRET'),
    bad(imported('--seed-file', home.file(`${SEED}ff`), ...ok), 'KEY_SECRET'),
    bad(imported('--seed-file', home.file(MNEMONIC), ...ok), 'KEY_SECRET'),
    bad(imported('--uri-file', home.file(`${URI.replace('year', 'y€ar')}`), ...ok), 'KEY_SECRET'),
    bad(imported('--uri-file', home.file(`${MNEMONIC}/soft`), '--type', 'ecdsa', ...ok), 'KEY_SECRET'),
    bad(imported('--uri-file', home.file(Buffer.from([...Buffer.from(URI), 0xff])), ...ok), 'KEY_SECRET'),
    bad(imported('--stdin', ...ok), 'KEY_SECRET', 2, { stdin: `${SEED}\n${MNEMONIC}` }),
    bad(imported('--stdin', ...ok), 'KEYSTORE', 2, { stdin: `{"mnemonic": "${MNEMONIC}"` }),
    bad(imported('--stdin', '--passphrase-fd', '0'), 'DESCRIPTOR', 2, { stdin: MNEMONIC }),
    bad(imported('--stdin', ...ok), 'KEY_SIZE', 2, { stdin: MNEMONIC.repeat(2000) }),
    bad(imported('--keystore', home.file(MNEMONIC), ...ok), 'KEYSTORE'),
    bad(
      imported('--keystore', home.file(wallet), '--passphrase-file', home.file(WRONG)),
      'KEY_PASSPHRASE',
      4,
    ),
    bad(imported('--keystore', home.file(wallet), '--type', 'ed25519', ...ok), 'KEY_TYPE'),
    bad(imported('--keystore', home.file(JSON.stringify({ ...json, encoded: SEED })), ...ok), 'KEYSTORE'),
    bad(imported('--keystore', home.file(JSON.stringify({ ...json, address: MNEMONIC })), ...ok), 'KEYSTORE'),
    bad(imported('--keystore', home.file(wallet), ...ok), 'KEY_EXISTS', 4),
    // Files that are not as they must be.
    bad(imported('--mnemonic-file', home.file(MNEMONIC, 0o644), ...ok), 'KEY_FILE_MODE', 4),
    bad(imported('--mnemonic-file', link, ...ok), 'KEY_FILE_MODE', 4),
    bad(imported('--keystore', home.file(wallet, 0o604), ...ok), 'KEY_FILE_MODE', 4),
    bad(imported(...seed, '--passphrase-file', home.file(PASSPHRASE, 0o644)), 'KEY_FILE_MODE', 4),
    bad(imported('--mnemonic-file', fifo, ...ok), 'FILE_KIND'),
    bad(imported('--mnemonic-file', home.file(MNEMONIC.repeat(2000)), ...ok), 'FILE_SIZE'),
    // Passphrases that cannot be had.
    bad(imported(...seed), 'PASSPHRASE_REQUIRED'),
    bad(imported(...seed, '--passphrase-env', 'NOT_SET', ...ok), 'PASSPHRASE_SOURCES'),
    bad(imported(...seed, '--passphrase-env', 'EMPTY_PASS'), 'PASSPHRASE_EMPTY', 2, {
      env: { EMPTY_PASS: '' },
    }),
    bad(imported(...seed, '--passphrase-env', 'TWO_LINES'), 'PASSPHRASE_FORMAT', 2, {
      env: { TWO_LINES: `${PASSPHRASE}\n${WRONG}` },
    }),
    bad(imported(...seed, '--passphrase-file', home.file(`${PASSPHRASE}\n${WRONG}\n`)), 'PASSPHRASE_FORMAT'),
    bad(imported(...seed, '--passphrase-fd', '7'), 'DESCRIPTOR'),
    bad(imported(...seed, '--passphrase-fd', '3'), 'PASSPHRASE_FORMAT', 2, {
      fd3: home.file(`${PASSPHRASE}\n${WRONG}`),
    }),
    // Sources and places.
    bad(imported(...seed, ...mnemonic, ...ok), 'KEY_SOURCES'),
    bad(imported(...ok), 'KEY_SOURCE_MISSING', 2, { env: { MNEMONIC, PASSPHRASE } }),
    bad(['keys', 'import', 'taken', ...mnemonic, ...ok], 'KEY_EXISTS', 4),
    bad(imported(...mnemonic, ...ok, '--config', config), 'KEY_DIR_MODE', 4),
    bad(['keys', 'new', 'fresh', ...ok], 'MNEMONIC_FILE_REQUIRED'),
    bad(['keys', 'new', 'fresh', '--mnemonic-file', home.file(MNEMONIC), ...ok], 'FILE_EXISTS', 4),
    bad(
      ['keys', 'new', 'fresh', '--mnemonic-file', join(home.given, 'none', 'words'), ...ok],
      'FILE_UNWRITABLE',
    ),
    bad(['keys', 'new', 'taken', '--mnemonic-file', fresh, ...ok], 'KEY_EXISTS', 4),
    bad(['keys', 'new', 'fresh', '--mnemonic-file', fresh], 'PASSPHRASE_REQUIRED', 2, {
      env: { PASSPHRASE },
    }),
  ];
}

describe('the commands that touch a key', () => {
  let all: Case[] = [];
  beforeAll(async () => {
    await collectSecrets();
    all = await cases();
  });

  it('end with the named error and repeat no secret, in text, JSON and files', async () => {
    const jobs = all.flatMap((failing) => [
      { failing, json: false },
      { failing, json: true },
    ]);
    const ended = await inPairs(jobs, async ({ failing, json }) => {
      const args = json ? [...failing.args, '--json'] : failing.args;
      // A developer's stack traces are searched too.
      const env = { ...failing.env, ...(json ? {} : { BURSAR_DEBUG: '1' }) };
      return { failing, json, ...(await home.bursar(args, { ...failing, env })) };
    });
    for (const { failing, json, code, stdout, stderr } of ended) {
      const what = `bursar ${failing.args.join(' ')}${json ? ' --json' : ''}\n${stdout}${stderr}`;
      expect(code, what).toBe(failing.exit);
      if (json)
        expect(JSON.parse(stdout).error, what).toMatchObject({ code: failing.code, exit: failing.exit });
      else
        expect([stdout, stderr.startsWith('error: '), stderr.includes('\nhint: ')], what).toEqual([
          '',
          true,
          true,
        ]);
      for (const secret of secrets)
        expect((stdout + stderr).toLowerCase(), what).not.toContain(secret.toLowerCase());
    }
    const written = home.written();
    expect(written).toContain('pkcs8');
    for (const secret of secrets) expect(written).not.toContain(secret);
  }, 180_000);

  it('repeat no secret when they succeed', async () => {
    const passphrase = ['--passphrase-file', home.file(PASSPHRASE)];
    const runs = [
      ['keys', 'import', 'one', '--uri-file', home.file(`${MNEMONIC}//one`), ...passphrase],
      ['keys', 'import', 'two', '--seed-file', home.file(SEED), '--type', 'ecdsa', ...passphrase, '--json'],
      ['keys', 'list'],
      ['keys', 'show', 'one', '--json'],
    ];
    for (const args of runs) {
      const { code, stdout, stderr } = await home.bursar(args, { env: { BURSAR_DEBUG: '1' } });
      expect(code, stderr).toBe(0);
      for (const secret of secrets) expect(stdout + stderr + home.written()).not.toContain(secret);
    }
  });
});
