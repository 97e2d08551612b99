import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { BursarError } from '../../../src/lib/errors.js';
import {
  bond,
  bondExtra,
  bondMaxMinusReserve,
  type Ledger,
  type MaybeLedger,
  rebond,
  type UnlockChunk,
  unbond,
  withdrawUnbonded,
} from '../../../src/lib/staking/ledger.js';

function refusal(run: () => unknown): { code: string; exit: number; hint?: string | undefined } {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(BursarError);
    const { code, exit, hint } = error as BursarError;
    return { code, exit, hint };
  }
  throw new Error('It was not refused.');
}

const ledger = (active: bigint, ...unlocking: [bigint, number][]): Ledger => ({
  active,
  unlocking: unlocking.map(([value, era]) => ({ value, era })),
  total: unlocking.reduce((sum, [value]) => sum + value, active),
});
const rules = { era: 100, duration: 28, maxUnlockingChunks: 32 };
const full = (era: number) =>
  ledger(1000n, ...Array.from({ length: 32 }, (_, i): [bigint, number] => [1n, era + i]));

describe('bond and bond_extra', () => {
  it('bonds no more than there is, but judges what was asked for', () => {
    expect(bond(null, 100n)).toEqual(ledger(100n));
    expect(bond(null, 100n, { freeToStake: 60n, minBond: 80n })).toEqual(ledger(60n));
    expect(refusal(() => bond(null, 79n, { minBond: 80n })).code).toBe('INSUFFICIENT_BOND');
    expect(refusal(() => bond(ledger(1n), 100n))).toMatchObject({ code: 'ALREADY_BONDED', exit: 4 });
  });

  it('adds, and judges the new active stake', () => {
    const before = ledger(100n, [5n, 3]);
    expect(bondExtra(before, 50n)).toEqual({ ledger: ledger(150n, [5n, 3]), added: 50n });
    expect(bondExtra(before, 50n, { freeToStake: 20n }).added).toBe(20n);
    expect(refusal(() => bondExtra(before, 50n, { minBond: 151n })).code).toBe('INSUFFICIENT_BOND');
    expect(refusal(() => bondExtra(before, 2n ** 128n)).code).toBe('OVERFLOW');
    expect(refusal(() => bondExtra(null, 50n)).code).toBe('NOT_STASH');
  });
});

describe('unbond', () => {
  it('merges with the last chunk when the era is the same, and only with the last', () => {
    const once = unbond(ledger(100n), 10n, rules);
    expect(once).toMatchObject({ unbonded: 10n, unlockEra: 128, withdrawn: null, chills: false });
    expect(unbond(once.ledger, 5n, rules).ledger).toEqual(ledger(85n, [15n, 128]));
    // A validator's chunk of era 128, then the fast one of the nominator it became, then 128 again.
    const mixed = ledger(100n, [10n, 128], [1n, 102]);
    expect(unbond(mixed, 5n, rules).ledger).toEqual(ledger(95n, [10n, 128], [1n, 102], [5n, 128]));
  });

  it('clamps to the active stake, which chills', () => {
    expect(unbond(ledger(100n), 101n, { ...rules, minActive: 50n })).toMatchObject({
      ledger: ledger(0n, [100n, 128]),
      unbonded: 100n,
      chills: true,
    });
  });

  it('takes dust along, without chilling for it', () => {
    const dusty = { ...rules, existentialDeposit: 10n };
    expect(unbond(ledger(100n), 91n, dusty)).toMatchObject({
      ledger: ledger(0n, [100n, 128]),
      chills: false,
    });
    expect(unbond(ledger(100n), 90n, dusty).ledger).toEqual(ledger(10n, [90n, 128]));
    // So a nominator who asks for all but dust is refused where one who asks for all is not.
    expect(refusal(() => unbond(ledger(100n), 91n, { ...dusty, minActive: 50n })).code).toBe(
      'INSUFFICIENT_BOND',
    );
  });

  it('keeps the minimum of the role', () => {
    expect(refusal(() => unbond(ledger(100n), 51n, { ...rules, minActive: 50n }))).toMatchObject({
      code: 'INSUFFICIENT_BOND',
      exit: 4,
    });
    expect(unbond(ledger(100n), 50n, { ...rules, minActive: 50n }).ledger.active).toBe(50n);
  });

  it('is refused with all chunks taken, even for a merge and for nothing', () => {
    const taken = full(97); // the last chunk unlocks in era 128, as a new one would
    expect(taken.unlocking.at(-1)!.era).toBe(128);
    for (const value of [0n, 1n]) {
      const refused = refusal(() => unbond(taken, value, rules));
      expect(refused).toMatchObject({ code: 'NO_MORE_CHUNKS', exit: 4 });
      expect(refused.hint).toContain('era 97');
    }
  });

  it('withdraws first when the chain does, and only then', () => {
    const automatic = { ...rules, withdrawWhenFull: true };
    const { ledger: after, withdrawn } = unbond(full(97), 10n, automatic);
    expect(withdrawn).toBe(4n); // eras 97 to 100
    expect(after.unlocking).toHaveLength(28);
    expect(after.unlocking.at(-1)).toEqual({ value: 11n, era: 128 });
    expect(after.active).toBe(990n);
    expect(refusal(() => unbond(full(101), 10n, automatic)).code).toBe('NO_MORE_CHUNKS');
    expect(refusal(() => unbond(full(97), 10n, { ...automatic, withdrawableEra: 96 })).code).toBe(
      'NO_MORE_CHUNKS',
    );
    expect(unbond(ledger(100n, [5n, 1]), 10n, automatic).withdrawn).toBeNull();
    // Everything was unlocking and is free: the withdrawal removes the ledger, and there is nothing to unbond.
    const spent = { ...full(60), active: 0n, total: 32n };
    expect(refusal(() => unbond(spent, 10n, automatic)).code).toBe('NOT_CONTROLLER');
  });

  it('of nothing changes nothing', () => {
    expect(unbond(ledger(100n, [1n, 5]), 0n, rules).ledger).toEqual(ledger(100n, [1n, 5]));
  });
});

describe('rebond', () => {
  it('takes the chunk that was made last first, wherever its era stands', () => {
    const before = ledger(10n, [100n, 128], [7n, 102]);
    expect(rebond(before, 20n)).toEqual({
      ledger: ledger(30n, [87n, 128]),
      rebonded: 20n,
      taken: [
        { value: 7n, era: 102 },
        { value: 13n, era: 128 },
      ],
    });
    expect(rebond(before, 107n).ledger).toEqual(ledger(117n));
    expect(rebond(before, 1000n)).toMatchObject({ ledger: ledger(117n), rebonded: 107n });
    expect(rebond(before, 0n)).toEqual({ ledger: before, rebonded: 0n, taken: [] });
  });

  it('needs a chunk and the minimum bond', () => {
    expect(refusal(() => rebond(ledger(10n), 1n))).toMatchObject({ code: 'NO_UNLOCK_CHUNK', exit: 4 });
    expect(refusal(() => rebond(null, 1n)).code).toBe('NOT_CONTROLLER');
    expect(refusal(() => rebond(ledger(0n, [9n, 5]), 4n, { minBond: 5n })).code).toBe('INSUFFICIENT_BOND');
    expect(rebond(ledger(0n, [9n, 5]), 5n, { minBond: 5n }).ledger.active).toBe(5n);
  });
});

describe('withdraw_unbonded', () => {
  it('releases what is due, in whatever order it stands', () => {
    const before = ledger(10n, [100n, 128], [7n, 102], [2n, 129]);
    expect(withdrawUnbonded(before, { withdrawableEra: 102 })).toEqual({
      ledger: ledger(10n, [100n, 128], [2n, 129]),
      withdrawn: 7n,
      chunks: [{ value: 7n, era: 102 }],
      dust: 0n,
    });
    expect(withdrawUnbonded(before, { withdrawableEra: 101 })).toMatchObject({
      ledger: before,
      withdrawn: 0n,
    });
    expect(refusal(() => withdrawUnbonded(null, { withdrawableEra: 1 })).code).toBe('NOT_CONTROLLER');
  });

  it('removes a ledger of which nothing but dust is left', () => {
    const existentialDeposit = 10n;
    expect(withdrawUnbonded(ledger(0n, [5n, 1]), { withdrawableEra: 1 }).ledger).toBeNull();
    expect(withdrawUnbonded(ledger(9n, [5n, 1]), { withdrawableEra: 1, existentialDeposit })).toMatchObject({
      ledger: null,
      withdrawn: 5n,
      dust: 9n,
    });
    expect(
      withdrawUnbonded(ledger(10n, [5n, 1]), { withdrawableEra: 1, existentialDeposit }).ledger,
    ).not.toBeNull();
    expect(withdrawUnbonded(ledger(0n, [5n, 2]), { withdrawableEra: 1 }).ledger).not.toBeNull();
  });
});

test('no call takes a negative amount', () => {
  const calls = [
    () => bond(null, -1n),
    () => bondExtra(ledger(1n), -1n),
    () => unbond(ledger(1n), -1n, rules),
    () => rebond(ledger(1n, [1n, 1]), -1n),
    () => bondMaxMinusReserve(-1n, 0n),
    () => bondMaxMinusReserve(1n, -1n),
  ];
  for (const call of calls) expect(refusal(call)).toMatchObject({ code: 'AMOUNT_NEGATIVE', exit: 2 });
});

test('bonding all but a reserve leaves at least the reserve, or bonds nothing', () => {
  const amount = fc.bigInt({ min: 0n, max: 2n ** 100n });
  fc.assert(
    fc.property(amount, amount, (free, reserve) => {
      const value = bondMaxMinusReserve(free, reserve);
      expect(value >= 0n && value <= free).toBe(true);
      if (value === 0n) expect(free <= reserve).toBe(true);
      else expect(free - value).toBe(reserve);
    }),
  );
});

/** A model that moves every planck on its own: a stack of units, each with the era in which it is free. */
class UnitModel {
  active = 0;
  stack: number[] = [];
  free = 0;
  unbond(value: number, era: number) {
    const moved = Math.min(value, this.active);
    this.active -= moved;
    for (let i = 0; i < moved; i++) this.stack.push(era);
  }
  rebond(value: number) {
    for (let i = 0; i < value && this.stack.pop() !== undefined; i++) this.active++;
  }
  withdraw(era: number) {
    const kept = this.stack.filter((unit) => unit > era);
    this.free += this.stack.length - kept.length;
    this.stack = kept;
  }
}

describe('laws, on random histories', () => {
  type Step = { op: 'extra' | 'unbond' | 'rebond' | 'withdraw' | 'wait'; value: number; duration: number };
  const steps = fc.array(
    fc.record<Step>({
      op: fc.constantFrom('extra', 'unbond', 'rebond', 'withdraw', 'wait'),
      value: fc.integer({ min: 0, max: 60 }),
      duration: fc.constantFrom(2, 28),
    }),
    { maxLength: 80 },
  );

  it('moves the same planck as the model, and never makes or loses one', () => {
    fc.assert(
      fc.property(
        steps,
        fc.integer({ min: 1, max: 8 }),
        fc.boolean(),
        (history, maxUnlockingChunks, automatic) => {
          const model = new UnitModel();
          model.active = 100;
          let state: MaybeLedger = bond(null, 100n);
          let put = 100n;
          let out = 0n;
          let era = 0;
          for (const { op, value, duration } of history) {
            const before: Ledger = state;
            const n = BigInt(value);
            if (op === 'wait') era += value % 30;
            else if (op === 'extra') {
              state = bondExtra(state, n).ledger;
              model.active += value;
              put += n;
            } else if (op === 'unbond') {
              const isFull = before.unlocking.length === maxUnlockingChunks;
              const run = () =>
                unbond(before, n, {
                  era,
                  duration,
                  maxUnlockingChunks,
                  withdrawWhenFull: automatic,
                });
              const canFree = automatic && before.unlocking.some((chunk) => chunk.era <= era);
              if (isFull && !canFree) {
                expect(refusal(run).code).toBe('NO_MORE_CHUNKS');
                continue;
              }
              if (isFull) model.withdraw(era);
              if (isFull && model.stack.length === 0 && model.active === 0) {
                expect(refusal(run).code).toBe('NOT_CONTROLLER');
                return;
              }
              const result = run();
              expect(result.unlockEra).toBe(era + duration);
              expect(result.chills).toBe(n >= before.active);
              model.unbond(value, era + duration);
              out += result.withdrawn ?? 0n;
              state = result.ledger;
            } else if (op === 'rebond') {
              if (before.unlocking.length === 0) {
                expect(refusal(() => rebond(before, n)).code).toBe('NO_UNLOCK_CHUNK');
                continue;
              }
              const result = rebond(before, n);
              model.rebond(value);
              expect(result.ledger.total).toBe(before.total);
              expect(result.taken.reduce((sum, chunk) => sum + chunk.value, 0n)).toBe(result.rebonded);
              state = result.ledger;
            } else {
              const result = withdrawUnbonded(before, { withdrawableEra: era });
              model.withdraw(era);
              out += result.withdrawn + result.dust;
              if (result.ledger === null) {
                expect(put).toBe(out);
                expect(model.active + model.stack.length).toBe(0);
                return;
              }
              state = result.ledger;
            }
            expect(state.active).toBe(BigInt(model.active));
            expect(units(state.unlocking)).toEqual(model.stack);
            expect(state.total).toBe(state.active + BigInt(model.stack.length));
            expect(state.unlocking.every((chunk) => chunk.value > 0n)).toBe(true);
            expect(state.unlocking.length).toBeLessThanOrEqual(maxUnlockingChunks);
            expect(out).toBe(BigInt(model.free));
            expect(state.total + out).toBe(put);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('unbonding more, or rebonding more, never leaves the opposite', () => {
    const amount = fc.bigInt({ min: 0n, max: 300n });
    fc.assert(
      fc.property(amount, amount, fc.bigInt({ min: 0n, max: 20n }), (a, b, existentialDeposit) => {
        const [less, more] = a < b ? [a, b] : [b, a];
        const start = ledger(200n, [50n, 1], [50n, 2]);
        const strict = { ...rules, existentialDeposit };
        expect(unbond(start, more, strict).unbonded >= unbond(start, less, strict).unbonded).toBe(true);
        expect(rebond(start, more).rebonded >= rebond(start, less).rebonded).toBe(true);
      }),
    );
  });

  it('rebonding what was just unbonded restores the ledger', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 200n }), (value) => {
        const start = ledger(200n, [50n, 1], [50n, 128]);
        const { ledger: after, unbonded } = unbond(start, value, rules);
        expect(rebond(after, unbonded).ledger).toEqual(start);
      }),
    );
  });

  it('leaves the ledger that it was given as it was', () => {
    const frozen = Object.freeze({
      ...ledger(100n),
      unlocking: Object.freeze([{ value: 5n, era: 128 }]),
      total: 105n,
    });
    const copy = structuredClone(frozen);
    unbond(frozen, 10n, rules);
    rebond(frozen, 3n);
    withdrawUnbonded(frozen, { withdrawableEra: 200 });
    expect(frozen).toEqual(copy);
  });
});

const units = (chunks: readonly UnlockChunk[]): number[] =>
  chunks.flatMap(({ value, era }) => new Array<number>(Number(value)).fill(era));
