/** The engine against the naive implementation: on random snapshots, and on what is left of them after random damage. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { summarize } from '../../../src/lib/pofbs/engine.js';
import { toHex } from '../../../src/lib/pofbs/gpmp.js';
import * as naive from './naive.js';
import { anyRows, csvOf, rowsWith } from './snapshots.js';

/** Bytes in pieces of a few lengths, so that lines are cut anywhere. */
function inputOf(bytes: Uint8Array, piece: number) {
  let at = 0;
  return {
    async read(into: Uint8Array): Promise<number> {
      const part = bytes.subarray(at, at + Math.min(piece, into.length));
      into.set(part);
      at += part.length;
      return part.length;
    },
  };
}

async function compare(bytes: Uint8Array, piece: number, shardRows?: number): Promise<string | null> {
  const options = { threads: 0, ...(shardRows === undefined ? {} : { shardRows }) };
  const { root, rows, findings, stopped, bytes: length } = await summarize(inputOf(bytes, piece), options);
  const expected = naive.rowsOf(bytes);
  const found = findings.earliest?.rule ?? null;
  if (typeof expected === 'string') {
    expect(found).toBe(expected);
    return expected;
  }
  const { h, t, q } = naive.root(expected);
  expect([found, stopped, rows, length]).toEqual([null, null, expected.length, bytes.length]);
  expect([toHex(root!.hash), root!.total, root!.requests]).toEqual([toHex(h), t, q]);
  return null;
}

const anyPiece = fc.constantFrom(1, 7, 64, 1000, 1 << 20);

describe('the engine and the naive implementation agree', () => {
  it('on random snapshots, whatever the size of a shard', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyRows(90),
        anyPiece,
        fc.constantFrom(1, 2, 8, 65_536),
        async (rows, piece, shardRows) => {
          expect(await compare(csvOf(rows), piece, shardRows)).toBeNull();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('on the first rule that a damaged snapshot breaks', async () => {
    const seen = new Set<string | null>();
    const pieces = [
      '\r',
      '\n',
      '"',
      ',',
      ' ',
      '-',
      '-1',
      '0',
      '00',
      '+',
      '.',
      'e3',
      'A',
      'f',
      '\ufeff',
      '\0',
      'é',
      '',
    ];
    const anyDamage = fc.record({
      line: fc.nat(20),
      at: fc.oneof(fc.nat(4), fc.nat(200)),
      cut: fc.nat(3),
      put: fc.constantFrom(...pieces, ...pieces.map((piece) => piece.repeat(9)), `${2n ** 128n}`),
      how: fc.constantFrom('edit', 'swap', 'repeat', 'cut off', 'field'),
    });
    await fc.assert(
      fc.asyncProperty(
        anyRows(8),
        fc.array(anyDamage, { minLength: 1, maxLength: 2 }),
        anyPiece,
        async (rows, damage, piece) => {
          let lines = Buffer.from(csvOf(rows)).toString().match(/.*\n/g)!;
          for (const { line, at, cut, put, how } of damage) {
            const index = line % lines.length;
            const text = lines[index] ?? '';
            const next = lines[index + 1] ?? '';
            const changed = {
              edit: [text.slice(0, at) + put + text.slice(at + cut)],
              swap: [next, text],
              repeat: [text, text],
              'cut off': [text.slice(0, at)],
              field: [text.replace(/[0-9]+(?=[,\n])/, put)],
            }[how];
            const rest = how === 'cut off' ? [] : lines.slice(index + (how === 'swap' ? 2 : 1));
            lines = [...lines.slice(0, index), ...changed, ...rest] as RegExpMatchArray;
            if (lines.length === 0) break;
          }
          seen.add(await compare(Buffer.from(lines.join('')), piece));
        },
      ),
      { numRuns: 600, seed: 5 },
    );
    expect([...seen].filter((rule) => rule !== null).length).toBeGreaterThan(11);
  });

  it('on every rule', async () => {
    const [a, b] = Buffer.from(
      csvOf(
        rowsWith([
          [9n, 5n, 1n],
          [7n, 7n, 7n],
        ]),
      ),
    )
      .toString()
      .trimEnd()
      .split('\n')
      .slice(1) as [string, string];
    const head = 'id,total,withdrawable,request\n';
    const id = (line: string, rest: string) => `${line.slice(0, 64)}${rest}`;
    const cases: [string, string][] = [
      ['E_BOM', `\ufeff${head}${a}\n`],
      ['E_HEADER', `${a}\n`],
      ['E_HEADER', ''],
      ['E_HEADER', 'id,total,request,withdrawable\n'],
      ['E_EMPTY', head],
      ['E_LINE_ENDING', `${head}${a}\r\n`],
      ['E_FINAL_NEWLINE', `${head}${a}`],
      ['E_BLANK_LINE', `${head}${a}\n\n`],
      ['E_QUOTE', `${head}"${a}"\n`],
      ['E_COLUMNS', `${head}${a},1\n`],
      ['E_ID_SYNTAX', `${head}${id(a.toUpperCase(), ',1,1,1')}\n`],
      ['C1', `${head}${id(a, ',-1,1,1')}\n`],
      ['C2', `${head}${id(a, ',1,-1,1')}\n`],
      ['C3', `${head}${id(a, ',1,1,-1')}\n`],
      ['E_AMOUNT_SYNTAX', `${head}${id(a, ',1e3,-1,1')}\n`],
      ['E_AMOUNT_SYNTAX', `${head}${id(a, ',,1,1')}\n`],
      ['E_AMOUNT_NONCANONICAL', `${head}${id(a, ',01,1,1')}\n`],
      ['E_AMOUNT_RANGE', `${head}${id(a, `,${2n ** 128n},1,1`)}\n`],
      ['C6', `${head}${a}\n${a}\n`],
      ['E_ORDER', `${head}${b}\n${a}\n`],
      ['C4', `${head}${id(a, ',5,1,2')}\n`],
      ['C4b', `${head}${id(a, ',1,2,2')}\n`],
    ];
    for (const [rule, text] of cases)
      expect([text, await compare(Buffer.from(text), 64)]).toEqual([text, rule]);
  });
});
