/** Methods that change the chain or prepare it: transactions, fees, and control of the chain by another process. */

import { randomBytes } from 'node:crypto';
import { fromHex, type Hex, isHex, Reader, RuntimeTrap } from '../src/lib/host/index.js';
import type { BuildMode } from './chain.js';
import type { TransactionStatus } from './pool.js';
import {
  blockAt,
  type Context,
  hexParam,
  invalid,
  type Methods,
  method,
  type Params,
  runtimeCall,
  unsubscribe,
} from './rpc-kit.js';

export const author: Methods = {
  author_submitExtrinsic: method('extrinsic', ({ chain }, [extrinsic]) => chain.submit(extrinsic as Hex)),
  author_submitAndWatchExtrinsic: method('extrinsic', async ({ chain, subscriber }, [extrinsic]) => {
    let open = true;
    const subscription = subscriber.open('author_extrinsicUpdate', () => {
      open = false;
    });
    const onStatus = (status: TransactionStatus): void => {
      if (!open) return;
      subscription.send(status);
      if (isLast(status)) subscriber.end(subscription.id);
    };
    try {
      await chain.submit(extrinsic as Hex, onStatus);
    } catch (error) {
      subscriber.end(subscription.id);
      throw error;
    }
    return subscription.id;
  }),
  author_unwatchExtrinsic: unsubscribe,
  author_pendingExtrinsics: method('', ({ chain }) => chain.pool.ready().map((entry) => entry.extrinsic)),
  author_hasKey: method('publicKey keyType', () => false),
  transaction_v1_broadcast: method('transaction', async ({ chain }, [extrinsic]) => {
    // The specification has no errors here: an invalid transaction is simply not broadcast.
    await chain.submit(extrinsic as Hex).catch(() => {});
    return Math.random().toString(36).slice(2);
  }),
  transaction_v1_stop: method('operationId', () => null),
};

function isLast(status: TransactionStatus): boolean {
  if (typeof status === 'string') return status === 'dropped' || status === 'invalid';
  return 'finalized' in status || 'usurped' in status;
}

/** The runtime API takes the extrinsic and its length, little-endian. */
async function paymentCall({ chain }: Context, name: string, [extrinsic, at]: Params): Promise<Reader> {
  const bytes = fromHex(hexParam(extrinsic, 'extrinsic'));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  const data: Hex = `0x${Buffer.concat([bytes, length]).toString('hex')}`;
  return new Reader(
    fromHex(await runtimeCall(await blockAt(chain, at), `TransactionPaymentApi_${name}`, data)),
  );
}

const CLASSES = ['normal', 'operational', 'mandatory'] as const;

export const payment: Methods = {
  payment_queryInfo: method('encoded_xt at', async (context, params) => {
    const reader = await paymentCall(context, 'query_info', params);
    const weight = { ref_time: Number(reader.compact()), proof_size: Number(reader.compact()) };
    return { weight, class: CLASSES[reader.u8()], partialFee: reader.unsigned(16).toString() };
  }),
  payment_queryFeeDetails: method('encoded_xt at', async (context, params) => {
    const reader = await paymentCall(context, 'query_fee_details', params);
    if (reader.u8() === 0) return { inclusionFee: null };
    const number = (): string => `0x${reader.unsigned(16).toString(16)}`;
    return { inclusionFee: { baseFee: number(), lenFee: number(), adjustedWeightFee: number() } };
  }),
};

// -----------------------------------------------------------------------------------------------
// Control by another process

function modeParam(value: unknown): BuildMode {
  const text = typeof value === 'string' ? value.toLowerCase() : value;
  if (text === 'manual' || text === 'instant') return text;
  const interval = (value as { intervalMs?: unknown } | null)?.intervalMs;
  if (typeof interval === 'number' && interval >= 10) return { intervalMs: interval };
  throw invalid('mode: "manual", "instant" or {"intervalMs": milliseconds}');
}

async function newBlocks({ chain, signal }: Context, [options]: Params): Promise<Hex> {
  const { count, to } = (options ?? {}) as { count?: number; to?: number };
  const blocks = to === undefined ? (count ?? 1) : Math.max(to - chain.head.number, 1);
  return (await chain.advance({ blocks }, signal)).head.hash;
}

async function timeTravel({ chain }: Context, [to]: Params): Promise<number> {
  const time = typeof to === 'string' ? Date.parse(to) : to;
  if (typeof time !== 'number' || !Number.isFinite(time))
    throw invalid('date: milliseconds or a date expected');
  await chain.newBlock(Math.floor(time)).catch((error: unknown) => {
    if (error instanceof RuntimeTrap || /inherent/.test(String(error)))
      throw invalid("date: the chain's clock cannot go back");
    throw error;
  });
  return Math.floor(time);
}

/** One server, from its start to its end, has one id: what is sent to it is kept apart by it. */
const forkIds = new WeakMap<object, string>();

function forkId(chain: object): string {
  const id = forkIds.get(chain) ?? randomBytes(8).toString('hex');
  forkIds.set(chain, id);
  return id;
}

export const dev: Methods = {
  /** Which fork this is and the live block that it began from; null: not a fork. Clients keep what they send here apart. */
  dev_fork: method('', ({ chain }) =>
    chain.engine.isFork ? { id: forkId(chain), block: chain.engine.floor } : null,
  ),
  dev_advance: method('options', ({ chain, signal }, [options]) =>
    chain.advance((options ?? {}) as object, signal),
  ),
  dev_newBlock: method('options', newBlocks),
  dev_setMode: method('mode', ({ chain }, [mode]) => {
    chain.setMode(modeParam(mode));
    return chain.mode;
  }),
  dev_getMode: method('', ({ chain }) => chain.mode),
  dev_timeTravel: method('date', timeTravel),
  dev_setHead: method('hash', async ({ chain }, [to]) => {
    if (typeof to !== 'number' && !isHex(to)) throw invalid('hash: a block hash or number expected');
    return (await chain.setHead(to)).hash;
  }),
  dev_setStorage: method('values', async ({ chain }, [values]) => {
    await chain.setStorage(values);
    return chain.head.hash;
  }),
};
