/** The example of docs/library.md, as a program of its own on the development chain. */

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEV_PHRASE } from '../../devnet/accounts.js';
import { type Devnet, startDevnet } from '../../devnet/index.js';
import { saveKey } from '../../src/lib/keys/keystore.js';
import { pairFromSecret } from '../../src/lib/keys/pairs.js';
import { REPOSITORY } from '../cli/process.js';

const EXAMPLE = `${REPOSITORY}examples/library/bond-extra.mjs`;

describe('the library from another program', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'bursar-library-'));
  const keys = join(scratch, 'keys');
  const passphrase = join(scratch, 'passphrase');
  let devnet: Devnet;
  beforeAll(async () => {
    devnet = await startDevnet({ port: 0 });
    const { pair } = await pairFromSecret(`${DEV_PHRASE}${devnet.accounts.operator!.uri}`, 'uri', 'sr25519');
    await saveKey(keys, 'operator', pair, Buffer.from('open it'), { cost: { N: 2 ** 15, r: 8, p: 1 } });
    writeFileSync(passphrase, 'open it\n', { mode: 0o600 });
  });
  afterAll(async () => {
    await devnet?.close();
    rmSync(scratch, { recursive: true });
  });

  function example(amount: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const args = [devnet.url, amount, keys, 'operator', passphrase, join(scratch, 'journal')];
    const child = spawn(process.execPath, [EXAMPLE, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (part) => {
      stdout += part;
    });
    child.stderr.on('data', (part) => {
      stderr += part;
    });
    return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
  }

  it('adds to a bond', async () => {
    const first = await example('25UNIT');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(/^active: [\d,_.]+ UNIT → [\d,_.]+ UNIT, in block \d+\n$/);
    expect((await example('25UNIT')).stdout).not.toBe(first.stdout);
  });
  it('ends with the code of the error', async () => {
    expect(await example('25')).toMatchObject({ code: 2, stdout: '' });
    const { code, stderr } = await example('999999999UNIT');
    expect(code).toBe(4);
    expect(stderr).toMatch(/^[A-Z_]+: .+/);
  });
  it('is the code that the document shows', () => {
    const document = readFileSync(`${REPOSITORY}docs/library.md`, 'utf8');
    const shown = /```js\n([\s\S]*?)```/.exec(document)?.[1];
    expect(shown).toBe(readFileSync(EXAMPLE, 'utf8'));
  });
});

it('importing the library loads no polkadot code, and connecting does', () => {
  const hook = `import { writeSync } from 'node:fs';
    export async function load(url, context, next) { writeSync(2, url + '\\n'); return next(url, context); }`;
  const loaded = (program: string) =>
    spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: REPOSITORY,
      encoding: 'utf8',
    }).stderr;
  const register = `import { register } from 'node:module';
    register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hook)}`)});
    const bursar = await import('bursar');`;
  const imported = loaded(register);
  expect(imported).toContain('dist/src/lib/index.js');
  expect(imported).not.toMatch(/polkadot|oclif|inquirer|chalk/);
  const dead = `await bursar.connect({ endpoints: ['ws://127.0.0.1:1'], timeoutMs: 2_000 }).catch(() => {});`;
  expect(loaded(register + dead)).toContain('dist/vendor/polkadot.js');
});
