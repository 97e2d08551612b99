import { describe, expect, it } from 'vitest';
import {
  eraFeatures,
  eraLength,
  eraPoints,
  eraRewards,
  eraStakes,
  exposurePages,
  overviews,
  readEraWindow,
} from '../../../src/lib/eras/facts.js';
import { each, known, readParts } from '../../../src/lib/eras/read.js';
import type { Plain } from '../../../src/lib/plain.js';
import { offlineChain } from '../chain/chains.js';
import { fakeChain, keys } from './fakeChain.js';

const at = (
  active: Plain,
  current: Plain,
  constants: Record<string, Plain> = { 'Staking.HistoryDepth': 84 },
) =>
  fakeChain({
    constants,
    storage: { 'Staking.ActiveEra': { [keys()]: active }, 'Staking.CurrentEra': { [keys()]: current } },
  });

describe('the window of eras', () => {
  it('counts back from the planned era and ends before the active one', async () => {
    const now = { index: 100, start: 1_000n };
    expect(await readEraWindow(at(now, 100))).toMatchObject({
      activeEra: 100,
      oldest: 16,
      newest: 99,
      eraMs: null,
    });
    expect(await readEraWindow(at(now, 101))).toMatchObject({ currentEra: 101, oldest: 17, newest: 99 });
    expect(await readEraWindow(at({ index: 0, start: null }, 1))).toMatchObject({
      oldest: 0,
      newest: null,
      activeEraStart: null,
    });
  });

  it('says so when there is no era', async () => {
    await expect(readEraWindow(at(null, null))).rejects.toMatchObject({ code: 'NO_ACTIVE_ERA', exit: 4 });
  });

  it('knows how long before its begin an era is planned', async () => {
    const now = { index: 100, start: 1_000n };
    const constants = { 'Staking.HistoryDepth': 84, 'Staking.SessionsPerEra': 6 };
    const eraMs = 86_400_000;
    expect((await readEraWindow(at(now, 100, constants), { eraMs })).planningMs).toBe(eraMs / 6);
    const early = { ...constants, 'Staking.PlanningEraOffset': 9 };
    expect((await readEraWindow(at(now, 101, early), { eraMs })).planningMs).toBe(eraMs);
  });

  it('reads the depth from storage where it is no constant', async () => {
    const chain = fakeChain({
      storage: {
        'Staking.ActiveEra': { [keys()]: { index: 100, start: 0n } },
        'Staking.CurrentEra': { [keys()]: 100 },
        'Staking.HistoryDepth': { [keys()]: 50 },
      },
    });
    expect(await readEraWindow(chain)).toMatchObject({ historyDepth: 50, oldest: 50 });
  });

  it('takes the length of an era from the constants of a chain with its own sessions', async () => {
    const kusama = await offlineChain('kusama');
    expect(eraLength(kusama)).toBe(6 * 3_600_000);
    expect(eraLength(await offlineChain('assetHub'))).toBeNull();
  });
});

describe('features', () => {
  it('are found in the metadata of real chains', async () => {
    const paged = { paged: true, claims: 'ClaimedRewards', arithmetic: 'perbill', incentives: false };
    expect(eraFeatures(await offlineChain('kusama'))).toEqual({ ...paged, clipped: true });
    expect(eraFeatures(await offlineChain('assetHub'))).toEqual({ ...paged, clipped: false });
    const today = fakeChain({
      storage: {
        'Staking.ErasStakersPaged': {},
        'Staking.ErasClaimedRewards': {},
        'Staking.DisableMintingGuard': {},
        'Staking.ErasValidatorIncentiveBudget': {},
      },
    });
    expect(eraFeatures(today)).toEqual({
      paged: true,
      clipped: false,
      claims: 'ErasClaimedRewards',
      arithmetic: 'calculator',
      incentives: true,
    });
  });

  it('of a chain without pages need no reads', async () => {
    const chain = fakeChain({ storage: {} });
    const pairs = [{ era: 1, stash: 'a' }];
    const read = await readParts(chain, [
      overviews(chain, pairs),
      exposurePages(chain, [{ ...pairs[0]!, page: 0 }]),
      known('nothing'),
    ]);
    expect(read).toEqual([[null], [null], 'nothing']);
    expect(chain.requests).toBe(0);
  });
});

describe('parts of a read', () => {
  const eras = Array.from({ length: 200 }, (_, era) => era);
  const chain = () =>
    fakeChain({
      defaults: { 'Staking.ErasRewardPoints': { total: 0, individual: [] }, 'Staking.ErasTotalStake': 0n },
      storage: {
        'Staking.ErasRewardPoints': { [keys(7)]: { total: 5, individual: [['a', 5]] } },
        'Staking.ErasValidatorReward': { [keys(7)]: 100n },
        'Staking.ErasTotalStake': { [keys(7)]: 9n },
      },
    });

  it('share requests, and come back each to its own', async () => {
    const one = chain();
    const [rewards, stakes] = await readParts(one, [eraRewards(eras), eraStakes(eras)]);
    expect(one.requests).toBe(1);
    expect([rewards[7], rewards[8], stakes[7], stakes[8]]).toEqual([100n, null, 9n, 0n]);
    expect([rewards.length, stakes.length]).toEqual([200, 200]);
  });

  it('are split where answers would be large', async () => {
    const one = chain();
    const [points, rewards] = await readParts(one, [eraPoints(eras), eraRewards([7])]);
    expect(one.requests).toBeGreaterThan(1);
    expect(points.map(({ era }) => era)).toEqual(eras);
    expect(points[7]).toEqual({ era: 7, total: 5, individual: [['a', 5]] });
    expect(rewards).toEqual([100n]);
  });

  it('ask for a value that is larger than all limits alone', async () => {
    const one = chain();
    const huge = each(
      [7, 8],
      (era) => ({ pallet: 'Staking', item: 'ErasValidatorReward', keys: [era], optional: true }),
      (value) => value,
      () => 10 ** 9,
    );
    expect(await readParts(one, [huge])).toEqual([[100n, null]]);
    expect(one.requests).toBe(2);
  });
});
