import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { RuntimeCall } from '../../src/lib/tx/plan.js';
import { BIN } from '../cli/process.js';
import { assertText, Desk, printed, UNIT } from '../support/desk.js';
import { deadUrl, FaultyProxy, renamePallet, silentTcp, silentWebSocket } from '../support/proxy.js';

/**
 * What a process may take beside the time that it was given: its start, and a machine that does something else. The
 * limits that are tested are far from it.
 */
const SLACK_MS = 8_000;

// A test is a dozen processes, on a machine that may have other work.
vi.setConfig({ testTimeout: 240_000 });

let desk: Desk;
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  desk = await Desk.open({ keys: ['alice', 'bob', 'operator', 'operator-proxy', 'nominator', 'poor'] });
});
afterAll(async () => {
  await Promise.all(open.map((one) => one.close()));
  await desk.close();
});

async function proxy(): Promise<FaultyProxy> {
  const one = await FaultyProxy.start(desk.devnet.url);
  open.push(one);
  return one;
}

const remark: RuntimeCall = { pallet: 'System', call: 'remark', args: { remark: '0x01' } };
/** A call that the chain includes and refuses: nobody has that much. */
const tooMuch = (): RuntimeCall => ({
  pallet: 'Balances',
  call: 'transfer_keep_alive',
  args: { dest: desk.address('bob'), value: 10n ** 20n },
});
/** A staking call that fails for whoever is bonded already. */
const bondAgain: RuntimeCall = {
  pallet: 'Staking',
  call: 'bond',
  args: { value: 100n * UNIT, payee: 'Staked' },
};
const batch = (kind: string, calls: RuntimeCall[]): RuntimeCall => ({
  pallet: 'Utility',
  call: kind,
  args: { calls: calls as never },
});

/** Sends the same call from two accounts, once with --json and once for a person. */
async function submitted(call: RuntimeCall, code: number, flags: readonly string[] = ['--force']) {
  const hex = await desk.encode(call);
  const line = (from: string) => ['tx', 'submit', hex, '--from', from, '--yes', ...flags];
  const [json, text] = await Promise.all([desk.json(line('alice'), code), desk.text(line('bob'), code)]);
  return { json, text };
}

describe('0 and 3: done, or nothing to do', () => {
  test('0: a result, and nothing else on stdout', async () => {
    const { json, text } = await desk.both(['stake', 'status', 'operator', 'nominator'], 0);
    expect(Object.keys(json)).toEqual(['schema', 'result']);
    expect(json.schema).toBe('bursar/stake.status/1');
    expect(text.stdout).toMatch(/^Stake\n/);
    expect(text.stderr).toBe('');
  });
  test('a dry run ends as sending would: 4, and 0 with --force', async () => {
    const hex = await desk.encode({ pallet: 'Staking', call: 'chill', args: {} });
    const line = ['tx', 'submit', hex, '--from', 'alice', '--dry-run'];
    expect((await desk.json(line, 4)).error?.code).toBe('DRY_RUN');
    expect((await desk.json([...line, '--force'], 0)).result.checks).toContainEqual(
      expect.objectContaining({ id: 'DRY_RUN', ok: false }),
    );
  });
  test('0: sent and included', async () => {
    const { json, text } = await submitted(remark, 0, []);
    expect(json.result.outcome).toMatchObject({ kind: 'included', finalized: true, verdict: 'ok' });
    expect(text.stdout).toContain('succeeded');
  });
  test('nothing to do is 0, and 3 for who asks for it; nothing is sent and no key is needed', async () => {
    const before = await desk.nonce('nominator');
    const idle = await desk.both(['stake', 'rebond', '--all', '--from', desk.address('nominator')], 0);
    expect(idle.json.result).toMatchObject({ idle: 'Nothing is unlocking.', calls: [], outcome: null });
    expect(idle.text.stdout).toContain('Nothing is unlocking.');
    const asked = await desk.both(['stake', 'rebond', '--all', '--from', 'nominator', '--exit-noop'], 3);
    expect(asked.json.result.idle).toBe('Nothing is unlocking.');
    expect(await desk.nonce('nominator')).toBe(before);
  });
});

describe('2: usage', () => {
  test.each([
    [['stake', 'bond-extra', '--amount', '5UNIT', '--from', 'operator'], 'CONFIRMATION_REQUIRED', '--yes'],
    [['stake', 'bond-extra', '--amount', '5', '--from', 'operator', '--yes'], 'AMOUNT_UNIT_MISSING', 'UNIT'],
    [
      ['stake', 'bond-extra', '--amount', '5DOT', '--from', 'operator', '--yes'],
      'AMOUNT_UNIT_UNKNOWN',
      'UNIT',
    ],
    [['stake', 'bond-extra', '--amount', '5UNIT', '--yes'], 'FROM_REQUIRED', '--from'],
    [['stake', 'bond-extra', '--from', 'operator', '--yes'], 'USAGE', '--amount'],
    [['stake', 'unbond', '--amount', '0UNIT', '--from', 'operator', '--yes'], 'AMOUNT_ZERO', '--all'],
    [['stake', 'nominate', '--from', 'operator', '--yes'], 'TARGETS', '--targets-file'],
    [['stake', 'status', 'nobody'], 'KEY_NOT_FOUND', ''],
    [['stake', 'chill', '--from', 'operator', '--wait', 'soon'], 'USAGE', ''],
    [['tx', 'submit', '0x0102', '--from', 'alice', '--yes'], 'CALL_DATA', ''],
    [['tx', 'status', '0x12'], 'TX_HASH', 'tx history'],
  ])('%j is %s', async (args, code, hint) => {
    const { json, text } = await desk.both(args, 2);
    expect(json.error?.code).toBe(code);
    expect(Object.keys(json)).toEqual(['schema', 'error']);
    expect(text.stdout).toBe('');
    expect(text.stderr).toContain(hint);
  });
  test('no question is asked where nobody can answer', async () => {
    const line = ['stake', 'bond-extra', '--amount', '5UNIT', '--from', 'operator'];
    const before = await desk.nonce('operator');
    const answered = await desk.text(line, 2, { input: 'y\ny\n' });
    expect(answered.stdout).toBe('');
    expect(await desk.nonce('operator')).toBe(before);
  });
});

describe('4: a precondition', () => {
  test('wrong genesis: names both chains', async () => {
    const other = `0x${'ab'.repeat(32)}`;
    const wrong = (await proxy()).on(
      'chain_getBlockHash',
      { kind: 'alter', with: () => other },
      { when: ([number]) => number === 0 },
    );
    const { json, text } = await desk.both(
      ['stake', 'bond-extra', '--amount', '5UNIT', '--from', 'operator', '--yes', '--rpc', wrong.url],
      4,
    );
    expect(json.error?.code).toBe('WRONG_CHAIN');
    for (const said of [json.error!.message, text.stderr]) {
      expect(said).toContain(other);
      expect(said).toContain(desk.devnet.genesisHash);
    }
    expect(text.stdout).toBe('');
    expect(wrong.count('author_submitExtrinsic')).toBe(0);
  });
  test('missing pallet: names it', async () => {
    const without = renamePallet(await proxy(), 'Staking', 'Stakimg');
    // Metadata is kept between runs: these must not be.
    const env = { BURSAR_CACHE_DIR: join(desk.directory, 'other-cache') };
    for (const args of [
      ['stake', 'status', 'operator'],
      ['stake', 'chill', '--from', 'operator', '--yes'],
    ]) {
      const { json, text } = await desk.both([...args, '--rpc', without.url], 4, { env });
      expect(json.error).toMatchObject({ code: 'NO_STAKING' });
      expect(json.error?.message).toContain('Staking');
      expect(text.stderr).toContain('Staking');
      expect(text.stdout).toBe('');
    }
  });
  test('unfunded account', async () => {
    const { json, text } = await desk.both(
      ['stake', 'bond', '--amount', '100UNIT', '--from', 'poor', '--yes'],
      4,
    );
    expect(json.error).toMatchObject({ code: 'FEE', exit: 4 });
    expect(text.stderr).toMatch(/the fee is [\d.]+ UNIT, usable is 0\.01 UNIT/);
    expect(text.stdout).toBe('');
    expect(await desk.nonce('poor')).toBe(0);
  });
  test('a dry run that fails says so, shows the plan, and ends with 4', async () => {
    const hex = await desk.encode(tooMuch());
    const { json, text } = await desk.both(['tx', 'submit', hex, '--from', 'alice', '--dry-run'], 4);
    expect(json.error?.code).toBe('DRY_RUN');
    expect(json.result).toMatchObject({ dryRun: true, outcome: null });
    expect(text.stdout).toContain('Balances.transfer_keep_alive');
  });
  test('a nonce of the past is refused before anything is signed', async () => {
    const hex = await desk.encode(remark);
    const { json, text } = await desk.both(
      ['tx', 'submit', hex, '--from', 'alice', '--yes', '--nonce', '0'],
      4,
    );
    expect(json.error?.code).toBe('NONCE');
    expect(text.stderr).toContain('--nonce');
  });
});

describe('5: no endpoint', () => {
  const timed = async (url: string, timeout: string, args = ['stake', 'status', 'operator']) => {
    const line = [...args, '--rpc', url, '--timeout', timeout];
    const [json, text] = await Promise.all([desk.run([...line, '--json']), desk.run(line)]);
    const error = printed(line, json, 5).error!;
    assertText(line, text, 5);
    expect(text.stdout).toBe('');
    expect(error.message).toContain(url);
    expect(`${error.hint}${text.stderr}`).toContain('Nothing was sent');
    return { code: error.code, ms: Math.max(json.ms, text.ms), shortest: Math.min(json.ms, text.ms) };
  };
  test('nobody listens', async () => {
    const { code, ms } = await timed(await deadUrl(), '20s');
    expect(code).toBe('ENDPOINT_UNREACHABLE');
    expect(ms).toBeLessThan(SLACK_MS);
  });
  test('accepts TCP and never answers', async () => {
    const silent = await silentTcp();
    open.push(silent);
    const { code, ms, shortest } = await timed(silent.url, '3s');
    expect(code).toBe('ENDPOINT_UNREACHABLE');
    expect(shortest).toBeGreaterThan(1_000);
    expect(ms).toBeLessThan(3_000 + SLACK_MS);
  });
  test('accepts WebSocket and never answers', async () => {
    const silent = await silentWebSocket();
    open.push(silent);
    const { ms, shortest } = await timed(silent.url, '3s');
    expect(shortest).toBeGreaterThan(1_000);
    expect(ms).toBeLessThan(3_000 + SLACK_MS);
    // The limit is the operator's: a longer one waits longer, if not for a pause that would outlast it.
    const longer = await timed(silent.url, '6s');
    expect(longer.shortest).toBeGreaterThan(3_500);
  });
  test('answers the greeting and then nothing: also before money moves', async () => {
    const stuck = (await proxy()).on('state_queryStorageAt', { kind: 'swallow' });
    const { code, ms, shortest } = await timed(stuck.url, '3s', [
      'stake',
      'bond-extra',
      '--amount',
      '5UNIT',
      '--from',
      'operator',
      '--yes',
    ]);
    expect(code).toBe('ENDPOINT_TIMEOUT');
    expect(shortest).toBeGreaterThan(2_900);
    expect(ms).toBeLessThan(3_000 + SLACK_MS);
    expect(stuck.count('author_submitExtrinsic')).toBe(0);
  });
  test('slow is not dead; one that drops is asked again; a second endpoint is used', async () => {
    const slow = (await proxy())
      .on('state_queryStorageAt', { kind: 'delay', ms: 1_000 })
      .on('chain_getHeader', { kind: 'dropBefore' }, { times: 1 });
    await desk.json(['stake', 'status', 'operator', '--rpc', slow.url, '--timeout', '30s']);
    expect(slow.connections).toBe(2);
    const { json } = await desk.both(
      ['stake', 'status', 'operator', '--rpc', await deadUrl(), '--rpc', desk.devnet.url],
      0,
    );
    expect(json.result.accounts).toHaveLength(1);
  });
});

describe('6: sent, outcome not known', () => {
  /** The command that a message says to run. */
  const resolveLine = (text: string): string[] => {
    const [, line] = /bursar (tx status 0x[0-9a-f]{64}.*)/.exec(text) ?? [];
    if (line === undefined) throw new Error(`no command in: ${text}`);
    // What was printed names configuration and endpoints as they were given; nothing in them needs a quote here.
    return line.trim().split(' ');
  };
  test.each([1010, 1012, -32029])(
    '%i answered by the node, in its words, and in no block: nothing is proven, nothing new is sent',
    async (code) => {
      const from = await desk.devnet.head();
      const refusing = (await proxy()).on('author_submitExtrinsic', {
        kind: 'error',
        code,
        message: 'Invalid Transaction',
        data: 'Inability to pay some fees (e.g. account balance too low)',
      });
      const hex = await desk.encode(remark);
      const elsewhere = { env: { BURSAR_JOURNAL_DIR: join(desk.directory, `refused-${code}`) } };
      const line = (who: string) => {
        const words = ['tx', 'submit', hex, '--from', who, '--yes', '--timeout', '10s'];
        return [...words, '--mortality', '24s', '--rpc', refusing.url];
      };
      const [json, text] = await Promise.all([
        desk.json(line('alice'), 6, elsewhere),
        desk.text(line('bob'), 6, elsewhere),
      ]);
      for (const said of [`${json.error!.message} ${json.error!.hint}`, text.stderr]) {
        expect(said).toContain(String(code));
        expect(said).toContain('Inability to pay some fees');
        expect(said).not.toMatch(/nothing was sent/i);
      }
      expect((await desk.json(line('alice'), 6, elsewhere)).error?.code).toBe('EARLIER_UNRESOLVED');
      expect(await desk.devnet.head()).toBe(from);
      // Its time passes: then it is certain, and the next run sends.
      await desk.devnet.advance({ blocks: 5 });
      refusing.reset();
      expect((await desk.json(line('alice'), 0, elsewhere)).result.outcome.verdict).toBe('ok');
      expect(await desk.sentBy('alice', from)).toBe(1);
    },
  );
  test('a real pool: another transaction has the nonce', async () => {
    const hex = await desk.encode(remark);
    const line = ['tx', 'submit', hex, '--from', 'bob', '--yes', '--wait', 'broadcast', '--timeout', '12s'];
    // Another machine's journal knows nothing of the first one.
    const elsewhere = (name: string) => ({ env: { BURSAR_JOURNAL_DIR: join(desk.directory, name) } });
    desk.devnet.setMode('manual');
    try {
      const nonce = ['--nonce', String(await desk.nonce('bob'))];
      const sent = await desk.json([...line, '--tip', '0.01UNIT', ...nonce], 0, elsewhere('one'));
      expect(sent.result.outcome.kind).toBe('broadcast');
      const json = await desk.json([...line, ...nonce], 6, elsewhere('two'));
      expect(json.error?.message).toContain('Priority is too low');
    } finally {
      desk.devnet.setMode('instant');
      await desk.devnet.newBlock();
    }
  });
  test('the endpoint dies after the transaction left; the printed command finds out', async () => {
    const from = await desk.devnet.head();
    const [one, two] = [await proxy(), await proxy()];
    for (const each of [one, two]) each.on('author_submitExtrinsic', { kind: 'dropAfter', dies: true });
    const hex = await desk.encode(remark);
    const line = (who: string, url: string) => [
      'tx',
      'submit',
      hex,
      '--from',
      who,
      '--yes',
      '--rpc',
      url,
      '--timeout',
      '10s',
    ];
    const [json, text] = await Promise.all([
      desk.json(line('alice', one.url), 6),
      desk.text(line('bob', two.url), 6),
    ]);
    expect(json.error?.code).toBe('OUTCOME_UNKNOWN');
    expect(json.error?.hint).toContain('Do not send again');
    expect(json.result.outcome.kind).toBe('pending');
    expect(text.stderr).toContain('Do not send again');
    expect(await desk.sentBy('alice', from)).toBe(1);
    expect(await desk.sentBy('bob', from)).toBe(1);
    // The command names the endpoint that is gone: that it cannot be asked proves nothing about the transaction.
    const gone = await desk.json(resolveLine(json.error!.hint!), 5);
    expect(gone.error?.code).toBe('ENDPOINT_UNREACHABLE');
    expect(gone.error?.hint).toMatch(/still not known.*--rpc/);
    expect(gone.error?.hint).not.toContain('Nothing was sent');
    const elsewhere = (line: string[]) =>
      line.map((word) => (word === one.url || word === two.url ? desk.devnet.url : word));
    const found = await desk.json(elsewhere(resolveLine(json.error!.hint!)));
    expect(found.result.outcome).toMatchObject({
      kind: 'included',
      verdict: 'ok',
      txHash: json.result.outcome.txHash,
    });
    await desk.text(elsewhere(resolveLine(text.stderr)));
  });
  test('no block comes within --timeout; the same words again send nothing; tx status says 6 until it is in', async () => {
    const from = await desk.devnet.head();
    const hex = await desk.encode({ ...remark, args: { remark: '0x02' } });
    const line = ['tx', 'submit', hex, '--from', 'alice', '--yes', '--timeout', '6s'];
    desk.devnet.setMode('manual');
    try {
      const first = await desk.json(line, 6);
      const status = resolveLine(first.error!.hint!);
      const [again, still] = await Promise.all([
        desk.json(line, 6),
        desk.text([...status, '--timeout', '6s'], 6),
      ]);
      expect(again.error).toMatchObject({ code: 'EARLIER_UNRESOLVED' });
      expect(still.stderr).toContain('tx status');
      await desk.devnet.newBlock();
      await desk.text(status);
      expect(await desk.sentBy('alice', from)).toBe(1);
    } finally {
      desk.devnet.setMode('instant');
    }
  });
  test.each([
    ['alice', true],
    ['bob', false],
  ])(
    'SIGINT after it was sent: 6 with the command that finds out, not 130 (%s, json %s)',
    async (who, json) => {
      desk.devnet.setMode('manual');
      try {
        const watched = await proxy();
        const hex = await desk.encode({ ...remark, args: { remark: '0x03' } });
        const args = ['tx', 'submit', hex, '--from', who, '--yes', '--rpc', watched.url];
        const run = desk.start(json ? [...args, '--json'] : args);
        await watched.until('author_submitExtrinsic');
        run.child.kill('SIGINT');
        const ended = await run.ended;
        const said = json ? printed(args, ended, 6).error!.hint! : ended.stderr;
        if (!json) assertText(args, ended, 6);
        await desk.devnet.newBlock();
        await desk.text(resolveLine(said));
      } finally {
        desk.devnet.setMode('instant');
      }
    },
  );
});

describe('7 and 8: included and failed', () => {
  test('7: dispatch error', async () => {
    const { json, text } = await submitted(tooMuch(), 7);
    expect(json.error?.code).toBe('DISPATCH_FAILED');
    expect(json.result.outcome).toMatchObject({ kind: 'included', verdict: 'dispatchFailed' });
    expect(json.result.outcome.failure.name).toMatch(/Funds|Balance|Underflow/);
    expect(text.stdout).toMatch(/Funds|Balance|Underflow/);
    expect(text.stderr).toMatch(/^error: .*failed/m);
    // The same verdict later, by hash.
    await desk.text(['tx', 'status', json.result.outcome.txHash], 7);
  });
  test('7: batch_all fails as a whole', async () => {
    const { json } = await submitted(batch('batch_all', [remark, tooMuch()]), 7);
    expect(json.result.outcome.tree.children.map((one: { status: string }) => one.status)).toEqual([
      'notRun',
      'notRun',
    ]);
  });
  test('8: inside a batch', async () => {
    const forced = await submitted(batch('force_batch', [remark, tooMuch(), remark]), 8);
    expect(forced.json.error?.code).toBe('INNER_CALL_FAILED');
    expect(forced.json.result.outcome.tree.children.map((one: { status: string }) => one.status)).toEqual([
      'ok',
      'failed',
      'ok',
    ]);
    expect(forced.text.stdout).toContain('Balances.transfer_keep_alive – failed');
    const plain = await desk.json(
      [
        'tx',
        'submit',
        await desk.encode(batch('batch', [remark, tooMuch(), remark])),
        '--from',
        'alice',
        '--yes',
        '--force',
      ],
      8,
    );
    expect(plain.result.outcome.tree.children.map((one: { status: string }) => one.status)).toEqual([
      'ok',
      'failed',
      'notRun',
    ]);
    await desk.json(['tx', 'status', plain.result.outcome.txHash], 8);
  });
  test.each([
    ['a proxy', [bondAgain]],
    ['a batch_all in a proxy', [{ pallet: 'Staking', call: 'chill', args: {} }, bondAgain]],
    ['a force_batch in a proxy', [batch('force_batch', [bondAgain])]],
  ] as [string, RuntimeCall[]][])('8: inside %s', async (_, calls) => {
    const hexes = await Promise.all(calls.map((call) => desk.encode(call)));
    const line = [
      'tx',
      'submit',
      ...hexes,
      '--from',
      'operator-proxy',
      '--proxy-for',
      'operator',
      '--yes',
      '--force',
    ];
    const json = await desk.json(line, 8);
    expect(json.result.outcome).toMatchObject({
      verdict: 'innerCallFailed',
      failure: { name: 'Staking.AlreadyBonded' },
    });
    const text = await desk.text(line, 8);
    expect(text.stderr).toContain('Staking.AlreadyBonded');
    expect(text.stdout).toContain('Proxy.proxy');
  });
  test('a multisig approval that waits for others is no failure; the call that it executes can be one', async () => {
    const others = (who: string) =>
      ['alice', 'bob', 'charlie']
        .filter((name) => name !== who)
        .map((name) => desk.devnet.accounts[name]!)
        .sort((a, b) => (a.publicKey < b.publicKey ? -1 : 1))
        .map(({ address }) => address);
    const approve = (who: string, timepoint: { height: number; index: number } | null) =>
      desk.encode({
        pallet: 'Multisig',
        call: 'as_multi',
        args: {
          threshold: 2,
          other_signatories: others(who),
          maybe_timepoint: timepoint,
          call: tooMuch() as never,
          max_weight: { refTime: 1_000_000_000n, proofSize: 100_000n },
        },
      });
    const first = await desk.json(['tx', 'submit', await approve('alice', null), '--from', 'alice', '--yes']);
    expect(first.result.outcome.tree.children[0].status).toBe('pending');
    const { block, index, txHash } = first.result.outcome;
    const shown = await desk.text(['tx', 'status', txHash]);
    expect(shown.stdout).toContain('recorded, not executed yet');
    const hex = await approve('bob', { height: block.number, index });
    const last = await desk.text(['tx', 'submit', hex, '--from', 'bob', '--yes', '--force'], 8);
    expect(last.stdout).toContain('Balances.transfer_keep_alive – failed');
  });
});

describe('130: interrupted', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('%s while the endpoint does not answer', async (signal) => {
    const silent = await silentWebSocket();
    open.push(silent);
    const line = ['stake', 'status', 'operator', '--rpc', silent.url, '--timeout', '60s'];
    const [json, text] = [desk.start([...line, '--json']), desk.start(line)];
    // One connection tells that a process is up; the other gets a moment more.
    await silent.reached;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    json.child.kill(signal);
    text.child.kill(signal);
    const error = printed(line, await json.ended, 130).error!;
    expect(error.code).toBe('INTERRUPTED');
    const ended = await text.ended;
    assertText(line, ended, 130);
    expect(ended.stdout).toBe('');
    expect(ended.ms).toBeLessThan(30_000);
  });
  test('before anything is sent: nothing is sent, and nothing is written down', async () => {
    const from = await desk.devnet.head();
    const before = desk.journal();
    const slow = (await proxy()).on(
      'state_call',
      { kind: 'swallow' },
      { when: ([api]) => api === 'DryRunApi_dry_run_call' },
    );
    const line = [
      'stake',
      'bond-extra',
      '--amount',
      '5UNIT',
      '--from',
      'operator',
      '--yes',
      '--rpc',
      slow.url,
    ];
    const run = desk.start([...line, '--json']);
    await slow.until('state_call', 2);
    run.child.kill('SIGINT');
    expect(printed(line, await run.ended, 130).error?.code).toBe('INTERRUPTED');
    expect(slow.count('author_submitExtrinsic')).toBe(0);
    expect(await desk.devnet.head()).toBe(from);
    expect(desk.journal()).toBe(before);
  });
});

test('a closed stdout is no crash', async () => {
  const everybody = Object.values(desk.devnet.accounts).map(({ address }) => address);
  for (const flags of [[], ['--json']]) {
    // The shell's own pipeline, in a process of its own beside the devnet of this one.
    const line = ['stake', 'status', ...everybody, ...flags].join(' ');
    const shell = await inShell(
      `"${process.execPath}" "${BIN}" ${line} | head -c 1 >/dev/null; echo "\${PIPESTATUS[0]}"`,
    );
    expect(shell).toEqual({ stdout: '0\n', stderr: '' });
    // The reader is gone before the first byte.
    const run = desk.start(['stake', 'status', ...everybody, ...flags]);
    run.child.stdout!.destroy();
    const { code, stderr } = await run.ended;
    expect([code, stderr]).toEqual([0, '']);
  }
});

async function inShell(script: string): Promise<{ stdout: string; stderr: string }> {
  const { spawn } = await import('node:child_process');
  const child = spawn('bash', ['-c', script], {
    env: { ...desk.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  await new Promise((resolve) => child.on('close', resolve));
  return { stdout, stderr };
}

test('bash is there: the pipeline above is not skipped', () => {
  expect(spawnSync('bash', ['-c', 'exit 7']).status).toBe(7);
});
