/** What a chain offers, found in its metadata: nothing is assumed from a name. */

import { preconditionError } from '../errors.js';
import type { Chain } from './types.js';

/** `pallet-staking-async` (Asset Hubs) or `pallet-staking` (classic). */
export type StakingKind = 'async' | 'classic';

/** Which staking pallet the chain has. @throws precondition NO_STAKING */
export function stakingKind(chain: Pick<Chain, 'hasPallet' | 'hasStorage' | 'hasCall'>): StakingKind {
  if (!chain.hasPallet('Staking') || !chain.hasStorage('Staking', 'Ledger')) {
    throw preconditionError('NO_STAKING', 'The chain has no pallet Staking.', {
      hint: 'Nothing was sent. Staking of Polkadot, Kusama, Westend and Paseo is on their Asset Hubs: check --network and --rpc.',
    });
  }
  // Both are in pallet-staking-async from its first release and were never in the classic pallet.
  return chain.hasCall('Staking', 'prune_era_step') || chain.hasStorage('Staking', 'OffenceQueueEras')
    ? 'async'
    : 'classic';
}
