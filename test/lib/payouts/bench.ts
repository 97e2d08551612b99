/** A development chain with a library's connection, and another client that pays and reads what was paid. */

import type { ApiPromise } from '@polkadot/api';
import type { KeyringPair } from '@polkadot/keyring/types';
import { startDevnet } from '../../../devnet/index.js';
import { connect } from '../../../src/lib/chain/connect.js';
import { readEraWindow } from '../../../src/lib/eras/facts.js';
import { type PayoutQuery, readPayoutFacts } from '../../../src/lib/payouts/facts.js';
import { chosenEras, type PayoutsList, payoutsList } from '../../../src/lib/payouts/list.js';
import type { OwedPage } from '../../../src/lib/payouts/types.js';
import { devKey } from '../../devnet/support.js';

export const UNIT = 10_000_000_000n;

/** A payment as @polkadot/api reads it from the events. */
export interface Reported {
  readonly who: string;
  readonly amount: bigint;
  readonly incentive: boolean;
  readonly destination: unknown;
}

export interface Sent {
  readonly block: string;
  readonly txHash: string;
  /** Events of the extrinsic, plain. */
  readonly events: readonly { readonly name: string; readonly data: Record<string, unknown> }[];
}

export type Bench = Awaited<ReturnType<typeof openBench>>;

export async function openBench(preset: string) {
  const devnet = await startDevnet({ port: 0, preset });
  const chain = await connect({ endpoints: [devnet.url], timeoutMs: 3_600_000 });
  const { ApiPromise, WsProvider } = await import('@polkadot/api');
  const api = await ApiPromise.create({ provider: new WsProvider(devnet.url), noInitWarn: true });
  const address = (name: string): string => {
    const account = devnet.accounts[name];
    if (account === undefined) throw new Error(`no account ${name}`);
    return account.address;
  };
  const pairs = new Map<string, KeyringPair>();
  const pairOf = async (name: string): Promise<KeyringPair> => {
    const pair = pairs.get(name) ?? (await devKey(devnet.accounts[name]!.uri!));
    pairs.set(name, pair);
    return pair;
  };

  return {
    devnet,
    chain,
    api,
    address,
    /** Facts and list at the newest finalized block. */
    async list(query: Partial<Omit<PayoutQuery, 'window'>> = {}): Promise<PayoutsList> {
      await chain.refresh();
      const window = await readEraWindow(chain);
      const facts = await readPayoutFacts(chain, {
        window,
        eras: chosenEras(window),
        stashes: [],
        ...query,
      });
      return payoutsList(facts);
    },
    /** Signs and sends with @polkadot/api; the block is final at once. */
    async send(name: string, make: (tx: ApiPromise['tx']) => unknown): Promise<Sent> {
      const call = make(api.tx) as ReturnType<ApiPromise['tx'][string][string]>;
      const pair = await pairOf(name);
      return new Promise((resolve, reject) => {
        call
          .signAndSend(pair, (result) => {
            if (!result.isFinalized) return;
            resolve({
              block: result.status.asFinalized.toHex(),
              txHash: result.txHash.toHex(),
              events: result.events.map(({ event }) => ({
                name: `${event.section}.${event.method}`,
                data: named(event),
              })),
            });
          })
          .catch(reject);
      });
    },
    /** The state at the end of a block, as @polkadot/api reads it. */
    async issuance(block: string): Promise<bigint> {
      const at = await api.at(block);
      return ((await at.query.balances!.totalIssuance!()) as unknown as { toBigInt(): bigint }).toBigInt();
    },
    async balance(who: string, block: string): Promise<{ free: bigint; total: bigint }> {
      const at = await api.at(block);
      const { data } = (await at.query.system!.account!(who)) as unknown as {
        data: { free: { toBigInt(): bigint }; reserved: { toBigInt(): bigint } };
      };
      return { free: data.free.toBigInt(), total: data.free.toBigInt() + data.reserved.toBigInt() };
    },
    async bonded(who: string, block: string): Promise<bigint> {
      const at = await api.at(block);
      const ledger = (await at.query.staking!.ledger!(who)).toJSON() as { total: string | number } | null;
      return BigInt(ledger?.total ?? 0);
    },
    async close(): Promise<void> {
      await api.disconnect();
      await chain.close();
      await devnet.close();
    },
  };
}

function named(event: { readonly data: unknown }): Record<string, unknown> {
  const data = event.data as {
    readonly names: string[] | null;
    map(f: (x: { toJSON(): unknown }) => unknown): unknown[];
  };
  const values = data.map((item) => item.toJSON());
  return Object.fromEntries(
    (data.names ?? values.map((_, i) => String(i))).map((name, i) => [name, values[i]]),
  );
}

/** Calls that pay the pages, one each. */
export const payCalls = (tx: ApiPromise['tx'], pages: readonly OwedPage[]) =>
  pages.map(({ stash, era, page }) => tx.staking!.payoutStakersByPage!(stash, era, page));

/** The payments of each page, from the events in their order. */
export function reportedByPage(sent: Sent): Map<string, Reported[]> {
  const pages = new Map<string, Reported[]>();
  let current: Reported[] | undefined;
  for (const { name, data } of sent.events) {
    if (name === 'staking.PayoutStarted') {
      current = [];
      pages.set(`${data.eraIndex}/${data.validatorStash}/${data.page}`, current);
    } else if (name === 'staking.Rewarded' || name === 'staking.ValidatorIncentivePaid') {
      // Minting reports amounts that were too little to create an account, as zero.
      if (BigInt(data.amount as string | number) === 0n) continue;
      current!.push({
        who: (data.stash ?? data.validatorStash) as string,
        amount: BigInt(data.amount as string | number),
        incentive: name === 'staking.ValidatorIncentivePaid',
        destination: data.dest,
      });
    }
  }
  return pages;
}

/** What the list predicted for a page, in the form of {@link Reported}. */
export const predicted = ({ amount }: OwedPage): Reported[] =>
  amount!.payments
    .filter(({ lost }) => lost === null)
    .map(({ who, kind, amount: value, destination }) => ({
      who,
      amount: value,
      incentive: kind === 'incentive',
      destination:
        typeof destination === 'string'
          ? { [destination.toLowerCase()]: null }
          : { account: destination!.Account },
    }));

export const keyOf = ({ era, stash, page }: Pick<OwedPage, 'era' | 'stash' | 'page'>): string =>
  `${era}/${stash}/${page}`;

/** An account that nobody has used. */
export const freshAccount = async (word: string): Promise<string> => {
  const { encodeAddress, blake2AsU8a } = await import('@polkadot/util-crypto');
  return encodeAddress(blake2AsU8a(word), 42);
};

/**
 * A nominator's rewards go to an account that does not exist yet, and a page pays it less than the existential deposit.
 * @returns what the list predicted for that page, and its payout
 */
export async function payTooLittle(
  bench: Bench,
): Promise<{ readonly page: OwedPage; readonly who: string; readonly to: string; readonly sent: Sent }> {
  const minimum = (
    bench.api.consts.balances!.existentialDeposit as unknown as { toBigInt(): bigint }
  ).toBigInt();
  const names = new Map(Object.entries(bench.devnet.accounts).map(([name, one]) => [one.address, name]));
  const small = (await bench.list({ all: true })).pages
    .flatMap((page) => page.amount!.payments.map((payment) => ({ page, ...payment })))
    .filter(({ kind, amount, lost }) => kind === 'nominator' && lost === null && amount < minimum)
    .sort((a, b) => Number(a.amount - b.amount))[0]!;
  const to = await freshAccount('receives rewards');
  await bench.send(names.get(small.who)!, (tx) => tx.staking!.setPayee!({ Account: to }));
  const { era, stash } = small.page;
  const { pages } = await bench.list({ stashes: [stash], eras: [era] });
  const page = pages.find((one) => one.page === small.page.page)!;
  const sent = await bench.send('alice', (tx) => payCalls(tx, [page])[0]);
  return { page, who: small.who, to, sent };
}
