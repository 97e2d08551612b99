/** Text that no one means well with, and the only way in which a parser may refuse it. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { BursarError } from '../../../src/lib/errors.js';

/** Arbitrary Unicode, near misses of numbers, and very long runs. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({
    unit: fc.constantFrom(
      ...'0123456789.,_-+eExX %/dDoOtTkKsSmMhn\u0660\u0967\uff11\u00a0\u202e\u0000\u212a\u017f',
    ),
    maxLength: 30,
  }),
  fc.constantFrom(
    '',
    ' ',
    '.',
    '-',
    'NaN',
    'Infinity',
    '-0',
    '1e3',
    '0x10',
    '1,000',
    '١٢',
    '１２',
    '½',
    '__proto__',
  ),
  fc
    .tuple(
      fc.constantFrom('9', '0', ' ', '.', '_', '%', '1 ', '\u202e'),
      fc.integer({ min: 1000, max: 100_000 }),
    )
    .map(([text, times]) => text.repeat(times)),
);

/** What it throws must be a usage error for people: code, exit 2, a message without control or invisible characters. */
export function refusal(run: () => unknown): BursarError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(BursarError);
    const refused = error as BursarError;
    expect(refused.exit).toBe(2);
    expect(refused.code).toMatch(/^[A-Z][A-Z0-9_]+$/);
    expect(`${refused.message}${refused.hint ?? ''}`).toMatch(/^[\x20-\x7e]+$/);
    expect(refused.message.length).toBeLessThan(300);
    return refused;
  }
  throw new Error('It was not refused.');
}

/** Either a value that the caller judges, or a proper refusal. Nothing else may happen. */
export function valueOrRefusal<T>(run: () => T): { readonly value: T } | { readonly refused: BursarError } {
  let value: T;
  try {
    value = run();
  } catch (error) {
    return {
      refused: refusal(() => {
        throw error;
      }),
    };
  }
  return { value };
}
