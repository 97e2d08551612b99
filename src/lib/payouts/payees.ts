/** Reads where the rewards of stakers go. */

import type { Chain } from '../chain/types.js';
import { payees, readLedgers } from '../eras/facts.js';
import { each, readParts } from '../eras/read.js';
import type { RewardDestination } from '../eras/types.js';
import type { PayeeFacts, SeatFacts } from './types.js';

/** The payees of all who stand in the pages: validators and nominators. Two requests, a third for controllers. */
export async function readPayees(
  chain: Chain,
  seats: readonly Pick<SeatFacts, 'stash' | 'unpaid'>[],
  at?: string,
): Promise<PayeeFacts[]> {
  const nominators = seats.flatMap(({ unpaid }) =>
    unpaid.flatMap(({ exposure }) => exposure?.others.map(({ who }) => who) ?? []),
  );
  const accounts = [...new Set([...seats.map(({ stash }) => stash), ...nominators])];
  const [destinations] = await readParts(chain, [payees(accounts)], at);
  const controlled = accounts.filter((_, index) => destinations[index] === 'Controller');
  const ledgers = controlled.length === 0 ? [] : await readLedgers(chain, controlled, at);
  const controllers = new Map(
    controlled.map((account, index) => [account, ledgers[index]?.controller ?? null]),
  );
  const receivers = accounts.map((account, index) =>
    receiver(account, destinations[index] ?? null, controllers),
  );
  const existing = await readExisting(
    chain,
    // A stash that has a payee is bonded, and so exists.
    receivers.filter((to, index): to is string => to !== null && to !== accounts[index]),
    at,
  );
  return accounts.map((account, index) => {
    const to = receivers[index]!;
    return {
      account,
      destination: destinations[index] ?? null,
      to,
      exists: to === account || (to !== null && existing.has(to)),
    };
  });
}

function receiver(
  account: string,
  destination: RewardDestination | null,
  controllers: ReadonlyMap<string, string | null>,
): string | null {
  if (destination === null || destination === 'None') return null;
  if (destination === 'Controller') return controllers.get(account) ?? null;
  return typeof destination === 'string' ? account : destination.Account;
}

async function readExisting(chain: Chain, accounts: readonly string[], at?: string): Promise<Set<string>> {
  const distinct = [...new Set(accounts)];
  const [existing] = await readParts(
    chain,
    [
      each(
        distinct,
        (account) => ({ pallet: 'System', item: 'Account', keys: [account], optional: true }),
        (value) => value !== null,
      ),
    ],
    at,
  );
  return new Set(distinct.filter((_, index) => existing[index]));
}
