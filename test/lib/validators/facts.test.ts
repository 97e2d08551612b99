/** What is read of chains that the development chain is not: without pages, with old slashes, with identities elsewhere. */

import { describe, expect, it } from 'vitest';
import type { Plain } from '../../../src/lib/plain.js';
import { explain } from '../../../src/lib/validators/explain.js';
import { explainResult, explainView } from '../../../src/lib/validators/explainView.js';
import { readFacts, spansOf } from '../../../src/lib/validators/facts.js';
import { readIdentities } from '../../../src/lib/validators/identity.js';
import { listValidators, provenanceOf } from '../../../src/lib/validators/list.js';
import { readOffences } from '../../../src/lib/validators/offences.js';
import { rank } from '../../../src/lib/validators/ranking.js';
import { validatorListView } from '../../../src/lib/validators/view.js';
import { operatorsFrom } from '../../../src/lib/validators/whoRuns.js';
import { renderText } from '../../../src/render/index.js';
import { factsOf, METHOD, operator, type Table, tableChain, UNIT, validator } from './support.js';

const backing = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ who: `n${index}`, value: UNIT }));

describe('a chain without pages', () => {
  const table: Table = {
    ActiveEra: { '': { index: 12, start: 0n } },
    CurrentEra: { '': 12 },
    Ledger: {},
    Validators: { A: { commission: 7, blocked: false }, B: { commission: 8 } },
    ErasStakers: { '12,A': { total: 9n * UNIT, own: UNIT, others: backing(8) } },
    ErasStakersClipped: {},
    ErasRewardPoints: Object.fromEntries(
      [10, 11].map((era) => [
        `${era}`,
        {
          total: 30,
          individual: [
            ['A', 20],
            ['C', 10],
          ],
        } as Plain,
      ]),
    ),
    ErasValidatorReward: { '10': 5n, '11': null },
    SlashingSpans: {
      A: { spanIndex: 1, lastStart: 5, lastNonzeroSlash: 4, prior: [] },
      B: { lastNonzeroSlash: 0 },
    },
  };
  const chain = tableChain(table, { HistoryDepth: 84, MaxNominatorRewardedPerValidator: 5 });
  const read = (eras?: number) =>
    readFacts(chain, {
      ...(eras === undefined ? {} : { eras }),
      operators: operatorsFrom(chain, {}),
      eraMs: 21_600_000,
    });

  it('says how many nominators are left out of the rewards', async () => {
    const facts = await read(2);
    expect(facts.paidNominators).toBe(5);
    expect(facts.validators).toMatchObject([
      {
        address: 'A',
        state: 'active',
        exposure: { total: 9n * UNIT, own: UNIT, nominators: 8, pages: null, unpaid: 3 },
        points: [20, 20],
        offences: [{ era: 4, kind: 'slashed', fraction: null }],
      },
      { address: 'B', state: 'waiting', blocked: false, exposure: null, offences: [] },
    ]);
    expect(facts.eras).toEqual([
      { era: 10, points: 30, earners: 2, reward: 5n },
      { era: 11, points: 30, earners: 2, reward: null },
    ]);
  });
  it('remembers slashes for longer than eras, and has no identities', async () => {
    const { spans, identities } = await read(1);
    expect(spans).toEqual({ week: 28, month: 120, slashEras: 120 });
    expect(identities).toEqual({ kind: 'none' });
  });
});

describe('spans', () => {
  const window = {
    activeEra: 1500,
    currentEra: 1500,
    activeEraStart: 0,
    planningMs: null,
    historyDepth: 84,
    oldest: 1416,
    newest: 1499,
  };
  it('a week and a month in eras; what the chain keeps may be less than a month', () => {
    expect(spansOf({ ...window, eraMs: 86_400_000 }, false)).toEqual({ week: 7, month: 30, slashEras: 30 });
    expect(spansOf({ ...window, eraMs: 21_600_000 }, false)).toEqual({ week: 28, month: 120, slashEras: 85 });
    expect(spansOf({ ...window, eraMs: null }, false)).toEqual({ week: 7, month: 30, slashEras: 30 });
  });
});

describe('offences', () => {
  it('are put together from every place that the chain keeps them in, once each', async () => {
    const page = (index: number): [string, Plain] => [`35,A|${index}`, { validator: 'A' }];
    const chain = tableChain(
      {
        ValidatorSlashInEra: { '9,A': [5, 10n], '7,B': [6, 0n] },
        UnappliedSlashes: Object.fromEntries([page(0), page(1)]),
        OffenceQueue: { '10,B': { slashFraction: 3 } },
        ProcessingOffence: { '': [11, 'A', { slashFraction: 4 }] },
      },
      // A deferred slash is kept under the era in which it is applied, 27 after the offence.
      { SlashDeferDuration: 27 },
    );
    // The key of a deferred slash is a tuple.
    const entries = chain.entries.bind(chain);
    const withTuples = {
      ...chain,
      entries: async (query: Parameters<typeof entries>[0]) => {
        const found = await entries(query);
        if (query.item !== 'UnappliedSlashes') return found;
        return found.map(({ value }, index) => ({ keys: [35, ['A', 2, index]] as Plain[], value }));
      },
    };
    const found = await readOffences(withTuples as typeof chain, ['A', 'B']);
    expect(found.get('A')).toEqual([
      { era: 8, kind: 'deferred', fraction: 2 },
      { era: 9, kind: 'slashed', fraction: 5 },
      { era: 11, kind: 'reported', fraction: 4 },
    ]);
    expect(found.get('B')).toEqual([
      { era: 7, kind: 'slashed', fraction: 6 },
      { era: 10, kind: 'reported', fraction: 3 },
    ]);
  });
});

describe('identities', () => {
  const raw = (text: string) => ({ Raw: `0x${Buffer.from(text).toString('hex')}` });
  const registration = (name: Plain, ...judgements: string[]): Plain => ({
    judgements: judgements.map((judgement, index) => [index, judgement]),
    info: { display: name },
  });
  const people = tableChain({
    'Identity.IdentityOf': {
      A: registration(raw('Alder'), 'Reasonable'),
      B: [registration(raw('Alder'), 'KnownGood', 'Erroneous'), null],
      P: registration(raw('Parent')),
      H: registration({ BlakeTwo256: '0xab' }),
      X: registration({ Raw: '0xff' }, 'OutOfDate'),
    },
    'Identity.SuperOf': { A: ['P', raw('one')], C: ['P', 'None'], D: ['gone', raw('x')] },
  });

  it('belong to the account, or to the one above it; judgements are weighed', async () => {
    const found = await readIdentities(people, ['A', 'B', 'C', 'D', 'H', 'X']);
    expect(Object.fromEntries(found)).toEqual({
      A: { id: 'P', name: 'Parent/one', judgement: 'unjudged', source: 'parent' },
      B: { id: 'B', name: 'Alder', judgement: 'bad', source: 'identity' },
      C: { id: 'P', name: 'Parent', judgement: 'unjudged', source: 'parent' },
      H: { id: 'H', name: 'BlakeTwo256 0xab', judgement: 'unjudged', source: 'identity' },
      X: { id: 'X', name: '0xff', judgement: 'unjudged', source: 'identity' },
    });
  });
  it('of another chain are named as such; the operators’ file goes before them', async () => {
    const file = { names: new Map([['B', 'Mine']]), sha256: 'ab' };
    const operators = await operatorsFrom(tableChain({}), { identityChain: people, file })(['A', 'B']);
    expect(operators.source).toMatchObject({
      kind: 'chain',
      other: { block: people.reference.hash },
      file: 'ab',
    });
    expect(operators.of('B')).toEqual({ id: 'file:Mine', name: 'Mine', judgement: 'good', source: 'file' });
    expect(operators.of('A')?.id).toBe('P');
    expect(operators.of('Z')).toBeNull();
  });
  it('are asked of a chain that has them', async () => {
    await expect(readIdentities(tableChain({}), ['A'])).rejects.toMatchObject({
      code: 'NO_IDENTITIES',
      exit: 4,
    });
  });
});

it('a hostile name steers nothing: not in a list, not in an explanation', () => {
  const name = `\u001b[31mred\u202eevil\u009b2J\n${'w'.repeat(100)}`;
  const facts = factsOf([validator('A', { operator: operator('x', { name }) }), validator('B')]);
  const list = listValidators(facts, rank(facts, METHOD), {
    only: null,
    filters: [],
    sort: 'total',
    reverse: false,
  });
  const explained = explainResult(provenanceOf(facts), explain(facts, METHOD, 'A'));
  const screen = { width: 200, colour: false };
  for (const text of [
    renderText(validatorListView(list), screen),
    renderText(explainView(explained), screen),
  ]) {
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(text).not.toContain('w'.repeat(41));
    expect(text).toContain('evil');
  }
  expect(explained.sentence).not.toMatch(/\p{Cc}|\p{Cf}/u);
});
