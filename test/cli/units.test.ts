import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { completionScript } from '../../src/cli/completion.js';
import { toFailure, unknownCommand } from '../../src/cli/failure.js';
import { amountFlag } from '../../src/cli/flags.js';
import { wantsJson } from '../../src/cli/output.js';
import { progress } from '../../src/cli/progress.js';
import { BursarError } from '../../src/lib/errors.js';

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', '-1DOT', '1e5', '\u001b[2J', '__proto__', '9'.repeat(5_000)),
);

describe('amounts on the command line', () => {
  const parse = (text: string) => amountFlag().parse(text, {} as never, {} as never) as Promise<string>;
  test('are kept as they were written', async () => {
    for (const text of ['12.5DOT', '1,000 KSM', '125000000000planck', '0.1 DOT', '7'])
      expect(await parse(` ${text}`)).toBe(text);
  });
  test('or refused with exit 2', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        const result = await parse(text).catch((error: unknown) => error);
        if (typeof result === 'string') expect(result).toMatch(/^[0-9]/);
        else expect(result).toMatchObject({ exit: 2, code: 'AMOUNT', hint: expect.any(String) });
      }),
    );
  });
});

describe('failures', () => {
  test('anything that is thrown becomes an error with a code, and never shows what it carries', () => {
    fc.assert(
      fc.property(fc.anything(), hostile, (thrown, message) => {
        for (const one of [
          thrown,
          Object.assign(new Error(message), {
            secret: 'hunter2',
            parse: { argv: ['hunter2'] },
            oclif: { exit: 2 },
          }),
        ]) {
          const failure = toFailure(one, 'stake status');
          expect(failure).toBeInstanceOf(BursarError);
          expect([1, 2]).toContain(failure.exit);
          expect(JSON.stringify([failure.message, failure.hint, failure.details])).not.toContain('hunter2');
        }
      }),
    );
  });
  test('a failing disk is not called a bug', () => {
    const failure = toFailure(Object.assign(new Error('x'), { code: 'ENOSPC', path: '/var/j' }), '');
    expect(failure).toMatchObject({
      code: 'SYSTEM',
      exit: 1,
      message: expect.stringContaining('the disk is full'),
    });
  });
  test('an unknown command gives the nearest, and repeats no more words than a command can have', () => {
    const ids = ['stake status', 'stake bond', 'keys new', 'doctor'];
    expect(unknownCommand(['stak', 'status'], ids).hint).toContain('bursar stake status');
    expect(unknownCommand(['stake', 'bnod'], ids).hint).toContain('bursar stake bond');
    expect(unknownCommand(['docter'], ids).hint).toContain('bursar doctor');
    expect(unknownCommand(['zzzzz'], ids).hint).not.toContain('Did you mean');
    expect(unknownCommand('stake drive obey lake curtain'.split(' '), ids).message).not.toContain('obey');
    fc.assert(
      fc.property(fc.array(hostile), (words) => {
        expect(unknownCommand(words, ids).exit).toBe(2);
      }),
    );
  });
});

test('--json counts before the end of the flags only', () => {
  expect(wantsJson(['stake', '--json'])).toBe(true);
  expect(wantsJson(['stake', '--', '--json'])).toBe(false);
  expect(wantsJson([])).toBe(false);
});

describe('progress', () => {
  const terminal = (isTTY: boolean) => {
    const written: string[] = [];
    return { written, isTTY, columns: 40, write: (text: string) => written.push(text) };
  };
  const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  test('shows what takes longer than a second, on a terminal, on one line, and removes it', async () => {
    const screen = terminal(true);
    let now = 0;
    const shown = progress(screen, true, () => now);
    shown.stage('connecting to wss://a.example/\u001b[2J with a very long name');
    await wait(300);
    expect(screen.written).toEqual([]);
    now = 1_500;
    await wait(300);
    shown.done();
    const drawn = screen.written.join('');
    expect(drawn).toContain('connecting');
    expect(screen.written[0]!.length).toBeLessThanOrEqual(40 + 4);
    expect(drawn).not.toContain('[2J'.padStart(4, String.fromCharCode(27)));
    expect(screen.written.at(-1)).toMatch(/\[K$/);
    shown.stage('late');
    await wait(300);
    expect(screen.written.join('')).toBe(drawn);
  });
  test('counts the time of a step while its numbers change', async () => {
    const screen = terminal(true);
    let now = 0;
    const shown = progress(screen, true, () => now);
    for (const [time, message] of [
      [0, 'reading'],
      [600, 'reading: 5 %'],
      [1_200, 'reading: 10 %'],
      [1_300, 'sorting: 1 %'],
    ] as const) {
      now = time;
      shown.stage(message);
      await wait(300);
    }
    shown.done();
    expect(screen.written.join('')).toContain('reading: 10 % (1 s)');
    expect(screen.written.join('')).not.toContain('sorting');
  });
  test('is silent elsewhere', async () => {
    for (const [isTTY, shown] of [
      [false, true],
      [true, false],
    ] as const) {
      const screen = terminal(isTTY);
      const silent = progress(screen, shown, () => Number.MAX_SAFE_INTEGER);
      silent.stage('x');
      await wait(300);
      silent.done();
      expect(screen.written).toEqual([]);
    }
  });
});

test('a description cannot break out of a completion script', () => {
  const evil = `it's $(touch /tmp/x) "\`id\`" \\ : end`;
  const commands = [
    {
      name: 'stake status',
      description: evil,
      flags: [{ name: 'json', description: evil, takesValue: false }],
    },
  ];
  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    const script = completionScript(shell, 'bursar', commands, { stake: evil });
    if (shell === 'fish') {
      expect(script).toContain(`'it\\'s $(touch`);
      continue;
    }
    const { status } = spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' });
    if (shell === 'bash') expect(status).toBe(0);
    else expect(script).toContain(`it'\\''s $(touch`);
  }
});
