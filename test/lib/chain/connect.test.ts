import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, test } from 'vitest';
import { type Devnet, startDevnet } from '../../../devnet/index.js';
import { type ConnectOptions, connect, type OpenChain } from '../../../src/lib/chain/connect.js';
import { BursarError } from '../../../src/lib/errors.js';
import { forgeMetadata } from '../../support/metadata.js';
import {
  deadUrl,
  type Fault,
  FaultyProxy,
  renamePallet,
  silentTcp,
  silentWebSocket,
} from '../../support/proxy.js';

let devnet: Devnet;
let proxy: FaultyProxy;
let cacheDir: string;
const chains: OpenChain[] = [];

beforeAll(async () => {
  devnet = await startDevnet({ port: 0 });
  proxy = await FaultyProxy.start(devnet.url);
  cacheDir = mkdtempSync(join(tmpdir(), 'bursar-cache-'));
  // Metadata is half a megabyte: read once for the tests that are not about it.
  await (await connect({ endpoints: [devnet.url], timeoutMs: 20_000, cacheDir })).close();
});
afterEach(async () => {
  for (const chain of chains.splice(0)) await chain.close();
  proxy.reset();
});
afterAll(async () => {
  await proxy?.close();
  await devnet?.close();
  if (cacheDir) rmSync(cacheDir, { recursive: true, force: true });
});

async function open(options: Partial<ConnectOptions> = {}): Promise<OpenChain> {
  const chain = await connect({ endpoints: [proxy.url], timeoutMs: 10_000, cacheDir, ...options });
  chains.push(chain);
  return chain;
}
async function refusal(run: () => Promise<unknown>): Promise<BursarError> {
  const error = await run().then(
    () => new Error('It was not refused.'),
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(BursarError);
  return error;
}
const alter = (value: unknown): Fault => ({ kind: 'alter', with: () => value });

describe('an open chain', () => {
  it('is what it says: identity, token, one finalized block', async () => {
    const chain = await open({ expect: { genesisHash: devnet.genesisHash, specName: 'bursar-devnet' } });
    expect(chain.identity).toMatchObject({
      genesisHash: devnet.genesisHash,
      specName: 'bursar-devnet',
      specVersion: expect.any(Number),
    });
    expect(chain.token).toEqual({ symbol: 'UNIT', decimals: 10, ss58Prefix: 42 });
    expect(chain.reference.number).toBe(await devnet.head());
    expect(new Date(chain.reference.timestamp).getUTCFullYear()).toBeGreaterThanOrEqual(2026);
    expect(chain.requests).toBe(0);
    expect(chain.endpoint).toBe(proxy.url);
  });

  it('takes the token from the configuration where that knows better', async () => {
    const { token } = await open({ token: { symbol: 'DOT', ss58Prefix: 0 } });
    expect(token).toEqual({ symbol: 'DOT', decimals: 10, ss58Prefix: 0 });
  });

  it('makes do without what nodes may refuse to say', async () => {
    proxy.on('system_properties', { kind: 'error', code: -32601, message: 'Method not found' });
    proxy.on('system_chain', { kind: 'error', code: -32601, message: 'Method not found' });
    const { token, identity } = await open();
    expect(token).toEqual({ symbol: 'planck', decimals: 0, ss58Prefix: 42, undenominated: 'its token' });
    expect(identity.name).toBe('');
  });

  it('reads many values in one request, each key once', async () => {
    const chain = await open();
    const { address } = devnet.accounts.operator!;
    const query = { pallet: 'System', item: 'Account', keys: [address] };
    const [one, two, none, ledger] = await chain.read([
      query,
      query,
      { pallet: 'Staking', item: 'Ledger', keys: [devnet.accounts.newcomer!.address] },
      { pallet: 'Staking', item: 'Ledger', keys: [address] },
    ]);
    expect(one).toEqual(two);
    expect(none).toBeNull();
    expect(ledger).toMatchObject({ stash: address });
    expect(chain.requests).toBe(1);
    expect(await chain.read([])).toEqual([]);
  });

  it('reads whole maps, over several pages of keys', async () => {
    const chain = await open();
    const accounts = await chain.entries({ pallet: 'System', item: 'Account' });
    expect(accounts.length).toBeGreaterThan(40);
    expect(accounts.map(({ keys }) => keys[0])).toContain(devnet.accounts.operator!.address);
    expect(new Set(accounts.map(({ keys }) => keys[0])).size).toBe(accounts.length);
  });

  it('keeps its reference block while the chain goes on, until it is refreshed', async () => {
    const chain = await open();
    const before = chain.reference;
    await devnet.advance({ blocks: 2 });
    expect(chain.reference).toEqual(before);
    const now = async () => (await chain.read([{ pallet: 'Timestamp', item: 'Now' }]))[0];
    expect(await now()).toBe(BigInt(before.timestamp));
    await chain.refresh();
    expect(chain.reference.number).toBe(before.number + 2);
    expect(await now()).toBe(BigInt(chain.reference.timestamp));
  });

  it('does not go on with facts of two runtimes', async () => {
    const chain = await open();
    proxy.on('state_getRuntimeVersion', {
      kind: 'alter',
      with: (version) => ({ ...(version as object), specVersion: 999 }),
    });
    const { code, exit } = await refusal(() => chain.refresh());
    expect([code, exit]).toEqual(['RUNTIME_UPGRADED', 5]);
  });

  it('reads the events of a block with the metadata of the runtime that made them', async () => {
    const chain = await open();
    const { hash } = await devnet.newBlock();
    expect(await chain.runtimeOf(hash)).toBe(chain.runtime);
    const events = await chain.events(hash);
    expect(events.some(({ event }) => event.name === 'System.ExtrinsicSuccess')).toBe(true);

    // The block's parent had another version: its metadata is asked for, at the parent.
    const other = await devnet.newBlock();
    const asked: unknown[] = [];
    proxy.on('state_getRuntimeVersion', {
      kind: 'alter',
      with: (version) => ({ ...(version as object), specVersion: 999 }),
    });
    // Only listens.
    proxy.on('state_call', { kind: 'delay', ms: 0 }, { when: (params) => asked.push(params) < 0 });
    forgeMetadata(proxy, ({ body }) => {
      const system = body.pallets.find((pallet: { name: unknown }) => String(pallet.name) === 'System');
      const version = system.constants.find((one: { name: unknown }) => String(one.name) === 'Version');
      // RuntimeVersion: two names, then authoring version and spec version.
      const bytes = Buffer.from(version.value.toU8a(true));
      bytes.writeUInt32LE(999, (1 + bytes[0]! / 4) * 2 + 4);
      version.set('value', body.registry.createType('Bytes', `0x${bytes.toString('hex')}`));
    });
    const runtime = await chain.runtimeOf(other.hash);
    expect(runtime).not.toBe(chain.runtime);
    expect(await chain.runtimeOf(other.hash)).toBe(runtime);
    expect(asked).toEqual([['Metadata_metadata_at_version', '0x0f000000', hash]]);
    expect(runtime.constant('System', 'Version')).toMatchObject({ specVersion: 999 });
    expect((await chain.events(other.hash)).length).toBeGreaterThan(0);
  });
});

describe('the wrong chain', () => {
  it('ends with 4, by genesis or by name, whatever other endpoints are', async () => {
    const wrong = `0x${'00'.repeat(32)}`;
    const byGenesis = await refusal(() =>
      open({ endpoints: [proxy.url, devnet.url], expect: { genesisHash: wrong } }),
    );
    expect([byGenesis.code, byGenesis.exit]).toEqual(['WRONG_CHAIN', 4]);
    expect(byGenesis.message).toContain(devnet.genesisHash);
    expect(byGenesis.message).toContain(wrong);
    const bySpec = await refusal(() => open({ expect: { specName: 'statemint' } }));
    expect([bySpec.code, bySpec.exit]).toEqual(['WRONG_CHAIN', 4]);
    // Hex is hex.
    await open({ expect: { genesisHash: `0x${devnet.genesisHash.slice(2).toUpperCase()}` } });
  });

  it('behind the same address after a lost connection is not read from', async () => {
    const chain = await open();
    proxy.on('state_queryStorageAt', { kind: 'dropBefore' }, { times: 1 });
    proxy.on('chain_getBlockHash', alter(`0x${'11'.repeat(32)}`));
    const read = () => chain.read([{ pallet: 'Timestamp', item: 'Now' }]);
    const { code, exit } = await refusal(read);
    expect([code, exit]).toEqual(['WRONG_CHAIN', 4]);
    expect(proxy.count('state_queryStorageAt')).toBe(1);
  });

  it('without a pallet says which', async () => {
    renamePallet(proxy, 'Staking', 'Stoking');
    const chain = await open({ cacheDir: mkdtempSync(join(cacheDir, 'none-')) });
    expect(chain.hasPallet('Staking')).toBe(false);
    const { code, exit, message } = await refusal(() =>
      chain.read([{ pallet: 'Staking', item: 'ActiveEra' }]),
    );
    expect([code, exit]).toEqual(['PALLET_MISSING', 4]);
    expect(message).toContain('Staking');
  });
});

describe('several endpoints', () => {
  it('the first that answers is used: dead and silent ones are passed over', async () => {
    const silent = await silentWebSocket();
    const tcp = await silentTcp();
    const dead = await deadUrl();
    try {
      const began = performance.now();
      const chain = await open({ endpoints: [dead, tcp.url, silent.url, devnet.url], timeoutMs: 6_000 });
      expect(chain.endpoint).toBe(devnet.url);
      expect(performance.now() - began).toBeLessThan(6_000);
    } finally {
      await silent.close();
      await tcp.close();
    }
  });

  it('one that answers nonsense is passed over, too', async () => {
    proxy.on('chain_getBlockHash', alter({ no: 'hash' }));
    expect((await open({ endpoints: [proxy.url, devnet.url] })).endpoint).toBe(devnet.url);
  });
});

describe('another endpoint, after connecting', () => {
  const pruned: Fault = { kind: 'error', code: 4003, message: 'State already discarded for 0x12' };
  const now = (chain: OpenChain) => chain.read([{ pallet: 'Timestamp', item: 'Now' }]);
  let second: FaultyProxy;
  beforeAll(async () => {
    second = await FaultyProxy.start(devnet.url);
  });
  afterEach(() => void second.reset());
  afterAll(() => second.close());
  const both = () => open({ endpoints: [proxy.url, second.url] });

  it('is asked for the same block, though the chain has gone on', async () => {
    const chain = await both();
    const { hash, number, timestamp } = chain.reference;
    await devnet.advance({ blocks: 2 });
    proxy.on('state_queryStorageAt', pruned);
    const heights: unknown[] = [];
    const blocks: unknown[] = [];
    second
      .on('chain_getBlockHash', { kind: 'delay', ms: 0 }, { when: ([at]) => heights.push(at) > 0 })
      .on('state_queryStorageAt', { kind: 'delay', ms: 0 }, { when: ([, at]) => blocks.push(at) > 0 });
    expect(await now(chain)).toEqual([BigInt(timestamp)]);
    expect(chain.endpoint).toBe(second.url);
    expect(heights).toEqual([0, number]);
    expect(blocks).toEqual([hash]);
  });

  it('must be of the same chain, have the same block there and the same runtime', async () => {
    const wrong = (value: unknown, height: 'genesis' | 'reference') =>
      second.on(
        'chain_getBlockHash',
        { kind: 'alter', with: () => value },
        { when: ([at]) => (at === 0) === (height === 'genesis') },
      );
    const cases: readonly (readonly [() => unknown, string, number, string])[] = [
      [() => wrong(`0x${'11'.repeat(32)}`, 'genesis'), 'WRONG_CHAIN', 4, 'is another chain'],
      [() => wrong(`0x${'22'.repeat(32)}`, 'reference'), 'STATE_PRUNED', 5, 'has another block'],
      [
        () =>
          second.on('state_getRuntimeVersion', {
            kind: 'alter',
            with: (version) => ({ ...(version as object), specVersion: 999 }),
          }),
        'STATE_PRUNED',
        5,
        'has the runtime bursar-devnet 999',
      ],
    ];
    for (const [lie, code, exit, words] of cases) {
      const chain = await both();
      proxy.reset().on('state_queryStorageAt', pruned);
      second.reset();
      lie();
      const error = await refusal(() => now(chain));
      expect([error.code, error.exit]).toEqual([code, exit]);
      expect(error.message).toContain(second.url);
      expect(error.message).toContain(words);
      // Nothing was read from it.
      expect(second.count('state_queryStorageAt')).toBe(0);
      proxy.reset();
    }
  });

  it('that is behind is waited for', async () => {
    const chain = await both();
    proxy.on('state_queryStorageAt', pruned);
    second.on('chain_getBlockHash', alter(null), { times: 2, when: ([at]) => at !== 0 });
    expect(await now(chain)).toEqual([BigInt(chain.reference.timestamp)]);
    expect(second.count('chain_getBlockHash')).toBe(4);
  });

  it('answers when the first falls silent, limits its callers or loses its head while connecting', async () => {
    const limit: Fault = { kind: 'error', code: -32029, message: 'rate limit' };
    const faults: readonly (readonly [string, Fault])[] = [
      ['chain_getHeader', alter(null)],
      ['chain_getHeader', limit],
      ['state_getRuntimeVersion', { kind: 'swallow' }],
      ['state_getStorage', pruned],
      ['state_getStorage', { kind: 'dropBefore' }],
    ];
    for (const [method, fault] of faults) {
      proxy.reset().on(method, fault);
      const chain = await open({ endpoints: [proxy.url, second.url], timeoutMs: 4_000 });
      expect(chain.endpoint, method).toBe(second.url);
      expect(await now(chain)).toEqual([BigInt(chain.reference.timestamp)]);
    }
  });

  it('does not take the reference block back', async () => {
    const chain = await both();
    await devnet.advance({ blocks: 1 });
    const older = chain.reference;
    await chain.refresh();
    const newer = chain.reference;
    expect(newer.number).toBe(older.number + 1);
    proxy.on('chain_getFinalizedHead', alter(older.hash));
    await chain.refresh();
    expect(chain.reference).toEqual(newer);
  });
});

describe('answers that cannot be', () => {
  const cases: [string, string, unknown, string, number][] = [
    ['a genesis hash', 'chain_getBlockHash', 7, 'ENDPOINT_UNREACHABLE', 5],
    ['no genesis', 'chain_getBlockHash', null, 'ENDPOINT_UNREACHABLE', 5],
    ['a finalized hash', 'chain_getFinalizedHead', '0x12', 'ENDPOINT_UNREACHABLE', 5],
    ['properties', 'system_properties', { tokenDecimals: '10; DROP' }, 'ENDPOINT_ANSWER', 5],
    ['decimals', 'system_properties', { tokenDecimals: -3 }, 'ENDPOINT_ANSWER', 5],
    ['a prefix', 'system_properties', { ss58Format: 1.5 }, 'ENDPOINT_ANSWER', 5],
    ['no header', 'chain_getHeader', null, 'BLOCK_GONE', 5],
    ['a header', 'chain_getHeader', {}, 'ENDPOINT_ANSWER', 5],
    ['a height', 'chain_getHeader', { number: 'x' }, 'ENDPOINT_ANSWER', 5],
    ['a time that is none', 'state_getStorage', `0x${'ff'.repeat(8)}`, 'ENDPOINT_ANSWER', 5],
    ['no version', 'state_getRuntimeVersion', null, 'ENDPOINT_ANSWER', 5],
    ['a version', 'state_getRuntimeVersion', { specName: 'x', specVersion: '1' }, 'ENDPOINT_ANSWER', 5],
    ['a timestamp', 'state_getStorage', '0x12', 'ENDPOINT_ANSWER', 5],
    ['a code hash', 'state_getStorageHash', '0x12', 'ENDPOINT_ANSWER', 5],
    [
      'another runtime than the metadata’s',
      'state_getRuntimeVersion',
      { specName: 'x', specVersion: 1, transactionVersion: 1 },
      'ENDPOINT_ANSWER',
      5,
    ],
  ];
  it.each(cases)('%s', async (_name, method, value, code, exit) => {
    proxy.on(method, alter(value));
    const error = await refusal(() => open());
    expect([error.code, error.exit]).toEqual([code, exit]);
    expect(error.message).toContain(proxy.url);
    expect(error.hint).toBeTruthy();
  });

  it('a header of another block: by its number transactions would expire', async () => {
    proxy.on('chain_getHeader', {
      kind: 'alter',
      with: (header) => ({ ...(header as object), number: '0x1234' }),
    });
    const error = await refusal(() => open());
    expect([error.code, error.exit]).toEqual(['ENDPOINT_ANSWER', 5]);
    expect(error.message).toContain('another block');
    // A chain whose headers have fields of their own is not judged by the hash of the usual ones.
    proxy.reset().on('chain_getHeader', {
      kind: 'alter',
      with: (header) => ({ ...(header as object), extension: {} }),
    });
    await open();
  });

  test.each([
    ['nonsense', '0x1234', 'METADATA_UNSUPPORTED', 4],
    ['cut off', `0x01${'ff'.repeat(40)}`, 'ENDPOINT_ANSWER', 5],
    ['no text', 7, 'ENDPOINT_ANSWER', 5],
  ])('metadata that is %s', async (_name, value, code, exit) => {
    proxy.on('state_call', alter(value));
    proxy.on('state_getMetadata', alter('0x00'));
    const error = await refusal(() => open({ cacheDir: mkdtempSync(join(cacheDir, 'none-')) }));
    expect([error.code, error.exit]).toEqual([code, exit]);
  });

  it('to a read: no values, other keys, bytes of another type', async () => {
    const chain = await open();
    const values: unknown[] = [
      null,
      [],
      {},
      [null],
      [{}],
      [{ changes: null }],
      [{ changes: [['0x00', '0x00']] }],
      [{ changes: 7 }],
    ];
    for (const value of values) {
      proxy.reset().on('state_queryStorageAt', alter(value));
      const error = await refusal(() => chain.read([{ pallet: 'Timestamp', item: 'Now' }]));
      expect([error.code, error.exit], JSON.stringify(value)).toEqual(['ENDPOINT_ANSWER', 5]);
    }
    proxy.reset().on('state_queryStorageAt', {
      kind: 'alter',
      with: (_, [keys]) => [{ changes: (keys as string[]).map((key) => [key, '0xff']) }],
    });
    const events = await refusal(() => chain.events(chain.reference.hash));
    expect([events.code, events.exit]).toEqual(['ENDPOINT_ANSWER', 5]);
  });

  it('that are errors, with the node’s own words; a pruned block says what to do', async () => {
    const chain = await open();
    const read = () => chain.read([{ pallet: 'Timestamp', item: 'Now' }]);
    proxy.on('state_queryStorageAt', { kind: 'error', code: -32603, message: 'Internal', data: { a: 1 } });
    const odd = await refusal(read);
    expect([odd.code, odd.exit]).toEqual(['ENDPOINT_ANSWER', 5]);
    expect(odd.message).toContain('{"a":1}');
    proxy.reset().on('state_queryStorageAt', {
      kind: 'error',
      code: 4003,
      message: 'Client error: State already discarded for 0x00',
    });
    const pruned = await refusal(read);
    expect([pruned.code, pruned.exit]).toEqual(['STATE_PRUNED', 5]);
    expect(pruned.hint).toContain('archive');
  });
});

describe('the metadata cache', () => {
  const asked = () => proxy.count('state_call') + proxy.count('state_getMetadata');

  it('is filled once and used then; a damaged one is replaced', async () => {
    const directory = join(cacheDir, 'fresh');
    await open({ cacheDir: directory });
    expect(asked()).toBe(1);
    proxy.reset();
    await open({ cacheDir: directory });
    expect(asked()).toBe(0);
    const names = readdirSync(directory).sort();
    expect(names.map((name) => name.split('.').pop()).sort()).toEqual(['json', 'metadata']);
    for (const name of names) {
      const whole = readFileSync(join(directory, name));
      for (const damage of [
        '',
        'x',
        whole.subarray(0, -1),
        whole.subarray(0, 1_000 % whole.length),
        `${whole}{`,
      ]) {
        proxy.reset();
        writeFileSync(join(directory, name), damage);
        const chain = await open({ cacheDir: directory });
        expect(asked(), `${name}: ${damage.length} characters`).toBe(1);
        expect(chain.hasPallet('Staking')).toBe(true);
        expect(readFileSync(join(directory, name)).equals(whole)).toBe(true);
      }
    }
    expect(readdirSync(directory).sort()).toEqual(names);
  });

  it('serves another endpoint only when two guarded ones have served the same', async () => {
    const directory = join(cacheDir, 'shared');
    const expectations = { genesisHash: devnet.genesisHash };
    const third = await FaultyProxy.start(devnet.url);
    await open({ cacheDir: directory, expect: expectations });
    await open({ cacheDir: directory, expect: expectations, endpoints: [devnet.url] });
    const chain = await open({ cacheDir: directory, endpoints: [third.url] });
    expect(third.count('state_call')).toBe(0);
    expect(chain.trust.metadata).toMatchObject({ rivals: [], lacks: [] });
    await third.close();
  });

  it('is not asked where the runtime’s code is another', async () => {
    const directory = join(cacheDir, 'code');
    await open({ cacheDir: directory });
    proxy.reset().on('state_getStorageHash', alter(`0x${'cd'.repeat(32)}`));
    const chain = await open({ cacheDir: directory });
    expect(asked()).toBe(1);
    const { code } = await refusal(async () => {
      proxy.reset();
      await chain.refresh();
    });
    expect(code).toBe('RUNTIME_UPGRADED');
  });

  it('is not used with an endpoint that does not say which code it runs', async () => {
    const directory = join(cacheDir, 'silent');
    proxy.on('state_getStorageHash', { kind: 'error', code: -32601, message: 'Method not found' });
    await open({ cacheDir: directory });
    await open({ cacheDir: directory });
    expect(asked()).toBe(2);
  });

  it('that cannot be written stops nothing', async () => {
    const file = join(cacheDir, 'a-file');
    writeFileSync(file, '');
    expect((await open({ cacheDir: join(file, 'below') })).hasPallet('Staking')).toBe(true);
    expect((await open({ cacheDir: undefined as never })).hasPallet('Staking')).toBe(true);
  });
});

test('a failed connection does not wait for the answers that are still to come', async () => {
  proxy.on('chain_getHeader', { kind: 'error', code: 1, message: 'no' });
  proxy.on('state_getRuntimeVersion', { kind: 'swallow' });
  const began = performance.now();
  const { code } = await refusal(() => open({ timeoutMs: 60_000 }));
  expect(code).toBe('ENDPOINT_ANSWER');
  expect(performance.now() - began).toBeLessThan(3_000);
});
