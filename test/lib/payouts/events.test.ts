import { expect, it } from 'vitest';
import { payoutsIn } from '../../../src/lib/payouts/events.js';
import type { Plain } from '../../../src/lib/plain.js';

const record = (extrinsic: number | null, name: string, data: Plain) => ({
  extrinsic,
  event: { name, data },
});

it('belongs each payment to the payout that began last in its extrinsic', () => {
  const payouts = payoutsIn([
    record(null, 'System.NewAccount', { account: 'x' }),
    // Not of a payout.
    record(1, 'Balances.Transfer', { from: 'a', to: 'b', amount: 5n }),
    record(1, 'Staking.PayoutStarted', { eraIndex: 4, validatorStash: 'V', page: 1, next: 2 }),
    record(1, 'Balances.Transfer', { from: 'pot', to: 'V', amount: 7n }),
    record(1, 'Staking.ValidatorIncentivePaid', {
      eraIndex: 4,
      validatorStash: 'V',
      dest: 'Stash',
      amount: 7n,
    }),
    record(1, 'Balances.Minted', { who: 'N', amount: 3n }),
    record(1, 'Staking.Rewarded', { stash: 'N', dest: { Account: 'M' }, amount: 3n }),
    record(1, 'Staking.Rewarded', { stash: 'O', dest: { Account: 'P' }, amount: 0n }),
    record(1, 'Staking.PayoutStarted', { eraIndex: 4, validatorStash: 'W', page: 0, next: null }),
    record(2, 'Balances.Deposit', { who: 'N', amount: 3n }),
    record(2, 'Staking.Rewarded', { stash: 'N', dest: 'Staked', amount: 3n }),
  ]);
  expect(payouts).toEqual([
    {
      era: 4,
      stash: 'V',
      page: 1,
      extrinsic: 1,
      createdBefore: ['x'],
      payments: [
        { who: 'V', kind: 'incentive', amount: 7n, destination: 'Stash' },
        { who: 'N', kind: 'staker', amount: 3n, destination: { Account: 'M' } },
      ],
      credits: [
        { who: 'V', amount: 7n },
        { who: 'N', amount: 3n },
      ],
    },
    { era: 4, stash: 'W', page: 0, extrinsic: 1, createdBefore: ['x'], payments: [], credits: [] },
  ]);
});

it('reads the forms of older runtimes: fields by position, no page, no destination', () => {
  const [payout] = payoutsIn([
    record(1, 'Staking.PayoutStarted', [4, 'V']),
    record(1, 'Staking.Rewarded', ['V', 7n]),
    record(1, 'Staking.Rewarded', { stash: 'N', amount: 3n }),
  ]);
  expect(payout).toMatchObject({ era: 4, stash: 'V', page: null });
  expect(payout!.payments).toEqual([
    { who: 'V', kind: 'staker', amount: 7n, destination: null },
    { who: 'N', kind: 'staker', amount: 3n, destination: null },
  ]);
});
