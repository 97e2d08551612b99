/** A look at a few validators: now, and in every era since the last look. About ten requests, all at one block. */

import type { Chain } from '../chain/types.js';
import { eraPoints, eraPrefs, readEraWindow } from '../eras/facts.js';
import { each, readParts } from '../eras/read.js';
import type { EraStash, ValidatorPrefs } from '../eras/types.js';
import { exposuresOf } from './exposures.js';
import { readOffences } from './offences.js';
import type { Look, WatchState } from './watch.js';

/** @param before the state of the last look, for the eras in between; null: the first look */
export async function readLook(
  chain: Chain,
  addresses: readonly string[],
  before: WatchState | null,
  eraMs: number | null,
): Promise<Look> {
  const window = await readEraWindow(chain, { eraMs });
  const since = Math.min(before?.era ?? window.activeEra, window.activeEra);
  const from = Math.max(since, window.oldest);
  const eras = Array.from({ length: window.activeEra - from + 1 }, (_, index) => from + index);
  const ended = eras.slice(0, -1);
  const pairs = eras.flatMap((era) => addresses.map((stash): EraStash => ({ era, stash })));
  const [[now, exposures, prefs, points], offences] = await Promise.all([
    readParts(chain, [
      each(
        addresses,
        (address) => ({ pallet: 'Staking', item: 'Validators', keys: [address], optional: true }),
        (value) => value as unknown as ValidatorPrefs | null,
      ),
      exposuresOf(chain, pairs),
      eraPrefs(pairs),
      eraPoints(ended),
    ]),
    readOffences(chain, addresses),
  ]);
  return {
    genesisHash: chain.identity.genesisHash,
    block: { ...chain.reference },
    activeEra: window.activeEra,
    lost: from > since ? { from: since, to: from - 1 } : null,
    eras: eras.map((era, row) => {
      const all = points[row] ?? null;
      const earned = new Map(all?.individual);
      const earners = all?.individual.filter(([, value]) => value > 0).length ?? 0;
      return {
        era,
        mean: all === null ? null : earners === 0 ? 0 : all.total / earners,
        seats: addresses.map((address, column) => {
          const at = row * addresses.length + column;
          return {
            exposure: exposures[at] ?? null,
            commission: prefs[at]!.commission,
            points: all === null ? null : (earned.get(address) ?? null),
          };
        }),
      };
    }),
    validators: addresses.map((address, index) => ({
      address,
      commission: now[index]?.commission ?? null,
      blocked: now[index]?.blocked ?? false,
      offences: offences.get(address) ?? [],
    })),
  };
}
