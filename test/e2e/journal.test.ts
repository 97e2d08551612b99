import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { BIN } from '../cli/process.js';
import { Desk, printed, UNIT } from '../support/desk.js';
import { FaultyProxy } from '../support/proxy.js';

/** A process that dies at any instant, and what the next run makes of it: never a second send. */

// A test is a dozen processes, on a machine that may have other work.
vi.setConfig({ testTimeout: 240_000 });

let desk: Desk;
let proxy: FaultyProxy;

beforeAll(async () => {
  desk = await Desk.open({
    keys: ['alice', 'bob', 'charlie', 'operator', 'nominator', 'newcomer', 'feeder1'],
  });
  proxy = await FaultyProxy.start(desk.devnet.url);
});
afterAll(async () => {
  await proxy?.close();
  await desk?.close();
});

const extra = (from: string, amount: string, ...more: string[]) => [
  'stake',
  'bond-extra',
  '--amount',
  amount,
  '--from',
  from,
  '--yes',
  ...more,
];

const remark = async (text: string, from: string, ...more: string[]) => [
  'tx',
  'submit',
  await desk.encode({
    pallet: 'System',
    call: 'remark',
    args: { remark: `0x${Buffer.from(text).toString('hex')}` },
  }),
  '--from',
  from,
  '--yes',
  ...more,
];

/** Starts a command behind the proxy and kills it as soon as a method was asked for. */
async function killedAt(method: string, args: readonly string[], count = 1): Promise<void> {
  const run = desk.start([...args, '--rpc', proxy.url]);
  await proxy.until(method, count);
  run.child.kill('SIGKILL');
  expect((await run.ended).signal).toBe('SIGKILL');
  proxy.reset();
}

/** Runs something while no block is made on its own. */
async function manually<T>(work: () => Promise<T>): Promise<T> {
  desk.devnet.setMode('manual');
  try {
    return await work();
  } finally {
    desk.devnet.setMode('instant');
  }
}

async function active(name: string): Promise<bigint> {
  const { result } = await desk.json(['stake', 'status', desk.address(name)]);
  return BigInt(result.accounts[0].active);
}

const historyOf = async (name: string) =>
  (await desk.json(['tx', 'history'])).result.transactions.filter(
    ({ signer }: { signer: string }) => signer === desk.address(name),
  ) as { nonce: number; intent: string; resolution: { status: string } | null }[];

describe('kill -9', () => {
  test('while rehearsing: nothing was written, nothing sent; the next run sends once', async () => {
    const from = await desk.devnet.head();
    proxy.on('state_call', { kind: 'swallow' }, { when: ([api]) => api === 'DryRunApi_dry_run_call' });
    await killedAt('state_call', extra('operator', '3UNIT'), 2);
    expect(desk.journal()).toBe('');
    const { schema } = await desk.json(extra('operator', '3UNIT'));
    expect(schema).toBe('bursar/stake.bond-extra/1');
    expect(await desk.sentBy('operator', from)).toBe(1);
  });
  test('after the journal, before the node had it: open until its time is over, then sent once with that nonce', async () => {
    const from = await desk.devnet.head();
    const line = await remark('one', 'alice', '--mortality', '24s');
    proxy.on('author_submitExtrinsic', { kind: 'swallow' });
    await killedAt('author_submitExtrinsic', line);
    const { error } = await desk.json([...line, '--timeout', '6s'], 6);
    expect(error).toMatchObject({ code: 'EARLIER_UNRESOLVED', details: { nonce: 0 } });
    expect(await desk.sentBy('alice', from)).toBe(0);
    await desk.devnet.advance({ blocks: 5 });
    expect((await desk.json(line)).schema).toBe('bursar/tx.submit/1');
    expect(await desk.sentBy('alice', from)).toBe(1);
    expect((await historyOf('alice')).map(({ nonce, resolution }) => [nonce, resolution?.status])).toEqual([
      [0, 'expired'],
      [0, 'included'],
    ]);
  });
  test('right after the node took it: the next run reports it and sends nothing; the one after that is new', async () => {
    const from = await desk.devnet.head();
    const before = await active('nominator');
    const line = extra('nominator', '7UNIT');
    proxy.on('author_submitExtrinsic', { kind: 'mute' });
    await killedAt('author_submitExtrinsic', line);
    const { schema, result } = await desk.json(line);
    expect(schema).toBe('bursar/tx.earlier/1');
    expect(result).toMatchObject({
      command: 'stake.bond-extra/1',
      signer: desk.address('nominator'),
      outcome: { kind: 'included', verdict: 'ok' },
    });
    expect(await desk.sentBy('nominator', from)).toBe(1);
    expect(await active('nominator')).toBe(before + 7n * UNIT);
    expect((await desk.json(line)).schema).toBe('bursar/stake.bond-extra/1');
    expect(await desk.sentBy('nominator', from)).toBe(2);
  });
  test('while following: the next run waits for the first one and reports it', async () => {
    const from = await desk.devnet.head();
    const line = await remark('two', 'bob');
    await manually(async () => {
      await killedAt('author_submitExtrinsic', line);
      const again = desk.start([...line, '--json', '--rpc', proxy.url]);
      // It has connected and looked at the head once: the transaction is not there yet.
      await proxy.until('chain_getFinalizedHead', 2);
      expect(again.child.exitCode).toBeNull();
      await desk.devnet.newBlock();
      expect(printed(line, await again.ended, 0).schema).toBe('bursar/tx.earlier/1');
    });
    proxy.reset();
    expect(await desk.sentBy('bob', from)).toBe(1);
  });
  test('what failed is reported with its code, in words for a person too', async () => {
    const from = await desk.devnet.head();
    const hex = await desk.encode({ pallet: 'Staking', call: 'chill', args: {} });
    const line = ['tx', 'submit', hex, '--from', 'charlie', '--yes', '--force'];
    proxy.on('author_submitExtrinsic', { kind: 'mute' });
    await killedAt('author_submitExtrinsic', line);
    const { stdout, stderr } = await desk.text(line, 7);
    expect(stdout).toContain('An earlier run sent exactly this');
    expect(stdout).toContain('nothing was sent now');
    expect(stderr).toContain('NotController');
    expect(await desk.sentBy('charlie', from)).toBe(1);
  });
  test('other words than before: the open one is settled first, then the new one goes', async () => {
    const from = await desk.devnet.head();
    proxy.on('author_submitExtrinsic', { kind: 'mute' });
    await killedAt('author_submitExtrinsic', await remark('three', 'bob'));
    expect((await desk.json(await remark('four', 'bob'))).schema).toBe('bursar/tx.submit/1');
    expect(await desk.sentBy('bob', from)).toBe(2);
    const open = (await historyOf('bob')).filter(({ resolution }) => resolution === null);
    expect(open).toEqual([]);
  });
});

describe('two runs at once for one account', () => {
  test.each([
    ['other words', ['4UNIT', '5UNIT']],
    ['the same words', ['6UNIT', '6UNIT']],
  ])('%s: what is said to be done is done, once', async (_, amounts) => {
    const [from, before] = [await desk.devnet.head(), await active('operator')];
    const runs = await Promise.all(
      amounts.map((amount) => desk.run([...extra('operator', amount), '--json'])),
    );
    let sent = 0;
    let added = 0n;
    for (const [index, run] of runs.entries()) {
      // The second one waits for the first, and plans anew.
      const { schema } = printed(extra('operator', amounts[index]!), run, 0);
      if (schema === 'bursar/stake.bond-extra/1') {
        sent += 1;
        added += BigInt(amounts[index]!.replace('UNIT', '')) * UNIT;
      } else expect(schema).toBe('bursar/tx.earlier/1');
    }
    expect(sent).toBeGreaterThan(0);
    expect(await desk.sentBy('operator', from)).toBe(sent);
    expect(await active('operator')).toBe(before + added);
  });
});

describe('a refusal that was none', () => {
  test.each([1010, 1012, 1014, 1016, -32601, -32029])(
    '%i, and it is in a block: done, once; tx status agrees',
    async (code) => {
      const line = await remark(`refused ${code}`, 'feeder1');
      const from = await desk.devnet.head();
      proxy.on('author_submitExtrinsic', {
        kind: 'errorAfter',
        code,
        message: 'No',
        data: 'because',
        twice: true,
      });
      const { result } = await desk.json([...line, '--rpc', proxy.url]);
      proxy.reset();
      expect(result.outcome).toMatchObject({ kind: 'included', verdict: 'ok' });
      expect(await desk.sentBy('feeder1', from)).toBe(1);
      const { result: status } = await desk.json(['tx', 'status', result.outcome.txHash]);
      expect(status.outcome.block).toEqual(result.outcome.block);
    },
  );
});

describe('after exit code 6', () => {
  test('the hint is a command that can be pasted: it asks the same chain, and the same run still tells the outcome', async () => {
    const from = await desk.devnet.head();
    const line = await remark(
      'pasted',
      'charlie',
      '--config',
      desk.configFile,
      '--rpc',
      proxy.url,
      '--timeout',
      '5s',
    );
    proxy.on('author_submitExtrinsic', { kind: 'dropAfter', dies: true });
    const { error } = printed(line, await desk.run([...line, '--json']), 6);
    await proxy.revive();
    proxy.reset();
    const [, command] = /(bursar tx status .*)$/.exec(error!.hint!) ?? [];
    expect(command).toContain(`--config ${desk.configFile}`);
    expect(command).toContain(`--rpc ${proxy.url}`);
    // A shell that knows nothing of the configuration.
    const script = `bursar() { "${process.execPath}" "${BIN}" "$@"; }; ${command} --json`;
    const { stdout: pasted } = await promisify(execFile)('sh', ['-c', script], {
      env: { PATH: process.env.PATH ?? '', HOME: desk.directory },
    });
    expect(JSON.parse(pasted).result.outcome).toMatchObject({ kind: 'included', verdict: 'ok' });
    // It was asked about, and not told to the run that is to do it.
    expect((await desk.json(line)).schema).toBe('bursar/tx.earlier/1');
    expect(await desk.sentBy('charlie', from)).toBe(1);
  });
  test('the same amount, written otherwise, is the same plan', async () => {
    const from = await desk.devnet.head();
    proxy.on('author_submitExtrinsic', { kind: 'mute' });
    await killedAt('author_submitExtrinsic', extra('operator', '0.0105UNIT'));
    expect((await desk.json(extra('operator', '105000000planck'))).schema).toBe('bursar/tx.earlier/1');
    expect(await desk.sentBy('operator', from)).toBe(1);
  });
});

describe('--once KEY', () => {
  test('a kill between the node and the terminal, repetitions, another plan, a key that is none', async () => {
    const from = await desk.devnet.head();
    const line = extra('nominator', '1UNIT', '--once', 'payroll-2026-11');
    proxy.on('author_submitExtrinsic', { kind: 'mute' });
    await killedAt('author_submitExtrinsic', line);
    for (let repetition = 0; repetition < 3; repetition++) {
      const { schema, result } = await desk.json(line);
      expect(schema).toBe('bursar/tx.earlier/1');
      expect(result).toMatchObject({ once: 'payroll-2026-11', outcome: { verdict: 'ok' } });
    }
    expect(await desk.sentBy('nominator', from)).toBe(1);
    const other = await desk.json(extra('nominator', '2UNIT', '--once', 'payroll-2026-11'), 2);
    expect(other.error?.code).toBe('ONCE_USED');
    for (const key of ['', 'two words', '../x', 'x'.repeat(129)])
      expect((await desk.json(extra('nominator', '2UNIT', '--once', key), 2)).error?.code).toBe('ONCE_KEY');
    expect(await desk.sentBy('nominator', from)).toBe(1);
  });
  test('of a run that fails: the same code again, and the fee is paid once', async () => {
    const from = await desk.devnet.head();
    const hex = await desk.encode({ pallet: 'Staking', call: 'chill', args: {} });
    const line = ['tx', 'submit', hex, '--from', 'charlie', '--yes', '--force', '--once', 'chill:1'];
    await desk.json(line, 7);
    const { error } = await desk.json(line, 7);
    expect(error?.code).toBe('DISPATCH_FAILED');
    expect(await desk.sentBy('charlie', from)).toBe(1);
  });
});

test('a transaction whose time passed: 5, safe to run again, and the nonce is used again', async () => {
  const from = await desk.devnet.head();
  const line = await remark('six', 'newcomer', '--mortality', '24s');
  proxy.on('author_submitExtrinsic', { kind: 'swallow' });
  const first = desk.start([...line, '--json', '--rpc', proxy.url, '--timeout', '12s']);
  await proxy.until('author_submitExtrinsic');
  await desk.devnet.advance({ blocks: 6 });
  // The node never answered: after its time limit the blocks tell.
  const { error, result } = printed(line, await first.ended, 5);
  proxy.reset();
  expect(error).toMatchObject({ code: 'EXPIRED', hint: expect.stringContaining('safe to run again') });
  expect(result.outcome.kind).toBe('expired');
  const again = await desk.json(line);
  expect(again.result.outcome).toMatchObject({ kind: 'included', verdict: 'ok' });
  expect(await desk.sentBy('newcomer', from)).toBe(1);
  expect((await historyOf('newcomer')).map(({ nonce, resolution }) => [nonce, resolution?.status])).toEqual([
    [0, 'expired'],
    [0, 'included'],
  ]);
});

test('an outcome that was learned but never printed is told by the next run, and nothing is sent', async () => {
  const line = await remark('seven', 'bob');
  const from = await desk.devnet.head();
  await desk.json(line);
  // The process died after it had noted the outcome and before it had printed it.
  const folder = desk.journalDir;
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.jsonl'))) {
    const kept = readFileSync(join(folder, name), 'utf8').split('\n');
    writeFileSync(join(folder, name), kept.filter((text) => !text.includes('"type":"reported"')).join('\n'));
    rmSync(join(folder, `${name}.count`));
  }
  expect((await desk.json(line)).schema).toBe('bursar/tx.earlier/1');
  expect(await desk.sentBy('bob', from)).toBe(1);
  expect((await desk.json(line)).schema).toBe('bursar/tx.submit/1');
  expect(await desk.sentBy('bob', from)).toBe(2);
});
