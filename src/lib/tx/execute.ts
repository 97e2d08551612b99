/**
 * The one send path: plan → wrap → preflight → (a key is touched only from here on) journal → sign → send → follow.
 */

import { fromRpcError } from '../chain/answers.js';
import type { OpenChain } from '../chain/connect.js';
import { ConnectionLost, NotJsonRpc, RpcError } from '../chain/connection.js';
import { askFork, assertSameFork } from '../chain/fork.js';
import { BursarError, outcomeUnknownError, preconditionError, unreachableError } from '../errors.js';
import { type Clock, systemClock } from './clock.js';
import { assertSignable, sign, type TxSigner } from './extrinsic.js';
import { asResolution, follow, resolveCommand } from './follow.js';
import { isOpen, type Journal } from './journal.js';
import { headOf, type Sought } from './locate.js';
import { openJournal } from './openJournal.js';
import type { TxOptions } from './options.js';
import type { Included, Outcome } from './outcome.js';
import type { Plan, RuntimeCall } from './plan.js';
import { assertChecks, type PreflightResult, preflight } from './preflight.js';
import { chooseProxy } from './proxy.js';
import { type Wrap, wrapCalls } from './wrap.js';

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
  assertSignable(chain);
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

/** The account has moved on since the plan was made: it is to be made anew of the new facts. Nothing was sent. */
export class PlanStale extends BursarError {
  constructor(code: 'ACCOUNT_BUSY' | 'MORTALITY_PASSED', message: string) {
    super(4, code, message, { hint: 'Nothing was sent. Run again: the plan is then made of the new facts.' });
  }
}

/**
 * Signs and sends a rehearsed plan and follows it as far as `wait` says.
 * @param signer called only after every check has passed
 * @throws precondition the failed check's id, ACCOUNT_BUSY, UNKNOWN_EXTENSION (see assertSignable), WRONG_KEY; PlanStale; usage
 *   JOURNAL_UNWRITABLE; precondition WRONG_CHAIN; unreachable: nothing was sent. What goes wrong after sending is an outcome, not an error.
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
  assertSignable(chain);
  await assertSameKey(signer.address, options.signer);
  // The time for reading may be over: somebody was asked.
  chain.rpc.allow();
  const journal = await openJournal(chain, options);
  const lock = await journal.lock(options.followMs, options.signal, options.clock);
  try {
    chain.rpc.allow(); // the lock may have been waited for
    const nonce = await nonceOfPlan(chain, journal, rehearsal, options);
    const { mortality, metadataHash } = rehearsal.preflight;
    await assertStillValid(chain, mortality.validUntil);
    const { callHex } = rehearsal;
    const tx = await sign(chain, signer, { callHex, nonce, tip: options.tip, mortality, metadataHash });
    const sought: Sought = {
      txHash: tx.hash,
      signer: options.signer,
      nonce,
      birth: mortality.birth.number,
      validUntil: mortality.validUntil,
    };
    await chain.rpc.open();
    await assertSameServer(chain);
    if (options.signal?.aborted)
      throw new BursarError(130, 'INTERRUPTED', 'Interrupted before anything was sent.');
    journal.sending({
      ...sought,
      at: dateOf(options),
      genesisHash: chain.identity.genesisHash,
      callHash: rehearsal.callHash,
      callHex: rehearsal.callHex,
      intent: options.intent,
      title: plan.title,
      birthHash: mortality.birth.hash,
      ...(options.once === undefined ? {} : { once: options.once }),
    });
    // The lock is a file that a stopped clock can lose; the journal itself has the last word on who is alone.
    const others = (await journal.unresolved()).filter(({ txHash }) => txHash !== tx.hash);
    if (!lock.held() || others.length > 0) {
      journal.resolved(tx.hash, { status: 'notSent', reason: 'another run was sending' }, dateOf(options));
      throw busy();
    }
    const outcome = await sendAndFollow(chain, journal, tx.hex, sought, options);
    if (outcome.kind === 'included' && outcome.finalized && metadataHash !== null)
      await chain.trust.store.committed(chain.trust.metadata);
    return outcome;
  } finally {
    await lock.release();
  }
}

/** From here on the transaction may be on its way, and nothing that a node answers says that it is not. */
async function sendAndFollow(
  chain: OpenChain,
  journal: Journal,
  hex: string,
  sought: Sought,
  options: TxOptions,
): Promise<Outcome> {
  const { txHash } = sought;
  const { clock = systemClock } = options;
  const began = clock.now();
  chain.rpc.allow(options.followMs);
  await openOrWithdraw(chain, () =>
    journal.resolved(txHash, { status: 'notSent', reason: 'no connection' }, dateOf(options)),
  );
  const refusal = await submit(chain, hex);
  options.onProgress?.(
    refusal === undefined
      ? `sent ${txHash}`
      : `the node answered ${refusal}; looking whether it is in a block`,
  );
  if (options.wait === 'broadcast' && refusal === undefined) {
    note(options, () => journal.reported(txHash));
    return { kind: 'broadcast', txHash, resolve: (options.resolveWith ?? resolveCommand)(txHash) };
  }
  const followMs = Math.max(1_000, options.followMs - (clock.now() - began));
  const wait = options.wait === 'finalized' ? 'finalized' : 'best';
  const looking = { ...options, followMs, ...(refusal === undefined ? {} : { refusal }) };
  const outcome = await follow(chain, sought, wait, looking);
  const resolution = asResolution(outcome);
  if (resolution && !(outcome.kind === 'included' && !outcome.finalized))
    note(options, () => journal.resolved(txHash, resolution, dateOf(options)));
  return outcome;
}

/** Without a connection nothing can have left, whatever the reason. @throws unreachable, interrupted */
async function openOrWithdraw(chain: OpenChain, withdraw: () => void): Promise<void> {
  try {
    await chain.rpc.open();
  } catch (error) {
    withdraw();
    if (error instanceof BursarError) throw error;
    throw unreachableError('ENDPOINT_UNREACHABLE', String(error), { hint: 'Nothing was sent. Try again.' });
  }
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
 * @throws PlanStale
 */
async function nonceOfPlan(
  chain: OpenChain,
  journal: Journal,
  rehearsal: Rehearsal,
  options: TxOptions,
): Promise<number> {
  for (const record of await journal.records()) {
    if (isOpen(record)) throw busy();
    const { resolution } = record;
    if (resolution?.status !== 'included' || resolution.block.number <= chain.reference.number) continue;
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
  new PlanStale('ACCOUNT_BUSY', 'The account has sent another transaction since this plan was made.');

/** What has expired before it is sent is in no block, ever, and would keep the account busy until that is certain. */
async function assertStillValid(chain: OpenChain, validUntil: number | null): Promise<void> {
  if (validUntil === null) return;
  const { number } = await headOf(chain, 'best');
  if (number < validUntil) return;
  throw new PlanStale(
    'MORTALITY_PASSED',
    `The transaction would have been valid until block ${validUntil}, and the chain is at block ${number}: its time passed before it was sent.`,
  );
}

/**
 * What is about to leave goes to the fork that the operator saw, or to the chain: the connection that takes it is asked
 * once more. One that is opened in between is asked when it opens.
 * @throws precondition WRONG_CHAIN; unreachable
 */
async function assertSameServer(chain: OpenChain): Promise<void> {
  const { rpc, endpoint } = chain;
  try {
    const fork = await askFork((method, params) => rpc.requestOnce(method, params));
    assertSameFork(endpoint, fork, chain.fork);
  } catch (error) {
    if (!(error instanceof ConnectionLost || error instanceof NotJsonRpc))
      throw fromRpcError(error, endpoint);
    // Nothing has left yet. The connection that is opened now is asked when it opens.
    await rpc.open();
  }
}

/** @throws precondition WRONG_KEY */
async function assertSameKey(signer: string, account: string): Promise<void> {
  const { decodeAddress, u8aEq } = await import('#polkadot');
  if (u8aEq(decodeAddress(signer), decodeAddress(account))) return;
  throw preconditionError('WRONG_KEY', `The key of ${signer} cannot sign for ${account}.`, {
    hint: 'Nothing was sent. Name the key of the account that signs.',
  });
}

/** The pool had it already: as good as taken. */
const ALREADY_IN_POOL = 1013;

/**
 * Hands the extrinsic to the node, once.
 * @returns the error that was answered, for people. No answer proves that it was not delivered: a gateway may have
 *   handed it to two nodes, of which one took it and the other refused what it knew already, or tell of its own limits
 *   after it passed it on. Without an answer it may have arrived all the same.
 */
async function submit(chain: OpenChain, hex: string): Promise<string | undefined> {
  try {
    await chain.rpc.requestOnce('author_submitExtrinsic', [hex]);
    return undefined;
  } catch (error) {
    if (!(error instanceof RpcError) || error.code === ALREADY_IN_POOL) return undefined;
    const { code, message, data } = error;
    const more =
      data === undefined || data === null
        ? ''
        : `: ${typeof data === 'string' ? data : JSON.stringify(data)}`;
    return `with an error (${code}: ${message}${more})`;
  }
}

/** The error that an outcome amounts to; none for a success. */
export function outcomeError(
  outcome: Outcome,
  resolveWith: (txHash: string) => string = resolveCommand,
): BursarError | undefined {
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
      return includedError(outcome, resolveWith(outcome.txHash));
  }
}

function includedError(outcome: Included, resolve: string): BursarError | undefined {
  if (outcome.verdict === 'ok') return undefined;
  const { name, docs } = outcome.failure ?? { name: 'unknown error' };
  const where = `block ${outcome.block.number}, extrinsic ${outcome.index}`;
  const hint = `The fee was paid. See what happened with: ${resolve}`;
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

const dateOf = ({ clock = systemClock }: { readonly clock?: Clock | undefined }) => clock.date();
