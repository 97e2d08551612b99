/** The list of what is owed: facts and pages put together, with sums and the next expiry. */

import type { ReferenceBlock } from '../chain/types.js';
import type { EraWindow } from '../eras/types.js';
import { preconditionError, usageError } from '../errors.js';
import { minOf } from '../numeric/integer.js';
import type { Planck } from '../plain.js';
import { owedPages } from './owed.js';
import type { PoolMember } from './pools.js';
import type { EmptyPage, OwedPage, PayoutFacts } from './types.js';

export interface AccountShare {
  readonly account: string;
  /** What it earned, as a validator or nominator, planck. */
  readonly earned: Planck;
  /** What would be paid to it, also of what others earned, planck. */
  readonly received: Planck;
}

export interface PayoutsList {
  readonly genesisHash: string;
  readonly specVersion: number;
  readonly block: ReferenceBlock;
  readonly token: { readonly symbol: string; readonly decimals: number };
  readonly window: EraWindow;
  /** How many eras were looked at, and which. */
  readonly eras: { readonly count: number; readonly from: number | null; readonly to: number | null };
  /** Validators that were looked at by name, or found. */
  readonly stashes: readonly string[];
  /** In how many of the eras each of them was elected, if it was named. */
  readonly elected: Readonly<Record<string, number>>;
  /** Accounts whose shares were asked about. */
  readonly accounts: readonly string[];
  /** Those of them that stake nothing: nothing can be paid to them. */
  readonly idle: readonly string[];
  /** Oldest era first. */
  readonly pages: readonly OwedPage[];
  readonly empty: readonly EmptyPage[];
  /** What the accounts have earned in nomination pools; null if it was not asked for. */
  readonly pools: readonly PoolMember[] | null;
  readonly totals: {
    readonly pages: number;
    /** Pages that the chain would refuse to pay; they are in no other sum. */
    readonly refused: number;
    /** Null if amounts were not asked for. */
    readonly total: Planck | null;
    /** Without what reaches nobody. */
    readonly paid: Planck | null;
    readonly shares: readonly AccountShare[];
    /** What expires first. */
    readonly next: {
      readonly era: number;
      readonly erasLeft: number;
      readonly expiresAt: number | null;
      readonly pages: number;
      readonly total: Planck | null;
    } | null;
  };
}

/**
 * The eras to look at, oldest first: all that can be paid, the newest `last` of them, or a single one.
 * @throws precondition ERA_NOT_PAYABLE; usage ERAS
 */
export function chosenEras(
  window: EraWindow,
  choice: { readonly last?: number | undefined; readonly era?: number | undefined } = {},
): number[] {
  const { oldest, newest, activeEra, historyDepth } = window;
  if (choice.era !== undefined && choice.last !== undefined)
    throw usageError('ERAS', 'Name either one era or a number of eras.');
  if (choice.era !== undefined) {
    if (newest === null || choice.era > newest) {
      throw preconditionError(
        'ERA_NOT_PAYABLE',
        `Era ${choice.era} has not ended: era ${activeEra} is active.`,
        {
          hint:
            newest === null
              ? 'Wait until an era has ended.'
              : `The newest era that can be paid is ${newest}.`,
        },
      );
    }
    if (choice.era < oldest) {
      throw preconditionError(
        'ERA_NOT_PAYABLE',
        `Era ${choice.era} has expired: the chain keeps ${historyDepth} eras.`,
        { hint: `The oldest era that can still be paid is ${oldest}.` },
      );
    }
    return [choice.era];
  }
  if (newest === null) return [];
  const from = choice.last === undefined ? oldest : Math.max(oldest, newest + 1 - choice.last);
  return Array.from({ length: Math.max(0, newest + 1 - from) }, (_, index) => from + index);
}

/** @returns every unpaid page of the facts, with sums */
export function payoutsList(facts: PayoutFacts, pools: readonly PoolMember[] | null = null): PayoutsList {
  const { pages, empty } = owedPages(facts);
  const payable = pages.filter(({ refused }) => refused === null);
  const sum = (of: readonly OwedPage[], part: 'total' | 'paid'): Planck | null =>
    facts.amounts ? of.reduce((all, { amount }) => all + (amount?.[part] ?? 0n), 0n) : null;
  const oldest = payable[0];
  const expiring = payable.filter(({ era }) => era === oldest?.era);
  return {
    genesisHash: facts.genesisHash,
    specVersion: facts.specVersion,
    block: facts.block,
    token: facts.token,
    window: facts.window,
    eras: { count: facts.eras.length, from: facts.eras[0] ?? null, to: facts.eras.at(-1) ?? null },
    stashes: facts.stashes,
    elected: facts.elected,
    accounts: facts.accounts,
    idle: facts.idle,
    pages,
    empty,
    pools,
    totals: {
      pages: payable.length,
      refused: pages.length - payable.length,
      total: sum(payable, 'total'),
      paid: sum(payable, 'paid'),
      shares: facts.amounts ? facts.accounts.map((account) => accountShare(payable, account)) : [],
      next: oldest
        ? {
            era: oldest.era,
            erasLeft: oldest.erasLeft,
            expiresAt: oldest.expiresAt,
            pages: expiring.length,
            total: sum(expiring, 'total'),
          }
        : null,
    },
  };
}

/** What an account has to get from these pages. */
export function accountShare(pages: readonly OwedPage[], account: string): AccountShare {
  const payments = pages.flatMap(({ amount }) => amount?.payments ?? []);
  const total = (of: typeof payments) => of.reduce((sum, { amount }) => sum + amount, 0n);
  return {
    account,
    earned: total(payments.filter(({ who }) => who === account)),
    received: total(payments.filter(({ to }) => to === account)),
  };
}

/** What a page pays to nobody, planck. */
export const lostOf = ({ amount }: OwedPage): Planck =>
  amount ? amount.total - minOf(amount.paid, amount.total) : 0n;
