/** How long an endpoint that limits its callers asks them to wait. */

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };

const unitOf = (word: string | undefined): number => {
  const text = (word ?? 's').toLowerCase();
  return UNITS[text.startsWith('milli') || text.startsWith('ms') ? 'ms' : text.startsWith('m') ? 'm' : 's']!;
};

/**
 * Milliseconds that a text asks to wait: `Retry-After: 3`, `{"retry_after_ms":500}`, "try again in 5 seconds". A bare
 * number is seconds, as in the HTTP header (RFC 9110 §10.2.3); a date there is taken too.
 */
export function delayIn(text: string, now: () => number = Date.now): number | undefined {
  const named =
    /(?:retry[-_ ]?(?:after|in)|(?:try|retry) again (?:in|after)|wait(?: for)?)[-_ ]?(ms|milliseconds?|seconds?|secs?|minutes?)?["']?\s*[:=]?\s*["']?(?:about )?(\d{1,9}(?:\.\d{1,9})?)\s*(milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m)?\b/i.exec(
      text,
    );
  if (named) return Math.ceil(Number(named[2]) * unitOf(named[1] ?? named[3]));
  const date = /retry-after:\s*([A-Z][a-z]{2}, [\w :]+GMT)/.exec(text);
  const at = date ? Date.parse(date[1]!) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now());
}
