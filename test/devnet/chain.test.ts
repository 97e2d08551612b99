import type { SubmittableExtrinsic } from '@polkadot/api/types';
import type { KeyringPair } from '@polkadot/keyring/types';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Devnet, startDevnet } from '../../devnet/index.js';
import { type Api, connect, devKey, RawSocket } from './support.js';

const UNIT = 10_000_000_000n;

let devnet: Devnet;
let api: Api;
let socket: RawSocket;
let operator: KeyringPair;
let newcomer: KeyringPair;
let alice: KeyringPair;

beforeAll(async () => {
  devnet = await startDevnet({ port: 0, mode: 'manual' });
  [api, socket, operator, newcomer, alice] = await Promise.all([
    connect(devnet.url),
    RawSocket.open(devnet.url),
    devKey('//Operator'),
    devKey('//Newcomer'),
    devKey('//Alice'),
  ]);
});
afterAll(async () => {
  await api?.disconnect();
  socket?.close();
  await devnet?.close();
});

type Tx = SubmittableExtrinsic<'promise'>;
const transfer = (value: bigint): Tx => api.tx.balances!.transferKeepAlive(operator.address, value);
const nonceOf = (pair: KeyringPair): Promise<number> => socket.ask('system_accountNextIndex', [pair.address]);
const signed = async (tx: Tx, pair: KeyringPair, options: object = {}): Promise<string> =>
  (await tx.signAsync(pair, { nonce: await nonceOf(pair), ...options })).toHex();
const submit = (hex: string) => socket.call('author_submitExtrinsic', [hex]);
const pending = async (): Promise<string[]> => socket.ask('author_pendingExtrinsics');
const free = async (address: string): Promise<bigint> =>
  (
    (await api.query.system!.account(address)) as unknown as { data: { free: { toBigInt(): bigint } } }
  ).data.free.toBigInt();

describe('the preset', () => {
  it('has the named accounts in their states', async () => {
    const { accounts } = devnet;
    const address = (name: string): string => accounts[name]!.address;
    expect(address('alice')).toBe('5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY');
    expect(await devnet.head()).toBe(32);
    expect(await devnet.chain.activeEra()).toBe(5);
    expect(((await api.query.sudo!.key()) as { toString(): string }).toString()).toBe(address('alice'));
    const json = async (item: string, ...keys: unknown[]) =>
      (await api.query.staking![item](...keys)).toJSON();
    expect(await json('validators', address('v08'))).toEqual({ commission: 1_000_000_000, blocked: true });
    expect((await api.query.staking!.validators.keys()).length).toBe(11);
    expect(((await json('ledger', address('v09'))) as { active: string }).active).toBeTruthy();
    expect(await json('erasStakersOverview', 1, address('v09'))).not.toBeNull();
    expect(await json('erasStakersOverview', 5, address('v09'))).toBeNull();
    expect(await json('erasStakersOverview', 5, address('v12'))).toBeNull();
    expect(await json('validatorSlashInEra', 1, address('v11'))).toMatchObject([
      50_000_000,
      expect.anything(),
    ]);
    expect(((await json('ledger', address('v11'))) as { total: number }).total).toBe(Number(3_325n * UNIT));
    const points = (await json('erasRewardPoints', 4)) as { individual: Record<string, number> };
    expect(points.individual[address('v10')]).toBe(360);
    expect(points.individual[address('v01')]).toBe(1_200);
    const proxies = (await api.query.proxy!.proxies(address('operator'))).toJSON() as unknown[][];
    expect(proxies[0]).toMatchObject([
      { delegate: address('operator-proxy'), proxyType: 'Staking', delay: 0 },
    ]);
    expect(await free(address('poor'))).toBe(UNIT / 50n);
  });

  it('has identities: judged, false, unseen, and below another', async () => {
    const identity = async (item: string, name: string) =>
      (await api.query.identity![item](devnet.accounts[name]!.address)).toJSON();
    const found = async (name: string) => {
      const known = (await identity('identityOf', name)) as {
        judgements: [number, object][];
        info: { display: { raw: string } };
      } | null;
      if (known === null) return null;
      const display = Buffer.from(known.info.display.raw.slice(2), 'hex').toString();
      return [display, ...known.judgements.map(([, judgement]) => Object.keys(judgement)[0])];
    };
    expect(await Promise.all(['v01', 'v04', 'v07', 'v08', 'v10'].map(found))).toEqual([
      ['Alder Validators', 'reasonable'],
      ['Dogwood', 'reasonable'],
      ['Érable', 'reasonable'],
      ['Alder Validators', 'erroneous'],
      ['Hazel'],
    ]);
    expect(await Promise.all(['v05', 'v06', 'v09', 'v11', 'v12'].map(found))).toEqual(Array(5).fill(null));
    const v04 = devnet.accounts.v04!.address;
    const below = (name: string) => [v04, { raw: `0x${Buffer.from(name).toString('hex')}` }];
    expect(await Promise.all(['v05', 'v06', 'v09'].map((name) => identity('superOf', name)))).toEqual([
      below('east'),
      below('west'),
      null,
    ]);
    const destination = async (name: string) =>
      (await api.query.staking!.payee(devnet.accounts[name]!.address)).toJSON();
    expect(await Promise.all(['v01', 'v04', 'v05', 'v07'].map(destination))).toEqual([
      { staked: null },
      { stash: null },
      { account: v04 },
      { none: null },
    ]);
  });

  it('has exposures of several pages', async () => {
    const overviews = await api.query.staking!.erasStakersOverview.entries(4);
    const pages = overviews.map(
      ([, one]: [unknown, { toJSON(): unknown }]) => (one.toJSON() as { pageCount: number }).pageCount,
    );
    expect(Math.max(...pages)).toBeGreaterThan(2);
  });
});

describe('the pool', () => {
  it('refuses a changed signature, and the chain is as before', async () => {
    const hex = await signed(transfer(1n), newcomer);
    const bytes = Buffer.from(hex.slice(2), 'hex');
    bytes[60]! ^= 1;
    expect((await submit(`0x${bytes.toString('hex')}`)).error).toEqual({
      code: 1010,
      message: 'Invalid Transaction',
      data: 'Transaction has a bad signature',
    });
    expect(await pending()).toEqual([]);
  });

  it('words every refusal as a node does', async () => {
    const poor = await devKey('//Poor');
    const data = async (hex: string) => {
      const { code, data: words } = (await submit(hex)).error!;
      return [code, words];
    };
    expect(await data(await signed(transfer(1n), poor, { tip: UNIT }))).toEqual([
      1010,
      'Inability to pay some fees (e.g. account balance too low)',
    ]);
    expect(
      await data(
        await signed(transfer(1n), operator, { nonce: 0, tip: 1 }).then(async (first) => {
          await submit(first);
          await devnet.newBlock();
          return first;
        }),
      ),
    ).toEqual([1010, 'Transaction is outdated']);
    expect((await submit('0x1234')).error?.code).toBe(1002);
    expect((await submit('hello')).error?.code).toBe(-32602);
    expect(
      (await submit(await signed(transfer(1n), newcomer, { genesisHash: `0x${'01'.repeat(32)}` }))).error
        ?.data,
    ).toBe('Transaction has a bad signature');
  });

  it('knows duplicates, rivals and replacements', async () => {
    const nonce = await nonceOf(newcomer);
    const first = await signed(transfer(1n), newcomer, { nonce });
    const hash = (await submit(first)).result;
    expect(hash).toMatch(/^0x[0-9a-f]{64}$/);
    expect((await submit(first)).error).toMatchObject({ code: 1013, data: hash });
    expect((await submit(await signed(transfer(2n), newcomer, { nonce }))).error?.code).toBe(1014);
    const better = await signed(transfer(3n), newcomer, { nonce, tip: UNIT / 100n });
    expect((await submit(better)).error).toBeUndefined();
    expect(await pending()).toEqual([better]);
    const { hash: block } = await devnet.newBlock();
    const { extrinsics } = (await socket.ask('chain_getBlock', [block])).block;
    expect(extrinsics).toContain(better);
    expect(extrinsics).not.toContain(first);
  });

  it('counts what it holds, keeps the order of nonces, and lets a gap wait', async () => {
    const start = await nonceOf(newcomer);
    const at = (offset: number) => signed(transfer(BigInt(offset + 1)), newcomer, { nonce: start + offset });
    const [zero, one, two, four] = await Promise.all([at(0), at(1), at(2), at(4)]);
    const watcher = await RawSocket.open(devnet.url);
    const id = await watcher.ask('author_submitAndWatchExtrinsic', [four]);
    await watcher.next((m) => m.params?.subscription === id && m.params.result === 'future');
    for (const hex of [two, one, zero]) expect((await submit(hex)).error).toBeUndefined();
    expect(await nonceOf(newcomer)).toBe(start + 3);
    expect(await pending()).toEqual([zero, one, two]);
    const { hash } = await devnet.newBlock();
    expect((await socket.ask('chain_getBlock', [hash])).block.extrinsics.slice(1)).toEqual([zero, one, two]);
    expect(await nonceOf(newcomer)).toBe(start + 3);
    await submit(await at(3));
    await devnet.newBlock();
    await watcher.next((m) => m.params?.result?.finalized !== undefined);
    const heard = watcher.received.filter((m) => m.params?.subscription === id).map((m) => m.params.result);
    expect(heard.map((status) => (typeof status === 'string' ? status : Object.keys(status)[0]))).toEqual([
      'future',
      'ready',
      'inBlock',
      'finalized',
    ]);
    expect(await nonceOf(newcomer)).toBe(start + 5);
    watcher.close();
  });

  it('drops what can no longer be valid, and tells its watcher', async () => {
    const header = await socket.ask('chain_getHeader');
    const options = {
      era: api.createType('ExtrinsicEra', { current: Number(header.number), period: 4 }),
      blockHash: await socket.ask('chain_getBlockHash'),
      nonce: (await nonceOf(newcomer)) + 1,
    };
    const watcher = await RawSocket.open(devnet.url);
    await watcher.ask('author_submitAndWatchExtrinsic', [await signed(transfer(1n), newcomer, options)]);
    await devnet.advance({ blocks: 5 });
    await watcher.next((m) => m.params?.result === 'invalid');
    expect(devnet.chain.pool.size).toBe(0);
    watcher.close();
  });

  it('a transaction that spoils another’s fee in the same block leaves the other out', async () => {
    // Both are valid alone; after the first the second cannot pay.
    const poor = await devKey('//Poor');
    const fund = await signed(api.tx.balances!.transferKeepAlive(poor.address, UNIT / 20n), operator);
    await submit(fund);
    await devnet.newBlock();
    const nonce = await nonceOf(poor);
    const drain = await signed(api.tx.balances!.transferAll(operator.address, false), poor, { nonce });
    const after = await signed(transfer(1n), poor, { nonce: nonce + 1 });
    expect([(await submit(drain)).error, (await submit(after)).error]).toEqual([undefined, undefined]);
    const other = await signed(transfer(5n), newcomer);
    await submit(other);
    const { hash } = await devnet.newBlock();
    const { extrinsics } = (await socket.ask('chain_getBlock', [hash])).block;
    expect(extrinsics).toEqual(expect.arrayContaining([drain, other]));
    expect(extrinsics).not.toContain(after);
    expect(devnet.chain.pool.size).toBe(0);
  });
});

describe('fees', () => {
  it('payment_queryInfo foretells what is paid', async () => {
    const hex = await signed(transfer(UNIT), newcomer);
    const { partialFee, class: kind, weight } = await socket.ask('payment_queryInfo', [hex]);
    expect(kind).toBe('normal');
    expect(weight.ref_time).toBeGreaterThan(0);
    const details = (await socket.ask('payment_queryFeeDetails', [hex])).inclusionFee;
    const sum = BigInt(details.baseFee) + BigInt(details.lenFee) + BigInt(details.adjustedWeightFee);
    expect(sum).toBe(BigInt(partialFee));
    const before = await free(newcomer.address);
    await submit(hex);
    await devnet.newBlock();
    expect(before - (await free(newcomer.address))).toBe(UNIT + BigInt(partialFee));
  });

  it('system_dryRun says what would happen, and nothing happens', async () => {
    const good = await signed(transfer(1n), newcomer);
    const bad = await signed(transfer(10n ** 18n), newcomer);
    const head = await devnet.head();
    expect(await socket.ask('system_dryRun', [good])).toBe('0x0000');
    expect(await socket.ask('system_dryRun', [bad])).toMatch(/^0x0001/);
    expect(await devnet.head()).toBe(head);
  });
});

describe('eras', () => {
  it('turn every six blocks, and their payouts work', async () => {
    const { era, blocks } = await devnet.advance({ eras: 1 });
    expect(blocks).toBeLessThanOrEqual(6);
    expect((await devnet.head()) % 6).toBe(0);
    const next = await devnet.advance({ eras: 1 });
    expect([next.blocks, next.era]).toEqual([6, era! + 1]);
    const v02 = devnet.accounts.v02!.address;
    const before = (await api.query.staking!.ledger(v02)).toJSON() as { total: number };
    await submit(await signed(api.tx.staking!.payoutStakersByPage(v02, era!, 0), newcomer));
    await devnet.newBlock();
    const after = (await api.query.staking!.ledger(v02)).toJSON() as { total: number };
    expect(BigInt(after.total)).toBeGreaterThan(BigInt(before.total));
    expect((await api.query.staking!.claimedRewards(era!, v02)).toJSON()).toEqual([0]);
  });

  it('a slash is announced, deferred and applied', async () => {
    const v07 = devnet.accounts.v07!.address;
    const report = api.tx.relaySimulator!.reportOffence(v07, 100_000_000);
    await submit(await signed(api.tx.sudo!.sudo(report), alice));
    await devnet.advance({ blocks: 3 });
    const era = (await devnet.chain.activeEra())!;
    const unapplied = await api.query.staking!.unappliedSlashes.entries();
    expect(
      JSON.stringify(unapplied.map(([, slash]: [unknown, { toJSON(): unknown }]) => slash.toJSON())),
    ).toContain(v07);
    const before = ((await api.query.staking!.ledger(v07)).toJSON() as { total: number }).total;
    while ((await devnet.chain.activeEra())! < era + 4) await devnet.advance({ eras: 1 });
    await devnet.advance({ blocks: 2 });
    const after = ((await api.query.staking!.ledger(v07)).toJSON() as { total: number }).total;
    expect(after).toBeLessThan(before);
    expect(await api.query.staking!.unappliedSlashes.entries()).toEqual([]);
  });
});

describe('control', () => {
  it('the clock runs six seconds a block, and can be moved forward only', async () => {
    const now = async (): Promise<number> => Number((await api.query.timestamp!.now()).toString());
    const start = await now();
    await devnet.newBlock();
    expect(await now()).toBe(start + 6_000);
    const later = start + 86_400_000;
    expect(await socket.ask('dev_timeTravel', [later])).toBe(later);
    expect(await now()).toBe(later);
    const head = await devnet.head();
    expect((await socket.call('dev_timeTravel', [start])).error?.code).toBe(-32602);
    expect(await devnet.head()).toBe(head);
    await devnet.newBlock();
    expect(await now()).toBe(later + 6_000);
  });

  it('storage can be set on the head, and stays set', async () => {
    const [key, value] = ['0x6275727361720000', '0x1234'];
    const hash = await socket.ask('dev_setStorage', [[[key, value]]]);
    expect(await socket.ask('state_getStorage', [key, hash])).toBe(value);
    await devnet.newBlock();
    expect(await socket.ask('state_getStorage', [key])).toBe(value);
    const parent = (await socket.ask('chain_getHeader', [hash])).parentHash;
    expect(await socket.ask('state_getStorage', [key, parent])).toBeNull();
  });

  it('an earlier head can be taken: the state goes back, another branch grows', async () => {
    const head = await devnet.head();
    const old = await socket.ask('chain_getBlockHash', [head]);
    await socket.ask('dev_setHead', [-2]);
    expect(await devnet.head()).toBe(head - 2);
    await submit(await signed(transfer(7n), newcomer));
    await devnet.advance({ blocks: 2 });
    expect(await devnet.head()).toBe(head);
    expect(await socket.ask('chain_getBlockHash', [head])).not.toBe(old);
    expect((await socket.call('dev_setHead', [10_000_000])).error).toBeDefined();
  });

  it('modes: at once on a transaction, and on a clock', async () => {
    expect(await socket.ask('dev_setMode', ['instant'])).toBe('instant');
    const start = await devnet.head();
    await submit(await signed(transfer(1n), newcomer));
    await expect.poll(() => devnet.head(), { timeout: 5_000 }).toBe(start + 1);
    await socket.ask('dev_setMode', [{ intervalMs: 50 }]);
    await expect.poll(() => devnet.head(), { timeout: 10_000 }).toBeGreaterThan(start + 3);
    // With a clock finality is two blocks behind.
    const { number } = await socket.ask('chain_getHeader', [await socket.ask('chain_getFinalizedHead')]);
    expect(Number(number)).toBeLessThan(await devnet.head());
    await socket.ask('dev_setMode', ['manual']);
    const still = await devnet.chain.newBlock();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await devnet.head()).toBe(still.number);
  });

  it('many at once: no transaction is lost between submissions and builders', async () => {
    await socket.ask('dev_setMode', ['instant']);
    const start = await nonceOf(operator);
    const count = 12;
    const hexes = await Promise.all(
      Array.from({ length: count }, (_, i) =>
        signed(api.tx.balances!.transferKeepAlive(newcomer.address, BigInt(i + 1)), operator, {
          nonce: start + i,
        }),
      ),
    );
    const answers = await Promise.all([
      ...hexes.map(submit),
      devnet.newBlock(),
      devnet.advance({ blocks: 1 }),
    ]);
    expect(answers.filter((answer) => 'error' in answer && answer.error !== undefined)).toEqual([]);
    const stored = async () =>
      (await api.query.system!.account(operator.address)) as unknown as { nonce: { toNumber(): number } };
    await expect.poll(async () => (await stored()).nonce.toNumber(), { timeout: 10_000 }).toBe(start + count);
    await socket.ask('dev_setMode', ['manual']);
  });
});
