import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Devnet, forkDevnet, startDevnet } from '../../devnet/index.js';
import { type Api, connect, devKey, RawSocket } from './support.js';

const NUMBER_KEY = '0x26aa394eea5630e07c48ae0c9558cef702a5c1b19ab7a04f536c519aca4983ac';

describe('a fork of a running chain', () => {
  let live: Devnet;
  let fork: Devnet;
  let api: Api;
  let socket: RawSocket;
  beforeAll(async () => {
    live = await startDevnet({ port: 0, mode: 'manual' });
    await live.advance({ blocks: 2 });
    fork = await forkDevnet({ url: live.url, port: 0, mode: 'manual' });
    [api, socket] = await Promise.all([connect(fork.url), RawSocket.open(fork.url)]);
  });
  afterAll(async () => {
    await api?.disconnect();
    socket?.close();
    await fork?.close();
    await live?.close();
  });

  it('has the live chain’s identity and state, and says what to beware of', async () => {
    expect(fork.genesisHash).toBe(live.genesisHash);
    expect(await fork.head()).toBe(34);
    expect(await socket.ask('system_properties')).toMatchObject({ tokenSymbol: 'UNIT', tokenDecimals: 10 });
    expect(fork.notes.join(' ')).toContain('genesis hash');
    const operator = live.accounts.operator!.address;
    expect((await api.query.staking!.ledger!(operator)).isSome).toBe(true);
    expect((await api.query.staking!.validators!.entries()).length).toBe(11);
    // An older block of the live chain, through the fork.
    const old = await socket.ask('chain_getBlockHash', [20]);
    expect(await socket.ask('state_getStorage', [NUMBER_KEY, old])).toBe('0x14000000');
  });

  it('takes a transaction of its own; the live chain does not move', async () => {
    const newcomer = await devKey('//Newcomer');
    const tx = api.tx.staking!.bond!(50n * 10n ** 10n, 'Staked');
    const nonce = await socket.ask('system_accountNextIndex', [newcomer.address]);
    await socket.ask('author_submitExtrinsic', [(await tx.signAsync(newcomer, { nonce, era: 16 })).toHex()]);
    await fork.newBlock();
    expect((await api.query.staking!.ledger!(newcomer.address)).isSome).toBe(true);
    expect(await fork.head()).toBe(35);
    expect(await live.head()).toBe(34);
    const { era } = await fork.advance({ eras: 1 });
    expect(era).toBe(6);
    expect(await live.chain.activeEra()).toBe(5);
  });

  it('refuses an immortal transaction, in words', async () => {
    const newcomer = await devKey('//Newcomer');
    const nonce = await socket.ask('system_accountNextIndex', [newcomer.address]);
    const immortal = await api.tx.system!.remark!('0x00').signAsync(newcomer, { nonce, era: 0 });
    const { error } = await socket.call('author_submitExtrinsic', [immortal.toHex()]);
    expect(error).toMatchObject({ code: 1010, data: expect.stringContaining('immortal') });
    expect(await socket.ask('author_pendingExtrinsics')).toEqual([]);
  });

  it('begins at a block by number or hash; one that is not there is refused', async () => {
    const early = await forkDevnet({ url: live.url, at: 10, port: 0 });
    expect(await early.head()).toBe(10);
    await early.close();
    await expect(forkDevnet({ url: live.url, at: 1_000 })).rejects.toMatchObject({
      exit: 2,
      code: 'FORK_BLOCK',
    });
    await expect(forkDevnet({ url: live.url, at: 'tomorrow' })).rejects.toMatchObject({
      exit: 2,
      code: 'FORK_BLOCK',
    });
    await expect(forkDevnet({ url: live.url, at: `0x${'ab'.repeat(32)}` })).rejects.toMatchObject({
      exit: 2,
    });
  });

  it('without the live chain it fails aloud and keeps its head', async () => {
    const lonely = await forkDevnet({ url: live.url, port: 0, mode: 'manual', timeoutMs: 5_000 });
    const head = await lonely.head();
    await live.close();
    await expect(lonely.newBlock()).rejects.toThrow();
    expect(await lonely.head()).toBe(head);
    await lonely.close();
  });
});

describe('an endpoint that does not serve', () => {
  const sockets = new Set<Socket>();
  const servers: Server[] = [];
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    for (const server of servers) await new Promise((resolve) => server.close(resolve));
  });
  const listening = async (onSocket: (socket: Socket) => void): Promise<number> => {
    const server = createServer((socket) => {
      sockets.add(socket);
      onSocket(socket);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    return (server.address() as { port: number }).port;
  };

  it.each(['ws', 'http'])(
    '%s: dead, silent or broken ends with exit 5 within the time limit',
    async (scheme) => {
      const silent = await listening(() => {});
      const broken = await listening((socket) => socket.end('hello\r\n\r\n'));
      for (const port of [1, silent, broken]) {
        const started = performance.now();
        await expect(
          forkDevnet({ url: `${scheme}://127.0.0.1:${port}`, timeoutMs: 700 }),
        ).rejects.toMatchObject({
          exit: 5,
          code: 'FORK_UNREACHABLE',
        });
        expect(performance.now() - started).toBeLessThan(3_000);
      }
    },
  );

  it('what is no address is a usage error', async () => {
    for (const url of ['', 'polkadot', 'ftp://host', 'ws://'])
      await expect(forkDevnet({ url })).rejects.toMatchObject({ exit: 2, code: 'FORK_URL' });
  });
});
