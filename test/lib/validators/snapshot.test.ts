import { describe, expect, it } from 'vitest';
import { chooseTargets, type Rules } from '../../../src/lib/validators/choose.js';
import { rank } from '../../../src/lib/validators/ranking.js';
import {
  decodeSnapshot,
  encodeSnapshot,
  makeSnapshot,
  replay,
  type SavedSelection,
  selectedIn,
  targetsOf,
} from '../../../src/lib/validators/snapshot.js';
import type { Facts } from '../../../src/lib/validators/types.js';
import { crowd, factsOf, GENESIS, METHOD, operator, UNIT, validator } from './support.js';

const RULES: Rules = {
  maxCommission: 1,
  minNomination: 0,
  maxPerOperator: 2,
  maxValidators: 16,
  keep: [],
  margin: 0,
};

const selectionOf = (facts: Facts, account: string | null = null): SavedSelection => ({
  account,
  current: [],
  rules: RULES,
  result: chooseTargets(facts, METHOD, RULES),
});
const saved = (facts: Facts, selection: SavedSelection | null = null) =>
  encodeSnapshot(makeSnapshot('1.0.0', facts, METHOD, rank(facts, METHOD), selection)).text;

// biome-ignore lint/suspicious/noExplicitAny: a test changes whatever is in the file
function changed(text: string, change: (content: any) => void, digestToo = false): string {
  const file = JSON.parse(text);
  change(file.content);
  if (!digestToo) return JSON.stringify(file);
  // Somebody who changes the content can make the digest fit it; the scores must still follow from the facts.
  const { found } = decodeSnapshot(JSON.stringify(file));
  return JSON.stringify({ ...file, sha256: found });
}

const facts = factsOf([
  validator('A', { points: [120, 90], commission: 50_000_000 }),
  validator('B', { offences: [{ era: 101, kind: 'slashed', fraction: 10_000_000 }] }),
  validator('C', { nomination: null, operator: null }),
]);

describe('a snapshot', () => {
  it('is read back as it was, and everything in it follows', () => {
    const file = decodeSnapshot(saved(facts, selectionOf(facts)));
    expect(file.content.facts).toEqual(facts);
    expect(file.content.method).toEqual(METHOD);
    expect(replay(file)).toBeNull();
    expect(selectedIn(file)).toEqual(['A']);
  });
  it('has the same bytes for the same facts', () => {
    expect(saved(structuredClone(facts))).toBe(saved(facts));
  });
  it('holds also when its white space is another', () => {
    expect(replay(decodeSnapshot(JSON.stringify(JSON.parse(saved(facts)), null, 2)))).toBeNull();
  });
  it('keeps a name from steering a terminal, and reads it back', () => {
    const name = 'a\u001b[2Jb\u202ec\u009bd';
    const text = saved(factsOf([validator('A', { operator: operator('A', { name }) })]));
    expect(text).not.toMatch(/[\p{Cc}\p{Cf}](?!$)/u);
    const file = decodeSnapshot(text);
    expect(replay(file)).toBeNull();
    expect(file.content.facts.validators[0]!.operator?.name).toBe(name);
  });

  it.each([
    ['a commission', (c: { facts: Facts }) => Object.assign(c.facts.validators[0]!, { commission: 1 })],
    [
      'a score',
      (c: { ranking: { validators: { score: number }[] } }) => {
        c.ranking.validators[0]!.score += 1;
      },
    ],
    ['an unknown field', (c: object) => Object.assign(c, { more: true })],
  ])('whose %s was changed does not have its digest', (_, change) => {
    expect(replay(decodeSnapshot(changed(saved(facts), change)))).toMatchObject({ what: 'digest' });
  });
  it('whose score does not follow is found out although the digest fits; the first difference is named', () => {
    const raised = changed(
      saved(facts),
      ({ ranking }) => {
        ranking.validators[1].score = 1;
      },
      true,
    );
    expect(replay(decodeSnapshot(raised))).toEqual({
      what: 'score',
      at: 'content.ranking.validators[1].score',
      saved: 1,
      computed: 0,
    });
    const facts2 = changed(
      saved(facts),
      ({ facts: one }) => Object.assign(one.validators[0], { commission: 0 }),
      true,
    );
    expect(replay(decodeSnapshot(facts2))).toMatchObject({
      what: 'score',
      at: 'content.ranking.validators[0].score',
    });
  });
  it('whose selection does not follow is found out', () => {
    const text = changed(
      saved(facts, selectionOf(facts)),
      ({ selection }) => {
        selection.result.selected[0].address = 'B';
      },
      true,
    );
    expect(replay(decodeSnapshot(text))).toMatchObject({ what: 'selection', saved: 'B', computed: 'A' });
  });

  it('that is none is refused, and the place is named', () => {
    for (const text of ['', '{', 'null', '[]', '{"format":"else"}'])
      expect(() => decodeSnapshot(text)).toThrow(
        expect.objectContaining({ code: 'SNAPSHOT_FORMAT', exit: 2 }),
      );
    const broken = (change: Parameters<typeof changed>[1]) => () =>
      decodeSnapshot(changed(saved(facts), change));
    const form = (at: string) =>
      expect.objectContaining({ code: 'FILE_FORM', message: expect.stringContaining(at) });
    expect(broken((c) => Object.assign(c.facts.validators[1], { commission: '5%' }))).toThrow(
      form('content.facts.validators[1].commission'),
    );
    expect(broken((c) => Object.assign(c.facts.validators[1], { commission: 2e9 }))).toThrow(
      form('content.facts.validators[1].commission'),
    );
    expect(broken((c) => c.facts.validators[0].points.pop())).toThrow(form('validators[0].points'));
    expect(broken((c) => Object.assign(c.facts.validators[0].exposure, { total: 1e30 }))).toThrow(
      form('validators[0].exposure.total'),
    );
    expect(broken((c) => Object.assign(c, { method: null }))).toThrow(form('content.method'));
    expect(broken((c) => Object.assign(c.method, { formula: 'constructor' }))).toThrow(
      form('content.method.formula'),
    );
  });

  it('with a name twice, an unknown field, or nested without end is refused although its digest fits', () => {
    const text = saved(facts, selectionOf(facts));
    const refused = (broken: string) =>
      expect(() => replay(decodeSnapshot(broken))).toThrow(expect.any(Error));
    refused(text.replace('"selected":[', '"selected":[],"selected":['));
    refused(text.replace('{"content":', '{"content":{},"content":'));
    refused(text.replace('"format":', '"more":1,"format":'));
    refused(changed(text, (content) => Object.assign(content.facts.validators[0], { more: 1 }), true));
    const deep = '['.repeat(50_000) + ']'.repeat(50_000);
    expect(() => decodeSnapshot(text.replace('"content":{', `"content":{"more":${deep},`))).toThrow(
      expect.objectContaining({ code: 'SNAPSHOT_FORMAT' }),
    );
    // Marks of JSON inside of texts are no fields.
    const name = '","a":{"b\\":[1:2';
    const odd = saved(factsOf([validator('A', { operator: operator('A', { name }) })]));
    expect(replay(decodeSnapshot(odd))).toBeNull();
  });
  it('that leaves out, repeats or turns eras or validators is found out although the digest fits', () => {
    const at = (change: Parameters<typeof changed>[1]) =>
      replay(decodeSnapshot(changed(saved(facts), change, true)))?.at;
    expect(at((c) => c.facts.eras.reverse())).toBe('content.facts.eras[0].era');
    expect(
      at((c) => {
        c.facts.eras.pop();
        for (const one of c.facts.validators) one.points.pop();
      }),
    ).toBe('content.facts.eras[0].era');
    expect(at((c) => c.facts.validators.push(c.facts.validators[0]))).toBe(
      'content.facts.validators[3].address',
    );
    expect(at((c) => c.facts.validators.reverse())).toBe('content.facts.validators[0].address');
  });

  it('of 600 validators and 84 eras is checked in a third of a second', () => {
    const text = saved(crowd());
    const times = Array.from({ length: 5 }, () => {
      const start = performance.now();
      expect(replay(decodeSnapshot(text))).toBeNull();
      return performance.now() - start;
    });
    expect(Math.min(...times)).toBeLessThan(1_500);
  });
});

describe('a selection to nominate', () => {
  const use = { genesisHash: GENESIS, account: 'me', now: facts.block.timestamp + 1000 };
  const targets = (text: string, more: Partial<typeof use> & { maxAgeMs?: number } = {}) =>
    targetsOf(decodeSnapshot(text), { ...use, ...more });
  const fresh = saved(facts, selectionOf(facts));
  const refusal = (code: string, exit: number) => expect.objectContaining({ code, exit });

  it('is taken when all of it fits', () => {
    expect(targets(fresh)).toEqual(['A']);
    expect(targets(saved(facts, selectionOf(facts, 'me')))).toEqual(['A']);
  });
  it('is refused for another chain, another account, or when it was changed', () => {
    expect(() => targets(fresh, { genesisHash: '0x00' })).toThrow(refusal('SELECTION_CHAIN', 4));
    expect(() => targets(saved(facts, selectionOf(facts, 'you')))).toThrow(refusal('SELECTION_ACCOUNT', 4));
    const other = changed(fresh, ({ selection }) =>
      Object.assign(selection.result.selected[0], { address: 'B' }),
    );
    expect(() => targets(other)).toThrow(refusal('SELECTION_DIGEST', 4));
    const forged = changed(
      fresh,
      ({ selection }) => Object.assign(selection.result.selected[0], { address: 'B' }),
      true,
    );
    expect(() => targets(forged)).toThrow(refusal('SELECTION_DIGEST', 4));
  });
  it('is refused after an era, or after the time that was allowed', () => {
    const day = 24 * 60 * 60 * 1000;
    const at = facts.block.timestamp;
    expect(targets(fresh, { now: at + day })).toEqual(['A']);
    expect(() => targets(fresh, { now: at + day + 1 })).toThrow(refusal('SELECTION_AGE', 4));
    expect(() => targets(fresh, { now: at + 11, maxAgeMs: 10 })).toThrow(refusal('SELECTION_AGE', 4));
    expect(targets(fresh, { now: at + 3 * day, maxAgeMs: 3 * day })).toEqual(['A']);
  });
  it('is refused when it comes from the future; an endpoint may be a little behind', () => {
    const now = facts.block.timestamp;
    expect(targets(fresh, { now: now - 60_000 })).toEqual(['A']);
    expect(() => targets(fresh, { now: now - 3_600_000 })).toThrow(refusal('SELECTION_AGE', 4));
  });
  it('is refused when it is a score, or empty', () => {
    expect(() => targets(saved(facts))).toThrow(refusal('SELECTION_MISSING', 2));
    const nobody = factsOf([validator('A', { blocked: true })]);
    expect(() => targets(saved(nobody, selectionOf(nobody)))).toThrow(refusal('SELECTION_EMPTY', 4));
  });
  it('holds amounts beyond what a number can', () => {
    const total = 10n ** 20n * UNIT;
    const big = factsOf([
      { ...validator('A'), exposure: { total, own: 1n, nominators: 1, pages: 1, unpaid: null } },
    ]);
    expect(decodeSnapshot(saved(big)).content.facts.validators[0]!.exposure?.total).toBe(total);
  });
});
