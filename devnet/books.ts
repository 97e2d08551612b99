/**
 * The chain's books: where every planck of the total issuance is, and how the issuance changed. Read from storage and
 * from the events of every block, at explicit blocks; nothing is taken from what bursar planned.
 */

import type { OpenChain } from '../src/lib/chain/connect.js';
import type { Plain, Planck } from '../src/lib/plain.js';
import { SS58_PREFIX } from './accounts.js';

/** Where the issuance is at one block, planck. */
export interface Balance {
  readonly block: number;
  readonly totalIssuance: Planck;
  /** Actively bonded. */
  readonly bonded: Planck;
  readonly unlocking: Planck;
  /** Held or reserved for anything but stake: deposits of proxies, multisigs, pools. */
  readonly otherHolds: Planck;
  /** Free balances of accounts that are no pot. */
  readonly free: Planck;
  /** Fees and tips that were paid, in their pot. */
  readonly feePot: Planck;
  /** The treasury: the part of the era payout that stakers do not get, and slashes. */
  readonly treasury: Planck;
}

/** What the events between two blocks say. */
export interface Flows {
  readonly fees: Planck;
  readonly rewards: Planck;
  readonly slashes: Planck;
  /** Minted besides rewards: the treasury's part of the era payouts. The runtime announces rewards only as such. */
  readonly minted: Planck;
  readonly burned: Planck;
}

/** Pots have no key: their accounts are the pallets' own. */
export interface Pots {
  readonly fees: string;
  readonly treasury: string;
}

/** Account of a pallet by its identifier (`sp_runtime`'s `PalletId`: "modl" and eight bytes, zeros behind). */
export async function palletAccount(id: string): Promise<string> {
  const { encodeAddress } = await import('#polkadot');
  const bytes = new Uint8Array(32);
  bytes.set(Buffer.from(`modl${id}`, 'latin1'));
  return encodeAddress(bytes, SS58_PREFIX);
}

interface AccountData {
  readonly data: { readonly free: bigint; readonly reserved: bigint };
}
interface LedgerData {
  readonly total: bigint;
  readonly active: bigint;
}

export async function readBalance(
  chain: OpenChain,
  pots: Pots,
  at: { readonly hash: string; readonly number: number },
): Promise<Balance> {
  const [accounts, ledgers, [issuance]] = await Promise.all([
    chain.entries({ pallet: 'System', item: 'Account' }, at.hash),
    chain.entries({ pallet: 'Staking', item: 'Ledger' }, at.hash),
    chain.read([{ pallet: 'Balances', item: 'TotalIssuance' }], at.hash),
  ]);
  const sum = (values: readonly bigint[]) => values.reduce((total, value) => total + value, 0n);
  const data = accounts.map(({ keys, value }) => ({
    address: keys[0] as string,
    ...(value as unknown as AccountData).data,
  }));
  const stakes = ledgers.map(({ value }) => value as unknown as LedgerData);
  const total = sum(stakes.map((ledger) => ledger.total));
  const bonded = sum(stakes.map((ledger) => ledger.active));
  const pot = (address: string) => data.find((account) => account.address === address)?.free ?? 0n;
  return {
    block: at.number,
    totalIssuance: BigInt(issuance as bigint),
    bonded,
    unlocking: total - bonded,
    otherHolds: sum(data.map((account) => account.reserved)) - total,
    free: sum(
      data
        .filter(({ address }) => address !== pots.fees && address !== pots.treasury)
        .map((account) => account.free),
    ),
    feePot: pot(pots.fees),
    treasury: pot(pots.treasury),
  };
}

/** Every planck of the issuance has one place. */
export function placed(balance: Balance): Planck {
  return (
    balance.bonded + balance.unlocking + balance.otherHolds + balance.free + balance.feePot + balance.treasury
  );
}

/** Sums the events of the blocks after `from` up to `to`. `account`: only what concerns it, else all. */
export async function readFlows(
  chain: OpenChain,
  from: number,
  to: number,
  account?: string,
): Promise<Flows> {
  const flows = { fees: 0n, rewards: 0n, slashes: 0n, minted: 0n, burned: 0n };
  for (let number = from + 1; number <= to; number++) {
    const hash = await chain.rpc.request<string>('chain_getBlockHash', [number]);
    for (const { event } of await chain.events(hash)) {
      const data = event.data as { readonly [field: string]: Plain };
      const amount = (field: string) => BigInt((data[field] as bigint | undefined) ?? 0n);
      const about = (field: string) => account === undefined || data[field] === account;
      switch (event.name) {
        case 'TransactionPayment.TransactionFeePaid':
          if (about('who')) flows.fees += amount('actualFee');
          break;
        case 'Staking.Rewarded':
          if (about('stash')) flows.rewards += amount('amount');
          break;
        case 'Staking.Slashed':
          if (about('staker')) flows.slashes += amount('amount');
          break;
        case 'Balances.Minted':
          if (about('who')) flows.minted += amount('amount');
          break;
        case 'Balances.Issued':
          if (account === undefined) flows.minted += amount('amount');
          break;
        case 'Balances.Burned':
          if (about('who')) flows.burned += amount('amount');
          break;
        case 'Balances.Rescinded':
          if (account === undefined) flows.burned += amount('amount');
          break;
      }
    }
  }
  return flows;
}
