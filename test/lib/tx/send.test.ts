import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BursarError } from '../../../src/lib/errors.js';
import { outcomeError } from '../../../src/lib/tx/execute.js';
import { Journal } from '../../../src/lib/tx/journal.js';
import { inspect, status } from '../../../src/lib/tx/lookup.js';
import type { RuntimeCall } from '../../../src/lib/tx/plan.js';
import { type SendEnd, type SendIo, sendPlan } from '../../../src/lib/tx/send.js';
import { told } from '../../../src/lib/tx/settle.js';
import { Bench, planOf, remark, type Sender } from './bench.js';

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

type End = SendEnd<ReturnType<typeof planOf>>;

/** The whole way, as a command goes it; told when it is done, unless the process dies before that. */
async function run(
  sender: Sender,
  call: RuntimeCall,
  { tell = true, ...io }: Partial<SendIo<ReturnType<typeof planOf>>> & { readonly tell?: boolean } = {},
): Promise<End> {
  const { chain, options, signer } = sender;
  const end = await sendPlan(chain, options, {
    plan: async () => planOf(options.signer, call),
    agree: async () => {},
    unlock: async () => ({ ...signer, lock: () => {} }),
    force: false,
    dryRun: false,
    ...io,
  });
  const outcome =
    end.kind === 'sent' ? end.outcome : end.kind === 'earlier' ? end.settled.outcome : undefined;
  if (tell && outcome?.kind === 'included') await told(chain, options, outcome.txHash);
  return end;
}

async function refusal(run: Promise<unknown>): Promise<BursarError> {
  const error = await run.then(
    () => new Error('It was not refused.'),
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(BursarError);
  return error;
}
const newcomer = async (more: Parameters<Bench['sender']>[1] = {}) => {
  const sender = await bench.sender('//Newcomer', more);
  start ??= 0;
  return sender;
};
const sentSince = async (sender: Sender) => (await bench.sentBy(sender.options.signer, start)).length;
const kinds = (ends: readonly End[]) => ends.map(({ kind }) => kind);

describe('the same plan', () => {
  it('whose outcome was not told is told by the next run, by its words or by its call, and is sent once', async () => {
    start = await bench.devnet.head();
    expect((await run(await newcomer({ intent: 'typed so' }), remark('p'), { tell: false })).kind).toBe(
      'sent',
    );
    // Other words, the same call.
    const other = await run(await newcomer({ intent: 'typed otherwise' }), remark('p'), { tell: false });
    expect(other).toMatchObject({ kind: 'earlier', once: null, settled: { outcome: { verdict: 'ok' } } });
    // The same words, another call, as the chain has moved on.
    expect((await run(await newcomer({ intent: 'typed so' }), remark('q'))).kind).toBe('earlier');
    expect(await sentSince(await newcomer())).toBe(1);
    // Now it was told: to ask again is to mean it again.
    expect((await run(await newcomer({ intent: 'typed so' }), remark('p'))).kind).toBe('sent');
    expect(await sentSince(await newcomer())).toBe(2);
  });

  it('is not noted as seen by `tx status`: the run that it belongs to still tells it, and sends nothing', async () => {
    start = await bench.devnet.head();
    const sender = await newcomer();
    bench.proxy.on('author_submitExtrinsic', { kind: 'dropAfter', dies: true });
    const end = await run(sender, remark('asked about'));
    const outcome = end.kind === 'sent' ? end.outcome : undefined;
    expect(outcomeError(outcome as never)?.exit).toBe(6);
    await bench.calm();
    const asking = await newcomer();
    const found = await status(asking.chain, outcome?.txHash as string, { ...asking.options, blocks: 4 });
    expect(found).toMatchObject({
      outcome: { kind: 'included', verdict: 'ok' },
      record: { reported: false },
    });
    expect((await run(await newcomer(), remark('asked about'))).kind).toBe('earlier');
    expect(await sentSince(await newcomer())).toBe(1);
  });
});

describe('a key of --once', () => {
  it('is done once, whatever is asked later, and a repetition has the first outcome', async () => {
    start = await bench.devnet.head();
    const unbond: RuntimeCall = { pallet: 'Staking', call: 'unbond', args: { value: 1n } };
    const once = { once: 'november', intent: 'an unbonding' };
    const first = await run(await newcomer(once), unbond, { force: true });
    expect(outcomeError(first.kind === 'sent' ? first.outcome : (undefined as never))).toMatchObject({
      exit: 7,
    });
    for (let repetition = 0; repetition < 2; repetition++) {
      const again = await run(await newcomer(once), unbond, { force: true });
      expect(again).toMatchObject({ kind: 'earlier', once: { end: null } });
      expect(
        outcomeError(again.kind === 'earlier' ? again.settled.outcome : (undefined as never)),
      ).toMatchObject({ exit: 7 });
    }
    expect(await sentSince(await newcomer())).toBe(1);
  });

  it('is told from the journal where the block is not to be had any more', async () => {
    const once = { once: 'pruned', intent: 'i' };
    await run(await newcomer(once), remark('long ago'));
    const later = await newcomer(once);
    bench.proxy.on('chain_getBlock', { kind: 'error', code: 4003, message: 'State already discarded' });
    expect(await run(later, remark('long ago'))).toMatchObject({
      kind: 'earlier',
      settled: { outcome: { verdict: 'ok', finalized: true } },
    });
  });

  it('of another plan is refused; of what was never sent it is free', async () => {
    start = await bench.devnet.head();
    const sender = await newcomer({ once: 'k', intent: 'one' });
    const { code, exit } = await refusal(
      run(sender, remark('one'), {
        agree: async () => Promise.reject(new BursarError(130, 'DECLINED', 'No.')),
      }),
    );
    expect([code, exit]).toEqual(['DECLINED', 130]);
    expect((await run(await newcomer({ once: 'k', intent: 'one' }), remark('one'))).kind).toBe('sent');
    const other = await refusal(run(await newcomer({ once: 'k', intent: 'two' }), remark('two')));
    expect([other.code, other.exit]).toEqual(['ONCE_USED', 2]);
    expect((await run(await newcomer({ once: 'l', intent: 'two' }), remark('two'))).kind).toBe('sent');
    expect(await sentSince(await newcomer())).toBe(2);
  });
});

describe('two runs at once', () => {
  it('both end well: the one that waited plans anew', async () => {
    start = await bench.devnet.head();
    const senders = [
      await newcomer({ intent: 'a' }),
      await newcomer({ intent: 'b' }),
      await newcomer({ intent: 'c' }),
    ];
    const plans: number[] = [];
    const ends = await Promise.all(
      senders.map((sender, index) =>
        run(sender, remark(`at once ${index}`), {
          plan: async () => {
            plans.push(index);
            return planOf(sender.options.signer, remark(`at once ${index}`));
          },
        }),
      ),
    );
    expect(kinds(ends)).toEqual(['sent', 'sent', 'sent']);
    for (const end of ends) expect(end).toMatchObject({ outcome: { kind: 'included', verdict: 'ok' } });
    expect(plans.length).toBeGreaterThan(3);
    expect(await sentSince(await newcomer())).toBe(3);
  });

  it('the key is unlocked once, however often it is planned anew, and locked at the end', async () => {
    const [one, two] = [await newcomer({ intent: 'a' }), await newcomer({ intent: 'b' })];
    const happened: string[] = [];
    const end = await run(two, remark('unlocked once'), {
      unlock: async () => {
        happened.push('unlocked');
        await run(one, remark('in between'));
        return { ...two.signer, lock: () => void happened.push('locked') };
      },
      agree: async () => void happened.push('agreed'),
    });
    expect(end.kind).toBe('sent');
    expect(happened).toEqual(['agreed', 'unlocked', 'agreed', 'locked']);
  });

  it('an operator may take any time to answer: only others are not waited for without end', async () => {
    const { systemClock } = await import('../../../src/lib/tx/clock.js');
    let later = 0;
    const clock = { ...systemClock, now: () => systemClock.now() + later };
    const [one, two] = [await newcomer({ intent: 'a' }), await newcomer({ intent: 'b', clock })];
    let asked = 0;
    const end = await run(two, remark('slow answers'), {
      agree: async () => {
        asked += 1;
        later += 600_000;
        if (asked < 3) await run(one, remark(`in between ${asked}`));
      },
    });
    expect([end.kind, asked]).toEqual(['sent', 3]);
    // Without an operator the limit holds from the first time on.
    const third = await newcomer({ intent: 'c', clock, followMs: 30_000 });
    const { code } = await refusal(
      run(third, remark('nobody answers'), {
        plan: async () => {
          later += 20_000;
          return planOf(third.options.signer, remark('nobody answers'));
        },
        agree: async () => void (await run(one, remark(`still in between ${later}`))),
      }),
    );
    expect(code).toBe('ACCOUNT_BUSY');
  });

  it('an operator who is there is asked again, and told why', async () => {
    const [one, two] = [await newcomer({ intent: 'a' }), await newcomer({ intent: 'b' })];
    const asked: (string | null)[] = [];
    const end = await run(two, remark('asked'), {
      agree: async (_plan, _rehearsal, anew) => {
        asked.push(anew);
        if (anew === null) await run(one, remark('in between'));
      },
    });
    expect(end.kind).toBe('sent');
    expect(asked).toEqual([null, expect.stringContaining('has sent another transaction')]);
  });
});

describe('`tx status`', () => {
  it('looks at blocks also where the journal has an answer, and corrects it', async () => {
    const sender = await newcomer();
    const end = await run(sender, remark('denied'), { tell: false });
    const { txHash } = (end as { outcome: { txHash: string } }).outcome;
    for (const resolution of [{ status: 'refused', reason: '1012' }, { status: 'expired' }] as const) {
      sender.journal.resolved(txHash, resolution, 'T');
      const found = await status(sender.chain, txHash, { ...sender.options, blocks: 4 });
      expect(found.outcome).toMatchObject({ kind: 'included', verdict: 'ok' });
      expect(found.notes).toEqual([expect.stringContaining(`"${resolution.status}"`)]);
      expect(await sender.journal.records()).toMatchObject([
        { resolution: { status: 'included' }, reported: false },
      ]);
    }
    // What a node's word closed in an earlier version is open: it is settled like any other.
    sender.journal.resolved(txHash, { status: 'refused', reason: '1012' }, 'T');
    expect((await run(await newcomer(), remark('denied'))).kind).toBe('earlier');
  });

  it('of a journal that cannot be read says so, and does not say that nothing was sent', async () => {
    const sender = await newcomer();
    const end = await run(sender, remark('in a damaged journal'));
    const { txHash } = (end as { outcome: { txHash: string } }).outcome;
    const journals = join(bench.directory, 'journal');
    // Whose it is does not matter: it could have it.
    const damaged = join(
      journals,
      `${sender.chain.identity.genesisHash.slice(2, 18)}-${'ee'.repeat(32)}.jsonl`,
    );
    writeFileSync(damaged, 'no journal\n\n');
    const asking = await newcomer();
    const ask = (hash: string) => status(asking.chain, hash, { ...asking.options, blocks: 4 });
    expect((await ask(txHash)).record).not.toBeNull();
    for (const look of [
      ask,
      (hash: string) => inspect(asking.chain, hash, { ...asking.options, blocks: 4 }),
    ]) {
      const { code, exit, message } = await refusal(look(`0x${'12'.repeat(32)}`));
      expect([code, exit]).toEqual(['TX_NOT_FOUND', look === ask ? 6 : 4]);
      expect(message).toContain(damaged);
    }
    // What the blocks show is told, with a note.
    const own = readdirSync(journals).filter((name) => !damaged.endsWith(name));
    for (const name of own) rmSync(join(journals, name), { recursive: true });
    const found = await ask(txHash);
    expect(found).toMatchObject({ record: null, outcome: { kind: 'included', verdict: 'ok' } });
    expect(found.notes.join()).toContain(damaged);
  });

  it('tells what it found though nothing can be written', async () => {
    const sender = await newcomer({ followMs: 500 });
    bench.proxy.on('author_submitExtrinsic', { kind: 'dropAfter', dies: true });
    const end = await run(sender, remark('disk full'));
    const { txHash } = (end as { outcome: { txHash: string } }).outcome;
    await bench.calm();
    const { localDisk } = await import('../../../src/lib/tx/disk.js');
    const full = () => {
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    };
    const disk = {
      ...localDisk,
      append: full,
      touch: full,
      setCount: full,
      makeDirectory: async () => full(),
    };
    const asking = await newcomer({ disk });
    const found = await status(asking.chain, txHash, { ...asking.options, blocks: 4 });
    expect(found.outcome).toMatchObject({ kind: 'included', verdict: 'ok' });
    expect(found.notes.join()).toContain('no space left');
  });
});

describe('an endpoint that says that it is a fork', () => {
  /** The chain itself, behind a proxy that calls it a fork. */
  const pretend = (id = 'f0f0') =>
    bench.proxy.on('dev_fork', { kind: 'alter', with: () => ({ id, block: 7 }) });

  it('has a journal apart; what is open in the chain’s holds there too', async () => {
    pretend();
    const fork = await newcomer({ intent: 'rehearsal' });
    expect((await run(fork, remark('rehearsed'))).kind).toBe('sent');
    expect(await fork.journal.records()).toEqual([]);
    const { records: all } = await Journal.all(fork.options.journalDir);
    expect(all.map(({ fork: of }) => of)).toEqual(['f0f0']);

    bench.proxy.reset();
    const live = await newcomer({ intent: 'live', followMs: 500 });
    bench.proxy.on('author_submitExtrinsic', { kind: 'swallow' });
    expect((await run(live, remark('open'))).kind).toBe('sent');
    await bench.calm();
    pretend();
    const { code, exit } = await refusal(run(await newcomer({ intent: 'live' }), remark('open')));
    expect([code, exit]).toEqual(['EARLIER_UNRESOLVED', 6]);
  });

  it('and lies: what was sent to it is found on the chain, told, and not sent again', async () => {
    start = await bench.devnet.head();
    pretend();
    const fork = await newcomer({ intent: 'the lie', followMs: 3_000 });
    // It dies right after sending: nobody is told.
    expect((await run(fork, remark('really sent'), { tell: false })).kind).toBe('sent');
    await bench.calm();
    const live = await newcomer({ intent: 'the lie' });
    expect((await run(live, remark('really sent'))).kind).toBe('earlier');
    expect(await live.journal.records()).toMatchObject([
      { resolution: { status: 'included' }, reported: true },
    ]);
    expect(await sentSince(live)).toBe(1);
    // Asked again, it is meant again; and the fork's entry is not looked for any more.
    expect((await run(await newcomer({ intent: 'the lie' }), remark('really sent'))).kind).toBe('sent');
  });

  it('and lies about a key of --once: what was done on the chain under it is not done again', async () => {
    start = await bench.devnet.head();
    const once = { once: 'k', intent: 'i' };
    expect((await run(await newcomer(once), remark('once'))).kind).toBe('sent');
    pretend();
    expect((await run(await newcomer(once), remark('once'))).kind).toBe('earlier');
    await bench.calm();
    expect(await sentSince(await newcomer())).toBe(1);
  });

  describe('beside the chain itself among the endpoints', () => {
    /** Connected to what calls itself a fork, with the chain as the second endpoint. */
    const both = async () => {
      pretend();
      return bench.sender('//Newcomer', { intent: 'both' }, [bench.proxy.url, bench.devnet.url]);
    };
    const nothingSent = async ({ options }: Sender) => {
      expect(await sentSince(await bench.sender('//Newcomer', {}, bench.devnet.url))).toBe(0);
      for (const record of (await Journal.all(options.journalDir)).records)
        expect(record.resolution).toMatchObject({ status: 'notSent' });
    };

    it.each(['fails', 'cannot answer'])('that %s a read is not replaced by the chain', async (how) => {
      const sender = await both();
      if (how === 'fails') bench.proxy.die();
      else bench.proxy.on('system_health', { kind: 'error', code: -32601, message: 'Method not found' });
      const { code, exit, message } = await refusal(sender.chain.ask('system_health'));
      expect([code, exit]).toEqual(['WRONG_CHAIN', 4]);
      expect(message).toContain('is not a fork');
    });

    it.each(['before the transaction is prepared', 'before it is sent'])(
      'that fails %s does not send to the chain',
      async (when) => {
        start = await bench.devnet.head();
        const sender = await both();
        const { signer } = sender;
        const { code, exit } = await refusal(
          run(sender, remark('not for the chain'), {
            agree: async () => {
              if (when === 'before the transaction is prepared') bench.proxy.die();
            },
            unlock: async () => ({
              ...signer,
              lock: () => {},
              sign: (payload) => {
                bench.proxy.die();
                return signer.sign(payload);
              },
            }),
          }),
        );
        expect([code, exit]).toEqual(['WRONG_CHAIN', 4]);
        await nothingSent(sender);
      },
    );

    it('that becomes the chain behind the same connection is noticed before anything is sent', async () => {
      start = await bench.devnet.head();
      const sender = await both();
      const { code } = await refusal(
        run(sender, remark('not for the chain'), { agree: async () => void bench.proxy.reset() }),
      );
      expect(code).toBe('WRONG_CHAIN');
      await nothingSent(sender);
    });

    it('or another fork in its place is noticed when the connection is opened anew', async () => {
      pretend();
      const chain = await bench.connect();
      expect(chain.fork).toEqual({ id: 'f0f0', block: 7 });
      bench.proxy.reset();
      pretend('beef');
      bench.proxy.die();
      await bench.proxy.revive();
      const { code, message } = await refusal(chain.ask('system_health'));
      expect([code, message]).toEqual(['WRONG_CHAIN', expect.stringContaining('is another fork')]);
    });
  });

  it('has no word on what was sent to the chain, nor the chain on what was sent to it', async () => {
    const look = async (hash: string) => {
      const { chain, options } = await newcomer({ followMs: 5_000 });
      return status(chain, hash, { ...options, blocks: 4, resolveWith: () => 'the same endpoints' });
    };
    pretend();
    // What is included counts wherever it is looked for, and it is said where that was.
    const sent = (await run(await newcomer(), remark('to the fork'))) as { outcome: { txHash: string } };
    await bench.calm();
    const here = await look(sent.outcome.txHash);
    expect(here.outcome).toMatchObject({ kind: 'included', verdict: 'ok' });
    expect(here.notes.join()).toContain('sent to the fork f0f0');
    const live = await newcomer({ followMs: 500, mortalityMs: 1, intent: 'lost' });
    bench.proxy.on('author_submitExtrinsic', { kind: 'swallow' });
    const lost = (await run(live, remark('never arrives'))) as { outcome: { txHash: string } };
    await bench.calm();
    await bench.devnet.advance({ blocks: 8 });
    pretend();
    const there = await look(lost.outcome.txHash);
    expect(there.outcome).toMatchObject({
      kind: 'pending',
      reason: expect.stringContaining('was sent to the chain itself, and this is the fork f0f0'),
      resolve: `bursar tx status ${lost.outcome.txHash}`,
    });
    expect(outcomeError(there.outcome)?.exit).toBe(6);
    await bench.calm();
    expect((await look(lost.outcome.txHash)).outcome).toMatchObject({ kind: 'expired' });
  });

  it('and is one: what was signed on a block that only the fork has does not hold up the chain', async () => {
    const { forkDevnet } = await import('../../../devnet/index.js');
    const server = await forkDevnet({ url: bench.devnet.url, port: 0 });
    try {
      await server.newBlock();
      const fork = await bench.sender('//Newcomer', { intent: 'x' }, server.url);
      expect((await run(fork, remark('on the fork'))).kind).toBe('sent');
      await fork.chain.close();
    } finally {
      await server.close();
    }
    await bench.devnet.advance({ blocks: 2 });
    const live = await newcomer({ intent: 'x' });
    const began = performance.now();
    expect((await run(live, remark('on the fork'))).kind).toBe('sent');
    expect(performance.now() - began).toBeLessThan(15_000);
  });
});
