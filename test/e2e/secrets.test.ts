import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { DEV_PHRASE } from '../../devnet/accounts.js';
import { pairFromSecret } from '../../src/lib/keys/pairs.js';
import { Desk, UNIT } from '../support/desk.js';
import { deadUrl, FaultyProxy } from '../support/proxy.js';

/**
 * Every way in which a command that touches a key can go wrong, as text, as JSON and with the developer's stack traces;
 * then all that was printed and all that was written is searched for the phrase, the seeds, the keys and the passphrases.
 */

const PASSPHRASE = 'Quetzal-7#marble&lantern';
const WRONG = 'Wrong-9!saffron+violin';
const SEED = 'd1c9e3b7a5f80246dbe91357acf0864213579bdf02468ace0f1e2d3c4b5a6978';

// A test is a dozen processes, on a machine that may have other work.
vi.setConfig({ testTimeout: 240_000 });

let desk: Desk;
let proxy: FaultyProxy;
/** What must be nowhere, by what it is. */
const secrets = new Map<string, Buffer>();
/** Files that hold a secret because a person put it there. */
const holders = new Set<string>();

function put(name: string, text: string, mode = 0o600): string {
  const path = join(desk.directory, name);
  writeFileSync(path, text, { mode });
  chmodSync(path, mode);
  holders.add(path);
  return path;
}

beforeAll(async () => {
  desk = await Desk.open({ keys: ['alice', 'operator', 'operator-proxy'], passphrase: PASSPHRASE });
  proxy = await FaultyProxy.start(desk.devnet.url);
  holders.add(join(desk.directory, 'passphrase'));
  secrets.set('the passphrase', Buffer.from(PASSPHRASE));
  secrets.set('a wrong passphrase', Buffer.from(WRONG));
  secrets.set('the phrase', Buffer.from(DEV_PHRASE));
  secrets.set('half of the phrase', Buffer.from(DEV_PHRASE.split(' ').slice(0, 3).join(' ')));
  secrets.set('a seed', Buffer.from(SEED, 'hex'));
  for (const name of ['alice', 'operator', 'operator-proxy']) {
    const { pair } = await pairFromSecret(
      `${DEV_PHRASE}${desk.devnet.accounts[name]!.uri}`,
      'uri',
      'sr25519',
    );
    secrets.set(`the secret key of ${name}`, Buffer.from(pair.secretKey.slice(0, 32)));
  }
  const { pair } = await pairFromSecret(SEED, 'seed', 'sr25519');
  secrets.set('the secret key of the seed', Buffer.from(pair.secretKey.slice(0, 32)));
});
afterAll(async () => {
  await proxy?.close();
  await desk?.close();
});

/**
 * Runs for a person and with --json, and expects the code of both; with BURSAR_DEBUG=1 they print all that they print
 * without it, and stacks. Those that send follow one another: they are of one account.
 */
async function drives(
  args: readonly string[],
  code: number,
  { env = {}, sends = false }: { env?: Record<string, string>; sends?: boolean } = {},
) {
  const run = (flags: readonly string[]) =>
    desk.run([...args, ...flags], { env: { ...env, BURSAR_DEBUG: '1' } });
  const ended = sends
    ? [await run([]), await run(['--json'])]
    : await Promise.all([run([]), run(['--json'])]);
  for (const { code: got, stdout, stderr } of ended)
    expect(got, `bursar ${args.join(' ')}\n${stdout}\n${stderr}`).toBe(code);
  searches();
}

/** The secret's forms in which it could be printed or written. */
const formsOf = (secret: Buffer): string[] => [
  secret.toString('latin1'),
  secret.toString('hex'),
  // base64 of a part: without the first and last characters, which depend on what is beside it.
  ...[0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), secret])
      .toString('base64')
      .slice(4, -4),
  ),
  JSON.stringify([...secret]).slice(1, -1),
  [...secret].join(', '),
];

const formsByName = new Map<string, readonly string[]>();

function assertNoSecret(text: string, where: string): void {
  const lower = text.toLowerCase();
  for (const [what, secret] of secrets) {
    const forms = formsByName.get(what) ?? formsOf(secret);
    formsByName.set(what, forms);
    for (const form of forms)
      if (text.includes(form) || (/^[0-9a-f]+$/.test(form) && lower.includes(form)))
        expect.fail(`${what} is in ${where}`);
  }
}

/** Files that were searched already, with the time of their last change then. */
const searched = new Map<string, number>();

/** Searches what the runs printed since the last search, and every file that has changed since. */
function searches(): void {
  for (const text of desk.transcript.splice(0)) assertNoSecret(text, `the output:\n${text}`);
  for (const file of filesOf(desk.directory)) {
    const changed = statSync(file).mtimeMs;
    if (holders.has(file) || searched.get(file) === changed) continue;
    assertNoSecret(readFileSync(file, 'latin1'), file);
    searched.set(file, changed);
  }
}

const filesOf = (directory: string): string[] =>
  readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? filesOf(path) : entry.isFile() ? [path] : [];
  });

const extra = (...more: string[]) => [
  'stake',
  'bond-extra',
  '--amount',
  '3UNIT',
  '--from',
  'operator',
  '--yes',
  ...more,
];

test('the search finds what it is made for', () => {
  for (const secret of secrets.values())
    for (const form of formsOf(secret))
      expect(() => assertNoSecret(`left ${form} right`, 'here')).toThrow(/is in here/);
  expect(() => assertNoSecret(SEED.toUpperCase(), 'here')).toThrow();
  expect(() => assertNoSecret('bursar stake bond-extra --amount 3UNIT', 'here')).not.toThrow();
});

describe('a passphrase that is wrong or not to be had', () => {
  test('wrong, in a file, in a variable, on a descriptor', async () => {
    const file = put('wrong', WRONG);
    await drives(extra('--passphrase-file', file), 4);
    await drives(extra('--passphrase-env', 'BURSAR_TEST_PASS'), 4, { env: { BURSAR_TEST_PASS: WRONG } });
    const piped = await Promise.all(
      [[], ['--json']].map((flags) =>
        desk.run(extra('--passphrase-fd', '0', ...flags), { input: `${WRONG}\n` }),
      ),
    );
    expect(piped.map(({ code }) => code)).toEqual([4, 4]);
    searches();
  });
  test('in files that are not for it', async () => {
    await drives(extra('--passphrase-file', put('open', PASSPHRASE, 0o644)), 4);
    await drives(extra('--passphrase-file', put('lines', `${WRONG}\n${PASSPHRASE}\n`)), 2);
    await drives(extra('--passphrase-file', put('long', PASSPHRASE.repeat(60))), 2);
    await drives(extra('--passphrase-file', put('binary', `${PASSPHRASE}\0\xff`)), 2);
    await drives(extra('--passphrase-file', join(desk.directory, 'missing')), 2);
  });
  test('put where the name of its place belongs', async () => {
    await drives(extra('--passphrase-env', PASSPHRASE), 2);
    await drives(extra('--passphrase-fd', PASSPHRASE), 2);
    await drives(extra(`--passphrase=${PASSPHRASE}`), 2);
    await drives(['config', 'set', 'passphrases.operator', PASSPHRASE], 2);
    for (const where of ['passphrase', 'fd', 'env'])
      await drives(['config', 'set', `passphrases.operator.${where}`, PASSPHRASE], 2);
  });
});

describe('a phrase or a seed where it does not belong', () => {
  test('on the command line', async () => {
    const words = DEV_PHRASE.split(' ');
    await drives(['stake', 'bond-extra', '--amount', '3UNIT', '--from', DEV_PHRASE, '--yes'], 2);
    await drives(['stake', 'chill', '--from', 'operator', '--proxy-for', `${DEV_PHRASE}//Operator`], 2);
    await drives(['stake', 'chill', ...words, '--from', 'operator'], 2);
    await drives(['stake', 'status', DEV_PHRASE], 2);
    await drives(['keys', 'import', 'mine', ...words], 2);
    await drives(['keys', 'show', DEV_PHRASE], 2);
    await drives([...words], 2);
    await drives(['tx', 'submit', DEV_PHRASE, '--from', 'operator', '--yes'], 2);
    await drives(['tx', 'inspect', DEV_PHRASE], 2);
  });
  test('in the environment and in the configuration', async () => {
    await drives(['stake', 'status', 'operator'], 2, { env: { BURSAR_NETWORK: DEV_PHRASE } });
    const config = JSON.stringify({
      network: 'devnet',
      passphrases: { operator: { passphrase: PASSPHRASE } },
      seed: SEED,
    });
    await drives(['config', 'check', '--config', put('config-with-secrets.json', config)], 2);
    await drives(extra('--config', put('broken.json', `{"seed": "${SEED}", ${DEV_PHRASE}`)), 2);
  });
  test('in key files', async () => {
    const pass = join(desk.directory, 'passphrase');
    const with_ = ['--passphrase-file', pass];
    const seed = put('seed', `0x${SEED}\n`);
    await drives(['keys', 'import', 'twice', '--seed-file', put('seed-open', SEED, 0o644), ...with_], 4);
    await drives(['keys', 'import', 'twice', '--seed-file', put('seed-long', `${SEED}ab`), ...with_], 2);
    await drives(
      ['keys', 'import', 'twice', '--mnemonic-file', put('words', `${DEV_PHRASE} walk`), ...with_],
      2,
    );
    await drives(['keys', 'import', 'twice', '--keystore', put('wallet.json', `{"seed":"${SEED}"}`)], 2);
    await desk.json(['keys', 'import', 'seeded', '--seed-file', seed, ...with_]);
    await drives(['keys', 'show', 'seeded'], 0);
    await drives(['keys', 'list'], 0);
    // A key file that was damaged, and one that others can read.
    const file = join(desk.directory, 'keys', 'operator.json');
    const whole = readFileSync(file);
    writeFileSync(file, whole.toString().replace(/("encoded": ?"[^"]{40})[^"]{8}/, '$1AAAAAAAA'));
    const damaged = await desk.run([...extra(), '--json'], { env: { BURSAR_DEBUG: '1' } });
    expect([2, 4]).toContain(damaged.code);
    writeFileSync(file, whole);
    chmodSync(file, 0o644);
    await drives(extra(), 4);
    chmodSync(file, 0o600);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    searches();
  });
});

describe('with an unlocked key', () => {
  const sent = ['--passphrase-env', 'BURSAR_TEST_PASS'];
  const env = { BURSAR_TEST_PASS: PASSPHRASE };
  test('no endpoint, one that is lost before sending, refused, lost after sending', async () => {
    await drives(extra(...sent, '--rpc', await deadUrl(), '--timeout', '3s'), 5, { env });
    proxy.on('system_accountNextIndex', { kind: 'dropBefore' });
    await drives(extra(...sent, '--rpc', proxy.url, '--timeout', '10s'), 5, { env });
    proxy.reset().on('author_submitExtrinsic', { kind: 'error', code: 1010, message: 'Invalid Transaction' });
    await drives(extra(...sent, '--rpc', proxy.url, '--timeout', '10s', '--mortality', '24s'), 6, {
      env,
      sends: true,
    });
    await desk.devnet.advance({ blocks: 5 });
    proxy.reset();
    for (const flags of [[], ['--json']]) {
      proxy.on('author_submitExtrinsic', { kind: 'dropAfter', dies: true });
      const line = extra(...sent, '--rpc', proxy.url, '--timeout', '10s', ...flags);
      const lost = await desk.run(line, { env: { ...env, BURSAR_DEBUG: '1' } });
      expect(lost.code, lost.stderr).toBe(6);
      proxy.reset();
      await proxy.revive();
      // The next run tells what became of it.
      expect((await desk.run(extra(...sent), { env })).code).toBe(0);
    }
    searches();
  });
  test('dispatch errors, directly and inside a proxy; a success; a dry run; a question that nobody answers', async () => {
    const again = await desk.encode({
      pallet: 'Staking',
      call: 'bond',
      args: { value: 100n * UNIT, payee: 'Staked' },
    });
    const submit = (...more: string[]) => ['tx', 'submit', again, '--yes', '--force', ...more];
    await drives(submit('--from', 'operator', ...sent), 7, { env, sends: true });
    await drives(submit('--from', 'operator-proxy', '--proxy-for', 'operator'), 8, { sends: true });
    await drives(extra(...sent), 0, { env, sends: true });
    await drives(extra('--dry-run'), 0);
    await drives(['stake', 'chill', '--from', 'operator', ...sent], 2, { env });
    await drives(['tx', 'history'], 0);
    await drives(['doctor'], 0, { env });
  });
  test('a key from a seed: funded, bonded, refused', async () => {
    const { result } = await desk.json(['keys', 'show', 'seeded']);
    const fund = await desk.encode({
      pallet: 'Balances',
      call: 'transfer_keep_alive',
      args: { dest: result.address, value: 200n * UNIT },
    });
    await desk.json(['tx', 'submit', fund, '--from', 'alice', '--yes']);
    const bond = (amount: string) => [
      'stake',
      'bond',
      '--amount',
      amount,
      '--from',
      'seeded',
      '--yes',
      '--passphrase-file',
      join(desk.directory, 'passphrase'),
    ];
    await drives(bond('500UNIT'), 4);
    await desk.json(bond('100UNIT'));
    await drives(bond('50UNIT'), 4);
    expect(desk.journal()).toContain(result.address);
    searches();
  });
});
