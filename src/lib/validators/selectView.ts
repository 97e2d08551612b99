/** Selections and verifications for a person. */

import { formatAmount } from '../numeric/amount.js';
import { type Block, type Cell, cell, keyed, type View } from '../view.js';
import type { SelectResult } from './select.js';
import type { DropReason, PassReason } from './selection.js';
import type { VerifyResult } from './verify.js';
import { savedNote } from './view.js';
import { limits, nameOf, operatorCell, percent, returnBlocks, scoreText, subtitle, utc } from './words.js';

export const REASONS: Readonly<Record<DropReason | PassReason | 'UNKNOWN', string>> = {
  CHILLED: 'does not offer itself',
  NO_IDENTITY: 'no reputation',
  BLOCKED: 'takes no new nominations',
  SLASHED: 'slashed in the past month',
  COMMISSION: 'commission too high',
  NOT_ELECTED: 'not elected now',
  LOW_NOMINATION: 'too little nominated',
  NO_POINTS: 'no era points in the week',
  OPERATOR_CAP: 'its operator has enough',
  OUTSCORED: 'others score better',
  UNKNOWN: 'no validator',
};

export function selectView(result: SelectResult): View {
  const { selected, rules, returns, token, saved, means } = result;
  return {
    title: 'Selection of validators',
    subtitle: subtitle(result),
    blocks: [
      {
        kind: 'keyValues',
        rows: [
          { key: 'formula', value: result.method.formula },
          { key: 'mean era points', value: means.aepa.toFixed(1) },
          {
            key: 'filters',
            value: `reputation ${result.method.reputation}, commission up to ${percent(rules.maxCommission)}, nomination from ${rules.minNomination} ${token.symbol}`,
          },
          {
            key: 'limits',
            value: `${rules.maxValidators} targets, ${rules.maxPerOperator} of one operator`,
          },
          ...(rules.keep.length === 0
            ? []
            : [
                {
                  key: 'kept',
                  value: `a change must win by ${percent(rules.margin)}`,
                },
              ]),
        ],
      },
      ...(selected.length === 0 ? [] : [targetTable(result)]),
      ...diffBlocks(result),
      ...bondBlock(result),
      ...(returns === null ? [] : returnBlocks('Return of the selection', returns.selected, token.symbol)),
      ...(returns?.current
        ? returnBlocks('Return of the current nominations', returns.current, token.symbol)
        : []),
      ...leftOut(result),
      ...limits(result),
      ...savedNote(saved),
    ],
  };
}

const operatorOf = ({ operators }: SelectResult, address: string): string =>
  nameOf(operators[address] ?? null);

function targetTable(result: SelectResult): Block {
  return {
    kind: 'table',
    columns: [
      { header: 'target' },
      { header: 'operator' },
      { header: 'score', align: 'right' },
      ...(result.account === null ? [] : [{ header: '' }]),
    ],
    rows: result.selected.map(({ address, score }): Cell[] => [
      address,
      operatorOf(result, address),
      keyed(scoreText(score), score),
      ...(result.account === null
        ? []
        : [result.diff?.keep.includes(address) ? cell('nominated already', 'muted') : cell('new', 'good')]),
    ]),
  };
}

function diffBlocks({ diff }: SelectResult): Block[] {
  if (diff === null) return [];
  if (diff.add.length === 0 && diff.remove.length === 0)
    return [{ kind: 'note', tone: 'good', text: 'The account nominates exactly these already.' }];
  return [
    {
      kind: 'note',
      tone: 'strong',
      text: `${diff.add.length} new, ${diff.keep.length} stay, ${diff.remove.length} leave.`,
    },
    ...(diff.remove.length === 0
      ? []
      : [
          {
            kind: 'table' as const,
            columns: [{ header: 'leaves' }, { header: 'why' }],
            rows: diff.remove.map(({ address, reason }) => [address, REASONS[reason]]),
          },
        ]),
  ];
}

function bondBlock({ stashBond, token }: SelectResult): Block[] {
  if (stashBond === null) return [];
  return [
    {
      kind: 'keyValues',
      rows: [
        {
          key: 'active stake of the account',
          value: formatAmount(stashBond.active, token),
          note: `${stashBond.enough ? '' : 'too little to be counted; '}at least ${formatAmount(stashBond.least, token)} are needed`,
        },
      ],
    },
  ];
}

const MAX_PASSED = 10;
const MAX_DROPPED = 30;

/** Who was left out and why: the next best ones, and those that a filter dropped. */
function leftOut(result: SelectResult): Block[] {
  const { dropped, passed } = result;
  const counts = new Map<DropReason, number>();
  for (const { reason } of dropped) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const blocks: Block[] = [];
  if (passed.length > 0) {
    blocks.push({
      kind: 'table',
      columns: [
        { header: 'next best' },
        { header: 'operator' },
        { header: 'score', align: 'right' },
        { header: 'why not' },
      ],
      rows: passed
        .slice(0, MAX_PASSED)
        .map(({ address, score, reason }) => [
          address,
          operatorOf(result, address),
          keyed(scoreText(score), score),
          REASONS[reason],
        ]),
    });
    blocks.push(...more(passed.length, MAX_PASSED, 'that passed the filters'));
  }
  if (counts.size > 0) {
    blocks.push({
      kind: 'keyValues',
      rows: [...counts].map(([reason, count]) => ({
        key: `dropped: ${REASONS[reason]}`,
        value: String(count),
      })),
    });
    blocks.push({
      kind: 'table',
      columns: [{ header: 'dropped' }, { header: 'operator' }, { header: 'why' }],
      rows: dropped
        .slice(0, MAX_DROPPED)
        .map(({ address, reason }) => [
          address,
          operatorCell(result.operators[address] ?? null),
          REASONS[reason],
        ]),
    });
    blocks.push(...more(dropped.length, MAX_DROPPED, 'that were dropped'));
  }
  return blocks;
}

function more(count: number, shown: number, which: string): Block[] {
  if (count <= shown) return [];
  const text = `${count - shown} more ${which}: --json names all with their reasons.`;
  return [{ kind: 'note', tone: 'muted', text }];
}

export function verifyView(result: VerifyResult): View {
  const { chain, block, difference, sample, method, tool } = result;
  return {
    title: difference === null ? 'The snapshot holds' : 'The snapshot does not hold',
    subtitle: `${result.kind} of block ${block.number}, ${utc(block.timestamp)}`,
    blocks: [
      {
        kind: 'keyValues',
        rows: [
          { key: 'chain', value: chain.genesisHash, note: `${chain.specName} ${chain.specVersion}` },
          { key: 'block', value: block.hash },
          { key: 'formula', value: method.formula },
          { key: 'validators', value: String(result.validators) },
          { key: 'made by', value: `${tool.name} ${tool.version}` },
        ],
      },
      {
        kind: 'checks',
        rows: [
          check('SHA-256', result, ['digest']),
          check('scores and ranks follow from the facts', result, ['digest', 'score']),
          ...(result.kind === 'selection'
            ? [check('the selection follows from the facts', result, ['digest', 'score', 'selection'])]
            : []),
          ...(sample === null
            ? []
            : [
                check(
                  `${sample.facts} facts taken at random are what the chain says (--draw ${sample.seed})`,
                  result,
                  ['digest', 'score', 'selection', 'chain'],
                ),
              ]),
        ],
      },
    ],
  };
}

/** @param needs the differences after which this was not looked at, or is false */
function check(title: string, { difference }: VerifyResult, needs: readonly string[]) {
  if (difference === null || !needs.includes(difference.what)) return { ok: true as const, title };
  const own = needs.at(-1) === difference.what;
  return own
    ? { ok: false, title, detail: `${difference.at} differs` }
    : { ok: 'warn' as const, title, detail: 'not looked at' };
}
