import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { DEV_PHRASE } from '../../devnet/accounts.js';
import { REPOSITORY } from '../cli/process.js';
import { Desk } from '../support/desk.js';
import { deadUrl, type Fault, FaultyProxy } from '../support/proxy.js';

/** Keys in the addresses of endpoints, and phrases in any argument: searched for in all that is printed, with stacks. */

vi.setConfig({ testTimeout: 400_000, hookTimeout: 120_000 });

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

const KEYS = ['uservalue', 'hunter2', 'PATHKEY', 'QUERYKEY'];
const keyed = (url: string): string =>
  `${url.replace('ws://', 'ws://uservalue:hunter2@')}/v1/PATHKEY/?apikey=QUERYKEY`;

async function searched(
  words: readonly string[],
  secrets: readonly string[],
  env: Record<string, string> = {},
) {
  const all = { BURSAR_DEBUG: '1', ...env };
  const runs = await Promise.all([
    desk.run(words, { env: all }),
    desk.run([...words, '--json'], { env: all }),
  ]);
  for (const { stdout, stderr, code } of runs)
    for (const secret of secrets)
      expect(
        `${stdout}\n${stderr}`.includes(secret),
        `${secret} in what bursar ${words.join(' ')} (${code}) printed:\n${stdout}\n${stderr}`,
      ).toBe(false);
  return runs[0]!;
}

describe('keys in the address of an endpoint', () => {
  const error = (code: number, message: string): Fault => ({ kind: 'error', code, message });
  const FAULTS: readonly (readonly [string, string, Fault])[] = [
    ['none', '', { kind: 'delay', ms: 0 }],
    ['silence', 'chain_getHeader', { kind: 'swallow' }],
    ['a lost connection', 'state_getStorage', { kind: 'dropBefore' }],
    ['pruned state', 'state_queryStorageAt', error(4003, 'State already discarded')],
    ['a limit', 'state_queryStorageAt', error(-32029, 'rate limit, retry after 60 s')],
    ['an odd answer', 'state_queryStorageAt', { kind: 'alter', with: () => 7 }],
    ['another chain', 'chain_getBlockHash', { kind: 'alter', with: () => `0x${'11'.repeat(32)}` }],
  ];
  test.each(FAULTS)('%s', async (_name, method, fault) => {
    proxy.reset().on(method, fault);
    const url = keyed(proxy.url);
    await searched(['stake', 'status', 'operator', '--rpc', url, '--timeout', '2s'], KEYS);
    await searched(['doctor', '--rpc', url, '--timeout', '2s'], KEYS);
    const plan = [
      'stake',
      'bond-extra',
      '--amount',
      '1UNIT',
      '--from',
      'operator',
      '--dry-run',
      '--timeout',
      '3s',
    ];
    await searched([...plan, '--rpc', url, '--rpc', keyed(desk.devnet.url)], KEYS);
  });

  test('a dead one, one that is none, one in the wrong place', async () => {
    const dead = keyed(await deadUrl());
    const shown = await searched(['stake', 'status', 'operator', '--rpc', dead, '--timeout', '2s'], KEYS);
    expect(shown.code).toBe(5);
    // Which endpoint it was can still be told.
    expect(shown.stderr).toContain(`ws://…@${new URL(dead).host}/v1/…`);
    await searched(
      [
        'stake',
        'bond-extra',
        '--amount',
        '1UNIT',
        '--from',
        'operator',
        '--yes',
        '--rpc',
        desk.devnet.url,
        '--rpc',
        dead,
      ],
      KEYS,
    );
    for (const odd of [
      'http://uservalue:hunter2@h/PATHKEY',
      'wss://uservalue:hunter2@h h',
      'wss://h/#QUERYKEY',
      'uservalue:hunter2@h',
    ])
      await searched(['stake', 'status', 'operator', '--rpc', odd], KEYS);
    const url = keyed('wss://rpc.example').replace('wss://', 'wss://uservalue:hunter2@');
    for (const words of [
      ['stake', 'status', url],
      ['stake', url],
      [url],
      ['stake', 'status', '--network', url],
      ['keys', 'show', url],
      ['validators', 'verify', url],
      ['tx', 'status', url],
      ['pofbs', 'cid', url],
    ])
      await searched(words, KEYS);
    await searched(['devnet', 'fork', dead], KEYS);
    await searched(['devnet', 'advance', '--blocks', '1', '--rpc', dead, '--timeout', '2s'], KEYS);
  });

  test('while a transaction is followed, asked for and settled', async () => {
    // A second endpoint whose blocks do not have it: its word is needed, and it is named.
    const empty: Fault = {
      kind: 'alter',
      with: (answer) => {
        const { block } = answer as { block: { extrinsics: string[] } };
        return { ...(answer as object), block: { ...block, extrinsics: block.extrinsics.slice(0, 1) } };
      },
    };
    const via = ['--rpc', keyed(desk.devnet.url), '--rpc', keyed(proxy.url), '--agree', 'warn'];
    const plan = ['stake', 'bond-extra', '--amount', '1UNIT', '--from', 'operator', '--yes', ...via];
    proxy.reset().on('chain_getBlock', empty);
    const sent = await desk.run([...plan, '--json'], { env: { BURSAR_DEBUG: '1' } });
    expect(sent.code).toBe(6);
    const { txHash } = JSON.parse(sent.stdout).result.outcome;
    for (const words of [plan, ['tx', 'status', txHash, ...via]]) {
      const { code, stdout, stderr } = await searched(words, KEYS);
      expect(code).toBe(6);
      expect(`${stdout}${stderr}`).toContain(`ws://…@${new URL(proxy.url).host}/v1/…`);
    }
    for (const secret of KEYS) expect(`${sent.stdout}${sent.stderr}`).not.toContain(secret);
    proxy.reset();
    expect((await searched(['tx', 'status', txHash, ...via], KEYS)).code).toBe(0);
  });

  test('in the configuration and in the environment', async () => {
    const url = keyed('wss://rpc.example');
    await searched(['config', 'set', 'networks.other.endpoints', `${url},wss://b.example`], KEYS);
    await searched(['config', 'set', 'networks.other.endpoints', 'wss://c.example'], KEYS);
    await searched(['config', 'show', '--rpc', url], KEYS);
    await searched(['config', 'show'], KEYS, { BURSAR_RPC: url });
    await searched(['config', 'check'], KEYS, { BURSAR_RPC: `${url},http://uservalue:hunter2@h` });
    await searched(['stake', 'status', 'operator', '--timeout', '2s'], KEYS, {
      BURSAR_RPC: keyed(await deadUrl()),
    });
  });
});

describe('a phrase', () => {
  interface Command {
    readonly args: object;
    readonly flags: Readonly<Record<string, { readonly type: string; readonly name: string }>>;
  }
  const { commands } = JSON.parse(readFileSync(join(REPOSITORY, 'oclif.manifest.json'), 'utf8')) as {
    readonly commands: Readonly<Record<string, Command>>;
  };
  const PARTS = [DEV_PHRASE, DEV_PHRASE.split(' ').slice(0, 3).join(' ')];
  /** Those that serve, or write a page of help. */
  const served = /^(?:devnet:(?:up|tour)|completion|help)$/;
  const ids = Object.keys(commands).filter((id) => !served.test(id));

  /** They make a file of that name, which is told because it was asked for. */
  const WRITES = new Set(['save', 'save-tree', 'out', 'html', 'state', 'tmp']);

  test('in the place of every argument', async () => {
    for (const id of ids) {
      const words = [...id.split(':'), DEV_PHRASE];
      await searched([...words, ...('timeout' in commands[id]!.flags ? ['--timeout', '2s'] : [])], PARTS);
    }
  });

  test('as the value of every flag', async () => {
    const tried = new Set<string>();
    for (const id of ids)
      for (const { name, type } of Object.values(commands[id]!.flags)) {
        // A flag means the same on every command.
        if (type !== 'option' || tried.has(name) || WRITES.has(name)) continue;
        tried.add(name);
        await searched([...id.split(':'), `--${name}`, DEV_PHRASE], PARTS);
      }
    expect(tried.size).toBeGreaterThan(40);
  });
});
