import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { afterEach, describe, expect, it, test } from 'vitest';
import { ConnectionLost, RpcClient, RpcError, type RpcOptions, sleep } from '../../../src/lib/chain/rpc.js';
import { BursarError } from '../../../src/lib/errors.js';
import { deadUrl, silentTcp, silentWebSocket } from '../../support/proxy.js';
import { type Ask, type ScriptedNode, scriptedNode } from './node.js';

const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo();
});

function client(endpoints: readonly string[], options: Partial<RpcOptions> = {}): RpcClient {
  const rpc = new RpcClient({ endpoints, timeoutMs: 2_000, ...options });
  cleanup.push(() => rpc.close());
  return rpc;
}
async function node(script: (ask: Ask) => void): Promise<ScriptedNode> {
  const made = await scriptedNode(script);
  cleanup.push(() => made.close());
  return made;
}
const echo = ({ method, params, answer }: Ask) => answer({ method, params });

/** How a promise failed, and after how long. */
async function failure(run: Promise<unknown>): Promise<{ error: BursarError; ms: number }> {
  const began = performance.now();
  const error = await run.then(
    (value) => {
      throw new Error(`It succeeded with ${JSON.stringify(value)}.`);
    },
    (thrown) => thrown,
  );
  return { error, ms: performance.now() - began };
}
/** Timers and sockets that keep this process alive, besides those of the test runner. */
const handles = () =>
  process.getActiveResourcesInfo().filter((name) => name === 'Timeout' || name.startsWith('TCP')).length;

describe('an endpoint that does not serve', () => {
  it('dead, silent or no WebSocket at all, ends with 5, within the time, naming it', async () => {
    const tcp = await silentTcp();
    const socket = await silentWebSocket();
    cleanup.push(tcp.close, socket.close);
    const cases: [string, string, string, number][] = [
      ['dead', await deadUrl(), 'ENDPOINT_UNREACHABLE', 1_500],
      ['accepts TCP only', tcp.url, 'ENDPOINT_UNREACHABLE', 2_600],
      ['never answers', socket.url, 'ENDPOINT_TIMEOUT', 2_300],
      ['no such host', 'ws://host.invalid', 'ENDPOINT_UNREACHABLE', 2_600],
      ['no address', 'not an address', 'ENDPOINT_UNREACHABLE', 1_500],
      ['a port that is none', 'ws://127.0.0.1:99999', 'ENDPOINT_UNREACHABLE', 1_500],
    ];
    for (const [name, url, code, atMost] of cases) {
      const { error, ms } = await failure(client([url]).request('system_chain'));
      expect(error, name).toBeInstanceOf(BursarError);
      expect([error.code, error.exit], name).toEqual([code, 5]);
      expect(error.message, name).toContain(url);
      expect(error.hint, name).toContain('Nothing was sent');
      expect(ms, name).toBeLessThan(atMost);
    }
    const none = await failure(client([]).request('system_chain'));
    expect([none.error.code, none.error.exit]).toEqual(['ENDPOINT_UNREACHABLE', 5]);
  });

  it('is passed over for the next, and every one is named if none serves', async () => {
    const good = await node(echo);
    const tcp = await silentTcp();
    cleanup.push(tcp.close);
    const dead = await deadUrl();
    const rpc = client([dead, tcp.url, good.url], { timeoutMs: 6_000, connectMs: 300 });
    expect(await rpc.request('a', [1])).toEqual({ method: 'a', params: [1] });
    expect(rpc.endpoint).toBe(good.url);
    const { error, ms } = await failure(client([dead, tcp.url], { connectMs: 200 }).request('a'));
    expect(error.message).toContain(dead);
    expect(error.message).toContain(tcp.url);
    expect(ms).toBeLessThan(2_300);
  });

  it('that answers nothing is passed over when each connection is verified', async () => {
    const good = await node(echo);
    const silent = await silentWebSocket();
    cleanup.push(silent.close);
    const rpc = client([silent.url, good.url], { connectMs: 300 });
    rpc.verifyEachConnection(async (request) => {
      await request('who', [0]);
    });
    expect(await rpc.request('a')).toEqual({ method: 'a', params: [] });
    expect(rpc.endpoint).toBe(good.url);
  });
});

describe('answers', () => {
  it('belong to their requests, in whatever order they come', async () => {
    const waiting: Ask[] = [];
    const slow = await node((ask) => {
      waiting.push(ask);
      if (waiting.length === 5) for (const one of waiting.reverse()) echo(one);
    });
    const rpc = client([slow.url]);
    const results = await Promise.all([1, 2, 3, 4, 5].map((number) => rpc.request('m', [number])));
    expect(results).toEqual([1, 2, 3, 4, 5].map((number) => ({ method: 'm', params: [number] })));
    expect(rpc.sent).toBe(5);
  });

  it('that are errors keep code, message, data and method', async () => {
    const angry = await node(({ fail }) =>
      fail({ code: 1010, message: 'Invalid Transaction', data: 'Stale' }),
    );
    const { error } = await failure(client([angry.url]).request('author_submitExtrinsic'));
    expect(error).toBeInstanceOf(RpcError);
    expect(error).toMatchObject({
      code: 1010,
      message: 'Invalid Transaction',
      data: 'Stale',
      method: 'author_submitExtrinsic',
    });
  });

  it('of any odd form end the request and nothing else', async () => {
    const odd: unknown[] = ['text', 7, [], { code: 'x', message: 5 }, {}, null];
    const strange = await node(({ earlier, fail, answer }) =>
      earlier < odd.length ? fail(odd[earlier]) : answer('fine'),
    );
    const rpc = client([strange.url], { timeoutMs: 10_000 });
    for (const [index] of odd.entries()) {
      const { error } = await failure(rpc.request('m'));
      expect(error, `case ${index}`).toBeInstanceOf(RpcError);
    }
    expect(await rpc.request('m')).toBe('fine');
    expect(strange.connections()).toBe(1);
  });

  it('that are no JSON-RPC at all end the request at once, with the endpoint’s name', async () => {
    const page = '<html><body>504 Gateway Time-out</body></html>';
    const garbage = [page, 'null', '[]', '7', '"x"', '{', '\u0000', '{}', Buffer.from([0xff, 0xfe, 0x00])];
    for (const text of garbage) {
      const noise = await node(({ socket }) => socket.send(text));
      const { error, ms } = await failure(client([noise.url], { timeoutMs: 30_000 }).request('m'));
      expect([error.code, error.exit], String(text)).toEqual(['ENDPOINT_ANSWER', 5]);
      expect(error.message).toContain(`${noise.url} answered with something that is not JSON-RPC`);
      expect(ms).toBeLessThan(3_000);
    }
  });

  it('of nobody’s request are not believed: the request runs into its time', async () => {
    const noise = await node(({ socket }) => {
      for (const text of ['', ' ', '{"id":99,"result":1}', '{"method":"x","params":[]}', '{"id":null}'])
        socket.send(text);
    });
    const { error, ms } = await failure(client([noise.url], { timeoutMs: 700 }).request('m'));
    expect([error.code, error.exit]).toEqual(['ENDPOINT_TIMEOUT', 5]);
    expect(ms).toBeLessThan(1_200);
  });

  it('in a form that some gateways give them are understood', async () => {
    const forms = [
      '\ufeff{"id":1,"result":"fine"}',
      '{"id":"1","result":"fine"}',
      '{"id":1,"result":"fine","error":null}\r\n',
    ];
    for (const text of forms) {
      const gateway = await node(({ socket }) => socket.send(text));
      expect(await client([gateway.url]).request('m'), text).toBe('fine');
    }
  });

  it('whatever bytes come, nothing is thrown outside a request', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.string(),
            fc.jsonValue().map((value) => JSON.stringify(value)),
          ),
          { maxLength: 5 },
        ),
        async (texts) => {
          const made = await scriptedNode(({ socket, answer }) => {
            for (const text of texts) socket.send(text);
            answer('end');
          });
          const rpc = new RpcClient({ endpoints: [made.url], timeoutMs: 2_000 });
          try {
            // Unless a text happens to be an answer to this request.
            await rpc.request('m').catch((error) => expect(error).toBeInstanceOf(Error));
          } finally {
            rpc.close();
            await made.close();
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('a lost connection', () => {
  it('repeats a read on a new connection, and a submission never', async () => {
    const flaky = await node(({ earlier, socket, answer }) =>
      earlier === 0 ? socket.terminate() : answer('fine'),
    );
    const rpc = client([flaky.url]);
    expect(await rpc.request('m')).toBe('fine');
    expect([flaky.asked.length, flaky.connections()]).toEqual([2, 2]);

    const deaf = await node(({ socket }) => socket.close());
    const { error } = await failure(client([deaf.url]).requestOnce('author_submitExtrinsic'));
    expect(error).toBeInstanceOf(ConnectionLost);
    expect(deaf.asked).toEqual(['author_submitExtrinsic']);
  });

  it('goes to the second endpoint when the first does not come back', async () => {
    const second = await node(echo);
    const first = await scriptedNode(() => void first.close());
    const rpc = client([first.url, second.url]);
    expect(await rpc.request('m')).toEqual({ method: 'm', params: [] });
    expect(rpc.endpoint).toBe(second.url);
  });

  it('is not repeated for ever', async () => {
    const hopeless = await node(({ socket }) => socket.terminate());
    const { error, ms } = await failure(client([hopeless.url]).request('m'));
    expect([error.code, error.exit]).toEqual(['ENDPOINT_UNREACHABLE', 5]);
    expect(hopeless.asked.length).toBe(3);
    expect(ms).toBeLessThan(2_000);
  });

  it('must pass the verification again, which no other endpoint makes up for', async () => {
    const wrong = new BursarError(4, 'WRONG_CHAIN', 'another chain');
    const good = await node(({ method, socket, answer }) =>
      method === 'cut' ? socket.terminate() : answer('good'),
    );
    const other = await node(({ answer }) => answer('bad'));
    let checked = 0;
    const rpc = client([good.url, other.url]);
    rpc.verifyEachConnection(async (request) => {
      checked++;
      if ((await request('who', [])) !== 'good') throw wrong;
    });
    expect(await rpc.request('m')).toBe('good');
    await failure(rpc.request('cut'));
    // Three tries of the read, each on a connection of its own.
    expect(checked).toBe(3);
    await good.close();
    const { error } = await failure(rpc.request('m'));
    expect(error).toBe(wrong);
    expect(other.asked).toEqual(['who']);
  });
});

describe('time and interruption', () => {
  it('an answer that is slow is waited for, one that is too slow is not', async () => {
    const slow = await node(({ answer, params }) => setTimeout(() => answer('late'), params[0] as number));
    const rpc = client([slow.url], { timeoutMs: 800 });
    expect(await rpc.request('m', [300])).toBe('late');
    const { error, ms } = await failure(rpc.request('m', [5_000]));
    expect([error.code, error.exit]).toEqual(['ENDPOINT_TIMEOUT', 5]);
    expect(error.message).toContain(' m ');
    expect(ms).toBeLessThan(700);
    // The time is over for everything, until more is allowed.
    expect((await failure(rpc.request('m', [0]))).error.code).toBe('ENDPOINT_TIMEOUT');
    rpc.allow(1_000);
    expect(await rpc.request('m', [10])).toBe('late');
  });

  it('allows more time than a timer can hold', async () => {
    const good = await node(({ answer }) => setTimeout(() => answer('fine'), 100));
    const rpc = client([good.url], { timeoutMs: 2 ** 40, connectMs: 1_000 });
    expect(await rpc.request('m')).toBe('fine');
  });

  it('an interruption ends whatever is under way, at once, with 130', async () => {
    const silent = await silentWebSocket();
    const tcp = await silentTcp();
    cleanup.push(silent.close, tcp.close);
    for (const url of [silent.url, tcp.url]) {
      const interrupt = new AbortController();
      const rpc = client([url], { timeoutMs: 30_000, signal: interrupt.signal });
      setTimeout(() => interrupt.abort(), 150);
      const { error, ms } = await failure(rpc.request('m'));
      expect([error.code, error.exit], url).toEqual(['INTERRUPTED', 130]);
      expect(ms).toBeLessThan(600);
      // And what comes later does not even begin.
      const later = await failure(rpc.request('m'));
      expect(later.error.code).toBe('INTERRUPTED');
      expect(later.ms).toBeLessThan(100);
    }
    const dead = await deadUrl();
    const interrupt = new AbortController();
    setTimeout(() => interrupt.abort(), 100);
    // Between two rounds of tries.
    const between = await failure(
      client([dead], { rounds: 50, timeoutMs: 30_000, signal: interrupt.signal }).request('m'),
    );
    expect(between.error.code).toBe('INTERRUPTED');
    expect(between.ms).toBeLessThan(500);
  });

  it('sleep ends with an interruption, before and during', async () => {
    const interrupt = new AbortController();
    const asleep = failure(sleep(10_000, interrupt.signal));
    interrupt.abort();
    expect((await asleep).error.code).toBe('INTERRUPTED');
    expect((await failure(sleep(10_000, interrupt.signal))).error.code).toBe('INTERRUPTED');
  });
});

describe('closing', () => {
  it('leaves no timer, no socket and no listener behind, whatever was under way', async () => {
    const silent = await silentWebSocket();
    const good = await node(echo);
    const tcp = await silentTcp();
    cleanup.push(silent.close, tcp.close);
    await new Promise((resolve) => setTimeout(resolve, 400));
    const before = handles();
    const interrupt = new AbortController();
    for (const url of [silent.url, good.url, tcp.url]) {
      const rpc = new RpcClient({ endpoints: [url], timeoutMs: 60_000, signal: interrupt.signal });
      const asked = failure(rpc.request('m').then(() => Promise.reject(new Error('answered'))));
      await new Promise((resolve) => setTimeout(resolve, 100));
      rpc.close();
      const { ms } = await (url === tcp.url
        ? Promise.race([asked, sleep(10).then(() => ({ ms: 0 }))])
        : asked);
      expect(ms).toBeLessThan(400);
      // A closed client stays closed.
      expect((await failure(rpc.request('m'))).error.code).toBe('ENDPOINT_UNREACHABLE');
      if (url === tcp.url) await asked.catch(() => {});
    }
    await tcp.close();
    for (const end = Date.now() + 3_000; (handles() > before || good.open() > 0) && Date.now() < end; )
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(handles()).toBeLessThanOrEqual(before);
    expect(good.open()).toBe(0);
    expect(getEventListeners(interrupt.signal, 'abort')).toHaveLength(0);
  });

  test('a peer that does not say goodbye is cut off', async () => {
    const rude = await node(({ socket, answer }) => {
      answer('fine');
      socket.close = () => {};
      socket.pause();
    });
    const rpc = client([rude.url]);
    expect(await rpc.request('m')).toBe('fine');
    const before = handles();
    rpc.close();
    for (const end = Date.now() + 2_000; handles() >= before && Date.now() < end; )
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(handles()).toBeLessThan(before);
  });
});
