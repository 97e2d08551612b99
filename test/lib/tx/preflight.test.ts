import { u8aToHex } from '@polkadot/util';
import { afterAll, afterEach, beforeAll, describe, expect, it, test } from 'vitest';
import { devPair } from '../../../devnet/accounts.js';
import { execute, rehearse } from '../../../src/lib/tx/execute.js';
import type { TxOptions } from '../../../src/lib/tx/options.js';
import type { Included } from '../../../src/lib/tx/outcome.js';
import type { Check, RuntimeCall } from '../../../src/lib/tx/plan.js';
import { assertChecks, failedCheckError, measureBlockMs } from '../../../src/lib/tx/preflight.js';
import { deadUrl, renamePallet } from '../../support/proxy.js';
import { Bench, planOf, rehearsed, remark } from './bench.js';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.open();
});
afterEach(async () => {
  await bench.calm();
});
afterAll(async () => {
  await bench?.close();
});

async function checksOf(
  uri: string,
  call: RuntimeCall,
  more: Partial<TxOptions> = {},
  spends = 0n,
): Promise<readonly Check[]> {
  const sender = await bench.sender(uri, more);
  const account = sender.options.wrap.kind === 'proxy' ? sender.options.wrap.real : sender.options.signer;
  const plan = { ...planOf(account, call), spends };
  return (await rehearse(sender.chain, plan, sender.options)).preflight.checks;
}
const found = (checks: readonly Check[], id: string) => checks.find((check) => check.id === id);
const UNIT = 10_000_000_000n;
const bondExtra = (max_additional: bigint): RuntimeCall => ({
  pallet: 'Staking',
  call: 'bond_extra',
  args: { max_additional },
});

describe('a rehearsal', () => {
  it('of what is fine: every check holds, the tree is there, nothing is sent', async () => {
    const sender = await bench.sender('//Newcomer');
    const { rehearsal } = await rehearsed(sender, remark('a'), remark('b'));
    const { checks, fee, tree, rehearsal: how } = rehearsal.preflight;
    expect(checks.map(({ id, ok }) => [id, ok])).toEqual([
      ['FEE', true],
      ['METADATA_HASH', true],
      ['TOKEN', true],
      ['DRY_RUN', true],
    ]);
    expect(fee).toBeGreaterThan(0n);
    expect(how).toBe('dryRunApi');
    expect(tree?.children.map(({ status }) => status)).toEqual(['ok', 'ok']);
    expect(rehearsal.call.call).toBe('batch_all');
    expect(bench.proxy.count('author_submitExtrinsic')).toBe(0);
    expect(failedCheckError(checks)).toBeUndefined();
  });

  it('tells what the chain would refuse, to the innermost call', async () => {
    const unbond: RuntimeCall = { pallet: 'Staking', call: 'unbond', args: { value: 1n } };
    const dry = found(await checksOf('//Newcomer', unbond), 'DRY_RUN');
    expect(dry).toMatchObject({ ok: false, detail: expect.stringContaining('Staking.NotController') });
    const forced: RuntimeCall = {
      pallet: 'Utility',
      call: 'force_batch',
      args: { calls: [remark('a'), unbond] as never },
    };
    const inner = found(await checksOf('//Newcomer', forced), 'DRY_RUN');
    expect(inner).toMatchObject({ ok: false, detail: expect.stringContaining('Staking.NotController') });
    const error = failedCheckError([inner as Check]);
    expect([error?.code, error?.exit]).toEqual(['DRY_RUN', 4]);
  });

  it('knows the fee also where the metadata is of version 14, which lists no API', async () => {
    const sender = await bench.sender('//Newcomer');
    const plan = planOf(sender.options.signer, remark('x'));
    const { fee } = (await rehearse(sender.chain, plan, sender.options)).preflight;
    bench.proxy.on(
      'state_call',
      { kind: 'alter', with: () => '0x00' },
      { when: ([api]) => api === 'Metadata_metadata_at_version' },
    );
    const { connect } = await import('../../../src/lib/chain/connect.js');
    const open = () => connect({ endpoints: [bench.proxy.url], timeoutMs: 20_000 });
    const older = await open();
    expect(older.runtime.metadataVersion).toBe(14);
    const known = (await rehearse(older, plan, sender.options)).preflight;
    expect(known.fee).toBe(fee);
    expect(fee).toBeGreaterThan(0n);
    await older.close();
    // A chain without that API, and one whose answer is none.
    const isFee = { when: ([api]: readonly unknown[]) => api === 'TransactionPaymentApi_query_info' };
    bench.proxy.on('state_call', { kind: 'error', code: 4003, message: 'not found' }, { ...isFee, times: 1 });
    bench.proxy.on('state_call', { kind: 'alter', with: () => '0x0102' }, isFee);
    const without = await open();
    expect((await rehearse(without, plan, sender.options)).preflight.fee).toBeNull();
    await expect(rehearse(without, plan, sender.options)).rejects.toMatchObject({
      code: 'ENDPOINT_ANSWER',
      exit: 5,
    });
    await without.close();
  });

  it('without a dry run of the chain says so', async () => {
    renamePallet(bench.proxy, 'DryRunApi', 'DryRunApx');
    const sender = await bench.sender('//Newcomer');
    // The cache knows the real name.
    const { connect } = await import('../../../src/lib/chain/connect.js');
    const chain = await connect({ endpoints: [bench.proxy.url], timeoutMs: 20_000 });
    const { preflight } = await rehearse(chain, planOf(sender.options.signer, remark('x')), sender.options);
    expect(found(preflight.checks, 'DRY_RUN')).toMatchObject({ ok: 'warn' });
    expect(preflight.rehearsal).toBe('none');
    await chain.close();
  });
});

describe('money', () => {
  it('that the signer lacks for the fee, for fee and amount, or for the tip', async () => {
    const poor = await checksOf('//Poor', remark('x'.repeat(50_000)));
    expect(found(poor, 'FEE')).toMatchObject({ ok: false, title: 'The signer cannot pay the fee' });
    const nobody = await checksOf('//Nobody', remark('x'));
    expect(found(nobody, 'FEE')).toMatchObject({ ok: false });
    const tip = await checksOf('//Newcomer', remark('x'), { tip: 10_000n * UNIT });
    expect(found(tip, 'FEE')).toMatchObject({ ok: false });
    const later = await checksOf('//Newcomer', remark('x'), { spent: 4_999n * UNIT + UNIT / 2n });
    expect(found(later, 'FEE')).toMatchObject({ ok: true, detail: expect.stringMatching(/of 0\.\d+ UNIT/) });
    const last = await checksOf('//Newcomer', remark('x'), { spent: 5_000n * UNIT });
    expect(found(last, 'FEE')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('usable is 0 UNIT after 5000 UNIT for what goes before it'),
    });
    const free = await checksOf('//Operator', bondExtra(1n), {}, 10n ** 18n);
    expect(found(free, 'FEE')).toMatchObject({
      ok: false,
      title: expect.stringContaining('amount and the fee'),
    });
    expect(found(free, 'FEE')?.remedy).toMatch(/^At most [\d.]+ UNIT can be used for it\.$/);
  });

  it('that may be used is exact to the planck: so much can be bonded, one more cannot', async () => {
    const { address } = await devPair('//Nominator');
    const sender = await bench.sender('//Nominator');
    const [info] = (await sender.chain.read([
      { pallet: 'System', item: 'Account', keys: [address] },
    ])) as unknown as [{ data: { free: bigint } }];
    const deposit = sender.chain.constant('Balances', 'ExistentialDeposit') as bigint;
    const { rehearsal } = await rehearsed(sender, bondExtra(info.data.free - UNIT));
    const most = info.data.free - deposit - (rehearsal.preflight.fee as bigint);
    const at = (spends: bigint) => checksOf('//Nominator', bondExtra(spends), {}, spends);
    expect(found(await at(most), 'FEE')).toMatchObject({ ok: true });
    expect(found(await at(most + 1n), 'FEE')).toMatchObject({ ok: false });
    // The chain agrees: it bonds all of it, and would silently bond less if there were less.
    const fresh = await bench.sender('//Nominator');
    const sending = await rehearsed(fresh, bondExtra(most));
    const outcome = (await execute(
      fresh.chain,
      sending.plan,
      sending.rehearsal,
      fresh.signer,
      fresh.options,
    )) as Included;
    const bonded = outcome.tree.events.find(({ name }) => name === 'Staking.Bonded');
    expect(bonded?.data).toMatchObject({ amount: most });
    await fresh.chain.refresh();
    const [after] = await fresh.chain.read([{ pallet: 'System', item: 'Account', keys: [address] }]);
    expect(after).toMatchObject({ data: { free: deposit } });
  });
});

describe('a proxy', () => {
  it('must be one, without delay; the account must have the amount, the proxy the fee', async () => {
    const real = (await devPair('//Operator')).address;
    const good = await checksOf('//OperatorProxy', bondExtra(1n), { wrap: { kind: 'proxy', real } }, 1n);
    expect(found(good, 'PROXY')).toMatchObject({ ok: true, detail: 'Staking' });
    expect(found(good, 'SPENDS')).toMatchObject({ ok: true });
    const other = await checksOf('//Newcomer', bondExtra(1n), { wrap: { kind: 'proxy', real } });
    expect(found(other, 'PROXY')).toMatchObject({ ok: false, detail: 'the account has not made it one' });
    const type = await checksOf('//OperatorProxy', bondExtra(1n), {
      wrap: { kind: 'proxy', real, proxyType: 'Governance' },
    });
    expect(found(type, 'PROXY')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('Staking, delay 0'),
    });
    const much = await checksOf(
      '//OperatorProxy',
      bondExtra(10n ** 18n),
      { wrap: { kind: 'proxy', real } },
      10n ** 18n,
    );
    expect(found(much, 'SPENDS')).toMatchObject({
      ok: false,
      remedy: expect.stringMatching(/^At most [\d.]+ UNIT can be used for it\.$/),
    });
  });
});

describe('a proxy with several definitions', () => {
  const PLAN: Readonly<Record<string, RuntimeCall>> = {
    extra: bondExtra(1n),
    chill: { pallet: 'Staking', call: 'chill', args: {} },
    tooMuch: { pallet: 'Staking', call: 'unbond', args: { value: 5_000n * UNIT - 1n } },
  };
  type Definition = readonly [type: string, delay: number];

  /** Defines the proxies of //Operator for //OperatorProxy, and nobody else. */
  async function define(...definitions: readonly Definition[]): Promise<string> {
    const [real, delegate] = await Promise.all(
      ['//Operator', '//OperatorProxy'].map(async (uri) => (await devPair(uri)).address),
    );
    const { runtime } = await bench.connect(bench.devnet.url);
    const { key, entry } = runtime.slot({ pallet: 'Proxy', item: 'Proxies', keys: [real as string] });
    const type = runtime.registry.createLookupType(entry.meta.type.asMap.value);
    const list = definitions.map(([proxyType, delay]) => ({ delegate, proxyType, delay }));
    const value = runtime.registry.createTypeUnsafe(type, [[list, 0]]);
    await bench.devnet.chain.setStorage([[key, u8aToHex(value.toU8a())]]);
    await bench.devnet.advance({ blocks: 1 });
    return real as string;
  }

  async function rehearsedWith(call: RuntimeCall, ...definitions: readonly Definition[]) {
    const real = await define(...definitions);
    const sender = await bench.sender('//OperatorProxy', { wrap: { kind: 'proxy', real } });
    const { plan, rehearsal } = await rehearsed(sender, call);
    return { sender, plan, rehearsal, checks: rehearsal.preflight.checks };
  }

  // In the order in which the pallet keeps them: by type, then by delay.
  it.each([
    [
      'extra',
      'Staking',
      [
        ['Governance', 0],
        ['Staking', 0],
      ],
    ],
    [
      'extra',
      'Staking',
      [
        ['Any', 10],
        ['Staking', 0],
      ],
    ],
    [
      'extra',
      'Staking',
      [
        ['CancelProxy', 0],
        ['Staking', 0],
      ],
    ],
    [
      'extra',
      'NonTransfer',
      [
        ['NonTransfer', 0],
        ['Governance', 0],
      ],
    ],
    [
      'extra',
      'Any',
      [
        ['Any', 0],
        ['Governance', 0],
        ['Staking', 20],
      ],
    ],
    [
      'extra',
      'Staking',
      [
        ['Staking', 0],
        ['Staking', 10],
      ],
    ],
    // Neither name says which of them may: the chain does.
    [
      'chill',
      'StakingOperator',
      [
        ['Governance', 0],
        ['StakingOperator', 0],
      ],
    ],
  ] as const)('%s: %s is the one that may', async (name, chosen, definitions) => {
    const { rehearsal, checks, sender, plan } = await rehearsedWith(
      PLAN[name] as RuntimeCall,
      ...definitions,
    );
    expect(rehearsal.wrap).toMatchObject({ kind: 'proxy', proxyType: chosen });
    expect(rehearsal.call.args.force_proxy_type).toBe(chosen);
    expect(found(checks, 'PROXY')).toMatchObject({ ok: true, detail: chosen });
    expect(found(checks, 'DRY_RUN')).toMatchObject({ ok: true });
    if (name === 'chill') return;
    const outcome = await execute(sender.chain, plan, rehearsal, sender.signer, sender.options);
    expect(outcome).toMatchObject({ kind: 'included', verdict: 'ok' });
  });

  it('of which none may: all are told, and why', async () => {
    const { checks } = await rehearsedWith(PLAN.extra as RuntimeCall, ['Any', 10], ['Governance', 0]);
    expect(found(checks, 'PROXY')).toMatchObject({ ok: true, detail: 'Governance' });
    expect(found(checks, 'PROXY_TYPE')).toMatchObject({
      ok: false,
      detail:
        'only with Any, delay 10 (must be announced first); Governance, delay 0 (may not make this call)',
    });
    expect(failedCheckError(checks)).toMatchObject({ code: 'PROXY_TYPE', exit: 4 });
    // It is the dry run that says so, which --force overrides.
    expect(() => assertChecks(checks, true)).not.toThrow();
    // The same with one: the filter of its type is what the dry run hits.
    const one = await rehearsedWith(PLAN.extra as RuntimeCall, ['Governance', 0]);
    expect(found(one.checks, 'PROXY_TYPE')).toMatchObject({ ok: false });
    const late = await rehearsedWith(PLAN.extra as RuntimeCall, ['Any', 10]);
    expect(found(late.checks, 'PROXY')).toMatchObject({
      ok: false,
      detail: 'only with Any, delay 10 (must be announced first)',
    });
  });

  it('a call that fails for another reason says that reason', async () => {
    const { checks, rehearsal } = await rehearsedWith(
      PLAN.tooMuch as RuntimeCall,
      ['Governance', 0],
      ['Staking', 0],
    );
    expect(rehearsal.wrap).toMatchObject({ proxyType: 'Staking' });
    expect(found(checks, 'PROXY')).toMatchObject({ ok: true });
    expect(found(checks, 'DRY_RUN')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('Staking.InsufficientBond'),
    });
    expect(failedCheckError(checks)).toMatchObject({ code: 'DRY_RUN' });
  });

  it('without a dry run the type that is called as the pallet is taken', async () => {
    const real = await define(['Governance', 0], ['Staking', 0]);
    renamePallet(bench.proxy, 'DryRunApi', 'DryRunApx');
    const { connect } = await import('../../../src/lib/chain/connect.js');
    const chain = await connect({ endpoints: [bench.proxy.url], timeoutMs: 20_000 });
    const sender = await bench.sender('//OperatorProxy', { wrap: { kind: 'proxy', real } });
    const plan = planOf(real, PLAN.extra as RuntimeCall);
    expect((await rehearse(chain, plan, sender.options)).wrap).toMatchObject({ proxyType: 'Staking' });
    await chain.close();
  });
});

describe('what a plan foresees', () => {
  it('is compared with the dry run: a plan that is wrong about the chain is not sent, unless it is forced', async () => {
    const sender = await bench.sender('//Operator');
    const plan = (amount: bigint) => ({
      ...planOf(sender.options.signer, bondExtra(7n)),
      foresees: { names: ['Staking.Bonded'], events: [{ name: 'Staking.Bonded', amount }] },
    });
    const right = (await rehearse(sender.chain, plan(7n), sender.options)).preflight.checks;
    expect(found(right, 'DRY_RUN_EFFECT')).toMatchObject({ ok: true });
    const wrong = (await rehearse(sender.chain, plan(8n), sender.options)).preflight.checks;
    expect(found(wrong, 'DRY_RUN')).toMatchObject({ ok: true });
    expect(failedCheckError(wrong)).toMatchObject({ code: 'DRY_RUN_EFFECT', exit: 4 });
    expect(() => assertChecks(wrong, true)).not.toThrow();
  });

  it('what a lock covers already cannot be spent again', async () => {
    const sender = await bench.sender('//Newcomer');
    const checks = async (bound: bigint) => {
      const plan = { ...planOf(sender.options.signer, remark('x')), spends: 1_000n * UNIT, bound };
      return (await rehearse(sender.chain, plan, sender.options)).preflight.checks;
    };
    expect(found(await checks(3_900n * UNIT), 'FEE')).toMatchObject({ ok: true });
    expect(found(await checks(4_000n * UNIT), 'FEE')).toMatchObject({ ok: false });
  });
});

describe('endpoints', () => {
  it('that agree, disagree, are behind, or cannot be asked', async () => {
    const check = async (endpoints: readonly string[], agree?: 'require' | 'warn') => {
      const checks = await checksOf('//Newcomer', remark('x'), {
        endpoints,
        ...(agree ? { agree } : {}),
      });
      return found(checks, 'ENDPOINTS_AGREE') ?? found(checks, 'ENDPOINTS_UNCHECKED');
    };
    expect(await check([])).toBeUndefined();
    expect(await check([bench.proxy.url])).toBeUndefined();
    expect(await check([bench.devnet.url])).toMatchObject({ ok: true });
    const dead = await deadUrl();
    const unchecked = await check([dead]);
    expect(unchecked).toMatchObject({ id: 'ENDPOINTS_UNCHECKED', ok: false });
    expect(unchecked!.detail).toContain(dead);
    expect(unchecked!.remedy).toContain('--agree warn');
    const told = await check([dead], 'warn');
    expect(told).toMatchObject({ ok: 'warn', detail: expect.stringContaining('was not checked') });
    expect(failedCheckError([unchecked!])).toMatchObject({ exit: 5, code: 'ENDPOINTS_UNCHECKED' });
    // One of the others is enough, whichever it is.
    expect(await check([dead, bench.devnet.url])).toMatchObject({ id: 'ENDPOINTS_AGREE', ok: true });
    // Asked through the proxy as the second one, which lies about heights but not about block 0.
    for (const [answer, ok] of [
      [`0x${'66'.repeat(32)}`, false],
      [null, undefined],
    ] as const) {
      bench.proxy
        .reset()
        .on(
          'chain_getBlockHash',
          { kind: 'alter', with: () => answer },
          { when: ([height]) => height !== 0 && height !== undefined },
        );
      const sender = await bench.sender('//Newcomer', { endpoints: [bench.proxy.url] }, bench.devnet.url);
      const { rehearsal } = await rehearsed(sender, remark('x'));
      const agrees = found(rehearsal.preflight.checks, 'ENDPOINTS_AGREE');
      expect(agrees?.ok).toBe(ok);
      expect(found(rehearsal.preflight.checks, 'ENDPOINTS_UNCHECKED')?.ok).toBe(
        ok === undefined ? false : undefined,
      );
    }
  });
});

describe('nonce and mortality', () => {
  it('a nonce that was used stops; one that waits, and transactions under way, are told', async () => {
    bench.devnet.setMode('manual');
    const sender = await bench.sender('//Bob');
    const nonce = (checks: readonly Check[]) => found(checks, 'NONCE');
    expect(nonce((await rehearsed(sender, remark('x'))).rehearsal.preflight.checks)).toBeUndefined();
    expect(nonce(await checksOf('//Bob', remark('x'), { nonce: 5 }))).toMatchObject({ ok: 'warn' });
    bench.proxy.on('system_accountNextIndex', { kind: 'alter', with: () => 2 });
    expect(nonce(await checksOf('//Bob', remark('x')))).toMatchObject({
      ok: 'warn',
      detail: expect.stringContaining('2 sent'),
    });
    bench.proxy.reset();
    bench.devnet.setMode('instant');
    const alice = await bench.sender('//Alice');
    const { plan, rehearsal } = await rehearsed(alice, remark('x'));
    await execute(alice.chain, plan, rehearsal, alice.signer, alice.options);
    expect(nonce(await checksOf('//Alice', remark('x'), { nonce: 0 }))).toMatchObject({ ok: false });
  });

  test('an immortal transaction is a warning, the block time is measured', async () => {
    const sender = await bench.sender('//Newcomer', { mortalityMs: 0 });
    const { rehearsal } = await rehearsed(sender, remark('x'));
    expect(found(rehearsal.preflight.checks, 'MORTALITY')).toMatchObject({ ok: 'warn' });
    expect(rehearsal.preflight.mortality).toMatchObject({ period: 0, validUntil: null });
    expect(await measureBlockMs(sender.chain)).toBe(6_000);
  });
});
