import { beforeAll, describe, expect, test } from 'vitest';
import { fixture } from './fixture.js';
import { type RunOptions, run as start } from './process.js';

let bin: string;
beforeAll(() => {
  bin = fixture();
});
const run = (line: string, options: RunOptions = {}) => start(line.split(' '), { bin, ...options });

describe('results', () => {
  test('one JSON object on stdout, amounts as decimal strings, notes on stderr', async () => {
    const { code, stdout, stderr } = await run('ok --json --count 3');
    expect(code).toBe(0);
    expect(stdout.endsWith('}\n')).toBe(true);
    expect(stdout.split('\n')).toHaveLength(2);
    const object = JSON.parse(stdout);
    expect(object.schema).toBe('bursar/ok/1');
    expect(object.result.planck).toBe('12345678901234567890');
    expect(object.result.flags.count).toBe(3);
    expect(stderr).toBe('a note\n');
  });
  test('text on stdout, and nothing else there', async () => {
    expect(await run('ok')).toEqual({ code: 0, stdout: 'fine\n', stderr: 'a note\n' });
    expect(await run('ok --quiet')).toEqual({ code: 0, stdout: 'fine\n', stderr: '' });
  });
  test('nothing to do has its own code when the command says so', async () => {
    expect((await run('noop')).code).toBe(3);
    expect((await run('noop --json')).code).toBe(3);
  });
  test('a result and an error: both are told, the code is the error’s', async () => {
    const text = await run('both');
    expect(text).toMatchObject({ code: 8, stdout: 'included\n' });
    expect(text.stderr).toContain('error: The inner call failed.');
    const json = await run('both --json');
    expect(json).toMatchObject({ code: 8, stderr: '' });
    expect(JSON.parse(json.stdout)).toMatchObject({
      schema: 'bursar/both/1',
      result: { hash: '0x01' },
      error: { code: 'INNER', exit: 8 },
    });
  });
  test('a large result is complete in a pipe although a timer is still running', async () => {
    const { code, stdout } = await run('large --json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout).result).toHaveLength(40_000);
  });
  test('a closed reader is no failure', async () => {
    expect(await run('large', { closeAfter: 100 })).toMatchObject({ code: 0, stderr: '' });
    expect(await run('large --json', { closeAfter: 100 })).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('errors', () => {
  test.each([1, 2, 4, 5, 6, 7, 8, 9, 130])('exit code %i holds as text and as JSON', async (exit) => {
    const text = await run(`fail ${exit}`);
    expect(text).toEqual({ code: exit, stdout: '', stderr: 'error: It went wrong.\nhint: Do this.\n' });
    const json = await run(`fail ${exit} --json`);
    expect(json.code).toBe(exit);
    expect(json.stderr).toBe('');
    expect(JSON.parse(json.stdout)).toEqual({
      schema: 'bursar/error/1',
      error: {
        code: 'SOME_CODE',
        message: 'It went wrong.',
        hint: 'Do this.',
        exit,
        details: { planck: '5' },
      },
    });
  });
  test.each([
    ['ok --nope', 'FLAG_UNKNOWN'],
    ['ok --cuont 3', 'FLAG_UNKNOWN'],
    ['ok --count', 'USAGE'],
    ['ok --count 10', 'COUNT'],
    ['ok --level middle', 'USAGE'],
    ['ok --tip=-1DOT', 'AMOUNT'],
    ['ok a b c', 'ARGUMENT_UNEXPECTED'],
    ['ok --tip 1DOT --tip 2DOT', 'USAGE'],
    ['fail', 'ARGUMENT_MISSING'],
    ['secret', 'USAGE'],
    ['okk', 'COMMAND_UNKNOWN'],
  ])('bursar %s is a usage error, 2', async (line, error) => {
    const text = await run(line);
    expect(text).toMatchObject({ code: 2, stdout: '' });
    expect(text.stderr).toMatch(/^error: .+\nhint: .+\n$/);
    const json = await run(`${line} --json`);
    expect(json).toMatchObject({ code: 2, stderr: '' });
    expect(JSON.parse(json.stdout)).toMatchObject({
      schema: 'bursar/error/1',
      error: { code: error, exit: 2 },
    });
  });
  test('a misspelled flag is recognised', async () => {
    expect((await run('ok --cuont 3')).stderr).toContain('Did you mean --count?');
  });
  test('the parser’s errors give away neither the command line nor the environment', async () => {
    const secret = 'bottom drive obey lake curtain smoke basket hold race lonely fit walk';
    const env = { FIXTURE_SECRET: secret };
    for (const line of ['secret', 'secret --json', 'secret --nope --json', 'secret a b --json']) {
      const { stdout, stderr, code } = await run(line, { env });
      expect(code).toBe(2);
      expect(stdout + stderr).not.toContain('bottom');
      expect(stdout.length + stderr.length).toBeLessThan(600);
    }
    for (const args of [
      ['ok', 'a', 'b', secret],
      ['ok', 'a', 'b', ...secret.split(' ')],
      [secret],
      ['ok', '--level', secret],
      ['ok', `--seed=${secret}`],
      ['ok', '--from', secret],
    ]) {
      for (const json of [[], ['--json']]) {
        const { stdout, stderr, code } = await start([...args, ...json], { bin });
        expect(code).toBe(2);
        expect(stdout + stderr).not.toMatch(/drive|obey|lonely/);
      }
    }
  });
  test('the unexpected is a bug, 1, without a stack; the stack is for the developer', async () => {
    const text = await run('bug');
    expect(text).toMatchObject({ code: 1, stdout: '' });
    expect(text.stderr).toContain('report');
    expect(text.stderr).not.toContain('    at ');
    expect(JSON.parse((await run('bug --json')).stdout).error).toMatchObject({ code: 'BUG', exit: 1 });
    expect((await run('bug', { env: { BURSAR_DEBUG: '1' } })).stderr).toContain('    at ');
  });
  test('so is an exception outside of the command', async () => {
    expect(await run('stray')).toMatchObject({ code: 1, stdout: '' });
    expect(JSON.parse((await run('stray --json')).stdout).error.code).toBe('BUG');
  });
});

describe('interruption', () => {
  const once = (signal: NodeJS.Signals) => [{ when: 'waiting', signal }];
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s ends with 130, as text and as JSON',
    async (signal) => {
      const text = await run('wait plain', { signals: once(signal) });
      expect(text).toMatchObject({ code: 130, stdout: '' });
      expect(text.stderr).toContain('error: Interrupted');
      const json = await run('wait plain --json', { signals: once(signal) });
      expect(json.code).toBe(130);
      expect(JSON.parse(json.stdout).error).toMatchObject({ code: 'INTERRUPTED', exit: 130 });
    },
  );
  test('what was sent matters more than the interruption', async () => {
    for (const signal of ['SIGINT', 'SIGHUP'] as const)
      expect((await run('wait sent', { signals: once(signal) })).code).toBe(6);
  });
  test('a command that stops cleanly still has its result', async () => {
    expect(await run('wait clean', { signals: once('SIGINT') })).toMatchObject({
      code: 0,
      stdout: 'stopped\n',
    });
  });
  test('the second signal ends a deaf command at once', async () => {
    const signals = [...once('SIGHUP'), { when: 'once more', signal: 'SIGINT' as const }];
    const began = Date.now();
    expect((await run('wait deaf', { signals })).code).toBe(130);
    expect(Date.now() - began).toBeLessThan(4_000);
  });
  test('a deaf command ends by itself after a few seconds', async () => {
    expect((await run('wait deaf', { signals: once('SIGINT') })).code).toBe(130);
  });
});

describe('confirmation', () => {
  test('without a terminal it needs --yes, and says so', async () => {
    expect((await run('ask --yes')).stdout).toBe('true\n');
    for (const line of ['ask', 'ask --json', 'ask --no-input']) {
      const { code, stdout, stderr } = await run(line);
      expect(code).toBe(2);
      expect(stdout + stderr).toContain('--yes');
      expect(stdout + stderr).toContain('nobody to confirm');
    }
  });
});
