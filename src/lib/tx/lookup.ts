/** Finds and explains transactions that are not at hand: by hash, from the journal or from recent blocks. */

import type { OpenChain } from '../chain/connect.js';
import { peersOf } from '../chain/peers.js';
import { BursarError, outcomeUnknownError, preconditionError, usageError } from '../errors.js';
import type { Planck } from '../plain.js';
import { confirmInclusion, NotAgreed } from './agreement.js';
import { systemClock } from './clock.js';
import type { JournalDisk } from './disk.js';
import { asResolution, follow, resolveCommand } from './follow.js';
import { Journal, type JournalRecord, type Resolution } from './journal.js';
import { blockExtrinsics, extrinsicIn, headOf, outcomeAt } from './locate.js';
import { openJournal } from './openJournal.js';
import type { Surroundings } from './options.js';
import type { BlockRef, Included, Outcome } from './outcome.js';
import type { RuntimeCall } from './plan.js';
import { fromJournal } from './settle.js';

/** What `tx inspect` found out about its argument. */
export interface Inspection {
  /** call: call data; extrinsic: a whole extrinsic; included: found by its hash in a block; journal: found in the journal */
  readonly kind: 'call' | 'extrinsic' | 'included' | 'journal';
  readonly call: RuntimeCall;
  readonly callHex: string;
  readonly callHash: string;
  readonly signer: string | null;
  readonly nonce: number | null;
  readonly tip: Planck | null;
  /** In which block, if it is in one that was looked at. */
  readonly included: Included | null;
}

export interface LookupOptions {
  readonly journalDir: string;
  /** How many of the newest blocks to search for a hash that the journal does not know. */
  readonly blocks: number;
  readonly disk?: JournalDisk | undefined;
  readonly onProgress?: (message: string) => void;
}

const HASH = /^0x[0-9a-f]{64}$/i;
const HEX = /^0x(?:[0-9a-f]{2})+$/i;

/**
 * Explains call data, an encoded extrinsic, or a hash (of an extrinsic, or of a call in the journal).
 * @throws usage TX_DATA, CALL_DATA; precondition TX_NOT_FOUND
 */
export async function inspect(chain: OpenChain, text: string, options: LookupOptions): Promise<Inspection> {
  if (HASH.test(text)) return inspectHash(chain, text.toLowerCase(), options);
  if (!HEX.test(text)) {
    throw usageError(
      'TX_DATA',
      'This is neither call data nor a hash: it must be 0x and an even number of hex digits.',
      {
        hint: 'Give an encoded call, an encoded extrinsic, or a hash of 32 bytes.',
      },
    );
  }
  const none = { signer: null, nonce: null, tip: null, included: null };
  try {
    return { kind: 'call', ...encoded(chain, chain.decodeCall(text)), ...none };
  } catch (asCall) {
    try {
      const { call, signer, nonce, tip } = chain.runtime.decodeExtrinsic(text);
      return { kind: 'extrinsic', ...encoded(chain, call), signer, nonce, tip, included: null };
    } catch {
      throw asCall;
    }
  }
}

/** What `tx status` found. */
export interface TxStatusResult {
  /** What the journal knows of it; null if it was not sent from here. */
  readonly record: JournalRecord | null;
  readonly outcome: Outcome;
  /** What else is to be known: a journal that was corrected, or could not be; whose word this is. */
  readonly notes: readonly string[];
}

export interface StatusOptions extends LookupOptions, Surroundings {
  readonly followMs: number;
  readonly signal?: AbortSignal;
}

/**
 * What became of a transaction. The blocks are always looked at; what the journal says is corrected by them. Nothing but
 * the journal's resolution is written: whoever asks has not yet carried out the plan again.
 * @throws precondition TX_NOT_FOUND; outcomeUnknown TX_NOT_FOUND when a journal that could have it cannot be read
 */
export async function status(
  chain: OpenChain,
  hash: string,
  options: StatusOptions,
): Promise<TxStatusResult> {
  if (!HASH.test(hash))
    throw usageError('TX_HASH', 'A transaction hash is 0x and 64 hex digits.', {
      hint: '`bursar tx history` lists those that were sent from here.',
    });
  const txHash = hash.toLowerCase();
  const notes: string[] = [];
  const { record, problems } = await recordOf(chain, txHash, options);
  if (record) return { record, outcome: await statusOfRecord(chain, record, options, notes), notes };
  notes.push(...problems.map(({ message }) => `A journal was not used: ${message}`));
  const included = await searchBlocks(chain, txHash, options);
  if (included) return { record: null, outcome: await confirmed(chain, included, options), notes };
  throw notFound(txHash, options.blocks, problems, outcomeUnknownError);
}

async function confirmed(chain: OpenChain, included: Included, options: StatusOptions): Promise<Outcome> {
  try {
    const peers = peersOf(chain, options.endpoints ?? [], options);
    return await confirmInclusion(peers, included, chain.rpc.url, options.agree);
  } catch (error) {
    if (!(error instanceof NotAgreed)) throw error;
    const { txHash } = included;
    return {
      kind: 'pending',
      txHash,
      reason: error.message,
      resolve: (options.resolveWith ?? resolveCommand)(txHash),
    };
  }
}

/** A journal that cannot be read hinders nobody from asking the chain. */
async function recordOf(
  chain: OpenChain,
  txHash: string,
  { journalDir, disk }: LookupOptions,
): Promise<{ readonly record: JournalRecord | null; readonly problems: readonly BursarError[] }> {
  const { records, problems } = await Journal.all(journalDir, chain.identity.genesisHash, disk);
  const found = records.filter((one) => one.txHash === txHash);
  return { record: found.find((one) => isOfHere(chain, one)) ?? found[0] ?? null, problems };
}

/** Whether it was sent to this fork; or to a chain, and this is none. */
const isOfHere = ({ fork }: OpenChain, record: JournalRecord): boolean => record.fork === fork?.id;

async function statusOfRecord(
  chain: OpenChain,
  record: JournalRecord,
  options: StatusOptions,
  notes: string[],
): Promise<Outcome> {
  const { resolution } = record;
  const outcome = sentHere(chain, record, await follow(chain, record, 'finalized', options), notes);
  const found = asResolution(outcome);
  if (!found) return outcome.kind === 'pending' ? byJournal(chain, record, outcome, notes) : outcome;
  const same =
    resolution?.status === found.status &&
    (found.status !== 'included' ||
      (resolution.status === 'included' &&
        resolution.block.hash === found.block.hash &&
        resolution.verdict === found.verdict));
  // Both mean that it will never be included.
  if (same || (resolution?.status === 'replaced' && found.status === 'expired')) return outcome;
  // What was sent to a fork and is looked for on its chain, or the other way round, is the next run's to settle.
  if (!isOfHere(chain, record)) return outcome;
  if (resolution !== null && found.status === 'included')
    notes.push(
      `The journal said "${resolution.status}", and it is in block ${found.block.number}: the journal is corrected.`,
    );
  await noteResolution(chain, record, found, options, notes);
  return outcome;
}

/**
 * What a fork does not have says nothing of its chain, nor the other way round: only an inclusion counts. A command that
 * asks here again would not find out either, so the one that is named says nothing of endpoints.
 */
function sentHere(chain: OpenChain, record: JournalRecord, outcome: Outcome, notes: string[]): Outcome {
  if (isOfHere(chain, record)) return outcome;
  const [to, ask] =
    record.fork === undefined
      ? ['the chain itself', 'an endpoint of the chain']
      : [`the fork ${record.fork}`, 'that fork'];
  const here = chain.fork === null ? 'the chain itself' : `the fork ${chain.fork.id}`;
  if (outcome.kind === 'included')
    notes.push(`It was sent to ${to}. What is shown is what became of it on ${here}.`);
  if (outcome.kind !== 'expired') return outcome;
  const { txHash } = record;
  const reason = `it was sent to ${to}, and this is ${here}, which does not have it; ask ${ask}`;
  return { kind: 'pending', txHash, reason, resolve: resolveCommand(txHash) };
}

/** The blocks did not tell. What two endpoints or every block of its window told once still holds. */
function byJournal(
  chain: OpenChain,
  record: JournalRecord,
  pending: Extract<Outcome, { kind: 'pending' }>,
  notes: string[],
): Outcome {
  const { resolution, txHash } = record;
  if (resolution === null || resolution.status === 'refused') return pending;
  notes.push(
    `According to the journal, as of ${resolution.at}: the blocks could not be read now (${pending.reason}).`,
  );
  if (resolution.status === 'included') return fromJournal(chain, record, resolution);
  return { kind: 'expired', txHash, validUntil: record.validUntil ?? 0 };
}

async function noteResolution(
  chain: OpenChain,
  record: JournalRecord,
  found: Resolution,
  options: StatusOptions,
  notes: string[],
): Promise<void> {
  try {
    const journal = await openJournal(chain, { ...options, signer: record.signer });
    journal.resolved(record.txHash, found, (options.clock ?? systemClock).date());
  } catch (error) {
    if (!(error instanceof BursarError)) throw error;
    notes.push(`The journal does not have it: ${error.message}`);
  }
}

async function inspectHash(chain: OpenChain, hash: string, options: LookupOptions): Promise<Inspection> {
  const { genesisHash } = chain.identity;
  const { records, problems } = await Journal.all(options.journalDir, genesisHash, options.disk);
  const record = records.find((candidate) => candidate.txHash === hash || candidate.callHash === hash);
  if (record) {
    const { signer, nonce } = record;
    const block = record.resolution?.status === 'included' ? record.resolution.block : null;
    const included = block ? ((await extrinsicIn(chain, block, record.txHash, true)) ?? null) : null;
    return {
      kind: 'journal',
      ...encoded(chain, chain.decodeCall(record.callHex)),
      signer,
      nonce,
      tip: null,
      included,
    };
  }
  const included = await searchBlocks(chain, hash, options);
  if (!included) throw notFound(hash, options.blocks, problems, preconditionError);
  const hex = (await blockExtrinsics(chain, included.block.hash))[included.index] as string;
  const { call, signer, nonce, tip } = chain.runtime.decodeExtrinsic(hex);
  return { kind: 'included', ...encoded(chain, call), signer, nonce, tip, included };
}

/** Looks through the newest blocks, newest first. */
async function searchBlocks(
  chain: OpenChain,
  txHash: string,
  options: LookupOptions,
): Promise<Included | undefined> {
  const { blake2AsHex, hexToU8a } = await import('#polkadot');
  const finalized = await headOf(chain, 'finalized');
  let at: BlockRef = await headOf(chain, 'best');
  for (let searched = 0; searched < options.blocks && at.number > 0; searched++) {
    if (searched % 16 === 0) options.onProgress?.(`searching block ${at.number}`);
    const extrinsics = await blockExtrinsics(chain, at.hash);
    const index = extrinsics.findIndex((hex) => blake2AsHex(hexToU8a(hex as `0x${string}`), 256) === txHash);
    if (index >= 0)
      return outcomeAt(chain, at, extrinsics[index] as string, index, txHash, at.number <= finalized.number);
    const parent = await chain.ask<string | null>('chain_getBlockHash', [at.number - 1]);
    if (!parent) break;
    at = { hash: parent, number: at.number - 1 };
  }
  return undefined;
}

function encoded(chain: OpenChain, call: RuntimeCall): Pick<Inspection, 'call' | 'callHex' | 'callHash'> {
  const { hex, hash } = chain.encodeCall(call);
  return { call, callHex: hex, callHash: hash };
}

/** @param unread what an error is when a journal could not be read: for one that was sent, that it was not found says nothing */
function notFound(
  hash: string,
  blocks: number,
  problems: readonly BursarError[],
  unread: typeof preconditionError,
): BursarError {
  const code = 'TX_NOT_FOUND';
  const [first] = problems;
  if (first === undefined)
    return preconditionError(code, `${hash} is neither in the journal nor in the last ${blocks} blocks.`, {
      hint: 'Search further back with --blocks, or check --network.',
    });
  const { message } = first;
  return unread(
    code,
    `${hash} is not in the last ${blocks} blocks, and whether it was sent from here is not known. ${message}`,
    { hint: 'Repair the journal, or search further back with --blocks.' },
  );
}
