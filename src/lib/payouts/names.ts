/** What the accounts are that were asked about: validators, whose pages are known, or nominators, whose validators are not. */

import type { Chain } from '../chain/types.js';
import { clippedExposures, overviews, payees } from '../eras/facts.js';
import { readParts } from '../eras/read.js';

export interface Roles {
  /** Elected in at least one of the eras. */
  readonly stashes: readonly string[];
  /** May have backed others in at least one of the eras. */
  readonly backers: readonly string[];
  /** Neither elected nor staking now. */
  readonly idle: readonly string[];
  /** The eras in which one of the backers was not elected itself. */
  readonly searchEras: readonly number[];
}

/**
 * An account without a payee cannot be paid anything, so its validators are not searched; who is elected in an era backs
 * nobody else in it.
 */
export async function readRoles(
  chain: Chain,
  accounts: readonly string[],
  eras: readonly number[],
): Promise<Roles> {
  const pairs = accounts.flatMap((stash) => eras.map((era) => ({ era, stash })));
  const [destinations, views] = await readParts(chain, [payees(accounts), overviews(chain, pairs)]);
  const without = pairs.filter((_, index) => views[index] === null);
  const [clipped] = await readParts(chain, [clippedExposures(chain, without)]);
  const away = new Map<string, number[]>(accounts.map((account) => [account, []]));
  without.forEach(({ era, stash }, index) => {
    if (clipped[index] === null) away.get(stash)!.push(era);
  });
  const erasAway = (account: string) => away.get(account)!;
  const backers = accounts.filter(
    (account, index) => destinations[index] !== null && erasAway(account).length > 0,
  );
  const searchEras = new Set(backers.flatMap(erasAway));
  const stashes = accounts.filter((account) => erasAway(account).length < eras.length);
  return {
    stashes,
    backers,
    idle: accounts.filter((account) => !stashes.includes(account) && !backers.includes(account)),
    searchEras: eras.filter((era) => searchEras.has(era)),
  };
}
