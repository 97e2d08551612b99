import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { incentiveWeight } from '../../../src/lib/eras/split.js';
import type { OwedPage } from '../../../src/lib/payouts/types.js';
import { type Bench, keyOf, openBench, payCalls, payTooLittle, predicted, reportedByPage } from './bench.js';

/** Eras that pay from pots, with incentives for validators' own stake: compared with the events to the planck. */

vi.setConfig({ testTimeout: 120_000 });

let bench: Bench;
let pages: readonly OwedPage[];
let small: Awaited<ReturnType<typeof payTooLittle>>;

beforeAll(async () => {
  bench = await openBench('pots');
  small = await payTooLittle(bench);
  pages = (await bench.list({ all: true })).pages;
});
afterAll(() => bench?.close());

it('knows that pots pay, and the incentive for own stake', () => {
  expect(bench.chain.constant('Staking', 'DisableMinting')).toBe(true);
  expect(pages.length).toBeGreaterThan(50);
  expect(pages.every(({ amount }) => amount!.mode === 'pots' && amount!.incentive > 0n)).toBe(true);
  const payments = pages.flatMap(({ amount }) => amount!.payments);
  expect(payments.some(({ kind, lost }) => kind === 'incentive' && lost === 'DESTINATION_NONE')).toBe(true);
});

it('knows what is too little to create the account that it goes to', async () => {
  const { page, who, to, sent } = small;
  const payment = page.amount!.payments.find((one) => one.who === who);
  expect(payment).toMatchObject({
    lost: 'BELOW_EXISTENTIAL_DEPOSIT',
    to: null,
    destination: { Account: to },
  });
  expect(reportedByPage(sent).get(keyOf(page))).toEqual(predicted(page));
  expect(await bench.balance(to, sent.block)).toEqual({ free: 0n, total: 0n });
});

it('weighs own stake as the chain does, below the optimum, up to the cap and above it', async () => {
  const { query } = bench.api;
  const big = (value: unknown) => (value as { toBigInt(): bigint }).toBigInt();
  const [optimum, cap, slope] = (
    await Promise.all([
      query.staking!.optimumSelfStake!(),
      query.staking!.hardCapSelfStake!(),
      query.staking!.selfStakeSlopeFactor!(),
    ])
  ).map(big);
  const eras = new Set(pages.map(({ era }) => era));
  let zones = 0;
  for (const [key, weight] of await query.staking!.erasValidatorIncentiveWeight!.entries()) {
    const [era, stash] = key.args.map((arg) => arg.toJSON()) as [number, string];
    if (!eras.has(era)) continue;
    const overview = (await query.staking!.erasStakersOverview!(era, stash)).toJSON() as { own: string };
    const own = BigInt(overview.own);
    expect(incentiveWeight(own, optimum!, cap!, slope!), `${era} ${stash}`).toBe(BigInt(weight.toString()));
    zones |= own <= optimum! ? 1 : own <= cap! ? 2 : 4;
  }
  expect(zones).toBe(7);
});

it('pays all eras as predicted, and the pots pay for it', async () => {
  for (let from = 0; from < pages.length; from += 30) {
    const batch = pages.slice(from, from + 30);
    // Eras turn in every sixth block.
    if (((await bench.devnet.head()) + 1) % 6 === 0) await bench.devnet.advance({ blocks: 1 });
    const before = (await bench.api.rpc.chain.getFinalizedHead()).toHex();
    const sent = await bench.send('alice', (tx) => tx.utility!.forceBatch!(payCalls(tx, batch)));
    const reported = reportedByPage(sent);
    expect([...reported.keys()]).toEqual(batch.map(keyOf));
    for (const page of batch) expect(reported.get(keyOf(page)), keyOf(page)).toEqual(predicted(page));
    // Nothing is minted.
    expect((await bench.issuance(sent.block)) - (await bench.issuance(before))).toBe(0n);
    const paid = batch.reduce((sum, { amount }) => sum + amount!.paid, 0n);
    const transferred = sent.events
      .filter(({ name }) => name === 'balances.Transfer')
      .reduce((sum, { data }) => sum + BigInt(data.amount as string | number), 0n);
    expect(transferred).toBe(paid);
  }
  const after = await bench.list({ all: true });
  expect(after.pages.filter(({ era }) => era <= 4)).toEqual([]);
});
