/** Lists and scores of validators for a person. Values in, blocks out; no screen. */

import { formatDecimal } from '../numeric/decimal.js';
import { type Block, type Cell, type Column, cell, keyed, spark, type View } from '../view.js';
import type { ListedValidator, ScoreResult, ValidatorList } from './list.js';
import type { ScoredValidator } from './ranking.js';
import {
  commissionCell,
  limits,
  nameOf,
  offenceText,
  operatorCell,
  percent,
  percentCell,
  returnBlocks,
  scoreText,
  stakeCell,
  stateCell,
  subtitle,
} from './words.js';

export function validatorListView(list: ValidatorList): View {
  const { validators, known, returns, token } = list;
  return {
    title: 'Validators',
    subtitle: subtitle(list),
    blocks: [
      validators.length === 0
        ? { kind: 'note', tone: 'warn', text: `None of ${known} validators is as asked.` }
        : listTable(list),
      ...(validators.length < known && validators.length > 0
        ? [
            {
              kind: 'note' as const,
              tone: 'muted' as const,
              text: `${validators.length} of ${known} validators.`,
            },
          ]
        : []),
      ...stakeChart(list),
      ...(returns === null ? [] : returnBlocks('Return', returns, token.symbol)),
      ...limits(list),
    ],
  };
}

function listTable({ validators, token, paidNominators }: ValidatorList): Block {
  const limited = paidNominators !== null;
  const mostPoints = validators.flatMap(({ points }) => points).reduce<number>(greater, 0);
  const columns: Column[] = [
    { header: 'validator' },
    { header: 'operator' },
    { header: 'state' },
    { header: 'commission', align: 'right' },
    { header: `own (${token.symbol})`, align: 'right' },
    { header: `total (${token.symbol})`, align: 'right' },
    { header: 'nominators', align: 'right' },
    limited ? { header: 'not paid', align: 'right' } : { header: 'pages', align: 'right' },
    { header: 'points of mean', align: 'right' },
    { header: 'by era', sort: 'none' },
    { header: 'earned in', align: 'right' },
    { header: 'offences' },
  ];
  return {
    kind: 'table',
    columns,
    rows: validators.map((one) => [
      one.address,
      operatorCell(one.operator),
      stateCell(one.state, one.blocked),
      commissionCell(one.commission),
      stakeCell(one.own, token),
      stakeCell(one.total, token),
      one.nominators === null ? '–' : String(one.nominators),
      limited ? unpaidCell(one) : one.pages === null ? '–' : String(one.pages),
      pointsCell(one.pointsOfMean),
      spark(one.points, undefined, mostPoints),
      percentCell(one.inclusion),
      one.offences.length === 0 ? '–' : cell(one.offences.map(offenceText).join('; '), 'bad'),
    ]),
  };
}

const greater = (most: number, points: number | null): number => Math.max(most, points ?? 0);

function unpaidCell({ unpaid }: ListedValidator): Cell {
  if (unpaid === null) return '–';
  return unpaid > 0 ? keyed(String(unpaid), unpaid, 'warn') : '0';
}

/** Half of the mean is a validator that was not there half of the time. */
const LOW_POINTS = 0.5;

function pointsCell(ofMean: number | null): Cell {
  if (ofMean === null) return '–';
  return ofMean < LOW_POINTS ? keyed(percent(ofMean, 1), ofMean, 'warn') : percentCell(ofMean);
}

function stakeChart({ validators, token }: ValidatorList): Block[] {
  const elected = validators.filter(({ total }) => total !== null);
  if (elected.length < 2) return [];
  // Cut to whole tokens, as in the table.
  const whole = (planck: bigint | null) => Number((planck ?? 0n) / 10n ** BigInt(token.decimals));
  const sorted = elected
    .map(({ address, operator, total }) => ({
      name: operator ? nameOf(operator) : address,
      total: whole(total),
    }))
    .sort((a, b) => b.total - a.total);
  return [
    {
      kind: 'chart',
      title: 'Stake behind elected validators, largest first',
      unit: token.symbol,
      style: 'bar',
      series: [{ name: 'total stake', points: sorted.map(({ total }) => total) }],
      labels: sorted.map(({ name }) => name),
    },
  ];
}

const WHY: Readonly<Record<NonNullable<ScoredValidator['why']>, string>> = {
  CHILLED: 'chilled',
  NOT_ELECTED: 'not elected',
  NO_NOMINATION: 'no nominator',
  NO_POINTS: 'no points yet',
};

export function validatorScoreView(result: ScoreResult): View {
  const { method, means, validators, saved, token } = result;
  const scored = validators.filter(({ score }) => score !== null);
  return {
    title: 'Score of validators',
    subtitle: subtitle(result),
    blocks: [
      {
        kind: 'keyValues',
        rows: [
          { key: 'formula', value: method.formula },
          { key: 'reputation', value: method.reputation },
          {
            key: 'mean era points',
            value: means.aepa.toFixed(1),
            note: `a validator and era, ${means.eras} ${means.eras === 1 ? 'era' : 'eras'}`,
          },
        ],
      },
      {
        kind: 'table',
        columns: [
          { header: 'rank', align: 'right' },
          { header: 'validator' },
          { header: 'operator' },
          { header: 'score', align: 'right' },
          { header: 'R', align: 'right' },
          { header: 'commission', align: 'right' },
          { header: `nomination (${token.symbol})`, align: 'right' },
          { header: 'points', align: 'right' },
          { header: 'SR', align: 'right' },
        ],
        rows: validators.map(scoreRow),
      },
      ...(scored.length < 2
        ? []
        : [
            {
              kind: 'chart' as const,
              title: 'Scores, best first',
              series: [{ name: 'score', points: scored.map(({ score }) => score) }],
              labels: ['1', String(scored.length)],
            },
          ]),
      ...limits(result),
      ...savedNote(saved),
    ],
  };
}

function scoreRow({
  rank,
  address,
  operator,
  score,
  why,
  inputs,
}: ScoreResult['validators'][number]): Cell[] {
  return [
    rank === null ? '–' : String(rank),
    address,
    operatorCell(operator),
    score === null ? cell(why === null ? '–' : WHY[why], 'muted') : keyed(scoreText(score), score),
    inputs === null ? '–' : String(inputs.R),
    inputs === null ? '–' : percentCell(inputs.CR),
    inputs === null ? '–' : keyed(wholeTokens(inputs.N), inputs.N),
    inputs === null ? '–' : keyed(inputs.AEP.toFixed(1), inputs.AEP),
    inputs === null ? '–' : String(inputs.SR),
  ];
}

/** Cut to whole tokens, as amounts are. */
const wholeTokens = (tokens: number): string =>
  formatDecimal(BigInt(Math.trunc(tokens)), 0, { grouping: ',' });

export const savedNote = (saved: { readonly file: string; readonly sha256: string } | null): Block[] =>
  saved === null
    ? []
    : [
        {
          kind: 'note',
          tone: 'good',
          text: `Saved in ${saved.file}, SHA-256 ${saved.sha256}. Anybody can check it: bursar validators verify FILE.`,
        },
      ];
