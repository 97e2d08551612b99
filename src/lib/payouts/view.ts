/** Payouts for a person. Values in, blocks out; no screen. */

import type { RewardDestination } from '../eras/types.js';
import { formatAmount, formatAmountShort } from '../numeric/amount.js';
import { formatDuration } from '../numeric/duration.js';
import type { Planck } from '../plain.js';
import { type Block, type Cell, cell, keyed, type View } from '../view.js';
import { accountShare, lostOf, type PayoutsList } from './list.js';
import type { Lost, OwedPage, Payment, Refusal } from './types.js';

/** An era that expires within so many coming eras is shown as urgent. */
const URGENT_ERAS = 3;

export const REFUSALS: Readonly<Record<Refusal, string>> = {
  NOT_BONDED: 'the validator is not bonded any more',
  NO_LEDGER: "the validator's ledger is missing or damaged",
  NO_REWARD: 'the chain does not know what the era pays',
};

const LOST: Readonly<Record<Lost, string>> = {
  NO_PAYEE: 'lost: no payee is set',
  DESTINATION_NONE: 'lost: wants no rewards',
  BELOW_EXISTENTIAL_DEPOSIT: 'lost: too little to create the account',
};

const KINDS: Readonly<Record<Payment['kind'], string>> = {
  reward: 'validator',
  incentive: 'incentive',
  nominator: 'nominator',
};

/** @param details also each payment of each page */
export function payoutsListView(list: PayoutsList, details = false): View {
  const { block, eras, totals } = list;
  const range =
    eras.count === 0
      ? 'no era has ended'
      : eras.count === 1
        ? `era ${eras.from}`
        : `eras ${eras.from} to ${eras.to}`;
  const blocks: Block[] = [];
  if (list.pages.length === 0) {
    blocks.push({ kind: 'note', tone: 'good', text: nothingOwed(list) });
  } else {
    blocks.push(summary(list), table(list), ...byEra(list));
  }
  if (totals.refused > 0) blocks.push(...refusedNotes(list));
  const lost = list.pages.reduce((sum, page) => sum + lostOf(page), 0n);
  if (lost > 0n)
    blocks.push({
      kind: 'note',
      tone: 'warn',
      text: `${formatAmount(lost, list.token)} of it reach nobody: no payee, destination none, or too little to create the account.`,
    });
  if (list.empty.length > 0)
    blocks.push({
      kind: 'note',
      tone: 'muted',
      text: `${count(list.empty.length, 'more page is', 'more pages are')} not claimed and ${list.empty.length === 1 ? 'pays' : 'pay'} nothing: no points in that era, or less than the smallest amount.`,
    });
  blocks.push(...poolBlocks(list), ...namesNotes(list));
  if (details) blocks.push(...list.pages.flatMap((page) => paymentBlocks(page, list.token)));
  return { title: 'Payouts', subtitle: `finalized block ${block.number}, ${range}`, blocks };
}

/** The sum of each era with something unpaid, if there are several. */
function byEra({ pages, token }: PayoutsList): Block[] {
  const sums = new Map<number, bigint>();
  for (const { era, amount } of pages) {
    if (amount === null) return [];
    sums.set(era, (sums.get(era) ?? 0n) + amount.total);
  }
  if (sums.size < 2) return [];
  const eras = [...sums.keys()];
  const units = (planck: bigint) => Number(planck) / 10 ** token.decimals;
  return [
    {
      kind: 'chart',
      title: 'Owed by era',
      unit: token.symbol,
      style: 'bar',
      series: [{ name: 'owed', points: eras.map((era) => units(sums.get(era)!)) }],
      labels: eras.map(String),
    },
  ];
}

function poolBlocks({ pools, token }: PayoutsList): Block[] {
  if (pools === null) return [];
  if (pools.length === 0)
    return [{ kind: 'note', tone: 'muted', text: 'None of the accounts is a member of a nomination pool.' }];
  return [
    { kind: 'heading', text: 'Nomination pools' },
    {
      kind: 'table',
      columns: [
        { header: 'member' },
        { header: 'pool', align: 'right' },
        { header: 'pending', align: 'right' },
        { header: 'others may' },
      ],
      rows: pools.map(({ member, pool, pending, permission }) => [
        member,
        String(pool),
        keyed(formatAmount(pending, token), pending),
        PERMITS[permission],
      ]),
    },
  ];
}

const PERMITS = {
  Permissioned: 'do nothing',
  PermissionlessCompound: 'compound',
  PermissionlessWithdraw: 'claim',
  PermissionlessAll: 'claim and compound',
} as const;

function nothingOwed({ eras, elected }: PayoutsList): string {
  const looked = Object.values(elected).reduce((sum, n) => sum + n, 0);
  if (eras.count === 0) return 'Nothing is owed: no era has ended yet.';
  const seats = looked > 0 ? `, in which the validators were elected ${count(looked, 'time', 'times')}` : '';
  return `Nothing is owed in ${count(eras.count, 'era', 'eras')}${seats}.`;
}

function summary({ totals, token, block, accounts }: PayoutsList): Block {
  const show = (planck: Planck | null) => (planck === null ? 'not computed' : formatAmount(planck, token));
  const rows: { key: string; value: Cell; note?: string }[] = [
    { key: 'unpaid pages', value: cell(String(totals.pages), 'strong') },
    { key: 'owed', value: cell(show(totals.total), 'good') },
  ];
  for (const share of accounts.length > 0 ? totals.shares : []) {
    rows.push({
      key: `owed to ${short(share.account)}`,
      value: show(share.earned),
      ...(share.received === share.earned ? {} : { note: `paid to it: ${show(share.received)}` }),
    });
  }
  if (totals.next) {
    const { era, erasLeft, expiresAt, pages, total } = totals.next;
    rows.push({
      key: 'expires first',
      value: cell(`era ${era}, ${left(erasLeft, expiresAt, block.timestamp)}`, urgency(erasLeft)),
      note: `${count(pages, 'page', 'pages')}${total === null ? '' : `, ${show(total)}`}`,
    });
  }
  return { kind: 'keyValues', rows };
}

function table({ pages, token, block, accounts, totals }: PayoutsList): Block {
  const show = (planck: Planck | null | undefined): Cell =>
    planck === undefined || planck === null ? '–' : keyed(formatAmountShort(planck, token), planck);
  const asked = accounts.length > 0;
  return {
    kind: 'table',
    columns: [
      { header: 'era', align: 'right' },
      { header: 'validator' },
      { header: 'page', align: 'right' },
      { header: 'amount', align: 'right' },
      { header: 'validator gets', align: 'right' },
      { header: 'nominators get', align: 'right' },
      ...(asked ? [{ header: 'asked accounts get', align: 'right' } as const] : []),
      { header: 'expires in' },
    ],
    rows: pages.map((page): Cell[] => {
      const { amount } = page;
      const own = amount ? amount.commission + amount.own + amount.incentive : undefined;
      const shares = accounts.reduce((sum, account) => sum + accountShare([page], account).earned, 0n);
      return [
        String(page.era),
        page.refused === null ? page.stash : cell(page.stash, 'muted'),
        `${page.page + 1}/${page.pages}`,
        show(amount?.total),
        show(own),
        show(amount?.nominators),
        ...(asked ? [show(shares)] : []),
        page.refused === null
          ? cell(left(page.erasLeft, page.expiresAt, block.timestamp), urgency(page.erasLeft))
          : cell('refused', 'bad'),
      ];
    }),
    footer: [
      '',
      count(totals.pages, 'page', 'pages'),
      '',
      show(totals.total),
      '',
      '',
      ...(asked ? [show(totals.shares.reduce((sum, { earned }) => sum + earned, 0n))] : []),
      '',
    ],
  };
}

function refusedNotes({ pages }: PayoutsList): Block[] {
  const reasons = [...new Set(pages.flatMap(({ refused }) => (refused ? [refused] : [])))];
  return reasons.map((reason) => {
    const refused = pages.filter((page) => page.refused === reason);
    const stashes = [...new Set(refused.map(({ stash }) => stash))].map(short).join(', ');
    return {
      kind: 'note',
      tone: 'bad',
      text: `${count(refused.length, 'page', 'pages')} of ${stashes} would be refused: ${REFUSALS[reason]}.`,
    };
  });
}

/** Who is in the list with nothing for another reason than that it was paid. */
function namesNotes({ elected, idle, eras }: PayoutsList): Block[] {
  const never = Object.keys(elected).filter((stash) => elected[stash] === 0);
  const notes: Block[] = [];
  if (never.length > 0 && eras.count > 0)
    notes.push({
      kind: 'note',
      tone: 'muted',
      text: `Not elected in ${eras.count === 1 ? 'this era' : 'any of these eras'}: ${never.map(short).join(', ')}.`,
    });
  if (idle.length > 0)
    notes.push({
      kind: 'note',
      tone: 'muted',
      text: `Not staking itself, so that it earns nothing of its own: ${idle.map(short).join(', ')}.`,
    });
  return notes;
}

function paymentBlocks(page: OwedPage, token: PayoutsList['token']): Block[] {
  if (page.amount === null) return [];
  return [
    { kind: 'heading', text: `era ${page.era}, ${page.stash}, page ${page.page + 1} of ${page.pages}` },
    paymentsTable(page.amount.payments, token),
  ];
}

export function paymentsTable(payments: readonly Payment[], token: PayoutsList['token']): Block {
  return {
    kind: 'table',
    columns: [
      { header: 'earned by' },
      { header: 'as' },
      { header: 'amount', align: 'right' },
      { header: 'goes to' },
    ],
    rows: payments.map(({ who, kind, amount, destination, to, lost }) => [
      who,
      KINDS[kind],
      formatAmount(amount, token),
      lost === null ? destinationText(destination, to) : cell(LOST[lost], 'warn'),
    ]),
  };
}

/** Where an amount goes, in words. */
export function destinationText(destination: RewardDestination | null, to: string | null): string {
  if (destination === 'Staked') return 'its own stake';
  if (destination === 'Stash') return 'its own account';
  return to ?? 'nobody';
}

function left(eras: number, at: number | null, now: number): string {
  const time = at === null ? '' : ` (about ${formatDuration(Math.max(0, at - now))})`;
  return eras <= 0 ? `this era${time}` : `${count(eras, 'era', 'eras')}${time}`;
}

const urgency = (erasLeft: number) => (erasLeft <= URGENT_ERAS ? 'bad' : 'muted');
const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;
export const short = (address: string): string => `${address.slice(0, 6)}…${address.slice(-6)}`;
