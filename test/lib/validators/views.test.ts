import { describe, expect, it } from 'vitest';
import { BursarError, usageError } from '../../../src/lib/errors.js';
import { asNoValidatorName, explain } from '../../../src/lib/validators/explain.js';
import { explainResult, explainView } from '../../../src/lib/validators/explainView.js';
import { listValidators, provenanceOf, scoreResult } from '../../../src/lib/validators/list.js';
import { candidatesOf, rank } from '../../../src/lib/validators/ranking.js';
import { selectResult } from '../../../src/lib/validators/select.js';
import { selectValidators } from '../../../src/lib/validators/selection.js';
import { selectView } from '../../../src/lib/validators/selectView.js';
import type { ValidatorFacts } from '../../../src/lib/validators/types.js';
import { validatorListView, validatorScoreView } from '../../../src/lib/validators/view.js';
import { noValidators } from '../../../src/lib/validators/watch.js';
import { watchResult, watchView } from '../../../src/lib/validators/watchView.js';
import type { Block, View } from '../../../src/lib/view.js';
import { factsOf, METHOD, operator, UNIT, validator } from './support.js';

const blocks = <Kind extends Block['kind']>(view: View, kind: Kind) =>
  view.blocks.filter((block): block is Extract<Block, { kind: Kind }> => block.kind === kind);
const table = (view: View, header: string) =>
  blocks(view, 'table').find(({ columns }) => columns[0]!.header === header);

const WISH = { only: null, filters: [], sort: 'total', reverse: false };

describe('a selection names everybody', () => {
  const selected = (validators: readonly ValidatorFacts[]) => {
    const facts = factsOf(validators);
    const { means } = rank(facts, METHOD);
    const rules = {
      maxCommission: 1,
      minNomination: 0,
      maxPerOperator: 2,
      maxValidators: 1,
      keep: [],
      margin: 0,
    };
    const selection = selectValidators(candidatesOf(facts, METHOD, means), { aepa: means.aepa, ...rules });
    return selectView(
      selectResult(facts, {
        method: METHOD,
        rules,
        means,
        selection,
        nominator: null,
        minStashBond: null,
        returns: null,
        saved: null,
      }),
    );
  };

  it('that was dropped, with operator and reason', () => {
    const view = selected([
      validator('A'),
      validator('B', { blocked: true, operator: operator('Birch') }),
      validator('C', { operator: null }),
      validator('D', { operator: operator('other', { name: 'Birch', judgement: 'bad' }) }),
    ]);
    expect(table(view, 'dropped')?.rows).toEqual([
      ['B', 'Birch', 'takes no new nominations'],
      ['C', { text: '–', tone: 'muted' }, 'no reputation'],
      // Somebody else's name: a registrar found it false.
      ['D', { text: 'Birch (found false)', tone: 'bad' }, 'no reputation'],
    ]);
    expect(blocks(view, 'note').map(({ text }) => text)).not.toContainEqual(
      expect.stringContaining('--json'),
    );
  });

  it('and says where the others are if there are many', () => {
    const many = (letter: string, count: number, more: Partial<ValidatorFacts>) =>
      Array.from({ length: count }, (_, at) => validator(`${letter}${at}`, more));
    const view = selected([...many('A', 13, {}), ...many('B', 32, { operator: null })]);
    expect(table(view, 'dropped')?.rows).toHaveLength(30);
    expect(table(view, 'next best')?.rows).toHaveLength(10);
    expect(blocks(view, 'note').map(({ text }) => text)).toEqual(
      expect.arrayContaining([
        '2 more that passed the filters: --json names all with their reasons.',
        '2 more that were dropped: --json names all with their reasons.',
      ]),
    );
  });
});

describe('pictures can be compared', () => {
  const facts = factsOf([validator('A', { points: [100, 200] }), validator('B', { points: [30, null] })]);

  it('the points by era of all rows have one scale', () => {
    const view = validatorListView(listValidators(facts, rank(facts, METHOD), WISH));
    const cells = table(view, 'validator')!.rows.flatMap((row) =>
      row.filter((cell) => typeof cell === 'object' && 'spark' in cell),
    );
    expect(cells).toEqual([
      { spark: [100, 200], high: 200 },
      { spark: [30, null], high: 200 },
    ]);
  });

  it('a validator’s points and the mean are measured from 0', () => {
    const view = explainView(explainResult(provenanceOf(facts), explain(facts, METHOD, 'A')));
    expect(blocks(view, 'chart')).toMatchObject([
      { title: expect.stringContaining('Era points'), from: 'zero' },
    ]);
  });
});

describe('amounts', () => {
  const exposure = {
    total: 12_345n * UNIT + (UNIT * 9n) / 10n,
    own: 2_345n * UNIT + UNIT / 10n,
    nominators: 1,
    pages: 1,
    unpaid: null,
  };
  const facts = factsOf([{ ...validator('A'), exposure }, validator('B')]);

  it('are cut in tables and in charts alike', () => {
    const view = validatorListView(listValidators(facts, rank(facts, METHOD), WISH));
    expect(table(view, 'validator')!.rows[0]).toContainEqual(expect.objectContaining({ text: '12,345' }));
    expect(blocks(view, 'chart')[0]!.series[0]!.points[0]).toBe(12_345);
  });

  it('have a unit and thousands in the table of scores', () => {
    const view = validatorScoreView(scoreResult(facts, METHOD, rank(facts, METHOD), null));
    const scores = table(view, 'rank')!;
    const at = scores.columns.findIndex(({ header }) => header === 'nomination (UNIT)');
    expect(scores.rows.map((row) => row[at])).toContainEqual({
      text: '10,000',
      sort: expect.closeTo(10_000.8),
    });
  });
});

describe('watch', () => {
  const look = { genesisHash: '0x01', block: { hash: '0x02', number: 20, timestamp: 0 }, activeEra: 3 };
  const seen = { commission: 0, blocked: false, elected: true, unpaid: 0, offences: [], judged: null };
  const before = { genesisHash: '0x01', block: 10, era: 2, validators: [{ address: 'A', ...seen }] };
  const texts = (view: View) => blocks(view, 'note').map(({ text }) => text);

  it('says of whom it is the first look', () => {
    const result = watchResult(look, before, ['A', 'B'], []);
    expect(result.added).toEqual(['B']);
    expect(texts(watchView(result))).toEqual([
      'Nothing changed since block 10, era 2.',
      'The first look at B: there is nothing to compare with yet.',
    ]);
    expect(texts(watchView(watchResult(look, before, ['B'], [])))).toEqual([
      'The first look: there is nothing to compare with yet.',
    ]);
    expect(texts(watchView(watchResult(look, before, ['A'], [])))).toHaveLength(1);
  });

  it('says who is no validator', () => {
    const stranger = { address: 'B', commission: null, blocked: false, offences: [] };
    const elected = { exposure: { own: 1n, nominators: 0n, total: 1n, count: 0, pages: 1 } };
    const absent = { exposure: null };
    const seats = (...given: readonly object[]) => ({ era: 3, mean: 1, seats: given as never });
    const of = (...eras: readonly ReturnType<typeof seats>[]) =>
      noValidators({
        ...look,
        lost: null,
        eras,
        validators: [{ ...stranger, address: 'A', commission: 0 }, stranger],
      });
    expect(of(seats(absent, absent))).toEqual(['B']);
    // It left: what becomes of its last eras is still told.
    expect(of(seats(absent, elected), seats(absent, absent))).toEqual([]);
    expect(texts(watchView(watchResult(look, before, ['A', 'B'], [], {}, ['B']))).at(-1)).toBe(
      'No validator now: B. Is the address right?',
    );
  });

  it('names the operator, and whether a registrar found the name false', () => {
    const change = { kind: 'blocked', address: 'A', era: 3, from: null, to: null } as const;
    const birch = operator('x', { name: 'Birch\u001b[31m', judgement: 'bad' });
    const [list] = blocks(watchView(watchResult(look, before, ['A'], [change], { A: birch })), 'list');
    expect(list?.items[0]).toMatch(/^era 3 {2}A {2}Birch.* \(found false\) {2}accepts no new nominations/);
    expect(list?.items[0]).not.toContain('\u001b');
  });
});

it('a name that no key has is answered with the way to an operator’s addresses', () => {
  const thrown = (error: Error) => {
    try {
      return asNoValidatorName(error);
    } catch (again) {
      return again as BursarError;
    }
  };
  const unknown = thrown(usageError('KEY_NOT_FOUND', 'There is no key.', { hint: 'Other.' }));
  expect(unknown).toBeInstanceOf(BursarError);
  expect(unknown).toMatchObject({ code: 'KEY_NOT_FOUND', exit: 2, message: 'There is no key.' });
  expect(unknown.hint).toContain('--filter operator=');
  const other = usageError('ADDRESS_LENGTH', 'Too short.');
  expect(thrown(other)).toBe(other);
});
