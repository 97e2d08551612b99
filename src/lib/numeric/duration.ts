/** Spans of time as operators read them. */

const STEPS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
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
