/**
 * What was found of an epoch, a snapshot or a proof, in the words of somebody who does not know what a hash is: what it
 * shows, and what it does not. The GPMP is called the code here.
 */

import { formatDecimal } from '../numeric/decimal.js';
import { type Agreement, QUESTIONS, type Question } from './agreement.js';
import { checkProof } from './checkProof.js';
import type { Detection } from './detection.js';
import {
  type ExplainCheck,
  MISSING,
  MONEY,
  plainChecks,
  plainGaps,
  plainProved,
  UNCOMPARED,
  usersText as users,
} from './explainWords.js';
import { parseProof } from './fraud.js';
import { gpmpOf } from './gpmp.js';
import { type AssetTotals, timeText, totalsOf } from './history.js';
import { gpmpOfClaim } from './proofCheck.js';
import type { EpochHeader, Manifest } from './types.js';
import type { Truth } from './verdict.js';

export interface EpochExplanation {
  readonly subject: 'epoch' | 'snapshot' | 'proof';
  /** As it was named. */
  readonly source: string;
  /** FALSE if anything is; TRUE if everything that this can be asked for is; otherwise NOT CHECKED. */
  readonly answer: Truth;
  readonly header: EpochHeader | null;
  /** Computed, 0x hex. Null for a snapshot without its manifest. */
  readonly gpmp: string | null;
  readonly assets: readonly AssetTotals[];
  readonly checks: readonly ExplainCheck[];
  /** Sentences. */
  readonly proved: readonly string[];
  readonly notProved: readonly string[];
  /** With --check-share. */
  readonly detection: Detection | null;
}

export type { ExplainCheck } from './explainWords.js';

/** A snapshot that was read. */
export interface ReadSnapshot {
  /** The file's name. */
  readonly file: string;
  /** What its rows come to; null if they are none. */
  readonly totals: AssetTotals | null;
  readonly agreement: Agreement;
}

const TITLES: { readonly [Each in Question]: string } = {
  lines: 'The list is complete and in the agreed form, and no id occurs twice',
  amounts: 'Nobody has a negative balance, or asks for more than may be withdrawn',
  sums: 'The lines add up to what is stated',
  file: 'The files are the ones that were published with the statement',
};

const OWN = 'That the amounts are right. Only you know what you are owed: look up your line.';
/**
 * @param snapshots those of the manifest's assets, in their order; null for a file that is not there
 * @param published the GPMP from the chain, if the user has it
 */
export function explainEpoch(
  source: string,
  manifest: Manifest,
  snapshots: readonly (ReadSnapshot | null)[],
  published: string | null,
  detection: Detection | null,
): EpochExplanation {
  const gpmp = gpmpOf(manifest, manifest.assets);
  const checks = [
    ...QUESTIONS.map((question) => questionCheck(question, snapshots, manifest)),
    statedCheck(gpmp, manifest.gpmp),
    publishedCheck(gpmp, published),
  ];
  const answer = answerOf(published === null ? checks.slice(0, -1) : checks);
  const { chain, custody, epoch, prevGpmp, timestamp } = manifest;
  const header = { chain, custody, epoch, prevGpmp, timestamp };
  const assets = manifest.assets.map(totalsOf);
  return {
    subject: 'epoch',
    source,
    answer,
    header,
    gpmp,
    assets,
    checks,
    proved: answer === 'TRUE' ? epochWords(header, assets, gpmp) : [],
    notProved:
      answer === 'FALSE'
        ? ['Nothing is shown as long as a check is FALSE: do not rely on these numbers.']
        : [...(published === null ? [UNCOMPARED] : []), MONEY, MISSING, OWN],
    detection,
  };
}

function epochWords(
  { timestamp, epoch }: EpochHeader,
  assets: readonly AssetTotals[],
  gpmp: string,
): string[] {
  const owed = listed(assets.map((asset) => `${amount(asset, 'total')} to ${users(asset.rows)}`));
  const asked = listed(assets.map((asset) => amount(asset, 'requests')));
  const rows = assets.reduce((sum, one) => sum + one.rows, 0);
  return [
    `On ${timeText(timestamp)}, in epoch ${epoch}, the custodian stated that it owes ${owed}.`,
    `${rows === 1 ? 'The only line was read: it adds' : `All ${rows.toLocaleString('en')} lines were read: they add`} up to exactly that.`,
    `Users ask to take out ${asked} in this epoch.`,
    `None of this can be changed without changing the code ${gpmp}.`,
  ];
}

/** A file alone: only its own lines can be judged. */
export function explainSnapshot(
  source: string,
  snapshot: ReadSnapshot,
  detection: Detection | null,
): EpochExplanation {
  const checks = (['lines', 'amounts'] as const).map((question) => questionCheck(question, [snapshot], null));
  const answer = answerOf(checks);
  const { totals } = snapshot;
  return {
    subject: 'snapshot',
    source,
    answer,
    header: null,
    gpmp: null,
    assets: totals === null ? [] : [totals],
    checks,
    proved:
      answer === 'TRUE' && totals !== null
        ? [
            `The file lists ${users(totals.rows)}, who are owed ${totals.total} and ask for ${totals.requests}, in the smallest unit of the asset.`,
          ]
        : [],
    notProved: [
      'Who published this file, when, and for which asset: that is in the manifest of the epoch. Explain its directory.',
      MONEY,
      MISSING,
      OWN,
    ],
    detection,
  };
}

/**
 * @param bytes of an inclusion proof or a fraud proof
 * @param published the GPMP from the chain; null: the proof is held against its own words, and the user must compare
 * @throws verification PROOF_FORM
 */
export function explainProof(
  source: string,
  bytes: Uint8Array,
  published: string | null,
  detection: Detection | null,
): EpochExplanation {
  const proof = parseProof(bytes);
  const gpmp = gpmpOfClaim(proof);
  // Held against its own words, the step about the GPMP says nothing: the check of the code takes its place.
  const checked = checkProof(bytes, { gpmp: published ?? gpmp, from: 'flag' });
  const checks = [...plainChecks(checked), publishedCheck(gpmp, published)];
  return {
    subject: 'proof',
    source,
    answer: answerOf(checks),
    header: checked.header,
    gpmp,
    assets: [totalsOf(checked.summary)],
    checks,
    proved: plainProved(checked, proof),
    notProved: plainGaps(checked, published !== null),
    detection,
  };
}

function questionCheck(
  question: Question,
  snapshots: readonly (ReadSnapshot | null)[],
  manifest: Manifest | null,
): ExplainCheck {
  const title = TITLES[question];
  const of = (answer: Truth) =>
    snapshots.flatMap((snapshot) => {
      const judged = snapshot?.agreement[question];
      return judged?.verdict === answer ? [`${snapshot?.file}: ${judged.why}`] : [];
    });
  const wrong = of('FALSE');
  if (wrong.length > 0) return { title, answer: 'FALSE', detail: wrong.join('; ') };
  const missing = (manifest?.assets ?? []).filter((_, at) => snapshots[at] === null);
  const unjudged = [...missing.map(({ file }) => `${file} is not here`), ...of('NOT CHECKED')];
  return unjudged.length > 0
    ? { title, answer: 'NOT CHECKED', detail: unjudged.join('; ') }
    : { title, answer: 'TRUE', detail: null };
}

function statedCheck(gpmp: string, stated: string): ExplainCheck {
  const title = 'The code was recomputed from these numbers';
  return gpmp === stated
    ? { title, answer: 'TRUE', detail: null }
    : { title, answer: 'FALSE', detail: `the statement says ${stated}, and they come to ${gpmp}` };
}

const ON_CHAIN = 'The code is the one that was published';

/** Whether there is a code, and nobody has compared it. */
export const isUncompared = ({ checks }: EpochExplanation): boolean =>
  checks.some(({ title, answer }) => title === ON_CHAIN && answer === 'NOT CHECKED');

/** Whether what the user gave is another code. */
export const isOther = ({ title, answer }: ExplainCheck): boolean => title === ON_CHAIN && answer === 'FALSE';

/** Whether it is the check that a reader makes for himself. */
export const isComparison = ({ title }: ExplainCheck): boolean => title === ON_CHAIN;

function publishedCheck(gpmp: string, published: string | null): ExplainCheck {
  const title = ON_CHAIN;
  if (published === null) return { title, answer: 'NOT CHECKED', detail: 'compare it yourself' };
  return gpmp === published
    ? { title, answer: 'TRUE', detail: 'it is the one that you gave' }
    : { title, answer: 'FALSE', detail: `you gave ${published}, and it is ${gpmp}` };
}

function answerOf(checks: readonly ExplainCheck[]): Truth {
  if (checks.some(({ answer }) => answer === 'FALSE')) return 'FALSE';
  return checks.every(({ answer }) => answer === 'TRUE') ? 'TRUE' : 'NOT CHECKED';
}

const amount = (asset: AssetTotals, of: 'total' | 'requests'): string =>
  `${formatDecimal(asset[of], asset.decimals, { grouping: ',' })} ${asset.asset}`;

const listed = (items: readonly string[]): string =>
  items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
