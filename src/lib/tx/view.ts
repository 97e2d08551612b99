/** Calls, checks and outcomes for a person. Values in, blocks out; no screen. */

import type { Place } from '../chain/amounts.js';
import { isRuntimeCall } from '../chain/codec.js';
import { formatAmount } from '../numeric/amount.js';
import type { Plain } from '../plain.js';
import { type Block, type Cell, cell, type Tone, type TreeNode, type View } from '../view.js';
import { amountText, type Describer, inlineCall, placeOfCall, placeOfEvent, xcmAsset } from './assets.js';
import type { JournalRecord } from './journal.js';
import type { Inspection } from './lookup.js';
import type { ChainEvent, Outcome, OutcomeNode } from './outcome.js';
import type { Check, Plan, RuntimeCall } from './plan.js';

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
    (event): TreeNode => ({ text: `${event.name} ${summary(describe, event)}`, tone: 'muted' }),
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
  const inline = inlineCall(describe, placeOfCall(call), name);
  if (inline) return { text: name, children: [callTree(describe, inline)] };
  if (describe.isBoundedCall(call.pallet, call.call, name)) return { text: `${name}: ${boundedText(value)}` };
  return {
    text: `${name}: ${remarkText(call, name, value) ?? fieldText(describe, placeOfCall(call), name, value)}`,
  };
}

/** A call that is not in the bytes at hand, or that this chain would not understand. */
function boundedText(value: Plain): string {
  const { Inline, Lookup, Legacy } = (value ?? {}) as { [kind: string]: Plain };
  if (typeof Inline === 'string') return `${Inline}, not a call of this chain`;
  // @polkadot writes a field's name with an underscore behind it where a codec object has a property of that name.
  const { hash_, len } = (Lookup ?? Legacy ?? {}) as { hash_?: Plain; len?: Plain };
  const size = len === undefined ? '' : ` of ${len} bytes`;
  return `the call${size} with the hash ${String(hash_)}, noted as a preimage`;
}

/** Remarks are bytes that people wrote: shown as text when they are text. */
function remarkText(call: RuntimeCall, name: string, value: Plain): string | undefined {
  if (name !== 'remark' || call.pallet !== 'System' || typeof value !== 'string') return undefined;
  const text = Buffer.from(value.slice(2), 'hex').toString('utf8');
  return text !== '' && !/[\p{Cc}\ufffd]/u.test(text) ? JSON.stringify(text) : undefined;
}

function summary(describe: Describer, event: ChainEvent): string {
  const place = placeOfEvent(event);
  const fields = Object.entries(place.fields);
  if (fields.length === 0)
    return event.data === null || Array.isArray(event.data) ? '' : plainText(describe, event.data);
  const named = !Array.isArray(event.data);
  return fields
    .map(([name, value]) => `${named ? `${name}=` : ''}${fieldText(describe, place, name, value)}`)
    .join(' ');
}

/** A field of a call or event: amounts in their asset, wherever in the value they are. */
function fieldText(describe: Describer, place: Place, name: string, value: Plain | undefined): string {
  const ref = describe.assetOf(place, name);
  // Numbers of more than 32 bits are amounts where the type is one; the others are eras, percentages, block numbers.
  if (ref !== undefined && typeof value === 'number') return amountText(describe, ref, BigInt(value));
  return plainText(describe, value, ref && ((amount) => amountText(describe, ref, amount)));
}

function plainText(
  describe: Describer,
  value: Plain | undefined,
  amount: (value: bigint) => string = String,
): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'bigint') return amount(value);
  if (typeof value !== 'object') return String(value);
  const inner = (item: Plain | undefined) => plainText(describe, item, amount);
  if (Array.isArray(value)) return value.length === 0 ? '(none)' : value.map(inner).join(', ');
  const asset = xcmAsset(describe, value);
  if (asset) return amountText(describe, asset.ref, asset.amount);
  return Object.entries(value as Record<string, Plain>)
    .map(([name, item]) => `${name} ${inner(item)}`)
    .join(', ');
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
