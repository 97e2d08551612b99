import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { OPTIONAL } from '../../../src/lib/chain/answers.js';
import { delayIn } from '../../../src/lib/chain/delays.js';
import { RpcClient, type RpcOptions } from '../../../src/lib/chain/rpc.js';
import type { BursarError } from '../../../src/lib/errors.js';
import { deadUrl, silentWebSocket } from '../../support/proxy.js';
import { type Ask, type ScriptedNode, scriptedNode } from './node.js';

/** A request that one endpoint cannot answer is asked of the next: in a bounded time, and never when it sends. */

const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo();
});

function client(endpoints: readonly string[], options: Partial<RpcOptions> = {}): RpcClient {
  const rpc = new RpcClient({ endpoints, timeoutMs: 5_000, ...options });
  cleanup.push(() => rpc.close());
  return rpc;
}
async function node(script: (ask: Ask) => void): Promise<ScriptedNode> {
  const made = await scriptedNode(script);
  cleanup.push(() => made.close());
  return made;
}
const fine = ({ answer }: Ask) => answer('fine');
const failing = (error: object) => node(({ fail }) => fail(error));
const failure = (run: Promise<unknown>): Promise<BursarError> =>
  run.then(
    (value) => {
      throw new Error(`It succeeded with ${JSON.stringify(value)}.`);
    },
    (error) => error,
  );

const LIMIT = { code: -32029, message: 'You have exceeded the rate limit of 10 requests per second' };
const PRUNED = {
  code: 4003,
  message: 'Client error: Api called for an unknown Block: State already discarded for 0x1',
};
const NO_BLOCK = {
  code: 4003,
  message: 'Client error: UnknownBlock: Header was not found in the database: 0x1',
};

/** What the first endpoint does to every request. */
const TROUBLES: readonly (readonly [string, (ask: Ask) => void])[] = [
  ['limits its callers', ({ fail }) => fail(LIMIT)],
  [
    'limits them in polkadot-sdk’s own way',
    ({ fail }) => fail({ code: -32999, message: 'RPC rate limit exceeded' }),
  ],
  [
    'limits them without a number',
    ({ socket }) => socket.send('{"jsonrpc":"2.0","id":null,"error":{"code":-32005,"message":"too many"}}'),
  ],
  ['has discarded the state', ({ fail }) => fail(PRUNED)],
  ['does not have the block yet', ({ fail }) => fail(NO_BLOCK)],
  ['has an internal error', ({ fail }) => fail({ code: -32603, message: 'Internal error' })],
  [
    'does not serve the method',
    ({ fail }) => fail({ code: -32601, message: 'RPC call is unsafe to be called externally' }),
  ],
  [
    'has too big an answer',
    ({ fail }) => fail({ code: -32008, message: 'Response is too big', data: 'Exceeded max limit' }),
  ],
  ['answers with a page', ({ socket }) => socket.send('<html><body>504 Gateway Time-out</body></html>')],
  ['is silent', () => {}],
  ['hangs up', ({ socket }) => socket.close(1008, 'policy: rate limit exceeded')],
  ['cuts the connection', ({ socket }) => socket.terminate()],
];

/** Troubles that are the request's: another endpoint is borrowed for it. */
const BORROWED = ['does not serve the method', 'has an internal error', 'has too big an answer'];

describe('a read', () => {
  it.each(TROUBLES)('goes on at the second endpoint when the first %s', async (what, script) => {
    const [first, second] = [await node(script), await node(fine)];
    const rpc = client([first.url, second.url]);
    expect(await rpc.request('m')).toBe('fine');
    const stays = BORROWED.includes(what);
    expect(rpc.endpoint).toBe(stays ? first.url : second.url);
    const before = first.asked.length;
    expect(await rpc.answer('m')).toEqual({ value: 'fine', url: second.url });
    expect(first.asked.length > before).toBe(stays);
  });

  it('that one endpoint refuses, or answers oddly, moves nothing else', async () => {
    const first = await node(({ method, answer, fail }) =>
      method === 'denied' ? fail({ code: -32601, message: 'Method not found' }) : answer(-1),
    );
    const second = await node(({ answer }) => answer(7));
    const rpc = client([first.url, second.url]);
    expect(await rpc.request('denied')).toBe(7);
    expect(await rpc.request('system_accountNextIndex', ['x'])).toBe(7);
    expect(await rpc.answer('m')).toEqual({ value: -1, url: first.url });
  });

  it('of a method that an endpoint may leave out is not asked of others', async () => {
    const denied = { code: -32601, message: 'Method not found' };
    const second = await node(fine);
    for (const method of OPTIONAL) {
      const first = await failing(denied);
      const rpc = client([first.url, second.url]);
      expect(await failure(rpc.request(method))).toMatchObject({ code: -32601 });
      expect(rpc.url).toBe(first.url);
    }
    expect(second.asked).toEqual([]);
    const odd = await node(({ answer }) => answer(7));
    const good = await node(({ answer }) => answer(null));
    expect(await client([odd.url, good.url]).request('state_getStorageHash', ['0x', '0x'])).toBeNull();
  });

  it('that many make at once is answered for all of them', async () => {
    const first = await node(({ earlier, answer, fail }) => (earlier < 3 ? answer('fine') : fail(LIMIT)));
    const second = await node(fine);
    const rpc = client([first.url, second.url]);
    const answers = await Promise.all(Array.from({ length: 40 }, () => rpc.request('m')));
    expect(new Set(answers)).toEqual(new Set(['fine']));
    expect(second.connections()).toBe(1);
  });

  it('whose answer cannot be goes on at the next, and names both if none can', async () => {
    const odd = await node(({ answer }) => answer(-1));
    const good = await node(({ answer }) => answer(7));
    expect(await client([odd.url, good.url]).request('system_accountNextIndex', ['x'])).toBe(7);
    const other = await failing({ code: -32603, message: 'Internal error' });
    const error = await failure(client([odd.url, other.url]).request('system_accountNextIndex', ['x']));
    expect([error.code, error.exit]).toEqual(['ENDPOINT_ANSWER', 5]);
    expect(error.message).toContain(`${odd.url} answered with a nonce that cannot be read`);
    expect(error.message).toContain(`${other.url} answered with an error: Internal error`);
  });

  it('that the runtime itself refused is not asked of others', async () => {
    const first = await failing({
      code: 4003,
      message: 'Client error: Execution failed: Exported method X is not found',
    });
    const second = await node(fine);
    expect(await failure(client([first.url, second.url]).request('state_call'))).toMatchObject({
      code: 4003,
    });
    expect(second.asked).toEqual([]);
  });

  it('ends within the deadline when every endpoint is silent, dead or limited', async () => {
    const silent = await silentWebSocket();
    cleanup.push(silent.close);
    const limited = await failing(LIMIT);
    const began = performance.now();
    const error = await failure(
      client([silent.url, await deadUrl(), limited.url], { timeoutMs: 1_500 }).request('m'),
    );
    expect(error.exit).toBe(5);
    expect(error.message).toContain(silent.url);
    expect(error.message).toContain(limited.url);
    expect(performance.now() - began).toBeLessThan(2_500);
  });

  it('is interrupted while it waits for a limited endpoint', async () => {
    const limited = await failing({ ...LIMIT, data: { retry_after: 20 } });
    const interrupt = new AbortController();
    const run = failure(client([limited.url], { timeoutMs: 60_000, signal: interrupt.signal }).request('m'));
    for (const end = Date.now() + 2_000; limited.asked.length === 0 && Date.now() < end; )
      await new Promise((resolve) => setTimeout(resolve, 10));
    interrupt.abort();
    expect((await run).code).toBe('INTERRUPTED');
  });
});

describe('a submission', () => {
  it.each(TROUBLES)('is made once, at one endpoint, when that %s', async (_what, script) => {
    const [first, second] = [await node(script), await node(fine)];
    const rpc = client([first.url, second.url], { timeoutMs: 600 });
    await failure(rpc.requestOnce('author_submitExtrinsic', ['0x00']));
    expect(first.asked).toEqual(['author_submitExtrinsic']);
    expect(second.asked).toEqual([]);
  });

  it('is not said to be refused by an error about nothing in particular', async () => {
    const first = await node(({ socket }) =>
      socket.send('{"jsonrpc":"2.0","id":null,"error":{"code":1010,"message":"Invalid Transaction"}}'),
    );
    const error = await failure(
      client([first.url], { timeoutMs: 400 }).requestOnce('author_submitExtrinsic'),
    );
    expect(error).toMatchObject({ code: 'ENDPOINT_TIMEOUT' });
  });
});

describe('a rate limit', () => {
  it('is waited for as long as the endpoint says, and then the request is made again', async () => {
    const cases: readonly (readonly [object, number])[] = [
      [{ ...LIMIT, data: { retry_after_ms: 300 } }, 300],
      [{ code: -32005, message: 'limit exceeded, try again in 0.4 seconds' }, 400],
      [{ code: 429, message: 'slow down', data: 'Retry-After: 0.2' }, 200],
      [LIMIT, 500],
    ];
    for (const [error, least] of cases) {
      const limited = await node(({ earlier, answer, fail }) =>
        earlier === 0 ? fail(error) : answer('fine'),
      );
      const began = performance.now();
      expect(await client([limited.url]).request('m')).toBe('fine');
      const took = performance.now() - began;
      expect(took, JSON.stringify(error)).toBeGreaterThanOrEqual(least - 5);
      expect(took, JSON.stringify(error)).toBeLessThan(least + 600);
    }
  });

  it('makes what follows slower, so that many requests get through one after the other', async () => {
    let times: number[] = [];
    const limited = await node(({ answer, fail }) => {
      const now = performance.now();
      times = [...times.filter((time) => now - time < 300), now];
      if (times.length > 4) fail({ ...LIMIT, data: { retry_after_ms: 300 } });
      else answer('fine');
    });
    const rpc = client([limited.url], { timeoutMs: 20_000 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => rpc.request('m')));
    expect(answers).toEqual(Array(20).fill('fine'));
  });

  it('that is longer than there is time ends at once, and says so', async () => {
    const limited = await failing({ ...LIMIT, data: { retry_after: 60 } });
    const began = performance.now();
    const error = await failure(client([limited.url]).request('m'));
    expect([error.code, error.exit]).toEqual(['RATE_LIMITED', 5]);
    expect(error.message).toContain('You have exceeded the rate limit');
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it('at the door (HTTP 429) is waited for too', async () => {
    const inner = await node(fine);
    let knocks = 0;
    const door = createServer();
    door.on('upgrade', (_request, socket) => {
      knocks++;
      socket.end('HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n');
    });
    await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
    cleanup.push(() => new Promise((resolve) => door.close(resolve)));
    const url = `ws://127.0.0.1:${(door.address() as AddressInfo).port}`;
    const error = await failure(client([url], { timeoutMs: 2_600 }).request('m'));
    expect([error.code, error.exit]).toEqual(['RATE_LIMITED', 5]);
    expect(error.message).toContain('HTTP 429');
    expect(knocks).toBe(3);
    // Another endpoint is not kept waiting for it.
    const began = performance.now();
    expect(await client([url, inner.url]).request('m')).toBe('fine');
    expect(performance.now() - began).toBeLessThan(900);
  });

  it.each([
    ['Retry-After: 3', 3_000],
    ['{"retryAfter":"2s"}', 2_000],
    ['{"retry_after_ms":250}', 250],
    ['{"retry-after": 1.5}', 1_500],
    ['please try again in about 5 seconds', 5_000],
    ['retry after 750 ms', 750],
    ['Retry again after 2 minutes', 120_000],
    ['retry-after: Wed, 21 Oct 2026 07:28:10 GMT', 10_000],
    ['You have exceeded the rate limit of 10 requests per second', undefined],
    ['retry-after: ', undefined],
  ])('%s', (text, ms) => {
    expect(delayIn(text, () => Date.UTC(2026, 9, 21, 7, 28))).toBe(ms);
  });
});

describe('a refusal at the door', () => {
  it('says what the status means, and shows no key of the address', async () => {
    const door = createServer();
    let status = '401 Unauthorized';
    let more = '';
    door.on('upgrade', (_request, socket) =>
      socket.end(`HTTP/1.1 ${status}\r\n${more}Content-Length: 0\r\n\r\n`),
    );
    await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
    cleanup.push(() => new Promise((resolve) => door.close(resolve)));
    const { port } = door.address() as AddressInfo;
    const url = `ws://user:hunter2@127.0.0.1:${port}/v1/KEYKEY?apikey=SECRET`;
    const refused = async () => (await failure(client([url], { rounds: 1 }).request('m'))).message;
    const key = await refused();
    expect(key).toContain(`ws://…@127.0.0.1:${port}/v1/…?…: HTTP 401 Unauthorized: it wants a key`);
    for (const secret of ['hunter2', 'user', 'KEYKEY', 'SECRET']) expect(key).not.toContain(secret);
    [status, more] = ['301 Moved Permanently', 'Location: wss://new.example/?apikey=SECRET\r\n'];
    const moved = await refused();
    expect(moved).toContain('wss://new.example/?…');
    expect(moved).not.toContain('SECRET');
  });
});
