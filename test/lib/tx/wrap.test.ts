import { describe, expect, it } from 'vitest';
import { BursarError } from '../../../src/lib/errors.js';
import type { Describer } from '../../../src/lib/tx/assets.js';
import type { Outcome, OutcomeNode } from '../../../src/lib/tx/outcome.js';
import type { RuntimeCall } from '../../../src/lib/tx/plan.js';
import { callTree, checksBlock, outcomeBlocks, outcomeTree } from '../../../src/lib/tx/view.js';
import { type Wrap, wrapCalls } from '../../../src/lib/tx/wrap.js';

const bond: RuntimeCall = {
  pallet: 'Staking',
  call: 'bond',
  args: { value: 1_500n, payee: { Account: 'A' } },
};
const chill: RuntimeCall = { pallet: 'Staking', call: 'chill', args: {} };
const describer: Describer = {
  token: { symbol: 'UNIT', decimals: 3, ss58Prefix: 42 },
  assetOf: ({ kind, name }, field) =>
    (kind === 'call' && name === 'bond' && field === 'value') || (kind === 'event' && field === 'amount')
      ? { kind: 'native' }
      : undefined,
  assetAt: () => ({ kind: 'unknown' }),
  isBoundedCall: () => false,
  decodeCall: () => {
    throw new Error('no calls here');
  },
  units: new Map(),
};

describe('wrapping', () => {
  it('leaves one call alone, makes several one batch_all, and puts the proxy around all', () => {
    expect(wrapCalls([bond], { kind: 'direct' })).toEqual(bond);
    const batch = { pallet: 'Utility', call: 'batch_all', args: { calls: [bond, chill] } };
    expect(wrapCalls([bond, chill], { kind: 'direct' })).toEqual(batch);
    expect(wrapCalls([bond, chill], { kind: 'proxy', real: 'R', proxyType: 'Staking' })).toEqual({
      pallet: 'Proxy',
      call: 'proxy',
      args: { real: 'R', force_proxy_type: 'Staking', call: batch },
    });
    expect(wrapCalls([chill], { kind: 'proxy', real: 'R' }).args.force_proxy_type).toBeNull();
    // Reasons and expectations stay with the plan.
    const planned = { ...chill, reason: 'why', expects: ['Staking.Chilled'] };
    expect(wrapCalls([planned], { kind: 'direct' })).toEqual(chill);
  });

  it('refuses nothing, and what no command offers', () => {
    const refused = (calls: RuntimeCall[], wrap: Wrap) => {
      try {
        wrapCalls(calls, wrap);
      } catch (error) {
        expect(error).toBeInstanceOf(BursarError);
        return [(error as BursarError).code, (error as BursarError).exit];
      }
      throw new Error('It was not refused.');
    };
    expect(refused([], { kind: 'direct' })).toEqual(['PLAN_EMPTY', 2]);
    for (const wrap of [
      { kind: 'multisig', threshold: 2, signatories: [] },
      { kind: 'derivative', index: 0 },
      { kind: 'sovereign', paraId: 2_000 },
    ] as const)
      expect(refused([chill], wrap)).toEqual(['WRAP_KIND', 2]);
  });
});

describe('for a person', () => {
  it('calls have amounts with their unit, remarks as text, nested calls below', () => {
    const remark: RuntimeCall = {
      pallet: 'System',
      call: 'remark',
      args: { remark: `0x${Buffer.from('hello').toString('hex')}` },
    };
    const raw: RuntimeCall = { pallet: 'System', call: 'remark', args: { remark: '0x1b5b33' } };
    const text = JSON.stringify(
      callTree(describer, wrapCalls([bond, remark, raw], { kind: 'proxy', real: 'R' })),
    );
    for (const part of [
      'Proxy.proxy',
      'real: R',
      'force_proxy_type: –',
      'Utility.batch_all',
      'calls (3)',
      'value: 1.5 UNIT',
      'payee: Account A',
      'remark: \\"hello\\"',
      'remark: 0x1b5b33',
    ])
      expect(text).toContain(part);
  });

  it('outcomes tell every call’s end, with the pallet’s words', () => {
    const failed: OutcomeNode = {
      call: bond,
      status: 'failed',
      failure: { name: 'Staking.X', docs: 'Not so.' },
      events: [],
      children: [],
    };
    const root: OutcomeNode = {
      call: chill,
      status: 'ok',
      events: [{ name: 'Staking.Bonded', data: { amount: 2_000n, stash: 'S' } }],
      children: [failed, { ...failed, status: 'notRun' }, { ...failed, status: 'pending' }],
    };
    const text = JSON.stringify(outcomeTree(describer, root));
    for (const part of [
      'Staking.chill – ok',
      'failed: Staking.X (Not so.)',
      'not run',
      'recorded, not executed yet',
      'amount=2 UNIT',
    ])
      expect(text).toContain(part);
    const outcomes: Outcome[] = [
      {
        kind: 'included',
        txHash: '0xaa',
        block: { hash: '0xbb', number: 7 },
        index: 2,
        finalized: true,
        verdict: 'innerCallFailed',
        tree: root,
        fee: 5n,
      },
      { kind: 'expired', txHash: '0xaa', validUntil: 9 },
      { kind: 'pending', txHash: '0xaa', reason: 'why', resolve: 'bursar tx status 0xaa' },
      { kind: 'broadcast', txHash: '0xaa', resolve: 'bursar tx status 0xaa' },
    ];
    for (const outcome of outcomes)
      expect(JSON.stringify(outcomeBlocks(describer, outcome))).toContain('0xaa');
    expect(JSON.stringify(outcomeBlocks(describer, outcomes[0]!))).toContain('an inner call failed');
    expect(
      checksBlock([
        { id: 'A', ok: true, title: 'fine', remedy: 'none' },
        { id: 'B', ok: false, title: 'bad', remedy: 'do' },
      ]),
    ).toEqual({
      kind: 'checks',
      rows: [
        { ok: true, title: 'fine' },
        { ok: false, title: 'bad', remedy: 'do' },
      ],
    });
  });
});
