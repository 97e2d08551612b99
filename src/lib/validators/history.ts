/** Reads what a few validators were in every era: their exposure and commission. At the block of the facts. */

import type { Chain } from '../chain/types.js';
import { claimedPages, clippedExposures, eraFeatures, eraPrefs, overviews } from '../eras/facts.js';
import { readParts } from '../eras/read.js';
import type { EraStash } from '../eras/types.js';
import { usageError } from '../errors.js';
import { minOf } from '../numeric/integer.js';
import type { PayoutHabit } from './explain.js';
import { estimateReturns, type ReturnEstimate, type TargetEra, type TargetHistory } from './returns.js';
import type { Facts } from './types.js';

/** @param chain the chain of the facts, with their block as its reference */
export async function readHistory(
  chain: Chain,
  facts: Facts,
  targets: readonly string[],
): Promise<TargetHistory[]> {
  const eras = [...facts.eras.map(({ era }) => era), facts.activeEra];
  const pairs = targets.flatMap((stash) => eras.map((era): EraStash => ({ era, stash })));
  const [seen, clipped, prefs] = await readParts(
    chain,
    [overviews(chain, pairs), clippedExposures(chain, pairs), eraPrefs(pairs)],
    facts.block.hash,
  );
  const one = (index: number): TargetEra | null => {
    const { commission } = prefs[index]!;
    const overview = seen[index] ?? null;
    if (overview !== null && overview.total > 0n)
      return { total: overview.total, commission, leastPaid: null };
    const classic = clipped[index] ?? null;
    if (classic === null) return null;
    const paid = classic.others.map(({ value }) => value);
    const full = facts.paidNominators !== null && paid.length >= facts.paidNominators;
    return { total: classic.total, commission, leastPaid: full ? paid.reduce(minOf) : null };
  };
  return targets.map((address, row) => ({
    address,
    eras: eras.map((_, column) => one(row * eras.length + column)),
  }));
}

/**
 * The estimate for a stake behind these validators.
 *
 * @param stake planck
 * @throws usage RETURN_TARGETS when there are none, or too many to be nominated
 */
export async function readReturns(
  chain: Chain,
  facts: Facts,
  targets: readonly string[],
  stake: bigint,
): Promise<ReturnEstimate> {
  if (targets.length === 0 || targets.length > MAX_TARGETS) {
    throw usageError(
      'RETURN_TARGETS',
      `A return is estimated for 1 to ${MAX_TARGETS} validators, not for ${targets.length}.`,
      {
        hint: 'Name the validators whose return you want to know, or choose them with --filter.',
      },
    );
  }
  return estimateReturns(facts, await readHistory(chain, facts, targets), stake);
}

/** Which eras of the facts were paid to the validator and its nominators; null on chains that do not note it. */
export async function readPayoutHabit(
  chain: Chain,
  facts: Facts,
  address: string,
): Promise<PayoutHabit | null> {
  if (eraFeatures(chain).claims === null) return null;
  const pairs = facts.eras.map(({ era }) => ({ era, stash: address }));
  const [seen, claims] = await readParts(
    chain,
    [overviews(chain, pairs), claimedPages(chain, pairs)],
    facts.block.hash,
  );
  const unpaid: number[] = [];
  let elected = 0;
  pairs.forEach(({ era }, index) => {
    const overview = seen[index] ?? null;
    // An era that pays nothing asks for no payout.
    if (overview === null || facts.eras[index]!.reward === null) return;
    elected += 1;
    // A validator without nominators has no page in storage and is paid as one.
    if (claims[index]!.length < Math.max(1, overview.pageCount)) unpaid.push(era);
  });
  return { elected, paid: elected - unpaid.length, oldestUnpaid: unpaid[0] ?? null };
}

/** More than any chain lets a stake nominate, and little enough to be read. */
const MAX_TARGETS = 32;
