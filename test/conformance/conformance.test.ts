import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, test } from 'vitest';
import { mismatch } from './compare.js';
import { type Load, registry } from './registry.js';
import { runDirectory, runVectors } from './runner.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const load: Load = (module) => import(/* @vite-ignore */ join(root, 'src/lib', `${module}.ts`));
const directory = join(root, 'test/vectors');
const scratch = mkdtempSync(join(tmpdir(), 'conformance-'));
afterAll(() => rmSync(scratch, { recursive: true }));

interface VectorFile {
  readonly vectors: { readonly name: string; readonly op: string }[];
}
const files = readdirSync(directory)
  .filter((file) => file.endsWith('.json'))
  .map((file) => ({ file, ...(JSON.parse(readFileSync(join(directory, file), 'utf8')) as VectorFile) }));
const covered = files.flatMap(({ file, vectors }) =>
  vectors.filter(({ op }) => Object.hasOwn(registry, op)).map((vector) => ({ file, ...vector })),
);

test('every op of the registry has vectors', () => {
  expect([...new Set(covered.map(({ op }) => op))].sort()).toEqual(Object.keys(registry).sort());
});

test.each(covered)('$file: $name', async ({ file, ...vector }) => {
  expect(await runVectors(file, [vector], load)).toEqual({ file, passed: 1, failures: [] });
});

test('the trees and the snapshots of Proof-of-Balance-Sheet', async () => {
  expect(await runDirectory(join(directory, 'pofbs'), load)).toEqual([
    { file: join('csv-rules', 'EXPECTED.json'), passed: 45, failures: [] },
    { file: join('csv', 'EXPECTED.json'), passed: 18, failures: [] },
    { file: 'sumtree_5rows.json', passed: 2, failures: [] },
  ]);
});

test('a tree or a snapshot that is not as expected fails, by name', async () => {
  const changed = join(mkdtempSync(join(tmpdir(), 'conformance-pofbs-')), 'pofbs');
  cpSync(join(directory, 'pofbs'), changed, { recursive: true });
  const change = (file: string, how: (text: string) => string) => {
    const text = readFileSync(join(changed, file), 'utf8');
    expect(how(text)).not.toBe(text);
    writeFileSync(join(changed, file), how(text));
  };
  change('csv/EXPECTED.json', (text) =>
    text.replace('"E_BLANK_LINE"', '"C1"').replace('"ok.csv"', '"missing.csv"').replace('"C6"', '"E_ORDER"'),
  );
  change('csv/no_final_newline.csv', (text) => `${text}\n`);
  change('sumtree_5rows.json', (text) =>
    text.replace('ccdd9b52', 'ccdd9b53').replace('"decimals": 6', '"decimals": 7'),
  );
  const reports = await runDirectory(changed, load);
  const reasons = reports.flatMap(({ failures }) => failures.map(({ name, reason }) => `${name}: ${reason}`));
  expect(reasons).toEqual([
    'blank_line.csv: refused by E_BLANK_LINE, expected ["C1"]',
    'duplicate_id.csv: refused by C6, expected ["E_ORDER"]',
    'no_final_newline.csv: valid, expected ["E_FINAL_NEWLINE"]',
    'missing.csv: there is no such file',
    expect.stringMatching(/^levels: levels\[0\]\[0\].h is "ccdd9b52/),
    expect.stringMatching(/^gpmp: result.gpmp is /),
  ]);
  rmSync(dirname(changed), { recursive: true });
});

describe('the runner', () => {
  const vector = {
    name: 'split',
    op: 'feeSplit',
    inputs: { fee: '10', tip: '20' },
    expected: { author: '22', treasury: '8' },
    tolerance: 0,
  };
  const reasonFor = async (changed: unknown) => {
    const { passed, failures } = await runVectors('file', [vector, changed], load);
    expect(passed).toBe(1);
    expect(failures).toHaveLength(1);
    return failures[0]!.reason;
  };

  it.each([
    [{ expected: { author: '23', treasury: '8' } }, 'result.author is "22", expected "23"'],
    [{ expected: { author: '22', burned: '0' } }, 'result.burned is missing'],
    [
      { expected: { error: 'AMOUNT_NEGATIVE' } },
      'returned {"author":"22","treasury":"8"}, expected the error',
    ],
    [{ inputs: { fee: '-1', tip: '0' } }, 'threw AMOUNT_NEGATIVE'],
    [{ inputs: { fee: '-1', tip: '0' }, expected: { error: 'OTHER' } }, 'threw AMOUNT_NEGATIVE'],
    [{ inputs: {}, expected: { error: 'TypeError' } }, 'threw TypeError'],
    [{ op: 'noSuchOp' }, 'no implementation of op "noSuchOp"'],
    [{ op: 'toString' }, 'no implementation of op "toString"'],
    [{ op: 5 }, 'not a vector: no op'],
    [{ expected: {} }, 'not a vector: nothing is expected'],
    [{ expected: undefined }, 'not a vector: nothing is expected'],
    [{ tolerance: -1 }, 'not a vector: tolerance -1'],
    [{ tolerance: 'wide' }, 'not a vector: tolerance "wide"'],
  ])('fails %j', async (change, reason) => {
    expect(await reasonFor({ ...vector, ...change })).toContain(reason);
  });

  it.each([[null], [5], ['text'], [[]], [{}]])('fails %j, which is no vector', async (candidate) => {
    expect(await reasonFor(candidate)).toContain('not a vector');
  });

  it('does not take a crash with the right code for the expected error', async () => {
    const crash = () => {
      throw Object.assign(new TypeError('crash'), { code: 'EXPECTED' });
    };
    const { failures } = await runVectors(
      'file',
      [{ ...vector, op: 'crash', expected: { error: 'EXPECTED' } }],
      load,
      {
        crash,
      },
    );
    expect(failures[0]?.reason).toContain('threw TypeError');
  });

  it('walks subdirectories, leaves other JSON alone, and fails what it cannot read', async () => {
    mkdirSync(join(scratch, 'deep/deeper.json'), { recursive: true });
    writeFileSync(join(scratch, 'deep/deeper.json/vectors.json'), JSON.stringify({ vectors: [vector] }));
    writeFileSync(join(scratch, 'deep/other.json'), JSON.stringify({ rows: [1] }));
    writeFileSync(join(scratch, 'deep/null.json'), 'null');
    writeFileSync(join(scratch, 'deep/notes.txt'), 'vectors');
    expect(await runDirectory(scratch, load)).toEqual([
      { file: join('deep', 'deeper.json', 'vectors.json'), passed: 1, failures: [] },
    ]);
    writeFileSync(join(scratch, 'broken.json'), '{"vectors": [');
    const [broken] = await runDirectory(scratch, load);
    expect(broken).toMatchObject({ file: 'broken.json', passed: 0, failures: [{ file: 'broken.json' }] });
  });
});

describe('comparison', () => {
  test.each<[unknown, unknown, number]>([
    [5n, '5', 0],
    [5n, 5, 0],
    ['5', 5, 0],
    [5, '5', 0],
    [2n ** 100n, (2n ** 100n).toString(), 0],
    [1.05, 1, 0.05001],
    [1000.4, 1000, 0.001],
    [1050n, '1000', 0.05],
    [0, -0, 0],
    [null, null, 0],
    [true, true, 0],
    ['0xab', '0xab', 0],
    ['1.50', 1.5, 0],
    [{ a: 1n, extra: 2 }, { a: '1' }, 0],
    [[{ value: 50n, era: 38 }], [{ value: '50', era: 38 }], 0],
  ])('%o meets %o (tolerance %d)', (actual, expected, tolerance) => {
    expect(mismatch(actual, expected, tolerance)).toBeNull();
  });

  test.each<[unknown, unknown, number]>([
    [5n, '6', 0],
    [2n ** 100n, (2n ** 100n + 1n).toString(), 0],
    [9007199254740993n, '9007199254740992', 0],
    [1.0000001, 1, 0],
    [1.06, 1, 0.05],
    [1051n, '1000', 0.05],
    [Number.NaN, 0, 1],
    [Number.POSITIVE_INFINITY, 1, 1],
    [Number.NaN, Number.NaN, 1],
    [0, null, 1],
    [null, 0, 1],
    [undefined, null, 1],
    [1, true, 0],
    ['true', true, 0],
    ['', 0, 1],
    ['05', 5, 0],
    ['0xAB', '0xab', 0],
    ['1.0', '1.00', 0],
    [[1, 2], [1], 0],
    [[1], [1, 2], 0],
    [{ 0: 1, length: 1 }, [1], 0],
    [[1], { 0: 1 }, 0],
    [{ a: undefined }, { a: null }, 0],
    [null, { a: 1 }, 0],
    ['text', { a: 1 }, 0],
  ])('%o does not meet %o (tolerance %d)', (actual, expected, tolerance) => {
    expect(mismatch(actual, expected, tolerance)).not.toBeNull();
  });
});
