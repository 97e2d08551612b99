import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Devnet, startDevnet } from '../../devnet/index.js';
import { connect, type OpenChain } from '../../src/lib/chain/connect.js';
import { readEraWindow } from '../../src/lib/eras/facts.js';
import { BursarError } from '../../src/lib/errors.js';
import { readPayoutFacts } from '../../src/lib/payouts/facts.js';
import { chosenEras, payoutsList } from '../../src/lib/payouts/list.js';
import { verifyPayout } from '../../src/lib/payouts/verify.js';
import { toCanonicalJson } from '../../src/lib/plain.js';
import { readFacts } from '../../src/lib/validators/facts.js';
import { rank } from '../../src/lib/validators/ranking.js';
import { DEFAULT_WEIGHTS } from '../../src/lib/validators/score.js';
import { operatorsFrom } from '../../src/lib/validators/whoRuns.js';
import { Desk } from '../support/desk.js';
import { type Fault, FaultyProxy } from '../support/proxy.js';

/**
 * What goes wrong with a node while payouts and validators are read: it drops the state, an era expires, the head is
 * reorganised, keys are missing from its answers. At whichever of the reads that happens, the outcome is the true number or
 * an error that says so; and no transaction is sent on half of the facts.
 */

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

let desk: Desk;
let proxy: FaultyProxy;
let chain: OpenChain;

beforeAll(async () => {
  desk = await Desk.open({ keys: ['alice'] });
  proxy = await FaultyProxy.start(desk.devnet.url);
  chain = await connect({ endpoints: [proxy.url], timeoutMs: 3_600_000 });
});
afterAll(async () => {
  await chain?.close();
  await proxy?.close();
  await desk?.close();
});

// -----------------------------------------------------------------------------------------------
// What is read

async function list(on: OpenChain) {
  const window = await readEraWindow(on);
  const named = { stashes: [desk.address('v01'), desk.address('v02')], backers: [desk.address('nominator')] };
  return payoutsList(await readPayoutFacts(on, { window, eras: chosenEras(window), ...named }));
}
const verify = (on: OpenChain) => verifyPayout(on, { era: 1, stash: desk.address('v01') });
async function score(on: OpenChain) {
  const facts = await readFacts(on, { operators: operatorsFrom(on, {}) });
  return {
    facts,
    ranking: rank(facts, { formula: 'whitepaper', reputation: 'named', weights: DEFAULT_WEIGHTS }),
  };
}

const COMMANDS: readonly (readonly [string, (on: OpenChain) => Promise<unknown>])[] = [
  ['payouts list', list],
  ['payouts verify', verify],
  ['validators score', score],
];

/** Canonical text of what was read, or the error; once nothing is asked any more. */
async function outcome(read: (on: OpenChain) => Promise<unknown>): Promise<string | BursarError> {
  const end = await read(chain).then(
    (value) => toCanonicalJson(value),
    (error) => {
      if (error instanceof BursarError) return error;
      throw error;
    },
  );
  // What was asked at the same time is still on its way, and must not meet the next faults.
  for (let before = -1; before !== proxy.count(); ) {
    before = proxy.count();
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return end;
}

/** What a command reads without any fault, and in how many requests. */
async function honest(
  read: (on: OpenChain) => Promise<unknown>,
): Promise<{ text: string; requests: number }> {
  proxy.reset();
  const text = await outcome(read);
  if (typeof text !== 'string') throw text;
  return { text, requests: proxy.count() };
}

const STATE_READS = ['state_queryStorageAt', 'state_getKeysPaged', 'state_getStorage', 'state_call'];

/** The fault on all reads of state for which `which` holds; they are counted from 1. */
function onReads(fault: Fault, which: (count: number) => boolean): void {
  let count = 0;
  proxy.reset();
  for (const method of STATE_READS) proxy.on(method, fault, { when: () => which(++count) });
}

const pruned: Fault = {
  kind: 'error',
  code: 4003,
  message: 'Client error: UnknownBlock: State already discarded for 0x12',
};

type Answer = { readonly changes: [string, string | null][] }[];
const changed = (change: (pair: [string, string | null]) => [string, string | null][]): Fault => ({
  kind: 'alter',
  with: (result) =>
    typeof (result as Answer)[0] === 'object'
      ? (result as Answer).map(({ changes, ...rest }) => ({ ...rest, changes: changes.flatMap(change) }))
      : result,
});

// -----------------------------------------------------------------------------------------------

describe.each(COMMANDS)('%s', (name, read) => {
  test('a node that drops the state in the middle: no result, at whichever read', async () => {
    const { requests } = await honest(read);
    let stopped = 0;
    for (let from = 1; from <= requests; from++) {
      onReads(pruned, (count) => count >= from);
      const end = await outcome(read);
      if (typeof end !== 'string') {
        stopped += 1;
        expect([end.exit, end.code], `${name}, read ${from}`).toEqual([5, 'STATE_PRUNED']);
        expect(end.message).toContain(proxy.url);
        expect(end.hint).toContain('archive node');
      } else if (proxy.count() >= from && name === 'payouts verify') {
        // It says of what it could not see that it could not see it.
        const { verdict, pages, notChecked } = JSON.parse(end);
        expect(verdict, `read ${from}`).toBe(notChecked.length > 0 ? 'unchecked' : 'equal');
        expect(
          pages.every(
            ({ expected, block }: { expected: unknown; block: unknown }) =>
              (expected === null) === (block === null),
          ),
        ).toBe(true);
      }
    }
    expect(stopped).toBeGreaterThan(2);
  });

  test('a node that leaves a key out of an answer: no result, at whichever read', async () => {
    const { requests } = await honest(read);
    let answers = 0;
    for (let at = 1; at <= requests; at++) {
      let count = 0;
      proxy.reset().on(
        'state_queryStorageAt',
        {
          kind: 'alter',
          with: (result) =>
            (result as Answer).map(({ changes, ...rest }) => ({ ...rest, changes: changes.slice(0, -1) })),
        },
        { when: () => ++count === at },
      );
      const end = await outcome(read);
      if (count < at) break;
      answers += 1;
      expect(end, `read ${at}`).toBeInstanceOf(BursarError);
      const { exit, code, message } = end as BursarError;
      expect([exit, code], `read ${at}`).toEqual([5, 'ENDPOINT_ANSWER']);
      expect(message).toContain('left out a storage key');
    }
    expect(answers).toBeGreaterThan(2);
  });
});

describe('an era at the edge of what the chain keeps', () => {
  /** Era 1 in a key: Twox64Concat. */
  let era1: string;
  const about = (key: string) => key.slice(66).startsWith(era1);
  beforeAll(() => {
    era1 = chain.runtime.slot({ pallet: 'Staking', item: 'ErasRewardPoints', keys: [1] }).key.slice(66);
  });

  test.each([
    ['payouts list', list],
    ['payouts verify', verify],
  ])(
    '%s: when its values are gone from some read on, that is seen; nothing counts as zero',
    async (name, read) => {
      const { text, requests } = await honest(read);
      const gone = changed(([key, value]) => [[key, about(key) ? null : value]]);
      let seen = 0;
      for (let from = 1; from <= requests; from++) {
        onReads(gone, (count) => count >= from);
        const end = await outcome(read);
        if (typeof end !== 'string') {
          seen += 1;
          expect([5, 4], `read ${from}: ${end.message}`).toContain(end.exit);
          expect(end.code).toBe(end.exit === 5 ? 'ENDPOINT_ANSWER' : 'PAYOUT_NOT_FOUND');
          if (end.exit === 5) expect(end.message).toMatch(/era 1\b/);
        } else if (end !== text) {
          // From the first read on the era was not there: then nothing is said of it, and the rest is as it was.
          expect(name).toBe('payouts list');
          const [found, truth] = [JSON.parse(end), JSON.parse(text)];
          const others = truth.pages.filter(({ era }: { era: number }) => era !== 1);
          expect(found.pages, `read ${from}`).toEqual(others);
        }
      }
      expect(seen).toBeGreaterThan(1);
    },
  );

  test('payouts list: when it expires while the list is read, the list is that of its block', async () => {
    const devnet = await startDevnet({ port: 0 });
    const through = await FaultyProxy.start(devnet.url);
    try {
      // Era 1 is the oldest that can be paid.
      await moveTo(devnet, 85);
      const on = await connect({ endpoints: [through.url], timeoutMs: 3_600_000 });
      const before = await list(on);
      expect(before.window).toMatchObject({ oldest: 1, activeEra: 85 });
      const oldest = before.pages.filter(({ era }) => era === 1);
      expect(oldest.length).toBeGreaterThan(2);
      expect(before.totals.next).toMatchObject({ era: 1, erasLeft: 0 });

      let reads = 0;
      let moved: Promise<void> | undefined;
      const until = () => {
        moved ??= moveTo(devnet, 86, 1);
        return moved;
      };
      through.on('state_queryStorageAt', { kind: 'hold', until }, { when: () => ++reads === 3 });
      expect(await list(on)).toEqual(before);
      expect(moved).toBeDefined();

      await on.refresh();
      const after = await list(on);
      expect(after.window.oldest).toBe(2);
      expect(after.pages.some(({ era }) => era === 1)).toBe(false);
      expect(after.pages.length).toBe(before.pages.length - oldest.length);
      await on.close();
    } finally {
      await through.close();
      await devnet.close();
    }
  });
});

/** A new block in which another era is active; what staking keeps of `expired` is dropped. */
async function moveTo(devnet: Devnet, era: number, expired?: number): Promise<void> {
  await devnet.newBlock();
  const raw: [string, string | null][] = [];
  if (expired !== undefined) {
    const on = await connect({ endpoints: [devnet.url], timeoutMs: 60_000 });
    for (const item of ['ErasStakersOverview', 'ErasStakersPaged', 'ErasValidatorPrefs', 'ClaimedRewards'])
      for (const { keys } of await on.entries({ pallet: 'Staking', item, keys: [expired] }))
        raw.push([on.runtime.slot({ pallet: 'Staking', item, keys }).key, null]);
    for (const item of ['ErasValidatorReward', 'ErasRewardPoints', 'ErasTotalStake'])
      raw.push([on.runtime.slot({ pallet: 'Staking', item, keys: [expired] }).key, null]);
    await on.close();
  }
  if (raw.length > 0) await devnet.chain.setStorage(raw);
  await devnet.chain.setStorage({
    Staking: { ActiveEra: { index: era, start: 1_767_225_666_000 }, CurrentEra: era },
  });
}

describe('a list of keys', () => {
  test('an endpoint that gives few at once is asked until there are no more', async () => {
    const { text } = await honest(score);
    proxy.reset().on('state_getKeysPaged', { kind: 'alter', with: (keys) => (keys as string[]).slice(0, 3) });
    expect(await outcome(score)).toBe(text);
    expect(proxy.count('state_getKeysPaged')).toBeGreaterThan(8);
  });

  test('one that leaves validators out, begins again, or has no value for a key is not believed', async () => {
    const validators = chain.runtime.prefix({ pallet: 'Staking', item: 'Validators' }).key;
    const faults: [string, string, Fault, (params: readonly unknown[]) => boolean][] = [
      [
        'left out',
        'state_getKeysPaged',
        { kind: 'alter', with: (keys) => (keys as string[]).slice(1) },
        ([, , start]) => start === validators,
      ],
      [
        'begins again',
        'state_getKeysPaged',
        { kind: 'alter', with: (_, [prefix]) => [`${prefix}00`] },
        () => true,
      ],
      [
        'no value',
        'state_queryStorageAt',
        changed(([key, value]) => [[key, key.startsWith(validators) ? null : value]]),
        () => true,
      ],
    ];
    for (const [what, method, fault, when] of faults) {
      proxy.reset().on(method, fault, { when });
      const end = await outcome(score);
      expect(end, what).toBeInstanceOf(BursarError);
      expect([(end as BursarError).exit, (end as BursarError).code], what).toEqual([5, 'ENDPOINT_ANSWER']);
    }
  });
});

describe('a reorganised head', () => {
  let devnet: Devnet;
  let through: FaultyProxy;
  let on: OpenChain;
  beforeAll(async () => {
    devnet = await startDevnet({ port: 0, finalityLag: 2 });
    through = await FaultyProxy.start(devnet.url);
    await devnet.advance({ blocks: 3 });
    on = await connect({ endpoints: [through.url], timeoutMs: 3_600_000 });
  });
  afterAll(async () => {
    await on?.close();
    await through?.close();
    await devnet?.close();
  });

  /** Two blocks are retracted; others with another state take their place. */
  async function reorganise(): Promise<void> {
    const gone = await devnet.head();
    await devnet.chain.setHead(-2);
    await devnet.newBlock();
    // On the new branch nobody is owed anything by v01, and nobody validates.
    const claims = [1, 2, 3, 4].map((era): [string, string] => [
      on.runtime.slot({ pallet: 'Staking', item: 'ClaimedRewards', keys: [era, desk.address('v01')] }).key,
      '0x0c000000000100000002000000',
    ]);
    await devnet.chain.setStorage(claims);
    expect(await devnet.head()).toBe(gone - 1);
  }

  test.each([
    ['payouts list', list],
    ['validators score', score],
  ])('%s reads the finalized block, whatever becomes of the best one', async (_, read) => {
    through.reset();
    const before = await read(on);
    let reads = 0;
    through.on('state_queryStorageAt', { kind: 'hold', until: reorganise }, { when: () => ++reads === 3 });
    expect(await read(on)).toEqual(before);
    expect(reads).toBeGreaterThan(3);
    await devnet.advance({ blocks: 1 });
  });

  test('payouts verify: a block that is no longer in the chain proves nothing', async () => {
    through.reset();
    const stash = desk.address('v01');
    const { hash } = await devnet.newBlock();
    await devnet.chain.setHead(-1);
    // At another time, or it would be the same block again.
    await devnet.chain.newBlock(
      Number((await on.read([{ pallet: 'Timestamp', item: 'Now' }]))[0]) + 3_600_000,
    );
    const named = verifyPayout(on, { era: 1, stash, block: hash });
    await expect(named).rejects.toMatchObject({ exit: 4, code: 'BLOCK_NOT_CANONICAL' });
  });
});

test('after a lost connection, an endpoint that does not have the reference block is not asked: its own newest state is not used', async () => {
  const behind = await startDevnet({ port: 0 });
  const through = await FaultyProxy.start(desk.devnet.url);
  await desk.devnet.newBlock();
  try {
    for (const [name, read] of COMMANDS) {
      await through.revive();
      through.reset();
      const on = await connect({ endpoints: [through.url, behind.url], timeoutMs: 60_000 });
      const { requests } = on;
      await read(on);
      const middle = Math.ceil((on.requests - requests) / 2);
      let count = 0;
      for (const method of STATE_READS)
        through.on(method, { kind: 'dropBefore', dies: true }, { when: () => ++count > middle });
      const end = (await read(on).catch((error) => error)) as BursarError;
      expect(end, name).toMatchObject({ exit: 5, code: 'ENDPOINT_BEHIND' });
      expect(end.message, name).toContain(behind.url);
      expect(on.endpoint).toBe(through.url);
      await on.close();
    }
  } finally {
    await through.close();
    await behind.close();
  }
});

// -----------------------------------------------------------------------------------------------

describe('the commands', () => {
  const run = () => [
    'payouts',
    'run',
    '--stash',
    desk.address('v02'),
    '--from',
    'alice',
    '--yes',
    '--rpc',
    proxy.url,
  ];

  test('payouts run: whichever read fails before it sends, it sends nothing', async () => {
    const nonce = await desk.nonce('alice');
    const era1 = chain.runtime.slot({ pallet: 'Staking', item: 'ErasRewardPoints', keys: [1] }).key.slice(66);
    const about = (key: string) => key.startsWith(era1, 66);
    // The metadata is kept from now on.
    await desk.json([...run(), '--dry-run']);
    proxy.reset();
    let ofEra = 0;
    const isOfEra = ([keys]: readonly unknown[]) => (keys as string[]).some(about);
    proxy.on(
      'state_queryStorageAt',
      { kind: 'delay', ms: 0 },
      { when: (params) => isOfEra(params) && ++ofEra < 0 },
    );
    await desk.json([...run(), '--dry-run']);
    const reads = STATE_READS.reduce((sum, method) => sum + proxy.count(method), 0);
    expect(ofEra).toBeGreaterThan(3);

    const gone = changed(([key, value]) => [[key, about(key) ? null : value]]);
    const leftOut = changed((pair) => (about(pair[0]) ? [] : [pair]));
    const from = (fault: Fault, first: number) => {
      let count = 0;
      proxy
        .reset()
        .on('state_queryStorageAt', fault, { when: (params) => isOfEra(params) && ++count >= first });
    };
    const cases: [string, string, () => void][] = [
      // Era 1 is not there at all from the first of its reads on: that is no failure, and not among these.
      ...[2, 3, ofEra].map((k): [string, string, () => void] => [
        `gone from its read ${k} of ${ofEra}`,
        'ENDPOINT_ANSWER',
        () => from(gone, k),
      ]),
      ...[1, ofEra].map((k): [string, string, () => void] => [
        `left out from its read ${k} of ${ofEra}`,
        'ENDPOINT_ANSWER',
        () => from(leftOut, k),
      ]),
      ...[3, Math.ceil(reads / 2), reads - 1, reads].map((k): [string, string, () => void] => [
        `pruned from read ${k} of ${reads}`,
        'STATE_PRUNED',
        () => onReads(pruned, (count) => count >= k),
      ]),
    ];
    for (const [name, code, set] of cases) {
      set();
      const ended = await desk.run([...run(), '--json']);
      const { error, result } = JSON.parse(ended.stdout);
      expect([ended.code, error?.code, result], `${name}: ${ended.stdout}`).toEqual([5, code, undefined]);
      expect(
        proxy.seen.filter((method) => method.startsWith('author_submit')),
        name,
      ).toEqual([]);
    }
    expect(await desk.nonce('alice')).toBe(nonce);
    // And without a fault it pays.
    proxy.reset();
    expect((await desk.json(run())).result.items.length).toBeGreaterThan(5);
    expect(await desk.nonce('alice')).toBeGreaterThan(nonce);
  });

  test('payouts run: what expires between two of its transactions is not sent, and told', async () => {
    // The last eras in which era 1 is paid: 84 and 85.
    await moveTo(desk.devnet, 84);
    const stash = desk.address('v03');
    const words = ['payouts', 'run', '--stash', stash, '--era', '1', '--max-calls', '2', '--from', 'alice'];
    let moved: Promise<void> | undefined;
    const until = () => {
      moved ??= moveTo(desk.devnet, 87);
      return moved;
    };
    proxy
      .reset()
      .on(
        'chain_getFinalizedHead',
        { kind: 'hold', until },
        { when: () => proxy.count('author_submitExtrinsic') > 0 },
      );
    const { result, error } = await desk.json([...words, '--yes', '--rpc', proxy.url], 8);
    expect(error).toMatchObject({ code: 'PAYOUTS_FAILED' });
    expect(error!.message).toContain('expired');
    expect(
      result.items.map(({ status, reason, txHash }: Record<string, unknown>) => [
        status,
        reason,
        txHash !== null,
      ]),
    ).toEqual([
      ['paid', null, true],
      ['paid', null, true],
      ['failed', 'its era expired before it was sent', false],
    ]);
    expect(proxy.count('author_submitExtrinsic')).toBe(1);
    expect(moved).toBeDefined();
  });

  test('list, verify and score: code 5 and a hint, with and without --json', async () => {
    const words = [
      ['payouts', 'list', '--stash', desk.address('v01')],
      ['payouts', 'verify', '--stash', desk.address('v01'), '--era', '1', '--block', await paidBlock()],
      ['validators', 'score'],
    ];
    for (const line of words) {
      onReads(pruned, (count) => count > 6);
      const { error, result } = await desk.json([...line, '--rpc', proxy.url], 5);
      expect(result).toBeUndefined();
      expect(error).toMatchObject({ code: 'STATE_PRUNED' });
      onReads(pruned, (count) => count > 6);
      const { stdout, stderr } = await desk.text([...line, '--rpc', proxy.url], 5);
      expect(stdout).toBe('');
      expect(stderr).toContain('archive node');
    }
  });

  /** The block that paid v01's first page of era 1. */
  async function paidBlock(): Promise<string> {
    const { pages } = await verify(await desk.chain());
    return pages[0]!.block!.hash;
  }
});
