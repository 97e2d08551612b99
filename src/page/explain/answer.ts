/** The answer to what a reader typed: an id, a wallet with its salt, or a proof. */

import { addressOf, walletOf } from './address.js';
import * as core from './core.js';
import { type Child, field } from './dom.js';
import type { PageData, ReadEpoch } from './epoch.js';
import { type FoundIn, type FoundLine, refuse, showLines } from './lines.js';
import * as proofs from './proof.js';

/** What was typed; empty text for what was not. */
export interface Typed {
  readonly subject: string;
  readonly wallet: string;
  readonly salt: string;
  readonly gpmp: string;
}

export interface Answer {
  readonly shown: readonly Child[];
  /** Something was proved under the code that the reader typed. */
  readonly proved: boolean;
}

/** @throws Error in words for a code that is none */
export function typed(): Typed {
  const [subject = '', wallet = '', salt = '', gpmp = ''] = ['subject', 'wallet', 'salt', 'gpmp'].map(
    (name) => field(name).value.trim(),
  );
  const code = gpmp.toLowerCase();
  if (code !== '' && !/^0x[0-9a-f]{64}$/.test(code))
    throw new Error(
      'The code that you typed is not 0x and 64 digits. Copy it whole, or leave the field empty.',
    );
  return { subject, wallet, salt, gpmp: code };
}

/** @throws Error in words for what is no answer: something is missing, or is not what it should be */
export function answer(data: PageData, epoch: ReadEpoch, said: Typed): Answer {
  const { subject, wallet, salt, gpmp } = said;
  if (gpmp !== '' && epoch.gpmp !== null && gpmp !== epoch.gpmp)
    return no(
      `This page is about another statement than the one with the code that you typed. The code of this page is ${epoch.gpmp}.`,
    );
  if (subject.startsWith('{')) return answerProof(data, epoch, said);
  if (epoch.trees === null)
    throw new Error(
      'This page does not hold the lines themselves. Paste the proof file that the custodian gave you: text that begins with {.',
    );
  if (wallet !== '' || salt !== '') return answerWallet(data, epoch, said);
  if (!/^(0x)?[0-9a-fA-F]{64}$/.test(subject))
    throw new Error(
      subject === ''
        ? 'Paste your id or your proof first.'
        : 'This is neither an id, which has 64 digits (0 to 9 and a to f), nor a proof, which begins with {.',
    );
  return answerId(data, epoch, said, { id: bare(subject), address: null });
}

const no = (why: string): Answer => ({ shown: [refuse(why)], proved: false });
const bare = (id: string): string => id.toLowerCase().replace(/^0x/, '');

function answerWallet(data: PageData, epoch: ReadEpoch, said: Typed): Answer {
  const { subject, wallet, salt } = said;
  if (!/^0x[0-9a-fA-F]{64}$/.test(salt))
    throw new Error('A salt is 0x and 64 digits; it comes from the custodian.');
  const id = core.idOf(data.header, walletOf(wallet), salt.toLowerCase());
  if (subject !== '' && bare(subject) !== id)
    return no(`This id was not made from this wallet and salt. They give ${id}.`);
  return answerId(data, epoch, said, { id, address: wallet });
}

function answerId(
  data: PageData,
  epoch: ReadEpoch,
  { gpmp }: Typed,
  { id, address }: { readonly id: string; readonly address: string | null },
): Answer {
  const lines = (epoch.trees ?? []).flatMap((tree, at): FoundLine[] => {
    const index = core.indexOf(tree.rows, id);
    const [row, summary] = [tree.rows[index], epoch.assets[at]];
    if (row === undefined || summary === undefined) return [];
    return [{ row, index, siblings: core.siblingsOf(tree, index), summary }];
  });
  if (lines.length > 0)
    return found(data, lines, {
      header: data.header,
      gpmp: epoch.gpmp ?? '',
      compared: gpmp !== '',
      wallet: address === null ? null : { address, typed: true },
      unopened: 0,
    });
  return no(
    address === null
      ? `No line has the id ${id}. Is it mistyped, or of another epoch? This is epoch ${data.header.epoch}, and ids are new in every epoch. ${LEFT_OUT}`
      : `No line belongs to this wallet and salt. Is one mistyped, or of another epoch? This is epoch ${data.header.epoch}. ${LEFT_OUT}`,
  );
}

const LEFT_OUT = 'If not, you may have been left out: ask the custodian, and keep this page as evidence.';

function answerProof(data: PageData, epoch: ReadEpoch, { subject, wallet, gpmp: code }: Typed): Answer {
  const proof = proofs.parse(subject);
  const gpmp = code || epoch.gpmp || proofs.gpmpOf(proof) || '';
  const fault = proofs.fault(proof, gpmp);
  if (fault !== null) return no(`The proof does not hold. ${fault.why}`);
  const { row, index, path, summary, header, opening, others } = proof;
  if (wallet !== '' && opening === null)
    throw new Error(
      'This proof does not say whose wallet it is. Leave the wallet empty, or ask for a proof with it.',
    );
  if (wallet !== '' && opening !== null && walletOf(wallet) !== opening.wallet)
    return no(`The proof is about another wallet, ${addressOf(opening.wallet)}.`);
  return found(data, [{ row, index, siblings: path, summary }], {
    header,
    gpmp,
    compared: code !== '',
    wallet:
      opening === null
        ? null
        : { address: wallet === '' ? addressOf(opening.wallet) : wallet, typed: wallet !== '' },
    // The page of an epoch has the statement of all its lists, each asset once; a proof alone has not.
    unopened: epoch.gpmp === null ? others.length : 0,
  });
}

function found(data: PageData, lines: readonly FoundLine[], where: Omit<FoundIn, 'refused'>): Answer {
  return {
    shown: showLines(lines, { ...where, refused: data.refused }),
    proved: where.compared && data.refused === null,
  };
}
