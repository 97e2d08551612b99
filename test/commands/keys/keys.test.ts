import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Keyring } from '@polkadot/keyring';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeSs58 } from '../../../src/lib/keys/ss58.js';
import { run } from '../../cli/process.js';
import { MNEMONIC, PASSPHRASE, SEED } from '../../lib/keys/support.js';
import { Home } from './process.js';

// Sealing a key takes half a second of one core, and a busy machine takes many times that.
vi.setConfig({ testTimeout: 180_000 });

beforeAll(async () => void (await cryptoWaitReady()));

const resultOf = ({ stdout }: { stdout: string }) => JSON.parse(stdout).result;
const addressOf = (uri: string, type: 'sr25519' | 'ed25519' | 'ecdsa' = 'sr25519', ss58Format = 42) =>
  new Keyring({ type, ss58Format }).addFromUri(uri).address;

describe('keys new', () => {
  const home = new Home();

  it('makes a key that its mnemonic restores, and puts the mnemonic nowhere but in the file', async () => {
    const words = join(home.given, 'words');
    const args = ['keys', 'new', 'operator', '--network', 'kusama', '--mnemonic-file', words, '--json'];
    const ended = await home.bursar([...args, '--passphrase-file', home.file(`${PASSPHRASE}\n`)]);
    expect(ended.code, ended.stderr).toBe(0);
    const mnemonic = readFileSync(words, 'utf8').trim();
    expect(statSync(words).mode & 0o777).toBe(0o600);
    const key = resultOf(ended);
    expect(key).toMatchObject({
      name: 'operator',
      type: 'sr25519',
      mode: '0600',
      private: true,
      mnemonicFile: words,
    });
    expect(key.address).toBe(addressOf(mnemonic, 'sr25519', 2));
    expect(key.genericAddress).toBe(addressOf(mnemonic));
    for (const text of [ended.stdout, ended.stderr, home.written()])
      expect(text).not.toContain(mnemonic.slice(0, 20));
    const theirs = new Keyring().addFromJson(JSON.parse(readFileSync(key.file, 'utf8')));
    theirs.unlock(PASSPHRASE);
    expect(theirs.isLocked).toBe(false);
  });

  it('takes the passphrase from where the configuration says', async () => {
    const passphrases = { feeder: { env: 'FEEDER_PASS' } };
    writeFileSync(join(home.own, 'config.json'), JSON.stringify({ network: 'westend', passphrases }));
    const words = join(home.given, 'feeder-words');
    const args = ['keys', 'new', 'feeder', '--type', 'ed25519', '--words', '24', '--mnemonic-file', words];
    const ended = await home.bursar(args, { env: { FEEDER_PASS: PASSPHRASE } });
    expect(ended.code, ended.stderr).toBe(0);
    const mnemonic = readFileSync(words, 'utf8').trim();
    expect(mnemonic.split(' ')).toHaveLength(24);
    expect(ended.stdout).toContain(addressOf(mnemonic, 'ed25519'));
  });

  it('leaves no words behind when the key cannot be written', async () => {
    const words = join(home.keys, 'unlucky.json');
    const args = [
      'keys',
      'new',
      'unlucky',
      '--mnemonic-file',
      words,
      '--passphrase-file',
      home.file(PASSPHRASE),
    ];
    const ended = await home.bursar(args);
    expect(ended.code, ended.stderr).toBe(4);
    expect(() => statSync(words)).toThrow('ENOENT');
  });
});

describe('keys import, list, show', () => {
  const home = new Home();
  const passphrase = () => ['--passphrase-file', home.file(PASSPHRASE)];

  it('brings a mnemonic, a seed, a URI and a wallet’s JSON from files', async () => {
    const wallet = new Keyring({ type: 'ecdsa' }).addFromUri(`${MNEMONIC}//wallet`, { name: 'My wallet' });
    const sources: [string, string[], string][] = [
      ['m', ['--mnemonic-file', home.file(`${MNEMONIC}\n`)], addressOf(MNEMONIC)],
      ['s', ['--seed-file', home.file(SEED), '--type', 'ed25519'], addressOf(SEED, 'ed25519')],
      ['u', ['--uri-file', home.file(`${MNEMONIC}//a/b///pw`)], addressOf(`${MNEMONIC}//a/b///pw`)],
      ['w', ['--keystore', home.file(JSON.stringify(wallet.toJson(PASSPHRASE)))], wallet.address],
    ];
    for (const [name, flags, address] of sources) {
      const ended = await home.bursar(['keys', 'import', name, ...flags, ...passphrase(), '--json']);
      expect(ended, name).toMatchObject({ code: 0, stderr: '' });
      expect(resultOf(ended)).toMatchObject({ name, genericAddress: address, development: false });
    }
  });

  it('takes a secret for what every wallet takes it for, from a file and from stdin', async () => {
    const own = new Home();
    const passphrase = ['--passphrase-file', own.file(`\ufeff${PASSPHRASE}\r\n`)];
    const uris = [`${MNEMONIC}///two  spaces`, `${MNEMONIC}//two  words///\ttab `, `${SEED}///pw`];
    for (const [at, uri] of uris.entries()) {
      const source = ['--uri-file', own.file(`\ufeff${uri}\r\n`)];
      const ended = await own.bursar(['keys', 'import', `f${at}`, '--json', ...source, ...passphrase]);
      expect(ended.code, ended.stderr).toBe(0);
      const { genericAddress, passwordIgnored, file } = resultOf(ended);
      expect([genericAddress, passwordIgnored]).toEqual([addressOf(uri), uri.startsWith('0x')]);
      expect(ended.stderr.includes('has no effect on a raw seed')).toBe(passwordIgnored);
      // A wallet opens it with the passphrase that can be seen.
      const theirs = new Keyring().addFromJson(JSON.parse(readFileSync(file, 'utf8')));
      theirs.unlock(PASSPHRASE);
      expect(theirs.isLocked).toBe(false);
    }
    const piped = await own.bursar(['keys', 'import', 'piped', '--json', '--stdin', ...passphrase], {
      stdin: `${MNEMONIC}///two  spaces!`,
    });
    expect(resultOf(piped).genericAddress).toBe(addressOf(`${MNEMONIC}///two  spaces!`));
  });

  it('makes an ecdsa key that opens', async () => {
    const own = new Home();
    const passphrase = ['--passphrase-file', own.file(PASSPHRASE)];
    const args = ['keys', 'import', 'e', '--type', 'ecdsa', '--json', '--mnemonic-file', own.file(MNEMONIC)];
    const { file } = resultOf(await own.bursar([...args, ...passphrase]));
    const theirs = new Keyring().addFromJson(JSON.parse(readFileSync(file, 'utf8')));
    theirs.unlock(PASSPHRASE);
    const message = Uint8Array.from([1, 2, 3]);
    expect(theirs.verify(message, theirs.sign(message), theirs.publicKey)).toBe(true);
  });

  it('names UTF-16, and writes nothing', async () => {
    const own = new Home();
    const file = own.file(Buffer.from(`\ufeff${MNEMONIC}`, 'utf16le'));
    const args = [
      'keys',
      'import',
      'wide',
      '--mnemonic-file',
      file,
      '--passphrase-file',
      own.file(PASSPHRASE),
    ];
    const { code, stderr } = await own.bursar(args);
    expect([code, stderr]).toEqual([2, expect.stringContaining('UTF-16')]);
    expect(own.written()).toBe('');
  });

  it('reads a key from stdin and its passphrase from a descriptor', async () => {
    const ended = await home.bursar(['keys', 'import', 'alice', '--stdin', '--passphrase-fd', '3'], {
      stdin: '//Alice\n',
      fd3: home.file(`${PASSPHRASE}\n`, 0o644),
    });
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain('5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY');
    expect(ended.stderr).toContain('everybody has');
  });

  it('reads a passphrase from stdin and from the environment', async () => {
    const flags = ['--seed-file', home.file(`0x${'01'.repeat(32)}`), '--passphrase-fd', '0', '--json'];
    const piped = await home.bursar(['keys', 'import', 'piped', ...flags], { stdin: `${PASSPHRASE}\n` });
    expect(piped.code, piped.stdout).toBe(0);
    const json = JSON.parse(readFileSync(join(home.keys, 'piped.json'), 'utf8'));
    const theirs = new Keyring().addFromJson(json);
    theirs.unlock(PASSPHRASE);
    expect(theirs.isLocked).toBe(false);
  });

  it('lists and shows them in the form of the network', async () => {
    const list = resultOf(await home.bursar(['keys', 'list', '--network', 'polkadot', '--json']));
    expect(list).toMatchObject({ network: 'polkadot', ss58Prefix: 0, keysDir: home.keys, unusable: [] });
    expect(list.keys.map((key: { name: string }) => key.name)).toEqual([
      'alice',
      'm',
      'piped',
      's',
      'u',
      'w',
    ]);
    const alice = list.keys[0];
    expect(alice.address).toBe('15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5');
    const kusama = encodeSs58(Buffer.from(alice.accountId.slice(2), 'hex'), 2);
    for (const text of ['alice', kusama, alice.accountId, alice.genericAddress]) {
      const ended = await home.bursar(['keys', 'show', text, '--network', 'polkadot', '--json']);
      expect(resultOf(ended)).toEqual(alice);
    }
    const text = await home.bursar(['keys', 'list', '--network', 'kusama']);
    expect(text.stdout).toContain(kusama);
  });

  it('shows an empty directory as a result', async () => {
    const empty = new Home();
    expect(resultOf(await empty.bursar(['keys', 'list', '--json']))).toMatchObject({
      keys: [],
      unusable: [],
    });
    expect(await empty.bursar(['keys', 'list'])).toMatchObject({ code: 0, stderr: '' });
  });
});

describe.each(['new', 'import', 'list', 'show'])('keys %s --help', (verb) => {
  it('has a description, examples and exit codes', async () => {
    const { code, stdout } = await run(['keys', verb, '--help']);
    expect(code).toBe(0);
    for (const part of ['DESCRIPTION', 'EXAMPLES', `bursar keys ${verb}`, '--network', 'EXIT CODES']) {
      expect(stdout).toContain(part);
    }
  });
});
