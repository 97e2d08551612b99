import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
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
      const line = extra('operator', amounts[index]!);
      const { schema, error } = printed(line, run, run.code === 0 ? 0 : 4);
      if (error !== undefined) {
        // The second one's plan is stale: it says so and sends nothing.
        expect(error.code).toBe('ACCOUNT_BUSY');
        expect(error.hint).toContain('Nothing was sent');
      } else if (schema === 'bursar/stake.bond-extra/1') {
        sent += 1;
        added += BigInt(amounts[index]!.replace('UNIT', '')) * UNIT;
      } else expect(schema).toBe('bursar/tx.earlier/1');
    }
    expect(sent).toBeGreaterThan(0);
    expect(await desk.sentBy('operator', from)).toBe(sent);
    expect(await active('operator')).toBe(before + added);
  });
  test('a run does not wait for what the node refused from another run', async () => {
    const line = await remark('five', 'feeder1');
    proxy.on('author_submitExtrinsic', {
      kind: 'error',
      code: 1016,
      message: 'Immediately Dropped',
      ms: 5_000,
    });
    const first = desk.start([...line, '--json', '--rpc', proxy.url]);
    await proxy.until('author_submitExtrinsic');
    const second = await desk.run([...line, '--json']);
    proxy.reset();
    expect(printed(line, await first.ended, 4).error?.code).toBe('POOL_REFUSED');
    const { schema } = printed(line, second, 0);
    expect(schema).toBe('bursar/tx.submit/1');
    expect(second.ms).toBeLessThan(30_000);
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
  }
  expect((await desk.json(line)).schema).toBe('bursar/tx.earlier/1');
  expect(await desk.sentBy('bob', from)).toBe(1);
  expect((await desk.json(line)).schema).toBe('bursar/tx.submit/1');
  expect(await desk.sentBy('bob', from)).toBe(2);
});
