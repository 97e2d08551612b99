/** A proof's file against a GPMP: the verdict, and in plain words what follows from it and what does not. */

import { usageError } from '../errors.js';
import { formatDecimal } from '../numeric/decimal.js';
import { accountText } from './accountText.js';
import { checkFraud, type FraudProof, parseProof } from './fraud.js';
import type { InclusionProof, ProofRow, TreeClaim } from './proof.js';
import { checkInclusion, type Step } from './proofCheck.js';
import { RULES, type Rule } from './rules.js';

/** The GPMP that a proof is held against, and where the user has it from. */
export interface Trusted {
  /** 0x hex. */
  readonly gpmp: string;
  readonly from: 'flag' | 'manifest';
  /** The account that an inclusion proof must open its id to, 0x hex. */
  readonly wallet?: string;
  /** The assets of the manifest that the GPMP was computed from, each once. */
  readonly assets?: readonly string[];
}

/** Lists of the epoch that a proof does not open: it has only their commitments, which do not tell their assets. */
export interface OtherLists {
  readonly count: number;
  /** Of which assets they are, by the manifest whose GPMP the proof leads to; null: not known, and the asset of the proof may be among them. */
  readonly assets: readonly string[] | null;
}

export interface ProvedLine extends ProofRow {
  /** Number of the row, from 0. */
  readonly index: number;
  /** The account that the id is opened to, 0x hex; null in a proof without an opening. */
  readonly wallet: string | null;
}

export interface CheckedProof extends TreeClaim {
  readonly kind: 'inclusion' | 'fraud';
  readonly holds: boolean;
  readonly gpmp: string;
  readonly gpmpFrom: Trusted['from'];
  readonly steps: readonly Step[];
  readonly otherLists: OtherLists;
  /** What an inclusion proof shows; null in a fraud proof. */
  readonly line: ProvedLine | null;
  /** The rule that a fraud proof shows to be broken; null otherwise. */
  readonly rule: Rule | null;
  /** Sentences; empty if the proof does not hold. */
  readonly proved: readonly string[];
  readonly notProved: readonly string[];
}

/** @throws verification PROOF_FORM; usage PROOF_WITHOUT_WALLET: a fraud proof, and a wallet to hold it to */
export function checkProof(bytes: Uint8Array, trusted: Trusted): CheckedProof {
  const proof = parseProof(bytes);
  const { header, summary, others, position } = proof;
  const shared = { header, summary, others, position, gpmp: trusted.gpmp, gpmpFrom: trusted.from };
  if (proof.format === 'pofbs.inclusion/1') {
    const { holds, steps } = checkInclusion(proof, trusted.gpmp, trusted.wallet);
    const otherLists = otherListsOf(proof, trusted, steps);
    const words = holds ? inclusionWords(proof, trusted, otherLists) : NOTHING;
    const line = { index: proof.index, ...proof.row, wallet: proof.opening?.wallet ?? null };
    return { kind: 'inclusion', ...shared, holds, steps, otherLists, line, rule: null, ...words };
  }
  // "It holds" would be taken for "the wallet's line is there".
  if (trusted.wallet !== undefined)
    throw usageError(
      'PROOF_WITHOUT_WALLET',
      'This is a fraud proof: it is about the list, and no wallet’s.',
      {
        hint: 'Check it without --wallet; a line of yours is shown by an inclusion proof.',
      },
    );
  const { holds, steps, rule } = checkFraud(proof, trusted.gpmp);
  const otherLists = otherListsOf(proof, trusted, steps);
  const words = rule === null ? NOTHING : fraudWords(proof, rule, trusted);
  return { kind: 'fraud', ...shared, holds, steps, otherLists, line: null, rule, ...words };
}

/** A GPMP that follows from a manifest has the lists of that manifest, and no others. */
function otherListsOf(
  { summary, others }: TreeClaim,
  { assets }: Trusted,
  steps: readonly Step[],
): OtherLists {
  const bound = steps.some(({ name, ok }) => name === 'gpmp' && ok === true);
  return {
    count: others.length,
    assets: assets === undefined || !bound ? null : assets.filter((asset) => asset !== summary.asset),
  };
}

/** What a proof leaves open because the epoch has other lists, a sentence; null if it has none. */
export function otherListsText({ count, assets }: OtherLists, asset: string): string | null {
  if (count === 0) return null;
  const [lists, it, of] =
    count === 1 ? ['1 other list', 'it', 'its'] : [`${count} other lists`, 'them', 'their'];
  return assets === null
    ? `The epoch has ${lists}, and this proof does not open ${it}: of which asset is not known. Should one be of ${asset} again, more is owed in ${asset} than this proof counts; \`bursar pofbs verify\` of the whole epoch shows ${of} assets.`
    : `The epoch has ${lists} (${assets.join(', ')}), and this proof does not open ${it}.`;
}

type Words = Pick<CheckedProof, 'proved' | 'notProved'>;

const NOTHING: Words = {
  proved: [],
  notProved: ['Nothing is proved: a proof holds only if every step does.'],
};

function inclusionWords(
  { header, summary, index, row, opening }: InclusionProof,
  trusted: Trusted,
  otherLists: OtherLists,
): Words {
  const others = otherListsText(otherLists, summary.asset);
  const amount = amountsOf(summary);
  return {
    proved: [
      `Row ${(index + 1).toLocaleString('en')} of ${summary.rows.toLocaleString('en')} in the list of epoch ${header.epoch}: the id ${row.id} is owed ${amount(row.total)}, may withdraw ${amount(row.withdrawable)} and asks for ${amount(row.request)}.`,
      `This is counted in the ${amount(summary.total)} that the custodian says it owes to all, and in the ${amount(summary.requests)} of all requests.`,
      ...(opening === null ? [] : [`The id was made for the wallet ${accountText(opening.wallet)}.`]),
    ],
    notProved: [
      'That the custodian has the money: compare the total with the balance of the custody account.',
      'That all others are in the list: each user finds that out for himself.',
      'That the amounts are right: only you know what you are owed.',
      ...(opening === null
        ? ['Whose line it is: the proof does not open the id. Compare the id with yours.']
        : []),
      ...(others === null ? [] : [others]),
      source(trusted),
    ],
  };
}

function fraudWords(proof: FraudProof, rule: Rule, trusted: Trusted): Words {
  return {
    proved: [
      whatIsWrong(proof),
      `So the rule ${rule} is broken under this GPMP: "${RULES[rule].says}" It stops ${RULES[rule].stops}.`,
    ],
    notProved: [
      'Who published this GPMP: look it up on the chain.',
      'Anything about the rest of the list.',
      source(trusted),
    ],
  };
}

function whatIsWrong(proof: FraudProof): string {
  const amount = amountsOf(proof.summary);
  switch (proof.kind) {
    case 'row': {
      const { id, total, withdrawable, request } = proof.row;
      return `Row ${proof.index + 1}, ${id}, has a total of ${amount(total)}, may withdraw ${amount(withdrawable)} and asks for ${amount(request)}.`;
    }
    case 'order': {
      const [one, next] = proof.rows;
      return one.id === next.id
        ? `Rows ${proof.index + 1} and ${proof.index + 2} have the same id, ${one.id}.`
        : `Row ${proof.index + 2}, ${next.id}, stands behind row ${proof.index + 1}, ${one.id}.`;
    }
    case 'sum': {
      const { level, index, claimed, opened } = proof;
      const made =
        'row' in opened
          ? [opened.row.total, opened.row.request]
          : [opened.left.total + opened.right.total, opened.left.requests + opened.right.requests];
      const held = made.map((sum) => amount(sum as bigint));
      return `Node ${index} of level ${level} is said to hold ${amount(claimed.total)} and requests of ${amount(claimed.requests)}; it is made of ${held[0]} and ${held[1]}.`;
    }
  }
}

function source({ from }: Trusted): string {
  return from === 'flag'
    ? 'That this GPMP is the one on chain: you brought it.'
    : 'That this GPMP is the one on chain: it was taken from the manifest, which the custodian wrote. Compare it with the chain.';
}

const amountsOf =
  ({ asset, decimals }: TreeClaim['summary']) =>
  (units: bigint): string =>
    `${formatDecimal(units, decimals, { grouping: ',' })} ${asset}`;
