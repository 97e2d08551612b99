/** The alert script as cron runs it: first with a command line that says what the test wants, then on a real chain. */

import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Devnet, startDevnet } from '../../devnet/index.js';
import { BIN, REPOSITORY } from '../cli/process.js';

const SCRIPT = `${REPOSITORY}examples/stake-alerts/stake-alerts.sh`;
const scratch = mkdtempSync(join(tmpdir(), 'bursar-alerts-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function alerts(env: Readonly<Record<string, string>>) {
  const child = spawn('sh', [SCRIPT], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '', HOME: scratch, BURSAR_CONFIG_DIR: join(scratch, 'config'), ...env },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (part) => {
    stdout += part;
  });
  child.stderr.on('data', (part) => {
    stderr += part;
  });
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, stdout, stderr })),
  );
}

/** A command line that prints this, whatever it is asked, and notes how it was called. */
function fake(output: string, code = 0): string {
  const path = join(scratch, 'fake-bursar');
  writeFileSync(join(scratch, 'output'), output);
  writeFileSync(path, `#!/bin/sh\necho "$@" >'${scratch}/called'\ncat '${scratch}/output'\nexit ${code}\n`);
  chmodSync(path, 0o755);
  return path;
}

const advice = (level: string) => ({ id: 'PAYEE_NONE', level, text: 'Nobody is paid.', command: 'bursar x' });
const status = (...accounts: readonly object[]) =>
  JSON.stringify({ schema: 'bursar/stake.status/1', result: { accounts } });
const WELL = status({ address: 'A', advice: [advice('info')] }, { address: 'B', advice: [] });
const ILL = status({ address: 'A', advice: [advice('info'), advice('warn')] });
const LINE = 'A PAYEE_NONE: Nobody is paid. -> bursar x\n';

describe('stake-alerts.sh', () => {
  it('is silent while all is well, and asks for what it was told to', async () => {
    const ended = await alerts({ BURSAR: fake(WELL), ACCOUNTS: 'A B', OPTIONS: '--network devnet' });
    expect(ended).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(readFileSync(join(scratch, 'called'), 'utf8')).toBe('stake status A B --network devnet --json\n');
  });
  it('tells what is a warning, and only that', async () => {
    expect(await alerts({ BURSAR: fake(ILL), ACCOUNTS: 'A' })).toEqual({ code: 1, stdout: '', stderr: LINE });
  });
  it('tells that it could not look', async () => {
    const error = JSON.stringify({ error: { code: 'ENDPOINT_UNREACHABLE', message: 'Nobody answers.' } });
    expect(await alerts({ BURSAR: fake(error, 5), ACCOUNTS: 'A' })).toMatchObject({
      code: 1,
      stderr: 'ENDPOINT_UNREACHABLE: Nobody answers.\n',
    });
    expect((await alerts({ BURSAR: fake('', 139), ACCOUNTS: 'A' })).stderr).toBe(
      'bursar ended with 139 and printed no result\n',
    );
    expect((await alerts({ BURSAR: join(scratch, 'missing'), ACCOUNTS: 'A' })).stderr).toContain('127');
  });
  it('refuses to watch nothing', async () => {
    expect(await alerts({ BURSAR: fake(WELL) })).toMatchObject({ code: 2 });
  });
  it('gives the alert to a command; one that fails is tried again', async () => {
    const STATE = join(scratch, 'given');
    const inbox = join(scratch, 'inbox');
    const broken = await alerts({ BURSAR: fake(ILL), ACCOUNTS: 'A', STATE, ALERT: 'false' });
    expect(broken.code).toBe(2);
    const given = await alerts({ BURSAR: fake(ILL), ACCOUNTS: 'A', STATE, ALERT: `tee ${inbox}` });
    expect(given.code).toBe(1);
    expect(readFileSync(inbox, 'utf8')).toBe(LINE);
  });
  it('does not repeat itself until something changed or a day has passed', async () => {
    const env = { ACCOUNTS: 'A', STATE: join(scratch, 'state') };
    const told = join(env.STATE, 'told');
    expect((await alerts({ ...env, BURSAR: fake(ILL) })).code).toBe(1);
    expect(await alerts({ ...env, BURSAR: fake(ILL) })).toEqual({ code: 0, stdout: '', stderr: '' });
    const yesterday = new Date(Date.now() - 25 * 3_600_000);
    utimesSync(told, yesterday, yesterday);
    expect((await alerts({ ...env, BURSAR: fake(ILL) })).stderr).toBe(LINE);
    expect((await alerts({ ...env, BURSAR: fake(WELL) })).code).toBe(0);
    expect(existsSync(told)).toBe(false);
    expect((await alerts({ ...env, BURSAR: fake(ILL) })).code).toBe(1);
  });
});

describe('on the development chain', () => {
  let devnet: Devnet;
  beforeAll(async () => {
    devnet = await startDevnet({ port: 0 });
  });
  afterAll(() => devnet?.close());

  it('tells of stakes that need attention, and that the chain cannot be reached', async () => {
    const everybody = Object.values(devnet.accounts).map(({ address }) => address);
    const env = {
      BURSAR: `${process.execPath} ${BIN}`,
      ACCOUNTS: everybody.join(' '),
      OPTIONS: `--rpc ${devnet.url}`,
    };
    const { code, stderr } = await alerts(env);
    expect(code).toBe(1);
    const lines = stderr.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines)
      expect(line).toMatch(/^5[1-9A-HJ-NP-Za-km-z]+ [A-Z_]+: \S.*[.%)]( -> bursar \S.*)?$/);
    for (const line of lines) expect(everybody).toContain(line.split(' ')[0]);
    const dead = await alerts({ ...env, OPTIONS: '--rpc ws://127.0.0.1:1 --timeout 2s' });
    expect(dead).toMatchObject({ code: 1, stderr: expect.stringMatching(/^ENDPOINT_[A-Z]+: /) });
  });
});
