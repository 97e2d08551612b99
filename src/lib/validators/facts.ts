/**
 * Reads everything that scores need: the whole set of validators, and what each did in the eras that the chain keeps.
 * All of one block, in about fifteen requests for 600 validators and 84 eras.
 */

import { stakingKind } from '../chain/features.js';
import type { Chain, Token } from '../chain/types.js';
import { eraPoints, eraRewards, readEraWindow } from '../eras/facts.js';
import { readParts } from '../eras/read.js';
import type { EraPoints, EraWindow, Overview, ValidatorPrefs } from '../eras/types.js';
import { unreachableError } from '../errors.js';
import type { Planck } from '../plain.js';
import { exposuresOf, ofOverview, paidNominators } from './exposures.js';
import { readOffences, remembersSlashes } from './offences.js';
import type {
  EraFacts,
  Facts,
  IdentitySource,
  Operator,
  Spans,
  ValidatorExposure,
  ValidatorFacts,
} from './types.js';

export interface FactsQuery {
  /** How many ended eras to look back; default all that the chain keeps. */
  readonly eras?: number;
  /** Milliseconds of an era as the network's configuration knows it, for chains that cannot tell. */
  readonly eraMs?: number | null;
  /** Accounts to have among the facts even if they do not validate. */
  readonly accounts?: readonly string[];
  /** Who runs them; asked once the validators are known. */
  readonly operators: (addresses: readonly string[]) => Promise<Operators>;
  readonly onProgress?: (message: string) => void;
}

export interface Operators {
  readonly source: IdentitySource;
  readonly of: (address: string) => Operator | null;
}

/** @throws precondition NO_STAKING, NO_ACTIVE_ERA; whatever reading throws */
export async function readFacts(chain: Chain, query: FactsQuery): Promise<Facts> {
  stakingKind(chain);
  const window = await readEraWindow(chain, query.eraMs === undefined ? {} : { eraMs: query.eraMs });
  query.onProgress?.('reading validators');
  const asked = Math.max(1, query.eras ?? window.historyDepth);
  const eras = endedEras(window, asked);
  const [prefs, overviews, [points, rewards]] = await Promise.all([
    readPrefs(chain),
    readOverviews(chain, window.activeEra),
    readParts(chain, [eraPoints(eras), eraRewards(eras)]),
  ]);
  const newest = points.at(-1)?.individual.map(([address]) => address) ?? [];
  const exposures =
    overviews ?? (await readExposures(chain, window.activeEra, [...new Set([...prefs.keys(), ...newest])]));
  const addresses = [...new Set([...prefs.keys(), ...exposures.keys(), ...(query.accounts ?? [])])].sort();
  query.onProgress?.('reading offences and identities');
  const [offences, operators] = await Promise.all([
    readOffences(chain, addresses),
    query.operators(addresses),
  ]);
  const spent = pointsByAddress(points);
  return {
    chain: {
      genesisHash: chain.identity.genesisHash,
      specName: chain.identity.specName,
      specVersion: chain.identity.specVersion,
      token: plainToken(chain.token),
    },
    block: { ...chain.reference },
    activeEra: window.activeEra,
    eraMs: window.eraMs,
    spans: spansOf(window, remembersSlashes(chain)),
    identities: operators.source,
    paidNominators: paidNominators(chain),
    eras: points.map((era, index) => eraFacts(era, rewards[index] ?? null)),
    validators: addresses.map((address): ValidatorFacts => {
      const exposure = exposures.get(address) ?? null;
      const own = prefs.get(address);
      return {
        address,
        state: own === undefined ? 'chilled' : exposure === null ? 'waiting' : 'active',
        commission: own?.commission ?? null,
        blocked: own?.blocked ?? false,
        exposure,
        points: spent.get(address) ?? points.map(() => null),
        offences: offences.get(address) ?? [],
        operator: operators.of(address),
      };
    }),
  };
}

/** Oldest first. */
export function endedEras(window: EraWindow, count: number): number[] {
  if (window.newest === null) return [];
  const from = Math.max(window.oldest, window.newest - count + 1);
  return Array.from({ length: window.newest - from + 1 }, (_, index) => from + index);
}

/** As a snapshot saves it. */
const plainToken = ({ symbol, decimals, ss58Prefix }: Token): Omit<Token, 'undenominated'> => ({
  symbol,
  decimals,
  ss58Prefix,
});

const DAY_MS = 24 * 60 * 60 * 1000;

/** A week and a month in eras: 7 and 30 on Polkadot, 28 and 120 on Kusama. Eras of unknown length count as days. */
export function spansOf(window: EraWindow, remembers: boolean): Spans {
  const eras = (days: number) => Math.max(1, Math.round((days * DAY_MS) / (window.eraMs ?? DAY_MS)));
  const month = eras(30);
  const kept = window.activeEra - window.oldest + 1;
  return { week: eras(7), month, slashEras: remembers ? month : Math.min(month, kept) };
}

function eraFacts({ era, total, individual }: EraPoints, reward: Planck | null): EraFacts {
  return { era, points: total, earners: individual.filter(([, points]) => points > 0).length, reward };
}

function pointsByAddress(eras: readonly EraPoints[]): Map<string, (number | null)[]> {
  const byAddress = new Map<string, (number | null)[]>();
  eras.forEach(({ individual }, index) => {
    for (const [address, points] of individual) {
      let row = byAddress.get(address);
      if (row === undefined) {
        row = eras.map(() => null);
        byAddress.set(address, row);
      }
      row[index] = points;
    }
  });
  return byAddress;
}

/** Preferences of all candidates; as many as the chain counts. */
async function readPrefs(chain: Chain): Promise<Map<string, ValidatorPrefs>> {
  const counter = { pallet: 'Staking', item: 'CounterForValidators' };
  const [entries, counted] = await Promise.all([
    chain.entries({ pallet: 'Staking', item: 'Validators' }),
    chain.hasStorage(counter.pallet, counter.item) ? chain.read([counter]) : null,
  ]);
  if (counted !== null && counted[0] !== entries.length) {
    throw unreachableError(
      'ENDPOINT_ANSWER',
      `${chain.endpoint} lists ${entries.length} validators, but the chain has ${counted[0]}.`,
      { hint: 'Try another endpoint with --rpc.' },
    );
  }
  return new Map(
    entries.map(({ keys, value }) => {
      const { commission, blocked = false } = value as unknown as ValidatorPrefs;
      return [keys[0] as string, { commission, blocked }];
    }),
  );
}

/** Exposures of the active era by validator; null where the chain has no overviews to list. */
async function readOverviews(chain: Chain, era: number): Promise<Map<string, ValidatorExposure> | null> {
  if (!chain.hasStorage('Staking', 'ErasStakersOverview')) return null;
  const entries = await chain.entries({ pallet: 'Staking', item: 'ErasStakersOverview', keys: [era] });
  return new Map(
    entries.flatMap(({ keys, value }) => {
      const exposure = ofOverview(value as unknown as Overview);
      return exposure === null ? [] : [[keys.at(-1) as string, exposure] as const];
    }),
  );
}

async function readExposures(
  chain: Chain,
  era: number,
  addresses: readonly string[],
): Promise<Map<string, ValidatorExposure>> {
  const [found] = await readParts(chain, [
    exposuresOf(
      chain,
      addresses.map((stash) => ({ era, stash })),
    ),
  ]);
  return new Map(
    addresses.flatMap((address, index) => {
      const exposure = found[index] ?? null;
      return exposure === null ? [] : [[address, exposure] as const];
    }),
  );
}
