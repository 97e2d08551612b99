/** On whose word the chain is known, for the doctor: metadata and token, held against other endpoints and the past. */

import type { OpenChain } from '../chain/connect.js';
import type { Check } from '../tx/plan.js';
import { assureTrust, type TrustOptions } from '../tx/trust.js';

/** A network that holds the staking of a relay chain. */
export interface StakingHome {
  readonly name: string;
  readonly title: string;
  readonly relayGenesisHash?: string;
}

/** The network to which the staking of this chain has moved; undefined where it has not, or that is not known. */
export function relayedTo(chain: OpenChain, networks: readonly StakingHome[]): StakingHome | undefined {
  return networks.find(({ relayGenesisHash }) => relayGenesisHash === chain.identity.genesisHash);
}

export async function trustChecks(
  chain: OpenChain,
  endpoints: readonly string[],
  { metadataHash, agree, signal }: Pick<TrustOptions, 'metadataHash' | 'agree' | 'signal'>,
): Promise<Check[]> {
  // Where nothing can be signed, there is nothing to commit to; the obstacle has a line of its own.
  const isSignable = chain.runtime.obstacles().length === 0;
  const { checks } = await assureTrust(chain, {
    endpoints,
    metadataHash: isSignable ? (metadataHash ?? 'auto') : 'off',
    ...(agree ? { agree } : {}),
    ...(signal ? { signal } : {}),
  });
  const told = isSignable ? checks : checks.filter(({ id }) => id !== 'METADATA_HASH');
  const token = told.some(({ id }) => id === 'TOKEN') ? [] : [configuredToken(chain)];
  return [...told, ...token, ...prefixCheck(chain)];
}

function configuredToken({ token }: OpenChain): Check {
  const { symbol, decimals, ss58Prefix } = token;
  return {
    id: 'TOKEN',
    ok: true,
    title: `${symbol}, ${decimals} decimals, address prefix ${ss58Prefix}`,
    detail: 'as configured',
  };
}

/** The metadata's constant is what addresses are written with, unless another prefix is configured. */
function prefixCheck({ runtime, token, trust, endpoint }: OpenChain): Check[] {
  const { prefixConstant } = runtime;
  const id = 'ADDRESS_PREFIX';
  if (prefixConstant === null) return [];
  if (token.ss58Prefix !== prefixConstant)
    return [
      {
        id,
        ok: 'warn',
        title: `Addresses are written with the configured prefix ${token.ss58Prefix}, and the chain's is ${prefixConstant}`,
        remedy: 'Correct networks.<name>.token.ss58Prefix in the configuration.',
      },
    ];
  const claimed = trust.claims.ss58Prefix;
  if (claimed === undefined || claimed === prefixConstant) return [];
  return [
    {
      id,
      ok: 'warn',
      title: `The endpoint's properties claim the address prefix ${claimed}, and the chain's is ${prefixConstant}`,
      detail: `${endpoint}; addresses are written with ${prefixConstant}`,
    },
  ];
}
