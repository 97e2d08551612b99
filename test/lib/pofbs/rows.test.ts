/** Reading snapshots row by row, and what is counted on the way. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { common, fingerprint, KEYS } from '../../../src/lib/pofbs/fingerprint.js';
import { PrivacyLint } from '../../../src/lib/pofbs/privacy.js';
import { Rows } from '../../../src/lib/pofbs/rows.js';
import type { Row } from '../../../src/lib/pofbs/types.js';
import { privacyView } from '../../../src/lib/pofbs/viewPrivacy.js';
import { renderText } from '../../../src/render/index.js';
import { FIRST, inputOf, rowsOf } from './custodyEpochs.js';
import { anyRows, csvOf, rowsWith } from './snapshots.js';

const bytesOf = (text: string) => new TextEncoder().encode(text);

async function readAll(bytes: Uint8Array, piece?: number) {
  const rows = new Rows(inputOf(bytes, piece), 'a.csv');
  const found: [string, bigint, bigint, bigint][] = [];
  while (await rows.step()) found.push([rows.idText(), rows.amount(0), rows.amount(1), rows.amount(2)]);
  return found;
}

const listed = (rows: readonly Row[]) =>
  rows.map(({ id, total, withdrawable, request }) => [
    Buffer.from(id).toString('hex'),
    total,
    withdrawable,
    request,
  ]);

describe('rows of a snapshot', () => {
  it('are the same however the bytes come', async () => {
    await fc.assert(
      fc.asyncProperty(anyRows(), fc.integer({ min: 1, max: 400 }), async (rows, piece) => {
        expect(await readAll(csvOf(rows), piece)).toEqual(listed(rows));
      }),
      { numRuns: 60 },
    );
  });
  it('cross the border of the buffer', async () => {
    const rows = rowsWith(Array.from({ length: 30_000 }, (_, at) => [BigInt(at) * 10n ** 30n, 5n, 5n]));
    expect(await readAll(csvOf(rows), 1 << 22)).toEqual(listed(rows));
  });

  const vectors = new URL('../../vectors/pofbs/csv/', import.meta.url);
  it('are refused by the rules of the form that EXPECTED.json names', async () => {
    const expected = JSON.parse(readFileSync(new URL('EXPECTED.json', vectors), 'utf8'));
    const cases = Object.entries(expected.files) as [string, { anyOf?: string[] }][];
    expect(cases.length).toBeGreaterThan(5);
    let refused = 0;
    for (const [name, { anyOf = [] }] of cases) {
      if (!name.endsWith('.csv') || !anyOf.some((rule) => rule.startsWith('E_') || rule === 'C6')) continue;
      if (anyOf.includes('E_ROWCOUNT')) continue;
      const bytes = new Uint8Array(readFileSync(new URL(name, vectors)));
      const code = await readAll(bytes).then(
        () => 'read',
        (error) => error.code,
      );
      expect([name, anyOf]).toEqual([name, expect.arrayContaining([code])]);
      refused++;
    }
    expect(refused).toBeGreaterThan(5);
  });

  const id = 'ab'.repeat(32);
  const HEADER = 'id,total,withdrawable,request\n';
  it.each([
    ['E_HEADER', ''],
    ['E_HEADER', 'id,total,request,withdrawable\n'],
    ['E_BOM', `\ufeff${HEADER}${id},1,1,1\n`],
    ['E_EMPTY', HEADER],
    ['E_FINAL_NEWLINE', `${HEADER}${id},1,1,1`],
    ['E_LINE_ENDING', `${HEADER}${id},1,1,1\r\n`],
    ['E_BLANK_LINE', `${HEADER}${id},1,1,1\n\n`],
    ['E_COLUMNS', `${HEADER}${id},1,1\n`],
    ['E_ID_SYNTAX', `${HEADER}${id.toUpperCase()},1,1,1\n`],
    ['C1', `${HEADER}${id},-1,1,1\n`],
    ['E_AMOUNT_SYNTAX', `${HEADER}${id},1,1,1.0\n`],
    ['E_AMOUNT_NONCANONICAL', `${HEADER}${id},01,1,1\n`],
    ['E_AMOUNT_RANGE', `${HEADER}${id},${2n ** 128n},1,1\n`],
    ['E_AMOUNT_RANGE', `${HEADER}${id},${'9'.repeat(40)},1,1\n`],
    ['C6', `${HEADER}${id},1,1,1\n${id},1,1,1\n`],
    ['E_ORDER', `${HEADER}${id},1,1,1\n${'aa'.repeat(32)},1,1,1\n`],
    ['E_COLUMNS', `${HEADER}${'a'.repeat(100_000)}`],
  ])('%s', async (code, text) => {
    await expect(readAll(bytesOf(text))).rejects.toMatchObject({ code, exit: 9 });
  });
  it('say the line and the byte', async () => {
    const text = `${HEADER}${id},1,1,1\n\u001b[2J\n`;
    await expect(readAll(bytesOf(text))).rejects.toMatchObject({
      details: { file: 'a.csv', rule: 'E_COLUMNS', line: 3, offset: HEADER.length + 71 },
      message: expect.not.stringContaining('\u001b'),
    });
  });
});

const printOf = (rows: readonly Row[]) => fingerprint(new Rows(inputOf(csvOf(rows)), 'a.csv'));

/** The same counts, without hashes. */
function naive(rows: readonly Row[]) {
  const alone = (values: readonly string[]) =>
    values.filter((value) => values.filter((other) => other === value).length === 1);
  const all = rows.map(({ total, withdrawable, request }) => `${total} ${withdrawable} ${request}`);
  const sizes = new Map<number, number>();
  for (const one of all) {
    const size = all.filter((other) => other === one).length;
    sizes.set(size, (sizes.get(size) ?? 0) + 1);
  }
  return {
    total: alone(rows.map(({ total }) => String(total))),
    withdrawable: alone(rows.map(({ withdrawable }) => String(withdrawable))),
    request: alone(rows.filter(({ request }) => request > 0n).map(({ request }) => String(request))),
    all: alone(all),
    sizes,
  };
}

describe('fingerprints', () => {
  const few = fc.array(
    fc
      .tuple(fc.nat(6), fc.nat(6), fc.nat(6))
      .map(([a, b, c]) => [a, b, c].sort((x, y) => y - x).map(BigInt) as [bigint, bigint, bigint]),
    { minLength: 1, maxLength: 40 },
  );
  it('count what a naive count counts', async () => {
    await fc.assert(
      fc.asyncProperty(few.map(rowsWith), few.map(rowsWith), async (one, other) => {
        const [a, b] = [await printOf(one), await printOf(other)];
        const [x, y] = [naive(one), naive(other)];
        for (const key of KEYS) {
          expect(a.single[key]).toHaveLength(x[key].length);
          expect(common(a.single[key], b.single[key])).toBe(
            x[key].filter((value) => y[key].includes(value)).length,
          );
        }
        expect(a.sets).toEqual(x.sizes);
        expect(a.requests).toBe(one.filter(({ request }) => request > 0n).length);
        expect(common(a.ids, b.ids)).toBe(Math.min(one.length, other.length));
      }),
      { numRuns: 60 },
    );
  });
  it('tell amounts apart whose digits run together', async () => {
    const rows = rowsWith([
      [123n, 45n, 6n],
      [12n, 345n, 6n],
      [1n, 2345n, 6n],
      [1234567890n, 1n, 0n],
      [123456789n, 1n, 0n],
      [2n ** 128n - 1n, 1n, 0n],
      [2n ** 128n - 2n, 1n, 0n],
    ]);
    const found = await printOf(rows);
    expect(found.single.all).toHaveLength(7);
    expect(found.single.total).toHaveLength(7);
  });
});

describe('the lint', () => {
  const source = async (name: string, rows: readonly Row[], epoch: number | null = null) => ({
    source: name,
    asset: 'DOT',
    epoch,
    fingerprint: await printOf(rows),
  });
  const two = async () => {
    const lint = new PrivacyLint();
    const people = { a: [100n, 50n, 0n], b: [100n, 60n, 7n], c: [30n, 0n, 0n], d: [9n, 9n, 9n] } as const;
    lint.add(await source('one', rowsOf(FIRST, people), 1));
    lint.add(await source('two', rowsOf({ ...FIRST, epoch: 2 }, { ...people, c: [31n, 0n, 0n] }), 2));
    return lint;
  };

  it('counts what can be joined, and by what', async () => {
    const { files, pairs, worst } = (await two()).result();
    expect(files[0]).toMatchObject({ rows: 4, requests: 2, uniqueRequests: 2, unique: { total: 2, all: 4 } });
    expect(files[0]?.sets.map(({ rows }) => rows)).toEqual([4, 0, 0, 0, 0, 0]);
    expect(pairs).toEqual([
      {
        from: 'one',
        to: 'two',
        joined: { total: 1, withdrawable: 4, request: 2, all: 3 },
        sameIds: 0,
      },
    ]);
    expect(worst).toEqual({ source: 'one', by: 'next', key: 'withdrawable', rows: 4, of: 4 });
  });
  it('holds the worst share against the limit exactly', async () => {
    const limit = (text: string, millionths: bigint) =>
      two().then((lint) => lint.result({ text, millionths }).limit);
    expect(await limit('100', 100_000_000n)).toEqual({ percent: '100', kept: true });
    expect(await limit('99.999999', 99_999_999n)).toEqual({ percent: '99.999999', kept: false });
  });
  it('sees ids that are used again', async () => {
    const lint = new PrivacyLint();
    const rows = rowsOf(FIRST, { a: [1n, 1n, 1n], b: [1n, 1n, 1n] });
    lint.add(await source('one', rows));
    lint.add(await source('two', rows));
    const result = lint.result();
    expect(result.pairs[0]?.sameIds).toBe(2);
    expect(result.worst).toMatchObject({ by: 'ids', rows: 2, of: 2 });
    expect(result.recommendations[0]).toContain('Ids are used again');
  });
  it('of equal rows finds nothing to single out', async () => {
    const lint = new PrivacyLint();
    lint.add(await source('one', rowsWith(Array.from({ length: 200 }, () => [10n, 10n, 0n] as const))));
    const result = lint.result({ text: '0', millionths: 0n });
    expect(result.worst).toBeNull();
    expect(result.limit).toEqual({ percent: '0', kept: true });
    expect(result.recommendations).toEqual([]);
  });
  it('compares assets each with itself', async () => {
    const lint = new PrivacyLint();
    const rows = rowsOf(FIRST, { a: [1n, 1n, 1n] });
    lint.add({ ...(await source('one', rows)), asset: 'DOT' });
    lint.add({ ...(await source('two', rows)), asset: 'USDC' });
    expect(lint.result().pairs).toEqual([]);
  });
  it('is told in words', async () => {
    const shown = renderText(privacyView((await two()).result({ text: '5', millionths: 5_000_000n })), {
      colour: false,
      width: Number.POSITIVE_INFINITY,
    });
    expect(shown).toContain(
      '4 of 4 rows (100 %) of one can be followed to the next file by the withdrawable alone',
    );
    expect(shown).toContain('✗ At most 5 % of the rows of a file are singled out: FALSE');
    expect(shown).toContain('withdraw in fixed steps');
  });
});
