/** Whole numbers that are not money: eras, block numbers, thresholds, counts. */

import { usageError } from '../errors.js';
import { quote, trimAscii } from './text.js';

export interface CountRule {
  /** What is counted, for messages: `era`, `--threshold`. */
  readonly name: string;
  /** Default 0. */
  readonly min?: number;
  /** Default 2^32 − 1, the range of an era or block number on chain. */
  readonly max?: number;
}

/**
 * `1523` → 1523: ASCII digits only, within the rule's bounds.
 * @throws usage COUNT_SYNTAX, COUNT_OUT_OF_RANGE
 */
export function parseCount(text: string, rule: CountRule): number {
  const { name, min = 0, max = 2 ** 32 - 1 } = rule;
  const hint = `Write a whole number from ${min} to ${max}.`;
  const trimmed = trimAscii(text);
  if (!/^(0|[1-9][0-9]*)$/.test(trimmed)) {
    throw usageError('COUNT_SYNTAX', `${quote(text)} is not a whole number (${name}).`, { hint });
  }
  // Sixteen digits are the most that a double holds exactly.
  const value = trimmed.length <= 16 ? Number(trimmed) : Number.POSITIVE_INFINITY;
  if (value < min || value > max) {
    throw usageError('COUNT_OUT_OF_RANGE', `${quote(text)} is not from ${min} to ${max} (${name}).`, {
      hint,
    });
  }
  return value;
}
