/** What happens when stdout or stderr takes nothing: real processes, each with a time to end. */

import { type StdioOptions, spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { fixture } from './fixture.js';
import { BIN } from './process.js';

/** A busy machine takes a while to start a chain; a process that spins would take for ever. */
const LIMIT_MS = 90_000;
vi.setConfig({ testTimeout: 2 * LIMIT_MS });
const FULL = '/dev/full';

type Sink = 'pipe' | 'full' | 'unwritable' | 'gone';

interface Heard {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

let bin: string;
const directory = mkdtempSync(join(tmpdir(), 'bursar-streams-'));
beforeAll(() => {
  bin = fixture();
});

/** A sink's descriptor for the child. `gone` is a pipe whose reader left before anything was written. */
const open = (sink: Sink): number | 'pipe' =>
  sink === 'full' ? openSync(FULL, 'w') : sink === 'unwritable' ? openSync('/etc/hosts', 'r') : 'pipe';

function run(
  args: readonly string[],
  sinks: { readonly stdout?: Sink; readonly stderr?: Sink },
  { program = bin, env = {} }: { program?: string; env?: Record<string, string> } = {},
): Promise<Heard> {
  const [out, err] = [open(sinks.stdout ?? 'pipe'), open(sinks.stderr ?? 'pipe')];
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', out, err] as StdioOptions,
    env: { PATH: process.env.PATH ?? '', HOME: directory, ...env },
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  for (const descriptor of [out, err]) if (descriptor !== 'pipe') closeSync(descriptor);
  const heard = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    if (sinks[name] === 'gone') child[name]?.destroy();
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      heard[name] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...heard }));
  });
}

const SAYS = /^error: Not everything could be written to stdout: .+\nhint: .+\n$/;

describe('a full disk behind stdout', () => {
  test.each([
    ['config show'],
    ['config show --json'],
    ['config path'],
    ['completion bash'],
    ['completion fish --json'],
    ['--version'],
    ['--help'],
    ['config'],
    ['config show --help'],
    ['devnet up --port 0'],
    ['devnet up --port 0 --json'],
  ])('%s: one try, 1, and stderr says why', async (line) => {
    const ended = await run(line.split(' '), { stdout: 'full' }, { program: BIN });
    expect(ended).toEqual({ code: 1, signal: null, stdout: '', stderr: expect.stringMatching(SAYS) });
    expect(ended.stderr).toContain('the disk is full (ENOSPC)');
  });

  test('the error that --json would print there is told on stderr, with its own words', async () => {
    const ended = await run(['fail', '4', '--json'], { stdout: 'full' });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/^error: It went wrong\.\nhint: Do this\.\nerror: Not everything/);
  });

  test('a stream that may not be written to, and one with a limit, are no different', async () => {
    const unwritable = await run(['ok'], { stdout: 'unwritable' });
    expect([unwritable.code, unwritable.stderr]).toEqual([1, expect.stringContaining('(EBADF)')]);
    // The system takes a part of the text without an error first: half a result is no result.
    const file = join(directory, 'limited');
    const script = 'ulimit -f 1; exec "$0" "$1" large --json > "$2"';
    const limited = spawnSync('bash', ['-c', script, process.execPath, bin, file], {
      encoding: 'utf8',
      timeout: LIMIT_MS,
    });
    expect([limited.status, limited.stderr]).toEqual([1, expect.stringContaining('(EFBIG)')]);
    expect(statSync(file).size).toBe(1_024);
  });

  test('what was not told does not count as told', async () => {
    const file = join(directory, 'told');
    const ended = await run(['sent'], { stdout: 'full' }, { env: { FIXTURE_FILE: file } });
    expect([ended.code, existsSync(file)]).toEqual([1, false]);
    const read = await run(['sent'], {}, { env: { FIXTURE_FILE: file } });
    expect([read.code, readFileSync(file, 'utf8')]).toEqual([0, 'told']);
  });

  test.each([6, 7, 8, 9])('the code %i of an outcome stays: it matters more', async (code) => {
    expect((await run(['fail', `${code}`, '--json'], { stdout: 'full' })).code).toBe(code);
    expect((await run(['fail', `${code}`], { stderr: 'full' })).code).toBe(code);
  });

  test.each([2, 3, 4, 5, 130])('the code %i is lost to 1', async (code) => {
    expect((await run(['fail', `${code}`, '--json'], { stdout: 'full' })).code).toBe(1);
    expect((await run(['fail', `${code}`], { stderr: 'full' })).code).toBe(1);
  });
});

describe('a full disk behind stderr', () => {
  test.each(['nosuch', 'config show --nope', 'config show --rpc http://a.example'])(
    '%s: 1, and stdout has the error while it is empty',
    async (line) => {
      const ended = await run(line.split(' '), { stderr: 'full' }, { program: BIN });
      expect(ended).toMatchObject({ code: 1, stderr: '' });
      expect(ended.stdout).toMatch(/^error: .+\nhint: .+\n$/s);
    },
  );

  test('a result is not mixed with an error', async () => {
    expect(await run(['both'], { stderr: 'full' })).toMatchObject({ code: 8, stdout: 'included\n' });
  });

  test('lost notes are no reason to stop, but the end is 1', async () => {
    expect(await run(['noisy'], { stderr: 'full' })).toMatchObject({ code: 1, stdout: 'fine\n' });
    expect(await run(['noisy', '--quiet'], { stderr: 'full' })).toMatchObject({ code: 0, stdout: 'fine\n' });
  });

  test('a bug and a stray failure end as well', async () => {
    expect((await run(['bug'], { stderr: 'full' })).code).toBe(1);
    expect((await run(['stray'], { stderr: 'full' })).code).toBe(1);
    expect((await run(['stray', '--json'], { stdout: 'full', stderr: 'full' })).code).toBe(1);
  });
});

test('both full: 1, in silence', async () => {
  for (const args of [['config', 'show'], ['nosuch'], ['config', 'show', '--json'], ['--help']])
    expect(await run(args, { stdout: 'full', stderr: 'full' }, { program: BIN })).toEqual({
      code: 1,
      signal: null,
      stdout: '',
      stderr: '',
    });
});

test('a reader that has gone is no failure, on either side', async () => {
  for (const args of [['large'], ['large', '--json'], ['noisy']])
    expect((await run(args, { stdout: 'gone' })).code).toBe(0);
  expect(await run(['noisy'], { stderr: 'gone' })).toMatchObject({ code: 0, stdout: 'fine\n' });
  expect((await run(['fail', '4'], { stderr: 'gone' })).code).toBe(4);
});
