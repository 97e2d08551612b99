/** `payouts run` on the development chain: every hour, against somebody else, killed in the middle, for pools. */

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { RuntimeCall } from '../../src/lib/tx/plan.js';
import { Desk, UNIT } from '../support/desk.js';
import { deadUrl } from '../support/proxy.js';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

let desk: Desk;
beforeAll(async () => {
  desk = await Desk.open({ keys: ['alice', 'bob', 'newcomer'] });
});
afterAll(() => desk?.close());

const run = (...words: string[]) => ['payouts', 'run', ...words, '--from', 'alice', '--yes'];
const stash = (name: string) => ['--stash', desk.address(name)];
const statuses = (result: { items: { status: string }[] }) => result.items.map(({ status }) => status);

/** Pages that the chain has noted as paid, by era. */
async function claimed(name: string, eras: readonly number[]): Promise<unknown[]> {
  const chain = await desk.chain();
  await chain.refresh();
  return chain.read(
    eras.map((era) => ({ pallet: 'Staking', item: 'ClaimedRewards', keys: [era, desk.address(name)] })),
  );
}

const payout = (name: string, era: number, page: number): RuntimeCall => ({
  pallet: 'Staking',
  call: 'payout_stakers_by_page',
  args: { validator_stash: desk.address(name), era, page },
});

describe('a run from a hot account without rights', () => {
  test('pays every page of every era, oldest first, in as many transactions as allowed; then there is nothing to do', async () => {
    const dry = await desk.json(['payouts', 'run', ...stash('v01'), '--from', 'alice', '--dry-run']);
    expect(dry.result.transactions).toHaveLength(1);
    expect(new Set(statuses(dry.result))).toEqual(new Set(['planned']));
    const { result } = await desk.json(run(...stash('v01'), '--max-calls', '5'));
    expect(new Set(statuses(result))).toEqual(new Set(['paid']));
    expect(result.items).toHaveLength(dry.result.items.length);
    expect(result.transactions).toHaveLength(Math.ceil(result.items.length / 5));
    const eras = result.items.map(({ target }: { target: { era: number } }) => target.era);
    expect(eras).toEqual([...eras].sort((a, b) => a - b));
    // Defect 2: the newest era that can be paid is among them. Defect 3: so is the rest of a half-paid validator.
    expect([eras[0], eras.at(-1)]).toEqual([1, 4]);
    expect(await claimed('v01', [1, 4])).toEqual([
      [0, 1, 2],
      [0, 1, 2],
    ]);
    expect(result.paid).toBe(
      result.items
        .reduce((sum: bigint, { amount }: { amount: string }) => sum + BigInt(amount), 0n)
        .toString(),
    );
    const again = await desk.json(run(...stash('v01')));
    expect(again.result).toMatchObject({ idle: 'Nothing is owed.', items: [], transactions: [] });
    const noop = await desk.text([...run(...stash('v01')), '--exit-noop'], 3);
    expect(noop.stdout).toContain('Nothing is owed.');
  });

  test('keeps to a budget, and leaves what does not pay; the reasons are told', async () => {
    const { result } = await desk.json([
      'payouts',
      'run',
      ...stash('v02'),
      '--from',
      'alice',
      '--dry-run',
      '--max-fee',
      '0.12UNIT',
      '--min-profit',
      '0.2UNIT',
    ]);
    const reasons = result.items
      .filter(({ status }: { status: string }) => status === 'left')
      .map(({ reason }: { reason: string }) => reason);
    expect(reasons.some((reason: string) => reason.includes('budget'))).toBe(true);
    expect(statuses(result)).toContain('planned');
    const fee = result.transactions.reduce((sum: bigint, one: { fee: string }) => sum + BigInt(one.fee), 0n);
    expect(fee).toBeLessThanOrEqual((UNIT * 12n) / 100n);
    // A budget that no payout fits into would never pay anything, and must not look healthy.
    const short = await desk.json([...run(...stash('v02')), '--max-fee', '0.001UNIT', '--exit-noop'], 4);
    expect(short.error?.code).toBe('FEE_BUDGET');
    expect(new Set(statuses(short.result))).toEqual(new Set(['left']));
  });

  test('defect 4, 7: an endpoint that is down is code 5, never "nothing to pay"', async () => {
    const { json } = await desk.both(
      [...run(...stash('v02')), '--rpc', await deadUrl(), '--timeout', '3s'],
      5,
    );
    expect(json.error?.code).toBe('ENDPOINT_UNREACHABLE');
  });
});

describe('somebody else', () => {
  test('who pays the same page first is healthy: the others are paid, and the code is 0', async () => {
    const bob = await desk.encode(payout('v02', 1, 0));
    desk.devnet.setMode('manual');
    try {
      const other = desk.start(['tx', 'submit', bob, '--from', 'bob', '--yes', '--wait', 'broadcast']);
      expect((await other.ended).code).toBe(0);
      const running = desk.start([...run(...stash('v02'), '--era', '1'), '--json']);
      await vi.waitFor(
        async () => {
          const chain = await desk.chain();
          const pool = await chain.rpc.request<string[]>('author_pendingExtrinsics', []);
          expect(pool).toHaveLength(2);
        },
        { timeout: 60_000, interval: 200 },
      );
      desk.devnet.setMode('instant');
      await desk.devnet.advance({ blocks: 1 });
      const { code, stdout } = await running.ended;
      const { result } = JSON.parse(stdout);
      expect(statuses(result)[0]).toBe('paidByOthers');
      expect(new Set(statuses(result).slice(1))).toEqual(new Set(['paid']));
      expect(code).toBe(0);
    } finally {
      desk.devnet.setMode('instant');
    }
  });
});

describe('two runs at once', () => {
  test('both end well, and nothing is paid twice', async () => {
    const from = await desk.devnet.head();
    const runs = await Promise.all(
      [1, 2].map(() => desk.json(run(...stash('v04'), '--max-calls', '2', '--timeout', '120s'))),
    );
    const items = runs.flatMap(({ result }) => result.items as { status: string; target: unknown }[]);
    const paid = items.filter(({ status }) => status === 'paid').map(({ target }) => JSON.stringify(target));
    expect(new Set(paid).size).toBe(paid.length);
    expect(items.every(({ status }) => status === 'paid' || status === 'paidByOthers')).toBe(true);
    // An era may have ended meanwhile: its pages were not there when the runs began.
    const { pages } = (await desk.json(['payouts', 'list', ...stash('v04')])).result;
    const last = Math.max(
      ...runs[0]!.result.items.map((item: { target: { era: number } }) => item.target.era),
    );
    expect(pages.filter(({ era }: { era: number }) => era <= last)).toEqual([]);
    expect(await desk.sentBy('alice', from)).toBe(Math.ceil(paid.length / 2));
  });

  test('under one key of --once: a repetition reports the first run', async () => {
    const from = await desk.devnet.head();
    const once = ['--once', 'v05', '--max-fee'];
    const { result } = await desk.json([...run(...stash('v05')), ...once, '1UNIT']);
    const sent = await desk.sentBy('alice', from);
    // The same, written otherwise.
    const line = [...run(...stash('v05'), ...stash('v05')), ...once, '10_000_000_000 planck'];
    const again = await desk.json(line);
    expect(again.schema).toBe('bursar/tx.earlier/1');
    expect(again.result).toMatchObject({ command: 'payouts.run/1', once: 'v05' });
    expect(again.result.outcome.txHash).toBe(result.transactions[0].outcome.txHash);
    expect(await desk.sentBy('alice', from)).toBe(sent);
    expect((await desk.json([...run(...stash('v06')), '--once', 'v05'], 2)).error?.code).toBe('ONCE_USED');
  });
});

describe('killed in the middle', () => {
  test('the next run settles what was sent, and pays the rest once', async () => {
    const running = desk.start(run(...stash('v03'), '--max-calls', '2'));
    // The first transaction is in a block; the run is about to learn of it, and has more to send.
    await vi.waitFor(async () => expect(await claimed('v03', [1])).toEqual([[0, 1]]), {
      timeout: 60_000,
      interval: 20,
    });
    running.child.kill('SIGKILL');
    await running.ended;
    const { result } = await desk.json(run(...stash('v03')));
    expect(statuses(result).every((status) => status === 'paid')).toBe(true);
    const after = await desk.json(['payouts', 'list', ...stash('v03')]);
    expect(after.result.pages).toEqual([]);
    expect(await claimed('v03', [2, 3])).toEqual([
      [0, 1, 2],
      [0, 1, 2],
    ]);
  });
});

describe('nomination pools', () => {
  test('rewards of a member are compounded or claimed in the same run, if the member allows it', async () => {
    const [alice, bob] = [desk.address('alice'), desk.address('bob')];
    const send = async (from: string, ...calls: RuntimeCall[]) => {
      const hex = await Promise.all(calls.map((call) => desk.encode(call)));
      await desk.json(['tx', 'submit', ...hex, '--from', from, '--yes']);
    };
    const pools = (call: string, args: RuntimeCall['args']): RuntimeCall => ({
      pallet: 'NominationPools',
      call,
      args,
    });
    await send(
      'alice',
      pools('create', { amount: 5_000n * UNIT, root: alice, nominator: alice, bouncer: alice }),
    );
    await send('alice', pools('nominate', { pool_id: 1, validators: [desk.address('v05')] }));
    await send('bob', pools('join', { amount: 1_000n * UNIT, pool_id: 1 }));
    await send('bob', pools('set_claim_permission', { permission: 'PermissionlessCompound' }));
    await desk.devnet.advance({ eras: 3 });
    const words = ['--stash', desk.address('v05'), '--pools', 'compound'];
    await desk.json(run(...words));
    const listed = await desk.json(['payouts', 'list', bob, '--eras', '1', '--pools']);
    expect(listed.result.pools).toMatchObject([
      { member: bob, pool: 1, permission: 'PermissionlessCompound' },
    ]);
    const { result } = await desk.json([
      'payouts',
      'run',
      bob,
      '--eras',
      '1',
      '--pools',
      'compound',
      '--from',
      'newcomer',
      '--yes',
    ]);
    const pool = result.items.filter(({ target }: { target: { kind: string } }) => target.kind === 'pool');
    expect(pool).toMatchObject([{ target: { member: bob, pool: 1 }, status: 'paid' }]);
    expect(BigInt(pool[0].amount)).toBeGreaterThan(0n);
    const chain = await desk.chain();
    await chain.refresh();
    const [member] = await chain.read([{ pallet: 'NominationPools', item: 'PoolMembers', keys: [bob] }]);
    expect((member as { points: bigint }).points).toBe(1_000n * UNIT + BigInt(pool[0].amount));
    const refused = await desk.json([
      'payouts',
      'run',
      bob,
      '--eras',
      '1',
      '--pools',
      'claim',
      '--from',
      'newcomer',
      '--dry-run',
    ]);
    expect(
      refused.result.items.filter(({ target }: { target: { kind: string } }) => target.kind === 'pool'),
    ).toEqual([]);
  });
});
