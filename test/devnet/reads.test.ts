/** What a chain serves besides blocks and storage: proofs, the new JSON-RPC specification, old states, names. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packed, unpacked } from '../../devnet/archive.js';
import { type Devnet, forkDevnet, startDevnet } from '../../devnet/index.js';
import { decodeHeader, fromHex, type Hex, hostCrypto, Proof, toHex } from '../../src/lib/host/index.js';
import { RawSocket } from './support.js';

const NUMBER_KEY = '0x26aa394eea5630e07c48ae0c9558cef702a5c1b19ab7a04f536c519aca4983ac';
const ACCOUNTS = '0x26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9';

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

describe('read proofs', () => {
  it('prove a value, and that there is none, against the root in the header', async () => {
    const { hash } = await devnet.newBlock();
    const absent = '0x26aa394eea5630e07c48ae0c9558cef702a5c1b19ab7a04f536c519aca4983ad';
    const { at, proof } = await socket.ask('state_getReadProof', [[NUMBER_KEY, absent], hash]);
    expect(at).toBe(hash);
    const { stateRoot, number } = await socket.ask('chain_getHeader', [hash]);
    const { blake2_256 } = await hostCrypto();
    const checked = new Proof(fromHex(stateRoot), proof.map(fromHex), blake2_256);
    expect(Buffer.from(checked.read(NUMBER_KEY) as Uint8Array).readUInt32LE()).toBe(Number(number));
    expect(checked.read(absent)).toBeUndefined();
    // Nodes, not the state.
    expect(JSON.stringify(proof).length).toBeLessThan(20_000);
  });

  it('a header’s hash is that of its bytes, the parent’s in the next', async () => {
    const { hash } = await devnet.newBlock();
    const header = await socket.ask('archive_v1_header', [hash]);
    const { blake2_256 } = await hostCrypto();
    expect(toHex(blake2_256(fromHex(header)))).toBe(hash);
    expect(decodeHeader(fromHex(header)).stateRoot).not.toBe(`0x${'00'.repeat(32)}`);
    const next = await devnet.newBlock();
    expect((await socket.ask('chain_getHeader', [next.hash])).parentHash).toBe(hash);
  });
});

describe('old blocks', () => {
  it('keep their state when it is no longer in memory', async () => {
    const value = async (n: number) =>
      Buffer.from(
        fromHex(
          await socket.ask('state_getStorage', [NUMBER_KEY, await socket.ask('chain_getBlockHash', [n])]),
        ),
      ).readUInt32LE();
    const roots = new Map<number, string>();
    const start = await devnet.head();
    await devnet.advance({ blocks: 200 });
    for (const n of [start + 1, start + 50, 33, 0, start + 199]) {
      const hash = await socket.ask('chain_getBlockHash', [n]);
      if (n > 0) expect(await value(n)).toBe(n);
      const { stateRoot } = await socket.ask('chain_getHeader', [hash]);
      const { proof } = await socket.ask('state_getReadProof', [[NUMBER_KEY], hash]);
      const { blake2_256 } = await hostCrypto();
      // The state that was made again has the root of the header.
      expect(() =>
        new Proof(fromHex(stateRoot), proof.map(fromHex), blake2_256).read(NUMBER_KEY),
      ).not.toThrow();
      roots.set(n, stateRoot);
    }
    expect(new Set(roots.values()).size).toBe(5);
  });

  it('their changes come back from the packed form', () => {
    const changes = {
      main: new Map<Hex, Uint8Array | null>([
        ['0x01', Uint8Array.of(1, 2)],
        ['0x02', null],
        ['0x0303', new Uint8Array(0)],
      ]),
      children: new Map([['0xaa' as Hex, new Map<Hex, Uint8Array | null>([['0x', Uint8Array.of(9)]])]]),
    };
    expect(unpacked(packed(changes))).toEqual(changes);
  });
});

describe('the new specification', () => {
  it('names the chain', async () => {
    expect(await socket.ask('chainSpec_v1_chainName')).toBe('bursar devnet');
    expect(await socket.ask('chainSpec_v1_genesisHash')).toBe(devnet.genesisHash);
    expect(await socket.ask('chainSpec_v1_properties')).toMatchObject({ tokenSymbol: 'UNIT' });
  });

  it('archive: blocks by height, bodies, calls, storage', async () => {
    const head = await devnet.head();
    const [hash] = await socket.ask('archive_v1_hashByHeight', [head]);
    expect(await socket.ask('archive_v1_hashByHeight', [head + 1])).toEqual([]);
    expect(await socket.ask('archive_v1_finalizedHeight')).toBe(head);
    expect((await socket.ask('archive_v1_body', [hash])).length).toBe(1);
    const version = await socket.ask('archive_v1_call', [hash, 'Core_version', '0x']);
    expect(version).toMatchObject({ success: true, value: expect.stringMatching(/^0x/) });
    expect(await socket.ask('archive_v1_call', [hash, 'No_such', '0x'])).toMatchObject({ success: false });
    const unknown = `0x${'ab'.repeat(32)}`;
    for (const method of ['archive_v1_header', 'archive_v1_body', 'archive_v1_call'])
      expect(await socket.ask(method, [unknown, 'Core_version', '0x'])).toBeNull();
    const items = [
      { key: NUMBER_KEY, type: 'value' },
      { key: ACCOUNTS, type: 'descendantsHashes' },
    ];
    const id = await socket.ask('archive_v1_storage', [hash, items]);
    await socket.next((m) => m.params?.subscription === id && m.params.result.event === 'storageDone');
    const events = socket.received.filter((m) => m.params?.subscription === id).map((m) => m.params.result);
    expect(events[0]).toMatchObject({
      event: 'storage',
      key: NUMBER_KEY,
      value: expect.stringMatching(/^0x/),
    });
    expect(events.filter((event) => event.hash !== undefined).length).toBeGreaterThan(50);
    expect((await socket.call('archive_v1_storage', [hash, [{ key: 'x' }]])).error?.code).toBe(-32602);
  });

  it('chainHead: follows, and answers operations as events', async () => {
    const own = await RawSocket.open(devnet.url);
    const id = await own.ask('chainHead_v1_follow', [true]);
    const event = (name: string, operationId?: string) =>
      own
        .next(
          (m) =>
            m.params?.subscription === id &&
            m.params.result.event === name &&
            (operationId === undefined || m.params.result.operationId === operationId),
        )
        .then((m) => m.params.result);
    expect(await event('initialized')).toMatchObject({
      finalizedBlockHashes: [await own.ask('chain_getFinalizedHead')],
      finalizedBlockRuntime: { type: 'valid', spec: { specName: 'bursar-devnet' } },
    });
    const { hash } = await devnet.newBlock();
    expect((await event('newBlock')).blockHash).toBe(hash);
    expect((await event('finalized')).finalizedBlockHashes).toEqual([hash]);
    const start = async (method: string, ...params: unknown[]) =>
      (await own.ask(method, [id, hash, ...params])).operationId;
    const called = await start('chainHead_v1_call', 'Core_version', '0x');
    expect((await event('operationCallDone', called)).output).toMatch(/^0x/);
    const failed = await start('chainHead_v1_call', 'No_such', '0x');
    expect((await event('operationError', failed)).error).toMatch(/no such method/);
    const body = await start('chainHead_v1_body');
    expect((await event('operationBodyDone', body)).value.length).toBe(1);
    const read = await start('chainHead_v1_storage', [
      { key: NUMBER_KEY, type: 'value' },
      { key: ACCOUNTS, type: 'closestDescendantMerkleValue' },
    ]);
    await event('operationStorageDone', read);
    const items = own.received
      .filter((m) => m.params?.result?.operationId === read && m.params.result.items)
      .flatMap((m) => m.params.result.items);
    expect(items[0].value).toMatch(/^0x/);
    expect(items[1].closestDescendantMerkleValue).toMatch(/^0x[0-9a-f]{64}$/);
    await own.ask('chainHead_v1_unfollow', [id]);
    expect((await own.ask('chainHead_v1_call', [id, hash, 'Core_version', '0x'])).result).toBe(
      'limitReached',
    );
    own.close();
  });

  it('child tries that are not there have no keys', async () => {
    const child = `0x${Buffer.from(':child_storage:default:x').toString('hex')}`;
    expect(await socket.ask('childstate_getStorage', [child, '0x01'])).toBeNull();
    expect(await socket.ask('childstate_getKeysPaged', [child, '0x', 10, null])).toEqual([]);
    expect((await socket.call('childstate_getStorage', ['0x1234', '0x01'])).error?.code).toBe(-32602);
  });

  it('the runtime’s version is followed: it comes once', async () => {
    const own = await RawSocket.open(devnet.url);
    const id = await own.ask('state_subscribeRuntimeVersion');
    const first = await own.next((m) => m.params?.subscription === id);
    expect(first.params.result).toMatchObject({ specName: 'bursar-devnet', stateVersion: 1 });
    await devnet.advance({ blocks: 3 });
    expect(own.received.filter((m) => m.params?.subscription === id).length).toBe(1);
    own.close();
  });
});

describe('storage by names', () => {
  it('takes items and maps by the metadata’s names, and refuses what is none', async () => {
    const newcomer = devnet.accounts.newcomer!.address;
    await devnet.newBlock();
    await devnet.chain.setStorage({
      System: { Account: [[[newcomer], { nonce: 7, data: { free: '12345678901234' } }]] },
      Sudo: { Key: newcomer },
    });
    expect(await devnet.chain.nextNonce(fromHex(devnet.accounts.newcomer!.publicKey))).toBe(7);
    for (const wrong of [
      { NoPallet: {}, x: { y: 1 } },
      { Staking: { Nothing: 1 } },
      [['0x1', '0x']],
      'text',
      [['0x01', 5]],
    ])
      expect((await socket.call('dev_setStorage', [wrong])).error?.code).toBe(-32602);
    await devnet.chain.setStorage({ Identity: { $removePrefix: ['IdentityOf'] } });
    await devnet.newBlock();
  });
});

describe('a fork', () => {
  it('has no read proofs, and says so', async () => {
    const fork = await forkDevnet({ url: devnet.url, port: 0, mode: 'manual' });
    const own = await RawSocket.open(fork.url);
    const { error } = await own.call('state_getReadProof', [[NUMBER_KEY]]);
    expect(error).toMatchObject({
      code: 4003,
      message: expect.stringContaining('a fork has no read proofs'),
    });
    own.close();
    await fork.close();
  });
});
