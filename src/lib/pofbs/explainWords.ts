/** A proof for somebody who does not know what a hash is. The precise steps are those of `pofbs check`. */

import { formatDecimal } from '../numeric/decimal.js';
import { accountText } from './accountText.js';
import type { CheckedProof, ProvedLine } from './checkProof.js';
import type { FraudProof } from './fraud.js';
import { timeText } from './history.js';
import type { Truth } from './verdict.js';

export interface ExplainCheck {
  readonly title: string;
  readonly answer: Truth;
  readonly detail: string | null;
}

export const MONEY =
  'That the custodian has the money. Compare what it owes with the balance of its account on chain.';
export const MISSING =
  'That nobody was left out. A user who is missing notices it only by looking for their own line.';
export const UNCOMPARED =
  'That this is what was published. Compare the code with the published one, or give that one with --gpmp.';

const RIGHT =
  'That the amounts are right. Only you know what you are owed: if it is something else, ask the custodian, and keep this proof.';
const GIVEN =
  'That the code is the one that was published. You gave it: take it from the chain, not from whoever gave you the proof.';

/** Several steps of the check that mean one thing to a user. */
interface Plain {
  readonly names: readonly string[];
  readonly title: string;
  /** If one of them is false. */
  readonly wrong: string;
}

const INCLUSION: readonly Plain[] = [
  {
    names: ['depth', 'index', 'padding', 'distinct', 'root'],
    title: 'The line is in the list of all users',
    wrong: 'the list that the proof speaks of does not have this line in this place',
  },
  {
    names: ['range', 'sums'],
    title: 'The line is counted in what is owed to all, and in what all ask for',
    wrong: 'what is counted together with the line does not come to the totals that the proof names',
  },
  {
    names: ['row'],
    title: 'The line asks for no more than may be taken out, and that is no more than is owed',
    wrong: 'it does',
  },
  {
    names: ['wallet'],
    title: 'The line was made for the wallet that the proof names',
    wrong: 'it was made for another wallet, or with another secret number (salt) than the proof names',
  },
];

const FRAUD: readonly Plain[] = [
  {
    names: ['depth', 'index', 'opened', 'root'],
    title: 'What the proof accuses is in the list of all users',
    wrong: 'the list that the proof speaks of does not have it in this place',
  },
  {
    names: ['sums'],
    title: 'It is counted in what is owed to all, and in what all ask for',
    wrong: 'what is counted together with it does not come to the totals that the proof names',
  },
  { names: ['fraud'], title: 'It cannot be in an honest list', wrong: 'it can: no fraud is shown' },
];

/** The steps of a proof, but for the one about the code. None is lost: one without plain words keeps its own. */
export function plainChecks({ kind, steps }: Pick<CheckedProof, 'kind' | 'steps'>): ExplainCheck[] {
  const groups = kind === 'inclusion' ? INCLUSION : FRAUD;
  const others = steps.filter(
    ({ name }) => name !== 'gpmp' && !groups.some(({ names }) => names.includes(name)),
  );
  return [
    ...groups.flatMap(({ names, title, wrong }) => {
      const answers = steps.filter(({ name }) => names.includes(name)).map(({ ok }) => ok);
      return answers.length === 0 ? [] : [plainCheck(title, answers, wrong)];
    }),
    ...others.map(({ says, ok, detail }) =>
      plainCheck(says.replace(/\.$/, ''), [ok], detail?.replace(/\.$/, '') ?? 'it is not so'),
    ),
  ];
}

function plainCheck(title: string, answers: readonly (boolean | null)[], wrong: string): ExplainCheck {
  if (answers.includes(false)) return { title, answer: 'FALSE', detail: wrong };
  return answers.includes(null)
    ? { title, answer: 'NOT CHECKED', detail: 'another check is FALSE, so this one would say nothing' }
    : { title, answer: 'TRUE', detail: null };
}

/** What follows from a proof that holds; nothing from one that does not. */
export function plainProved(
  checked: CheckedProof,
  proof: { readonly format: string } | FraudProof,
): string[] {
  if (!checked.holds) return [];
  if (checked.line !== null) return lineWords(checked, checked.line);
  return [
    wrongWords(proof as FraudProof),
    `No honest list has this: whoever published the list broke a rule (${checked.rule}). You can show this proof to anybody.`,
  ];
}

function lineWords({ header, summary }: CheckedProof, line: ProvedLine): string[] {
  const amount = amountsOf(summary);
  const [total, withdrawable, request] = [line.total, line.withdrawable, line.request].map(amount);
  const stated = `On ${timeText(header.timestamp)}, in epoch ${header.epoch}, the custodian stated that it owes`;
  const all = `the ${amount(summary.total)} that it stated it owes to ${usersText(summary.rows)}. Together they ask to take out ${amount(summary.requests)}.`;
  return line.wallet === null
    ? [
        `${stated} ${total} to the user with the id ${line.id}. Of this, ${withdrawable} may be taken out, and the user asks for ${request} now.`,
        `This is part of ${all}`,
      ]
    : [
        `This proof is for the owner of the wallet ${accountText(line.wallet)}. “You” below is its owner.`,
        `${stated} you ${total}. Of this you may take out ${withdrawable}, and you ask for ${request} now.`,
        `What it owes you is part of ${all}`,
      ];
}

function wrongWords(proof: FraudProof): string {
  const amount = amountsOf(proof.summary);
  switch (proof.kind) {
    case 'row': {
      const { total, withdrawable, request } = proof.row;
      const [owed, most, asked] = [total, withdrawable, request].map(amount);
      return request > withdrawable
        ? `Line ${proof.index + 1} of the list asks for ${asked}, although only ${most} may be taken out.`
        : `Line ${proof.index + 1} of the list lets ${most} be taken out, although only ${owed} is owed.`;
    }
    case 'order': {
      const [one, next] = proof.rows;
      const lines = `Lines ${proof.index + 1} and ${proof.index + 2} of the list`;
      return one.id === next.id
        ? `${lines} have the same id, ${one.id}: two users can be shown what is owed to one.`
        : `${lines} are in the wrong order: in such a list the same id can hide twice.`;
    }
    case 'sum': {
      const { claimed, opened } = proof;
      const parts = 'row' in opened ? [opened.row] : [opened.left, opened.right];
      const owed = parts.reduce((sum, { total }) => sum + total, 0n);
      const asked = parts.reduce((sum, one) => sum + ('requests' in one ? one.requests : one.request), 0n);
      return `A part of the list is counted as ${amount(claimed.total)} owed and ${amount(claimed.requests)} asked for. What it is made of comes to ${amount(owed)} and ${amount(asked)}.`;
    }
  }
}

/**
 * What a proof leaves open, and what to do about it.
 * @param published whether the user brought the GPMP
 */
export function plainGaps(
  { kind, holds, steps, line, header, otherLists: { count: others } }: CheckedProof,
  published: boolean,
): string[] {
  if (!holds) {
    const other = steps.some(({ name, ok }) => name === 'gpmp' && ok === false);
    return [
      'Anything: as long as a check is FALSE, the proof shows nothing. Do not rely on these numbers.',
      other ? otherCode(header.epoch) : AGAIN[kind],
    ];
  }
  const compare = published ? GIVEN : UNCOMPARED;
  if (kind === 'fraud')
    return [compare, 'Who published the list: look on chain who published the code.', OTHERS];
  const whose =
    line?.wallet === null
      ? ['That the line is yours. Compare its id with the one that the custodian gave you for this epoch.']
      : [];
  return [compare, ...whose, ...otherLists(others), MONEY, MISSING, RIGHT];
}

const otherLists = (count: number): string[] =>
  count === 0
    ? []
    : [
        `What the epoch’s ${count === 1 ? 'other list holds' : `${count} other lists hold`}: the proof does not show ${count === 1 ? 'it' : 'them'}, and one may be of the same asset again. Whoever verifies the whole epoch sees that.`,
      ];

const OTHERS = 'Anything about the other lines of the list.';

const AGAIN: { readonly [Kind in CheckedProof['kind']]: string } = {
  inclusion:
    'Ask the custodian for another proof of this epoch; keep this one, to be able to show what you were given.',
  fraud: 'Whoever gave you this proof has shown no fraud: ask for the proof again, it may have been damaged.',
};

/** Innocent causes first: most who read this have mixed up two epochs. */
export const otherCode = (epoch: number): string =>
  `Look first whether the code that you gave is the one of epoch ${epoch}, and was copied whole: every epoch has another one. If it is, this is not what was published: ask for it again, and keep what you have.`;

export const usersText = (count: number): string =>
  count === 1 ? 'one user' : `${count.toLocaleString('en')} users`;

const amountsOf =
  ({ asset, decimals }: CheckedProof['summary']) =>
  (units: bigint): string =>
    `${formatDecimal(units, decimals, { grouping: ',' })} ${asset}`;
