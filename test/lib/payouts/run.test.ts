/** Packing payouts into transactions, and what became of them. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BatchCosts,
  byExpiry,
  callsThatFit,
  type Payable,
  packPayouts,
} from '../../../src/lib/payouts/batches.js';
import { payoutPayables, targetId } from '../../../src/lib/payouts/payables.js';
import { type PoolMember, poolRewards } from '../../../src/lib/payouts/pools.js';
import { batchPlan, runError, settleItems, totals } from '../../../src/lib/payouts/run.js';
import type { OwedPage } from '../../../src/lib/payouts/types.js';
import type { Included, OutcomeNode } from '../../../src/lib/tx/outcome.js';

const payable = (era: number, options: Partial<Payable> = {}): Payable => ({
  target: { kind: 'payout', era, stash: 'V', page: 0 },
  call: {
    pallet: 'Staking',
    call: 'payout_stakers_by_page',
    args: { validator_stash: 'V', era, page: 0 },
    reason: 'pays',
    expects: [],
  },
  amount: 100n,
  gain: 100n,
  erasLeft: era,
  ...options,
});

const cost = (fee: bigint, refTime: bigint, proofSize: bigint, length: number) => ({
  fee,
  weight: { refTime, proofSize },
  length,
});

const costs = (options: Partial<BatchCosts> = {}): BatchCosts => ({
  limits: { weight: { refTime: 1_000n, proofSize: 1_000n }, length: 1_000 },
  first: cost(10n, 100n, 50n, 150),
  further: cost(4n, 80n, 40n, 40),
  ...options,
});

describe('how many calls a transaction holds', () => {
  it('is decided by the dimension that is full first', () => {
    // 900 of computation: 100 + 10 × 80; 900 of proof: 50 + 21 × 40; 900 bytes: 150 + 18 × 40.
    expect(callsThatFit(costs())).toBe(11);
    expect(callsThatFit(costs({ further: cost(4n, 1n, 200n, 40) }))).toBe(5);
    expect(callsThatFit(costs({ further: cost(4n, 1n, 1n, 400) }))).toBe(2);
    expect(callsThatFit(costs({ first: cost(10n, 950n, 50n, 150) }))).toBe(0);
  });
  it('a chain of one dimension has no limit in the other', () => {
    const limits = { weight: { refTime: 1_000n, proofSize: 0n }, length: 1_000 };
    const one = { limits, first: cost(1n, 100n, 0n, 100), further: cost(1n, 100n, 0n, 1) };
    expect(callsThatFit(one)).toBe(9);
  });
});

describe('packing', () => {
  it('takes what expires first, and what never expires last', () => {
    const mixed = [payable(7), payable(1, { erasLeft: null }), payable(2), payable(7)];
    expect(byExpiry(mixed).map(({ erasLeft }) => erasLeft)).toEqual([2, 7, 7, null]);
  });
  it('leaves nothing out, never fills a transaction above the limits, and keeps to the budget', () => {
    const items = fc.array(
      fc
        .record({ era: fc.nat(90), gain: fc.bigInt({ min: 0n, max: 50n }) })
        .map(({ era, gain }) => payable(era, { gain })),
      { maxLength: 60 },
    );
    const options = fc.record(
      {
        maxCalls: fc.integer({ min: 1, max: 20 }),
        maxFee: fc.bigInt({ min: 0n, max: 300n }),
        minProfit: fc.bigInt({ min: 0n, max: 40n }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(items, options, (payables, chosen) => {
        const { batches, left } = packPayouts(payables, costs(), chosen);
        const sent = batches.flatMap((batch) => batch.items);
        expect(new Set([...sent, ...left.map(({ item }) => item)])).toEqual(new Set(payables));
        expect(sent.length + left.length).toBe(payables.length);
        for (const { items: calls, fee } of batches) {
          expect(calls.length).toBeLessThanOrEqual(Math.min(11, chosen.maxCalls ?? 11));
          expect(100n + BigInt(calls.length - 1) * 80n).toBeLessThanOrEqual(900n);
          expect(fee).toBe(10n + BigInt(calls.length - 1) * 4n);
        }
        const spent = batches.reduce((sum, { fee }) => sum + fee, 0n);
        if (chosen.maxFee !== undefined) expect(spent).toBeLessThanOrEqual(chosen.maxFee);
        for (const { gain } of sent)
          if (chosen.minProfit !== undefined) expect(gain - 4n).toBeGreaterThanOrEqual(chosen.minProfit);
        const eras = sent.map(({ erasLeft }) => erasLeft as number);
        expect(eras).toEqual([...eras].sort((a, b) => a - b));
      }),
    );
  });
  it('says why something is left', () => {
    const reasons = (options: object, one = costs()) =>
      packPayouts([payable(1, { gain: 5n })], one, options).left.map(({ reason }) => reason);
    expect(reasons({ minProfit: 2n })).toEqual(['unprofitable']);
    expect(reasons({ minProfit: 1n })).toEqual([]);
    expect(reasons({ maxFee: 9n })).toEqual(['fee-budget']);
    expect(reasons({}, costs({ first: cost(1n, 10_000n, 1n, 1) }))).toEqual(['too-heavy']);
  });
});

const page = (options: Partial<OwedPage> = {}): OwedPage => ({
  era: 5,
  stash: 'V',
  page: 1,
  pages: 3,
  claimed: 1,
  nominators: 2,
  refused: null,
  erasLeft: 10,
  expiresAt: null,
  amount: {
    total: 60n,
    paid: 50n,
    commission: 0n,
    own: 0n,
    incentive: 0n,
    nominators: 60n,
    mode: 'minting',
    payments: [
      { who: 'A', kind: 'nominator', amount: 20n, destination: 'Staked', to: 'A', lost: null },
      { who: 'B', kind: 'nominator', amount: 30n, destination: 'Stash', to: 'B', lost: null },
      { who: 'C', kind: 'nominator', amount: 10n, destination: 'None', to: null, lost: 'DESTINATION_NONE' },
    ],
  },
  ...options,
});

describe('calls', () => {
  it('pay a page by name; a chain without pages gets the classic call', () => {
    const one = (byPage: boolean) =>
      payoutPayables([page()], { stashes: 'all', accounts: [] }, byPage).payables[0]?.call;
    expect(one(true)).toMatchObject({
      call: 'payout_stakers_by_page',
      args: { validator_stash: 'V', era: 5, page: 1 },
    });
    expect(one(false)).toMatchObject({ call: 'payout_stakers', args: { validator_stash: 'V', era: 5 } });
  });
  it('gain what the accounts asked about get, or everybody whose validator was asked about', () => {
    const gain = (stashes: 'all' | string[], accounts: string[]) =>
      payoutPayables([page()], { stashes, accounts }, true).payables[0]?.gain;
    expect(gain('all', [])).toBe(50n);
    expect(gain(['V'], ['A'])).toBe(50n);
    expect(gain(['W'], ['A', 'C'])).toBe(20n);
  });
  it('are not made for what the chain would refuse; that is told', () => {
    const { payables, unpayable } = payoutPayables(
      [page({ refused: 'NOT_BONDED' })],
      { stashes: 'all', accounts: [] },
      true,
    );
    expect(payables).toEqual([]);
    expect(unpayable).toMatchObject([{ refused: 'NOT_BONDED' }]);
  });
  it('of pool members follow what the member permits; an own reward needs no permission', () => {
    const member = (permission: PoolMember['permission'], pending = 5n): PoolMember => ({
      member: 'M',
      pool: 3,
      pending,
      permission,
    });
    const call = (one: PoolMember, action: 'claim' | 'compound', signer = 'S') => {
      const [reward] = poolRewards([one], signer, action);
      return reward?.call ? [reward.call.call, reward.call.args] : reward?.why;
    };
    expect(call(member('PermissionlessAll'), 'claim')).toEqual(['claim_payout_other', { other: 'M' }]);
    expect(call(member('PermissionlessAll'), 'compound')).toEqual([
      'bond_extra_other',
      { member: 'M', extra: 'Rewards' },
    ]);
    expect(call(member('PermissionlessWithdraw'), 'compound')).toBe('NOT_PERMITTED');
    expect(call(member('PermissionlessCompound'), 'claim')).toBe('NOT_PERMITTED');
    expect(call(member('Permissioned'), 'claim')).toBe('NOT_PERMITTED');
    expect(call(member('Permissioned'), 'claim', 'M')).toEqual(['claim_payout', {}]);
    expect(call(member('Permissioned'), 'compound', 'M')).toEqual(['bond_extra', { extra: 'Rewards' }]);
    expect(call(member('PermissionlessAll', 0n), 'claim')).toBe('NOTHING_PENDING');
  });
});

const node = (status: OutcomeNode['status'], name?: string): OutcomeNode => ({
  call: payable(1).call,
  status,
  ...(name === undefined ? {} : { failure: { name } }),
  events: [],
  children: [],
});

const included = (children: OutcomeNode[], options: Partial<Included> = {}): Included => ({
  kind: 'included',
  txHash: '0x01',
  block: { hash: '0x02', number: 9 },
  index: 1,
  finalized: true,
  verdict: 'ok',
  fee: 7n,
  tree: { ...node('ok'), children },
  ...options,
});

describe('what became of a transaction', () => {
  const items = [payable(1), payable(2), payable(3)];
  const failing = included(
    [node('ok'), node('failed', 'Staking.AlreadyClaimed'), node('failed', 'Staking.InvalidPage')],
    { verdict: 'innerCallFailed', failure: { name: 'Staking.AlreadyClaimed' } },
  );
  const owed = new Set([targetId(payable(3).target)]);

  it('what somebody else paid meanwhile is healthy, what is still owed is a failure', () => {
    const settled = settleItems({ items, outcome: failing }, owed);
    expect(settled.map(({ status }) => status)).toEqual(['paid', 'paidByOthers', 'failed']);
    expect(settled[2]?.reason).toBe('Staking.InvalidPage');
    expect(runError(settled, [failing], null)).toMatchObject({ exit: 8, code: 'PAYOUTS_FAILED' });
    expect(runError(settled.slice(0, 2), [failing], null)).toBeUndefined();
    expect(totals(settled, [failing])).toEqual({ paid: 100n, fees: 7n });
  });
  it('without another look at the chain a failure is a failure', () => {
    const settled = settleItems({ items, outcome: failing }, null);
    expect(settled.map(({ status }) => status)).toEqual(['paid', 'failed', 'failed']);
  });
  it('a transaction that failed as a whole paid nothing', () => {
    const outcome = included([node('notRun'), node('notRun'), node('notRun')], {
      verdict: 'dispatchFailed',
      failure: { name: 'BadOrigin' },
    });
    const settled = settleItems({ items, outcome }, new Set(items.map(({ target }) => targetId(target))));
    expect(settled.map(({ status, reason }) => [status, reason])).toEqual(
      items.map(() => ['failed', 'BadOrigin']),
    );
    expect(runError(settled, [outcome], null)?.exit).toBe(7);
  });
  it('an outcome that is not known is neither paid nor failed', () => {
    const outcome = { kind: 'pending', txHash: '0x01', reason: 'lost', resolve: 'bursar tx status' } as const;
    const settled = settleItems({ items, outcome }, null);
    expect(new Set(settled.map(({ status }) => status))).toEqual(new Set(['unknown']));
    expect(runError(settled, [outcome], null)?.exit).toBe(6);
    const expired = { kind: 'expired', txHash: '0x01', validUntil: 9 } as const;
    expect(runError(settleItems({ items, outcome: expired }, null), [expired], null)?.exit).toBe(5);
  });
  it('goes each on its own', () => {
    expect(batchPlan({ items, fee: 1n }, 'S')).toMatchObject({ batch: 'each', account: 'S', spends: 0n });
  });
});
