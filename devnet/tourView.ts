/** The tour for a person: each step while it happens, and the books at the end. */

import { formatAmount } from '../src/lib/numeric/amount.js';
import type { Planck } from '../src/lib/plain.js';
import type { AccountFacts } from '../src/lib/staking/types.js';
import { type Block, type Cell, cell, type View } from '../src/lib/view.js';
import { type Balance, placed } from './books.js';
import type { TourResult, TourStep } from './tourResult.js';

interface Unit {
  readonly symbol: string;
  readonly decimals: number;
}

export function introView(url: string, genesisHash: string): View {
  return {
    title: 'The nomination workflow on a real chain',
    subtitle: `${url}, genesis ${genesisHash}`,
    blocks: [
      {
        kind: 'paragraph',
        text: 'Every command below runs as a process of its own and talks to the chain over a socket. Type them yourself after `bursar devnet up`.',
      },
    ],
  };
}

export const chapterView = (text: string): View => ({ blocks: [{ kind: 'paragraph', text }] });

export function stepView(step: TourStep, token: Unit): View {
  const show = (planck: Planck) => formatAmount(planck, token);
  const where =
    step.block === null ? '' : ` (block ${step.block}${step.fee === null ? '' : `, fee ${show(step.fee)}`})`;
  const blocks: Block[] = [
    { kind: 'code', text: `$ ${step.command}` },
    {
      kind: 'note',
      tone: step.exit === 0 ? 'good' : 'warn',
      text: `${step.exit === 0 ? '' : `exit ${step.exit}: `}${step.answer}${where}`,
    },
  ];
  if (step.before && step.after) blocks.push(ledgerTable(step.before, step.after, show));
  return { blocks };
}

/** Only the lines that mean something for the account; what changed is emphasised. */
function ledgerTable(before: AccountFacts, after: AccountFacts, show: (planck: Planck) => string): Block {
  const unlocking = (facts: AccountFacts) =>
    facts.ledger?.unlocking.map(({ value, era }) => `${show(value)} in era ${era}`).join(', ') || '–';
  const rows: [string, string, string][] = [
    ['free', show(before.free), show(after.free)],
    ['active', show(before.ledger?.active ?? 0n), show(after.ledger?.active ?? 0n)],
    ['unlocking', unlocking(before), unlocking(after)],
  ];
  return {
    kind: 'table',
    columns: [{ header: '' }, { header: 'before', align: 'right' }, { header: 'after', align: 'right' }],
    rows: rows.map(([name, from, to]) => [name, from, from === to ? to : cell(to, 'strong')]),
  };
}

/** The books, and the verdict. */
export function tourView({ chain, stash, token, balanced, seconds, steps }: TourResult): View {
  const show = (planck: Planck) => formatAmount(planck, token);
  const change = (from: Planck, to: Planck) => (to >= from ? `+${show(to - from)}` : `-${show(from - to)}`);
  const line = (name: string, pick: (balance: Balance) => Planck): Cell[] => [
    name,
    show(pick(chain.before)),
    show(pick(chain.after)),
    change(pick(chain.before), pick(chain.after)),
  ];
  const verdict = (ok: boolean, text: string): Block => ({ kind: 'note', tone: ok ? 'good' : 'bad', text });
  return {
    title: 'The books',
    subtitle: `blocks ${chain.before.block} to ${chain.after.block}, ${steps.length} commands, ${seconds} s`,
    blocks: [
      {
        kind: 'table',
        columns: [{ header: 'the newcomer' }, { header: '', align: 'right' }],
        rows: [
          ['owned before: free and bonded', show(stash.before)],
          ['+ rewards', show(stash.flows.rewards)],
          ['− slashes', show(stash.flows.slashes)],
          ['− fees', show(stash.flows.fees)],
          [
            '= must own now',
            show(stash.before + stash.flows.rewards - stash.flows.slashes - stash.flows.fees),
          ],
        ],
        footer: ['owns now: free, bonded, unlocking', show(stash.after)],
      },
      verdict(
        stash.balanced,
        stash.balanced
          ? 'The newcomer’s books balance to the planck.'
          : 'The newcomer’s books do NOT balance.',
      ),
      {
        kind: 'table',
        columns: [
          { header: 'the whole chain' },
          { header: 'before', align: 'right' },
          { header: 'after', align: 'right' },
          { header: 'change', align: 'right' },
        ],
        rows: [
          line('bonded', (balance) => balance.bonded),
          line('unlocking', (balance) => balance.unlocking),
          line('free', (balance) => balance.free),
          line('deposits and other holds', (balance) => balance.otherHolds),
          line('fees paid, in their pot', (balance) => balance.feePot),
          line('treasury: its part of the era payout, and slashes', (balance) => balance.treasury),
          line('sum', placed),
        ],
        footer: line('total issuance', (balance) => balance.totalIssuance),
      },
      {
        kind: 'keyValues',
        rows: [
          { key: 'issued as rewards', value: show(chain.flows.rewards) },
          {
            key: 'issued to the treasury',
            value: show(chain.flows.minted),
            note: 'its part of the era payouts',
          },
          { key: 'burned', value: show(chain.flows.burned) },
          { key: 'slashed', value: show(chain.flows.slashes), note: 'moved to the treasury, not burned' },
        ],
      },
      verdict(
        chain.balanced,
        chain.balanced
          ? 'Every planck of the total issuance is accounted for.'
          : 'The chain’s books do NOT balance.',
      ),
      ...(balanced ? [] : [verdict(false, 'Something is wrong: see above.')]),
    ],
  };
}
