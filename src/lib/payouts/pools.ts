/** Pending rewards of nomination pools' members, and the calls that claim or compound them. */

import type { Chain } from '../chain/types.js';
import { preconditionError } from '../errors.js';
import type { Plain, Planck } from '../plain.js';
import type { PlannedCall } from '../tx/plan.js';

/** What a member lets others do: pallet-nomination-pools' `ClaimPermission`. */
export type ClaimPermission =
  | 'Permissioned'
  | 'PermissionlessCompound'
  | 'PermissionlessWithdraw'
  | 'PermissionlessAll';

/** `claim` pays the rewards to the member, `compound` bonds them in its pool. */
export type PoolAction = 'claim' | 'compound';

export interface PoolMember {
  readonly member: string;
  readonly pool: number;
  readonly pending: Planck;
  readonly permission: ClaimPermission;
}

export interface PoolReward extends PoolMember {
  /** Null: there is nothing to claim, or the member does not let the signer. */
  readonly call: PlannedCall | null;
  readonly why: 'NOTHING_PENDING' | 'NOT_PERMITTED' | null;
}

/**
 * The members among `accounts`, with what they have earned. One request, and one for each member.
 * @throws precondition NO_POOLS, naming the pallet
 */
export async function readPoolMembers(chain: Chain, accounts: readonly string[]): Promise<PoolMember[]> {
  if (!chain.hasPallet('NominationPools') || !chain.hasApi('NominationPoolsApi', 'pending_rewards'))
    throw preconditionError('NO_POOLS', `${chain.identity.specName} has no NominationPools pallet.`, {
      hint: 'Leave out --pools.',
    });
  const values = await chain.read(
    accounts.flatMap((account) => [
      { pallet: 'NominationPools', item: 'PoolMembers', keys: [account], optional: true },
      { pallet: 'NominationPools', item: 'ClaimPermissions', keys: [account] },
    ]),
  );
  const members = accounts.flatMap((member, index) => {
    const found = values[2 * index] as unknown as { poolId: number } | null;
    const permission = values[2 * index + 1] as ClaimPermission;
    return found === null ? [] : [{ member, pool: found.poolId, permission }];
  });
  const pending = await Promise.all(
    members.map(({ member }) => chain.api('NominationPoolsApi', 'pending_rewards', [member])),
  );
  return members.map((one, index) => ({ ...one, pending: BigInt(pending[index] as bigint) }));
}

/** What `signer` can do for each member. */
export function poolRewards(
  members: readonly PoolMember[],
  signer: string,
  action: PoolAction,
): PoolReward[] {
  return members.map((member) => {
    if (member.pending === 0n) return { ...member, call: null, why: 'NOTHING_PENDING' };
    const own = member.member === signer;
    if (!own && !permits(member.permission, action)) return { ...member, call: null, why: 'NOT_PERMITTED' };
    return { ...member, call: poolCall(member, own, action), why: null };
  });
}

const permits = (permission: ClaimPermission, action: PoolAction): boolean =>
  permission === 'PermissionlessAll' ||
  permission === (action === 'claim' ? 'PermissionlessWithdraw' : 'PermissionlessCompound');

function poolCall({ member, pool }: PoolMember, own: boolean, action: PoolAction): PlannedCall {
  const rewards: Plain = 'Rewards';
  const call = (name: string, args: PlannedCall['args'], reason: string, expects: readonly string[]) => ({
    pallet: 'NominationPools',
    call: name,
    args,
    reason,
    expects,
  });
  if (action === 'claim')
    return call(
      own ? 'claim_payout' : 'claim_payout_other',
      own ? {} : { other: member },
      `claims the rewards of ${member} from pool ${pool}`,
      ['NominationPools.PaidOut'],
    );
  return call(
    own ? 'bond_extra' : 'bond_extra_other',
    own ? { extra: rewards } : { member, extra: rewards },
    `bonds the rewards of ${member} in pool ${pool}`,
    ['NominationPools.PaidOut', 'NominationPools.Bonded'],
  );
}
