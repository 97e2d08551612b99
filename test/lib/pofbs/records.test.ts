/** What the kernel does with many rows at a time is what is done with them one by one. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeSs58 } from '../../../src/lib/keys/ss58.js';
import { diffRows } from '../../../src/lib/pofbs/diff.js';
import { MappingRows, RowsByWallet, SORT_KEY_BYTES, sortByWallet } from '../../../src/lib/pofbs/keyedRows.js';
import { LedgerReader } from '../../../src/lib/pofbs/ledger.js';
import { LedgerLines } from '../../../src/lib/pofbs/ledgerLines.js';
import { checkMapping } from '../../../src/lib/pofbs/mapCheck.js';
import { Rows } from '../../../src/lib/pofbs/rows.js';
import { Sorter } from '../../../src/lib/pofbs/sort.js';
import { build, CONTEXT, csvOf, inputOf, ROW_COLUMNS, runsInMemory, someLedger } from './custodian.js';

describe('lines of a ledger', () => {
  /** Lines that the kernel takes of a text, and the wallets of their records. */
  function taken(text: string): { readonly lines: number; readonly wallets: readonly string[] } {
    const sorter = new Sorter({ keyLength: 40, memory: 1 << 20, store: runsInMemory() });
    const { row } = new LedgerReader(['USDC'], () => {});
    const lines = new LedgerLines(sorter, ['USDC'], row);
    lines.begin([0, 1, 2, 3]);
    const { block } = lines;
    block.set(Buffer.from(text));
    const result = lines.take(block.subarray(0, Buffer.byteLength(text)), 0, 2);
    const cursor = sorter.sorted();
    const wallets: string[] = [];
    while (cursor.next())
      wallets.push(Buffer.from(cursor.bytes.subarray(cursor.start, cursor.start + 32)).toString('hex'));
    return { lines: result.lines, wallets };
  }

  it('with addresses of any network are taken as their accounts, and none with a wrong digit', () => {
    const prefix = fc.integer({ min: 0, max: 16_383 }).filter((one) => one !== 46 && one !== 47);
    const account = fc.uint8Array({ minLength: 32, maxLength: 32 });
    let fast = 0;
    fc.assert(
      fc.property(account, prefix, fc.nat(), fc.nat(57), (id, network, at, digit) => {
        const address = encodeSs58(id, network);
        const one = taken(`${address},3,2,1\n`);
        // Accounts that begin with zeros have short addresses: they are read by the other reader.
        expect([0, 1]).toContain(one.lines);
        fast += one.lines;
        if (one.lines === 1) expect(one.wallets).toEqual([Buffer.from(id).toString('hex')]);
        const digits = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
        const place = at % address.length;
        const other = `${address.slice(0, place)}${digits[digit]}${address.slice(place + 1)}`;
        if (other !== address) expect(taken(`${other},3,2,1\n`).lines).toBe(0);
      }),
      { numRuns: 300 },
    );
    expect(fast).toBeGreaterThan(250);
  });

  it.each([
    ['more withdrawable than there is', '5,6,0'],
    ['more asked for than is withdrawable', '5,4,5'],
    ['a leading zero', '05,4,0'],
    ['a sign', '-5,4,0'],
    ['a point', '5.0,4,0'],
    ['nothing', ',0,0'],
    ['a quote', '"5",4,0'],
    ['a blank', ' 5,4,0'],
    ['a carriage return', '5,4,0\r'],
    ['a column more', '5,4,0,1'],
    ['a column less', '5,4'],
    ['2^128 and more', `${10n ** 39n},0,0`],
  ])('with %s are left to the other reader', (_name, amounts) => {
    const good = `0x${'ab'.repeat(32)},5,4,3\n`;
    expect(taken(`${good}0x${'cd'.repeat(32)},${amounts}\n${good}`).lines).toBe(1);
  });
});

const many = someLedger(12_000);
const built = build(csvOf(many, [...ROW_COLUMNS, 'salt']));

describe('a mapping of several batches', () => {
  async function check(mapping: string, snapshot: string) {
    const rows = new Rows(inputOf(snapshot), 'a.csv');
    return await checkMapping({
      mapping: inputOf(mapping, 1 << 18),
      snapshots: [{ name: 'a.csv', rows, mismatch: null }],
      context: CONTEXT,
      requests: inputOf(csvOf(many, ['wallet', 'request'])),
      assets: ['USDC'],
      expectedRows: null,
      memory: 1 << 20,
      store: runsInMemory(),
    });
  }

  it('has every fault told with its own line, wherever it stands', async () => {
    const made = await built;
    const [mapping, snapshot] = [made.mapping.split('\n'), (made.snapshots[0] as string).split('\n')];
    expect(
      (await check(made.mapping, snapshot.join('\n'))).verdicts.every(({ answer }) => answer !== 'FALSE'),
    ).toBe(true);
    for (const line of [2, 3, 4097, 4098, 5000, 8193, 12_001]) {
      const salted = [...mapping];
      salted[line - 1] =
        `${(mapping[line - 1] as string).slice(0, -1)}${mapping[line - 1]?.endsWith('0') ? '1' : '0'}`;
      const opening = (await check(salted.join('\n'), snapshot.join('\n'))).verdicts;
      const wrong = opening.filter(({ answer }) => answer === 'FALSE');
      expect(wrong).toMatchObject([
        {
          rule: 'M_OPENING',
          count: 1,
          first: { line, offset: 15 + 199 * (line - 2), id: mapping[line - 1]?.slice(0, 64) },
        },
      ]);
      const lacking = mapping.filter((_, at) => at !== line - 1);
      const missing = (await check(lacking.join('\n'), snapshot.join('\n'))).verdicts;
      expect(missing.find(({ rule }) => rule === 'M_ROWS')).toMatchObject({
        answer: 'FALSE',
        count: 1,
        first: { file: 'a.csv', line },
      });
      const without = snapshot.filter((_, at) => at !== line - 1);
      const extra = (await check(mapping.join('\n'), without.join('\n'))).verdicts;
      expect(extra.find(({ rule }) => rule === 'M_ROWS')).toMatchObject({
        answer: 'FALSE',
        count: 1,
        first: { file: 'mapping', line },
      });
    }
  });

  it('gives every row its wallet, and counts the rows that have none', async () => {
    const made = await built;
    const mapping = made.mapping.split('\n');
    const gone = [1, 2, 4096, 4097, 8000, 12_000];
    const partial = mapping.filter((_, at) => !gone.includes(at)).join('\n');
    const sorted = async (text: string) => {
      const sorter = new Sorter({ keyLength: SORT_KEY_BYTES, memory: 1 << 19, store: runsInMemory() });
      const rows = new Rows(inputOf(made.snapshots[0] as string), 'a.csv');
      const unmapped = await sortByWallet(rows, new MappingRows(inputOf(text), 'm'), sorter);
      return { unmapped, side: new RowsByWallet(sorter.sorted()) };
    };
    const [whole, less] = [await sorted(made.mapping), await sorted(partial)];
    expect([whole.unmapped, less.unmapped]).toEqual([0, gone.length]);
    const diff = await diffRows(whole.side, less.side);
    expect(diff).toMatchObject({
      rows: [12_000, 12_000 - gone.length],
      same: 12_000 - gone.length,
      onlyA: gone.length,
    });
  });
});
