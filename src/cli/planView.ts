/** What a plan shows before it is signed, and after. */

import type { OpenChain } from '../lib/chain/connect.js';
import type { Rehearsal } from '../lib/tx/execute.js';
import type { Outcome } from '../lib/tx/outcome.js';
import type { Block, View } from '../lib/view.js';

/**
 * The plan, and for each of its transactions the checks, what it costs and what the chain says it would do.
 * @param calls whether that is told call by call: not for transactions of many calls of one kind
 */
export async function rehearsalView(
  chain: OpenChain,
  view: View,
  rehearsals: readonly Rehearsal[],
  calls = true,
): Promise<View> {
  const blocks = await Promise.all(rehearsals.map((rehearsal) => rehearsalBlocks(chain, rehearsal, calls)));
  return { ...view, blocks: [...view.blocks, ...blocks.flat()] };
}

async function rehearsalBlocks(chain: OpenChain, rehearsal: Rehearsal, calls: boolean): Promise<Block[]> {
  const { checksBlock, outcomeTree } = await import('../lib/tx/view.js');
  const { formatAmount } = await import('../lib/numeric/amount.js');
  const { preflight, signer, wrap, callHash } = rehearsal;
  return [
    checksBlock(preflight.checks),
    {
      kind: 'keyValues',
      rows: [
        { key: 'signer', value: wrap.kind === 'proxy' ? `${signer}, as proxy of ${wrap.real}` : signer },
        {
          key: 'fee',
          value: preflight.fee === null ? 'not known' : formatAmount(preflight.fee, chain.token),
        },
        {
          key: 'valid until block',
          value:
            preflight.mortality.validUntil === null ? 'for ever' : String(preflight.mortality.validUntil),
        },
        { key: 'call hash', value: callHash },
      ],
    },
    ...(calls && preflight.tree
      ? [
          { kind: 'heading' as const, text: 'Rehearsed on the chain' },
          { kind: 'tree' as const, root: outcomeTree(chain, preflight.tree) },
        ]
      : []),
  ];
}

export async function outcomeView(chain: OpenChain, view: View, outcome: Outcome): Promise<View> {
  const { outcomeBlocks } = await import('../lib/tx/view.js');
  return { ...view, blocks: [...view.blocks, ...outcomeBlocks(chain, outcome)] };
}
