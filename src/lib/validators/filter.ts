/** `commission<=5%`, `active`, `!blocked`: which validators a list shows, and in which order. */

import { type BursarError, usageError } from '../errors.js';
import { parseDecimal } from '../numeric/decimal.js';
import { quote } from '../numeric/text.js';
import { inclusionOf, meanPoints, type Ranking, tokens } from './ranking.js';
import type { Facts, ValidatorFacts } from './types.js';

/** What a list knows of a validator; a value that is missing fails every comparison and comes last. */
type Value = number | string | boolean | null;

interface Field {
  readonly kind: 'number' | 'percent' | 'text' | 'yes/no';
  readonly of: (validator: ValidatorFacts, context: Context) => Value;
}

interface Context {
  readonly facts: Facts;
  readonly ranking: Ranking;
}

const FIELDS: Readonly<Record<string, Field>> = {
  address: { kind: 'text', of: ({ address }) => address },
  operator: { kind: 'text', of: ({ operator }) => operator?.name ?? null },
  commission: { kind: 'percent', of: ({ commission }) => (commission === null ? null : commission / 1e9) },
  own: { kind: 'number', of: ({ exposure }, { facts }) => exposure && tokens(facts, exposure.own) },
  total: { kind: 'number', of: ({ exposure }, { facts }) => exposure && tokens(facts, exposure.total) },
  nominators: { kind: 'number', of: ({ exposure }) => exposure?.nominators ?? null },
  pages: { kind: 'number', of: ({ exposure }) => exposure?.pages ?? null },
  unpaid: { kind: 'number', of: ({ exposure }) => exposure?.unpaid ?? null },
  points: {
    kind: 'percent',
    of: (validator, { facts, ranking }) =>
      ranking.means.aepa === 0 ? null : meanPoints(facts, validator) / ranking.means.aepa,
  },
  inclusion: { kind: 'percent', of: (validator) => inclusionOf(validator) },
  offences: { kind: 'number', of: ({ offences }) => offences.length },
  score: {
    kind: 'number',
    of: ({ address }, { ranking }) =>
      ranking.validators.find((one) => one.address === address)?.score ?? null,
  },
  active: { kind: 'yes/no', of: ({ state }) => state === 'active' },
  waiting: { kind: 'yes/no', of: ({ state }) => state === 'waiting' },
  chilled: { kind: 'yes/no', of: ({ state }) => state === 'chilled' },
  blocked: { kind: 'yes/no', of: ({ blocked }) => blocked },
  identity: { kind: 'yes/no', of: ({ operator }) => operator !== null },
  judged: { kind: 'yes/no', of: ({ operator }) => operator?.judgement === 'good' },
};

export const FILTER_FIELDS = Object.keys(FIELDS);

const COMPARE = {
  '<=': (a: number, b: number) => a <= b,
  '>=': (a: number, b: number) => a >= b,
  '!=': (a: number, b: number) => a !== b,
  '<': (a: number, b: number) => a < b,
  '>': (a: number, b: number) => a > b,
  '=': (a: number, b: number) => a === b,
} as const;

type Test = (validator: ValidatorFacts, context: Context) => boolean;

/**
 * One condition: a field alone (`active`, `!blocked`), or a comparison (`commission<=5%`, `own>=1000`,
 * `operator=Alder`, any part of the name, in any case). Amounts are whole tokens.
 * @throws usage FILTER, FIELD
 */
export function parseFilter(text: string): Test {
  const bare = /^(!?)\s*([a-z]+)$/.exec(text.trim());
  if (bare !== null) {
    const field = fieldNamed(bare[2]!);
    if (field.kind !== 'yes/no') throw wrong(text, `${bare[2]} needs a comparison, such as ${bare[2]}>0`);
    const wanted = bare[1] === '';
    return (validator, context) => field.of(validator, context) === wanted;
  }
  const [, name = '', operator = '', right = ''] =
    /^([a-z]+)\s*(<=|>=|!=|<|>|=)\s*(.+)$/s.exec(text.trim()) ?? [];
  if (name === '') throw wrong(text, 'write FIELD, !FIELD, or a comparison such as commission<=5%');
  const field = fieldNamed(name);
  if (field.kind === 'yes/no') throw wrong(text, `${name} is yes or no: write ${name} or !${name}`);
  if (field.kind === 'text') {
    if (operator !== '=' && operator !== '!=')
      throw wrong(text, `${name} can only be compared with = and !=`);
    const part = right.trim().toLowerCase();
    return (validator, context) => {
      const value = field.of(validator, context);
      return (typeof value === 'string' && value.toLowerCase().includes(part)) === (operator === '=');
    };
  }
  const limit = numberOf(right.trim(), field.kind, text);
  const compare = COMPARE[operator as keyof typeof COMPARE];
  return (validator, context) => {
    const value = field.of(validator, context);
    return typeof value === 'number' && compare(value, limit);
  };
}

function numberOf(text: string, kind: 'number' | 'percent', whole: string): number {
  const percent = text.endsWith('%');
  const parsed = parseDecimal(percent ? text.slice(0, -1) : text, 7);
  if ('fault' in parsed || percent !== (kind === 'percent'))
    throw wrong(whole, kind === 'percent' ? 'write a percentage, such as 5%' : 'write a number');
  // One division of whole numbers, as for a commission in parts of 10^9: at the limit both are the same double.
  return Number(parsed.units) / (percent ? 1e9 : 1e7);
}

const hint = `Fields: ${FILTER_FIELDS.join(', ')}.`;

function fieldNamed(name: string): Field {
  const field = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
  if (field === undefined) throw usageError('FIELD', `Validators have no field ${quote(name)}.`, { hint });
  return field;
}

const wrong = (text: string, why: string): BursarError =>
  usageError('FILTER', `${quote(text)} is no filter: ${why}.`, { hint });

/**
 * The validators that pass all filters, sorted: numbers from the largest, texts from A, yes before no; what is missing
 * last; equal ones by address.
 * @throws usage FILTER, FIELD
 */
export function listed(
  facts: Facts,
  ranking: Ranking,
  wish: { readonly filters: readonly string[]; readonly sort: string; readonly reverse: boolean },
): ValidatorFacts[] {
  const context = { facts, ranking };
  const tests = wish.filters.map(parseFilter);
  const field = fieldNamed(wish.sort);
  const rows = facts.validators
    .filter((validator) => tests.every((test) => test(validator, context)))
    .map((validator) => ({ validator, value: field.of(validator, context) }));
  const direction = (field.kind === 'text' ? 1 : -1) * (wish.reverse ? -1 : 1);
  rows.sort(
    (a, b) =>
      Number(a.value === null) - Number(b.value === null) ||
      direction * compareValues(a.value, b.value) ||
      (a.validator.address < b.validator.address ? -1 : 1),
  );
  return rows.map(({ validator }) => validator);
}

function compareValues(a: Value, b: Value): number {
  if (a === null || b === null || a === b) return 0;
  return a < b ? -1 : 1;
}
