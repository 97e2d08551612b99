/** What the views of validators have in common: names, notes and numbers for people. */

import { formatAmount } from '../numeric/amount.js';
import { Perbill } from '../numeric/perthing.js';
import type { Planck } from '../plain.js';
import { escapeInvisible } from '../shown.js';
import { type Block, type Cell, cell, keyed } from '../view.js';
import type { Provenance } from './list.js';
import type { ReturnEstimate, Yearly } from './returns.js';
import type { Offence, Operator, ValidatorState } from './types.js';

const MAX_NAME = 40;

/** Somebody else's words: nothing in them may steer a terminal or fill a line. */
export function nameOf(operator: Operator | null): string {
  if (operator === null) return '–';
  const characters = [...operator.name];
  const name = characters.length > MAX_NAME ? `${characters.slice(0, MAX_NAME).join('')}…` : operator.name;
  return escapeInvisible(name);
}

export function operatorCell(operator: Operator | null): Cell {
  if (operator === null) return cell('–', 'muted');
  const text = operatorText(operator);
  if (operator.judgement === 'bad') return cell(text, 'bad');
  return operator.judgement === 'good' ? text : cell(text, 'muted');
}

/** The name, and what registrars say of it unless they found it good. */
export function operatorText(operator: Operator): string {
  const name = nameOf(operator);
  if (operator.judgement === 'bad') return `${name} (found false)`;
  return operator.judgement === 'good' ? name : `${name} (not judged)`;
}

export function stateCell(state: ValidatorState, blocked: boolean): Cell {
  const tone = { active: 'good', waiting: 'muted', chilled: 'bad' } as const;
  return blocked ? cell(`${state}, blocked`, 'warn') : cell(state, tone[state]);
}

export const commissionCell = (parts: number | null): Cell =>
  parts === null ? '–' : keyed(Perbill.format(BigInt(parts)), parts);

export const offenceText = ({ era, kind, fraction }: Offence): string =>
  `${kind} in era ${era}${fraction === null ? '' : `, ${Perbill.format(BigInt(fraction))}`}`;

/** 0.0731 → `7.31%`. */
export const percent = (value: number, digits = 2): string => `${Number((value * 100).toFixed(digits))}%`;

export const percentCell = (value: number | null): Cell =>
  value === null ? '–' : keyed(percent(value, 1), value);

/** Six significant digits: enough to compare, and the JSON has them all. */
export const scoreText = (score: number): string => (score === 0 ? '0' : score.toPrecision(6));

export const stakeCell = (planck: Planck | null, token: Provenance['token']): Cell =>
  planck === null
    ? '–'
    : keyed(formatAmount(planck, token, { precision: 0, grouping: ',', bare: true }), planck);

export const subtitle = ({ block, activeEra, eras }: Provenance): string =>
  `finalized block ${block.number}, ${utc(block.timestamp)}, era ${activeEra}${eras === null ? '' : `; eras ${eras.from} to ${eras.to} read`}`;

/** The latest time that a date can hold. */
const LATEST_MS = 8.64e15;

export const utc = (ms: number): string =>
  ms <= LATEST_MS ? `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC` : 'unknown time';

/** What limits the facts: missing identities, slashes older than the chain remembers, few eras. */
export function limits({ spans, identities, eras }: Provenance): Block[] {
  const notes: string[] = [];
  if (identities.kind === 'none')
    notes.push(
      'Nobody’s identity is known: this chain keeps none. All count as reputable. Name the chain that has them with --identity-rpc, or a file with --operators.',
    );
  if (spans.slashEras < spans.month)
    notes.push(
      `Slashes are known for ${spans.slashEras} of the ${spans.month} eras of a month: the chain is not older, or keeps no more.`,
    );
  const read = eras === null ? 0 : eras.to - eras.from + 1;
  if (read < spans.week) notes.push(`Points are the mean of ${read} eras; a week has ${spans.week} here.`);
  return notes.map((text) => ({ kind: 'note', tone: 'muted', text }));
}

/** The estimate in words and numbers, with what it assumes. */
export function returnBlocks(title: string, returns: ReturnEstimate, symbol: string): Block[] {
  const show = (yearly: Yearly | null): string =>
    yearly === null
      ? 'unknown'
      : yearly.perYear === null
        ? `${percent(yearly.perEra, 5)} an era`
        : `${percent(yearly.perYear)} a year`;
  const amount = (yearly: Yearly | null): string | undefined =>
    yearly?.tokens == null
      ? undefined
      : `${yearly.tokens.toFixed(2)} ${symbol} on ${returns.stake} ${symbol}, not compounded`;
  const row = (key: string, yearly: Yearly | null) => {
    const note = amount(yearly);
    return { key, value: show(yearly), ...(note === undefined ? {} : { note }) };
  };
  return [
    { kind: 'heading', text: title },
    {
      kind: 'keyValues',
      rows: [row('expected', returns.expected), row(`realised in ${returns.eras} eras`, returns.realised)],
    },
    ...(returns.series.length < 2
      ? []
      : [
          {
            kind: 'chart' as const,
            title: 'Realised return by era',
            unit: '% of the stake',
            series: [{ name: 'return', points: returns.series.map(({ rate }) => rate * 100) }],
            labels: [`era ${returns.series[0]!.era}`, `era ${returns.series.at(-1)!.era}`],
          },
        ]),
    {
      kind: 'note',
      tone: 'muted',
      text: 'An estimate, after commission: the stake spread evenly over the elected targets, no slash, and for the expected one everything as it is now.',
    },
  ];
}
