import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connect } from '../../src/lib/chain/connect.js';
import { BursarError } from '../../src/lib/errors.js';
import { Desk } from '../support/desk.js';
import { deadUrl, FaultyProxy, silentTcp } from '../support/proxy.js';

/**
 * `payouts list` and `payouts verify` as an operator types them. The numbered defects are those of other tools, in which
 * money was left behind or an error looked like "nothing to do".
 */

vi.setConfig({ testTimeout: 240_000 });

let desk: Desk;
let proxy: FaultyProxy;
let address: (name: string) => string;
/** Everything of one validator, as by default. */
let byDefault: Listed;

// biome-ignore lint/suspicious/noExplicitAny: what the command printed, checked against its schema
type Listed = any;

const list = async (...args: string[]): Promise<Listed> =>
  (await desk.json(['payouts', 'list', ...args])).result;
const brief = (result: Listed) =>
  result.pages.map(({ era, stash, page }: Listed) => `${era}/${stash}/${page}`) as string[];

beforeAll(async () => {
  desk = await Desk.open({ keys: ['v01', 'nominator'] });
  proxy = await FaultyProxy.start(desk.devnet.url);
  address = (name) => desk.address(name);
  byDefault = await list('--stash', 'v01');
});
afterAll(async () => {
  await proxy?.close();
  await desk?.close();
});

describe('defects of other tools', () => {
  it('defect 1: by default all eras are looked through, and what is owed is found', () => {
    expect(byDefault.eras).toEqual({ count: 5, from: 0, to: 4 });
    expect(byDefault.totals.pages).toBeGreaterThan(4);
    expect(BigInt(byDefault.totals.total)).toBeGreaterThan(0n);
    expect(byDefault.elected).toEqual({ [address('v01')]: 4 });
  });

  it('defect 2: the newest claimable era is listed, also when only one is asked for', async () => {
    const { activeEra, newest } = byDefault.window;
    expect(newest).toBe(activeEra - 1);
    const newestPages = brief(byDefault).filter((key) => key.startsWith(`${newest}/`));
    expect(newestPages.length).toBeGreaterThan(0);
    expect(brief(await list('--stash', 'v01', '--eras', '1'))).toEqual(newestPages);
    expect(brief(await list('--stash', 'v01', '--era', String(newest)))).toEqual(newestPages);
  });

  it('defect 3: an era of which one page is paid still owes the others', () => {
    const pages = byDefault.pages.filter(({ era }: Listed) => era === 1);
    expect(pages.map(({ page, pages: of, claimed }: Listed) => [page, of, claimed])).toEqual([
      [1, 3, 1],
      [2, 3, 1],
    ]);
  });

  it('defect 4: an answer that cannot be read, or an error, is never "nothing is owed"', async () => {
    const faults: [string, (faulty: FaultyProxy) => unknown][] = [
      ['garbage', (one) => one.on('state_queryStorageAt', { kind: 'alter', with: garbage }, { when: many })],
      [
        'nothing',
        (one) =>
          one.on('state_queryStorageAt', { kind: 'alter', with: () => [{ changes: [] }] }, { when: many }),
      ],
      [
        'an error',
        (one) =>
          one.on(
            'state_queryStorageAt',
            { kind: 'error', code: -32_603, message: 'database is busy' },
            { when: many },
          ),
      ],
      [
        'a pruned state',
        (one) =>
          one.on(
            'state_queryStorageAt',
            { kind: 'error', code: 4003, message: 'UnknownBlock: State already discarded for 0x01' },
            { when: many },
          ),
      ],
    ];
    for (const [name, set] of faults) {
      set(proxy.reset());
      const { error, result } = await desk.json(['payouts', 'list', '--stash', 'v01', '--rpc', proxy.url], 5);
      expect(result, name).toBeUndefined();
      expect(error!.code, name).toBe(name === 'a pruned state' ? 'STATE_PRUNED' : 'ENDPOINT_ANSWER');
    }
  });

  it('defect 6: exposures are found where the chain keeps them, and nobody is taken for waiting', async () => {
    const chain = await desk.chain();
    expect(chain.hasStorage('Staking', 'ErasStakers')).toBe(false);
    const all = await list('--all', '--era', '4');
    // All ten that were active in era 4; the one below the active set was not.
    expect(new Set(all.pages.map(({ stash }: Listed) => stash)).size).toBe(10);
    const { stdout } = await desk.text(['payouts', 'list', '--stash', address('v12'), '--stash', 'v01']);
    expect(stdout).toContain('Not elected in any of these eras: ');
  });

  it('defects 7 and 8: an endpoint that is dead or silent ends the run in time, with its own code', async () => {
    const silent = await silentTcp();
    try {
      for (const url of [await deadUrl(), silent.url]) {
        const started = performance.now();
        await desk.both(['payouts', 'list', '--stash', 'v01', '--rpc', url, '--timeout', '3s'], 5);
        expect(performance.now() - started).toBeLessThan(3_000 + 12_000);
      }
    } finally {
      await silent.close();
    }
  });

  it('defect 9: a configuration that cannot be read is an error', async () => {
    const file = join(desk.directory, 'broken.json');
    writeFileSync(file, '{ "network": ', { mode: 0o600 });
    await desk.both(['payouts', 'list', '--stash', address('v01'), '--config', file], 2);
  });

  it('defect 10: every validator behind a nominator is looked at, not only the first', async () => {
    const result = await list('nominator');
    const mine = result.pages.filter(({ amount }: Listed) =>
      amount.payments.some(({ who }: Listed) => who === address('nominator')),
    );
    expect(mine.length).toBe(result.pages.length);
    expect(new Set(result.pages.map(({ stash }: Listed) => stash)).size).toBeGreaterThan(1);
    const earned = mine
      .flatMap(({ amount }: Listed) => amount.payments)
      .filter(({ who }: Listed) => who === address('nominator'))
      .reduce((sum: bigint, { amount }: Listed) => sum + BigInt(amount), 0n);
    expect(result.totals.shares).toEqual([
      { account: address('nominator'), earned: String(earned), received: String(earned) },
    ]);
    // Everything that the validators' own lists say of it, and nothing else.
    const all = await list('--all');
    const expected = all.pages.filter(({ amount }: Listed) =>
      amount.payments.some(({ who }: Listed) => who === address('nominator')),
    );
    expect(brief(result)).toEqual(brief({ pages: expected }));
  });
});

/** The request for claims and overviews: the one with many keys. */
const many = ([keys]: readonly unknown[]) => (keys as string[]).length > 5;
const garbage = (result: unknown) =>
  (result as { changes: [string, string | null][] }[]).map(({ changes }) => ({
    changes: changes.map(([key]) => [key, '0xff']),
  }));

describe('payouts list', () => {
  it('takes names from arguments, a file, the keys at hand, or --from', async () => {
    writeFileSync(join(desk.directory, 'validators'), `# mine\nv01\n${address('v02')} # second\n`);
    const [file, mine, from] = await Promise.all([
      list('--file', join(desk.directory, 'validators'), '--eras', '2'),
      list('--mine', '--eras', '2'),
      list('--from', 'v01', '--eras', '2'),
    ]);
    expect(file.stashes).toEqual([address('v01'), address('v02')]);
    expect(mine.stashes).toEqual([address('v01')]);
    expect([...mine.accounts].sort()).toEqual([address('v01'), address('nominator')].sort());
    expect(from.stashes).toEqual([address('v01')]);
    await desk.json(['payouts', 'list'], 2);
    await desk.json(['payouts', 'list', '--stash', 'no-such-key'], 2);
    await desk.json(['payouts', 'list', '--stash', 'v01', '--eras', '2', '--era', '3'], 2);
    await desk.json(['payouts', 'list', '--stash', 'v01', '--era', '5'], 4);
  });

  it('does without amounts, and then asks for less', async () => {
    proxy.reset();
    const without = await list('--stash', 'v01', '--no-amounts', '--rpc', proxy.url);
    const less = proxy.bytes.answers;
    proxy.reset();
    await list('--stash', 'v01', '--rpc', proxy.url);
    expect(less).toBeLessThan(proxy.bytes.answers);
    expect(brief(without)).toEqual(brief(byDefault));
    expect(without.totals).toMatchObject({ pages: byDefault.totals.pages, total: null, paid: null });
    expect(without.pages.every(({ amount }: Listed) => amount === null)).toBe(true);
  });

  it('tells a person what is owed, to whom, and when it expires', async () => {
    const { stdout } = await desk.text(['payouts', 'list', '--stash', 'v01', '--era', '1', '--details']);
    expect(stdout).toMatch(/unpaid pages +2/);
    expect(stdout).toMatch(/expires first +era 1, 8\d eras/);
    expect(stdout).toContain(address('v01'));
    expect(stdout).toMatch(/2\/3 .*UNIT/);
    expect(stdout).toContain('goes to');
    const stranger = await desk.text(['payouts', 'list', address('newcomer')]);
    expect(stranger.stdout).toContain('Not staking itself');
  });

  it('gives the same bytes on the same block', async () => {
    const again = await list('--stash', 'v01');
    expect(JSON.stringify(again)).toBe(JSON.stringify(byDefault));
  });

  it('finds a validator that the nominator has left', async () => {
    const before = brief(await list('nominator'));
    await desk.json(['stake', 'nominate', address('v03'), '--from', 'nominator', '--yes']);
    expect(brief(await list('nominator', '--eras', '5'))).toEqual(expect.arrayContaining(before));
  });
});

describe('payouts verify', () => {
  const query = (stash = 'v01', era = '1') => ['payouts', 'verify', '--stash', stash, '--era', era];

  it('ends with 0 when a payout is what the state says, with 9 when it is not, with 4 when there is none', async () => {
    const { json, text } = await desk.both(query(), 0);
    expect(json.result).toMatchObject({
      verdict: 'equal',
      claimed: [0],
      pages: [{ page: 0, block: { number: 14 } }],
    });
    expect(text.stdout).toMatch(/page 1: .* UNIT paid, as the state says/);
    await desk.both(query('v01', '2'), 4);
    await desk.both(query('v01', '99'), 4);

    const amount = BigInt(json.result.pages[0].expected.payments[0].amount);
    const little = (value: bigint) =>
      Buffer.from(value.toString(16).padStart(32, '0'), 'hex').reverse().toString('hex');
    proxy.reset().on('state_queryStorageAt', {
      kind: 'alter',
      with: (result) => JSON.parse(JSON.stringify(result).replaceAll(little(amount), little(amount - 1n))),
    });
    const wrong = await desk.both([...query(), '--rpc', proxy.url], 9);
    expect(wrong.json.error!.code).toBe('PAYOUT_DIFFERS');
    expect(wrong.json.result.pages[0].difference).toMatchObject({
      expected: `${amount} planck`,
      found: `${amount - 1n} planck`,
    });
    expect(wrong.text.stdout).toContain('must be');
  });

  it('takes a transaction or a block, not both, and says which transaction it cannot find', async () => {
    const block = (await desk.json(query())).result.pages[0].block.hash;
    expect((await desk.json([...query(), '--block', block])).result.verdict).toBe('equal');
    const hash = `0x${'12'.repeat(32)}`;
    await desk.json([...query(), '--tx', hash, '--block', block], 2);
    expect((await desk.json([...query(), '--tx', hash], 4)).error!.code).toBe('TX_NOT_FOUND');
    expect((await desk.json([...query(), '--block', hash], 5)).error!.code).toBe('BLOCK_GONE');
  });
});

it('reads one block: when it is gone between two reads, nothing is said', async () => {
  const { readEraWindow } = await import('../../src/lib/eras/facts.js');
  const { readPayoutFacts } = await import('../../src/lib/payouts/facts.js');
  const { chosenEras } = await import('../../src/lib/payouts/list.js');
  const chain = await connect({ endpoints: [proxy.url], timeoutMs: 60_000 });
  try {
    proxy.reset();
    const window = await readEraWindow(chain);
    let reads = 0;
    const gone = {
      kind: 'error',
      code: 4003,
      message: 'UnknownBlock: Header was not found in the database',
    } as const;
    proxy.on('state_queryStorageAt', gone, { when: () => ++reads > 2 });
    const reading = readPayoutFacts(chain, { window, eras: chosenEras(window), stashes: [address('v01')] });
    const error = await reading.catch((thrown) => thrown);
    expect(error).toBeInstanceOf(BursarError);
    expect([error.exit, error.code]).toEqual([5, 'STATE_PRUNED']);
    expect(reads).toBeGreaterThan(2);
  } finally {
    await chain.close();
  }
});
