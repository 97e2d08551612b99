/** Sorting with little memory gives what sorting in memory gives. */

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { runsOnDisk } from '../../../src/lib/pofbs/files/runs.js';
import {
  compareKeys,
  type RunStore,
  readKeyNumber,
  Sorter,
  writeKeyNumber,
} from '../../../src/lib/pofbs/sort.js';

const directory = mkdtempSync(join(tmpdir(), 'bursar-sort-'));
afterAll(() => rmSync(directory, { recursive: true }));

function sorted(
  records: readonly Uint8Array[],
  keyLength: number,
  memory: number,
  store: RunStore,
): string[] {
  const sorter = new Sorter({ keyLength, memory, store });
  for (const record of records) sorter.add(record, record.length);
  expect(sorter.count).toBe(records.length);
  const cursor = sorter.sorted();
  const found: string[] = [];
  while (cursor.next())
    found.push(Buffer.from(cursor.bytes.subarray(cursor.start, cursor.end)).toString('hex'));
  expect(cursor.next()).toBe(false);
  sorter.discard();
  return found;
}

/** Counts what is kept, and keeps it in memory. */
function runsInMemory() {
  const state = { made: 0, kept: 0, bytes: 0 };
  const store: RunStore = {
    create() {
      const parts: Uint8Array[] = [];
      state.made++;
      state.kept++;
      return {
        write: (bytes) => void parts.push(bytes.slice()),
        finish() {
          const all = Buffer.concat(parts);
          state.bytes += all.length;
          return {
            bytes: all.length,
            read: (into, at) => all.copy(into, 0, at),
            discard: () => void state.kept--,
          };
        },
      };
    },
  };
  return { store, state };
}

/** Records with unique keys, by a plain generator: long lists are slow to make with fast-check. */
function someRecords(count: number, payload: (index: number) => number, seed = 1): Uint8Array[] {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
  return Array.from({ length: count }, (_, index) => {
    const record = new Uint8Array(12 + payload(index));
    new DataView(record.buffer).setUint32(0, random());
    writeKeyNumber(record, 6, random() * 7 + index);
    for (let at = 12; at < record.length; at++) record[at] = random() >>> 24;
    return record;
  });
}

const reference = (records: readonly Uint8Array[], keyLength: number): string[] =>
  [...records]
    .sort((a, b) => compareKeys(a, 0, b, 0, keyLength))
    .map((record) => Buffer.from(record).toString('hex'));

describe('the sorter', () => {
  it('orders by all bytes of the key, also where the first four are the same', () => {
    const key = fc
      .tuple(fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff), fc.integer({ min: 0, max: 2 ** 31 }))
      .map(([first, second]) => {
        const bytes = new Uint8Array(8);
        new DataView(bytes.buffer).setUint32(0, first);
        new DataView(bytes.buffer).setUint32(4, second);
        return bytes;
      });
    fc.assert(
      fc.property(fc.uniqueArray(key, { selector: String, maxLength: 60 }), (records) => {
        const { store, state } = runsInMemory();
        expect(sorted(records, 8, 1 << 20, store)).toEqual(reference(records, 8));
        expect(state.made).toBe(0);
      }),
    );
  });

  it('gives the same with runs on disk, merged in one pass and in several', () => {
    const records = someRecords(40_000, (index) => index % 300);
    const expected = reference(records, 12);
    const memory = runsInMemory();
    expect(sorted(records, 12, 64 << 20, memory.store)).toEqual(expected);
    expect(memory.state.made).toBe(0);
    // 70 kB of memory: more than a hundred runs, merged four at a time.
    const small = runsInMemory();
    expect(sorted(records, 12, 70_000, small.store)).toEqual(expected);
    expect(small.state.made).toBeGreaterThan(30);
    expect(small.state.kept).toBe(0);
    expect(small.state.bytes).toBeGreaterThan(2 * 40_000 * 150);
    expect(sorted(records, 12, 1 << 20, runsOnDisk(directory))).toEqual(expected);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('keeps records with equal keys, all of them', () => {
    const records = someRecords(5_000, () => 40).map((record) => {
      record.fill(7, 0, 12);
      return record;
    });
    const { store } = runsInMemory();
    expect(sorted(records, 12, 70_000, store).sort()).toEqual(reference(records, 52));
  });

  it('takes records of the greatest length, and none that is longer or shorter than its key', () => {
    const records = someRecords(40, () => 65_523);
    const { store } = runsInMemory();
    expect(sorted(records, 12, 1000, store)).toEqual(reference(records, 12));
    const sorter = new Sorter({ keyLength: 12, memory: 1000, store });
    expect(() => sorter.add(new Uint8Array(70_000), 65_536)).toThrow(RangeError);
    expect(() => sorter.add(new Uint8Array(12), 11)).toThrow(RangeError);
  });

  it('sorts nothing', () => {
    expect(sorted([], 4, 1000, runsInMemory().store)).toEqual([]);
  });

  it('has numbers in keys in their order', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 48 - 1), fc.nat(2 ** 48 - 1), (a, b) => {
        const bytes = new Uint8Array(12);
        writeKeyNumber(bytes, 0, a);
        writeKeyNumber(bytes, 6, b);
        expect(Math.sign(compareKeys(bytes, 0, bytes, 6, 6))).toBe(Math.sign(a - b));
        expect(readKeyNumber(bytes, 0)).toBe(a);
      }),
    );
  });
});
