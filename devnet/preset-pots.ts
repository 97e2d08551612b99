/**
 * The `pots` preset: the tour's population in the reward mode of Polkadot's Asset Hub. Nothing is minted at payout: the
 * issuance of an era goes into pots when it ends, and one of them pays validators for the stake of their own.
 */

import type { NamedAccount } from './accounts.js';
import { type GenesisJson, merged, type Preset, UNIT } from './preset.js';
import { tour } from './preset-tour.js';

/** Parts per billion of the issuance; the stakers' part is the tour's. */
const INCENTIVE_PART = 50_000_000;

async function patch(accounts: readonly NamedAccount[]): Promise<GenesisJson> {
  return merged(await tour.patch(accounts), {
    relaySimulator: {
      parameters: { disableMinting: true, incentivePart: INCENTIVE_PART },
      // v10 and v11 are below the optimum, v07 at it, v03 to v06 between it and the cap, the others above the cap.
      optimumSelfStake: 5_000n * UNIT,
      hardCapSelfStake: 9_000n * UNIT,
      selfStakeSlopeFactor: 500_000_000,
    },
  });
}

export const pots: Preset = {
  ...tour,
  name: 'pots',
  about: 'the tour with rewards from pots and an incentive for self-stake, as on Polkadot’s Asset Hub',
  patch,
};
