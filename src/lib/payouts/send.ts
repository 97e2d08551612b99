/**
 * Sends the transactions of a run one after the other. Before each but the first the chain is read again: what somebody
 * else has paid meanwhile is left out. It stops at the first transaction whose end is not known for certain.
 */

import type { OpenChain } from '../chain/connect.js';
import { BursarError, EXIT } from '../errors.js';
import { execute, type Rehearsal, rehearse } from '../tx/execute.js';
import type { TxSigner } from '../tx/extrinsic.js';
import type { TxOptions } from '../tx/options.js';
import type { Outcome } from '../tx/outcome.js';
import { plannedAnew } from '../tx/send.js';
import { settleEarlier } from '../tx/settle.js';
import type { Payable, PayoutBatch } from './batches.js';
import { readOwed } from './owedNow.js';
import { targetId } from './payables.js';
import { batchPlan, LIST_COMMAND, type RunItem, type Sent, settleItems, unsentItem } from './run.js';

export interface RunSender {
  readonly account: string;
  readonly signer: TxSigner;
  readonly options: TxOptions;
  /** Send although a dry run fails, or does something else than its plan says. */
  readonly force: boolean;
  /** The command that lists what is owed, as it can be typed here. Default `bursar payouts list`. */
  readonly listWith?: string;
}

export interface SentRun {
  readonly items: readonly RunItem[];
  /** In the order of the batches; null for those that were not sent. */
  readonly outcomes: readonly (Outcome | null)[];
  /** Why the run ended early, if it was an error; what was sent is in `items` all the same. */
  readonly stopped: BursarError | null;
}

/**
 * @param rehearsals of the batches, in their order
 * @throws what sending the first transaction throws; later errors are in the result
 */
export async function sendRun(
  chain: OpenChain,
  batches: readonly PayoutBatch[],
  rehearsals: readonly Rehearsal[],
  sender: RunSender,
): Promise<SentRun> {
  const sent: (Sent | null)[] = [];
  const gone: RunItem[] = [];
  const left: RunItem[] = [];
  let stopped: BursarError | null = null;
  let reason: string | null = null;
  for (const [index, batch] of batches.entries()) {
    if (reason !== null) {
      sent.push(null);
      left.push(...batch.items.map((item) => unsentItem(item, 'left', reason)));
      continue;
    }
    try {
      const { paid, late, ...one } = await sendBatch(
        chain,
        batch,
        index === 0 ? rehearsals[0] : undefined,
        sender,
      );
      gone.push(...paid.map((item) => unsentItem(item, 'paidByOthers', null)));
      gone.push(...late.map((item) => unsentItem(item, 'failed', 'its era expired before it was sent')));
      sent.push(one.sent);
      if (one.sent) reason = whyStop(one.sent.outcome);
    } catch (error) {
      if (index === 0 || !(error instanceof BursarError)) throw error;
      stopped = sent.some((one) => one !== null) ? halfWay(error, sender.listWith) : error;
      reason = 'the run ended before it was sent';
      sent.push(null);
      const told = new Set(gone.map(({ target }) => target));
      const rest = batch.items.filter(({ target }) => !told.has(target));
      left.push(...rest.map((item) => unsentItem(item, 'left', reason)));
    }
  }
  const owed = await owedAfter(chain, sent);
  return {
    items: [...sent.flatMap((one) => (one === null ? [] : settleItems(one, owed))), ...gone, ...left],
    outcomes: sent.map((one) => one?.outcome ?? null),
    stopped,
  };
}

/**
 * Sends what of a batch is still owed; planned anew as often as another run sends something in between.
 * @param planned how it was rehearsed, if nothing was sent since
 */
async function sendBatch(
  chain: OpenChain,
  batch: PayoutBatch,
  planned: Rehearsal | undefined,
  sender: RunSender,
): Promise<Omit<Sorted, 'items'> & { readonly sent: Sent | null }> {
  if (planned === undefined) {
    chain.rpc.allow(); // following has used up its own time, not that of the reads that come
    await chain.refresh();
  }
  return plannedAnew(chain, sender.options, async ({ anew }) => {
    if (anew !== null) await settleEarlier(chain, sender.options);
    const rehearsed = anew === null ? planned : undefined;
    const sorted = rehearsed ? asPlanned(batch) : await stillOwed(chain, batch.items);
    const { items } = sorted;
    if (items.length === 0) return { ...sorted, sent: null };
    const plan = batchPlan({ ...batch, items }, sender.account);
    const options = rehearsed ? sender.options : later(sender.options);
    const rehearsal = rehearsed ?? (await rehearse(chain, plan, options));
    const outcome = await execute(chain, plan, rehearsal, sender.signer, options, sender.force);
    return { ...sorted, sent: { items, outcome } };
  });
}

/** Why nothing more may be sent after this outcome; null if the next transaction may go. */
function whyStop(outcome: Outcome): string | null {
  if (outcome.kind !== 'included') return 'the outcome of the transaction before it is not known';
  if (outcome.verdict === 'dispatchFailed') return 'the transaction before it failed';
  return outcome.finalized ? null : 'the transaction before it is not final yet';
}

/** "Nothing was sent" is not true any more: neither in the hint nor as an exit code. */
function halfWay({ exit, code, message }: BursarError, listWith = LIST_COMMAND): BursarError {
  const partly = exit === EXIT.precondition ? EXIT.innerCallFailed : exit;
  return new BursarError(partly, code, message, {
    hint: `What went before it was sent. See what is owed now with: ${listWith}`,
  });
}

/** A nonce that was chosen is the first transaction's. */
function later({ nonce: _, ...options }: TxOptions): TxOptions {
  return options;
}

interface Sorted {
  readonly items: readonly Payable[];
  /** By somebody else. */
  readonly paid: readonly Payable[];
  /** Of eras that have expired. */
  readonly late: readonly Payable[];
}

const asPlanned = ({ items }: PayoutBatch): Sorted => ({ items, paid: [], late: [] });

async function stillOwed(chain: OpenChain, items: readonly Payable[]): Promise<Sorted> {
  const { owed, expired } = await readOwed(
    chain,
    items.map(({ target }) => target),
  );
  const late = items.filter(({ target }) => expired.has(targetId(target)));
  const open = items.filter(({ target }) => owed.has(targetId(target)));
  return { items: open, late, paid: items.filter((item) => !open.includes(item) && !late.includes(item)) };
}

/** What is owed after all; null where it cannot be known, and the events have the last word. */
async function owedAfter(
  chain: OpenChain,
  sent: readonly (Sent | null)[],
): Promise<ReadonlySet<string> | null> {
  const last = sent.findLast((one) => one !== null)?.outcome;
  if (last?.kind !== 'included' || !last.finalized) return null;
  try {
    chain.rpc.allow();
    await chain.refresh();
    const { owed, expired } = await readOwed(
      chain,
      sent.flatMap((one) => one?.items.map(({ target }) => target) ?? []),
    );
    // What has expired was not paid by anybody else, as far as is known.
    return new Set([...owed, ...expired]);
  } catch (error) {
    if (error instanceof BursarError) return null;
    throw error;
  }
}
