import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { palletAccount, placed, readBalance, readFlows } from '../../devnet/books.js';
import { type Devnet, startDevnet } from '../../devnet/index.js';
import { connect, type OpenChain } from '../../src/lib/chain/connect.js';
import { headOf } from '../../src/lib/tx/locate.js';
import { type Api, connect as connectApi, devKey, RawSocket } from './support.js';

const BILLION = 1_000_000_000n;
/** `Perbill::from_rational(part, whole).mul_floor(amount)` for amounts that are no larger than these. */
const share = (part: bigint, whole: bigint, amount: bigint): bigint =>
  (amount * ((part * BILLION) / whole)) / BILLION;
const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n);

/** Kinds of pot, and the account of `General(kind)` or `Era(era, kind)` of pallet-staking-async's `Seed`. */
const [STAKERS, INCENTIVE] = [0, 1];
const generalPot = (kind: number) => palletAccount(`py/stkng\0${String.fromCharCode(kind)}`);
const eraPot = (era: number, kind: number) =>
  palletAccount(`py/stkng\u0001${String.fromCharCode(era % 200)}\0\0\0${String.fromCharCode(kind)}`);

interface Paid {
  readonly name: string;
  readonly stash: string;
  readonly dest: unknown;
  readonly amount: bigint;
}
interface Overview {
  readonly total: bigint;
  readonly own: bigint;
  readonly pageCount: number;
}

let devnet: Devnet;
let api: Api;
let chain: OpenChain;
let socket: RawSocket;
let pots: { fees: string; treasury: string };

beforeAll(async () => {
  devnet = await startDevnet({ preset: 'pots', port: 0, mode: 'manual' });
  [api, socket, chain] = await Promise.all([
    connectApi(devnet.url),
    RawSocket.open(devnet.url),
    connect({ endpoints: [devnet.url], timeoutMs: 60_000 }),
  ]);
  pots = { fees: await palletAccount('PotStake'), treasury: await palletAccount('py/trsry') };
});
afterAll(async () => {
  await api?.disconnect();
  socket?.close();
  await chain?.close();
  await devnet?.close();
});

const address = (name: string): string => devnet.accounts[name]!.address;
const head = () => headOf(chain, 'best');

/** One value at the head. */
async function staking<T>(item: string, ...keys: (string | number)[]): Promise<T> {
  const [value] = await chain.read([{ pallet: 'Staking', item, keys }], (await head()).hash);
  return value as unknown as T;
}

async function free(account: string, at?: string): Promise<bigint> {
  const [value] = await chain.read(
    [{ pallet: 'System', item: 'Account', keys: [account] }],
    at ?? (await head()).hash,
  );
  return (value as unknown as { data: { free: bigint } }).data.free;
}

async function overviews(era: number): Promise<Map<string, Overview>> {
  const entries = await chain.entries(
    { pallet: 'Staking', item: 'ErasStakersOverview', keys: [era] },
    (await head()).hash,
  );
  return new Map(entries.map(({ keys, value }) => [keys[1] as string, value as unknown as Overview]));
}

/** What a validator's amount for an era comes to page by page: each page pays by its part of the exposure. */
async function byPage(era: number, stash: string, amount: bigint): Promise<bigint[]> {
  const [overview, pages] = await Promise.all([
    staking<Overview>('ErasStakersOverview', era, stash),
    chain.entries({ pallet: 'Staking', item: 'ErasStakersPaged', keys: [era, stash] }, (await head()).hash),
  ]);
  return pages.map(({ keys, value }) => {
    const { pageTotal } = value as unknown as { pageTotal: bigint };
    // The validator's own stake is on the first page.
    const exposed = keys[2] === 0 ? pageTotal + overview.own : pageTotal;
    return share(exposed, overview.total, amount);
  });
}

/** Pays all pages of an era, one transaction a validator, and returns what the events say. */
async function payOut(era: number): Promise<Paid[]> {
  const newcomer = await devKey('//Newcomer');
  let nonce: number = await socket.ask('system_accountNextIndex', [newcomer.address]);
  for (const [validator, { pageCount }] of await overviews(era)) {
    const calls = Array.from({ length: pageCount }, (_, page) =>
      api.tx.staking!.payoutStakersByPage(validator, era, page),
    );
    const signed = await api.tx.utility!.batchAll(calls).signAsync(newcomer, { nonce });
    nonce += 1;
    await socket.ask('author_submitExtrinsic', [signed.toHex()]);
  }
  const paid: Paid[] = [];
  while (devnet.chain.pool.size > 0) {
    const { hash } = await devnet.newBlock();
    for (const { event } of await chain.events(hash)) {
      expect(event.name).not.toMatch(/ExtrinsicFailed|Unexpected/);
      const data = event.data as { [field: string]: unknown };
      if (event.name === 'Staking.Rewarded' || event.name === 'Staking.ValidatorIncentivePaid')
        paid.push({
          name: event.name.slice('Staking.'.length),
          stash: (data.stash ?? data.validatorStash) as string,
          dest: data.dest,
          amount: BigInt(data.amount as bigint),
        });
    }
  }
  return paid;
}

describe('the preset', () => {
  it('says that nothing is minted, and that every era has its pots', async () => {
    expect([await devnet.head(), await devnet.chain.activeEra()]).toEqual([32, 5]);
    expect(await staking('DisableMintingGuard')).toBe(0);
    // biome-ignore lint/suspicious/noExplicitAny: constants of a chain that has no static types
    expect((api as any).consts.staking.disableMinting.toJSON()).toBe(true);
    const [treasury, stakers, incentive] = [
      pots.treasury,
      await eraPot(4, STAKERS!),
      await eraPot(4, INCENTIVE!),
    ];
    expect(await free(stakers)).toBe(await staking('ErasValidatorReward', 4));
    expect(await free(incentive)).toBe(await staking('ErasValidatorIncentiveBudget', 4));
    expect(await free(treasury)).toBeGreaterThan(0n);
    for (const kind of [STAKERS!, INCENTIVE!]) expect(await free(await generalPot(kind))).toBe(100_000_000n);
  });

  it('mints 85 % of an era’s issuance for stakers, 5 % for their own stake, the rest for the treasury', async () => {
    const minted = (number: number) =>
      chain.rpc.request<string>('chain_getBlockHash', [number]).then(async (hash) =>
        (await chain.events(hash))
          .filter(({ event }) => event.name === 'Balances.Minted')
          .map(({ event }) => event.data as unknown as { who: string; amount: bigint })
          .filter(({ who }) => who !== pots.fees),
      );
    // Era 4 ended in block 30.
    const [stakers, incentive, treasury] = await minted(30);
    expect([stakers!.who, incentive!.who, treasury!.who]).toEqual([
      await generalPot(STAKERS!),
      await generalPot(INCENTIVE!),
      pots.treasury,
    ]);
    const total = stakers!.amount + incentive!.amount + treasury!.amount;
    const rounded = (part: bigint) => (total * part + 50n) / 100n;
    expect([stakers!.amount, incentive!.amount]).toEqual([rounded(85n), rounded(5n)]);
    expect(stakers!.amount).toBe(await staking('ErasValidatorReward', 4));
    expect(await minted(31)).toEqual([]);
  });
});

describe('an era', () => {
  it('is paid from its pots, and the books of the chain balance', async () => {
    const first = await head();
    const before = await readBalance(chain, pots, first);
    expect(placed(before)).toBe(before.totalIssuance);
    const accounts = [await eraPot(4, STAKERS!), await eraPot(4, INCENTIVE!)] as const;
    const held = await Promise.all(accounts.map((account) => free(account)));
    const budget = await staking<bigint>('ErasValidatorIncentiveBudget', 4);
    const paid = await payOut(4);
    const rewards = paid.filter(({ name }) => name === 'Rewarded');
    const incentives = paid.filter(({ name }) => name === 'ValidatorIncentivePaid');
    const left = await Promise.all(accounts.map((account) => free(account)));
    expect(held[0]! - left[0]!).toBe(sum(rewards.map(({ amount }) => amount)));
    expect(held[1]! - left[1]!).toBe(sum(incentives.map(({ amount }) => amount)));

    const weights = await chain.entries(
      { pallet: 'Staking', item: 'ErasValidatorIncentiveWeight', keys: [4] },
      first.hash,
    );
    const weightSum = await staking<bigint>('ErasSumValidatorIncentiveWeight', 4);
    expect(sum(weights.map(({ value }) => value as bigint))).toBe(weightSum);
    const totals = new Map<string, bigint>();
    for (const { keys, value } of weights) {
      const stash = keys[1] as string;
      const whole = share(value as bigint, weightSum, budget);
      // v07 takes no rewards.
      totals.set(stash, stash === address('v07') ? 0n : sum(await byPage(4, stash, whole)));
    }
    for (const [stash, expected] of totals)
      expect(sum(incentives.filter((one) => one.stash === stash).map(({ amount }) => amount))).toBe(expected);
    expect(new Set(totals.values()).size).toBeGreaterThan(6);

    const after = await readBalance(chain, pots, await head());
    const flows = await readFlows(chain, first.number, after.block);
    expect(placed(after)).toBe(after.totalIssuance);
    expect(flows.rewards).toBe(sum(rewards.map(({ amount }) => amount)));
    // Rewards are transfers here: only what an era's end mints changes the issuance.
    expect(before.totalIssuance + flows.minted - flows.burned).toBe(after.totalIssuance);
  });

  it('pays each destination, a commission of nothing and of everything', async () => {
    await devnet.advance({ eras: 1 });
    const { hash } = await head();
    const paid = await payOut(5);
    const to = (name: string) => paid.filter(({ stash }) => stash === address(name));
    const kinds = new Set(
      paid.map(({ dest }) => (typeof dest === 'string' ? dest : Object.keys(dest as object)[0])),
    );
    expect([...kinds].sort()).toEqual(['Account', 'Staked', 'Stash']);
    for (const name of ['v07', 'n06']) expect(to(name)).toEqual([]);
    const received = async (name: string) => (await free(address(name))) - (await free(address(name), hash));
    const amounts = (all: readonly Paid[]) => sum(all.map(({ amount }) => amount));
    expect(to('v05').length).toBeGreaterThan(1);
    expect(await received('v04')).toBe(amounts([...to('v04'), ...to('v05')]));
    expect(await received('n04')).toBe(amounts(to('n04')));
    expect(await received('bob')).toBe(amounts(to('n05')));
    // v01 lives on its own stake, v08 has it all.
    const payout = (await staking<bigint>('ErasValidatorReward', 5))!;
    const points = await staking<{ total: number; individual: Record<string, number> | [string, number][] }>(
      'ErasRewardPoints',
      5,
    );
    const individual = new Map(
      Array.isArray(points.individual) ? points.individual : Object.entries(points.individual),
    );
    const reward = (name: string) =>
      share(BigInt(individual.get(address(name))!), BigInt(points.total), payout);
    const rewarded = (name: string) => amounts(to(name).filter((one) => one.name === 'Rewarded'));
    expect(rewarded('v08')).toBe(sum(await byPage(5, address('v08'), reward('v08'))));
    const { own, total } = await staking<Overview>('ErasStakersOverview', 5, address('v01'));
    const ownPart = share(own, total, reward('v01'));
    expect(rewarded('v01')).toBe(sum(await byPage(5, address('v01'), ownPart)));
    expect(rewarded('v01')).toBeLessThan(reward('v01'));
  });

  it('leaves what nobody claimed to the treasury when the history ends', async () => {
    const era = (await devnet.chain.activeEra())!;
    const accounts = [await eraPot(era - 1, STAKERS!), await eraPot(era - 1, INCENTIVE!)] as const;
    await devnet.advance({ eras: 1 });
    const unclaimed = sum(await Promise.all(accounts.map((account) => free(account))));
    expect(unclaimed).toBeGreaterThan(0n);
    const { xxhashAsHex } = await import('@polkadot/util-crypto');
    // Two eras of history from here on.
    await socket.ask('dev_setStorage', [[[xxhashAsHex(':HistoryDepth:', 128), '0x02000000']]]);
    const first = await head();
    const treasury = await free(pots.treasury);
    await devnet.advance({ eras: 1 });
    const last = await head();
    let credited = 0n;
    for (let number = first.number + 1; number <= last.number; number += 1) {
      const hash = await chain.rpc.request<string>('chain_getBlockHash', [number]);
      for (const { event } of await chain.events(hash)) {
        const data = event.data as { who?: string; amount?: bigint };
        if (event.name === 'Balances.Minted' && data.who === pots.treasury) credited += BigInt(data.amount!);
      }
    }
    for (const account of accounts) expect(await free(account)).toBe(0n);
    expect((await free(pots.treasury)) - treasury).toBe(credited + unclaimed);
    const balance = await readBalance(chain, pots, last);
    expect(placed(balance)).toBe(balance.totalIssuance);
  });
});
