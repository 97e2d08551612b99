import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Desk } from '../support/desk.js';
import { deadUrl, type Fault, FaultyProxy } from '../support/proxy.js';

/** Two endpoints of which one fails, as an operator's cron job meets them. */

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

let desk: Desk;
let proxy: FaultyProxy;
beforeAll(async () => {
  desk = await Desk.open({ keys: ['operator'] });
  proxy = await FaultyProxy.start(desk.devnet.url);
});
afterAll(async () => {
  await proxy?.close();
  await desk?.close();
});

test('a command that reads ends as if the first endpoint had never failed', async () => {
  const status = (...rpc: readonly string[]) =>
    desk.json(['stake', 'status', 'operator', ...rpc.flatMap((url) => ['--rpc', url])]);
  const honest = await status(desk.devnet.url);
  const faults: readonly Fault[] = [
    { kind: 'error', code: -32029, message: 'You have exceeded the rate limit of 10 requests per second' },
    {
      kind: 'error',
      code: 4003,
      message: 'Client error: Api called for an unknown Block: State already discarded',
    },
    { kind: 'error', code: -32603, message: 'Internal error' },
    { kind: 'alter', with: () => [{ changes: [['0x00', null]] }] },
    { kind: 'dropBefore', dies: true },
  ];
  for (const fault of faults) {
    await proxy.revive();
    proxy.reset().on('state_queryStorageAt', fault);
    expect((await status(proxy.url, desk.devnet.url)).result, JSON.stringify(fault)).toEqual(honest.result);
  }
  await proxy.revive();
});

describe('no second endpoint', () => {
  const extra = (...more: readonly string[]) => [
    'stake',
    'bond-extra',
    '--amount',
    '1UNIT',
    '--from',
    'operator',
    ...more,
  ];

  test('stops what sends, with 5, unless --agree warn; what was not checked is said', async () => {
    const dead = await deadUrl();
    const rpc = ['--rpc', dead, '--rpc', desk.devnet.url];
    const nonce = await desk.nonce('operator');
    const { error } = await desk.json(extra('--yes', ...rpc), 5);
    expect(error).toMatchObject({
      code: 'ENDPOINTS_UNCHECKED',
      hint: expect.stringContaining('--agree warn'),
    });
    expect(error!.message).toContain(dead);
    expect(error!.message).toContain('was not checked');
    expect(await desk.nonce('operator')).toBe(nonce);
    const { result } = await desk.json(extra('--yes', '--agree', 'warn', ...rpc));
    expect(result.checks).toContainEqual(expect.objectContaining({ id: 'ENDPOINTS_UNCHECKED', ok: 'warn' }));
    expect(await desk.nonce('operator')).toBe(nonce + 1);
  });

  test('is no reason to stop where one is configured, and require says that one is not enough', async () => {
    await desk.json(extra('--dry-run'));
    const { error } = await desk.json(extra('--dry-run', '--agree', 'require'), 2);
    expect(error!.message).toContain('needs a second endpoint');
  });

  test('what reads compares only when it is asked to', async () => {
    const dead = await deadUrl();
    const words = ['stake', 'status', 'operator', '--rpc', desk.devnet.url, '--rpc', dead];
    expect((await desk.text(words)).stderr).not.toContain('not checked');
    const told = await desk.text([...words, '--agree', 'warn']);
    expect(told.stderr).toContain(`warning: No second endpoint could be asked`);
    expect(told.stderr).toContain(dead);
    expect((await desk.json([...words, '--agree', 'require'], 5)).error).toMatchObject({
      code: 'ENDPOINTS_UNCHECKED',
    });
    proxy
      .reset()
      .on(
        'chain_getBlockHash',
        { kind: 'alter', with: () => `0x${'66'.repeat(32)}` },
        { when: ([height]) => height !== 0 },
      );
    const two = [
      'stake',
      'status',
      'operator',
      '--rpc',
      desk.devnet.url,
      '--rpc',
      proxy.url,
      '--agree',
      'warn',
    ];
    expect((await desk.json(two, 4)).error).toMatchObject({ code: 'ENDPOINTS_AGREE' });
  });
});
