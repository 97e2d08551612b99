/** Storage values of the staking pallets that mean something else than they say. */

import { U128_MAX } from '../../numeric/integer.js';
import type { Plain, Planck } from '../../plain.js';

/**
 * `MinimumActiveStake`: the stake of the last nominator that the election counted, planck. The greatest number stands
 * for "no election has counted anybody yet", because the pallet looks for the minimum from there; then it is null, as
 * where the chain has no such value.
 */
export function minimumActiveStake(value: Plain): Planck | null {
  if (value === null) return null;
  const stake = BigInt(value as bigint);
  return stake === U64_MAX || stake === U128_MAX ? null : stake;
}

const U64_MAX = (1n << 64n) - 1n;
