import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { JUDGED } from '../../src/lib/chain/answers.js';
import { connect, type OpenChain } from '../../src/lib/chain/connect.js';
import { diagnose } from '../../src/lib/doctor/doctor.js';
import { readEraWindow } from '../../src/lib/eras/facts.js';
import { BursarError, EXIT } from '../../src/lib/errors.js';
import { readPayoutFacts } from '../../src/lib/payouts/facts.js';
import { chosenEras, payoutsList } from '../../src/lib/payouts/list.js';
import { verifyPayout } from '../../src/lib/payouts/verify.js';
import { readStakingFacts } from '../../src/lib/staking/facts.js';
import { stakeStatus } from '../../src/lib/staking/status.js';
import { stakeStatusView } from '../../src/lib/staking/view.js';
import { rehearse } from '../../src/lib/tx/execute.js';
import { inspect } from '../../src/lib/tx/lookup.js';
import { settleEarlier } from '../../src/lib/tx/settle.js';
import { readFacts } from '../../src/lib/validators/facts.js';
import { operatorsFrom } from '../../src/lib/validators/whoRuns.js';
import { renderText } from '../../src/render/index.js';
import { planOf, remark } from '../lib/tx/bench.js';
import { Desk } from '../support/desk.js';
import { type Fault, FaultyProxy } from '../support/proxy.js';

/**
 * Every method that bursar asks, answered with what cannot be: wrong types, wrong lengths, numbers out of range, arrays of
 * another shape. The command ends with 5 (or 4, where bytes happen to mean something), never with 1 or 2, and never hangs.
 */

vi.setConfig({ testTimeout: 400_000, hookTimeout: 120_000 });

let desk: Desk;
let proxy: FaultyProxy;
let sent: string;

beforeAll(async () => {
  desk = await Desk.open({ keys: ['operator'] });
  proxy = await FaultyProxy.start(desk.devnet.url);
  const amount = ['stake', 'bond-extra', '--amount', '1UNIT', '--from', 'operator', '--yes'];
  sent = (await desk.json(amount)).result.outcome.txHash;
});
afterAll(async () => {
  await proxy?.close();
  await desk?.close();
});

const txOptions = () => ({
  signer: desk.address('operator'),
  wrap: { kind: 'direct' } as const,
  tip: 0n,
  mortalityMs: 600_000,
  wait: 'finalized' as const,
  followMs: 2_000,
  intent: 'test',
  endpoints: [desk.devnet.url],
  journalDir: desk.journalDir,
});

/** What commands do with a chain, as far as the value that is printed. */
const JOBS: readonly (readonly [string, (chain: OpenChain) => Promise<unknown>])[] = [
  [
    'stake status',
    async (chain) => {
      const facts = await readStakingFacts(chain, { accounts: [desk.address('operator')], targets: [] });
      return renderText(stakeStatusView(stakeStatus(facts)), {
        width: 100,
        colour: 0,
        unicode: true,
      } as never);
    },
  ],
  [
    'a rehearsal',
    async (chain) => {
      await settleEarlier(chain, txOptions());
      await chain.refresh();
      return rehearse(chain, planOf(desk.address('operator'), remark('x')), txOptions());
    },
  ],
  [
    'payouts list',
    async (chain) => {
      const window = await readEraWindow(chain);
      const named = { stashes: [desk.address('v01')], backers: [] };
      return payoutsList(await readPayoutFacts(chain, { window, eras: chosenEras(window), ...named }));
    },
  ],
  ['payouts verify', (chain) => verifyPayout(chain, { era: 1, stash: desk.address('v01') })],
  ['validators score', (chain) => readFacts(chain, { operators: operatorsFrom(chain, {}) })],
  [
    'tx inspect',
    (chain) => inspect(chain, sent, { journalDir: mkdtempSync(join(desk.directory, 'none-')), blocks: 30 }),
  ],
];

async function run(job: (chain: OpenChain) => Promise<unknown>): Promise<BursarError | undefined> {
  let chain: OpenChain | undefined;
  try {
    chain = await connect({
      endpoints: [proxy.url],
      timeoutMs: 2_500,
      cacheDir: join(desk.directory, 'malformed-cache'),
    });
    await job(chain);
    return undefined;
  } catch (error) {
    if (error instanceof BursarError) return error;
    throw new Error(`not a named failure: ${(error as Error).stack}`);
  } finally {
    await chain?.close();
  }
}

/** Answers that no method can give. `null` and `{}` mean something to some. */
const NEVER: readonly unknown[] = [
  -1,
  1.5,
  7e300,
  2 ** 53,
  true,
  '',
  'zz',
  '0x0',
  '0xzz',
  `0x${'ab'.repeat(31)}a`,
  'x'.repeat(2_000),
  [],
  [null],
  [[]],
  [{}],
  [{ changes: null }],
  [{ changes: [['0x00', 7]] }],
  [{ changes: [['0x00', '0x00', '0x00']] }],
];
const SOMETIMES: readonly unknown[] = [null, {}, '0x', 0, 4_294_967_296, `0x${'ff'.repeat(32)}`];
/** What is optional is left out when a node does not say it in a form that can be read. */
const fits = (method: string, value: unknown): boolean =>
  method === 'system_chain' && typeof value === 'string';

describe('a method whose every answer cannot be', () => {
  /** The first job that asks a method shows what its judgement does; the others are there for their own methods. */
  const askedBy = new Map<string, (typeof JOBS)[number]>();
  beforeAll(async () => {
    for (const job of JOBS) {
      proxy.reset();
      const honest = await run(job[1]);
      expect(honest, `${job[0]}: ${honest?.message}`).toBeUndefined();
      for (const method of proxy.seen) if (!askedBy.has(method)) askedBy.set(method, job);
    }
  });
  test.each(JUDGED)('%s', async (method) => {
    const asking = askedBy.get(method);
    // The cache has the metadata, and nodes of today have version 15.
    if (asking === undefined) return expect(method).toBe('state_getMetadata');
    const [name, job] = asking;
    for (const value of [...NEVER, ...SOMETIMES]) {
      proxy.reset().on(method, { kind: 'alter', with: () => value });
      const error = await run(job);
      const where = `${name}, ${method} = ${JSON.stringify(value)?.slice(0, 60)}: ${error?.message}`;
      if (NEVER.includes(value) && !fits(method, value)) expect(error?.exit, where).toBe(EXIT.unreachable);
      else if (error) expect([EXIT.unreachable, EXIT.precondition], where).toContain(error.exit);
    }
  });
});

/** Bytes of an answer that were cut, lengthened or changed. */
const damage =
  (kind: number, at: number) =>
  (value: unknown): unknown => {
    const change = (hex: string): string => {
      if (!/^0x([0-9a-f]{2})+$/.test(hex)) return hex;
      const bytes = Buffer.from(hex.slice(2), 'hex');
      const place = at % bytes.length;
      if (kind === 0) return `0x${bytes.subarray(0, place).toString('hex')}`;
      if (kind === 1) return `${hex}${'ff'.repeat(1 + (at % 9))}`;
      if (kind === 2) return `0x${'ff'.repeat(bytes.length)}`;
      if (kind === 3) return `0x${'00'.repeat(bytes.length)}`;
      bytes[place] = bytes[place]! ^ (1 << (at % 8));
      return `0x${bytes.toString('hex')}`;
    };
    const walk = (item: unknown): unknown =>
      typeof item === 'string'
        ? change(item)
        : Array.isArray(item)
          ? item.map((one, index) =>
              index === 0 && item.length === 2 && typeof one === 'string' ? one : walk(one),
            )
          : item !== null && typeof item === 'object'
            ? Object.fromEntries(Object.entries(item).map(([key, one]) => [key, walk(one)]))
            : item;
    return walk(value);
  };

test('bytes that were cut, lengthened or changed, in any one answer', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(JOBS.length - 1),
      fc.constantFrom(
        'state_queryStorageAt',
        'state_call',
        'state_getKeysPaged',
        'chain_getBlock',
        'chain_getHeader',
        'state_getStorage',
      ),
      fc.nat(4),
      fc.nat(5_000),
      fc.nat(12),
      async (which, method, kind, at, nth) => {
        const [name, job] = JOBS[which]!;
        let count = 0;
        const fault: Fault = { kind: 'alter', with: damage(kind, at) };
        proxy.reset().on(method, fault, { when: () => count++ === nth });
        const error = await run(job);
        if (error) expect([4, 5, 6], `${name}: ${error.code} ${error.message}`).toContain(error.exit);
      },
    ),
    { numRuns: Number(process.env.RUNS ?? 60), endOnFailure: true },
  );
});

test('doctor says which endpoint, and ends with 5', async () => {
  const answers = (value: unknown): Fault => ({ kind: 'alter', with: () => value });
  for (const method of [
    'chain_getBlockHash',
    'chain_getHeader',
    'state_getRuntimeVersion',
    'state_getStorage',
  ]) {
    for (const value of [7, '0x12', [], -1]) {
      proxy.reset().on(method, answers(value));
      const { checks, exit } = await diagnose({
        endpoints: [proxy.url],
        expect: {},
        token: {},
        timeoutMs: 4_000,
        keysDir: join(desk.directory, 'keys'),
        journalDir: desk.journalDir,
        node: { version: '22.0.0', minimum: '20.19.0' },
        now: Date.now,
      });
      expect(exit, `${method} = ${JSON.stringify(value)}`).toBe(5);
      const failed = checks.find(({ ok }) => ok === false)!;
      expect(`${failed.title} ${failed.detail ?? ''}`).toContain(proxy.url);
    }
  }
});

test('the process: a negative nonce and an empty fee are 5, as text and as JSON', async () => {
  const words = [
    'stake',
    'bond-extra',
    '--amount',
    '1UNIT',
    '--from',
    'operator',
    '--yes',
    '--rpc',
    proxy.url,
  ];
  const faults: readonly (readonly [string, unknown, (params: readonly unknown[]) => boolean])[] = [
    ['system_accountNextIndex', -1, () => true],
    ['state_call', '0x', ([name]) => name === 'TransactionPaymentApi_query_info'],
    ['state_call', '0x', ([name]) => name === 'DryRunApi_dry_run_call'],
  ];
  for (const [method, value, when] of faults) {
    proxy.reset().on(method, { kind: 'alter', with: () => value }, { when });
    expect((await desk.json(words, 5)).error).toMatchObject({ code: 'ENDPOINT_ANSWER' });
    expect((await desk.text(words, 5)).stderr).toContain(proxy.url);
    expect(proxy.count('author_submitExtrinsic')).toBe(0);
    // With an honest endpoint beside it the work is done, and the second opinion is its own.
    if (method === 'system_accountNextIndex') await desk.json([...words, '--rpc', desk.devnet.url], 0);
  }
});
