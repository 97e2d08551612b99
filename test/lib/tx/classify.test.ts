import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Plain } from '../../../src/lib/plain.js';
import { classify, leaves } from '../../../src/lib/tx/classify.js';
import type { ChainEvent, OutcomeNode } from '../../../src/lib/tx/outcome.js';
import type { RuntimeCall } from '../../../src/lib/tx/plan.js';
import { AROUND, dispatch, type Expected, type Tree, toCall } from './frame.js';

/** Events that calls emit themselves; some look like markers and are none in their extrinsic. */
const OWN = [
  'Balances.Transfer',
  'Staking.Bonded',
  'System.Remarked',
  'Elders.Executed',
  'Scheduler.Dispatched',
];

let id = 0;
const leaf = fc
  .record({ ok: fc.boolean(), emits: fc.array(fc.constantFrom(...OWN), { maxLength: 3 }) })
  .map(({ ok, emits }): Tree => ({ kind: 'leaf', ok, emits, id: id++ }));

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5, depthIdentifier: 'calls' },
    leaf,
    fc.record({
      kind: fc.constantFrom('batch' as const, 'batch_all' as const, 'force_batch' as const),
      items: fc.array(tie('tree'), { maxLength: 4 }),
    }),
    fc.record({ kind: fc.constantFrom(...AROUND), inner: tie('tree') }),
    fc.record({ kind: fc.constant('if_else' as const), main: tie('tree'), fallback: tie('tree') }),
    fc
      .record({ kind: fc.constant('close' as const), approved: fc.boolean(), inner: tie('tree') })
      .map((close): Tree => ({ ...close, id: id++ })),
    tie('tree').map((inner): Tree => ({ kind: 'refused', id: id++, inner })),
  ),
}));

/** What the runtime emits around the call. */
function inBlock(events: readonly ChainEvent[], named: boolean, error?: unknown): ChainEvent[] {
  const data = (fields: Record<string, unknown>) => (named ? fields : Object.values(fields)) as Plain;
  return [
    { name: 'Balances.Withdraw', data: data({ who: 'W', amount: 7n }) },
    ...events,
    { name: 'Balances.Deposit', data: data({ who: 'W', amount: 1n }) },
    { name: 'TransactionPayment.TransactionFeePaid', data: data({ who: 'W', actualFee: 6n, tip: 1n }) },
    error
      ? { name: 'System.ExtrinsicFailed', data: data({ dispatchError: error, dispatchInfo: {} }) }
      : { name: 'System.ExtrinsicSuccess', data: data({ dispatchInfo: {} }) },
  ];
}

const bare = ({ call, status, failure, children }: OutcomeNode): Expected => ({
  call,
  status,
  ...(failure ? { failure } : {}),
  children: children.map(bare),
});

const failures = (node: Expected): string[] => [
  ...node.children.flatMap(failures),
  ...(node.status === 'failed' ? [node.failure?.name ?? ''] : []),
];

describe('any tree of calls', () => {
  it('is read from its events exactly as it was dispatched', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(tree, fc.boolean(), (root, named) => {
        const ran = dispatch(root, named);
        const found = classify(toCall(root), inBlock(ran.events, named, ran.error));
        expect(bare(found.tree)).toEqual(ran.tree);
        const bad = failures(ran.tree);
        const verdict = ran.error ? 'dispatchFailed' : bad.length > 0 ? 'innerCallFailed' : 'ok';
        expect(found.verdict).toBe(verdict);
        expect(found.failure?.name).toBe(ran.error ? ran.error.name : bad[0]);
        expect(found.fee).toBe(6n);
        seen.add(verdict);
      }),
      { numRuns: 4_000 },
    );
    expect([...seen].sort()).toEqual(['dispatchFailed', 'innerCallFailed', 'ok']);
  });

  it('is read from a dry run, which has no fee and no outcome event', () => {
    fc.assert(
      fc.property(tree, (root) => {
        const ran = dispatch(root, true);
        const found = classify(
          toCall(root),
          ran.events,
          ran.error ? { ok: false, failure: ran.error } : { ok: true },
        );
        expect(bare(found.tree)).toEqual(ran.tree);
        expect(found.fee).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });

  it('tells no event twice, and only events that were emitted', () => {
    fc.assert(
      fc.property(tree, (root) => {
        const ran = dispatch(root, true);
        if (ran.error) return;
        const { tree: found } = classify(toCall(root), ran.events, { ok: true });
        const told = (node: OutcomeNode): ChainEvent[] => [...node.events, ...node.children.flatMap(told)];
        // No event is told twice, whatever the shape.
        const all = told({
          ...found,
          children: found.children.filter(({ call }) => call.call !== 'proposal'),
        });
        expect(new Set(all).size).toBe(all.length);
        for (const event of all) expect(ran.events).toContain(event);
      }),
      { numRuns: 500 },
    );
  });
});

describe('events that do not belong to the call', () => {
  const error = { name: 'Test.Odd' };
  const failing: ChainEvent[] = [
    { name: 'Utility.ItemFailed', data: { error } },
    { name: 'Utility.BatchInterrupted', data: { index: 0, error } },
    { name: 'Proxy.ProxyExecuted', data: { result: { Err: error } } },
    { name: 'Multisig.MultisigExecuted', data: ['A', {}, 'M', '0x', { Err: error }] },
    { name: 'Sudo.Sudid', data: { sudoResult: { Err: error } } },
    { name: 'Utility.DispatchedAs', data: { result: { Err: error } } },
  ];
  const harmless: ChainEvent[] = [
    { name: 'Utility.ItemCompleted', data: {} },
    { name: 'Utility.BatchCompleted', data: {} },
    { name: 'Utility.BatchCompletedWithErrors', data: {} },
    { name: 'Proxy.ProxyExecuted', data: { result: 'Ok' } },
    { name: 'Balances.Transfer', data: { amount: 1n } },
    { name: 'Utility.IfElseFallbackCalled', data: { mainError: error } },
  ];

  it('never make a failure pass for a success, in whatever order they come', () => {
    fc.assert(
      fc.property(
        tree,
        fc.constantFrom(...failing),
        fc.array(fc.constantFrom(...failing, ...harmless), { maxLength: 6 }),
        fc.nat(),
        (root, bad, others, at) => {
          const events = [...others];
          events.splice(at % (others.length + 1), 0, bad);
          const { verdict, failure } = classify(toCall(root), events, { ok: true });
          expect(verdict).toBe('innerCallFailed');
          expect(failure).toBeDefined();
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('are read without a crash, whatever they hold', () => {
    const data = fc.oneof(
      fc.jsonValue(),
      fc.constant({ index: -1, error: null }),
      fc.constant({ index: 99, error: 'Other' }),
      fc.constant([]),
    );
    const event = fc.record({
      name: fc.constantFrom(...[...failing, ...harmless].map(({ name }) => name), 'Council.Executed', ''),
      data: data as fc.Arbitrary<Plain>,
    });
    fc.assert(
      fc.property(tree, fc.array(event, { maxLength: 12 }), (root, events) => {
        classify(toCall(root), events, { ok: true });
        classify(toCall(root), events);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('what single runtimes do', () => {
  const remark: RuntimeCall = { pallet: 'System', call: 'remark', args: { remark: '0x' } };
  const around = (pallet: string, call: string, args: Record<string, unknown>): RuntimeCall => ({
    pallet,
    call,
    args: args as RuntimeCall['args'],
  });
  const ok = { ok: true } as const;

  test('an interrupted batch whose index makes no sense has failed all the same', () => {
    for (const index of [undefined, null, -1, 2, 'x']) {
      const data = { index, error: { name: 'Staking.NotStash', docs: 'Not a stash.' } } as unknown as Plain;
      const batch = around('Utility', 'batch', { calls: [remark, remark] });
      const { verdict, failure } = classify(batch, [{ name: 'Utility.BatchInterrupted', data }], ok);
      expect(verdict).toBe('innerCallFailed');
      expect(failure).toEqual({ name: 'Staking.NotStash', docs: 'Not a stash.' });
    }
  });

  test('a wrapper without its event is not a success', () => {
    for (const call of ['proxy', 'proxy_announced']) {
      const { verdict, failure } = classify(around('Proxy', call, { call: remark }), [], ok);
      expect(verdict).toBe('innerCallFailed');
      expect(failure?.name).toBe('NoOutcome');
    }
    const forced = around('Utility', 'force_batch', { calls: [remark, remark] });
    expect(classify(forced, [{ name: 'Utility.BatchCompletedWithErrors', data: {} }], ok).verdict).toBe(
      'innerCallFailed',
    );
  });

  test('old runtimes: batches without item markers, a threshold-1 multisig without an event', () => {
    const batch = around('Utility', 'batch_all', { calls: [remark, remark] });
    const { verdict, tree: found } = classify(batch, [{ name: 'Utility.BatchCompleted', data: [] }], ok);
    expect(verdict).toBe('ok');
    expect(leaves(found).map(({ status }) => status)).toEqual(['ok', 'ok']);
    const one = around('Multisig', 'as_multi_threshold_1', { other_signatories: [], call: batch });
    const read = classify(one, [{ name: 'Utility.BatchCompleted', data: [] }], ok);
    expect(read.verdict).toBe('ok');
    expect(read.tree.children[0]?.status).toBe('ok');
  });

  test('an approval below the threshold is pending, and no failure', () => {
    const asMulti = around('Multisig', 'as_multi', { threshold: 2, call: remark });
    const { verdict, tree: found } = classify(asMulti, [{ name: 'Multisig.NewMultisig', data: {} }], ok);
    expect(verdict).toBe('ok');
    expect(found.status).toBe('pending');
    expect(found.children.map(({ status }) => status)).toEqual(['pending']);
  });

  test('without an outcome event nothing is claimed', () => {
    expect(classify(remark, [])).toMatchObject({ verdict: 'dispatchFailed', failure: { name: 'NoOutcome' } });
  });

  test('a result with post-dispatch information', () => {
    const data = { proposalHash: '0x', result: { Err: { postInfo: {}, error: { name: 'BadOrigin' } } } };
    const execute = around('Fellowship', 'execute', { proposal: remark, length_bound: 1 });
    expect(classify(execute, [{ name: 'Fellowship.MemberExecuted', data }], ok).failure?.name).toBe(
      'BadOrigin',
    );
  });
});
