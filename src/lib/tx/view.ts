/** Calls, checks and outcomes for a person. Values in, blocks out; no screen. */

import { isRuntimeCall } from '../chain/codec.js';
import { formatAmount } from '../numeric/amount.js';
import type { Plain, Planck } from '../plain.js';
import { type Block, type Cell, cell, type Tone, type TreeNode, type View } from '../view.js';
import type { JournalRecord } from './journal.js';
import type { Inspection } from './lookup.js';
import type { Outcome, OutcomeNode } from './outcome.js';
import type { Check, Plan, RuntimeCall } from './plan.js';

/** What is needed to write a call down: the token, and which arguments are amounts of it. */
export interface Describer {
  readonly token: { readonly symbol: string; readonly decimals: number };
  isAmount(pallet: string, call: string, argument: string): boolean;
}

export function checksBlock(checks: readonly Check[]): Block {
  return {
    kind: 'checks',
    rows: checks.map(({ ok, title, detail, remedy }) => ({
      ok,
      title,
      ...(detail ? { detail } : {}),
      ...(remedy && ok !== true ? { remedy } : {}),
    })),
  };
}

/** The call with its arguments, nested calls below. */
export function callTree(describe: Describer, call: RuntimeCall): TreeNode {
  return {
    text: `${call.pallet}.${call.call}`,
    tone: 'strong',
    children: Object.entries(call.args).map(([name, value]) => argumentNode(describe, call, name, value)),
  };
}

/** What happened, call by call. */
export function outcomeTree(describe: Describer, node: OutcomeNode): TreeNode {
  const marks: Record<OutcomeNode['status'], { word: string; tone: Tone }> = {
    ok: { word: 'ok', tone: 'good' },
    failed: { word: 'failed', tone: 'bad' },
    pending: { word: 'recorded, not executed yet', tone: 'warn' },
    notRun: { word: 'not run', tone: 'muted' },
  };
  const { word, tone } = marks[node.status];
  const why = node.failure
    ? `: ${node.failure.name}${node.failure.docs ? ` (${node.failure.docs})` : ''}`
    : '';
  const events = node.events.map(
    (event): TreeNode => ({ text: `${event.name} ${summary(describe, event.data)}`, tone: 'muted' }),
  );
  return {
    text: `${node.call.pallet}.${node.call.call} – ${word}${why}`,
    tone,
    children: [...node.children.map((child) => outcomeTree(describe, child)), ...events],
  };
}

/** Where the transaction is and what came of it. */
export function outcomeBlocks(describe: Describer, outcome: Outcome): Block[] {
  switch (outcome.kind) {
    case 'broadcast':
      return [
        {
          kind: 'note',
          tone: 'warn',
          text: `Sent, not followed: ${outcome.txHash}. Its outcome: ${outcome.resolve}`,
        },
      ];
    case 'pending':
      return [
        {
          kind: 'note',
          tone: 'warn',
          text: `Sent, outcome not known yet: ${outcome.txHash} (${outcome.reason}). Find out with: ${outcome.resolve}`,
        },
      ];
    case 'expired':
      return [
        { kind: 'note', tone: 'bad', text: `Never included, and cannot be any more: ${outcome.txHash}.` },
      ];
    case 'included': {
      const { block, index, finalized, verdict, fee } = outcome;
      const verdicts = {
        ok: cell('succeeded', 'good'),
        dispatchFailed: cell('failed', 'bad'),
        innerCallFailed: cell('an inner call failed', 'bad'),
      };
      return [
        {
          kind: 'keyValues',
          rows: [
            { key: 'result', value: verdicts[verdict] },
            { key: 'transaction', value: outcome.txHash },
            {
              key: 'block',
              value: `${block.number} (${block.hash}), extrinsic ${index}, ${finalized ? 'finalized' : 'not final yet'}`,
            },
            ...(fee === undefined ? [] : [{ key: 'fee', value: formatAmount(fee, describe.token) }]),
          ],
        },
        { kind: 'tree', root: outcomeTree(describe, outcome.tree) },
      ];
    }
  }
}

function argumentNode(describe: Describer, call: RuntimeCall, name: string, value: Plain): TreeNode {
  if (isRuntimeCall(value)) return { text: name, children: [callTree(describe, value)] };
  if (Array.isArray(value) && value.some(isRuntimeCall)) {
    return {
      text: `${name} (${value.length})`,
      children: value.filter(isRuntimeCall).map((inner) => callTree(describe, inner)),
    };
  }
  const amount =
    (typeof value === 'bigint' || typeof value === 'number') &&
    describe.isAmount(call.pallet, call.call, name);
  return {
    text: `${name}: ${amount ? formatAmount(BigInt(value as bigint), describe.token) : valueText(call, name, value)}`,
  };
}

/** Remarks are bytes that people wrote: shown as text when they are text. */
function valueText(call: RuntimeCall, name: string, value: Plain): string {
  if (name === 'remark' && call.pallet === 'System' && typeof value === 'string') {
    const text = Buffer.from(value.slice(2), 'hex').toString('utf8');
    if (text !== '' && !/[\p{Cc}\ufffd]/u.test(text)) return JSON.stringify(text);
  }
  return plainText(value);
}

/** Fields of events that hold an amount, by the names that the pallets use. */
const AMOUNT_FIELDS = new Set(['amount', 'actualFee', 'tip', 'fee', 'deposit']);

function summary(describe: Describer, data: Plain): string {
  if (data === null || typeof data !== 'object' || Array.isArray(data)) return plainText(data);
  return Object.entries(data as Record<string, Plain>)
    .map(
      ([name, value]) =>
        `${name}=${AMOUNT_FIELDS.has(name) && typeof value === 'bigint' ? formatAmount(value as Planck, describe.token) : plainText(value)}`,
    )
    .join(' ');
}

function plainText(value: Plain | undefined): string {
  if (value === null || value === undefined) return '–';
  if (Array.isArray(value)) return value.length === 0 ? '(none)' : value.map(plainText).join(', ');
  if (typeof value === 'object') {
    return Object.entries(value as Record<string, Plain>)
      .map(([name, item]) => `${name} ${plainText(item)}`)
      .join(', ');
  }
  return String(value);
}

/** What a call, extrinsic or hash turned out to be. */
export function inspectionView(describe: Describer, found: Inspection): View {
  const rows: { key: string; value: string }[] = [{ key: 'call hash', value: found.callHash }];
  if (found.signer !== null) rows.push({ key: 'signer', value: found.signer });
  if (found.nonce !== null) rows.push({ key: 'nonce', value: String(found.nonce) });
  if (found.tip !== null && found.tip > 0n)
    rows.push({ key: 'tip', value: formatAmount(found.tip, describe.token) });
  const titles = {
    call: 'Call',
    extrinsic: 'Extrinsic, not looked up',
    included: 'Extrinsic in a block',
    journal: 'Transaction in the journal',
  };
  return {
    title: titles[found.kind],
    blocks: [
      { kind: 'tree', root: callTree(describe, found.call) },
      { kind: 'keyValues', rows },
      { kind: 'code', text: found.callHex },
      ...(found.included ? outcomeBlocks(describe, found.included) : []),
    ],
  };
}

/** The transactions that were sent from here. */
export function historyView(records: readonly JournalRecord[], forks = false): View {
  const title = forks ? 'Transactions on forks' : 'Transactions';
  if (records.length === 0)
    return {
      title,
      blocks: [{ kind: 'note', tone: 'muted', text: 'Nothing was sent from here yet.' }],
    };
  return {
    title,
    subtitle: forks
      ? 'sent to forks from this machine: nothing here is real'
      : 'sent from this machine, newest last',
    blocks: [
      {
        kind: 'table',
        columns: [
          { header: 'sent (UTC)' },
          { header: 'what' },
          { header: 'signer' },
          { header: 'nonce', align: 'right' },
          { header: 'outcome' },
          { header: 'transaction' },
        ],
        rows: records.map((record) => [
          record.at.slice(0, 19).replace('T', ' '),
          record.title,
          record.signer,
          String(record.nonce),
          resolutionCell(record),
          record.txHash,
        ]),
      },
    ],
  };
}

function resolutionCell({ resolution }: JournalRecord): Cell {
  if (resolution === null) return cell('not known yet', 'warn');
  if (resolution.status !== 'included')
    return cell(
      resolution.status === 'notSent'
        ? `not sent: ${resolution.reason}`
        : resolution.status === 'refused'
          ? `refused by a node, which proves nothing: ${resolution.reason}`
          : resolution.status,
      'muted',
    );
  return resolution.verdict === 'ok'
    ? cell(`ok, block ${resolution.block.number}`, 'good')
    : cell(`${resolution.failure ?? resolution.verdict}, block ${resolution.block.number}`, 'bad');
}

/** The calls of a plan, as they will be signed. */
export function planCallsView(describe: Describer, plan: Plan<unknown>): View {
  return {
    title: plan.title,
    subtitle: plan.account,
    blocks: plan.calls.map((call): Block => ({ kind: 'tree', root: callTree(describe, call) })),
  };
}
