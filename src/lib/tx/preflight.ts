/**
 * Everything that can be known before a key is touched: would the chain run the call, can the signer pay, does the
 * proxy hold, do the endpoints agree. Checks are values: they are printed, all of them, and one that fails stops the send.
 */

import { type Agree, checkAgreement, exitOf } from '../chain/agree.js';
import type { OpenChain } from '../chain/connect.js';
import { BursarError, type ExitCode } from '../errors.js';
import { formatAmount } from '../numeric/amount.js';
import { maxOf } from '../numeric/integer.js';
import type { Plain, Planck } from '../plain.js';
import { classify, type DispatchResult, leaves } from './classify.js';
import type { MetadataHashPolicy } from './commitment.js';
import { costOf } from './cost.js';
import { type Mortality, mortality } from './extrinsic.js';
import type { ChainEvent, DispatchFailure, OutcomeNode, Preflight } from './outcome.js';
import type { Batch, Check, Plan, RuntimeCall } from './plan.js';
import { assureTrust } from './trust.js';
import type { Wrap } from './wrap.js';

export interface PreflightOptions {
  readonly signer: string;
  readonly wrap: Wrap;
  readonly nonce?: number;
  readonly tip: Planck;
  /** How long the transaction should stay valid, milliseconds; 0 for an immortal one. */
  readonly mortalityMs: number;
  /** Other endpoints that must agree on the reference block before money moves. */
  readonly otherEndpoints: readonly string[];
  /** What is done when none of them can be asked. Default `require`: nothing is sent then. */
  readonly agree?: Agree;
  /** Whether signatures commit to the metadata; default auto. See commitment.ts. */
  readonly metadataHash?: MetadataHashPolicy;
  /** What the transactions that go before it in the same run will take from the signer, planck. Default 0. */
  readonly spent?: Planck;
  readonly signal?: AbortSignal;
}

export interface PreflightResult extends Preflight {
  readonly nonce: number;
  readonly mortality: Mortality;
  /** What the signature commits to: the digest of the metadata; null: nothing. */
  readonly metadataHash: string | null;
}

interface AccountInfo {
  readonly nonce: number;
  readonly data: { readonly free: bigint; readonly reserved: bigint; readonly frozen: bigint };
}

/** XCM version of the answer's messages; bursar reads none of them. */
const XCM_VERSION = 5;
const FALLBACK_BLOCK_MS = 6_000;
/** Blocks over which the block time is measured. */
const BLOCK_TIME_SPAN = 100;

/** Rehearses `call` as `options.signer`. Reads only. */
export async function preflight(
  chain: OpenChain,
  plan: Plan<unknown>,
  call: RuntimeCall,
  options: PreflightOptions,
): Promise<PreflightResult> {
  const { signer, wrap, tip } = options;
  const [[signerInfo, accountInfo, proxies], next, life, agreement, trust] = await Promise.all([
    chain.read([
      { pallet: 'System', item: 'Account', keys: [signer] },
      { pallet: 'System', item: 'Account', keys: [plan.account] },
      ...(wrap.kind === 'proxy' ? [{ pallet: 'Proxy', item: 'Proxies', keys: [wrap.real] }] : []),
    ]),
    chain.ask<number>('system_accountNextIndex', [signer]),
    chooseMortality(chain, options.mortalityMs),
    checkAgreement(chain, {
      endpoints: options.otherEndpoints,
      agree: options.agree ?? 'require',
      ...(options.signal ? { signal: options.signal } : {}),
    }),
    assureTrust(chain, options),
  ]);
  const nonce = options.nonce ?? next;
  const [cost, rehearsal] = await Promise.all([
    costOf(chain, call, { signer, nonce, tip, mortality: life }),
    dryRun(chain, signer, call),
  ]);
  const total = cost === null ? null : cost.fee + tip;
  const checks: Check[] = [...plan.checks];
  if (wrap.kind === 'proxy')
    checks.push(
      checkProxy(signer, wrap, proxies as unknown as readonly [readonly ProxyDefinition[], bigint]),
    );
  checks.push(
    checkFee(chain, signerInfo as unknown as AccountInfo, total, {
      spends: signer === plan.account ? plan.spends : 0n,
      spent: options.spent ?? 0n,
    }),
  );
  if (wrap.kind === 'proxy' && plan.spends > 0n)
    checks.push(checkSpends(chain, accountInfo as unknown as AccountInfo, plan.spends));
  if (agreement) checks.push(agreement);
  checks.push(...trust.checks);
  checks.push(...checkNonce((signerInfo as unknown as AccountInfo).nonce, next, options.nonce));
  if (life.period === 0) {
    checks.push({
      id: 'MORTALITY',
      ok: 'warn',
      title: 'The transaction never expires',
      detail: 'it stays valid until its nonce is used',
      remedy: 'Leave out --immortal unless it must wait.',
    });
  }
  checks.push(checkRehearsal(rehearsal, plan.batch));
  return {
    checks,
    fee: total,
    rehearsal: rehearsal ? 'dryRunApi' : 'none',
    ...(rehearsal ? { tree: rehearsal.tree } : {}),
    nonce,
    mortality: life,
    metadataHash: trust.metadataHash,
  };
}

/**
 * Stops at the first check that failed.
 * @param force a failed dry run does not stop; every other check does
 * @throws precondition with the check's own id as code
 */
export function assertChecks(checks: readonly Check[], force = false): void {
  const error = failedCheckError(force ? checks.filter((check) => check.id !== 'DRY_RUN') : checks);
  if (error) throw error;
}

/** The error of the first failed check, whose id is its code; none if all hold. */
export function failedCheckError(checks: readonly Check[], exit?: ExitCode): BursarError | undefined {
  const bad = checks.find((check) => check.ok === false);
  if (!bad) return undefined;
  return new BursarError(
    exit ?? exitOf(bad.id),
    bad.id,
    `${bad.title}${bad.detail ? `: ${bad.detail}` : ''}.`,
    {
      hint: bad.remedy ?? 'Nothing was sent.',
      details: { checks: checks as unknown as Plain },
    },
  );
}

/** Milliseconds a block, measured over the last blocks before the reference block. */
export async function measureBlockMs(chain: OpenChain): Promise<number> {
  const { number, timestamp } = chain.reference;
  const span = Math.min(BLOCK_TIME_SPAN, number - 1);
  if (span < 1) return FALLBACK_BLOCK_MS;
  const hash = await chain.ask<string | null>('chain_getBlockHash', [number - span]);
  if (!hash) return FALLBACK_BLOCK_MS;
  const [then] = await chain.read([{ pallet: 'Timestamp', item: 'Now' }], hash);
  const ms = (timestamp - Number(then)) / span;
  return ms > 0 ? ms : FALLBACK_BLOCK_MS;
}

async function chooseMortality(chain: OpenChain, ms: number): Promise<Mortality> {
  const birth = { number: chain.reference.number, hash: chain.reference.hash };
  if (ms === 0) return { birth, period: 0, validUntil: null };
  const kept = chain.hasConstant('System', 'BlockHashCount')
    ? Number(chain.constant('System', 'BlockHashCount'))
    : 256;
  return mortality(birth, ms, await measureBlockMs(chain), kept);
}

interface Rehearsal {
  readonly tree: OutcomeNode;
  readonly failure?: DispatchFailure;
}

/** The wrapped call through `DryRunApi`; null where the chain has none. */
async function dryRun(chain: OpenChain, signer: string, call: RuntimeCall): Promise<Rehearsal | null> {
  if (!chain.hasApi('DryRunApi', 'dry_run_call')) return null;
  const answer = (await chain.api('DryRunApi', 'dry_run_call', [
    { system: { Signed: signer } },
    call as unknown as Plain,
    XCM_VERSION,
  ])) as unknown;
  const effects = (answer as { Ok?: { executionResult: unknown; emittedEvents: ChainEvent[] } }).Ok;
  // The API itself can be switched off or fail to roll back; then there is no rehearsal, and the check says so.
  if (!effects) return null;
  const failed = (effects.executionResult as { Err?: { error: DispatchFailure } }).Err;
  const result: DispatchResult = failed ? { ok: false, failure: failed.error } : { ok: true };
  const { tree, failure } = classify(call, effects.emittedEvents, result);
  return failure ? { tree, failure } : { tree };
}

function checkRehearsal(rehearsal: Rehearsal | null, batch: Batch | undefined): Check {
  const id = 'DRY_RUN';
  if (!rehearsal)
    return {
      id,
      ok: 'warn',
      title: 'The chain offers no dry run',
      detail: 'only fee and balances were checked',
    };
  if (!rehearsal.failure) return { id, ok: true, title: 'The dry run succeeds' };
  const { name, docs } = rehearsal.failure;
  const calls = leaves(rehearsal.tree);
  const refused = calls.filter(({ status }) => status !== 'ok').length;
  // Calls that go each on its own: the others are done whatever becomes of these.
  if (batch === 'each' && refused < calls.length)
    return {
      id,
      ok: 'warn',
      title: `The chain would refuse ${refused} of ${calls.length} calls`,
      detail: name,
    };
  return {
    id,
    ok: false,
    title: 'The chain would refuse the call',
    detail: docs ? `${name} (${docs})` : name,
    remedy: 'Nothing was sent. See the plan with --dry-run.',
  };
}

interface ProxyDefinition {
  readonly delegate: string;
  readonly proxyType: string;
  readonly delay: number;
}

function checkProxy(
  signer: string,
  wrap: Extract<Wrap, { kind: 'proxy' }>,
  proxies: readonly [readonly ProxyDefinition[], bigint],
): Check {
  const id = 'PROXY';
  const own = proxies[0].filter((proxy) => proxy.delegate === signer);
  const usable = own.filter(
    (proxy) => proxy.delay === 0 && (wrap.proxyType === undefined || proxy.proxyType === wrap.proxyType),
  );
  if (usable.length > 0) {
    return {
      id,
      ok: true,
      title: `${short(signer)} is a proxy of ${short(wrap.real)}`,
      detail: usable.map((proxy) => proxy.proxyType).join(', '),
    };
  }
  const detail =
    own.length > 0
      ? `only with ${own.map((proxy) => `${proxy.proxyType}, delay ${proxy.delay}`).join('; ')}`
      : 'the account has not made it one';
  return {
    id,
    ok: false,
    title: `${signer} is not a usable proxy of ${wrap.real}`,
    detail,
    remedy: 'Nothing was sent. The account must first add it with proxy.add_proxy (type Staking, delay 0).',
  };
}

/** @param final the nonce at the reference block @param next the account's next, the pool's transactions counted */
function checkNonce(final: number, next: number, wanted: number | undefined): Check[] {
  const id = 'NONCE';
  if (wanted !== undefined && wanted < final) {
    const detail = `nonce ${wanted} is used, the account's next is ${next}`;
    return [{ id, ok: false, title: 'The nonce was used already', detail, remedy: 'Leave out --nonce.' }];
  }
  if (wanted !== undefined && wanted > next) {
    const detail = `nonce ${wanted} is free, the account's next is ${next}`;
    return [{ id, ok: 'warn', title: 'The transaction waits for earlier ones', detail }];
  }
  if (next <= final) return [];
  const detail = `${next - final} sent that the reference block does not show; the plan does not count them`;
  return [
    {
      id,
      ok: 'warn',
      title: 'The account has other transactions under way',
      detail,
      remedy: 'Let them end first.',
    },
  ];
}

function existentialDeposit(chain: OpenChain): bigint {
  return chain.hasConstant('Balances', 'ExistentialDeposit')
    ? BigInt(chain.constant('Balances', 'ExistentialDeposit') as bigint)
    : 0n;
}

/** Fees must leave the existential deposit and whatever is frozen; holds are already out of `free`. */
function payable(chain: OpenChain, { data }: AccountInfo): bigint {
  const deposit = existentialDeposit(chain);
  const frozen = data.frozen > data.reserved ? data.frozen - data.reserved : 0n;
  const kept = frozen > deposit ? frozen : deposit;
  return data.free > kept ? data.free - kept : 0n;
}

/** What a bond can take: also what is frozen (staked and locked at once), but never the existential deposit. */
function holdable(chain: OpenChain, { data }: AccountInfo): bigint {
  return maxOf(data.free - existentialDeposit(chain), 0n);
}

function checkFee(
  chain: OpenChain,
  info: AccountInfo,
  fee: Planck | null,
  { spends, spent }: { readonly spends: Planck; readonly spent: Planck },
): Check {
  const id = 'FEE';
  const usable = maxOf(payable(chain, info) - spent, 0n);
  const amount = (planck: bigint) => formatAmount(planck, chain.token);
  if (fee === null) {
    return usable > 0n
      ? { id, ok: 'warn', title: 'The chain could not estimate the fee' }
      : {
          id,
          ok: false,
          title: 'The signer has nothing to pay a fee with',
          remedy: 'Fund the signing account.',
        };
  }
  const left = holdable(chain, info) - spent - fee;
  if (usable >= fee && left >= spends) {
    return {
      id,
      ok: true,
      title: 'The signer can pay the fee',
      detail: `${amount(fee)} of ${amount(usable)} usable`,
    };
  }
  if (usable >= fee) {
    return {
      id,
      ok: false,
      title: 'The account does not have the amount and the fee',
      detail: `${amount(spends)} and a fee of ${amount(fee)} are more than the ${amount(left + fee)} that can be used`,
      remedy: left > 0n ? `At most ${amount(left)} can be used for it.` : 'Fund the account.',
    };
  }
  return {
    id,
    ok: false,
    title: 'The signer cannot pay the fee',
    detail: `the fee is ${amount(fee)}, usable is ${amount(usable)}${spent === 0n ? '' : ` after ${amount(spent)} for what goes before it`}`,
    remedy: 'Nothing was sent. Fund the signing account.',
  };
}

function checkSpends(chain: OpenChain, info: AccountInfo, spends: Planck): Check {
  const usable = holdable(chain, info);
  const amount = (planck: bigint) => formatAmount(planck, chain.token);
  return usable >= spends
    ? {
        id: 'SPENDS',
        ok: true,
        title: 'The account has the amount',
        detail: `${amount(spends)} of ${amount(usable)}`,
      }
    : {
        id: 'SPENDS',
        ok: false,
        title: 'The account does not have the amount',
        detail: `${amount(spends)} is more than the ${amount(usable)} that can be used`,
        remedy: `At most ${amount(usable)} can be used for it.`,
      };
}

const short = (address: string) => `${address.slice(0, 6)}…${address.slice(-6)}`;
