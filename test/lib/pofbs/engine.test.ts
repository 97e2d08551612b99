/** The engine against the tree node by node, against the naive verifier, and at every border that it has. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinParts, judgePart, type Summary, summarize } from '../../../src/lib/pofbs/engine.js';
import { groupOf } from '../../../src/lib/pofbs/groups.js';
import { agrees, loadHasher, nativeRuns, nodeHasher } from '../../../src/lib/pofbs/hasher.js';
import { HEADER_BYTES, judgeLine } from '../../../src/lib/pofbs/scan.js';
import { growShard } from '../../../src/lib/pofbs/shard.js';
import { emptyRoot, leafOf, levelsOf } from '../../../src/lib/pofbs/tree.js';
import type { Row, SumNode } from '../../../src/lib/pofbs/types.js';
import { inputOf } from './inputs.js';
import { rowsOf } from './naive.js';
import { anyRows, rowsWith } from './snapshots.js';

const HEADER = 'id,total,withdrawable,request\n';
const text = (rows: readonly Row[]): string =>
  HEADER +
  rows
    .map(
      ({ id, total, withdrawable, request }) =>
        `${Buffer.from(id).toString('hex')},${total},${withdrawable},${request}\n`,
    )
    .join('');
const bytesOf = (file: string): Buffer => Buffer.from(file, 'latin1');
const judge = (file: string | Uint8Array, options: Parameters<typeof summarize>[1] = {}, portion?: number) =>
  summarize(inputOf(typeof file === 'string' ? bytesOf(file) : file, portion), options);
/** Many rows, quickly. */
const manyRows = (count: number): Row[] =>
  rowsWith(Array.from({ length: count }, (_, at) => [BigInt(at) * 3n, BigInt(at), BigInt(at % 7)] as const));

/** Nodes as text: a Buffer and a Uint8Array of the same bytes are the same. */
const plain = (node: SumNode | null | undefined) =>
  node && `${Buffer.from(node.hash).toString('hex')} ${node.total} ${node.requests}`;
const rootOf = (rows: readonly Row[]) => plain(levelsOf(rows.map(leafOf)).at(-1)![0]);

describe('the vectors', () => {
  const VECTORS = new URL('../../vectors/pofbs/', import.meta.url);
  const { files } = JSON.parse(readFileSync(new URL('csv/EXPECTED.json', VECTORS), 'utf8')) as {
    files: Record<string, { verdict: string; anyOf?: string[] }>;
  };
  const names = readdirSync(new URL('csv/', VECTORS)).filter((name) => name.endsWith('.csv'));
  it('are all judged', () => expect(names.sort()).toEqual(Object.keys(files).sort()));
  it.each(names)('%s', async (name) => {
    const { findings, root } = await judge(readFileSync(new URL(`csv/${name}`, VECTORS)));
    const expected = files[name]!;
    if (expected.verdict === 'valid') {
      expect(findings).toEqual({ earliest: null, first: {}, count: {}, unjudged: {} });
      expect(root).not.toBeNull();
    } else expect(expected.anyOf).toContain(findings.earliest?.rule);
  });
  it('five rows have the root of the vector', async () => {
    const { rows, levels } = JSON.parse(readFileSync(new URL('sumtree_5rows.json', VECTORS), 'utf8')) as {
      rows: string[][];
      levels: { h: string; T: string; Q: string }[][];
    };
    const { root } = await judge(HEADER + rows.map((row) => `${row.join(',')}\n`).join(''));
    const top = levels.at(-1)![0]!;
    expect([Buffer.from(root!.hash).toString('hex'), root!.total, root!.requests]).toEqual([
      top.h,
      BigInt(top.T),
      BigInt(top.Q),
    ]);
  });
});

describe('the tree', () => {
  it('is that of tree.ts for random rows, whatever the shards and the portions that are read', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyRows(40),
        fc.constantFrom(1, 2, 4, 8, 64),
        fc.integer({ min: 1, max: 500 }),
        async (rows, shardRows, portion) => {
          const file = text(rows);
          const summary = await judge(
            file,
            { shardRows, profiles: ['unixfs-v0-2015', 'unixfs-v1-2025'] },
            portion,
          );
          const levels = levelsOf(rows.map(leafOf));
          expect(plain(summary.root)).toBe(plain(levels.at(-1)![0]));
          expect(summary.shards.length).toBe(Math.ceil(rows.length / shardRows));
          const level = Math.log2(shardRows);
          if (level < levels.length) expect(summary.shards.map(plain)).toEqual(levels[level]!.map(plain));
          expect(summary.findings.earliest).toBeNull();
          expect(summary.sha256).toBe(`0x${createHash('sha256').update(file).digest('hex')}`);
          const lines = file.split('\n');
          const starts = lines.slice(0, -1).map((_, at) => lines.slice(0, at + 1).join('\n').length + 1);
          expect(summary.offsets).toEqual(
            starts.slice(0, rows.length).filter((_, at) => at % shardRows === 0),
          );
        },
      ),
      { numRuns: 60 },
    );
  });
  it.each([4095, 4096, 4097, 12_289, 16_384, 16_385])('of %i rows', async (count) => {
    const rows = manyRows(count);
    const summary = await judge(text(rows), { shardRows: 16_384 });
    expect(plain(summary.root)).toBe(rootOf(rows));
    expect(summary.rows).toBe(count);
    expect(summary.requests).toBeUndefined();
  });
  it('holds the largest amounts, and sums above 128 bits', async () => {
    const most = 2n ** 128n - 1n;
    const rows = rowsWith(Array.from({ length: 9 }, () => [most, most, most] as const));
    const { root } = await judge(text(rows));
    expect([root!.total, root!.requests]).toEqual([9n * most, 9n * most]);
    expect(plain(root)).toBe(rootOf(rows));
  });
  it('gives the requests that are asked for', async () => {
    const rows = manyRows(5_000);
    const { requests } = await judge(text(rows), { requests: true });
    const found = Buffer.concat(requests!);
    const wanted = rows.filter(({ request }) => request > 0n);
    expect(found.length).toBe(48 * wanted.length);
    expect(found.subarray(48, 80).equals(wanted[1]!.id)).toBe(true);
    expect(found.readBigUInt64LE(80)).toBe(wanted[1]!.request);
  });
});

/** Lines in place of a good one. */
const ODD_LINES = [
  '',
  ',,,',
  '"a",1,2,3',
  'ab,1,2,3',
  `${'AB'.repeat(32)},1,1,1`,
  `${'ab'.repeat(32)},1,1`,
  `${'ab'.repeat(32)},1,1,1,`,
  `${'ab'.repeat(32)},1,1,1\r`,
  `${'ab'.repeat(32)},-1,1,1`,
  `${'ab'.repeat(32)},007,-1,1`,
  `${'ab'.repeat(32)},1,-0,1`,
  `${'ab'.repeat(32)},1,1,-`,
  `${'ab'.repeat(32)},1,1,+1`,
  `${'ab'.repeat(32)},1,1,`,
  `${'ab'.repeat(32)},${2n ** 128n - 1n},0,0`,
  `${'ab'.repeat(32)},${2n ** 128n},0,0`,
  `${'ab'.repeat(32)},${'9'.repeat(39)},0,0`,
  `${'ab'.repeat(32)},${'9'.repeat(38)},0,0`,
  `${'ab'.repeat(32)},1${'0'.repeat(39)},0,0`,
  `${'ab'.repeat(32)},${'0'.repeat(20)},0,0`,
  `${'ab'.repeat(32)},${'9'.repeat(19)},0,0`,
  `${'ab'.repeat(32)},${'9'.repeat(20)},${'9'.repeat(19)},0`,
  `${'ab'.repeat(32)},1,2,3`,
  `${'ab'.repeat(32)},1,2,1`,
  `${'ab'.repeat(32)},3,2,3`,
  `${'ab'.repeat(32)},1,1,1\0`,
  `${'ab'.repeat(32)}, 1,1,1`,
  `${'ab'.repeat(32)},1 ,1,1`,
  `${'ab'.repeat(32)},1e3,1,1`,
  `${'ab'.repeat(32)},0x1,1,1`,
  `${'ab'.repeat(32)},1_0,1,1`,
  `${'ab'.repeat(32)};1;1;1`,
  `${'ab'.repeat(100)}`,
];

/** What the naive verifier says of the file: the first rule, or the number of rows. */
const naive = (file: Uint8Array): string | number => {
  const found = rowsOf(file);
  return typeof found === 'string' ? found : found.length;
};
const own = ({ findings, rows }: Summary): string | number => findings.earliest?.rule ?? rows;

describe('the first rule broken is the naive verifier’s', () => {
  it.each(ODD_LINES)('%j', async (line) => {
    for (const [before, after] of [
      [0, 0],
      [0, 3],
      [3, 3],
      [7, 0],
    ] as const) {
      const rows = text(manyRows(before + after))
        .split('\n')
        .slice(1);
      const file = bytesOf(HEADER + [...rows.slice(0, before), line, ...rows.slice(before)].join('\n'));
      expect(own(await judge(file, { shardRows: 4 }, 7))).toBe(naive(file));
    }
  });
  it('after any changed, missing or added byte of any row', async () => {
    const alphabet = [...'09afg,-\n\r" "\0', 'é', '�'];
    await fc.assert(
      fc.asyncProperty(
        anyRows(6),
        fc.nat(),
        fc.constantFrom(...alphabet),
        fc.constantFrom('change', 'remove', 'insert', 'cut'),
        async (rows, place, letter, kind) => {
          const file = text(rows);
          const at = HEADER.length + (place % (file.length - HEADER.length));
          const rest = { change: at + 1, remove: at + 1, insert: at, cut: file.length }[kind];
          const bytes = Buffer.from(
            file.slice(0, at) + (kind === 'remove' || kind === 'cut' ? '' : letter) + file.slice(rest),
          );
          const summary = await judge(bytes, { shardRows: 2 });
          expect(own(summary)).toBe(naive(bytes));
          // What is refused because of a line's form has no tree; every other change gives another root.
          const before = rootOf(rows);
          if (!bytes.equals(bytesOf(file)) && summary.root !== null)
            expect(plain(summary.root)).not.toBe(before);
        },
      ),
      { numRuns: 400 },
    );
  });
  it('with lines out of order, twice, or breaking conditions in any place', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyRows(12),
        fc.nat(),
        fc.nat(),
        fc.constantFrom(1, 2, 8),
        async (rows, a, b, shardRows) => {
          const lines = text(rows).split('\n').slice(1, -1);
          const [from, to] = [a % lines.length, b % lines.length];
          const swapped = lines.map((line, at) =>
            at === from ? lines[to]! : at === to ? lines[from]! : line,
          );
          const doubled = lines.toSpliced(to, 0, lines[from]!);
          const reversed = lines.map((line) => {
            const [id, ...amounts] = line.split(',');
            return [id, ...amounts.reverse()].join(',');
          });
          for (const changed of [swapped, doubled, reversed]) {
            const file = bytesOf(`${HEADER}${changed.join('\n')}\n`);
            expect(own(await judge(file, { shardRows }))).toBe(naive(file));
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('violations', () => {
  const good = `${'00'.repeat(31)}01,5,4,3`;
  const place = async (file: string) => (await judge(file)).findings.earliest;
  it('have row, line, byte and text', async () => {
    expect(await place(`${HEADER}${good}\n${good.replace('01,', '02,')}\nbad\n`)).toEqual({
      rule: 'E_COLUMNS',
      row: 2,
      line: 4,
      offset: HEADER_BYTES + 2 * 71,
      text: 'bad',
    });
  });
  it('show no control characters', async () => {
    expect((await place(`${HEADER}\u001b[2J\u0007\n`))?.text).toBe('\\u{1b}[2J\\u{7}');
  });
  it('of several rules in one file are all counted, each with its first line', async () => {
    const { findings, root } = await judge(
      `${HEADER}${good}\n${good}\n${good.replace('01,5,4', '02,3,4')}\n${good.replace('01,5', '03,-5')}\n\n\n`,
    );
    expect(findings.count).toEqual({ C6: 1, C4b: 1, C1: 1, E_BLANK_LINE: 2 });
    expect(findings.first.E_BLANK_LINE?.line).toBe(6);
    expect(findings.earliest?.rule).toBe('C6');
    expect(findings.unjudged.C4).toBe(2);
    expect(findings.unjudged.C4b).toBe(3);
    expect(root).toBeNull();
  });
  it('of order and of conditions leave the tree, so that fraud can be proved in it', async () => {
    const rows = manyRows(9).reverse();
    const { root, findings } = await judge(text(rows), { shardRows: 2 });
    expect(findings.count.E_ORDER).toBe(8);
    expect(plain(root)).toBe(rootOf(rows));
  });
  it.each([
    ['', 'E_HEADER'],
    ['\n', 'E_HEADER'],
    ['id,total,withdrawable,request', 'E_FINAL_NEWLINE'],
    ['\u00ef\u00bb\u00bfid,total,withdrawable,request\n', 'E_BOM'],
    ['id,total,withdrawable,request\r\n', 'E_LINE_ENDING'],
    ['id,withdrawable,total,request\n', 'E_HEADER'],
    ['ID,total,withdrawable,request\n', 'E_HEADER'],
    [HEADER, 'E_EMPTY'],
    ['x'.repeat(5000), 'E_FINAL_NEWLINE'],
    [`${'x'.repeat(70_000)}\n`, 'E_HEADER'],
    [`${HEADER}${'ab'.repeat(32)},${'1'.repeat(300)},0,0\n`, 'E_AMOUNT_RANGE'],
    [`${HEADER}${'ab'.repeat(32)},0${'1'.repeat(60_000)},0,0\n`, 'E_AMOUNT_NONCANONICAL'],
    [`${HEADER}${'ab'.repeat(32)},${'1'.repeat(300)},0,0,\n`, 'E_COLUMNS'],
    [`${HEADER}${'ab'.repeat(32)},${'1'.repeat(300)},0,0\r\n`, 'E_LINE_ENDING'],
    [`${HEADER}${'ab'.repeat(32)},${'1'.repeat(300)},0,0`, 'E_FINAL_NEWLINE'],
    [`${HEADER}${`${'1'.repeat(600)}\n`.repeat(20_000)}`, 'E_COLUMNS'],
  ])('%j is refused by %s', async (file, rule) => {
    const summary = await judge(file);
    expect(summary.findings.earliest?.rule).toBe(rule);
    expect(summary.root).toBeNull();
  });
});

describe('bytes that are made to fill the memory', () => {
  it('a line without an end is refused after a few bytes', async () => {
    let read = 0;
    const endless = {
      async read(into: Uint8Array) {
        into.fill(0x61);
        read += into.length;
        return into.length;
      },
    };
    expect((await summarize(endless)).stopped).toContain('longer than');
    const started = { at: 0 };
    const afterHeader = {
      async read(into: Uint8Array) {
        const part = bytesOf(HEADER).subarray(started.at, started.at + into.length);
        started.at += part.length;
        if (part.length === 0) return endless.read(into);
        into.set(part);
        return part.length;
      },
    };
    const { stopped, findings, sha256, rows } = await summarize(afterHeader);
    expect(stopped).toBe('line 2 is longer than 65,536 bytes');
    expect([findings.earliest?.rule, sha256, rows]).toEqual(['E_COLUMNS', null, 1]);
    expect(read).toBeLessThan(10 << 20);
  });
  it('empty lines without an end are given up', async () => {
    const endless = {
      began: false,
      async read(into: Uint8Array) {
        into.fill(10);
        if (!this.began) into.set(bytesOf(HEADER));
        this.began = true;
        return into.length;
      },
    };
    const { stopped, findings } = await summarize(endless);
    expect(stopped).toContain('lines are no rows');
    expect(findings.earliest?.rule).toBe('E_BLANK_LINE');
  });
  it('any bytes get a verdict', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), fc.boolean(), async (bytes, headed) => {
        const file = headed ? Buffer.concat([bytesOf(HEADER), bytes]) : bytes;
        const { findings } = await judge(file, { shardRows: 4 });
        expect(findings.earliest).not.toBeNull();
      }),
      { numRuns: 300 },
    );
  });
});

describe('parts', () => {
  it('of any size come to what the whole comes to', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyRows(40),
        fc.constantFrom(1, 2, 4),
        fc.integer({ min: 1, max: 6 }),
        fc.boolean(),
        async (rows, shardRows, each, swap) => {
          const lines = text(rows).split('\n').slice(1, -1);
          if (swap && lines.length > 1) [lines[0], lines[lines.length - 1]] = [lines.at(-1)!, lines[0]!];
          const file = bytesOf(`${HEADER}${lines.join('\n')}\n`);
          const options = { shardRows, profiles: ['unixfs-v0-2015', 'unixfs-v1-2025'] as const };
          const whole = await summarize(inputOf(file), options);
          const parts = [];
          for (let shard = 0; shard < whole.offsets.length; shard += each) {
            const last = shard + each >= whole.offsets.length;
            const offset = whole.offsets[shard]!;
            const seek = shard > 0 && shard % 2 === 0;
            const input = inputOf(seek ? file.subarray(offset - 1) : file);
            const stretch = {
              row: shard * shardRows,
              rows: last ? Number.MAX_SAFE_INTEGER : each * shardRows,
            };
            parts.push(await judgePart(input, options, { ...stretch, ...(seek ? { offset } : {}) }));
          }
          const joined = joinParts(parts, shardRows);
          expect({ ...joined, sha256: null }).toEqual({ ...whole, sha256: null });
        },
      ),
      { numRuns: 60 },
    );
  });
  it('that begin within a line, or leave rows out, do not join', async () => {
    const rows = manyRows(8);
    const file = bytesOf(text(rows));
    const { offsets } = await summarize(inputOf(file), { shardRows: 2 });
    const part = (row: number, offset: number, count = 4) =>
      judgePart(inputOf(file.subarray(offset - 1)), { shardRows: 2 }, { row, rows: count, offset });
    const first = await judgePart(inputOf(file), { shardRows: 2 }, { row: 0, rows: 4 });
    const within = joinParts([first, await part(4, offsets[2]! + 1)], 2);
    expect(within.stopped).toContain('not the beginning of a line');
    expect(within.offsets).toEqual(offsets.slice(0, 3));
    const gap = joinParts([first, await part(4, offsets[3]!)], 2);
    expect(gap.stopped).toContain('the next one begins');
    expect(gap.root).toBeNull();
    expect(gap.offsets[2]).toBe(offsets[2]);
    expect(joinParts([first], 2).stopped).toContain('end of the file was not read');
  });
});

describe('a shard', () => {
  it('has the rows, nodes and paths of the whole tree', async () => {
    for (const count of [1, 2, 3, 100, 4097, 16_400]) {
      const rows = manyRows(count);
      const file = bytesOf(text(rows));
      const shard = await growShard(file.subarray(HEADER_BYTES));
      const levels = levelsOf(rows.map(leafOf));
      expect(shard.rows).toBe(count);
      expect(plain(shard.root())).toBe(plain(levels.at(-1)![0]));
      for (const index of [0, count >> 1, count - 1]) {
        expect(plain(leafOf(shard.row(index)))).toBe(plain(levels[0]![index]));
        expect(shard.find(rows[index]!.id)).toBe(index);
        const path = shard.pathWithin(index);
        expect(path.map(plain)).toEqual(
          levels
            .slice(0, -1)
            .map((level, height) => plain(level[(index >> height) ^ 1] ?? emptyRoot(height))),
        );
      }
      expect(shard.find(new Uint8Array(32))).toBeNull();
    }
  });
  it('is found by its first id', async () => {
    const rows = manyRows(20);
    const file = bytesOf(text(rows));
    const { offsets } = await summarize(inputOf(file), { shardRows: 4 });
    const readAt = async (at: number, length: number) => file.subarray(at, at + length);
    for (const [index, { id }] of rows.entries()) expect(await groupOf(id, offsets, readAt)).toBe(index >> 2);
    expect(await groupOf(new Uint8Array(32), offsets, readAt)).toBe(0);
    await expect(
      groupOf(
        rows[9]!.id,
        offsets.map((at) => at + 1),
        readAt,
      ),
    ).rejects.toMatchObject({ code: 'R_OFFSETS' });
  });
  it('with a line that is no row is refused by its rule', async () => {
    await expect(growShard(bytesOf('x\n'))).rejects.toMatchObject({ code: 'E_COLUMNS', exit: 9 });
    await expect(growShard(bytesOf('x'))).rejects.toMatchObject({ code: 'E_FINAL_NEWLINE', exit: 9 });
  });
});

describe('the hasher', () => {
  it('that was loaded hashes as node:crypto does', async () => {
    expect(agrees(await loadHasher())).toBe(true);
    expect(agrees({ name: 'node', hashInto: (_, into) => void into.fill(1) })).toBe(false);
    expect(agrees(nodeHasher)).toBe(true);
  });
  it('is native only where the processor is known to have what it takes', () => {
    const flags = (line: string) => () => `processor: 0\n${line}\nbugs: none\n`;
    expect(nativeRuns('linux', 'x64', flags('flags\t\t: sse4_2 avx avx2 sha_ni'))).toBe(true);
    expect(nativeRuns('linux', 'x64', flags('flags\t\t: sse4_2 sha_ni'))).toBe(false);
    expect(nativeRuns('linux', 'x64', flags('flags\t\t: sse4_2 avx sha_ni'))).toBe(false);
    expect(
      nativeRuns('linux', 'x64', () => {
        throw new Error('no /proc');
      }),
    ).toBe(false);
    expect(nativeRuns('linux', 'x64', () => '')).toBe(false);
    expect(nativeRuns('linux', 'arm64', flags('Features\t: fp asimd aes sha1 sha2'))).toBe(true);
    expect(nativeRuns('linux', 'arm64', flags('Features\t: fp asimd'))).toBe(false);
    expect(nativeRuns('darwin', 'arm64')).toBe(true);
    expect(nativeRuns('darwin', 'x64')).toBe(false);
    expect(nativeRuns('win32', 'x64')).toBe(false);
  });
});

describe('a judged line', () => {
  it('keeps what is well-formed for the rules that can still be judged', () => {
    const line = (tail: string) => judgeLine(bytesOf(`${'ab'.repeat(32)},${tail}`), true, null);
    expect(line('-1,2,3')).toMatchObject({ broken: ['C1', 'C4'], unjudged: ['C4b'], amounts: null });
    expect(line('x,2,1')).toMatchObject({ broken: ['E_AMOUNT_SYNTAX'], unjudged: ['C1', 'C4b'] });
    expect(line('3,2,1').amounts).toEqual([3n, 2n, 1n]);
  });
});
