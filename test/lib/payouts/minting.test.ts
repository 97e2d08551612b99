import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connect } from '../../../src/lib/chain/connect.js';
import { readEraWindow } from '../../../src/lib/eras/facts.js';
import { readPayoutFacts } from '../../../src/lib/payouts/facts.js';
import { chosenEras, payoutsList } from '../../../src/lib/payouts/list.js';
import type { OwedPage } from '../../../src/lib/payouts/types.js';
import { type Bench, keyOf, openBench, payCalls, payTooLittle, predicted, reportedByPage } from './bench.js';

/** Real eras, paid by another client; what was predicted is compared with the events to the planck. Rewards are minted. */

vi.setConfig({ testTimeout: 120_000 });

let bench: Bench;
let pages: readonly OwedPage[];
let small: Awaited<ReturnType<typeof payTooLittle>>;

beforeAll(async () => {
  bench = await openBench('tour');
  small = await payTooLittle(bench);
  pages = (await bench.list({ all: true })).pages;
});
afterAll(() => bench?.close());

describe('the list before anything is paid', () => {
  it('has every page of every validator and ended era but those that were paid', async () => {
    const { api } = bench;
    const expected: string[] = [];
    for (const [key, value] of await api.query.staking!.erasStakersOverview!.entries()) {
      const [era, stash] = key.args.map((arg) => arg.toJSON()) as [number, string];
      const { pageCount } = value.toJSON() as { pageCount: number };
      if (era >= 5) continue;
      for (let page = 0; page < Math.max(1, pageCount); page++) expected.push(keyOf({ era, stash, page }));
    }
    const paid = [keyOf({ era: 1, stash: bench.address('v01'), page: 0 }), keyOf(small.page)];
    expect(expected).toEqual(expect.arrayContaining(paid));
    expect(pages.map(keyOf).sort()).toEqual(expected.filter((key) => !paid.includes(key)).sort());
  });

  it('is in the order in which it expires', () => {
    expect(pages.map(({ era }) => era)).toEqual(pages.map(({ era }) => era).sort((a, b) => a - b));
    const [first, last] = [pages[0]!, pages.at(-1)!];
    expect([first.era, last.era]).toEqual([1, 4]);
    expect(last.erasLeft - first.erasLeft).toBe(3);
    expect(last.expiresAt! - first.expiresAt!).toBe(3 * 36_000);
  });

  it('knows commissions from nothing to all, one page and several, and every destination', () => {
    const of = (name: string) => pages.filter(({ stash }) => stash === bench.address(name));
    expect(of('v01').every(({ amount }) => amount!.commission === 0n && amount!.own > 0n)).toBe(true);
    expect(of('v08').every(({ amount }) => amount!.nominators === 0n && amount!.commission > 0n)).toBe(true);
    expect(new Set(pages.map((page) => page.pages)).size).toBeGreaterThan(1);
    const destinations = new Set(
      pages.flatMap(({ amount }) =>
        amount!.payments.map(({ destination }) =>
          typeof destination === 'string' ? destination : Object.keys(destination ?? {})[0],
        ),
      ),
    );
    expect(destinations).toEqual(new Set(['Staked', 'Stash', 'Account', 'None']));
    expect(pages.some(({ amount }) => amount!.paid < amount!.total)).toBe(true);
    expect(pages.every(({ amount }) => amount!.mode === 'minting' && amount!.incentive === 0n)).toBe(true);
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

  it('has the slashed validator and the chilled one', () => {
    expect(pages.filter(({ stash }) => stash === bench.address('v11')).map(({ era }) => era)).toContain(1);
    expect(pages.filter(({ stash }) => stash === bench.address('v09')).map(({ era }) => era)).toContain(1);
  });
});

describe('payouts', () => {
  it('of all eras equal their events, credits, ledgers and the issuance to the planck', async () => {
    for (let from = 0; from < pages.length; from += 30) {
      const batch = pages.slice(from, from + 30);
      // Eras turn in every sixth block, and mint too.
      if (((await bench.devnet.head()) + 1) % 6 === 0) await bench.devnet.advance({ blocks: 1 });
      const before = (await bench.api.rpc.chain.getFinalizedHead()).toHex();
      const sent = await bench.send('alice', (tx) => tx.utility!.forceBatch!(payCalls(tx, batch)));
      const reported = reportedByPage(sent);
      expect([...reported.keys()]).toEqual(batch.map(keyOf));
      for (const page of batch) expect(reported.get(keyOf(page)), keyOf(page)).toEqual(predicted(page));

      const payments = batch.flatMap(({ amount }) => amount!.payments.filter(({ lost }) => lost === null));
      const minted = payments.reduce((sum, { amount }) => sum + amount, 0n);
      // The fee goes to a pot: only rewards change the issuance.
      expect((await bench.issuance(sent.block)) - (await bench.issuance(before))).toBe(minted);
      const who = payments.find(({ destination }) => destination === 'Staked')!.who;
      const staked = payments.filter((payment) => payment.who === who && payment.destination === 'Staked');
      expect((await bench.bonded(who, sent.block)) - (await bench.bonded(who, before))).toBe(
        staked.reduce((sum, { amount }) => sum + amount, 0n),
      );
      const to = payments.find(({ destination }) => typeof destination === 'object')?.to;
      if (to) {
        const received = payments.filter((payment) => payment.to === to);
        expect((await bench.balance(to, sent.block)).total - (await bench.balance(to, before)).total).toBe(
          received.reduce((sum, { amount }) => sum + amount, 0n),
        );
      }
    }
    const after = await bench.list({ all: true });
    expect(after.pages.filter(({ era }) => era <= 4)).toEqual([]);
  });
});

describe('the edge of what the chain keeps', () => {
  it('is the planned era: what is listed can be paid, until the moment that was predicted', async () => {
    const { xxhashAsHex } = await import('@polkadot/util-crypto');
    // The runtime reads its parameters from the state; metadata shows them as constants.
    await bench.devnet.chain.setStorage([[xxhashAsHex(':HistoryDepth:', 128), '0x02000000']]);
    await bench.devnet.advance({ eras: 3 });
    const chain = await connect({ endpoints: [bench.devnet.url], timeoutMs: 60_000 });
    try {
      const read = async () => {
        await chain.refresh();
        const window = await readEraWindow(chain);
        const query = { window, eras: chosenEras(window), stashes: [bench.address('v01')] };
        return payoutsList(await readPayoutFacts(chain, query));
      };
      let list = await read();
      while (list.window.currentEra > list.window.activeEra) {
        await bench.devnet.advance({ blocks: 1 });
        list = await read();
      }
      const { activeEra, historyDepth, oldest } = list.window;
      expect([historyDepth, oldest]).toEqual([2, activeEra - 2]);
      const [first, second] = list.pages.filter(({ era }) => era === oldest);
      expect([first!.erasLeft, list.totals.next!.era]).toEqual([0, oldest]);
      const paid = await bench.send('alice', (tx) => payCalls(tx, [first!])[0]);
      expect(paid.events.map(({ name }) => name)).toContain('staking.PayoutStarted');

      const { expiresAt } = second!;
      let time = 0;
      for (let planned = activeEra; planned === activeEra; ) {
        await bench.devnet.advance({ blocks: 1 });
        await chain.refresh();
        planned = (await readEraWindow(chain)).currentEra;
        time = chain.reference.timestamp;
      }
      // An era starts with the time of the block before.
      expect([0, 6_000]).toContain(time - expiresAt!);
      expect((await read()).pages.every(({ era }) => era > oldest)).toBe(true);
      const late = await bench.send('alice', (tx) => payCalls(tx, [second!])[0]);
      expect(late.events.map(({ name }) => name)).toContain('system.ExtrinsicFailed');
    } finally {
      await chain.close();
    }
  });
});
