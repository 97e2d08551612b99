/**
 * Everything that can be known before a key is touched: would the chain run the call, can the signer pay, does the
 * proxy hold, do the endpoints agree. Checks are values: they are printed, all of them, and one that fails stops the send.
 */

import { type Agree, checkAgreement, exitOf } from '../chain/agree.js';
import type { OpenChain } from '../chain/connect.js';
import type { OpenPeer } from '../chain/peers.js';
import { BursarError, type ExitCode } from '../errors.js';
import { formatAmount } from '../numeric/amount.js';
import { maxOf } from '../numeric/integer.js';
import type { Plain, Planck } from '../plain.js';
import { leaves } from './classify.js';
import type { MetadataHashPolicy } from './commitment.js';
import { costOf } from './cost.js';
import { type DryRun, dryRun } from './dryRun.js';
import { type Mortality, mortality } from './extrinsic.js';
import { checkForesight } from './foresight.js';
import type { Preflight } from './outcome.js';
import type { Batch, Check, Plan, RuntimeCall } from './plan.js';
import { checkProxy, type ProxyDefinition } from './proxy.js';
import { assureTrust } from './trust.js';
import type { Wrap } from './wrap.js';

export interface PreflightOptions {
  readonly signer: string;
  readonly wrap: Wrap;
  /** With a proxy: what the account has defined for the signer. */
  readonly proxies?: readonly ProxyDefinition[];
  readonly nonce?: number;
  readonly tip: Planck;
  /** How long the transaction should stay valid, milliseconds; 0 for an immortal one. */
  readonly mortalityMs: number;
  /** All configured endpoints; a second one must agree on the reference block before money moves. */
  readonly endpoints: readonly string[];
  /** What is done when no second one can be asked. Default `require`: nothing is sent then. */
  readonly agree?: Agree | undefined;
  readonly openPeer?: OpenPeer | undefined;
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
  const [[signerInfo, accountInfo], next, life, agreement, trust] = await Promise.all([
    chain.read([
      { pallet: 'System', item: 'Account', keys: [signer] },
      { pallet: 'System', item: 'Account', keys: [plan.account] },
    ]),
    chain.ask<number>('system_accountNextIndex', [signer]),
    chooseMortality(chain, options.mortalityMs),
    checkAgreement(chain, { ...options, agree: options.agree ?? 'require' }),
    assureTrust(chain, options),
  ]);
  const nonce = options.nonce ?? next;
  const [cost, rehearsal] = await Promise.all([
    costOf(chain, call, { signer, nonce, tip, mortality: life }),
    dryRun(chain, signer, call),
  ]);
  const total = cost === null ? null : cost.fee + tip;
  const checks: Check[] = [...plan.checks];
  if (wrap.kind === 'proxy') checks.push(...checkProxy(signer, wrap, options.proxies ?? [], rehearsal));
  checks.push(
    checkFee(chain, signerInfo as unknown as AccountInfo, total, {
      spends: signer === plan.account ? plan.spends : 0n,
      bound: signer === plan.account ? (plan.bound ?? 0n) : 0n,
      spent: options.spent ?? 0n,
    }),
  );
  if (wrap.kind === 'proxy' && plan.spends > 0n)
    checks.push(checkSpends(chain, accountInfo as unknown as AccountInfo, plan));
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
  const foresight = checkForesight(chain.token, plan, rehearsal);
  if (foresight) checks.push(foresight);
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
 * @param force what the dry run says does not stop; every other check does
 * @throws precondition with the check's own id as code
 */
export function assertChecks(checks: readonly Check[], force = false): void {
  const error = refusal(checks, force);
  if (error) throw error;
}

/** The error with which sending would stop at these checks, see {@link assertChecks}; none if it would go on. */
export const refusal = (checks: readonly Check[], force: boolean): BursarError | undefined =>
  failedCheckError(force ? checks.filter(({ id }) => !REHEARSED.includes(id)) : checks);

/** The checks of what the dry run said. */
const REHEARSED: readonly string[] = ['DRY_RUN', 'DRY_RUN_EFFECT', 'PROXY_TYPE'];

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

function checkRehearsal(rehearsal: DryRun | null, batch: Batch | undefined): Check {
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
function holdable(chain: OpenChain, { data }: AccountInfo, bound: Planck): bigint {
  return maxOf(data.free - bound - existentialDeposit(chain), 0n);
}

function checkFee(
  chain: OpenChain,
  info: AccountInfo,
  fee: Planck | null,
  { spends, spent, bound }: { readonly spends: Planck; readonly spent: Planck; readonly bound: Planck },
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
  const left = holdable(chain, info, bound) - spent - fee;
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

function checkSpends(chain: OpenChain, info: AccountInfo, plan: Plan<unknown>): Check {
  const { spends, bound = 0n } = plan;
  const usable = holdable(chain, info, bound);
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
