import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { BursarError } from '../../../src/lib/errors.js';
import { toCanonicalJson } from '../../../src/lib/plain.js';
import { parsePayee } from '../../../src/lib/staking/payee.js';
import { planChill, planTo } from '../../../src/lib/staking/plan.js';
import { eraStart, stakeStatus } from '../../../src/lib/staking/status.js';
import { stakePlanView, stakeStatusView } from '../../../src/lib/staking/view.js';
import { anyStash, BLOCK, factsOf, ledgerOf, RULES, STASH, stash, TOKEN, target } from './facts.js';

describe('the status', () => {
  const advice = (...facts: Parameters<typeof stash>) =>
    stakeStatus(factsOf(stash(...facts))).accounts[0]?.advice.map(({ id }) => id);
  const chunks = (count: number) =>
    Array.from({ length: count }, (_, index): [bigint, number] => [1n, 101 + index]);
  const good = [target('a')];
  const nominating = { nominations: ['a'] };

  const table: [string, Parameters<typeof stash>, string[]][] = [
    ['nothing to say', [nominating, {}, good], []],
    ['nothing bonded', [{ ledger: null, controller: null, role: 'none', payee: null }], []],
    ['bonded and idle', [{ role: 'chilled' }], ['IDLE']],
    ['all unbonded', [{ role: 'chilled', ledger: ledgerOf(0n, [5n, 120]) }], []],
    ['something is free', [{ ...nominating, ledger: ledgerOf(500n, [5n, 100]) }, {}, good], ['WITHDRAWABLE']],
    [
      'free, but an offence waits',
      [{ ...nominating, ledger: ledgerOf(500n, [5n, 100]) }, { oldestOffenceEra: 60 }, good],
      [],
    ],
    ['another controller', [{ ...nominating, controller: 'x' }, {}, good], ['SEPARATE_CONTROLLER']],
    ['rewards to the controller', [{ ...nominating, payee: 'Controller' }, {}, good], ['PAYEE_CONTROLLER']],
    ['rewards to nobody', [{ ...nominating, payee: 'None' }, {}, good], ['PAYEE_NONE']],
    [
      'few chunks left',
      [{ ...nominating, ledger: ledgerOf(500n, ...chunks(28)) }, {}, good],
      ['CHUNK_HEADROOM'],
    ],
    ['enough chunks left', [{ ...nominating, ledger: ledgerOf(500n, ...chunks(27)) }, {}, good], []],
    ['below the minimum', [{ ...nominating, ledger: ledgerOf(99n) }, {}, good], ['BELOW_MIN_BOND']],
    ['below what was elected', [{ ...nominating, ledger: ledgerOf(149n) }, {}, good], ['BELOW_ACTIVE_STAKE']],
    ['a validator below its minimum', [{ role: 'validator', ledger: ledgerOf(999n) }], ['BELOW_MIN_BOND']],
    ['a validator', [{ role: 'validator' }], []],
    [
      'a target has chilled',
      [{ nominations: ['a', 'c'] }, {}, [...good, target('c', { state: 'chilled' })]],
      ['CHILLED_TARGETS'],
    ],
    [
      'no target is active',
      [{ nominations: ['w'] }, {}, [target('w', { state: 'waiting' })]],
      ['NO_ACTIVE_TARGET'],
    ],
    [
      'a target keeps everything',
      [nominating, {}, [target('a', { commission: 1_000_000_000 })]],
      ['FULL_COMMISSION'],
    ],
    [
      'nothing active any more',
      [{ role: 'validator', ledger: ledgerOf(0n, [5n, 120]) }],
      ['BELOW_MIN_BOND', 'NOTHING_ACTIVE'],
    ],
  ];
  it.each(table)('%s', (_name, facts, ids) => {
    expect(advice(...facts)).toEqual(ids);
  });

  it('says when a chunk is free, by the eras', () => {
    const [one] = stakeStatus(factsOf(stash({ ledger: ledgerOf(500n, [5n, 100], [6n, 103]) }))).accounts;
    expect(one?.unlocking).toEqual([
      { value: 5n, era: 100, free: true, freeAt: null },
      { value: 6n, era: 103, free: false, freeAt: BLOCK.timestamp - 3_600_000 + 3 * 86_400_000 },
    ]);
    expect(one).toMatchObject({ withdrawable: 5n, bonded: 511n, active: 500n, unbondEras: 2 });
    expect(eraStart({ ...RULES, eraMs: null }, BLOCK.timestamp, 103)).toBeNull();
    expect(eraStart({ ...RULES, activeEraStart: null }, BLOCK.timestamp, 100)).toBe(BLOCK.timestamp);
  });

  it('adds up and repeats itself, for any facts', () => {
    fc.assert(
      fc.property(anyStash, (facts) => {
        const status = stakeStatus(factsOf(facts));
        const [one] = status.accounts;
        expect(one?.unlocking.reduce((sum, { value }) => sum + value, one.active)).toBe(one?.bonded);
        const free = one?.unlocking.filter((chunk) => chunk.free).reduce((sum, { value }) => sum + value, 0n);
        expect(one?.withdrawable).toBe(free);
        expect(toCanonicalJson(stakeStatus(factsOf(facts)))).toBe(toCanonicalJson(status));
      }),
    );
  });
});

describe('views', () => {
  it('are made of any facts', () => {
    const odd = fc.constantFrom(0, -1, Number.NaN, 1e300, Number.POSITIVE_INFINITY, 2 ** 53, 8.64e15 + 1);
    fc.assert(
      fc.property(anyStash, fc.option(odd), fc.option(fc.nat(2 ** 32 - 1)), (base, time, era) => {
        const facts = {
          ...base,
          block: { ...base.block, timestamp: time ?? base.block.timestamp },
          rules: { ...base.rules, activeEraStart: time ?? base.rules.activeEraStart },
          account: {
            ...base.account,
            ledger:
              base.account.ledger && era !== null
                ? ledgerOf(base.account.ledger.active, [1n, era])
                : base.account.ledger,
          },
        };
        const text = toCanonicalJson(stakeStatusView(stakeStatus(factsOf(facts))));
        expect(text).toContain(STASH);
        expect(text).not.toMatch(/undefined|NaN|Invalid|\[object/);
        let plan: ReturnType<typeof planTo>;
        try {
          plan = planTo(facts, 500n, 'Staked', true);
        } catch (error) {
          expect(error).toBeInstanceOf(BursarError);
          return;
        }
        const shown = toCanonicalJson(stakePlanView(plan, TOKEN, facts.rules, facts.block.timestamp));
        expect(shown).not.toMatch(/undefined|NaN|Invalid|\[object/);
      }),
      { numRuns: 1_000 },
    );
  });

  test('a plan shows its calls, before and after, and when what it unlocks is free', () => {
    const facts = stash();
    const text = toCanonicalJson(
      stakePlanView(planTo(facts, 400n, 'Staked', false), TOKEN, facts.rules, BLOCK.timestamp),
    );
    for (const part of ['Staking.unbond', '0.6 UNIT', 'era 102', 'bursar stake withdraw'])
      expect(text).toContain(part);
    const idle = stakePlanView(planChill(stash({ role: 'chilled' })), TOKEN, facts.rules, BLOCK.timestamp);
    expect(idle.blocks).toEqual([
      { kind: 'note', tone: 'good', text: 'The account neither nominates nor validates.' },
    ]);
  });
});

describe('a payee', () => {
  const resolve = async (account: string) => `resolved ${account}`;

  it('is read from what operators write', async () => {
    expect(await parsePayee('staked', resolve)).toBe('Staked');
    expect(await parsePayee('STASH', resolve)).toBe('Stash');
    expect(await parsePayee('none', resolve)).toBe('None');
    expect(await parsePayee('account:alice', resolve)).toEqual({ Account: 'resolved alice' });
    expect(await parsePayee('Account: alice', resolve)).toEqual({ Account: 'resolved  alice' });
  });

  it('is refused in any other form, with the forms that there are', async () => {
    const hostile = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '',
        ' ',
        'account:',
        'account',
        '__proto__',
        'constructor',
        'toString',
        'staked ',
        'acount:x',
        '\u0000',
        '\x1b[31m',
      ),
    );
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        if (/^(staked|stash|none|controller)$/i.test(text) || /^account:./is.test(text)) return;
        const error = await parsePayee(text, resolve).catch((thrown) => thrown);
        expect(error).toBeInstanceOf(BursarError);
        expect([error.code, error.exit]).toEqual(['PAYEE', 2]);
        expect(error.hint).toContain('account:ADDRESS');
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
        expect(error.message).not.toMatch(/[\u0000-\u001f]/);
      }),
    );
  });
});
