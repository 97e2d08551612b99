/** What `pofbs check` shows of a proof, and `pofbs prove` of what it did. */

import { type BursarError, verificationError } from '../errors.js';
import { formatDecimal } from '../numeric/decimal.js';
import { cell, type View } from '../view.js';
import { accountText } from './accountText.js';
import type { CheckedProof } from './checkProof.js';
import type { FraudProof } from './fraud.js';
import type { InclusionProof } from './proof.js';
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

export function checkedProofView(checked: CheckedProof): View {
  const { header, summary, steps } = checked;
  const amount = (units: bigint) =>
    `${formatDecimal(units, summary.decimals, { grouping: ',' })} ${summary.asset}`;
  return {
    title: checked.kind === 'inclusion' ? 'Inclusion proof' : 'Fraud proof',
    subtitle: verdictOf(checked),
    blocks: [
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
        ],
      },
      {
        kind: 'checks',
        rows: steps.map(({ ok, says, detail }) => ({
          ok: ok ?? 'warn',
          title: ok === null ? `${sentence(says)}: NOT CHECKED` : sentence(says),
          ...(detail === null ? {} : { detail }),
        })),
      },
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

/** With what `pofbs prove` ends when there is no proof; null if there is one. */
export function proveError({ id, proof }: Proved): BursarError | null {
  if (proof !== null) return null;
  return id === null
    ? verificationError('NOTHING_TO_PROVE', 'No fraud could be proved.', {
        hint: 'Run `bursar pofbs verify` for a verdict on every rule.',
      })
    : verificationError(
        'ID_NOT_FOUND',
        `The id ${id} is not in the list: the custodian says it owes it nothing.`,
        {
          hint: 'Is it the id of this epoch? Every epoch has another one. If you have money there, show this to everybody.',
        },
      );
}

/** With what `pofbs check` ends when the proof does not hold. */
export function proofError({ kind, steps }: CheckedProof): BursarError {
  const broken = steps.find(({ ok }) => ok === false);
  const why = broken === undefined ? '' : ` "${broken.says}" does not hold.`;
  return kind === 'inclusion'
    ? verificationError('PROOF_FALSE', `The proof is false: it shows nothing.${why}`, {
        hint: 'Ask the custodian for a proof of this epoch; keep this one.',
      })
    : verificationError('FRAUD_NOT_PROVED', `Checked: it does not prove fraud.${why}`, {
        hint: 'See the steps: it may belong to another GPMP.',
      });
}

/** Counted from 1: `1 of 3`. */
const place = ({ index, summary }: InclusionProof): string =>
  `${(index + 1).toLocaleString('en-US')} of ${summary.rows.toLocaleString('en-US')}`;

const sentence = (text: string): string => text.replace(/\.$/, '');

/** Unix seconds as a date; a number that is none stays a number. */
function timeOf(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `${seconds} s` : date.toISOString().replace('.000Z', 'Z');
}
