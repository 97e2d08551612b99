/** Whole numbers as JSON brings them: a bigint, decimal text, or a number that a double holds exactly. */

import { usageError } from '../errors.js';
import { quoteReadable } from '../numeric/text.js';

export type Integer = bigint | number | string;

/**
 * @param name what it is, for messages
 * @throws usage NUMBER_INEXACT for a number beyond 2^53 − 1 or with a fraction; NUMBER_SYNTAX for text that is no
 * whole number in decimal digits
 */
export function exactInteger(value: Integer, name: string): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return BigInt(value);
    throw usageError('NUMBER_INEXACT', `${name} is ${value}, a number that may have lost digits.`, {
      hint: 'Write amounts as text in quotes: JSON numbers are exact up to 9007199254740991 only.',
    });
  }
  if (typeof value === 'string' && /^(?:0|-?[1-9][0-9]*)$/.test(value)) return BigInt(value);
  const shown = typeof value === 'string' ? quoteReadable(value, 40) : `a ${typeof value}`;
  throw usageError('NUMBER_SYNTAX', `${name} is ${shown}, not a whole number.`, {
    hint: 'Write decimal digits without leading zeros, a fraction or an exponent.',
  });
}
