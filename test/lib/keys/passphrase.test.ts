import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BursarError } from '../../../src/lib/errors.js';
import { type PassphraseSource, withPassphrase } from '../../../src/lib/keys/passphrase.js';
import { bytes, failure, MNEMONIC, PASSPHRASE, scratch } from './support.js';

const dir = scratch();
let next = 0;
const file = (content: string | Uint8Array, mode = 0o600): string => {
  next += 1;
  const path = join(dir, `passphrase-${next}`);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
};
const about = { key: 'operator' };
const read = (source: PassphraseSource, more: object = {}) =>
  withPassphrase(source, { ...about, ...more }, async (passphrase) => Buffer.from(passphrase).toString());

describe('a passphrase from a file', () => {
  it.each([
    [PASSPHRASE, PASSPHRASE],
    [`${PASSPHRASE}\n`, PASSPHRASE],
    [`${PASSPHRASE}\r\n`, PASSPHRASE],
    [` ${PASSPHRASE} `, ` ${PASSPHRASE} `],
    [`\ufeff${PASSPHRASE}\n`, PASSPHRASE],
    [`\ufeff${PASSPHRASE}\r\n`, PASSPHRASE],
    [`\ufeff\ufeff${PASSPHRASE}`, PASSPHRASE],
    [`a\ufeffb`, 'a\ufeffb'],
    ['e\u0301  é', 'e\u0301  é'],
  ])('%j', async (content, expected) => expect(await read({ file: file(content) })).toBe(expected));

  it('loses one newline and no more', async () => {
    await failure(read({ file: file(`${PASSPHRASE}\n\n`) }), 2, 'PASSPHRASE_FORMAT');
    await failure(read({ file: file(`a\n${PASSPHRASE}`) }), 2, 'PASSPHRASE_FORMAT');
  });

  it('refuses UTF-16 by its name, with a mark of its encoding or without', async () => {
    const utf16 = (text: string) => Buffer.from(text, 'utf16le');
    for (const content of [
      utf16(`\ufeff${PASSPHRASE}\r\n`),
      utf16(`\ufeff${PASSPHRASE}`).swap16(),
      utf16('plain ascii'),
      utf16('plain ascii').swap16(),
      utf16('\ufeff'),
    ]) {
      const { message } = await failure(read({ file: file(content) }), 2, 'PASSPHRASE_FORMAT');
      expect(message).toContain('UTF-16');
    }
  });

  it('refuses what cannot be one', async () => {
    await failure(read({ file: file('\ufeff') }), 2, 'PASSPHRASE_EMPTY');
    await failure(read({ file: file('\ufeff\n') }), 2, 'PASSPHRASE_EMPTY');
    await failure(read({ file: file('') }), 2, 'PASSPHRASE_EMPTY');
    await failure(read({ file: file('\n') }), 2, 'PASSPHRASE_EMPTY');
    await failure(read({ file: file('\r\n') }), 2, 'PASSPHRASE_EMPTY');
    await failure(read({ file: file('a\0b') }), 2, 'PASSPHRASE_FORMAT');
    await failure(read({ file: file(Buffer.from([0x61, 0xff, 0x62])) }), 2, 'PASSPHRASE_FORMAT');
    await failure(read({ file: file('x'.repeat(1025)) }), 2, 'FILE_SIZE');
    await failure(read({ file: '/dev/zero' }), 2, 'FILE_KIND');
    await failure(read({ file: dir }), 2, 'FILE_KIND');
    await failure(read({ file: '' }), 2, 'FILE_MISSING');
    const fifo = join(dir, 'fifo');
    execFileSync('mkfifo', ['-m', '600', fifo]);
    expect((await failure(read({ file: fifo }), 2, 'FILE_KIND')).hint).toContain('--passphrase-fd');
  });

  it('refuses a file that others can read, with the command that mends it', async () => {
    for (const mode of [0o640, 0o604, 0o644, 0o620, 0o666]) {
      const path = file(PASSPHRASE, mode);
      const error = await failure(read({ file: path }), 4, 'KEY_FILE_MODE');
      expect(error.hint).toContain(`chmod 600 ${path}`);
    }
    const quoted = join(dir, "it's here");
    writeFileSync(quoted, PASSPHRASE, { mode: 0o644 });
    const { hint } = await failure(read({ file: quoted }), 4, 'KEY_FILE_MODE');
    execFileSync('sh', ['-c', hint!.replace('Run: ', '').replace(/ —.*/, '')]);
    expect(await read({ file: quoted })).toBe(PASSPHRASE);
  });

  it('follows a link, and judges what it leads to', async () => {
    const mounted = join(dir, 'mounted');
    symlinkSync(file(PASSPHRASE), mounted);
    expect(await read({ file: mounted })).toBe(PASSPHRASE);
    const open = join(dir, 'open');
    symlinkSync(file(PASSPHRASE, 0o644), open);
    await failure(read({ file: open }), 4, 'KEY_FILE_MODE');
    const round = join(dir, 'round');
    symlinkSync(round, round);
    await failure(read({ file: round }), 4, 'KEY_FILE_LINK');
  });

  it('does not repeat a path at which there is no file: it may be the passphrase', async () => {
    for (const path of [PASSPHRASE, MNEMONIC, `${PASSPHRASE}/x`, 'p'.repeat(5000)]) {
      const { message, hint } = await failure(read({ file: path }), 2, 'FILE_MISSING');
      expect(`${message} ${hint}`).not.toContain(path.slice(0, 16));
    }
  });
});

describe('a passphrase from the environment', () => {
  const environment = { BURSAR_PASS: PASSPHRASE, EMPTY_ONE: '', MARKED_ONE: `\ufeff${PASSPHRASE}` };

  it('is the value of the named variable', async () => {
    expect(await read({ env: 'BURSAR_PASS' }, { environment })).toBe(PASSPHRASE);
    expect(await read({ env: 'MARKED_ONE' }, { environment })).toBe(PASSPHRASE);
    await failure(read({ env: 'EMPTY_ONE' }, { environment }), 2, 'PASSPHRASE_EMPTY');
  });

  it('names a missing variable, unless the name could be the passphrase', async () => {
    const missing = await failure(read({ env: 'NOT_THERE' }, { environment }), 2, 'PASSPHRASE_ENV');
    expect(missing.message).toContain('NOT_THERE');
    const mistaken = await failure(read({ env: 'hunter22' }, { environment }), 2, 'PASSPHRASE_ENV');
    expect(`${mistaken.message} ${mistaken.hint}`).not.toContain('hunter22');
  });
});

describe('a passphrase from a descriptor', () => {
  it('is read from a file to its end, whoever may read that', async () => {
    const fd = openSync(file(`${PASSPHRASE}\n`, 0o644), 'r');
    expect(await read({ fd })).toBe(PASSPHRASE);
    closeSync(fd);
  });

  it('is read from a pipe that is written in pieces', async () => {
    const pipe = join(dir, 'pieces');
    execFileSync('mkfifo', ['-m', '600', pipe]);
    spawn('sh', ['-c', '(printf first; sleep 0.2; echo " second") > "$0"', pipe], { stdio: 'ignore' });
    // Opening waits for the writer.
    expect(await read({ fd: openSync(pipe, 'r') })).toBe('first second');
  });

  it('refuses what is not open, not readable, a terminal, endless, or already used for output', async () => {
    await failure(read({ fd: 987 }), 2, 'DESCRIPTOR');
    for (const fd of [1, 2, -1, 1.5, Number.NaN]) await failure(read({ fd }), 2, 'DESCRIPTOR');
    const zero = openSync('/dev/zero', 'r');
    await failure(read({ fd: zero }), 2, 'PASSPHRASE_SIZE');
    const directory = join(dir, 'as-descriptor');
    mkdirSync(directory);
    const opened = openSync(directory, 'r');
    await failure(read({ fd: opened }), 2, 'DESCRIPTOR');
    closeSync(zero);
    closeSync(opened);
  });
});

describe('a passphrase from a prompt', () => {
  const answers = (...given: string[]) => {
    const questions: string[] = [];
    const ask = async (question: string) => {
      questions.push(question);
      return given.shift()!;
    };
    return { questions, ask };
  };

  it('is asked for once, and twice for a new key', async () => {
    const once = answers(PASSPHRASE);
    expect(await read({ ask: once.ask })).toBe(PASSPHRASE);
    expect(once.questions).toEqual(['Passphrase for key operator']);
    const twice = answers(PASSPHRASE, PASSPHRASE);
    expect(await read({ ask: twice.ask }, { fresh: true })).toBe(PASSPHRASE);
    expect(twice.questions).toHaveLength(2);
  });

  it('must be the same twice, and not empty', async () => {
    await failure(read({ ask: answers(PASSPHRASE, 'other').ask }, { fresh: true }), 2, 'PASSPHRASE_MISMATCH');
    await failure(read({ ask: answers('').ask }, { fresh: true }), 2, 'PASSPHRASE_EMPTY');
    await failure(read({ ask: answers('').ask }), 2, 'PASSPHRASE_EMPTY');
  });
});

describe('withPassphrase', () => {
  it('wipes the bytes afterwards, also when their use failed', async () => {
    const held: Uint8Array[] = [];
    const keep = async (passphrase: Uint8Array) => void held.push(passphrase);
    await withPassphrase({ file: file(PASSPHRASE) }, about, keep);
    await withPassphrase({ env: 'P_P' }, { ...about, environment: { P_P: PASSPHRASE } }, keep);
    const failing = withPassphrase({ ask: async () => PASSPHRASE }, about, async (passphrase) => {
      held.push(passphrase);
      throw new Error('use failed');
    });
    await expect(failing).rejects.toThrow('use failed');
    expect(held).toHaveLength(3);
    for (const passphrase of held) {
      expect(passphrase).toHaveLength(bytes(PASSPHRASE).length);
      expect(passphrase.every((byte) => byte === 0)).toBe(true);
    }
  });

  it('answers any content with the passphrase or an error that does not repeat it', async () => {
    const path = file('');
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.uint8Array({ maxLength: 1100 }), fc.string({ unit: 'binary' }).map(bytes)),
        async (content) => {
          writeFileSync(path, content);
          const result = await read({ file: path }).catch((error: unknown) => error);
          if (typeof result === 'string') {
            expect(Buffer.from(content).toString()).toContain(result);
            return;
          }
          expect(result).toBeInstanceOf(BursarError);
          expect((result as BursarError).exit).toBe(2);
          expect((result as BursarError).cause).toBeUndefined();
        },
      ),
      { numRuns: 200 },
    );
  });
});
