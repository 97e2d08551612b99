/** An explanation of a score for a person. */

import { type Block, cell, type View } from '../view.js';
import { type Explanation, sentence, type WhatIf } from './explain.js';
import type { Provenance } from './list.js';
import {
  commissionCell,
  limits,
  nameOf,
  offenceText,
  operatorCell,
  percent,
  scoreText,
  stakeCell,
  stateCell,
  subtitle,
} from './words.js';

export interface ExplainResult extends Provenance, Explanation {
  /** For somebody who thinks of nominating it. */
  readonly sentence: string;
}

export function explainResult(provenance: Provenance, explanation: Explanation): ExplainResult {
  const { operator, address } = explanation.validator;
  const name = operator === null ? address : nameOf(operator);
  return { ...provenance, ...explanation, sentence: sentence(explanation, name) };
}

const CHANGES: Readonly<Record<WhatIf['change'], string>> = {
  identity: 'with an identity that counts',
  'no-slash': 'without the slash',
  'no-commission': 'with no commission',
  'mean-points': 'with the mean era points',
  'less-nomination': 'with half of the nominations',
};

export function explainView(result: ExplainResult): View {
  const { validator, points, siblings, token } = result;
  const { exposure } = validator;
  return {
    title: `Why ${validator.operator === null ? 'this validator' : nameOf(validator.operator)} scores as it does`,
    subtitle: subtitle(result),
    blocks: [
      { kind: 'paragraph', text: result.sentence },
      {
        kind: 'keyValues',
        rows: [
          { key: 'validator', value: validator.address },
          { key: 'operator', value: operatorCell(validator.operator) },
          { key: 'state', value: stateCell(validator.state, validator.blocked) },
          { key: 'commission', value: commissionCell(validator.commission) },
          ...(exposure === null
            ? []
            : [
                { key: 'own stake', value: stakeCell(exposure.own, token), note: token.symbol },
                { key: 'total stake', value: stakeCell(exposure.total, token), note: token.symbol },
                {
                  key: 'nominators',
                  value: String(exposure.nominators),
                  note: exposure.unpaid ? `${exposure.unpaid} of them are not paid` : 'all are paid',
                },
              ]),
          {
            key: 'era points',
            value: `${points.own.toFixed(1)}, mean of all ${points.all.toFixed(1)}`,
            note: `over ${points.eras} eras`,
          },
          { key: 'earned in', value: percent(points.inclusion, 1), note: 'of the eras read' },
          {
            key: 'offences',
            value:
              validator.offences.length === 0
                ? cell('none that the chain knows', 'good')
                : cell(validator.offences.map(offenceText).join('; '), 'bad'),
          },
          ...payoutRow(result),
          ...(siblings.length === 0
            ? []
            : [
                {
                  key: 'same operator',
                  value: `${siblings.length} more: ${siblings.slice(0, 5).join(', ')}`,
                },
              ]),
        ],
      },
      ...termBlocks(result),
      ...whatIfBlocks(result),
      ...pointsChart(result),
      ...limits(result),
    ],
  };
}

function payoutRow({ payouts }: ExplainResult) {
  if (payouts === null || payouts.elected === 0) return [];
  const { elected, paid, oldestUnpaid } = payouts;
  return [
    {
      key: 'rewards paid out',
      value: `in ${paid} of ${elected} eras`,
      ...(oldestUnpaid === null ? {} : { note: `oldest unpaid: era ${oldestUnpaid}` }),
    },
  ];
}

function termBlocks({ formula, terms, score, rank, of, inputs }: ExplainResult): Block[] {
  if (score === null || inputs === null) return [];
  return [
    {
      kind: 'heading',
      text: `Score ${scoreText(score)}, number ${rank} of ${of}, by the formula ${formula}`,
    },
    {
      kind: 'table',
      columns: [{ header: 'term' }, { header: 'as computed' }, { header: 'value', align: 'right' }],
      rows: terms.map(({ name, formula: text, value }) => [name, text, scoreText(value)]),
      footer: [formula === 'whitepaper' ? 'product' : 'score', '', scoreText(score)],
    },
  ];
}

function whatIfBlocks({ whatIf, score, rank }: ExplainResult): Block[] {
  if (whatIf.length === 0) return [];
  return [
    { kind: 'heading', text: 'What would move it' },
    {
      kind: 'table',
      columns: [
        { header: 'if it were' },
        { header: 'score', align: 'right' },
        { header: 'rank', align: 'right' },
      ],
      rows: [
        ['as it is', scoreText(score ?? 0), String(rank)],
        ...whatIf.map((one) => [CHANGES[one.change], scoreText(one.score), String(one.rank)]),
      ],
    },
  ];
}

function pointsChart({ validator, eras, eraMeans }: ExplainResult): Block[] {
  if (eras === null || validator.points.length < 2) return [];
  return [
    {
      kind: 'chart',
      title: 'Era points (in figures: of the last era with any)',
      from: 'zero',
      series: [
        { name: 'this validator', points: validator.points },
        { name: 'mean of all', points: eraMeans },
      ],
      labels: [`era ${eras.from}`, `era ${eras.to}`],
    },
  ];
}
