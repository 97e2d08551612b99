/**
 * The host against another implementation: chopsticks-core executes every block that was made here, on the same state,
 * and must write the same bytes. 200 blocks with eras, elections, payouts, slashes, failing and refused extrinsics.
 */

import type { KeyringPair } from '@polkadot/keyring/types';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { byName, devPair } from '../../devnet/accounts.js';
import { openPreset } from '../../devnet/boot.js';
import { cacheDirectory } from '../../devnet/cache.js';
import { CODE_KEY } from '../../devnet/header.js';
import type { LocalEngine } from '../../devnet/local.js';
import { type Decorated, decorated } from '../../devnet/names.js';
import { BLOCK_MS } from '../../devnet/preset.js';
import { loadPreset } from '../../devnet/presets.js';
import { timestampInherent } from '../../devnet/seal.js';
import { storageKey } from '../../devnet/storageKey.js';
import {
  encodeHeader,
  fromHex,
  type Hex,
  keysOf,
  Overlay,
  Reader,
  RuntimeTrap,
  type State,
  toHex,
  ZERO_HASH,
} from '../../src/lib/host/index.js';
import { type Call, Script } from './script.js';

const BLOCKS = 200;

type Chopsticks = typeof import('@acala-network/chopsticks-core');
let chopsticks: Chopsticks;
let engine: LocalEngine;
let types: Decorated;
let script: Script;

beforeAll(async () => {
  // Its logger writes to standard output.
  process.env.LOG_LEVEL = 'fatal';
  chopsticks = await import('@acala-network/chopsticks-core');
  const opened = await openPreset(await loadPreset('tour'), cacheDirectory());
  engine = opened.engine;
  types = await decorated(engine.head);
  const version = await engine.head.version();
  const pairs = new Map<string, KeyringPair>();
  for (const { name, uri, type } of opened.accounts)
    if (uri !== undefined) pairs.set(name, await devPair(uri, type));
  pairs.set('nobody', await devPair('//Nobody'));
  pairs.set('ed', await devPair('//Ed', 'ed25519'));
  const code = toHex(engine.head.state.read(CODE_KEY) as Uint8Array);
  script = new Script(types, pairs, byName(opened.accounts), engine.genesisHash, version, code);
}, 300_000);
afterAll(async () => {
  await chopsticks?.destroyWorker();
  await engine?.close();
});

type Calls = readonly (readonly [method: string, args: readonly Hex[]])[];

/** The calls in chopsticks, on one overlay. */
async function theirs(state: State, calls: Calls) {
  const response = await chopsticks.runTask(
    {
      wasm: toHex(state.read(CODE_KEY) as Uint8Array),
      calls: calls.map(([method, args]) => [method, [...args]]),
      mockSignatureHost: false,
      allowUnresolvedImports: true,
      runtimeLogLevel: 0,
    },
    {
      ...chopsticks.emptyTaskHandler,
      getStorage: async (key: Hex) => {
        const value = state.read(key);
        return (value === undefined ? undefined : toHex(value)) as string;
      },
      getNextKey: async (prefix: Hex, key: Hex) => state.nextKey(prefix, key),
    } as Parameters<Chopsticks['runTask']>[1],
  );
  return 'Call' in response ? response.Call : undefined;
}

/** The same calls here. */
async function ours(state: State, calls: Calls): Promise<Hex | undefined> {
  const runtime = await engine.head.runtime();
  const overlay = new Overlay(state);
  try {
    let result = new Uint8Array(0);
    for (const [method, args] of calls)
      result = Uint8Array.from(runtime.call(method, Buffer.concat(args.map(fromHex)), overlay));
    return toHex(result);
  } catch (error) {
    if (error instanceof RuntimeTrap) return undefined;
    throw error;
  }
}

/** Without the state root, which chopsticks does not have while it executes. */
function headerFields(header: Hex) {
  const reader = new Reader(fromHex(header));
  const parent = toHex(reader.take(32));
  const number = reader.compact();
  reader.take(32);
  return { parent, number, rest: toHex(reader.rest) };
}

const opening = (parent: Hex, number: number, now: number): Calls => [
  [
    'Core_initialize_block',
    [
      toHex(
        encodeHeader({
          parentHash: parent,
          number,
          stateRoot: ZERO_HASH,
          extrinsicsRoot: ZERO_HASH,
          digest: [],
        }),
      ),
    ],
  ],
  ['BlockBuilder_apply_extrinsic', [timestampInherent(now)]],
];
const apply = (extrinsic: Hex): Calls[number] => ['BlockBuilder_apply_extrinsic', [extrinsic]];

// A quarter of an hour and more: `BURSAR_ORACLE=1 npm test -- test/devnet/oracle.test.ts`, after every change of the host.
describe.skipIf(process.env.BURSAR_ORACLE !== '1')('chopsticks-core', () => {
  it(`writes the same bytes over ${BLOCKS} blocks`, async () => {
    const [eventsKey, eraKey] = await Promise.all([
      storageKey('System', 'Events'),
      storageKey('Staking', 'ActiveEra'),
    ]);
    const eraOf = (state: State) => new Reader(state.read(eraKey) as Uint8Array).u32();
    const seen = new Map<string, number>();
    const count = (name: string) => seen.set(name, (seen.get(name) ?? 0) + 1);
    let roots = 0;
    for (let i = 1; i <= BLOCKS; i += 1) {
      const parent = engine.head;
      const now = engine.now(parent) + BLOCK_MS;
      const wanted: Call[] = script.block(i, eraOf(parent.state));
      const { record, refused, deferred } = await engine.sealRecorded(
        wanted.map(({ extrinsic }) => extrinsic),
      );
      const [, ...included] = record.extrinsics;
      const start = opening(parent.hash, record.number, now);

      // The whole block.
      const block = await theirs(parent.state, [
        ...start,
        ...included.map(apply),
        ['BlockBuilder_finalize_block', []],
      ]);
      const where = `block ${i}`;
      expect(headerFields(block!.result), where).toEqual(headerFields(record.header));
      const diff = Object.fromEntries(
        block!.storageDiff.map(([key, value]: [string, string | null | undefined]) => [key, value ?? null]),
      );
      // Code that is written as it was is no change of ours.
      if (!(CODE_KEY in record.diff)) delete diff[CODE_KEY];
      expect(diff, where).toEqual(record.diff);

      // What was left out answers the same in the end.
      for (const extrinsic of [...refused.map((one) => one.extrinsic), ...deferred]) {
        const calls = [...start, ...included.map(apply), apply(extrinsic)];
        count('refused');
        const answer = await ours(parent.state, calls);
        if (answer === undefined) count('trapped');
        expect((await theirs(parent.state, calls))?.result, where).toBe(answer);
      }
      for (const { event } of types.registry.createType(
        'Vec<EventRecord>',
        engine.head.state.read(eventsKey),
      ) as unknown as { event: { section: string; method: string } }[])
        count(`${event.section}.${event.method}`);
      script.included(record, types);

      // Roots: chopsticks computes one from all entries.
      if (i % 25 === 0) {
        const entries = [...keysOf(engine.head.state, '0x')].map((key): [Hex, Hex] => [
          key,
          toHex(engine.head.state.read(key) as Uint8Array),
        ]);
        expect(await chopsticks.calculateStateRoot(entries, 1 as never), where).toBe(
          engine.head.header.stateRoot,
        );
        roots += 1;
      }
    }
    const times = (name: string) => seen.get(name) ?? 0;
    // The run had in it what it is for.
    expect(roots).toBe(8);
    expect(eraOf(engine.head.state)).toBeGreaterThan(30);
    expect(times('refused')).toBeGreaterThan(40);
    expect(times('trapped')).toBeGreaterThan(0);
    expect(times('system.ExtrinsicFailed')).toBeGreaterThan(10);
    expect(times('staking.SessionRotated')).toBeGreaterThan(30);
    for (const name of [
      'staking.Rewarded',
      'staking.PayoutStarted',
      'staking.Slashed',
      'staking.OffenceReported',
      'staking.Bonded',
      'staking.Unbonded',
      'staking.Withdrawn',
      'staking.Chilled',
      'nominationPools.Created',
      'proxy.ProxyExecuted',
      'multisig.MultisigExecuted',
      'utility.BatchCompletedWithErrors',
      'utility.BatchInterrupted',
      'assets.Transferred',
      'system.CodeUpdated',
      'oracle.NewFeedData',
    ])
      expect([name, times(name)]).toEqual([name, expect.toSatisfy((n: number) => n > 0)]);
  }, 1_500_000);
});
