import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connect, type OpenChain } from '../../../src/lib/chain/connect.js';
import type { BursarError } from '../../../src/lib/errors.js';
import { whereIncluded } from '../../../src/lib/payouts/blocks.js';
import { differenceError, type VerifyQuery, verifyPayout } from '../../../src/lib/payouts/verify.js';
import { verificationView } from '../../../src/lib/payouts/verifyView.js';
import { temporaryFolder } from '../../devnet/support.js';
import { FaultyProxy } from '../../support/proxy.js';
import { type Bench, openBench, payCalls, type Sent } from './bench.js';

vi.setConfig({ testTimeout: 60_000 });

/** Metadata is decoded once. */
const cacheDir = temporaryFolder();

let bench: Bench;
let proxy: FaultyProxy;
/** Several payouts in a batch, behind a proxy, and one in a batch of a batch. */
let proxied: Sent;
let nested: Sent;

beforeAll(async () => {
  bench = await openBench('tour');
  proxy = await FaultyProxy.start(bench.devnet.url);
  const { address } = bench;
  const { pages } = await bench.list({ stashes: ['v01', 'v03', 'v05'].map(address) });
  const of = (name: string, era: number) =>
    pages.filter((page) => page.stash === address(name) && page.era === era);
  proxied = await bench.send('operator-proxy', (tx) =>
    tx.proxy!.proxy!(
      address('operator'),
      null,
      tx.utility!.batchAll!(payCalls(tx, [...of('v03', 1), ...of('v05', 2)])),
    ),
  );
  nested = await bench.send('bob', (tx) =>
    tx.utility!.forceBatch!([
      tx.staking!.payoutStakersByPage!(address('v01'), 1, 0),
      tx.utility!.batch!(payCalls(tx, of('v01', 1))),
    ]),
  );
  // The chain goes on.
  await bench.devnet.advance({ blocks: 3 });
});
afterAll(async () => {
  await proxy?.close();
  await bench?.close();
});

/** With a connection of its own: what it knows is read anew. */
async function verify(query: VerifyQuery, url = bench.devnet.url) {
  return withChain(url, (chain) => verifyPayout(chain, query));
}

async function withChain<T>(url: string, use: (chain: OpenChain) => Promise<T>): Promise<T> {
  const chain = await connect({ endpoints: [url], timeoutMs: 60_000, cacheDir });
  try {
    return await use(chain);
  } finally {
    await chain.close();
  }
}

const refusal = async (promise: Promise<unknown>): Promise<BursarError> =>
  promise.then(
    () => Promise.reject(new Error('it was not refused')),
    (error) => error as BursarError,
  );

describe('a payout that is as it must be', () => {
  it('is found without being told where, each page in its own block', async () => {
    const result = await verify({ era: 1, stash: bench.address('v01') });
    expect(result.verdict).toBe('equal');
    expect(result.pages.map(({ page }) => page)).toEqual([0, 1, 2]);
    // The first page was paid in the chain's first blocks.
    expect(result.pages.map(({ block }) => block!.number === 14)).toEqual([true, false, false]);
    expect(result.pages.slice(1).map(({ block }) => block!.hash)).toEqual([nested.block, nested.block]);
    expect(result.pages.every(({ expected, difference }) => expected!.paid > 0n && difference === null)).toBe(
      true,
    );
    expect(differenceError(result)).toBeNull();
    const [checks] = verificationView(result).blocks;
    expect(checks).toMatchObject({ kind: 'checks', rows: [{ ok: true }, { ok: true }, { ok: true }] });
  });

  it('is found in a batch behind a proxy, by its transaction', async () => {
    const where = await withChain(bench.devnet.url, (chain) =>
      whereIncluded(chain, proxied.txHash, { journalDir: temporaryFolder(), blocks: 32 }),
    );
    expect(where.block).toBe(proxied.block);
    for (const [name, era] of [
      ['v03', 1],
      ['v05', 2],
    ] as const) {
      const result = await verify({ era, stash: bench.address(name), ...where });
      expect(result.verdict).toBe('equal');
      expect(result.pages.map(({ page }) => page)).toEqual(result.claimed);
      expect(result.pages.every(({ extrinsic }) => extrinsic === where.extrinsic)).toBe(true);
    }
  });

  it('is found in a batch of a batch whose first item failed, by its block', async () => {
    const result = await verify({ era: 1, stash: bench.address('v01'), block: nested.block });
    expect([result.verdict, result.pages.map(({ page }) => page)]).toEqual(['equal', [1, 2]]);
  });

  it('is so when the payee was changed in the same block', async () => {
    const { api, address } = bench;
    const [page] = (await bench.list({ stashes: [address('v02')], eras: [3] })).pages;
    bench.devnet.setMode('manual');
    const sent = Promise.all([
      bench.send('v02', (tx) => tx.staking!.setPayee!('Stash')),
      bench.send('charlie', (tx) => payCalls(tx, [page!])[0]),
    ]);
    while ((await api.rpc.author.pendingExtrinsics()).length < 2) await new Promise((f) => setTimeout(f, 20));
    await bench.devnet.newBlock();
    bench.devnet.setMode('instant');
    const [, paid] = await sent;
    const result = await verify({ era: 3, stash: address('v02'), block: paid.block });
    expect(result.verdict).toBe('equal');
    expect([page!.amount!.payments[0]!.destination, result.pages[0]!.found![0]!.destination]).toEqual([
      'Staked',
      'Stash',
    ]);
  });
});

describe('a payout that is not', () => {
  /** Answers the events of the block with another amount of the last payment of a page. */
  const altered = (change: (hex: string) => string) =>
    proxy.reset().on('state_queryStorageAt', {
      kind: 'alter',
      with: (result) => JSON.parse(change(JSON.stringify(result))),
    });
  const little = (amount: bigint): string =>
    Buffer.from(amount.toString(16).padStart(32, '0'), 'hex').reverse().toString('hex');

  it('is told with the first difference', async () => {
    const stash = bench.address('v03');
    const { pages } = await verify({ era: 1, stash });
    const { who, amount } = pages[0]!.expected!.payments[1]!;
    altered((json) => json.replaceAll(little(amount), little(amount + 1n)));
    const result = await verify({ era: 1, stash }, proxy.url);
    expect(result.verdict).toBe('differs');
    expect(result.pages[0]!.difference).toEqual({
      what: `the amount of ${who}`,
      expected: `${amount} planck`,
      found: `${amount + 1n} planck`,
    });
    const error = differenceError(result)!;
    expect([error.exit, error.code]).toEqual([9, 'PAYOUT_DIFFERS']);
    expect(error.message).toContain(
      `the amount of ${who} must be ${amount} planck, but is ${amount + 1n} planck`,
    );
    expect(verificationView(result).blocks[0]).toMatchObject({
      rows: [{ ok: false }, { ok: true }, { ok: true }],
    });
  });

  it('is told when somebody else was paid', async () => {
    const { decodeAddress } = await import('@polkadot/util-crypto');
    const hex = (name: string) => Buffer.from(decodeAddress(bench.address(name))).toString('hex');
    const stash = bench.address('v03');
    const events = (await verify({ era: 1, stash })).pages[0]!.expected!;
    const payment = events.payments.find(({ kind }) => kind === 'nominator')!;
    const { decodeAddress: decode } = await import('@polkadot/util-crypto');
    const who = Buffer.from(decode(payment.who)).toString('hex');
    // Only in the events: the key of System.Events.
    proxy.reset().on('state_queryStorageAt', {
      kind: 'alter',
      with: (result) =>
        (result as { changes: [string, string | null][] }[]).map((one) => ({
          ...one,
          changes: one.changes.map(([key, value]) =>
            key.startsWith('0x26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7')
              ? [key, value?.replaceAll(who, hex('charlie'))]
              : [key, value],
          ),
        })),
    });
    const result = await verify({ era: 1, stash }, proxy.url);
    expect(result.verdict).toBe('differs');
    expect(result.pages[0]!.difference).toMatchObject({
      what: 'the order of payments',
      expected: payment.who,
    });
  });
});

describe('what cannot be verified', () => {
  it('was not paid', async () => {
    const error = await refusal(verify({ era: 4, stash: bench.address('v01') }));
    expect([error.exit, error.code]).toEqual([4, 'PAYOUT_NOT_FOUND']);
    const future = await refusal(verify({ era: 40, stash: bench.address('v01') }));
    expect([future.exit, future.code]).toEqual([4, 'ERA_NOT_PAYABLE']);
    const elsewhere = await refusal(verify({ era: 1, stash: bench.address('v01'), block: proxied.block }));
    expect([elsewhere.exit, elsewhere.code]).toEqual([4, 'PAYOUT_NOT_FOUND']);
  });

  it('is in a block that was reorganised away', async () => {
    const other = `0x${'ab'.repeat(32)}`;
    proxy.reset().on('chain_getBlockHash', { kind: 'alter', with: () => other }, { when: ([n]) => n !== 0 });
    const query = { era: 1, stash: bench.address('v01'), block: nested.block };
    const error = await refusal(verify(query, proxy.url));
    expect([error.exit, error.code]).toEqual([4, 'BLOCK_NOT_CANONICAL']);
  });

  it('is in a state that the endpoint has pruned', async () => {
    const head = (await bench.api.rpc.chain.getFinalizedHead()).toHex();
    const pruned = {
      kind: 'error',
      code: 4003,
      message: 'Client error: UnknownBlock: State already discarded',
    } as const;
    proxy.reset().on('state_queryStorageAt', pruned, { when: ([, at]) => at !== head });
    const query = { era: 1, stash: bench.address('v01') };
    const result = await verify(query, proxy.url);
    expect([result.verdict, result.claimed]).toEqual(['unchecked', [0, 1, 2]]);
    expect(result.notChecked).toHaveLength(3);
    expect(result.pages.every(({ expected, difference }) => expected === null && difference === null)).toBe(
      true,
    );
    expect(verificationView(result).blocks[0]).toMatchObject({
      rows: [{ ok: 'warn' }, { ok: 'warn' }, { ok: 'warn' }],
    });
    // Told where to look, it is the endpoint's failure.
    const error = await refusal(verify({ ...query, block: nested.block }, proxy.url));
    expect([error.exit, error.code]).toEqual([5, 'STATE_PRUNED']);
    expect(error.hint).toContain('archive node');
  });
});
