/** What payouts cost in a batch: asked of the chain, for the extrinsic as it would be signed. */

import type { OpenChain } from '../chain/connect.js';
import { preconditionError } from '../errors.js';
import { maxOf } from '../numeric/integer.js';
import { blockLimits, type CallCost, costOf } from '../tx/cost.js';
import type { RuntimeCall } from '../tx/plan.js';
import { type Wrap, wrapCalls } from '../tx/wrap.js';
import type { BatchCosts } from './batches.js';

/**
 * Weight and fee that the chain reserves for a batch of one such call and of two, of each kind of call; the dearest kind
 * counts. A payout is weighed as a full page before it runs, so all payouts weigh the same.
 * @param calls at least one
 * @throws precondition NO_PAYMENT_API
 */
export async function measureBatchCosts(
  chain: OpenChain,
  calls: readonly RuntimeCall[],
  signing: { readonly signer: string; readonly wrap: Wrap },
): Promise<BatchCosts> {
  const kinds = [...new Map(calls.map((call) => [`${call.pallet}.${call.call}`, call])).values()];
  const measured = await Promise.all(
    kinds.map(async (call) => {
      const [one, two] = await Promise.all([
        batchCost(chain, [call], signing),
        batchCost(chain, [call, call], signing),
      ]);
      return { first: one, further: difference(two, one) };
    }),
  );
  return {
    limits: blockLimits(chain),
    first: measured.map(({ first }) => first).reduce(dearest),
    further: measured.map(({ further }) => further).reduce(dearest),
  };
}

async function batchCost(
  chain: OpenChain,
  calls: readonly RuntimeCall[],
  { signer, wrap }: { readonly signer: string; readonly wrap: Wrap },
): Promise<CallCost> {
  const birth = { number: chain.reference.number, hash: chain.reference.hash };
  const mortality = { birth, period: 64, validUntil: birth.number + 63 };
  const call = wrapCalls(calls, wrap, 'each');
  const cost = await costOf(chain, call, { signer, nonce: 0, tip: 0n, mortality });
  if (cost === null)
    throw preconditionError(
      'NO_PAYMENT_API',
      `${chain.identity.specName} does not say what calls cost (TransactionPaymentApi is missing).`,
      { hint: 'Nothing was sent. Payouts on such a chain can be sent one by one with `bursar tx submit`.' },
    );
  return cost;
}

const difference = (two: CallCost, one: CallCost): CallCost => ({
  fee: two.fee - one.fee,
  weight: {
    refTime: two.weight.refTime - one.weight.refTime,
    proofSize: two.weight.proofSize - one.weight.proofSize,
  },
  length: two.length - one.length,
});

const dearest = (a: CallCost, b: CallCost): CallCost => ({
  fee: maxOf(a.fee, b.fee),
  weight: {
    refTime: maxOf(a.weight.refTime, b.weight.refTime),
    proofSize: maxOf(a.weight.proofSize, b.weight.proofSize),
  },
  length: Math.max(a.length, b.length),
});
