/** After the fact: the stake as the chain has it in the block of the transaction, against what the plan said. */

import type { Chain, Token } from '../chain/types.js';
import { formatAmount } from '../numeric/amount.js';
import { type Plain, type Planck, toCanonicalJson } from '../plain.js';
import type { Deviation } from '../tx/plan.js';
import { readStakeAt } from './facts.js';
import type { UnlockChunk } from './ledger.js';
import { payeeText } from './stash.js';
import { type StakeState, stakeState } from './types.js';

/**
 * Reads the stake of `stash` at the block `at` and compares it with what was planned.
 * @throws whatever reading throws: then nothing is known, which is not the same as no deviation
 */
export async function observeStake(
  chain: Chain,
  stash: string,
  planned: StakeState,
  at: string,
): Promise<Deviation[]> {
  return stakeDeviations(planned, stakeState(await readStakeAt(chain, stash, at)), chain.token);
}

/**
 * What differs. The free balance is left out: fees, rewards and transfers of others change it in the same block.
 * The pallets keep nominations in an order of their own, which means nothing.
 */
export function stakeDeviations(planned: StakeState, found: StakeState, token: Token): Deviation[] {
  const amount = (planck: Planck) => formatAmount(planck, token);
  const chunks = (list: readonly UnlockChunk[]) =>
    list.map(({ value, era }) => `${amount(value)} in era ${era}`).join(', ') || 'nothing';
  const parts: readonly Part[] = [
    part('role', ({ role }) => role, String),
    part('bonded', ({ ledger }) => ledger?.total ?? 0n, amount),
    part('active', ({ ledger }) => ledger?.active ?? 0n, amount),
    part('unlocking', ({ ledger }) => ledger?.unlocking ?? [], chunks),
    part('rewards', ({ payee }) => payee, payeeText),
    part(
      'controller',
      ({ controller }) => controller,
      (address) => address ?? 'none',
    ),
    part(
      'nominations',
      ({ nominations }) => [...nominations].sort(),
      (list) => list.join(', ') || 'none',
    ),
  ];
  return parts.flatMap((compare) => compare(planned, found));
}

type Part = (planned: StakeState, found: StakeState) => Deviation[];

const part =
  <T>(what: string, of: (state: StakeState) => T, text: (value: T) => string): Part =>
  (planned, found) => {
    const [wanted, is] = [of(planned), of(found)];
    if (toCanonicalJson(wanted) === toCanonicalJson(is)) return [];
    const values = { planned: wanted as Plain, found: is as Plain };
    return [{ what, ...values, text: `${what}: ${text(is)}, planned ${text(wanted)}` }];
  };
