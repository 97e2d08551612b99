/** Lines that were found, what they prove and what they do not. */

import type { AssetSummary, EpochHeader } from '../../lib/pofbs/types.js';
import * as core from './core.js';
import { type Child, copied, details, list, make, note, pairs, strong } from './dom.js';
import { amount, count, grouped, when } from './words.js';

/** A line of one asset, with what stands beside its way up. */
export interface FoundLine {
  readonly row: core.PageRow;
  readonly index: number;
  readonly siblings: readonly core.PageNode[];
  readonly summary: AssetSummary;
}

export interface FoundIn {
  readonly header: EpochHeader;
  /** The code that the lines lead to. */
  readonly gpmp: string;
  /** The reader typed that very code. */
  readonly compared: boolean;
  /** The address for which the lines were made, if that is known, and whether it was the reader who named it. */
  readonly wallet: { readonly address: string; readonly typed: boolean } | null;
  /** Lists of the epoch that were not looked into. */
  readonly unopened: number;
  /** Why the epoch does not hold; null if nothing is known to be wrong. */
  readonly refused: string | null;
}

export const refuse = (why: string): HTMLElement => note('bad', strong('Not proved. '), why);

/** All lines of one id, of one asset each. */
export function showLines(lines: readonly FoundLine[], found: FoundIn): Child[] {
  const id = lines[0]?.row.id ?? '';
  return [
    verdict(found),
    ...(found.wallet === null ? [] : [walletNote(found.wallet)]),
    pairs([['id', copied(id, 'the id')]]),
    ...lines.map((line) => showLine(line, found)),
    ...(found.refused === null ? claims(lines, found) : []),
  ];
}

/** Nothing is proved of an epoch that is known to be false, whatever its lines say. */
function verdict({ refused, compared, gpmp }: FoundIn): HTMLElement {
  if (refused !== null)
    return refuse(
      `The line is in the list, but the epoch does not hold: ${refused}. Do not rely on these numbers. Keep this page and your proof as evidence.`,
    );
  return compared
    ? note('good', strong('Proved. '), 'It is part of the statement with the code that you typed.')
    : note(
        'warn',
        strong('One thing is left for you to do: '),
        'compare this code with the one that was published. If it is another one, nothing is proved. ',
        copied(gpmp, 'the code'),
      );
}

const walletNote = ({ address, typed }: NonNullable<FoundIn['wallet']>): HTMLElement =>
  note(
    typed ? 'muted' : 'warn',
    'This line was made for the wallet ',
    copied(address, 'the wallet address'),
    typed
      ? ', which you typed.'
      : '. Is it yours? The same wallet has another spelling on every network; if you are not sure, type your address into the field for it.',
  );

function showLine({ row, index, siblings, summary }: FoundLine, { refused }: FoundIn): HTMLElement {
  const place = `line ${grouped(String(index + 1))} of ${grouped(String(summary.rows))}`;
  return make(
    'section',
    '',
    note(
      refused === null ? 'good' : 'muted',
      strong('Found. '),
      `Your line is in the ${summary.asset} list (${place}).`,
    ),
    pairs([
      ['owed', amount(row.total, summary)],
      ['may be withdrawn', amount(row.withdrawable, summary)],
      ['requested now', amount(row.request, summary)],
    ]),
    details('Show the calculation', calculation(row, index, siblings, summary)),
  );
}

function calculation(
  row: core.PageRow,
  index: number,
  siblings: readonly core.PageNode[],
  summary: AssetSummary,
): HTMLElement {
  const way = core.wayUp(row, index, siblings);
  const steps = way.map((node, level) => {
    const what =
      level === 0 ? 'This line' : level === way.length - 1 ? 'The whole list' : 'A part of the list';
    const text = `${what}: ${amount(node.total, summary)}, `;
    return make('li', '', text, make('span', 'id', core.toHex(node.hash)));
  });
  return make('ol', 'list', ...steps);
}

const NOT_PROVED = [
  'That the custodian has the money. Compare the total above with the balance of its account on chain.',
  'That nobody was left out. A person who is missing can notice that only by looking for their own line, as you do now.',
  'What is owed at another time. The next epoch has other ids and another code.',
];

function claims(lines: readonly FoundLine[], found: FoundIn): HTMLElement[] {
  const { header, wallet, unopened } = found;
  const proved = lines.map(
    ({ row, summary }) =>
      `On ${when(header.timestamp)}, in epoch ${header.epoch}, the custodian stated that it owes ${amount(row.total, summary)} to the holder of this id. This is part of the ${amount(summary.total, summary)} that it says it owes to ${count(summary.rows, 'user')}.`,
  );
  const left = [
    ...(wallet === null
      ? ['That this id is yours. Check it with your wallet address and the salt that the custodian gave you.']
      : []),
    ...(unopened === 0 ? [] : [unopenedText(unopened)]),
    ...NOT_PROVED,
  ];
  return [
    make(
      'div',
      '',
      make('h3', '', 'What this proves'),
      list([...proved, 'Nobody can change this without changing the code.']),
    ),
    make('div', '', make('h3', '', 'What it does not prove'), list(left)),
  ];
}

const unopenedText = (lists: number): string =>
  `What the epoch’s ${lists === 1 ? 'other list holds' : `${lists} other lists hold`}. This proof does not open ${lists === 1 ? 'it' : 'them'}, and does not say of which assets: the same asset may be listed twice. The whole epoch, verified, shows that.`;
