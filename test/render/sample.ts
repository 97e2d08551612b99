/** A view with a block of every kind, as a domain would build it. */

import { cell, keyed, spark, type View } from '../../src/lib/view.js';
import type { PageMeta } from '../../src/render/html/index.js';

export const ADDRESS = '15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5';
const OTHER = '14Gjs1TD93gnwEBfDMHoCgsuf1s2TVKUP6Z1qKmAZnZ8cW5q';

export const META: PageMeta = {
  tool: 'bursar 1.2.3',
  command: 'validators list',
  sources: [
    {
      chain: 'Polkadot Asset Hub',
      block: 22_123_456,
      hash: `0x${'cd34'.repeat(16)}`,
      timestamp: Date.UTC(2026, 1, 3, 12),
    },
  ],
};

/** Points of 84 eras, one of them missed. */
export const ERA_POINTS = Array.from({ length: 84 }, (_, era) =>
  era === 40 ? null : Math.round(84_321 + 4_000 * Math.sin(era / 5) + ((era * 7_919) % 1_000)),
);

const STATES = [
  cell('active', 'good'),
  cell('waiting', 'muted'),
  cell('chilled', 'bad'),
  cell('blocked', 'warn'),
];

export const SAMPLE: View = {
  title: 'Validators',
  subtitle: 'finalized block 22123456, 2026-02-03 12:00 UTC, era 1583',
  blocks: [
    { kind: 'paragraph', text: 'Who can be nominated, with the points of the last eras.' },
    {
      kind: 'keyValues',
      rows: [
        { key: 'bonded', value: '12,345.678 DOT' },
        { key: 'payee', value: cell('Staked', 'good'), note: 'compounds' },
        { key: 'controller', value: cell(OTHER, 'warn') },
        { key: 'call hash', value: `0x${'ab12'.repeat(16)}` },
        { key: 'trend', value: spark(ERA_POINTS, '84 eras') },
      ],
    },
    { kind: 'heading', text: 'Checks' },
    {
      kind: 'checks',
      rows: [
        { ok: true, title: 'fee', detail: '0.01 DOT' },
        { ok: 'warn', title: 'endpoint', detail: 'it took 2.5 s', remedy: 'name another' },
        { ok: false, title: 'bond', detail: 'too small', remedy: 'bond 250 DOT' },
      ],
    },
    { kind: 'note', tone: 'good', text: 'Paid.' },
    { kind: 'note', tone: 'warn', text: 'A chunk is free.' },
    { kind: 'note', tone: 'bad', text: 'Failed.' },
    { kind: 'note', tone: 'muted', text: 'A remark.' },
    { kind: 'heading', text: 'Candidates' },
    {
      kind: 'table',
      columns: [
        { header: 'validator' },
        { header: 'state' },
        { header: 'commission', align: 'right' },
        { header: 'stake', align: 'right' },
        { header: 'points' },
      ],
      rows: Array.from({ length: 40 }, (_, at) => {
        const stake = BigInt((at * 7_919) % 1_000) * 10n ** 13n + BigInt(at);
        return [
          `validator ${at}`,
          STATES[at % 4]!,
          `${((at * 37) % 101) / 4} %`,
          keyed(`${(stake / 10n ** 10n).toLocaleString('en')} DOT`, stake),
          spark(ERA_POINTS.slice(at, at + 28)),
        ];
      }),
      footer: ['all', '', '', '19,660,000 DOT', ''],
    },
    { kind: 'heading', text: ADDRESS },
    {
      kind: 'chart',
      title: 'Era points',
      unit: 'points',
      series: [{ name: 'points', points: ERA_POINTS }],
      labels: ERA_POINTS.map((_, at) => `era ${1_500 + at}`),
    },
    {
      kind: 'chart',
      title: 'Stake',
      unit: 'DOT',
      style: 'bar',
      series: [
        { name: 'own', points: [1_234_567, 20_000, 0] },
        { name: 'nominated', points: [500_000, 400_000, 300_000] },
      ],
      labels: [ADDRESS, 'bob', 'charlie'],
    },
    {
      kind: 'chart',
      title: 'Returns',
      unit: '%',
      series: [
        { name: 'alice', points: [1, 2.5, -1, 3] },
        { name: 'bob', points: [-2, 0, 1, 2] },
      ],
      labels: ['day 1', 'day 4'],
    },
    { kind: 'heading', text: 'Call' },
    {
      kind: 'tree',
      root: {
        text: 'utility.batch_all',
        children: [
          { text: 'staking.bond', children: [{ text: 'Bonded 12 DOT', tone: 'good' }] },
          { text: 'staking.nominate', tone: 'bad' },
        ],
      },
    },
    { kind: 'list', items: ['one', cell('two', 'muted')] },
    { kind: 'code', text: 'bursar stake status operator \\\n  --network polkadot' },
  ],
};
