/** A plan of calls that were encoded elsewhere. */

import type { Chain } from '../chain/types.js';
import type { Plan } from './plan.js';

/**
 * @param data encoded calls, 0x hex
 * @throws usage CALL_DATA
 */
export function submissionPlan(
  chain: Pick<Chain, 'decodeCall'>,
  data: readonly string[],
  account: string,
): Plan<null> {
  const calls = data.map((text) => {
    const encoded = text.trim().toLowerCase();
    return { ...chain.decodeCall(encoded), encoded, reason: 'as given', expects: [] };
  });
  return {
    title: calls.length === 1 ? `${calls[0]?.pallet}.${calls[0]?.call}` : `${calls.length} calls`,
    account,
    calls,
    checks: [],
    // What a foreign call takes from the balance is not known here; the dry run tells.
    spends: 0n,
    effect: null,
  };
}
