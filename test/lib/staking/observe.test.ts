import { describe, expect, it } from 'vitest';
import { stakeDeviations } from '../../../src/lib/staking/observe.js';
import { type StakeState, stakeState } from '../../../src/lib/staking/types.js';
import { account, ledgerOf, STASH, TOKEN } from './facts.js';

const planned: StakeState = {
  ...stakeState(account({ ledger: ledgerOf(0n, [700n, 48]), nominations: [] })),
  role: 'chilled',
};
const deviations = (found: Partial<StakeState>) => stakeDeviations(planned, { ...planned, ...found }, TOKEN);

describe('after the fact', () => {
  it('nothing is said of what is as planned, nor of the free balance and the order of nominations', () => {
    expect(deviations({})).toEqual([]);
    expect(deviations({ free: 0n })).toEqual([]);
    const [a, b] = [
      { ...planned, nominations: ['a', 'b'] },
      { ...planned, nominations: ['b', 'a'] },
    ];
    expect(stakeDeviations(a, b, TOKEN)).toEqual([]);
  });

  it('every part that differs is said with what was planned', () => {
    expect(deviations({ role: 'nominator', nominations: ['v'] })).toEqual([
      { what: 'role', planned: 'chilled', found: 'nominator', text: 'role: nominator, planned chilled' },
      { what: 'nominations', planned: [], found: ['v'], text: 'nominations: v, planned none' },
    ]);
    expect(deviations({ ledger: ledgerOf(0n, [700n, 49]) })).toEqual([
      {
        what: 'unlocking',
        planned: [{ value: 700n, era: 48 }],
        found: [{ value: 700n, era: 49 }],
        text: 'unlocking: 0.7 UNIT in era 49, planned 0.7 UNIT in era 48',
      },
    ]);
    expect(deviations({ ledger: ledgerOf(5n, [700n, 48]) }).map(({ what }) => what)).toEqual([
      'bonded',
      'active',
    ]);
    expect(deviations({ ledger: null }).map(({ text }) => text)).toContain(
      'bonded: 0 UNIT, planned 0.7 UNIT',
    );
    expect(deviations({ payee: { Account: 'x' }, controller: 'c' })).toMatchObject([
      { what: 'rewards', text: 'rewards: to account x, planned restaked' },
      { what: 'controller', planned: STASH, found: 'c' },
    ]);
    expect(deviations({ payee: null })[0]?.text).toBe('rewards: none, planned restaked');
  });
});
