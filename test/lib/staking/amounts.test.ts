import { expect, test } from 'vitest';
import { keptFree } from '../../../src/lib/staking/amounts.js';

const dot = { symbol: 'DOT', decimals: 10, ss58Prefix: 0 };
const unknown = { symbol: 'planck', decimals: 0, ss58Prefix: 0, undenominated: 'XYZ' };

test('one whole token stays free; never one planck where the decimals are not known', () => {
  expect(keptFree(dot, undefined, true)).toBe(10_000_000_000n);
  expect(keptFree(dot, '0.5DOT', true)).toBe(5_000_000_000n);
  expect(keptFree({ ...dot, symbol: 'ATOM', decimals: 0 }, undefined, true)).toBe(1n);
  expect(() => keptFree(unknown, undefined, true)).toThrow(
    expect.objectContaining({ code: 'KEEP_UNKNOWN', exit: 2, hint: expect.stringContaining('--keep') }),
  );
  expect(keptFree(unknown, '7planck', true)).toBe(7n);
  // An amount that was named leaves what it leaves.
  expect(keptFree(unknown, undefined, false)).toBe(0n);
});
