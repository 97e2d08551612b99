/** The calls of the staking pallets: whose signature each needs, and which arguments a runtime's version of it takes. */

import { preconditionError } from '../../errors.js';
import type { Plain } from '../../plain.js';
import type { StakingRuntime } from './rules.js';

/** A stash may have a separate controller, on chains where one was set before they were abolished. */
export type StakingSigner = 'stash' | 'controller';

/**
 * "The dispatch origin for this call must be Signed by the stash, not the controller", or the other way round: the
 * documentation of each call in pallet-staking 4 to 50 and pallet-staking-async 0.2 to 0.15, which agree.
 */
export const SIGNED_BY = {
  bond: 'stash',
  bond_extra: 'stash',
  unbond: 'controller',
  rebond: 'controller',
  withdraw_unbonded: 'controller',
  nominate: 'controller',
  chill: 'controller',
  set_payee: 'controller',
  set_controller: 'stash',
} as const satisfies Readonly<Record<string, StakingSigner>>;

export type StakingCall = keyof typeof SIGNED_BY;

/** The argument names by call, as the metadata has them; a call that the runtime lacks is left out. */
export type CallArguments = { readonly [call in StakingCall]?: readonly string[] };

export function callArguments(chain: StakingRuntime): CallArguments {
  const calls = Object.keys(SIGNED_BY) as StakingCall[];
  return Object.fromEntries(
    calls.flatMap((call) =>
      chain.hasCall('Staking', call) ? [[call, chain.callArguments('Staking', call)]] : [],
    ),
  );
}

/**
 * The arguments of a call that the runtime's version of it takes, from those that any version may: `bond` and
 * `set_controller` took a controller before pallet-staking 28, `withdraw_unbonded` no number of slashing spans in 2019.
 * @param possible all that is known for the call, by name
 * @throws precondition CALL_ARGUMENTS if the runtime wants one that is not known
 */
export function fittingArguments(
  taken: CallArguments,
  call: StakingCall,
  possible: Readonly<Record<string, Plain>>,
): Readonly<Record<string, Plain>> {
  const wanted = taken[call];
  if (wanted === undefined) return possible; // encoding says that the call is missing
  const unknown = wanted.filter((name) => !Object.hasOwn(possible, name));
  if (unknown.length > 0) {
    throw preconditionError(
      'CALL_ARGUMENTS',
      `This chain's Staking.${call} takes ${wanted.join(', ')}; ${unknown.join(', ')} is not known here.`,
      { hint: 'Nothing was sent. The runtime has a staking pallet of its own: this call cannot be planned.' },
    );
  }
  return Object.fromEntries(wanted.map((name) => [name, possible[name] as Plain]));
}

/** `SlashingSpans` of a stash in the classic pallet, as far as it is read. */
export interface SlashingSpans {
  readonly prior: readonly number[];
}

/**
 * How many slashing spans the classic pallet counts for a stash, which `withdraw_unbonded` must name when it removes
 * the stash: the one that is open and those before it (pallet-staking 50, slashing.rs: `SlashingSpans::iter`).
 */
export const spanCount = (spans: SlashingSpans | null): number =>
  spans === null ? 0 : 1 + spans.prior.length;
