/** Every call of real runtimes, from bytes to names and back to the same bytes. */

import { u8aConcat, u8aToHex } from '@polkadot/util';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { Runtime } from '../../../src/lib/chain/runtime.js';
import type { Plain } from '../../../src/lib/plain.js';
import { callTree } from '../../../src/lib/tx/view.js';
import { wrapCalls } from '../../../src/lib/tx/wrap.js';
import { ScaleArbitrary } from '../../support/scale.js';
import { type ChainName, NAMES, offlineChain, runtimeOf } from './chains.js';

/** How many values of each call: `BURSAR_CALL_RUNS=500` for a long search. */
const RUNS = Number(process.env.BURSAR_CALL_RUNS ?? 3);

/**
 * Calls that cannot be encoded by names and arguments for all their values, because these say less than the bytes do or
 * @polkadot takes them in another form: they are refused then. As bytes they go through unchanged like every other.
 */
const BYTES_ONLY =
  /^(?:ParaInherent\.enter|ParachainSystem\.set_validation_data|Parameters\.set_parameter|MultiBlockMigrations\.force_set_active_cursor|MetaTx\.dispatch|(?:ConvictionVoting|Democracy)\.vote|(?:Ah|Rc)Migrator\.\w+|Identity\.\w+)$/;

function* callsOf(runtime: Runtime) {
  const { lookup, metadata } = runtime.registry;
  // System.remark of nothing is call 0.0 in all of them.
  const scale = new ScaleArbitrary(lookup, new Uint8Array([0, 0, 0]));
  for (const pallet of metadata.pallets) {
    if (pallet.calls.isNone) continue;
    for (const variant of lookup.getSiType(pallet.calls.unwrap().type).def.asVariant.variants) {
      if (!variant.fields.every((field) => scale.exists(field.type))) continue;
      const head = new Uint8Array([pallet.index.toNumber(), variant.index.toNumber()]);
      yield {
        name: `${pallet.name}.${variant.name}`,
        bytes: fc
          .tuple(...variant.fields.map((field) => scale.of(field.type, 6)))
          .map((parts) => u8aToHex(u8aConcat(head, ...parts))),
      };
    }
  }
}

describe.each(NAMES)('calls of %s', (chain: ChainName) => {
  it('come back as the bytes that they were, alone and inside others', async () => {
    // @polkadot warns about maps that it cannot make of pairs.
    vi.spyOn(console, 'warn').mockReturnValue(undefined);
    vi.spyOn(console, 'error').mockReturnValue(undefined);
    const runtime = await runtimeOf(chain);
    let tried = 0;
    for (const { name, bytes } of callsOf(runtime)) {
      for (const encoded of fc.sample(bytes, { numRuns: RUNS, seed: 11 })) {
        tried += 1;
        const call = runtime.decodeCall(encoded);
        expect(`${call.pallet}.${call.call}`).toBe(name);
        expect(runtime.encodeCall({ ...call, encoded }).hex, name).toBe(encoded);
        const wrapped = wrapCalls(
          [
            { ...call, encoded },
            { ...call, encoded },
          ],
          { kind: 'direct' },
        );
        expect(runtime.encodeCall(wrapped).hex.slice(8), name).toBe(encoded.slice(2).repeat(2));
        try {
          expect(runtime.encodeCall(call).hex, name).toBe(encoded);
        } catch (error) {
          expect(error).toMatchObject({ code: 'CALL_ARGUMENT' });
          expect((error as Error).message.split(':')[0]).toMatch(BYTES_ONLY);
        }
      }
    }
    expect(tried).toBeGreaterThan(500);
  }, 120_000);
});

describe('bytes that mean another call than they seem to', () => {
  it('are read as the chain reads them: an account index is no number where the chain has none', async () => {
    const runtime = await runtimeOf('assetHub');
    // Utility.force_batch of two: a transfer to an account index (no bytes), and what follows it. Read with a number for
    // the index, the second call would begin elsewhere.
    const transfer = runtime.encodeCall({
      pallet: 'Balances',
      call: 'transfer_keep_alive',
      args: { dest: `0x${'11'.repeat(32)}`, value: 5n },
    }).hex;
    const head = transfer.slice(0, 6);
    const hidden = runtime.encodeCall({ pallet: 'System', call: 'remark', args: { remark: '0x01' } }).hex;
    const batch = `${runtime.encodeCall({ pallet: 'Utility', call: 'force_batch', args: { calls: [] } }).hex.slice(0, 6)}08`;
    const call = runtime.decodeCall(`${batch}${head.slice(2)}0114${hidden.slice(2)}`);
    const [first, second] = call.args.calls as readonly { [key: string]: Plain }[];
    expect(first).toMatchObject({ call: 'transfer_keep_alive', args: { dest: 'Index', value: 5n } });
    expect(second).toMatchObject({ pallet: 'System', call: 'remark', args: { remark: '0x01' } });
  });

  it('are refused with bytes left over, cut off, or numbers written longer than they need', async () => {
    const runtime = await runtimeOf('polkadot');
    const { hex } = runtime.encodeCall({ pallet: 'Staking', call: 'unbond', args: { value: 1n } });
    for (const bad of [`${hex}00`, hex.slice(0, -2), `${hex.slice(0, -2)}0500`, `${hex.slice(0, 6)}02000000`])
      expect(() => runtime.decodeCall(bad), bad).toThrow(/cannot be decoded/);
  });

  it('of another call than a plan says are not sent', async () => {
    const runtime = await runtimeOf('polkadot');
    const { hex: encoded } = runtime.encodeCall({ pallet: 'Staking', call: 'unbond', args: { value: 1n } });
    const call = { pallet: 'Staking', call: 'bond_extra', args: { max_additional: 1n }, encoded };
    expect(() => runtime.encodeCall(call)).toThrow(/says something else/);
  });

  it('that nest deep or are many stay quick and end in an error or a tree', async () => {
    const runtime = await runtimeOf('polkadot');
    const remark = runtime
      .encodeCall({ pallet: 'System', call: 'remark', args: { remark: '0x' } })
      .hex.slice(2);
    const head = runtime
      .encodeCall({ pallet: 'Utility', call: 'batch_all', args: { calls: [] } })
      .hex.slice(0, 6);
    const began = performance.now();
    // Ten thousand calls in one batch: compact 10,000 is 0x419c.
    const many = runtime.decodeCall(`${head}419c${remark.repeat(10_000)}`);
    expect(many.args.calls).toHaveLength(10_000);
    for (const depth of [200, 20_000]) {
      const nested = `${`${head.slice(2)}04`.repeat(depth)}${remark}`;
      try {
        const describe = { ...(await offlineChain('polkadot')), units: new Map() };
        expect(
          callTree({ ...describe, ...bound(runtime) }, runtime.decodeCall(`0x${nested}`)).children,
        ).toHaveLength(1);
        expect(depth).toBe(200);
      } catch (error) {
        expect(error).toMatchObject({ code: 'CALL_DATA' });
        expect(depth).toBe(20_000);
      }
    }
    expect(performance.now() - began).toBeLessThan(20_000);
  });
});

const bound = (runtime: Runtime) => ({
  token: { symbol: 'DOT', decimals: 10, ss58Prefix: 0 },
  assetOf: runtime.assetOf.bind(runtime),
  assetAt: runtime.assetAt.bind(runtime),
  isBoundedCall: runtime.isBoundedCall.bind(runtime),
  decodeCall: runtime.decodeCall.bind(runtime),
});
