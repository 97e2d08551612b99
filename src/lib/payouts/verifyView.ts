/** A verification for a person. */

import { formatAmount } from '../numeric/amount.js';
import type { Block, View } from '../view.js';
import type { PageVerification, PayoutVerification } from './verify.js';
import { paymentsTable } from './view.js';

/** What was compared, page by page, and the payments that had to be made. */
export function verificationView(result: PayoutVerification): View {
  const blocks: Block[] = [
    {
      kind: 'checks',
      rows: result.pages.map((page) => ({
        ok: page.difference ? false : page.block ? true : 'warn',
        title: `page ${page.page + 1}: ${outcome(page, result)}`,
        ...(page.block ? { detail: place(page) } : {}),
      })),
    },
    ...result.notChecked.map(
      (text): Block => ({ kind: 'note', tone: 'warn', text: `Not checked: ${text}.` }),
    ),
    ...result.pages.flatMap(({ page, expected }): Block[] =>
      expected && expected.payments.length > 0
        ? [
            { kind: 'heading', text: `page ${page + 1} had to pay` },
            paymentsTable(expected.payments, result.token),
          ]
        : [],
    ),
  ];
  return { title: 'Payout', subtitle: `era ${result.era}, ${result.stash}`, blocks };
}

function outcome({ expected, difference, block }: PageVerification, { token }: PayoutVerification): string {
  if (difference) return `${difference.what} must be ${difference.expected}, but is ${difference.found}`;
  if (block === null) return 'paid; its amounts were not compared';
  if (expected === null || expected.paid === 0n) return 'nothing had to be paid, and nothing was';
  return `${formatAmount(expected.paid, token)} paid, as the state says`;
}

function place({ block, extrinsic, finalized }: PageVerification): string {
  const where = extrinsic === null ? '' : `, transaction ${extrinsic}`;
  return `block ${block?.number}${where}${finalized === false ? ', not final yet' : ''}`;
}
