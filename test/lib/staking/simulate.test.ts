import { expect, it, test } from 'vitest';
import { type LedgerOp, simulateLedger } from '../../../src/lib/staking/simulate.js';

const rules = { bondingDuration: 28, maxUnlockingChunks: 32 };
const run = (...ops: LedgerOp[]) => simulateLedger(ops, rules);
const at = (era: number): LedgerOp => ({ op: 'era', value: era });
const call = (op: 'bond' | 'bond_extra' | 'unbond' | 'rebond', value: bigint): LedgerOp => ({ op, value });
const withdraw: LedgerOp = { op: 'withdraw_unbonded' };

it('runs a stash from its first bond to its last planck, and again', () => {
  const life = [at(5), call('bond', 100n), call('bond_extra', 20n), call('unbond', 500n), at(32), withdraw];
  expect(run(...life)).toEqual({
    era: 32,
    total: 120n,
    active: 0n,
    unlocking: [{ value: 120n, era: 33 }],
    withdrawn: [0n],
  });
  const end = run(...life, at(33), withdraw);
  expect(end).toEqual({ era: 33, total: 0n, active: 0n, unlocking: [], withdrawn: [0n, 120n] });
  expect(run(...life, at(33), withdraw, call('bond', 7n))).toMatchObject({ total: 7n, active: 7n });
});

it('continues from a ledger that exists', () => {
  const start = { ledger: { total: 15n, active: 10n, unlocking: [{ value: 5n, era: 12 }] }, era: 11 };
  expect(simulateLedger([call('rebond', 2n)], rules, start)).toMatchObject({
    active: 12n,
    total: 15n,
    era: 11,
  });
});

it('merges within an era and keeps eras apart', () => {
  const { unlocking } = run(
    call('bond', 100n),
    at(1),
    call('unbond', 1n),
    call('unbond', 2n),
    at(2),
    call('unbond', 4n),
  );
  expect(unlocking).toEqual([
    { value: 3n, era: 29 },
    { value: 4n, era: 30 },
  ]);
});

const crowded: LedgerOp[] = [call('bond', 1000n)];
for (let era = 0; era < 33; era++) crowded.push(at(era), call('unbond', 1n));

it('ends at the 33rd chunk by the strict rule, and withdraws by the rule of today', () => {
  expect(() => simulateLedger(crowded, rules)).toThrow(expect.objectContaining({ code: 'NO_MORE_CHUNKS' }));
  const today = simulateLedger(crowded, { ...rules, withdrawWhenFull: true });
  expect(today.withdrawn).toEqual([5n]); // unlocked in eras 28 to 32
  expect(today.unlocking).toHaveLength(28);
  expect(today.total).toBe(995n);
});

test.each<[string, LedgerOp[]]>([
  ['NOT_CONTROLLER', [call('unbond', 1n)]],
  ['NOT_CONTROLLER', [call('rebond', 1n)]],
  ['NOT_CONTROLLER', [withdraw]],
  ['NOT_STASH', [call('bond_extra', 1n)]],
  ['ALREADY_BONDED', [call('bond', 1n), call('bond', 1n)]],
  ['NO_UNLOCK_CHUNK', [call('bond', 10n), call('rebond', 1n)]],
  ['NO_UNLOCK_CHUNK', [call('bond', 10n), call('unbond', 5n), at(28), withdraw, call('rebond', 1n)]],
  ['AMOUNT_NEGATIVE', [call('bond', -1n)]],
  ['ERA_REVERSED', [at(5), at(4)]],
  ['ERA_OUT_OF_RANGE', [at(-1)]],
  ['ERA_OUT_OF_RANGE', [at(1.5)]],
  ['LEDGER_OP_UNKNOWN', [{ op: 'slash', value: 1n } as unknown as LedgerOp]],
])('%s', (code, ops) => {
  expect(() => run(...ops)).toThrow(expect.objectContaining({ name: 'BursarError', code }));
});
