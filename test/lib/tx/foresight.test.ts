import { describe, expect, it } from 'vitest';
import { checkForesight } from '../../../src/lib/tx/foresight.js';
import type { ChainEvent, OutcomeNode } from '../../../src/lib/tx/outcome.js';
import type { ForeseenEvent, Plan } from '../../../src/lib/tx/plan.js';

const token = { symbol: 'UNIT', decimals: 3, ss58Prefix: 42 };
const names = ['Staking.Unbonded', 'Staking.Chilled'];
const plan = (...events: ForeseenEvent[]): Plan<null> => ({
  title: 'Unbond',
  account: 'A',
  calls: [],
  checks: [],
  foresees: { names, events },
  spends: 0n,
  effect: null,
});
const node = (more: Partial<OutcomeNode>): OutcomeNode => ({
  call: { pallet: 'Staking', call: 'unbond', args: {} },
  status: 'ok',
  events: [],
  children: [],
  ...more,
});
const event = (name: string, data: ChainEvent['data'] = { stash: 'A' }): ChainEvent => ({ name, data });
const unbonded = (amount: bigint) => event('Staking.Unbonded', { stash: 'A', amount });
const check = (of: Plan<null>, ...events: ChainEvent[]) =>
  checkForesight(token, of, { tree: node({ children: [node({ events })] }) });

describe('what a plan foresees', () => {
  const whole = plan({ name: 'Staking.Chilled' }, { name: 'Staking.Unbonded', amount: 1_500n });

  it('holds when the dry run emits exactly that, in any order and at any depth', () => {
    expect(check(whole, unbonded(1_500n), event('Staking.Chilled'))).toMatchObject({ ok: true });
    const deep = {
      tree: node({ events: [event('Staking.Chilled')], children: [node({ events: [unbonded(1_500n)] })] }),
    };
    expect(checkForesight(token, whole, deep)).toMatchObject({ ok: true });
    // Events of other names are not the plan's business.
    expect(
      check(whole, event('Balances.Withdraw'), unbonded(1_500n), event('Staking.Chilled')),
    ).toMatchObject({
      ok: true,
    });
    // The fields of old events have no names.
    expect(
      check(whole, event('Staking.Unbonded', ['A', 1_500n]), event('Staking.Chilled', ['A'])),
    ).toMatchObject({
      ok: true,
    });
    // Small amounts of small types are numbers.
    expect(
      check(plan({ name: 'Staking.Unbonded', amount: 5n }), event('Staking.Unbonded', { amount: 5 })),
    ).toMatchObject({ ok: true });
  });

  it('does not when the pallet leaves the role, chills unasked, or moves another amount', () => {
    const stays = check(whole, unbonded(1_500n));
    expect(stays).toMatchObject({ id: 'DRY_RUN_EFFECT', ok: false });
    expect(stays?.detail).toBe(
      'the plan says Staking.Chilled, Staking.Unbonded 1.5 UNIT; the dry run Staking.Unbonded 1.5 UNIT',
    );
    const part = plan({ name: 'Staking.Unbonded', amount: 1_000n });
    expect(check(part, unbonded(1_000n), event('Staking.Chilled'))).toMatchObject({ ok: false });
    expect(check(part, unbonded(999n))).toMatchObject({ ok: false });
    expect(check(part, unbonded(500n), unbonded(500n))).toMatchObject({ ok: false });
    expect(check(part)).toMatchObject({ ok: false, detail: expect.stringContaining('the dry run nothing') });
    // What was undone did not happen.
    const undone = { tree: node({ children: [node({ status: 'failed', events: [unbonded(1_000n)] })] }) };
    expect(checkForesight(token, part, undone)).toMatchObject({ ok: false });
  });

  it('is not asked without a dry run, after a failed one, or of a plan that foresees nothing', () => {
    expect(checkForesight(token, whole, null)).toBeUndefined();
    expect(checkForesight(token, whole, { tree: node({}), failure: { name: 'Staking.E' } })).toBeUndefined();
    const { foresees: _none, ...blind } = whole;
    expect(checkForesight(token, blind, { tree: node({}) })).toBeUndefined();
  });
});
