/** TRUE, FALSE, or NOT CHECKED: never TRUE by default. */

import type { Rule } from './rules.js';

export type Truth = 'TRUE' | 'FALSE' | 'NOT CHECKED';

/** A verdict with its reason, a clause without a full stop. */
export interface Judged {
  readonly verdict: Truth;
  readonly why: string;
}

export const holds = (why: string): Judged => ({ verdict: 'TRUE', why });
export const broken = (why: string): Judged => ({ verdict: 'FALSE', why });
export const open = (why: string): Judged => ({ verdict: 'NOT CHECKED', why });

/** What was judged, by rule. Rules that are missing were not. */
export type Verdicts = { readonly [Name in Rule]?: Judged };

/** A fault if there is one, otherwise TRUE with its reason. */
export const unless = (fault: string | null, why: string): Judged =>
  fault === null ? holds(why) : broken(fault);

/** Of several assets together: FALSE if one is, TRUE only if all are. */
export function jointly(each: readonly (Judged & { readonly asset: string })[]): Judged {
  const [only] = each;
  if (each.length === 1 && only !== undefined) return { verdict: only.verdict, why: only.why };
  const deciding = (['FALSE', 'NOT CHECKED', 'TRUE'] as const).find((verdict) =>
    each.some((one) => one.verdict === verdict),
  );
  if (deciding === undefined) return open('there is no snapshot to judge');
  const named = each.filter((one) => one.verdict === deciding);
  const [first] = named as [(typeof named)[0]];
  const same = named.length === each.length && named.every(({ why }) => why === first.why);
  return {
    verdict: deciding,
    why: same ? first.why : named.map(({ asset, why }) => `${asset}: ${why}`).join('; '),
  };
}
