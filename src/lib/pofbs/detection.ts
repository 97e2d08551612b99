/**
 * How likely it is that somebody notices who was left out. Validators cannot see it: a user who is not in the list looks
 * like nobody. If k users are left out and each checks with probability p, independently of the others, then somebody
 * notices with probability 1 − (1 − p)^k.
 */

import { usageError } from '../errors.js';
import { parseDecimal } from '../numeric/decimal.js';
import { quote, trimAscii } from '../numeric/text.js';

/** A percentage as it was given, and exactly: percent = millionths / 10^6. */
export interface Percentage {
  readonly text: string;
  readonly millionths: bigint;
}

/**
 * `2`, `0.5` or `12.25%`, from 0 to 100 with at most six decimals.
 * @param name of the flag, for messages
 * @throws usage PERCENTAGE
 */
export function parsePercentage(text: string, name: string): Percentage {
  const number = trimAscii(text).replace(/ ?%$/, '');
  const parsed = parseDecimal(number, 6);
  if ('fault' in parsed || parsed.units > 100_000_000n)
    throw usageError('PERCENTAGE', `${quote(text)} is not a percentage from 0 to 100 (${name}).`, {
      hint: 'Write a number such as 2 or 0.5, with at most six decimals.',
    });
  return { text: number, millionths: parsed.units };
}

export interface Detection {
  /** Share of the users that check, in percent. */
  readonly checkShare: string;
  /** By how many are left out: the probability that somebody notices, 0 to 1. */
  readonly byOmitted: readonly { readonly omitted: number; readonly probability: number }[];
  /** How many can be left out before somebody notices with 50, 90 and 99 percent; null if nobody ever does. */
  readonly enough: readonly { readonly percent: number; readonly omitted: number | null }[];
}

const OMITTED = [1, 2, 5, 10, 20, 50, 100, 1000];
const ENOUGH = [50, 90, 99];

export function detection(share: Percentage): Detection {
  const p = Number(share.millionths) / 1e8;
  return {
    checkShare: share.text,
    byOmitted: OMITTED.map((omitted) => ({ omitted, probability: detectionProbability(p, omitted) })),
    enough: ENOUGH.map((percent) => ({
      percent,
      omitted: p === 0 ? null : Math.max(1, Math.ceil(Math.log(1 - percent / 100) / Math.log1p(-p))),
    })),
  };
}

/** 1 − (1 − p)^k, without losing the digits of a small p. */
export function detectionProbability(p: number, omitted: number): number {
  return omitted === 0 ? 0 : Math.abs(Math.expm1(omitted * Math.log1p(-p)));
}
