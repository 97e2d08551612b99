/**
 * 10,000 runs: `npm run fuzz -- send`, or SEND_RUNS=10000 (and SEND_SEED=…) in the environment of this test.
 */

import { blake2AsU8a } from '@polkadot/util-crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { devPair } from '../../../devnet/accounts.js';
import type { TxSigner } from '../../../src/lib/tx/extrinsic.js';
import { Bench } from './bench.js';
import { playModel } from './model.js';
import type { Ground } from './modelWorld.js';

// What can be known before signing is not what is tried here, and asks things of a chain that the model does not have.
vi.mock('../../../src/lib/tx/preflight.js', async (original) => ({
  ...(await original<object>()),
  preflight: async (
    chain: import('../../../src/lib/chain/connect.js').OpenChain,
    _plan: unknown,
    _call: unknown,
    options: { signer: string },
  ) => {
    const { number, hash } = chain.reference;
    const model = (chain.rpc as unknown as { chain: { births: unknown[] } }).chain;
    model.births.push({ number, hash });
    return {
      checks: [],
      fee: 0n,
      rehearsal: 'none',
      nonce: await chain.ask<number>('system_accountNextIndex', [options.signer]),
      mortality: { birth: { number, hash }, period: 16, validUntil: number + 15 },
    };
  },
}));

const RUNS = Number(process.env.SEND_RUNS ?? 300);
const SEED = Number(process.env.SEND_SEED ?? 20_261_130);
vi.setConfig({ testTimeout: Math.max(120_000, RUNS * 200) });

let bench: Bench;
let ground: Ground;
let signer: TxSigner;
beforeAll(async () => {
  bench = await Bench.open();
  const chain = await bench.connect(bench.devnet.url);
  const pair = await devPair('//Newcomer');
  const slot = (item: string, keys: string[] = []) =>
    chain.runtime.slot({ pallet: 'System', item, keys }).key;
  const head = await chain.rpc.request<string>('chain_getBlockHash', [1]);
  const { block } = await chain.rpc.request<{ block: { extrinsics: string[] } }>('chain_getBlock', [head]);
  ground = {
    runtime: chain.runtime,
    identity: chain.identity,
    token: chain.token,
    trust: chain.trust,
    signer: pair.address,
    keys: { account: slot('Account', [pair.address]), events: slot('Events') },
    inherent: block.extrinsics[0] as string,
  };
  signer = {
    address: pair.address,
    sign: async (payload) =>
      pair.sign(payload.length > 256 ? blake2AsU8a(payload, 256) : payload, { withType: true }),
  };
});
afterAll(() => bench?.close());

describe('the send path against anything', () => {
  test(`never sends twice and never says "nothing was sent" when it was: ${RUNS} runs`, async () => {
    const { wrongs, ...tally } = await playModel(ground, signer, RUNS, SEED);
    process.stderr.write(`send model, seed ${SEED}: ${JSON.stringify(tally)}\n`);
    expect(wrongs.slice(0, 3)).toEqual([]);
    // It tried what it is there for.
    expect(tally.kills).toBeGreaterThan(RUNS / 20);
    expect(tally.sends).toBeGreaterThan(RUNS / 20);
    for (const exit of ['0', '6', '7']) expect(tally.exits[exit] ?? 0, exit).toBeGreaterThan(0);
  });
});
