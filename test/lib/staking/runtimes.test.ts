/** Every plan of every sending command against the metadata of real runtimes: read, planned, encoded and read back. */

import { beforeAll, describe, expect, it } from 'vitest';
import type { OpenChain } from '../../../src/lib/chain/connect.js';
import { BursarError } from '../../../src/lib/errors.js';
import { encodeSs58 } from '../../../src/lib/keys/ss58.js';
import { payoutPayables, poolPayables } from '../../../src/lib/payouts/payables.js';
import { poolRewards } from '../../../src/lib/payouts/pools.js';
import type { OwedPage } from '../../../src/lib/payouts/types.js';
import type { Plain } from '../../../src/lib/plain.js';
import { readStakeAt, readStakingFacts } from '../../../src/lib/staking/facts.js';
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
import { controlledStash, type StashFacts, stashFacts } from '../../../src/lib/staking/types.js';
import type { Plan, RuntimeCall } from '../../../src/lib/tx/plan.js';
import { submissionPlan } from '../../../src/lib/tx/submission.js';
import { type Wrap, wrapCalls } from '../../../src/lib/tx/wrap.js';
import {
  RUNTIME_NAMES,
  RUNTIMES,
  type RuntimeName,
  type Table,
  tableChain,
} from '../pallets/staking/runtimes.js';

const U64_MAX = (1n << 64n) - 1n;

/** Accounts by what they are; each has the chain's own address. */
const PEOPLE = ['stash', 'controller', 'nominator', 'slashed', 'newcomer', 'validator', 'proxy'] as const;
type Person = (typeof PEOPLE)[number];
const addressesOf = (prefix: number): Record<Person, string> =>
  Object.fromEntries(
    PEOPLE.map((name, index) => [name, encodeSs58(new Uint8Array(32).fill(index + 1), prefix)]),
  ) as Record<Person, string>;

/** Era 20 is active, era 21 planned. */
function tableOf(who: Record<Person, string>, unit: bigint): Table {
  const ledger = (stash: string, active: bigint, chunks: [bigint, number][]) => ({
    stash,
    total: chunks.reduce((sum, [value]) => sum + value, active),
    active,
    unlocking: chunks.map(([value, era]) => ({ value, era })),
  });
  const free = (amount: bigint) => ({ data: { free: amount } });
  return {
    'Staking.ActiveEra': [[[], { index: 20, start: 1_759_999_000_000 }]],
    'Staking.CurrentEra': [[[], 21]],
    'Staking.MinNominatorBond': [[[], 100n * unit]],
    'Staking.MinValidatorBond': [[[], 1_000n * unit]],
    'Staking.MinimumActiveStake': [[[], U64_MAX]],
    'System.Account': PEOPLE.map((name) => [[who[name]], free(100_000n * unit)]),
    'Staking.Bonded': [
      [[who.stash], who.controller],
      [[who.nominator], who.nominator],
      [[who.slashed], who.slashed],
    ],
    'Staking.Ledger': [
      [[who.controller], ledger(who.stash, 500n * unit, [[40n * unit, 21]])],
      [
        [who.nominator],
        ledger(who.nominator, 700n * unit, [
          [5n * unit, 19],
          [40n * unit, 21],
        ]),
      ],
      [[who.slashed], ledger(who.slashed, 0n, [[7n * unit, 20]])],
    ],
    'Staking.Payee': [[[who.nominator], 'Stash']],
    'Staking.Nominators': [
      [[who.nominator], { targets: [who.validator], submittedIn: 1, suppressed: false }],
      [[who.stash], { targets: [who.validator], submittedIn: 1, suppressed: false }],
    ],
    'Staking.Validators': [[[who.validator], { commission: 0, blocked: false }]],
    'Staking.SlashingSpans': [
      [[who.slashed], { spanIndex: 2, lastStart: 12, lastNonzeroSlash: 11, prior: [3, 4] }],
    ],
  };
}

describe.each(RUNTIME_NAMES)('%s', (name: RuntimeName) => {
  const { ss58Prefix, decimals } = RUNTIMES[name];
  const unit = 10n ** BigInt(decimals);
  const who = addressesOf(ss58Prefix);
  let chain: OpenChain;
  let classic: boolean;

  beforeAll(async () => {
    chain = await tableChain(name, tableOf(who, unit));
    classic = !chain.hasStorage('Staking', 'OffenceQueueEras');
  });

  /** The facts by which a command plans, when this account signs. */
  async function factsOf(signer: Person): Promise<StashFacts> {
    const read = (account: string) =>
      readStakingFacts(chain, { accounts: [account], targets: [who.validator] });
    const own = await read(who[signer]);
    const stash = controlledStash(own, who[signer]) ?? who[signer];
    const facts = stash === who[signer] ? own : await read(stash);
    return stashFacts(facts, stash, who[signer]);
  }

  /** Encodes a call and reads it back. */
  function same(call: RuntimeCall): void {
    const { hex } = chain.encodeCall(call);
    expect(plainOf(chain.decodeCall(hex))).toEqual(plainOf(call));
    expect(chain.encodeCall(chain.decodeCall(hex)).hex).toBe(hex);
  }

  function sends(plan: Plan<unknown>): void {
    expect(plan.calls.length).toBeGreaterThan(0);
    const wraps: Wrap[] = [
      { kind: 'direct' },
      { kind: 'proxy', real: plan.account },
      { kind: 'proxy', real: plan.account, proxyType: 'Staking' },
    ];
    for (const wrap of wraps) {
      same(wrapCalls(plan.calls, wrap, plan.batch));
      if (plan.calls.length === 1) same(wrapCalls(plan.calls, wrap, 'each'));
    }
    // As another tool would hand it to `tx submit`.
    const { hex } = chain.encodeCall(wrapCalls(plan.calls, { kind: 'direct' }, plan.batch));
    const submitted = submissionPlan(chain, [hex], plan.account);
    expect(chain.encodeCall(wrapCalls(submitted.calls, { kind: 'direct' })).hex).toBe(hex);
  }

  const names = (plan: StakePlan) => plan.calls.map(({ call }) => call);
  const refusal = (make: () => unknown): BursarError => {
    try {
      make();
    } catch (error) {
      if (error instanceof BursarError) return error;
      throw error;
    }
    throw new Error('It was not refused.');
  };

  it('bonds, adds, takes back, and arrives at a target', async () => {
    const newcomer = await factsOf('newcomer');
    expect(newcomer.account).toMatchObject({ role: 'none', controls: null, free: 100_000n * unit });
    for (const payee of ['Staked', 'Stash', 'None', { Account: who.proxy }] as const)
      sends(planBond(newcomer, 200n * unit, payee, unit));
    const nominator = await factsOf('nominator');
    sends(planBondExtra(nominator, 5n * unit, unit));
    sends(planRebond(nominator, 1n * unit));
    const more = planTo(nominator, 800n * unit, 'Staked', false);
    expect(names(more)).toEqual(['rebond', 'bond_extra']);
    sends(more);
    // A lock leaves the bonded balance free: it cannot be bonded a second time.
    const all = planBondExtra(nominator, null, 200n * unit);
    expect(all.spends).toBe((99_800n - (nominator.rules.pallet.bondedBy === 'lock' ? 745n : 0n)) * unit);
  });

  it('nominates, stops, and sends rewards elsewhere', async () => {
    const nominator = await factsOf('nominator');
    expect(nominator.account).toMatchObject({
      role: 'nominator',
      nominations: [who.validator],
      payee: 'Stash',
    });
    sends(planChill(nominator));
    sends(planSetPayee(nominator, { Account: who.proxy }));
    const chilled = { ...nominator, account: { ...nominator.account, role: 'chilled' as const } };
    sends(planNominate(chilled, [who.validator]));
  });

  it('unbonds everything as this pallet needs it, counted in the era that it counts in', async () => {
    const nominator = await factsOf('nominator');
    const { pallet, bondingDuration } = nominator.rules;
    const plan = planUnbond(nominator, null, false);
    expect(names(plan)).toEqual(pallet.unbondChills === 'wholeActive' ? ['unbond'] : ['chill', 'unbond']);
    expect(plan.effect.after).toMatchObject({ role: 'chilled', nominations: [] });
    sends(plan);
    const era = (classic ? 21 : 20) + bondingDuration;
    expect(plan.effect.after.ledger?.unlocking.at(-1)).toEqual({ value: 700n * unit, era });
    expect(plan.foresees?.events).toEqual([
      { name: 'Staking.Chilled' },
      { name: 'Staking.Unbonded', amount: 700n * unit },
    ]);
    const part = planUnbond(nominator, 650n * unit, true);
    expect(names(part)).toEqual(['chill', 'unbond']);
    sends(part);
    // Without a batch nothing is sent by halves.
    const single = refusal(() => planUnbond({ ...nominator, batches: false }, 650n * unit, true));
    expect(single).toMatchObject({ code: 'NO_BATCH', exit: 4 });
    expect(single.hint).toContain('bursar stake chill, then bursar stake unbond');
  });

  it('withdraws what is free in that era, and names the slashing spans where they are counted', async () => {
    const nominator = planWithdraw(await factsOf('nominator'));
    expect(nominator.calls[0]?.args).toEqual({ num_slashing_spans: 0 });
    expect(nominator.foresees?.events).toEqual([
      { name: 'Staking.Withdrawn', amount: (classic ? 45n : 5n) * unit },
    ]);
    sends(nominator);
    const slashed = planWithdraw(await factsOf('slashed'));
    expect(slashed.calls[0]?.args).toEqual({ num_slashing_spans: classic ? 3 : 0 });
    expect(slashed.effect.after).toMatchObject({ ledger: null, role: 'none' });
    sends(slashed);
  });

  it('a stash and its separate controller sign what is theirs, and each is told of the other', async () => {
    const [stash, controller] = [await factsOf('stash'), await factsOf('controller')];
    for (const facts of [stash, controller]) {
      expect(facts.account).toMatchObject({ address: who.stash, controller: who.controller });
      expect(facts.account.ledger?.active).toBe(500n * unit);
    }
    expect([stash.signedAs, controller.signedAs]).toEqual(['stash', 'controller']);
    sends(planUnbond(controller, 10n * unit, false));
    sends(planUnbond(controller, null, false));
    sends(planRebond(controller, null));
    sends(planChill(controller));
    sends(planSetPayee(controller, 'None'));
    if (classic) sends(planWithdraw(controller));
    for (const make of [
      () => planUnbond(stash, 10n * unit, false),
      () => planRebond(stash, null),
      () => planChill(stash),
      () => planSetPayee(stash, 'None'),
      () => planTo(stash, 600n * unit, 'Staked', false),
    ]) {
      const { code, exit, message, hint } = refusal(make);
      expect([code, exit]).toEqual(['CONTROLLER_SIGNS', 4]);
      expect(message).toContain(who.controller);
      expect(hint).toContain('set-controller');
    }
    sends(planBondExtra(stash, 5n * unit, unit));
    const ended = planSetController(stash);
    sends(ended);
    expect(ended.effect.after.controller).toBe(who.stash);
    for (const make of [
      () => planBondExtra(controller, 5n * unit, unit),
      () => planSetController(controller),
    ])
      expect(refusal(make)).toMatchObject({
        code: 'STASH_SIGNS',
        exit: 4,
        message: expect.stringContaining(who.stash),
      });
  });

  it('pays out, claims and compounds', async () => {
    const page = {
      era: 19,
      stash: who.validator,
      page: 0,
      pages: 2,
      refused: null,
      amount: null,
      erasLeft: 9,
    } as unknown as OwedPage;
    const byPage = chain.hasCall('Staking', 'payout_stakers_by_page');
    const { payables } = payoutPayables([page], { stashes: 'all', accounts: [] }, byPage);
    const pools = (['claim', 'compound'] as const).flatMap((action) =>
      poolPayables(
        poolRewards(
          [who.proxy, who.nominator].map((member) => ({
            member,
            pool: 1,
            pending: 5n,
            permission: 'PermissionlessAll' as const,
          })),
          who.proxy,
          action,
        ),
      ),
    );
    expect(pools).toHaveLength(4);
    for (const batch of ['all', 'each'] as const) {
      const calls = [...payables, ...pools].map(({ call }) => call);
      sends({ title: '', account: who.proxy, calls, batch, checks: [], spends: 0n, effect: null });
    }
  });

  it('says no minimum where no election has counted anybody, and no controller of nobody', async () => {
    const { rules, account } = await factsOf('newcomer');
    expect(rules.minimumActiveStake).toBeNull();
    expect([rules.activeEra, rules.currentEra, rules.maxUnlockingChunks]).toEqual([20, 21, 32]);
    expect(account.slashingSpans).toBe(0);
    expect(await readStakeAt(chain, who.newcomer, '0x00')).toEqual(account);
  });
});

/** Plain data that is compared: addresses of one prefix, `{Id: …}` as the address, missing as null. */
const plainOf = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_key, item: Plain) => (typeof item === 'bigint' ? item.toString() : item)),
    (_key, item) =>
      item !== null && typeof item === 'object' && Object.keys(item).join() === 'Id' ? item.Id : item,
  );
