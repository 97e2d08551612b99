/** Spans of time as operators write and read them. */

import { usageError } from '../errors.js';
import { quote, trimAscii } from './text.js';

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** The longest delay that Node's timers keep (2^31 − 1 ms, 24.8 days); a longer one fires at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

export interface DurationBounds {
  /** Milliseconds. Default 1: a timeout or interval of nothing is a mistake. */
  readonly min?: number;
  /** Milliseconds. Default {@link MAX_TIMER_MS}. */
  readonly max?: number;
}

/**
 * `250ms`, `30s`, `5m`, `2h` or `1d` → milliseconds: one whole number and its unit.
 * @throws usage DURATION_SYNTAX, DURATION_UNIT_MISSING, DURATION_OUT_OF_RANGE
 */
export function parseDuration(text: string, bounds: DurationBounds = {}): number {
  const { min = 1, max = MAX_TIMER_MS } = bounds;
  const match = text.length <= 64 ? /^(0|[1-9][0-9]{0,15})(ms|s|m|h|d)?$/.exec(trimAscii(text)) : null;
  if (!match) {
    throw usageError('DURATION_SYNTAX', `${quote(text)} is not a duration.`, {
      hint: 'Write a whole number and one unit: 250ms, 30s, 5m, 2h or 1d.',
    });
  }
  const unit = match[2] as keyof typeof UNIT_MS | undefined;
  if (!unit) {
    throw usageError(
      'DURATION_UNIT_MISSING',
      `${quote(text)} has no unit: it could be seconds or milliseconds.`,
      {
        hint: `Write ${match[1]}s or ${match[1]}ms, whichever you mean.`,
      },
    );
  }
  const ms = Number(match[1]) * UNIT_MS[unit];
  if (ms < min || ms > max) {
    throw usageError(
      'DURATION_OUT_OF_RANGE',
      `${quote(text)} is not between ${formatDuration(min)} and ${formatDuration(max)}.`,
      { hint: `Write a duration of ${formatDuration(min)} to ${formatDuration(max)}.` },
    );
  }
  return ms;
}

const STEPS = [
  ['d', UNIT_MS.d],
  ['h', UNIT_MS.h],
  ['min', UNIT_MS.m],
  ['s', UNIT_MS.s],
] as const;

/**
 * Milliseconds → `2 d 4 h`, `1 min 30 s`, `250 ms`: the largest unit and the one below it, cut towards zero. A value
 * that is not finite is `unknown`.
 */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return 'unknown';
  const sign = ms < 0 ? '-' : '';
  const span = Math.trunc(Math.abs(ms));
  const largest = STEPS.findIndex(([, size]) => span >= size);
  if (largest === -1) return span === 0 ? '0 s' : `${sign}${span} ms`;

  const [unit, size] = STEPS[largest]!;
  const parts = [`${Math.floor(span / size)} ${unit}`];
  const below = STEPS[largest + 1];
  const rest = below ? Math.floor((span % size) / below[1]) : 0;
  if (below && rest > 0) parts.push(`${rest} ${below[0]}`);
  return sign + parts.join(' ');
}
