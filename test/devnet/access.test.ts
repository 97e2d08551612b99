/** Who may use the server, and how much of this process one client can take. */

import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { refusalOf } from '../../devnet/access.js';
import { Jobs, LIMITS, Outlet } from '../../devnet/connection.js';
import { type Devnet, startDevnet } from '../../devnet/index.js';
import { type RpcServer, serve } from '../../devnet/server.js';
import { RawSocket } from './support.js';

const headers = (...pairs: readonly (readonly [string, string])[]) => refusalOf({ rawHeaders: pairs.flat() });

describe('headers', () => {
  it.each([
    '127.0.0.1',
    '127.0.0.1:9944',
    'localhost',
    'LocalHost:1',
    '[::1]',
    '[::1]:9944',
    'localhost:65535',
  ])('Host %s is this machine', (host) => expect(headers(['Host', host])).toBeUndefined());

  it.each([
    '',
    'evil.example',
    'evil.example:9944',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil.example#localhost',
    'localhost:9944@evil.example',
    'user@localhost',
    'localhost:',
    'localhost:123456',
    '::1',
    '0.0.0.0:9944',
    '192.168.0.1',
    '2130706433',
    ' localhost',
    'localhost, evil.example',
  ])('Host %j is not', (host) => expect(headers(['host', host])).toContain('Host'));

  it('Host must be there, once', () => {
    expect(headers()).toContain('Host');
    expect(headers(['Host', 'localhost'], ['HOST', 'evil.example'])).toContain('Host');
    expect(headers(['X-Name', 'Host'], ['Host', 'localhost'])).toBeUndefined();
  });

  it.each(['http://localhost', 'http://localhost:3000', 'https://127.0.0.1:8443', 'http://[::1]:80'])(
    'a page of %s may',
    (origin) => expect(headers(['host', 'localhost'], ['origin', origin])).toBeUndefined(),
  );

  it.each([
    'null',
    '',
    'https://evil.example',
    'http://localhost.evil.example',
    'http://evil.example/http://localhost',
    'file://',
    'http://localhost:3000 ',
    'http://localhost, http://evil.example',
    'chrome-extension://abc',
    'ws://localhost',
  ])('a page of %j may not', (origin) =>
    expect(headers(['host', 'localhost'], ['origin', origin])).toContain('origins'),
  );

  it('a second Origin does not hide behind the first', () => {
    expect(
      headers(['host', 'localhost'], ['origin', 'http://localhost'], ['Origin', 'https://evil.example']),
    ).toContain('origins');
  });
});

let devnet: Devnet;
/** A second server on the same chain, with limits that a test can reach. */
let narrow: RpcServer;
beforeAll(async () => {
  devnet = await startDevnet({ port: 0, mode: 'manual' });
  narrow = await serve(devnet.chain, 0, {
    connections: 8,
    messageBytes: 20_000,
    subscriptions: 3,
    waiting: 50,
    pauseBytes: 64 * 1024,
    unreadBytes: 2 * 1024 * 1024,
    stallMs: 1_500,
  });
});
afterAll(async () => {
  await narrow?.close();
  await devnet?.close();
});

/** Sends bytes as they are and takes what comes back until the other end closes. */
function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => void socket.write(bytes));
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
      if (/^HTTP\/1\.1 (101|200)/.test(answer)) socket.destroy();
    });
    socket.on('close', () => resolve(answer.split('\r\n')[0]!));
    socket.on('error', reject);
  });
}

const BODY = '{"jsonrpc":"2.0","id":1,"method":"dev_newBlock"}';
const post = (lines: readonly string[]) =>
  `POST / HTTP/1.1\r\n${lines.join('\r\n')}\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`;
const upgrade = (lines: readonly string[]) =>
  `GET / HTTP/1.1\r\n${lines.join('\r\n')}\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AQIDBAUGBwgJCgsMDQ4PEA==\r\n\r\n`;

describe('a web page', () => {
  it.each([
    ['a foreign origin', ['Host: 127.0.0.1', 'Origin: https://evil.example']],
    ['a sandboxed frame', ['Host: 127.0.0.1', 'Origin: null']],
    ['a name that was pointed here', ['Host: evil.example', 'Origin: http://evil.example']],
    ['the same without an origin', ['Host: evil.example:9944']],
  ])('of %s does not drive the chain', async (_, lines) => {
    const before = await devnet.head();
    expect(await raw(devnet.port, upgrade(lines))).toBe('HTTP/1.1 403 Forbidden');
    expect(await raw(devnet.port, post(lines))).toBe('HTTP/1.1 403 Forbidden');
    expect(await devnet.head()).toBe(before);
  });

  it('of this machine, and a program, may', async () => {
    for (const lines of [['Host: localhost:1234'], ['Host: [::1]', 'Origin: http://localhost:3000']]) {
      const before = await devnet.head();
      expect(await raw(devnet.port, upgrade(lines))).toBe('HTTP/1.1 101 Switching Protocols');
      expect(await raw(devnet.port, post(lines))).toBe('HTTP/1.1 200 OK');
      expect(await devnet.head()).toBe(before + 1);
    }
  });
});

const closed = (socket: WebSocket): Promise<number> =>
  new Promise((resolve) => socket.once('close', (code) => resolve(code)));

describe('a client', () => {
  it('that leaves takes its work with it', async () => {
    const own = await RawSocket.open(devnet.url);
    const start = await devnet.head();
    own.send('{"jsonrpc":"2.0","id":1,"method":"dev_advance","params":[{"blocks":100000}]}');
    for (let id = 2; id < 200; id += 1)
      own.send(`{"jsonrpc":"2.0","id":${id},"method":"dev_newBlock","params":[{"count":1000}]}`);
    await expect.poll(() => devnet.head(), { timeout: 20_000 }).toBeGreaterThan(start + 1);
    own.close();
    // The chain is free for others at once: nobody waits behind blocks that nobody waits for.
    const other = await RawSocket.open(devnet.url);
    await expect
      .poll(
        async () => {
          const before = await devnet.head();
          const built = await other.ask('dev_advance', [{ blocks: 1 }]);
          return built.head.number - before;
        },
        { timeout: 20_000 },
      )
      .toBe(1);
    const quiet = await devnet.head();
    await other.ask('system_health');
    expect(await devnet.head()).toBe(quiet);
    other.close();
  });

  it('that leaves over HTTP too', async () => {
    const start = await devnet.head();
    const socket: Socket = connect(devnet.port, '127.0.0.1');
    const body = '{"jsonrpc":"2.0","id":1,"method":"dev_advance","params":[{"blocks":100000}]}';
    socket.write(`POST / HTTP/1.1\r\nHost: localhost\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    await expect.poll(() => devnet.head(), { timeout: 20_000 }).toBeGreaterThan(start);
    socket.destroy();
    await expect
      .poll(
        async () => {
          const before = await devnet.head();
          await devnet.newBlock();
          return (await devnet.head()) - before;
        },
        { timeout: 20_000 },
      )
      .toBe(1);
  });

  it('that does not read is dropped, and one that reads gets all', async () => {
    const deaf = new WebSocket(narrow.url);
    await new Promise((resolve) => deaf.once('open', resolve));
    const key = '0x3a636f6465';
    deaf.pause();
    for (let id = 0; id < 16; id += 1)
      deaf.send(`{"jsonrpc":"2.0","id":${id},"method":"state_getStorage","params":["${key}"]}`);
    const gone = closed(deaf);
    // Longer than a client has for it. While it is paused it cannot notice that it was dropped.
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    let answers = 0;
    deaf.on('message', () => {
      answers += 1;
    });
    deaf.resume();
    expect(await gone).toBe(1006);
    expect(answers).toBeLessThan(16);

    // Its answers together are far more than may be left unread.
    const patient = await serve(devnet.chain, 0, { pauseBytes: 64 * 1024, unreadBytes: 1024 * 1024 });
    const reader = await RawSocket.open(patient.url);
    const all = await Promise.all(Array.from({ length: 16 }, () => reader.ask('state_getStorage', [key])));
    expect(new Set(all.map((code) => code.length)).size).toBe(1);
    reader.close();
    await patient.close();
  });

  it('that does not read the news of its subscriptions is dropped at a number of bytes', async () => {
    let terminated = false;
    const socket = {
      OPEN: 1,
      readyState: 1,
      bufferedAmount: 0,
      send: (text: string) => {
        socket.bufferedAmount += text.length;
      },
      terminate: () => {
        terminated = true;
      },
    };
    const limits = { ...LIMITS, unreadBytes: 1_000 };
    const outlet = new Outlet(socket as unknown as WebSocket, limits, () => {});
    for (let at = 0; at < 11; at += 1) outlet.notify('x'.repeat(100));
    expect(terminated).toBe(false);
    outlet.notify('one more');
    expect(terminated).toBe(true);
    outlet.close();
  });

  it('that sends a batch without end gets one error', async () => {
    const own = await RawSocket.open(devnet.url);
    own.send(JSON.stringify(Array.from({ length: 1_001 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'x' }))));
    expect(await own.next(() => true)).toMatchObject({ id: null, error: { code: -32600 } });
    own.send(
      JSON.stringify(Array.from({ length: 200 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'system_name' }))),
    );
    expect(await own.next(Array.isArray)).toHaveLength(200);
    own.close();
  });

  it('that asks for more than can wait is dropped', async () => {
    const greedy = new WebSocket(narrow.url);
    await new Promise((resolve) => greedy.once('open', resolve));
    const gone = closed(greedy);
    for (let id = 0; id < 500; id += 1)
      greedy.send(`{"jsonrpc":"2.0","id":${id},"method":"dev_advance","params":[{"blocks":1000}]}`);
    expect(await gone).toBe(1006);
  });

  it('whose message is too long is told so, and dropped', async () => {
    const long = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'system_name',
      params: ['x'.repeat(30_000)],
    });
    const socket = new WebSocket(narrow.url);
    await new Promise((resolve) => socket.once('open', resolve));
    socket.send(long);
    expect(await closed(socket)).toBe(1009);
    const url = narrow.url.replace('ws:', 'http:');
    expect((await fetch(url, { method: 'POST', body: long })).status).toBe(413);
    const chunked = new ReadableStream({
      start(controller) {
        for (let at = 0; at < 3; at += 1) controller.enqueue(new TextEncoder().encode('y'.repeat(10_000)));
        controller.close();
      },
    });
    const sent = fetch(url, { method: 'POST', body: chunked, duplex: 'half' } as RequestInit);
    expect((await sent).status).toBe(413);
  });

  it('has so many subscriptions and no more', async () => {
    const own = await RawSocket.open(narrow.url);
    for (let at = 0; at < 3; at += 1) await own.ask('chain_subscribeNewHeads');
    expect((await own.call('chain_subscribeNewHeads')).error?.code).toBe(-32006);
    expect((await own.call('chain_subscribeFinalizedHeads')).error?.code).toBe(-32006);
    own.close();
    await expect.poll(() => devnet.chain.events.listenerCount('head')).toBe(0);
  });

  it('is one of so many', async () => {
    const open = await Promise.all(Array.from({ length: 8 }, () => RawSocket.open(narrow.url)));
    await expect(RawSocket.open(narrow.url)).rejects.toThrow();
    for (const one of open) one.close();
    await expect
      .poll(() =>
        RawSocket.open(narrow.url).then(
          (one) => one.close() ?? true,
          () => false,
        ),
      )
      .toBe(true);
  });
});

describe('jobs', () => {
  it('a few at once, in their order, and none after the client has left', async () => {
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    let open = true;
    const jobs = new Jobs({ ...LIMITS, inFlight: 2, waiting: 3 }, () => open);
    const job = (n: number) => ({
      bytes: 1,
      run: () => {
        begun.push(n);
        return new Promise<void>((resolve) => ends.push(resolve));
      },
    });
    expect([0, 1, 2, 3, 4].map((n) => jobs.add(job(n)))).toEqual([true, true, true, true, true]);
    expect(jobs.add(job(5))).toBe(false);
    expect(begun).toEqual([0, 1]);
    ends[0]!();
    await new Promise(setImmediate);
    expect(begun).toEqual([0, 1, 2]);
    open = false;
    ends[1]!();
    await new Promise(setImmediate);
    expect(begun).toEqual([0, 1, 2]);
    open = true;
    jobs.next();
    expect(begun).toEqual([0, 1, 2, 3]);
    jobs.forget();
    ends[2]!();
    ends[3]!();
    await new Promise(setImmediate);
    expect(begun).toEqual([0, 1, 2, 3]);
  });

  it('not more than so many bytes', () => {
    const jobs = new Jobs({ ...LIMITS, inFlight: 0, waitingBytes: 10 }, () => true);
    const run = async () => {};
    expect([jobs.add({ run, bytes: 6 }), jobs.add({ run, bytes: 6 })]).toEqual([true, false]);
  });
});
