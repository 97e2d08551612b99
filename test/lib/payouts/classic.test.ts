import { describe, expect, it } from 'vitest';
import { eraFeatures, readEraWindow } from '../../../src/lib/eras/facts.js';
import { readPayoutFacts } from '../../../src/lib/payouts/facts.js';
import { chosenEras, payoutsList } from '../../../src/lib/payouts/list.js';
import { readRoles } from '../../../src/lib/payouts/names.js';
import type { Plain } from '../../../src/lib/plain.js';
import { fakeChain, keys } from '../eras/fakeChain.js';

/** Chains with the classic pallet: separate controllers, claims in ledgers, exposures without pages. */

const [A, B, C, N, M] = ['stash A', 'stash B', 'stash C', 'nominator', 'other nominator'];

interface Classic {
  readonly ledgers?: Readonly<Record<string, Plain>>;
  readonly bonded?: Readonly<Record<string, Plain>>;
  readonly more?: Readonly<Record<string, Readonly<Record<string, Plain>>>>;
}

/** Era 10 is active; in each of the eras 7 to 9 the validators earn 1000, A and B half of it each. */
function classic({ ledgers, bonded, more = {} }: Classic = {}) {
  const eras = [7, 8, 9];
  const each = (make: (era: number) => [string, Plain][]) => Object.fromEntries(eras.flatMap(make));
  const exposure = { total: 100n, own: 40n, others: [{ who: N, value: 40n }] };
  return fakeChain({
    constants: {
      'Staking.HistoryDepth': 84,
      'Staking.SessionsPerEra': 6,
      'Balances.ExistentialDeposit': 10n,
    },
    defaults: {
      'Staking.ErasValidatorPrefs': { commission: 0, blocked: false },
      'Staking.ErasRewardPoints': { total: 0, individual: [] },
      'Staking.ClaimedRewards': [],
    },
    storage: {
      'Staking.ActiveEra': { [keys()]: { index: 10, start: 1_759_999_000_000n } },
      'Staking.CurrentEra': { [keys()]: 10 },
      'Staking.ErasStakersClipped': each((era) => [
        [keys(era, A), exposure],
        [keys(era, B), exposure],
      ]),
      'Staking.ErasValidatorReward': each((era) => [[keys(era), 1_000n]]),
      'Staking.ErasRewardPoints': each((era) => [
        [
          keys(era),
          {
            total: 20,
            individual: [
              [A, 10],
              [B, 10],
            ],
          },
        ],
      ]),
      'Staking.ErasValidatorPrefs': each((era) => [
        [keys(era, A), { commission: 100_000_000, blocked: false }],
      ]),
      'Staking.Bonded': bonded ?? { [keys(A)]: 'controller A', [keys(B)]: B, [keys(N)]: N },
      'Staking.Ledger': ledgers ?? {
        [keys('controller A')]: { stash: A, claimedRewards: [7] },
        [keys(B)]: { stash: B, claimedRewards: [8, 9] },
        [keys(N)]: { stash: N, claimedRewards: [] },
      },
      'Staking.Payee': {
        [keys(A)]: 'Controller',
        [keys(B)]: 'Staked',
        [keys(N)]: 'Stash',
      },
      'System.Account': { [keys('controller A')]: { nonce: 1 } },
      ...more,
    },
  });
}

async function list(chain: ReturnType<typeof classic>, stashes: readonly string[] = [A, B, C]) {
  const window = await readEraWindow(chain, { eraMs: 1_000 });
  return payoutsList(await readPayoutFacts(chain, { window, eras: chosenEras(window), stashes }));
}

const brief = ({ pages }: Awaited<ReturnType<typeof list>>) => pages.map(({ era, stash }) => [era, stash]);

describe('a chain without pages', () => {
  it('defect 5: claims are looked up by the stash, in the ledger of its own controller', async () => {
    const chain = classic();
    expect(eraFeatures(chain)).toMatchObject({
      paged: false,
      clipped: true,
      claims: null,
      arithmetic: 'perbill',
    });
    const result = await list(chain);
    expect(brief(result)).toEqual([
      [7, B],
      [8, A],
      [9, A],
    ]);
    expect(chain.asked).toContain('Staking.Ledger ["controller A"]');
    expect(chain.asked.some((query) => query === `Staking.Ledger ["${A}"]`)).toBe(false);
  });

  it('defect 9: each account has its own ledger, and amounts are exact', async () => {
    // The first account's claims are not those of the others.
    const claimed = classic({
      ledgers: {
        [keys('controller A')]: { stash: A, claimedRewards: [7, 8, 9] },
        [keys(B)]: { stash: B, claimedRewards: [] },
      },
    });
    expect(brief(await list(claimed))).toEqual([
      [7, B],
      [8, B],
      [9, B],
    ]);
    const big = 1_234_567_890_123_456_789_012n;
    const rich = classic({ more: { 'Staking.ErasValidatorReward': { [keys(8)]: big, [keys(9)]: big } } });
    const { pages } = await list(rich, [A]);
    // Half of it: commission 10 %, of the rest two fifths each to own stake and nominator.
    expect(pages[0]!.amount).toMatchObject({
      commission: 61_728_394_506_172_839_451n,
      own: 222_222_220_222_222_222_022n,
      nominators: 222_222_220_222_222_222_022n,
    });
  });

  it('pays the whole commission at once, and the rest by the whole exposure', async () => {
    const { pages } = await list(classic(), [A]);
    expect(pages[0]).toMatchObject({ page: 0, pages: 1, claimed: 0, nominators: 1, refused: null });
    // 20 of 100 stand behind A and are not listed: their part is paid to nobody.
    expect(pages[0]!.amount).toMatchObject({ commission: 50n, own: 180n, nominators: 180n, total: 410n });
    expect(pages[0]!.amount!.payments).toEqual([
      { who: A, kind: 'reward', amount: 230n, destination: 'Controller', to: 'controller A', lost: null },
      { who: N, kind: 'nominator', amount: 180n, destination: 'Stash', to: N, lost: null },
    ]);
  });

  it('says what the chain would refuse, and leaves it out of the sums', async () => {
    const gone = classic({
      bonded: { [keys(A)]: 'controller A' },
      ledgers: { [keys('controller A')]: { stash: M, claimedRewards: [] } },
      more: { 'Staking.ErasValidatorReward': { [keys(7)]: 1_000n, [keys(8)]: 1_000n } },
    });
    const result = await list(gone);
    expect(result.pages.map(({ era, stash, refused }) => [era, stash, refused])).toEqual([
      [7, A, 'NO_LEDGER'],
      [7, B, 'NOT_BONDED'],
      [8, A, 'NO_LEDGER'],
      [8, B, 'NOT_BONDED'],
      [9, A, 'NO_LEDGER'],
      [9, B, 'NOT_BONDED'],
    ]);
    expect(result.totals).toMatchObject({ pages: 0, refused: 6, total: 0n, next: null });
    const unknown = classic({ more: { 'Staking.ErasValidatorReward': { [keys(7)]: 1_000n } } });
    expect((await list(unknown, [A])).pages.map(({ era, refused }) => [era, refused])).toEqual([
      [8, 'NO_REWARD'],
      [9, 'NO_REWARD'],
    ]);
  });

  it('does not owe what pays nothing: no points, or less than the smallest amount', async () => {
    const idle = classic({
      more: {
        'Staking.ErasRewardPoints': { [keys(8)]: { total: 20, individual: [[B, 20]] } },
        'Staking.ErasValidatorReward': { [keys(8)]: 1_000n, [keys(9)]: 0n },
      },
    });
    const result = await list(idle, [A]);
    expect(result.pages).toEqual([]);
    expect(result.empty).toEqual([
      { era: 8, stash: A, page: 0, reason: 'NO_POINTS' },
      { era: 9, stash: A, page: 0, reason: 'NO_POINTS' },
    ]);
    const poor = classic({ more: { 'Staking.ErasValidatorReward': { [keys(8)]: 0n, [keys(9)]: 0n } } });
    expect((await list(poor, [A])).empty.map(({ reason }) => reason)).toEqual(['NOTHING', 'NOTHING']);
  });
});

describe('accounts of any role', () => {
  it('are validators in some eras, and may back others in the rest', async () => {
    const chain = classic({
      more: { 'Staking.ErasStakersClipped': { [keys(8, A)]: { total: 5n, own: 5n, others: [] } } },
    });
    expect(await readRoles(chain, [A, N, M], [7, 8, 9])).toEqual({
      stashes: [A],
      backers: [A, N],
      idle: [M],
      searchEras: [7, 8, 9],
    });
    expect(await readRoles(chain, [A], [7, 8, 9])).toMatchObject({
      stashes: [A],
      backers: [A],
      searchEras: [7, 9],
    });
    expect(await readRoles(chain, [A], [8])).toMatchObject({ stashes: [A], backers: [], searchEras: [] });
  });

  it('that back others are searched in the eras in which they may have, through all who earned', async () => {
    const chain = classic();
    const window = await readEraWindow(chain);
    const query = { window, eras: chosenEras(window), stashes: [], backers: [N], searchEras: [8, 9] };
    const result = payoutsList(await readPayoutFacts(chain, query));
    expect(brief(result)).toEqual([
      [8, A],
      [9, A],
    ]);
    expect(result.totals.shares).toEqual([{ account: N, earned: 360n, received: 360n }]);
    expect(chain.asked.filter((query) => query.startsWith('Staking.ErasRewardPoints'))).toEqual([
      'Staking.ErasRewardPoints [8]',
      'Staking.ErasRewardPoints [9]',
    ]);
  });
});

describe('a chain with pages that still has eras without', () => {
  /** Era 9 has pages, eras 7 and 8 do not. */
  const mixed = () =>
    classic({
      ledgers: {
        [keys('controller A')]: { stash: A, legacyClaimedRewards: [7] },
        [keys(B)]: { stash: B, legacyClaimedRewards: [7, 8] },
      },
      more: {
        'Staking.ErasStakersOverview': {
          [keys(9, A)]: { total: 100n, own: 40n, nominatorCount: 3, pageCount: 2 },
        },
        'Staking.ErasStakersPaged': {
          [keys(9, A, 0)]: {
            pageTotal: 50n,
            others: [
              { who: N, value: 30n },
              { who: M, value: 20n },
            ],
          },
          [keys(9, A, 1)]: { pageTotal: 10n, others: [{ who: C, value: 10n }] },
        },
        'Staking.ClaimedRewards': { [keys(9, A)]: [0], [keys(8, B)]: [0], [keys(9, B)]: [0] },
      },
    });

  it('reads each era in its own way', async () => {
    const result = await list(mixed());
    expect(
      result.pages.map(({ era, stash, page, pages, claimed }) => [era, stash, page, pages, claimed]),
    ).toEqual([
      [8, A, 0, 1, 0],
      [9, A, 1, 2, 1],
    ]);
    // Page 1 of era 9: a tenth of the stake, a tenth of the commission, no own stake; its nominator has no payee.
    const [, paged] = result.pages;
    expect(paged!.amount).toMatchObject({ commission: 5n, own: 0n, nominators: 45n, total: 50n, paid: 5n });
    expect(paged!.amount!.payments.map(({ who, lost }) => [who, lost])).toEqual([
      [A, null],
      [C, 'NO_PAYEE'],
    ]);
  });
});
