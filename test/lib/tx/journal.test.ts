import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it, test } from 'vitest';
import { BursarError } from '../../../src/lib/errors.js';
import { Journal, type JournalEntry, type Resolution } from '../../../src/lib/tx/journal.js';

const GENESIS = `0x${'ab'.repeat(32)}`;
const KEY = `0x${'cd'.repeat(32)}`;
const root = mkdtempSync(join(tmpdir(), 'bursar-journal-'));
const children: ChildProcess[] = [];
let directory: string;
let count = 0;

beforeEach(() => {
  directory = join(root, String(count++), 'deep');
});
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

const entry = (nonce: number, extra: Partial<JournalEntry> = {}): JournalEntry => ({
  txHash: `0x${String(nonce).padStart(64, '0')}`,
  at: new Date(1_760_000_000_000 + nonce * 1_000).toISOString(),
  genesisHash: GENESIS,
  signer: '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY',
  nonce,
  birth: 100,
  validUntil: 163,
  callHash: `0x${'11'.repeat(32)}`,
  callHex: '0x0001',
  intent: 'stake.bond/1 5Grw 10',
  title: 'Bond “10” \n in two lines',
  ...extra,
});
const included: Resolution = {
  status: 'included',
  block: { number: 120, hash: `0x${'22'.repeat(32)}` },
  index: 2,
  verdict: 'ok',
};
const open = () => Journal.of(directory, GENESIS, KEY);
const file = () => join(directory, readdirSync(directory).find((name) => name.endsWith('.jsonl')) as string);

async function refusal(run: () => unknown): Promise<BursarError> {
  try {
    await run();
  } catch (error) {
    expect(error).toBeInstanceOf(BursarError);
    return error as BursarError;
  }
  throw new Error('It was not refused.');
}

describe('entries', () => {
  it('are unresolved until they are resolved, and reported only when that was noted', async () => {
    const journal = await open();
    expect(await journal.records()).toEqual([]);
    for (const nonce of [1, 2, 3, 4, 5]) journal.sending(entry(nonce));
    journal.resolved(entry(1).txHash, included, 'T1');
    journal.resolved(entry(2).txHash, { status: 'expired' }, 'T2');
    journal.resolved(entry(3).txHash, { status: 'refused', reason: 'why' }, 'T3');
    journal.reported(entry(4).txHash);
    const records = await (await open()).records();
    expect(records).toEqual([
      { ...entry(1), resolution: { ...included, at: 'T1' }, reported: false },
      { ...entry(2), resolution: { status: 'expired', at: 'T2' }, reported: false },
      { ...entry(3), resolution: { status: 'refused', reason: 'why', at: 'T3' }, reported: false },
      { ...entry(4), resolution: null, reported: true },
      { ...entry(5), resolution: null, reported: false },
    ]);
    // A node’s refusal proves nothing: open, too.
    expect((await journal.unresolved()).map(({ nonce }) => nonce)).toEqual([3, 4, 5]);
  });

  it('are private to the user, an account and a chain a file', async () => {
    (await open()).sending(entry(1));
    (await Journal.of(directory, GENESIS, `0x${'ee'.repeat(32)}`)).sending(entry(2));
    (await Journal.of(directory, `0x${'00'.repeat(32)}`, KEY)).sending(entry(3));
    expect(readdirSync(directory).filter((name) => name.endsWith('.jsonl'))).toHaveLength(3);
    for (const name of readdirSync(directory))
      expect(statSync(join(directory, name)).mode & 0o077, name).toBe(0);
    expect(statSync(directory).mode & 0o077).toBe(0);
    const nonces = async (genesis?: string) =>
      (await Journal.all(directory, genesis)).records.map(({ nonce }) => nonce);
    expect(await nonces(GENESIS)).toEqual([1, 2]);
    expect(await nonces()).toEqual([1, 2, 3]);
    expect(await Journal.all(join(directory, 'none'))).toEqual({ records: [], problems: [] });
  });

  it('that are sent again after a refusal are unresolved again', async () => {
    const journal = await open();
    journal.sending(entry(1));
    journal.resolved(entry(1).txHash, { status: 'refused', reason: 'pool is full' }, 'T');
    journal.sending(entry(1));
    expect(await journal.unresolved()).toHaveLength(1);
  });
});

describe('a process that died while it wrote', () => {
  it('leaves every earlier line readable, whatever byte was the last', async () => {
    const journal = await open();
    journal.sending(entry(1));
    journal.resolved(entry(1).txHash, included, 'T1');
    const before = readFileSync(file());
    journal.sending(entry(2, { title: 'Ünïcödé €' }));
    const whole = readFileSync(file());
    for (let size = before.length; size < whole.length; size++) {
      writeFileSync(file(), whole.subarray(0, size));
      // It died before it could count the line.
      writeFileSync(`${file()}.count`, '2\n');
      const records = await journal.records();
      // Only the end of the line is missing in the last case: nothing was sent then either, but it is not overlooked.
      const wanted = size === whole.length - 1 ? [1, 2] : [1];
      expect(
        records.map(({ nonce }) => nonce),
        `cut at ${size}`,
      ).toEqual(wanted);
      // The next one stands on a line of its own, and nothing whole was lost.
      journal.sending(entry(3));
      expect(
        (await journal.records()).map(({ nonce }) => nonce),
        `cut at ${size}`,
      ).toEqual([...wanted, 3]);
      expect(readFileSync(file()).subarray(0, before.length).equals(before)).toBe(true);
    }
  });

  it('while it resolved, leaves the entry unresolved', async () => {
    const journal = await open();
    journal.sending(entry(1));
    const before = statSync(file()).size;
    journal.resolved(entry(1).txHash, included, 'T1');
    const after = statSync(file()).size;
    const whole = readFileSync(file());
    for (const size of [before, before + 1, before + 40, after - 2]) {
      writeFileSync(file(), whole);
      truncateSync(file(), size);
      writeFileSync(`${file()}.count`, '1\n');
      expect(await journal.unresolved(), `cut at ${size}`).toHaveLength(1);
    }
  });

  it('leaves zeros where the disk lost power', async () => {
    const journal = await open();
    journal.sending(entry(1));
    appendFileSync(file(), Buffer.alloc(512));
    expect(await journal.unresolved()).toHaveLength(1);
    journal.sending(entry(2));
    expect(await journal.unresolved()).toHaveLength(2);
    expect(readFileSync(file()).includes(0)).toBe(false);
  });

  it('does not lose a line that an editor left without its end', async () => {
    const journal = await open();
    journal.sending(entry(1));
    writeFileSync(file(), readFileSync(file(), 'utf8').trimEnd());
    expect(await journal.unresolved()).toHaveLength(1);
    journal.sending(entry(2));
    expect(await journal.unresolved()).toHaveLength(2);
  });
});

describe('damage', () => {
  it('of any line but the last stops everything, and says which line', async () => {
    const good = (nonce: number) => JSON.stringify({ type: 'sending', entry: entry(nonce) });
    const damaged = fc.oneof(
      fc.string({ minLength: 1 }).map((text) => text.replaceAll(/[\n\r\u2028\u2029]/g, ' ') || 'x'),
      fc.jsonValue().map((value) => JSON.stringify(value)),
      fc.constantFrom(
        '{"type":"sending"}',
        '{"type":"sending","entry":{}}',
        '{"type":"sending","entry":null}',
        JSON.stringify({ type: 'sending', entry: { ...entry(1), nonce: -1 } }),
        JSON.stringify({ type: 'sending', entry: { ...entry(1), nonce: '1' } }),
        JSON.stringify({ type: 'sending', entry: { ...entry(1), validUntil: 'never' } }),
        // None of these may settle the entry before it.
        `{"type":"resolved","txHash":"${entry(1).txHash}"}`,
        `{"type":"resolved","txHash":"${entry(1).txHash}","at":"T"}`,
        `{"type":"resolved","txHash":"${entry(1).txHash}","at":"T","resolution":{}}`,
        `{"type":"resolved","txHash":"${entry(1).txHash}","at":"T","resolution":{"status":"included"}}`,
        `{"type":"resolved","txHash":"${entry(1).txHash}","at":"T","resolution":{"status":"maybe"}}`,
        '{"type":"resolved","at":"T","resolution":{"status":"expired"}}',
        '{"type":"reported"}',
        '{"__proto__":{"type":"reported","txHash":"0x"}}',
      ),
    );
    const journal = await open();
    journal.sending(entry(1));
    await fc.assert(
      fc.asyncProperty(damaged, async (line) => {
        rmSync(`${file()}.count`, { force: true });
        writeFileSync(file(), `${good(1)}\n${line}\n${good(2)}\n`);
        const { code, exit, message } = await refusal(() => journal.records());
        expect([code, exit]).toEqual(['JOURNAL_DAMAGED', 4]);
        expect(message).toContain('Line 2 ');
        // As the last line it is a torn one.
        writeFileSync(file(), `${good(1)}\n${line}`);
        expect(await journal.unresolved()).toHaveLength(1);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a journal that has forgotten', () => {
  it.each([
    ['emptied', () => writeFileSync(file(), '')],
    ['deleted', () => rmSync(file())],
    ['shortened by a line', () => writeFileSync(file(), `${readFileSync(file(), 'utf8').split('\n')[0]}\n`)],
    [
      'put back from an older copy',
      () => writeFileSync(file(), `${JSON.stringify({ type: 'sending', entry: entry(1) })}\n`),
    ],
  ])('because it was %s, is not taken for one that has nothing to remember', async (_, forget) => {
    const journal = await open();
    journal.sending(entry(1));
    journal.resolved(entry(1).txHash, included, 'T1');
    expect(await journal.records()).toHaveLength(1);
    const name = file();
    forget();
    const { code, exit, message, hint } = await refusal(() => journal.records());
    expect([code, exit]).toEqual(['JOURNAL_SHORTENED', 4]);
    expect(message).toMatch(/used to have 2 lines and now has [01]/);
    // The way out that it names.
    expect(hint).toContain(`${name}.count`);
    // The others can be read all the same, and this one is named.
    (await Journal.of(directory, GENESIS, `0x${'ee'.repeat(32)}`)).sending(entry(2));
    const { records, problems } = await Journal.all(directory, GENESIS);
    expect(records.map(({ nonce }) => nonce)).toEqual([2]);
    expect(problems).toMatchObject([{ code: 'JOURNAL_SHORTENED' }]);
    rmSync(`${name}.count`);
    expect((await journal.records()).length).toBeLessThan(2);
  });

  it('nothing, goes on: the number lags behind where a process died, or is not there', async () => {
    const journal = await open();
    journal.sending(entry(1));
    for (const text of ['', '0\n', 'x', '000000000001\n']) {
      writeFileSync(`${file()}.count`, text);
      expect(await journal.records()).toHaveLength(1);
      expect(await journal.unresolved()).toHaveLength(1);
    }
    // An empty line that an editor left is none.
    appendFileSync(file(), '\n\n');
    journal.sending(entry(2));
    expect(await journal.records()).toHaveLength(2);
  });
});

describe('what is no file', () => {
  test.skipIf(process.platform === 'win32')('a pipe or a device: 2, at once', async () => {
    const journal = await open();
    const name = join(directory, `${GENESIS.slice(2, 18)}-${KEY.slice(2)}.jsonl`);
    for (const make of [() => execFileSync('mkfifo', [name]), () => symlinkSync('/dev/null', name)]) {
      make();
      const began = performance.now();
      for (const operation of [
        () => journal.records(),
        () => journal.sending(entry(1)),
        () => journal.lock(),
      ]) {
        const { code, exit, message } = await refusal(operation);
        expect([code, exit]).toEqual(['JOURNAL_UNWRITABLE', 2]);
        expect(message).toContain('not a regular file');
      }
      expect((await Journal.all(directory)).problems).toMatchObject([
        { code: 'JOURNAL_UNWRITABLE', exit: 2 },
      ]);
      expect(performance.now() - began).toBeLessThan(2_000);
      rmSync(name);
    }
  });
});

describe('a fork', () => {
  const onFork = (fork = 'f00d') => Journal.of(directory, GENESIS, KEY, { fork });
  it('has a journal of its own, which the chain’s does not show and everything together does, by its name', async () => {
    (await open()).sending(entry(1));
    (await onFork()).sending(entry(2));
    (await onFork('beef')).sending(entry(3));
    expect((await (await open()).records()).map(({ nonce }) => nonce)).toEqual([1]);
    expect(await (await onFork()).records()).toEqual([
      { ...entry(2), resolution: null, reported: false, fork: 'f00d' },
    ]);
    const { records: all } = await Journal.all(directory, GENESIS);
    expect(all.map(({ nonce, fork }) => [nonce, fork])).toEqual([
      [1, undefined],
      [2, 'f00d'],
      [3, 'beef'],
    ]);
    expect((await Journal.all(directory, `0x${'00'.repeat(32)}`)).records).toEqual([]);
    expect((await Journal.ofForks(directory, GENESIS, KEY)).map(({ fork }) => fork).sort()).toEqual([
      'beef',
      'f00d',
    ]);
    expect(await Journal.ofForks(directory, GENESIS, `0x${'11'.repeat(32)}`)).toEqual([]);
  });
});

describe('a key of --once', () => {
  it('has the end of its run, the last one that was noted', async () => {
    const journal = await open();
    const end = { key: 'k', intent: 'i', at: 'T', exit: 0 as const, error: null };
    journal.onceEnded(end);
    journal.onceEnded({ ...end, exit: 8, error: { code: 'X', message: 'x' } });
    expect([...(await (await open()).onceEnds())]).toEqual([
      ['k', { ...end, exit: 8, error: { code: 'X', message: 'x' } }],
    ]);
    expect(await journal.records()).toEqual([]);
  });
});

describe('a directory that cannot be written', () => {
  test('ends with 2 before anything is sent, in every operation', async () => {
    const asFile = join(root, 'a-file');
    writeFileSync(asFile, '');
    const made = await refusal(() => Journal.of(join(asFile, 'journal'), GENESIS, KEY));
    expect([made.code, made.exit]).toEqual(['JOURNAL_UNWRITABLE', 2]);
    expect(made.hint).toContain('Nothing was sent');

    const journal = await open();
    // What the name stands for is no file: root may write everywhere, this not even root can.
    const name = `${GENESIS.slice(2, 18)}-${KEY.slice(2)}.jsonl`;
    mkdirSync(join(directory, name));
    const operations = [
      () => journal.sending(entry(1)),
      () => journal.reported('0x'),
      () => journal.resolved('0x', included, 'T'),
      () => journal.records(),
      () => journal.lock(60_000),
    ];
    for (const operation of operations) {
      const began = performance.now();
      const { code, exit } = await refusal(operation);
      expect([code, exit]).toEqual(['JOURNAL_UNWRITABLE', 2]);
      expect(performance.now() - began, 'at once').toBeLessThan(1_000);
    }
  });

  test.skipIf(process.getuid?.() === 0)('by its mode', async () => {
    const journal = await open();
    chmodSync(directory, 0o500);
    expect((await refusal(() => journal.sending(entry(1)))).code).toBe('JOURNAL_UNWRITABLE');
    expect((await refusal(() => journal.lock())).code).toBe('JOURNAL_UNWRITABLE');
    chmodSync(directory, 0o700);
  });
});

describe('the lock', () => {
  let bundle: Promise<string> | undefined;
  const bundled = () => {
    bundle ??= (async () => {
      const outfile = fileURLToPath(
        new URL(`../../../node_modules/.cache/bursar-journal-${process.pid}.mjs`, import.meta.url),
      );
      await build({
        entryPoints: [fileURLToPath(new URL('../../../src/lib/tx/journal.ts', import.meta.url))],
        outfile,
        bundle: true,
        packages: 'external',
        format: 'esm',
        platform: 'node',
        target: 'node20',
      });
      return outfile;
    })();
    return bundle;
  };
  afterAll(async () => {
    if (bundle) rmSync(await bundle, { force: true });
  });

  async function holder(mode = 'hold', where = directory) {
    const script = fileURLToPath(new URL('./holder.mjs', import.meta.url));
    const url = pathToFileURL(await bundled()).href;
    const child = spawn(process.execPath, [script, url, where, GENESIS, KEY, mode], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    children.push(child);
    let said = '';
    child.stdout?.on('data', (text) => {
      said += text;
    });
    const until = async (word: string) => {
      for (const end = Date.now() + 20_000; !said.includes(word); ) {
        if (Date.now() > end) throw new Error(`the other process did not say ${word}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    return { child, until };
  }

  it('keeps another process out, and lets it in when it is given up', async () => {
    const journal = await open();
    const { child, until } = await holder();
    await until('held');
    const waiting = journal.lock(30_000);
    let got = false;
    waiting.then(() => {
      got = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(got).toBe(false);
    child.stdin?.write('\n');
    await until('released');
    const lock = await waiting;
    expect(lock.held()).toBe(true);
    await lock.release();
    expect(existsSync(`${file()}.lock`)).toBe(false);
  });

  it('of a killed process is taken over after ten seconds, of a living one never', async () => {
    const [dead, alive] = [join(directory, 'dead'), join(directory, 'alive')];
    const [killed, living] = await Promise.all([holder('hold', dead), holder('hold', alive)]);
    await Promise.all([killed.until('held'), living.until('held')]);
    killed.child.kill('SIGKILL');
    const began = performance.now();
    const [lock, { code, exit, hint }] = await Promise.all([
      Journal.of(dead, GENESIS, KEY).then((journal) => journal.lock()),
      refusal(async () => (await Journal.of(alive, GENESIS, KEY)).lock(1_000)),
    ]);
    const took = performance.now() - began;
    expect(took).toBeGreaterThan(6_000);
    expect(took).toBeLessThan(14_000);
    expect(lock.held()).toBe(true);
    await lock.release();
    expect([code, exit]).toEqual(['ACCOUNT_BUSY', 4]);
    expect(hint).toContain('.lock');
    living.child.kill('SIGKILL');
  });

  it('is not waited for by a command that was interrupted', async () => {
    const journal = await open();
    const held = await journal.lock();
    const interrupt = new AbortController();
    setTimeout(() => interrupt.abort(), 300);
    const began = performance.now();
    const { code, exit } = await refusal(() => journal.lock(60_000, interrupt.signal));
    expect([code, exit]).toEqual(['INTERRUPTED', 130]);
    expect(performance.now() - began).toBeLessThan(1_000);
    await held.release();
  });

  it('knows when it was lost, and ends nothing', async () => {
    const journal = await open();
    const lock = await journal.lock();
    expect(lock.held()).toBe(true);
    // Another process took it over: this one had stood still.
    utimesSync(`${file()}.lock`, new Date(), new Date(Date.now() - 5_000));
    for (const end = Date.now() + 10_000; lock.held() && Date.now() < end; )
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect(lock.held()).toBe(false);
    await lock.release();
    rmSync(`${file()}.lock`, { recursive: true, force: true });
  });

  it('is not needed for lines to survive two writers', async () => {
    const journal = await open();
    journal.sending(entry(1));
    const writers = await Promise.all([holder('append'), holder('append')]);
    await Promise.all(writers.map(({ until }) => until('done')));
    const lines = readFileSync(file(), 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(401);
    expect(await journal.unresolved()).toHaveLength(1);
  });
});
