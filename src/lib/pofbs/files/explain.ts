/** `pofbs explain`: reads what is to be explained, and what a page of it carries. */

import { basename } from 'node:path';
import { usageError } from '../../errors.js';
import { agreementOf } from '../agreement.js';
import type { Detection } from '../detection.js';
import { type Summary, summarize } from '../engine.js';
import {
  type EpochExplanation,
  explainEpoch,
  explainProof,
  explainSnapshot,
  type ReadSnapshot,
} from '../explain.js';
import { type ExplainPage, epochPage, MAX_PAGE_ROWS, type PageContext, proofPage } from '../explainPage.js';
import { parseProof } from '../fraud.js';
import { type OnProgress, Pace } from '../pace.js';
import { MAX_PROOF_BYTES } from '../proof.js';
import { openInput } from './input.js';
import { readSmallFile } from './small.js';
import { type Named, type NamedSnapshot, named, snapshotsOf } from './snapshots.js';

export interface ExplainOptions {
  /** The GPMP from the chain, 0x hex. */
  readonly gpmp: string | null;
  readonly detection: Detection | null;
  /** What a page says of where the GPMP is published; null if no page is wanted. */
  readonly page: Omit<PageContext, 'refused'> | null;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

export interface Explained {
  readonly result: EpochExplanation;
  /** Null if none is wanted. */
  readonly page: ExplainPage | null;
}

/** @throws usage INPUT_…, PAGE_SUBJECT; verification R_MANIFEST, PROOF_FORM */
export async function explainPath(path: string, options: ExplainOptions): Promise<Explained> {
  const one = await named(path);
  if (one.kind === 'proof') return await explainProofFile(path, options);
  if (one.kind === 'epoch') return await explainEpochFiles(one, options);
  if (options.page !== null)
    throw usageError('PAGE_SUBJECT', 'A snapshot alone has no code: a page cannot prove a line of it.', {
      hint: 'Name the directory of the epoch, which has the manifest too.',
    });
  if (options.gpmp !== null)
    throw usageError('GPMP_SUBJECT', 'A snapshot alone has no code that --gpmp could be compared with.', {
      hint: 'Name the directory of the epoch, which has the manifest too.',
    });
  const [snapshot] = snapshotsOf(one);
  const read = await readSnapshot(snapshot as NamedSnapshot, 'unixfs-v1-2025', options);
  return { result: explainSnapshot(path, read as ReadSnapshot, options.detection), page: null };
}

async function explainProofFile(path: string, { gpmp, detection, page }: ExplainOptions): Promise<Explained> {
  const bytes = await readSmallFile(path, { what: 'proof', maxBytes: MAX_PROOF_BYTES });
  const result = explainProof(path, bytes, gpmp, detection);
  if (page === null) return { result, page: null };
  const proof = parseProof(bytes);
  if (proof.format !== 'pofbs.inclusion/1')
    throw usageError(
      'PAGE_SUBJECT',
      'A fraud proof has no page: it is about the custodian, not about a user.',
      {
        hint: 'Leave --html out, or name an inclusion proof.',
      },
    );
  return { result, page: proofPage(proof, { ...page, refused: refusedOf(result) }) };
}

async function explainEpochFiles(
  epoch: Extract<Named, { kind: 'epoch' }>,
  options: ExplainOptions,
): Promise<Explained> {
  const { manifest, path } = epoch;
  const found = snapshotsOf(epoch);
  const snapshots: (ReadSnapshot | null)[] = [];
  for (const one of found) snapshots.push(await readSnapshot(one, manifest.cidProfile, options));
  const result = explainEpoch(path, manifest, snapshots, options.gpmp, options.detection);
  if (options.page === null) return { result, page: null };
  const rows = manifest.assets.reduce((sum, asset) => sum + asset.rows, 0);
  // Of files that are not in order a page would only say that it is not to be trusted.
  const whole = rows <= MAX_PAGE_ROWS && result.checks.slice(0, -1).every(({ answer }) => answer === 'TRUE');
  const context = { ...options.page, refused: refusedOf(result) };
  return { result, page: epochPage(manifest, whole ? await textsOf(found, options) : null, context) };
}

/** What the page must never contradict: why the whole is FALSE, a clause. */
function refusedOf({ answer, checks }: EpochExplanation): string | null {
  if (answer !== 'FALSE') return null;
  const wrong = checks.find((check) => check.answer === 'FALSE');
  return `“${wrong?.title}” is FALSE${wrong?.detail == null ? '' : ` (${wrong.detail})`}`;
}

async function readSnapshot(
  { source, path, entry }: NamedSnapshot,
  profile: Parameters<typeof agreementOf>[2],
  { onProgress, signal }: ExplainOptions,
): Promise<ReadSnapshot | null> {
  if (path === null) return null;
  const input = await openInput(path, { what: 'snapshot', signal });
  try {
    const pace = new Pace(`reading ${source}`, onProgress, signal);
    const share = () => (input.size === null ? undefined : input.position() / input.size);
    const summary = await summarize(input, {
      profiles: [profile],
      onProgress: ({ rows }) => void pace.pause(rows, share()).catch(() => {}),
      signal,
    });
    return {
      file: entry?.file ?? basename(path),
      totals: totalsOf(summary),
      agreement: agreementOf(summary, entry, profile),
    };
  } finally {
    await input.close();
  }
}

const totalsOf = ({ root, rows }: Summary): ReadSnapshot['totals'] =>
  root === null ? null : { asset: '', decimals: 0, rows, total: root.total, requests: root.requests };

/** The files' text, for a page: few rows, and already found to be in order. */
async function textsOf(snapshots: readonly NamedSnapshot[], { signal }: ExplainOptions): Promise<string[]> {
  const texts: string[] = [];
  for (const { path, entry } of snapshots) {
    const input = await openInput(path ?? '', { what: 'snapshot', signal });
    try {
      const bytes = Buffer.alloc(entry?.bytes ?? 0);
      let filled = 0;
      while (filled < bytes.length) {
        const read = await input.read(bytes.subarray(filled));
        if (read === 0) break;
        filled += read;
      }
      texts.push(bytes.toString('latin1', 0, filled));
    } finally {
      await input.close();
    }
  }
  return texts;
}
