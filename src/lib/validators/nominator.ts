/** The account that nominates: what it backs now, and whether its own stake is enough to be counted. */

import type { Chain, StorageQuery } from '../chain/types.js';
import { preconditionError } from '../errors.js';
import { maxOf } from '../numeric/integer.js';
import { minimumActiveStake } from '../pallets/staking/values.js';
import type { Plain, Planck } from '../plain.js';

export interface Nominator {
  readonly address: string;
  readonly nominations: readonly string[];
  /** Actively bonded, planck. */
  readonly active: Planck;
  /** What the election takes at least: the pallet's minimum, or more if the last nominator counted had more. */
  readonly least: Planck;
}

/** At the reference block. Two requests. @throws precondition NOT_BONDED */
export async function readNominator(chain: Chain, address: string): Promise<Nominator> {
  const staking = (item: string, keys: readonly string[] = []): StorageQuery => ({
    pallet: 'Staking',
    item,
    keys,
    optional: true,
  });
  const limits = ['MinNominatorBond', 'MinimumActiveStake'].filter((item) =>
    chain.hasStorage('Staking', item),
  );
  const [controller, nominator, ...minimums] = await chain.read([
    staking('Bonded', [address]),
    staking('Nominators', [address]),
    ...limits.map((item) => staking(item)),
  ]);
  const [ledger] = typeof controller === 'string' ? await chain.read([staking('Ledger', [controller])]) : [];
  if (ledger === null || ledger === undefined) {
    throw preconditionError('NOT_BONDED', `${address} has nothing bonded.`, {
      hint: 'Bond first: `bursar stake bond`. Or select without --for.',
    });
  }
  return {
    address,
    nominations: (nominator as unknown as { targets: readonly string[] } | null)?.targets ?? [],
    active: (ledger as unknown as { active: bigint }).active,
    least: minimums.map((value, index) => leastOf(limits[index], value)).reduce(maxOf, 0n),
  };
}

const leastOf = (limit: string | undefined, value: Plain): Planck =>
  (limit === 'MinimumActiveStake' ? minimumActiveStake(value) : (value as bigint | null)) ?? 0n;

/** The limit of the live networks, where a chain's metadata does not have it; the chain itself has the last word. */
const DEFAULT_MAX_NOMINATIONS = 16;

/** The most targets that the chain allows; it may depend on the stake. */
export async function readMaxTargets(chain: Chain, active: Planck): Promise<number> {
  if (chain.hasApi('StakingApi', 'nominations_quota'))
    return Number(await chain.api('StakingApi', 'nominations_quota', [active]));
  return chain.hasConstant('Staking', 'MaxNominations')
    ? Number(chain.constant('Staking', 'MaxNominations'))
    : DEFAULT_MAX_NOMINATIONS;
}
