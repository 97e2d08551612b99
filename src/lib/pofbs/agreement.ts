/** The rules of a snapshot, gathered into the few questions that a person asks. */

import type { Summary } from './engine.js';
import { FILE_RULES, judgeSnapshot } from './judgeSnapshot.js';
import type { Rule } from './rules.js';
import type { AssetEntry, CidProfile } from './types.js';
import { type Judged, open } from './verdict.js';

export const QUESTIONS = ['lines', 'amounts', 'sums', 'file'] as const;
/**
 * `lines`: every line is a row, in order, no id twice. `amounts`: none is negative, and C4 and C4b hold. `sums`: rows,
 * totals and root are those of the manifest. `file`: so are its bytes.
 */
export type Question = (typeof QUESTIONS)[number];

export type Agreement = { readonly [Each in Question]: Judged };

const AMOUNTS: readonly Rule[] = ['C1', 'C2', 'C3', 'C4', 'C4b'];
const RULES_OF: { readonly [Each in Question]: readonly Rule[] } = {
  lines: FILE_RULES.filter((rule) => !AMOUNTS.includes(rule)),
  amounts: AMOUNTS,
  sums: ['E_ROWCOUNT', 'R_TOTALS', 'R_ROOT'],
  file: ['R_FILE', 'R_OFFSETS'],
};

/** @param entry null for a file without a manifest */
export function agreementOf(summary: Summary, entry: AssetEntry | null, profile: CidProfile): Agreement {
  const verdicts = judgeSnapshot(summary, entry === null ? null : { entry, profile });
  const answer = (question: Question): Judged => {
    const judged = RULES_OF[question].map((rule) => {
      const { verdict, why } = verdicts[rule] ?? open('there is no manifest');
      return { verdict, why: verdict === 'FALSE' ? `${rule}: ${why}` : why };
    });
    const deciding = ['FALSE', 'NOT CHECKED', 'TRUE'].flatMap((one) =>
      judged.filter(({ verdict }) => verdict === one),
    );
    return deciding[0] as Judged;
  };
  return { lines: answer('lines'), amounts: answer('amounts'), sums: answer('sums'), file: answer('file') };
}
