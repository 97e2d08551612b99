/** Amounts are shown in the asset that they are of, and in no other. */

import { beforeAll, describe, expect, it } from 'vitest';
import type { StorageQuery } from '../../../src/lib/chain/types.js';
import type { Plain } from '../../../src/lib/plain.js';
import { describerOf } from '../../../src/lib/tx/assets.js';
import type { ChainEvent } from '../../../src/lib/tx/outcome.js';
import type { RuntimeCall } from '../../../src/lib/tx/plan.js';
import { callTree, outcomeTree } from '../../../src/lib/tx/view.js';
import type { TreeNode } from '../../../src/lib/view.js';
import { type ChainName, offlineChain } from '../chain/chains.js';

const WHO = `0x${'11'.repeat(32)}`;
const utf8 = (text: string) => `0x${Buffer.from(text).toString('hex')}`;
const here = { parents: 0, interior: 'Here' };
const relay = { parents: 1, interior: 'Here' };
const usdtLocation = { parents: 0, interior: { X2: [{ PalletInstance: 50 }, { GeneralIndex: 1984n }] } };
const dotOnKusama = { parents: 2, interior: { X1: [{ GlobalConsensus: 'Polkadot' }] } };

/** What the chain says of assets, by pallet and id. */
type Book = (query: StorageQuery) => Plain;
const usual: Book = ({ pallet, keys }) =>
  pallet === 'Assets' && String(keys?.[0]) === '1984'
    ? { symbol: utf8('USDT'), decimals: 6 }
    : pallet === 'ForeignAssets' && JSON.stringify(keys?.[0]).includes('Polkadot')
      ? { symbol: utf8('DOT'), decimals: 10 }
      : null;

const flat = (node: TreeNode): string[] => [node.text, ...(node.children ?? []).flatMap(flat)];

async function chainWith(name: ChainName, book: Book) {
  const chain = await offlineChain(name);
  let requests = 0;
  chain.read = async (queries) => {
    requests += 1;
    for (const query of queries) chain.runtime.slot(query); // the key must fit the chain's type
    return queries.map(book);
  };
  return { chain, requests: () => requests };
}

async function shown(call: RuntimeCall, name: ChainName = 'assetHubKusama', book = usual): Promise<string> {
  const { chain } = await chainWith(name, book);
  // Through bytes: what is shown is what the chain would read.
  const decoded = chain.decodeCall(chain.encodeCall(call).hex);
  return flat(callTree(await describerOf(chain, [decoded]), decoded)).join('\n');
}

async function shownEvent(event: ChainEvent, name: ChainName = 'assetHubKusama'): Promise<string> {
  const { chain } = await chainWith(name, usual);
  const call: RuntimeCall = { pallet: 'System', call: 'remark', args: { remark: '0x' } };
  const node = { call, status: 'ok' as const, events: [event], children: [] };
  return flat(outcomeTree(await describerOf(chain, [node]), node)).join('\n');
}

const call = (pallet: string, name: string, args: { [key: string]: unknown }): RuntimeCall => ({
  pallet,
  call: name,
  args: args as { [key: string]: Plain },
});

describe('amounts in calls', () => {
  it('are native where pallet and type say so, in lists of options and votes as well', async () => {
    expect(await shown(call('Balances', 'transfer_keep_alive', { dest: WHO, value: 10n ** 10n }))).toContain(
      'value: 1 UNIT',
    );
    expect(
      await shown(call('NominationPools', 'bond_extra', { extra: { FreeBalance: 5n * 10n ** 10n } })),
    ).toContain('extra: FreeBalance 5 UNIT');
    expect(await shown(call('Treasury', 'spend_local', { amount: 10n ** 10n, beneficiary: WHO }))).toContain(
      'amount: 1 UNIT',
    );
  });

  it('of an asset are in its units, with the id beside the symbol, which anybody may choose', async () => {
    const transfer = call('Assets', 'transfer', { id: 1984, target: WHO, amount: 12_500_000n });
    expect(await shown(transfer)).toContain('amount: 12.5 USDT (Assets 1984)');
    const other = call('Assets', 'transfer', { id: 7, target: WHO, amount: 12_500_000n });
    expect(await shown(other)).toContain('amount: 12500000 base units (Assets 7)');
    for (const symbol of ['', 'UNIT\u202e', '1 UNIT', 'A'.repeat(40)])
      expect(await shown(other, 'assetHubKusama', () => ({ symbol: utf8(symbol), decimals: 0 }))).toContain(
        'amount: 12500000 base units (Assets 7)',
      );
  });

  it('deep inside others are found, in one request', async () => {
    const { chain, requests } = await chainWith('assetHubKusama', usual);
    const inner = call('Utility', 'batch_all', {
      calls: [1984, 7, 8].map((id) => call('Assets', 'transfer', { id, target: WHO, amount: 1_000_000n })),
    });
    const outer = call('Proxy', 'proxy', { real: WHO, force_proxy_type: null, call: inner });
    const text = flat(callTree(await describerOf(chain, [outer]), outer)).join('\n');
    expect(text).toContain('amount: 1 USDT (Assets 1984)');
    expect(text).toContain('amount: 1000000 base units (Assets 8)');
    expect(requests()).toBe(1);
  });

  it('of a foreign asset are known by its location, as every version of XCM writes it', async () => {
    expect(
      await shown(call('ForeignAssets', 'transfer', { id: dotOnKusama, target: WHO, amount: 10n ** 10n })),
    ).toContain('amount: 1 DOT (ForeignAssets ../../GlobalConsensus Polkadot)');
    const elsewhere = { parents: 1, interior: { X1: [{ Parachain: 2000 }] } };
    expect(
      await shown(call('ForeignAssets', 'transfer', { id: elsewhere, target: WHO, amount: 10n ** 10n })),
    ).toContain('amount: 10000000000 base units (ForeignAssets ../Parachain 2000)');
  });

  it('in XCM programs are of the asset that stands beside them', async () => {
    const reserve = (version: string, assets: unknown) =>
      call('PolkadotXcm', 'limited_reserve_transfer_assets', {
        dest: { [version]: relay },
        beneficiary: { [version]: here },
        assets: { [version]: assets },
        fee_asset_item: 0,
        weight_limit: 'Unlimited',
      });
    const asset = (id: unknown, amount: bigint) => [{ id, fun: { Fungible: amount } }];
    expect(await shown(reserve('V4', asset(dotOnKusama, 10n ** 10n)))).toContain('1 DOT (ForeignAssets');
    expect(await shown(reserve('V4', asset(usdtLocation, 2_500_000n)))).toContain('2.5 USDT (Assets 1984)');
    // The relay chain's token is the Asset Hub's own.
    expect(await shown(reserve('V4', asset(relay, 10n ** 10n)))).toContain('1 UNIT');
    const concrete = { Concrete: { parents: 2, interior: { X1: { GlobalConsensus: 'Polkadot' } } } };
    expect(await shown(reserve('V3', asset(concrete, 10n ** 10n)))).toContain('1 DOT (ForeignAssets');
  });

  it('of a swap are of the ends of its path', async () => {
    const swap = call('AssetConversion', 'swap_exact_tokens_for_tokens', {
      path: [relay, usdtLocation],
      amount_in: 10n ** 10n,
      amount_out_min: 3_000_000n,
      send_to: WHO,
      keep_alive: true,
    });
    const text = await shown(swap);
    expect(text).toContain('amount_in: 1 UNIT');
    expect(text).toContain('amount_out_min: 3 USDT (Assets 1984)');
  });

  it('of the treasury are of the asset that is spent', async () => {
    const spend = call('Treasury', 'spend', {
      asset_kind: { V4: { location: here, assetId: usdtLocation } },
      amount: 2_000_000n,
      beneficiary: { V4: { location: here, accountId: here } },
      valid_from: null,
    });
    expect(await shown(spend, 'assetHub')).toMatch(/amount: (?:2 USDT \(Assets 1984\)|2000000 base units)/);
  });

  it('of a chain that cannot be asked are in base units', async () => {
    const { chain } = await chainWith('assetHubKusama', usual);
    chain.read = async () => {
      throw new Error('gone');
    };
    const transfer = call('Assets', 'transfer', { id: 1984, target: WHO, amount: 12_500_000n });
    const text = flat(callTree(await describerOf(chain, [transfer]), transfer)).join('\n');
    expect(text).toContain('12500000 base units (Assets 1984)');
  });
});

describe('amounts in events', () => {
  it('are of the asset that the event names', async () => {
    const moved = { assetId: 1984, from: WHO, to: WHO, amount: 12_500_000n };
    expect(await shownEvent({ name: 'Assets.Transferred', data: moved })).toContain(
      'amount=12.5 USDT (Assets 1984)',
    );
    const paid = { who: WHO, actualFee: 10n ** 10n, tip: 10n ** 10n, assetId: dotOnKusama };
    const text = await shownEvent({ name: 'AssetTxPayment.AssetTxFeePaid', data: paid });
    expect(text).toContain('actualFee=1 DOT (ForeignAssets');
    expect(text).toContain('tip=1 UNIT');
  });

  it('of pallets that nobody knows are in base units', async () => {
    expect(await shownEvent({ name: 'Balances.Deposit', data: { who: WHO, amount: 10n ** 10n } })).toContain(
      'amount=1 UNIT',
    );
    const unknown = { name: 'Tokens.Deposited', data: { currencyId: 'KSM', who: WHO, amount: 10n ** 10n } };
    expect(await shownEvent(unknown)).toContain('amount=10000000000');
  });
});

describe('a referendum', () => {
  let submit: (proposal: Plain) => RuntimeCall;
  let inline: string;
  beforeAll(async () => {
    const chain = await offlineChain('assetHub');
    inline = chain.encodeCall(
      call('Balances', 'force_transfer', { source: WHO, dest: WHO, value: 10n ** 10n }),
    ).hex;
    submit = (proposal) =>
      call('Referenda', 'submit', {
        proposal_origin: { system: 'Root' },
        proposal,
        enactment_moment: { After: 10 },
      });
  });

  it('shows the call that it would run', async () => {
    const text = await shown(submit({ Inline: inline }), 'assetHub');
    expect(text).toContain('Balances.force_transfer');
    expect(text).toContain('value: 1 UNIT');
  });

  it('says when the call is elsewhere or is none', async () => {
    expect(await shown(submit({ Lookup: { hash_: WHO, len: 120 } }), 'assetHub')).toContain(
      `the call of 120 bytes with the hash ${WHO}, noted as a preimage`,
    );
    expect(await shown(submit({ Inline: '0xffff' }), 'assetHub')).toContain('not a call of this chain');
  });
});
