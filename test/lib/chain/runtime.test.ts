import { blake2AsHex, decodeAddress, encodeAddress } from '@polkadot/util-crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { Runtime } from '../../../src/lib/chain/runtime.js';
import { BursarError } from '../../../src/lib/errors.js';
import { type Plain, toCanonicalJson } from '../../../src/lib/plain.js';
import type { RuntimeCall } from '../../../src/lib/tx/plan.js';
import { CHAINS, metadataOf, NAMES, runtimeOf, tokenOf } from './chains.js';

const ALICE = '15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5';
const ALICE_42 = '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY';
const ALICE_HEX = '0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d';
const call = (pallet: string, name: string, args: Record<string, unknown> = {}): RuntimeCall => ({
  pallet,
  call: name,
  args: args as Record<string, Plain>,
});

function refusal(run: () => unknown): BursarError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(BursarError);
    return error as BursarError;
  }
  throw new Error('It was not refused.');
}

let runtime: Runtime;
beforeAll(async () => {
  runtime = await runtimeOf('polkadot');
});

const account = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((key) => encodeAddress(key, 0));
const amount = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });
const bytes = fc.uint8Array({ maxLength: 80 }).map((data) => `0x${Buffer.from(data).toString('hex')}`);
const { anyCall } = fc.letrec<{ anyCall: RuntimeCall; simple: RuntimeCall }>((tie) => ({
  simple: fc.oneof(
    amount.map((value) => call('Staking', 'unbond', { value })),
    amount.map((max_additional) => call('Staking', 'bond_extra', { max_additional })),
    fc
      .record({
        value: amount,
        payee: fc.oneof(
          fc.constantFrom('Staked', 'Stash', 'None', 'Controller'),
          fc.record({ Account: account }),
        ),
      })
      .map((args) => call('Staking', 'bond', args)),
    fc.array(account, { maxLength: 16 }).map((targets) => call('Staking', 'nominate', { targets })),
    fc.constant(call('Staking', 'chill')),
    fc
      .record({ commission: fc.nat(10 ** 9), blocked: fc.boolean() })
      .map((prefs) => call('Staking', 'validate', { prefs })),
    fc.nat(2 ** 31).map((num_slashing_spans) => call('Staking', 'withdraw_unbonded', { num_slashing_spans })),
    bytes.map((remark) => call('System', 'remark', { remark })),
    fc.record({ dest: account, value: amount }).map((args) => call('Balances', 'transfer_keep_alive', args)),
  ),
  anyCall: fc.oneof(
    { maxDepth: 3 },
    tie('simple'),
    fc
      .record({
        name: fc.constantFrom('batch', 'batch_all', 'force_batch'),
        calls: fc.array(tie('anyCall'), { maxLength: 4 }),
      })
      .map(({ name, calls }) => call('Utility', name, { calls })),
    fc
      .record({
        real: account,
        force_proxy_type: fc.constantFrom(null, 'Any', 'Staking', 'Governance'),
        call: tie('anyCall'),
      })
      .map((args) => call('Proxy', 'proxy', args)),
    fc
      .record({
        threshold: fc.nat(65_535),
        other_signatories: fc.array(account, { maxLength: 3 }),
        maybe_timepoint: fc.option(fc.record({ height: fc.nat(), index: fc.nat() })),
        call: tie('anyCall'),
        max_weight: fc.record({
          refTime: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
          proofSize: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        }),
      })
      .map((args) => call('Multisig', 'as_multi', args)),
  ),
}));

describe('calls', () => {
  it('come back from their bytes as they went in', () => {
    fc.assert(
      fc.property(anyCall, (given) => {
        const { hex, hash } = runtime.encodeCall(given);
        expect(runtime.decodeCall(hex)).toEqual(given);
        expect(hash).toBe(blake2AsHex(hex, 256));
        expect(runtime.encodeCall(runtime.decodeCall(hex)).hex).toBe(hex);
      }),
      { numRuns: 300 },
    );
  });

  it('are the same bytes for an account in any writing, and for a number in any', () => {
    const encoded = (args: Record<string, unknown>) =>
      runtime.encodeCall(call('Balances', 'transfer_keep_alive', args)).hex;
    const wanted = encoded({ dest: ALICE, value: 10n });
    for (const dest of [ALICE_42, ALICE_HEX, `0x${ALICE_HEX.slice(2).toUpperCase()}`, { Id: ALICE_42 }])
      expect(encoded({ dest, value: 10 })).toBe(wanted);
    expect(encoded({ dest: ALICE, value: '10' })).toBe(wanted);
    expect(decodeAddress(ALICE_42)).toEqual(decodeAddress(ALICE));
  });

  it('that are not what the chain would read are refused, and say which argument', () => {
    const inner = call('Staking', 'chill');
    const proxy = { real: ALICE, force_proxy_type: null, call: inner };
    const bad: [string, string, Record<string, unknown>, string][] = [
      // What @polkadot would make a zero or the zero account of.
      ...[
        null,
        undefined,
        '',
        -1,
        -1n,
        1.5,
        2n ** 128n,
        '1e3',
        '12abc',
        'abc',
        '0x10',
        ' 5 ',
        true,
        [1],
        [],
        {},
        Number.NaN,
      ].map((value): [string, string, Record<string, unknown>, string] => [
        'Staking',
        'unbond',
        { value },
        'value',
      ]),
      ...[
        null,
        'Account',
        { Account: null },
        { Account: '' },
        { Account: 'x' },
        { Nope: 1 },
        {},
        7,
        'staked',
        { Staked: 1 },
        { Account: ALICE, Stash: null },
      ].map((payee): [string, string, Record<string, unknown>, string] => [
        'Staking',
        'set_payee',
        { payee },
        'payee',
      ]),
      ...[null, [null], ['0x00'], [ALICE, 5], ['x'], ALICE, [`${ALICE}x`]].map(
        (targets): [string, string, Record<string, unknown>, string] => [
          'Staking',
          'nominate',
          { targets },
          'targets',
        ],
      ),
      ...[
        { commission: 1, bloked: true },
        { commission: 1 },
        { commission: 1, blocked: true, more: 1 },
        {},
      ].map((prefs): [string, string, Record<string, unknown>, string] => [
        'Staking',
        'validate',
        { prefs },
        'prefs',
      ]),
      ...['hello', '0x1', '0xzz', null, [300], [1]].map(
        (remark): [string, string, Record<string, unknown>, string] => [
          'System',
          'remark',
          { remark },
          'remark',
        ],
      ),
      ['Proxy', 'proxy', { ...proxy, real: null }, 'real'],
      ['Proxy', 'proxy', { ...proxy, force_proxy_type: 'Nope' }, 'force_proxy_type'],
      ['Proxy', 'proxy', { ...proxy, force_proxy_type: 0 }, 'force_proxy_type'],
      ['Proxy', 'proxy', { ...proxy, call: null }, 'call'],
      ['Proxy', 'proxy', { ...proxy, call: '0x0000' }, 'call'],
      ['Utility', 'batch_all', { calls: null }, 'calls'],
      ['Utility', 'batch_all', { calls: ['0x0000'] }, 'calls'],
      ['Utility', 'batch_all', { calls: [call('Staking', 'unbond', { value: null })] }, 'value'],
    ];
    for (const [pallet, name, args, argument] of bad) {
      const { code, exit, message } = refusal(() => runtime.encodeCall(call(pallet, name, args)));
      const shown = `${name} ${toCanonicalJson(args)}: ${message}`;
      expect([code, exit], shown).toEqual(['CALL_ARGUMENT', 2]);
      expect(message, shown).toContain(`the argument ${argument} `);
      expect(message, shown).not.toMatch(/\n/);
    }
  });

  it('with missing or odd argument names are refused by name', () => {
    const names = (args: Record<string, unknown>) =>
      refusal(() => runtime.encodeCall(call('Staking', 'bond', args)));
    for (const args of [
      {},
      { value: 1n },
      { value: 1n, payee: 'Staked', more: 1 },
      { Value: 1n, payee: 'Staked' },
    ]) {
      expect(names(args)).toMatchObject({ code: 'CALL_ARGUMENT', exit: 2 });
      expect(names(args).message).toContain('takes (value, payee)');
    }
  });

  it('that the chain does not have are refused, pallet or call', () => {
    expect(refusal(() => runtime.encodeCall(call('Staking', 'bond_less')))).toMatchObject({
      code: 'CALL_MISSING',
      exit: 4,
    });
    const missing = refusal(() =>
      runtime.encodeCall(call('Sudo', 'sudo', { call: call('Staking', 'chill') })),
    );
    expect([missing.code, missing.exit]).toEqual(['PALLET_MISSING', 4]);
    expect(missing.message).toContain('Sudo');
    const inside = call('Utility', 'batch', { calls: [call('Sudo', 'sudo', {})] });
    expect(refusal(() => runtime.encodeCall(inside)).code).toBe('PALLET_MISSING');
  });
});

describe('call data', () => {
  const refused = (hex: string) => {
    const { code, exit, message } = refusal(() => runtime.decodeCall(hex));
    expect([code, exit], hex).toEqual(['CALL_DATA', 2]);
    expect(message).not.toMatch(/-\d+ bytes/);
    return message;
  };

  it('cut anywhere, or with anything behind it, is refused', () => {
    fc.assert(
      fc.property(anyCall, fc.nat(), bytes, (given, at, more) => {
        const { hex } = runtime.encodeCall(given);
        const cut = 2 + (at % (hex.length - 2));
        // A remark that is cut in its text is still too short for its length.
        refused(hex.slice(0, cut));
        if (more !== '0x') refused(hex + more.slice(2));
      }),
      { numRuns: 300 },
    );
  });

  it('that is none is refused without a crash', () => {
    for (const hex of ['', '0x', 'hello', '0xzz', '0x0', '0X0000', '0xffff', '0x00', ' 0x0000', '0x0000 '])
      refused(hex);
    fc.assert(
      fc.property(fc.oneof(fc.string(), bytes), (text) => {
        try {
          runtime.decodeCall(text);
        } catch (error) {
          expect(error).toBeInstanceOf(BursarError);
          expect((error as BursarError).exit).toBe(2);
        }
      }),
    );
  });

  it('that is written in more bytes than it needs is refused: its hash would be another', () => {
    const { hex } = runtime.encodeCall(call('Staking', 'unbond', { value: 1n }));
    expect(hex.endsWith('04')).toBe(true);
    // Compact 1 in two bytes.
    expect(refused(`${hex.slice(0, -2)}0500`)).toContain('canonical');
  });
});

describe('storage', () => {
  it('has the keys that the pallets hash', () => {
    const key = (item: string, ...keys: Plain[]) => runtime.slot({ pallet: 'Staking', item, keys }).key;
    // twox128("Staking") ++ twox128("ActiveEra"), as block explorers show it.
    expect(key('ActiveEra')).toBe('0x5f3e4907f716ac89b6347d15ececedca487df464e44a534ba6b0cbb32407b587');
    expect(key('Bonded', ALICE)).toMatch(new RegExp(`${ALICE_HEX.slice(2)}$`));
    expect(key('Bonded', ALICE)).toBe(key('Bonded', ALICE_42));
    const double = key('ErasStakersOverview', 1_500, ALICE);
    expect(double.endsWith(ALICE_HEX.slice(2))).toBe(true);
    const { key: prefix } = runtime.prefix({ pallet: 'Staking', item: 'ErasStakersOverview', keys: [1_500] });
    expect(double.startsWith(prefix)).toBe(true);
  });

  it('gives its keys back', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31), account, (era, who) => {
        const { key, entry } = runtime.slot({
          pallet: 'Staking',
          item: 'ErasStakersOverview',
          keys: [era, who],
        });
        expect(runtime.keysOf(entry, key)).toEqual([era, who]);
      }),
      { numRuns: 50 },
    );
  });

  it('that is absent is null where it is optional, and its default elsewhere', () => {
    const absent = (pallet: string, item: string, ...keys: Plain[]) =>
      runtime.value(runtime.slot({ pallet, item, keys }).entry, null);
    expect(absent('Staking', 'Ledger', ALICE)).toBeNull();
    expect(absent('Staking', 'MinNominatorBond')).toBe(0n);
    expect(absent('Staking', 'Validators', ALICE)).toEqual({ commission: 0, blocked: false });
    expect(absent('System', 'Account', ALICE)).toMatchObject({ nonce: 0, data: { free: 0n, frozen: 0n } });
  });

  it('is decoded to plain data', () => {
    const { entry } = runtime.slot({ pallet: 'Staking', item: 'Payee', keys: [ALICE] });
    expect(runtime.value(entry, '0x00')).toBe('Staked');
    expect(runtime.value(entry, `0x03${ALICE_HEX.slice(2)}`)).toEqual({ Account: ALICE });
    const ledger = runtime.slot({ pallet: 'Staking', item: 'Ledger', keys: [ALICE] }).entry;
    const hex = `${ALICE_HEX}${'28'}${'14'}${'04'}${'14'}${'2904'}00`;
    expect(runtime.value(ledger, hex)).toMatchObject({
      stash: ALICE,
      total: 10n,
      active: 5n,
      unlocking: [{ value: 5n, era: 266 }],
    });
  });

  it('that is too short is not filled up with zeros', () => {
    const { entry } = runtime.slot({ pallet: 'System', item: 'Account', keys: [ALICE] });
    for (const hex of ['0x', '0x01', `0x${'00'.repeat(79)}`])
      expect(() => runtime.value(entry, hex)).toThrow();
    expect(runtime.value(entry, `0x${'00'.repeat(80)}`)).toMatchObject({ nonce: 0 });
  });

  it('that the chain does not have is refused by name', () => {
    for (const [pallet, item, code] of [
      ['Staking', 'Nope', 'STORAGE_MISSING'],
      ['Nope', 'Ledger', 'PALLET_MISSING'],
    ] as const) {
      const { code: found, exit, message } = refusal(() => runtime.slot({ pallet, item }));
      expect([found, exit]).toEqual([code, 4]);
      expect(message).toContain(item);
      expect(refusal(() => runtime.prefix({ pallet, item })).code).toBe(code);
      expect(runtime.hasStorage(pallet, item)).toBe(false);
    }
    expect(runtime.hasStorage('Staking', 'Ledger')).toBe(true);
  });
});

describe('what a chain has', () => {
  test('constants, calls, arguments, amounts and proxy types by name', () => {
    expect(runtime.constant('Staking', 'BondingDuration')).toBe(28);
    expect(refusal(() => runtime.constant('Staking', 'Nope'))).toMatchObject({
      code: 'CONSTANT_MISSING',
      exit: 4,
    });
    expect(runtime.hasConstant('Balances', 'ExistentialDeposit')).toBe(true);
    expect(runtime.callArguments('Staking', 'bond')).toEqual(['value', 'payee']);
    expect(runtime.enumVariants('Proxy', 'proxy', 'force_proxy_type')).toContain('Staking');
    expect(runtime.enumVariants('Staking', 'bond', 'nope')).toEqual([]);
    for (const [pallet, name, argument, is] of [
      ['Staking', 'bond', 'value', true],
      ['Staking', 'bond_extra', 'max_additional', true],
      ['Balances', 'transfer_all', 'keep_alive', false],
      ['Staking', 'nominate', 'targets', false],
    ] as const)
      expect(runtime.assetOf({ kind: 'call', pallet, name, fields: {} }, argument)?.kind, name).toBe(
        is ? 'native' : undefined,
      );
    expect(runtime.hasCall('Staking', 'bond')).toBe(true);
    expect(runtime.hasPallet('Sudo')).toBe(false);
  });

  test('an error by its name and documentation', () => {
    const { entry } = runtime.slot({ pallet: 'System', item: 'Events' });
    expect(runtime.events(null)).toEqual([]);
    // One record: phase ApplyExtrinsic(2), System.ExtrinsicFailed(Module{7, [0,0,0,0]}, no weight, Normal, Yes), no topics.
    const hex = `0x0400020000000001${'03'}07${'00000000'}00000000${'00'}00`;
    const [record] = runtime.events(hex);
    expect(record?.extrinsic).toBe(2);
    expect(record?.event.name).toBe('System.ExtrinsicFailed');
    expect(record?.event.data).toMatchObject({ dispatchError: { name: 'Staking.NotController' } });
    expect(toCanonicalJson(record?.event.data)).toMatch(/"docs":"[^"]*controller/);
    expect(entry.meta.type).toBeDefined();
  });

  test('metadata of every version from 14', async () => {
    for (const name of NAMES) {
      const one = await runtimeOf(name);
      const remark = call('System', 'remark', { remark: '0x01' });
      expect(one.decodeCall(one.encodeCall(remark).hex), name).toEqual(remark);
      expect(one.registry.chainSS58).toBe(CHAINS[name].ss58Prefix);
    }
    expect((await runtimeOf('polkadot')).hasApi('StakingApi', 'nominations_quota')).toBe(true);
    expect((await runtimeOf('polkadot')).hasApi('StakingApi', 'nope')).toBe(false);
    expect(refusal(() => runtime.encodeApi('Nope', 'nope', []))).toMatchObject({
      code: 'API_MISSING',
      exit: 4,
    });
  });

  test('metadata that cannot be read is refused', async () => {
    const p = await import('#polkadot');
    const good = await metadataOf('polkadot');
    for (const hex of [
      '0x',
      '0x00',
      '0xff',
      good.slice(0, 1_000),
      good.slice(0, -2),
      `${good}00`,
      `0x6d6574610d${good.slice(12)}`,
      '0x6d65746163',
      'hello',
    ]) {
      const { code, exit } = refusal(() => new Runtime(p, hex, tokenOf('polkadot')));
      expect([code, exit], hex.slice(0, 20)).toEqual(['METADATA_UNSUPPORTED', 4]);
    }
  });
});
