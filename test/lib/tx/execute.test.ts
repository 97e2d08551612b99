import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, test, vi } from 'vitest';
import { BursarError } from '../../../src/lib/errors.js';
import { execute, outcomeError } from '../../../src/lib/tx/execute.js';
import type { TxOptions } from '../../../src/lib/tx/options.js';
import type { Included, Outcome } from '../../../src/lib/tx/outcome.js';
import type { RuntimeCall } from '../../../src/lib/tx/plan.js';
import { settleEarlier, told } from '../../../src/lib/tx/settle.js';
import { deadUrl, FaultyProxy } from '../../support/proxy.js';
import { Bench, rehearsed, remark, type Sender } from './bench.js';

let bench: Bench;
let start: number;
beforeAll(async () => {
  bench = await Bench.open();
});
afterEach(async () => {
  await bench.calm();
  bench.devnet.setMode('instant');
  rmSync(join(bench.directory, 'journal'), { recursive: true, force: true });
});
afterAll(async () => {
  await bench?.close();
});

async function send(sender: Sender, call: RuntimeCall, force = false): Promise<Outcome> {
  start = await bench.devnet.head();
  const { plan, rehearsal } = await rehearsed(sender, call);
  return execute(sender.chain, plan, rehearsal, sender.signer, sender.options, force);
}
/** Finds out with time enough, however busy the machine is: what is settled comes back at once. */
const settle = (sender: Sender) => settleEarlier(sender.chain, { ...sender.options, followMs: 30_000 });

async function refusal(run: Promise<unknown>): Promise<BursarError> {
  const error = await run.then(
    (value) => new Error(`It was not refused: ${JSON.stringify(value, (_, item) => String(item))}`),
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(BursarError);
  return error;
}
const submissions = () => bench.proxy.count('author_submitExtrinsic');
const records = (sender: Sender) => sender.journal.records();
const sent = (sender: Sender) => bench.sentBy(sender.options.signer, start);

describe('a transaction that is included', () => {
  it('is sent once, journaled before, resolved after, and costs what was said', async () => {
    const sender = await bench.sender('//Newcomer');
    let journaled = 0;
    bench.proxy.on(
      'author_submitExtrinsic',
      { kind: 'delay', ms: 0 },
      {
        when: () => {
          journaled = readdirSync(sender.options.journalDir).filter((name) => name.endsWith('.jsonl')).length;
          return false;
        },
      },
    );
    start = await bench.devnet.head();
    const { plan, rehearsal } = await rehearsed(sender, remark('once'));
    const outcome = (await execute(sender.chain, plan, rehearsal, sender.signer, sender.options)) as Included;
    expect(outcome).toMatchObject({ kind: 'included', verdict: 'ok', finalized: true });
    expect(outcomeError(outcome)).toBeUndefined();
    expect(outcome.fee).toBe(rehearsal.preflight.fee);
    expect(outcome.tree.events.map(({ name }) => name)).toContain('System.Remarked');
    expect(journaled).toBe(1);
    expect(submissions()).toBe(1);
    expect(await sent(sender)).toEqual([remark('once')]);
    const [record] = await records(sender);
    expect(record).toMatchObject({
      txHash: outcome.txHash,
      callHex: rehearsal.callHex,
      birth: rehearsal.preflight.mortality.birth.number,
      resolution: { status: 'included', block: outcome.block, index: outcome.index, verdict: 'ok' },
      reported: false,
    });
  });

  it('and fails, ends with 7; with a failed call inside, with 8', async () => {
    const sender = await bench.sender('//Newcomer');
    const unbond: RuntimeCall = { pallet: 'Staking', call: 'unbond', args: { value: 1n } };
    const batch: RuntimeCall = {
      pallet: 'Utility',
      call: 'force_batch',
      args: { calls: [remark('a'), unbond, remark('b')] as never },
    };
    const refused = await refusal(send(sender, unbond));
    expect([refused.code, refused.exit]).toEqual(['DRY_RUN', 4]);
    expect(submissions()).toBe(0);

    const outer = await send(sender, unbond, true);
    expect(outer).toMatchObject({ verdict: 'dispatchFailed', failure: { name: 'Staking.NotController' } });
    expect(outcomeError(outer)).toMatchObject({ exit: 7, code: 'DISPATCH_FAILED' });
    await sender.chain.refresh();
    const inner = await send(sender, batch, true);
    expect(inner).toMatchObject({ verdict: 'innerCallFailed', failure: { name: 'Staking.NotController' } });
    expect(outcomeError(inner)).toMatchObject({ exit: 8, code: 'INNER_CALL_FAILED' });
    expect((inner as Included).tree.children.map(({ status }) => status)).toEqual(['ok', 'failed', 'ok']);
  });

  it('through a proxy, is read to the innermost call', async () => {
    const real = bench.devnet.accounts.operator!.address;
    const sender = await bench.sender('//OperatorProxy', { wrap: { kind: 'proxy', real } });
    const extra: RuntimeCall = { pallet: 'Staking', call: 'bond_extra', args: { max_additional: 7n } };
    const good = (await send(sender, extra)) as Included;
    expect(good).toMatchObject({ verdict: 'ok', tree: { children: [{ status: 'ok' }] } });
    await sender.chain.refresh();
    const filtered = await send(sender, remark('not staking'), true);
    expect(filtered).toMatchObject({ verdict: 'innerCallFailed', failure: { name: 'System.CallFiltered' } });
  });
});

/** Everything that a node, a pool or a gateway is known to answer instead of a hash. */
const ANSWERS = [
  0, 1002, 1010, 1011, 1012, 1013, 1014, 1015, 1016, 1018, 1019, 1020, 1021, 1040, -32000, -32005, -32029,
  -32600, -32601, -32602, -32603, -32700,
];

describe('an error that a node answers to what was sent', () => {
  it.each(ANSWERS)(
    '%i, though it was delivered: the outcome is read from the blocks, and it was sent once',
    async (code) => {
      const sender = await bench.sender('//Newcomer');
      bench.proxy.on('author_submitExtrinsic', {
        kind: 'errorAfter',
        code,
        message: 'No',
        data: 'because',
        twice: code % 2 === 0,
      });
      const outcome = await send(sender, remark(`answered ${code}`));
      expect(outcome).toMatchObject({ kind: 'included', verdict: 'ok', finalized: true });
      expect(outcomeError(outcome)).toBeUndefined();
      expect(submissions()).toBe(1);
      expect(await sent(sender)).toHaveLength(1);
      expect(await records(sender)).toMatchObject([{ resolution: { status: 'included' } }]);
    },
  );

  it.each([1010, 1012, 1013, 1014, 1016, -32029, -32601, -32603])(
    '%i, and no block has it: unknown, the entry stays open, and nothing new is sent',
    async (code) => {
      const sender = await bench.sender('//Newcomer', { followMs: 700 });
      bench.proxy.on('author_submitExtrinsic', { kind: 'error', code, message: 'No', data: 'because' });
      const outcome = await send(sender, remark('unclear'));
      expect(outcome.kind).toBe('pending');
      const error = outcomeError(outcome);
      expect(error).toMatchObject({ exit: 6, code: 'OUTCOME_UNKNOWN' });
      expect(`${error?.message} ${error?.hint}`).not.toMatch(/nothing (new )?was sent/i);
      if (code !== 1013) expect(error?.message).toContain(`${code}: No: because`);
      expect(await sender.journal.unresolved()).toHaveLength(1);
      const { code: why, exit } = await refusal(settleEarlier(sender.chain, sender.options));
      expect([why, exit]).toEqual(['EARLIER_UNRESOLVED', 6]);
    },
  );

  it('is not waited for as long as what a node took', async () => {
    // A clock that runs by itself: what is waited is counted, not spent.
    let waited = 0;
    const clock = {
      now: () => waited,
      date: () => new Date().toISOString(),
      sleep: async (ms: number) => {
        waited += ms;
      },
    };
    const sender = await bench.sender('//Newcomer', { followMs: 120_000, clock });
    bench.proxy.on('author_submitExtrinsic', { kind: 'error', code: 1012, message: 'Banned' });
    expect((await send(sender, remark('banned'))).kind).toBe('pending');
    expect(waited).toBeGreaterThan(12_000);
    expect(waited).toBeLessThan(20_000);
  });

  it('of the real one: a nonce that was used', async () => {
    const sender = await bench.sender('//Newcomer');
    await send(sender, remark('first'));
    await sender.chain.refresh();
    const again = { ...sender, options: { ...sender.options, nonce: 0 } };
    const refused = await refusal(send(again, remark('second')));
    expect([refused.code, refused.exit]).toEqual(['NONCE', 4]);
  });
});

/** How an operator may write an address: keys are in its path, or before the host. */
const SPELLINGS: readonly (readonly [string, (url: string) => string])[] = [
  ['plain', (url) => url],
  ['with a path', (url) => `${url}/tenant/KEY`],
  ['with a password', (url) => url.replace('ws://', 'ws://user:pw@')],
];

describe.each(SPELLINGS)('two endpoints, %s', (_name, spelt) => {
  const both = (first: string, second: string) => ({
    endpoints: [spelt(first), spelt(second)],
    followMs: 15_000,
  });
  const sender = (uri: string, options: Partial<TxOptions> = {}) =>
    bench.sender(uri, options, spelt(bench.proxy.url));

  it('must both say that it is in no block: one that lies about its head is not believed', async () => {
    const one = await sender('//Newcomer', { mortalityMs: 1, followMs: 1_500 });
    bench.proxy.on('author_submitExtrinsic', { kind: 'dropAfter', dies: true });
    await send(one, remark('settled by a liar'));
    await bench.calm();
    // The liar: nonce not used, and a head far beyond the end of its validity; its blocks are empty.
    const next = await sender('//Newcomer', both(bench.proxy.url, bench.devnet.url));
    bench.proxy
      .on('chain_getHeader', {
        kind: 'alter',
        with: (header) => ({ ...(header as object), number: '0xffff' }),
      })
      .on('chain_getBlock', {
        kind: 'alter',
        with: (answer) => {
          const { block } = answer as { block: { extrinsics: string[] } };
          return { block: { ...block, extrinsics: block.extrinsics.slice(0, 1) } };
        },
      })
      .on('state_queryStorageAt', {
        kind: 'alter',
        with: (_, [keys]) => [{ changes: (keys as string[]).map((key) => [key, null]) }],
      });
    const error = await refusal(settleEarlier(next.chain, { ...next.options, followMs: 3_000 }));
    expect([error.code, error.exit]).toEqual(['EARLIER_UNRESOLVED', 6]);
    expect(await next.journal.unresolved()).toHaveLength(1);
    bench.proxy.reset();
    next.chain.rpc.allow();
    const [settled] = await settle(next);
    expect(settled?.outcome).toMatchObject({ kind: 'included', verdict: 'ok' });
    expect(await sent(next)).toHaveLength(1);
  });

  it('must both say how it ended: failed at one and done at the other is unknown', async () => {
    const one = await sender('//Newcomer', both(bench.proxy.url, bench.devnet.url));
    bench.proxy.on('chain_getBlock', {
      kind: 'alter',
      with: (answer) => {
        const { block } = answer as { block: { extrinsics: string[] } };
        return { block: { ...block, extrinsics: [block.extrinsics[0]] } };
      },
    });
    const outcome = await send(one, remark('hidden'));
    expect(outcomeError(outcome)).toMatchObject({ exit: 6 });
    expect(await one.journal.unresolved()).toHaveLength(1);
    bench.proxy.reset();
    one.chain.rpc.allow();
    expect((await settle(one))[0]?.outcome).toMatchObject({ kind: 'included', verdict: 'ok' });
  });

  it('of which one is down leave it open, by its name; the other alone can be asked', async () => {
    const dead = await deadUrl();
    const one = await sender('//Newcomer', { ...both(bench.proxy.url, dead), followMs: 1_500 });
    const { plan, rehearsal } = await rehearsed(
      { ...one, options: { ...one.options, endpoints: [] } },
      remark('half'),
    );
    start = await bench.devnet.head();
    const outcome = await execute(one.chain, plan, rehearsal, one.signer, one.options);
    const error = outcomeError(outcome);
    expect(error).toMatchObject({ exit: 6, message: expect.stringContaining(new URL(dead).host) });
    expect(error?.message).not.toMatch(/KEY|pw/);
    expect(await one.journal.unresolved()).toHaveLength(1);
    // Either the one is named alone, or its word is enough while the other is silent.
    const ways = [{ endpoints: [spelt(bench.proxy.url)] }, { agree: 'warn' } as const];
    for (const way of ways) {
      one.journal.resolved(outcome.txHash, { status: 'refused', reason: 'open again' }, 'T');
      one.chain.rpc.allow();
      const options = { ...one.options, followMs: 30_000, ...way };
      expect((await settleEarlier(one.chain, options))[0]?.outcome).toMatchObject({ kind: 'included' });
    }
  });

  it('named as one, are one: what is in no block is settled by its word', async () => {
    const one = await sender('//Newcomer', {
      endpoints: [spelt(bench.proxy.url)],
      mortalityMs: 1,
      followMs: 700,
    });
    bench.proxy.on('author_submitExtrinsic', { kind: 'dropBefore' });
    expect((await send(one, remark('never'))).kind).toBe('pending');
    bench.proxy.reset();
    for (let block = 0; block < 8; block++) await bench.devnet.newBlock();
    one.chain.rpc.allow();
    expect((await settle(one))[0]?.outcome).toMatchObject({ kind: 'expired' });
  });

  it('need both words for how it ended: one endpoint is not its own second', async () => {
    const lie = { kind: 'alter' as const, with: () => ({ block: { header: {}, extrinsics: ['0x00'] } }) };
    const liar = await FaultyProxy.start(bench.devnet.url);
    const one = await sender('//Newcomer', { ...both(bench.proxy.url, liar.url), followMs: 5_000 });
    const { plan, rehearsal } = await rehearsed(one, remark('two words'));
    start = await bench.devnet.head();
    liar.on('chain_getBlock', lie);
    const outcome = await execute(one.chain, plan, rehearsal, one.signer, one.options);
    expect(liar.count('chain_getBlock')).toBeGreaterThan(0);
    expect(outcomeError(outcome)).toMatchObject({ exit: 6 });
    await liar.close();
    one.journal.resolved(outcome.txHash, { status: 'expired' }, 'T');
  });

  it('of which one is away for a while are waited for', async () => {
    const other = await FaultyProxy.start(bench.devnet.url);
    const one = await sender('//Newcomer', both(bench.proxy.url, other.url));
    const { plan, rehearsal } = await rehearsed(one, remark('restarts'));
    bench.proxy.on('author_submitExtrinsic', {
      kind: 'hold',
      until: async () => {
        other.die();
        setTimeout(() => void other.revive(), 2_000);
      },
    });
    expect(await execute(one.chain, plan, rehearsal, one.signer, one.options)).toMatchObject({
      kind: 'included',
      verdict: 'ok',
    });
    await other.close();
  });

  it('that agree: sent, confirmed, told', async () => {
    const one = await sender('//Newcomer', both(bench.proxy.url, bench.devnet.url));
    expect(await send(one, remark('agreed'))).toMatchObject({
      kind: 'included',
      verdict: 'ok',
      finalized: true,
    });
  });
});

describe('a connection that fails when the transaction leaves', () => {
  it('after it arrived: the outcome is found on a new connection, and it was sent once', async () => {
    const sender = await bench.sender('//Newcomer');
    bench.proxy.on('author_submitExtrinsic', { kind: 'dropAfter' });
    expect(await send(sender, remark('arrived'))).toMatchObject({ kind: 'included', verdict: 'ok' });
    expect(submissions()).toBe(1);
    expect(await sent(sender)).toHaveLength(1);
  });

  it('before it arrived: it is not sent again, its outcome is unknown', async () => {
    const sender = await bench.sender('//Newcomer', { followMs: 800 });
    bench.proxy.on('author_submitExtrinsic', { kind: 'dropBefore' });
    const outcome = await send(sender, remark('lost'));
    expect(outcome.kind).toBe('pending');
    expect(submissions()).toBe(1);
    expect(await sent(sender)).toEqual([]);
    expect(await sender.journal.unresolved()).toHaveLength(1);
  });

  it('and comes back: waited for, found, and sent once', async () => {
    const sender = await bench.sender('//Newcomer');
    bench.proxy.on('author_submitExtrinsic', { kind: 'dropAfter', dies: true });
    void bench.proxy
      .until('author_submitExtrinsic')
      .then(() => setTimeout(() => void bench.proxy.revive(), 2_000));
    expect(await send(sender, remark('restarted'))).toMatchObject({ kind: 'included', verdict: 'ok' });
    expect(submissions()).toBe(1);
    expect(await sent(sender)).toHaveLength(1);
  });

  it('and never comes back: unknown, within the time; the next run finds out and sends nothing', async () => {
    const sender = await bench.sender('//Newcomer', { followMs: 3_000 });
    bench.proxy.on('author_submitExtrinsic', { kind: 'dropAfter', dies: true });
    const began = performance.now();
    const outcome = await send(sender, remark('gone'));
    expect(performance.now() - began).toBeLessThan(9_000);
    expect(outcomeError(outcome)).toMatchObject({ exit: 6 });

    await bench.calm();
    const next = await bench.sender('//Newcomer');
    const before = next.chain.reference.number;
    await bench.devnet.advance({ blocks: 1 });
    const [settled, ...more] = await settle(next);
    expect(more).toEqual([]);
    expect(settled?.record.intent).toBe('test //Newcomer');
    expect(settled?.outcome).toMatchObject({ kind: 'included', verdict: 'ok' });
    expect(submissions()).toBe(0);
    expect(await sent(next)).toHaveLength(1);
    // What is planned next rests on facts that show it.
    expect(next.chain.reference.number).toBeGreaterThan(before);
    expect(await settle(next)).toEqual([]);
  });

  it('that never answers: the outcome is read from the blocks in time', async () => {
    const sender = await bench.sender('//Newcomer', { followMs: 4_000 });
    bench.proxy.on('author_submitExtrinsic', { kind: 'mute' });
    const began = performance.now();
    expect(await send(sender, remark('mute'))).toMatchObject({ kind: 'included', verdict: 'ok' });
    expect(performance.now() - began).toBeLessThan(9_000);
    expect(await sent(sender)).toHaveLength(1);
  });

  it('that is dead before anything is journaled: nothing was sent, nothing is open', async () => {
    const sender = await bench.sender('//Newcomer');
    const { plan, rehearsal } = await rehearsed(sender, remark('early'));
    const deaf = {
      ...sender.signer,
      sign: async (payload: Uint8Array) => {
        bench.proxy.die();
        await new Promise((resolve) => setTimeout(resolve, 50));
        return sender.signer.sign(payload);
      },
    };
    const error = await refusal(execute(sender.chain, plan, rehearsal, deaf, sender.options));
    expect([error.code, error.exit]).toEqual(['ENDPOINT_UNREACHABLE', 5]);
    expect(await records(sender)).toEqual([]);
  });
});

describe('an earlier transaction', () => {
  /** One that is in the journal and in no pool. */
  async function lost(sender: Sender): Promise<void> {
    bench.proxy.on('author_submitExtrinsic', { kind: 'swallow' });
    expect((await send(sender, remark('swallowed'))).kind).toBe('pending');
    bench.proxy.reset();
  }

  it('that may still be included stops everything new, with 6', async () => {
    const sender = await bench.sender('//Newcomer', { followMs: 500 });
    await lost(sender);
    const error = await refusal(settleEarlier(sender.chain, sender.options));
    expect([error.code, error.exit]).toEqual(['EARLIER_UNRESOLVED', 6]);
    expect(error.message).toMatch(/nonce \d+, .* until block \d+/);
    const { plan, rehearsal } = await rehearsed(sender, remark('new'));
    const busy = await refusal(execute(sender.chain, plan, rehearsal, sender.signer, sender.options));
    expect([busy.code, busy.exit]).toEqual(['ACCOUNT_BUSY', 4]);
    expect(await sent(sender)).toEqual([]);
  });

  it('is expired with the last block of its mortality, and not one before', async () => {
    bench.devnet.setMode('manual');
    const sender = await bench.sender('//Newcomer', { followMs: 500, mortalityMs: 1 });
    await lost(sender);
    const [{ validUntil, birth } = { validUntil: null, birth: 0 }] = await sender.journal.unresolved();
    expect(validUntil).toBe(birth + 3);
    await bench.devnet.advance({ blocks: (validUntil as number) - (await bench.devnet.head()) - 1 });
    const early = await refusal(settleEarlier(sender.chain, sender.options));
    expect(early.code).toBe('EARLIER_UNRESOLVED');
    await bench.devnet.newBlock();
    const [settled] = await settle(sender);
    expect(settled?.outcome.kind).toBe('expired');
    expect(outcomeError(settled?.outcome as Outcome)).toMatchObject({ exit: 5, code: 'EXPIRED' });
    expect(await sender.journal.unresolved()).toEqual([]);
  });

  it('is included by the chain in the last block that was computed, and in none after', async () => {
    // The chain's own word on mortality: the same transaction, held back until the last block, and one block longer.
    for (const late of [0, 1]) {
      bench.devnet.setMode('manual');
      const sender = await bench.sender('//Newcomer', { followMs: 300, mortalityMs: 1 });
      let hex = '';
      bench.proxy.on(
        'author_submitExtrinsic',
        { kind: 'swallow' },
        {
          when: ([bytes]) => {
            hex = bytes as string;
            return true;
          },
        },
      );
      await send(sender, remark(`late ${late}`));
      bench.proxy.reset();
      const [{ validUntil } = { validUntil: 0 }] = await sender.journal.unresolved();
      await bench.devnet.advance({ blocks: (validUntil as number) - (await bench.devnet.head()) - 1 + late });
      sender.chain.rpc.allow();
      const submitted = sender.chain.rpc.request('author_submitExtrinsic', [hex]);
      if (late === 0) await submitted;
      else await expect(submitted).rejects.toThrow();
      await bench.devnet.newBlock();
      const [settled] = await settle(sender);
      expect(settled?.outcome.kind).toBe(late === 0 ? 'included' : 'expired');
      if (settled?.outcome.kind === 'included') expect(settled.outcome.block.number).toBe(validUntil);
      await bench.calm();
      rmSync(join(bench.directory, 'journal'), { recursive: true, force: true });
    }
  });

  it('whose nonce another transaction used will never come', async () => {
    const sender = await bench.sender('//Newcomer', { followMs: 500 });
    await lost(sender);
    const elsewhere = await bench.sender('//Newcomer', { journalDir: join(bench.directory, 'elsewhere') });
    expect(await send(elsewhere, remark('replacement'))).toMatchObject({ verdict: 'ok' });
    const [settled] = await settle(sender);
    expect(settled?.outcome.kind).toBe('expired');
    expect(await sender.journal.unresolved()).toEqual([]);
  });

  it('of an account that its own transaction emptied was included, though the account is gone', async () => {
    bench.devnet.setMode('instant');
    const alice = await bench.sender('//Alice');
    const fund = (dest: string): RuntimeCall => ({
      pallet: 'Balances',
      call: 'transfer_allow_death',
      args: { dest, value: 10_000_000_000n },
    });
    const probe = await bench.sender('//Reaped');
    expect(await send(alice, fund(probe.options.signer))).toMatchObject({ verdict: 'ok' });
    const sender = await bench.sender('//Reaped', { mortalityMs: 1 });
    bench.proxy.on('author_submitExtrinsic', { kind: 'dropAfter', dies: true });
    const all: RuntimeCall = {
      pallet: 'Balances',
      call: 'transfer_all',
      args: { dest: alice.options.signer, keep_alive: false },
    };
    expect((await send(sender, all)).kind).toBe('pending');
    await bench.calm();
    await bench.devnet.advance({ blocks: 6 });
    const next = await bench.sender('//Reaped');
    const [settled] = await settle(next);
    expect(settled?.outcome).toMatchObject({ kind: 'included', verdict: 'ok' });
  });
});

describe('two at once', () => {
  it('send one; the other is told to plan again', async () => {
    const [one, two] = [await bench.sender('//Newcomer'), await bench.sender('//Newcomer')];
    start = await bench.devnet.head();
    const plans = await Promise.all([rehearsed(one, remark('same')), rehearsed(two, remark('same'))]);
    const ends = await Promise.allSettled(
      [one, two].map((sender, index) => {
        const { plan, rehearsal } = plans[index]!;
        return execute(sender.chain, plan, rehearsal, sender.signer, sender.options);
      }),
    );
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = ends.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    expect([refused.reason.code, refused.reason.exit]).toEqual(['ACCOUNT_BUSY', 4]);
    expect(await sent(one)).toHaveLength(1);
  });

  it('a plan of facts that an own transaction has changed since is not sent', async () => {
    const [one, two] = [await bench.sender('//Newcomer'), await bench.sender('//Newcomer')];
    const stale = await rehearsed(two, remark('stale'));
    await send(one, remark('first'));
    const error = await refusal(execute(two.chain, stale.plan, stale.rehearsal, two.signer, two.options));
    expect([error.code, error.exit]).toEqual(['ACCOUNT_BUSY', 4]);
    // Not even with a nonce of one's own choice: the facts are as stale.
    const chosen = { ...two.options, nonce: stale.rehearsal.preflight.nonce + 1 };
    expect((await refusal(execute(two.chain, stale.plan, stale.rehearsal, two.signer, chosen))).code).toBe(
      'ACCOUNT_BUSY',
    );
    expect(await sent(one)).toHaveLength(1);
  });

  it('nor if another tool sent it', async () => {
    const one = await bench.sender('//Newcomer', { journalDir: join(bench.directory, 'another-tool') });
    const two = await bench.sender('//Newcomer');
    const stale = await rehearsed(two, remark('stale'));
    await send(one, remark('first'));
    const error = await refusal(execute(two.chain, stale.plan, stale.rehearsal, two.signer, two.options));
    expect([error.code, error.exit]).toEqual(['ACCOUNT_BUSY', 4]);
    expect(await records(two)).toEqual([]);
  });

  it('that both believe to hold the account: who sees the other in the journal sends nothing', async () => {
    const sender = await bench.sender('//Newcomer');
    start = await bench.devnet.head();
    const { plan, rehearsal } = await rehearsed(sender, remark('second'));
    const other = {
      ...sender.signer,
      sign: async (payload: Uint8Array) => {
        // The lock was taken over while this process stood still.
        sender.journal.sending({
          txHash: `0x${'77'.repeat(32)}`,
          at: new Date().toISOString(),
          genesisHash: bench.devnet.genesisHash,
          signer: sender.options.signer,
          nonce: 1,
          birth: 1,
          validUntil: 64,
          callHash: '0x',
          callHex: '0x',
          intent: 'other',
          title: 'Other',
        });
        return sender.signer.sign(payload);
      },
    };
    const error = await refusal(execute(sender.chain, plan, rehearsal, other, sender.options));
    expect([error.code, error.exit]).toEqual(['ACCOUNT_BUSY', 4]);
    expect(submissions()).toBe(0);
    expect((await records(sender)).map(({ resolution }) => resolution?.status ?? null)).toEqual([
      null,
      'notSent',
    ]);
  });
});

describe('nothing is sent', () => {
  it('when its time passed before it was: that is said', async () => {
    bench.devnet.setMode('manual');
    const sender = await bench.sender('//Newcomer', { mortalityMs: 1 });
    const { plan, rehearsal } = await rehearsed(sender, remark('late'));
    const { validUntil } = rehearsal.preflight.mortality;
    await bench.devnet.advance({ blocks: (validUntil as number) - (await bench.devnet.head()) });
    const error = await refusal(execute(sender.chain, plan, rehearsal, sender.signer, sender.options));
    expect([error.code, error.exit]).toEqual(['MORTALITY_PASSED', 4]);
    expect(error.message).toContain(`valid until block ${validUntil}`);
    expect(error.hint).toContain('Nothing was sent');
    expect(submissions()).toBe(0);
    expect(await records(sender)).toEqual([]);
  });

  it('when it cannot be written down first', async () => {
    const asFile = join(bench.directory, 'a-file');
    writeFileSync(asFile, '');
    const sender = await bench.sender('//Newcomer');
    const options = { ...sender.options, journalDir: join(asFile, 'journal') };
    const error = await refusal(send({ ...sender, options }, remark('x')));
    expect([error.code, error.exit]).toEqual(['JOURNAL_UNWRITABLE', 2]);
    expect(submissions()).toBe(0);
  });

  it('when a check fails, the key is another account’s, or the operator interrupts', async () => {
    const sender = await bench.sender('//Newcomer');
    const { plan, rehearsal } = await rehearsed(sender, remark('x'));
    const failing = {
      ...rehearsal,
      preflight: { ...rehearsal.preflight, checks: [{ id: 'FEE', ok: false as const, title: 'No money' }] },
    };
    let asked = 0;
    const counting = {
      ...sender.signer,
      sign: async (payload: Uint8Array) => {
        asked++;
        return sender.signer.sign(payload);
      },
    };
    // Not even by force, which is about the dry run alone.
    const check = await refusal(execute(sender.chain, plan, failing, counting, sender.options, true));
    expect([check.code, check.exit]).toEqual(['FEE', 4]);
    const other = await bench.sender('//Alice');
    const key = await refusal(execute(sender.chain, plan, rehearsal, other.signer, sender.options));
    expect([key.code, key.exit]).toEqual(['WRONG_KEY', 4]);
    expect(asked).toBe(0);

    const interrupt = new AbortController();
    const late = {
      ...sender.signer,
      sign: async (payload: Uint8Array) => {
        interrupt.abort();
        return sender.signer.sign(payload);
      },
    };
    const options = { ...sender.options, signal: interrupt.signal };
    const interrupted = await refusal(execute(sender.chain, plan, rehearsal, late, options));
    expect([interrupted.code, interrupted.exit]).toEqual(['INTERRUPTED', 130]);
    expect(submissions()).toBe(0);
    expect(await records(sender)).toEqual([]);
  });

  it('when the time for reading is over it is given anew: somebody was asked in between', async () => {
    const sender = await bench.sender('//Newcomer');
    const { plan, rehearsal } = await rehearsed(sender, remark('slow reader'));
    sender.chain.rpc.allow(1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await execute(sender.chain, plan, rehearsal, sender.signer, sender.options)).toMatchObject({
      kind: 'included',
    });
  });
});

describe('what goes wrong after sending is never "nothing was sent"', () => {
  it('an interruption', async () => {
    bench.devnet.setMode('manual');
    const interrupt = new AbortController();
    const pair = await bench.sender('//Newcomer', { followMs: 20_000 });
    const sender = { ...pair, options: { ...pair.options, signal: interrupt.signal } };
    const began = performance.now();
    const sending = send(sender, remark('interrupted'));
    await bench.proxy.until('author_submitExtrinsic');
    setTimeout(() => interrupt.abort(), 200);
    const outcome = await sending;
    expect(outcome.kind).toBe('pending');
    expect(outcomeError(outcome)?.exit).toBe(6);
    expect(performance.now() - began).toBeLessThan(5_000);
    await bench.devnet.newBlock();
  });

  const oddities: [string, string, (result: unknown, params: readonly unknown[]) => unknown][] = [
    ['no block', 'chain_getBlock', () => null],
    ['a block without extrinsics', 'chain_getBlock', () => ({})],
    ['a block that has nothing', 'chain_getBlock', () => ({ block: { extrinsics: [] } })],
    ['another block', 'chain_getBlock', () => ({ block: { extrinsics: ['0x00', 7] } })],
    ['no finalized head', 'chain_getFinalizedHead', () => null],
    ['no header', 'chain_getHeader', () => null],
    ['a header without a number', 'chain_getHeader', () => ({})],
    [
      'no events',
      'state_queryStorageAt',
      (_, [keys]) => [{ changes: (keys as string[]).map((key) => [key, null]) }],
    ],
    [
      'odd values',
      'state_queryStorageAt',
      (_, [keys]) => [{ changes: (keys as string[]).map((key) => [key, '0xff']) }],
    ],
    ['an odd version', 'state_getRuntimeVersion', () => 'x'],
  ];
  it.each(oddities)('an endpoint that answers with %s', async (_name, method, answer) => {
    const sender = await bench.sender('//Newcomer', { followMs: 800 });
    start = await bench.devnet.head();
    const { plan, rehearsal } = await rehearsed(sender, remark('odd'));
    const signer = {
      ...sender.signer,
      sign: async (payload: Uint8Array) => {
        bench.proxy.on(method, { kind: 'alter', with: answer });
        return sender.signer.sign(payload);
      },
    };
    const outcome = await execute(sender.chain, plan, rehearsal, signer, sender.options);
    expect(outcome.kind).toBe('pending');
    expect(await sender.journal.unresolved()).toHaveLength(1);
    // A busy machine makes the block a little later.
    await vi.waitFor(async () => expect(await sent(sender)).toHaveLength(1), { timeout: 20_000 });
    // Once the endpoint is sane, the truth comes out.
    bench.proxy.reset();
    const [settled] = await settle(sender);
    expect(settled?.outcome).toMatchObject({ kind: 'included', verdict: 'ok' });
  });

  it('an endpoint that is behind and knows no hash at a height', async () => {
    const sender = await bench.sender('//Newcomer', { followMs: 800 });
    bench.proxy.on('author_submitExtrinsic', { kind: 'dropAfter', dies: true });
    await send(sender, remark('behind'));
    await bench.calm();
    await bench.devnet.advance({ blocks: 8 });
    const next = await bench.sender('//Newcomer', { followMs: 500 });
    bench.proxy.on('chain_getBlockHash', {
      kind: 'alter',
      with: (hash, params) => (params.length > 0 && params[0] !== 0 ? null : hash),
    });
    expect((await refusal(settleEarlier(next.chain, next.options))).code).toBe('EARLIER_UNRESOLVED');
    bench.proxy.reset();
    const [settled] = await settle(next);
    expect(settled?.outcome).toMatchObject({ kind: 'included', verdict: 'ok' });
  });

  test('a journal that cannot be written any more', async () => {
    const sender = await bench.sender('//Newcomer');
    bench.proxy.on(
      'chain_getFinalizedHead',
      { kind: 'delay', ms: 0 },
      {
        when: () => {
          if (submissions() === 0) return false;
          for (const name of readdirSync(sender.options.journalDir).filter((one) => one.endsWith('.jsonl'))) {
            const file = join(sender.options.journalDir, name);
            rmSync(file, { recursive: true });
            mkdirSync(file);
          }
          return false;
        },
      },
    );
    expect(await send(sender, remark('full disk'))).toMatchObject({ kind: 'included', verdict: 'ok' });
  });
});

describe('as far as asked', () => {
  let slow: Bench;
  beforeAll(async () => {
    slow = await Bench.open({ finalityLag: 2 });
  });
  afterAll(async () => {
    await slow?.close();
  });

  it('best and broadcast come back early, and the next run does not build on unfinished facts', async () => {
    const best = await slow.sender('//Newcomer', { wait: 'best' });
    const plan = await rehearsed(best, remark('best'));
    const outcome = await execute(best.chain, plan.plan, plan.rehearsal, best.signer, best.options);
    expect(outcome).toMatchObject({ kind: 'included', finalized: false, verdict: 'ok' });
    expect(await records(best)).toMatchObject([{ reported: false, resolution: null }]);
    await told(best.chain, best.options, (outcome as Included).txHash);
    expect(await records(best)).toMatchObject([{ reported: true, resolution: null }]);

    const next = await slow.sender('//Newcomer', { wait: 'broadcast', followMs: 500 });
    const stale = next.chain.reference.number;
    expect((await refusal(settleEarlier(next.chain, next.options))).code).toBe('EARLIER_UNRESOLVED');
    await slow.devnet.advance({ blocks: 2 });
    const [settled] = await settle(next);
    expect(settled).toMatchObject({
      record: { reported: true },
      outcome: { kind: 'included', finalized: true },
    });
    expect(next.chain.reference.number).toBeGreaterThan(stale);
    expect(next.chain.reference.number).toBeGreaterThanOrEqual((outcome as Included).block.number);

    const more = await rehearsed(next, remark('broadcast'));
    const broadcast = await execute(next.chain, more.plan, more.rehearsal, next.signer, next.options);
    expect(broadcast.kind).toBe('broadcast');
    expect(outcomeError(broadcast)).toBeUndefined();
    expect((await next.journal.unresolved()).map(({ reported }) => reported)).toEqual([true]);
  });
});
