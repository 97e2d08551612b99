/**
 * The one send path: plan → wrap → preflight → (a key is touched only from here on) journal → sign → send → follow.
 */

import type { OpenChain } from '../chain/connect.js';
import { RpcError } from '../chain/rpc.js';
import { BursarError, outcomeUnknownError, preconditionError, unreachableError } from '../errors.js';
import type { Planck } from '../plain.js';
import { assertExtensionsKnown, sign, type TxSigner } from './extrinsic.js';
import { asResolution, follow, resolveCommand } from './follow.js';
import { Journal, type JournalRecord } from './journal.js';
import { extrinsicIn, type Sought } from './locate.js';
import type { Included, Outcome } from './outcome.js';
import type { Plan, RuntimeCall } from './plan.js';
import { assertChecks, type PreflightResult, preflight } from './preflight.js';
import { chooseProxy } from './proxy.js';
import { type Wrap, wrapCalls } from './wrap.js';

export { asResolution, follow } from './follow.js';

export interface TxOptions {
  /** SS58 address of who signs. */
  readonly signer: string;
  readonly wrap: Wrap;
  /** Default: the account's next, the pool's transactions counted. */
  readonly nonce?: number;
  readonly tip: Planck;
  /** How long the transaction stays valid, milliseconds; 0 for an immortal one. */
  readonly mortalityMs: number;
  readonly wait: 'broadcast' | 'best' | 'finalized';
  /** How long to wait for the outcome, milliseconds. */
  readonly followMs: number;
  readonly journalDir: string;
  /** What was asked for, in canonical words: two runs with the same words mean the same plan. */
  readonly intent: string;
  readonly otherEndpoints: readonly string[];
  /** What the transactions that go before it in the same run will take from the signer, planck. Default 0. */
  readonly spent?: Planck;
  readonly signal?: AbortSignal;
  readonly onProgress?: (message: string) => void;
}

/** A plan that was wrapped and rehearsed, ready to be shown, saved or sent. */
export interface Rehearsal {
  readonly call: RuntimeCall;
  readonly callHex: string;
  readonly callHash: string;
  readonly wrap: Wrap;
  readonly signer: string;
  readonly preflight: PreflightResult;
}

/** Wraps and rehearses; signs and sends nothing. The checks are in the result, whatever they say. */
export async function rehearse(
  chain: OpenChain,
  plan: Plan<unknown>,
  options: TxOptions,
): Promise<Rehearsal> {
  const { signer } = options;
  const { wrap, ...proxy } =
    options.wrap.kind === 'proxy'
      ? await chooseProxy(chain, signer, options.wrap, plan)
      : { wrap: options.wrap };
  const call = wrapCalls(plan.calls, wrap, plan.batch);
  const { hex, hash } = chain.encodeCall(call);
  return {
    call,
    callHex: hex,
    callHash: hash,
    wrap,
    signer,
    preflight: await preflight(chain, plan, call, { ...options, ...proxy, wrap }),
  };
}

/** An earlier run's transaction whose outcome became known only now. */
export interface Settled {
  readonly record: JournalRecord;
  readonly outcome: Outcome;
}

/**
 * Finds out what became of the account's unresolved transactions, before anything new is planned or sent. If there were
 * any, the chain's reference block moves on, so that the facts that are read next show what they did.
 * @throws outcomeUnknown EARLIER_UNRESOLVED while one of them may still be included; unreachable RUNTIME_UPGRADED
 */
export async function settleEarlier(
  chain: OpenChain,
  options: Pick<TxOptions, 'signer' | 'journalDir' | 'followMs' | 'signal' | 'onProgress'>,
): Promise<Settled[]> {
  const journal = await openJournal(chain, options);
  const settled: Settled[] = [];
  let settledElsewhere = false;
  for (const record of await journal.unresolved()) {
    options.onProgress?.(`resolving the transaction ${record.txHash} of ${record.at}`);
    // The run that sent it may be alive, and be told by the node that it was refused: no block would ever tell.
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
      throw outcomeUnknownError(
        'EARLIER_UNRESOLVED',
        `The transaction ${record.txHash} (${record.title}) of ${record.at} may still be included. It has nonce ${record.nonce}, waits for those below, and is valid ${record.validUntil === null ? 'for ever' : `until block ${record.validUntil}`}.`,
        {
          hint: `Nothing new was sent. Ask again with: ${resolveCommand(record.txHash)}`,
          details: { txHash: record.txHash, nonce: record.nonce, validUntil: record.validUntil },
        },
      );
    }
    journal.resolved(record.txHash, resolution, now());
    settled.push({ record, outcome });
  }
  if (settled.length > 0 || settledElsewhere) await chain.refresh();
  return settled;
}

/**
 * The newest transaction of the account that was this very plan, is in a block, and whose outcome nobody was told: the
 * run that learned it died before it had printed it.
 */
export async function untold(
  chain: OpenChain,
  options: Pick<TxOptions, 'signer' | 'journalDir' | 'intent'>,
): Promise<Settled | undefined> {
  const journal = await openJournal(chain, options);
  for (const record of (await journal.records()).reverse()) {
    if (record.intent !== options.intent || record.reported || record.resolution?.status !== 'included')
      continue;
    const outcome = await extrinsicIn(chain, record.resolution.block, record.txHash, true);
    if (outcome) return { record, outcome };
  }
  return undefined;
}

/** Notes that the operator has seen the outcome: asking for the same again means doing it again. */
export async function told(
  chain: OpenChain,
  options: Pick<TxOptions, 'signer' | 'journalDir'>,
  txHash: string,
): Promise<void> {
  (await openJournal(chain, options)).reported(txHash);
}

/**
 * Signs and sends a rehearsed plan and follows it as far as `wait` says.
 * @param signer called only after every check has passed
 * @throws precondition the failed check's id, ACCOUNT_BUSY, UNKNOWN_EXTENSION, WRONG_KEY, POOL_REFUSED; usage
 *   JOURNAL_UNWRITABLE; unreachable: nothing was sent. What goes wrong after sending is an outcome, not an error.
 */
export async function execute(
  chain: OpenChain,
  plan: Plan<unknown>,
  rehearsal: Rehearsal,
  signer: TxSigner,
  options: TxOptions,
  force = false,
): Promise<Outcome> {
  assertChecks(rehearsal.preflight.checks, force);
  assertExtensionsKnown(chain);
  await assertSameKey(signer.address, options.signer);
  const journal = await openJournal(chain, options);
  const lock = await journal.lock(options.followMs, options.signal);
  try {
    // The time for reading may be over: somebody was asked, or the lock was waited for.
    chain.rpc.allow();
    const nonce = await nonceOfPlan(chain, journal, rehearsal, options);
    const { mortality } = rehearsal.preflight;
    const tx = await sign(chain, signer, { callHex: rehearsal.callHex, nonce, tip: options.tip, mortality });
    const sought: Sought = {
      txHash: tx.hash,
      signer: options.signer,
      nonce,
      birth: mortality.birth.number,
      validUntil: mortality.validUntil,
    };
    await chain.rpc.open();
    if (options.signal?.aborted)
      throw new BursarError(130, 'INTERRUPTED', 'Interrupted before anything was sent.');
    journal.sending({
      ...sought,
      at: now(),
      genesisHash: chain.identity.genesisHash,
      callHash: rehearsal.callHash,
      callHex: rehearsal.callHex,
      intent: options.intent,
      title: plan.title,
    });
    // The lock is a file that a stopped clock can lose; the journal itself has the last word on who is alone.
    if (!lock.held() || (await journal.unresolved()).some((record) => record.txHash !== tx.hash)) {
      journal.resolved(tx.hash, { status: 'refused', reason: 'not sent: another run was sending' }, now());
      throw busy();
    }
    return await sendAndFollow(chain, journal, tx.hex, sought, options);
  } finally {
    await lock.release();
  }
}

/** From here on the transaction may be on its way: nothing may say that it was not sent unless the node said so. */
async function sendAndFollow(
  chain: OpenChain,
  journal: Journal,
  hex: string,
  sought: Sought,
  options: TxOptions,
): Promise<Outcome> {
  const { txHash } = sought;
  const began = performance.now();
  chain.rpc.allow(options.followMs);
  const refusal = await submit(chain, hex);
  if (refusal) {
    note(options, () => journal.resolved(txHash, { status: 'refused', reason: refusal.message }, now()));
    throw refusal;
  }
  options.onProgress?.(`sent ${txHash}`);
  if (options.wait === 'broadcast') {
    note(options, () => journal.reported(txHash));
    return { kind: 'broadcast', txHash, resolve: resolveCommand(txHash) };
  }
  const followMs = Math.max(1_000, options.followMs - (performance.now() - began));
  const outcome = await follow(chain, sought, options.wait, { ...options, followMs });
  const resolution = asResolution(outcome);
  if (resolution && !(outcome.kind === 'included' && !outcome.finalized))
    note(options, () => journal.resolved(txHash, resolution, now()));
  return outcome;
}

/** What cannot be noted after sending is found out again by the next run: the entry stays unresolved. */
function note(options: TxOptions, write: () => void): void {
  try {
    write();
  } catch (error) {
    options.onProgress?.(error instanceof Error ? error.message : String(error));
  }
}

/**
 * The nonce to sign with. The plan rests on facts of the reference block: if the account has sent anything that they do
 * not show, the plan is stale.
 * @throws precondition ACCOUNT_BUSY
 */
async function nonceOfPlan(
  chain: OpenChain,
  journal: Journal,
  rehearsal: Rehearsal,
  options: TxOptions,
): Promise<number> {
  for (const { resolution } of await journal.records()) {
    if (resolution === null) throw busy();
    if (resolution.status !== 'included' || resolution.block.number <= chain.reference.number) continue;
    // A development chain that began anew has another block there.
    const there = await chain.ask<string | null>('chain_getBlockHash', [resolution.block.number]);
    if (there === resolution.block.hash) throw busy();
  }
  if (options.nonce !== undefined) return options.nonce;
  const next = await chain.ask<number>('system_accountNextIndex', [options.signer]);
  if (next !== rehearsal.preflight.nonce) throw busy();
  return next;
}

const busy = () =>
  preconditionError('ACCOUNT_BUSY', 'The account has sent another transaction since this plan was made.', {
    hint: 'Nothing was sent. Run again: the plan is then made of the new facts.',
  });

/** @throws precondition WRONG_KEY */
async function assertSameKey(signer: string, account: string): Promise<void> {
  const { decodeAddress, u8aEq } = await import('#polkadot');
  if (u8aEq(decodeAddress(signer), decodeAddress(account))) return;
  throw preconditionError('WRONG_KEY', `The key of ${signer} cannot sign for ${account}.`, {
    hint: 'Nothing was sent. Name the key of the account that signs.',
  });
}

/**
 * Hands the extrinsic to the node, once. Returns an error when the node surely did not take it; returns nothing when
 * it took it, or when that cannot be known (the connection died, no answer came): then the blocks will tell.
 */
async function submit(chain: OpenChain, hex: string): Promise<BursarError | undefined> {
  try {
    await chain.rpc.open();
  } catch (error) {
    // Not even a connection: whatever the reason, nothing has left.
    if (error instanceof BursarError) return error;
    return unreachableError('ENDPOINT_UNREACHABLE', String(error), { hint: 'Nothing was sent. Try again.' });
  }
  try {
    await chain.rpc.requestOnce('author_submitExtrinsic', [hex]);
    return undefined;
  } catch (error) {
    return error instanceof RpcError ? refusalOf(error) : undefined;
  }
}

/** Codes by which a node says that its pool did not take the extrinsic (sc-rpc-api's author errors). */
const POOL_REFUSED = new Set([1001, 1002, 1010, 1011, 1012, 1014, 1015, 1016, 1018, 1019, 1020, 1021]);
const ALREADY_IN_POOL = 1013;
const RATE_LIMITED = -32029;
const NOT_UNDERSTOOD = new Set([-32700, -32600, -32601, -32602]);

function refusalOf(error: RpcError): BursarError | undefined {
  if (error.code === ALREADY_IN_POOL) return undefined;
  const why = `${error.message}${error.data === undefined || error.data === null ? '' : `: ${typeof error.data === 'string' ? error.data : JSON.stringify(error.data)}`}`;
  if (error.code === RATE_LIMITED) {
    return unreachableError('RATE_LIMITED', `The endpoint refused to take more requests: ${why}`, {
      hint: 'Nothing was sent. Try again later or name another endpoint with --rpc.',
    });
  }
  if (POOL_REFUSED.has(error.code) || NOT_UNDERSTOOD.has(error.code)) {
    return preconditionError(
      'POOL_REFUSED',
      `The node's transaction pool refused the transaction (${error.code}): ${why}`,
      {
        hint: 'Nothing was sent. Check the balance and, if you set one, the nonce; then run again.',
        details: { rpcCode: error.code },
      },
    );
  }
  // Any other error may have happened after the pool took it.
  return undefined;
}

/** The error that an outcome amounts to; none for a success. */
export function outcomeError(outcome: Outcome): BursarError | undefined {
  switch (outcome.kind) {
    case 'broadcast':
      return undefined;
    case 'pending':
      return outcomeUnknownError(
        'OUTCOME_UNKNOWN',
        `The transaction ${outcome.txHash} was sent; its outcome is not known: ${outcome.reason}.`,
        { hint: `Do not send again. Find out with: ${outcome.resolve}` },
      );
    case 'expired':
      return unreachableError(
        'EXPIRED',
        `The transaction ${outcome.txHash} was never included and never will be.`,
        { hint: 'Its time is over or its nonce was used by another. It is safe to run again.' },
      );
    case 'included':
      return includedError(outcome);
  }
}

function includedError(outcome: Included): BursarError | undefined {
  if (outcome.verdict === 'ok') return undefined;
  const { name, docs } = outcome.failure ?? { name: 'unknown error' };
  const where = `block ${outcome.block.number}, extrinsic ${outcome.index}`;
  const hint = `The fee was paid. See what happened with: ${resolveCommand(outcome.txHash)}`;
  return outcome.verdict === 'dispatchFailed'
    ? new BursarError(
        7,
        'DISPATCH_FAILED',
        `The transaction was included (${where}) but failed: ${name}${docs ? ` (${docs})` : ''}.`,
        { hint },
      )
    : new BursarError(
        8,
        'INNER_CALL_FAILED',
        `The transaction was included (${where}) but a call inside it failed: ${name}${docs ? ` (${docs})` : ''}.`,
        { hint },
      );
}

/** The journal of the signer on this chain. */
export async function openJournal(
  chain: OpenChain,
  options: { readonly journalDir: string; readonly signer: string },
): Promise<Journal> {
  const { decodeAddress, u8aToHex } = await import('#polkadot');
  return Journal.of(options.journalDir, chain.identity.genesisHash, u8aToHex(decodeAddress(options.signer)));
}

const now = () => new Date().toISOString();
