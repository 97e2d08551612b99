/** An explanation for a person who wants to know what it means. */

import { type BursarError, verificationError } from '../errors.js';
import { type Block, cell, keyed, type View } from '../view.js';
import { accountText } from './accountText.js';
import { type EpochExplanation, isComparison, isOther, isUncompared } from './explain.js';
import { otherCode, UNCOMPARED } from './explainWords.js';
import { timeText } from './history.js';
import { detectionBlocks } from './viewDetection.js';
import { amountText } from './viewHistory.js';

const TITLES: { readonly [Subject in EpochExplanation['subject']]: string } = {
  epoch: 'What the custodian owes',
  snapshot: 'What the file lists',
  proof: 'What the proof shows',
};

/**
 * @param page for a page that has a form of its own: there the reader compares the code, so what is said beside the form
 *   stays true whether he did or not
 */
export function explainView(result: EpochExplanation, { page = false } = {}): View {
  const { subject, header, checks, proved, notProved, detection } = result;
  const own = page ? checks.filter((check) => !isComparison(check) || check.answer === 'FALSE') : checks;
  return {
    title: TITLES[subject],
    ...(header === null ? {} : { subtitle: `epoch ${header.epoch}, ${timeText(header.timestamp)}` }),
    blocks: [
      verdictBlock(result, page),
      ...assetBlocks(result, page),
      ...(proved.length === 0
        ? []
        : [{ kind: 'heading', text: shownTitle(result) } as const, { kind: 'list', items: proved } as const]),
      { kind: 'heading', text: 'What it does not show' },
      { kind: 'list', items: notProved.filter((text) => !page || text !== UNCOMPARED) },
      { kind: 'heading', text: 'What was checked' },
      { kind: 'checks', rows: own.map(checkRow) },
      ...codeBlocks(result),
      ...(detection === null ? [] : detectionBlocks(detection)),
    ],
  };
}

const checkRow = ({ title, answer, detail }: EpochExplanation['checks'][number]) => ({
  ok: answer === 'TRUE' ? true : answer === 'FALSE' ? false : ('warn' as const),
  title,
  detail: detail === null ? answer : `${answer}; ${detail}`,
});

function codeBlocks({ gpmp, header }: EpochExplanation): Block[] {
  if (gpmp === null || header === null) return [];
  return [
    {
      kind: 'keyValues',
      rows: [
        { key: 'code (GPMP)', value: gpmp },
        { key: 'custody account', value: accountText(header.custody) },
        { key: 'chain', value: header.chain },
      ],
    },
  ];
}

const shownTitle = (result: EpochExplanation): string =>
  isUncompared(result) ? 'What this shows, if the code is the one that was published' : 'What this shows';

/** The same words for the same state, whatever is explained; none of full success as long as something is left to do. */
function verdictBlock(result: EpochExplanation, page: boolean): Block {
  const { answer, subject, checks } = result;
  const wrong = checks.filter((check) => check.answer === 'FALSE').length;
  if (answer === 'FALSE')
    return {
      kind: 'note',
      tone: 'bad',
      text: `This does not hold: ${wrong} of ${checks.length} checks ${wrong === 1 ? 'is' : 'are'} FALSE. Do not rely on it.`,
    };
  const open = checks.filter((check) => check.answer === 'NOT CHECKED').length;
  const onlyCompare = isUncompared(result) && open === 1;
  if (page && onlyCompare) return { kind: 'note', tone: 'muted', text: COMPARE_ABOVE };
  const left = subject === 'snapshot' ? ALONE : onlyCompare ? COMPARE : INCOMPLETE;
  return open > 0 || subject === 'snapshot'
    ? { kind: 'note', tone: 'warn', text: `Nothing was found to be wrong, but ${left}` }
    : {
        kind: 'note',
        tone: 'good',
        text: 'Everything that was checked holds, and the code is the one that you gave.',
      };
}

const ALONE = 'a file alone does not say who published it, or whether anybody did: see below.';
const COMPARE = 'the code was not compared with the published one: until it is, nothing is certain.';
const COMPARE_ABOVE =
  'Nothing was found to be wrong. Whether this is what was published, the code tells: compare it in the form above.';
const INCOMPLETE = 'not everything could be checked: see below what is left to you.';

/** A table where it fits; on a page, which a telephone shows too, one list for each asset. */
function assetBlocks({ assets, subject }: EpochExplanation, page: boolean): Block[] {
  if (assets.length === 0) return [];
  // Of a file alone neither asset nor decimals are known.
  const unit = subject === 'snapshot' ? ' (smallest unit)' : '';
  const name = (asset: string) => (subject === 'snapshot' ? cell('not known', 'muted') : asset);
  const users = (rows: number) => rows.toLocaleString('en');
  if (page)
    return assets.map(({ asset, decimals, rows, total, requests }) => ({
      kind: 'keyValues',
      rows: [
        { key: 'asset', value: name(asset) },
        { key: 'users', value: users(rows) },
        { key: `owed to all${unit}`, value: amountText(total, decimals) },
        { key: 'asked for now', value: amountText(requests, decimals) },
      ],
    }));
  return [
    {
      kind: 'table',
      columns: [
        { header: 'asset' },
        { header: 'users', align: 'right' },
        { header: `owed to all${unit}`, align: 'right' },
        { header: 'asked for now', align: 'right' },
      ],
      rows: assets.map(({ asset, decimals, rows, total, requests }) => [
        name(asset),
        keyed(users(rows), rows),
        keyed(amountText(total, decimals), total),
        keyed(amountText(requests, decimals), requests),
      ]),
    },
  ];
}

/** With what the command ends when something is FALSE; null otherwise. */
export function explainError({ answer, checks, subject, header }: EpochExplanation): BursarError | null {
  if (answer !== 'FALSE') return null;
  const wrong = checks.find((check) => check.answer === 'FALSE');
  const detail = wrong?.detail?.replace(/\.$/, '') ?? 'see what was checked';
  const other = wrong !== undefined && isOther(wrong) && header !== null;
  return verificationError('EXPLAIN_FALSE', `"${wrong?.title}" is FALSE: ${detail}.`, {
    hint: other ? otherCode(header.epoch) : HINTS[subject],
  });
}

const VERIFY = 'Run `bursar pofbs verify` for every rule, with the lines that break it.';

const HINTS: { readonly [Subject in EpochExplanation['subject']]: string } = {
  epoch: VERIFY,
  snapshot: VERIFY,
  proof:
    'Ask for another proof of this epoch; keep this one. `bursar pofbs check` has every step of the check.',
};
