/** What a plan shows before it is signed, and after. */

import type { OpenChain } from '../lib/chain/connect.js';
import type { Rehearsal } from '../lib/tx/execute.js';
import type { Outcome } from '../lib/tx/outcome.js';
import type { Check, Deviation } from '../lib/tx/plan.js';
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
  const many = rehearsals.length > 1;
  const blocks = await Promise.all(
    rehearsals.map(async (rehearsal, index): Promise<Block[]> => {
      const own = await rehearsalBlocks(chain, rehearsal, calls);
      return many
        ? [{ kind: 'heading', text: `Transaction ${index + 1} of ${rehearsals.length}` }, ...own]
        : own;
    }),
  );
  return { ...view, blocks: [...view.blocks, ...blocks.flat()] };
}

/** The same, when that is all. */
export async function dryRunView(...given: Parameters<typeof rehearsalView>): Promise<View> {
  const view = await rehearsalView(...given);
  const note: Block = {
    kind: 'note',
    tone: 'muted',
    text: 'This was a dry run: nothing was signed or sent.',
  };
  return { ...view, blocks: [...view.blocks, note] };
}

async function rehearsalBlocks(chain: OpenChain, rehearsal: Rehearsal, calls: boolean): Promise<Block[]> {
  const { checksBlock, outcomeTree } = await import('../lib/tx/view.js');
  const { describerOf } = await import('../lib/tx/assets.js');
  const { formatAmount } = await import('../lib/numeric/amount.js');
  const { preflight, signer, wrap, callHash } = rehearsal;
  const describe = await describerOf(chain, calls && preflight.tree ? [preflight.tree] : []);
  return [
    checksBlock(preflight.checks),
    {
      kind: 'keyValues',
      rows: [
        {
          key: 'signer',
          value:
            wrap.kind === 'proxy'
              ? `${signer}, as proxy of ${wrap.real}${wrap.proxyType === undefined ? '' : ` (${wrap.proxyType})`}`
              : signer,
        },
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
          { kind: 'tree' as const, root: outcomeTree(describe, preflight.tree) },
        ]
      : []),
  ];
}

/**
 * @param checks of which the warnings are told: nobody has seen them yet
 * @param deviations where the chain's state is not what the plan said
 */
export async function outcomeView(
  chain: OpenChain,
  view: View,
  outcome: Outcome,
  checks: readonly Check[],
  deviations: readonly Deviation[] = [],
): Promise<View> {
  const { checksBlock, outcomeBlocks } = await import('../lib/tx/view.js');
  const { describerOf } = await import('../lib/tx/assets.js');
  const warnings = checks.filter(({ ok }) => ok === 'warn');
  const told = warnings.length === 0 ? [] : [checksBlock(warnings)];
  const describe = await describerOf(chain, [outcome]);
  const differs = deviations.map(
    ({ text }): Block => ({ kind: 'note', tone: 'warn', text: `Not as planned: ${text}` }),
  );
  return { ...view, blocks: [...view.blocks, ...told, ...outcomeBlocks(describe, outcome), ...differs] };
}
