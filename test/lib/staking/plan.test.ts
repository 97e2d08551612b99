import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { BursarError } from '../../../src/lib/errors.js';
import { bond, bondExtra, rebond, unbond, withdrawUnbonded } from '../../../src/lib/staking/ledger.js';
import {
  planBond,
  planBondExtra,
  planChill,
  planNominate,
  planRebond,
  planSetController,
  planSetPayee,
  planTo,
  planUnbond,
  planWithdraw,
  type StakePlan,
} from '../../../src/lib/staking/plan.js';
import {
  minActiveBond,
  minChilledBond,
  unbondingEras,
  withdrawableEra,
} from '../../../src/lib/staking/rules.js';
import type { Payee, StakeState, StashFacts } from '../../../src/lib/staking/types.js';
import type { ForeseenEvent } from '../../../src/lib/tx/plan.js';
import { anyPayee, anyStash, ledgerOf, STASH, stash, target } from './facts.js';

function refusal(run: () => unknown): BursarError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(BursarError);
    return error as BursarError;
  }
  throw new Error('It was not refused.');
}
const tried = (run: () => StakePlan): StakePlan | BursarError => {
  try {
    return run();
  } catch (error) {
    if (error instanceof BursarError) return error;
    throw error;
  }
};
const names = (plan: StakePlan) => plan.calls.map(({ call }) => call);

/** What belongs to the account: free or bonded; what a lock covers is counted as free. */
const wealth = ({ free, ledger }: StakeState, { rules }: StashFacts) =>
  free + (rules.pallet.bondedBy === 'hold' ? (ledger?.total ?? 0n) : 0n);

/** What the chain did, and what it said that it did. */
interface Done {
  readonly state: StakeState;
  readonly events: readonly ForeseenEvent[];
}

/**
 * The chain: runs a plan's calls with their encoded arguments, one after the other, by the ledger's functions alone.
 * @param chillsAt from which value on an unbond chills, for pallets of which that is not known
 */
function onChain({ account, rules }: StashFacts, plan: StakePlan, chillsAt: 'never' | 'total'): Done {
  const { pallet } = rules;
  let state: StakeState = {
    ledger: account.ledger,
    controller: account.controller,
    role: account.role,
    payee: account.payee,
    nominations: account.nominations,
    free: account.free,
  };
  const events: ForeseenEvent[] = [];
  const emit = (name: string, amount?: bigint) => {
    if (amount !== 0n) events.push({ name: `Staking.${name}`, ...(amount === undefined ? {} : { amount }) });
  };
  const chill = () => {
    if (state.role === 'nominator' || state.role === 'validator') emit('Chilled');
    state = { ...state, role: 'chilled', nominations: [] };
  };
  const frees = (planck: bigint) => (pallet.bondedBy === 'hold' ? planck : 0n);
  const now = pallet.countingEra === 'current' ? rules.currentEra : rules.activeEra;
  const offence = pallet.countingEra === 'current' ? null : rules.oldestOffenceEra;
  const withdrawal = {
    withdrawableEra: withdrawableEra(now, rules.bondingDuration, offence),
    existentialDeposit: rules.existentialDeposit,
    ...(pallet.bondEnds === 'belowLeastBond' ? { endsBelow: minChilledBond(rules) } : {}),
  };
  for (const { call, args } of plan.calls) {
    const amount = (args.value ?? args.max_additional ?? 0n) as bigint;
    switch (call) {
      case 'bond':
        state = {
          ...state,
          ledger: bond(state.ledger, amount, { minBond: minChilledBond(rules) }),
          controller: account.address,
          payee: args.payee as Payee,
          role: 'chilled',
          free: state.free - frees(amount),
        };
        emit('Bonded', amount);
        break;
      case 'bond_extra': {
        const { ledger, added } = bondExtra(state.ledger, amount, { minBond: minChilledBond(rules) });
        state = { ...state, ledger, free: state.free - frees(added) };
        emit('Bonded', added);
        break;
      }
      case 'unbond': {
        const { total = 0n, active = 0n } = state.ledger ?? {};
        // The classic pallet chills before it withdraws what is free; the newer one after.
        if (pallet.unbondChills === 'unknown' && chillsAt === 'total' && amount >= total) chill();
        const done = unbond(state.ledger, amount, {
          era: now,
          duration: unbondingEras({ ...rules, lastValidatorEra: account.lastValidatorEra }),
          maxUnlockingChunks: rules.maxUnlockingChunks,
          minActive: state.role === 'none' ? 0n : minActiveBond(state.role, rules),
          withdrawWhenFull: pallet.withdrawsWhenFull,
          chillsWhole: pallet.unbondChills === 'wholeActive',
          ...withdrawal,
        });
        emit('Withdrawn', done.withdrawn ?? 0n);
        if (pallet.unbondChills === 'wholeActive' && amount >= active) chill();
        state = { ...state, ledger: done.ledger, free: state.free + frees(done.withdrawn ?? 0n) };
        emit('Unbonded', done.unbonded);
        break;
      }
      case 'rebond': {
        const done = rebond(state.ledger, amount, { minBond: minChilledBond(rules) });
        state = { ...state, ledger: done.ledger };
        emit('Bonded', done.rebonded);
        break;
      }
      case 'withdraw_unbonded': {
        expect(args.num_slashing_spans).toBe(account.slashingSpans);
        const done = withdrawUnbonded(state.ledger, withdrawal);
        const gone = { role: 'none' as const, controller: null, payee: null, nominations: [] };
        state = {
          ...state,
          ledger: done.ledger,
          free: state.free + frees(done.withdrawn + done.dust),
          ...(done.ledger ? {} : gone),
        };
        emit('Withdrawn', done.withdrawn);
        break;
      }
      case 'nominate':
        state = { ...state, role: 'nominator', nominations: args.targets as string[] };
        break;
      case 'chill':
        chill();
        break;
      case 'set_payee':
        state = { ...state, payee: args.payee as Payee };
        break;
      default:
        throw new Error(`the plan has a call ${call}`);
    }
  }
  return { state, events };
}

const amount = fc.oneof(fc.bigInt({ min: 0n, max: 6_000n }), fc.bigInt({ min: 0n, max: 30n }));
const anyPlan: fc.Arbitrary<{ facts: StashFacts; make: () => StakePlan }> = fc
  .record({
    facts: anyStash,
    amount,
    all: fc.boolean(),
    chill: fc.boolean(),
    payee: anyPayee,
    keep: amount,
    which: fc.nat(7),
  })
  .map(({ facts, amount: asked, all, chill, payee, keep, which }) => {
    const value = all ? null : asked;
    const makers = [
      () => planBond(facts, value, payee, keep),
      () => planBondExtra(facts, value, keep),
      () => planUnbond(facts, value, chill),
      () => planRebond(facts, value),
      () => planWithdraw(facts),
      () => planChill(facts),
      () => planSetPayee(facts, payee),
      () => planTo(facts, asked, payee, chill),
    ];
    return { facts, make: makers[which] as () => StakePlan };
  });

describe('any plan', () => {
  it('says what its calls do: neither more, nor less, nor anything that the chain refuses', () => {
    let made = 0;
    fc.assert(
      fc.property(anyPlan, ({ facts, make }) => {
        const plan = tried(make);
        if (plan instanceof BursarError) {
          expect([2, 4]).toContain(plan.exit);
          expect(plan.hint).toBeTruthy();
          return;
        }
        made++;
        expect(plan.account).toBe(facts.account.address);
        for (const chillsAt of ['never', 'total'] as const) {
          const { state, events } = onChain(facts, plan, chillsAt);
          expect(plan.effect.after).toEqual(state);
          expect(plan.foresees?.events).toEqual(events);
        }
        expect(plan.calls.length === 0).toBe(plan.idle !== undefined);
        if (plan.calls.length === 0)
          expect([plan.effect.after, plan.spends]).toEqual([plan.effect.before, 0n]);
        // Not a planck is made or lost.
        expect(wealth(plan.effect.after, facts)).toBe(wealth(plan.effect.before, facts));
        expect(plan.calls.length).toBeLessThanOrEqual(2);
        const out = plan.calls.reduce(
          (sum, { call, args }) =>
            sum +
            (call === 'bond'
              ? (args.value as bigint)
              : call === 'bond_extra'
                ? (args.max_additional as bigint)
                : 0n),
          0n,
        );
        expect(plan.spends).toBe(out);
        for (const { args } of plan.calls)
          for (const value of Object.values(args))
            if (typeof value === 'bigint') expect(value > 0n).toBe(true);
        // The same facts, the same plan.
        expect(make()).toEqual(plan);
      }),
      { numRuns: 3_000 },
    );
    expect(made).toBeGreaterThan(800);
  });

  it('of everything but a reserve keeps the reserve and the existential deposit', () => {
    fc.assert(
      fc.property(anyStash, amount, (facts, keep) => {
        for (const make of [
          () => planBond(facts, null, 'Staked', keep),
          () => planBondExtra(facts, null, keep),
        ]) {
          const plan = tried(make);
          if (plan instanceof BursarError || plan.calls.length === 0) continue;
          const kept = keep > facts.rules.existentialDeposit ? keep : facts.rules.existentialDeposit;
          const { free, ledger } = plan.effect.after;
          const locked = facts.rules.pallet.bondedBy === 'lock' ? (ledger?.total ?? 0n) : 0n;
          expect(free - locked).toBe(kept);
        }
      }),
    );
  });
});

describe('to a target', () => {
  it('arrives there exactly, with the fewest calls, or says why not', () => {
    const lengths = new Set<string>();
    fc.assert(
      fc.property(anyStash, amount, fc.boolean(), (facts, to, chill) => {
        const plan = tried(() => planTo(facts, to, 'Staked', chill));
        if (plan instanceof BursarError) return;
        expect(plan.effect.after.ledger?.active ?? 0n).toBe(to);
        const { ledger } = facts.account;
        const active = ledger?.active ?? 0n;
        const unlocking = (ledger?.total ?? 0n) - active;
        lengths.add(names(plan).join('+') || 'nothing');
        if (to === active) expect(names(plan)).toEqual([]);
        else if (!ledger) expect(names(plan)).toEqual(['bond']);
        else if (to < active) expect(names(plan).at(-1)).toBe('unbond');
        else if (to - active <= unlocking) expect(names(plan)).toEqual(['rebond']);
        else expect(names(plan)).toEqual(unlocking > 0n ? ['rebond', 'bond_extra'] : ['bond_extra']);
        // What is unlocking is used before free balance is.
        if (plan.spends > 0n && ledger) expect(plan.spends).toBe(to - active - unlocking);
      }),
      { numRuns: 3_000 },
    );
    for (const way of [
      'nothing',
      'bond',
      'unbond',
      'rebond',
      'rebond+bond_extra',
      'bond_extra',
      'chill+unbond',
    ])
      expect(lengths).toContain(way);
  });

  test('less than can stay bonded is refused, not rounded to nothing', () => {
    const facts = stash({ role: 'chilled' });
    expect(refusal(() => planTo(facts, 9n, 'Staked', false))).toMatchObject({
      code: 'BELOW_EXISTENTIAL_DEPOSIT',
      exit: 4,
    });
    expect(planTo(facts, 10n, 'Staked', false).effect.after.ledger?.active).toBe(10n);
    expect(planTo(facts, 0n, 'Staked', false).effect.after.ledger?.active).toBe(0n);
  });
});

describe('unbond', () => {
  it('below the minimum of the role is refused with the ways out, and --chill is one', () => {
    const facts = stash();
    const { code, exit, hint, message } = refusal(() => planUnbond(facts, 901n, false));
    expect([code, exit]).toEqual(['INSUFFICIENT_BOND', 4]);
    expect(message).toContain('0.099 UNIT');
    expect(message).toContain('0.1 UNIT');
    expect(hint).toContain('0.9 UNIT');
    expect(hint).toContain('--chill');
    expect(hint).toContain('--all');
    expect(names(planUnbond(facts, 900n, false))).toEqual(['unbond']);
    const chilling = planUnbond(facts, 901n, true);
    expect(names(chilling)).toEqual(['chill', 'unbond']);
    expect(chilling.effect.after.role).toBe('chilled');
    expect(chilling.checks.map(({ id, ok }) => [id, ok])).toContainEqual(['CHILLS', 'warn']);
    // Dust would go along: refused in the same words, not in planck.
    expect(refusal(() => planUnbond(facts, 995n, false)).hint).toContain('--chill');
    // Everything: the chain chills by itself; asked to, the plan does.
    expect(names(planUnbond(facts, null, false))).toEqual(['unbond']);
    expect(names(planUnbond(facts, null, true))).toEqual(['chill', 'unbond']);
    expect(planUnbond(facts, null, false).effect.after.role).toBe('chilled');
    const validator = stash({ role: 'validator', ledger: ledgerOf(1_500n) });
    expect(refusal(() => planUnbond(validator, 501n, false)).message).toContain('validator');
  });

  it('of more than there is, of zero, and of nothing', () => {
    expect(refusal(() => planUnbond(stash(), 1_001n, false))).toMatchObject({
      code: 'ABOVE_ACTIVE',
      exit: 4,
    });
    expect(refusal(() => planUnbond(stash(), 0n, false))).toMatchObject({ code: 'AMOUNT_ZERO', exit: 2 });
    const none = stash({ ledger: ledgerOf(0n, [5n, 120]), role: 'chilled' });
    expect(planUnbond(none, null, false)).toMatchObject({
      calls: [],
      idle: expect.stringContaining('unlocking'),
    });
    expect(
      refusal(() => planUnbond(stash({ ledger: null, role: 'none', controller: null }), 1n, false)),
    ).toMatchObject({
      code: 'NOT_BONDED',
      exit: 4,
    });
  });

  it('with all chunks taken is refused, unless the chain can free one; few left is a warning', () => {
    const chunks = (count: number, era: number) =>
      Array.from({ length: count }, (_, index): [bigint, number] => [1n, era + index]);
    const full = stash({ ledger: ledgerOf(1_000n, ...chunks(32, 101)) });
    expect(refusal(() => planUnbond(full, 10n, false))).toMatchObject({ code: 'NO_MORE_CHUNKS', exit: 4 });
    const freeing = stash({ ledger: ledgerOf(1_000n, ...chunks(32, 99)) });
    const plan = planUnbond(freeing, 10n, false);
    expect(plan.effect.after.free).toBe(5_002n);
    expect(plan.effect.after.ledger?.unlocking).toHaveLength(31);
    const nearly = planUnbond(stash({ ledger: ledgerOf(1_000n, ...chunks(28, 110)) }), 10n, false);
    expect(nearly.checks).toMatchObject([
      { id: 'CHUNK_HEADROOM', ok: 'warn', title: '3 of 32 unlocking chunks remain' },
    ]);
    const usual = stash({ ledger: ledgerOf(1_000n, ...chunks(5, 110)) });
    expect(planUnbond(usual, 10n, false).checks).toEqual([]);
    // An era that ends before the call is in a block makes the chunk an era later.
    const started = usual.block.timestamp - 86_400_000;
    for (const [left, ids] of [
      [30_001, []],
      [30_000, ['ERA_ENDS']],
      [-1, ['ERA_ENDS']],
    ] as const) {
      const facts = { ...usual, rules: { ...usual.rules, activeEraStart: started + left } };
      expect(planUnbond(facts, 10n, false).checks.map(({ id }) => id)).toEqual(ids);
      expect(planRebond(facts, 5n).checks).toEqual([]);
    }
  });

  it('waits as long as the stash has to: fast for who cannot be slashed, full for a recent validator', () => {
    const era = (more: Parameters<typeof stash>[0], rules: Parameters<typeof stash>[1] = {}) =>
      planUnbond(stash(more, rules), 10n, false).effect.after.ledger?.unlocking.at(-1)?.era;
    expect(era({})).toBe(102);
    expect(era({}, { nominatorsSlashable: true })).toBe(128);
    expect(era({ lastValidatorEra: 73 })).toBe(128);
    expect(era({ lastValidatorEra: 72 })).toBe(102);
  });
});

describe('rebond and withdraw', () => {
  test('newest first; more than is unlocking, zero and nothing', () => {
    const facts = stash({ ledger: ledgerOf(1_000n, [50n, 110], [30n, 120]) });
    expect(planRebond(facts, 40n).effect.after.ledger).toEqual(ledgerOf(1_040n, [40n, 110]));
    expect(planRebond(facts, null).effect.after.ledger).toEqual(ledgerOf(1_080n));
    expect(refusal(() => planRebond(facts, 81n))).toMatchObject({ code: 'ABOVE_UNLOCKING', exit: 4 });
    expect(refusal(() => planRebond(facts, 0n))).toMatchObject({ code: 'AMOUNT_ZERO', exit: 2 });
    expect(planRebond(stash(), null)).toMatchObject({ calls: [], idle: 'Nothing is unlocking.' });
  });

  test('withdraws what is free, and says when there is nothing', () => {
    const facts = stash({ ledger: ledgerOf(1_000n, [50n, 100], [30n, 101]) });
    const plan = planWithdraw(facts);
    expect(plan.effect.after).toMatchObject({ free: 5_050n, ledger: ledgerOf(1_000n, [30n, 101]) });
    expect(planWithdraw(stash({ ledger: ledgerOf(1n, [30n, 101]) })).idle).toContain('era 101');
    expect(planWithdraw(stash()).idle).toBe('Nothing is unlocking.');
    // An offence that waits to be processed holds back what it could still slash.
    const held = stash({ ledger: ledgerOf(1_000n, [50n, 100]) }, { oldestOffenceEra: 60 });
    expect(planWithdraw(held).calls).toEqual([]);
    const last = planWithdraw(stash({ ledger: ledgerOf(0n, [50n, 100]), role: 'chilled' }));
    expect(last.effect.after).toMatchObject({ ledger: null, role: 'none', payee: null });
  });
});

describe('nominate', () => {
  const targets = [
    target('a'),
    target('w', { state: 'waiting' }),
    target('b', { state: 'blocked', blocked: true }),
    target('ab', { blocked: true }),
    target('c', { state: 'chilled', commission: null }),
  ];
  const facts = (more: Parameters<typeof stash>[0] = {}) => stash(more, {}, targets);

  it('names what the chain would refuse', () => {
    const bad = (...list: string[]) => refusal(() => planNominate(facts(), list));
    expect(bad()).toMatchObject({ code: 'TARGETS', exit: 2 });
    expect(bad('a', 'w', 'a').message).toContain('Named twice: a.');
    const many = bad('a', 'b', 'ab', 'c', 'unknown');
    expect([many.code, many.exit]).toEqual(['BAD_TARGET', 4]);
    for (const part of [
      'b accepts no',
      'ab accepts no',
      'c is not a validator',
      'unknown is not a validator',
    ])
      expect(many.message).toContain(part);
    expect(many.message).not.toMatch(/(^|; )a /);
    const list = Array.from({ length: 17 }, (_, index) => `t${index}`);
    const over = refusal(() =>
      planNominate(
        stash(
          {},
          {},
          list.map((name) => target(name)),
        ),
        list,
      ),
    );
    expect([over.code, over.exit]).toEqual(['TOO_MANY_TARGETS', 4]);
    expect(over.message).toContain('t16');
    expect(over.message).not.toContain('t15,');
  });

  it('keeps who is nominated already, also when blocked; the same set is nothing to do', () => {
    const now = facts({ nominations: ['b', 'a'] });
    expect(planNominate(now, ['a', 'b'])).toMatchObject({
      calls: [],
      idle: expect.stringContaining('already'),
    });
    const plan = planNominate(now, ['a', 'b', 'w']);
    expect(plan.calls[0]).toMatchObject({
      args: { targets: ['a', 'b', 'w'] },
      reason: expect.stringContaining('1 new, 0 dropped'),
    });
    expect(names(planNominate(facts({ nominations: ['a'], role: 'chilled' }), ['a']))).toEqual(['nominate']);
  });

  it('needs the minimum, warns below what was elected, and of the end of validating', () => {
    expect(refusal(() => planNominate(facts({ ledger: ledgerOf(99n) }), ['a']))).toMatchObject({
      code: 'INSUFFICIENT_BOND',
      exit: 4,
    });
    // The pallet's minimum is never below the existential deposit.
    const low = stash({ ledger: ledgerOf(9n) }, { minNominatorBond: 0n }, targets);
    expect(refusal(() => planNominate(low, ['a'])).code).toBe('INSUFFICIENT_BOND');
    const ids = (plan: StakePlan) => plan.checks.map(({ id }) => id);
    expect(ids(planNominate(facts({ ledger: ledgerOf(149n) }), ['a']))).toEqual(['BELOW_ACTIVE_STAKE']);
    expect(ids(planNominate(facts({ ledger: ledgerOf(150n) }), ['a']))).toEqual([]);
    expect(ids(planNominate(facts({ role: 'validator' }), ['a']))).toEqual(['STOPS_VALIDATING']);
  });
});

describe('the rest', () => {
  test('chill, payee and controller: once is enough', () => {
    expect(planChill(stash({ role: 'chilled' })).calls).toEqual([]);
    expect(planChill(stash({ role: 'validator' })).checks[0]).toMatchObject({
      id: 'CHILLS',
      title: expect.stringContaining('validating'),
    });
    expect(planSetPayee(stash(), 'Staked').calls).toEqual([]);
    expect(planSetPayee(stash({ payee: { Account: 'x' } }), { Account: 'x' }).calls).toEqual([]);
    expect(planSetPayee(stash({ payee: { Account: 'x' } }), { Account: 'y' }).calls[0]?.args).toEqual({
      payee: { Account: 'y' },
    });
    expect(refusal(() => planSetPayee(stash(), 'Controller'))).toMatchObject({
      code: 'PAYEE_DEPRECATED',
      exit: 2,
    });
    expect(planSetController(stash()).calls).toEqual([]);
    expect(names(planSetController(stash({ controller: 'somebody' })))).toEqual(['set_controller']);
  });

  test('bond: once, at least the minimum, and never to a controller', () => {
    const none = stash({ ledger: null, role: 'none', controller: null, payee: null });
    expect(planBond(none, 200n, { Account: STASH }, 0n).calls[0]).toMatchObject({
      args: { value: 200n, payee: { Account: STASH } },
    });
    expect(refusal(() => planBond(none, 99n, 'Staked', 0n))).toMatchObject({
      code: 'INSUFFICIENT_BOND',
      exit: 4,
    });
    expect(refusal(() => planBond(none, 0n, 'Staked', 0n)).code).toBe('INSUFFICIENT_BOND');
    expect(refusal(() => planBond(none, 200n, 'Controller', 0n)).code).toBe('PAYEE_DEPRECATED');
    expect(refusal(() => planBond(stash(), 200n, 'Staked', 0n))).toMatchObject({
      code: 'ALREADY_BONDED',
      exit: 4,
    });
    expect(planBondExtra(stash({ free: 5n }), null, 0n)).toMatchObject({
      calls: [],
      idle: expect.any(String),
    });
  });
});
