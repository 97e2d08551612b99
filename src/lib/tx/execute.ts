/**
 * The one send path: plan → wrap → preflight → (a key is touched only from here on) journal → sign → send → follow.
 */

import type { OpenChain } from '../chain/connect.js';
import { ConnectionLost, RpcError, sleep } from '../chain/rpc.js';
import { BursarError, outcomeUnknownError, preconditionError, unreachableError } from '../errors.js';
import type { Planck } from '../plain.js';
import { assertExtensionsKnown, sign, type TxSigner } from './extrinsic.js';
import { Journal, type JournalRecord, type Resolution } from './journal.js';
import { type Found, headOf, locate, type Sought } from './locate.js';
import type { Included, Outcome } from './outcome.js';
import type { Plan, RuntimeCall } from './plan.js';
import { assertChecks, type PreflightResult, preflight } from './preflight.js';
import { type Wrap, wrapCalls } from './wrap.js';

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
  const call = wrapCalls(plan.calls, options.wrap);
  const { hex, hash } = chain.encodeCall(call);
  return {
    call,
    callHex: hex,
    callHash: hash,
    wrap: options.wrap,
    signer: options.signer,
    preflight: await preflight(chain, plan, call, options),
  };
}

/** An earlier run's transaction whose outcome became known only now. */
export interface Settled {
  readonly record: JournalRecord;
  readonly outcome: Outcome;
}

/**
 * Finds out what became of the account's unresolved transactions, before anything new is planned or sent.
 * @throws outcomeUnknown EARLIER_UNRESOLVED while one of them may still be included
 */
export async function settleEarlier(
  chain: OpenChain,
  options: Pick<TxOptions, 'signer' | 'journalDir' | 'followMs' | 'signal' | 'onProgress'>,
): Promise<Settled[]> {
  const journal = await openJournal(chain, options);
  const settled: Settled[] = [];
  for (const record of await journal.unresolved()) {
    options.onProgress?.(`resolving the transaction ${record.txHash} of ${record.at}`);
    const outcome = await follow(chain, record, 'finalized', options);
    const resolution = asResolution(outcome);
    if (!resolution) {
      throw outcomeUnknownError(
        'EARLIER_UNRESOLVED',
        `The transaction ${record.txHash} (${record.title}) of ${record.at} may still be included.`,
        {
          hint: `Nothing new was sent. Ask again with: ${resolveCommand(record.txHash)}`,
          details: { txHash: record.txHash, nonce: record.nonce, validUntil: record.validUntil },
        },
      );
    }
    journal.resolved(record.txHash, resolution, now());
    settled.push({ record, outcome });
  }
  return settled;
}

/**
 * Signs and sends a rehearsed plan and follows it as far as `wait` says.
 * @param signer called only after every check has passed
 * @throws precondition the failed check's id, ACCOUNT_BUSY, UNKNOWN_EXTENSION, POOL_REFUSED
 */
export async function execute(
  chain: OpenChain,
  plan: Plan<unknown>,
  rehearsal: Rehearsal,
  signer: TxSigner,
  options: TxOptions,
  force = false,
): Promise<Outcome> {
  assertChecks(
    force ? rehearsal.preflight.checks.filter((check) => check.id !== 'DRY_RUN') : rehearsal.preflight.checks,
  );
  assertExtensionsKnown(chain);
  const journal = await openJournal(chain, options);
  const unlock = await journal.lock(options.followMs);
  try {
    if ((await journal.unresolved()).length > 0) {
      throw preconditionError(
        'ACCOUNT_BUSY',
        'Another run has sent a transaction for this account meanwhile.',
        { hint: 'Nothing was sent. Run again.' },
      );
    }
    // Another process may have used the nonce between the rehearsal and the lock.
    const nonce =
      options.nonce ?? (await chain.rpc.request<number>('system_accountNextIndex', [options.signer]));
    const { mortality } = rehearsal.preflight;
    const tx = await sign(chain, signer, { callHex: rehearsal.callHex, nonce, tip: options.tip, mortality });
    if (options.signal?.aborted)
      throw new BursarError(130, 'INTERRUPTED', 'Interrupted before anything was sent.');
    const sought: Sought = {
      txHash: tx.hash,
      signer: options.signer,
      nonce,
      birth: mortality.birth.number,
      validUntil: mortality.validUntil,
    };
    journal.sending({
      ...sought,
      at: now(),
      genesisHash: chain.identity.genesisHash,
      callHash: rehearsal.callHash,
      callHex: rehearsal.callHex,
      intent: options.intent,
      title: plan.title,
    });
    chain.rpc.allow(options.followMs);
    const refusal = await submit(chain, tx.hex);
    if (refusal) {
      journal.resolved(tx.hash, { status: 'refused', reason: refusal.message }, now());
      throw refusal;
    }
    options.onProgress?.(`sent ${tx.hash}`);
    if (options.wait === 'broadcast') {
      journal.reported(tx.hash);
      return { kind: 'broadcast', txHash: tx.hash, resolve: resolveCommand(tx.hash) };
    }
    const outcome = await follow(chain, sought, options.wait, options);
    const resolution = asResolution(outcome);
    if (resolution && !(outcome.kind === 'included' && !outcome.finalized))
      journal.resolved(tx.hash, resolution, now());
    else if (outcome.kind === 'included') journal.reported(tx.hash);
    return outcome;
  } finally {
    await unlock().catch(() => {});
  }
}

/**
 * Hands the extrinsic to the node, once. Returns an error when the node surely did not take it; returns nothing when
 * it took it, or when that cannot be known (the connection died): then the blocks will tell.
 */
async function submit(chain: OpenChain, hex: string): Promise<BursarError | undefined> {
  try {
    await chain.rpc.requestOnce('author_submitExtrinsic', [hex]);
    return undefined;
  } catch (error) {
    if (error instanceof RpcError) return refusalOf(error);
    if (error instanceof ConnectionLost) return undefined;
    if (error instanceof BursarError && error.code === 'ENDPOINT_TIMEOUT') return undefined;
    if (error instanceof BursarError && error.code === 'INTERRUPTED') return undefined;
    throw error;
  }
}

/** Codes by which a node says that its pool did not take the extrinsic (sc-rpc-api's author errors). */
const POOL_REFUSED = new Set([1001, 1002, 1010, 1011, 1012, 1014, 1015, 1016, 1017, 1018]);
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

/** Looks at the blocks until the transaction is found, cannot come any more, or the time is over. */
export async function follow(
  chain: OpenChain,
  sought: Sought,
  wait: 'best' | 'finalized',
  options: Pick<TxOptions, 'followMs' | 'signal' | 'onProgress'>,
): Promise<Outcome> {
  const until = performance.now() + options.followMs;
  let pause = 100;
  let seen = '';
  let told = '';
  const pending = (reason: string): Outcome => ({
    kind: 'pending',
    txHash: sought.txHash,
    reason,
    resolve: resolveCommand(sought.txHash),
  });
  const tell = (message: string) => {
    if (message !== told) options.onProgress?.(message);
    told = message;
  };
  chain.rpc.allow(options.followMs);
  try {
    for (;;) {
      const finalized = await headOf(chain, 'finalized');
      const best = await headOf(chain, 'best');
      if (`${finalized.hash}${best.hash}` !== seen) {
        seen = `${finalized.hash}${best.hash}`;
        const found = await locate(chain, sought, finalized, true);
        const outcome = outcomeOf(found, sought);
        if (outcome) return outcome;
        const early = best.hash === finalized.hash ? found : await locate(chain, sought, best, false);
        if (early.status === 'included') {
          if (wait === 'best') return early.included;
          tell(`in block ${early.included.block.number}, waiting for finality`);
        } else {
          tell('waiting for a block');
        }
      }
      const left = until - performance.now();
      if (left <= 0)
        return pending(
          `not ${wait === 'best' ? 'in a block' : 'finalized'} within ${Math.round(options.followMs / 1_000)} s`,
        );
      await sleep(Math.min(pause, left), options.signal);
      pause = Math.min(1_000, pause * 1.5);
    }
  } catch (error) {
    // It has left; whatever goes wrong while looking for it, its outcome is unknown, not "nothing sent".
    if (error instanceof BursarError || error instanceof ConnectionLost || error instanceof RpcError)
      return pending(error.message);
    throw error;
  }
}

function outcomeOf(found: Found, sought: Sought): Outcome | undefined {
  if (found.status === 'included') return found.included;
  if (found.status === 'expired' || found.status === 'replaced') {
    return { kind: 'expired', txHash: sought.txHash, validUntil: sought.validUntil ?? 0 };
  }
  return undefined;
}

export function asResolution(outcome: Outcome): Resolution | undefined {
  if (outcome.kind === 'expired') return { status: 'expired' };
  if (outcome.kind !== 'included') return undefined;
  const { block, index, verdict, failure } = outcome;
  return { status: 'included', block, index, verdict, ...(failure ? { failure: failure.name } : {}) };
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

async function openJournal(
  chain: OpenChain,
  options: { readonly journalDir: string; readonly signer: string },
): Promise<Journal> {
  const { decodeAddress, u8aToHex } = await import('#polkadot');
  return Journal.of(options.journalDir, chain.identity.genesisHash, u8aToHex(decodeAddress(options.signer)));
}

const resolveCommand = (txHash: string) => `bursar tx status ${txHash}`;
const now = () => new Date().toISOString();
