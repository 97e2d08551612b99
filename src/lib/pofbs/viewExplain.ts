/** An explanation for a person who wants to know what it means. */

import { type BursarError, verificationError } from '../errors.js';
import { type Block, cell, keyed, type View } from '../view.js';
import { accountText } from './accountText.js';
import type { EpochExplanation } from './explain.js';
import { timeText } from './history.js';
import { detectionBlocks } from './viewDetection.js';
import { amountText } from './viewHistory.js';

const TITLES: { readonly [Subject in EpochExplanation['subject']]: string } = {
  epoch: 'What the custodian owes',
  snapshot: 'What the file lists',
  proof: 'What the proof shows',
};

export function explainView(result: EpochExplanation): View {
  const { subject, header, gpmp, assets, checks, proved, notProved, detection } = result;
  return {
    title: TITLES[subject],
    ...(header === null ? {} : { subtitle: `epoch ${header.epoch}, ${timeText(header.timestamp)}` }),
    blocks: [
      verdictBlock(result),
      ...(assets.length === 0 ? [] : [assetBlock(result)]),
      ...(proved.length === 0
        ? []
        : [{ kind: 'heading', text: 'What this shows' } as const, { kind: 'list', items: proved } as const]),
      { kind: 'heading', text: 'What it does not show' },
      { kind: 'list', items: notProved },
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

function verdictBlock({ answer, subject, checks }: EpochExplanation): Block {
  if (answer === 'FALSE') {
    const wrong = checks.filter((check) => check.answer === 'FALSE').length;
    return {
      kind: 'note',
      tone: 'bad',
      text: `This does not hold: ${wrong} of ${checks.length} checks ${wrong === 1 ? 'is' : 'are'} FALSE. Do not rely on it.`,
    };
  }
  if (answer === 'NOT CHECKED')
    return {
      kind: 'note',
      tone: 'warn',
      text: 'Nothing was found to be wrong, but not everything could be checked: see below what is left to you.',
    };
  return {
    kind: 'note',
    tone: 'good',
    text: subject === 'snapshot' ? 'The file is in order.' : 'Everything that was checked holds.',
  };
}

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
export function explainError({ answer, checks, subject }: EpochExplanation): BursarError | null {
  if (answer !== 'FALSE') return null;
  const wrong = checks.find((check) => check.answer === 'FALSE');
  return verificationError('EXPLAIN_FALSE', `"${wrong?.title}" is FALSE: ${wrong?.detail}.`, {
    hint:
      subject === 'proof'
        ? 'Ask the custodian for a proof of this epoch; keep this one.'
        : 'Run `bursar pofbs verify` for every rule, with the lines that break it.',
  });
}
