import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DuplicateName, duplicateIn, parseJson } from '../../src/lib/json.js';

/** The value, written with every member of every object twice, or once. */
function written(value: unknown, at: { left: number }): string {
  if (Array.isArray(value)) return `[${value.map((one) => written(one, at)).join(' ,')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value).flatMap(([name, one]) => {
    const member = `${JSON.stringify(name)} : ${written(one, at)}`;
    return at.left-- === 0 ? [member, member] : [member];
  });
  return `{${members.join(', ')}}`;
}
const membersOf = (value: unknown): number =>
  value === null || typeof value !== 'object'
    ? 0
    : (Array.isArray(value) ? 0 : Object.keys(value).length) +
      Object.values(value).reduce((sum: number, one) => sum + membersOf(one), 0);

describe('strict JSON', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(parseJson(text)).toEqual(JSON.parse(text));
        expect(parseJson(written(value, { left: -1 }))).toEqual(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });
  it('refuses a name that is there twice, wherever it is', () => {
    fc.assert(
      fc.property(
        fc.jsonValue().filter((value) => membersOf(value) > 0),
        fc.nat(),
        (value, which) => {
          const text = written(value, { left: which % membersOf(value) });
          expect(() => parseJson(text)).toThrow(DuplicateName);
        },
      ),
      { numRuns: 500 },
    );
  });
  it('knows a name in every spelling, says where, and takes no text for a name', () => {
    expect(duplicateIn('{"a":1,"\\u0061":1}')).toMatchObject({ member: 'a', offset: 7 });
    expect(duplicateIn('{"\\"":{"x":0},"x":["{\\"x\\":1,\\"x\\":2}"]}')).toBeNull();
    expect(duplicateIn('[{"a":1},{"a":2},"a","a"]')).toBeNull();
    expect(duplicateIn('{"a":{"a":[{"a":1}]}}')).toBeNull();
    expect(duplicateIn('{"a":["b"],"c":["b","b"],"a":0}')).toMatchObject({ member: 'a' });
    expect(duplicateIn('{"__proto__":1,"__proto__":2}')).toMatchObject({ member: '__proto__' });
  });
  it('refuses what is no JSON', () => {
    for (const text of ['', '{', '{"a":1,}', "{'a':1}", '{"a":1} x', '\ufeff{}'])
      expect(() => parseJson(text)).toThrow(SyntaxError);
  });
});
