/** Questions on a terminal that the tests type into. */

import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { confirm, type PromptContext, promptPassphrase } from '../../src/cli/prompt.js';

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';

interface Desk {
  readonly context: PromptContext;
  readonly type: (keys: string) => void;
  readonly input: PassThrough;
  readonly controller: AbortController;
}

/** A terminal; what is asked on it is shown to nobody. */
function desk(): Desk {
  const input = new PassThrough();
  const output = new PassThrough();
  output.resume();
  const controller = new AbortController();
  const context = { json: false, noInput: false, signal: controller.signal, input, output };
  return { context, type: (keys) => void input.write(keys), input, controller };
}

/** Answers once the question is there: until readline listens, nothing that is typed is heard. */
async function asked<T>(answer: Promise<T>, { input }: Desk, act: () => void): Promise<T> {
  while (input.listenerCount('keypress') === 0) await new Promise((resolve) => setImmediate(resolve));
  act();
  return answer;
}

describe('a question', () => {
  test.each([
    ['y\r', true],
    ['yes\r', true],
    ['n\r', false],
    ['\r', false],
    [CTRL_D, false],
    [`\b\u007f${CTRL_D}`, false],
  ])('%j', async (keys, expected) => {
    const at = desk();
    expect(await asked(confirm('Go on?', at.context), at, () => at.type(keys))).toBe(expected);
  });

  test('Ctrl-D in the middle of a line ends nothing', async () => {
    const at = desk();
    expect(await asked(confirm('Go on?', at.context), at, () => at.type(`y${CTRL_D}\r`))).toBe(true);
  });

  test('input that ends, or has ended, is "no"', async () => {
    const at = desk();
    expect(await asked(confirm('Go on?', at.context), at, () => at.input.end())).toBe(false);
    expect(await confirm('And now?', at.context)).toBe(false);
  });

  test('Ctrl-C and a signal interrupt', async () => {
    const at = desk();
    await expect(asked(confirm('Go on?', at.context), at, () => at.type(CTRL_C))).rejects.toMatchObject({
      exit: 130,
      code: 'INTERRUPTED',
    });
    const other = desk();
    const hangUp = () => other.controller.abort(new Error('SIGHUP'));
    await expect(asked(confirm('Go on?', other.context), other, hangUp)).rejects.toMatchObject({ exit: 130 });
  });

  test('leaves no listener on the input', async () => {
    const at = desk();
    await asked(confirm('Go on?', at.context), at, () => at.type(CTRL_D));
    for (const event of ['end', 'close', 'keypress'] as const)
      expect([event, at.input.listeners(event).filter(({ name }) => /^on(End|Key)$/.test(name))]).toEqual([
        event,
        [],
      ]);
  });
});

describe('a passphrase', () => {
  // The terminal of this test is none, so only the part behind mayPrompt() can be asked.
  const tty = { stdin: process.stdin.isTTY, stderr: process.stderr.isTTY, ci: process.env.CI };
  const withTerminal = async <T>(body: () => Promise<T>): Promise<T> => {
    Object.assign(process.stdin, { isTTY: true });
    Object.assign(process.stderr, { isTTY: true });
    delete process.env.CI;
    try {
      return await body();
    } finally {
      Object.assign(process.stdin, { isTTY: tty.stdin });
      Object.assign(process.stderr, { isTTY: tty.stderr });
      if (tty.ci !== undefined) process.env.CI = tty.ci;
    }
  };

  test('is what was typed, spaces and all', () =>
    withTerminal(async () => {
      const at = desk();
      const typed = asked(promptPassphrase('Passphrase', at.context), at, () => at.type(' two  spaces \r'));
      expect(await typed).toBe(' two  spaces ');
    }));

  test.each([CTRL_C, CTRL_D])('%j interrupts: nothing is opened with an empty one', (key) =>
    withTerminal(async () => {
      const at = desk();
      const typed = asked(promptPassphrase('Passphrase', at.context), at, () => at.type(key));
      await expect(typed).rejects.toMatchObject({ exit: 130, code: 'INTERRUPTED' });
    }),
  );
});
