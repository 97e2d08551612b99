/** From a plan's calls to the one call that the signer submits. */

import { usageError } from '../errors.js';
import type { Batch, RuntimeCall } from './plan.js';

/** The ways in which a plan's calls reach the account that they are for. */
export type Wrap =
  /** The signer is the account. */
  | { readonly kind: 'direct' }
  /** The signer is a proxy of the account (`--proxy-for`). */
  | { readonly kind: 'proxy'; readonly real: string; readonly proxyType?: string }
  /** The signer is one signatory of the multisig account. */
  | { readonly kind: 'multisig'; readonly threshold: number; readonly signatories: readonly string[] }
  /** The account is the signer's derivative `index` (utility.as_derivative). */
  | { readonly kind: 'derivative'; readonly index: number }
  /** The account is a parachain's sovereign account. */
  | { readonly kind: 'sovereign'; readonly paraId: number };

const BATCH_CALLS: Readonly<Record<Batch, string>> = { all: 'batch_all', each: 'force_batch' };

/**
 * Several calls become one batch; then the wrap is put around. Calls that go each on its own are a batch also when there
 * is only one, so that the outcome reads the same.
 * @throws usage WRAP_KIND for the kinds that no command offers yet
 */
export function wrapCalls(calls: readonly RuntimeCall[], wrap: Wrap, batch: Batch = 'all'): RuntimeCall {
  const bare = calls.map(
    ({ pallet, call, args, encoded }): RuntimeCall => ({
      pallet,
      call,
      args,
      ...(encoded === undefined ? {} : { encoded }),
    }),
  );
  const [first] = bare;
  if (!first) throw usageError('PLAN_EMPTY', 'There is nothing to wrap: the plan has no calls.');
  const inner: RuntimeCall =
    bare.length === 1 && batch === 'all'
      ? first
      : { pallet: 'Utility', call: BATCH_CALLS[batch], args: { calls: bare as never } };
  switch (wrap.kind) {
    case 'direct':
      return inner;
    case 'proxy':
      return {
        pallet: 'Proxy',
        call: 'proxy',
        args: { real: wrap.real, force_proxy_type: wrap.proxyType ?? null, call: inner as never },
      };
    default:
      throw usageError('WRAP_KIND', `Calls cannot be sent through a ${wrap.kind} account by this version.`, {
        hint: 'Sign directly, or as a proxy with --proxy-for.',
      });
  }
}
