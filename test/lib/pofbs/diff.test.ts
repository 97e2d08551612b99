import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assetChanges, diffRows, headerChanges, type RowsDiff } from '../../../src/lib/pofbs/diff.js';
import type { DiffResult } from '../../../src/lib/pofbs/diffResult.js';
import { toHex } from '../../../src/lib/pofbs/gpmp.js';
import {
  MappingRows,
  RowsById,
  RowsByWallet,
  SORT_KEY_BYTES,
  sortByWallet,
} from '../../../src/lib/pofbs/keyedRows.js';
import { Rows } from '../../../src/lib/pofbs/rows.js';
import { type Run, Sorter } from '../../../src/lib/pofbs/sort.js';
import type { Manifest } from '../../../src/lib/pofbs/types.js';
import { diffView } from '../../../src/lib/pofbs/viewDiff.js';
import { renderText } from '../../../src/render/index.js';
import {
  type Balances,
  chainOf,
  FIRST,
  headerAfter,
  inputOf,
  manifestOf,
  mappingOf,
  rowsOf,
  walletOf,
} from './custodyEpochs.js';
import { csvOf } from './snapshots.js';

const SECOND = { ...FIRST, epoch: 2 };

const byId = (balances: Balances, header = FIRST) =>
  new RowsById(new Rows(inputOf(csvOf(rowsOf(header, balances)), 1000), 'x.csv'));

/** Runs in memory: what is on disk otherwise. */
function memoryStore() {
  return {
    create: () => {
      const parts: Uint8Array[] = [];
      return {
        write: (bytes: Uint8Array) => void parts.push(bytes.slice()),
        finish: (): Run => {
          const all = Buffer.concat(parts);
          return {
            bytes: all.length,
            read: (into, at) => all.copy(into, 0, at, Math.min(all.length, at + into.length)),
            discard: () => {},
          };
        },
      };
    },
  };
}

async function byWallet(balances: Balances, header = FIRST, names = Object.keys(balances)) {
  const sorter = new Sorter({ keyLength: SORT_KEY_BYTES, memory: 200_000, store: memoryStore() });
  const rows = new Rows(inputOf(csvOf(rowsOf(header, balances)), 777), 'x.csv');
  const mapping = new MappingRows(inputOf(mappingOf(header, names), 333), 'mapping.csv');
  const unmapped = await sortByWallet(rows, mapping, sorter);
  return { rows: new RowsByWallet(sorter.sorted()), unmapped };
}

/** The same from two objects. */
function naive(a: Balances, b: Balances) {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  const count = { same: 0, changed: 0, onlyA: 0, onlyB: 0 };
  for (const name of names) {
    const [one, other] = [a[name], b[name]];
    if (other === undefined) count.onlyA++;
    else if (one === undefined) count.onlyB++;
    else if (one.every((amount, at) => amount === other[at])) count.same++;
    else count.changed++;
  }
  return count;
}

const anyBalances: fc.Arbitrary<Balances> = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'),
  fc
    .tuple(fc.bigInt(0n, 2n ** 128n - 1n), fc.bigInt(0n, 9n), fc.bigInt(0n, 9n))
    .map(([total, x, y]): Balances[string] => (total < 20n ? [total, 0n, 0n] : [total, x + y, y])),
  { minKeys: 1 },
);

describe('rows of two files', () => {
  it('are joined by id, and by wallet, as a naive join does', async () => {
    await fc.assert(
      fc.asyncProperty(anyBalances, anyBalances, async (a, b) => {
        const expected = naive(a, b);
        expect(await diffRows(byId(a), byId(b))).toMatchObject({ by: 'id', ...expected });
        const [x, y] = [await byWallet(a), await byWallet(b, SECOND)];
        expect(await diffRows(x.rows, y.rows)).toMatchObject({ by: 'wallet', ...expected });
        expect([x.unmapped, y.unmapped]).toEqual([0, 0]);
      }),
      { numRuns: 100 },
    );
  });
  it('of two epochs have no id in common', async () => {
    const balances: Balances = { a: [5n, 4n, 3n], b: [1n, 1n, 1n] };
    const diff = await diffRows(byId(balances), byId(balances, SECOND));
    expect(diff).toMatchObject({ same: 0, changed: 0, onlyA: 2, onlyB: 2, biggest: [] });
  });
  it('the first that differs and the largest changes are told', async () => {
    const before: Balances = Object.fromEntries(
      Array.from({ length: 30 }, (_, at) => [`u${at}`, [1000n, 0n, 0n] as const]),
    );
    const now: Balances = Object.fromEntries(
      Array.from({ length: 30 }, (_, at) => [`u${at}`, [1000n + BigInt(at), 0n, 0n] as const]),
    );
    const { rows: a } = await byWallet(before);
    const { rows: b } = await byWallet({ ...now, new: [10n ** 30n, 1n, 1n] }, SECOND);
    const diff = await diffRows(a, b);
    expect(diff).toMatchObject({ same: 1, changed: 29, onlyA: 0, onlyB: 1 });
    expect(diff.biggest.map(({ a: one, b: other }) => (other?.total ?? 0n) - (one?.total ?? 0n))).toEqual([
      10n ** 30n,
      29n,
      28n,
      27n,
      26n,
      25n,
      24n,
      23n,
      22n,
      21n,
    ]);
    expect(diff.biggest[0]).toEqual({
      key: toHex(walletOf('new')),
      a: null,
      b: { total: 10n ** 30n, withdrawable: 1n, request: 1n },
    });
    const keys = [...Object.keys(now), 'new']
      .filter((name) => name !== 'u0')
      .map((name) => toHex(walletOf(name)))
      .sort();
    expect(diff.first?.key).toBe(keys[0]);
  });
  it('that the mapping does not have are counted and left out', async () => {
    const balances: Balances = { a: [5n, 4n, 3n], b: [1n, 1n, 1n], c: [2n, 2n, 2n] };
    const { unmapped, rows } = await byWallet(balances, FIRST, ['a', 'c', 'z']);
    expect(unmapped).toBe(1);
    const other = await byWallet(balances, SECOND);
    expect(await diffRows(rows, other.rows)).toMatchObject({ same: 2, onlyA: 0, onlyB: 1 });
  });
  it('sort more than fits into memory', async () => {
    const many: Balances = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, at) => [`u${at}`, [BigInt(at), 0n, 0n] as const]),
    );
    const [a, b] = [await byWallet(many), await byWallet({ ...many, u7: [8n, 0n, 0n] }, SECOND)];
    expect(await diffRows(a.rows, b.rows)).toMatchObject({
      rows: [20_000, 20_000],
      same: 19_999,
      changed: 1,
      first: { key: toHex(walletOf('u7')) },
    });
  });
});

describe('a mapping that is not as it should be', () => {
  const good = new TextDecoder().decode(mappingOf(FIRST, ['a', 'b']));
  it.each([
    ['MAPPING', 'another header', good.replace('id,wallet', 'wallet,id')],
    ['MAPPING', 'nothing', ''],
    ['MAPPING_FORM', 'no end', good.slice(0, -1)],
    ['MAPPING_FORM', 'capitals', good.replace(/0x[0-9a-f]{64},/, (text) => text.toUpperCase())],
    ['MAPPING', 'a carriage return', good.replaceAll('\n', '\r\n')],
    ['MAPPING_ORDER', 'a row twice', `${good}${good.split('\n')[2]}\n`],
    ['MAPPING', 'a sealed file', 'age-encryption.org/v1\n'],
  ])('%s: %s', async (code, _what, text) => {
    const mapping = new MappingRows(inputOf(new TextEncoder().encode(text), 50), 'mapping.csv');
    const read = async () => {
      while (await mapping.step());
    };
    await expect(read()).rejects.toMatchObject({ code, exit: code === 'MAPPING' ? 2 : 9 });
  });
});

describe('two statements', () => {
  it('differ field by field', () => {
    const [one, two] = chainOf(2) as [Manifest, Manifest];
    expect(headerChanges(one, one)).toEqual([]);
    expect(headerChanges(one, two).map(({ field }) => field)).toEqual([
      'epoch',
      'prevGpmp',
      'timestamp',
      'gpmp',
      'digest',
    ]);
    const block = { hash: `0x${'77'.repeat(32)}`, number: 12 };
    expect(headerChanges(one, { ...one, assetBlock: block })).toEqual([
      { field: 'assetBlock', a: null, b: `12 ${block.hash}` },
    ]);
  });
  it('differ asset by asset', () => {
    const [one] = chainOf(1) as [Manifest];
    const two = manifestOf(headerAfter(one), { KSM: { bob: [1n, 1n, 1n] }, USDC: { alice: [5n, 1n, 1n] } });
    const changes = assetChanges(one, two);
    expect(changes.map(({ asset, in: where }) => [asset, where])).toEqual([
      ['DOT', 'a'],
      ['KSM', 'b'],
      ['USDC', 'both'],
    ]);
    expect(changes[2]).toMatchObject({ rows: [1, 1], total: [10n ** 20n, 5n], requests: [0n, 1n] });
    expect(changes[2]?.fields.map(({ field }) => field)).toEqual(['root', 'bytes', 'sha256']);
  });
});

describe('the view', () => {
  const text = (result: DiffResult) =>
    renderText(diffView(result), { colour: false, width: Number.POSITIVE_INFINITY });
  const rows: RowsDiff = {
    by: 'id',
    rows: [2, 2],
    same: 0,
    changed: 0,
    onlyA: 2,
    onlyB: 2,
    first: null,
    biggest: [],
  };
  const snapshot = { asset: 'DOT', decimals: 6, epochsDiffer: true, notCompared: null, unmapped: null };
  const result = (diff: RowsDiff | null): DiffResult => ({
    a: 'one',
    b: 'two',
    same: false,
    header: [],
    assets: [],
    snapshots: [{ ...snapshot, rows: diff, notCompared: diff === null ? 'there is no file' : null }],
  });

  it('says why rows of two epochs are not compared', () => {
    expect(text(result(rows))).toContain('ids are new in every epoch');
    expect(text(result(null))).toContain('Not compared: there is no file.');
  });
  it('says that ids must not be in two epochs', () => {
    const change = {
      key: 'ab'.repeat(32),
      a: { total: 5_000_000n, withdrawable: 1n, request: 0n },
      b: { total: 2_500_000n, withdrawable: 1n, request: 0n },
    };
    const shown = text(result({ ...rows, changed: 1, onlyA: 1, onlyB: 1, first: change, biggest: [change] }));
    expect(shown).toContain('ids must be new in every epoch');
    expect(shown).toContain('total 5, withdrawable 0.000001, request 0');
    expect(shown).toContain('-2.5');
  });
});
