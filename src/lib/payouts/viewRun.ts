/** A run of payouts for a person. */

import { formatAmount } from '../numeric/amount.js';
import { type Block, type Cell, cell, type View } from '../view.js';
import type { ItemStatus, PayoutRun, RunItem } from './run.js';

type Token = Parameters<typeof formatAmount>[1];

const WORDS: Readonly<Record<ItemStatus, Cell>> = {
  planned: 'to be paid',
  paid: cell('paid', 'good'),
  paidByOthers: cell('paid by somebody else', 'good'),
  failed: cell('failed', 'bad'),
  unknown: cell('sent, not known yet', 'warn'),
  left: cell('left', 'muted'),
};

export function payoutRunView(run: PayoutRun, token: Token): View {
  return { title: 'Payouts', blocks: [...summary(run, token), ...table(run, token)] };
}

function summary(run: PayoutRun, token: Token): Block[] {
  if (run.idle !== null && run.items.length === 0) return [{ kind: 'note', tone: 'muted', text: run.idle }];
  const count = (status: ItemStatus) => run.items.filter((item) => item.status === status).length;
  const planned = run.items.filter(({ status }) => status === 'planned');
  const rows = [
    ...(run.dryRun
      ? [
          {
            key: 'to be paid',
            value: `${planned.length} in ${plural(run.transactions.length, 'transaction')}`,
          },
          { key: 'amount', value: formatAmount(sum(planned), token) },
          { key: 'fees, estimated', value: formatAmount(estimated(run), token) },
        ]
      : [
          { key: 'paid', value: `${count('paid')}, ${formatAmount(run.paid, token)}` },
          { key: 'fees', value: formatAmount(run.fees, token) },
        ]),
    ...(['paidByOthers', 'failed', 'unknown', 'left'] as const).flatMap((status) =>
      count(status) === 0 ? [] : [{ key: KEYS[status], value: String(count(status)) }],
    ),
  ];
  const idle: Block[] = run.idle === null ? [] : [{ kind: 'note', tone: 'muted', text: run.idle }];
  return [...idle, { kind: 'keyValues', rows }];
}

const KEYS = {
  paidByOthers: 'paid by somebody else',
  failed: 'failed',
  unknown: 'not known yet',
  left: 'left for another time',
} as const;

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

const sum = (items: readonly RunItem[]): bigint => items.reduce((all, { amount }) => all + amount, 0n);

const estimated = (run: PayoutRun): bigint =>
  run.transactions.reduce((all, { fee }) => all + (fee ?? 0n), 0n);

function table(run: PayoutRun, token: Token): Block[] {
  if (run.items.length === 0) return [];
  return [
    {
      kind: 'table',
      columns: [
        { header: 'era', align: 'right' },
        { header: 'validator or member' },
        { header: 'page', align: 'right' },
        { header: 'amount', align: 'right' },
        { header: 'eras left', align: 'right' },
        { header: 'result' },
      ],
      rows: run.items.map(({ target, amount, erasLeft, status, reason }) => [
        target.kind === 'payout' ? String(target.era) : '–',
        target.kind === 'payout' ? target.stash : `${target.member} (pool ${target.pool})`,
        // Pages are counted from 1 for people, as in the list.
        target.kind === 'payout' ? String(target.page + 1) : '–',
        formatAmount(amount, token),
        erasLeft === null ? '–' : String(erasLeft),
        reason === null ? WORDS[status] : withReason(WORDS[status], reason),
      ]),
    },
  ];
}

function withReason(word: Cell, reason: string): Cell {
  if (typeof word === 'string') return `${word}: ${reason}`;
  return 'text' in word && 'tone' in word ? { ...word, text: `${word.text}: ${reason}` } : word;
}
