/** The networks that bursar knows by name, in the order in which help lists them. */

import { devnet } from './devnet.js';
import { kusama } from './kusama.js';
import type { Network } from './network.js';
import { paseo } from './paseo.js';
import { polkadot } from './polkadot.js';
import { westend } from './westend.js';

export type { Network } from './network.js';

export const networks: readonly Network[] = [polkadot, kusama, westend, paseo, devnet];

export const networkNamed = (name: string): Network | undefined =>
  networks.find((network) => network.name === name);

/** `Polkadot Asset Hub`; null for a chain that is not among them. */
export const titleOf = (genesisHash: string): string | null =>
  networks.find((network) => network.genesisHash === genesisHash)?.title ?? null;
