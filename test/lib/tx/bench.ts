/** A development chain behind a proxy that fails on purpose, and what is needed to send on it. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { u8aToHex } from '@polkadot/util';
import { blake2AsU8a, decodeAddress } from '@polkadot/util-crypto';
import { devPair } from '../../../devnet/accounts.js';
import { type Devnet, type DevnetOptions, startDevnet } from '../../../devnet/index.js';
import { connect, type OpenChain } from '../../../src/lib/chain/connect.js';
import { type Rehearsal, rehearse } from '../../../src/lib/tx/execute.js';
import type { TxSigner } from '../../../src/lib/tx/extrinsic.js';
import { Journal } from '../../../src/lib/tx/journal.js';
import type { TxOptions } from '../../../src/lib/tx/options.js';
import type { Plan, RuntimeCall } from '../../../src/lib/tx/plan.js';
import { FaultyProxy } from '../../support/proxy.js';

/** An account with everything that it needs to send. */
export interface Sender {
  readonly chain: OpenChain;
  readonly signer: TxSigner;
  readonly options: TxOptions;
  readonly journal: Journal;
}

export class Bench {
  readonly #chains: OpenChain[] = [];
  private constructor(
    readonly devnet: Devnet,
    readonly proxy: FaultyProxy,
    readonly directory: string,
  ) {}

  static async open(options: DevnetOptions = {}): Promise<Bench> {
    const devnet = await startDevnet({ port: 0, ...options });
    const directory = mkdtempSync(join(tmpdir(), 'bursar-bench-'));
    return new Bench(devnet, await FaultyProxy.start(devnet.url), directory);
  }

  /** A connection of its own; through the proxy unless other addresses are named. */
  async connect(urls: string | readonly string[] = this.proxy.url): Promise<OpenChain> {
    const chain = await connect({
      endpoints: [urls].flat(),
      timeoutMs: 20_000,
      cacheDir: join(this.directory, 'cache'),
    });
    this.#chains.push(chain);
    return chain;
  }

  async sender(
    uri: string,
    more: Partial<TxOptions> = {},
    urls?: string | readonly string[],
  ): Promise<Sender> {
    const pair = await devPair(uri);
    const chain = await this.connect(urls);
    const journalDir = more.journalDir ?? join(this.directory, 'journal');
    const options: TxOptions = {
      signer: pair.address,
      wrap: { kind: 'direct' },
      tip: 0n,
      mortalityMs: 600_000,
      wait: 'finalized',
      followMs: 20_000,
      intent: `test ${uri}`,
      endpoints: [],
      ...more,
      journalDir,
    };
    const signer: TxSigner = {
      address: pair.address,
      sign: async (payload) =>
        pair.sign(payload.length > 256 ? blake2AsU8a(payload, 256) : payload, { withType: true }),
    };
    const key = u8aToHex(decodeAddress(pair.address));
    const journal = await Journal.of(journalDir, chain.identity.genesisHash, key);
    return { chain, signer, options, journal };
  }

  /** The extrinsics of an account in the blocks after `from`, as the chain itself has them. */
  async sentBy(address: string, from: number): Promise<RuntimeCall[]> {
    const chain = await this.connect(this.devnet.url);
    const calls: RuntimeCall[] = [];
    for (let number = from + 1; number <= (await this.devnet.head()); number++) {
      const hash = await chain.rpc.request<string>('chain_getBlockHash', [number]);
      const { block } = await chain.rpc.request<{ block: { extrinsics: string[] } }>('chain_getBlock', [
        hash,
      ]);
      for (const hex of block.extrinsics) {
        const { signer, call } = chain.runtime.decodeExtrinsic(hex);
        if (signer === address) calls.push(call);
      }
    }
    await chain.close();
    return calls;
  }

  async calm(): Promise<void> {
    for (const chain of this.#chains.splice(0)) await chain.close();
    await this.proxy.revive();
    this.proxy.reset();
  }

  async close(): Promise<void> {
    for (const chain of this.#chains) await chain.close();
    await this.proxy.close();
    await this.devnet.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export function planOf(account: string, ...calls: RuntimeCall[]): Plan<null> {
  return {
    title: calls.map(({ pallet, call }) => `${pallet}.${call}`).join(', '),
    account,
    calls: calls.map((call) => ({ ...call, reason: 'a test', expects: [] })),
    checks: [],
    spends: 0n,
    effect: null,
  };
}

export const remark = (text: string): RuntimeCall => ({
  pallet: 'System',
  call: 'remark_with_event',
  args: { remark: `0x${Buffer.from(text).toString('hex')}` },
});

export async function rehearsed(
  { chain, options }: Sender,
  ...calls: RuntimeCall[]
): Promise<{ plan: Plan<null>; rehearsal: Rehearsal }> {
  const account = options.wrap.kind === 'proxy' ? options.wrap.real : options.signer;
  const plan = planOf(account, ...calls);
  return { plan, rehearsal: await rehearse(chain, plan, options) };
}
