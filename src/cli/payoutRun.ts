/** `payouts run`: facts, plan and outcome joined, and what of it is reported. */

import { type BursarError, EXIT, preconditionError } from '../lib/errors.js';
import type { SigningKey } from '../lib/keys/signer.js';
import type { PayoutBatch } from '../lib/payouts/batches.js';
import type { PayoutRun, RunItem } from '../lib/payouts/run.js';
import type { Rehearsal } from '../lib/tx/execute.js';
import type { Outcome } from '../lib/tx/outcome.js';
import type { DoneOnce, Settled } from '../lib/tx/settle.js';
import type { View } from '../lib/view.js';
import type { Report } from './base.js';
import { type PayoutNames, payoutFacts } from './payouts.js';
import type { Sending } from './sendCommand.js';

interface RunFlags {
  readonly 'max-calls'?: number | undefined;
  readonly 'max-fee'?: string | undefined;
  readonly 'min-profit'?: string | undefined;
  readonly pools?: 'claim' | 'compound' | undefined;
  readonly force: boolean;
  readonly 'exit-noop': boolean;
}

export interface PreparedRun {
  readonly batches: readonly PayoutBatch[];
  readonly left: readonly RunItem[];
  readonly rehearsals: readonly Rehearsal[];
  /** The run as it would be. */
  readonly planned: PayoutRun;
  readonly view: View;
  /** The command that lists what is owed, for hints. */
  readonly listWith: string;
  /** When nothing is sent: a dry run, or nothing to do. */
  readonly report: () => Promise<Report<'payouts.run/1'>>;
}

/**
 * Settles what an earlier run left open.
 * @returns what was done under the same `--once` key, by a run that came to its end: what one that was killed left is still
 *   owed, and is paid now
 */
export async function settlePayouts({
  chain,
  settings,
  options,
}: Sending): Promise<{ readonly settled: Settled; readonly once: DoneOnce } | undefined> {
  if (settings.dryRun) return undefined;
  const { doneOnce, settleEarlier } = await import('../lib/tx/settle.js');
  await settleEarlier(chain, options);
  const once = await doneOnce(chain, options);
  return once?.end ? { settled: once.settled, once } : undefined;
}

/** Reads what is owed, and rehearses every transaction. */
export async function preparePayouts(
  { chain, settings, signer, account, wrap, options }: Sending,
  names: PayoutNames,
  flags: RunFlags,
  stage: (message: string) => void,
): Promise<PreparedRun> {
  const { rehearse } = await import('../lib/tx/execute.js');
  const { planRun } = await import('../lib/payouts/plan.js');
  const { batchPlan, totals, unsentItem } = await import('../lib/payouts/run.js');
  const { payoutRunView } = await import('../lib/payouts/viewRun.js');
  const block = chain.reference;
  const facts = await payoutFacts(chain, settings, names, stage);
  stage('asking what the calls cost');
  const members = [...new Set([account, ...facts.accounts, ...facts.stashes])];
  const { batches, left, shortBudget } = await planRun(
    chain,
    facts,
    { all: names.all, members, pools: flags.pools, signing: { signer, account, wrap } },
    await batchOptions(flags, chain.token),
  );
  if (batches.length > 0) stage('rehearsing');
  const rehearsals: Rehearsal[] = [];
  let spent = 0n;
  for (const batch of batches) {
    const rehearsal = await rehearse(chain, batchPlan(batch, account), { ...options, spent });
    rehearsals.push(rehearsal);
    spent += rehearsal.preflight.fee ?? 0n;
  }
  const waiting = batches.flatMap(({ items }) => items.map((item) => unsentItem(item, 'planned', null)));
  const items = [...waiting, ...left];
  const planned: PayoutRun = {
    block,
    signer,
    account,
    dryRun: settings.dryRun,
    idle: batches.length > 0 ? null : idle(left),
    items,
    transactions: batches.map((batch, index) => transaction(batch, rehearsals[index] as Rehearsal)),
    ...totals(items, []),
  };
  const view = payoutRunView({ ...planned, dryRun: true }, chain.token);
  const report = async (): Promise<Report<'payouts.run/1'>> => {
    const { refusal } = await import('../lib/tx/preflight.js');
    const { dryRunView } = await import('./planView.js');
    const { formatAmount } = await import('../lib/numeric/amount.js');
    const error =
      shortBudget === null
        ? refusal(
            rehearsals.flatMap(({ preflight }) => preflight.checks),
            flags.force,
          )
        : budgetError(formatAmount(shortBudget, chain.token));
    const nothing = batches.length === 0;
    return {
      schema: 'payouts.run/1',
      result: planned,
      view: nothing ? payoutRunView(planned, chain.token) : await dryRunView(chain, view, rehearsals, false),
      ...(error ? { error } : nothing && flags['exit-noop'] ? { exit: EXIT.nothingToDo } : {}),
    };
  };
  const { followUp } = await import('./followUp.js');
  const listWith = followUp(settings)('payouts', 'list', ...listWords(names, account));
  return { batches, left, rehearsals, planned, view, listWith, report };
}

/** Sends the transactions one by one, reads the chain again, and reports. */
export async function sendPayouts(
  { chain, signer, account, options }: Sending,
  { batches, left, rehearsals, planned, listWith }: PreparedRun,
  key: SigningKey,
  force: boolean,
): Promise<Report<'payouts.run/1'>> {
  const { sendRun } = await import('../lib/payouts/send.js');
  const { runError, totals } = await import('../lib/payouts/run.js');
  const { payoutRunView } = await import('../lib/payouts/viewRun.js');
  const { outcomeBlocks } = await import('../lib/tx/view.js');
  const { describerOf } = await import('../lib/tx/assets.js');
  const {
    items: sent,
    outcomes,
    stopped,
  } = await sendRun(chain, batches, rehearsals, {
    account,
    signer: { address: signer, sign: (payload) => key.sign(payload) },
    options,
    force,
    listWith,
  });
  const items = [...sent, ...left];
  const known = outcomes.filter((one) => one !== null);
  const result: PayoutRun = {
    ...planned,
    items,
    transactions: planned.transactions.map((one, index) => ({ ...one, outcome: outcomes[index] ?? null })),
    ...totals(items, known),
  };
  const view = payoutRunView(result, chain.token);
  const describe = await describerOf(chain, []);
  const details = known.flatMap((outcome) => outcomeBlocks(describe, outcome).slice(0, 1));
  const error = runError(items, known, stopped, { resolveWith: options.resolveWith, listWith });
  await noteOnce(chain, options, known, error);
  return {
    schema: 'payouts.run/1',
    result,
    view: { ...view, blocks: [...view.blocks, ...details] },
    ...(error ? { error } : {}),
  };
}

/** Under a `--once` key the run is done when all that it sent is in blocks; a run that was killed goes on where it was. */
async function noteOnce(
  chain: Sending['chain'],
  options: Sending['options'],
  outcomes: readonly Outcome[],
  error: BursarError | undefined,
): Promise<void> {
  const { once, intent } = options;
  const isDone = outcomes.length > 0 && outcomes.every((one) => one.kind === 'included');
  if (once === undefined || !isDone || error?.exit === EXIT.unreachable) return;
  const { openJournal } = await import('../lib/tx/openJournal.js');
  const told = error === undefined ? null : { code: error.code, message: error.message };
  const end = {
    key: once,
    intent,
    at: new Date().toISOString(),
    exit: error?.exit ?? EXIT.done,
    error: told,
  };
  // What cannot be noted is planned again by a repetition, which finds nothing owed.
  await openJournal(chain, options)
    .then((journal) => journal.onceEnded(end))
    .catch(() => {});
}

/** Whose payouts were meant, as `payouts list` takes it. */
function listWords({ accounts, stash = [], mine, file, all }: PayoutNames, account: string): string[] {
  const named = [
    ...accounts,
    ...stash.flatMap((one) => ['--stash', one]),
    ...(mine ? ['--mine'] : []),
    ...(file === undefined ? [] : ['--file', file]),
    ...(all ? ['--all'] : []),
  ];
  return named.length === 0 ? [account] : named;
}

async function batchOptions(flags: RunFlags, token: Sending['chain']['token']) {
  const { parseAmount } = await import('../lib/numeric/amount.js');
  const { 'max-calls': maxCalls, 'max-fee': maxFee, 'min-profit': minProfit } = flags;
  return {
    ...(maxCalls === undefined ? {} : { maxCalls }),
    ...(maxFee === undefined ? {} : { maxFee: parseAmount(maxFee, token) }),
    ...(minProfit === undefined ? {} : { minProfit: parseAmount(minProfit, token) }),
  };
}

/** Healthy it is not: something is owed, and no run with this budget would ever pay it. */
const budgetError = (fee: string) =>
  preconditionError('FEE_BUDGET', `One payout costs about ${fee}, more than --max-fee allows.`, {
    hint: `Nothing was sent. Allow ${fee} at least.`,
  });

const idle = (left: readonly RunItem[]): string =>
  left.length === 0
    ? 'Nothing is owed.'
    : `Nothing can be paid now: ${left.length} ${left.length === 1 ? 'is' : 'are'} left, see the reasons.`;

const transaction = (batch: PayoutBatch, { callHex, callHash, preflight }: Rehearsal) => ({
  callHex,
  callHash,
  targets: batch.items.map(({ target }) => target),
  fee: preflight.fee,
  checks: preflight.checks,
  outcome: null,
});
