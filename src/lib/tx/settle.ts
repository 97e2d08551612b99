/** What earlier runs left: open transactions, outcomes that nobody was told, keys that were used. */

import type { OpenChain } from '../chain/connect.js';
import { peersOf } from '../chain/peers.js';
import { BursarError, outcomeUnknownError, usageError } from '../errors.js';
import { systemClock } from './clock.js';
import { asResolution, follow, resolveCommand } from './follow.js';
import { isOpen, type Journal, type JournalRecord, type OnceEnd } from './journal.js';
import { extrinsicIn, hashAt, headOf } from './locate.js';
import { openJournal, otherJournals } from './openJournal.js';
import type { TxOptions } from './options.js';
import type { Included, Outcome, OutcomeNode, Verdict } from './outcome.js';
import type { RuntimeCall } from './plan.js';

/** An earlier run's transaction whose outcome became known only now. */
export interface Settled {
  readonly record: JournalRecord;
  readonly outcome: Outcome;
}

type SettleOptions = Pick<
  TxOptions,
  | 'signer'
  | 'journalDir'
  | 'followMs'
  | 'signal'
  | 'onProgress'
  | 'endpoints'
  | 'openPeer'
  | 'agree'
  | 'clock'
  | 'disk'
  | 'resolveWith'
>;

/**
 * Finds out what became of the account's unresolved transactions, before anything new is planned or sent. If there were
 * any, the chain's reference block moves on, so that the facts that are read next show what they did.
 * @throws outcomeUnknown EARLIER_UNRESOLVED while one of them may still be included; unreachable RUNTIME_UPGRADED
 */
export async function settleEarlier(chain: OpenChain, options: SettleOptions): Promise<Settled[]> {
  const journal = await openJournal(chain, options);
  const settled: Settled[] = [];
  let settledElsewhere = false;
  for (const record of await journal.unresolved()) {
    options.onProgress?.(`resolving the transaction ${record.txHash} of ${record.at}`);
    // The run that sent it may be alive, and the first to know.
    const isSettled = async () =>
      !(await journal.unresolved()).some(({ txHash }) => txHash === record.txHash);
    const outcome = await follow(chain, record, 'finalized', { ...options, isSettled });
    chain.rpc.allow(); // following has used up its own time, not that of the reads that come
    const resolution = asResolution(outcome);
    if (!resolution) {
      if (await isSettled()) {
        settledElsewhere = true;
        continue;
      }
      throw unresolved(record, options, outcome.kind === 'pending' ? outcome.reason : '');
    }
    journal.resolved(record.txHash, resolution, dateOf(options));
    settled.push({ record, outcome });
  }
  const elsewhere = await settleOthers(chain, journal, options);
  if (settled.length > 0 || elsewhere || settledElsewhere) await chain.refresh();
  return settled;
}

function unresolved(record: JournalRecord, options: SettleOptions, reason: string, where = ''): BursarError {
  const { txHash, title, at, nonce, validUntil } = record;
  const until = validUntil === null ? 'for ever' : `until block ${validUntil}`;
  const why = reason === '' ? '' : ` Now: ${reason}.`;
  return outcomeUnknownError(
    'EARLIER_UNRESOLVED',
    `The transaction ${txHash} (${title}) of ${at}${where} may still be included. It has nonce ${nonce}, waits for those below, and is valid ${until}.${why}`,
    {
      hint: `Nothing new was sent. Ask again with: ${(options.resolveWith ?? resolveCommand)(txHash)}`,
      details: { txHash, nonce, validUntil },
    },
  );
}

/**
 * A fork and its chain have one genesis hash, and which of them an endpoint is, only the endpoint says. So what is open
 * in the chain's journal holds on a fork too; and what was sent to a fork holds on the chain until it cannot be there.
 * @returns whether something that went to a fork was found on the chain
 */
async function settleOthers(chain: OpenChain, journal: Journal, options: SettleOptions): Promise<boolean> {
  const { fork } = chain;
  let found = false;
  for (const other of await otherJournals(chain, options)) {
    for (const record of await other.records()) {
      if (fork === null) found = (await settleForked(chain, journal, other, record, options)) || found;
      else if (isOpen(record))
        throw unresolved(record, options, '', ', sent to the chain that this is a fork of,');
    }
  }
  return found;
}

/** How long a transaction that was sent to a fork is looked for on the chain. */
const FORKED_LOOK_MS = 10_000;
/** A block that a live node had is on the chain soon after; one that is far ahead was made on the fork. */
const AHEAD = 64;

/** @returns whether what was sent to what called itself a fork is on the chain */
async function settleForked(
  chain: OpenChain,
  journal: Journal,
  other: Journal,
  record: JournalRecord,
  options: SettleOptions,
): Promise<boolean> {
  if (record.liveKnown || record.resolution?.status === 'notSent') return false;
  const known = (await journal.records()).some(({ txHash }) => txHash === record.txHash);
  const born = known ? 'elsewhere' : await whereBorn(chain, record, options);
  if (born === 'ahead') return false;
  if (born === 'here') {
    const followMs = Math.min(options.followMs, FORKED_LOOK_MS);
    const outcome = await follow(chain, record, 'finalized', { ...options, followMs });
    chain.rpc.allow();
    const resolution = asResolution(outcome);
    if (!resolution) {
      const reason = outcome.kind === 'pending' ? outcome.reason : '';
      throw unresolved(record, options, reason, ', sent to what called itself a fork of this chain,');
    }
    if (resolution.status === 'included') {
      const { fork: _, reported: __, resolution: ___, ...entry } = record;
      journal.sending(entry);
      journal.resolved(record.txHash, resolution, dateOf(options));
      options.onProgress?.(`${record.txHash} was sent to what called itself a fork, and is on the chain`);
      other.liveKnown(record.txHash);
      return true;
    }
  }
  other.liveKnown(record.txHash);
  return false;
}

/** Whether the block that a transaction's validity begins with is one of this chain: otherwise it is never valid here. */
async function whereBorn(
  chain: OpenChain,
  record: JournalRecord,
  options: SettleOptions,
): Promise<'here' | 'elsewhere' | 'ahead'> {
  const { birthHash, birth, validUntil } = record;
  if (birthHash === undefined || validUntil === null) return 'here';
  const head = await headOf(chain, 'finalized');
  if (birth > head.number) return birth > head.number + AHEAD ? 'ahead' : 'here';
  try {
    const hashes = await Promise.all(
      peersOf(chain, options.endpoints, options).map((peer) => hashAt(peer.chain, birth)),
    );
    return hashes.every((hash) => hash !== birthHash) ? 'elsewhere' : 'here';
  } catch (error) {
    if (error instanceof BursarError) return 'here';
    throw error;
  }
}

type LookOptions = Pick<TxOptions, 'signer' | 'journalDir' | 'intent' | 'disk'>;

/**
 * The newest transaction of the account that was this very plan, is in a block, and whose outcome nobody was told: the
 * run that learned it died before it had printed it. The plan is the same by its words or by its call.
 * @param callHash of the plan, once it is known
 */
export async function untold(
  chain: OpenChain,
  options: LookOptions,
  callHash?: string,
): Promise<Settled | undefined> {
  for (const record of await recordsHere(chain, options)) {
    const same = record.intent === options.intent || record.callHash === callHash;
    if (same && !record.reported && record.resolution?.status === 'included')
      return { record, outcome: await outcomeOf(chain, record) };
  }
  return undefined;
}

/** What was done under a `--once` key. */
export interface DoneOnce {
  /** The transaction that decided how it ended. */
  readonly settled: Settled;
  /** How the run of several transactions ended, if it was one. */
  readonly end: OnceEnd | null;
}

/**
 * What was done under the key of `options.once`; undefined if nothing was, and it may be done now.
 * @throws usage ONCE_USED when it was used for another plan
 */
export async function doneOnce(
  chain: OpenChain,
  options: LookOptions & Pick<TxOptions, 'once'>,
): Promise<DoneOnce | undefined> {
  const { once, intent } = options;
  if (once === undefined) return undefined;
  const records = (await recordsHere(chain, options)).filter(
    (record) => record.once === once && record.resolution?.status !== 'notSent',
  );
  const other = records.find((record) => record.intent !== intent);
  if (other) {
    throw usageError(
      'ONCE_USED',
      `The key ${once} of --once was used at ${other.at} for another plan: ${other.title}.`,
      { hint: 'Nothing was sent. A key stands for one plan, for ever: name another one.' },
    );
  }
  const included = records.filter(({ resolution }) => resolution?.status === 'included');
  const decisive =
    included.find(({ resolution }) => resolution?.status === 'included' && resolution.verdict !== 'ok') ??
    included[0];
  if (!decisive) return undefined;
  const settled = { record: decisive, outcome: await outcomeOf(chain, decisive) };
  const ends = await Promise.all((await journalsHere(chain, options)).map((journal) => journal.onceEnds()));
  return { settled, end: ends.map((one) => one.get(once)).find((end) => end !== undefined) ?? null };
}

/** The account's journal, and on a fork the chain's: what was done there counts wherever an endpoint says that it is. */
async function journalsHere(chain: OpenChain, options: LookOptions): Promise<Journal[]> {
  const own = await openJournal(chain, options);
  return chain.fork ? [own, ...(await otherJournals(chain, options))] : [own];
}

/** Newest first. */
async function recordsHere(chain: OpenChain, options: LookOptions): Promise<JournalRecord[]> {
  const journals = await journalsHere(chain, options);
  return (await Promise.all(journals.map(async (journal) => (await journal.records()).reverse()))).flat();
}

/** The outcome of a transaction that is known to be in a block; from the journal where the block is not available. */
export async function outcomeOf(chain: OpenChain, record: JournalRecord): Promise<Included> {
  const { resolution } = record;
  if (resolution?.status !== 'included') throw new Error(`${record.txHash} is not known to be in a block`);
  try {
    const found = await extrinsicIn(chain, resolution.block, record.txHash, true);
    if (found && found.verdict === resolution.verdict) return found;
  } catch (error) {
    if (!(error instanceof BursarError)) throw error;
  }
  return fromJournal(chain, record, resolution);
}

/** As it was noted: without events, and without the calls inside. */
export function fromJournal(
  chain: OpenChain,
  record: JournalRecord,
  { block, index, verdict, failure }: Extract<JournalRecord['resolution'], { status: 'included' }>,
): Included {
  const failed = failure === undefined ? {} : { failure: { name: failure } };
  const tree: OutcomeNode = {
    call: callOf(chain, record),
    status: verdict === 'ok' ? 'ok' : 'failed',
    events: [],
    children: [],
    ...failed,
  };
  const { txHash } = record;
  return {
    kind: 'included',
    txHash,
    block,
    index,
    finalized: true,
    verdict: verdict as Verdict,
    tree,
    ...failed,
  };
}

function callOf(chain: OpenChain, record: JournalRecord): RuntimeCall {
  try {
    return chain.decodeCall(record.callHex);
  } catch {
    // The runtime has changed since.
    return { pallet: 'unknown', call: record.callHash, args: {} };
  }
}

/** Notes that the operator has seen the outcome: asking for the same again means doing it again. */
export async function told(
  chain: OpenChain,
  options: Pick<TxOptions, 'signer' | 'journalDir' | 'disk'>,
  txHash: string,
): Promise<void> {
  for (const journal of await journalsHere(chain, { ...options, intent: '' })) {
    const record = (await journal.records()).find((one) => one.txHash === txHash);
    if (record && !record.reported) journal.reported(txHash);
  }
}

const dateOf = ({ clock = systemClock }: Pick<TxOptions, 'clock'>) => clock.date();
