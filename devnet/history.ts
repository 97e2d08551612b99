/**
 * Eras of history without living through them: two eras run for real, then the first of them is copied to the eras before
 * it, with varied points and payouts. An election of 600 validators takes half a minute; 84 of them would take an hour.
 */

import {
  compact,
  concat,
  type Hex,
  hostCrypto,
  keysOf,
  little,
  Reader,
  Runtime,
  stateVersionOf,
  toHex,
} from '../src/lib/host/index.js';
import { type Blob, CODE_KEY, type Entries, type Genesis, genesisHeader, stateOf } from './header.js';
import { LocalEngine } from './local.js';
import type { Preset } from './preset.js';
import { storageKey } from './storageKey.js';

/** Staking's maps by era. `ClaimedRewards` is made, not copied. */
const BY_ERA = [
  'ErasStakersOverview',
  'ErasStakersPaged',
  'ErasValidatorPrefs',
  'ErasRewardPoints',
  'ErasTotalStake',
  'ErasValidatorReward',
  'ErasNominatorsSlashable',
] as const;

/** What belongs to the blocks that were built on the way, and must not be in a genesis. */
const OF_BLOCKS = [
  ['System', 'Number'],
  ['System', 'ParentHash'],
  ['System', 'Digest'],
  ['System', 'Events'],
  ['System', 'EventCount'],
  ['System', 'BlockHash'],
  ['System', 'BlockWeight'],
  // A block number: the session that runs begins with the new chain.
  ['RelaySimulator', 'SessionStart'],
] as const;

/**
 * How many of its first pages a validator was paid for an era that ended so many eras ago (1: the last one). Seven of ten
 * are paid within four eras, two within a fortnight, one within a month; and each forgot an era now and then. Of the newest
 * paid era and of a forgotten one the last page is missing.
 * @param i number of the validator, the same in each era
 */
export function claimedPages(i: number, age: number, pages: number): number {
  const lag = i % 10 < 7 ? 1 + (i % 4) : i % 10 < 9 ? 7 + (i % 8) : 30;
  if (age <= lag) return 0;
  const forgotten = (7 * i + age) % 23 === 0;
  return forgotten || age === lag + 1 ? pages - 1 : pages;
}

/** The state after `realEras` eras on `entries`, with the era before the active one copied to `copiedEras` eras before it. */
export async function withHistory(
  blob: Blob,
  entries: Entries,
  { realEras, copiedEras }: NonNullable<Preset['copiedHistory']>,
): Promise<Entries> {
  const { twox } = await hostCrypto();
  const activeEraKey = await storageKey('Staking', 'ActiveEra');
  const version = stateVersionOf((await Runtime.of(blob.wasm)).version);
  const state = await stateOf([...entries, [CODE_KEY, blob.wasm]], version);
  const { header, hash } = await genesisHeader(state);
  const genesis: Genesis = { hash, header, state, accounts: [], key: '', cached: false };
  const engine = await LocalEngine.open(genesis, []);
  const activeEra = (): number => new Reader(engine.head.state.read(activeEraKey) as Uint8Array).u32();
  const end = activeEra() + realEras;
  while (activeEra() < end) await engine.seal([]);

  const result = new Map<Hex, Uint8Array>();
  const dropped = await Promise.all(OF_BLOCKS.map(([pallet, item]) => storageKey(pallet, item)));
  for (const key of keysOf(engine.head.state, '0x'))
    if (key !== CODE_KEY && !dropped.some((start) => key.startsWith(start)))
      result.set(key, engine.head.state.read(key) as Uint8Array);

  /** Twox64Concat of an era, as hex digits. */
  const eraKey = (era: number): string => {
    const bytes = little(BigInt(era), 4);
    return toHex(concat(twox(bytes, 1), bytes)).slice(2);
  };
  const source = end - 1;
  const claimed = await storageKey('Staking', 'ClaimedRewards');
  for (const item of BY_ERA) {
    const prefix = await storageKey('Staking', item);
    const from = `${prefix}${eraKey(source)}`;
    const originals = [...result].filter(([key]) => key.startsWith(from));
    for (let era = source - 1; era >= source - copiedEras; era -= 1) {
      const to = `${prefix}${eraKey(era)}`;
      originals.forEach(([key, value], i) => {
        result.set(`${to}${key.slice(from.length)}` as Hex, varied(item, value, era));
        if (item !== 'ErasStakersOverview') return;
        const pages = claimedPages(i, end - era, pageCount(value));
        if (pages === 0) return;
        result.set(`${claimed}${eraKey(era)}${key.slice(from.length)}` as Hex, firstPages(pages));
      });
    }
  }
  return [...result].sort(([a], [b]) => (a < b ? -1 : 1));
}

function varied(item: (typeof BY_ERA)[number], value: Uint8Array, era: number): Uint8Array {
  if (item === 'ErasRewardPoints') return variedPoints(value, era);
  if (item !== 'ErasValidatorReward') return value;
  const reward = new Reader(value).unsigned(16);
  // Down to 1 % less.
  return little(reward - (reward * BigInt(era % 11)) / 1_000n, 16);
}

/** `EraRewardPoints {total: u32, individual: BTreeMap<AccountId, u32>}` with up to 59 points less for each. */
function variedPoints(bytes: Uint8Array, era: number): Uint8Array {
  const reader = new Reader(bytes);
  reader.u32();
  const count = Number(reader.compact());
  const parts: Uint8Array[] = [];
  let total = 0;
  for (let i = 0; i < count; i += 1) {
    const account = reader.take(32);
    const points = Math.max(reader.u32() - ((era * 7 + i * 13) % 60), 1);
    total += points;
    parts.push(account, little(BigInt(points), 4));
  }
  return concat(little(BigInt(total), 4), compact(count), ...parts);
}

/** Of an overview `{total: Compact, own: Compact, nominator_count: u32, page_count: u32}`. */
function pageCount(overview: Uint8Array): number {
  const reader = new Reader(overview);
  reader.compact();
  reader.compact();
  reader.u32();
  return reader.u32();
}

/** `Vec<u32>` of the pages 0 to `pages` − 1. */
const firstPages = (pages: number): Uint8Array =>
  concat(compact(pages), ...Array.from({ length: pages }, (_, i) => little(BigInt(i), 4)));
