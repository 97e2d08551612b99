/** Whether the chain's dry run does what the plan says, event by event: a plan may be wrong about a chain's pallet. */

import type { Token } from '../chain/types.js';
import { formatAmount } from '../numeric/amount.js';
import type { Plain } from '../plain.js';
import type { DryRun } from './dryRun.js';
import type { ChainEvent, OutcomeNode } from './outcome.js';
import type { Check, ForeseenEvent, Plan } from './plan.js';

/**
 * Compares the events of a dry run that succeeds with those that the plan foresees, in any order.
 * @returns none without a dry run, without success, or for a plan that foresees nothing
 */
export function checkForesight(token: Token, plan: Plan<unknown>, run: DryRun | null): Check | undefined {
  if (!plan.foresees || !run || run.failure) return undefined;
  const id = 'DRY_RUN_EFFECT';
  const { names, events } = plan.foresees;
  const found = emitted(run.tree)
    .filter(({ name }) => names.includes(name))
    .map(({ name, data }) => ({ name, ...amountOf(data) }));
  const say = ({ name, amount }: ForeseenEvent) =>
    amount === undefined ? name : `${name} ${formatAmount(amount, token)}`;
  const list = (some: readonly ForeseenEvent[]) => some.map(say).sort().join(', ') || 'nothing';
  const [planned, shown] = [list(events.map(withoutAmount(found))), list(found)];
  if (planned === shown) return { id, ok: true, title: 'The dry run does what the plan says' };
  return {
    id,
    ok: false,
    title: 'The chain would do something else than the plan says',
    detail: `the plan says ${planned}; the dry run ${shown}`,
    remedy: 'Nothing was sent. The runtime has other rules than this version of bursar knows.',
  };
}

/** Events without amounts on this chain are compared by name alone. */
const withoutAmount = (found: readonly ForeseenEvent[]) => (event: ForeseenEvent) =>
  found.some(({ name, amount }) => name === event.name && amount === undefined)
    ? { name: event.name }
    : event;

function emitted({ status, events, children }: OutcomeNode): ChainEvent[] {
  if (status !== 'ok') return [];
  return [...events, ...children.flatMap(emitted)];
}

/** The field `amount`; events of before 2022 have no names for their fields, (account, amount) in this order. */
function amountOf(data: Plain): { amount?: bigint } {
  const value = Array.isArray(data) ? data[1] : (data as { amount?: Plain } | null)?.amount;
  return typeof value === 'bigint' || typeof value === 'number' ? { amount: BigInt(value) } : {};
}
