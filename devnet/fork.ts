/**
 * The engine of a fork: a live chain's state below, chopsticks' own block builder (with the inherents of relay chains and
 * parachains) above. Nothing is ever sent to the live chain but reads.
 */

import { BursarError, unreachableError, usageError } from '../src/lib/errors.js';
import { showUrl, showUrlsIn } from '../src/lib/shown.js';
import type { Hex } from './bytes.js';
import { Reader } from './bytes.js';
import { forgetCalls } from './calls.js';
import type { Block, Blockchain, Engine, Sealed } from './engine.js';
import { blockchainOn, type ChopsticksCore, chopsticks } from './executor.js';
import { Upstream, UpstreamFault } from './upstream.js';
import { decodeValidityError, EXHAUSTS_RESOURCES, FUTURE, type ValidityError } from './validity.js';

export const FORK_NOTES: readonly string[] = [
  "The fork keeps the live chain's genesis hash: a transaction signed here is valid there too, until it expires. Immortal transactions are refused here.",
  'Read proofs, finality and what relay chain and other parachains send are not simulated.',
];

const DEFAULT_TIMEOUT_MS = 20_000;

export interface ForkPoint {
  readonly url: string;
  readonly at?: number | string;
  readonly timeoutMs?: number;
}

/** @throws unreachable FORK_UNREACHABLE; usage FORK_URL, FORK_BLOCK */
export async function openFork({ url, at, timeoutMs = DEFAULT_TIMEOUT_MS }: ForkPoint): Promise<ForkEngine> {
  const upstream = new Upstream(url, timeoutMs);
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `${showUrl(url)} did not answer all questions within ${timeoutMs / 1_000} s`;
      reject(unreachableError('FORK_UNREACHABLE', message, { hint: 'Try again, or give it more time.' }));
    }, timeoutMs);
  });
  try {
    return await Promise.race([ForkEngine.open(upstream, at), limit]);
  } catch (error) {
    await upstream.disconnect();
    if (error instanceof BursarError) throw error;
    throw unreachableError(
      'FORK_UNREACHABLE',
      `${showUrl(url)} cannot be forked: ${showUrlsIn((error as Error).message)}`,
      {
        hint: 'The endpoint must be a Substrate node that answers chain_ and state_ requests.',
        cause: error,
      },
    );
  } finally {
    clearTimeout(timer);
  }
}

/** What was read from the live chain, so that it is asked once. */
class ReadCache {
  readonly #values = new Map<string, string | null>();

  async queryStorage(blockHash: string, key: string) {
    const value = this.#values.get(`${blockHash}${key}`);
    return value === undefined ? null : { blockHash, key, value };
  }

  async saveStorage(blockHash: string, key: string, value: string | null): Promise<void> {
    this.#values.set(`${blockHash}${key}`, value ?? null);
  }

  async queryBlock(): Promise<null> {
    return null;
  }

  async queryBlockByNumber(): Promise<null> {
    return null;
  }

  async deleteBlock(): Promise<void> {}

  async close(): Promise<void> {
    this.#values.clear();
  }
}

export class ForkEngine implements Engine {
  readonly isFork = true;

  private constructor(
    private readonly core: ChopsticksCore,
    readonly blockchain: Blockchain,
    readonly genesisHash: Hex,
    readonly floor: number,
    private readonly names: Awaited<ReturnType<Engine['system']>>,
  ) {}

  static async open(upstream: Upstream, at?: number | string): Promise<ForkEngine> {
    const genesisHash = (await upstream.send('chain_getBlockHash', [0])) as Hex;
    const core = await chopsticks();
    const hash = await blockHash(upstream, at);
    const header = await upstream.send('chain_getHeader', [hash]).catch((error: unknown) => {
      if (error instanceof UpstreamFault) return null;
      throw error;
    });
    if (header === null)
      throw usageError('FORK_BLOCK', `${showUrl(upstream.url)} has no block ${at ?? hash}`);
    const number = Number((header as { number: string }).number);
    const blockchain = blockchainOn(core, {
      provider: upstream,
      header: { hash, number },
      inherentProviders: core.inherentProviders,
      db: new ReadCache(),
    });
    const { api } = blockchain;
    const [name, properties] = await Promise.all([api.getSystemChain(), api.getSystemProperties()]);
    // The code and what is decoded from it are needed by every request: read them within the time limit.
    await blockchain.head.meta;
    return new ForkEngine(core, blockchain, genesisHash, number, {
      chain: name,
      properties: properties as unknown as Record<string, unknown>,
    });
  }

  async seal(extrinsics: readonly Hex[], timestamp?: number): Promise<Sealed> {
    const { blockchain, core } = this;
    if (timestamp !== undefined) {
      const slot = await core.getSlotDuration(blockchain.head);
      await core.timeTravel(blockchain, timestamp - slot);
    }
    const refused: { extrinsic: Hex; error: ValidityError | string }[] = [];
    const deferred: Hex[] = [];
    const onError = ([extrinsic, error]: [Hex, { toU8a(): Uint8Array }]): void => {
      const validity = decodeValidityError(new Reader(error.toU8a()));
      if (validity.kind === 'invalid' && [FUTURE, EXHAUSTS_RESOURCES].includes(validity.variant))
        deferred.push(extrinsic);
      else refused.push({ extrinsic, error: validity });
    };
    blockchain.txPool.event.on(core.APPLY_EXTRINSIC_ERROR, onError);
    try {
      // This form throws; newBlock() would answer with the old head.
      const block = await blockchain.newBlockWithParams({
        transactions: [...extrinsics],
        upwardMessages: {},
        downwardMessages: [],
        horizontalMessages: {},
      } as never);
      // What trapped went back to chopsticks' own pool.
      for (const extrinsic of blockchain.txPool.pendingExtrinsics)
        refused.push({ extrinsic, error: 'the runtime trapped' });
      return { block, refused, deferred };
    } finally {
      blockchain.txPool.clear();
      blockchain.txPool.event.off(core.APPLY_EXTRINSIC_ERROR, onError);
    }
  }

  async moveHead(block: Block): Promise<void> {
    await this.blockchain.setHead(block);
  }

  async setStorage(values: unknown): Promise<void> {
    await this.core.setStorage(this.blockchain, values as never);
    forgetCalls(this.blockchain.head);
  }

  async dryRun(extrinsic: Hex, at: Block): Promise<Hex> {
    const { outcome } = await this.blockchain.dryRunExtrinsic(extrinsic, at.hash as Hex);
    return outcome.toHex();
  }

  async system() {
    return this.names;
  }

  async close(): Promise<void> {
    await this.blockchain.close();
  }
}

/** @throws usage FORK_BLOCK */
async function blockHash(upstream: Upstream, at: number | string | undefined): Promise<Hex> {
  if (at === undefined) return (await upstream.send('chain_getFinalizedHead')) as Hex;
  if (typeof at === 'string' && /^0x[0-9a-fA-F]{64}$/.test(at)) return at.toLowerCase() as Hex;
  if (!/^\d+$/.test(String(at)) || !Number.isSafeInteger(Number(at)))
    throw usageError('FORK_BLOCK', `"${at}" is neither a block number nor a block hash`);
  const hash = (await upstream.send('chain_getBlockHash', [Number(at)])) as Hex | null;
  if (hash === null) throw usageError('FORK_BLOCK', `${showUrl(upstream.url)} has no block ${at}`);
  return hash;
}
