/** What `pofbs check` shows of a proof, and `pofbs prove` of what it did. */

import { type BursarError, verificationError } from '../errors.js';
import { formatDecimal } from '../numeric/decimal.js';
import { cell, type View } from '../view.js';
import { accountText, addressOf } from './accountText.js';
import { type CheckedProof, otherListsText } from './checkProof.js';
import type { FraudProof } from './fraud.js';
import type { InclusionProof } from './proof.js';
import { type Step, UNOPENED, WRONG_OPENING } from './proofCheck.js';
import type { LineProof } from './proveLine.js';
import { RULES } from './rules.js';

/** What `pofbs prove` has come to, as far as it is shown. */
interface Proved {
  readonly epoch: number;
  readonly asset: string;
  readonly gpmp: string;
  readonly id: string | null;
  readonly proof: InclusionProof | FraudProof | null;
  readonly neighbours: LineProof['neighbours'];
  readonly why: string | null;
  readonly file: string | null;
}

/** @param verbose with every step of the check; otherwise only with the one that is false */
export function checkedProofView(checked: CheckedProof, { verbose = false } = {}): View {
  const { header, summary, otherLists } = checked;
  const steps = checked.steps.filter(({ ok }) => verbose || ok === false);
  const amount = (units: bigint) =>
    `${formatDecimal(units, summary.decimals, { grouping: ',' })} ${summary.asset}`;
  return {
    title: checked.kind === 'inclusion' ? 'Inclusion proof' : 'Fraud proof',
    subtitle: verdictOf(checked),
    blocks: [
      { kind: 'note', tone: toneOf(checked), text: plainSentence(checked) },
      {
        kind: 'keyValues',
        rows: [
          {
            key: 'GPMP',
            value: checked.gpmp,
            note: checked.gpmpFrom === 'flag' ? 'yours' : 'from the manifest',
          },
          { key: 'Chain', value: header.chain },
          { key: 'Custody', value: accountText(header.custody) },
          { key: 'Epoch', value: String(header.epoch), note: timeOf(header.timestamp) },
          { key: 'Rows', value: summary.rows.toLocaleString('en-US') },
          { key: 'Owed to all', value: amount(summary.total) },
          { key: 'Requests', value: amount(summary.requests) },
          ...(otherLists.count === 0
            ? []
            : [
                {
                  key: 'Other lists',
                  value: String(otherLists.count),
                  note: `not opened by this proof; ${otherLists.assets?.join(', ') ?? 'of which assets is not known'}`,
                },
              ]),
        ],
      },
      ...(steps.length === 0 ? [] : [{ kind: 'checks', rows: steps.map(stepRow) } as const]),
      ...(checked.proved.length === 0
        ? []
        : ([
            { kind: 'heading', text: 'What is proved' },
            { kind: 'list', items: [...checked.proved] },
          ] as const)),
      { kind: 'heading', text: 'What is not proved' },
      { kind: 'list', items: checked.notProved.map((text) => cell(text, 'muted')) },
    ],
  };
}

const stepRow = ({ ok, says, detail }: Step) => ({
  ok: ok ?? ('warn' as const),
  title: ok === null ? `${sentence(says)}: NOT CHECKED` : sentence(says),
  ...(detail === null ? {} : { detail: sentence(detail) }),
});

/** The verdict for somebody who reads no further. */
function plainSentence(checked: CheckedProof): string {
  const { kind, holds, rule, header, summary, line, gpmpFrom } = checked;
  const given = gpmpFrom === 'flag' ? 'the GPMP that you gave' : 'the GPMP of the manifest';
  const others = otherListsText(checked.otherLists, summary.asset);
  const more = others === null ? '' : ` ${others}`;
  if (kind === 'fraud')
    return rule === null
      ? `This proves no fraud under ${given}.${more}`
      : `This proves fraud: what was published under ${given} breaks a rule.${more}`;
  if (!holds || line === null) return `The proof does not hold: it shows nothing.${more}`;
  const whom =
    line.wallet === null
      ? `the holder of the id ${line.id}`
      : `the wallet ${addressOf(line.wallet) ?? line.wallet}`;
  const owed = `${formatDecimal(line.total, summary.decimals, { grouping: ',' })} ${summary.asset}`;
  return `The custodian stated for ${timeOf(header.timestamp)} that it owes ${owed} to ${whom}: the line is in its ${summary.asset} list, under ${given}.${more}`;
}

function toneOf({ kind, holds, otherLists }: CheckedProof): 'good' | 'warn' | 'bad' {
  if (kind === 'fraud') return holds ? 'bad' : 'warn';
  if (!holds) return 'bad';
  return otherLists.count > 0 && otherLists.assets === null ? 'warn' : 'good';
}

function verdictOf({ kind, holds, rule }: CheckedProof): string {
  if (kind === 'inclusion') return holds ? 'TRUE: the line is in the list' : 'FALSE: nothing is proved';
  return rule === null ? 'it does not prove fraud' : `FRAUD: ${rule} is broken. ${RULES[rule].says}`;
}

/** What is shown instead of the proof itself: where it was written, or why there is none. */
export function proveView(result: Proved): View {
  const { proof, file, neighbours, why } = result;
  const found =
    proof === null
      ? 'no proof'
      : proof.format === 'pofbs.fraud/1'
        ? 'FRAUD: the proof convicts whoever published this GPMP'
        : `row ${place(proof)}`;
  const line = (name: string, one: InclusionProof | null) =>
    one === null ? `${name}: none, it is the end of the list` : `${name}: row ${place(one)}, ${one.row.id}`;
  return {
    title: proof?.format === 'pofbs.fraud/1' ? 'Fraud proof' : 'Proof',
    subtitle: found,
    blocks: [
      {
        kind: 'keyValues',
        rows: [
          { key: 'Epoch', value: String(result.epoch) },
          { key: 'Asset', value: result.asset },
          { key: 'GPMP', value: result.gpmp, note: 'from the manifest: compare it with the chain' },
          ...(result.id === null ? [] : [{ key: 'Id', value: result.id }]),
          ...(file === null ? [] : [{ key: 'Written to', value: file }]),
        ],
      },
      ...(why === null ? [] : [{ kind: 'paragraph', text: why } as const]),
      ...(neighbours === null
        ? []
        : ([
            { kind: 'heading', text: 'What shows it' },
            {
              kind: 'list',
              items: [line('The row before', neighbours.before), line('The row after', neighbours.after)],
            },
            {
              kind: 'paragraph',
              text: 'Ids ascend, and these two rows stand side by side: there is no room for the id between them. With --json you get the proofs of both.',
            },
          ] as const)),
    ],
  };
}

/** The proofs of all lines, as far as they are shown. */
interface ProvedAll {
  readonly epoch: number;
  readonly gpmp: string;
  readonly directory: string;
  readonly opened: boolean;
  readonly assets: readonly {
    readonly asset: string;
    readonly proofs: number;
    readonly bytes: number;
    readonly place: string;
  }[];
}

export function proveAllView({ epoch, gpmp, directory, opened, assets }: ProvedAll): View {
  const megabytes = (bytes: number) =>
    `${(bytes / 1e6).toLocaleString('en-US', { maximumFractionDigits: 1 })} MB`;
  return {
    title: 'Proofs',
    subtitle: 'a file for every line, all of them complete',
    blocks: [
      {
        kind: 'keyValues',
        rows: [
          { key: 'Epoch', value: String(epoch) },
          { key: 'GPMP', value: gpmp, note: 'from the manifest: compare it with the chain' },
          { key: 'Written to', value: directory },
          ...assets.map(({ asset, proofs, bytes, place }) => ({
            key: asset,
            value: `${proofs.toLocaleString('en-US')} proofs, ${megabytes(bytes)}`,
            note: place,
          })),
        ],
      },
      {
        kind: 'note',
        tone: 'warn',
        text: opened
          ? 'Each proof opens its id: it tells whose line it is. Give every user his own, over a way that asks who he is; never publish the directory.'
          : 'The proofs do not open their ids: they say no more than the published list. A user also needs his salt to know that a line is his.',
      },
    ],
  };
}

/** With what `pofbs prove` ends when there is no proof; null if there is one. */
export function proveError({ id, proof }: Proved): BursarError | null {
  if (proof !== null) return null;
  return id === null
    ? verificationError('NOTHING_TO_PROVE', 'No fraud could be proved.', {
        hint: 'Run `bursar pofbs verify` for a verdict on every rule.',
      })
    : verificationError('ID_NOT_FOUND', `No line of the list has the id ${id}: it is not in the list.`, {
        hint: 'Every epoch has other ids: is this one, or the salt that it was made from, of this epoch, and the wallet and the asset right? If so, and you have money there, the custodian says that it owes you nothing: show this to everybody.',
      });
}

/** With what `pofbs check` ends when the proof does not hold: what differs, and the innocent causes first. */
export function proofError(checked: CheckedProof): BursarError {
  const { kind, steps } = checked;
  const broken = steps.find(({ ok }) => ok === false);
  const { why, hint } = broken === undefined ? { why: '', hint: HINTS[kind] } : reasonOf(broken, checked);
  return kind === 'inclusion'
    ? verificationError('PROOF_FALSE', `The proof is false: it shows nothing.${why}`, { hint })
    : verificationError('FRAUD_NOT_PROVED', `Checked: it does not prove fraud.${why}`, { hint });
}

const HINTS: { readonly [Kind in CheckedProof['kind']]: string } = {
  inclusion: 'Ask the custodian for a proof of this epoch; keep this one.',
  fraud: 'Run with --verbose for every step. Whoever gave you this proof has shown no fraud under this GPMP.',
};

function reasonOf(
  { name, says, detail }: Step,
  { kind, header, gpmp, gpmpFrom }: CheckedProof,
): { readonly why: string; readonly hint: string } {
  if (name === 'gpmp') {
    const [given, innocent] =
      gpmpFrom === 'flag'
        ? ['the GPMP that you gave', 'another epoch, chain or custody, or mistyped']
        : ['the GPMP of the manifest that you named', 'another epoch, chain or custody'];
    return {
      why: ` What differs is the GPMP: the proof says that it is of epoch ${header.epoch} (${timeOf(header.timestamp)}), and does not come to ${given}, ${gpmp}.`,
      hint: `Is that the GPMP of epoch ${header.epoch}? It may be of ${innocent}. If it is the right one, the proof was forged or damaged: ${AGAIN[kind]}`,
    };
  }
  if (name === 'wallet' && detail === UNOPENED)
    return {
      why: ' What is missing is the wallet: the proof names none, and you gave one.',
      hint: 'Leave --wallet out to check the line alone, or ask the custodian for a proof that opens the id for your wallet.',
    };
  if (name === 'wallet' && detail !== WRONG_OPENING)
    return {
      why: ` What differs is the wallet: ${lowerFirst(detail ?? says)}`,
      hint: 'Was the wallet copied whole, and is it the account that the custodian knows you by? If it is, you were given the proof of somebody else: ask the custodian for yours; keep this one.',
    };
  return { why: ` "${says}" does not hold.`, hint: HINTS[kind] };
}

const AGAIN: { readonly [Kind in CheckedProof['kind']]: string } = {
  inclusion: 'ask the custodian for a proof of this epoch; keep this one.',
  fraud: 'it shows no fraud.',
};

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

/** Counted from 1: `1 of 3`. */
const place = ({ index, summary }: InclusionProof): string =>
  `${(index + 1).toLocaleString('en-US')} of ${summary.rows.toLocaleString('en-US')}`;

const sentence = (text: string): string => text.replace(/\.$/, '');

/** Unix seconds as a date; a number that is none stays a number. */
function timeOf(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `${seconds} s` : date.toISOString().replace('.000Z', 'Z');
}
