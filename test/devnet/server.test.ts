import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Devnet, startDevnet } from '../../devnet/index.js';
import { RawSocket } from './support.js';

let devnet: Devnet;
let socket: RawSocket;
beforeAll(async () => {
  devnet = await startDevnet({ port: 0, mode: 'manual' });
  socket = await RawSocket.open(devnet.url);
});
afterAll(async () => {
  socket?.close();
  await devnet?.close();
});

/** Send text on a connection of its own and take the first message that comes back. */
async function exchange(text: string) {
  const own = await RawSocket.open(devnet.url);
  own.send(text);
  try {
    return await own.next(() => true);
  } finally {
    own.close();
  }
}

describe('JSON-RPC', () => {
  it.each([
    ['{', -32700, null],
    ['', -32700, null],
    ['[]', -32600, null],
    ['1', -32600, null],
    ['null', -32600, null],
    ['{"id":1,"method":"system_name"}', -32600, 1],
    ['{"jsonrpc":"2.0","id":1}', -32600, 1],
    ['{"jsonrpc":"2.0","id":{},"method":"system_name"}', -32600, null],
    ['{"jsonrpc":"2.0","id":7,"method":"no_such"}', -32601, 7],
    ['{"jsonrpc":"2.0","id":7,"method":"toString"}', -32601, 7],
    ['{"jsonrpc":"2.0","id":7,"method":"__proto__"}', -32601, 7],
    ['{"jsonrpc":"2.0","id":7,"method":"system_dryRun","params":["xyz"]}', -32602, 7],
    ['{"jsonrpc":"2.0","id":7,"method":"state_getStorage","params":{"nokey":"0x"}}', -32602, 7],
    ['{"jsonrpc":"2.0","id":7,"method":"state_getStorage","params":"0x"}', -32602, 7],
    ['{"jsonrpc":"2.0","id":7,"method":"dev_advance","params":[{"blocks":0}]}', -32602, 7],
    ['{"jsonrpc":"2.0","id":7,"method":"dev_advance","params":[{"blocks":1,"eras":1}]}', -32602, 7],
    ['{"jsonrpc":"2.0","id":7,"method":"dev_setMode","params":["sometimes"]}', -32602, 7],
  ])('%s is %i', async (text, code, id) => {
    expect(await exchange(text)).toMatchObject({ jsonrpc: '2.0', id, error: { code } });
  });

  it('answers a batch in one message, in order, without the notifications', async () => {
    const answer = await exchange(
      JSON.stringify([
        { jsonrpc: '2.0', id: 'a', method: 'system_chain' },
        { jsonrpc: '2.0', method: 'system_chain' },
        { jsonrpc: '2.0', id: 'b', method: 'no_such' },
        5,
        { jsonrpc: '2.0', id: 'c', method: 'chain_getBlockHash', params: [0] },
      ]),
    );
    expect(answer).toMatchObject([
      { id: 'a', result: 'bursar devnet' },
      { id: 'b', error: { code: -32601 } },
      { id: null, error: { code: -32600 } },
      { id: 'c', result: devnet.genesisHash },
    ]);
    expect(answer.length).toBe(4);
  });

  it('says nothing to notifications, alone or in a batch', async () => {
    const own = await RawSocket.open(devnet.url);
    own.send('{"jsonrpc":"2.0","method":"system_chain"}');
    own.send('[{"jsonrpc":"2.0","method":"system_chain"},{"jsonrpc":"2.0","method":"no_such"}]');
    await own.ask('system_chain');
    expect(own.received.length).toBe(1);
    own.close();
  });

  it('takes parameters by name', async () => {
    const byName = await socket.ask('chain_getBlockHash', { hash: 0 });
    expect(byName).toBe(devnet.genesisHash);
    expect(await socket.ask('state_getStorage', { key: '0x00' })).toBeNull();
  });

  it('answers over HTTP POST, but opens no subscription there', async () => {
    const post = async (body: unknown) => {
      const url = devnet.url.replace('ws:', 'http:');
      return (await fetch(url, { method: 'POST', body: JSON.stringify(body) })).json();
    };
    expect(await post({ jsonrpc: '2.0', id: 1, method: 'system_properties' })).toEqual({
      jsonrpc: '2.0',
      id: 1,
      result: { ss58Format: 42, tokenDecimals: 10, tokenSymbol: 'UNIT' },
    });
    expect(await post({ jsonrpc: '2.0', id: 1, method: 'chain_subscribeNewHeads' })).toMatchObject({
      error: { code: -32601 },
    });
  });

  it('lists exactly what it answers', async () => {
    const { methods } = await socket.ask('rpc_methods');
    for (const name of [
      'state_queryStorageAt',
      'author_submitAndWatchExtrinsic',
      'dev_advance',
      'rpc_methods',
    ])
      expect(methods).toContain(name);
    expect(methods).not.toContain('author_rotateKeys');
    expect(new Set(methods).size).toBe(methods.length);
  });
});

describe('reading', () => {
  it('storage of many keys at a hash comes as one change set', async () => {
    const [known, unknown] = ['0x3a636f6465', '0xabcd'];
    const at = await socket.ask('chain_getBlockHash', [5]);
    const code = await socket.ask('state_getStorage', [known, at]);
    expect(await socket.ask('state_queryStorageAt', [[known, unknown], at])).toEqual([
      {
        block: at,
        changes: [
          [known, code],
          [unknown, null],
        ],
      },
    ]);
    expect(await socket.ask('state_getStorageSize', [known, at])).toBe(code.length / 2 - 1);
    expect(await socket.ask('state_getStorageHash', [known, at])).toMatch(/^0x[0-9a-f]{64}$/);
    expect(await socket.ask('state_getStorageHash', [unknown])).toBeNull();
  });

  it('old blocks keep their own state', async () => {
    const number = '0x26aa394eea5630e07c48ae0c9558cef702a5c1b19ab7a04f536c519aca4983ac';
    for (const n of [1, 17, 32]) {
      const hash = await socket.ask('chain_getBlockHash', [n]);
      expect(Number.parseInt((await socket.ask('state_getStorage', [number, hash])).slice(2, 4), 16)).toBe(n);
      expect(await socket.ask('chain_getHeader', [hash])).toMatchObject({ number: `0x${n.toString(16)}` });
    }
  });

  it('a hash that no block has: null for the block, an error for its state', async () => {
    const hash = `0x${'ab'.repeat(32)}`;
    expect(await socket.ask('chain_getHeader', [hash])).toBeNull();
    expect(await socket.ask('chain_getBlock', [hash])).toBeNull();
    expect(await socket.ask('chain_getBlockHash', [1_000_000])).toBeNull();
    for (const method of ['state_getStorage', 'state_queryStorageAt', 'state_getKeysPaged', 'state_call']) {
      const first = method === 'state_queryStorageAt' ? [['0x00']] : ['0x00'];
      const rest = { state_getKeysPaged: [10, null], state_call: ['0x'] }[method] ?? [];
      expect((await socket.call(method, [...first, ...rest, hash])).error?.code).toBe(4003);
    }
    // The chain behind it is unharmed.
    expect(await socket.ask('chain_getBlockHash', [0])).toBe(devnet.genesisHash);
  });

  it('pages through keys without a gap, and refuses too large a page', async () => {
    const prefix = '0x26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9';
    const all: string[] = await socket.ask('state_getKeysPaged', [prefix, 1000]);
    const paged: string[] = [];
    for (let page: string[] = ['']; page.length > 0; paged.push(...page))
      page = await socket.ask('state_getKeysPaged', [prefix, 7, paged.at(-1) ?? null]);
    expect(paged).toEqual(all);
    expect(all).toEqual([...all].sort());
    expect(all.length).toBeGreaterThan(50);
    expect((await socket.call('state_getKeysPaged', [prefix, 1001])).error?.code).toBe(4002);
  });

  it('a runtime call that traps is an error of its own', async () => {
    expect((await socket.call('state_call', ['No_such_call', '0x'])).error?.code).toBe(4003);
  });
});

describe('subscriptions', () => {
  it('begin with the present head, follow it, and end when asked', async () => {
    const own = await RawSocket.open(devnet.url);
    const id = await own.ask('chain_subscribeNewHeads');
    const first = await own.next((m) => m.params?.subscription === id);
    expect(own.received.findIndex((m) => m.result === id)).toBe(0);
    expect(Number(first.params.result.number)).toBe(await devnet.head());
    await devnet.advance({ blocks: 2 });
    const head = await devnet.head();
    await own.next((m) => Number(m.params?.result?.number) === head);
    expect(await own.ask('chain_unsubscribeNewHeads', [id])).toBe(true);
    expect(await own.ask('chain_unsubscribeNewHeads', [id])).toBe(false);
    const count = own.received.length;
    await devnet.newBlock();
    await own.ask('system_health');
    expect(own.received.length).toBe(count + 1);
    own.close();
  });

  it('tell a storage key’s changes', async () => {
    const own = await RawSocket.open(devnet.url);
    const key = '0x26aa394eea5630e07c48ae0c9558cef702a5c1b19ab7a04f536c519aca4983ac';
    const id = await own.ask('state_subscribeStorage', [[key]]);
    await own.next((m) => m.params?.subscription === id);
    const { hash } = await devnet.newBlock();
    await own.next((m) => m.params?.subscription === id && m.params.result.block === hash);
    own.close();
  });

  it('leave nothing behind when their connection is lost', async () => {
    // Connections of earlier tests are closed, but the server may not have heard of it yet.
    await expect.poll(() => devnet.chain.events.listenerCount('head')).toBe(0);
    const own = await RawSocket.open(devnet.url);
    await own.ask('chain_subscribeNewHeads');
    await own.ask('chain_subscribeFinalizedHeads');
    expect(devnet.chain.events.listenerCount('head')).toBe(1);
    own.close();
    await expect.poll(() => devnet.chain.events.listenerCount('head')).toBe(0);
    expect(devnet.chain.events.listenerCount('finalized')).toBe(0);
  });
});

describe('port', () => {
  it('exactly the one that was asked for, or an error of exit 5', async () => {
    await expect(startDevnet({ port: devnet.port })).rejects.toMatchObject({ exit: 5, code: 'PORT_TAKEN' });
    await expect(startDevnet({ port: 70_000 })).rejects.toMatchObject({ exit: 2 });
  });

  it('without one: the next that is free', async () => {
    const blocker = createServer();
    // Somebody may have the default port already; then it is taken all the same.
    await new Promise<void>((resolve) => {
      blocker.once('error', () => resolve());
      blocker.listen(9944, '127.0.0.1', () => resolve());
    });
    const second = await startDevnet();
    expect(second.port).not.toBe(9944);
    expect(await RawSocket.open(second.url).then((s) => s.ask('system_chain').finally(() => s.close()))).toBe(
      'bursar devnet',
    );
    await second.close();
    await new Promise((resolve) => blocker.close(resolve));
  });
});
