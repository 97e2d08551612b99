import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compact, concat, type Hex, little, Reader, toHex } from '../../devnet/bytes.js';
import { claimedPages } from '../../devnet/history.js';
import { Pool, type TransactionStatus } from '../../devnet/pool.js';
import { genesisText, merged, seeded } from '../../devnet/preset.js';
import {
  decodeApplied,
  decodeValidity,
  isError,
  type RpcFault,
  validityFault,
} from '../../devnet/validity.js';

describe('SCALE', () => {
  it('compact and fixed integers come back', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }), fc.nat(), (big, small) => {
        const reader = new Reader(concat(compact(big), little(big, 16), compact(small)));
        expect(reader.compact()).toBe(big);
        expect(reader.unsigned(16)).toBe(big);
        expect(reader.compact()).toBe(BigInt(small));
        expect(reader.rest.length).toBe(0);
      }),
    );
  });

  it('has the known forms at the borders of the modes', () => {
    const forms = [0n, 63n, 64n, 16_383n, 16_384n, (1n << 30n) - 1n, 1n << 30n].map((n) => toHex(compact(n)));
    expect(forms).toEqual(['0x00', '0xfc', '0x0101', '0xfdff', '0x02000100', '0xfeffffff', '0x0300000040']);
  });

  it('an early end is an error, not a wrong number', () => {
    expect(() => new Reader(Uint8Array.of(0x03, 1)).compact()).toThrow(RangeError);
  });
});

describe('copied history', () => {
  it('is mostly paid out: the newest eras are not, and now and then an era or its last page was forgotten', () => {
    const validators = Array.from({ length: 600 }, (_, i) => i);
    const paid = (age: number, pages: number) => validators.map((i) => claimedPages(i, age, pages));
    const count = (all: readonly number[], pages: number) => all.filter((one) => one === pages).length;
    expect(count(paid(1, 2), 0)).toBe(600);
    expect(count(paid(6, 1), 1)).toBeGreaterThan(300);
    for (const age of [35, 60, 84]) {
      expect(count(paid(age, 1), 1)).toBeGreaterThan(550);
      expect(count(paid(age, 1), 0)).toBeGreaterThan(10);
      expect(count(paid(age, 2), 1)).toBeGreaterThan(10);
      expect(count(paid(age, 2), 0)).toBe(0);
    }
  });
});

describe('pool', () => {
  const valid = (provides: Hex, requires: Hex[] = [], priority = 0n) => ({
    priority,
    requires,
    provides: [provides],
    longevity: 64n,
  });

  it('orders by what is required, then by priority, then by arrival', () => {
    const pool = new Pool();
    pool.add('0x03', '0x03', valid('0xa3', ['0xa2']));
    pool.add('0x01', '0x01', valid('0xa1'));
    pool.add('0x02', '0x02', valid('0xa2', ['0xa1']));
    pool.add('0x04', '0x04', valid('0xb1', [], 5n));
    pool.add('0x05', '0x05', valid('0xc2', ['0xc1']));
    expect(pool.ready().map(({ hash }) => hash)).toEqual(['0x04', '0x01', '0x02', '0x03']);
  });

  it('replaces only for a higher priority, and says so to the watcher', () => {
    const pool = new Pool();
    const heard: TransactionStatus[] = [];
    pool.add('0x01', '0x01', valid('0xa1', [], 1n)).watchers.add((status) => heard.push(status));
    const code = (add: () => unknown): unknown => {
      try {
        add();
      } catch (error) {
        return (error as RpcFault).code;
      }
      return undefined;
    };
    expect(code(() => pool.add('0x01', '0x01', valid('0xa1')))).toBe(1013);
    expect(code(() => pool.add('0x02', '0x02', valid('0xa1', [], 1n)))).toBe(1014);
    expect(code(() => pool.add('0x03', '0x03', valid('0xa1', [], 2n)))).toBeUndefined();
    expect(heard).toEqual([{ usurped: '0x03' }]);
    expect(pool.all().map(({ hash }) => hash)).toEqual(['0x03']);
  });
});

describe('validity', () => {
  it.each([
    ['0x010001', 1010, 'Inability to pay some fees (e.g. account balance too low)'],
    ['0x010002', 1010, 'Transaction will be valid in the future'],
    ['0x010003', 1010, 'Transaction is outdated'],
    ['0x010004', 1010, 'Transaction has a bad signature'],
    ['0x01000707', 1010, 'Custom error: 7'],
    ['0x010101', 1011, 'NoUnsignedValidator'],
    ['0x01010209', 1011, 'Custom(9)'],
  ])('%s is %i %s', (hex, code, data) => {
    const validity = decodeValidity(Buffer.from(hex.slice(2), 'hex'));
    if (!isError(validity)) throw new Error('expected an error');
    const fault = validityFault(validity);
    expect([fault.code, fault.data]).toEqual([code, data]);
  });

  it('an included extrinsic is no error even if its dispatch failed', () => {
    expect(decodeApplied(Uint8Array.of(0, 1, 3, 89, 7, 0, 0, 0))).toBeUndefined();
    expect(decodeApplied(Uint8Array.of(1, 0, 6))).toEqual({ kind: 'invalid', variant: 6 });
  });
});

describe('genesis text', () => {
  it('amounts beyond 2^53 keep every digit', () => {
    expect(genesisText({ a: [9_007_199_254_740_993n, 'x', null, { b: true }] })).toBe(
      '{"a":[9007199254740993,"x",null,{"b":true}]}',
    );
  });

  it('a patch replaces leaves and arrays, and leaves the rest', () => {
    expect(merged({ a: { b: 1, c: [1] }, d: 2 }, { a: { c: [] }, e: 3n })).toEqual({
      a: { b: 1, c: [] },
      d: 2,
      e: 3n,
    });
  });

  it('the seeded numbers are the same everywhere', () => {
    const random = seeded(1);
    expect([random(), random()]).toEqual([0.6270739405881613, 0.002735721180215478]);
  });
});
