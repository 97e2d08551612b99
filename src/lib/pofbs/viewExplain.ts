/** An explanation for a person who wants to know what it means. */

import { type BursarError, verificationError } from '../errors.js';
import { type Block, cell, keyed, type View } from '../view.js';
import { accountText } from './accountText.js';
import { type EpochExplanation, isOther, isUncompared } from './explain.js';
import { FINGERPRINT, FINGERPRINT_ON_PAGE, otherFingerprint } from './explainWords.js';
import { timeText } from './history.js';
import { detectionBlocks } from './viewDetection.js';
import { amountText } from './viewHistory.js';

const TITLES: { readonly [Subject in EpochExplanation['subject']]: string } = {
  epoch: 'What the custodian owes',
  snapshot: 'What the file lists',
  proof: 'What the proof shows',
};

/** @param page whether the view goes into a page as well, whose reader has a field and no flags */
export function explainView(result: EpochExplanation, { page = false } = {}): View {
  const { subject, header, gpmp, assets, checks, proved, notProved, detection } = result;
  return {
    title: TITLES[subject],
    ...(header === null ? {} : { subtitle: `epoch ${header.epoch}, ${timeText(header.timestamp)}` }),
    blocks: [
      verdictBlock(result),
      ...(assets.length === 0 ? [] : [assetBlock(result)]),
      ...(proved.length === 0
        ? []
        : [{ kind: 'heading', text: shownTitle(result) } as const, { kind: 'list', items: proved } as const]),
      { kind: 'heading', text: 'What it does not show' },
      {
        kind: 'list',
        items: notProved.map((text) => (page && text === FINGERPRINT ? FINGERPRINT_ON_PAGE : text)),
      },
      { kind: 'heading', text: 'What was checked' },
      {
        kind: 'checks',
        rows: checks.map(({ title, answer, detail }) => ({
          ok: answer === 'TRUE' ? true : answer === 'FALSE' ? false : ('warn' as const),
          title,
          detail: detail === null ? answer : `${answer}; ${detail}`,
        })),
      },
      ...(gpmp === null || header === null
        ? []
        : [
            {
              kind: 'keyValues',
              rows: [
                { key: 'fingerprint (GPMP)', value: gpmp },
                { key: 'custody account', value: accountText(header.custody) },
                { key: 'chain', value: header.chain },
              ],
            } as const,
          ]),
      ...(detection === null ? [] : detectionBlocks(detection)),
    ],
  };
}

const shownTitle = (result: EpochExplanation): string =>
  isUncompared(result) ? 'What this shows, if the fingerprint is the one on chain' : 'What this shows';

/** The same words for the same state, whatever is explained; none of full success as long as something is left to do. */
function verdictBlock(result: EpochExplanation): Block {
  const { answer, subject, checks } = result;
  const wrong = checks.filter((check) => check.answer === 'FALSE').length;
  if (answer === 'FALSE')
    return {
      kind: 'note',
      tone: 'bad',
      text: `This does not hold: ${wrong} of ${checks.length} checks ${wrong === 1 ? 'is' : 'are'} FALSE. Do not rely on it.`,
    };
  const open = checks.filter((check) => check.answer === 'NOT CHECKED').length;
  const left = subject === 'snapshot' ? ALONE : isUncompared(result) && open === 1 ? COMPARE : INCOMPLETE;
  return open > 0 || subject === 'snapshot'
    ? { kind: 'note', tone: 'warn', text: `Nothing was found to be wrong, but ${left}` }
    : {
        kind: 'note',
        tone: 'good',
        text: 'Everything that was checked holds, and the fingerprint is the one that you gave.',
      };
}

const ALONE = 'a file alone does not say who published it, or whether anybody did: see below.';
const COMPARE = 'the fingerprint was not compared with the one on chain: until it is, nothing is certain.';
const INCOMPLETE = 'not everything could be checked: see below what is left to you.';

function assetBlock({ assets, subject }: EpochExplanation): Block {
  // Of a file alone neither asset nor decimals are known.
  const unit = subject === 'snapshot' ? ' (smallest unit)' : '';
  return {
    kind: 'table',
    columns: [
      { header: 'asset' },
      { header: 'users', align: 'right' },
      { header: `owed to all${unit}`, align: 'right' },
      { header: 'asked for now', align: 'right' },
    ],
    rows: assets.map(({ asset, decimals, rows, total, requests }) => [
      subject === 'snapshot' ? cell('not known', 'muted') : asset,
      keyed(rows.toLocaleString('en'), rows),
      keyed(amountText(total, decimals), total),
      keyed(amountText(requests, decimals), requests),
    ]),
  };
}

/** With what the command ends when something is FALSE; null otherwise. */
export function explainError({ answer, checks, subject, header }: EpochExplanation): BursarError | null {
  if (answer !== 'FALSE') return null;
  const wrong = checks.find((check) => check.answer === 'FALSE');
  const detail = wrong?.detail?.replace(/\.$/, '') ?? 'see what was checked';
  const other = wrong !== undefined && isOther(wrong) && header !== null;
  return verificationError('EXPLAIN_FALSE', `"${wrong?.title}" is FALSE: ${detail}.`, {
    hint: other ? otherFingerprint(header.epoch) : HINTS[subject],
  });
}

const VERIFY = 'Run `bursar pofbs verify` for every rule, with the lines that break it.';

const HINTS: { readonly [Subject in EpochExplanation['subject']]: string } = {
  epoch: VERIFY,
  snapshot: VERIFY,
  proof:
    'Ask for another proof of this epoch; keep this one. `bursar pofbs check` has every step of the check.',
};
